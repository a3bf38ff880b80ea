"""Intervals over patients: the percentile bootstrap of a mean."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from refugia.terms import FloatArray

FEW = 32  # patients, below which the intervals are only a hint
_TAIL = 0.025  # on either side of a 95 % interval


class Interval95(NamedTuple):
    """The mean of each column over patients and its 95 % interval, each (columns,)."""

    mean: FloatArray
    low: FloatArray
    high: FloatArray


def interval(columns: FloatArray, seed: int, resamples: int = 2000) -> Interval95:
    """The mean over patients of per-patient columns (patients, columns) and its 95 % percentile bootstrap interval (Efron 1979).

    Patients are drawn with replacement, all columns of a patient together, by numpy's Philox generator with the seed as its key:
    this chance touches no course, so it need not be addressed by place and step. Sums run patient by patient in a fixed order,
    without BLAS: a column's bits depend neither on the other columns nor on the number of threads. Deviations from the mean are
    resampled, so a column that is zero throughout has the interval from 0.0 to 0.0. Raises ValueError where there is no patient.

    >>> interval(np.array([[0.0, 1.0], [0.0, 3.0]]), seed=7)
    Interval95(mean=array([0., 2.]), low=array([0., 1.]), high=array([0., 3.]))
    """
    patients = columns.shape[0]
    if patients == 0:
        raise ValueError("there is no patient to resample")
    mean = _sum(np.ones((1, patients)), columns)[0] / patients
    chance = np.random.Generator(np.random.Philox(key=seed))
    drawn = chance.integers(0, patients, size=(resamples, patients))
    offset = np.arange(resamples)[:, None] * patients
    counts = np.bincount((drawn + offset).ravel(), minlength=resamples * patients).reshape(resamples, patients)
    spread = _sum(counts.astype(np.float64), columns - mean) / patients
    low, high = np.quantile(spread, (_TAIL, 1.0 - _TAIL), axis=0)
    return Interval95(mean, mean + low, mean + high)


def interval_of_both(parts: FloatArray, seed: int, resamples: int = 2000) -> Interval95:
    """The mean over patients and orders of parts (patients, orders, columns), and its 95 % interval over both.

    Patients and orders are drawn with replacement, each apart from the other (the bootstrap of a table with two random margins:
    Owen 2007), so that the interval holds what few orders leave unsure; it is a little too wide rather than too narrow.

    >>> interval_of_both(np.array([[[1.0], [3.0]]]), seed=7).mean
    array([2.])
    """
    patients, orders, columns = parts.shape
    mean = _sum(np.ones((1, patients)), _sum(np.ones((1, orders)), np.moveaxis(parts, 1, 0).reshape(orders, -1)).reshape(
        patients, columns))[0] / (patients * orders)  # fmt: skip
    chance = np.random.Generator(np.random.Philox(key=np.array([seed, 1], np.uint64)))
    counts = [_counts(chance, size, resamples) for size in (patients, orders)]
    total = np.zeros((resamples, columns))
    for order in range(orders):
        total += counts[1][:, order, None] * _sum(counts[0], parts[:, order] - mean)
    low, high = np.quantile(total / (patients * orders), (_TAIL, 1.0 - _TAIL), axis=0)
    return Interval95(mean, mean + low, mean + high)


def _counts(chance: np.random.Generator, size: int, resamples: int) -> FloatArray:
    """How often each of so many is drawn in each resample, (resamples, size)."""
    drawn = chance.integers(0, size, size=(resamples, size)) + np.arange(resamples)[:, None] * size
    return np.bincount(drawn.ravel(), minlength=resamples * size).reshape(resamples, size).astype(np.float64)


def coverage_note(patients: int) -> str:
    """A sentence on what the intervals are worth, to be printed beside them.

    >>> print(coverage_note(64))
    95 % percentile bootstrap over 64 patients; their draws are stratified, so the intervals cover a little more than they say.
    """
    draws = "their draws are stratified, so the intervals cover a little more than they say."
    note = f"95 % percentile bootstrap over {patients} patients; {draws}"
    return note if patients >= FEW else f"{note} Fewer than {FEW} patients: take them as a hint."


def _sum(weights: FloatArray, columns: FloatArray) -> FloatArray:
    """Weighted sums over patients, (resamples, patients) by (patients, columns), added in the order of the patients."""
    total = np.zeros((weights.shape[0], columns.shape[1]))
    for patient in range(columns.shape[0]):
        total += weights[:, patient, None] * columns[patient]
    return total
