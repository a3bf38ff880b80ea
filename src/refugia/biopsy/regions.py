"""Where a surgeon takes tissue: blocks of voxels, apart from each other and spread over the tumour."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from refugia.biopsy.streams import draws
from refugia.engine.rows.rows import Rows
from refugia.engine.voxels.grid import Grid
from refugia.terms import FloatArray, InputError

Int64 = NDArray[np.int64]
ROOM = 4
"""The regions together take one part in so many of the occupied voxels, at most."""


class Regions(NamedTuple):
    """Cubes of 2 `half` + 1 voxels an edge, cut off at the sides of the grid, no two with a voxel in common."""

    centre: Int64  # (region, 3) z, y, x: number of the voxel
    half: int
    of: NDArray[np.int32]  # (place,) the region in which a place lies, -1 outside
    clones: Int64  # (region, clone) cells of each clone in each region

    @property
    def cells(self) -> Int64:
        """How many cells each region holds, (region,)."""
        return np.asarray(self.clones.sum(axis=1), np.int64)


def regions_of(rows: Rows, grid: Grid, clones: int, wanted: tuple[int, int], seed: int) -> Regions:
    """So many regions of at least so many cells, `wanted`, as large and as far apart as they fit.

    The first lies at a keyed choice among the voxels around which a region holds enough cells; each next one at that which is
    farthest from all before it (farthest-point sampling; Gonzalez 1985). Regions are made smaller until all fit.
    Raises InputError where there is no cell, and where even single voxels leave no room for so many.

    >>> rows = Rows(*(np.array(column, np.int32) for column in ([0, 1, 6, 7], [0, 0, 1, 1], [9, 9, 9, 9])))
    >>> regions_of(rows, Grid((1, 1, 8), 0.1), 2, (2, 5), 0).clones.sum(axis=1).tolist()
    [9, 9]
    """
    number, least = wanted
    cells = np.bincount(rows.place, rows.count, grid.size).astype(np.int64).reshape(grid.shape)
    if not cells.any():
        raise InputError("", "--day", "the tissue", "holds no cell on that day", "Name an earlier day, or another site.")
    half, most = _widest(int((cells > 0).sum()), number, len(grid.resolved)), 0
    for smaller in range(half, -1, -1):
        centre = _spread(cells, number, (smaller, least), seed)
        if len(centre) == number:
            of = _members(centre, smaller, grid)
            return Regions(centre, smaller, of, _counted(rows, of, number, clones))
        most = max(most, len(centre))
    reason = f"regions find no room: {most} of at least {least} cells each fit here"
    raise InputError("", "--regions", number, reason, "Ask for fewer, for less depth, or for a later day.")


def middles(regions: Regions, grid: Grid) -> FloatArray:
    """Where the regions have their middles, (region, 3) z, y, x in mm from the middle of the grid."""
    axes = [grid.middles(axis)[regions.centre[:, axis]] for axis in range(3)]
    return np.asarray(np.stack(axes, axis=1), np.float64)


def _widest(occupied: int, number: int, axes: int) -> int:
    """The half width at which the regions take no more than their part of the tumour; 0 is one voxel."""
    half = 0
    while ROOM * number * (2 * half + 3) ** max(axes, 1) <= occupied:
        half += 1
    return half


def _spread(cells: Int64, number: int, size: tuple[int, int], seed: int) -> Int64:
    """Middles (region, 3) of at most `number` regions of a half width and a least number of cells, `size`."""
    half, least = size
    free = np.argwhere((cells > 0) & (_around(cells, half) >= least))
    found: list[Int64] = []
    away = np.full(len(free), np.inf)
    chance = draws(seed, np.zeros(1, np.uint32), "regions")[0]
    while len(free) and len(found) < number:
        pick = int(away.argmax()) if found else int(chance.integers(len(free)))
        found.append(free[pick])
        apart = np.abs(free - free[pick])
        away = np.minimum(away, (apart**2).sum(axis=1))
        kept = apart.max(axis=1) > 2 * half
        free, away = free[kept], away[kept]
    return np.asarray(found, np.int64).reshape(-1, 3)


def _around(cells: Int64, half: int) -> Int64:
    """Cells in the cube around each voxel."""
    total = cells
    for axis, size in enumerate(cells.shape):
        summed = np.concatenate([np.zeros_like(total.take([0], axis)), np.cumsum(total, axis)], axis)
        at = np.arange(size)
        total = summed.take(np.minimum(at + half + 1, size), axis) - summed.take(np.maximum(at - half, 0), axis)
    return total


def _members(centre: Int64, half: int, grid: Grid) -> NDArray[np.int32]:
    """The region of each place, -1 outside."""
    of = np.full(grid.shape, -1, np.int32)
    for region, at in enumerate(centre):
        of[tuple(slice(max(middle - half, 0), middle + half + 1) for middle in at)] = region
    return of.ravel()


def _counted(rows: Rows, of: NDArray[np.int32], regions: int, clones: int) -> Int64:
    region = of[rows.place]
    inside = region >= 0
    table = np.zeros((regions, clones), np.int64)
    np.add.at(table, (region[inside], rows.clone[inside]), rows.count[inside].astype(np.int64))
    return table
