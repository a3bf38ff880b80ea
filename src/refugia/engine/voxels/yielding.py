"""How matter makes room for itself: what is too much in a voxel pushes outward, and what is missing is drawn in from the rim.

Matter of one constant density, conserved, moves down the gradient of a potential whose divergence is the excess (Darcy's law with
one conductivity, as incompressible tissue flows in models of growth). Its full voxels lie within; its outermost layer may be partly
filled, and takes what comes. So a ball grows and shrinks as a ball, and its middle stays full.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from refugia.engine.voxels.multigrid import hierarchy
from refugia.engine.voxels.steady import System, norm, solve

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

THIN = 0.01
"""A voxel filled to less than this share is no part of the matter, though some may lie in it."""
SHARE = 0.5
"""Of what a full voxel holds, the most that leaves it at once: a larger flow is taken in several rounds."""
ACCURACY = 1e-4
"""The residual of the potential that is left, over the excess: what it misses is made up for in the next round."""


class Parts(NamedTuple):
    """Matter, and the voxels it is pushed through and those it ends in; all (Z, Y, X)."""

    matter: Mask
    within: Mask  # that are full, or lie behind others: here is the potential
    takers: Mask  # that are partly filled and outermost, or empty: the potential is 0


def along(axis: int) -> tuple[tuple[slice, ...], tuple[slice, ...]]:
    """The voxels of an axis but its first, and but its last: neighbours of each other.

    >>> along(1)
    ((slice(None, None, None), slice(1, None, None)), (slice(None, None, None), slice(None, -1, None)))
    """
    ahead, behind = ((slice(None),) * axis + (part,) for part in (slice(1, None), slice(None, -1)))
    return ahead, behind


def beside(where: Mask) -> NDArray[np.int8]:
    """How many of its six neighbours (Z, Y, X) are `where`.

    >>> beside(np.array([[[True, False, False]]])).tolist()
    [[[0, 1, 0]]]
    """
    count = np.zeros(where.shape, np.int8)
    for axis in range(3):
        ahead, behind = along(axis)
        count[behind] += where[ahead]
        count[ahead] += where[behind]
    return count


def parts(fill: Array, free: Mask) -> Parts:
    """The parts of a field of `fill` (Z, Y, X), matter over the room of a voxel; it may lie where it is `free` (Z, Y, X).

    What is walled in with nothing to take is no part of `within`.

    >>> parts(np.array([[[0.5, 1.0, 0.9, 1.1, 0.0]]]), np.ones((1, 1, 5), bool)).within.tolist()
    [[[True, True, True, True, False]]]
    """
    from scipy.ndimage import label, maximum

    matter = free & (fill > THIN)
    outermost = beside(free & ~matter) > 0
    takers = free & (~matter | (outermost & (fill < 1.0)))
    within = matter & ~takers
    pieces, count = label(within)
    taken = np.atleast_1d(maximum(beside(takers), pieces, np.arange(1, count + 1))) if count else np.zeros(0)
    return Parts(matter, within & np.concatenate([[False], taken > 0])[pieces], takers)


def potential(fill: Array, found: Parts, threads: int = 0) -> Array:
    """The potential (Z, Y, X): -lap phi = fill - 1 within, in units of a voxel, and 0 elsewhere.

    >>> fill = np.array([[[0.0, 1.5, 0.0]]])
    >>> potential(fill, parts(fill, np.ones((1, 1, 3), bool))).round(4).tolist()
    [[[0.0, 0.25, 0.0]]]
    """
    faces = np.zeros((3, *fill.shape))
    for axis in range(3):
        ahead, behind = along(axis)
        faces[axis][behind] = found.within[behind] & found.within[ahead]
    open_ = np.where(found.within, beside(found.takers), 0.0)
    load, phi = np.where(found.within, fill - 1.0, 0.0), np.zeros(fill.shape)
    solve(System(faces, open_, load), hierarchy(faces, open_, open_, threads), phi, ACCURACY * norm(load, threads), threads)
    return phi


def yielded(fill: Array, free: Mask, tolerance: float = 0.0, threads: int = 0) -> Array | None:
    """The share of a voxel's matter that goes over each of its faces (Z, Y, X, 6), so that it makes room for itself.

    None where no voxel within holds more or less than its room by more than `tolerance` of it. Faces as in `engine.rows.step.shift`.
    Where a full voxel would lose more than SHARE all flows are slowed in proportion, and another round is needed. Nothing leaves
    over walls or the sides of the grid.

    >>> fill = np.array([[[0.0, 2.0, 0.0]]])
    >>> yielded(fill, np.ones((1, 1, 3), bool))[0, 0, 1].round(4).tolist()
    [0.25, 0.25, 0.0, 0.0, 0.0, 0.0]
    """
    found = parts(fill, free)
    if not np.abs(fill[found.within] - 1.0).max(initial=0.0) > tolerance:
        return None
    out = np.zeros((*fill.shape, 6))
    phi = potential(fill, found, threads)
    for axis in range(3):
        ahead, behind = along(axis)
        flow = np.where(free[ahead] & free[behind], phi[behind] - phi[ahead], 0.0)
        low = 2 * (2 - axis)
        out[(*behind, Ellipsis, low + 1)] = np.maximum(flow, 0.0)
        out[(*ahead, Ellipsis, low)] = np.maximum(-flow, 0.0)
    there = np.broadcast_to(fill[..., None], out.shape)
    out = np.divide(out, there, out=np.zeros_like(out), where=there > 0.0)
    leaving = out.sum(axis=3)
    out *= SHARE / max(float(leaving[found.within].max()), SHARE)
    return np.asarray(out / np.maximum(out.sum(axis=3), 1.0)[..., None])


def carried(amount: Array, outflow: Array) -> Array:
    """An amount (Z, Y, X) after the shares `outflow` (Z, Y, X, 6) of it have gone over the faces; it is conserved.

    >>> fill = np.array([[[0.0, 2.0, 0.0]]])
    >>> carried(fill, yielded(fill, np.ones((1, 1, 3), bool))).round(4).tolist()
    [[[0.5, 1.0, 0.5]]]
    """
    kept = amount * (1.0 - outflow.sum(axis=3))
    for axis in range(3):
        ahead, behind = along(axis)
        low = 2 * (2 - axis)
        kept[ahead] += (amount * outflow[..., low + 1])[behind]
        kept[behind] += (amount * outflow[..., low])[ahead]
    return np.asarray(kept)
