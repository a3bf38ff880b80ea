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
def split(mixture, k, first, second):
    """Try to split group k between two of its members: the others join one or the other in turn, then choose again thrice.

    Kept where it raises the posterior; returns the gain, 0 where the group stays as it was.
    """
    if mixture.groups[0] == mixture.size.size or first == second:
        return 0.0
    before = log_posterior(mixture)
    members = np.flatnonzero(mixture.group == k)
    held, total = mixture.marginal[k], mixture.total[k].copy()
    new = mixture.groups[0]
    mixture.group[members] = -1
    mixture.size[k] = 0
    mixture.total[k] = 0.0
    put(mixture, first, k)
    put(mixture, second, new)
    for i in members:
        if mixture.group[i] < 0:
            put(mixture, i, new if _drawn_away(mixture, i, k, new, 1.0) else k)
    for _ in range(3):
        changed = False
        for i in members:
            here = mixture.group[i]
            if mixture.size[here] > 1 and _drawn_away(mixture, i, here, k + new - here, 0.0):
                _move(mixture, i, here, k + new - here)
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
def _drawn_away(mixture, i, here, there, outside):
    """Whether row i belongs there rather than here; `outside` is 1 where it is in neither, 0 where it is here."""
    stay = predictive(mixture, i, here, -np.inf) + np.log(mixture.size[here] + outside)
    return predictive(mixture, i, there, -np.inf) + np.log(mixture.size[there] + 1.0) > stay


@njit(cache=True, nogil=True, error_model="numpy")
def _move(mixture, i, here, there):
    mixture.size[here] -= 1
    mixture.total[here] -= mixture.curves[i]
    refresh(mixture, here)
    put(mixture, i, there)


@njit(cache=True, nogil=True, error_model="numpy")
def _settled(mixture, order):
    """Seat rows until none moves, then merge while it pays. Returns what the mergers gained."""
    for _ in range(20):
        if sweep(mixture, order, np.empty(0)) == 0:
            break
    gain = 0.0
    while True:
        more = merge_best(mixture)
        if more == 0.0:
            return gain
        gain += more


@njit(cache=True, nogil=True, error_model="numpy")
def climb(mixture, order, picks):
    """Climb to a partition that no seating, merger or split improves. picks (round, try, 2) uniforms that choose the
    seeds of splits."""
    for turn in range(picks.shape[0]):
        gain = _settled(mixture, order)
        for k in range(mixture.groups[0]):
            members = np.flatnonzero(mixture.group == k)
            if members.size < 2:
                continue
            worst, least = members[0], np.inf
            for i in members:
                value = predictive(mixture, i, k, -np.inf) - mixture.alone[i]
                if value < least:
                    worst, least = i, value
            for attempt in range(picks.shape[1]):
                pick = picks[turn, attempt]
                first = worst if attempt == 0 else members[int(pick[0] * members.size)]
                more = split(mixture, k, first, members[int(pick[1] * members.size)])
                gain += more
                if more > 0.0:
                    break
        if gain == 0.0:
            break
    return log_posterior(mixture)
