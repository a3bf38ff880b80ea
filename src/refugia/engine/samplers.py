"""Exact samplers of counts, each draw addressed by (place, clone, step, purpose) under a two-word key.

At one address a sampler always says the same thing: its attempts (rejections) raise the low 16 bits of the last counter word,
`purpose << 16 | draw`, and one Philox block serves one attempt. Nothing loses digits up to counts of 1e12: large counts are judged
by their deviances (Loader 2000, "Fast and accurate computation of binomial probabilities"), small means by uniforms fine near zero.

Everything here is inlined by the compiler's back end (`forceinline`): a call costs as much as the round it makes.

A ValueError is raised where a mean is infinite or its count would not fit 64 bits.

Arguments of every sampler: key0, key1, place, clone, step: integers, low 32 bits; purpose: integer below 65536.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from refugia.engine.philox import fine_uniform, layer_and_uniforms, uniforms

_FEW = 10.0  # below this mean a count is found by search, above by transformed rejection (the hats below are proven from 10 on)
_LAST = 110  # the search gives up here and starts again: beyond it lies less than 1e-22 of any law searched
_FULL = 1e18  # counts above do not fit 64 bits
_MANY = 1 << 15  # attempts a draw may take before its arguments must be at fault (not finite)
_BITS = np.uint64(16)
_BEHIND = np.uint64(1 << 15)  # first draw of a sampler that follows another one at the same address
_TWO_PI = 2.0 * math.pi
_THIRD = 1.0 / 3.0


def _stirling_errors(size: int) -> np.ndarray:
    """Return log k! - log(sqrt(2 pi k) k^k e^-k) for k below size; for k = 0 with k replaced by 1 under the root."""
    rest = [-0.5 * math.log(_TWO_PI)]
    rest += [math.lgamma(k + 1.0) - (k + 0.5) * math.log(k) + k - 0.5 * math.log(_TWO_PI) for k in range(1, size)]
    return np.array(rest)


_ERRORS = _stirling_errors(16)
_SHARES = 1.0 / np.maximum(np.arange(_LAST + 4.0), 1.0)  # 1 / k
_BASE = 3.654152885361009  # where the tail begins and what each of 256 layers of equal area holds: fixed by 256 layers alone
_AREA = 0.004928673233974655


def _layers() -> np.ndarray:
    """Return the widths (257,) of the ziggurat's layers under exp(-x^2 / 2), the base first as wide as its area asks, the top 0."""
    edges = [_AREA / math.exp(-0.5 * _BASE * _BASE), _BASE]
    while len(edges) < 256:
        edges.append(math.sqrt(-2.0 * math.log(_AREA / edges[-1] + math.exp(-0.5 * edges[-1] * edges[-1]))))
    return np.array([*edges, 0.0])


_EDGES = _layers()
_INNER = _EDGES[1:] / _EDGES[:-1]


@njit(cache=True, nogil=True, error_model="numpy", forceinline=True)
def _stirling(x):
    if x < 16.0:
        return _ERRORS[int(x)]
    r = 1.0 / x
    s = r * r
    return r * (1.0 / 12.0 - s * (1.0 / 360.0 - s * (1.0 / 1260.0 - s * (1.0 / 1680.0))))


@njit(cache=True, nogil=True, error_model="numpy", forceinline=True)
def _deviance(x, mean, gap):
    """x log(x / mean) - gap with gap = x - mean, without cancellation: Loader (2000), equation 5."""
    if x == 0.0:
        return mean
    v = gap / (x + mean)
    s = v * v
    if s > 0.01:
        return x * math.log(x / mean) - gap
    tail = s * (1.0 / 3.0 + s * (0.2 + s * (1.0 / 7.0 + s * (1.0 / 9.0 + s * (1.0 / 11.0 + s * (1.0 / 13.0))))))
    return gap * v + 2.0 * x * v * tail


