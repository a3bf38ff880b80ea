"""Merge by pulling: each line of voxels joins its own rows with those that its neighbours send; nobody writes to others."""

from __future__ import annotations

import numpy as np
from numba import njit

from refugia.engine.rows.leave import FACES, step_over
from refugia.engine.rows.rows import MOST, Rows

_LISTS = FACES + 1  # the newborn, and the emigrants over each face
_NONE = np.int64(2**62)


@njit(cache=True, nogil=True, error_model="numpy")
def _key(which, at, rows, born, sent, shape):
    """place << 32 | clone of an entry of a list: 0 the newborn, 1 + face the emigrants over a face."""
    if which == 0:
        return np.int64(born.place[at]) << 32 | born.clone[at]
    row = sent.row[which - 1, at]
    return np.int64(rows.place[row] + step_over(which - 1, shape)) << 32 | rows.clone[row]


@njit(cache=True, nogil=True, error_model="numpy")
def _sender(line, face, shape):
    """The line whose cells arrive over a face, or -1 beyond the grid."""
    deep, wide, _ = shape
    y, z = line % wide, line // wide
    if face < 2:
        return line
    if face < 4:
        y += 1 if face == 2 else -1
        return line + (1 if face == 2 else -1) if 0 <= y < wide else -1
    z += 1 if face == 4 else -1
    return line + (wide if face == 4 else -wide) if 0 <= z < deep else -1


@njit(cache=True, nogil=True, error_model="numpy")
def _upper(span, births, sent, shape):
    """How many rows the lines of a span can have at most."""
    size = span.start[span.last] - span.start[span.first] + births[span.last] - births[span.first]
    for line in range(span.first, span.last):
        for face in range(FACES):
            sender = _sender(line, face, shape)
            if sender >= 0:
                size += sent.size[sender, face]
    return size


@njit(cache=True, nogil=True, error_model="numpy")
def merged(span, rows, kept, newborn, sent, shape):
    """The rows of a span of lines after the step, and -1 or the key of a row whose cells do not fit 32 bits.

    `rows` before the step, of which `kept` (row,) cells stay; `newborn`: rows of new clones and in how many of them each line
    begins; `sent`: who leaves.
    """
    born, births = newborn
    size = _upper(span, births, sent, shape)
    place, clone, count = np.empty(size, np.int32), np.empty(size, np.int32), np.empty(size, np.int32)
    head, at, end = np.empty(_LISTS, np.int64), np.empty(_LISTS, np.int64), np.empty(_LISTS, np.int64)
    which = np.empty(_LISTS, np.int64)
    out = 0
    for line in range(span.first, span.last):
        lists = 0
        for name in range(_LISTS):
            sender = line if name == 0 else _sender(line, name - 1, shape)
            if sender < 0:
                continue
            at[lists] = births[line] if name == 0 else span.start[sender]
            end[lists] = births[line + 1] if name == 0 else span.start[sender] + sent.size[sender, name - 1]
            if at[lists] < end[lists]:
                which[lists], head[lists] = name, _key(name, at[lists], rows, born, sent, shape)
                lists += 1
        k, last = span.start[line], span.start[line + 1]
        while True:
            low = _NONE
            for one in range(lists):
                low = min(low, head[one])
            while k < last:  # what nobody joins
                key = np.int64(rows.place[k]) << 32 | rows.clone[k]
                if key >= low:
                    break
                if kept[k] > 0:
                    place[out], clone[out], count[out] = rows.place[k], rows.clone[k], kept[k]
                    out += 1
                k += 1
            if low == _NONE:
                break
            total = np.int64(0)
            if k < last and (np.int64(rows.place[k]) << 32 | rows.clone[k]) == low:
                total = np.int64(kept[k])
                k += 1
            for one in range(lists):
                if head[one] == low:
                    name, entry = which[one], at[one]
                    total += born.count[entry] if name == 0 else sent.count[name - 1, entry]
                    at[one] += 1
                    head[one] = _key(name, at[one], rows, born, sent, shape) if at[one] < end[one] else _NONE
            if total > MOST:
                return Rows(place[:0], clone[:0], count[:0]), low
            place[out], clone[out], count[out] = low >> 32, low & 0xFFFFFFFF, total
            out += 1
    return Rows(place[:out].copy(), clone[:out].copy(), count[:out].copy()), np.int64(-1)
