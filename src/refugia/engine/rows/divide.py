"""Birth, death, mutation and departure of the cells of a range of lines of voxels: the first half of a step.

The rows are taken a block at a time: what each draws from is read, the chance of all is made at once, then each draws.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from refugia.engine.addresses import EXTRA, LEAVE, MUTATE, SURVIVE
from refugia.engine.rows.draws import BEHIND, binomial_from, fill_blocks, fine, offspring_from, poisson_at
from refugia.engine.rows.leave import FACES, faces_open, split
from refugia.engine.rows.mutants import MANY, found, moved, room
from refugia.engine.rows.rows import MOST
from refugia.engine.transition import line_fate

_BLOCK = 256
CROWD = -2
"""What is said where more mutants arise at once than can be addressed."""
_STAY, _REST, _EXTRA, _MORE, _MEAN, _LEAVE, _GROW, _TOLL = range(8)
_STAYS, _ADDS, _JOINS, _GOES, _BEARS = range(5)
_LASTS = np.array([SURVIVE << 16, EXTRA << 16, (EXTRA << 16) + BEHIND, LEAVE << 16, MUTATE << 16], np.uint32)


class Span(NamedTuple):
    """Lines of voxels `first` to `last`, and in how many rows of the whole each line begins: `start` (lines + 1,).

    `order` (lines + 1,): how many occupied places lie before each line; empty where one line of the rates serves all places.
    """

    first: int
    last: int
    start: NDArray[np.int64]
    order: NDArray[np.int64]


class Block(NamedTuple):
    """What the rows of a block draw from; each (row,) but `law` (row, 8) and `chance` (purpose, half, row)."""

    place: NDArray[np.uint64]
    word: NDArray[np.uint64]
    address: NDArray[np.uint64]  # the word of an edge of each row
    genotype: NDArray[np.int64]
    line: NDArray[np.int64]
    rates: NDArray[np.int64]  # the line of the rates
    law: NDArray[np.float64]
    chance: NDArray[np.uint64]


@njit(cache=True, nogil=True, error_model="numpy")
def _block():
    size = _BLOCK
    one, two, three = np.zeros(size, np.uint64), np.zeros(size, np.uint64), np.zeros(size, np.uint64)
    four, five, six = np.zeros(size, np.int64), np.zeros(size, np.int64), np.zeros(size, np.int64)
    return Block(one, two, three, four, five, six, np.zeros((size, 8)), np.zeros((5, 2, size), np.uint64))


@njit(cache=True, nogil=True, error_model="numpy")
def _law(genotype, at, life, time, law):
    """Fill `law` with what a genotype does in a place: `at` the line of the rates, and the factors of birth and death."""
    line, grow, toll = at
    birth, death = life.birth[line, genotype] * grow, life.death[line, genotype] * toll
    stay, extra, integral = line_fate(birth * (1.0 - life.lost[genotype]), death, time)
    law[_STAY], law[_REST] = stay, np.log1p(-min(stay, 1.0 - stay))
    law[_EXTRA], law[_MORE] = extra, np.log1p(-extra)
    law[_MEAN], law[_GROW], law[_TOLL] = birth * integral, grow, toll


@njit(cache=True, nogil=True, error_model="numpy")
def _ground(place, row, rows, fields, lines):
    """Factors of birth and death in the place whose first row is `row`: of the place itself, and of its capacity."""
    capacity, factor, toll = fields
    grow = np.float64(factor[place]) if factor.size else 1.0
    if capacity.size:
        total = np.int64(0)
        for k in range(row, lines):
            if rows.place[k] != place:
                break
            total += rows.count[k]
        grow = grow * (1.0 - total / capacity[place]) if total < capacity[place] else 0.0
    return grow, np.float64(toll[place]) if toll.size else 1.0


@njit(cache=True, nogil=True, error_model="numpy")
def _read(bounds, rows, tables, world, reached):
    """Fill a block with the rows from `bounds[0]` to before `bounds[1]` of a span.

    `reached`: the line, the place and the line of the rates (3,), the open faces and the factors (3,); they go on from block to
    block, as do the laws of the genotypes there and whether they are `known`.
    """
    span, lineage, life, known, laws, block = tables
    moment, shape, free, fields = world
    here, state = reached
    own = span.order.size > 0
    plain = not own and fields[0].size == 0 and fields[1].size == 0 and fields[2].size == 0
    ways = np.empty(FACES)
    for k in range(bounds[0], bounds[1]):
        i, place, clone = k - bounds[0], np.int64(rows.place[k]), rows.clone[k]
        if place != here[1]:
            while k >= span.start[here[0] + 1]:
                here[0] += 1
            here[1] = place
            here[2] += own
            state[0] = faces_open(place, here[0], shape, free, ways)
            if not plain:
                state[1], state[2] = _ground(place, k, rows, fields, span.start[span.last])
                known[:] = False
        genotype = np.int64(lineage.genotype[clone])
        if not known[genotype]:
            _law(genotype, (here[2], state[1], state[2]), life, moment.time, laws[genotype])
            known[genotype] = True
        block.place[i], block.word[i] = place, lineage.word[clone]
        block.genotype[i], block.line[i], block.rates[i] = genotype, here[0], here[2]
        block.law[i] = laws[genotype]
        block.law[i, _LEAVE] = life.hop[genotype] * moment.time * state[0]


@njit(cache=True, nogil=True, error_model="numpy")
def _mutate(first, size, rows, tables, moment, fate):
    """Found the lines of the mutants of a block's rows; returns them with a fault."""
    life, block = tables
    newborn, count = fate
    turns = 0
    for genotype in range(life.first.size - 1):
        turns = max(turns, life.first[genotype + 1] - life.first[genotype])
    for turn in range(turns):
        for i in range(size):
            edge = life.first[block.genotype[i]] + turn
            block.address[i] = block.word[i] ^ (np.uint64(life.word[edge]) if edge < life.word.size else np.uint64(0))
        fill_blocks(block.place[:size], block.address[:size], moment, _LASTS[_BEARS], block.chance[_BEARS])
        for i in range(size):
            genotype = block.genotype[i]
            edge = life.first[genotype] + turn
            if edge >= life.first[genotype + 1]:
                continue
            mean = rows.count[first + i] * block.law[i, _MEAN] * life.rate[edge]
            if mean < 1.0 and fine((block.chance[_BEARS, 0, i], block.chance[_BEARS, 1, i])) >= mean:
                continue
            key = (np.uint64(moment.key0), np.uint64(moment.key1), block.place[i], block.address[i], np.uint64(moment.step))
            born = poisson_at(mean, (*key, np.uint64(_LASTS[_BEARS])))
            if born >= MANY:
                return newborn, count, np.int64(CROWD)
            child, at, grow, toll = life.child[edge], block.rates[i], block.law[i, _GROW], block.law[i, _TOLL]
            growth = life.birth[at, genotype] * grow * (1.0 - life.lost[genotype]) - life.death[at, genotype] * toll
            kind = (child, life.birth[at, child] * grow * (1.0 - life.lost[child]), life.death[at, child] * toll)
            parent = (rows.clone[first + i], block.address[i], np.int64(block.place[i]), growth)
            newborn, count = found(born, kind, parent, moment, (newborn, count))
    return newborn, count, np.int64(-1)


