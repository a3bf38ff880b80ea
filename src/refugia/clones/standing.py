"""The cells before therapy: where the resistant clones that already stand are placed, and how large each is."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from refugia.clones.bozic_nowak import sizes
from refugia.clones.lower import CloneTable, Genealogy
from refugia.clones.luria_delbrueck import LANDAU_MEDIAN, median_cells
from refugia.engine.keys import name_word
from refugia.engine.uniforms import uniform_table
from refugia.terms import FloatArray

IntArray = NDArray[np.int64]
LARGEST = 24  # clones that are placed one by one; the rest of the law's mass is spread evenly
EXCESS = 1.0 - np.euler_gamma + LANDAU_MEDIAN


def implied_load(share: FloatArray, cells: FloatArray) -> FloatArray:
    """The number of clones X whose median total, X (ln X + 1.7786), is the given share of M cells (shapes (patients,)).

    Sizes of neutral clones have the tail X/y down to one cell (Bozic and Nowak 2014, ranked): their total is a Landau variate,
    whose median is 1.3558, plus X (ln X + 1 - gamma), gamma Euler's constant. Few cells are one clone each.

    >>> x = implied_load(np.array([1e-3]), np.array([1e9]))
    >>> bool(abs(x[0] * (np.log(x[0]) + EXCESS) - 1e6) < 1)
    True
    """
    total = share * cells
    load = np.maximum(total, 0.0)
    for _ in range(80):
        load = 0.5 * (load + total / np.maximum(np.log(np.maximum(load, np.exp(-EXCESS))) + EXCESS, 1.0))
    return load


def law_share(rate: FloatArray, survival: FloatArray, cells: FloatArray) -> FloatArray:
    """Median share of M cells that neutral mutation alone would leave resistant: (u/s) (ln(M u) + 1.3558) (shapes (patients,)).

    `rate` u per division, `survival` s = 1 - death/birth; zero where fewer than one clone in four survives. Luria and Delbrueck's
    law for M u well above one, whose clones have a mean size of 1/s where they are smallest.

    >>> law_share(np.array([4.2e-8]), np.array([0.276]), np.array([1e9])).round(9).tolist()
    [7.75e-07]
    """
    return np.asarray(median_cells(cells, rate, survival) / cells)


class Law(NamedTuple):
    """What of the resistant clones of one kind stands one by one, and what does not."""

    size: FloatArray  # (patients, LARGEST) expected cells of the largest clones, the first the largest; 0 where there are fewer
    where: FloatArray  # (patients, LARGEST) in (0, 1): the share of the lesion's volume that lies deeper than each
    rest: FloatArray  # (patients,) expected cells of all smaller clones together


def law(load: FloatArray, keys: NDArray[np.uint32], word: int, ceiling: FloatArray) -> Law:
    """The largest clones of one kind and the rest, before they are cut to `ceiling`; X is `load` (patients,).

    The k-th largest clone has X/Gamma_k cells, Gamma_k a sum of k standard exponentials; clones below one cell do not exist. Where
    reads would have seen more than `ceiling` (patients,) cells, the law is truncated: given that no clone is larger, the points
    Gamma_k are those of the same process begun at X/ceiling.
    """
    draws = uniform_table(keys, word, 2 * LARGEST)
    order = (load / ceiling)[:, None] + np.cumsum(-np.log(draws[:, :LARGEST]), axis=1)
    size = np.where(order <= load[:, None], sizes(load[:, None], order), 0.0)
    return Law(size, draws[:, LARGEST:], load * np.log(np.maximum(load / order[:, -1], 1.0)))


def _places(load: FloatArray, keys: NDArray[np.uint32], word: int, places: int, ceiling: FloatArray) -> FloatArray:
    """Expected resistant cells (patients, place): the largest clones each in a place of its own, the rest evenly.

    All clones together are cut at `ceiling` (patients,) cells.
    """
    found = law(load, keys, word, ceiling)
    where = np.minimum((found.where * places).astype(np.int64), places - 1)
    held = np.zeros((load.size, places))
    for rank in range(LARGEST):
        held[np.arange(load.size), where[:, rank]] += found.size[:, rank]
    held = held + found.rest[:, None] / places
    total = held.sum(axis=1)
    return np.asarray(held * np.divide(ceiling, total, out=np.ones_like(total), where=total > ceiling)[:, None])


def ceiling(table: CloneTable, clone: int, living: FloatArray) -> FloatArray:
    """The most cells (patients,) that a clone can have without having been seen in reads, of `living` (patients,) cells."""
    return np.asarray(table.limit[:, clone] * np.maximum(living, 1.0))


def start(table: CloneTable, volume: FloatArray, words: NDArray[np.uint32], keys: NDArray[np.uint32], places: int) -> IntArray:
    """The cells before therapy, (patients, place, clone), in shells of equal volume.

    `volume` (patients,) mm3 of the lesion with its inert part, `words` (clone,) the clones' addresses, `keys` (patients, 2). The
    first clone is the sensitive one, the first tolerant partner takes its share of it; resistant clones replace sensitive cells.
    Of the cells that they leave, clones that reads found take their parts, in every place alike.
    """
    living = volume * (1.0 - table.inert) * table.density
    room = np.rint(living / places).astype(np.int64)
    cells = np.zeros((volume.size, places, table.standing.shape[1]), np.int64)
    cells[:, :, 0] = room[:, None]
    for clone in range(table.standing.shape[1]):
        share = table.standing[:, clone]
        if not np.any(share > 0.0):
            continue
        mean = _places(implied_load(share, living), keys, int(words[clone]), places, ceiling(table, clone, living))
        _take(cells, clone, _whole(mean, keys, int(words[clone])), cells[:, :, 0] // 2)
    left = cells[:, :, 0].copy()
    for clone in np.flatnonzero(table.counted.any(axis=0)).tolist():
        mean = table.counted[:, clone, None] * left
        _take(cells, clone, _whole(mean, keys, int(words[clone])), cells[:, :, 0])
    return cells


def _whole(mean: FloatArray, keys: NDArray[np.uint32], word: int) -> IntArray:
    """Whole cells (patients, place) of which `mean` are expected, by the clone's own luck."""
    whole = np.floor(mean)
    luck = uniform_table(keys, word ^ name_word("rounding"), mean.shape[1])
    return (whole + (luck < mean - whole)).astype(np.int64)


