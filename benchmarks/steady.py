"""What a steady field on voxels costs, cold and from the field of a moment ago: figures for `benchmarks/run.py steady`.

A box of tissue with a ball of tumour; oxygen by Michaelis-Menten uptake (constants of the catalogue's oxygen law, from vessels of
which a lumpy share carries blood), solved until the residual is 1e-6 of what is supplied. *Warm*: perfusion and uptake have moved
by 5 % from place to place since the field that it starts from. `passes` says how often a float64 field could be read and written
in the time, at the memory bandwidth of the same threads; `processor` is the time of the processors, which other work on the
machine hardly moves.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from functools import partial
from typing import NamedTuple

import numpy as np
from fields import crossing, least
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from refugia.engine.voxels.grid import Grid, closed
from refugia.engine.voxels.newton import Supply, Uptake, uptake
from refugia.engine.voxels.steady import steady

Figure = tuple[str, float, str, float | None]
DAY = 86400.0  # s
SPACING = 0.05  # mm
SPREAD, TAKEN, HALF, BLOOD = 2e-3 * DAY, 22.1 * DAY, 1.0, 40.0  # mm2/day, mmHg/day, mmHg, mmHg
EXCHANGE = 2.0 * TAKEN / BLOOD  # 1/day: where all vessels carry blood, half of the uptake is met at half the level
TOLERANCE = 1e-6
BARS = {"cold": 1.0, "warm": 0.4}


class Tissue(NamedTuple):
    """What supplies and what takes, (Z, Y, X)."""

    share: NDArray[np.float64]
    live: NDArray[np.float64]


def tissue(side: int) -> tuple[Grid, Tissue, Tissue]:
    """A grid, its tissue, and the same a moment later."""
    grid = Grid((side, side, side), SPACING)
    rng = np.random.default_rng(1)
    lumps, drift = (gaussian_filter(rng.standard_normal(grid.shape), width) for width in (4.0, 8.0))
    along = (np.arange(side) - 0.5 * (side - 1)) ** 2
    ball = along[:, None, None] + along[:, None] + along < (0.35 * side) ** 2
    share = np.clip(0.5 + 0.5 * lumps / lumps.std(), 0.0, 1.0) * np.where(ball, 0.5, 1.0)
    live = np.where(ball, 1.0, 0.3)
    moved = 1.0 + 0.05 * drift / drift.std()
    return grid, Tissue(share, live), Tissue(np.clip(share * moved, 0.0, 1.0), live * moved)


def oxygen(grid: Grid, at: Tissue, start: NDArray[np.float64] | None, threads: int) -> NDArray[np.float64]:
    """The steady field, mmHg."""
    supply, loss = Supply(EXCHANGE * at.share, BLOOD), Uptake(TAKEN * at.live, HALF)
    return uptake(grid, SPREAD, supply, loss, closed(), start, tolerance=TOLERANCE, threads=threads)


def costs(side: int, threads: int) -> Iterator[Figure]:
    """Cold and warm by the clock, by the processor's own seconds, and in crossings of memory."""
    grid, now, later = tissue(side)
    once, field = crossing(threads, np.float64) * grid.size * 1e-9, oxygen(grid, now, None, threads)
    for name, at, start in (("cold", now, None), ("warm", later, field)):
        where = f"steady.oxygen.{side}.{name}.threads{threads}"
        seconds, processor = (
            least(partial(oxygen, grid, at, start, threads), clock) for clock in (time.perf_counter, time.process_time)
        )
        yield where, seconds, "s", BARS[name] if threads == 2 else None
        yield f"{where}.processor", processor, "s", None
        yield f"{where}.passes", seconds / once, "fields read and written", None


def figures() -> Iterator[Figure]:
    """Oxygen at 128^3 on one thread and on two; the slope of its processor time against voxels, to 64^3; and a linear field."""
    oxygen(*tissue(16)[:2], None, 1)
    found = [figure for threads in (1, 2) for figure in costs(128, threads)]
    yield from found
    grid, now, _ = tissue(64)
    small = least(partial(oxygen, grid, now, None, 1), time.process_time)
    large = next(value for name, value, _, _ in found if name == "steady.oxygen.128.cold.threads1.processor")
    yield "steady.oxygen.slope", float(np.log(large / small) / np.log(8.0)), "", None
    grid, now, _ = tissue(128)
    rate = EXCHANGE * now.share
    for name, clock in (("", time.perf_counter), (".processor", time.process_time)):
        seconds = least(partial(steady, grid, SPREAD, rate + 1.0, BLOOD * rate, closed(), threads=2), clock)
        yield f"steady.linear.128.cold.threads2{name}", seconds, "s", None
