"""One step of the cells on voxels, and the flow that carries them along."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import ArrayLike, NDArray

from refugia.engine.addresses import FLOW
from refugia.engine.rows.divide import CROWD, Span, divided
from refugia.engine.rows.leave import FACES, emigrants, faces_open, split
from refugia.engine.rows.life import Ground, Life
from refugia.engine.rows.lineage import Born, Lineage, extended
from refugia.engine.rows.merge import merged
from refugia.engine.rows.moment import Moment
from refugia.engine.rows.mutants import Newborn
from refugia.engine.rows.rows import Rows, occupied, too_many
from refugia.engine.rows.switch import switched
from refugia.engine.samplers import binomial
from refugia.engine.voxels.tiles import over

Int64 = NDArray[np.int64]
TILE = 65_536
"""Rows of one tile; the bits do not hang on it."""
_NONE = np.zeros(0, np.int64)


def advance(
    rows: Rows, lineage: Lineage, ground: Ground, life: Life, moment: Moment, threads: int = 0, *, tile: int = TILE
) -> tuple[Rows, Lineage]:
    """The rows and the lineage after a step.

    In this order: switching between the states of a genotype by the exact law of two states; birth and death by the exact linear
    law (survivors binomial, offspring negative binomial: `transition`) at rates held over the step, of which a division's share
    `lost` founds mutants, each at its own time within the step, and each that is alive at its end a new clone; then departure of
    the cells over each open face with chance hop x time (a cell moves once a step at the most: the variance of its way is exact,
    the newborn clones stay), and the merge. Birth on a ground of limited capacity is birth (1 - cells/capacity), cells of the
    beginning, so that steps should be short against 1/birth there.

    Rows of one place share nothing but its capacity, and every draw is addressed by place, word of the clone, step and purpose.
    Raises ValueError where rates do not fit the places or a step is too long for its hops, OverflowError where a count leaves 32
    bits.
    """
    _check(rows, lineage, life, moment, ground)
    order = _NONE if life.birth.shape[0] == 1 else occupied(rows).astype(np.int64)
    if (life.partner >= 0).any() and life.switch.any():
        rows = switched(rows, lineage, life, order, moment)
        order = order if order.size == 0 else occupied(rows).astype(np.int64)
    start = line_starts(rows.place, ground)
    order = order if order.size == 0 else np.searchsorted(order, np.arange(start.size) * ground.grid.shape[2])
    kept, sent = np.empty(rows.place.size, np.int32), emigrants(rows.place.size, start.size - 1)
    world = (moment, ground.grid.shape, ground.free, (ground.capacity, ground.birth, ground.death))

    def divide(first: int, last: int) -> tuple[Newborn, int]:
        return divided(Span(first, last, start, order), rows, lineage, life, world, (kept, sent))

    newborn: list[Newborn] = _tiled(divide, start, threads, tile)
    lineage, born = _founded(lineage, newborn, life)
    return _joined(rows, kept, born, (start, sent), ground, (threads, tile)), lineage


def shift(
    rows: Rows, lineage: Lineage, ground: Ground, outflow: ArrayLike, moment: Moment, threads: int = 0, *, tile: int = TILE
) -> Rows:
    """The rows after cells have been carried over faces, each with the chance `outflow` (place, face) of its place.

    Faces: towards lower and higher x, lower and higher y, lower and higher z. A multinomial for each row by binomials one after the
    other; the cells are conserved. Chances over sides of the grid, and into places that are not free, count as 0.
    Raises ValueError where a chance is negative or undefined or those of a place add up to more than 1.

    >>> from refugia.engine.rows import lineage, life, moment, rows
    >>> from refugia.engine.voxels.grid import Grid
    >>> outflow = np.zeros((3, 6))
    >>> outflow[0, 1] = 1.0
    >>> where = life.ground(Grid((1, 1, 3), 0.1))
    >>> now = moment.moment(1, "here", 0, 0.0, 1.0)
    >>> shift(rows.rows_of([0], [0], [9]), lineage.founders([0], ["a"]), where, outflow, now).place
    array([1], dtype=int32)
    """
    chances = np.asarray(outflow)
    if chances.shape != (ground.grid.size, FACES):
        raise ValueError(f"An outflow of the shape {chances.shape}: one chance for each of {ground.grid.size} places and 6 faces.")
    chances = np.ascontiguousarray(chances, np.float32)
    start = line_starts(rows.place, ground)
    kept, sent = np.empty(rows.place.size, np.int32), emigrants(rows.place.size, start.size - 1)

    def carry(first: int, last: int) -> tuple[None, int]:
        span = Span(first, last, start, _NONE)
        bad = _carried(span, rows, lineage.word, (moment, ground.grid.shape, ground.free, chances), (kept, sent))
        if bad >= 0:
            said = ", ".join(f"{chance:.6g}" for chance in chances[bad])
            raise ValueError(f"Outflow of place {bad}: {said}. Chances are 0 or more and add up to 1 at most: take a shorter step.")
        return None, -1

    _tiled(carry, start, threads, tile)
    none = (Rows(*(np.zeros(0, np.int32) for _ in range(3))), np.zeros(start.size, np.int64))
    return _joined(rows, kept, none, (start, sent), ground, (threads, tile))


def line_starts(place: NDArray[np.int32], ground: Ground) -> Int64:
    """The first row (line + 1,) of each line of voxels along x."""
    deep, wide, long = ground.grid.shape
    return np.searchsorted(place, np.arange(deep * wide + 1, dtype=np.int64) * long).astype(np.int64)


def _check(rows: Rows, lineage: Lineage, life: Life, moment: Moment, ground: Ground) -> None:
    """Refuse what the kernels could not make sense of."""
    lines, places = life.birth.shape[0], 0
    if lines > 1 and lines != (places := occupied(rows).size):
        raise ValueError(f"Rates of {lines} places, but {places} hold cells. Give one line for all, or one for each of these.")
    if rows.clone.size and rows.clone.max() >= lineage.parent.size:
        raise ValueError(f"Rows of clone {rows.clone.max()}, but the lineage has {lineage.parent.size} clones.")
    if rows.place.size and rows.place[-1] >= ground.grid.size:
        raise ValueError(f"Rows of place {rows.place[-1]}, but the grid has {ground.grid.size} places.")
    if lineage.genotype.max(initial=-1) >= life.hop.size:
        raise ValueError(f"A clone of genotype {lineage.genotype.max()}, but there are {life.hop.size} genotypes.")
    faces = 2 * len(ground.grid.resolved)
    if life.hop.max(initial=0.0) * moment.time * faces > 1.0:
        most = 1.0 / (life.hop.max() * faces)
        hops = f"{life.hop.max():.6g} hops a day over each of {faces} faces"
        raise ValueError(f"{hops}, and a step of {moment.time:.6g} days: it must be {most:.6g} days at most.")


def _tiled(kernel: Callable[[int, int], tuple[Any, int]], start: Int64, threads: int, tile: int) -> list[Any]:
    """What a kernel returns for tiles of whole lines with some `tile` rows each, in order.

    Raises OverflowError or ValueError as the number that comes with it says.
    """
    cuts = np.unique(np.searchsorted(start, np.arange(0, start[-1] + tile, max(tile, 1)), side="left"))
    cuts = np.unique(np.concatenate([[0], cuts[cuts < start.size - 1], [start.size - 1]]))
    found: list[Any] = [None] * (cuts.size - 1)

    def work(first: int, last: int) -> None:
        for at in range(first, last):
            found[at] = kernel(int(cuts[at]), int(cuts[at + 1]))

    over(work, cuts.size - 1, threads=threads, tile=1)
    for _, fault in found:
        if fault == CROWD:
            raise ValueError("More than 32,767 mutants of one clone in one place and step. Take shorter steps or lower rates.")
        if fault >= 0:
            raise OverflowError(too_many(int(fault)))
    return [one for one, _ in found]


def _founded(lineage: Lineage, newborn: list[Newborn], life: Life) -> tuple[Lineage, Rows]:
    """The lineage with the newborn, and their rows."""
    parts = [one for one in newborn if one.count.size]
    if not parts:
        return lineage, Rows(*(np.zeros(0, np.int32) for _ in range(3)))
    columns = [np.concatenate(column) for column in zip(*parts, strict=True)]
    key = columns[3].astype(np.int64) << 32 | columns[0]
    if (key[1:] < key[:-1]).any():
        order = np.argsort(key, kind="stable")
        columns = [column[order] for column in columns]
    lineage, number = extended(lineage, Born(*columns[:5]), life.partner)
    return lineage, Rows(columns[3], number, columns[5])


def _joined(rows: Rows, kept: Any, born: Any, sources: Any, ground: Ground, how: tuple[int, int]) -> Rows:
    """The rows after the merge of what stayed, what was born and what was sent."""
    start, sent = sources
    born = born if isinstance(born[0], Rows) else (born, line_starts(born.place, ground))

    def join(first: int, last: int) -> tuple[Rows, int]:
        return merged(Span(first, last, start, _NONE), rows, kept, born, sent, ground.grid.shape)

    parts = _tiled(join, start, *how)
    return Rows(*(np.concatenate(column) for column in zip(*parts, strict=True)))


@njit(cache=True, nogil=True, error_model="numpy")
def _carried(span, rows, words, world, out):
    """Fill `kept` and `sent` of a span of lines; returns the first place whose chances are no chances, or -1."""
    moment, shape, free, outflow = world
    kept, sent = out
    key0, key1, step = np.uint64(moment.key0), np.uint64(moment.key1), np.uint64(moment.step)
    ways, weights, parts = np.zeros(FACES), np.zeros(FACES), np.zeros(FACES, np.int64)
    for line in range(span.first, span.last):
        begin, here, chance = span.start[line], np.int64(-1), 0.0
        for k in range(begin, span.start[line + 1]):
            place = np.int64(rows.place[k])
            if place != here:
                here, chance = place, 0.0
                faces_open(place, line, shape, free, ways)
                for face in range(FACES):
                    if not outflow[place, face] >= 0.0:
                        return place
                    weights[face] = outflow[place, face] * ways[face]
                    chance += weights[face]
                if chance > 1.0 + 1e-6:
                    return place
            leaving = np.int64(0)
            if chance > 0.0:
                address = (key0, key1, np.uint64(place), np.uint64(words[rows.clone[k]]), step)
                leaving = binomial(np.int64(rows.count[k]), min(chance, 1.0), *address, np.uint64(FLOW))
                if leaving > 0:
                    split(leaving, weights, (*address, FLOW + 1), sent, (line, begin, k, parts))
            kept[k] = rows.count[k] - leaving
    return np.int64(-1)
