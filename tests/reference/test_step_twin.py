"""The step, its transition and the cutting of shells against their plain twins: the same integers, draw for draw."""

from __future__ import annotations

import numpy as np
import pytest

from refugia.engine.addresses import Chance
from refugia.engine.shells import recut
from refugia.engine.step import Exchange, Mutation, advance
from refugia.engine.transition import Transition, empty_transition, fill_transition
from tests.reference import plain_step

PARTNER = [1, 0, -1, 4, 3]
EDGES = [(0, 2), (0, 3), (1, 4), (2, 3)]
WORDS = [0x9E3779B9, 17, 0xFFFFFFFF, 4, 2024]
EDGE_WORDS = [5, 0xABCDEF01, 31, 8]
SIZES = [0, 0, 1, 3, 60, 2_000, 5_000_000, 10**10]


class State:
    """A batch of random worlds, some of their places empty, some shells without volume."""

    def __init__(self, seed: int, worlds: int, places: int) -> None:
        rng = np.random.default_rng(seed)
        shape = (worlds, places, len(PARTNER))
        self.cells = rng.choice(SIZES, shape) * rng.integers(1, 3, shape)
        self.cells[0, places // 2] = 0
        self.table = empty_transition(shape)
        self.table.death[:] = rng.uniform(0.1, 0.4, shape)
        self.table.birth[:] = self.table.death + rng.uniform(-0.1, 0.05, shape)
        self.table.birth[:, :, 3] = self.table.death[:, :, 3]
        self.table.birth[0, :, 1] = 0.0
        self.table.birth[0, :, 2], self.table.death[0, :, 2] = 0.04, 0.0
        ends = np.array(EDGES, np.int64).T
        rate = rng.choice([0.0, 1e-9, 1e-6, 1e-2], (worlds, len(EDGES)))
        self.mutation = Mutation(ends[0].copy(), ends[1].copy(), np.array(EDGE_WORDS, np.uint32), rate)
        faces = np.concatenate([np.zeros((worlds, 1)), np.cumsum(rng.uniform(0.02, 0.3, (worlds, places)), axis=1)], axis=1)
        faces[-1, :3] = 0.0
        flip = rng.choice([0.0, 1e-6, 0.03, 0.6], shape)
        self.exchange = Exchange(np.array(PARTNER), flip, rng.choice([0.0, 1e-4, 1e-2], worlds), faces)
        self.keys = rng.integers(0, 2**32, (worlds, 2), dtype=np.uint32)

    def chance(self, step: int) -> Chance:
        """The batch's addresses in a step."""
        return Chance(self.keys, np.array(WORDS, np.uint32), np.uint32(step))

    def luck(self, row: int, step: int) -> plain_step.Luck:
        """One world's address in a step."""
        return plain_step.Luck((int(self.keys[row, 0]), int(self.keys[row, 1])), WORDS, step)

    def world(self, row: int) -> plain_step.World:
        """One world for the twin."""
        rates = [float(rate) for rate in self.mutation.rate[row]]
        edges = [plain_step.Edge(*ends, word, rate) for ends, word, rate in zip(EDGES, EDGE_WORDS, rates, strict=True)]
        birth, death, flip = (array[row].tolist() for array in (self.table.birth, self.table.death, self.exchange.flip))
        mobility, faces = float(self.exchange.mobility[row]), self.exchange.faces[row].tolist()
        return plain_step.World(birth, death, flip, PARTNER, edges, mobility, faces)


@pytest.mark.parametrize(("seed", "places"), [(1, 1), (2, 2), (3, 5), (4, 8)])
def test_ten_steps_equal_their_twins(seed: int, places: int) -> None:
    """Moves, birth, death and mutation, each step from where the last one ended; the last one has moves alone."""
    state = State(seed, 3, places)
    twin = state.cells.tolist()
    lengths = [0.25, 7.0, 7.0, 1.0, 7.0, 7.0, 14.0, 7.0, 7.0, 0.0]
    for step, living in enumerate(lengths):
        times = (0.5 * ((lengths[step - 1] if step else 0.0) + living), living)
        fill_transition(np.arange(3), living, state.table)
        advance(state.cells, state.table, state.mutation, state.exchange, state.chance(step), times)
        twin = [plain_step.advance(twin[row], state.world(row), state.luck(row, step), times) for row in range(3)]
        assert state.cells.tolist() == twin, f"step {step}"
    assert 10**9 < state.cells.max() < 10**13


@pytest.mark.parametrize("time", [0.0, 1e-9, 0.25, 7.0, 28.0])
def test_the_transition_equals_its_twin(time: float) -> None:
    state = State(9, 3, 4)
    state.table.birth[0, 0, 3] = state.table.death[0, 0, 3] * (1.0 + 1e-10)
    fill_transition(np.array([2, 0]), time, state.table)
    for at in np.ndindex(*state.table.birth.shape):
        stay, extra, integral = plain_step.line_fate(float(state.table.birth[at]), float(state.table.death[at]), time)
        expected = (stay, extra, float(state.table.birth[at]) * integral) if at[0] != 1 else (0.0, 0.0, 0.0)
        assert tuple(column[at] for column in state.table[2:]) == pytest.approx(expected, rel=1e-14)


@pytest.mark.parametrize(("seed", "places"), [(1, 1), (2, 2), (3, 5), (4, 8), (5, 8)])
def test_cutting_equals_its_twin(seed: int, places: int) -> None:
    rng = np.random.default_rng(seed)
    state = State(seed, 6, places)
    density = rng.uniform(1e4, 1e6, 6)
    inert = rng.choice([0.0, 1.0], (6, places)) * rng.uniform(0.0, 2e4, (6, places))
    state.cells[3], inert[3] = 0, 0.0
    state.cells[4, : places // 2], inert[4, : places // 2] = 0, 0.0
    state.cells[5] = 10**9
    inert[5] = 0.0
    luck = [state.luck(row, 3) for row in range(6)]
    twins = [plain_step.recut(state.cells[k].tolist(), inert[k].tolist(), float(density[k]), luck[k]) for k in range(6)]
    changed = np.zeros(6, bool)
    recut(state.cells, inert, density, state.chance(3), changed)
    for row, (cells, slag, cut) in enumerate(twins):
        assert state.cells[row].tolist() == cells
        assert inert[row].tolist() == pytest.approx(slag, rel=1e-12, abs=1e-12)
        assert bool(changed[row]) == cut
    assert not changed[3] and not changed[5]
    assert places == 1 or changed.any()


def test_a_world_does_not_depend_on_its_neighbours() -> None:
    """Rows alone, in another order, or beside others: the same bits."""
    whole, order = State(6, 4, 5), np.array([2, 0, 3])
    fill_transition(np.arange(4), 7.0, whole.table)
    part = whole.cells[order].copy()
    mutation = whole.mutation._replace(rate=whole.mutation.rate[order])
    exchange = Exchange(whole.exchange.partner, *(column[order] for column in whole.exchange[1:]))
    chance = whole.chance(4)
    table = Transition(*(column[order] for column in whole.table))
    advance(part, table, mutation, exchange, chance._replace(keys=chance.keys[order]), (7.0, 7.0))
    advance(whole.cells, whole.table, whole.mutation, whole.exchange, chance, (7.0, 7.0))
    np.testing.assert_array_equal(part, whole.cells[order])
