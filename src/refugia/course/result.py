"""What a run leaves behind: days of progression, outcomes, and the course of every site with its depth profiles."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from refugia.course.batch import Batch
from refugia.course.case import Case, checked
from refugia.course.ensemble import Executor, Progress, run_bodies
from refugia.course.lower import step_edges
from refugia.course.observe import observed, watch_of
from refugia.course.patients import Patients
from refugia.course.recist import Progression, deepest
from refugia.course.slow import held
from refugia.subject import Presence
from refugia.terms import FloatArray, Outcome, Shown
from refugia.treatment.lower import exposure_mean

PROFILE_EVERY = 4
"""Depth profiles are kept at every fourth step edge, and at the horizon."""


class Timing(NamedTuple):
    """Days of progression over patients: None where a quantile lies beyond the horizon; the share that was censored there."""

    median: float | None
    q10: float | None
    q90: float | None
    censored: float


def timing(days: FloatArray, horizon: float) -> Timing:
    """Median, 10 % and 90 % quantiles of days of progression (patients,); infinity means never.

    >>> timing(np.array([100.0, 200.0, np.inf]), 720.0)
    Timing(median=200.0, q10=100.0, q90=None, censored=0.3333333333333333)
    """
    beyond = np.asarray(~(days <= horizon))
    ordered = np.where(beyond, np.inf, days)
    found = np.quantile(ordered, (0.5, 0.1, 0.9), method="inverted_cdf")
    median, q10, q90 = (float(day) if np.isfinite(day) else None for day in found)
    return Timing(median, q10, q90, float(beyond.mean()))


@dataclass(frozen=True, slots=True)
class Course(Shown):
    """The unlifted course of a case in an ensemble: every site through time, and by depth at chosen days.

    Axes: p patients, s sites, t step edges, k profile days, r shells from the centre, c clones, d drugs.
    """

    case: Case
    seed: int
    days: FloatArray  # (t,)
    profile_days: FloatArray  # (k,)
    volume: FloatArray  # (p, s, t) mm3
    cells: FloatArray  # (p, s, t, c)
    profile: dict[str, FloatArray]  # name -> (p, s, k, r) or (p, s, k, r, c or d)
    plasma: FloatArray  # (p, t - 1, d) uM unbound, mean of the step
    progression: Progression
    best: FloatArray  # (p,) smallest sum of diameters of the seen sites up to progression, over that of day 0

    @property
    def clones(self) -> tuple[str, ...]:
        """Names of the clones."""
        return tuple(clone.name for clone in self.case.subject.sites[0].source.clones)

    def timings(self) -> dict[str, Timing]:
        """Days of progression of every site, and of the body."""
        horizon = self.case.question.watched
        sites = {site.name: timing(self.progression.sites[:, s], horizon) for s, site in enumerate(self.case.subject.sites)}
        return {**sites, "body": timing(self.progression.body, horizon)}

    def outcomes(self) -> dict[str, dict[Outcome, float]]:
        """How each site and the body ended: share of the patients by outcome, the commonest first."""
        found, watched = {}, self.case.question.watched
        for s, site in enumerate(self.case.subject.sites):
            alive = self.cells[:, s, -1].sum(axis=1) > 0
            found[site.name] = _ends(self.progression.sites[:, s] <= watched, alive, site.presence)
        alive = self.cells[:, :, -1].sum(axis=(1, 2)) > 0
        found["body"] = _ends(self.progression.body <= watched, alive, Presence.SEEN)
        return found

    @property
    def outcome(self) -> dict[str, Outcome]:
        """The commonest outcome over patients, a sentence for each site and for the body."""
        return {name: next(iter(ends)) for name, ends in self.outcomes().items()}


def _ends(progressed: np.ndarray, alive: np.ndarray, presence: Presence) -> dict[Outcome, float]:
    """Share of the patients (patients,) by outcome, the commonest first; outcomes that nobody had are left out."""
    if presence is Presence.ABSENT:
        return {Outcome.ABSENT: 1.0}
    quiet = Outcome.OCCULT if presence is Presence.OCCULT else Outcome.CONTROLLED
    shares = {
        Outcome.PROGRESSED: float(progressed.mean()),
        quiet: float((~progressed & alive).mean()),
        Outcome.CURED: float((~progressed & ~alive).mean()),
    }
    return {end: shares[end] for end in sorted(shares, key=lambda end: -shares[end]) if shares[end] > 0.0}


@dataclass(frozen=True, slots=True)
class _Keep:
    """Makes the recorder of a batch; it holds no arrays, so that it travels light."""

    steps: int
    places: int
    clones: int
    drugs: int

    def days(self) -> list[int]:
        """The step edges at which profiles are kept."""
        return [*range(0, self.steps, PROFILE_EVERY), self.steps]

    def __call__(self, rows: int) -> _Recorder:
        return _Recorder(rows, self)


class _Recorder:
    """Keeps what the unlifted course shows, row by row."""

    def __init__(self, rows: int, keep: _Keep) -> None:
        self.days = keep.days()
        flat = (rows, len(self.days), keep.places)
        wide = (*flat, keep.drugs)
        self.profile = {name: np.zeros(flat) for name in ("radius", "oxygen", "acidity", "perfused", "pressure")}
        self.profile |= {"wall": np.zeros(wide), "transfer": np.zeros(wide), "held": np.full(wide, np.nan)}
        self.profile["cells"] = np.zeros((*flat, keep.clones))
        self.total = np.zeros((rows, keep.steps + 1, keep.clones))
        self.kept: dict[str, FloatArray] = {"total": self.total, **self.profile}

    def __call__(self, batch: Batch) -> None:
        self.total[:, batch.step] = batch.cells.sum(axis=1)
        if batch.step not in self.days:
            return
        at = self.days.index(batch.step)
        fresh = {**batch.fields._asdict(), "wall": batch.wall, "radius": batch.faces[:, 1:], "cells": batch.cells}
        if batch.slow is not None:
            for drug, level in held(batch.slow).items():
                self.profile["held"][:, at, :, drug] = level
        for name in self.profile.keys() & fresh.keys():
            self.profile[name][:, at] = fresh[name]


def simulate(case: Case, replicates: int = 64, seed: int = 0, threads: int = 0, progress: Progress | None = None,
             *, executor: Executor | None = None) -> Course:  # fmt: skip
    """Run the unlifted case in an ensemble of patients and keep its course; `executor` runs it elsewhere, with the same bits."""
    patients, edges = Patients(replicates, seed), step_edges(checked(case).question.horizon, case.settings.step)
    clones, drugs = len(case.subject.sites[0].source.clones), len(case.subject.given)
    keep = _Keep(edges.size - 1, case.settings.shells, clones, drugs)
    ensemble = run_bodies(case, [case.subject], patients, threads, progress=progress, keep=keep, executor=executor)
    index, lowered = ensemble.lowered.index[0], ensemble.lowered

    def by_site(kept: FloatArray, absent: float = 0.0) -> FloatArray:
        present = (index >= 0).reshape(*index.shape, *(1,) * (kept.ndim - 1))
        return np.where(present, kept[np.maximum(index, 0)], absent)

    volume = by_site(ensemble.volume)
    found = observed(case, patients, lowered, volume)
    best = deepest(volume, watch_of(case, patients, lowered), found.body)
    profile = {name: by_site(kept, np.nan if name == "held" else 0.0) for name, kept in ensemble.kept.items()}
    cells = profile.pop("total")
    plasma = exposure_mean(lowered.shared.treatment)
    return Course(case, seed, edges, edges[keep.days()], volume, cells, profile, plasma, found, best)
