"""Why it failed: all subsets of mechanisms lifted in the same patients, and what each is worth."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from refugia.course.case import Case
from refugia.course.ensemble import Ensemble, Executor, Progress, run_bodies
from refugia.course.observe import observed, watch_of
from refugia.course.patients import Patients
from refugia.course.recist import Progression
from refugia.course.result import Timing, timing
from refugia.course.standing import standing_notes
from refugia.dissection.arms import Arms, arms, dummies, redundant
from refugia.dissection.attribution import Interaction, Share, attribute
from refugia.dissection.bootstrap import FEW, coverage_note
from refugia.dissection.merits import control, control_gain, progression_gain, restricted
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
    shares: tuple[Share, ...]
    interactions: tuple[Interaction, ...]
    scatter: tuple[Scatter, ...]
    ideals: dict[str, str]
    notes: tuple[str, ...]
    gains: dict[str, FloatArray]  # merit -> (patients, arms)
    runs: int

    def rows(self, merit: str) -> list[Share]:
        """The shares of one merit, largest first, each mechanism followed by its parts."""
        whole = sorted((row for row in self.shares if row.merit == merit and row.part_of is None), key=lambda row: -row.share)
        parts = [row for row in self.shares if row.merit == merit and row.part_of is not None]
        return [row for top in whole for row in (top, *(part for part in parts if part.part_of == top.mechanism))]


def _merits(case: Case, patients: Patients, ensemble: Ensemble) -> tuple[dict[str, FloatArray], Progression]:
    """Control and restricted time to progression of every world, (patients, bodies), and the days of progression."""
    lowered, shape = ensemble.lowered, ensemble.lowered.index.shape[:2]
    volume, watch = ensemble.volumes(), watch_of(case, patients, lowered)
    middle = Patients(1, patients.seed, knowledge=False, people=False, chance=False).at("body")
    cell = 1.0 / float(middle(case.subject.sites[0].source.density)[0])
    start = np.tile(lowered.volume, (shape[0], 1))
    reference = np.where(watch.seen[None, :], start, watch.detection)
    found = observed(case, patients, lowered, volume)
    values = {
        "control": control(volume, reference, watch.present, lowered.edges, cell),
        "progression": restricted(found.body, case.question.horizon).days,
    }
    return {name: np.ascontiguousarray(column.reshape(shape).T) for name, column in values.items()}, found


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
        values, _ = _merits(case, patients, run_bodies(case, [case.subject], patients, threads, executor=executor))
        for merit, column in values.items():
            low, high = np.quantile(column, (0.1, 0.9))
            found.append(Scatter(source, merit, float(column.std(ddof=1)) if count > 1 else 0.0, float(low), float(high)))
    return tuple(found)


def _notes(case: Case, plan: Arms, ensemble: Ensemble, replicates: int, shares: tuple[Share, ...]) -> tuple[str, ...]:
    """What a reader must know before trusting the table."""
    notes = [] if case.calibrated else ["The case is uncalibrated: its free numbers are assumed, not fitted."]
    if replicates < FEW:
        notes.append(f"Only {replicates} patients: intervals are rough below {FEW}.")
    notes += [
        f'"{a}" and "{b}" are redundant here: lifting either gives the same tables.'
        for a, b in redundant(plan, ensemble.lowered.index)
    ]
    notes += [f'"{name}" plays no part in this case.' for name in dummies(plan, ensemble.lowered.index)]
    notes += standing_notes(case)
    by_merit = {(row.mechanism, row.merit): row for row in shares}
    for name in case.mechanisms:
        rows = [by_merit[name, merit] for merit in case.question.merits]
        clear = [row for row in rows if row.low > 0.0 or row.high < 0.0]
        if len(clear) == len(rows) > 1 and len({row.share > 0.0 for row in rows}) > 1:
            notes.append(f'The merits disagree in sign on "{name}".')
    return (*notes, coverage_note(replicates))


def dissect(case: Case, replicates: int = 64, seed: int = 0, threads: int = 0, progress: Progress | None = None,
            *, executor: Executor | None = None) -> Dissection:  # fmt: skip
    """By which ways out does the tumour escape, and what is each worth?

    Every subset of the case's mechanisms is lifted in the same `replicates` patients; shares are Shapley values of the gains on
    control and on time to progression, with bootstrap intervals over patients. The bits depend on case, seed and replicates alone,
    not on `threads`, nor on `executor`, which runs the courses elsewhere. Raises RefugiaError where the case cannot be run.
    """
    plan, patients = arms(case), Patients(replicates, seed)
    ensemble = run_bodies(case, plan.bodies, patients, threads, progress=progress, executor=executor)
    values, found = _merits(case, patients, ensemble)
    gains = _gains(case, values)
    shares, pairs = attribute(gains, plan.players, seed)
    horizon = case.question.horizon
    sites = {site.name: timing(found.sites[:replicates, s], horizon) for s, site in enumerate(case.subject.sites)}
    ideals = {bit.name: bit.ideal for bit in plan.bits}
    return Dissection(
        case, seed, replicates, sites, timing(found.body[:replicates], horizon), shares, pairs,
        _scatter(case, seed, min(replicates, SMALL), threads, executor), ideals,
        (*_notes(case, plan, ensemble, replicates, shares), *rare_notes(gains, plan.players)), gains,
        len(ensemble.lowered.rows.source),
    )  # fmt: skip
