"""Keyed chance in plain Python: Philox4x32-10 and every sampler by the textbook's formulas, without the kernels' short cuts."""

from __future__ import annotations

from collections.abc import Callable
from math import copysign, exp, expm1, floor, lgamma, log, log1p, pi, sqrt

WORD = 0xFFFFFFFF
FEW, LAST, BEHIND = 10.0, 110, 1 << 15

Address = tuple[int, int, int, int, int, int]
"""key0, key1, place, clone, step and the last counter word (purpose << 16 | draw)."""


def philox(c0: int, c1: int, c2: int, c3: int, k0: int, k1: int) -> tuple[int, int, int, int]:
    """Ten rounds, as the paper writes them."""
    for turn in range(10):
        key0, key1 = (k0 + turn * 0x9E3779B9) & WORD, (k1 + turn * 0xBB67AE85) & WORD
        high0, low0 = divmod(0xD2511F53 * c0, 2**32)
        high1, low1 = divmod(0xCD9E8D57 * c2, 2**32)
        c0, c1, c2, c3 = high1 ^ c1 ^ key0, low1, high0 ^ c3 ^ key1, low0
    return c0, c1, c2, c3


def halves(address: Address, draw: int) -> tuple[int, int]:
    """The block of an address and draw as two words of 64 bits."""
    key0, key1, place, clone, step, word = address
    w0, w1, w2, w3 = philox(place, clone, step, word + draw, key0, key1)
    return w1 << 32 | w0, w3 << 32 | w2


def unit(half: int) -> float:
    """53 bits in the open interval (0, 1)."""
    return max(half >> 11, 0.5) * 2.0**-53


def pair(address: Address, draw: int) -> tuple[float, float]:
    """Two uniforms of one block."""
    one, two = halves(address, draw)
    return unit(one), unit(two)


def fine(address: Address, draw: int) -> float:
    """One uniform of one block, fine near zero."""
    one, two = halves(address, draw)
    return ((one >> 11) + unit(two)) * 2.0**-53


def stirling(x: float) -> float:
    """The error of Stirling's formula for log x!; for x = 0 with the root at 1."""
    if x < 16.0:
        return lgamma(x + 1.0) - (x * log(x) - x if x > 0.0 else 0.0) - 0.5 * log(2.0 * pi * max(x, 1.0))
    return 1.0 / (12.0 * x) - 1.0 / (360.0 * x**3) + 1.0 / (1260.0 * x**5) - 1.0 / (1680.0 * x**7)


def deviance(x: float, mean: float) -> float:
    """x log(x / mean) + mean - x: Loader's series where the two are close."""
    if x == 0.0:
        return mean
    v = (x - mean) / (x + mean)
    if abs(v) > 0.1:
        return x * log(x / mean) + mean - x
    return (x - mean) * v + sum(2.0 * x * v ** (2 * j + 1) / (2 * j + 1) for j in range(1, 12))


def log_binomial_mass(k: float, n: float, p: float) -> float:
    """Loader's form of the binomial mass, the constant log(n) and stirling(n) left out."""
    mean, rest = n * p, n - n * p
    spread = 0.5 * (log(max(k, 1.0)) + log(max(n - k, 1.0)))
    return -deviance(k, mean) - deviance(n - k, rest) - stirling(k) - stirling(n - k) - spread


def search(u: float, log_nought: float, ratio: Callable[[int], float], last: int, address: Address) -> int:
    """One count after the other: the first whose mass covers what is left of P(K >= 1) - u."""
    for draw in range(1, BEHIND):
        left, mass = -expm1(log_nought) - u, 1.0 + expm1(log_nought)
        if left <= 0.0:
            return 0
        for k in range(1, last + 1):
            mass *= ratio(k)
            left -= mass
            if left <= 0.0:
                return k
        u = fine(address, draw)
    raise AssertionError("the search found nothing")


def binomial(n: int, p: float, address: Address) -> int:
    """Search or BTRS (Hormann 1993), on the rarer side."""
    if n <= 0 or p <= 0.0:
        return 0
    if p >= 1.0:
        return n
    if p > 0.5:
        return n - binomial(n, 1.0 - p, address)
    if n * p >= FEW:
        return binomial_many(n, p, address)
    odds = p / (1.0 - p)
    return search(fine(address, 0), n * log1p(-p), lambda k: odds * (n + 1 - k) / k, min(n, LAST), address)


