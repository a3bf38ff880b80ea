"""States of cells against closed forms: equilibrium, exact means, special cases, and fractions of radiation."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.linalg import expm

from refugia.clones import Clone, State, Switch, Tolerance
from refugia.clones.lower import changes, genealogy, lower
from refugia.clones.switching import Signals, mixed, pace, settled
from refugia.course.events import Strike, fates
from refugia.engine.addresses import Chance
from refugia.engine.keys import subkeys
from refugia.engine.step import Exchange, Links, Moves, Mutation, advance_linked
from refugia.engine.transition import empty_transition, fill_transition
from refugia.treatment.radiation import RadiationLaw
from tests.unit.test_genealogy import M, S, source, value

RNG = np.random.default_rng(5)


def test_tolerance_is_a_switch_that_grows_with_the_effect() -> None:
    """Entry x (1 + (induction - 1) effect) is rate + effect' x effect with effect' = entry (induction - 1)."""
    felt, entry, induction = RNG.uniform(0.0, 1.0, (3, 4)), RNG.uniform(1e-6, 1e-2, 3), RNG.uniform(1.0, 10.0, 3)
    numbers = np.zeros((3, 8))
    numbers[:, 0], numbers[:, 1] = entry, entry * (induction - 1.0)
    found = pace(numbers, Signals(felt, 0.0 * felt, 0.0 * felt, 0.0 * felt))
    np.testing.assert_allclose(found, entry[:, None] * (1.0 + (induction[:, None] - 1.0) * felt), rtol=1e-14)


def test_a_rate_never_falls_below_zero_and_oxygen_works_by_halves() -> None:
    one = np.ones((1, 5))
    numbers = np.array([[0.1, -0.3, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]])
    effect = np.array([[0.0, 0.2, 1.0 / 3.0, 0.5, 1.0]])
    np.testing.assert_allclose(pace(numbers, Signals(effect, one, one, one)), [[0.1, 0.04, 0.0, 0.0, 0.0]], atol=1e-16)
    numbers = np.array([[0.0, 0.0, 0.0, 0.8, 5.0, 4.0, 0.0, 0.0]])
    oxygen = np.array([[0.0, 5.0, 10.0, 50.0, 1e9]])
    np.testing.assert_allclose(pace(numbers, Signals(one, one, oxygen, one)), 0.8 / (1.0 + (oxygen / 5.0) ** 4), rtol=1e-14)


def test_two_states_settle_where_the_quadratic_says() -> None:
    """Growth x solves (a - u - x)(b - v - x) = u v; the share of the second is u/(u + x - b + v)."""
    a, b, u, v = 0.04, 0.001, 0.0004, 0.004
    found = settled(np.array([a, b]), np.array([[0.0, u], [v, 0.0]]))
    middle, half = 0.5 * (a - u + b - v), np.sqrt(0.25 * (a - u - b + v) ** 2 + u * v)
    assert float(found.growth) == pytest.approx(middle + half, rel=1e-12)
    assert float(found.share[1]) == pytest.approx(u / (u + middle + half - b + v), rel=1e-12)


def ring(rates: np.ndarray, days: float, steps: int, birth: np.ndarray, death: np.ndarray) -> np.ndarray:
    """The shares of three states that start in the first, drawn with so many cells that chance plays no part; rates (3, 3)."""
    cells, none = np.zeros((1, 1, 3), np.int64), np.zeros(0, np.int64)
    cells[0, 0, 0] = 10**14
    table, time = empty_transition((1, 1, 3)), days / steps
    table.birth[:], table.death[:] = birth, death
    fill_transition(np.zeros(1, np.int64), time, table)
    mutation = Mutation(none, none, none.astype(np.uint32), np.zeros((1, 0)))
    exchange = Exchange(np.full(3, -1), np.zeros((1, 1, 3)), np.zeros(1), np.zeros((1, 2)))
    first, second = np.array([0, 0, 1]), np.array([1, 2, 2])
    words, keys = np.arange(6, dtype=np.uint32).reshape(3, 2), subkeys(3, [0], "ring")
    for step in range(steps + 1):
        moving = time if 0 < step < steps else 0.5 * time
        flip = np.stack(mixed(rates[first, second], rates[second, first], moving), axis=1)[None, None]
        moves = Moves(exchange, Links(first, second, words, np.ascontiguousarray(flip)))
        luck = Chance(keys, np.array([7, 8, 9], np.uint32), np.uint32(step))
        advance_linked(cells, table, mutation, moves, luck, (moving, time if step < steps else 0.0))
    return np.asarray(cells[0, 0] / 1e14)


def exact(rates: np.ndarray, days: float, net: np.ndarray) -> np.ndarray:
    """The same by the exponential of the generator."""
    return np.asarray(np.array([1.0, 0.0, 0.0]) @ expm(days * (rates + np.diag(net - rates.sum(axis=1)))))


def test_a_single_link_is_exact_whatever_the_step() -> None:
    rates = np.zeros((3, 3))
    rates[0, 1], rates[1, 0] = 0.03, 0.11
    for steps in (1, 3):
        found = ring(rates, 21.0, steps, np.full(3, 0.1), np.full(3, 0.1))
        np.testing.assert_allclose(found, exact(rates, 21.0, np.zeros(3)), rtol=1e-5, atol=1e-6)


def test_the_splitting_of_links_is_of_second_order() -> None:
    """Three states in a ring with growth of their own: halving the step divides the error by about four.

    In weekly steps it is 0.014 of shares up to 0.8, at rates of 0.01 to 0.06 a day.
    """
    rates = np.array([[0.0, 0.05, 0.02], [0.03, 0.0, 0.06], [0.01, 0.04, 0.0]])
    net = np.array([0.02, -0.03, 0.05])
    errors = [np.abs(ring(rates, 28.0, steps, 0.1 + net, np.full(3, 0.1)) - exact(rates, 28.0, net)).max() for steps in (2, 4, 8)]
    assert errors[1] < 0.015
    assert 3.0 < errors[0] / errors[1] < 5.5
    assert 3.0 < errors[1] / errors[2] < 5.5


STEM = Clone("stem", (), False, "stem")


def stemmed(fraction: float) -> tuple[object, object]:
    """Tables and genealogy of differentiated cells and stem cells, as in a model of glioblastoma."""
    state = State("stem", "stemness", 0.016, 3.0, 0.0, None, 0.01, 0.01 / 1.77e-7)
    ways = (Switch("stem", "basal", (), 0.0, daughters=0.495), Switch("basal", "stem", (), 0.0, fraction=fraction))
    described = replace(source((S, STEM)), states=(state,), switches=ways)
    return lower(described, value), genealogy(described)


@pytest.mark.parametrize(("count", "dose"), [(1, 2.0), (7, 1.0), (3, 10.0)])
def test_fractions_follow_each_other_as_their_recursion(count: int, dose: float) -> None:
    """S+ = S SF_s + k V SF_v, V+ = (1 - k) V SF_v, k = min(1, c D): the mean, whether one after the other or in one step."""
    table, tree = stemmed(5.196e-3)
    law = RadiationLaw(*(np.full(3, number) for number in (dose, 0.125, 0.125 / 0.028, 1.0, 3.0)))
    oxygen = np.full((3, 2), 40.0)
    fate = fates([Strike(0, np.arange(3), law, count)], oxygen, table, tree)
    stem, rest = 0.016, 0.984
    for _ in range(count):
        left, kept, k = np.exp(-0.01 * dose - 1.77e-7 * dose**2), np.exp(-0.125 * dose - 0.028 * dose**2), min(1.0, 5.196e-3 * dose)
        stem, rest = stem * left + k * rest * kept, (1.0 - k) * rest * kept
    np.testing.assert_allclose(np.array([0.984, 0.016]) @ fate[0, 0], [rest, stem], rtol=1e-12)
    assert np.array_equal(fates([Strike(0, np.arange(3), None, 1)], oxygen, table, tree), np.zeros((3, 2, 2, 2)))


def test_differentiation_at_division_is_the_mean_of_asymmetric_renewal() -> None:
    """A stem cell divides at r and each daughter is differentiated with chance q: S grows at (1 - 2 q) r, and leaves at 2 q r."""
    numbers = np.array([[0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.495, 0.0]])
    one = np.ones((1, 1))
    assert float(pace(numbers, Signals(one, one, one, 0.1777 * one))[0, 0]) == pytest.approx(2.0 * 0.495 * 0.1777, rel=1e-14)


def test_copies_are_gained_and_lost_and_mutations_are_for_good() -> None:
    base = source((S, M, Clone("n", ("N",), False)))
    copied = replace(base.alterations[0], kind="amplification", loss=1e-3)
    described = replace(base, alterations=(copied, base.alterations[1]))
    assert changes(described) == [(0, 1, "M"), (0, 2, "N"), (1, 0, "M")]
    np.testing.assert_array_equal(lower(described, value).rate[0], [1e-8, 2e-9, 1e-3])
    np.testing.assert_array_equal(lower(described.without_amplification(), value).rate[0], [0.0, 2e-9, 0.0])
    np.testing.assert_array_equal(lower(described.without_mutation(), value).rate[0], [1e-8, 0.0, 1e-3])


def test_a_mutant_keeps_its_state_where_it_can() -> None:
    resting = Clone("resting", (), False, "rest")
    described = replace(source((S, resting, M)), states=(State("rest", "tolerance", 0.0, 0.2, 1.0),))
    assert changes(described) == [(0, 2, "M"), (1, 2, "M")]
    kept = replace(described, clones=(*described.clones, Clone("resting m", ("M",), False, "rest")))
    assert changes(kept) == [(0, 2, "M"), (1, 3, "M")]
    assert genealogy(kept).basis.tolist() == [-1, 0, -1, 2]
    assert isinstance(kept.tolerance, Tolerance)
