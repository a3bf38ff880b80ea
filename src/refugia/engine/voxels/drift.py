"""Steady fields that a flow carries along, on voxels: stabilised biconjugate gradients (van der Vorst 1992), in float64.

Before each of their steps stands a V-cycle of multigrid for the symmetric part of the operator. Where a flow comes from sources
within the field, as that of a fluid that leaks in everywhere, the rest is of the size of what the sources thin: a few steps do.
Coarse voxels join pieces that nothing passes between, so that the mean of each piece is balanced apart.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from refugia.engine.voxels.multigrid import Level, hierarchy
from refugia.engine.voxels.steady import approached
from refugia.engine.voxels.stencil import passed
from refugia.engine.voxels.tiles import dot, over

Array = NDArray[np.float64]
ROUNDS = 200  # steps at most; a dozen are usual


class Drift(NamedTuple):
    """The operator A c = sum over faces of k (c - c') + excess c, whose k differ by the side of a face: (3, Z, Y, X) and (Z, Y, X).

    Both belong to the face towards the next voxel along z, y and x.
    """

    ahead: Array  # what the next voxel gets of a voxel's value, 1/time
    back: Array  # what a voxel gets of the next one's value, 1/time
    excess: Array  # what leaves less what comes with the flow, and decay, 1/time


class Pieces(NamedTuple):
    """Parts of a field that nothing passes between."""

    part: NDArray[np.int32]  # (Z, Y, X): from 1 on; 0 for a voxel that no other reaches
    inverse: Array  # (parts + 1,), time: one over the excess of a part; 0 where it has none


def ways(faces: Array, flow: Array) -> tuple[Array, Array]:
    """What passes faces of conductance `faces` that a `flow` crosses, both (3, Z, Y, X) 1/time: ahead and back as in `Drift`.

    Central where the flow stays below twice the conductance, else upwind: second order on refinement, and never negative.

    >>> one = np.ones((3, 1, 1, 1))
    >>> ahead, back = ways(one, 0.5 * one)
    >>> ahead[0].item(), back[0].item()
    (1.25, 0.75)
    """
    ahead, back = np.empty(faces.shape), np.empty(faces.shape)
    for axis in range(3):  # one after the other, for room
        spread = np.maximum(faces[axis] - 0.5 * np.abs(flow[axis]), 0.0)
        np.add(spread, np.maximum(flow[axis], 0.0), out=ahead[axis])
        np.add(spread, np.maximum(-flow[axis], 0.0), out=back[axis])
    return ahead, back


def divergence(flow: Array, through: Array | float = 0.0) -> Array:
    """What leaves each voxel (Z, Y, X) with a flow (3, Z, Y, X) over its faces to the next ones, and `through` a rim besides.

    >>> divergence(np.array([[[[0.0, 0.0]]], [[[0.0, 0.0]]], [[[2.0, 0.0]]]])).tolist()
    [[[2.0, -2.0]]]
    """
    total = flow.sum(axis=0) + through
    for axis in range(3):
        head, tail = ((slice(None),) * axis + (part,) for part in (slice(1, None), slice(None, -1)))
        total[head] -= flow[axis][tail]
    return np.asarray(total)


def levels_of(drift: Drift, threads: int = 0) -> list[Level]:
    """Multigrid for the symmetric part of a drift."""
    faces = drift.ahead + drift.back
    faces *= 0.5
    return hierarchy(faces, np.maximum(drift.excess, 0.0), threads=threads)


def carried(drift: Drift, levels: list[Level], source: Array, start: Array, tolerance: float = 1e-6, threads: int = 0) -> Array:
    """Values c (Z, Y, X) with A c = `source` (Z, Y, X), from `start`, until the residual is `tolerance` of the source (Euclidean).

    A start that solves it to round-off is kept. Raises ValueError where the tolerance is not reached.

    >>> drift = Drift(*(np.full((3, 1, 1, 1), 0.0) for _ in range(2)), np.full((1, 1, 1), 4.0))
    >>> carried(drift, levels_of(drift), np.ones((1, 1, 1)), np.zeros((1, 1, 1))).item()
    0.25
    """
    found = np.array(start, np.float64)
    goal, last = tolerance * np.sqrt(dot(source, source, threads)), np.inf
    if goal == 0.0:
        return np.zeros(source.shape)
    near = _Near(levels, _pieces(drift), threads)
    for _ in range(ROUNDS):  # each is a course of steps until what is believed to lack is small
        lack = np.empty(source.shape)
        over(_image, found.shape[0] * found.shape[1], drift, found, lack, threads=threads)
        np.subtract(source, lack, out=lack)
        size = float(np.sqrt(dot(lack, lack, threads)))
        if size <= goal:
            return found
        if not size < 0.5 * last:
            break
        last = size
        _course(drift, near, found, lack, goal)
    raise ValueError(f"The residual of a carried field is {last:.2g}, not {goal:.2g}. Ask for a larger tolerance.")


class _Near(NamedTuple):
    """What comes near to the inverse of a drift."""

    levels: list[Level]
    pieces: Pieces | None
    threads: int

    def of(self, values: Array) -> Array:
        """Nearly the solution for a right-hand side (Z, Y, X)."""
        found = approached(self.levels, values, self.threads)
        if self.pieces is not None:
            part, inverse = self.pieces
            found += (np.bincount(part.ravel(), values.ravel(), inverse.size) * inverse)[part]
        return found


def _pieces(drift: Drift) -> Pieces | None:
    """The pieces of a field, or None where it is in one."""
    from scipy.ndimage import label

    faces = drift.ahead + drift.back > 0.0
    joined: NDArray[np.bool_] = np.asarray(faces.any(axis=0))
    for axis in range(3):
        head, tail = ((slice(None),) * axis + (part,) for part in (slice(1, None), slice(None, -1)))
        joined[head] |= faces[axis][tail]
    part, count = label(joined)
    if count < 2:
        return None
    sums = np.bincount(part.ravel(), drift.excess.ravel(), count + 1)
    sums[0] = 0.0
    return Pieces(part, np.divide(1.0, sums, out=np.zeros(count + 1), where=sums > 0.0))


def _course(drift: Drift, near: _Near, found: Array, lack: Array, goal: float) -> None:
    """Steps that add to `found` what `lack` calls for, until it is believed to be `goal` or they break down."""
    threads = near.threads
    rows, shadow = found.shape[0] * found.shape[1], lack.copy()
    way, image, other = lack.copy(), np.empty(lack.shape), np.empty(lack.shape)
    agreed = dot(shadow, lack, threads)
    for _ in range(ROUNDS):
        step = near.of(way)
        over(_image, rows, drift, step, image, threads=threads)
        seen = dot(shadow, image, threads)
        if seen == 0.0:
            return
        length = agreed / seen
        lack -= length * image
        found += length * step
        if dot(lack, lack, threads) <= goal * goal:
            return
        step = near.of(lack)
        over(_image, rows, drift, step, other, threads=threads)
        square = dot(other, other, threads)
        if square == 0.0:
            return
        share = dot(other, lack, threads) / square
        found += share * step
        lack -= share * other
        if dot(lack, lack, threads) <= goal * goal:
            return
        before, agreed = agreed, dot(shadow, lack, threads)
        if agreed == 0.0 or share == 0.0:
            return
        way -= share * image
        way *= (agreed / before) * (length / share)
        way += lack


@njit(cache=True, nogil=True, error_model="numpy")
def _image(first, last, drift, values, out):
    """Fill out (Z, Y, X) with A c in rows [first, last)."""
    ahead, back, excess = drift
    height = values.shape[1]
    for row in range(first, last):
        z, y = row // height, row % height
        passed(z, y, (ahead, back), excess, values, out[z, y])
