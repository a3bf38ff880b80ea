"""Who neighbours whom on a lattice, and how it is cut into blocks.

Arrays have the shape (Z, Y, X), in two dimensions Z = 1. A place is its flat index, (z Y + y) X + x.
"""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Shape = tuple[int, int, int]
IntArray = NDArray[np.int64]


class Neighbourhood(StrEnum):
    """Which places count as neighbours: those that share a face, or those that share at least a corner."""

    VON_NEUMANN = "von neumann"
    MOORE = "moore"


def offsets(neighbourhood: Neighbourhood, shape: Shape) -> IntArray:
    """The steps (n, 3) from a place to its neighbours along z, y, x; none along an axis of one place.

    >>> [len(offsets(Neighbourhood.MOORE, shape)) for shape in ((1, 8, 8), (8, 8, 8))]
    [8, 26]
    >>> offsets(Neighbourhood.VON_NEUMANN, (1, 8, 8)).tolist()
    [[0, -1, 0], [0, 0, -1], [0, 0, 1], [0, 1, 0]]
    """
    free = [np.arange(-1, 2) if count > 1 else np.zeros(1, np.int64) for count in shape]
    every = np.stack(np.meshgrid(*free, indexing="ij"), axis=-1).reshape(-1, 3)
    far = np.abs(every).sum(axis=1)
    keep = far == 1 if neighbourhood is Neighbourhood.VON_NEUMANN else far > 0
    return np.ascontiguousarray(every[keep], np.int64)


class Blocks(NamedTuple):
    """A lattice cut into blocks of `size` (z, y, x): `along` each axis so many of them, the last ones perhaps smaller.

    >>> Blocks.of((1, 100, 100), (8, 8, 64)).along
    (1, 13, 2)
    """

    shape: Shape
    size: Shape
    along: Shape

    @classmethod
    def of(cls, shape: Shape, size: Shape) -> Blocks:
        """The blocks of a lattice."""
        z, y, x = (-(-whole // part) for whole, part in zip(shape, size, strict=True))
        return cls(shape, size, (z, y, x))

    def holding(self, places: IntArray) -> IntArray:
        """The blocks, flat and each once, that hold these places.

        >>> Blocks.of((1, 100, 100), (8, 8, 64)).holding(np.array([0, 70, 801])).tolist()
        [0, 1, 2]
        """
        z, y, x = np.unravel_index(places, self.shape)
        cut = (z // self.size[0], y // self.size[1], x // self.size[2])
        return np.unique(np.ravel_multi_index(cut, self.along)).astype(np.int64)
