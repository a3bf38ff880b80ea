"""Trees of clones: how probable each is, all cell fractions integrated out.

The posterior of a tree needs no fitted fractions: with the fractions of a sample counted on a lattice, the likelihood is a sum over
all nested fractions that messages give exactly (engine.nesting). Parts of clones have a Dirichlet prior whose
concentration the data
choose; every tree is as likely as any other beforehand, but for each founder beyond the first, as one cell has founded
most tumours.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import lgamma, log

import numpy as np
from numpy.typing import NDArray

from refugia.engine.grafting import Table, grow, walk
from refugia.engine.keys import subkeys
from refugia.engine.nesting import Nest, fill_likelihood, part_weights, retell
from refugia.engine.unfolding import unfold
from refugia.engine.uniforms import uniform_table

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
FOUNDER = 0.1
"""Prior odds of each founder beyond the first: assumed. 1 makes all trees equal."""
ALPHAS = (0.03, 0.1, 0.3, 1.0, 3.0)
CHAINS = 4
_SLOTS = 1 << 16
_KNOWN, _STUCK = 0.98, 0.3
_COARSE, _FINE = (50, 200), (200, 1000)  # fewest and most steps of a lattice, in the search and for the shares


@dataclass(frozen=True, slots=True)
class Trees:
    """The posterior over trees of K clusters; node 0 is the root (normal cells), node k + 1 cluster k."""

    parents: Integers
    """(tree, cluster) node above each cluster, the most probable tree first."""
    weights: Floats
    """(tree) posterior, adds up to 1 over the trees kept."""
    relations: Floats
    """(cluster, cluster, 3): the first is an ancestor of the second, a descendant, on another branch."""
    concentration: float
    """Of the Dirichlet prior of the parts, as chosen."""
    disagreement: float
    """Largest difference of a relation between two halves of the walks."""
    exact: bool
    """Whether the weights are the exact posterior over the trees met (the walks met no new ones, or did not meet each other); else
    they are frequencies of the walks."""


def relations_of(parents: Integers) -> NDArray[np.bool_]:
    """Which clusters are ancestors of which, by a parents vector: (cluster, cluster).

    >>> relations_of(np.array([0, 1, 2])).astype(int).tolist()
    [[0, 1, 1], [0, 0, 1], [0, 0, 0]]
    """
    count = parents.size
    above = np.zeros((count, count), bool)
    for v in range(count):
        u = int(parents[v])
        while u > 0:
            above[u - 1, v] = True
            u = int(parents[u - 1])
    return above


def lattice(curves: Floats, width: Floats, mean: Floats, steps: tuple[int, int], concentration: float) -> Nest:
    """An empty tree over the clusters' curves (cluster, sample, grid), with as many steps as the narrowest fraction of
    a sample asks."""
    count, samples = mean.shape
    fewest, most = steps
    narrowest = [width[mean[:, s] > 0.03, s].min(initial=1.0) for s in range(samples)]
    cut = np.array([int(np.clip(1.0 / max(value, 1e-6), fewest, most)) for value in narrowest], np.int64)
    room = int(cut.max()) + 1
    nest = Nest(
        np.full(count + 1, -1, np.int64), cut, np.empty(room), np.zeros((count + 1, samples, room)),
        np.zeros((count + 1, samples, 2), np.int64), np.zeros((2, count + 1, samples, room)),
        np.zeros((2, count + 1, samples, 2), np.int64), np.zeros((2, count + 1)), np.zeros(count + 1, bool), np.zeros((2, room)),
    )  # fmt: skip
    part_weights(concentration, nest.part)
    for k in range(count):
        for s in range(samples):
            fill_likelihood(curves[k, s], int(cut[s]), nest.like[k + 1, s], nest.window[k + 1, s])
    return nest


def _fits(nest: Nest) -> NDArray[np.bool_]:
    """Whether a cluster may be an ancestor of another at all: not where its fraction is clearly the smaller one in some sample."""
    nodes = nest.parent.size
    fits = ~np.eye(nodes, dtype=bool)
    for s, steps in enumerate(nest.steps):
        logs = np.log(np.maximum(nest.like[:, s, : steps + 1], 1e-30))
        above = np.maximum.accumulate(logs[:, ::-1], axis=1)[:, ::-1]
        for p in range(1, nodes):
            fits[p, 1:] &= (above[p] + logs[1:]).max(axis=1) > -16.0
    return fits


def _table(count: int, seed: int) -> Table:
    names = uniform_table(subkeys(seed, range(count + 1), "edges of trees"), 0, count + 1)
    words = (names * 2.0**53).astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15) | np.uint64(1 << 62)
    return Table(
        np.zeros(_SLOTS, np.uint64), np.zeros((_SLOTS, count + 1), np.int16), np.zeros((_SLOTS, 2)), np.zeros(_SLOTS),
        np.zeros(1, np.int64), words,
    )  # fmt: skip


def _evidence(nest: Nest, concentration: float) -> float:
    """Log likelihood of the tree as it stands under a concentration, the prior's normaliser included."""
    part_weights(concentration, nest.part)
    whole = concentration * nest.parent.size
    return float(retell(nest)) + sum(lgamma(n + 1.0) + lgamma(whole) - lgamma(n + whole) for n in nest.steps.tolist())


