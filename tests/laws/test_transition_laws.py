"""The birth-death transition and the step built on it: closed forms, limits, the semigroup, and the order of the splitting."""

from __future__ import annotations

from decimal import Decimal, getcontext
from math import exp, expm1

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.linalg import expm

from refugia.engine.addresses import Chance
from refugia.engine.step import Exchange, Mutation, advance, spread_chances
from refugia.engine.transition import empty_transition, fill_transition, line_fate

getcontext().prec = 60

RATES = [(0.14, 0.136), (0.14, 0.1365), (0.25, 0.181), (0.136, 0.14), (0.05, 0.4), (1.0, 0.0), (0.0, 0.3), (0.3, 0.299999)]
TIMES = [1e-6, 0.25, 1.0, 7.0, 28.0]


def kendall(birth: float, death: float, time: float) -> tuple[float, float]:
    """Chance to be alive and the geometric parameter, Kendall (1948) eq. 18, in sixty digits."""
    b, d = Decimal(birth), Decimal(death)
    grown = ((b - d) * Decimal(time)).exp()
    dead = d * (grown - 1) / (b * grown - d)
    return float(1 - dead), float(b * (grown - 1) / (b * grown - d))


def generating(z: complex, birth: float, death: float, time: float) -> complex:
    """E z^N of a line started by one cell, from its fate."""
    stay, extra, _ = line_fate(birth, death, time)
    return 1.0 - stay + stay * z * (1.0 - extra) / (1.0 - extra * z)


@pytest.mark.parametrize(("birth", "death"), RATES)
@pytest.mark.parametrize("time", TIMES)
def test_the_fate_of_a_line_is_kendalls(birth: float, death: float, time: float) -> None:
    stay, extra, integral = line_fate(birth, death, time)
    alive, geometric = kendall(birth, death, time)
    assert stay == pytest.approx(alive, rel=1e-12, abs=1e-15)
    assert extra == pytest.approx(geometric, rel=1e-12)
    assert integral == pytest.approx(quad(lambda s: exp((birth - death) * s), 0.0, time, epsrel=1e-13)[0], rel=1e-12)


@pytest.mark.parametrize("time", TIMES)
def test_without_death_it_is_yules(time: float) -> None:
    """No line dies, and its size is geometric with parameter 1 - e^{-bt} (Yule)."""
    stay, extra, _ = line_fate(0.25, 0.0, time)
    assert stay == 1.0
    assert extra == pytest.approx(-expm1(-0.25 * time), rel=1e-13)


@pytest.mark.parametrize("time", TIMES)
def test_without_birth_it_is_decay(time: float) -> None:
    stay, extra, integral = line_fate(0.0, 0.3, time)
    assert stay == pytest.approx(exp(-0.3 * time), rel=1e-13)
    assert extra == 0.0
    assert integral == pytest.approx(-expm1(-0.3 * time) / 0.3, rel=1e-13)


@pytest.mark.parametrize("time", TIMES)
@pytest.mark.parametrize("net", [0.0, 1e-15, -1e-15, 1e-11, -1e-11, 1e-9, -1e-9, 1e-7, -1e-7])
def test_the_critical_limit_is_reached_smoothly(net: float, time: float) -> None:
    """At b = d a line is alive with 1 / (1 + bt); near it nothing jumps by more than the order of net growth."""
    stay, extra, integral = line_fate(0.14, 0.14 - net, time)
    slack = 1e-12 + abs(net) * time
    assert stay == pytest.approx(1.0 / (1.0 + 0.14 * time), rel=slack)
    assert extra == pytest.approx(0.14 * time / (1.0 + 0.14 * time), rel=slack)
    assert integral == pytest.approx(time, rel=slack)
    if 0.14 - net != 0.14:
        assert (stay, extra) == pytest.approx(kendall(0.14, 0.14 - net, time), rel=1e-9)


@pytest.mark.parametrize(("birth", "death"), RATES)
def test_no_time_changes_nothing_and_little_time_little(birth: float, death: float) -> None:
    assert line_fate(birth, death, 0.0) == (1.0, 0.0, 0.0)
    stay, extra, integral = line_fate(birth, death, 1e-6)
    assert 1.0 - stay == pytest.approx(death * 1e-6, rel=1e-5, abs=1e-15)
    assert extra == pytest.approx(birth * 1e-6, rel=1e-5)
    assert integral == pytest.approx(1e-6, rel=1e-5)


@pytest.mark.parametrize(("birth", "death"), RATES)
@pytest.mark.parametrize("parts", [(0.25, 0.75), (1.0, 6.0), (7.0, 21.0)])
def test_two_steps_are_one(birth: float, death: float, parts: tuple[float, float]) -> None:
    """G_s(G_t(z)) = G_{s+t}(z) on the unit circle and within."""
    for z in np.concatenate([np.exp(2j * np.pi * np.arange(16) / 16), np.linspace(0.0, 0.99, 7)]):
        composed = generating(generating(z, birth, death, parts[1]), birth, death, parts[0])
        assert abs(composed - generating(z, birth, death, sum(parts))) < 1e-12


