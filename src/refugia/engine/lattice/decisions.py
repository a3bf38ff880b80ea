"""The first half of a step: every cell decides by its own chance, and claims a place where it needs one.

A block is gone through in three passes: which cells may have an event, which have one, and what they claim.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from refugia.engine.lattice.board import (
    CLAIMED,
    DIES,
    DIVIDES,
    EVENT,
    FATE,
    MOVES,
    SHOVES,
    amid,
    bit,
    coordinates,
    corner,
    lowest,
    within,
    without_lowest,
)
from refugia.engine.philox import philox

_WORD = 2.0**-32
_HALF = np.uint64(32)


@njit(cache=True, nogil=True, error_model="numpy")
def _living(kind, begin, end):
    """How many places of a row hold a cell."""
    cells = 0
    for place in range(begin, end):
        cells += kind[place] > 0
    return cells


@njit(cache=True, nogil=True, error_model="numpy")
def _words(first, last, step, key0, key1, words):
    """Fill `words` with the first words of the places 4 `first` to 4 `last` - 1: a block for every four."""
    for group in range(first, last):
        w0, w1, w2, w3 = philox(group, 0, step, FATE << 16, key0, key1)
        at = np.uint64(4 * (group - first))
        words[at], words[at + np.uint64(1)], words[at + np.uint64(2)], words[at + np.uint64(3)] = w0, w1, w2, w3


@njit(cache=True, nogil=True, error_model="numpy")
def _possible(kind, words, ceiling, row, found, size):
    """Add to `found` (places, first words) the cells of a row (begin, end) to which something may happen; the new size."""
    begin, end = row
    start = begin & ~3
    for place in range(begin, end):
        word = words[np.uint64(place - start)]
        found[0, np.uint64(size)], found[1, np.uint64(size)] = place, word
        size += (kind[np.uint64(place)] > 0) & (np.uint64(word) < ceiling)
    return size


@njit(cache=True, nogil=True, error_model="numpy")
def _gather(board, pace, luck, block, words, found):
    """The cells of a block to which something may happen: how many, and whether there are any cells at all."""
    kind, shape, ceiling = board.kind, board.shape, pace.ceiling
    step, key0, key1 = luck.step, luck.key0, luck.key1
    z0, z1, y0, y1, x0, x1 = corner(block, board)
    size, living = 0, 0
    for z in range(z0, z1):
        for y in range(y0, y1):
            row = (z * shape[1] + y) * shape[2]
            begin, end = row + x0, row + x1
            cells = _living(kind, begin, end)
            if cells > 0:
                living += cells
                _words(begin >> 2, ((end - 1) >> 2) + 1, step, key0, key1, words)
                size = _possible(kind, words, ceiling, (begin, end), found, size)
    return size, living > 0


@njit(cache=True, nogil=True, error_model="numpy")
def _fates(board, pace, luck, found, size, claims):
    """Which of `found` have an event: those that die are marked, the others put into `claims` (place, mark, words) and counted."""
    kind, mark, genotypes, growth, kill = board.kind, board.mark, pace.genotype, pace.growth, pace.kill
    births, deaths, moves, takes, day = pace.birth, pace.death, pace.move, pace.takes, pace.day
    step, key0, key1 = luck.step, luck.key0, luck.key1
    uneven, pointed, own, claimants, lines = growth.size > 1, kill.size > 1, pace.line.size > 1, 0, pace.line
    for one in range(size):
        place = found[0, one]
        genotype = genotypes[kind[place] - 1]
        line = lines[place if own else 0]
        birth = births[line, genotype] * growth[place if uneven else 0]
        death = deaths[line, genotype] + takes[genotype] * kill[place if pointed else 0]
        total = birth + death + moves[line, genotype]
        chance = -np.expm1(-total * day)
        low, first, second, third = philox(place, 0, step, EVENT << 16, key0, key1)
        u = (np.float64(found[1, one]) + (np.float64(low) + 0.5) * _WORD) * _WORD
        if u >= chance:
            continue
        u *= total / chance
        if u < death:
            mark[place] = DIES
        else:
            claims[claimants, 0], claims[claimants, 1] = place, DIVIDES if u < death + birth else MOVES
            claims[claimants, 2], claims[claimants, 3], claims[claimants, 4] = first, second, third
            claimants += 1
    return claimants


@njit(cache=True, nogil=True, error_model="numpy", forceinline=True)
def _below(word, count):
    """A whole number below `count` from a word."""
    return np.int64((np.uint64(word) * np.uint64(count)) >> _HALF)


@njit(cache=True, nogil=True, error_model="numpy", forceinline=True)
def _open(place, kind, inner, inward):
    """Whether a place may be claimed: it is empty, and where the claim is `inward` it lies where moves may end."""
    return kind[place] == 0 and (not inward or inner[place] == 1)


@njit(cache=True, nogil=True, error_model="numpy")
def _any_empty(place, at, word, board, inward):
    """The way to one of the open neighbours of a place, chosen by a word; -1 where there is none."""
    kind, inner, ways, shape = board
    empty, count, y_x, x = np.uint32(0), 0, shape[1] * shape[2], shape[2]
    whole = amid(at, shape)
    for way in range(ways.shape[0]):
        if whole or within(at, way, ways, shape):
            free = _open(place + ways[way, 0] * y_x + ways[way, 1] * x + ways[way, 2], kind, inner, inward)
            empty |= bit(free, way)
            count += free
    for _ in range(_below(word, count)):
        empty = without_lowest(empty)
    return lowest(empty) if empty else np.int64(-1)


@njit(cache=True, nogil=True, error_model="numpy")
def _claim(board, claims, size, shove):
    """Each claimant marks an open neighbour, every one as likely: two ways are tried, then a third word chooses among all."""
    kind, inner, mark, touched, far, ways = board.kind, board.inner, board.mark, board.touched, board.far, board.ways
    shape, block, count, bounded = board.shape, board.size, board.along, inner.size > 1
    for one in range(size):
        place = claims[one, 0]
        if shove and claims[one, 1] == DIVIDES:
            mark[place] = SHOVES
            continue
        at = coordinates(place, shape)
        whole, way, inward = amid(at, shape), np.int64(-1), bounded and claims[one, 1] == MOVES
        for attempt in range(2):
            tried = _below(claims[one, 2 + attempt], far.size)
            if (whole or within(at, tried, ways, shape)) and _open(place + far[tried], kind, inner, inward):
                way = tried
                break
        if way < 0:
            way = _any_empty(place, at, claims[one, 4], (kind, inner, ways, shape), inward)
        if way >= 0:
            mark[place] = claims[one, 1] + way
            mark[place + far[way]] = CLAIMED
            z, y, x = at[0] + ways[way, 0], at[1] + ways[way, 1], at[2] + ways[way, 2]
            touched[(z // block[0] * count[1] + y // block[1]) * count[2] + x // block[2]] = 1


@njit(cache=True, nogil=True, error_model="numpy")
def decide(board, pace, luck, blocks):
    """Every cell of the `blocks` decides: marks it and the place it claims, and says which blocks hold cells and were touched."""
    room = board.size.prod() + 1
    words, found, claims = np.empty(board.size[2] + 8, np.uint32), np.empty((2, room), np.int64), np.empty((room, 5), np.int64)
    for block in blocks:
        size, living = _gather(board, pace, luck, block, words, found)
        board.occupied[block] = living
        if size > 0:
            _claim(board, claims, _fates(board, pace, luck, found, size, claims), pace.shove)