def find_trees(curves: Floats, mean: Floats, width: Floats, seed: int = 0, founder: float = FOUNDER) -> Trees:
    """The posterior over trees of clusters: curves (cluster, sample, grid), mean and width of their fractions (cluster, sample)."""
    count, samples = mean.shape
    nest = lattice(curves, width, mean, _COARSE, 0.3)
    fits, order = _fits(nest), 1 + np.argsort(-mean.sum(axis=1), kind="stable")
    table, further = _table(count, seed), log(founder)
    sweeps = int(np.clip(200_000 // (count * count * samples), 30, 400))

    def chance(chain: int, purpose: str, sweeps: int) -> Floats:
        drawn: Floats = uniform_table(subkeys(seed, [chain], f"walk over trees: {purpose}"), 0, sweeps * 5 * count)
        return drawn.reshape(sweeps, 5 * count)

    grow(nest, order, fits, (further, 1e3), chance(0, "first", 1)[0])
    walk(nest, fits, (further, 1.0), chance(0, "prelude", 10), table, -1)
    concentration = ALPHAS[int(np.argmax([_evidence(nest, alpha) for alpha in ALPHAS]))]
    part_weights(concentration, nest.part)
    for chain in range(CHAINS):
        grow(nest, order, fits, (further, 1e3 if chain == 0 else 0.3), chance(chain, "growth", 1)[0])
        walk(nest, fits, (further, 0.3), chance(chain, "warm", 5 + sweeps // 10), table, -1)
        walk(nest, fits, (further, 1.0), chance(chain, "settling", 5 + sweeps // 5), table, -1)
        walk(nest, fits, (further, 1.0), chance(chain, "walk", sweeps), table, chain % 2)
    return _summed(table, concentration)


def _summed(table: Table, concentration: float) -> Trees:
    """Weights and relations from the table of a walk."""
    found = np.flatnonzero(table.key)
    found = found[np.lexsort((table.key[found], -table.score[found]))]
    parents, mass = table.parent[found, 1:].astype(np.int64), table.mass[found]
    above = np.stack([relations_of(entry) for entry in parents])
    halves = [_relations(above, mass[:, half] / mass[:, half].sum()) for half in (0, 1)]
    known = mass[mass[:, 0] > 0, 1].sum() / mass[:, 1].sum()
    likely = np.exp(table.score[found] - table.score[found].max())
    disagreement = float(np.abs(halves[0] - halves[1]).max())
    exact = bool(known > _KNOWN or disagreement > _STUCK)  # walks in different places: only the exact scores can rank those
    weights = likely if exact else mass.sum(axis=1)
    weights = weights / weights.sum()
    order = np.argsort(-weights, kind="stable")
    relations = _relations(above, weights)
    return Trees(parents[order], weights[order], relations, concentration, disagreement, exact)


def _relations(above: NDArray[np.bool_], weights: Floats) -> Floats:
    """Posterior of the three relations, from ancestors by tree (tree, cluster, cluster)."""
    up = np.zeros(above.shape[1:])
    for entry, weight in zip(above, weights, strict=True):
        up += weight * entry
    return np.stack([up, up.T, np.clip(1.0 - up - up.T, 0.0, 1.0)], axis=-1)


def shares_on(
    trees: list[tuple[Integers, int]], curves: Floats, moments: tuple[Floats, Floats], concentration: float, seed: int
) -> Floats:
    """Draws of the nested cell fractions on a fine lattice: (draw, node, sample); node 0 is the whole, 1.

    trees: parents vectors and how many draws each gets, in this order; moments: mean and width of the clusters' fractions.
    """
    mean, width = moments
    count, samples = mean.shape
    nest = lattice(curves, width, mean, _FINE, concentration)
    draws = sum(number for _, number in trees)
    chance = uniform_table(subkeys(seed, range(draws), "cell fractions"), 0, (count + 1) * samples).reshape(
        draws, count + 1, samples
    )
    shares, done = np.zeros((draws, count + 1, samples), np.int64), 0
    for parents, number in trees:
        nest.parent[1:] = parents
        retell(nest)
        unfold(nest, chance[done : done + number], shares[done : done + number])
        done += number
    return shares / nest.steps
