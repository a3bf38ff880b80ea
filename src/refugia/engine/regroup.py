"""Larger moves of a mixture: two groups made one, one made two; and the climb to the best partition."""

from __future__ import annotations

import numpy as np
from numba import njit

from refugia.engine.mixture import (
    drop,
    log_posterior,
    log_prior,
    marginal_of,
    predictive,
    put,
    refresh,
    sweep,
)

_GAIN = 1e-9


@njit(cache=True, nogil=True, error_model="numpy")
def merge_best(mixture):
    """Merge the two groups whose union raises the posterior most. Returns the gain, 0 where there is none."""
    groups, rows = mixture.groups[0], mixture.group.size
    best, first, second = _GAIN, -1, -1
    size = mixture.size.copy()
    before = log_prior(groups, size, rows)
    for a in range(groups):
        for b in range(a + 1, groups):
            size[a] = mixture.size[a] + mixture.size[b]
            size[b] = mixture.size[groups - 1]
            prior = log_prior(groups - 1, size, rows) - before
            size[a], size[b] = mixture.size[a], mixture.size[b]
            bound = prior - mixture.marginal[a] - mixture.marginal[b]
            if bound + _ceiling(mixture, a, b) <= best:
                continue
            gain = bound + marginal_of(mixture.total[a] + mixture.total[b], mixture.lumps)
            if gain > best:
                best, first, second = gain, a, b
    if first < 0:
        return 0.0
    join(mixture, first, second)
    return best


@njit(cache=True, nogil=True, error_model="numpy")
def _ceiling(mixture, a, b):
    """No marginal likelihood of a union is larger than the likelihood at the best grid point, bar what lies between points."""
    value = 0.0
    for s in range(mixture.total.shape[1]):
        top = -np.inf
        for g in range(mixture.total.shape[2]):
            top = max(top, mixture.total[a, s, g] + mixture.total[b, s, g])
        value += top + 2.0
    return value


@njit(cache=True, nogil=True, error_model="numpy")
def join(mixture, a, b):
    """Move all rows of group b into group a."""
    for i in range(mixture.group.size):
        if mixture.group[i] == b:
            mixture.group[i] = a
    mixture.size[a] += mixture.size[b]
    mixture.total[a] += mixture.total[b]
    refresh(mixture, a)
    mixture.size[b] = 0
    drop(mixture, b)


@njit(cache=True, nogil=True, error_model="numpy")
def split(mixture, k, seed):
    """Try to split group k around the member `seed`: the rest chooses sides thrice. Kept where it raises the posterior.

    Returns the gain, 0 where the group stays as it was.
    """
    if mixture.groups[0] == mixture.size.size or mixture.size[k] < 2:
        return 0.0
    before = log_posterior(mixture)
    members = np.flatnonzero(mixture.group == k)
    held, total = mixture.marginal[k], mixture.total[k].copy()
    new = mixture.groups[0]
    _move(mixture, seed, k, new)
    for turn in range(4):
        changed = False
        for i in members:
            here = mixture.group[i]
            there = k + new - here
            if mixture.size[here] == 1 or (turn == 0 and i == seed):
                continue
            stay = predictive(mixture, i, here, -np.inf) + np.log(float(mixture.size[here]))
            leave = predictive(mixture, i, there, -np.inf) + np.log(mixture.size[there] + 1.0)
            if leave > stay:
                _move(mixture, i, here, there)
                changed = True
        if not changed:
            break
    gain = log_posterior(mixture) - before
    if gain > _GAIN:
        return gain
    mixture.group[members] = k
    mixture.size[k] = members.size
    mixture.total[k] = total
    refresh(mixture, k)
    mixture.marginal[k] = held
    mixture.groups[0] = new
    return 0.0


@njit(cache=True, nogil=True, error_model="numpy")
def _move(mixture, i, here, there):
    mixture.size[here] -= 1
    mixture.total[here] -= mixture.curves[i]
    refresh(mixture, here)
    put(mixture, i, there)


@njit(cache=True, nogil=True, error_model="numpy")
def climb(mixture, order, picks):
    """Climb to a partition that no seating, merger or split improves. picks (round, try) uniforms that choose the seeds of splits."""
    quiet = np.empty(0)
    for turn in range(picks.shape[0]):
        for _ in range(20):
            if sweep(mixture, order, quiet) == 0:
                break
        gain = 0.0
        while True:
            more = merge_best(mixture)
            if more == 0.0:
                break
            gain += more
        for k in range(mixture.groups[0]):
            members = np.flatnonzero(mixture.group == k)
            worst, least = members[0], np.inf
            for i in members:
                value = predictive(mixture, i, k, -np.inf) - mixture.alone[i]
                if value < least:
                    worst, least = i, value
            more = split(mixture, k, worst)
            for pick in picks[turn]:
                if more > 0.0:
                    break
                more = split(mixture, k, members[int(pick * members.size)])
            gain += more
        if gain == 0.0:
            break
    return log_posterior(mixture)
