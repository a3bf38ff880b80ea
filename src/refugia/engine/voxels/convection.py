"""Convection of several substrates on the velocities of faces: conservative, upwind, with a limiter.

    dc/dt + div(v c) = 0,   on an axis of voxels of width h:   c_i <- c_i - dt/h (F_{i+1} - F_i)
    F = v [c_u + (1 - |v| dt/h) phi(r) (c_d - c_u) / 2],   r = (c_u - c_uu) / (c_d - c_u),   phi(r) = (r + |r|) / (1 + |r|)

(c_u upstream of the face, c_d downstream, c_uu one further up: Sweby 1984, SIAM J Numer Anal 21:995, equations 3.1 and 3.7, van
Leer's limiter.) Where all flow is even it is second order in smooth places, and no new maximum appears on an axis. An axis is
crossed after the other, in turns that begin at either end, in as many substeps as it takes for no voxel to be emptied:
what flows out of a voxel in a substep along an axis is at most half of it, so that no value turns negative.

Fluid that enters from nothing within a voxel (div v > 0) thins what is there, and fluid that leaves takes nothing along: mass
is kept. Sides: what flows in through one has the value given there; what flows out, that of the voxel. One substrate at a time is
carried in float64 and rounded once a call: in float32 what trickles into a full voxel would be lost, substep by substep.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from refugia.engine.voxels.grid import FloatArray, Grid, Sides
from refugia.engine.voxels.lines import Field
from refugia.engine.voxels.tiles import over

CROSSED = 0.5
"""The share of a voxel that may leave it along one axis in a substep."""


class Flow(NamedTuple):
    """Velocities through the faces towards higher indices, mm/day: z (Z+1, Y, X), y (Z, Y+1, X), x (Z, Y, X+1)."""

    z: NDArray[np.float32]
    y: NDArray[np.float32]
    x: NDArray[np.float32]


def substeps(grid: Grid, flow: Flow, step: float) -> int:
    """In how many parts a step of `step` days is taken.

    >>> still = np.zeros((2, 1, 4), np.float32), np.zeros((1, 2, 4), np.float32)
    >>> substeps(Grid((1, 1, 4), 0.5), Flow(*still, np.full((1, 1, 5), 2.0, np.float32)), 1.0)
    8
    """
    most = 0.0
    for axis, speed in enumerate(flow):
        along = np.moveaxis(speed, axis, 0)
        leaving = np.maximum(along[1:], 0.0) - np.minimum(along[:-1], 0.0)
        most = max(most, float(leaving.max()) * step / grid.spacing)
    return max(1, ceil(most / CROSSED * (1.0 - 1e-6)))


def advance(field: Field, grid: Grid, flow: Flow, sides: Sides | Sequence[Sides], step: float, *, threads: int = 0) -> int:
    """Carry `field` (substrates, Z, Y, X) float32 along for `step` days, in place; returns the number of substeps it took.

    Of `sides` only the values are used: what flows in has them. Bits do not depend on `threads`. Raises ValueError where the field
    or a velocity is no contiguous float32 array of the grid's shape.

    >>> from refugia.engine.voxels.grid import closed
    >>> still = np.zeros((2, 1, 4), np.float32), np.zeros((1, 2, 4), np.float32)
    >>> field = np.array([[[[1.0, 0.0, 0.0, 0.0]]]], np.float32)
    >>> advance(field, Grid((1, 1, 4), 1.0), Flow(*still, np.array([[[0.0, 0.5, 0.5, 0.5, 0.0]]], np.float32)), closed(), 1.0)
    1
    >>> field.ravel().tolist()
    [0.5, 0.5, 0.0, 0.0]
    """
    _check(field, grid, flow)
    each = (sides,) * len(field) if isinstance(sides, Sides) else tuple(sides)
    parts = substeps(grid, flow, step)
    passed = np.empty(max(speed.size for speed in flow))
    active = [axis for axis in (2, 1, 0) if flow[axis].any()]
    for one, its in zip(field, each, strict=True):
        held = one.astype(np.float64)
        for part in range(parts):
            for axis in active if part % 2 == 0 else active[::-1]:
                what = (step / parts / grid.spacing, float(its.value[axis, 0]), float(its.value[axis, 1]))
                _cross(held, flow[axis], axis, what, passed, threads)
        one[:] = held
    return parts


def _cross(field: FloatArray, flow: Field, axis: int, what: tuple[float, float, float], passed: FloatArray, threads: int) -> None:
    """Carry one substrate (Z, Y, X) along one axis for a substep; `what`: it over the spacing, the values at both sides."""
    count = field.shape[axis]
    width = int(np.prod(field.shape[axis + 1 :]))
    lines, speed = field.reshape(-1, count, width), flow.reshape(-1, count + 1, width)
    through = passed[: lines.shape[0] * (count + 1) * width].reshape(-1, count + 1, width)
    if width == 1:
        whole = (lines[:, :, 0], speed[:, :, 0], through[:, :, 0])
        over(_in_line, len(lines), *(one.reshape(len(one), -1) for one in whole), what, threads=threads)
        return
    over(_fluxes, len(lines) * (count + 1), lines, speed, through, what, threads=threads)
    over(_carry, len(lines) * count, lines, through, threads=threads)


def _check(field: Field, grid: Grid, flow: Flow) -> None:
    """Raises ValueError where an array is not what it should be."""
    for axis, speed in enumerate(flow):
        shape = tuple(count + (at == axis) for at, count in enumerate(grid.shape))
        if speed.shape != shape or speed.dtype != np.float32 or not speed.flags.c_contiguous or not np.isfinite(speed).all():
            raise ValueError(f"velocities of the faces of axis {axis} are finite float32 {shape}, not {speed.dtype} {speed.shape}")
    if field.shape[1:] != grid.shape or field.dtype != np.float32 or not field.flags.c_contiguous:
        raise ValueError(f"a field on {grid.shape} voxels is contiguous float32, not {field.dtype} {field.shape}")


@njit(cache=True, nogil=True, error_model="numpy")
def _fluxes(first, last, lines, speed, through, what):  # type: ignore[no-untyped-def]
    """What passes faces in a substep: items [first, last) are faces i of lines n; lines (n, m, k), speed (n, m + 1, k)."""
    share, low, high = what
    count, faces = lines.shape[1], speed.shape[1]
    for item in range(first, last):
        n, i = item // faces, item % faces
        pace, out = speed[n, i], through[n, i]
        if i == 0 or i == count:
            _through_side(pace, lines[n, 0 if i == 0 else count - 1], low if i == 0 else high, share if i == 0 else -share, out)
        else:
            below, above = lines[n, i - 1], lines[n, i]
            far_below = lines[n, max(i - 2, 0)]
            far_above = lines[n, min(i + 1, count - 1)]
            _through_face(pace, share, (far_below, below, above, far_above), out)


@njit(cache=True, nogil=True, error_model="numpy")
def _through_side(pace, inside, outside, share, out):  # type: ignore[no-untyped-def]
    """What passes a side: `share` is negative at the high one, where fluid leaves with a positive velocity."""
    for j in range(out.size):
        out[j] = pace[j] * abs(share) * (outside if pace[j] * share > 0.0 else inside[j])


@njit(cache=True, nogil=True, error_model="numpy")
def _through_face(pace, share, around, out):  # type: ignore[no-untyped-def]
    """What passes a row of faces: Sweby's flux with van Leer's limiter, in the rows of four voxels around it."""
    far_below, below, above, far_above = around
    for j in range(out.size):
        passing = pace[j] * share
        forward = passing > 0.0
        near = below[j] if forward else above[j]
        ahead = (above[j] if forward else below[j]) - near
        behind = near - (far_below[j] if forward else far_above[j])
        same = ahead * behind
        slope = same / (ahead + behind) if same > 1e-30 else 0.0  # phi(r) (c_d - c_u) / 2
        out[j] = passing * (near + (1.0 - abs(passing)) * slope)


@njit(cache=True, nogil=True, error_model="numpy")
def _carry(first, last, lines, through):  # type: ignore[no-untyped-def]
    """Give every voxel what its faces passed: items [first, last) are rows of lines (n, m, k)."""
    count = lines.shape[1]
    for item in range(first, last):
        n, i = item // count, item % count
        row, low, high = lines[n, i], through[n, i], through[n, i + 1]
        for j in range(row.size):
            row[j] += low[j] - high[j]


@njit(cache=True, nogil=True, error_model="numpy")
def _in_line(first, last, lines, speed, through, what):  # type: ignore[no-untyped-def]
    """The same for whole lines of one contiguous axis: lines (n, m), speed (n, m + 1), through (n, m + 1)."""
    share, low, high = what
    end = lines.shape[1]
    for n in range(first, last):
        line, pace, out = lines[n], speed[n], through[n]
        _through_side(pace[:1], line[:1], low, share, out[:1])
        _through_side(pace[end:], line[end - 1 :], high, -share, out[end:])
        if end > 1:
            _through_face(pace[1:2], share, (line[:1], line[:1], line[1:2], line[min(2, end - 1) :]), out[1:2])
        if end > 2:
            _through_face(
                pace[end - 1 : end], share, (line[end - 3 :], line[end - 2 :], line[end - 1 :], line[end - 1 :]), out[end - 1 : end]
            )
        if end > 3:
            _through_face(pace[2 : end - 1], share, (line, line[1:], line[2:], line[3:]), out[2 : end - 1])
        for i in range(end):
            line[i] += out[i] - out[i + 1]
