"""From a reconstruction to what stands in a lesion: draws of a tree and of the clones' parts, and what reads would have missed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaincinv
from scipy.stats import poisson

from refugia.inference.multiplicity import shown
from refugia.inference.reads.long import ERROR
from refugia.inference.reads.table import Reads
from refugia.inference.reconstruct import DRAWS, Reconstruction
from refugia.inference.trees import shares_on

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
NOISE = 1e-3
"""Chance at which as many mutated reads as there are would come from errors alone; above it, a clone counts as not seen."""
MISSED = 0.05
"""Chance of so few mutated reads that a share above the limit of detection would have."""


@dataclass(frozen=True, slots=True)
class Draws:
    """Equally likely draws from the posterior over trees and fractions; node 0 is the cells that are in no clone."""

    parents: tuple[tuple[int, ...], ...]
    """(tree, node) node above each node, -1 for node 0."""
    tree: Integers
    """(draw) which of the trees."""
    own: Floats
    """(draw, node, sample) part of the cancer cells that are of this clone and no other; the parts of a sample add up to 1."""


def draws_of(result: Reconstruction, count: int = DRAWS) -> Draws:
    """Draws over the trees, as many of each as its weight asks for, to the nearest; trees below half a draw have none.

    Deterministic for the seed of the reconstruction.
    """
    ends = np.floor(np.cumsum(result.trees.weights) / result.trees.weights.sum() * count + 0.5).astype(int)
    numbers = np.diff(ends, prepend=0)
    wanted = [(result.trees.parents[t], int(numbers[t])) for t in np.flatnonzero(numbers)]
    kept, found = list(result.fitting), result.clusters
    own = shares_on(wanted, found.curves[kept], (found.mean[kept], found.width[kept]), result.trees.concentration, result.seed)
    tree = np.repeat(np.arange(len(wanted)), [number for _, number in wanted])
    ccf = own.copy()
    for t, (parents, _) in enumerate(wanted):
        for node, parent in enumerate(parents.tolist(), start=1):
            own[tree == t, parent] -= ccf[tree == t, node]
    above = tuple((-1, *map(int, parents)) for parents, _ in wanted)
    return Draws(above, tree.astype(np.int64), np.clip(own, 0.0, 1.0))


def seen(result: Reconstruction) -> NDArray[np.bool_]:
    """(node, sample) whether a clone's own mutations have more mutated reads than errors would give."""
    reads, group = result.reads, result.clusters.group
    error = np.array([max(place.error, ERROR) for place in reads.places])[reads.kinds]
    found = np.ones((len(result.fitting) + 1, len(reads.samples)), bool)
    for node, index in enumerate(result.fitting, start=1):
        mine = group == index
        alt, expected = reads.alt[mine].sum(axis=0), (reads.depth[mine] * error[mine]).sum(axis=0)
        found[node] = (alt > 0) & (poisson.sf(alt - 1, expected) < NOISE)
    return found


def only_seen(draws: Draws, visible: NDArray[np.bool_]) -> Floats:
    """The parts (draw, node, sample) with those of clones that were not seen in a sample given to the clone above them.

    A part that no read supports is the prior's: one or two in a hundred cells, where the truth may be none.
    """
    own = draws.own.copy()
    for t, parents in enumerate(draws.parents):
        mine = np.flatnonzero(draws.tree == t)
        for node in _leaves_first(parents):
            moved = own[mine, node] * ~visible[node]
            own[mine, node] -= moved
            own[mine, parents[node]] += moved
    return own


def _leaves_first(parents: tuple[int, ...]) -> list[int]:
    """The nodes but node 0, each before the one above it."""
    depth = [0] * len(parents)
    for node in range(1, len(parents)):
        here = node
        while here > 0:
            here, depth[node] = parents[here], depth[node] + 1
    return sorted(range(1, len(parents)), key=lambda node: -depth[node])


def limit(reads: Reads, mutations: list[int], samples: list[int]) -> float:
    """The share of cells above which a clone with any of these mutations would have been seen, were it alike in these samples.

    So few mutated reads as there are have a chance of 5 % where m = gammaincinv(reads + 1, 0.95) are expected (three, where there
    are none); the limit is m over the reads that all cells together would have given. 1 where one of them was not measured.
    """
    at = np.ix_(mutations, samples)
    ratio = np.array([next(shown(place))[1] for place in reads.places])[reads.kinds[at]]
    whole, alt = (reads.depth[at] * ratio).sum(axis=1), reads.alt[at].sum(axis=1)
    most = gammaincinv(alt + 1.0, 1.0 - MISSED)
    return float(np.divide(most, whole, out=np.ones_like(whole), where=whole > most).max(initial=0.0))
