"""Rows of voxels: what leaves them towards their six neighbours, and sums whose order is fixed."""

from __future__ import annotations

import numpy as np
from numba import njit


@njit(cache=True, nogil=True, error_model="numpy")
def in_order(parts):
    """The sum of parts (n,), in order."""
    total = 0.0
    for part in parts:
        total += part
    return total


@njit(cache=True, nogil=True, error_model="numpy")
def product(left, right):
    """The sum of products of two rows (n,) in float64, in eight lanes."""
    n = left.size // 8
    a = b = c = d = e = f = g = h = 0.0
    for i in range(n):
        a += np.float64(left[i]) * right[i]
        b += np.float64(left[n + i]) * right[n + i]
        c += np.float64(left[2 * n + i]) * right[2 * n + i]
        d += np.float64(left[3 * n + i]) * right[3 * n + i]
        e += np.float64(left[4 * n + i]) * right[4 * n + i]
        f += np.float64(left[5 * n + i]) * right[5 * n + i]
        g += np.float64(left[6 * n + i]) * right[6 * n + i]
        h += np.float64(left[7 * n + i]) * right[7 * n + i]
    for i in range(8 * n, left.size):
        a += np.float64(left[i]) * right[i]
    return ((a + b) + (c + d)) + ((e + f) + (g + h))


@njit(cache=True, nogil=True, error_model="numpy")
def _leave(out, own, low, high):
    """Add to out (n,) what leaves a row towards two others, each with the conductances of the faces between."""
    (k, a), (m, b) = low, high
    for i in range(out.size):
        out[i] += k[i] * (own[i] - a[i]) + m[i] * (own[i] - b[i])


@njit(cache=True, nogil=True, error_model="numpy")
def passed(z, y, ways, excess, values, out):
    """Fill out (X,) with A c of the row (z, y), A c = sum over faces of k (c - c') + excess c.

    ways are two arrays (3, Z, Y, X) that belong to the face towards the next voxel along z, y and x: k of the next voxel, and k of
    the voxel itself; the same array twice where A is symmetric. Beyond the sides lies the row itself: no difference comes from it.
    """
    ahead, back = ways
    depth, height, width = values.shape
    own, e, k, m, last = values[z, y], excess[z, y], back[2, z, y], ahead[2, z, y], width - 1
    out[0] = e[0] * own[0] + (k[0] * (own[0] - own[1]) if last > 0 else 0.0)
    if last > 0:
        out[last] = e[last] * own[last] + m[last - 1] * (own[last] - own[last - 1])
    for x in range(1, last):
        out[x] = e[x] * own[x] + k[x] * (own[x] - own[x + 1]) + m[x - 1] * (own[x] - own[x - 1])
    if height > 1:
        low, high = max(y - 1, 0), min(y + 1, height - 1)
        _leave(out, own, (ahead[1, z, low], values[z, low]), (back[1, z, y], values[z, high]))
    if depth > 1:
        low, high = max(z - 1, 0), min(z + 1, depth - 1)
        _leave(out, own, (ahead[0, low, y], values[low, y]), (back[0, z, y], values[high, y]))
