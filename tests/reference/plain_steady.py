"""A steady field on voxels in plain Python: the balance of every voxel written out, and one dense solve."""

from __future__ import annotations

from itertools import product

import numpy as np
from numpy.typing import NDArray

from refugia.engine.voxels.grid import Grid, Sides

Array = NDArray[np.float64]


def steady(grid: Grid, diffusivity: Array, decay: Array, source: Array, sides: Sides) -> Array:
    """Values c (Z, Y, X) with -div(D grad c) + decay c = source; walled voxels have source / decay."""
    matrix, load = np.zeros((grid.size, grid.size)), source.ravel().astype(float).copy()
    number = np.arange(grid.size).reshape(grid.shape)
    h = grid.spacing
    for place in product(*(range(count) for count in grid.shape)):
        row, own = number[place], diffusivity[place]
        matrix[row, row] += decay[place]
        for axis, end in product(range(3), range(2)):
            there = list(place)
            there[axis] += 2 * end - 1
            if 0 <= there[axis] < grid.shape[axis]:
                away = diffusivity[tuple(there)]
                k = 2.0 / (1.0 / own + 1.0 / away) / h**2 if own > 0.0 and away > 0.0 else 0.0
                matrix[row, row] += k
                matrix[row, number[tuple(there)]] -= k
            elif own > 0.0 and sides.rate[axis, end] > 0.0:
                k = 1.0 / (0.5 * h / own + 1.0 / sides.rate[axis, end]) / h
                matrix[row, row] += k
                load[row] += k * sides.value[axis, end]
    return np.asarray(np.linalg.solve(matrix, load).reshape(grid.shape))


def uptake(grid: Grid, diffusivity: Array, exchange: Array, level: float, loss: tuple[Array, float], sides: Sides) -> Array:
    """Values p (Z, Y, X) with div(D grad p) - rate p / (p + half) + exchange (level - p) = 0; rate / (p + half) is iterated."""
    rate, half = loss
    found = np.full(grid.shape, level)
    for _ in range(4000):
        before = found
        found = steady(grid, diffusivity, exchange + rate / (before + half), exchange * level, sides)
        if abs(found - before).max() < 1e-12 * level:
            return found
    raise ArithmeticError("not settled")
