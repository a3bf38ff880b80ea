"""Descriptions that change in steps: every distinct one is lowered once, and equal sequences of tables are one track."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from refugia.course.patients import rounded
from refugia.terms import FloatArray, Lever, Value, resolving
from refugia.treatment.levers import strength

IntArray = NDArray[np.int64]
LEVELS = 32.0
"""Strengths of a lever are taken to the nearest of so many levels, so that tables change in few steps."""


class Change(NamedTuple):
    """From a step on, rows read other entries of a unit: `row` (n,) and `entry` (n,)."""

    step: int
    unit: str
    row: IntArray
    entry: IntArray


class Variants:
    """The distinct descriptions of one unit over all bodies, lowered site by site, with equal entries found."""

    def __init__(self, lowering: Callable[[Any, Value], Any]) -> None:
        """Know no description yet; `lowering` makes the table of one."""
        self.lowering, self.count = lowering, 0
        self.entry: dict[tuple[str, int], int] = {}
        self.tables: list[Any] = []
        self.same: list[IntArray] = []
        self._first: dict[tuple[str, int, bytes], int] = {}  # where a patient's table was met first at a site
        self._kept: list[object] = []  # what is known stays alive, so that no address is used twice

    def add(self, site: str, description: object, value: Value) -> IntArray:
        """The entries (patients,) of a description at a site, lowered when it is first seen."""
        if (site, id(description)) not in self.entry:
            table = type(raw := self.lowering(description, value))(*(rounded(column) for column in raw))
            told = np.concatenate([column.reshape(len(column), -1) for column in table], axis=1) + 0.0  # no negative zeros
            canonical = np.array(
                [self._first.setdefault((site, p, row.tobytes()), self.count + p) for p, row in enumerate(told)], np.int64
            )
            self.entry[site, id(description)] = len(self.tables)
            self._kept.append(description)
            self.tables.append(table)
            self.same.append(canonical)
            self.count += len(canonical)
        return self.same[self.entry[site, id(description)]]

    def stacked(self) -> Any:
        """All entries as one table."""
        return type(self.tables[0])(*(np.concatenate(columns) for columns in zip(*self.tables, strict=True)))


def moments(lever: Any, edges: FloatArray, value: Value) -> tuple[IntArray, FloatArray]:
    """The steps at which a lever's strength moves, and its levels (patients, steps) in all of them.

    A step has the strength of its middle. The first step has none: growth is measured against the tissue of day 0 as it was.
    """
    levels = np.rint(strength(lever.onset, 0.5 * (edges[1:] + edges[:-1]), value) * LEVELS) / LEVELS
    levels[:, 0] = 0.0
    return np.flatnonzero((np.diff(levels, axis=1) != 0.0).any(axis=0)) + 1, levels


class Tracks:
    """The tracks of one unit: which entry is in force in which step."""

    def __init__(self, unit: str, variants: Variants, edges: FloatArray) -> None:
        """Know no track yet; `edges` (steps + 1,) are days."""
        self.unit, self.variants, self.edges = unit, variants, edges
        self._sequences: dict[tuple[str, int, tuple[int, ...]], list[tuple[int, IntArray]]] = {}
        self._kept: list[tuple[Lever, ...]] = []
        self._number: dict[tuple[tuple[int, int], ...], int] = {}
        self.moving: list[tuple[tuple[int, int], ...]] = []  # of every track that changes: (step, entry), from step 0 on

    def _key(self, site: str, description: object, levers: tuple[Lever, ...]) -> tuple[str, int, tuple[int, ...]]:
        return site, id(description), tuple(id(lever) for lever in levers)

    def add(self, site: str, description: object, levers: tuple[Lever, ...], value: Value) -> None:
        """Lower a description and whatever levers make of it in later steps."""
        key = self._key(site, description, levers)
        if key in self._sequences:
            return
        self._kept.append(levers)
        found = [(0, self.variants.add(site, description, value))]
        planned = [(lever, *moments(lever, self.edges, value)) for lever in levers] if description is not None else []
        for step in sorted({int(step) for _, steps, _ in planned for step in steps}):
            changed: Any = description
            for lever, _, levels in planned:
                changed = lever.applied(changed, levels[:, step])
            found.append((step, self.variants.add(site, changed, resolving(value))))
        self._sequences[key] = found

    def codes(self, site: str, description: object, levers: tuple[Lever, ...]) -> IntArray:
        """The track (patients,) of a description: its entry where nothing changes, a number above all entries where it does."""
        (_, first), *later = self._sequences[self._key(site, description, levers)]
        codes = first.copy()
        for patient in range(first.size if later else 0):
            track = [(0, int(first[patient]))]
            track += [(step, int(entry[patient])) for step, entry in later]
            told = tuple(one for one, before in zip(track, [(-1, -1), *track], strict=False) if one[1] != before[1])
            if len(told) > 1:
                if told not in self._number:
                    self._number[told] = self.variants.count + len(self.moving)
                    self.moving.append(told)
                codes[patient] = self._number[told]
        return codes

    @property
    def count(self) -> int:
        """One more than the largest code so far."""
        return self.variants.count + len(self.moving)

    def first(self, codes: IntArray) -> IntArray:
        """The entry at day 0 of each track."""
        still = codes < self.variants.count
        moving = np.array([track[0][1] for track in self.moving] or [0], np.int64)
        return np.where(still, codes, moving[np.where(still, 0, codes - self.variants.count)])

    def changes(self, codes: IntArray) -> list[Change]:
        """What changes in the rows with these tracks (rows,), step by step."""
        found: dict[int, tuple[list[int], list[int]]] = {}
        for row in np.flatnonzero(codes >= self.variants.count):
            for step, entry in self.moving[int(codes[row]) - self.variants.count][1:]:
                rows, entries = found.setdefault(step, ([], []))
                rows.append(int(row))
                entries.append(entry)
        return [Change(step, self.unit, np.array(rows), np.array(entries)) for step, (rows, entries) in sorted(found.items())]
