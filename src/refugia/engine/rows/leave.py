"""Who leaves a place over which face: lists of emigrants in the order of the rows they come from."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from refugia.engine.philox import philox
from refugia.engine.samplers import binomial

FACES = 6
"""Of a voxel: towards lower and higher x, lower and higher y, lower and higher z."""
FEW = 16
"""Up to so many cells each draws its face; more are shared out by binomials."""
_GRAIN = 2.0**-32


class Emigrants(NamedTuple):
    """For each face, the rows that send cells over it and how many: `row`, `count` (face, row), filled for each line of voxels
    from that line's first row on; `size` (line, face) how many entries there are."""

    row: NDArray[np.int32]
    count: NDArray[np.int32]  # type: ignore[assignment]  # a tuple's own method is not used
    size: NDArray[np.int32]


def emigrants(rows: int, lines: int) -> Emigrants:
    """Empty lists for that many rows on that many lines."""
    return Emigrants(np.empty((FACES, rows), np.int32), np.empty((FACES, rows), np.int32), np.zeros((lines, FACES), np.int32))


@njit(cache=True, nogil=True, error_model="numpy")
def faces_open(place, line, shape, free, ways):
    """Fill `ways` (face,) with 1 where a cell of the place may cross, 0 at the sides of the grid and before walls.

    `line`: the line of voxels the place lies on. Returns how many are open.
    """
    deep, wide, long = shape
    x, y, z = place - line * long, line % wide, line // wide
    ways[0], ways[1] = 1.0 * (x > 0), 1.0 * (x < long - 1)
    ways[2], ways[3] = 1.0 * (y > 0), 1.0 * (y < wide - 1)
    ways[4], ways[5] = 1.0 * (z > 0), 1.0 * (z < deep - 1)
    if free.size:
        for face in range(FACES):
            if ways[face] > 0.0 and not free[place + step_over(face, shape)]:
                ways[face] = 0.0
    return ways[0] + ways[1] + ways[2] + ways[3] + ways[4] + ways[5]


@njit(cache=True, nogil=True, error_model="numpy")
def step_over(face, shape):
    """By how much the place behind a face is higher."""
    size = 1 if face < 2 else shape[2] if face < 4 else shape[1] * shape[2]
    return size if face % 2 else -size


@njit(cache=True, nogil=True, error_model="numpy")
def _dealt(leaving, weights, address, parts):
    """A face for each cell, four cells a block: the first face at which the sum of the weights passes a uniform of 32 bits."""
    key0, key1, place, word, step, purpose = address
    total = weights.sum()
    for cell in range(leaving):
        if cell % 4 == 0:
            w0, w1, w2, w3 = philox(place, word, step, np.uint64(purpose << 16) + np.uint64(cell // 4), key0, key1)
        left = (np.float64(w0) + 0.5) * _GRAIN * total
        w0, w1, w2 = w1, w2, w3
        face = last = 0
        for one in range(FACES):
            if weights[one] > 0.0:
                last = one
                left -= weights[one]
                face += left >= 0.0
            else:
                face += face == one
        parts[min(face, last)] += 1


@njit(cache=True, nogil=True, error_model="numpy")
def split(leaving, weights, address, sent, at):
    """Share `leaving` cells of a row out over the faces in proportion to `weights` (face,): a multinomial.

    A few cells are dealt out one by one, many by binomials face by face. `address`: key0, key1, place, word, step and the purpose
    of the first face. `at`: the line, its first row, the row, and room for six counts.
    """
    key0, key1, place, word, step, purpose = address
    line, first, row, parts = at
    parts[:] = 0
    if leaving <= FEW:
        _dealt(leaving, weights, address, parts)
    else:
        rest, last = weights.sum(), FACES - 1
        while last > 0 and not weights[last] > 0.0:
            last -= 1
        for face in range(last + 1):
            chance = weights[face] / rest if face < last else 1.0
            parts[face] = binomial(leaving, chance, key0, key1, place, word, step, np.uint64(purpose + face))
            rest -= weights[face]
            leaving -= parts[face]
    for face in range(FACES):
        if parts[face] > 0:
            end = first + sent.size[line, face]
            sent.row[face, end], sent.count[face, end] = row, parts[face]
            sent.size[line, face] += 1
