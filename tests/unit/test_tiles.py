"""Tiles cover what they should on any number of threads, sums keep their bits, and what fails is heard."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from refugia.engine.voxels.tiles import CHUNK, dot, over, total


def _visit(first: int, last: int, seen: np.ndarray) -> None:
    seen[first:last] += 1


@given(st.integers(0, 50), st.integers(0, 4), st.integers(0, 60))
@settings(max_examples=60, deadline=None)
def test_every_element_is_visited_once(size: int, threads: int, tile: int) -> None:
    seen = np.zeros(size, np.int64)
    over(_visit, size, seen, threads=threads, tile=tile)
    assert (seen == 1).all()


@pytest.mark.parametrize("threads", [1, 2, 3])
def test_what_a_tile_raises_is_raised(threads: int) -> None:
    def kernel(first: int, last: int) -> None:
        if first == 3:
            raise ValueError("the fourth")

    with pytest.raises(ValueError, match="the fourth"):
        over(kernel, 9, threads=threads, tile=1)
    over(_visit, 4, np.zeros(4), threads=threads, tile=1)  # the pool is none the worse


def test_a_tile_may_use_tiles_itself() -> None:
    """Threads that wait for each other would stand still."""
    seen = np.zeros((8, 8), np.int64)

    def kernel(first: int, last: int) -> None:
        for row in range(first, last):
            over(_visit, 8, seen[row], threads=2, tile=1)

    over(kernel, 8, threads=2, tile=1)
    assert (seen == 1).all()


@given(st.integers(0, 3 * CHUNK), st.sampled_from([np.float32, np.float64]))
@settings(max_examples=10, deadline=None)
def test_sums_are_right_and_keep_their_bits(size: int, kind: type) -> None:
    values = np.sin(np.arange(size)).astype(kind)
    assert total(values, 1) == total(values, 2) == total(values, 3)
    assert dot(values, values, 1) == dot(values, values, 2)
    wide = values.astype(np.float64)
    assert total(values, 2) == pytest.approx(wide.sum(), rel=1e-12, abs=1e-9)
    assert dot(values, values, 2) == pytest.approx((wide * wide).sum(), rel=1e-12)
