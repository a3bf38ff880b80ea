"""A body of voxels within a grid: its own frame, what its rim lets through, its pieces, and how deep its places lie."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from refugia.engine.voxels.frame import frame
from refugia.engine.voxels.grid import Grid, closed
from refugia.engine.voxels.multigrid import hierarchy
from refugia.engine.voxels.steady import System, norm, solve

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]
DEPTH_TOLERANCE = 1e-6
"""Of what depth is measured by: the residual that is left."""


class Body(NamedTuple):
    """The voxels of a body: what is outside of it is walled off, and its rim lies on the faces between."""

    grid: Grid
    inside: Mask  # (Z, Y, X)
    bare: Array  # (Z, Y, X): faces of a voxel of the body that are rim
    axes: int  # how many axes are resolved


def cut(grid: Grid, inside: Mask) -> tuple[Body, tuple[slice, ...]]:
    """The body in the smallest box that holds it, and the slices of that box; a side of the grid is rim, too.

    Raises ValueError where there is no voxel inside.

    >>> body, box = cut(Grid((1, 1, 4), 1.0), np.array([[[False, True, True, False]]]))
    >>> body.bare.tolist(), box[2]
    ([[[1.0, 1.0]]], slice(1, 3, None))
    """
    if not inside.any():
        raise ValueError("There is no body: no voxel lies inside.")
    box = []
    for axis in range(3):
        where = np.flatnonzero(inside.any(axis=tuple(other for other in range(3) if other != axis)))
        box.append(slice(int(where[0]), int(where[-1]) + 1))
    within = np.ascontiguousarray(inside[tuple(box)])
    bare = np.zeros(within.shape)
    for axis in grid.resolved:
        padded = np.pad(within, [(1, 1) if axis == other else (0, 0) for other in range(3)])
        for shift in (0, 2):
            beside = np.take(padded, np.arange(within.shape[axis]) + shift, axis)
            bare += within & ~beside
    depth, height, width = within.shape
    return Body(Grid((depth, height, width), grid.spacing), within, bare, len(grid.resolved)), tuple(box)


def held_rim(body: Body, conductivity: float, decay: float | Array, source: float | Array, value: float = 0.0, *,
             tolerance: float = 1e-8, threads: int = 0) -> tuple[Array, Array, Array]:  # fmt: skip
    """Values p (Z, Y, X) with -div(K grad p) + decay p = source in a body whose rim is held at a value, and the flow -K grad p.

    The rim lies half a spacing from the middles beside it. The flow (3, Z, Y, X) over the faces towards the next voxels and that
    through the rim (Z, Y, X) are over the volume of a voxel, value x 1/time. Outside, all are 0.

    >>> body, _ = cut(Grid((1, 1, 3), 1.0), np.ones((1, 1, 3), bool))
    >>> values, flow, through = held_rim(body, 1.0, 0.0, 1.0)
    >>> values.round(6).ravel().tolist(), flow[2].round(6).ravel().tolist(), through.round(6).ravel().tolist()
    ([0.75, 1.25, 0.75], [-0.5, 0.5, 0.0], [1.5, 0.0, 1.5])
    """
    grid, inside = body.grid, body.inside
    faces = frame(grid, np.where(inside, conductivity, 0.0), closed(), threads).faces
    held = body.bare * (2.0 * conductivity / grid.spacing**2)
    excess = held + np.where(inside, decay, 0.0)
    load = held * value + np.where(inside, source, 0.0)
    found = np.zeros(grid.shape)
    solve(System(faces, excess, load), hierarchy(faces, excess, held, threads), found, tolerance * norm(load, threads), threads)
    flow = np.zeros_like(faces)
    for axis in range(3):
        head, tail = ((slice(None),) * axis + (part,) for part in (slice(1, None), slice(None, -1)))
        flow[axis][tail] = faces[axis][tail] * (found[tail] - found[head])
    return found, flow, held * np.where(inside, found - value, 0.0)


def depths(body: Body, threads: int = 0) -> tuple[Array, Array]:
    """Of each voxel of a body: one less its squared relative radius, and the radius of its piece in mm; both (Z, Y, X), 0 outside.

    With w of -lap w = 1, and w = 0 at the rim, a sphere of radius R has w = (R^2 - r^2) / 6, a round cylinder the same over 4, and
    a slab over 2: with d axes 1 - (r/R)^2 is w over its largest value, and R^2 is 2 d times that. Any other piece is measured
    likewise.

    >>> body, _ = cut(Grid((1, 1, 4), 0.5), np.ones((1, 1, 4), bool))
    >>> share, radius = depths(body)
    >>> share.round(3).ravel().tolist(), round(float(radius.max()), 3)
    ([0.5, 1.0, 1.0, 0.5], 1.0)
    """
    from scipy.ndimage import label, maximum

    rise = held_rim(body, 1.0, 0.0, 1.0, tolerance=DEPTH_TOLERANCE, threads=threads)[0]
    pieces, count = label(body.inside)
    top = np.concatenate([[1.0], np.atleast_1d(maximum(rise, pieces, np.arange(1, count + 1)))])[pieces]
    radius = np.where(body.inside, np.sqrt(2.0 * body.axes * top), 0.0)
    return np.where(body.inside, rise / top, 0.0), radius
