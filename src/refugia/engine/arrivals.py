"""Lines that are founded one by one while their parents grow: how many are alive at the end, and how large each is."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from refugia.engine.addresses import ARRIVE, FOUND
from refugia.engine.philox import fine_uniform, uniforms
from refugia.engine.samplers import poisson

MOST = 2**31  # lines of one world that can be addressed
_SHIFT = np.uint32(16)


class Founding(NamedTuple):
    """Lines founded evenly in the share y of the parents' last number, from `least` on: a Poisson number of mean `lines`.

    A line founded at y is alive at the end with chance a = s/(1 - (1 - s) Y), Y = y^c, and has then a geometric number of cells
    with P(N > n) = w^n, w = (1 - Y)/(1 - (1 - s) Y); it lasts for ever with chance 1 - (1 - s)^N.
    """

    lines: float
    least: float
    survival: float  # s
    growth: float  # c


class Lines(NamedTuple):
    """What was found, each with the leading axis (world,)."""

    alive: NDArray[np.int64]  # lines alive
    lasting: NDArray[np.int64]  # lines that last for ever
    cells: NDArray[np.float64]  # of all lines
    largest: NDArray[np.float64]  # (world, rank) cells, falling; 0 where there is no such line
    first: NDArray[np.float64]  # (world, order) cells of the lasting lines, oldest first; 0 where there is none
    oldest: NDArray[np.float64]  # (world, order) cells of the lines alive, likewise


@njit(cache=True, nogil=True, error_model="numpy")
def _insert(keys, values, key, value):
    """Put a value where its key stands in a rising row of keys; what falls off the end is dropped."""
    k = keys.size - 1
    if k < 0 or key >= keys[k]:
        return
    while k > 0 and keys[k - 1] > key:
        keys[k] = keys[k - 1]
        values[k] = values[k - 1]
        k -= 1
    keys[k] = key
    values[k] = value


@njit(cache=True, nogil=True, error_model="numpy")
def _draw(key0, key1, word, founding, out):
    """Fill row 0 of the tables `out` for the world of one key."""
    lines, least, survival, growth = founding
    ranked, by_rank, early, by_age, old, by_birth = out
    alive, lasting, cells = 0, 0, 0.0
    purpose = np.uint32(FOUND) << _SHIFT
    log_doomed = math.log1p(-min(survival, 1.0 - 1e-16))
    for j in range(poisson(lines, key0, key1, np.uint32(0), word, np.uint32(0), np.uint32(ARRIVE))):
        share, fate = uniforms(np.uint32(j), word, np.uint32(0), purpose, key0, key1)
        y = least + (1.0 - least) * share
        grown = y**growth
        scale = survival + (1.0 - survival) * (1.0 - grown)
        if fate * scale >= survival:
            continue
        log_more = math.log1p(-survival * grown / scale)
        size = 1.0
        if log_more > -math.inf:
            luck = fine_uniform(np.uint32(j), word, np.uint32(0), purpose + np.uint32(1), key0, key1)
            size += math.floor(math.log(luck) / log_more)
        spare, _ = uniforms(np.uint32(j), word, np.uint32(0), purpose + np.uint32(2), key0, key1)
        alive += 1
        cells += size
        _insert(ranked, by_rank, -size, size)
        _insert(old, by_birth, y, size)
        if math.log(spare) >= size * log_doomed:
            lasting += 1
            _insert(early, by_age, y, size)
    return alive, lasting, cells


@njit(cache=True, nogil=True, error_model="numpy")
def _fill(keys, word, founding, lines, counted):
    for row in range(keys.shape[0]):
        ranked = np.full(counted, np.inf)
        early = np.full(counted, np.inf)
        old = np.full(counted, np.inf)
        out = (ranked, lines.largest[row], early, lines.first[row], old, lines.oldest[row])
        lines.alive[row], lines.lasting[row], lines.cells[row] = _draw(keys[row, 0], keys[row, 1], word, founding, out)


def founded(founding: Founding, keys: NDArray[np.uint32], word: int, counted: int) -> Lines:
    """Draw the lines of every world: `keys` (world, 2), `word` their address, `counted` how many are reported one by one.

    Raises ValueError where a world would hold more lines than can be addressed.

    >>> keys = np.array([[1, 2], [3, 4]], np.uint32)
    >>> founded(Founding(0.0, 0.0, 0.5, 1.0), keys, 7, 3).alive.tolist()
    [0, 0]
    """
    if not founding.lines + 10.0 * math.sqrt(founding.lines) + 100.0 < MOST:
        raise ValueError(f"{founding.lines:.3g} lines in a world are more than can be drawn one by one. Ask for fewer than 2e9.")
    worlds = keys.shape[0]
    tables = (np.zeros((worlds, counted)) for _ in range(3))
    lines = Lines(np.zeros(worlds, np.int64), np.zeros(worlds, np.int64), np.zeros(worlds), *tables)
    law = Founding(*(float(part) for part in founding))
    _fill(keys, np.uint32(word), law, lines, counted)
    return lines
