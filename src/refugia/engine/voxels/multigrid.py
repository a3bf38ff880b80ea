"""One V-cycle of multigrid on voxels, in float32: what makes conjugate gradients converge in a few steps.

The operator is A c = sum over faces of k (c - c') + e c, with conductances k of the faces and an excess e >= 0. A level coarsens
every axis of more than one voxel by two: a coarse voxel takes its voxels' excess and half the conductance of the faces it
crosses, values go up and down piecewise constant, and one sweep of red-black Gauss-Seidel smooths before and one after
(V(1,1); Trottenberg, Oosterlee and Schuller 2001, sections 2.4 and 2.8). Down to one voxel, where the solution is exact.

Red voxels have an even z + y + x, black ones an odd. Each colour lies in an array of its own, so that neighbours along an
axis are contiguous: voxel x of row r = z Y + y is element 1 + (x - s) / 2 of colour c, s = (z + y + c) mod 2, and the elements
at both ends are zero. A colour reads the other alone: the order of its voxels, and so the number of threads, changes no bit.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from refugia.engine.voxels.tiles import over

Array = NDArray[np.float64]
Single = NDArray[np.float32]
RED, BLACK = np.int64(0), np.int64(1)
HALF = 0.5  # of the summed conductance of fine faces: the middles of coarse voxels lie twice as far apart


class Level(NamedTuple):
    """One level: arrays (2, rows + 1, half + 2) by colour; the last row is zero, for voxels without a neighbour."""

    shape: tuple[int, int, int]
    faces: Single  # (3, 2, rows + 1, half + 2): conductance to the next voxel along z, y and x
    inverse: Single  # one over the diagonal; 0 where there is none
    load: Single
    found: Single

    @property
    def rows(self) -> int:
        """Rows of voxels along x."""
        return self.shape[0] * self.shape[1]


def hierarchy(faces: Array, excess: Array, held: Array | None = None, threads: int = 0) -> list[Level]:
    """The levels for conductances `faces` (3, Z, Y, X) to the next voxel along z, y and x, 0 at the last, and `excess` (Z, Y, X).

    `held` (Z, Y, X) is the part of the excess that stands for sides held at a value: it halves from level to level as faces do.

    >>> [level.shape for level in hierarchy(np.zeros((3, 1, 3, 4)), np.ones((1, 3, 4)))]
    [(1, 3, 4), (1, 2, 2), (1, 1, 1)]
    """
    levels = [_empty((faces.shape[1], faces.shape[2], faces.shape[3]))]
    while True:
        level = levels[-1]
        over(_split, level.rows, level.shape, faces, level.faces, threads=threads)
        if max(level.shape) == 1:
            break
        levels.append(_empty(_coarser(level.shape)))
        coarse = np.empty((3, *levels[-1].shape))
        over(_merge_faces, levels[-1].rows, faces, coarse, threads=threads)
        faces = coarse
    weigh(levels, excess, held, threads)
    return levels


def weigh(levels: list[Level], excess: Array, held: Array | None = None, threads: int = 0) -> None:
    """Give the levels another `excess` (Z, Y, X), of which `held` belongs to held sides, with the faces that they have."""
    for depth, level in enumerate(levels):
        if depth:
            excess = _merged(excess, level, threads)
            if held is not None:
                held = HALF * _merged(held, level, threads)
                excess -= held
        over(_invert, level.rows, level.shape, level.faces, excess, level.inverse, threads=threads)


def _merged(fine: Array, level: Level, threads: int) -> Array:
    coarse = np.empty(level.shape)
    over(_merge, level.rows, fine, coarse, threads=threads)
    return coarse


def cycle(levels: list[Level], threads: int = 0) -> None:
    """One V-cycle from nothing: `found` of the first level from its `load`, whose red voxels are relaxed already."""
    for depth, level in enumerate(levels):
        over(_relax, level.rows, BLACK, level.shape, level, threads=threads)
        if depth + 1 < len(levels):
            coarse = levels[depth + 1]
            over(_restrict, coarse.rows, level, coarse, threads=threads)
    for depth in range(len(levels) - 1, -1, -1):
        level = levels[depth]
        if depth + 1 < len(levels):
            over(_prolong, level.rows, levels[depth + 1], level, threads=threads)
        over(_relax, level.rows, BLACK, level.shape, level, threads=threads)
        over(_relax, level.rows, RED, level.shape, level, threads=threads)


def _empty(shape: tuple[int, int, int]) -> Level:
    depth, height, width = shape
    row = (depth * height + 1, (width + 1) // 2 + 2)
    return Level(shape, *(np.zeros((*lead, 2, *row), np.float32) for lead in ((3,), (), (), ())))


def _coarser(shape: tuple[int, int, int]) -> tuple[int, int, int]:
    depth, height, width = shape
    return (depth + 1) // 2, (height + 1) // 2, (width + 1) // 2


@njit(cache=True, nogil=True, error_model="numpy")
def _split(first, last, shape, faces, split):
    """Fill split (3, 2, rows, half + 2) of rows [first, last) from faces (3, Z, Y, X)."""
    _, height, width = shape
    for row in range(first, last):
        z, y = row // height, row % height
        for axis in range(3):
            for colour in range(2):
                shift = (z + y + colour) % 2
                for i in range((width + 1 - shift) // 2):
                    split[axis, colour, row, i + 1] = faces[axis, z, y, 2 * i + shift]


@njit(cache=True, nogil=True, error_model="numpy")
def _merge_faces(first, last, fine, coarse):
    """Fill coarse (3, Z', Y', X') of rows [first, last): half the sum of the fine faces (3, Z, Y, X) between two coarse voxels."""
    depth, height, width = fine.shape[1:]
    for row in range(first, last):
        cz, cy = row // coarse.shape[2], row % coarse.shape[2]
        coarse[:, cz, cy] = 0.0
        for z in range(2 * cz, min(2 * cz + 2, depth)):
            for y in range(2 * cy, min(2 * cy + 2, height)):
                for x in range(width):
                    if z % 2 == 1:
                        coarse[0, cz, cy, x // 2] += HALF * fine[0, z, y, x]
                    if y % 2 == 1:
                        coarse[1, cz, cy, x // 2] += HALF * fine[1, z, y, x]
                    if x % 2 == 1:
                        coarse[2, cz, cy, x // 2] += HALF * fine[2, z, y, x]


@njit(cache=True, nogil=True, error_model="numpy")
def _merge(first, last, fine, coarse):
    """Fill coarse (Z', Y', X') of rows [first, last) with the sums of fine (Z, Y, X)."""
    depth, height, width = fine.shape
    for row in range(first, last):
        cz, cy = row // coarse.shape[1], row % coarse.shape[1]
        coarse[cz, cy] = 0.0
        for z in range(2 * cz, min(2 * cz + 2, depth)):
            for y in range(2 * cy, min(2 * cy + 2, height)):
                for x in range(width):
                    coarse[cz, cy, x // 2] += fine[z, y, x]


@njit(cache=True, nogil=True, error_model="numpy")
def _invert(first, last, shape, faces, excess, inverse):
    """Fill inverse (2, rows, half + 2) of rows [first, last) from the faces (3, 2, rows, half + 2) and the excess (Z, Y, X)."""
    _, height, width = shape
    for row in range(first, last):
        z, y = row // height, row % height
        for colour in range(2):
            shift, other = (z + y + colour) % 2, 1 - colour
            for i in range((width + 1 - shift) // 2):
                e = i + 1
                k = faces[0, colour, row, e] + faces[1, colour, row, e] + faces[2, colour, row, e]
                k += faces[2, other, row, e - 1 + shift]
                if z > 0:
                    k += faces[0, other, row - height, e]
                if y > 0:
                    k += faces[1, other, row - 1, e]
                whole = k + excess[z, y, 2 * i + shift]
                inverse[colour, row, e] = 1.0 / whole if whole > 0.0 else 0.0


@njit(cache=True, nogil=True, error_model="numpy")
def _near(row, colour, shape, zero):
    """Of a row and a colour: its shift, and the rows above, below, before and behind it; `zero` where there is none."""
    depth, height, _ = shape
    z, y = row // height, row % height
    above = row - height if z > 0 else zero
    below = row + height if z + 1 < depth else zero
    before = row - 1 if y > 0 else zero
    behind = row + 1 if y + 1 < height else zero
    return (z + y + colour) % 2, above, below, before, behind


@njit(cache=True, nogil=True, error_model="numpy")
def _pair(total, low, high):
    """Add to total (n,) what comes from two neighbours: each its conductances and its values."""
    (k, a), (m, b) = low, high
    for i in range(total.size):
        total[i] += k[i] * a[i] + m[i] * b[i]


@njit(cache=True, nogil=True, error_model="numpy")
def _close(out, total, low, high, inverse):
    """Fill out (n,) with the total, and what comes from two neighbours, times the inverse."""
    (k, a), (m, b) = low, high
    for i in range(out.size):
        out[i] = (total[i] + (k[i] * a[i] + m[i] * b[i])) * inverse[i]


@njit(cache=True, nogil=True, error_model="numpy")
def _pulled(row, colour, shape, faces, found, total):
    """Add to total (half,) what a row's voxels of a colour get from above, below, before and behind."""
    n, other = total.size, 1 - colour
    _, above, below, before, behind = _near(row, colour, shape, found.shape[1] - 1)
    own, away = faces[0, colour, row, 1 : n + 1], faces[0, other, above, 1 : n + 1]
    _pair(total, (away, found[other, above, 1 : n + 1]), (own, found[other, below, 1 : n + 1]))
    own, away = faces[1, colour, row, 1 : n + 1], faces[1, other, before, 1 : n + 1]
    _pair(total, (away, found[other, before, 1 : n + 1]), (own, found[other, behind, 1 : n + 1]))


@njit(cache=True, nogil=True, error_model="numpy")
def _relax(first, last, colour, shape, level):
    """Balance every voxel of a colour in rows [first, last) with its neighbours."""
    _, faces, inverse, load, found = level
    n, other = found.shape[2] - 2, 1 - colour
    total = np.empty(n, np.float32)
    for row in range(first, last):
        s = (row // shape[1] + row % shape[1] + colour) % 2
        total[:] = load[colour, row, 1 : n + 1]
        _pulled(row, colour, shape, faces, found, total)
        left, right = faces[2, other, row, s : n + s], faces[2, colour, row, 1 : n + 1]
        a, b = found[other, row, s : n + s], found[other, row, s + 1 : n + s + 1]
        _close(found[colour, row, 1 : n + 1], total, (left, a), (right, b), inverse[colour, row, 1 : n + 1])


@njit(cache=True, nogil=True, error_model="numpy")
def _restrict(first, last, level, coarse):
    """Load rows [first, last) of the coarse level with what the red voxels lack once the black are balanced, and relax its red.

    Red was relaxed alone and black after it: red lacks what it now gets from black, and black lacks nothing.
    """
    shape, faces, _, _, found = level
    (_, across, width), _, inverse, load, relaxed = coarse
    n, lack, total = found.shape[2] - 2, np.zeros(2 * relaxed.shape[2], np.float32), np.empty(found.shape[2] - 2, np.float32)
    for row in range(first, last):
        lack[:] = 0.0
        cz, cy = row // across, row % across
        for z in range(2 * cz, min(2 * cz + 2, shape[0])):
            for y in range(2 * cy, min(2 * cy + 2, shape[1])):
                fine, s = z * shape[1] + y, (z + y) % 2
                total[:] = 0.0
                _pulled(fine, RED, shape, faces, found, total)
                left, right = faces[2, BLACK, fine, s : n + s], faces[2, RED, fine, 1 : n + 1]
                _pair(total, (left, found[BLACK, fine, s : n + s]), (right, found[BLACK, fine, s + 1 : n + s + 1]))
                for i in range(n):
                    lack[i] += total[i]
        for colour in range(2):
            shift = (cz + cy + colour) % 2
            for i in range((width + 1 - shift) // 2):
                load[colour, row, i + 1] = lack[2 * i + shift]
        for i in range(relaxed.shape[2]):
            relaxed[RED, row, i] = load[RED, row, i] * inverse[RED, row, i]


@njit(cache=True, nogil=True, error_model="numpy")
def _prolong(first, last, coarse, level):
    """Add the coarse values to the red voxels of rows [first, last): black is balanced next, from red alone."""
    (_, height, _), found = level.shape, level.found
    across, width, values = coarse.shape[1], coarse.shape[2], coarse.found
    n = found.shape[2] - 2
    natural = np.zeros(2 * values.shape[2], np.float32)
    for row in range(first, last):
        cz, cy = row // height // 2, row % height // 2
        source = cz * across + cy
        for colour in range(2):
            shift = (cz + cy + colour) % 2
            for i in range((width + 1 - shift) // 2):
                natural[2 * i + shift] = values[colour, source, i + 1]
        for i in range(n):
            found[RED, row, i + 1] += natural[i]
