"""Why it failed: all subsets of mechanisms lifted in the same patients, and what each is worth."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from refugia.course.case import Case, checked
from refugia.course.ensemble import Ensemble, Executor, Progress, run_bodies
from refugia.course.observe import observed, watch_of
from refugia.course.patients import Patients
from refugia.course.recist import Progression
from refugia.course.result import Timing, timing
from refugia.dissection.arms import arms
from refugia.dissection.attribution import Interaction, Share, ShareTable, attribute
from refugia.dissection.merits import control, control_gain, progression_gain, restricted, worst_site
from refugia.dissection.notes import notes
from refugia.dissection.rare import rare_notes
from refugia.terms import FloatArray

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
class Dissection:
    """The answer: when each site and the body progress, and the share of every way out, on both merits."""

    case: Case
    seed: int
    replicates: int
    sites: dict[str, Timing]
    body: Timing
    shares: ShareTable
    interactions: tuple[Interaction, ...]
    scatter: tuple[Scatter, ...]
    ideals: dict[str, str]
    notes: tuple[str, ...]
    gains: dict[str, FloatArray]  # merit -> (patients, arms)
    unlifted: dict[str, float]  # merit -> its mean over patients as the case stands
    worst: dict[str, float]  # site -> share of the horizon during which it is the worst, mean over patients
    runs: int

    def rows(self, merit: str) -> list[Share]:
        """The shares of one merit, largest first, each mechanism followed by its parts."""
        return self.shares.ranked(merit)

    def total(self, merit: str) -> float:
        """What lifting all mechanisms together gains on a merit, mean over patients: the shares add up to it."""
        return float(self.gains[merit][:, -1].mean())


class Merits(NamedTuple):
    """Control and restricted time to progression of every world, (patients, bodies); the days of progression; and the share of the
    horizon during which each site (site,) of the unlifted body is the worst."""

    values: dict[str, FloatArray]
    found: Progression
    worst: FloatArray


def _merits(case: Case, patients: Patients, ensemble: Ensemble) -> Merits:
    """The merits of every body in every patient."""
    lowered, shape = ensemble.lowered, ensemble.lowered.index.shape[:2]
    volume, watch = ensemble.volumes(), watch_of(case, patients, lowered)
    middle = Patients(1, patients.seed, knowledge=False, people=False, chance=False).at("body")
    cell = 1.0 / float(middle(case.subject.sites[0].source.density)[0])
    start = np.tile(lowered.volume, (shape[0], 1))
    reference = np.where(watch.seen[None, :], start, watch.detection)
    found = observed(case, patients, lowered, volume)
    values = {
        "control": control(volume, reference, watch.present, lowered.edges, cell),
        "progression": restricted(found.body, case.question.watched).days,
    }
    first = slice(0, shape[1])
    worst = worst_site(volume[first], reference[first], watch.present[first], lowered.edges).mean(axis=0)
    return Merits({name: np.ascontiguousarray(column.reshape(shape).T) for name, column in values.items()}, found, worst)


def gains_of(case: Case, patients: Patients, ensemble: Ensemble) -> dict[str, FloatArray]:
    """Gain of every body over the first one on each merit of the case, (patients, bodies)."""
    return _gains(case, _merits(case, patients, ensemble)[0])


def _gains(case: Case, values: dict[str, FloatArray]) -> dict[str, FloatArray]:
    gains = {"control": control_gain(values["control"]), "progression": progression_gain(values["progression"])}
    return {merit: gains[merit] for merit in case.question.merits}


def _scatter(case: Case, seed: int, count: int, threads: int, executor: Executor | None) -> tuple[Scatter, ...]:
    """The three small ensembles of the unlifted body, each with one source of variation on."""
    found = []
    for source in ("chance", "patients", "parameters"):
        patients = Patients(count, seed, knowledge=source == "parameters", people=source == "patients", chance=source == "chance")
        merits = _merits(case, patients, run_bodies(case, [case.subject], patients, threads, executor=executor))
        for merit, column in merits.values.items():
            low, high = np.quantile(column, (0.1, 0.9))
            found.append(Scatter(source, merit, float(column.std(ddof=1)) if count > 1 else 0.0, float(low), float(high)))
    return tuple(found)


def dissect(case: Case, replicates: int = 64, seed: int = 0, threads: int = 0, progress: Progress | None = None,
            *, executor: Executor | None = None) -> Dissection:  # fmt: skip
    """By which ways out does the tumour escape, and what is each worth?

    Every subset of the case's mechanisms is lifted in the same `replicates` patients; shares are Shapley values of the gains on
    control and on time to progression, with bootstrap intervals over patients. The bits depend on case, seed and replicates alone,
    not on `threads`, nor on `executor`, which runs the courses elsewhere. Raises RefugiaError where the case cannot be run.
    """
    checked(case)
    plan, patients = arms(case), Patients(replicates, seed)
    ensemble = run_bodies(case, plan.bodies, patients, threads, progress=progress, executor=executor)
    values, found, worst = _merits(case, patients, ensemble)
    gains = _gains(case, values)
    shares, pairs = attribute(gains, plan.players, seed)
    watched, names = case.question.watched, [site.name for site in case.subject.sites]
    body = timing(found.body[:replicates], watched)
    sites = {name: timing(found.sites[:replicates, s], watched) for s, name in enumerate(names)}
    ideals = {bit.name: bit.ideal for bit in plan.bits}
    unlifted = {merit: float(values[merit][:, 0].mean()) for merit in gains}
    said = (*notes(case, plan, ensemble.lowered.index, shares, body), *rare_notes(gains, plan.players))
    scatter = _scatter(case, seed, min(replicates, SMALL), threads, executor)
    return Dissection(
        case, seed, replicates, sites, body, ShareTable(shares), pairs, scatter, ideals, said, gains, unlifted,
        dict(zip(names, worst.tolist(), strict=True)), len(ensemble.lowered.rows.source),
    )  # fmt: skip
