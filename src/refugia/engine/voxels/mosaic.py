"""Transient diffusion where every face conducts in its own way: walled voxels, tissues side by side, coefficients that move.

The steps are those of `diffusion`, pointwise, x, y, z, with a weight for each voxel in each pass: six arrays a substrate, and each
axis crosses memory by itself. What is constant in space goes by `diffusion`, some times faster.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from numba import njit

from refugia.engine.voxels.grid import FloatArray, Grid, Sides
from refugia.engine.voxels.lines import Field, Lines, shared_step, through, weights
from refugia.engine.voxels.local import Local, react
from refugia.engine.voxels.tiles import over

Mean = Callable[[FloatArray, FloatArray], FloatArray]


class Faces(NamedTuple):
    """What passes each face in a day over the content of a voxel, 1/day: z (Z+1, Y, X), y (Z, Y+1, X), x (Z, Y, X+1).

    The outermost faces are the sides, beyond which the field has the values `ends` (3, 2).
    """

    z: FloatArray
    y: FloatArray
    x: FloatArray
    ends: FloatArray


class MosaicPlan(NamedTuple):
    """What a step of fixed length needs, see `plan`: weights are (substrates, Z, Y, X)."""

    shape: tuple[int, int, int]
    step: float  # day
    keep: Field  # (substrates,) 1 + dt decay
    axes: tuple[Lines, Lines, Lines]  # z, y, x
    active: tuple[bool, bool, bool]


def harmonic(low: FloatArray, high: FloatArray) -> FloatArray:
    """Two halves of a voxel in series; 0 where either is: nothing enters a walled voxel.

    >>> harmonic(np.array([1.0, 1.0]), np.array([3.0, 0.0])).tolist()
    [1.5, 0.0]
    """
    both = low + high
    return np.asarray(np.divide(2.0 * low * high, both, out=np.zeros_like(both), where=both > 0.0), np.float64)


def arithmetic(low: FloatArray, high: FloatArray) -> FloatArray:
    """Half of the sum: for a coefficient that varies smoothly, and where a front has to enter what conducts nothing yet.

    >>> arithmetic(np.array([1.0, 1.0]), np.array([3.0, 0.0])).tolist()
    [2.0, 0.5]
    """
    return np.asarray(0.5 * (low + high), np.float64)


def faces(grid: Grid, diffusivity: FloatArray, sides: Sides, mean: Mean = harmonic) -> Faces:
    """The faces of a grid from the diffusivity of its voxels (Z, Y, X), mm2/day; one of 0 is walled off (harmonic mean).

    Raises ValueError where the diffusivity has another shape than the grid, or is negative.

    >>> from refugia.engine.voxels.grid import held
    >>> grid = Grid((1, 1, 3), 0.5)
    >>> faces(grid, np.array([[[1.0, 3.0, 0.0]]]), held(0.0, grid)).x.ravel().tolist()
    [8.0, 6.0, 0.0, 0.0]
    """
    spread = np.asarray(diffusivity, np.float64)
    if spread.shape != grid.shape or not (spread >= 0.0).all():
        raise ValueError(f"a diffusivity on {grid.shape} voxels is not {spread.shape} with a least value of {spread.min()}")
    found: list[FloatArray] = []
    for axis in range(3):
        along = np.moveaxis(spread, axis, 0)
        shares = np.empty((along.shape[0] + 1, *along.shape[1:]))
        shares[1:-1] = mean(along[:-1], along[1:]) / grid.spacing**2
        for face, end in ((0, 0), (-1, 1)):
            shares[face] = through(float(sides.rate[axis, end]), along[face], grid.spacing) / grid.spacing
        found.append(np.moveaxis(shares, 0, axis))
    return Faces(found[0], found[1], found[2], np.asarray(sides.value, np.float64))


def plan(each: Sequence[Faces], decay: Sequence[float], step: float) -> MosaicPlan:
    """Prepare steps of `step` days from the faces of each substrate and its `decay`, 1/day.

    >>> from refugia.engine.voxels.grid import closed
    >>> plan([faces(Grid((1, 1, 4), 0.5), np.ones((1, 1, 4)), closed())], [1.0], 0.5).axes[2].there.shape
    (1, 1, 1, 4)
    """
    active = [any(one[axis].any() for one in each) for axis in range(3)]
    keep = (1.0 + step * np.asarray(decay, np.float64)).astype(np.float32)
    part = shared_step(step, keep, active)
    axes = [_axis(each, axis, part) for axis in range(3)]
    shape = axes[0].there.shape[1:]
    return MosaicPlan((shape[0], shape[1], shape[2]), step, keep, (axes[0], axes[1], axes[2]), (active[0], active[1], active[2]))


def _axis(each: Sequence[Faces], axis: int, step: FloatArray) -> Lines:
    """The passes along an axis for all substrates."""
    there: list[Field] = []
    back: list[Field] = []
    for one, part in zip(each, step, strict=True):
        lines = np.moveaxis(one[axis] * part, axis, 0)
        for kept, weight in zip((there, back), weights(lines.reshape(len(lines), -1)), strict=True):
            kept.append(np.moveaxis(weight.reshape(len(lines) - 1, *lines.shape[1:]), 0, axis))
    ends = np.array([one.ends[axis] for one in each], np.float32)
    return Lines(np.ascontiguousarray(np.stack(there)), np.ascontiguousarray(np.stack(back)), ends)


def advance(field: Field, plan: MosaicPlan, steps: int = 1, local: Local | None = None, *, threads: int = 0, tile: int = 0) -> None:
    """Take `steps` steps of the plan: `field` (substrates, Z, Y, X) float32, in place; bits depend neither on threads nor on tiles.

    Raises ValueError where the field is no contiguous float32 array of the plan's shape.

    >>> from refugia.engine.voxels.grid import closed
    >>> grid, wall = Grid((1, 1, 4), 1.0), np.array([[[1.0, 1.0, 0.0, 1.0]]])
    >>> field = np.array([[[[4.0, 0.0, 3.0, 1.0]]]], np.float32)
    >>> advance(field, plan([faces(grid, wall, closed())], [0.0], 1e6))
    >>> field.round(3).ravel().tolist()
    [2.0, 2.0, 3.0, 1.0]
    """
    if field.dtype != np.float32 or not field.flags.c_contiguous or field.shape != (plan.keep.size, *plan.shape):
        raise ValueError(f"a field of {plan.keep.size} substrates on {plan.shape} voxels is not {field.dtype} {field.shape}")
    loss, gain = (one.reshape(-1) for one in local or Local())
    for _ in range(steps):
        over(_react, field.size, field, plan.keep, np.float32(plan.step), (loss, gain), threads=threads, tile=tile)
        for axis in (2, 1, 0):
            if plan.active[axis]:
                lines, inner = plan.axes[axis], int(np.prod(plan.shape[axis + 1 :]))
                shape = (-1, plan.shape[axis], inner)
                views = tuple(one.reshape(shape) for one in (field, lines.there, lines.back))
                over(_sweep, field.size // plan.shape[axis], *views, lines.ends, threads=threads, tile=tile)


@njit(cache=True, nogil=True, error_model="numpy")
def _react(first, last, field, keep, step, local):  # type: ignore[no-untyped-def]
    """The pointwise part of the voxels [first, last) of all substrates."""
    loss, gain = local
    flat = field.reshape(-1)
    size = flat.size // field.shape[0]
    while first < last:
        s = first // size
        end = min(last, (s + 1) * size)
        react(flat[first:end], keep[s], step, loss[first:end], gain[first:end])
        first = end


@njit(cache=True, nogil=True, error_model="numpy")
def _sweep(first, last, field, there, back, ends):  # type: ignore[no-untyped-def]
    """Both passes along the middle axis of field (n, m, k), for the lines [first, last) of n k; ends (substrates, 2)."""
    width = field.shape[2]
    each = field.shape[0] // ends.shape[0]
    while first < last:
        at, low = first // width, first % width
        high = min(width, low + last - first)
        if width == 1:
            _line(field[at, :, 0], there[at, :, 0], back[at, :, 0], ends[at // each])
            first += 1
            continue
        _pass(field[at], there[at], ends[at // each, 0], (0, 1), (low, high))
        _pass(field[at], back[at], ends[at // each, 1], (field.shape[1] - 1, -1), (low, high))
        first += high - low


@njit(cache=True, nogil=True, error_model="numpy")
def _pass(lines, weight, end, order, span):  # type: ignore[no-untyped-def]
    """One pass along the first axis of lines (m, k), from the value beyond its end on."""
    start, turn = order
    low, high = span
    for j in range(low, high):
        lines[start, j] += weight[start, j] * (end - lines[start, j])
    for k in range(1, lines.shape[0]):
        i = start + turn * k
        _move(lines[i - turn, low:high], lines[i, low:high], weight[i, low:high])


@njit(cache=True, nogil=True, error_model="numpy")
def _move(before, values, weight):  # type: ignore[no-untyped-def]
    """Move `values` (n,) towards `before` (n,), each by its own share."""
    for j in range(values.size):
        values[j] += weight[j] * (before[j] - values[j])


@njit(cache=True, nogil=True, error_model="numpy")
def _line(line, there, back, ends):  # type: ignore[no-untyped-def]
    """Both passes along one line (n,) whose voxels lie side by side."""
    value = ends[0]
    for i in range(line.size):
        value = line[i] + there[i] * (value - line[i])
        line[i] = value
    value = ends[1]
    for i in range(line.size - 1, -1, -1):
        value = line[i] + back[i] * (value - line[i])
        line[i] = value
