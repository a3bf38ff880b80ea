"""Who descends from whom: a table of clones that grows by one line for every mutant that founds one."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

FOUNDER = -1


class Lineage(NamedTuple):
    """A line for every clone, in the order in which they arose.

    `parent` (n,) line of the clone it came from, -1 for a founder; `genotype` (n,); `day` (n,) and `place` (n,) of its first cell.
    """

    parent: NDArray[np.int32]
    genotype: NDArray[np.int32]
    day: NDArray[np.float64]
    place: NDArray[np.int32]


class Register:
    """A lineage that can grow: room is kept for twice as many lines as are used.

    >>> register = Register([0, 1], [12, 13])
    >>> register.found([1], [2], 3.5, [40]).tolist(), register.lineage.parent.tolist(), register.lineage.day.tolist()
    ([2], [-1, -1, 1], [0.0, 0.0, 3.5])
    """

    def __init__(self, genotypes: ArrayLike, places: ArrayLike, day: float = 0.0) -> None:
        """The founders: their genotypes (n,), and where each has its first cell."""
        self._used = 0
        self._room = Lineage(np.empty(0, np.int32), np.empty(0, np.int32), np.empty(0), np.empty(0, np.int32))
        size = np.asarray(genotypes).size
        self.found(np.full(size, FOUNDER), genotypes, day, places)

    @property
    def lineage(self) -> Lineage:
        """The lines there are, as views."""
        room, used = self._room, self._used
        return Lineage(room.parent[:used], room.genotype[:used], room.day[:used], room.place[:used])

    def found(self, parents: ArrayLike, genotypes: ArrayLike, day: float, places: ArrayLike) -> NDArray[np.int32]:
        """New clones of one day, and the lines they got (n,)."""
        first = self._used
        last = first + np.asarray(parents).size
        if last > self._room.parent.size:
            parent, genotype, born, place = self._room
            more = 2 * last
            self._room = Lineage(np.resize(parent, more), np.resize(genotype, more), np.resize(born, more), np.resize(place, more))
        parent, genotype, born, place = self._room
        parent[first:last], genotype[first:last], born[first:last], place[first:last] = parents, genotypes, day, places
        self._used = last
        return np.arange(first, last, dtype=np.int32)
