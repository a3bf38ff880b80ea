"""The second half of a step: the dying leave, every claimed place takes the largest claim, and mutants are found."""

from __future__ import annotations

import numpy as np
from numba import njit

from refugia.engine.lattice.board import (
    BIRTHS,
    CLAIMED,
    DAUGHTER,
    DEATHS,
    DIES,
    DIVIDES,
    FRESH,
    MOVED,
    MOVES,
    amid,
    bit,
    coordinates,
    corner,
    lowest,
    mixed,
    within,
    without_lowest,
)
from refugia.engine.philox import uniforms

_EITHER = np.int64(~(MOVES - DIVIDES))  # takes a move for a division


@njit(cache=True, nogil=True, error_model="numpy")
def _pending(mark, begin, end, found, size):
    """Add to `found` the places of a row that are claimed or whose cell dies; the new size."""
    for place in range(begin, end):
        found[np.uint64(size)] = place
        size += mark[np.uint64(place)] >= DIES
    return size


@njit(cache=True, nogil=True, error_model="numpy")
def _clear(spare, begin, end):
    for place in range(begin, end):
        spare[np.uint64(place)] = 0


@njit(cache=True, nogil=True, error_model="numpy")
def _leave(board, block, found):
    """The dying of a block leave; the claimed places are kept in `found` and counted."""
    kind, mark, spare, shape = board.kind, board.mark, board.spare, board.shape
    z0, z1, y0, y1, x0, x1 = corner(block, board)
    size = 0
    for z in range(z0, z1):
        for y in range(y0, y1):
            row = (z * shape[1] + y) * shape[2]
            _clear(spare, row + x0, row + x1)
            size = _pending(mark, row + x0, row + x1, found, size)
    claimed = 0
    for one in range(size):
        place = found[one]
        if mark[place] == CLAIMED:
            found[claimed] = place
            claimed += 1
        else:
            kind[place] = 0
    board.tally[block, DEATHS] += size - claimed
    return claimed


@njit(cache=True, nogil=True, error_model="numpy")
def _claims(place, at, mark, far, ways, shape):
    """Along which ways a place is claimed, a bit each: the source lies on the opposite way."""
    claims, last = np.uint32(0), far.size - 1
    whole = amid(at, shape)
    for way in range(far.size):
        if whole or within(at, last - way, ways, shape):
            claim = np.int64(mark[place + far[last - way]]) - DIVIDES - way
            claims |= bit((claim & _EITHER) == 0, way)
    return claims


@njit(cache=True, nogil=True, error_model="numpy", forceinline=True)
def _drawn(place, step, key0, key1):
    return uniforms(place, 0, step, DAUGHTER << 16, key0, key1)[0]


@njit(cache=True, nogil=True, error_model="numpy")
def _take(board, pace, luck, block, found, size):
    """Every claimed place in `found` takes the largest claim; a daughter that mutates is marked in `spare`."""
    kind, mark, spare, far, ways, shape = board.kind, board.mark, board.spare, board.far, board.ways, board.shape
    genotypes, become, salt, step, key0, key1 = pace.genotype, pace.become, luck.salt, luck.step, luck.key0, luck.key1
    moved, fresh = 0, 0
    for one in range(size):
        place = found[one]
        claims = _claims(place, coordinates(place, shape), mark, far, ways, shape)
        best, source = np.uint64(0), np.int64(-1)
        while claims:
            other = place - far[lowest(claims)]
            claims = without_lowest(claims)
            hashed = mixed(salt ^ np.uint64(other))
            if source < 0 or hashed > best:
                best, source = hashed, other
        kind[place] = kind[source]
        if mark[source] >= MOVES:
            kind[source] = 0
            moved += 1
            continue
        odds = become[genotypes[kind[place] - 1], -1]
        if odds > 0.0 and _drawn(place, step, key0, key1) < odds:
            spare[place] = 1
            fresh += 1
    board.tally[block, BIRTHS] += size - moved
    board.tally[block, MOVED] += moved
    board.tally[block, FRESH] = fresh


@njit(cache=True, nogil=True, error_model="numpy")
def settle(board, pace, luck, blocks):
    """Carry out what was decided in the `blocks`; `spare` is cleared, but for the places of mutants."""
    found = np.empty(board.size.prod() + 1, np.int64)
    for block in blocks:
        _take(board, pace, luck, block, found, _leave(board, block, found))


@njit(cache=True, nogil=True, error_model="numpy")
def mutants(board, pace, luck, blocks):
    """Places (n,) and genotypes (n,) of the mutants of a step in the `blocks`; clears their marks in `spare`."""
    size = 0
    for block in blocks:
        size += board.tally[block, FRESH]
    places, genotypes, found = np.empty(size, np.int64), np.empty(size, np.int32), 0
    for block in blocks:
        z0, z1, y0, y1, x0, x1 = corner(block, board)
        for z in range(z0, z1):
            for y in range(y0, y1):
                row = (z * board.shape[1] + y) * board.shape[2]
                for place in range(row + x0, row + x1):
                    if board.spare[place] == 1:
                        board.spare[place] = 0
                        odds = pace.become[pace.genotype[board.kind[place] - 1]]
                        u = _drawn(place, luck.step, luck.key0, luck.key1)
                        places[found], genotypes[found] = place, np.searchsorted(odds, u, side="right")
                        found += 1
    return places, genotypes
