"""The front of a range that expands by births, deaths and migration: the numerical side of a study, by rows of cells on voxels."""

from __future__ import annotations

from collections.abc import Sequence

from refugia.engine.rows.life import ground, life
from refugia.engine.rows.lineage import founders
from refugia.engine.rows.moment import moment
from refugia.engine.rows.rows import cells, rows_of
from refugia.engine.rows.step import advance
from refugia.engine.voxels.grid import Grid

PITCH = 0.1
"""mm, a voxel: the speed is in voxels, so that it does not matter."""
MARKS = (1.0 / 3.0, 3.0 / 4.0)
"""Between which shares of the line's length a front is timed."""


def fisher1937_front(
    *,
    birth: float,
    death: float,
    hop: float,
    full_places: Sequence[float],
    places: float = 420.0,
    step: float = 0.1,
    seed: float = 5.0,
) -> dict[str, float]:
    """Speed of a front of cells along a line of places (Fisher 1937; Kolmogorov, Petrovsky and Piskunov 1937), cell by cell.

    Inputs: `birth` in an empty place and `death`, 1/day; `hop` over each face, 1/day; `full_places`, a list of capacities K. With n
    cells in a place births fall as 1 - n/K and cease at K; they balance deaths at (1 - death/birth) K, at which a place behind the
    front stays. Settings: as many `places`, `step` days, `seed`.

    Outputs, for every capacity K as printed by `format(K, "g")`: `speed_1e+06` places/day.

    >>> found = fisher1937_front(birth=2.0 / 3.0, death=1.0 / 6.0, hop=0.5, full_places=[1e4], places=60.0)
    >>> 0.7 < found["speed_10000"] < 1.1
    True
    """
    rates = (birth, death, hop)
    return {f"speed_{full:g}": _speed(rates, full, round(places), (step, round(seed))) for full in full_places}


def _speed(rates: tuple[float, float, float], capacity: float, places: int, how: tuple[float, int]) -> float:
    """Places a day: all cells over those of a place behind the front, timed between the two marks."""
    (birth, death, hop), (step, seed) = rates, how
    full = (1.0 - death / birth) * capacity
    where, rules = ground(Grid((1, 1, places), PITCH), capacity=capacity), life([birth], [death], hop)
    rows, lineage, number = rows_of([0], [0], [int(full)]), founders([0], ["one"]), 0
    passed = []
    for mark in (share * places for share in MARKS):
        before = at = cells(rows) / full
        while at < mark:
            rows, lineage = advance(rows, lineage, where, rules, moment(seed, "front", number, number * step, step))
            number, before, at = number + 1, at, cells(rows) / full
        passed.append((number - (at - mark) / (at - before)) * step)
    return (MARKS[1] - MARKS[0]) * places / (passed[1] - passed[0])
