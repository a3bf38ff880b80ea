"""Rows: which cells are where, as a sparse table that is always sorted by place and clone."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import ArrayLike, NDArray

from refugia.engine.voxels.grid import Grid

Int32 = NDArray[np.int32]
Int64 = NDArray[np.int64]
MOST = 2**31 - 1
"""The largest count of a row, and the largest place and clone."""


class Rows(NamedTuple):
    """`count` cells (row,) of the clone `clone` in the place `place`: int32, above 0, sorted by (place, clone), no pair twice."""

    place: Int32
    clone: Int32
    count: Int32  # type: ignore[assignment]  # a tuple's own method is not used


def rows_of(place: ArrayLike, clone: ArrayLike, count: ArrayLike) -> Rows:
    """Rows from lists in any order: equal pairs are added up, rows without a cell dropped.

    Raises ValueError where lengths differ or a number is negative, OverflowError where one does not fit 32 bits.

    >>> rows_of([5, 2, 5], [0, 1, 0], [3, 4, 6])
    Rows(place=array([2, 5], dtype=int32), clone=array([1, 0], dtype=int32), count=array([4, 9], dtype=int32))
    """
    columns = [np.asarray(column) for column in (place, clone, count)]
    if any(column.ndim != 1 or column.size != columns[0].size for column in columns):
        shapes = ", ".join(str(column.shape) for column in columns)
        raise ValueError(f"Rows of the shapes {shapes}: place, clone and count are three lists of one length.")
    if any(column.size and not np.issubdtype(column.dtype, np.integer) for column in columns):
        raise ValueError("Rows are whole numbers: places, clones and counts of cells.")
    for name, column in zip(Rows._fields, columns, strict=True):
        if column.size and column.min() < 0:
            raise ValueError(f"A {name} of {column.min()}: no {name} is below 0.")
        if column.size and column.max() > MOST:
            raise OverflowError(f"A {name} of {column.max()} does not fit 32 bits (at most {MOST}). Take smaller places.")
    key = columns[0].astype(np.int64) << 32 | columns[1].astype(np.int64)
    order = np.argsort(key, kind="stable")
    key, cells = key[order], columns[2][order].astype(np.int64)
    head = np.flatnonzero(np.concatenate([[True], key[1:] != key[:-1]])) if key.size else np.zeros(0, np.int64)
    added = np.add.reduceat(cells, head) if head.size else cells
    kept = added > 0
    if added.size and added.max() > MOST:
        at = int(key[head][int(added.argmax())])
        raise OverflowError(too_many(at))
    key = key[head][kept]
    return Rows((key >> 32).astype(np.int32), (key & 0xFFFFFFFF).astype(np.int32), added[kept].astype(np.int32))


def too_many(key: int) -> str:
    """The sentence for a row whose count does not fit; `key` is place << 32 | clone.

    >>> too_many(3 << 32 | 1)
    'Place 3, clone 1: more cells than 32 bits hold (2147483647). Take smaller places, or a capacity that keeps below it.'
    """
    place, clone = key >> 32, key & 0xFFFFFFFF
    way_out = "Take smaller places, or a capacity that keeps below it."
    return f"Place {place}, clone {clone}: more cells than 32 bits hold ({MOST}). {way_out}"


def occupied(rows: Rows) -> Int32:
    """The places that hold cells, in order.

    >>> occupied(rows_of([4, 1, 4], [0, 0, 1], [1, 1, 1])).tolist()
    [1, 4]
    """
    if rows.place.size == 0:
        return rows.place.copy()
    head = np.empty(rows.place.size, np.bool_)
    head[0] = True
    np.not_equal(rows.place[1:], rows.place[:-1], out=head[1:])
    return rows.place[head]


def cells(rows: Rows) -> int:
    """How many cells there are, a 64-bit sum.

    >>> cells(rows_of([0, 1], [0, 0], [2**31 - 1, 2**31 - 1]))
    4294967294
    """
    return int(rows.count.sum(dtype=np.int64))


def by_genotype(rows: Rows, genotype: Int32, genotypes: int, grid: Grid) -> Int64:
    """Cells of each genotype in each place, (genotype, Z, Y, X); `genotype` (clone,) is the lineage's column.

    >>> rows = rows_of([0, 0, 1], [0, 1, 2], [5, 6, 7])
    >>> by_genotype(rows, np.array([0, 1, 0], np.int32), 2, Grid((1, 1, 2), 1.0)).reshape(2, 2).tolist()
    [[5, 7], [6, 0]]
    """
    table = np.zeros((genotypes, grid.size), np.int64)
    _add(rows.place, rows.clone, rows.count, genotype, table)
    return table.reshape(genotypes, *grid.shape)


def by_clone(rows: Rows, clones: int) -> Int64:
    """Cells of each clone, (clone,).

    >>> by_clone(rows_of([0, 1], [2, 2], [5, 6]), 4).tolist()
    [0, 0, 11, 0]
    """
    table = np.zeros(clones, np.int64)
    np.add.at(table, rows.clone, rows.count.astype(np.int64))
    return table


@njit(cache=True, nogil=True, error_model="numpy")
def _add(place, clone, count, genotype, table):
    for k in range(place.size):
        table[genotype[clone[k]], place[k]] += count[k]
