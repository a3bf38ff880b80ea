"""How matter makes room for itself: what is too much in a voxel is pushed outward, what is missing within is drawn from the rim.

Matter of one constant density, conserved, moves down the gradient of a potential whose divergence is the excess (Darcy's law with
one conductivity, as incompressible tissue flows in models of growth). Pushed, it ends in the outermost voxels, which may be partly
filled, and then beyond them: a ball grows as a ball. Drawn the same way, a rim would come in by fingers, for the retreat of a Darcy
front is unstable (Saffman and Taylor 1958); so what is missing is drawn from where matter is thinnest: a ball shrinks as a ball.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from refugia.engine.voxels.multigrid import hierarchy
from refugia.engine.voxels.steady import System, norm, solve

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]
Outflow = NDArray[np.floating[Any]]

THIN = 0.01
"""A voxel filled to less than this share is no part of the matter, though some may lie in it."""
SHARE = 0.5
"""Of what a full voxel holds, the most that leaves it at once: a larger flow is taken in several rounds."""
ACCURACY = 1e-4
"""The residual of the potential that is left, over the excess: what it misses is made up for in the next round."""
DEEP = 0.65
"""A voxel lies within where its neighbourhood of 3 x 3 x 3 is filled to this share: that of a full voxel in a flat rim is 2/3."""
LITTLE = 0.002
"""Of the room of all voxels within: what lacks less than this in all is left for later."""
EDGE = 0.1
"""Between those that give all they have and those that give nothing lies this difference of the neighbourhood's fill."""
SEAL = 1e-4
"""The excess of the operator where nothing is let out, so that it has one solution: a leak over a hundred voxels."""
HALVINGS = 50
"""Of the interval in which the border of those that give is sought: then its ends are next to each other."""


class Parts(NamedTuple):
    """Matter, and the voxels it is pushed through and those it ends in; all (Z, Y, X)."""

    matter: Mask
    within: Mask  # that are full: here is the potential
    takers: Mask  # that are not full, or empty: the potential is 0


def along(axis: int) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
    """The voxels of an axis but its first, and but its last: neighbours of each other.

    >>> along(1)
    ((slice(None, None, None), slice(1, None, None)), (slice(None, None, None), slice(None, -1, None)))
    """
    before = (slice(None),) * axis
    return (*before, slice(1, None)), (*before, slice(None, -1))


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


def parts(fill: Array, free: Mask, tolerance: float = 0.0) -> Parts:
    """The parts of a field of `fill` (Z, Y, X), matter over the room of a voxel; it may lie where it is `free` (Z, Y, X).

    Outermost voxels take up to their room, others from where they lack more than `tolerance` of it. What is walled in with nothing
    to take is no part of `within`.

    >>> parts(np.array([[[0.5, 1.0, 0.9, 1.1, 0.0]]]), np.ones((1, 1, 5), bool), 0.2).within.tolist()
    [[[False, True, True, True, False]]]
    """
    from scipy.ndimage import label, maximum

    matter = free & (fill > THIN)
    outermost = beside(free & ~matter) > 0
    takers = free & (~matter | (outermost & (fill < 1.0)) | (fill < 1.0 - tolerance))
    within = matter & ~takers
    pieces, count = label(within)
    taken = np.atleast_1d(maximum(beside(takers), pieces, np.arange(1, count + 1))) if count else np.zeros(0)
    return Parts(matter, within & np.concatenate([[False], taken > 0])[pieces], takers)


def potential(where: Mask, out: Array, load: Array, threads: int = 0) -> Array:
    """The potential (Z, Y, X) `where` matter moves: -lap phi + `out` phi = `load`, in units of a voxel, and 0 elsewhere.

    >>> fill = np.array([[[0.0, 1.5, 0.0]]])
    >>> potential(fill > 0.0, np.where(fill > 0.0, 2.0, 0.0), np.where(fill > 0.0, 0.5, 0.0)).round(4).tolist()
    [[[0.0, 0.25, 0.0]]]
    """
    faces = np.zeros((3, *where.shape))
    for axis in range(3):
        ahead, behind = along(axis)
        faces[axis][behind] = where[behind] & where[ahead]
    phi = np.zeros(where.shape)
    solve(System(faces, out, load), hierarchy(faces, out, threads=threads), phi, ACCURACY * norm(load, threads), threads)
    return phi


