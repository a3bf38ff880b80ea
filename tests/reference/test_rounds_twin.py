"""Rounds in random order equal their plain twin, draw for draw."""

from __future__ import annotations

import numpy as np
import pytest

from refugia.engine.lattice.plane import spread, sweeps
from refugia.engine.lattice.rounds import DAUGHTERS, ORDER, VISIT, Habits, run
from tests.reference.plain_chance import philox

KEY = (77, 0xABCDEF01)


def plain(kind, field, habits, number, walls):
    """The rules of the docstring, one cell after the other."""
    kind, field, history = kind.copy(), field.copy(), []
    height, width = kind.shape
    made, change, turned = sweeps(kind.shape, number), np.empty_like(field), np.empty((width, height))
    for step, wall in enumerate(walls):
        acting = []
        for place in range(kind.size):
            one, at = kind.flat[place], field.flat[place]
            if one == 0:
                continue
            u = (philox(place >> 2, 0, step, VISIT << 16, *KEY)[place & 3] + 0.5) / 2**32
            death = habits.die[one] + habits.kill[one] * at
            if u < death + (1.0 - death) * habits.divide[one]:
                acting.append((place, u < death))
        for last in range(len(acting) - 1, 0, -1):
            other = philox(last >> 2, 0, step, ORDER << 16, *KEY)[last & 3] * (last + 1) >> 32
            acting[last], acting[other] = acting[other], acting[last]
        for place, dies in acting:
            y, x = divmod(place, width)
            if dies:
                kind[y, x] = 0
                continue
            around = [(j, i) for j in range(y - 1, y + 2) for i in range(x - 1, x + 2) if 0 <= j < height and 0 <= i < width]
            free = [at for at in around if kind[at] == 0]
            if free:
                kind[free[philox(place, 0, step, DAUGHTERS << 16, *KEY)[0] * len(free) >> 32]] = kind[y, x]
        spread(field, habits.uptake * field * (kind > 0), wall, made, change, turned)
        history.append(np.bincount(kind.ravel(), minlength=habits.divide.size))
    return kind, field, np.array(history)


@pytest.mark.parametrize("shape", [(12, 15), (2, 9), (7, 7)])
def test_rounds_equal_their_plain_twin(shape: tuple[int, int]) -> None:
    rng = np.random.default_rng(3)
    start = rng.integers(0, 3, shape).astype(np.int8)
    habits = Habits(np.array([0.0, 0.4, 0.2]), np.array([0.0, 0.05, 0.1]), np.array([0.0, 0.5, 0.0]), np.float64(0.02))
    walls = np.where(np.arange(40) % 7 < 4, 1.0, -1.0)
    kind, field = start.copy(), np.zeros(shape)
    found = run(kind, field, habits, 0.36, walls, KEY)
    expected_kind, expected_field, history = plain(start, np.zeros(shape), habits, 0.36, walls)
    assert np.array_equal(kind, expected_kind)
    assert np.array_equal(found.cells, history)
    assert field == pytest.approx(expected_field, rel=1e-13)
    assert found.field[-1] == pytest.approx(field.mean(), rel=1e-13)
