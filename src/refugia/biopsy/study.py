"""A multi-region sequencing study of a tumour whose every cell is known: the reads, and the truth behind them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from refugia.biopsy.branches import Bools, Branches, branches_of, sampled
from refugia.biopsy.copies import Changes, changes_of, share_changed
from refugia.biopsy.model import Sequencing, plain
from refugia.biopsy.mutations import Mutations, copied, mutations_of
from refugia.biopsy.reads import Library, Shares, counts_of, shares_of
from refugia.biopsy.regions import Regions, regions_of
from refugia.biopsy.streams import draws
from refugia.engine.keys import name_word
from refugia.engine.rows.lineage import Lineage
from refugia.engine.rows.rows import Rows
from refugia.engine.voxels.grid import Grid
from refugia.terms import FloatArray

Int64 = NDArray[np.int64]


class Tumour(NamedTuple):
    """A tissue at one moment, its genealogy, and which genotype carries which alteration."""

    rows: Rows
    lineage: Lineage
    grid: Grid
    alterations: tuple[str, ...]
    carried: Bools  # (genotype, alteration)
    amplified: tuple[int, ...] = ()  # alterations that are copies of a gene, and no point mutation


class Order(NamedTuple):
    """What is asked for."""

    regions: int
    depth: int
    purity: float
    error: float
    seed: int


class Clusters(NamedTuple):
    """Mutations that came on one branch, those without a called mutation left out: parents before children."""

    node: Int64  # (cluster,) of the tree
    parent: Int64  # (cluster,) cluster above, -1 where there is none
    of: Int64  # (mutation,) cluster of a called mutation, -1 of any other


@dataclass(frozen=True, slots=True, eq=False)
class Study:
    """What was sampled, what is in it, and what was read of it."""

    regions: Regions
    branches: Branches  # of what was sampled
    node: Int64  # (clone,) node of each clone in them, -1 where none of its line was sampled
    fraction: FloatArray  # (node, region) share of the cancer cells that descend from each
    changes: Changes
    mutations: Mutations
    names: tuple[str, ...]  # of the mutations
    shares: Shares
    alt: Int64  # (mutation, region)
    depth: Int64  # (mutation, region)
    called: Bools  # (mutation,)
    clusters: Clusters

    def label(self, node: int) -> str:
        """What a node is called: the trunk, or its clone."""
        return label(self.branches, node)

    @property
    def changed(self) -> FloatArray:
        """Share of the cancer cells with the change of each arm, (arm, region)."""
        return share_changed(self.changes, self.fraction)


def study(tumour: Tumour, numbers: Sequencing, order: Order) -> Study:
    """Sample a tumour and sequence it. A region holds at least as many cancer cells as a place has reads.

    Raises InputError where the regions asked for find no room.
    """
    regions = regions_of(tumour.rows, tumour.grid, tumour.lineage.parent.size, (order.regions, order.depth), order.seed)
    tree, node = branches_of(tumour.lineage, tumour.carried, plain(numbers.age))
    branches, fraction = sampled(tree, node, regions.clones)
    number = np.full(tree.parent.size, -1, np.int64)
    number[np.searchsorted(tree.clone, branches.clone)] = np.arange(branches.clone.size)
    changes = changes_of(branches, fraction, numbers, order.seed)
    mutations = mutations_of(branches, changes, numbers, order.seed, tumour.amplified)
    names = tuple(_names(mutations, branches, tumour.alterations))
    library = Library(np.full(order.regions, order.purity), order.depth, order.error)
    shares = shares_of(mutations, copied(mutations, branches, changes), changes, fraction, library)
    words = np.array([name_word(name) for name in names], np.uint32)
    alt, depth = counts_of(shares, words, library, numbers, order.seed)
    seen = (alt >= plain(numbers.called)) & (alt >= plain(numbers.floor) * depth)
    called = np.asarray(seen.any(axis=1), bool)
    return Study(regions, branches, number[node], fraction, changes, mutations, names, shares, alt, depth, called,
                 _clusters(branches, mutations, called))  # fmt: skip


def label(branches: Branches, node: int) -> str:
    """What a node is called: the trunk, or its clone by number."""
    return f"c{branches.clone[node]}" if node else "trunk"


def _names(mutations: Mutations, branches: Branches, alterations: tuple[str, ...]) -> Iterator[str]:
    """A name for each mutation: its branch, and its alteration or its number there."""
    for node, alteration, number in zip(mutations.node, mutations.alteration, mutations.number, strict=True):
        yield f"{label(branches, node)}.{alterations[alteration] if alteration >= 0 else f'm{number}'}"


def _clusters(branches: Branches, mutations: Mutations, called: Bools) -> Clusters:
    """The nodes with called mutations, each under the nearest above it that has some."""
    nodes = branches.parent.size
    has = np.bincount(mutations.node[called], minlength=nodes) > 0
    number = np.where(has, np.cumsum(has) - 1, -1)
    nearest = number.copy()  # the cluster of each node, or that of the nearest node above with one
    above = np.full(nodes, -1, np.int64)
    for k in range(1, nodes):
        above[k] = nearest[branches.parent[k]]
        if not has[k]:
            nearest[k] = above[k]
    return Clusters(np.flatnonzero(has), above[has], np.where(called, number[mutations.node], -1))


def cells_of(rows: Rows, regions: Regions, number: int, seed: int) -> Int64:
    """The row (cell,) of each of so many cells, drawn without replacement from the regions together, in the order of the rows.

    `number` is at most the number of cells there.
    """
    at = np.flatnonzero(regions.of[rows.place] >= 0)
    ends = np.cumsum(rows.count[at].astype(np.int64))
    chance = draws(seed, np.zeros(1, np.uint32), "cells")[0]
    drawn = np.sort(chance.choice(int(ends[-1]), number, replace=False))
    return np.asarray(at[np.searchsorted(ends, drawn, side="right")], np.int64)
