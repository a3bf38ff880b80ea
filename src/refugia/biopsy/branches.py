"""The genealogy as DNA tells it: lines that differ in a state alone are one, and all come from one first cell."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from refugia.engine.keys import name_word
from refugia.engine.rows.lineage import Lineage
from refugia.terms import FloatArray

Int64 = NDArray[np.int64]
Bools = NDArray[np.bool_]
TRUNK = name_word("trunk")
"""The address of what all cells share."""


class Branches(NamedTuple):
    """The nodes of the tree, parents before their children: node 0 is the first cell of all, any other the first of a clone.

    A branch leads from the first cell of the node above to the node's own first cell: what all cells of the node gained there.
    """

    parent: Int64  # (node,) -1 for node 0
    days: FloatArray  # (node,) how long the branch is; 0 for node 0
    word: NDArray[np.uint32]  # (node,) address of its chance
    clone: Int64  # (node,) the clone whose first cell it is, -1 for node 0
    gained: Bools  # (node, alteration) that came on the branch
    lost: Bools  # (node, alteration) that went on it


def branches_of(lineage: Lineage, carried: Bools, age: float) -> tuple[Branches, Int64]:
    """The branches of a lineage, and the node (clone,) that holds the cells of each clone.

    `carried` (genotype, alteration) says who carries what. A founder that carries nothing is of node 0; one that carries something
    hangs on it by a branch of `age` days. The other state of a line has its DNA.

    >>> from refugia.engine.rows.lineage import founders
    >>> tree, node = branches_of(founders([0, 2], ["wild", "mutant"], [1, 0, -1]), np.array([[0], [0], [1]], bool), 100.0)
    >>> tree.parent.tolist(), tree.days.tolist(), node.tolist()
    ([-1, 0], [0.0, 100.0], [0, 0, 1])
    """
    parent = lineage.parent.astype(np.int64)
    above = np.maximum(parent, 0)
    founder, holds = parent < 0, carried[lineage.genotype]
    same = ~founder & (lineage.other == parent)
    plain = founder & ~holds.any(axis=1)
    own = ~(same | plain)
    node = np.where(own, np.cumsum(own), 0)
    node = np.where(same, node[above], node)
    first = np.flatnonzero(own)
    had = np.where(founder[:, None], False, holds[above])
    days = np.where(founder, age, lineage.day - lineage.day[above])
    none = np.zeros((1, carried.shape[1]), bool)
    found = Branches(
        np.concatenate([[-1], np.where(founder, 0, node[above])[first]]), np.concatenate([[0.0], days[first]]),
        np.concatenate([[np.uint32(TRUNK)], lineage.word[first]]).astype(np.uint32), np.concatenate([[-1], first]),
        np.concatenate([none, (holds & ~had)[first]]), np.concatenate([none, (had & ~holds)[first]]),
    )  # fmt: skip
    return found, node


def sampled(branches: Branches, node: Int64, cells: Int64) -> tuple[Branches, FloatArray]:
    """The nodes that a sample has cells of, or of their descendants, and their share of its cells, (node, region).

    `cells` (region, clone), at least one in each region. Node 0 stays, with a share of one.
    """
    held = np.zeros((branches.parent.size, cells.shape[0]), np.int64)
    np.add.at(held, node, cells.T)
    for k in range(len(held) - 1, 0, -1):
        held[branches.parent[k]] += held[k]
    kept = held.any(axis=1)
    number = np.cumsum(kept) - 1
    parent = np.where(branches.parent >= 0, number[branches.parent], -1)[kept]
    part = Branches(parent, branches.days[kept], branches.word[kept], branches.clone[kept], branches.gained[kept],
                    branches.lost[kept])  # fmt: skip
    return part, held[kept] / held[0]


def spans(parent: Int64) -> tuple[Int64, Int64]:
    """Where the subtree of each node begins and ends in an order in which every subtree is one run: (node,) each.

    Node u descends from w, or is w, where begin[w] <= begin[u] < end[w].

    >>> [run.tolist() for run in spans(np.array([-1, 0, 0, 1]))]
    [[0, 1, 3, 2], [4, 3, 4, 3]]
    """
    size = np.ones(parent.size, np.int64)
    for k in range(parent.size - 1, 0, -1):
        size[parent[k]] += size[k]
    begin, free = np.zeros(parent.size, np.int64), np.ones(parent.size, np.int64)
    for k in range(1, parent.size):
        begin[k] = free[parent[k]]
        free[parent[k]] += size[k]
        free[k] = begin[k] + 1
    return begin, begin + size
