"""Keyed chance: a block of random bits is a pure function of its address.

Philox4x32-10 of Salmon, Moraes, Dror & Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC'11 (2011), section 3: ten rounds of

    (L0, R0, L1, R1) -> (hi(M1 * L1) ^ R0 ^ k0,  lo(M1 * L1),  hi(M0 * L0) ^ R1 ^ k1,  lo(M0 * L0)),

the key moving on by the Weyl constants (W0, W1) between rounds. No state is kept, so no draw can shift another one.
"""

from __future__ import annotations

import numpy as np
from numba import njit

_M0 = np.uint64(0xD2511F53)
_M1 = np.uint64(0xCD9E8D57)
_W0 = np.uint64(0x9E3779B9)
_W1 = np.uint64(0xBB67AE85)
_LOW = np.uint64(0xFFFFFFFF)
_HALF = np.uint64(32)
_SPARE = np.uint64(11)
_GRAIN = 2.0**-53


@njit(inline="always")
def _round(c0, c1, c2, c3, k0, k1):
    first = _M0 * c0
    second = _M1 * c2
    return (second >> _HALF) ^ c1 ^ k0, second & _LOW, (first >> _HALF) ^ c3 ^ k1, first & _LOW


@njit(inline="always")
def _ten_rounds(c0, c1, c2, c3, k0, k1):
    c0 = np.uint64(c0) & _LOW
    c1 = np.uint64(c1) & _LOW
    c2 = np.uint64(c2) & _LOW
    c3 = np.uint64(c3) & _LOW
    k0 = np.uint64(k0) & _LOW
    k1 = np.uint64(k1) & _LOW
    for _ in range(10):
        c0, c1, c2, c3 = _round(c0, c1, c2, c3, k0, k1)
        k0 = (k0 + _W0) & _LOW
        k1 = (k1 + _W1) & _LOW
    return c0, c1, c2, c3


@njit(inline="always")
def _integer(low, high):
    return np.float64(np.int64(((np.uint64(high) << _HALF) | np.uint64(low)) >> _SPARE))


@njit(cache=True, nogil=True, error_model="numpy", forceinline=True)
def philox(c0, c1, c2, c3, k0, k1):
    """Return the four 32-bit words of one Philox4x32-10 block.

    c0..c3: counter, k0, k1: key; any integers, of which the low 32 bits count. Returns four uint32.

    >>> [f"{word:08x}" for word in philox(0, 0, 0, 0, 0, 0)]
    ['6627e8d5', 'e169c58d', 'bc57ac4c', '9b00dbd8']
    """
    w0, w1, w2, w3 = _ten_rounds(c0, c1, c2, c3, k0, k1)
    return np.uint32(w0), np.uint32(w1), np.uint32(w2), np.uint32(w3)


@njit(cache=True, nogil=True, error_model="numpy", forceinline=True)
def uniforms(c0, c1, c2, c3, k0, k1):
    """Return two independent uniforms of 53 random bits each, in the open interval (0, 1).

    They are j / 2^53 for a uniform integer j, a zero replaced by half a grain. Address as in `philox`.

    >>> all(0.0 < u < 1.0 for u in uniforms(1, 2, 3, 4, 5, 6))
    True
    """
    w0, w1, w2, w3 = _ten_rounds(c0, c1, c2, c3, k0, k1)
    return max(_integer(w0, w1), 0.5) * _GRAIN, max(_integer(w2, w3), 0.5) * _GRAIN


@njit(cache=True, nogil=True, error_model="numpy", forceinline=True)
def fine_uniform(c0, c1, c2, c3, k0, k1):
    """Return one uniform in (0, 1] with the relative precision of a float64 down to 2^-106.

    The first uniform of the block is refined by its second, so that P(u < x) = x also for x = 1e-12 and far below (one grain of 53
    bits is 1e-4 of that). Address as in `philox`.

    >>> 0.0 < fine_uniform(1, 2, 3, 4, 5, 6) <= 1.0
    True
    """
    w0, w1, w2, w3 = _ten_rounds(c0, c1, c2, c3, k0, k1)
    return (_integer(w0, w1) + max(_integer(w2, w3), 0.5) * _GRAIN) * _GRAIN


@njit(cache=True, nogil=True, error_model="numpy", forceinline=True)
def layer_and_uniforms(c0, c1, c2, c3, k0, k1):
    """Return a layer in 0..255, a uniform in [-1, 1] of 54 bits and one in (0, 1) of 53, all independent: what a ziggurat asks for.

    Address as in `philox`.

    >>> layer, place, height = layer_and_uniforms(1, 2, 3, 4, 5, 6)
    >>> 0 <= layer < 256 and -1.0 <= place <= 1.0 and 0.0 < height < 1.0
    True
    """
    w0, w1, w2, w3 = _ten_rounds(c0, c1, c2, c3, k0, k1)
    signed = np.int64((w1 << _HALF) | w0) >> np.int64(10)
    return np.int64(w0 & np.uint64(255)), (np.float64(signed) + 0.5) * _GRAIN, max(_integer(w2, w3), 0.5) * _GRAIN
