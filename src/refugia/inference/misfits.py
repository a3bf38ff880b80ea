"""Clusters that fit no tree: which sum rule they break, in which sample, and by how much."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from refugia.engine.curves import interpolated
from refugia.inference.clusters import Clustering

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
BREACH = 20.0
"""Log-likelihood by which a cell fraction on the tree may fall short of the one that the reads ask for."""

SLACK = 0.01
"""A fraction this far off is no breach: it is within what a lattice, a purity or a copy number is good for."""


@dataclass(frozen=True, slots=True)
class Misfit:
    """A cluster whose reads fit no tree beside the others."""

    cluster: int
    sample: str
    rule: str
    """The rule that is broken, in a sentence."""
    breach: float
    """Log-likelihood that the best tree costs it in that sample."""
    left_out: bool = True
    """Whether it was left out of the trees."""


def broken_rules(
    clusters: Clustering, fitting: list[int], parents: Integers, fractions: Floats, samples: tuple[str, ...]
) -> list[Misfit]:
    """Clusters in breach on the best tree, the one to be left out first: the smallest among those that meet in the worst breach.

    fractions (node, sample) on the tree.
    """
    last = clusters.curves.shape[2] - 1
    loss = np.zeros((len(fitting), len(samples)))
    for node, index in enumerate(fitting, start=1):
        for s in range(len(samples)):
            curve = clusters.curves[index, s]
            wanted = float(clusters.mean[index, s])
            near = float(np.clip(wanted, fractions[node, s] - SLACK, fractions[node, s] + SLACK))
            peak, here = (float(interpolated(curve, np.sqrt(x) * last)) for x in (wanted, near))
            loss[node - 1, s] = max(peak, here) - here
    if loss.max(initial=0.0) < BREACH:
        return []
    worst, s = (int(value) for value in np.unravel_index(int(loss.argmax()), loss.shape))
    siblings = [node for node in range(len(fitting)) if parents[node] == parents[worst]]
    children = [node for node in range(len(fitting)) if parents[node] == worst + 1]
    family = [(parents[worst], siblings), (worst + 1, children)]
    excess = [_excess(clusters, fitting, above, below, s) for above, below in family]
    above, below = family[int(np.argmax(excess))]
    involved = {*below, *((int(above) - 1,) if above > 0 else ())}
    smallest = min(sorted(involved), key=lambda node: int(clusters.size[fitting[node]]))
    rule = _sentence(clusters, fitting, int(above), below, s)
    return [Misfit(fitting[smallest], samples[s], f"{rule} in sample {samples[s]}", float(loss[worst, s]))]


def _excess(clusters: Clustering, fitting: list[int], above: int, below: list[int], s: int) -> float:
    """By how much the children exceed what their parent holds, by their reads alone."""
    held = 1.0 if above == 0 else float(clusters.mean[fitting[above - 1], s])
    return float(sum(clusters.mean[fitting[node], s] for node in below)) - held if below else -np.inf


def _sentence(clusters: Clustering, fitting: list[int], above: int, below: list[int], s: int) -> str:
    """The sum rule in words and numbers."""
    parts = " + ".join(f"C{fitting[node] + 1} {clusters.mean[fitting[node], s]:.2f}" for node in below)
    held = "all cells 1.00" if above == 0 else f"C{fitting[above - 1] + 1} {clusters.mean[fitting[above - 1], s]:.2f}"
    return f"{parts} is more than {held}"


def without(fitting: list[int], misfit: Misfit) -> list[int]:
    """The clusters that are left."""
    assert all(a < b for a, b in pairwise(fitting))
    return [index for index in fitting if index != misfit.cluster]