@njit(cache=True, nogil=True, error_model="numpy", forceinline=True)
def _fine(address, draw):
    key0, key1, place, clone, step, word = address
    return fine_uniform(place, clone, step, word + np.uint64(draw), key0, key1)


@njit(cache=True, nogil=True, error_model="numpy", forceinline=True)
def _pair(address, draw):
    key0, key1, place, clone, step, word = address
    return uniforms(place, clone, step, word + np.uint64(draw), key0, key1)


@njit(cache=True, nogil=True, error_model="numpy", forceinline=True)
def _search(u, log_nought, a, b, last, address):
    """Search upwards through p_k = p_(k-1) (a + b / k), from p_0 = exp(log_nought): Panjer (1981).

    A u below P(K >= 1) means a count above 0, so that a fine u keeps its digits where that chance is tiny.
    """
    some = -math.expm1(log_nought)
    for draw in range(1, _MANY):
        left = some - u
        mass = 1.0 - some
        for k in range(0, last, 4):  # four steps at a time, so that the processor guesses wrong once only
            one = mass * (a + b * _SHARES[k + 1])
            two = one * (a + b * _SHARES[k + 2])
            three = two * (a + b * _SHARES[k + 3])
            mass = three * (a + b * _SHARES[k + 4])
            two += one
            three += two
            if left <= three + mass:
                return k + np.int64(left > 0.0) + np.int64(left > one) + np.int64(left > two) + np.int64(left > three)
            left -= three + mass
        u = _fine(address, draw)
    raise ValueError("No count was found: the arguments of the sampler are not finite.")


@njit(cache=True, nogil=True, error_model="numpy")
def _binomial_accepts(k, n, p, mean, w):
    """True where w <= f(k) / f(mode): by the bounds in BTPE (Kachitvichyanukul & Schmeiser 1988), else by Loader's deviances."""
    mode = math.floor((n + 1.0) * p + 0.0 * w)  # tied to w, or the compiler works out all that follows before the first attempt
    rest = n - mean
    share = 1.0 / (mean * (1.0 - p))
    x = abs(k - mode)
    r = x * share
    height = math.log(w)
    if r < 0.5 - share:
        slack = r * ((x * (x * _THIRD + 0.625) + 1.0 / 6.0) * share + 0.5)
        excess = height + 0.5 * x * r
        if abs(excess) > slack:
            return excess < 0.0
    gap = k - mean
    lead = mode - mean
    fall = _deviance(k, mean, gap) + _deviance(n - k, rest, -gap) + _stirling(k) + _stirling(n - k)
    top = _deviance(mode, mean, lead) + _deviance(n - mode, rest, -lead) + _stirling(mode) + _stirling(n - mode)
    odds = (max(k, 1.0) / mode) * (max(n - k, 1.0) / (n - mode))
    return 2.0 * height + math.log(odds) <= 2.0 * (top - fall)


@njit(cache=True, nogil=True, error_model="numpy", forceinline=True)
def _binomial_many(n, p, address):
    """Transformed rejection with squeeze for p <= 1/2 and n p >= 10: algorithm BTRS of Hormann (1993)."""
    mean = n * p
    spread = math.sqrt(mean * (1.0 - p))
    b = 1.15 + 2.53 * spread
    a = -0.0873 + 0.0248 * b + 0.01 * p
    quick = 0.92 * b - 4.2
    for draw in range(_MANY):
        u, v = _pair(address, draw)
        u -= 0.5
        edge = 0.5 - abs(u)
        k = math.floor((2.0 * a / edge + b) * u + mean + 0.5)
        if edge >= 0.07 and v * b <= quick:
            return np.int64(k)
        if k < 0.0 or k > n:
            continue
        w = v * (2.83 + 5.1 / b) * spread / (a / (edge * edge) + b)
        if _binomial_accepts(k, n, p, mean, w):
            return np.int64(k)
    raise ValueError("No count was found: the arguments of the sampler are not finite.")


