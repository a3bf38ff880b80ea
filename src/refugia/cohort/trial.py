"""A trial run on virtual patients, and what it says beside what was printed and beside the naive forecast."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median as middle
from typing import NamedTuple

import numpy as np

from refugia.cohort.bodies import Numbers
from refugia.cohort.calibration import Calibration, protocol
from refugia.cohort.model import Arm, Cohort, Trial
from refugia.cohort.outcomes import Outcomes
from refugia.cohort.run import Protocol, run_cohort
from refugia.cohort.summaries import estimates, summaries
from refugia.cohort.survival import Estimate, Group, hazard_ratio
from refugia.course.ensemble import Executor
from refugia.course.patients import known
from refugia.course.values import parameters_in
from refugia.engine.keys import stratified
from refugia.terms import FloatArray

CHECKED = 500_000  # added to the seed, so that the patients of the checks are none of those calibrated with
PREDICTED = ("pfs", "orr", "dor")


@dataclass(frozen=True, slots=True)
class TrialRun:
    """A trial run once: the outcomes of each arm in the same patients, and the hazard ratio of the first arm to the second."""

    trial: Trial
    cohort: Cohort
    size: int
    seed: int
    outcomes: tuple[Outcomes, ...]
    ratio: Estimate | None

    def estimates(self, arm: int) -> dict[str, Estimate]:
        """Every summary of an arm, with the interval that its number of patients leaves."""
        return estimates(self.outcomes[arm], self.cohort)

    def smoothed(self, arm: int) -> dict[str, float]:
        """Every summary of an arm, medians between scans."""
        return summaries(self.outcomes[arm], self.cohort)


class Prediction(NamedTuple):
    """A summary of an arm as predicted: median and 95 % interval over draws of what is not known and over patients."""

    trial: str
    arm: str
    summary: str
    value: float
    low: float
    high: float


def drugs_of(arm: Arm, cohort: Cohort) -> tuple[tuple[str, float], ...]:
    """The drugs of an arm and their shares: the cohort's mix where it names none."""
    return arm.drugs or tuple((drug, share.value) for drug, share in cohort.mix)


def look(trial: Trial, arm: Arm, cohort: Cohort) -> Protocol:
    """What an arm gets, and when one looks."""
    return Protocol(trial.horizon, trial.scans, drugs_of(arm, cohort), arm.levers)


def run_trial(trial: Trial, cohort: Cohort, size: int, seed: int, numbers: Numbers, *, threads: int = 0,
              executor: Executor | None = None) -> TrialRun:  # fmt: skip
    """Run every arm of a trial in the same patients."""
    found = tuple(
        run_cohort(cohort, look(trial, arm, cohort), size, seed, numbers, threads=threads, executor=executor)
        for arm in trial.arms
    )
    ratio = hazard_ratio(*(Group(one.progression, one.until) for one in found)) if len(found) == 2 else None
    return TrialRun(trial, cohort, size, seed, found, ratio)


def naive(trials: Sequence[Trial], trial: Trial, arm: Arm, summary: str) -> float | None:
    """The forecast without a model: the median of what other trials of the same drugs printed; None where there is none."""
    others = [
        published.value
        for other in trials
        if other.id != trial.id
        for one in other.arms
        if one.drugs and (one.drugs, one.levers) == (arm.drugs, arm.levers)
        for published in one.published
        if published.summary == summary
    ]
    return middle(others) if others else None


def nuisance(cohort: Cohort, draws: int, seed: int) -> list[dict[str, float]]:
    """Draws of every number that is known to an interval only, beside the free ones: stratified, the same for all patients."""
    free = {one.name for one in cohort.free}
    found = {p.id: p for case in cohort.cases.values() for p in parameters_in(case) if p.interval is not None and p.id not in free}
    columns = {
        name: known(p.value, p.interval, stratified(seed, f"{name}|nuisance", draws))
        for name, p in sorted(found.items())
        if p.interval is not None
    }
    return [{name: float(column[k]) for name, column in columns.items()} for k in range(draws)]


def predictions(trials: Sequence[Trial], cohort: Cohort, numbers: Sequence[Numbers], seed: int, *,
                threads: int = 0, executor: Executor | None = None) -> list[Prediction]:  # fmt: skip
    """What trials of their printed size would say, for each of some draws of the numbers, with patients of their own."""
    seen: dict[tuple[str, str, str], list[float]] = {}
    for k, drawn in enumerate(numbers):
        for trial in trials:
            groups = []
            for index, arm in enumerate(trial.arms):
                mine = seed + 1000 * k + 10 * index + sum(map(ord, trial.id))  # an arm has its own patients, as in a real trial
                what = look(trial, arm, cohort)
                found = run_cohort(cohort, what, arm.size, mine, drawn, threads=threads, executor=executor)
                groups.append(Group(found.progression, found.until))
                for key, value in summaries(found, cohort).items():
                    seen.setdefault((trial.id, arm.name, key), []).append(value)
            if len(groups) == 2:
                seen.setdefault((trial.id, "", "hr"), []).append(hazard_ratio(*groups).value)
    return [Prediction(*where, *_range(np.array(values))) for where, values in seen.items()]


def checks(found: Calibration, draws: int, *, threads: int = 0,
           executor: Executor | None = None) -> dict[str, tuple[float, float, float]]:  # fmt: skip
    """Every summary of the calibration arm, simulated at some draws of the posterior: median and 95 % range."""
    seen: dict[str, list[float]] = {}
    for k in range(draws):
        mine, what = CHECKED + found.seed + k, protocol(found.cohort)
        run = run_cohort(found.cohort, what, found.patients, mine, found.numbers(k), threads=threads, executor=executor)
        for key, value in summaries(run, found.cohort).items():
            seen.setdefault(key, []).append(value)
    return {key: _range(np.array(values)) for key, values in seen.items()}


def drawn(found: Calibration, draws: int, *, all_numbers: bool) -> list[Numbers]:
    """Draws of the posterior; with `all_numbers`, what is not free is drawn from its interval as well."""
    posterior = [found.numbers(k) for k in range(draws)]
    if not all_numbers:
        return posterior
    others = nuisance(found.cohort, draws, found.seed)
    return [Numbers({**other, **one.values}, one.widths) for one, other in zip(posterior, others, strict=True)]


def _range(values: FloatArray) -> tuple[float, float, float]:
    low, centre, high = np.nanquantile(values, (0.025, 0.5, 0.975)).tolist()
    return centre, low, high
