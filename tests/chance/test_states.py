"""Cells that go along a link, and cells that a fraction of radiation turns, in distribution."""

from __future__ import annotations

import numpy as np
from scipy.stats import binom

from refugia.clones.switching import mixed
from refugia.engine.addresses import Chance
from refugia.engine.keys import subkeys
from refugia.engine.step import Exchange, Links, Moves, Mutation, advance_linked, turn
from refugia.engine.transition import empty_transition
from tests.chance.budget import chance, joint
from tests.chance.lines import fit

START, WORLDS = 50, 20_000
FATE = np.array([[0.55, 0.2, 0.1], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]])
"""Of the first clone 55 % stay, 20 % and 10 % become the others, 15 % die."""


@chance
def test_cells_on_a_link_are_the_two_state_chain(level: float, seed: int) -> None:
    """Each cell alone, over three steps of unlike length: a/(a + c) (1 - e^{-(a+c)t}); a rate 5 % off is caught."""
    there, back = 0.03, 0.08

    def p(rate: float, lot: int) -> float:
        cells, none = np.zeros((WORLDS, 1, 3), np.int64), np.zeros(0, np.int64)
        cells[:, 0, 0] = START
        mutation = Mutation(none, none, none.astype(np.uint32), np.zeros((WORLDS, 0)))
        exchange = Exchange(np.full(3, -1), np.zeros(cells.shape), np.zeros(WORLDS), np.zeros((WORLDS, 2)))
        keys = subkeys(lot, np.arange(WORLDS), "links")
        for step, time in enumerate((0.5, 7.0, 3.5)):
            flip = np.tile(np.array(mixed(np.array(rate), np.array(back), time)), (WORLDS, 1, 1, 1))
            links = Links(np.zeros(1, np.int64), np.full(1, 2), np.array([[5, 6]], np.uint32), flip)
            luck = Chance(keys, np.array([1, 2, 3], np.uint32), np.uint32(step))
            advance_linked(cells, empty_transition(cells.shape), mutation, Moves(exchange, links), luck, (time, 0.0))
        assert (cells.sum(axis=2) == START).all() and not cells[:, 0, 1].any()
        reached = there / (there + back) * -np.expm1(-(there + back) * 11.0)
        return fit(cells[:, 0, 2], binom.pmf(np.arange(START + 1), START, reached))

    assert p(there, seed) > level
    assert p(1.05 * there, seed + 1) < level


@chance
def test_cells_that_turn_are_multinomial(level: float, seed: int) -> None:
    """Those who stay, those who become either other clone and all who live: each is binomial; a chance 5 % off is caught."""

    def p(factor: float, lot: int) -> float:
        cells, fate = np.zeros((WORLDS, 1, 3), np.int64), FATE.copy()
        cells[:, 0, 0] = START
        fate[0, 1] *= factor
        keys, words = subkeys(lot, np.arange(WORLDS), "turning"), np.arange(9, dtype=np.uint32).reshape(3, 3)
        luck = Chance(keys, np.array([11, 12, 13], np.uint32), np.uint32(4))
        turn(cells, np.arange(WORLDS), np.tile(fate, (WORLDS, 1, 1, 1)), words, luck)
        counts = [*cells[:, 0].T, cells[:, 0].sum(axis=1)]
        shares = [*FATE[0], FATE[0].sum()]
        pairs = zip(counts, shares, strict=True)
        return joint(*(fit(count, binom.pmf(np.arange(START + 1), START, share)) for count, share in pairs))

    assert p(1.0, seed) > level
    assert p(1.05, seed + 1) < level