@pytest.mark.parametrize(("birth", "death"), RATES)
@pytest.mark.parametrize("time", TIMES)
def test_the_mean_is_exponential_and_births_less_deaths_account_for_it(birth: float, death: float, time: float) -> None:
    stay, extra, integral = line_fate(birth, death, time)
    grown, shrunk = exp(max(birth - death, 0.0) * time), exp(min(birth - death, 0.0) * time)
    assert stay / grown == pytest.approx((1.0 - extra) * shrunk, rel=1e-12, abs=1e-15)
    assert expm1((birth - death) * time) == pytest.approx((birth - death) * integral, rel=1e-9, abs=1e-15)


def test_a_table_is_filled_row_by_row_and_counts_divisions() -> None:
    rng = np.random.default_rng(3)
    table = empty_transition((4, 3, 2))
    table.birth[:], table.death[:] = rng.uniform(0.0, 0.4, (2, 4, 3, 2))
    fill_transition(np.array([0, 3]), 7.0, table)
    assert not table.stay[1:3].any() and not table.extra[1:3].any() and not table.divisions[1:3].any()
    for at in np.ndindex(4, 3, 2):
        if at[0] in (0, 3):
            stay, extra, integral = line_fate(table.birth[at], table.death[at], 7.0)
            assert (table.stay[at], table.extra[at], table.divisions[at]) == (stay, extra, table.birth[at] * integral)


# Spread to neighbouring shells

THIN = np.cbrt(np.arange(9) / 8.0)  # eight shells of equal volume, radius 1 mm


def rates_of_spread(faces: np.ndarray, mobility: float) -> np.ndarray:
    """Rates (from, to) 1/day of the finite-volume Laplacian: mobility x area / (volume x distance of the middles)."""
    volume, middle = np.diff(faces**3) / 3.0, 0.5 * (faces[1:] + faces[:-1])
    over = mobility * faces[1:-1] ** 2 / np.diff(middle)
    return np.diag(over / volume[:-1], 1) + np.diag(over / volume[1:], -1)


def spread_only(cells: np.ndarray, faces: np.ndarray, mobility: float, time: float) -> np.ndarray:
    """The cells (place,) of one clone after one step of moves alone."""
    world = np.asarray(cells, np.int64)[None, :, None].copy()
    none = np.zeros(0, np.int64)
    mutation = Mutation(none, none, none.astype(np.uint32), np.zeros((1, 0)))
    exchange = Exchange(np.array([-1]), np.zeros(world.shape), np.array([mobility]), np.asarray(faces, float)[None])
    chance = Chance(np.array([[5, 7]], np.uint32), np.array([11], np.uint32), np.uint32(0))
    advance(world, empty_transition((1, faces.size - 1, 1)), mutation, exchange, chance, (time, 0.0))
    return world[0, :, 0]


@pytest.mark.parametrize("faces", [THIN, 20.0 * THIN, np.array([0.0, 0.3, 0.35, 1.0, 1.1, 3.0])])
def test_the_rates_of_spread_are_the_finite_volume_laplacians(faces: np.ndarray) -> None:
    """In little time; their flows cancel over each face at equal density."""
    chances = np.empty((faces.size - 2, 2))
    spread_chances(faces, 1e-3, 1e-6, chances)
    rates = rates_of_spread(faces, 1e-3)
    np.testing.assert_allclose(chances[:, 0] / 1e-6, np.diag(rates, -1), rtol=1e-6)
    np.testing.assert_allclose(chances[:, 1] / 1e-6, np.diag(rates, 1), rtol=1e-6)
    flow = np.diff(faces**3)[:, None] * rates
    np.testing.assert_allclose(np.triu(flow, 1), np.tril(flow, -1).T, rtol=1e-12)


@pytest.mark.parametrize("radius", [1.0, 6.0, 20.0])
def test_two_shells_exchange_in_detailed_balance_in_any_time(radius: float) -> None:
    """As many cells cross outward as inward at equal density; the chances stay chances."""
    chances, volume = np.empty((7, 2)), np.diff((radius * THIN) ** 3)
    for time in (0.0, 1.0, 1e3, 1e9):
        spread_chances(radius * THIN, 1e-3, time, chances)
        assert (chances >= 0.0).all() and (chances <= 1.0).all()
        np.testing.assert_allclose(chances[:, 1] * volume[:-1], chances[:, 0] * volume[1:], rtol=1e-12)


@pytest.mark.parametrize("time", [1.0, 7.0, 28.0])
@pytest.mark.parametrize("radius", [1.0, 6.0])
def test_equal_density_stays_equal(time: float, radius: float) -> None:
    """Whatever the step, cells of equal density stay so; 1e13 in each shell, so that chance is below 1e-6 of them."""
    left = spread_only(np.full(8, 10**13), radius * THIN, 1e-3, time)
    np.testing.assert_allclose(left / 1e13, 1.0, atol=1e-5)


