"""Growth from a single cell: demes that fill, spill over into their neighbours, and gather clones on the way."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from refugia.engine.rows.life import Ground, Life
from refugia.engine.rows.lineage import Lineage, founders
from refugia.engine.rows.moment import moment
from refugia.engine.rows.rows import Rows, cells, rows_of
from refugia.engine.rows.step import advance

_SHARE = 0.1  # of the mean time between two divisions of the fastest genotype: the step
_STEPS = 1_000_000


class Grown(NamedTuple):
    """What has grown: rows and lineage, on which `day`, and the expected number of births and deaths on the way, `events`."""

    rows: Rows
    lineage: Lineage
    day: float
    events: float


def grow(ground: Ground, life: Life, size: int, seed: int, step: float = 0.0, threads: int = 0) -> Grown:
    """Grow from one cell of genotype 0 in the middle of the ground until `size` cells are there, or none is left.

    `step` days; 0 takes a tenth of the mean time between two divisions of the fastest genotype, or less where cells hop faster.
    Rates are one line for all places. The step in which the size is reached is the last; the number lies above it by what grows
    in one step. Raises ValueError where nothing can grow to that size: no birth, or less capacity in all places together.

    >>> from refugia.engine.rows.life import ground, life
    >>> from refugia.engine.voxels.grid import Grid
    >>> grown = grow(ground(Grid((1, 9, 9), 0.1), capacity=50.0), life([1.0], [0.0], 0.2), 500, seed=1)
    >>> cells(grown.rows) >= 500, grown.lineage.parent.tolist()
    (True, [-1])
    """
    fastest = float(life.birth.max())
    _check(ground, life, size, fastest)
    faces = 2 * len(ground.grid.resolved)
    step = step or min(_SHARE / fastest, 0.5 / max(float(life.hop.max()) * faces, 1e-300))
    deep, wide, long = ground.grid.shape
    middle = (deep // 2 * wide + wide // 2) * long + long // 2
    rows, lineage = rows_of([middle], [0], [1]), founders([0], ["first"], life.partner.tolist())
    events, number = 0.0, 0
    while 0 < cells(rows) < size:
        if number == _STEPS:
            raise ValueError(f"{cells(rows)} cells after {_STEPS} steps: {size} are out of reach at these rates.")
        events += _events(rows, lineage.genotype, life, (ground.capacity, ground.birth, ground.death), step)
        rows, lineage = advance(rows, lineage, ground, life, moment(seed, "grow", number, number * step, step), threads)
        number += 1
    return Grown(rows, lineage, number * step, events)


def _check(ground: Ground, life: Life, size: int, fastest: float) -> None:
    """Refuse what cannot be reached."""
    if not fastest > 0.0 or life.birth.shape[0] != 1:
        raise ValueError("Growth needs a rate of birth above 0, and rates that are one line for all places.")
    room = float(ground.capacity.sum(dtype=np.float64)) if ground.capacity.size else np.inf
    share = 1.0 - float((life.death / np.maximum(life.birth, 1e-300)).min())
    if not size <= room * share:
        raise ValueError(f"{size} cells do not fit: {room:.6g} by capacity, of which births and deaths leave {share:.3g}.")


@njit(cache=True, nogil=True, error_model="numpy")
def _events(rows, genotype, life, fields, time):
    """The expected number of births and deaths of a step: (b + d) times the mean time-integral of each row's cells."""
    capacity, factor, toll = fields
    events, k = 0.0, 0
    while k < rows.place.size:
        place, end, total = rows.place[k], k, 0.0
        while end < rows.place.size and rows.place[end] == place:
            total += rows.count[end]
            end += 1
        grow = max(0.0, 1.0 - total / capacity[place]) if capacity.size else 1.0
        grow *= factor[place] if factor.size else 1.0
        for row in range(k, end):
            kind = genotype[rows.clone[row]]
            birth, death = life.birth[0, kind] * grow, life.death[0, kind] * (toll[place] if toll.size else 1.0)
            net = birth - death
            events += rows.count[row] * (birth + death) * (np.expm1(net * time) / net if abs(net) * time > 1e-9 else time)
        k = end
    return events