@njit(cache=True, nogil=True, error_model="numpy", forceinline=True)
def _poisson(mean, address):
    if not mean > 0.0:
        return np.int64(0)
    if mean < _FEW:
        u = _fine(address, 0)
        return np.int64(0) if u >= mean else _search(u, -mean, 0.0, mean, _LAST, address)
    return _poisson_many(mean, address)


@njit(cache=True, nogil=True, error_model="numpy", forceinline=True)
def _poisson_many(mean, address):
    """Transformed rejection with squeeze for means >= 10: algorithm PTRS of Hormann (1993)."""
    if mean > _FULL:
        raise ValueError("A mean count is not finite, or above 1e18 and so beyond 64 bits: take shorter steps or smaller rates.")
    b = 0.931 + 2.53 * math.sqrt(mean)
    a = -0.059 + 0.02483 * b
    quick = 0.9277 * (b - 2.0) - 3.6224
    for draw in range(_MANY):
        u, v = _pair(address, draw)
        u -= 0.5
        edge = 0.5 - abs(u)
        k = math.floor((2.0 * a / edge + b) * u + mean + 0.43)
        if edge >= 0.07 and v * (b - 2.0) <= quick:
            return np.int64(k)
        if k < 0.0 or (edge < 0.013 and v > edge):
            continue
        w = v * (1.1239 + 1.1328 / (b - 3.4)) / (a / (edge * edge) + b)
        fall = _deviance(k, mean, k - mean) + _stirling(k)
        if math.log(w * w * _TWO_PI * max(k, 1.0)) <= -2.0 * fall:
            return np.int64(k)
    raise ValueError("No count was found: the arguments of the sampler are not finite.")


@njit(cache=True, nogil=True, error_model="numpy", forceinline=True)
def _normal(address, draw):
    """Ziggurat of Marsaglia & Tsang (2000) as mended by Doornik (2005): a normal, an independent uniform and the next free draw."""
    key0, key1, place, clone, step, word = address
    for _ in range(_MANY):
        layer, u, spare = layer_and_uniforms(place, clone, step, word + np.uint64(draw), key0, key1)
        draw += 1
        x = u * _EDGES[layer]
        if abs(u) < _INNER[layer]:
            return x, spare, draw
        one, two = _pair(address, draw)
        draw += 1
        if layer > 0:
            low = math.exp(0.5 * (x * x - _EDGES[layer] * _EDGES[layer]))
            high = math.exp(0.5 * (x * x - _EDGES[layer + 1] * _EDGES[layer + 1]))
            if low + one * (high - low) < 1.0:
                return x, spare, draw
            continue
        over = -math.log(one) / _BASE
        while -2.0 * math.log(two) <= over * over:
            one, two = _pair(address, draw)
            draw += 1
            over = -math.log(one) / _BASE
        return math.copysign(_BASE + over, u), spare, draw
    raise ValueError("No variate was found: the arguments of the sampler are not finite.")


@njit(cache=True, nogil=True, error_model="numpy", forceinline=True)
def _gamma(shape, address):
    """Marsaglia & Tsang (2000); the log of their ratio written as 3 d (log(1 + y) - y + y^2/2 - y^3/3), which keeps its digits."""
    d = shape - _THIRD
    c = 1.0 / math.sqrt(9.0 * d)
    draw = np.int64(0)
    while draw < _MANY:
        x, v, draw = _normal(address, draw)
        y = c * x
        if y <= -1.0:
            continue
        cube = (1.0 + y) * (1.0 + y) * (1.0 + y)
        if v < 1.0 - 0.0331 * (x * x) * (x * x):
            return d * cube
        if abs(y) < 0.02:
            ratio = -3.0 * d * (y * y) * (y * y) * (0.25 - y * (0.2 - y * (1.0 / 6.0 - y * (1.0 / 7.0 - y * (0.125 - y / 9.0)))))
        else:
            ratio = 3.0 * d * (math.log1p(y) - y * (1.0 - y * (0.5 - y * _THIRD)))
        if v < 1.0 + ratio or math.log(v) < ratio:
            return d * cube
    raise ValueError("No variate was found: the arguments of the sampler are not finite.")


