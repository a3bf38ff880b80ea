"""The grid of voxels that fields and cells share, and what its six sides do.

Arrays have the shape (Z, Y, X); an axis that is not resolved has one voxel. A place is its flat index, (z Y + y) X + x.
"""

from __future__ import annotations

from math import inf, prod
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]


class Grid(NamedTuple):
    """Cubic voxels: `shape` (Z, Y, X), and the `spacing` of their middles in mm.

    >>> Grid((1, 4, 8), 0.5).size, Grid((1, 4, 8), 0.5).resolved
    (32, (1, 2))
    """

    shape: tuple[int, int, int]
    spacing: float

    @property
    def size(self) -> int:
        """How many voxels there are."""
        return prod(self.shape)

    @property
    def volume(self) -> float:
        """Of a voxel, mm3."""
        return self.spacing**3

    @property
    def resolved(self) -> tuple[int, ...]:
        """The axes of more than one voxel."""
        return tuple(axis for axis, count in enumerate(self.shape) if count > 1)

    def middles(self, axis: int) -> FloatArray:
        """Where the voxels of an axis have their middles, mm, from the middle of the grid.

        >>> Grid((1, 1, 2), 0.5).middles(2).tolist()
        [-0.25, 0.25]
        """
        count = self.shape[axis]
        return np.asarray((np.arange(count) - 0.5 * (count - 1)) * self.spacing, np.float64)


class Sides(NamedTuple):
    """What the low and the high side of each axis do to a field c: the outward flux is `rate` (c - `value`), both (3, 2).

    A rate of 0 lets nothing through (Neumann), an infinite one holds the side at the value (Dirichlet), any other is Robin's. The
    side lies half a voxel beyond the outermost middles. Rates in mm/day, values in the unit of the field.
    """

    rate: FloatArray
    value: FloatArray


def closed() -> Sides:
    """Sides that let nothing through.

    >>> float(closed().rate.max())
    0.0
    """
    return Sides(np.zeros((3, 2)), np.zeros((3, 2)))


def held(value: float, grid: Grid) -> Sides:
    """Sides of every resolved axis held at a value; the others are closed.

    >>> held(2.0, Grid((1, 4, 4), 1.0)).rate.tolist()
    [[0.0, 0.0], [inf, inf], [inf, inf]]
    """
    sides = closed()
    for axis in grid.resolved:
        sides.rate[axis] = inf
        sides.value[axis] = value
    return sides
