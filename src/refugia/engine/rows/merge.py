"""Merge by pulling: each line of voxels joins its own rows with those that its neighbours send; nobody writes to others."""

from __future__ import annotations

import numpy as np
from numba import njit

from refugia.engine.rows.leave import FACES, step_over
from refugia.engine.rows.rows import MOST, Rows

_END = np.int64(2**62)
_LOW = np.int64(0xFFFFFFFF)


@njit(cache=True, nogil=True, error_model="numpy")
def _sender(line, face, shape):
    """The line whose cells arrive over a face, or -1 beyond the grid."""
    deep, wide, _ = shape
    if face < 2:
        return line
    if face < 4:
        to = 1 if face == 2 else -1
        return line + to if 0 <= line % wide + to < wide else -1
    to = 1 if face == 4 else -1
    return line + to * wide if 0 <= line // wide + to < deep else -1


@njit(cache=True, nogil=True, error_model="numpy")
def _most(span, sent, shape):
    """How many emigrants arrive at most on one of the lines of a span, and on all of them."""
    most = every = 0
    for line in range(span.first, span.last):
        size = 0
        for face in range(FACES):
            sender = _sender(line, face, shape)
            if sender >= 0:
                size += sent.size[sender, face]
        most, every = max(most, size), every + size
    return most, every


@njit(cache=True, nogil=True, error_model="numpy")
def _joined(one, other, out):
    """Join two sorted lists that each end in _END; equal keys are added up. A list is keys, counts; returns the length of `out`.

    Written without a branch on what is compared: which list is next cannot be foreseen.
    """
    keys, counts = out
    i = j = size = 0
    while True:
        left, right = one[0][i], other[0][j]
        low = min(left, right)
        if low == _END:
            keys[size] = _END
            return size
        mine, its = np.int64(left == low), np.int64(right == low)
        keys[size] = low
        counts[size] = mine * one[1][i] + its * other[1][j]
        i += mine  # type: ignore[assignment]
        j += its  # type: ignore[assignment]
        size += 1


@njit(cache=True, nogil=True, error_model="numpy")
def _arrived(line, rows, start, sent, shape, scratch):
    """All who arrive on a line as one sorted list in the first of three `scratch` lists (keys, counts), ended by _END.

    The lists of the faces are joined in pairs that grow: those of a line's own two faces, of its neighbours in y, in z, then all.
    """
    keys, counts = scratch
    size = 0
    keys[0, 0] = _END
    for face in range(FACES):
        sender = _sender(line, face, shape)
        many = sent.size[sender, face] if sender >= 0 else 0
        if many == 0:
            continue
        begin, over = start[sender], step_over(face, shape)
        for k in range(many):
            row = sent.row[face, begin + k]
            keys[1, k] = np.int64(rows.place[row] + over) << 32 | rows.clone[row]
            counts[1, k] = sent.count[face, begin + k]
        keys[1, many] = _END
        if size == 0:
            keys[0, : many + 1], counts[0, :many] = keys[1, : many + 1], counts[1, :many]
            size = many
        else:
            size = _joined((keys[0], counts[0]), (keys[1], counts[1]), (keys[2], counts[2]))
            keys[0, : size + 1], counts[0, :size] = keys[2, : size + 1], counts[2, :size]
    return size


@njit(cache=True, nogil=True, error_model="numpy")
def merged(span, rows, kept, newborn, sent, shape):
    """The rows of a span of lines after the step, and -1 or the key of a row whose cells do not fit 32 bits.

    `rows` before the step, of which `kept` (row,) cells stay; `newborn`: rows of new clones and in how many of them each line
    begins; `sent`: who leaves.
    """
    born, births = newborn
    most, every = _most(span, sent, shape)
    size = every + span.start[span.last] - span.start[span.first] + births[span.last] - births[span.first]
    place, clone, count = np.empty(size + 1, np.int32), np.empty(size + 1, np.int32), np.empty(size + 1, np.int32)
    keys, counts = np.empty((3, most + 1), np.int64), np.empty((3, most + 1), np.int64)
    out = 0
    for line in range(span.first, span.last):
        _arrived(line, rows, span.start, sent, shape, (keys, counts))
        k, last, new, end, i = span.start[line], span.start[line + 1], births[line], births[line + 1], 0
        low = keys[0, 0]
        fresh = np.int64(born.place[new]) << 32 | born.clone[new] if new < end else _END
        while True:
            key = np.int64(rows.place[k]) << 32 | rows.clone[k] if k < last else _END
            if fresh < min(key, low):  # a new clone is in no other list
                place[out], clone[out], count[out] = born.place[new], born.clone[new], born.count[new]
                new, out = new + 1, out + 1
                fresh = np.int64(born.place[new]) << 32 | born.clone[new] if new < end else _END
                continue
            least = min(key, low)
            if least == _END:
                break
            mine, its = np.int64(key == least), np.int64(low == least)
            total = (mine * kept[k] if mine else np.int64(0)) + (its * counts[0, i] if its else np.int64(0))
            if total > MOST:
                return Rows(place[:0], clone[:0], count[:0]), least
            place[out], clone[out], count[out] = least >> 32, least & _LOW, total
            out += np.int64(total > 0)  # type: ignore[assignment]
            k += mine
            i += its  # type: ignore[assignment]
            low = keys[0, i]
    return Rows(place[:out].copy(), clone[:out].copy(), count[:out].copy()), np.int64(-1)
