"""How clones came from site to site: the labelling of a clone tree with the fewest migrations.

Every clone is at one site when it arises; where its cells were found, each site but that one has been reached by a
migration. Fewest
migrations first, then fewest pairs of sites between which clones went, then fewest sites that seeded others: Sankoff's
recursion gives
the first exactly, and all labellings that reach it (up to a limit) are compared for the others.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from refugia.inference.reads.table import Reads
from refugia.inference.reconstruct import Reconstruction
from refugia.terms import InputError

Integers = NDArray[np.int64]
PRESENT = 0.05
"""Share of a sample's cells from which a clone counts as found at its site: assumed."""
RIVALS = 0.2
"""A tree with at least this part of the best one's posterior may be taken for its shorter history: assumed."""
MOST = 5000
"""Most labellings that are compared."""


@dataclass(frozen=True, slots=True)
class History:
    """Migrations on one tree."""

    parents: Integers
    """(clone) node above each clone; node 0 is the root."""
    labels: tuple[int, ...]
    """(node) site at which each clone arose; the root's is the primary."""
    moves: tuple[tuple[int, int, int], ...]
    """Migrations: node whose cells went, from which site, to which site."""
    sites: tuple[str, ...]

    @property
    def pairs(self) -> int:
        """Ordered pairs of sites between which clones went."""
        return len({move[1:] for move in self.moves})


def checked_primary(reads: Reads, primary: str) -> tuple[str, ...]:
    """The sites of the samples. Raises InputError where the samples have none, or the primary is none of them."""
    if not reads.sites:
        raise InputError("", "--primary", primary, "needs the site of every sample", "Name them: --sites A=lung,B=liver.")
    sites = tuple(dict.fromkeys(reads.sites))
    if primary not in sites:
        raise InputError("", "--primary", primary, "is no site of the samples", f"The sites: {', '.join(sites)}.")
    return sites


def history(result: Reconstruction, primary: str) -> History:
    """The shortest history of a reconstruction, over the trees that the reads hardly tell from the best one.

    Raises InputError as `checked_primary` does.
    """
    sites = checked_primary(result.reads, primary)
    order = (primary, *(site for site in sites if site != primary))
    weights = result.trees.weights
    best: tuple[tuple[int, int, int], int, History] | None = None
    for t in np.flatnonzero(weights >= RIVALS * weights[0])[:20]:
        parents = result.trees.parents[t]
        found = fewest(parents, _found_at(result, parents, order), order)
        cost = len(found.moves), found.pairs, len({move[1] for move in found.moves})
        if best is None or cost < best[0]:
            best = cost, int(t), found
    assert best is not None
    return best[2]


def _found_at(result: Reconstruction, parents: Integers, sites: tuple[str, ...]) -> list[frozenset[int]]:
    """Sites at which each node's own cells were found, on one tree."""
    own = result.ccf.copy()
    for node, parent in enumerate(parents, start=1):
        own[parent] -= result.ccf[node]
    found = []
    for node in range(own.shape[0]):
        where = {sites.index(site) for s, site in enumerate(result.reads.sites) if own[node, s] >= PRESENT}
        found.append(frozenset(where) if node else frozenset())
    return found


def fewest(parents: Integers, found: list[frozenset[int]], sites: tuple[str, ...]) -> History:
    """The labelling of a tree with the fewest migrations: found (node) sites of each node's own cells; site 0 is the primary."""
    best: tuple[tuple[int, int, int], History] | None = None
    for count, labels in enumerate(_labellings(parents, found, len(sites))):
        moves = _moves(parents, found, labels)
        cost = len(moves), len({move[1:] for move in moves}), len({move[1] for move in moves})
        if best is None or cost < best[0]:
            best = cost, History(parents, labels, moves, sites)
        if count == MOST:
            break
    assert best is not None
    return best[1]


def _moves(parents: Integers, found: list[frozenset[int]], labels: tuple[int, ...]) -> tuple[tuple[int, int, int], ...]:
    """Migrations of a labelling: along edges of the tree, and of a clone's own cells to other sites."""
    moves = [(int(parent), labels[parent], labels[node]) for node, parent in enumerate(parents, start=1)]
    moves += [(node, labels[node], site) for node in range(len(labels)) for site in sorted(found[node])]
    return tuple(move for move in moves if move[1] != move[2])


def _costs(parents: Integers, found: list[frozenset[int]], count: int) -> NDArray[np.int64]:
    """Fewest migrations at and below each node for each site of it: (node, site)."""
    nodes = len(parents) + 1
    costs = np.array([[sum(site != other for other in found[node]) for site in range(count)] for node in range(nodes)])
    for node in _upward(parents):
        if node > 0:
            costs[parents[node - 1]] += np.minimum(costs[node], costs[node].min() + 1)
    return costs


def _upward(parents: Integers) -> list[int]:
    """Nodes, each before its parent."""
    depth = [0] * (len(parents) + 1)
    for node in range(1, len(parents) + 1):
        v = node
        while v > 0:
            depth[node] += 1
            v = int(parents[v - 1])
    return sorted(range(len(depth)), key=lambda node: (-depth[node], node))


def _labellings(parents: Integers, found: list[frozenset[int]], count: int) -> Iterator[tuple[int, ...]]:
    """All labellings with the fewest migrations, the root at site 0."""
    costs = _costs(parents, found, count)
    order = [node for node in reversed(_upward(parents)) if node > 0]
    labels = [0] * (len(parents) + 1)

    def go(at: int) -> Iterator[tuple[int, ...]]:
        if at == len(order):
            yield tuple(labels)
            return
        node = order[at]
        above = labels[parents[node - 1]]
        values = [int(costs[node, site]) + (site != above) for site in range(count)]
        for site in (site for site in range(count) if values[site] == min(values)):
            labels[node] = site
            yield from go(at + 1)

    yield from go(0)
