"""Birth, death, mutation and departure of the cells of a range of lines of voxels: the first half of a step."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from refugia.engine.addresses import ARRIVE, EXTRA, FOUND, LEAVE, MUTATE, SURVIVE
from refugia.engine.philox import philox, uniforms
from refugia.engine.rows.leave import FACES, faces_open, split
from refugia.engine.rows.rows import MOST
from refugia.engine.samplers import binomial, offspring, poisson
from refugia.engine.transition import line_fate

_ARRIVED, _NAMED = np.uint32(ARRIVE << 16), np.uint32(FOUND << 16)
_MANY = 1 << 15  # mutants of one row and edge in a step that can be addressed
CROWD = -2  # what is said where there are more


class Span(NamedTuple):
    """Lines of voxels `first` to `last`, and in how many `rows` of the whole each line begins: `start` (lines + 1,).

    `order` (lines + 1,): how many occupied places lie before each line; empty where one line of the rates serves all places.
    """

    first: int
    last: int
    start: NDArray[np.int64]
    order: NDArray[np.int64]


class Newborn(NamedTuple):
    """Lines founded in a step, in the order of their places; each column (line,)."""

    parent: NDArray[np.int32]
    genotype: NDArray[np.int32]
    day: NDArray[np.float64]
    place: NDArray[np.int32]
    word: NDArray[np.uint32]
    count: NDArray[np.int32]


@njit(cache=True, nogil=True, error_model="numpy")
def _room(size):
    return Newborn(np.empty(size, np.int32), np.empty(size, np.int32), np.empty(size, np.float64), np.empty(size, np.int32),
                   np.empty(size, np.uint32), np.empty(size, np.int32))  # fmt: skip


@njit(cache=True, nogil=True, error_model="numpy")
def _moved(newborn, size, room):
    """The first `size` lines in new columns of another length."""
    wider = _room(room)
    wider.parent[:size], wider.genotype[:size] = newborn.parent[:size], newborn.genotype[:size]
    wider.day[:size], wider.place[:size] = newborn.day[:size], newborn.place[:size]
    wider.word[:size], wider.count[:size] = newborn.word[:size], newborn.count[:size]
    return wider


@njit(cache=True, nogil=True, error_model="numpy")
def _mutants(born, edge, parent, moment, fate):
    """Add the lines of `born` mutants that are alive at the end of the step to `fate.newborn`; returns it and how many it holds.

    They arrive as their parents' mean number grows, each at its own time; from there on a line is a linear birth and death process.
    """
    newborn, size = fate
    clone, word, place, growth = parent
    child, birth, death = edge
    time, step, key0, key1 = moment.time, moment.step, moment.key0, moment.key1
    for mutant in range(born):
        when, luck = uniforms(place, word, step, _ARRIVED + np.uint32(mutant), key0, key1)
        arrived = when * time if abs(growth) * time < 1e-9 else math.log1p(when * math.expm1(growth * time)) / growth
        stay, extra, _ = line_fate(birth, death, time - arrived)
        if luck >= stay:
            continue
        cells = 1.0 + (math.floor(math.log(luck / stay) / math.log(extra)) if extra > 0.0 else 0.0)
        if size == newborn.count.size:
            newborn = _moved(newborn, size, 2 * size + 64)
        name, _, _, _ = philox(place, word, step, _NAMED + np.uint32(mutant), key0, key1)
        newborn.parent[size], newborn.genotype[size], newborn.day[size] = clone, child, moment.day + arrived
        newborn.place[size], newborn.word[size], newborn.count[size] = place, name, min(cells, MOST)
        size += 1
    return newborn, size


@njit(cache=True, nogil=True, error_model="numpy")
def divided(span, rows, lineage, life, world, out):
    """Step the rows of a span: fill `kept` (row,) with the cells that stay, and `sent` with those that leave.

    `world`: the moment, shape, free, capacity, birth and death of the ground; `out`: kept, sent. Returns the lines founded, and
    -1, CROWD, or the key place << 32 | clone of a row whose cells would not fit 32 bits.
    """
    moment, shape, free, capacity, factor, toll = world
    kept, sent = out
    genotypes = life.hop.size
    stay, extra, mean = np.empty(genotypes), np.empty(genotypes), np.empty(genotypes)
    known = np.full(genotypes, np.int64(-1))
    ways = np.zeros(FACES)
    newborn, size = _room(0), 0
    fixed = life.birth.shape[0] == 1 and capacity.size == 0 and factor.size == 0 and toll.size == 0
    for line in range(span.first, span.last):
        begin, end = span.start[line], span.start[line + 1]
        here, many, ordinal = np.int64(-1), 0.0, np.int64(0)
        at = (np.int64(0), 1.0, 1.0)
        if span.order.size:
            ordinal = span.order[line] - 1
        for k in range(begin, end):
            place, clone, count = np.int64(rows.place[k]), rows.clone[k], rows.count[k]
            if place != here:
                here, ordinal = place, ordinal + 1
                many = faces_open(place, shape, free, ways)
                at = _place(place, k, end, rows, (ordinal, capacity, factor, toll, life.birth.shape[0]))
            genotype, word = lineage.genotype[clone], lineage.word[clone]
            mark = np.int64(0) if fixed else place
            if known[genotype] != mark:
                birth, death = life.birth[at[0], genotype] * at[1], life.death[at[0], genotype] * at[2]
                known[genotype] = mark
                stay[genotype], extra[genotype], integral = line_fate(birth * (1.0 - life.lost[genotype]), death, moment.time)
                mean[genotype] = birth * integral
            alive = binomial(count, stay[genotype], moment.key0, moment.key1, place, word, moment.step, np.uint32(SURVIVE))
            if alive > 0:
                alive += offspring(alive, extra[genotype], moment.key0, moment.key1, place, word, moment.step, np.uint32(EXTRA))
            if alive > MOST:
                return _moved(newborn, size, size), place << 32 | clone
            for edge in range(life.first[genotype], life.first[genotype + 1]):
                address = word ^ life.word[edge]
                born = poisson(count * mean[genotype] * life.rate[edge], moment.key0, moment.key1, place, address, moment.step,
                               np.uint32(MUTATE))  # fmt: skip
                if born > 0:
                    if born >= _MANY:
                        return _moved(newborn, size, size), np.int64(CROWD)
                    child = life.child[edge]
                    growth = life.birth[at[0], genotype] * at[1] * (1.0 - life.lost[genotype]) - life.death[at[0], genotype] * at[2]
                    kind = (child, life.birth[at[0], child] * at[1] * (1.0 - life.lost[child]), life.death[at[0], child] * at[2])
                    newborn, size = _mutants(born, kind, (clone, address, place, growth), moment, (newborn, size))
            hop = life.hop[genotype] * moment.time
            leaving = np.int64(0)
            if alive > 0 and hop > 0.0 and many > 0.0:
                leaving = binomial(alive, hop * many, moment.key0, moment.key1, place, word, moment.step, np.uint32(LEAVE))
                if leaving > 0:
                    split(leaving, ways, (moment.key0, moment.key1, place, word, moment.step, LEAVE + 1), sent, (line, begin, k))
            kept[k] = alive - leaving
    return _moved(newborn, size, size), np.int64(-1)


@njit(cache=True, nogil=True, error_model="numpy")
def _place(place, row, end, rows, fields):
    """The line of the rates that a place reads, and the factors of birth and death there."""
    ordinal, capacity, factor, toll, lines = fields
    grow = np.float64(factor[place]) if factor.size else 1.0
    if capacity.size:
        total = np.int64(0)
        for k in range(row, end):
            if rows.place[k] != place:
                break
            total += rows.count[k]
        grow = grow * max(0.0, 1.0 - total / capacity[place]) if total < capacity[place] else 0.0
    return ordinal if lines > 1 else np.int64(0), grow, np.float64(toll[place]) if toll.size else 1.0
