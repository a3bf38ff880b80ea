"""The spread over patients, where some of them may have no number."""

from __future__ import annotations

import numpy as np

from refugia.terms import FloatArray

REACH = (0.1, 0.5, 0.9)  # the ends of the middle 80 %, and the median


def quantiles(columns: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """The 10 %, 50 % and 90 % quantiles over patients (first axis) of those that have a number; none where nobody has.

    >>> [float(line[0]) for line in quantiles(np.array([[1.0], [3.0], [np.nan]]))]
    [1.2, 2.0, 2.8]
    """
    ordered = np.sort(np.where(np.isfinite(columns), columns, np.nan), axis=0)
    last = np.isfinite(ordered).sum(axis=0) - 1
    low, middle, high = (_at(ordered, last, part) for part in REACH)
    return low, middle, high


def _at(ordered: FloatArray, last: np.ndarray, part: float) -> FloatArray:
    """The value at a part of the way from the first to the `last` of ordered numbers, linear between two of them."""
    place = part * np.maximum(last, 0)
    below = np.floor(place).astype(np.int64)
    above = np.minimum(below + 1, np.maximum(last, 0))
    a, b = (np.take_along_axis(ordered, one[None], axis=0)[0] for one in (below, above))
    found: FloatArray = np.where(last >= 0, a + (place - below) * (b - a), np.nan)
    return found


def mean(columns: FloatArray) -> FloatArray:
    """Mean over patients (first axis) of those that have a number; none where nobody has.

    >>> mean(np.array([[1.0], [3.0], [np.nan]]))
    array([2.])
    """
    there = np.isfinite(columns)
    count, total = there.sum(axis=0), np.where(there, columns, 0.0).sum(axis=0)
    found: FloatArray = np.divide(total, count, out=np.full(total.shape, np.nan), where=count > 0)
    return found
