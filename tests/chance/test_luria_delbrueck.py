"""Luria and Delbrück with death: the mutants of a growing population against their exact law, and what a step's length costs."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.chance.budget import chance, joint
from tests.chance.lines import Pair, fit, grown, mutants, mutants_of_steps

START, RATE = 10**5, 1e-9
WITH_DEATH = Pair(0.25, 0.181, 0.25, 0.181, RATE)
WITHOUT = Pair(0.25, 0.0, 0.25, 0.0, RATE)
COSTLY = Pair(0.25, 0.181, 0.25, 0.2, RATE)
WEEKS = {WITH_DEATH: 19, WITHOUT: 5, COSTLY: 19}


def days(pair: Pair) -> float:
    """The time in which the parents grow ten thousandfold, to 1e9 cells: with RATE one mutation is expected to survive."""
    return float(np.log(1e4) / (pair.birth - pair.death))


def lea_coulson(m: float, size: int) -> NDArray[np.float64]:
    """Lea and Coulson (1949): p_0 = e^-m, p_k = m/k sum_i p_i / (k - i + 1)."""
    p = np.zeros(size)
    p[0] = np.exp(-m)
    for k in range(1, size):
        p[k] = m / k * (p[:k] / (k - np.arange(k) + 1.0)).sum()
    return p


def apart(one: NDArray[np.float64], other: NDArray[np.float64], size: int = 600) -> float:
    """Total variation between two laws, what lies beyond `size` taken as one."""
    return float(0.5 * (np.abs(one[:size] - other[:size]).sum() + abs(one[:size].sum() - other[:size].sum())))


def test_the_law_without_death_is_lea_and_coulsons() -> None:
    """From a start of 1e-4 of the end; m = u (M - M0)."""
    np.testing.assert_allclose(mutants(WITHOUT, START, days(WITHOUT))[:40], lea_coulson(1.0 - 1e-4, 40), rtol=3e-3, atol=1e-6)


def test_the_law_with_death_is_known() -> None:
    """The values of its generating function exp{(Mu/s) int_0^1 [g(z;y) - 1] dy}, for a start long before."""
    found = mutants(WITH_DEATH, START, days(WITH_DEATH))[:6]
    np.testing.assert_allclose(found, [0.16896, 0.11884, 0.08925, 0.06984, 0.05625, 0.04631], atol=5e-5)
    assert found[0] == pytest.approx(np.exp(np.log(0.276) / 0.724), rel=5e-4)  # no mutant alive: exp(-Mu F)


@pytest.mark.parametrize(("pair", "weekly", "daily"), [(WITH_DEATH, 0.018, 8e-4), (WITHOUT, 0.05, 1.2e-3), (COSTLY, 0.018, 8e-4)])
def test_what_a_step_costs(pair: Pair, weekly: float, daily: float) -> None:
    """The mutants of a step settle through one geometric law: off by a few per cent in weekly steps, by a thousandth in daily ones.

    Where the error lies in weekly ones: a lone mutant is less likely by a tenth to a fifth, three to ten are more so; P(none) is
    kept to 2 %, and the upper quantiles of the number are what they should be.
    """
    exact, steps = mutants(pair, START, days(pair)), WEEKS[pair]
    weeks, single = (mutants_of_steps(pair, START, days(pair), count) for count in (steps, round(days(pair))))
    assert apart(exact, weeks) < weekly
    assert apart(exact, single) < daily
    assert weeks[0] == pytest.approx(exact[0], rel=0.02)
    for quantile in (0.75, 0.9, 0.95):
        assert np.searchsorted(weeks.cumsum(), quantile) == pytest.approx(np.searchsorted(exact.cumsum(), quantile), abs=1)


@chance
@pytest.mark.parametrize("pair", [WITH_DEATH, pytest.param(WITHOUT, marks=pytest.mark.slow)], ids=["death", "no death"])
def test_daily_steps_follow_the_exact_law(level: float, seed: int, pair: Pair) -> None:
    """1e5 to 1e9 cells; a rate of mutation or a birth rate of mutants 5 % off is caught."""
    law, count = mutants(pair, START, days(pair)), round(days(pair))

    def p(other: Pair, worlds: int, lot: int) -> float:
        return fit(grown(other, START, [days(pair) / count] * count, worlds, lot)[:, 1], law)

    assert p(pair, 20_000, seed) > level
    if pair.death:
        assert p(pair._replace(mutant_birth=0.95 * pair.mutant_birth), 8_000, seed + 1) < level
    else:
        assert p(pair._replace(rate=1.05 * pair.rate), 120_000, seed + 1) < level


@chance
@pytest.mark.parametrize("pair", [WITH_DEATH, WITHOUT, pytest.param(COSTLY, marks=pytest.mark.slow)], ids=["death", "none", "cost"])
def test_weekly_steps_follow_their_own_law(level: float, seed: int, pair: Pair) -> None:
    """What `test_what_a_step_costs` compares is what the kernel draws; rates 5 % off are caught."""
    weeks = WEEKS[pair]
    law = mutants_of_steps(pair, START, days(pair), weeks)

    def p(other: Pair, worlds: int, lot: int) -> float:
        return fit(grown(other, START, [days(pair) / weeks] * weeks, worlds, lot)[:, 1], law)

    assert p(pair, 40_000, seed) > level
    assert p(pair._replace(rate=1.05 * pair.rate), 120_000, seed + 1) < level
    if pair.death:
        assert p(pair._replace(mutant_birth=0.95 * pair.mutant_birth), 20_000, seed + 2) < level


@chance
def test_mutants_that_arrive_in_a_step_from_no_standing_ones(level: float, seed: int) -> None:
    """One step of a day or a week from 1e8 growing or dying parents: the law of the steps, and the exact one."""
    faults = []
    for lot, pair in enumerate((Pair(0.14, 0.136, 0.14, 0.1365, 1e-8), Pair(0.14, 0.3, 0.14, 0.1365, 1e-8))):
        cells = grown(pair, 10**8, [7.0], 100_000, seed + lot)[:, 1]
        faults.append(fit(cells, mutants_of_steps(pair, 10**8, 7.0, 1)))
        short = grown(pair, 10**8, [1.0], 50_000, seed + 10 + lot)[:, 1]
        faults.append(fit(short, mutants(pair, 10**8, 1.0)))
    assert joint(*faults) > level
    fast = Pair(0.14, 0.136, 0.14, 0.1365, 1.05e-8)
    assert fit(grown(fast, 10**8, [7.0], 200_000, seed + 20)[:, 1], mutants(fast._replace(rate=1e-8), 10**8, 7.0)) < level
