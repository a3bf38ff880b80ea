"""Thinning of cells against its plain twin: the same integers, draw for draw."""

from __future__ import annotations

import numpy as np
import pytest

from refugia.engine.addresses import THIN, Chance
from refugia.engine.step import thin
from tests.reference import plain_step
from tests.reference.plain_chance import binomial

WORDS = [0x9E3779B9, 17, 0xFFFFFFFF]


def thinned(cells: list[list[int]], keep: list[float], luck: plain_step.Luck) -> list[list[int]]:
    """Each cell of a place stays with the chance of that place."""
    return [
        [binomial(count, keep[place], luck.at(place, luck.words[clone], THIN)) for clone, count in enumerate(row)]
        for place, row in enumerate(cells)
    ]


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_thinning_equals_its_twin(seed: int) -> None:
    rng = np.random.default_rng(seed)
    cells = rng.choice([0, 1, 7, 300, 5_000_000, 10**10], (5, 4, 3))
    keys = rng.integers(0, 2**32, (5, 2), dtype=np.uint32)
    rows, keep = np.array([0, 2, 4]), rng.choice([0.0, 1e-9, 0.3, 0.97, 1.0], (3, 4))
    before = cells.copy()
    thin(cells, rows, keep, Chance(keys, np.array(WORDS, np.uint32), np.uint32(26)))
    for at, row in enumerate(rows):
        luck = plain_step.Luck((int(keys[row, 0]), int(keys[row, 1])), WORDS, 26)
        assert cells[row].tolist() == thinned(before[row].tolist(), keep[at].tolist(), luck)
    assert np.array_equal(cells[[1, 3]], before[[1, 3]])


def test_the_share_that_stays_is_the_chance() -> None:
    """A million cells in each of many places: the mean lies within six of its standard errors."""
    cells = np.full((40, 8, 1), 10**6)
    keys = np.arange(80, dtype=np.uint32).reshape(40, 2)
    thin(cells, np.arange(40), np.full((40, 8), 0.37), Chance(keys, np.array([5], np.uint32), np.uint32(0)))
    error = np.sqrt(0.37 * 0.63 * 1e6 / cells.size)
    assert abs(cells.mean() - 0.37e6) < 6.0 * error
