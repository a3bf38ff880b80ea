"""The most likely nested shares on a tree: parts change hands, two nodes at a time, until no exchange raises the likelihood.

Parts are at least 0 and add up to 1 in each column, so every point on the way is nested; on concave curves the end is the maximum.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from refugia.engine.curves import interpolated

_GOLDEN = 0.5 * (math.sqrt(5.0) - 1.0)
_ROUNDS = 60
_LITTLE = 1e-7


@njit(cache=True, nogil=True, error_model="numpy")
def _sides(parent, a, b, side):
    """Nodes whose share rises (1) or falls (-1) when part of a goes to b: those above one of the two alone."""
    side[:] = 0
    v = b
    while v > 0:
        side[v] += 1
        v = parent[v]
    v = a
    while v > 0:
        side[v] -= 1
        v = parent[v]


@njit(cache=True, nogil=True, error_model="numpy")
def _value(curves, s, shares, side, amount):
    """Log likelihood of the nodes that an exchange of this amount moves."""
    last = curves.shape[2] - 1
    total = 0.0
    for v in range(1, shares.size):
        if side[v] != 0:
            x = min(max(shares[v] + side[v] * amount, 0.0), 1.0)
            total += interpolated(curves[v - 1, s], last * math.sqrt(x))
    return total


@njit(cache=True, nogil=True, error_model="numpy")
def _best_amount(curves, s, shares, side, ends):
    """The exchange between two ends (fall, rise) with the largest likelihood, by golden section, the ends and 0 tried as well."""
    low, high = ends
    left, right = high - _GOLDEN * (high - low), low + _GOLDEN * (high - low)
    at_left, at_right = _value(curves, s, shares, side, left), _value(curves, s, shares, side, right)
    while high - low > _LITTLE:
        if at_left < at_right:
            low, left, at_left = left, right, at_right
            right = low + _GOLDEN * (high - low)
            at_right = _value(curves, s, shares, side, right)
        else:
            high, right, at_right = right, left, at_left
            left = high - _GOLDEN * (high - low)
            at_left = _value(curves, s, shares, side, left)
    best, amount = _value(curves, s, shares, side, 0.0), 0.0
    start = best
    for x in (0.5 * (low + high), ends[0], ends[1]):
        value = _value(curves, s, shares, side, x)
        if value > best + 1e-9:
            best, amount = value, x
    return amount, best - start


@njit(cache=True, nogil=True, error_model="numpy")
def fit_shares(parent, curves, reach, shares):
    """Raise shares (node, column), nested to begin with, to the most likely ones.

    parent (node), -1 for the root; curves (node - 1, column, grid); reach: most that changes hands in one exchange.
    """
    nodes, columns = shares.shape
    side = np.zeros(nodes, np.int64)
    part = np.empty(nodes)
    for s in range(columns):
        part[:] = shares[:, s]
        for v in range(1, nodes):
            part[parent[v]] -= shares[v, s]
        for _ in range(_ROUNDS):
            gain = 0.0
            for a in range(nodes):
                for b in range(a):
                    ends = (-min(max(part[b], 0.0), reach), min(max(part[a], 0.0), reach))
                    if ends[1] - ends[0] < _LITTLE:
                        continue
                    _sides(parent, a, b, side)
                    amount, more = _best_amount(curves, s, shares[:, s], side, ends)
                    if amount != 0.0:
                        gain += more
                        part[a] -= amount
                        part[b] += amount
                        for v in range(1, nodes):
                            shares[v, s] += side[v] * amount
            if gain < 1e-3:
                break
        for v in range(1, nodes):
            shares[v, s] = min(max(shares[v, s], 0.0), 1.0)
