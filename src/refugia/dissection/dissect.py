"""Why it failed: all subsets of mechanisms lifted in the same patients, and what each is worth."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from refugia.course.case import Case, checked, on_spheres
from refugia.course.ensemble import Executor, Progress, run_bodies
from refugia.course.patients import Patients
from refugia.course.result import Timing, timing
from refugia.dissection.arms import Arms, arms
from refugia.dissection.attribution import Interaction, InteractionTable, Share, ShareTable, attribute
from refugia.dissection.gains import merits_of, over_the_first
from refugia.dissection.notes import notes
from refugia.dissection.rare import few_notes, rare_notes
from refugia.dissection.rescue import RescueTable, rescue
from refugia.dissection.sampling import attribute_sampled, carried, sampled_note
from refugia.terms import FloatArray, Rows, Shown

SMALL = 32
"""Patients of each of the three small ensembles that tell chance, people and knowledge apart."""


@dataclass(frozen=True, slots=True)
class Scatter:
    """How far the unlifted course varies when only one source of variation is on."""

    source: str  # chance | patients | parameters
    merit: str
    sd: float
    q10: float
    q90: float


@dataclass(frozen=True, slots=True)
class Dissection(Shown):
    """The answer: when each site and the body progress, and the share of every way out, on both merits."""

    case: Case
    seed: int
    replicates: int
    sites: dict[str, Timing]
    body: Timing
    shares: ShareTable
    interactions: InteractionTable
    scatter: Rows[Scatter]
    ideals: dict[str, str]
    notes: tuple[str, ...]
    gains: dict[str, FloatArray]  # merit -> (patients, arms)
    unlifted: dict[str, float]  # merit -> its mean over patients as the case stands
    worst: dict[str, float]  # site -> share of the horizon during which it is the worst, mean over patients
    runs: int
    rescue: RescueTable  # what the levers of the case gain beside the ideal; empty where it has none, or none were pulled

    def rows(self, merit: str) -> list[Share]:
        """The shares of one merit, largest first, each mechanism followed by its parts."""
        return self.shares.ranked(merit)

    def total(self, merit: str) -> float:
        """What lifting all mechanisms together gains on a merit, mean over patients: the shares add up to it."""
        return float(self.gains[merit][:, -1].mean())


def _scatter(case: Case, seed: int, count: int, threads: int, executor: Executor | None) -> tuple[Scatter, ...]:
    """The three small ensembles of the unlifted body, each with one source of variation on."""
    found = []
    for source in ("chance", "patients", "parameters"):
        patients = Patients(count, seed, knowledge=source == "parameters", people=source == "patients", chance=source == "chance")
        merits = merits_of(case, patients, run_bodies(case, [case.subject], patients, threads, executor=executor))
        for merit, column in merits.values.items():
            low, high = np.quantile(column, (0.1, 0.9))
            found.append(Scatter(source, merit, float(column.std(ddof=1)) if count > 1 else 0.0, float(low), float(high)))
    return tuple(found)


def _attributed(
    gains: dict[str, FloatArray], plan: Arms, seed: int
) -> tuple[tuple[Share, ...], tuple[Interaction, ...], tuple[str, ...]]:
    """Shares, interactions and what is to be said of them: of all subsets, or of the orders that were sampled."""
    if plan.orders is None:
        return *attribute(gains, plan.players, seed), tuple(rare_notes(gains, plan.players))
    few = {merit: carried(v, plan) for merit, v in gains.items()}
    said = (sampled_note(plan), *few_notes(few, plan.players.names, len(next(iter(gains.values())))))
    return attribute_sampled(gains, plan, seed), (), said


def dissect(case: Case, replicates: int = 64, seed: int = 0, threads: int = 0, progress: Progress | None = None,
            *, executor: Executor | None = None, levers: bool = True) -> Dissection:  # fmt: skip
    """By which ways out does the tumour escape, and what is each worth?

    Every subset of the case's mechanisms is lifted in the same `replicates` patients; shares are Shapley values of the gains on
    control and on time to progression, with bootstrap intervals over patients. Above ten mechanisms and parts orders of lifting
    are sampled by the seed, and the intervals are over orders as well. Then the levers of the case are pulled in the same
    patients, unless `levers` is False; `progress` counts the one, then the other. The bits depend on case, seed and replicates
    alone, not on `threads`, nor on `executor`, which runs the courses elsewhere. Raises RefugiaError where the case cannot be run.
    """
    on_spheres(checked(case), "a dissection")
    plan, patients = arms(case, seed), Patients(replicates, seed)
    ensemble = run_bodies(case, plan.bodies, patients, threads, progress=progress, executor=executor)
    values, found, worst = merits_of(case, patients, ensemble)
    gains = over_the_first(case, values)
    shares, pairs, more = _attributed(gains, plan, seed)
    watched, names = case.question.watched, [site.name for site in case.subject.sites]
    body = timing(found.body[:replicates], watched)
    sites = {name: timing(found.sites[:replicates, s], watched) for s, name in enumerate(names)}
    ideals = {bit.name: bit.ideal for bit in plan.bits}
    unlifted = {merit: float(values[merit][:, 0].mean()) for merit in gains}
    said = (*notes(case, plan, ensemble.lowered.index, shares, body), *more)
    scatter = Rows(_scatter(case, seed, min(replicates, SMALL), threads, executor))
    saved = rescue(case, replicates, seed, threads, progress, executor=executor) if levers else RescueTable()
    return Dissection(
        case, seed, replicates, sites, body, ShareTable(shares), InteractionTable(pairs), scatter, ideals, said, gains, unlifted,
        dict(zip(names, worst.tolist(), strict=True)), len(ensemble.lowered.rows.source),
        saved,
    )  # fmt: skip
