"""Draws of all shares of a tree at once, from its messages: every draw is nested and its parts add up to the whole."""

from __future__ import annotations

import numpy as np
from numba import njit


@njit(cache=True, nogil=True, error_model="numpy")
def unfold(nest, chance, shares):
    """Fill shares (draw, node, column), in steps, by going down from the root. chance (draw, node, column) uniforms.

    The messages of the first set must be up to date. Where no share fits, the largest one that is left is taken.
    """
    nodes = nest.parent.size
    order = _downward(nest.parent)
    for s in range(nest.steps.size):
        n = nest.steps[s]
        shares[:, 0, s] = n
        for number in range(nodes):
            v = order[number]
            if v < 0:
                continue
            children = np.flatnonzero(nest.parent == v)
            if children.size > 0:
                _share_out(nest, v, s, children, chance, shares)


@njit(cache=True, nogil=True, error_model="numpy")
def _downward(parent):
    """Nodes in an order in which each comes after its parent; -1 behind them."""
    order = np.full(parent.size, -1)
    order[0] = 0
    filled, at = 1, 0
    while at < filled:
        for v in range(1, parent.size):
            if parent[v] == order[at]:
                order[filled] = v
                filled += 1
        at += 1
    return order


@njit(cache=True, nogil=True, error_model="numpy")
def _rests(nest, s, children):
    """For each child, what the own part and the later children make together: (child, step)."""
    n = nest.steps[s]
    rests = np.zeros((children.size, n + 1))
    rests[children.size - 1] = nest.part[: n + 1]
    for index in range(children.size - 1, 0, -1):
        c = children[index]
        for x in range(nest.reach[0, c, s, 0], nest.reach[0, c, s, 1] + 1):
            weight = nest.message[0, c, s, x]
            for rest in range(n - x + 1):
                rests[index - 1, x + rest] += weight * rests[index, rest]
        rests[index - 1] /= max(rests[index - 1].max(), 1e-300)
    return rests


@njit(cache=True, nogil=True, error_model="numpy")
def _share_out(nest, v, s, children, chance, shares):
    """Share out what node v holds among its children and itself, draw by draw."""
    rests = _rests(nest, s, children)
    for draw in range(shares.shape[0]):
        left = shares[draw, v, s]
        for index in range(children.size):
            c = children[index]
            first, last = nest.reach[0, c, s, 0], min(nest.reach[0, c, s, 1], left)
            total = 0.0
            for x in range(first, last + 1):
                total += nest.message[0, c, s, x] * rests[index, left - x]
            chosen = min(nest.reach[0, c, s, 1], left)
            if total > 0.0:
                goal = chance[draw, c, s] * total
                for x in range(first, last + 1):
                    goal -= nest.message[0, c, s, x] * rests[index, left - x]
                    if goal <= 0.0:
                        chosen = x
                        break
            shares[draw, c, s] = chosen
            left -= chosen