def test_shells_that_touch_nothing_keep_their_cells() -> None:
    np.testing.assert_array_equal(spread_only(np.full(3, 1000), np.zeros(4), 1e-3, 7.0), 1000)
    np.testing.assert_array_equal(spread_only(np.full(8, 1000), THIN, 0.0, 7.0), 1000)
    gone = spread_only(np.array([0, 0, 1000, 0]), np.array([0.0, 0.0, 0.0, 1.0, 1.0]), 1e-3, 7.0)
    assert gone.sum() == 1000 and gone[2] > 900


# The order of the splitting: mean dynamics, counts so large that chance is negligible

HORIZON = 56.0
ENTRY, EXIT = np.array([0.03, 0.005]), np.array([0.02, 0.06])  # 1/day, by place
BIRTH, DEATH = np.array([[0.14, 0.12], [0.15, 0.1]]), np.array([[0.17, 0.12], [0.13, 0.13]])  # 1/day (place, state)
FACES = np.array([0.0, 0.4, 0.5])


def generator(places: int, mobility: float) -> np.ndarray:
    """Mean rates (from, to) over (place, state) of a world of one or two places."""
    rates = np.zeros((places, 2, places, 2))
    for place in range(places):
        rates[place, 0, place, 1], rates[place, 1, place, 0] = ENTRY[place], EXIT[place]
    if places == 2:
        moves = rates_of_spread(FACES, mobility)
        for state in range(2):
            rates[0, state, 1, state], rates[1, state, 0, state] = moves[0, 1], moves[1, 0]
    flat = rates.reshape(2 * places, 2 * places)
    return flat - np.diag(flat.sum(axis=1)) + np.diag((BIRTH - DEATH)[:places].ravel())


def marched(places: int, mobility: float, step: float) -> np.ndarray:
    """Cells (place, state) at the horizon over those at day 0, from 1e12 each."""
    shape = (1, places, 2)
    table = empty_transition(shape)
    table.birth[0], table.death[0] = BIRTH[:places], DEATH[:places]
    fill_transition(np.array([0]), step, table)
    cells = np.full(shape, 10**12)
    none = np.zeros(0, np.int64)
    mutation = Mutation(none, none, none.astype(np.uint32), np.zeros((1, 0)))
    count = round(HORIZON / step)
    for k in range(count + 1):
        moving = step if 0 < k < count else 0.5 * step
        both = ENTRY + EXIT
        moved = -np.expm1(-both * moving) / both
        flip = np.stack([moved * ENTRY, moved * EXIT], axis=1)[None, :places]
        exchange = Exchange(np.array([1, 0]), flip, np.array([mobility]), FACES[None, : places + 1])
        chance = Chance(np.array([[5, 7]], np.uint32), np.array([11, 12], np.uint32), np.uint32(k))
        advance(cells, table, mutation, exchange, chance, (moving, step if k < count else 0.0))
    return cells[0] / 1e12


@pytest.mark.parametrize(("places", "mobility"), [(1, 0.0), (2, 0.0), (2, 1e-4)])
def test_the_splitting_error_is_of_second_order(places: int, mobility: float) -> None:
    """Error of the cells at the horizon against the exact mean, steps of 14 to 1.75 days."""
    exact = (np.ones(2 * places) @ expm(generator(places, mobility) * HORIZON)).reshape(places, 2)
    steps = [14.0, 7.0, 3.5, 1.75]
    errors = [np.abs(marched(places, mobility, step) / exact - 1.0).max() for step in steps]
    slope = np.polyfit(np.log(steps), np.log(errors), 1)[0]
    assert abs(slope - 2.0) < 0.15, (slope, errors)


@pytest.mark.parametrize("rates", [(0.14, 0.136, 0.14, 0.1365), (0.25, 0.181, 0.25, 0.22), (0.14, 0.3, 0.2, 0.1)])
def test_the_mean_of_the_mutants_of_a_step_is_exact_to_fourth_order(rates: tuple[float, float, float, float]) -> None:
    """Against n b u (e^{rt} - e^{qt}) / (r - q), r and q the net growth of parent and child."""
    birth, death, inner, outer = rates
    errors = []
    for step in (14.0, 7.0, 3.5):
        table = empty_transition((1, 1, 2))
        table.birth[0, 0], table.death[0, 0] = (birth, inner), (death, outer)
        fill_transition(np.array([0]), step, table)
        cells, one = np.array([[[10**13, 0]]]), np.array([0])
        mutation = Mutation(one, one + 1, np.array([3], np.uint32), np.array([[1e-1]]))
        exchange = Exchange(np.full(2, -1), np.zeros((1, 1, 2)), np.zeros(1), np.array([[0.0, 1.0]]))
        chance = Chance(np.array([[5, 7]], np.uint32), np.array([11, 12], np.uint32), np.uint32(0))
        advance(cells, table, mutation, exchange, chance, (0.0, step))
        r, q = birth - death, inner - outer
        exact = 1e12 * birth * (exp(r * step) - exp(q * step)) / (r - q)
        errors.append(abs(cells[0, 0, 1] / exact - 1.0))
    assert errors[1] < 1e-5 or all(np.log2(errors[k] / errors[k + 1]) > 3.5 for k in range(2)), errors