def _take(cells: IntArray, clone: int, wanted: IntArray, most: IntArray) -> None:
    """Make so many cells of the first clone, at most those, cells of another."""
    count = np.minimum(wanted, most)
    cells[:, :, clone] = count
    cells[:, :, 0] -= count


def add_tolerant(cells: IntArray, table: CloneTable, genealogy: Genealogy) -> IntArray:
    """The same cells with the tolerant share of each not tolerant genotype in its tolerant state."""
    cells = cells.copy()
    for clone, other in enumerate(genealogy.partner):
        if other >= 0 and genealogy.entering[clone]:
            moved = np.rint(cells[:, :, clone] * table.tolerant[:, None]).astype(np.int64)
            cells[:, :, clone] -= moved
            cells[:, :, other] += moved
    return cells


def add_states(cells: IntArray, table: CloneTable, genealogy: Genealogy) -> IntArray:
    """The same cells with their shares of each basal genotype in the states that it has, as tolerant ones if there are any."""
    basal = cells
    cells = add_tolerant(cells, table, genealogy)
    for clone, basis in enumerate(genealogy.basis):
        if basis >= 0:
            moved = np.minimum(np.rint(basal[:, :, basis] * table.apart[:, clone, None]).astype(np.int64), cells[:, :, basis])
            cells[:, :, basis] -= moved
            cells[:, :, clone] += moved
    return cells
