"""Point mutations along the branches of a genealogy, and how many copies of them the cells hold."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from refugia.biopsy.branches import Branches, spans
from refugia.biopsy.copies import Changes
from refugia.biopsy.model import Sequencing, plain
from refugia.biopsy.streams import draws
from refugia.terms import FloatArray

Int64 = NDArray[np.int64]


class Mutations(NamedTuple):
    """Each on a branch, at a `time` (0 to 1) of it, on one haplotype of an arm."""

    node: Int64  # (mutation,)
    time: FloatArray  # (mutation,)
    arm: Int64  # (mutation,)
    haplotype: Int64  # (mutation,) 0 or 1
    alteration: Int64  # (mutation,) -1 for a passenger
    number: Int64  # (mutation,) of its branch, from 0 on


class Copied(NamedTuple):
    """Mutated copies in cells with the mutation, and what goes with them; (mutation,) each.

    `late` is 1 where the arm had changed before the mutation, which then stands once in every carrier; `early` where it changed
    after it, on a branch below: carriers there hold `kept` copies, the others one.
    """

    late: NDArray[np.bool_]
    early: NDArray[np.bool_]
    kept: Int64


def mutations_of(branches: Branches, changes: Changes, numbers: Sequencing, seed: int, silent: Sequence[int] = ()) -> Mutations:
    """Mutations of all branches: each alteration gained on it, `silent` ones apart, and passengers by a Poisson law.

    Their mean is (bases) (mutations per base and division) (divisions of the branch), the mean of clonal ones at node 0. A place
    is drawn evenly over arms; which haplotype, by the copies of it that there are then.
    """
    means = branches.days * plain(numbers.division) * plain(numbers.rate) * plain(numbers.bases)
    means[0] = plain(numbers.clonal)
    columns: list[list[NDArray[np.float64]]] = [[], [], [], [], []]
    for node, chance in enumerate(draws(seed, branches.word, "mutations")):
        gained = [a for a in np.flatnonzero(branches.gained[node]) if a not in silent]
        count = len(gained) + int(chance.poisson(means[node]))
        drawn = chance.random((count, 3))
        of = np.full(count, -1.0)
        of[: len(gained)] = gained
        for column, entry in zip(columns, (np.full(count, float(node)), *drawn.T, of), strict=True):
            column.append(entry)
    where, time, place, side, alteration = (np.concatenate(column) for column in columns)
    at = where.astype(np.int64)
    arm = (place * int(plain(numbers.arms))).astype(np.int64)
    number = np.arange(at.size) - np.searchsorted(at, at)
    return Mutations(at, time, arm, _haplotype(at, time, arm, side, branches, changes), alteration.astype(np.int64), number)


def _haplotype(
    node: Int64, time: FloatArray, arm: Int64, side: FloatArray, branches: Branches, changes: Changes
) -> Int64:
    """Haplotype 0 by the share of its copies in the cell in which a mutation arises, from an even draw `side`."""
    late = _after(node, time, arm, branches, changes)
    step = np.where(late, changes.step[arm], 0)
    zero = 1 + np.where(changes.haplotype[arm] == 0, step, 0)
    return np.asarray(side * (2 + step) >= zero, np.int64)


def _after(node: Int64, time: FloatArray, arm: Int64, branches: Branches, changes: Changes) -> NDArray[np.bool_]:
    """Whether the arm of a mutation had changed before it."""
    begin, end = spans(branches.parent)
    there = changes.node[arm]
    w = np.maximum(there, 0)
    below = (begin[w] <= begin[node]) & (begin[node] < end[w])
    return np.asarray((there >= 0) & below & ((node != w) | (changes.time[arm] < time)), bool)


def copied(mutations: Mutations, branches: Branches, changes: Changes) -> Copied:
    """Which mutations stand on a gained haplotype, or on a lost one, and in which carriers.

    A mutation that stood on the haplotype before its gain is copied with it; before its loss, lost with it.
    """
    begin, end = spans(branches.parent)
    node, arm = mutations.node, mutations.arm
    late = _after(node, mutations.time, arm, branches, changes)
    there = changes.node[arm]
    w = np.maximum(there, 0)
    early = (there >= 0) & ~late & (begin[node] <= begin[w]) & (begin[w] < end[node])
    kept = 1 + np.where(mutations.haplotype == changes.haplotype[arm], changes.step[arm], 0)
    return Copied(late, early, np.asarray(kept, np.int64))
