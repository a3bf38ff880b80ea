"""Switching of cells between the two states of their genotype: each line holds two clones, and a place one row for each."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from refugia.engine.addresses import SWITCH
from refugia.engine.rows.life import Life
from refugia.engine.rows.lineage import Lineage
from refugia.engine.rows.moment import Moment
from refugia.engine.rows.rows import MOST, Rows, too_many
from refugia.engine.samplers import binomial


def switched(rows: Rows, lineage: Lineage, life: Life, order: NDArray[np.int64], moment: Moment) -> Rows:
    """The rows after the cells of the step have switched; `order`: the occupied places where each has rates of its own.

    Exact law of two states: a cell is in the other one with chance a/(a + b) (1 - exp(-(a + b) t)), a its own rate, b that back.
    Raises OverflowError where a count leaves 32 bits.
    """
    columns, fault = _switched(rows, lineage, life, order.size > 0, moment)
    if fault >= 0:
        raise OverflowError(too_many(int(fault)))
    return Rows(*(column.copy() for column in columns))


@njit(cache=True, nogil=True, error_model="numpy")
def _gone(count, clone, place, at, lineage, tables):
    """How many of a clone's cells in a place change their state."""
    life, moment = tables
    genotype = lineage.genotype[clone]
    away, back = life.switch[at, genotype], life.switch[at, life.partner[genotype]]
    if not away > 0.0:
        return np.int64(0)
    chance = -away / (away + back) * np.expm1(-(away + back) * moment.time)
    key0, key1, step = np.uint64(moment.key0), np.uint64(moment.key1), np.uint64(moment.step)
    return binomial(count, chance, key0, key1, np.uint64(place), np.uint64(lineage.word[clone]), step, np.uint64(SWITCH))


@njit(cache=True, nogil=True, error_model="numpy")
def _switched(rows, lineage, life, own, moment):
    """New columns, and -1 or the key of a row that does not fit 32 bits; `own`: whether places have rates of their own."""
    size = rows.place.size
    place, clone, count = np.empty(2 * size, np.int32), np.empty(2 * size, np.int32), np.empty(2 * size, np.int32)
    out, k, at, ordinal = 0, 0, np.int64(0), np.int64(-1)
    while k < size:
        here, one, cells = rows.place[k], rows.clone[k], np.int64(rows.count[k])
        if own and (k == 0 or rows.place[k - 1] != here):
            ordinal += 1
            at = ordinal
        k += 1
        low, high, many, few = one, lineage.other[one], cells, np.int64(0)
        if high >= 0:
            if high < low:
                low, high, many, few = high, low, np.int64(0), cells
            elif k < size and rows.place[k] == here and rows.clone[k] == high:
                few = np.int64(rows.count[k])
                k += 1
            up = _gone(many, low, here, at, lineage, (life, moment)) if many > 0 else np.int64(0)
            down = _gone(few, high, here, at, lineage, (life, moment)) if few > 0 else np.int64(0)
            many, few = many - up + down, few + up - down
        if many > MOST or few > MOST:
            return (place[:0], clone[:0], count[:0]), np.int64(here) << 32 | one
        if many > 0:
            place[out], clone[out], count[out] = here, low, many
            out += 1
        if few > 0:
            place[out], clone[out], count[out] = here, high, few
            out += 1
    return (place[:out], clone[:out], count[:out]), np.int64(-1)
