"""Copy numbers: arms of the genome that are gained or lost on a branch of the genealogy, each once at most."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from refugia.biopsy.branches import Branches
from refugia.biopsy.model import Sequencing, plain
from refugia.biopsy.streams import draws
from refugia.terms import FloatArray

Int64 = NDArray[np.int64]


class Changes(NamedTuple):
    """What becomes of each arm: from `node` on, at `time` (0 to 1) of its branch, a haplotype has `step` copies more (1 or -1)."""

    node: Int64  # (arm,) -1 where the arm stays as it is
    time: FloatArray  # (arm,)
    step: Int64  # (arm,)
    haplotype: Int64  # (arm,) 0 or 1

    @property
    def total(self) -> Int64:
        """Copies (arm,) in a cell that has the change."""
        return 2 + self.step

    @property
    def pair(self) -> tuple[Int64, Int64]:
        """Copies (arm,) of the major and the minor haplotype in a cell that has the change."""
        return 1 + np.maximum(self.step, 0), 1 + np.minimum(self.step, 0)


def changes_of(branches: Branches, fraction: FloatArray, numbers: Sequencing, seed: int) -> Changes:
    """Changes along the branches: Poisson, in proportion to the divisions of a branch, at arms that are all alike.

    An arm changes once at most, for a table of reads holds two kinds of cancer cells a place: where several branches would change
    one, that does whose node has the largest share of a region, by `fraction` (node, region); of equal ones the first.
    """
    arms = int(plain(numbers.arms))
    found = Changes(np.full(arms, -1), np.zeros(arms), np.zeros(arms, np.int64), np.zeros(arms, np.int64))
    means = branches.days * plain(numbers.division) * plain(numbers.changes)
    means[0] = plain(numbers.clonal_changes)
    streams = draws(seed, branches.word, "copies")
    for node in np.argsort(-fraction.max(axis=1), kind="stable").tolist():
        chance = streams[node]
        for _ in range(chance.poisson(means[node])):
            arm, haplotype = int(chance.integers(arms)), int(chance.integers(2))
            time, lost = chance.random(), chance.random() < plain(numbers.losses)
            if found.node[arm] < 0:
                found.node[arm], found.time[arm], found.haplotype[arm] = node, time, haplotype
                found.step[arm] = -1 if lost else 1
    return found


def share_changed(changes: Changes, fraction: FloatArray) -> FloatArray:
    """Share of the cancer cells that have the change of each arm, (arm, region), from those of the nodes (node, region)."""
    held = fraction[np.maximum(changes.node, 0)]
    return np.where(changes.node[:, None] >= 0, held, 0.0)
