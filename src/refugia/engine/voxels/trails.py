"""Trails as a network: which links lie on a way between two roots, which hang on one, how long they are, and taking some out.

A link is passed through where it lies on a path between two different roots that visits no place twice. With one more node, tied to
every root, those are the links of cycles through that node: its blocks (biconnected components: Hopcroft and Tarjan 1973, Commun
ACM 16:372) of more than one link.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from refugia.engine.voxels.grid import FloatArray, Grid
from refugia.engine.voxels.sprouts import FREE, Sprouts, Whole, tips_of

Which = NDArray[np.bool_]


def through(start: Whole, end: Whole, roots: Whole) -> Which:
    """Which links (link,) lie on a path between two different `roots` (root,); `start` and `end` (link,) are places.

    >>> through(np.array([0, 1, 1]), np.array([1, 2, 3]), np.array([0, 3])).tolist()
    [True, False, True]
    """
    if not start.size or roots.size < 2:
        return np.zeros(start.size, np.bool_)
    ties, of_link, count = _tied(start, end, roots)
    first, node, tie = _beside(ties, count)
    within = np.zeros(len(ties), np.bool_)
    _mark(first, node, tie, count - 1, within)
    return within[of_link]


def hanging(start: Whole, end: Whole, roots: Whole) -> Which:
    """Which links (link,) a root can be reached from.

    >>> hanging(np.array([0, 4]), np.array([1, 5]), np.array([0])).tolist()
    [True, False]
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    if not start.size:
        return np.zeros(0, np.bool_)
    ties, of_link, count = _tied(start, end, roots)
    graph = coo_array((np.ones(len(ties)), (ties[:, 0], ties[:, 1])), shape=(count, count))
    parts = connected_components(graph, directed=False)[1]
    return np.asarray(parts[ties[of_link, 0]] == parts[count - 1])


def lengths(start: Whole, end: Whole, grid: Grid) -> FloatArray:
    """Length of the links in each voxel (Z, Y, X), mm: half of each in either of its voxels; what lies twice counts once.

    >>> lengths(np.array([0, 1, 1]), np.array([1, 0, 2]), Grid((1, 1, 3), 0.5)).ravel().tolist()
    [0.25, 0.5, 0.25]
    """
    pairs = np.unique(np.sort(np.stack([start, end], axis=1), axis=1), axis=0)
    ends = np.bincount(pairs.ravel(), minlength=grid.size).reshape(grid.shape)
    return np.asarray(ends * (0.5 * grid.spacing), np.float64)


def without(sprouts: Sprouts, gone: Which) -> Sprouts:
    """The network without the links `gone` (link,), without what then hangs on no root, and without the tips of that.

    Places that no trail holds any longer are free again.

    >>> from refugia.engine.voxels.sprouts import begin, budded
    >>> sprouts = budded(begin(Grid((1, 1, 3), 1.0), np.array([0]), np.zeros((1, 1, 3))), np.array([0]), (1, 2))
    >>> sprouts.held[0, 0, 1:] = 1
    >>> sprouts = sprouts._replace(place=np.array([2]), start=np.array([0, 1]), end=np.array([1, 2]), owner=np.ones(2, int),
    ...                            laid=np.ones(2))
    >>> left = without(sprouts, np.array([False, True]))
    >>> left.end.tolist(), left.number.tolist(), left.held.ravel().tolist()
    ([1], [], [0, 1, -1])
    """
    if not gone.any():
        return sprouts
    stay = ~gone
    stay[stay] = hanging(sprouts.start[stay], sprouts.end[stay], sprouts.roots)
    left = sprouts._replace(
        start=sprouts.start[stay],
        end=sprouts.end[stay],
        owner=sprouts.owner[stay],
        laid=sprouts.laid[stay],
        held=sprouts.held.copy(),
    )
    known = np.zeros(sprouts.held.size, np.bool_)
    for places in (left.start, left.end, sprouts.roots):
        known[places] = True
    lost = np.concatenate([sprouts.start[~stay], sprouts.end[~stay]])
    left.held.reshape(-1)[lost[~known[lost]]] = FREE
    return tips_of(left, known[sprouts.place])


def _tied(start: Whole, end: Whole, roots: Whole) -> tuple[Whole, Whole, int]:
    """Ties between nodes (tie, 2), each once; that of each link; and how many nodes there are: the last is tied to all roots."""
    places, nodes = np.unique(np.concatenate([start, end, roots]), return_inverse=True)
    count = start.size
    top = np.full(roots.size, places.size)
    pairs = np.stack([np.concatenate([nodes[:count], top]), np.concatenate([nodes[count : 2 * count], nodes[2 * count :]])], axis=1)
    ties, of_pair = np.unique(np.sort(pairs, axis=1), axis=0, return_inverse=True)
    return ties, of_pair.reshape(-1)[:count], places.size + 1


def _beside(ties: Whole, count: int) -> tuple[Whole, Whole, Whole]:
    """Neighbours of each node: first (node + 1,) where they begin, node (2 ties,) who they are, tie (2 ties,) by which tie."""
    own, other = ties.T.reshape(-1), ties[:, ::-1].T.reshape(-1)
    order = np.argsort(own, kind="stable")
    first = np.concatenate([[0], np.cumsum(np.bincount(own, minlength=count))])
    return first, other[order], order % len(ties)


@njit(cache=True, nogil=True, error_model="numpy")
def _mark(first, node, tie, top, within):
    """Mark, in within (tie,), the ties of blocks of more than one tie that hold the node `top`, depth first from there."""
    count = first.size - 1
    found, low, come = np.zeros(count, np.int64), np.zeros(count, np.int64), np.full(count, -1, np.int64)
    ahead, way, size = first[:-1].copy(), np.empty(count, np.int64), 1
    stack, height = np.empty(within.size, np.int64), 0
    way[0], found[top], low[top], order = top, 1, 1, 1
    while size > 0:
        here = way[size - 1]
        if ahead[here] < first[here + 1]:
            at = ahead[here]
            ahead[here] += 1
            there, by = node[at], tie[at]
            if by == come[here] or found[there] > found[here]:
                continue
            stack[height] = by
            height += 1
            if found[there] > 0:
                low[here] = min(low[here], found[there])
                continue
            order += 1
            found[there], low[there], come[there], way[size] = order, order, by, there
            size += 1
            continue
        size -= 1
        if size == 0:
            return
        above, by = way[size - 1], come[here]
        low[above] = min(low[above], low[here])
        if low[here] < found[above]:
            continue
        bottom = height - 1
        while stack[bottom] != by:
            bottom -= 1
        if above == top and height - bottom > 1:
            within[stack[bottom:height]] = True
        height = bottom