def binomial_many(n: int, p: float, address: Address) -> int:
    """BTRS."""
    spread, mode = sqrt(n * p * (1.0 - p)), floor((n + 1) * p)
    b = 1.15 + 2.53 * spread
    a = -0.0873 + 0.0248 * b + 0.01 * p
    for draw in range(BEHIND):
        u, v = pair(address, draw)
        u -= 0.5
        edge = 0.5 - abs(u)
        k = floor((2.0 * a / edge + b) * u + n * p + 0.5)
        if edge >= 0.07 and v <= 0.92 - 4.2 / b:
            return k
        if 0 <= k <= n:
            w = log(v * (2.83 + 5.1 / b) * spread / (a / edge**2 + b))
            if w <= log_binomial_mass(k, n, p) - log_binomial_mass(mode, n, p):
                return k
    raise AssertionError("BTRS found nothing")


def poisson(mean: float, address: Address) -> int:
    """Search or PTRS (Hormann 1993)."""
    if mean <= 0.0:
        return 0
    if mean < FEW:
        return search(fine(address, 0), -mean, lambda k: mean / k, LAST, address)
    b = 0.931 + 2.53 * sqrt(mean)
    a = -0.059 + 0.02483 * b
    for draw in range(BEHIND):
        u, v = pair(address, draw)
        u -= 0.5
        edge = 0.5 - abs(u)
        k = floor((2.0 * a / edge + b) * u + mean + 0.43)
        if edge >= 0.07 and v <= 0.9277 - 3.6224 / (b - 2.0):
            return k
        if k >= 0 and (edge >= 0.013 or v <= edge):
            w = log(v * (1.1239 + 1.1328 / (b - 3.4)) / (a / edge**2 + b))
            if w <= -deviance(k, mean) - stirling(k) - 0.5 * log(2.0 * pi * max(k, 1)):
                return k
    raise AssertionError("PTRS found nothing")


def layers() -> list[float]:
    """The 256 layers of equal area under exp(-x^2 / 2), from the base up."""
    base, area = 3.654152885361009, 0.004928673233974655
    edges = [area / exp(-(base**2) / 2.0), base]
    for _ in range(254):
        edges.append(sqrt(-2.0 * log(area / edges[-1] + exp(-(edges[-1] ** 2) / 2.0))))
    return [*edges, 0.0]


EDGES = layers()


def normal(address: Address, draw: int) -> tuple[float, float, int]:
    """A normal variate, a uniform to go with it, and the next free draw."""
    while True:
        one, two = halves(address, draw)
        draw += 1
        layer, signed = one & 255, (one >> 10) - (2**54 if one >> 63 else 0)
        u = (float(signed) + 0.5) * 2.0**-53
        x = u * EDGES[layer]
        if abs(u) < EDGES[layer + 1] / EDGES[layer]:
            return x, unit(two), draw
        first, second = pair(address, draw)
        draw += 1
        if layer == 0:
            base = EDGES[1]
            while -2.0 * log(second) <= (log(first) / base) ** 2:
                first, second = pair(address, draw)
                draw += 1
            return copysign(base - log(first) / base, u), unit(two), draw
        low, high = exp(-(EDGES[layer] ** 2) / 2.0), exp(-(EDGES[layer + 1] ** 2) / 2.0)
        if low + first * (high - low) < exp(-(x**2) / 2.0):
            return x, unit(two), draw


def gamma(shape: float, address: Address) -> float:
    """Marsaglia & Tsang (2000)."""
    d = shape - 1.0 / 3.0
    draw = 0
    while True:
        x, v, draw = normal(address, draw)
        y = 1.0 / sqrt(9.0 * d) * x
        if y <= -1.0:
            continue
        if abs(y) < 0.02:
            ratio = 3.0 * d * sum(-((-y) ** j) / j for j in range(4, 14))
        else:
            ratio = 3.0 * d * (log1p(y) - y + y**2 / 2.0 - y**3 / 3.0)
        if log(v) < ratio:
            return d * ((1.0 + y) * (1.0 + y) * (1.0 + y))


def offspring(n: int, q: float, address: Address) -> int:
    """Search, or a Poisson count of gamma mean."""
    if n <= 0 or q <= 0.0:
        return 0
    odds = q / (1.0 - q)
    if q <= 0.5 and n * odds < FEW:
        return search(fine(address, 0), n * log1p(-q), lambda k: q * (n - 1 + k) / k, LAST, address)
    return poisson(odds * gamma(float(n), address), (*address[:5], address[5] + BEHIND))
