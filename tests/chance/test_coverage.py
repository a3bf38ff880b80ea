"""The intervals of the shares cover what a very large ensemble finds, wherever a share does not rest on a few patients.

Two mechanisms, one site, four shells, steps of two weeks. Many ensembles of 32 patients are drawn, each with its own seed, and
the 95 % bootstrap interval of each share is held against the mean share of a large ensemble. More than 95 % is no fault: draws are
stratified, resampling is not. The figures are printed (`pytest -s`).
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import pytest
from scipy.stats import binom

from refugia.catalog.reader import read_case
from refugia.course.case import Case
from refugia.course.ensemble import run_bodies
from refugia.course.patients import Patients
from refugia.dissection.arms import arms
from refugia.dissection.attribution import Share, attribute
from refugia.dissection.gains import gains_of
from refugia.dissection.rare import rare_notes
from refugia.terms import FloatArray
from tests.chance.budget import chance, joint

ENSEMBLES, PATIENTS, LARGE = 300, 32, 4096
OWED = 0.93
NEAR, FAR = 168.0, 448.0
"""Days: by the first hardly anybody has progressed, by the second more have."""


class Study(NamedTuple):
    """Intervals (ensembles, shares) of one merit, the mean shares (shares,) of the large ensemble, and the share that warned."""

    names: tuple[str, ...]
    low: FloatArray
    high: FloatArray
    mean: FloatArray
    truth: FloatArray
    warned: float

    def covered(self, narrower: float = 1.0) -> FloatArray:
        """Share of the ensembles whose interval, made narrower around its mean, covers the truth, (shares,)."""
        low, high = (self.mean + (end - self.mean) / narrower for end in (self.low, self.high))
        return np.asarray(((low <= self.truth) & (self.truth <= high)).mean(axis=0))

    def pvalue(self, narrower: float = 1.0) -> float:
        """How likely as few intervals cover, or fewer, where 93 % of them do; for all shares together."""
        return joint(*binom.cdf(np.rint(self.covered(narrower) * ENSEMBLES), ENSEMBLES, OWED).tolist())


def small(horizon: float) -> Case:
    """The primary tumour alone, with two ways out."""
    case = read_case("egfr-lung")
    return replace(
        case, mechanisms=("tolerance", "oxygen and acid"), subject=replace(case.subject, sites=case.subject.sites[:1]),
        settings=replace(case.settings, step=14.0, shells=4), question=replace(case.question, horizon=horizon),
    )  # fmt: skip


@lru_cache(maxsize=4)
def study(horizon: float, seed: int) -> dict[str, Study]:
    """The study of every merit at a horizon."""
    case = small(horizon)
    plan = arms(case)

    def drawn(patients: int, lot: int) -> tuple[list[Share], set[str]]:
        people = Patients(patients, (seed + lot) % 2**63)
        gains = gains_of(case, people, run_bodies(case, plan.bodies, people))
        said = " ".join(rare_notes(gains, plan.players))
        warned = {merit for merit in gains if f"shares of {merit}" in said}
        return list(attribute(gains, plan.players, people.seed)[0]), warned

    large, _ = drawn(LARGE, 0)
    many = [drawn(PATIENTS, lot) for lot in range(1, ENSEMBLES + 1)]
    found = {}
    for merit in case.question.merits:
        place = [index for index, row in enumerate(large) if row.merit == merit]
        figures = np.array([[(rows[i].low, rows[i].high, rows[i].share) for i in place] for rows, _ in many])
        truth, names = np.array([large[i].share for i in place]), tuple(large[i].mechanism for i in place)
        warned = float(np.mean([merit in said for _, said in many]))
        found[merit] = Study(names, figures[..., 0], figures[..., 1], figures[..., 2], truth, warned)
        print(f"day {horizon:g}, {merit}:", dict(zip(names, found[merit].covered().tolist(), strict=True)), f"warned {warned:.2f}")
    return found


@pytest.mark.slow
@chance
def test_intervals_of_control_cover(level: float, seed: int) -> None:
    found = study(NEAR, seed)["control"]
    assert found.pvalue() >= level
    assert found.pvalue(narrower=4.0) < level
    assert found.warned == 0.0


@pytest.mark.slow
@chance
def test_intervals_of_progression_cover_where_more_progress(level: float, seed: int) -> None:
    found = study(FAR, seed)["progression"]
    assert found.pvalue() >= level
    assert found.pvalue(narrower=4.0) < level


@pytest.mark.slow
@chance
def test_where_hardly_anybody_progresses_the_reader_is_warned(level: float, seed: int) -> None:
    """There the bootstrap fails, as it must: most ensembles of 32 hold one such patient or none. The note says so."""
    found = study(NEAR, seed)["progression"]
    assert found.pvalue() < level
    assert found.warned == 1.0
