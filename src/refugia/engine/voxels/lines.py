"""One implicit step of diffusion along a line of voxels, as two passes of relaxation.

The step solves (1 + k_i + k_{i+1}) x_i - k_i x_{i-1} - k_{i+1} x_{i+1} = c_i on n voxels, where k_i is the share of a voxel that
passes face i in the step; faces 0 and n are the sides, beyond which the field is held. Elimination, written in means:

    y_i = c_i + p_i (y_{i-1} - c_i),   p_i = w_i / (1 + w_i)                          there, from the side's value
    x_i = y_i + h_i (x_{i+1} - y_i),   h_i = k_{i+1} / (1 + w_i + k_{i+1})            and back, from the other side's
    w_0 = k_0,   w_{i+1} = k_{i+1} (1 - h_i)

Every value is a mean of others, so that in any precision a constant stays constant, what is walled off keeps its bits, no value
turns negative, and what rounding does to the coefficients is weighed by differences alone: mass does not drift.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from refugia.engine.voxels.grid import FloatArray, Grid, Sides

Field = NDArray[np.float32]


class Lines(NamedTuple):
    """The two passes along one axis: weights `there` and `back`, and the values of the field beyond the two `ends`.

    Constant coefficients: (substrates, voxels of the axis); a weight for each voxel: (substrates, Z, Y, X). `ends` (substrates, 2).
    """

    there: Field
    back: Field
    ends: Field

    def mirrored(self, other: Lines) -> Lines:
        """The passes of `other`, which is the mirror image of this axis, as seen from here: it goes down first, then up."""
        return Lines(
            np.ascontiguousarray(other.there[:, ::-1]), np.ascontiguousarray(other.back[:, ::-1]), self.ends[:, ::-1].copy()
        )


def weights(conductance: FloatArray) -> tuple[Field, Field]:
    """The weights p and h (n, m) of the two passes of m lines, from the shares k (n + 1, m) that pass the faces in a step.

    >>> there, back = weights(np.array([[0.0], [1.0], [0.0]]))
    >>> there.round(3).ravel().tolist(), back.ravel().tolist()
    ([0.0, 0.3330000042915344], [0.5, 0.0])
    """
    shape = (conductance.shape[0] - 1, conductance.shape[1])
    there, back = np.empty(shape, np.float32), np.empty(shape, np.float32)
    _weights(np.ascontiguousarray(conductance, np.float64), there, back)
    return there, back


@njit(cache=True, nogil=True, error_model="numpy")
def _weights(conductance, there, back):  # type: ignore[no-untyped-def]
    """Fill the weights of the two passes, see the head of this file."""
    weight = conductance[0].copy()
    for i in range(there.shape[0]):
        for j in range(weight.size):
            beyond = conductance[i + 1, j]
            there[i, j] = weight[j] / (1.0 + weight[j])
            share = beyond / (1.0 + weight[j] + beyond)
            back[i, j] = share
            weight[j] = beyond * (1.0 - share)


def through(rate: FloatArray | float, diffusivity: FloatArray | float, spacing: float) -> FloatArray:
    """What leaves through a side of transfer `rate`, from the middle of the outermost voxel, mm/day: two resistances in series.

    >>> float(through(np.inf, 1.0, 0.5)), float(through(0.0, 1.0, 0.5)), float(through(4.0, 1.0, 0.5))
    (4.0, 0.0, 2.0)
    """
    with np.errstate(divide="ignore"):
        resistance = np.divide(1.0, rate) + np.divide(0.5 * spacing, diffusivity)
        return np.asarray(1.0 / resistance, np.float64)


def constant_lines(
    grid: Grid, axis: int, diffusivity: FloatArray, sides: tuple[Sides, ...], step: FloatArray
) -> tuple[Lines, Lines]:
    """The passes along an axis, and the same with it turned round; `diffusivity` mm2/day and `step` day are (substrates,)."""
    count = grid.shape[axis]
    faces = np.repeat((diffusivity * step / grid.spacing**2)[None], count + 1, axis=0)
    for end, face in ((0, 0), (1, count)):
        rate = np.array([one.rate[axis, end] for one in sides])
        faces[face] = through(rate, diffusivity, grid.spacing) * step / grid.spacing
    ends = np.array([one.value[axis] for one in sides], np.float32)
    up, down = (_lines(*weights(one), ends) for one in (faces, faces[::-1]))
    return up, up.mirrored(down)


def shared_step(step: float, keep: Field, active: Sequence[bool]) -> FloatArray:
    """What is left of a step for each axis (substrates,), day, where keep = 1 + dt decay stands in the diagonal of all n axes.

    (m - k L) x = c is (1 - k/m L) x = c/m, with m^n = keep: the product of all c/m is taken at once, and each k is that of a
    shorter step. So a steady state along one axis, and an even one, are met whatever the step.

    >>> shared_step(1.0, np.array([4.0], np.float32), (False, True, True)).tolist()
    [0.5]
    """
    return np.asarray(step / keep.astype(np.float64) ** (1.0 / max(1, sum(active))), np.float64)


def _lines(there: Field, back: Field, ends: Field) -> Lines:
    """Weights (n, substrates) as the passes hold them."""
    return Lines(np.ascontiguousarray(there.T), np.ascontiguousarray(back.T), ends)


@njit(cache=True, nogil=True, error_model="numpy")
def relax(before, values, weight):  # type: ignore[no-untyped-def]
    """Move `values` (n,) towards `before` (n,): by the same share for all."""
    for j in range(values.size):
        values[j] += weight * (before[j] - values[j])


@njit(cache=True, nogil=True, error_model="numpy")
def relax_plane(plane, there, back, low, high):  # type: ignore[no-untyped-def]
    """Both passes along the first axis of a contiguous plane (n, m), all m lines side by side."""
    last = plane.shape[0] - 1
    for j in range(plane.shape[1]):
        plane[0, j] += there[0] * (low - plane[0, j])
    for i in range(1, last + 1):
        relax(plane[i - 1], plane[i], there[i])
    for j in range(plane.shape[1]):
        plane[last, j] += back[last] * (high - plane[last, j])
    for i in range(last - 1, -1, -1):
        relax(plane[i + 1], plane[i], back[i])


@njit(cache=True, nogil=True, error_model="numpy")
def relax_line(line, there, back, low, high):  # type: ignore[no-untyped-def]
    """Both passes along one contiguous line (n,)."""
    value = low
    for i in range(line.size):
        value = line[i] + there[i] * (value - line[i])
        line[i] = value
    value = high
    for i in range(line.size - 1, -1, -1):
        value = line[i] + back[i] * (value - line[i])
        line[i] = value


@njit(cache=True, nogil=True, error_model="numpy")
def relax_eight(rows, factor, there, back, low, high):  # type: ignore[no-untyped-def]
    """Both passes along eight contiguous lines (8, n), times `factor`, at once: eight chains that do not wait for each other."""
    a, b, c, d, e, f, g, h = rows[0], rows[1], rows[2], rows[3], rows[4], rows[5], rows[6], rows[7]
    u = v = w = x = y = z = s = t = low
    for i in range(a.size):
        p = there[i]
        u = a[i] * factor + p * (u - a[i] * factor)
        v = b[i] * factor + p * (v - b[i] * factor)
        w = c[i] * factor + p * (w - c[i] * factor)
        x = d[i] * factor + p * (x - d[i] * factor)
        y = e[i] * factor + p * (y - e[i] * factor)
        z = f[i] * factor + p * (z - f[i] * factor)
        s = g[i] * factor + p * (s - g[i] * factor)
        t = h[i] * factor + p * (t - h[i] * factor)
        a[i], b[i], c[i], d[i], e[i], f[i], g[i], h[i] = u, v, w, x, y, z, s, t
    u = v = w = x = y = z = s = t = high
    for i in range(a.size - 1, -1, -1):
        p = back[i]
        u = a[i] + p * (u - a[i])
        v = b[i] + p * (v - b[i])
        w = c[i] + p * (w - c[i])
        x = d[i] + p * (x - d[i])
        y = e[i] + p * (y - e[i])
        z = f[i] + p * (z - f[i])
        s = g[i] + p * (s - g[i])
        t = h[i] + p * (t - h[i])
        a[i], b[i], c[i], d[i], e[i], f[i], g[i], h[i] = u, v, w, x, y, z, s, t
