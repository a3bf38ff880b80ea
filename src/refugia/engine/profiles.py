"""What a curve says of its share: its marginal likelihood, and its posterior on a few nodes.

The prior of a share is uniform, with two lumps: a weight at exactly 0 and one at exactly 1.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from refugia.engine.curves import interpolated

NODES = 96
"""Most nodes a posterior is kept on."""
_DEEP = 26.0  # log-likelihood below the top that no longer counts
_FAINT = 1e-5
_TAIL = 0.025
_STEP = 0.4  # nodes a standard deviation


@njit(cache=True, nogil=True, error_model="numpy", forceinline=True)
def _span(curve):
    """Top of the curve, and the first and last grid point that count."""
    last = curve.size - 1
    best = 0
    for g in range(1, last + 1):
        if curve[g] > curve[best]:
            best = g
    low, high = 0, last
    while curve[low] < curve[best] - _DEEP:
        low += 1
    while curve[high] < curve[best] - _DEEP:
        high -= 1
    return best, max(low - 1, 0), min(high + 1, last)


@njit(cache=True, nogil=True, error_model="numpy", forceinline=True)
def _count(curve, best, low, high):
    """How many steps the span is cut into, so that the peak is resolved."""
    last = curve.size - 1
    middle = min(max(best, 1), last - 1)
    bend = 2.0 * curve[middle] - curve[middle - 1] - curve[middle + 1]
    width = 1.0 / math.sqrt(bend) if bend > 1e-6 else 1e3
    if best == 0 or best == last:
        slope = abs(curve[best] - curve[middle])
        width = min(width, 1.0 / max(slope, 1e-3))
    least = max(min(float(high - low), 48.0), 8.0)
    return int(min(max((high - low) / max(_STEP * width, 1e-3), least), 8.0 * NODES))


@njit(cache=True, nogil=True, error_model="numpy")
def profile(curve, lumps, place, weight):
    """Marginal likelihood of a curve (log) and its posterior on nodes.

    curve (grid); lumps (2) prior weight at 0 and 1. Writes `place` (NODES), in grid steps, and `weight` (NODES), which
    adds up to 1;
    returns the log marginal and the number of nodes.
    """
    last = curve.size - 1
    best, low, high = _span(curve)
    top = curve[best]
    count = _count(curve, best, low, high)
    step = (high - low) / count
    rest = (1.0 - lumps[0] - lumps[1]) * 2.0 * step / last
    total, biggest, summit = 0.0, 0.0, top
    values = np.empty(count + 1)
    for j in range(count + 1):
        values[j] = interpolated(curve, low + j * step)
        summit = max(summit, values[j])
    for j in range(count + 1):
        x = low + j * step
        edge = 0.5 if j == 0 or j == count else 1.0
        values[j] = edge * rest * (x / last) * math.exp(values[j] - summit)
        biggest = max(biggest, values[j])
        total += values[j]
    at_zero, at_one = lumps[0] * math.exp(curve[0] - summit), lumps[1] * math.exp(curve[last] - summit)
    total += at_zero + at_one
    n = 0
    n = _keep(place, weight, n, 0.0, at_zero / total)
    n = _keep(place, weight, n, float(last), at_one / total)
    stride = 1
    kept = 0
    for j in range(count + 1):
        kept += values[j] > _FAINT * biggest
    while kept // stride > NODES - 4:
        stride += 1
    for j in range(0, count + 1, stride):
        if values[j] > _FAINT * biggest:
            n = _keep(place, weight, n, low + j * step, stride * values[j] / total)
    return summit + math.log(total), n


@njit(cache=True, nogil=True, error_model="numpy", forceinline=True)
def _keep(place, weight, n, x, share):
    """Add a node that carries weight."""
    if share <= 1e-9 or n >= NODES:
        return n
    place[n], weight[n] = x, share
    return n + 1


@njit(cache=True, nogil=True, error_model="numpy")
def intervals(curves, lumps, out):
    """Posterior mean and the ends of the 95 % interval of every share: out (row, column, 3) from curves (row, column, grid)."""
    place, weight = np.empty(NODES), np.empty(NODES)
    last = curves.shape[2] - 1
    for i in range(curves.shape[0]):
        for s in range(curves.shape[1]):
            _, n = profile(curves[i, s], lumps, place, weight)
            order = np.argsort(place[:n])
            total = weight[:n].sum()
            mean, sum_, before, past = 0.0, 0.0, 0.0, (place[order[0]] / last) ** 2
            out[i, s, 1], out[i, s, 2] = past, (place[order[-1]] / last) ** 2
            for j in order:
                x, part = (place[j] / last) ** 2, weight[j] / total
                mean += part * x
                here = sum_ + 0.5 * part
                for end, level in ((1, _TAIL), (2, 1.0 - _TAIL)):
                    if before < level <= here:
                        out[i, s, end] = past + (x - past) * (level - before) / (here - before)
                sum_, before, past = sum_ + part, here, x
            out[i, s, 0] = mean
