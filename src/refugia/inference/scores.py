"""How near a reconstruction comes to a known truth."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


def _joint(truth: ArrayLike, found: ArrayLike) -> Floats:
    c, k = (np.unique(np.asarray(labels), return_inverse=True)[1] for labels in (truth, found))
    table = np.zeros((c.max() + 1, k.max() + 1))
    np.add.at(table, (c, k), 1)
    return table


def _entropy(counts: Floats) -> float:
    p = counts[counts > 0] / counts.sum()
    return float(-(p * np.log(p)).sum())


def v_measure(truth: ArrayLike, found: ArrayLike) -> float:
    """V = 2 h c / (h + c), h = 1 - H(C|K) / H(C), c = 1 - H(K|C) / H(K): truth C, found K (Rosenberg & Hirschberg 2007).

    >>> v_measure([0, 0, 1, 1], [1, 1, 0, 0]), round(v_measure([0, 0, 1, 1], [0, 1, 2, 3]), 6)
    (1.0, 0.666667)
    """
    table = _joint(truth, found)
    both, of_truth, of_found = _entropy(table.ravel()), _entropy(table.sum(axis=1)), _entropy(table.sum(axis=0))
    h = 1.0 if of_truth == 0 else 1 - (both - of_found) / of_truth
    c = 1.0 if of_found == 0 else 1 - (both - of_truth) / of_found
    return 2 * h * c / (h + c) if h + c > 0 else 0.0


def rand_index(truth: ArrayLike, found: ArrayLike) -> float:
    """Adjusted Rand index (Hubert & Arabie 1985); 1 where both put all in one group, or each by itself.

    >>> rand_index([0, 0, 1, 1], [0, 0, 1, 1]), round(rand_index([0, 0, 1, 1], [0, 0, 1, 2]), 6)
    (1.0, 0.571429)
    """
    table = _joint(truth, found)

    def pairs(counts: Floats) -> float:
        return float((counts * (counts - 1) / 2).sum())

    both, rows, columns = pairs(table), pairs(table.sum(axis=1)), pairs(table.sum(axis=0))
    chance = rows * columns / max(pairs(table.sum(keepdims=True)), 1.0)
    most = (rows + columns) / 2
    return 1.0 if most == chance else (both - chance) / (most - chance)


def fraction_error(truth: Floats, found: Floats) -> float:
    """Mean over mutations and samples of the distance between true and found cell fraction."""
    return float(np.abs(truth - found).mean())


def vaf_loss(alt: Integers, depth: Integers, ratio: Floats, fractions: list[tuple[float, Floats]]) -> float:
    """Bits per mutation and sample: -(1 / M S) sum over trees of weight x log2 binomial(alt of depth at ratio x fraction).

    fractions: for each tree its weight and the fraction of each mutation in each sample (mutation, sample).
    """
    from scipy.special import gammaln

    choose = gammaln(depth + 1.0) - gammaln(alt + 1.0) - gammaln(depth - alt + 1.0)
    total = 0.0
    for weight, fraction in fractions:
        p = np.clip(ratio * fraction, 1e-5, 1 - 1e-5)
        total -= weight * float((choose + alt * np.log(p) + (depth - alt) * np.log1p(-p)).sum())
    return total / alt.size / float(np.log(2.0))


def relations_of_mutations(group: ArrayLike, above: ArrayLike) -> Floats:
    """Of each pair of mutations: ancestor, descendant, same, branched, from the cluster of each and which cluster is above which.

    `above` (cluster, cluster) may be a probability; `group` (mutation) or a posterior of it (mutation, cluster). Shape (m, m, 4).
    """
    up = np.asarray(above, float)
    labels = np.asarray(group)
    shares = labels if labels.ndim == 2 else np.eye(up.shape[0])[labels]
    first = shares @ up @ shares.T
    same = shares @ shares.T
    return np.stack([first, first.T, same, np.clip(1 - first - first.T - same, 0, 1)], axis=-1)


def relation_loss(truth: Floats, found: Floats) -> float:
    """Mean over pairs of mutations of the Jensen-Shannon divergence, base 2, between two distributions of relations (m, m, 4)."""

    def bits(p: Floats) -> Floats:
        value: Floats = -np.where(p > 0, p * np.log2(np.where(p > 0, p, 1.0)), 0.0).sum(axis=-1)
        return value

    divergence = bits((truth + found) / 2) - (bits(truth) + bits(found)) / 2
    upper = np.triu_indices(truth.shape[0], 1)
    return float(divergence[upper].mean()) if upper[0].size else 0.0


def pair_f1(truth: set[tuple[object, object]], found: set[tuple[object, object]]) -> float:
    """F1 of a set of found things against the true ones; 1 where both are empty.

    >>> round(pair_f1({(1, 2), (1, 3)}, {(1, 2), (2, 3), (1, 4)}), 6)
    0.4
    """
    if not truth and not found:
        return 1.0
    return 2 * len(truth & found) / (len(truth) + len(found))
