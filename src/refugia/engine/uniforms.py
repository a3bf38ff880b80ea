"""Tables of keyed uniforms, for draws that happen once and not in a cell kernel."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from refugia.engine.addresses import UNIFORM
from refugia.engine.philox import uniforms


@njit(cache=True, nogil=True, error_model="numpy")
def _fill(keys: NDArray[np.uint32], word: np.uint32, table: NDArray[np.float64]) -> None:
    for row in range(table.shape[0]):
        for k in range(0, table.shape[1], 2):
            first, second = uniforms(np.uint32(k), word, np.uint32(0), np.uint32(UNIFORM << 16), keys[row, 0], keys[row, 1])
            table[row, k] = first
            if k + 1 < table.shape[1]:
                table[row, k + 1] = second


def uniform_table(keys: NDArray[np.uint32], word: int, count: int) -> NDArray[np.float64]:
    """Keyed uniforms in (0, 1), shape (world, count): `keys` (world, 2), `word` says what they are for."""
    table = np.empty((keys.shape[0], count))
    _fill(keys, np.uint32(word), table)
    return table
