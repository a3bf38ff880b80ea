"""The draws of many rows at once: the first block of each is made for a whole run of rows, and what is drawn from it is what
`samplers` draws at the same address, bit for bit.

A processor makes several blocks at once where nothing stands between them. The first block decides most draws (a search, or the
squeeze of a rejection); where it does not, the sampler itself is called and begins anew.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from refugia.engine.philox import philox
from refugia.engine.samplers import _BEHIND, _EDGES, _FEW, _INNER, _LAST, _THIRD, _search, binomial, offspring, poisson

_GRAIN = 2.0**-53
_SPARE = np.uint64(11)
_HALF = np.uint64(32)
_SIGN = np.int64(10)
BEHIND = int(_BEHIND)
"""The draw at which the second of two samplers at one address begins."""


@njit(cache=True, nogil=True, error_model="numpy")
def fill_blocks(place, word, moment, last, out):
    """Fill `out` (half, row) with the 64-bit halves of the blocks at (place, word, step, last); `place`, `word` (row,)."""
    for i in range(place.size):
        w0, w1, w2, w3 = philox(place[i], word[i], moment.step, last, moment.key0, moment.key1)
        out[0, i] = np.uint64(w1) << _HALF | np.uint64(w0)
        out[1, i] = np.uint64(w3) << _HALF | np.uint64(w2)


@njit(cache=True, nogil=True, error_model="numpy", forceinline=True)
def _unit(half):
    return max(np.float64(np.int64(half >> _SPARE)), 0.5) * _GRAIN


@njit(cache=True, nogil=True, error_model="numpy", forceinline=True)
def fine(first):
    """The fine uniform of a block, as `fine_uniform` makes it."""
    return (np.float64(np.int64(first[0] >> _SPARE)) + _unit(first[1])) * _GRAIN


@njit(cache=True, nogil=True, error_model="numpy")
def _found(u, law, last, address):
    return _search(u, law[0], law[1], law[2], last, address)


@njit(cache=True, nogil=True, error_model="numpy")
def _binomial(n, p, address):
    return binomial(n, p, address[0], address[1], address[2], address[3], address[4], address[5] >> np.uint64(16))


@njit(cache=True, nogil=True, error_model="numpy")
def _offspring(n, q, address):
    return offspring(n, q, address[0], address[1], address[2], address[3], address[4], address[5] >> np.uint64(16))


@njit(cache=True, nogil=True, error_model="numpy")
def poisson_at(mean, address):
    """A Poisson count at an address (key0, key1, place, word, step, purpose << 16)."""
    return poisson(mean, address[0], address[1], address[2], address[3], address[4], address[5] >> np.uint64(16))


@njit(cache=True, nogil=True, error_model="numpy", forceinline=True)
def binomial_from(n, p, log_rest, first, address):
    """`samplers.binomial` whose first block is known: `first` its halves; `log_rest` = log1p(-min(p, 1 - p)).

    `address`: key0, key1, place, word, step, purpose << 16, all uint64.
    """
    if n <= 0 or not p > 0.0:
        return np.int64(0)
    if p >= 1.0:
        return np.int64(n)
    part = min(p, 1.0 - p)
    mean = n * part
    if mean < _FEW:
        u = fine(first)
        k = np.int64(0)
        if u < mean:
            odds = part / (1.0 - part)
            k = min(np.int64(n), _found(u, (n * log_rest, -odds, (n + 1.0) * odds), min(np.int64(n), _LAST), address))
        return k if p <= 0.5 else n - k
    b = 1.15 + 2.53 * math.sqrt(n * part * (1.0 - part))
    a = -0.0873 + 0.0248 * b + 0.01 * part
    u = _unit(first[0]) - 0.5
    edge = 0.5 - abs(u)
    if edge >= 0.07 and _unit(first[1]) * b <= 0.92 * b - 4.2:
        k = np.int64(math.floor((2.0 * a / edge + b) * u + mean + 0.5))
        return k if p <= 0.5 else n - k
    return _binomial(n, p, address)


@njit(cache=True, nogil=True, error_model="numpy", forceinline=True)
def offspring_from(n, q, log_rest, firsts, address):
    """`samplers.offspring` whose first blocks are known: `firsts` the halves of its own and of the one at BEHIND; `log_rest` =
    log1p(-q)."""
    if n <= 0 or not q > 0.0:
        return np.int64(0)
    odds = q / (1.0 - q)
    if q <= 0.5 and n * odds < _FEW:
        u = fine((firsts[0], firsts[1]))
        return np.int64(0) if u >= n * q else _found(u, (n * log_rest, q, (n - 1.0) * q), _LAST, address)
    layer = np.int64(firsts[0] & np.uint64(255))
    signed = (np.float64(np.int64(firsts[0]) >> _SIGN) + 0.5) * _GRAIN
    d = n - _THIRD
    y = 1.0 / math.sqrt(9.0 * d) * (signed * _EDGES[layer])
    x = signed * _EDGES[layer]
    if not (abs(signed) < _INNER[layer] and y > -1.0 and _unit(firsts[1]) < 1.0 - 0.0331 * (x * x) * (x * x)):
        return _offspring(n, q, address)
    mean = odds * (d * ((1.0 + y) * (1.0 + y) * (1.0 + y)))
    if mean < _FEW:
        return _offspring(n, q, address)
    b = 0.931 + 2.53 * math.sqrt(mean)
    u = _unit(firsts[2]) - 0.5
    edge = 0.5 - abs(u)
    if not (edge >= 0.07 and _unit(firsts[3]) * (b - 2.0) <= 0.9277 * (b - 2.0) - 3.6224):
        return _offspring(n, q, address)
    a = -0.059 + 0.02483 * b
    return np.int64(math.floor((2.0 * a / edge + b) * u + mean + 0.43))
