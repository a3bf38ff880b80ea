"""The lines of a genealogy and a sample of its cells, checked once, before anything is written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from refugia.terms import FloatArray, RefugiaError

IntArray = NDArray[np.int32]


@dataclass(frozen=True)
class Lines:
    """Every clone that ever was, in the order in which they arose.

    `parent` (clone,) -1 for a founder; `genotype` (clone,) a place in `genotypes`, their names; `day` (clone,) of birth; `middle`
    (clone, 3) where, z, y, x in mm. Raises RefugiaError where a clone comes from one that is later or is not there.

    >>> lines = Lines([-1, 0], [0, 1], [0.0, 3.0], [[0, 0, 0], [0, 0, 1]], ("first", "second"))
    >>> lines.name(1), lines.ancestry([1]).tolist()
    ('1', [True, True])
    """

    parent: IntArray
    genotype: IntArray
    day: FloatArray
    middle: FloatArray
    genotypes: Sequence[str]
    names: Sequence[str] = ()

    def __post_init__(self) -> None:
        """Columns as arrays, and what cannot be refused."""
        columns = {"parent": np.int32, "genotype": np.int32, "day": np.float64, "middle": np.float64}
        for name, kind in columns.items():
            object.__setattr__(self, name, np.asarray(getattr(self, name), kind))
        size = self.parent.size
        _same(self.parent.shape == self.genotype.shape == self.day.shape and self.middle.shape == (size, 3), "columns of clones")
        _same(not self.names or len(self.names) == size, "names of clones")
        wrong = np.flatnonzero((self.parent < -1) | (self.parent >= np.arange(size)))
        if wrong.size:
            _refuse(
                f"clone {wrong[0]}",
                f"comes from clone {self.parent[wrong[0]]}",
                "A parent stands before its child, a founder has -1.",
            )
        wrong = np.flatnonzero((self.genotype < 0) | (self.genotype >= len(self.genotypes)))
        if wrong.size:
            _refuse(f"clone {wrong[0]}", f"is of genotype {self.genotype[wrong[0]]}", f"There are {len(self.genotypes)} genotypes.")
        born = np.where(self.parent >= 0, self.day[self.parent], self.day)
        wrong = np.flatnonzero(~np.isfinite(self.day) | (born > self.day))
        if wrong.size:
            _refuse(
                f"clone {wrong[0]}", f"is born on day {self.day[wrong[0]]:g}, before its parent", "Give days of birth in order."
            )

    def __len__(self) -> int:
        """How many clones there are."""
        return int(self.parent.size)

    def name(self, clone: int) -> str:
        """What a clone is called: its name, or its number."""
        return self.names[clone] if self.names else str(clone)

    def ancestry(self, clones: Any) -> NDArray[np.bool_]:
        """Which clones (clone,) are among `clones` or came before one of them."""
        kept = np.zeros(len(self), bool)
        kept[np.asarray(clones, np.int64)] = True
        for clone in range(len(self) - 1, -1, -1):
            if kept[clone] and self.parent[clone] >= 0:
                kept[self.parent[clone]] = True
        return kept


@dataclass(frozen=True)
class Sample:
    """Cells sampled on one `day`: the `clone` (cell,) of each, where it was, `middle` (cell, 3) z, y, x in mm, and its place.

    `measured` holds further columns (cell,) by name, such as the oxygen around it.
    """

    day: float
    clone: IntArray
    middle: FloatArray
    place: IntArray
    measured: Mapping[str, FloatArray] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Columns as arrays, and what cannot be refused."""
        object.__setattr__(self, "clone", np.asarray(self.clone, np.int32))
        object.__setattr__(self, "place", np.asarray(self.place, np.int32))
        object.__setattr__(self, "middle", np.asarray(self.middle, np.float64).reshape(-1, 3))
        columns: list[NDArray[Any]] = [self.place, *(np.asarray(values) for values in self.measured.values())]
        size = self.clone.size
        _same(len(self.middle) == size and all(column.shape == (size,) for column in columns), "columns of cells")

    def check(self, lines: Lines) -> None:
        """Raise RefugiaError where a cell is of no clone, or of one that was born after the sample."""
        wrong = np.flatnonzero((self.clone < 0) | (self.clone >= len(lines)))
        if wrong.size:
            _refuse(f"cell {wrong[0]}", f"is of clone {self.clone[wrong[0]]}", f"There are clones 0 to {len(lines) - 1}.")
        wrong = np.flatnonzero(lines.day[self.clone] > self.day)
        if wrong.size:
            _refuse(f"cell {wrong[0]}", f"is sampled on day {self.day:g}, before its clone was born", "Sample on a later day.")


def _same(holds: bool, what: str) -> None:
    if not holds:
        raise RefugiaError(f"genealogy: the {what} differ in length. Give one entry for each.")


def _refuse(who: str, what: str, way_out: str) -> None:
    raise RefugiaError(f"genealogy: {who} {what}. {way_out}")