def pushed(fill: Array, free: Mask, tolerance: float = 0.0, threads: int = 0) -> Array | None:
    """The share of a voxel's matter that goes over each of its faces (Z, Y, X, 6), so that none holds more than its room.

    None where none does by more than `tolerance` of it. Faces as in `engine.rows.step.shift`. Where a full voxel would lose more
    than SHARE all flows are slowed in proportion, and another round is needed. Nothing leaves over walls or sides of the grid.

    >>> fill = np.array([[[0.0, 2.0, 0.0]]])
    >>> pushed(fill, np.ones((1, 1, 3), bool))[0, 0, 1].round(4).tolist()
    [0.25, 0.25, 0.0, 0.0, 0.0, 0.0]
    """
    if not fill.max() > 1.0 + tolerance:
        return None
    found = parts(fill, free, tolerance)
    excess = np.where(found.within, np.maximum(fill - 1.0, 0.0), 0.0)
    if not excess.max() > tolerance:
        return None
    phi = potential(found.within, np.where(found.within, beside(found.takers), 0.0), excess, threads)
    return _shares(phi, free, fill, found.within)


def drawn(fill: Array, free: Mask, tolerance: float = 0.0, threads: int = 0) -> Array | None:
    """The same, so that no voxel within lacks matter; None where none lacks more than `tolerance` of its room, or all a LITTLE.

    >>> fill = np.array([[[0.5, 1.0, 0.5, 1.0, 0.5]]])
    >>> padded = np.pad(fill, [(0, 0), (0, 0), (1, 1)])
    >>> carried(padded, drawn(padded, np.ones((1, 1, 7), bool))).round(2).tolist()
    [[[0.0, 0.25, 1.0, 1.0, 1.0, 0.25, 0.0]]]
    """
    from scipy.ndimage import find_objects, label

    matter = free & (fill > THIN)
    around = neighbourhood(fill, free)
    deep = matter & (around >= DEEP)
    lack = np.where(deep, np.maximum(1.0 - fill, 0.0), 0.0)
    if not lack.max(initial=0.0) > tolerance or lack.sum() <= LITTLE * deep.sum():
        return None
    pieces, _ = label(matter)
    load = -lack
    for piece, box in enumerate(find_objects(pieces), 1):
        here = pieces[box] == piece
        wanted = float(lack[box][here].sum())
        if wanted > 0.0:
            given = _given(np.where(lack[box] > 0.0, 0.0, fill[box])[here], around[box][here], wanted)
            load[box][here] += given if given.any() else lack[box][here]
    phi = potential(matter, np.where(matter, SEAL, 0.0), load, threads)
    return _shares(phi, matter, fill, deep)


def neighbourhood(fill: Array, free: Mask) -> Array:
    """How full the free voxels of the 3 x 3 x 3 around each voxel are, (Z, Y, X), none counted as more than full.

    >>> neighbourhood(np.array([[[0.0, 1.0, 2.0]]]), np.ones((1, 1, 3), bool)).round(3).tolist()
    [[[0.5, 0.667, 1.0]]]
    """
    from scipy.ndimage import uniform_filter

    held = uniform_filter(np.where(free, np.minimum(fill, 1.0), 0.0), 3, mode="constant")
    room = uniform_filter(free.astype(np.float64), 3, mode="constant")
    return np.where(free, held / np.maximum(room, 1.0 / 54.0), 0.0)


