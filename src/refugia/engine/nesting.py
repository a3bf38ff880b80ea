"""Nested shares on a tree: its exact marginal likelihood, column by column, by messages from the leaves to the root.

Node 0 is the root and holds the whole; the share of a node is its own part plus the shares of its children. Parts are counted in
steps of a lattice, N steps the whole, and their prior is Dirichlet-multinomial with concentration a: weight of a part of e steps
h(e) = G(a + e) / (G(a) e!). With L_v(i) the likelihood of a share of i steps, a node says to its parent

    f_v(i) = L_v(i) (h * f_c1 * f_c2 * ...)(i),          c1, c2, ... its children, * convolution,

and the root's sum at i = N is the likelihood of the tree with every share integrated out.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from refugia.engine.curves import interpolated

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
ABSENT = -2
"""Parent of a node that is not in the tree yet; the root's own parent is -1."""
BROKEN = -150.0
"""Log penalty, for each node and column, where no share of a node is as large as its children ask."""
_TRIM = 1e-24
_FINE = 12


class Nest(NamedTuple):
    """Likelihoods on the lattice, and the messages of the tree as it stands (a second set for one that is tried)."""

    parent: Integers
    """(node)"""
    steps: Integers
    """(column) steps of the lattice N."""
    part: Floats
    """(step) h, the prior weight of a part."""
    like: Floats
    """(node, column, step) likelihood of a share, largest 1; zero outside its window."""
    window: Integers
    """(node, column, 2) first and last step of the window."""
    message: Floats
    """(set, node, column, step) f, largest 1."""
    reach: Integers
    """(set, node, column, 2) first and last step of a message."""
    scale: Floats
    """(set, node) sum over columns of the logarithm taken out of the messages."""
    tried: NDArray[np.bool_]
    """(node) the message of the second set is to be read."""
    scratch: Floats
    """(2, step)"""


@njit(cache=True, nogil=True, error_model="numpy")
def fill_likelihood(curve, steps, like, window):
    """Likelihood on the lattice from a log-likelihood curve over the root of the share: mean over the cell around each step.

    A curve narrower than a cell is spread over two cells on either side, so that rounding to the lattice forbids nothing.
    """
    last = curve.size - 1
    top = curve.max()
    values = np.zeros(steps * _FINE + 1)
    mass, first, second = 0.0, 0.0, 0.0
    for j in range(values.size):
        x = j / (values.size - 1.0)
        values[j] = math.exp(interpolated(curve, last * math.sqrt(x)) - top)
        mass, first, second = mass + values[j], first + values[j] * x, second + values[j] * x * x
    mean = first / mass
    narrow = math.sqrt(max(second / mass - mean * mean, 0.0)) * steps < 0.7
    biggest = 0.0
    half = _FINE if narrow else _FINE // 2
    for i in range(steps + 1):
        sum_, norm = 0.0, 0.0
        for j in range(max(i * _FINE - half, 0), min(i * _FINE + half, values.size - 1) + 1):
            share = (half + 1.0 - abs(j - i * _FINE)) if narrow else 1.0
            sum_, norm = sum_ + share * values[j], norm + share
        like[i] = sum_ / norm
        biggest = max(biggest, like[i])
    low, high = 0, steps
    while like[low] < _TRIM * biggest:
        low += 1
    while like[high] < _TRIM * biggest:
        high -= 1
    like[:low], like[high + 1 :] = 0.0, 0.0
    window[0], window[1] = low, high
    for i in range(low, high + 1):
        like[i] /= biggest
    return math.log(biggest) + top


@njit(cache=True, nogil=True, error_model="numpy")
def part_weights(concentration, part):
    """Fill h(e) = G(a + e) / (G(a) e!)."""
    for e in range(part.size):
        part[e] = math.exp(math.lgamma(concentration + e) - math.lgamma(concentration) - math.lgamma(e + 1.0))


@njit(cache=True, nogil=True, error_model="numpy")
def _children_sum(nest, v, s, set_):
    """Distribution of the sum of the children's shares in scratch row `now`. Returns its row, first and last step (-1:
    no child)."""
    now, low, high = 0, -1, -1
    n = nest.steps[s]
    for c in range(1, nest.parent.size):
        if nest.parent[c] != v:
            continue
        from_ = 1 if set_ == 1 and nest.tried[c] else 0
        first, last = nest.reach[from_, c, s, 0], nest.reach[from_, c, s, 1]
        if low < 0:
            low, high = first, last
            nest.scratch[now, low : high + 1] = nest.message[from_, c, s, low : high + 1]
            continue
        other = 1 - now
        bottom, top = low + first, min(high + last, n)
        if bottom > n:
            return now, n + 1, n
        nest.scratch[other, bottom : top + 1] = 0.0
        for i in range(low, high + 1):
            weight = nest.scratch[now, i]
            end = min(last, n - i)
            for j in range(first, end + 1):
                nest.scratch[other, i + j] += weight * nest.message[from_, c, s, j]
        now, low, high = other, bottom, top
    return now, low, high


