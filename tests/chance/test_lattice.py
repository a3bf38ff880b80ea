"""The lattice in distribution: boxed-in cells against their exact chain, fair claims, mutants, and rounds in random order."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from refugia.engine.lattice.growth import Lattice, Rules
from refugia.engine.lattice.rounds import Habits, run
from tests.chance.budget import chance


def key_of(seed: int) -> tuple[int, int]:
    """Two words of a seed."""
    return seed & 0xFFFFFFFF, seed >> 32


def boxes(room: int, cells: int, count: int) -> np.ndarray:
    """Rows of `room` places between walls, each with `cells` cells in its first ones."""
    kind = np.full((1, 2 * count + 1, room + 2), -1, np.int32)
    kind[0, 1::2, 1:-1] = 0
    kind[0, 1::2, 1 : 1 + cells] = 1
    return kind


def chain(birth: float, death: float, day: float, steps: int) -> np.ndarray:
    """Chances that 0, 1 or 2 cells are left of one in a box of two places: one event a cell and step at most."""
    odds = 1.0 - np.exp(-(birth + death) * day)
    dies, divides = odds * death / (birth + death), odds * birth / (birth + death)
    one, two = [dies, 1.0 - dies - divides, divides], [dies**2, 2.0 * dies * (1.0 - dies), (1.0 - dies) ** 2]
    table = np.array([[1.0, 0.0, 0.0], one, two])
    return np.linalg.matrix_power(table, steps)[1]


@chance
def test_boxed_in_cells_live_and_die_as_their_chain(level, seed):
    """The numbers of lines that died out, and of full boxes, are those of the exact Markov chain."""
    law = chain(1.0, 0.6, 0.1, 20)

    def p(death):
        lattice = Lattice(boxes(2, 1, 20_000), [0], key_of(seed))
        lattice.grow(Rules.of([1.0], death), 0.1, 20)
        left = (lattice.kind[0, 1::2] == 1).sum(axis=1)
        return stats.chisquare(np.bincount(left, minlength=3), 20_000 * law).pvalue

    assert p(0.6) > level
    assert p(0.6 * 1.08) < level


@chance
def test_a_daughter_goes_to_every_empty_neighbour_alike(level, seed):
    """Alone in a box of 3 by 3 by 3 with three walls, in one step: 23 places, each as likely."""
    box = np.zeros((4, 4, 4), np.int32)
    box[3], box[:, 3], box[:, :, 3] = -1, -1, -1
    box[1, 1, 1], box[0, 0, 0], box[2, 1, 0], box[1, 2, 2] = 1, -1, -1, -1
    kind = np.tile(box, (1, 30, 1000))

    def p(skewed):
        lattice = Lattice(kind, [0], key_of(seed))
        lattice.grow(Rules.of([1.0], 0.0), 10.0, 1)
        born = (lattice.kind.reshape(4, 30, 4, 1000, 4) == 1).sum(axis=(1, 3))
        free = born[(box == 0)]
        assert free.size == 23
        free[0] += skewed * free[0] // 4
        return stats.chisquare(free).pvalue

    assert p(0) > level
    assert p(1) < level


@chance
def test_two_claims_are_taken_alike(level, seed):
    """One place between two cells that both want it: each gets it as often."""
    kind = boxes(3, 0, 40_000)
    kind[0, 1::2, 1], kind[0, 1::2, 3] = 1, 2

    def p(shift):
        lattice = Lattice(kind, [0, 0], key_of(seed))
        lattice.grow(Rules.of([1.0], 0.0), 40.0, 1)
        taken = lattice.kind[0, 1::2, 2]
        assert (taken > 0).all()
        first = int((taken == 1).sum())
        return stats.binomtest(first + int(shift * first), 40_000, 0.5).pvalue

    assert p(0.0) > level
    assert p(0.05) < level


@chance
def test_daughters_mutate_as_often_as_they_should(level, seed):
    """And into each genotype as its chance says."""
    kind = boxes(2, 1, 60_000)

    def p(odds):
        lattice = Lattice(kind, [0], key_of(seed))
        lattice.grow(Rules.of([1.0, 1.0, 1.0], 0.0, become=[[0.0, odds, 0.1], [0.0] * 3, [0.0] * 3]), 40.0, 1)
        born = np.bincount(lattice.lineage.genotype[1:], minlength=3)
        return stats.chisquare([born[1], born[2], 60_000 - born.sum()], 60_000 * np.array([0.05, 0.1, 0.85])).pvalue

    assert p(0.05) > level
    assert p(0.06) < level


def whole_order(start: np.ndarray, habits: Habits, rng: np.random.Generator) -> np.ndarray:
    """One round in the words of the rules: all cells in random order, each drawn for as it is visited."""
    kind = start.copy()
    width = kind.shape[1]
    for place in rng.permutation(np.flatnonzero(kind)):
        y, x = divmod(int(place), width)
        one = kind[y, x]
        if rng.random() < habits.die[one]:
            kind[y, x] = 0
        elif rng.random() < habits.divide[one]:
            around = kind[max(y - 1, 0) : y + 2, max(x - 1, 0) : x + 2]
            free = np.argwhere(around == 0)
            if len(free):
                around[tuple(free[rng.integers(len(free))])] = one
    return kind


@chance
@pytest.mark.slow
def test_an_order_of_those_that_act_is_as_good_as_one_of_all(level, seed):
    """Every outcome of a round on a crowded plane of 2 by 3 comes as often as when all cells are visited in random order."""
    start = np.array([[1, 2, 1], [2, 0, 1]], np.int8)
    habits = Habits(np.array([0.0, 0.6, 0.3]), np.array([0.0, 0.3, 0.2]), np.zeros(3), np.float64(0.0))
    rng = np.random.default_rng(seed)
    weights = 3 ** np.arange(6)
    told = np.bincount([int(whole_order(start, habits, rng).ravel() @ weights) for _ in range(40_000)], minlength=729)

    def p(divide):
        other = habits._replace(divide=np.array([0.0, divide, 0.3]))
        found = np.zeros(729, np.int64)
        for turn in range(40_000):
            plane = start.copy()
            run(plane, np.zeros((2, 3)), other, 0.1, np.full(1, -1.0), (key_of(seed)[0], turn))
            found[int(plane.ravel() @ weights)] += 1
        common = (told + found) >= 20
        rest = [[told[~common].sum(), found[~common].sum()]]
        return stats.chi2_contingency(np.concatenate([np.stack([told, found], axis=1)[common], rest])).pvalue

    assert p(0.6) > level
    assert p(0.66) < level
