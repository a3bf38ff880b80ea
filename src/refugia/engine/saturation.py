"""The mean of a saturating response over a few equally likely levels, for many rows and places."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

SAFE = 1e140  # two factors within 1/SAFE .. SAFE may be multiplied without overflow


def saturating_mean(
    scale: NDArray[np.float64],
    table: NDArray[np.float64],
    row_of: NDArray[np.int64],
    half: NDArray[np.float64],
    power: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Mean over the levels c of (s c)^h / ((s c)^h + half^h), shape (B, P).

    scale (B, P); table (T, n) levels; row_of (B,) the row of the table that each row reads; half (B,) and power (B,).
    (s/half)^h and c^h are raised apart: P powers a row, and n for each row of the table as long as its readers share their power.
    Zero where s or c is zero.

    >>> saturating_mean(np.array([[1.0, 0.0]]), np.array([[1.0, 3.0]]), np.array([0]), np.array([1.0]), np.array([1.0])).tolist()
    [[0.625, 0.0]]
    """
    mean = np.empty(scale.shape)
    scale, table, half, power = (np.ascontiguousarray(column, dtype=np.float64) for column in (scale, table, half, power))
    _saturating_mean(scale, table, np.ascontiguousarray(row_of, dtype=np.int64), half, power, mean)
    return mean


@njit(cache=True, nogil=True, error_model="numpy")
def _saturating_mean(scale, table, row_of, half, power, mean):  # type: ignore[no-untyped-def]
    """Fill mean (B, P); see the face above."""
    places, levels = scale.shape[1], table.shape[1]
    raised = np.empty_like(table)
    raised_to = np.full(table.shape[0], np.nan)
    safe = np.ones(table.shape[0], dtype=np.bool_)  # whether every power of the row is zero or within bounds
    factor, total = np.empty(places), np.empty(places)
    for row in range(scale.shape[0]):
        source, middle, steep = row_of[row], half[row], power[row]
        if raised_to[source] != steep:
            raised_to[source], safe[source] = steep, True
            for node in range(levels):
                raised[source, node] = table[source, node] ** steep if table[source, node] > 0.0 else 0.0
                if table[source, node] > 0.0 and not (1.0 / SAFE < raised[source, node] < SAFE):
                    safe[source] = False
        for place in range(places):
            total[place] = 0.0
            factor[place] = (scale[row, place] / middle) ** steep if scale[row, place] > 0.0 else 0.0
        if safe[source]:
            for node in range(levels):
                level = raised[source, node]
                for place in range(places):
                    product = factor[place] * level
                    total[place] += product / (1.0 + product)
        for place in range(places):
            if scale[row, place] > 0.0 and not (safe[source] and 1.0 / SAFE < factor[place] < SAFE):
                total[place] = 0.0
                for node in range(levels):
                    if table[source, node] > 0.0:
                        depth = steep * (np.log(scale[row, place]) + np.log(table[source, node]) - np.log(middle))
                        total[place] += 1.0 / (1.0 + np.exp(-depth))
            mean[row, place] = total[place] / levels
