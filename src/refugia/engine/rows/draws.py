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
from refugia.engine.samplers import (
    _BEHIND,
    _EDGES,
    _FEW,
    _INNER,
    _LAST,
    _THIRD,
    _TWO_PI,
    _binomial_accepts,
    _deviance,
    _search,
    _stirling,
    binomial,
    offspring,
    poisson,
)

_GRAIN = 2.0**-53
_SPARE = np.uint64(11)
_HALF = np.uint64(32)
_SIGN = np.int64(10)
BEHIND = int(_BEHIND)
"""The draw at which the second of two samplers at one address begins."""


@njit(cache=True, nogil=True, error_model="numpy")
def fill_blocks(place, word, moment, last, out):
    """Fill `out` (half, row) with the 64-bit halves of the blocks at (place, word, step, last); `place`, `word` (row,)."""
    step, key0, key1 = np.uint64(moment.step), np.uint64(moment.key0), np.uint64(moment.key1)
    for i in range(place.size):
        w0, w1, w2, w3 = philox(place[i], word[i], step, np.uint64(last), key0, key1)
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


@njit(cache=True, nogil=True, error_model="numpy")
def _squeezed_binomial(n, p, first):
    """The first attempt of BTRS (Hormann 1993) for p <= 1/2 and n p >= 10: a count, or -1 where it is rejected."""
    mean = n * p
    spread = math.sqrt(mean * (1.0 - p))
    b = 1.15 + 2.53 * spread
    a = -0.0873 + 0.0248 * b + 0.01 * p
    u, v = _unit(first[0]) - 0.5, _unit(first[1])
    edge = 0.5 - abs(u)
    k = math.floor((2.0 * a / edge + b) * u + mean + 0.5)
    if edge >= 0.07 and v * b <= 0.92 * b - 4.2:
        return np.int64(k)
    if k < 0.0 or k > n:
        return np.int64(-1)
    w = v * (2.83 + 5.1 / b) * spread / (a / (edge * edge) + b)
    return np.int64(k) if _binomial_accepts(k, n, p, mean, w) else np.int64(-1)


@njit(cache=True, nogil=True, error_model="numpy")
def _squeezed_poisson(mean, first):
    """The first attempt of PTRS (Hormann 1993) for a mean of 10 or more: a count, or -1 where it is rejected."""
    b = 0.931 + 2.53 * math.sqrt(mean)
    a = -0.059 + 0.02483 * b
    u, v = _unit(first[0]) - 0.5, _unit(first[1])
    edge = 0.5 - abs(u)
    k = math.floor((2.0 * a / edge + b) * u + mean + 0.43)
    if edge >= 0.07 and v * (b - 2.0) <= 0.9277 * (b - 2.0) - 3.6224:
        return np.int64(k)
    if k < 0.0 or (edge < 0.013 and v > edge):
        return np.int64(-1)
    w = v * (1.1239 + 1.1328 / (b - 3.4)) / (a / (edge * edge) + b)
    fall = _deviance(k, mean, k - mean) + _stirling(k)
    return np.int64(k) if math.log(w * w * _TWO_PI * max(k, 1.0)) <= -2.0 * fall else np.int64(-1)


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
    k = _squeezed_binomial(np.float64(n), part, first)
    if k < 0:
        return _binomial(n, p, address)
    return k if p <= 0.5 else n - k


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
    k = _squeezed_poisson(mean, (firsts[2], firsts[3]))
    return k if k >= 0 else _offspring(n, q, address)
