"""Results made by hand: as small as a test needs them, with names that are no good manners."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from refugia.course.case import Case
from refugia.course.result import Course, Timing, simulate
from refugia.dissection.attribution import Interaction, InteractionTable, Share, ShareTable
from refugia.dissection.dissect import Dissection, Scatter
from refugia.dissection.rescue import Rescue, RescueTable, SiteEffect, verdict
from refugia.terms import FloatArray, Rows

Figures = tuple[float, float, float]  # a value and its interval


def share(name: str, merit: str, value: Figures, part_of: str | None = None) -> Share:
    """A share; alone and last are the share itself."""
    mean, low, high = value
    return Share(name, part_of, merit, mean, low, high, mean, low, high, mean, low, high)


def rescue(levers: tuple[str, ...], merit: str, value: Figures, ideal: float | None = None) -> Rescue:
    """A row of the rescue table."""
    mean, low, high = value
    dose = tuple("1 mg" for _ in levers)
    effects = {"lung": SiteEffect(12.0, -0.4), "brain": SiteEffect(None, 0.0)}
    part, answer = ideal and mean / ideal, verdict(low, high)
    return Rescue(levers, merit, mean, low, high, part, answer, dose, dose, dose, effects)


def dissection(
    case: Case, shares: list[Share], body: Timing, replicates: int = 64, *, levers: list[Rescue] | None = None
) -> Dissection:
    """A dissection with these shares and levers; each merit's total is what the shares add up to."""
    merits = tuple(dict.fromkeys(row.merit for row in shares))
    names = list(dict.fromkeys(row.mechanism for row in shares if row.part_of is None))
    total = {merit: sum(row.share for row in shares if row.merit == merit and row.part_of is None) for merit in merits}
    gains: dict[str, FloatArray] = {merit: np.array([[0.0, total[merit]]]) for merit in merits}
    pairs = tuple(Interaction(a, b, merit, 0.1, 0.05, 0.2) for merit in merits for a in names for b in names if a < b)
    scatter = tuple(Scatter(source, merit, 1.0, 0.0, 2.0) for source in ("chance", "patients", "parameters") for merit in merits)
    sites = [site.name for site in case.subject.sites]
    asked = replace(case, question=replace(case.question, merits=merits), mechanisms=tuple(names))
    return Dissection(
        asked, 0, replicates, dict.fromkeys(sites, body), body, ShareTable(shares), InteractionTable(pairs), Rows(scatter),
        dict.fromkeys(names, "gone"), ("A note.",), gains, dict.fromkeys(merits, 0.0),
        {name: 1.0 / len(sites) for name in sites}, 1, RescueTable(levers or ()),
    )  # fmt: skip


def cut(case: Case, horizon: float = 84.0) -> Case:
    """The case seen for a shorter time, and more coarsely."""
    settings = replace(case.settings, step=14.0, shells=3)
    return replace(case, settings=settings, question=replace(case.question, horizon=horizon))


def renamed(case: Case, spell: str) -> Case:
    """The case with a spell for a title and for the names of its first site, its levers and all of its drugs."""
    first, *others = case.subject.sites
    subject = replace(case.subject, sites=(replace(first, name=spell), *others), reference=spell)
    labels = [replace(lever.label, name=spell, sites=(), dose=spell, price=spell) for lever in case.levers]
    levers = tuple(replace(lever, label=label) for lever, label in zip(case.levers, labels, strict=True))  # type: ignore[type-var]
    return replace(case, title=spell, id=spell, file=spell, subject=subject, levers=levers)


def course(case: Case, replicates: int = 3) -> Course:
    """A short course."""
    return simulate(cut(case), replicates, seed=1)
