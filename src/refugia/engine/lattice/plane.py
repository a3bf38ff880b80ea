"""An implicit step of a field on a plane of square places, diffusing and taken up, between walls that hold it or are closed.

One step of backward Euler for c' = D lap c - u c, the uptake from the field at the start: with A and B the differences along the
two axes times l = D t / h^2, (1 - A - B) d = (A + B) c + walls - u c for the change d, its left side factored as (1 - A)(1 - B)
(Douglas & Gunn 1964, "A general formulation of alternating direction methods"). What is left out is A B d: nothing where the field
rests, so that a steady state is that of the differences themselves; it is felt in the corners for a few steps after walls are
switched on. A wall lies half a place beyond the outermost middles; held at w it lets 2 l (w - c) through. Each axis is one
tridiagonal solve a line, its coefficients made once.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]


class Sweeps(NamedTuple):
    """The eliminated coefficients of both axes, with closed walls (row 0) and with held ones (row 1): (2, Y) and (2, X) each.

    `pivot` is one over the pivot of a line, `back` the weight of the place after it.
    """

    number: np.float64
    pivot_y: FloatArray
    back_y: FloatArray
    pivot_x: FloatArray
    back_x: FloatArray


def sweeps(shape: tuple[int, int], number: float) -> Sweeps:
    """The coefficients for a plane (Y, X), two places or more along each axis, and the diffusion number D t / h^2.

    >>> sweeps((4, 4), 0.5).pivot_y.shape
    (2, 4)
    """
    axes = []
    for size in shape:
        lines = [_eliminated(size, number, held) for held in (0.0, 1.0)]
        axes += [np.array([pivot for pivot, _ in lines]), np.array([back for _, back in lines])]
    return Sweeps(np.float64(number), axes[0], axes[1], axes[2], axes[3])


def _eliminated(size: int, number: float, held: float) -> tuple[FloatArray, FloatArray]:
    diagonal = np.full(size, 1.0 + 2.0 * number)
    diagonal[[0, -1]] += (2.0 * held - 1.0) * number
    pivot, back = np.empty(size), np.zeros(size)
    pivot[0] = 1.0 / diagonal[0]
    for place in range(1, size):
        back[place - 1] = number * pivot[place - 1]
        pivot[place] = 1.0 / (diagonal[place] - number * back[place - 1])
    return pivot, back


@njit(cache=True, nogil=True, error_model="numpy")
def _forward(line, before, number, pivot):
    for place in range(line.size):
        line[place] = (line[place] + number * before[place]) * pivot


@njit(cache=True, nogil=True, error_model="numpy")
def _backward(line, after, back):
    for place in range(line.size):
        line[place] += back * after[place]


@njit(cache=True, nogil=True, error_model="numpy")
def _solve(change, number, pivot, back):
    """Solve along the first axis of `change` in place, all lines abreast."""
    last = change.shape[0] - 1
    line = change[0]
    for place in range(line.size):
        line[place] *= pivot[0]
    for row in range(1, last + 1):
        _forward(change[row], change[row - 1], number, pivot[row])
    for row in range(last - 1, -1, -1):
        _backward(change[row], change[row + 1], back[row])


@njit(cache=True, nogil=True, error_model="numpy")
def _line(middle, below, above, out, number):
    """What diffusion brings to a row from itself and the rows beside it (Neumann ends)."""
    last = middle.size - 1
    for x in range(1, last):
        out[x] = number * (below[x] + above[x] + middle[x - 1] + middle[x + 1] - 4.0 * middle[x])
    out[0] = number * (below[0] + above[0] + middle[1] - 3.0 * middle[0])
    out[last] = number * (below[last] + above[last] + middle[last - 1] - 3.0 * middle[last])


@njit(cache=True, nogil=True, error_model="numpy")
def _turned(source, target):
    for row in range(target.shape[0]):
        for column in range(target.shape[1]):
            target[row, column] = source[column, row]


@njit(cache=True, nogil=True, error_model="numpy")
def spread(field, taken, wall, sweeps, change, turned):
    """One step of the field (Y, X), of which `taken` (Y, X) is taken up; `wall` holds the walls, or closes them where negative.

    `change` (Y, X) and `turned` (X, Y) are room to work in.
    """
    height, width = field.shape
    number, held = sweeps.number, 1 if wall >= 0.0 else 0
    for y in range(height):
        _line(field[y], field[max(y - 1, 0)], field[min(y + 1, height - 1)], change[y], number)
        for x in range(width):
            change[y, x] -= taken[y, x]
    if held:
        for y in range(height):
            change[y, 0] += 2.0 * number * (wall - field[y, 0])
            change[y, width - 1] += 2.0 * number * (wall - field[y, width - 1])
        for x in range(width):
            change[0, x] += 2.0 * number * (wall - field[0, x])
            change[height - 1, x] += 2.0 * number * (wall - field[height - 1, x])
    _solve(change, number, sweeps.pivot_y[held], sweeps.back_y[held])
    _turned(change, turned)
    _solve(turned, number, sweeps.pivot_x[held], sweeps.back_x[held])
    _turned(turned, change)
    for y in range(height):
        for x in range(width):
            field[y, x] += change[y, x]
