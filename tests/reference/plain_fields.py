"""Plain twins of the kernels of fields on voxels: the same operations in the same order, whole arrays at a time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from refugia.engine.voxels.grid import Grid, Sides

Field = NDArray[np.float32]
ONE = np.float32(1.0)


def shares(count: int, diffusivity: float, spacing: float, rates: Any, step: float) -> list[float]:
    """What passes each face of an axis in a step, over the content of a voxel; the sides are two resistances in series."""
    found = [diffusivity * step / spacing**2] * (count + 1)
    for face, rate in ((0, rates[0]), (count, rates[1])):
        resistance = (np.inf if rate == 0.0 else 1.0 / rate) + 0.5 * spacing / diffusivity
        found[face] = 1.0 / resistance * step / spacing
    return found


def weights(faces: list[float]) -> tuple[list[np.float32], list[np.float32]]:
    """The weights of the two passes."""
    there, back, weight = [], [], faces[0]
    for beyond in faces[1:]:
        there.append(np.float32(weight / (1.0 + weight)))
        share = beyond / (1.0 + weight + beyond)
        back.append(np.float32(share))
        weight = beyond * (1.0 - share)
    return there, back


def sweep(field: Field, axis: int, faces: list[float], ends: Any, turned: bool) -> None:
    """One implicit step along an axis of (Z, Y, X), in place; turned: elimination begins at the high side."""
    lines = np.moveaxis(field, axis, 0)
    if turned:
        lines, faces, ends = lines[::-1], faces[::-1], ends[::-1]
    there, back = weights(faces)
    for order, weight, end in ((range(len(lines)), there, ends[0]), (range(len(lines) - 1, -1, -1), back, ends[1])):
        before: Any = np.float32(end)
        for place in order:
            lines[place] = lines[place] + weight[place] * (before - lines[place])
            before = lines[place]


def step(field: Field, grid: Grid, diffusivity: float, decay: float, sides: Sides, length: float, *, loss: Any = None,
         gain: Any = None, turn: int = 0, axes: int = 3) -> None:  # fmt: skip
    """One step of one substrate (Z, Y, X), in place: pointwise, x, y, z; every other one is turned along the axis crossed last."""
    keep, long = np.float32(1.0 + length * decay), np.float32(length)
    if loss is not None:
        field[:] = (field if gain is None else field + long * gain) / (keep + long * loss)
    elif gain is not None:
        field[:] = (field + long * gain) / keep
    else:
        field *= ONE / keep
    streamed = 1 if grid.shape[0] == 1 < grid.shape[1] and not sides.rate[0].any() else 0
    part = length / float(keep) ** (1.0 / max(1, axes))
    for axis in _active(grid, sides):
        faces = shares(grid.shape[axis], diffusivity, grid.spacing, sides.rate[axis], part)
        sweep(field, axis, faces, sides.value[axis], turned=axis == streamed and turn % 2 == 1)


def _active(grid: Grid, sides: Sides) -> Iterator[int]:
    return (axis for axis in (2, 1, 0) if grid.shape[axis] > 1 or sides.rate[axis].any())


def convect(field: Any, axis: int, speed: Field, share: float, ends: Any) -> None:
    """One upwind substep along an axis of one substrate (Z, Y, X) float64, in place: van Leer's limiter face by face."""
    lines, pace = np.moveaxis(field, axis, 0), np.moveaxis(speed, axis, 0)
    count, passed = len(lines), np.zeros(pace.shape)
    for face in range(count + 1):
        for at in np.ndindex(*pace.shape[1:]):
            v = float(pace[(face, *at)])
            up, down, far = (face - 1, face, face - 2) if v > 0.0 else (face, face - 1, face + 1)
            inside = 0 <= up < count
            near = lines[(up, *at)] if inside else ends[0 if face == 0 else 1]
            slope = 0.0
            if inside and 0 <= down < count and 0 <= far < count:
                ahead, behind = lines[(down, *at)] - near, near - lines[(far, *at)]
                slope = ahead * behind / (ahead + behind) if ahead * behind > 1e-30 else slope
            if 0 < face < count:
                passed[(face, *at)] = v * share * (near + (1.0 - abs(v * share)) * slope)
            else:
                passed[(face, *at)] = v * share * near
    lines += passed[:-1] - passed[1:]
