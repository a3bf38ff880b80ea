"""A walk over trees: every node in turn takes a parent in proportion to the posterior, and neighbours change places.

The log posterior of a tree is its marginal likelihood (nesting) plus a log prior for every further child of the root. Trees met are
kept in a table with the mass that the walk gives them: at each choice all candidates enter with their conditional probability.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from refugia.engine.nesting import ABSENT, climb_from, likelihood, retell, try_tree

_LEAST = 1e-4


class Table(NamedTuple):
    """Trees by their hash: open addressing, a power of two slots."""

    key: NDArray[np.uint64]
    """(slot) hash, 0 where free."""
    parent: NDArray[np.int16]
    """(slot, node)"""
    mass: NDArray[np.float64]
    """(slot, 2) mass in the first and in the second half of the walk."""
    score: NDArray[np.float64]
    """(slot) log posterior."""
    used: NDArray[np.int64]
    """(1)"""
    names: NDArray[np.uint64]
    """(node, node) random word of each edge: a tree's hash is their exclusive or."""


@njit(cache=True, nogil=True, error_model="numpy")
def _record(table, parent, score, mass, half):
    """Add mass to a tree."""
    key = np.uint64(0)
    for v in range(1, parent.size):
        key ^= table.names[v, parent[v]]
    slots = table.key.size
    slot = np.int64(key & np.uint64(slots - 1))
    while table.key[slot] != key:
        if table.key[slot] == 0:
            if table.used[0] * 2 > slots:
                return
            table.used[0] += 1
            table.key[slot] = key
            table.parent[slot] = parent
            table.score[slot] = score
            break
        slot = (slot + 1) % slots
    table.mass[slot, half] += mass


@njit(cache=True, nogil=True, error_model="numpy")
def prior(nest, further):
    """Log prior: `further` for each child of the root beyond the first."""
    children = 0
    for v in range(1, nest.parent.size):
        children += nest.parent[v] == 0
    return further * max(children - 1, 0)


@njit(cache=True, nogil=True, error_model="numpy")
def _below(nest, u, v):
    """Whether u is v or lies below it."""
    while u > 0:
        if u == v:
            return True
        u = nest.parent[u]
    return False


@njit(cache=True, nogil=True, error_model="numpy")
def weigh(nest, v, fits, further, scores):
    """Log posterior of the tree for each parent that v may take: scores (node), -inf where it may not.

    v must hang nowhere. fits (node, node): whether the first may be an ancestor of the second at all.
    """
    scores[:] = -np.inf
    for p in range(nest.parent.size):
        if nest.parent[p] == ABSENT or not fits[p, v] or (p > 0 and _hangs(nest, p)):
            continue
        nest.parent[v] = p
        climb_from(nest, p, 1)
        scores[p] = likelihood(nest) + prior(nest, further)
        nest.tried[:] = False
        nest.parent[v] = ABSENT


@njit(cache=True, nogil=True, error_model="numpy")
def _hangs(nest, u):
    """Whether u hangs on a node that is not in the tree."""
    while u > 0:
        u = nest.parent[u]
    return u < 0


@njit(cache=True, nogil=True, error_model="numpy")
def _draw(scores, heat, uniform):
    """Index drawn in proportion to exp(heat x score), and the weights in place of the scores."""
    best = scores.max()
    total = 0.0
    for p in range(scores.size):
        scores[p] = math.exp(heat * (scores[p] - best))
        total += scores[p]
    chosen, left = -1, uniform
    for p in range(scores.size):
        scores[p] /= total
        if scores[p] > 0.0 and left >= 0.0:
            chosen = p
        left -= scores[p]
    return chosen


@njit(cache=True, nogil=True, error_model="numpy")
def regraft(nest, v, fits, law, uniform, record):
    """Take v with all below it off and graft it anew. Returns the log posterior.

    law (prior of a further child, heat); record (table, half 0 or 1 of the walk; -1: no record).
    """
    table, half = record
    old = nest.parent[v]
    scores = np.empty(nest.parent.size)
    nest.parent[v] = ABSENT
    if old >= 0:
        climb_from(nest, old, 0)
    held = nest.scale[0, v]
    weigh(nest, v, fits, law[0], scores)
    values = scores.copy()
    new = _draw(scores, law[1], uniform)
    if half >= 0:
        for p in range(scores.size):
            if scores[p] > _LEAST:
                nest.parent[v] = p
                _record(table, nest.parent, values[p], scores[p], half)
    nest.parent[v] = new
    nest.scale[0, v] = held
    climb_from(nest, new, 0)
    return values[new]


@njit(cache=True, nogil=True, error_model="numpy")
def exchange(nest, u, v, law, uniform, score):
    """Let u and v change places, by Metropolis. Returns the log posterior of the tree that stands."""
    before = nest.parent.copy()
    _swap(nest.parent, u, v)
    value = try_tree(nest) + prior(nest, law[0])
    if math.log(uniform) < law[1] * (value - score):
        retell(nest)
        return value
    nest.parent[:] = before
    return score


@njit(cache=True, nogil=True, error_model="numpy")
def _swap(parent, u, v):
    for w in range(1, parent.size):
        if parent[w] == u:
            parent[w] = v
        elif parent[w] == v:
            parent[w] = u
    parent[u], parent[v] = parent[v], parent[u]


@njit(cache=True, nogil=True, error_model="numpy")
def grow(nest, order, fits, law, chance):
    """A first tree: nodes enter in this order, each where it fits best, or by chance at the heat of the law."""
    nest.parent[1:] = ABSENT
    nest.parent[0] = -1
    score = retell(nest)
    for number in range(order.size):
        score = regraft(nest, order[number], fits, law, chance[number], (_no_table(nest), -1))
    return score


@njit(cache=True, nogil=True, error_model="numpy")
def _no_table(nest):
    return Table(
        np.zeros(1, np.uint64), np.zeros((1, 1), np.int16), np.zeros((1, 2)), np.zeros(1), np.zeros(1, np.int64),
        np.zeros((1, 1), np.uint64),
    )  # fmt: skip


@njit(cache=True, nogil=True, error_model="numpy")
def walk(nest, fits, law, chance, table, half):
    """Sweeps over all nodes: one for each row of chance (sweep, 5 x node). half: into which half of the table it counts, or -1.

    Returns the log posterior of the last tree.
    """
    nodes = nest.parent.size
    score = retell(nest) + prior(nest, law[0])
    for turn in range(chance.shape[0]):
        for v in range(1, nodes):
            draws = chance[turn, 5 * v - 5 : 5 * v]
            score = regraft(nest, v, fits, law, draws[0], (table, half))
            u = nest.parent[v] if draws[1] < 0.5 else 1 + int(draws[2] * (nodes - 1))
            if u > 0 and u != v:
                score = exchange(nest, u, v, law, draws[3], score)
    return score
