"""The exact linear birth-death transition over a step, as tables that the cell kernel draws from."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]


class Transition(NamedTuple):
    """What one step of length t does to a cell at birth rate b and death rate d; arrays of one shape, (world, place, clone).

    `birth`, `death` 1/day; `stay` the chance that the cell's line is alive at the end; `extra` the parameter of the geometric
    number of further cells in a living line; `divisions` the mean number of divisions of the line within the step.
    """

    birth: FloatArray
    death: FloatArray
    stay: FloatArray
    extra: FloatArray
    divisions: FloatArray


@njit(cache=True, nogil=True, error_model="numpy")
def line_fate(birth: float, death: float, time: float) -> tuple[float, float, float]:
    """Chance that a line started by one cell is alive, its geometric parameter, and the mean time-integral of its size (days).

    P(dead) = d (e^{(b-d)t} - 1) / (b e^{(b-d)t} - d); the living line has 1 + G cells, P(G = k) = (1 - q) q^k with q = P(dead) b/d
    (Kendall 1948, eq. 18).
    """
    net = birth - death
    if abs(net) * time < 1e-9:
        grown = birth * time
        return 1.0 / (1.0 + grown), grown / (1.0 + grown), time
    rise = np.expm1(net * time)
    scale = birth * rise + net
    return net * (1.0 + rise) / scale, birth * rise / scale, rise / net


@njit(cache=True, nogil=True, error_model="numpy")
def fill_transition(rows: NDArray[np.int64], time: float, table: Transition) -> None:
    """Fill `stay`, `extra` and `divisions` of the given rows from their `birth` and `death` for a step of `time` days."""
    for k in range(rows.size):
        row = rows[k]
        for place in range(table.birth.shape[1]):
            for clone in range(table.birth.shape[2]):
                b = table.birth[row, place, clone]
                stay, extra, integral = line_fate(b, table.death[row, place, clone], time)
                table.stay[row, place, clone] = stay
                table.extra[row, place, clone] = extra
                table.divisions[row, place, clone] = b * integral


def empty_transition(shape: tuple[int, int, int]) -> Transition:
    """A table of zeros of shape (world, place, clone)."""
    return Transition(*(np.zeros(shape) for _ in Transition._fields))