@njit(cache=True, nogil=True, error_model="numpy")
def tell(nest, v, set_):
    """Bring the message of node v to its parent up to date in one of the two sets; for the root, the likelihood of the tree."""
    total = 0.0
    for s in range(nest.steps.size):
        now, low, high = _children_sum(nest, v, s, set_)
        if v == 0:
            total += _whole(nest, s, now, low, high)
            continue
        out = nest.message[set_, v, s]
        first, last = nest.window[v, s, 0], nest.window[v, s, 1]
        like = nest.like[v, s]
        if low < 0:
            for i in range(first, last + 1):
                out[i] = like[i] * nest.part[i]
        elif low > last:
            total += BROKEN
            out[first : last + 1] = like[first : last + 1]
        else:
            first = max(first, low)
            out[first : last + 1] = 0.0
            for j in range(low, min(high, last) + 1):
                weight = nest.scratch[now, j]
                for i in range(max(first, j), last + 1):
                    out[i] += weight * nest.part[i - j]
            for i in range(first, last + 1):
                out[i] *= like[i]
        total += _trimmed(out, nest.reach[set_, v, s], first, last)
    nest.scale[set_, v] = total


@njit(cache=True, nogil=True, error_model="numpy", forceinline=True)
def _whole(nest, s, now, low, high):
    """Log likelihood of one column at the root: children and own part make the whole."""
    n = nest.steps[s]
    if low > n:
        return BROKEN
    if low < 0:
        return math.log(nest.part[n])
    value = 0.0
    for j in range(low, high + 1):
        value += nest.scratch[now, j] * nest.part[n - j]
    return math.log(value) if value > 1e-200 else BROKEN


@njit(cache=True, nogil=True, error_model="numpy", forceinline=True)
def _trimmed(out, reach, first, last):
    """Scale a message to a largest value of 1 and cut its faint ends. Returns the logarithm taken out."""
    top = 0.0
    for i in range(first, last + 1):
        top = max(top, out[i])
    if top < 1e-250:  # all that fits lies in the faint tail of a likelihood
        reach[0], reach[1] = first, last
        out[first : last + 1] = 1.0
        return BROKEN
    while out[first] < _TRIM * top:
        first += 1
    while out[last] < _TRIM * top:
        last -= 1
    for i in range(first, last + 1):
        out[i] /= top
    reach[0], reach[1] = first, last
    return math.log(top)


@njit(cache=True, nogil=True, error_model="numpy")
def retell(nest):
    """Every message of the tree anew, children first. Returns the log likelihood."""
    nest.tried[:] = False
    _post(nest, 0)
    return likelihood(nest)


@njit(cache=True, nogil=True, error_model="numpy")
def _post(nest, set_):
    nodes = nest.parent.size
    depth = np.zeros(nodes, np.int64)
    deepest = 0
    for v in range(1, nodes):
        u = v
        while nest.parent[u] >= 0:
            depth[v] += 1
            u = nest.parent[u]
        if nest.parent[v] == ABSENT:
            depth[v] = -1
        deepest = max(deepest, depth[v])
    for level in range(deepest, -1, -1):
        for v in range(nodes):
            if depth[v] == level:
                tell(nest, v, set_)
                nest.tried[v] = set_ == 1


@njit(cache=True, nogil=True, error_model="numpy")
def likelihood(nest):
    """Log likelihood of the tree that the messages describe: of the one that is tried, where one is."""
    value = 0.0
    for v in range(nest.parent.size):
        if nest.parent[v] != ABSENT:
            value += nest.scale[1 if nest.tried[v] else 0, v]
    return value


@njit(cache=True, nogil=True, error_model="numpy")
def climb_from(nest, v, set_):
    """Messages of v and of all above it, up to the root."""
    while v >= 0:
        tell(nest, v, set_)
        nest.tried[v] = set_ == 1
        v = nest.parent[v]


@njit(cache=True, nogil=True, error_model="numpy")
def try_tree(nest):
    """Log likelihood of the tree in `parent`, every message in the second set."""
    nest.tried[:] = False
    _post(nest, 1)
    value = likelihood(nest)
    nest.tried[:] = False
    return value
