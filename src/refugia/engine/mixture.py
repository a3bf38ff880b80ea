"""A mixture of rows that share their shares: partitions judged by their exact marginal likelihood.

log p(partition) = sum over groups and columns of log integral of exp(sum of the members' curves) + log prior. Prior: any number of
groups alike, group weights uniform on the simplex, so K groups of sizes n_k among M have K! (K - 1)! / (M + K - 1)! prod n_k!.
The state is changed in place; slots 0 .. groups - 1 are in use.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from refugia.engine.curves import interpolated
from refugia.engine.profiles import NODES, profile

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
_LOST = 40.0  # a group this much worse than the best one (log) is not looked at any further


class Mixture(NamedTuple):
    """Rows, the groups they are in, and what the groups say of their shares."""

    curves: Floats
    """(row, column, grid) log-likelihoods."""
    lumps: Floats
    """(2) prior weight of a share of exactly 0 and exactly 1."""
    alone: Floats
    """(row) log marginal likelihood of the row as a group of its own."""
    group: Integers
    """(row) group of each row, -1 outside all."""
    groups: Integers
    """(1) number of groups."""
    size: Integers
    """(slot)"""
    total: Floats
    """(slot, column, grid) sum of the members' curves."""
    marginal: Floats
    """(slot) log marginal likelihood of a group."""
    place: Floats
    """(slot, column, NODES) nodes of the posterior, and their weights and number."""
    weight: Floats
    filled: Integers
    """(slot, column)"""


@njit(cache=True, nogil=True, error_model="numpy")
def refresh(mixture, k):
    """Bring marginal and nodes of group k up to date with its total."""
    sum_ = 0.0
    for s in range(mixture.total.shape[1]):
        value, n = profile(mixture.total[k, s], mixture.lumps, mixture.place[k, s], mixture.weight[k, s])
        mixture.filled[k, s] = n
        sum_ += value
    mixture.marginal[k] = sum_


@njit(cache=True, nogil=True, error_model="numpy")
def marginal_of(curves, lumps):
    """Log marginal likelihood of one sum of curves (column, grid)."""
    place, weight = np.empty(NODES), np.empty(NODES)
    sum_ = 0.0
    for s in range(curves.shape[0]):
        value, _ = profile(curves[s], lumps, place, weight)
        sum_ += value
    return sum_


@njit(cache=True, nogil=True, error_model="numpy")
def fill_alone(mixture):
    """Marginal likelihood of every row by itself."""
    for i in range(mixture.curves.shape[0]):
        mixture.alone[i] = marginal_of(mixture.curves[i], mixture.lumps)


@njit(cache=True, nogil=True, error_model="numpy", forceinline=True)
def predictive(mixture, i, k, enough):
    """Log likelihood of row i in group k, given the members; gives up below `enough`."""
    sum_ = 0.0
    for s in range(mixture.total.shape[1]):
        curve = mixture.curves[i, s]
        value = 0.0
        for j in range(mixture.filled[k, s]):
            value += mixture.weight[k, s, j] * math.exp(interpolated(curve, mixture.place[k, s, j]))
        sum_ += math.log(max(value, 1e-300))
        if sum_ < enough:
            return -np.inf
    return sum_


@njit(cache=True, nogil=True, error_model="numpy")
def put(mixture, i, k):
    """Add row i to group k; a new group where k is their number."""
    if k == mixture.groups[0]:
        mixture.groups[0] += 1
        mixture.size[k] = 0
        mixture.total[k] = 0.0
    mixture.group[i] = k
    mixture.size[k] += 1
    mixture.total[k] += mixture.curves[i]
    refresh(mixture, k)


@njit(cache=True, nogil=True, error_model="numpy")
def drop(mixture, k):
    """Do away with group k, which is empty: the last group takes its slot."""
    last = mixture.groups[0] - 1
    if k != last:
        for i in range(mixture.group.size):
            if mixture.group[i] == last:
                mixture.group[i] = k
        mixture.size[k] = mixture.size[last]
        mixture.total[k] = mixture.total[last]
        mixture.marginal[k] = mixture.marginal[last]
        mixture.place[k], mixture.weight[k], mixture.filled[k] = mixture.place[last], mixture.weight[last], mixture.filled[last]
    mixture.groups[0] = last


@njit(cache=True, nogil=True, error_model="numpy")
def take(mixture, i):
    """Take row i out of its group."""
    k = mixture.group[i]
    mixture.group[i] = -1
    mixture.size[k] -= 1
    if mixture.size[k] == 0:
        drop(mixture, k)
        return
    mixture.total[k] -= mixture.curves[i]
    refresh(mixture, k)


@njit(cache=True, nogil=True, error_model="numpy")
def log_prior(groups, size, rows):
    """Log prior of a partition of `rows` rows into groups of these sizes."""
    value = math.lgamma(groups + 1.0) + math.lgamma(float(groups)) - math.lgamma(float(rows + groups))
    for k in range(groups):
        value += math.lgamma(size[k] + 1.0)
    return value


@njit(cache=True, nogil=True, error_model="numpy")
def log_posterior(mixture):
    """Log of prior times marginal likelihood of the partition as it stands."""
    value = log_prior(mixture.groups[0], mixture.size, mixture.group.size)
    for k in range(mixture.groups[0]):
        value += mixture.marginal[k]
    return value


@njit(cache=True, nogil=True, error_model="numpy")
def affinities(mixture, i, values):
    """Log weight of row i, which is in no group, for each group and for a new one: values (slot + 1). Returns how many."""
    groups = mixture.groups[0]
    rows = 0
    for k in range(groups):
        rows += mixture.size[k]
    fresh = math.log((groups + 1.0) * max(groups, 1) / (rows + groups + 1.0))
    values[groups] = mixture.alone[i] + fresh if groups < mixture.size.size else -np.inf
    best = values[groups]
    for k in range(groups):
        bonus = math.log(mixture.size[k] + 1.0)
        values[k] = bonus + predictive(mixture, i, k, best - _LOST - bonus)
        best = max(best, values[k])
    return groups + 1


@njit(cache=True, nogil=True, error_model="numpy")
def sweep(mixture, order, chance):
    """Seat every row anew, in this order: at its best place, or by chance where uniforms are given. Returns how many moved."""
    values = np.empty(mixture.size.size + 1)
    moved = 0
    for number in range(order.size):
        i = order[number]
        before = mixture.group[i]
        lonely = before >= 0 and mixture.size[before] == 1
        if before >= 0:
            take(mixture, i)
        n = affinities(mixture, i, values)
        k = _chosen(values, n, chance[number] if chance.size > 0 else -1.0)
        put(mixture, i, k)
        moved += k != before and not (lonely and k == n - 1)
    return moved


@njit(cache=True, nogil=True, error_model="numpy")
def _chosen(values, n, uniform):
    """Index of the largest of n log weights, or one drawn by a uniform."""
    best = 0
    for k in range(1, n):
        if values[k] > values[best]:
            best = k
    if uniform < 0.0:
        return best
    total = 0.0
    for k in range(n):
        total += math.exp(values[k] - values[best])
    for k in range(n):
        uniform -= math.exp(values[k] - values[best]) / total
        if uniform < 0.0:
            return k
    return best
