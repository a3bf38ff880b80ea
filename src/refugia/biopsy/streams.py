"""Streams of chance, each under a key of its own, so that nobody's luck hangs on how much anybody else draws."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from refugia.engine.keys import subkeys


def draws(seed: int, words: NDArray[np.uint32], purpose: str) -> list[np.random.Generator]:
    """A stream of chance for each word (stream,), for one purpose.

    >>> word = np.array([7], np.uint32)
    >>> bool(draws(1, word, "reads")[0].random() == draws(1, np.append(word, word), "reads")[1].random())
    True
    """
    keys = subkeys(seed, words.astype(np.int64), purpose).astype(np.uint64)
    return [np.random.Generator(np.random.Philox(key=key)) for key in keys]
