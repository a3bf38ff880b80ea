"""What passes between voxels and through the sides of a grid: conductances, built once for many steady solves.

Finite volumes: what passes a face is the harmonic mean of the two diffusivities over the spacing times the difference of values; a
side lies half a spacing from the outermost middles.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from refugia.engine.voxels.grid import Grid, Sides
from refugia.engine.voxels.tiles import over

Array = NDArray[np.float64]


class Frame(NamedTuple):
    """The conductances of a grid, 1/day: what a field is solved on."""

    faces: Array  # (3, Z, Y, X): from a voxel to the next along z, y and x; 0 at the last
    open: Array  # (Z, Y, X): through the sides
    held: Array  # (Z, Y, X): the part of it through sides held at a value
    given: Array  # (Z, Y, X), value/day: what the values of the sides bring


def frame(grid: Grid, diffusivity: float | Array, sides: Sides, threads: int = 0) -> Frame:
    """The frame for a `diffusivity` in mm2/day, a number or (Z, Y, X); a voxel of diffusivity 0 is walled off.

    Raises ValueError where the diffusivity has another shape, or it or a rate of the sides is negative or not finite (a rate may
    be infinite).

    >>> from refugia.engine.voxels.grid import closed
    >>> frame(Grid((1, 1, 3), 0.5), np.array([[[1.0, 1.0, 3.0]]]), closed()).faces[2].tolist()
    [[[4.0, 6.0, 0.0]]]
    """
    spread = filled(grid, diffusivity, "diffusivity")
    if not ((sides.rate >= 0.0).all() and np.isfinite(sides.value).all()):
        raise ValueError("sides: rates must be 0 or more and values finite. Give 0 to close a side and inf to hold its value.")
    faces, (opened, fixed, given) = np.empty((3, *grid.shape)), np.zeros((3, *grid.shape))
    over(_join, grid.shape[0] * grid.shape[1], spread, 1.0 / grid.spacing**2, faces, threads=threads)
    for axis, end in np.argwhere(sides.rate > 0.0).tolist():
        edge = (slice(None),) * axis + (-end,)
        with np.errstate(divide="ignore"):
            through = 1.0 / (0.5 * grid.spacing / spread[edge] + 1.0 / sides.rate[axis, end]) / grid.spacing
        opened[edge] += through
        fixed[edge] += through if np.isinf(sides.rate[axis, end]) else 0.0
        given[edge] += through * sides.value[axis, end]
    return Frame(faces, opened, fixed, given)


def filled(grid: Grid, values: float | Array, name: str) -> Array:
    """A number or an array as (Z, Y, X). Raises ValueError, by its `name`, where a value is negative, not finite or misplaced.

    >>> filled(Grid((1, 1, 2), 1.0), 3.0, "decay").tolist()
    [[[3.0, 3.0]]]
    """
    found = np.asarray(values, np.float64)
    if found.ndim and found.shape != grid.shape:
        raise ValueError(f"{name}: shape {found.shape} is not that of the grid, {grid.shape}. Give a number or such an array.")
    if not (found.min() >= 0.0 and np.isfinite(found.max())):
        raise ValueError(f"{name}: values from {found.min()} to {found.max()}; it must be finite and 0 or more.")
    return np.broadcast_to(found, grid.shape) if not found.ndim else np.ascontiguousarray(found)


@njit(cache=True, nogil=True, error_model="numpy")
def _harmonic(a, b):
    """The harmonic mean of two values, 0 where one is 0."""
    return 2.0 * a * b / (a + b) if a > 0.0 and b > 0.0 else 0.0


@njit(cache=True, nogil=True, error_model="numpy")
def _join(first, last, spread, scale, faces):
    """Fill faces (3, Z, Y, X) of rows [first, last) with the harmonic means of spread (Z, Y, X), times scale."""
    depth, height, width = spread.shape
    for row in range(first, last):
        z, y = row // height, row % height
        for x in range(width):
            own = spread[z, y, x]
            faces[0, z, y, x] = scale * _harmonic(own, spread[z + 1, y, x]) if z + 1 < depth else 0.0
            faces[1, z, y, x] = scale * _harmonic(own, spread[z, y + 1, x]) if y + 1 < height else 0.0
            faces[2, z, y, x] = scale * _harmonic(own, spread[z, y, x + 1]) if x + 1 < width else 0.0
