"""At which rates a walker goes to its six neighbours: a continuous flux of diffusion and drift, one walker at a time.

    dn/dt = div(D grad n - n v),   v = chi / (1 + alpha c) grad c + rho grad f

Over the face towards a neighbour at distance h lies the drift v; with q = v h / D a walker goes there at the rate D / h^2 x
q / (1 - exp(-q)) (Scharfetter and Gummel 1969, IEEE Trans Electron Devices 16:64). Rates are never negative, however steep the
fields, and the mean path of many walkers is exact: the rates of the two directions differ by v / h. Flat fields give a
plain random walk, and without D a walker goes with the drift alone.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from refugia.engine.voxels.grid import FloatArray, Grid
from refugia.engine.voxels.tiles import over

WAYS = 6
"""Neighbours: lower and higher z, y and x, in this order."""
FLAT = 1e-8
"""Below this drift over spread, q, the rate is that without drift, plus half of q."""


class Law(NamedTuple):
    """How walkers move, and what they do to the fields where they are."""

    spread: float  # D, mm2/day
    pull: float  # chi, mm2/day over the unit of c
    fading: float  # alpha, 1 over the unit of c
    grip: float  # rho, mm2/day over the unit of f
    made: float  # of f, unit of f/day
    lost: float  # of f, 1/day
    taken: float  # of c, 1/day
    ripe: float  # day until a tip may branch


class Scene(NamedTuple):
    """What walkers see, all (Z, Y, X)."""

    lure: FloatArray  # c
    bed: FloatArray  # f
    branching: FloatArray  # rate of branching, 1/day
    open: NDArray[np.bool_]  # where they may be


def steepest(scene: Scene, grid: Grid, law: Law, threads: int = 0) -> float:
    """The largest rate of going anywhere, 1/day, over all voxels.

    >>> flat = np.zeros((1, 1, 3))
    >>> steepest(Scene(flat, flat, flat, flat == 0.0), Grid((1, 1, 3), 0.5), Law(1.0, *[0.0] * 7))
    8.0
    """
    most = np.zeros(grid.shape[0] * grid.shape[1])
    over(_steepest, most.size, scene, law, grid.spacing, most, threads=threads)
    return float(most.max())


@njit(cache=True, nogil=True, error_model="numpy")
def beside(at, way, shape):
    """The neighbour of a place (z, y, x) on a way; its z is -1 beyond the sides."""
    axis, side = way // 2, 2 * (way % 2) - 1
    z, y, x = at[0] + side * (axis == 0), at[1] + side * (axis == 1), at[2] + side * (axis == 2)
    if z < 0 or y < 0 or x < 0 or z >= shape[0] or y >= shape[1] or x >= shape[2]:
        return -1, y, x
    return z, y, x


@njit(cache=True, nogil=True, error_model="numpy")
def _hop(spread, drive):
    """D q / (1 - exp(-q)) with q = drive / D."""
    if spread == 0.0:
        return max(drive, 0.0)
    q = drive / spread
    return spread * (1.0 + 0.5 * q) if abs(q) < FLAT else drive / -np.expm1(-q)


@njit(cache=True, nogil=True, error_model="numpy")
def fill_rates(at, scene, law, spacing, out):
    """Fill out (6,) with the rates towards the neighbours of a place (z, y, x), 1/day; 0 where none may be. Returns their sum."""
    lure, bed, here, total = scene.lure, scene.bed, (at[0], at[1], at[2]), 0.0
    for way in range(WAYS):
        there = beside(at, way, lure.shape)
        out[way] = 0.0
        if there[0] >= 0 and scene.open[there]:
            middle = 0.5 * (lure[here] + lure[there])
            drive = law.pull / (1.0 + law.fading * middle) * (lure[there] - lure[here]) + law.grip * (bed[there] - bed[here])
            out[way] = _hop(law.spread, drive) / spacing**2
            total += out[way]
    return total


@njit(cache=True, nogil=True, error_model="numpy")
def _steepest(first, last, scene, law, spacing, most):
    """Fill most (rows,) with the largest sum of rates in rows [first, last)."""
    height, width = scene.lure.shape[1:]
    rates = np.empty(WAYS)
    for row in range(first, last):
        for x in range(width):
            at = (row // height, row % height, x)
            if scene.open[at]:
                most[row] = max(most[row], fill_rates(at, scene, law, spacing, rates))