def _given(held: Array, around: Array, wanted: float) -> Array:
    """What the voxels of a piece give (n,) of what they hold, thinnest neighbourhoods first, so that it is `wanted` in all."""
    low, high = 0.0, 1.0 + EDGE
    for _ in range(HALVINGS):
        middle = 0.5 * (low + high)
        given = float((held * np.clip((middle - around) / EDGE, 0.0, 1.0)).sum())
        low, high = (middle, high) if given < wanted else (low, middle)
    part = held * np.clip((high - around) / EDGE, 0.0, 1.0)
    total = float(part.sum())
    return np.asarray(part * (wanted / total) if total > 0.0 else part)


def _shares(phi: Array, where: Mask, fill: Array, full: Mask) -> Array:
    """Shares of a voxel's matter over its faces (Z, Y, X, 6) that flow down a potential `where` they may; `full` set the pace."""
    out = np.zeros((*fill.shape, 6))
    for axis in range(3):
        ahead, behind = along(axis)
        flow = np.where(where[ahead] & where[behind], phi[behind] - phi[ahead], 0.0)
        low = 2 * (2 - axis)
        out[(*behind, Ellipsis, low + 1)] = np.maximum(flow, 0.0)
        out[(*ahead, Ellipsis, low)] = np.maximum(-flow, 0.0)
    there = fill[..., None]
    np.divide(out, there, out=out, where=there > 0.0)
    out[~(fill > 0.0)] = 0.0
    out *= SHARE / max(float(out.sum(axis=3)[full].max(initial=0.0)), SHARE)
    out /= np.maximum(out.sum(axis=3), 1.0)[..., None]
    return out


def exchanged(amount: Array, free: Mask, chance: float, into: Outflow | None = None) -> Outflow:
    """The share of an amount that goes over each face (Z, Y, X, 6), so that neighbours swap as much as the lesser has to give.

    Of the lesser a share `chance` crosses, and as much comes back: what is mixed does not flow. Nothing crosses walls or sides.
    Written into zeros, where they are given: it may be a part of a larger array, and of float32.

    >>> exchanged(np.array([[[4.0, 1.0]]]), np.ones((1, 1, 2), bool), 0.1).max(axis=3).tolist()
    [[[0.025, 0.1]]]
    """
    out: Outflow = np.zeros((*amount.shape, 6)) if into is None else into
    for axis in range(3):
        ahead, behind = along(axis)
        swapped = chance * np.where(free[ahead] & free[behind], np.minimum(amount[ahead], amount[behind]), 0.0)
        low = 2 * (2 - axis)
        for side, face in ((behind, low + 1), (ahead, low)):
            part = out[(*side, Ellipsis, face)]
            np.divide(swapped, amount[side], out=part, where=amount[side] > 0.0, casting="same_kind")
    return out


def carried(amount: Array, outflow: Array) -> Array:
    """An amount (Z, Y, X) after the shares `outflow` (Z, Y, X, 6) of it have gone over the faces; it is conserved.

    >>> fill = np.array([[[0.0, 2.0, 0.0]]])
    >>> carried(fill, pushed(fill, np.ones((1, 1, 3), bool))).round(4).tolist()
    [[[0.5, 1.0, 0.5]]]
    """
    kept = amount * np.maximum(1.0 - outflow.sum(axis=3), 0.0)
    for axis in range(3):
        ahead, behind = along(axis)
        low = 2 * (2 - axis)
        kept[ahead] += (amount * outflow[..., low + 1])[behind]
        kept[behind] += (amount * outflow[..., low])[ahead]
    return np.asarray(kept)


def box_of(fill: Array) -> tuple[slice, ...]:
    """The smallest box that holds all that is filled, and a voxel more on each side where there is one.

    >>> box_of(np.array([[[0.0, 0.0, 0.0, 1.0]]]))[2]
    slice(2, 4, None)
    """
    box = []
    for axis in range(3):
        where = np.flatnonzero(fill.any(axis=tuple(other for other in range(3) if other != axis)))
        first, last = (int(where[0]), int(where[-1])) if where.size else (0, 0)
        box.append(slice(max(first - 1, 0), min(last + 2, fill.shape[axis])))
    return tuple(box)