@njit(cache=True, nogil=True, error_model="numpy", forceinline=True)
def _address(key0, key1, place, clone, step, purpose):
    return np.uint64(key0), np.uint64(key1), np.uint64(place), np.uint64(clone), np.uint64(step), np.uint64(purpose) << _BITS


@njit(cache=True, nogil=True, error_model="numpy", forceinline=True)
def binomial(n, p, key0, key1, place, clone, step, purpose):
    """Draw the number of successes among n trials of probability p (int64).

    Search for n min(p, 1 - p) < 10, else BTRS (Hormann 1993). No draw is spent where n = 0, p <= 0 (or nan) or p >= 1.

    >>> binomial(0, 0.3, 1, 2, 3, 4, 5, 6), binomial(9, 1.0, 1, 2, 3, 4, 5, 6), binomial(10**12, 0.3, 1, 2, 3, 4, 5, 6) > 10**11
    (0, 9, True)
    """
    if n <= 0 or not p > 0.0:
        return np.int64(0)
    if p >= 1.0:
        return np.int64(n)
    address = _address(key0, key1, place, clone, step, purpose)
    part = min(p, 1.0 - p)
    mean = n * part
    if mean < _FEW:
        u = _fine(address, 0)
        k = np.int64(0)
        if u < mean:
            odds = part / (1.0 - part)
            k = min(n, _search(u, n * math.log1p(-part), -odds, (n + 1.0) * odds, min(n, _LAST), address))
    else:
        k = _binomial_many(np.float64(n), part, address)
    return k if p <= 0.5 else n - k


@njit(cache=True, nogil=True, error_model="numpy", forceinline=True)
def poisson(mean, key0, key1, place, clone, step, purpose):
    """Draw a Poisson count of the given mean (int64).

    Search for means below 10, else PTRS (Hormann 1993). No draw is spent where mean <= 0 (or nan).

    >>> poisson(0.0, 1, 2, 3, 4, 5, 6), poisson(1e12, 1, 2, 3, 4, 5, 6) > 10**11
    (0, True)
    """
    return _poisson(mean, _address(key0, key1, place, clone, step, purpose))


@njit(cache=True, nogil=True, error_model="numpy", forceinline=True)
def gamma(shape, key0, key1, place, clone, step, purpose):
    """Draw a gamma variate of the given shape >= 1 and scale 1 (float64): Marsaglia & Tsang (2000).

    >>> gamma(5.0, 1, 2, 3, 4, 5, 6) > 0.0
    True
    """
    return _gamma(shape, _address(key0, key1, place, clone, step, purpose))


@njit(cache=True, nogil=True, error_model="numpy", forceinline=True)
def offspring(n, q, key0, key1, place, clone, step, purpose):
    """Draw the extra cells of n lines, each a geometric number with P(j) = (1 - q) q^j (int64).

    Negative binomial of mean n q / (1 - q), q in [0, 1). Few are searched; many are a Poisson count whose mean is a gamma variate,
    drawn apart at the same address. No draw is spent where n = 0 or q <= 0 (or nan).

    >>> offspring(0, 0.3, 1, 2, 3, 4, 5, 6), offspring(7, 0.0, 1, 2, 3, 4, 5, 6), offspring(10**12, 0.5, 1, 2, 3, 4, 5, 6) > 10**11
    (0, 0, True)
    """
    if n <= 0 or not q > 0.0:
        return np.int64(0)
    address = _address(key0, key1, place, clone, step, purpose)
    odds = q / (1.0 - q)
    if q <= 0.5 and n * odds < _FEW:
        u = _fine(address, 0)
        return np.int64(0) if u >= n * q else _search(u, n * math.log1p(-q), q, (n - 1.0) * q, _LAST, address)
    behind = (address[0], address[1], address[2], address[3], address[4], address[5] + _BEHIND)
    return _poisson(odds * _gamma(np.float64(n), address), behind)
