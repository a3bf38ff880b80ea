"""From reads to clones: clusters, trees, cell fractions and proportions, and what fits no tree."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from refugia.engine.fitting import fit_shares
from refugia.inference.clusters import Clustering, cluster, given_clusters
from refugia.inference.misfits import Misfit, broken_rules, without
from refugia.inference.multiplicity import CLONAL
from refugia.inference.reads.table import Reads
from refugia.inference.trees import FOUNDER, Trees, find_trees, shares_on

Floats = NDArray[np.float64]
DRAWS = 400
"""Draws of all cell fractions that stand behind an interval."""
_TREES = 40
_LEFT_OUT = 5


@dataclass(frozen=True, slots=True)
class Reconstruction:
    """Clones of a tumour: K clusters, their trees, and the cell fractions on them."""

    reads: Reads
    clusters: Clustering
    """All clusters, also those that fit no tree."""
    fitting: tuple[int, ...]
    """Indices of the clusters that are in the trees: node v of a tree is cluster fitting[v - 1]."""
    trees: Trees
    ccf: Floats
    """(node, sample) most likely nested cell fractions on the most probable tree; node 0 is all cells."""
    proportions: Floats
    """(node, sample) share of the cells that are of this clone and no other; they add up to 1."""
    low: Floats
    """(node, sample) ends of the 95 % interval of the cell fraction, over trees and fractions."""
    high: Floats
    draws: Floats
    """(draw, node, sample) cell fractions, trees in proportion to their weight."""
    misfits: tuple[Misfit, ...]
    model: str
    seed: int
    founder: float

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the nodes: node 0 is the normal cells' root."""
        return ("normal cells", *(f"C{index + 1}" for index in self.fitting))

    def fraction(self, index: int) -> tuple[Floats, Floats, Floats]:
        """Mean, low and high of the cell fraction of cluster `index` in each sample: on the tree, or by itself if it fits none."""
        if index in self.fitting:
            node = self.fitting.index(index) + 1
            return self.ccf[node], self.low[node], self.high[node]
        mean, width = self.clusters.mean[index], self.clusters.width[index]
        return mean, np.maximum(mean - 2 * width, 0.0), np.minimum(mean + 2 * width, 1.0)

    def fractions(self) -> Floats:
        """Cell fraction of each cluster in each sample: (cluster, sample)."""
        return np.stack([self.fraction(index)[0] for index in range(self.clusters.mean.shape[0])])


def reconstruct(
    reads: Reads, seed: int = 0, model: str = CLONAL, founder: float = FOUNDER, *, given: bool = False
) -> Reconstruction:
    """Clusters, trees and cell fractions from reads; with `given`, the clusters that the reads bring along are taken as they are.

    Raises InputError where clusters are given for some mutations only.
    """
    found = given_clusters(reads, reads.clusters, model) if given else cluster(reads, seed, model)
    fitting = list(range(found.mean.shape[0]))
    misfits: list[Misfit] = []
    while True:
        part = [found.curves[fitting], found.mean[fitting], found.width[fitting]]
        trees = find_trees(part[0], part[1], part[2], seed, founder)
        draws, first = _draws(trees, (part[0], part[1], part[2]), seed)
        best = draws[:first].mean(axis=0)
        fit_shares(np.concatenate([[-1], trees.parents[0]]), part[0], 1.0, best)
        broken = broken_rules(found, fitting, trees.parents[0], best, reads.samples)
        if not broken or len(misfits) == _LEFT_OUT or len(fitting) == 1:
            break
        misfits.append(broken[0])
        fitting = without(fitting, broken[0])
    misfits.extend(replace(entry, left_out=False) for entry in broken)
    own = best.copy()
    for node, parent in enumerate(trees.parents[0], start=1):
        own[parent] -= best[node]
    low, high = np.quantile(draws, 0.025, axis=0, method="lower"), np.quantile(draws, 0.975, axis=0, method="higher")
    return Reconstruction(
        reads, found, tuple(fitting), trees, best, np.clip(own, 0.0, 1.0), low, high, draws, tuple(misfits), model, seed, founder,
    )  # fmt: skip


def _draws(trees: Trees, part: tuple[Floats, Floats, Floats], seed: int) -> tuple[Floats, int]:
    """Cell fractions drawn over the trees in proportion to their weights, the best tree's first, and how many those are."""
    weights = trees.weights[:_TREES] / trees.weights[:_TREES].sum()
    ends = np.floor(np.cumsum(weights) * DRAWS + 0.5).astype(int)
    numbers = np.diff(ends, prepend=0)
    wanted = [(trees.parents[t], int(number)) for t, number in enumerate(numbers) if number > 0]
    extra = max(0, DRAWS // 4 - int(numbers[0])) if wanted and numbers[0] > 0 else DRAWS // 4
    first = (trees.parents[0], extra + int(numbers[0]))
    rest = [entry for t, entry in enumerate(wanted) if not (t == 0 and numbers[0] > 0)]
    shares = shares_on([first, *rest], part[0], (part[1], part[2]), trees.concentration, seed)
    return shares, first[1]
