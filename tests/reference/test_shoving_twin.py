"""Births that shove equal their plain twin place for place."""

from __future__ import annotations

import numpy as np
import pytest

from refugia.engine.lattice.board import MATTER, SHOVES, Pace
from refugia.engine.lattice.places import Blocks, Neighbourhood, offsets
from refugia.engine.lattice.shoving import shoved
from refugia.engine.lattice.turn import board_of, ceiling_of, luck_of
from tests.reference import plain_shoving

KEY = (np.uint32(0x12345678), np.uint32(0x9ABCDEF0))
BECOME = np.array([[0.0, 0.2, 0.1], [0.0, 0.0, 0.3], [0.0, 0.0, 0.0]])
WORDS = np.array([11, 12, 13], np.uint32)
DOUBLE = np.array([True, False, True])


def pace() -> Pace:
    """One that says what daughters become; the rest is not read."""
    none, one = np.zeros((1, 3)), np.ones(1, np.float32)
    return Pace(np.arange(3, dtype=np.int32), np.zeros(1, np.int32), none, none, none, np.zeros(3), one, one,
                np.cumsum(BECOME, axis=1), np.float64(1.0), ceiling_of(1.0, 1.0), True)  # fmt: skip


@pytest.mark.parametrize("shape", [(1, 9, 13), (5, 6, 7), (1, 1, 30)])
@pytest.mark.parametrize("filled", [0.5, 0.9, 1.0])
def test_births_that_shove_equal_their_plain_twin(shape: tuple[int, int, int], filled: float) -> None:
    rng = np.random.default_rng(7)
    kind = np.where(rng.random(shape) < filled, rng.integers(1, 4, shape), 0)
    kind = np.where(rng.random(shape) < 0.1, MATTER, kind)
    kind = np.where(rng.random(shape) < 0.03, -1, kind).astype(np.int32)
    kind[-1, -1, -3:] = 0
    turns = np.flatnonzero((kind.ravel() > 0) & (rng.random(kind.size) < 0.2))
    held = {tuple(map(int, at)): int(kind[tuple(at)]) for at in np.argwhere(kind != 0)}
    waiting = [tuple(int(one) for one in np.unravel_index(place, shape)) for place in turns]
    expected = plain_shoving.shoved(held, waiting, shape, (int(KEY[0]), int(KEY[1])), 9, BECOME.tolist(), [0, 1, 2],  # type: ignore[arg-type]
                                    WORDS.tolist(), DOUBLE.tolist())  # fmt: skip
    flat, before = kind.ravel(), (kind > 0).sum()
    board = board_of(flat, Blocks.of(shape, (2, 3, 4)), offsets(Neighbourhood.MOORE, shape), shove=True)
    board.spare[turns] = SHOVES
    found = shoved(board, pace(), luck_of(KEY, 9), WORDS, DOUBLE)
    assert [tuple(one) for one in zip(*(column.tolist() for column in found), strict=True)] == expected
    after = np.zeros(shape, np.int64)
    for at, one in held.items():
        after[at] = one
    assert np.array_equal(flat.reshape(shape), after)
    assert not board.turns.any()
    assert (flat > 0).sum() == before + board.tally[:, 0].sum() <= before + turns.size
    assert (flat == MATTER).sum() == (after == MATTER).sum()
