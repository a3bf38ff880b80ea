"""Names to words, and the two things drawn once per run: subkeys and stratified quantiles.

A name enters chance only through its hash, so adding, dropping or reordering names shifts nobody else's luck. The hash is BLAKE2b
(RFC 7693), the same on every machine and in every version of Python.
"""

from __future__ import annotations

from hashlib import blake2b

import numpy as np
from numba import njit
from numpy.typing import ArrayLike, NDArray

from refugia.engine.philox import philox

_WORD = 0xFFFFFFFF
_SUBKEYS, _STRATA = 0, 1  # second counter word: what the block is for
_BELOW_ONE = 1.0 - 2.0**-53


@njit(cache=True, nogil=True, error_model="numpy")
def _blocks(indices, purpose, low, high, key0, key1):
    """One block of four words per index: counter (index, purpose, low and high half of a name's hash)."""
    words = np.empty((indices.size, 4), np.uint32)
    for row in range(indices.size):
        words[row, 0], words[row, 1], words[row, 2], words[row, 3] = philox(indices[row], purpose, low, high, key0, key1)
    return words


def name_word(name: str) -> int:
    """Return the 32-bit word of a name, for a counter or a tag.

    >>> name_word("north") == name_word("north"), name_word("north") == name_word("North"), 0 <= name_word("north") < 2**32
    (True, False, True)
    """
    return int.from_bytes(blake2b(name.encode(), digest_size=4).digest(), "little")


def subkeys(seed: int, indices: ArrayLike, name: str) -> NDArray[np.uint32]:
    """Return a two-word Philox key for each index at one named site: shape (indices, 2).

    One block: key = seed (64 bits), counter = (index, 0, 64-bit hash of the name); its first two words are the subkey.
    Raises ValueError where the seed or an index does not fit its words.

    >>> keys = subkeys(7, [0, 1, 2], "north")
    >>> keys.shape, keys.dtype, bool((subkeys(7, [2], "north")[0] == keys[2]).all())
    ((3, 2), dtype('uint32'), True)
    """
    return _words(seed, indices, name, _SUBKEYS)[:, :2].copy()


def stratified(seed: int, name: str, size: int) -> NDArray[np.float64]:
    """Return one quantile in (0, 1) for each index below `size`, exactly one in each stratum [i, i + 1) / size: shape (size,).

    Latin hypercube sampling (McKay, Beckman & Conover 1979): the block of index i holds 64 bits, whose rank among all is its
    stratum, and a jitter within that. Different names permute independently.
    Raises ValueError where the seed does not fit 64 bits or size is below 1.

    >>> sorted(int(4 * quantile) for quantile in stratified(7, "mobility", 4))
    [0, 1, 2, 3]
    """
    if size < 1:
        raise ValueError(f"size = {size}: there must be at least one index to draw for. Ask for 1 or more.")
    words = _words(seed, np.arange(size), name, _STRATA).astype(np.uint64)
    order = np.argsort(words[:, 0] << np.uint64(32) | words[:, 1], kind="stable")
    strata = np.empty(size)
    strata[order] = np.arange(size)
    jitter = ((words[:, 2] << np.uint64(32) | words[:, 3]) >> np.uint64(12)).astype(np.float64) + 0.5
    quantiles: NDArray[np.float64] = np.minimum((strata + jitter * 2.0**-52) / size, _BELOW_ONE)
    return quantiles


def _words(seed: int, indices: ArrayLike, name: str, purpose: int) -> NDArray[np.uint32]:
    """Return the four-word blocks of the indices under a seed and a name: shape (indices, 4)."""
    if not 0 <= seed < 2**64:
        raise ValueError(f"seed = {seed}: a seed is a whole number from 0 to 2^64 - 1. Choose one in that range.")
    rows = np.atleast_1d(np.asarray(indices, dtype=np.int64))
    if rows.ndim != 1 or (rows.size and (rows.min() < 0 or rows.max() > _WORD)):
        raise ValueError(f"indices = {indices!r}: they are one row of whole numbers from 0 to 2^32 - 1. Count from 0.")
    name_hash = int.from_bytes(blake2b(name.encode(), digest_size=8).digest(), "little")
    words: NDArray[np.uint32] = _blocks(rows, purpose, name_hash & _WORD, name_hash >> 32, seed & _WORD, seed >> 32)
    return words
