"""A cohort through its treatment: the patients on each drug run as one ensemble, then joined."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from refugia.biopsy import volume as volume_of
from refugia.cohort.bodies import Bodies, Numbers, bodies, crowd
from refugia.cohort.model import Cohort
from refugia.cohort.outcomes import Outcomes, culprit, joined, responses
from refugia.course.batch import Batch
from refugia.course.case import Case, on_spheres
from refugia.course.ensemble import Executor, on_threads, run_bodies
from refugia.course.exposure import reference_site
from refugia.course.lower import diameters
from refugia.course.observe import measured, observed, scan_days
from refugia.course.patients import Patients
from refugia.subject import Presence
from refugia.terms import FloatArray, RefugiaError

IntArray = NDArray[np.int64]

STATED = Numbers({}, {})
"""Every number as the cohort states it."""
COUNTED = 1e17
"""Cells that may still be counted: far beyond any body, below what a 64-bit sampler holds."""
MARGIN = 1.3
"""Growth of the best supplied cells over that of the mean, at most."""
SPANS = (1.0, 0.75, 0.5, 0.375, 0.25, 0.1875, 0.125)
"""Patients with fast tumours are run for these parts of the horizon: they have progressed long before, else they are censored."""


class Protocol(NamedTuple):
    """How long and when one looks, and what is given: drugs and their shares."""

    horizon: float  # days
    scans: tuple[float, ...]  # days
    drugs: tuple[tuple[str, float], ...]
    levers: tuple[str, ...] = ()  # in force beside them, in their order


@dataclass(frozen=True, slots=True)
class _Keep:
    """Makes the recorder of a batch: the share of the cells of each lesion that some clones hold."""

    steps: int
    clones: tuple[int, ...]

    def __call__(self, rows: int) -> _Recorder:
        return _Recorder(rows, self)


class _Recorder:
    """The share (rows, steps + 1) of cells that carry an alteration."""

    def __init__(self, rows: int, keep: _Keep) -> None:
        self.clones = list(keep.clones)
        self.share = np.zeros((rows, keep.steps + 1))
        self.kept: dict[str, FloatArray] = {"share": self.share}

    def __call__(self, batch: Batch) -> None:
        count = batch.cells.sum(axis=1).astype(np.float64)
        total = count.sum(axis=1)
        self.share[:, batch.step] = np.divide(count[:, self.clones].sum(axis=1), total, out=np.zeros_like(total), where=total > 0.0)


def run_cohort(cohort: Cohort, protocol: Protocol, size: int, seed: int, numbers: Numbers = STATED, *,
               threads: int = 0, executor: Executor | None = None) -> Outcomes:  # fmt: skip
    """Run a cohort of that many patients under a protocol, on threads of this process or where `executor` runs its courses.

    The result depends on neither.

    What is not known stays at its stated value, or at that of `numbers`: patients differ, knowledge does not.
    Raises RefugiaError where a drug is not one of the cohort's.
    """
    for drug, _ in protocol.drugs:
        if drug not in cohort.cases:
            raise RefugiaError(f'The cohort "{cohort.id}" has no drug "{drug}". Known: {", ".join(cohort.cases)}.')
        on_spheres(cohort.cases[drug], "a cohort")
    drawn = bodies(cohort, size, seed, protocol.drugs)
    parts, order = [], []
    for index, (drug, _) in enumerate(protocol.drugs):
        everyone = np.flatnonzero(drawn.drug == index)
        if everyone.size == 0:
            continue
        longest = _bearable(cohort.cases[drug], _patients(cohort, drawn, everyone, drug, numbers, seed))
        for horizon, members in _spans(protocol, longest, everyone):
            question = replace(cohort.cases[drug].question, horizon=horizon, scans=protocol.scans)
            patients = _patients(cohort, drawn, members, drug, numbers, seed)
            case = replace(_levered(cohort.cases[drug], protocol.levers), question=question)
            parts.append(_outcomes(cohort, case, patients, index, executor or on_threads(threads)))
            order.append(members)
    return joined(parts, np.argsort(np.concatenate(order)))


def _levered(case: Case, names: Sequence[str]) -> Case:
    """The case with some of its levers in force. Raises RefugiaError where one is not known."""
    known = {lever.label.name: lever for lever in case.levers}
    body = case.subject
    for name in names:
        if name not in known:
            raise RefugiaError(f'The cohort has no lever "{name}". Known: {", ".join(known) or "none"}.')
        body = body.levered(known[name])
    return replace(case, subject=body)


def _patients(cohort: Cohort, drawn: Bodies, members: IntArray, drug: str, numbers: Numbers, seed: int) -> Patients:
    return Patients(members.size, seed, knowledge=False, crowd=crowd(cohort, drawn, members, drug, numbers))


def _bearable(case: Case, patients: Patients) -> FloatArray:
    """Days (patients,) for which the fastest clone may grow unhindered before its cells can no longer be counted."""
    source = reference_site(case).source
    value = patients.at(case.subject.reference)
    size = np.stack([diameters(site, patients) for site in case.subject.sites if site.presence is Presence.SEEN])
    cells = volume_of(size).sum(axis=0) * value(source.density)
    return np.asarray(np.log(COUNTED / cells) / (MARGIN * value(source.net)))


def _spans(protocol: Protocol, longest: FloatArray, everyone: IntArray) -> Iterator[tuple[float, IntArray]]:
    """Groups of patients, and the day up to which each is run: the last scan that its fastest tumours let one reach."""
    scans = np.array(protocol.scans)
    ends = sorted({float(scans[scans <= max(part * protocol.horizon, scans[0])][-1]) for part in SPANS} | {protocol.horizon})
    group = np.maximum(np.searchsorted(np.array(ends), longest, side="right") - 1, 0)
    for index, end in enumerate(ends):
        if (group == index).any():
            yield end, everyone[group == index]


def _outcomes(cohort: Cohort, case: Case, patients: Patients, drug: int, executor: Executor) -> Outcomes:
    """What is written down of the patients on one drug."""
    names = [clone.name for clone in case.subject.sites[0].source.clones]
    marked = tuple(names.index(name) for name in cohort.rules.clones)
    steps = int(np.ceil(case.question.horizon / case.settings.step))
    ensemble = run_bodies(case, [case.subject], patients, keep=_Keep(steps, marked), executor=executor)
    volume, index = ensemble.volumes(), ensemble.lowered.index[0]
    share = np.where((index >= 0)[:, :, None], ensemble.kept["share"][np.maximum(index, 0)], 0.0)
    found = observed(case, patients, ensemble.lowered, volume)
    seen = np.array([site.presence is Presence.SEEN for site in case.subject.sites])
    scans = scan_days(case)
    total = np.where(seen[:, None], measured(case, patients, volume), 0.0).sum(axis=1)
    value = patients.at("body")
    response = responses(total, scans, found.body, value(cohort.rules.response))
    edge = _edges(found.body, ensemble.lowered.edges)
    shown = np.asarray(found.sites <= found.body[:, None])
    place = culprit(volume, seen, shown, edge)
    rows = np.arange(patients.count)
    progressed = np.isfinite(found.body)
    there = np.array([site.organ == cohort.rules.organ for site in case.subject.sites])
    return Outcomes(
        scans, np.full(patients.count, scans[-1]), found.body, response.found, response.day, total[:, 1] / total[:, 0] - 1.0,
        np.where(progressed, share[rows, place, edge], np.nan), progressed & ~seen[place],
        np.asarray((volume[:, there & seen, 0] > 0.0).any(axis=1)), found.sites[:, there].min(axis=1, initial=np.inf),
        np.full(patients.count, drug),
    )  # fmt: skip


def _edges(day: FloatArray, edges: FloatArray) -> IntArray:
    """The step edge (n,) at or next after a day, the last one where there is none."""
    return np.asarray(np.minimum(np.searchsorted(edges, day), edges.size - 1))


def regular(horizon: float, every: float, until: float, later: float) -> tuple[float, ...]:
    """Scan days: at one interval up to a day, at another after it.

    >>> regular(252.0, 42.0, 126.0, 63.0)
    (42.0, 84.0, 126.0, 189.0, 252.0)
    """
    early = np.arange(every, min(until, horizon) + every / 2.0, every)
    late = np.arange(until + later, horizon + every / 2.0, later)
    days: Sequence[float] = np.concatenate([early, late[late <= horizon]]).tolist()
    return tuple(days)
