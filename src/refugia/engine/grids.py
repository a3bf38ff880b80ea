"""Radial grids: spheres cut in shells, shells cut in fine intervals, and how values pass between the two.

All arrays are batched over rows; a row's bits do not depend on the other rows. Faces ascend from 0 at the centre to the radius.
"""

from __future__ import annotations

from math import asinh, floor, log, sinh

import numpy as np
from numba import njit
from numpy.typing import NDArray

Array = NDArray[np.float64]

LAYERS = 3.0  # a grid is graded where the radius is more than so many layers
FEWEST = 2  # intervals of a shell


def uniform(radius: Array, cells: int) -> Array:
    """Faces (rows, cells + 1) that cut spheres of the given radii (rows,) in intervals of equal width.

    >>> uniform(np.array([2.0]), 4)
    array([[0. , 0.5, 1. , 1.5, 2. ]])
    """
    return np.ascontiguousarray(np.asarray(radius, dtype=np.float64)[:, None] * (np.arange(cells + 1) / cells))


def graded(shells: Array, cells: int, layer: Array) -> Array:
    """Faces (rows, cells + 1) of a fine grid that keeps every face of `shells` (rows, places + 1) and resolves a layer at the rim.

    With y the depth below the rim and s in (0, 1), y = R sinh(b s) / sinh(b), where sinh(b) / b = max(1, R / (3 layer)): even
    spacing where the `layer` (rows,) is a third of the radius or more (infinite layers are allowed), else a first interval of about
    3 layer / (`cells` - 2 places), growing inwards. Every shell gets two intervals or more. The map does not depend on `cells`, so
    refined grids converge at the order of the scheme. Raises ValueError where there are fewer than two intervals to a shell.

    >>> graded(np.array([[0.0, 1.0]]), 4, np.array([np.inf]))
    array([[0.  , 0.25, 0.5 , 0.75, 1.  ]])
    """
    shells = np.ascontiguousarray(shells, dtype=np.float64)
    places = shells.shape[1] - 1
    if cells < FEWEST * places:
        raise ValueError(f"{cells} intervals cannot cut {places} shells; give at least {FEWEST * places}")
    return _graded(shells, cells, np.ascontiguousarray(layer, dtype=np.float64))  # type: ignore[no-any-return]


def middles(faces: Array) -> Array:
    """Mid-radii (rows, cells) of the intervals between `faces` (rows, cells + 1).

    >>> middles(np.array([[0.0, 1.0, 3.0]]))
    array([[0.5, 2. ]])
    """
    return 0.5 * (faces[:, 1:] + faces[:, :-1])


def mean_squares(faces: Array) -> Array:
    """Volume means (rows, cells) of the squared radius within the intervals between `faces` (rows, cells + 1).

    >>> mean_squares(np.array([[0.0, 1.0]]))
    array([[0.6]])
    """
    a, b = faces[:, :-1], faces[:, 1:]
    low, mixed, high = a * a, a * b, b * b
    fifth = high * high + high * mixed + high * low + mixed * low + low * low
    third = high + mixed + low
    return np.divide(0.6 * fifth, third, out=high.copy(), where=third > 0.0)


def volumes(faces: Array) -> Array:
    """Volumes over 4 pi (rows, cells) of the shells between `faces` (rows, cells + 1).

    >>> volumes(np.array([[0.0, 3.0]]))
    array([[9.]])
    """
    low, high = faces[:, :-1], faces[:, 1:]
    return (high - low) * (high * high + high * low + low * low) / 3.0


def average(fine: Array, values: Array, coarse: Array) -> Array:
    """Volume averages (rows, places) over the shells of `coarse` of `values` (rows, cells), constant in each interval of `fine`.

    A shell without volume takes the value found at its place. The same call with the two grids exchanged is `expand`.

    >>> average(np.array([[0.0, 1.0, 2.0]]), np.array([[8.0, 1.0]]), np.array([[0.0, 2.0]]))
    array([[1.875]])
    """
    return _average(  # type: ignore[no-any-return]
        np.ascontiguousarray(fine, dtype=np.float64),
        np.ascontiguousarray(values, dtype=np.float64),
        np.ascontiguousarray(coarse, dtype=np.float64),
    )


def expand(coarse: Array, values: Array, fine: Array) -> Array:
    """Values (rows, cells) on a fine grid of `values` (rows, places) that are constant within each shell of `coarse`.

    An interval that lies in two shells takes their volume-weighted mean.

    >>> expand(np.array([[0.0, 2.0]]), np.array([[3.0]]), np.array([[0.0, 1.0, 2.0]]))
    array([[3., 3.]])
    """
    return average(coarse, values, fine)


@njit(cache=True, nogil=True, error_model="numpy")
def _steepness(ratio):
    """b of sinh(b) / b = ratio, by Newton's method on log sinh(b) - log b; 0 where the ratio is one or less."""
    if not ratio > 1.0 + 1e-9:
        return 0.0
    b = min(np.sqrt(6.0 * (ratio - 1.0)), log(2.0 * ratio) + log(log(2.0 * ratio) + 2.0))
    goal = log(ratio)
    for _ in range(8):
        b -= (log(sinh(b) / b) - goal) / (1.0 / np.tanh(b) - 1.0 / b)
    return b


@njit(cache=True, nogil=True, error_model="numpy")
def _graded(shells, cells, layer):
    """Faces (rows, cells + 1) from shells (rows, places + 1) and layer (rows,)."""
    rows, places = shells.shape[0], shells.shape[1] - 1
    spare = cells - FEWEST * places
    faces = np.empty((rows, cells + 1))
    for row in range(rows):
        radius = shells[row, places]
        b = _steepness(radius / (LAYERS * layer[row]))
        top = sinh(b)
        first, before = 0, 1.0
        faces[row, 0] = 0.0
        for place in range(places):
            depth = (radius - shells[row, place + 1]) / radius
            after = asinh(depth * top) / b if b > 0.0 else depth
            last = FEWEST * (place + 1) + floor((1.0 - after) * spare + 0.5)
            for face in range(first + 1, last):
                s = before + (after - before) * (face - first) / (last - first)
                y = sinh(b * s) / top if b > 0.0 else s
                faces[row, face] = radius * (1.0 - y)
            faces[row, last] = shells[row, place + 1]
            first, before = last, after
    return faces


@njit(cache=True, nogil=True, error_model="numpy")
def _average(fine, values, coarse):
    """Volume averages over the shells of coarse, by one sweep over both grids."""
    rows, cells, places = fine.shape[0], values.shape[1], coarse.shape[1] - 1
    found = np.empty((rows, places))
    for row in range(rows):
        cell = 0
        for place in range(places):
            low, high = coarse[row, place], coarse[row, place + 1]
            while cell < cells - 1 and fine[row, cell + 1] <= low:
                cell += 1
            reference = values[row, cell]
            total, volume, a = 0.0, 0.0, low
            while True:
                b = high if cell == cells - 1 else min(high, fine[row, cell + 1])
                part = (b - a) * (b * b + b * a + a * a)
                volume += part
                total += part * (values[row, cell] - reference)
                if b >= high:
                    break
                a = b
                cell += 1
            found[row, place] = reference + total / volume if volume > 0.0 else reference
    return found
