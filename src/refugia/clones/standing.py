"""The cells before therapy: where the resistant clones that already stand are placed, and how large each is."""

from __future__ import annotations

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


def _places(load: FloatArray, keys: NDArray[np.uint32], word: int, places: int) -> FloatArray:
    """Expected resistant cells (patients, place): the largest clones each in a place of its own, the rest evenly.

    The k-th largest clone has X/Gamma_k cells, Gamma_k a sum of k standard exponentials; clones below one cell do not exist.
    """
    draws = uniform_table(keys, word, 2 * LARGEST)
    order = np.cumsum(-np.log(draws[:, :LARGEST]), axis=1)
    where = np.minimum((draws[:, LARGEST:] * places).astype(np.int64), places - 1)
    size = np.where(order <= load[:, None], sizes(load[:, None], order), 0.0)
    held = np.zeros((load.size, places))
    for rank in range(LARGEST):
        held[np.arange(load.size), where[:, rank]] += size[:, rank]
    rest = load * np.log(np.maximum(load / order[:, -1], 1.0))
    return np.asarray(held + rest[:, None] / places)


def start(table: CloneTable, volume: FloatArray, words: NDArray[np.uint32], keys: NDArray[np.uint32], places: int) -> IntArray:
    """The cells before therapy, (patients, place, clone), in shells of equal volume.

    `volume` (patients,) mm3 of the lesion with its inert part, `words` (clone,) the clones' addresses, `keys` (patients, 2). The
    first clone is the sensitive one, the first tolerant partner takes its share of it; resistant clones replace sensitive cells.
    """
    living = volume * (1.0 - table.inert) * table.density
    room = np.rint(living / places).astype(np.int64)
    cells = np.zeros((volume.size, places, table.standing.shape[1]), np.int64)
    cells[:, :, 0] = room[:, None]
    for clone in range(table.standing.shape[1]):
        share = table.standing[:, clone]
        if not np.any(share > 0.0):
            continue
        mean = _places(implied_load(share, living), keys, int(words[clone]), places)
        whole = np.floor(mean)
        luck = uniform_table(keys, int(words[clone]) ^ name_word("rounding"), places)
        count = np.minimum((whole + (luck < mean - whole)).astype(np.int64), cells[:, :, 0] // 2)
        cells[:, :, clone] = count
        cells[:, :, 0] -= count
    return cells


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