@njit(cache=True, nogil=True, error_model="numpy")
def _draw(first, size, rows, block, moment, kept):
    """Fill `kept` with the living cells of a block's rows at the end of the step; or returns the key of a row that does not fit."""
    for purpose in range(_GOES):
        fill_blocks(block.place[:size], block.word[:size], moment, _LASTS[purpose], block.chance[purpose])
    key0, key1, step = np.uint64(moment.key0), np.uint64(moment.key1), np.uint64(moment.step)
    chance, law = block.chance, block.law
    for i in range(size):
        here, word = block.place[i], block.word[i]
        address = (key0, key1, here, word, step, np.uint64(_LASTS[_STAYS]))
        begun = (chance[_STAYS, 0, i], chance[_STAYS, 1, i])
        alive = binomial_from(rows.count[first + i], law[i, _STAY], law[i, _REST], begun, address)
        if alive > 0:
            address = (key0, key1, here, word, step, np.uint64(_LASTS[_ADDS]))
            both = (chance[_ADDS, 0, i], chance[_ADDS, 1, i], chance[_JOINS, 0, i], chance[_JOINS, 1, i])
            alive += offspring_from(alive, law[i, _EXTRA], law[i, _MORE], both, address)
        if alive > MOST:
            return np.int64(here) << 32 | rows.clone[first + i]
        kept[first + i] = alive
    return np.int64(-1)


@njit(cache=True, nogil=True, error_model="numpy")
def _depart(first, size, tables, world, out):
    """Take those who leave from `kept` and put them on the lists of the faces."""
    span, block = tables
    moment, shape, free, _ = world
    kept, sent = out
    fill_blocks(block.place[:size], block.word[:size], moment, _LASTS[_GOES], block.chance[_GOES])
    key0, key1, step = np.uint64(moment.key0), np.uint64(moment.key1), np.uint64(moment.step)
    ways, parts, known, rest = np.empty(FACES), np.empty(FACES, np.int64), 0.0, 0.0
    for i in range(size):
        chance = block.law[i, _LEAVE]
        if kept[first + i] > 0 and chance > 0.0:
            address = (key0, key1, block.place[i], block.word[i], step, np.uint64(_LASTS[_GOES]))
            begun = (block.chance[_GOES, 0, i], block.chance[_GOES, 1, i])
            if chance != known:
                known, rest = chance, np.log1p(-min(chance, 1.0 - chance))
            leaving = binomial_from(kept[first + i], chance, rest, begun, address)
            if leaving > 0:
                line = block.line[i]
                faces_open(np.int64(block.place[i]), line, shape, free, ways)
                split(leaving, ways, (*address[:5], LEAVE + 1), sent, (line, span.start[line], first + i, parts))
                kept[first + i] -= leaving


@njit(cache=True, nogil=True, error_model="numpy")
def divided(span, rows, lineage, life, world, out):
    """Step the rows of a span: fill `kept` (row,) with the cells that stay, and `sent` with those that leave.

    `world`: the moment, shape, free, and the fields of the ground (capacity, birth, death); `out`: kept, sent. Returns the lines
    founded, and -1, CROWD, or the key place << 32 | clone of a row whose cells would not fit 32 bits.
    """
    moment = world[0]
    known, laws, block = np.zeros(life.hop.size, np.bool_), np.zeros((life.hop.size, 8)), _block()
    reached = (np.array([span.first, -1, 0]), np.ones(3))
    if span.order.size:
        reached[0][2] = span.order[span.first] - 1
    newborn, size = room(np.int64(0)), np.int64(0)
    end = span.start[span.last]
    for first in range(span.start[span.first], end, _BLOCK):
        last = min(first + _BLOCK, end)
        _read((first, last), rows, (span, lineage, life, known, laws, block), world, reached)
        fault = _draw(first, last - first, rows, block, moment, out[0])
        if fault < 0 and life.child.size:
            newborn, size, fault = _mutate(first, last - first, rows, (life, block), moment, (newborn, size))
        if fault != -1:
            return moved(newborn, size, size), fault
        if life.hop.max() > 0.0:
            _depart(first, last - first, (span, block), world, out)
    return moved(newborn, size, size), np.int64(-1)
