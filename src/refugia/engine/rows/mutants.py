"""Mutants that arise within a step: each at its own time, and each line that is alive at the end a new clone."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from refugia.engine.addresses import ARRIVE, FOUND
from refugia.engine.philox import philox, uniforms
from refugia.engine.rows.rows import MOST
from refugia.engine.transition import line_fate

_ARRIVED, _NAMED = np.uint64(ARRIVE << 16), np.uint64(FOUND << 16)
MANY = 1 << 15
"""Mutants of one row and edge in a step that can be addressed."""


class Newborn(NamedTuple):
    """Lines founded in a step, in the order of their places; each column (line,)."""

    parent: NDArray[np.int32]
    genotype: NDArray[np.int32]
    day: NDArray[np.float64]
    place: NDArray[np.int32]
    word: NDArray[np.uint32]
    count: NDArray[np.int32]  # type: ignore[assignment]  # a tuple's own method is not used


@njit(cache=True, nogil=True, error_model="numpy")
def room(size):
    """Columns for that many lines, not filled."""
    return Newborn(np.empty(size, np.int32), np.empty(size, np.int32), np.empty(size, np.float64), np.empty(size, np.int32),
                   np.empty(size, np.uint32), np.empty(size, np.int32))  # fmt: skip


@njit(cache=True, nogil=True, error_model="numpy")
def moved(newborn, size, width):
    """The first `size` lines in new columns of another length."""
    wider = room(width)
    wider.parent[:size], wider.genotype[:size] = newborn.parent[:size], newborn.genotype[:size]
    wider.day[:size], wider.place[:size] = newborn.day[:size], newborn.place[:size]
    wider.word[:size], wider.count[:size] = newborn.word[:size], newborn.count[:size]
    return wider


@njit(cache=True, nogil=True, error_model="numpy")
def found(born, edge, parent, moment, fate):
    """Add the lines of `born` mutants that are alive at the end of the step to `fate`, the columns and how many they hold.

    `edge`: the child's genotype, birth and death; `parent`: clone, word, place and the growth that its mean number has within the
    step, which the arrivals follow. A line that is alive with chance a (`line_fate`) has 1 + geometric cells.
    """
    newborn, size = fate
    clone, word, place, growth = parent
    child, birth, death = edge
    time, here, name = moment.time, np.uint64(place), np.uint64(word)
    step, key0, key1 = np.uint64(moment.step), np.uint64(moment.key0), np.uint64(moment.key1)
    for mutant in range(born):
        when, luck = uniforms(here, name, step, _ARRIVED + np.uint64(mutant), key0, key1)
        arrived = when * time if abs(growth) * time < 1e-9 else math.log1p(when * math.expm1(growth * time)) / growth
        stay, extra, _ = line_fate(birth, death, time - arrived)
        if luck >= stay:
            continue
        cells = 1.0 + (math.floor(math.log(luck / stay) / math.log(extra)) if extra > 0.0 else 0.0)
        if size == newborn.count.size:
            newborn = moved(newborn, size, 2 * size + 64)
        own, _, _, _ = philox(here, name, step, _NAMED + np.uint64(mutant), key0, key1)
        newborn.parent[size], newborn.genotype[size], newborn.day[size] = clone, child, moment.day + arrived
        newborn.place[size], newborn.word[size], newborn.count[size] = place, own, min(cells, MOST)
        size += 1
    return newborn, size
