"""The step of clones that are linked, and cells that turn at once, against their plain twins: the same integers, draw for draw."""

from __future__ import annotations

import numpy as np
import pytest

from refugia.engine.addresses import Chance
from refugia.engine.step import Links, Moves, advance, advance_linked, thin, turn
from refugia.engine.transition import fill_transition
from tests.reference import plain_step
from tests.reference.test_step_twin import WORDS, State

ENDS = [(0, 2), (2, 4), (0, 4)]
LINK_WORDS = [(101, 102), (0xFFFFFFF0, 7), (55, 4_000_000_001)]


def links(seed: int, worlds: int, places: int, *, moving: bool = True) -> Links:
    """Three links in a ring, with chances by world and place."""
    ends = np.array(ENDS, np.int64)
    flip = np.random.default_rng(seed).choice([0.0, 1e-6, 0.03, 0.6, 1.0], (worlds, places, len(ENDS), 2))
    return Links(ends[:, 0].copy(), ends[:, 1].copy(), np.array(LINK_WORDS, np.uint32), flip if moving else 0.0 * flip)


@pytest.mark.parametrize(("seed", "places"), [(1, 1), (2, 2), (3, 5)])
def test_linked_steps_equal_their_twins(seed: int, places: int) -> None:
    """Even and odd steps, each from where the last one ended; the last one has moves alone."""
    state, ways = State(seed, 2, places), links(seed, 2, places)
    twin = state.cells.tolist()
    lengths = [0.25, 7.0, 7.0, 1.0, 14.0, 7.0, 0.0]
    for step, living in enumerate(lengths):
        times = (0.5 * ((lengths[step - 1] if step else 0.0) + living), living)
        fill_transition(np.arange(2), living, state.table)
        advance_linked(state.cells, state.table, state.mutation, Moves(state.exchange, ways), state.chance(step), times)
        for row in range(2):
            told = [plain_step.Link(ends, words, ways.flip[row, :, nth].tolist())
                    for nth, (ends, words) in enumerate(zip(ENDS, LINK_WORDS, strict=True))]  # fmt: skip
            twin[row] = plain_step.advance(twin[row], state.world(row)._replace(links=told), state.luck(row, step), times)
        assert state.cells.tolist() == twin, f"step {step}"


def test_links_on_which_nobody_goes_change_no_draw() -> None:
    one, other = State(5, 3, 4), State(5, 3, 4)
    ways = links(5, 3, 4, moving=False)
    for step in range(4):
        fill_transition(np.arange(3), 7.0, one.table)
        advance(one.cells, one.table, one.mutation, one.exchange, one.chance(step), (7.0, 7.0))
        advance_linked(other.cells, one.table, other.mutation, Moves(other.exchange, ways), other.chance(step), (7.0, 7.0))
    np.testing.assert_array_equal(one.cells, other.cells)


def fates(seed: int, rows: int, places: int, clones: int) -> np.ndarray:
    """Chances from clone to clone that leave some cells dead, or none."""
    rng = np.random.default_rng(seed)
    weight = rng.dirichlet(np.full(clones + 1, 0.6), (rows, places, clones))
    weight[0] = np.eye(clones, clones + 1)
    return np.ascontiguousarray(np.where(weight[..., :clones] < 1e-3, 0.0, weight[..., :clones]))


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_turning_equals_its_twin(seed: int) -> None:
    state, words = State(seed, 4, 3), np.arange(25, dtype=np.uint32).reshape(5, 5)
    before, rows, fate = state.cells.copy(), np.array([0, 2, 3]), fates(seed, 3, 3, 5)
    turn(state.cells, rows, fate, words, state.chance(9))
    for at, row in enumerate(rows):
        twin = plain_step.turned(before[row].tolist(), fate[at].tolist(), words.tolist(), state.luck(int(row), 9))
        assert state.cells[row].tolist() == twin
    np.testing.assert_array_equal(state.cells[1], before[1])


def test_where_nobody_turns_it_is_thinning() -> None:
    one, other = State(7, 3, 4), State(7, 3, 4)
    rows, keep = np.array([0, 2]), np.random.default_rng(1).choice([0.0, 0.3, 1.0], (2, 4))
    luck = Chance(one.keys, np.array(WORDS, np.uint32), np.uint32(3))
    thin(one.cells, rows, keep, luck)
    turn(other.cells, rows, keep[:, :, None, None] * np.eye(5), np.zeros((5, 5), np.uint32), luck)
    np.testing.assert_array_equal(one.cells, other.cells)
