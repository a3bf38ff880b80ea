"""Birth and death in distribution: the generating function, the length of the step, gambler's ruin, large counts, switching."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import binom, binomtest, chi2, norm

from refugia.engine.addresses import Chance
from refugia.engine.keys import subkeys
from refugia.engine.step import Exchange, Mutation, advance
from refugia.engine.transition import empty_transition
from tests.chance.budget import chance, joint
from tests.chance.lines import Pair, chances, circle, fit, grown, line

BIRTH, DEATH, DAYS = 0.14, 0.136, 28.0
WORLDS = 60_000


def law(start: int, birth: float = BIRTH, death: float = DEATH) -> NDArray[np.float64]:
    """P(0), P(1), ... cells after DAYS from `start` cells."""
    return chances(line(circle(), birth, death, DAYS) ** start)


def after(start: int, step: float, seed: int, birth: float = BIRTH, death: float = DEATH) -> NDArray[np.int64]:
    """Cells (world,) after DAYS in steps of this length; fewer worlds where the steps are many."""
    pair = Pair(birth, death, birth, death, 0.0)
    return grown(pair, start, [step] * round(DAYS / step), round(WORLDS * min(step, 4.0) ** 0.5 / 2.0), seed)[:, 0]


def test_the_law_is_a_law() -> None:
    """The chances that the tests below go by: they add up, and have the mean and variance of the process."""
    for start in (1, 5):
        p, n = law(start), np.arange(1024)
        mean = start * np.exp((BIRTH - DEATH) * DAYS)
        variance = mean * np.expm1((BIRTH - DEATH) * DAYS) * (BIRTH + DEATH) / (BIRTH - DEATH)
        assert p.sum() == pytest.approx(1.0, abs=1e-10)
        assert (n * p).sum() == pytest.approx(mean, rel=1e-8)
        assert (n * n * p).sum() - mean**2 == pytest.approx(variance, rel=1e-6)


@chance
@pytest.mark.parametrize("start", [1, 5])
def test_the_transition_follows_its_generating_function(level: float, seed: int, start: int) -> None:
    """One step of 28 days; a rate of birth or death 5 % too high is caught."""
    assert fit(after(start, DAYS, seed), law(start)) > level
    assert fit(after(start, DAYS, seed + 1, birth=1.05 * BIRTH), law(start)) < level
    assert fit(after(start, DAYS, seed + 2, death=1.05 * DEATH), law(start)) < level


@chance
def test_the_step_does_not_matter(level: float, seed: int) -> None:
    """Steps of 7, 1 and 0.25 days end in the law of one step of 28 days; rates 5 % off are caught at each."""
    assert joint(*(fit(after(5, step, seed), law(5)) for step in (7.0, 1.0, 0.25))) > level
    assert fit(after(5, 7.0, seed + 1, death=1.05 * DEATH), law(5)) < level
    assert fit(after(5, 1.0, seed + 2, birth=1.05 * BIRTH), law(5)) < level


@chance
def test_a_lone_cell_founds_a_line_as_gamblers_ruin_says(level: float, seed: int) -> None:
    """P(reach n before 0) = (1 - d/b) / (1 - (d/b)^n) in steps of 0.25, 1 and 7 days; a death rate 5 % too high is caught."""
    aim, worlds = 60, 20_000
    ruin = (1.0 - 0.7) / (1.0 - 0.7**aim)

    def p(death: float, step: float, lot: int) -> float:
        cells = grown(Pair(1.0, death, 1.0, death, 0.0), 1, [step] * round(84.0 / step), worlds, lot)[:, 0]
        assert not ((cells > 0) & (cells < aim)).any()  # all of them have reached one end
        return float(binomtest(int((cells >= aim).sum()), worlds, ruin).pvalue)

    assert joint(p(0.7, 0.25, seed), p(0.7, 1.0, seed + 1), p(0.7, 7.0, seed + 2)) > level
    assert p(0.735, 7.0, seed + 3) < level


@chance
def test_large_counts_have_the_mean_and_variance_of_the_process(level: float, seed: int) -> None:
    """1e10 cells over 28 days in weekly steps: normal with mean n e^{rt} and variance n e^{rt}(e^{rt} - 1)(b + d)/(b - d)."""
    start, worlds = 10**10, 5_000

    def p(birth: float, death: float, lot: int) -> float:
        mean = start * np.exp((BIRTH - DEATH) * DAYS)
        deviation = np.sqrt(mean * np.expm1((BIRTH - DEATH) * DAYS) * (BIRTH + DEATH) / (BIRTH - DEATH))
        scaled = (grown(Pair(birth, death, birth, death, 0.0), start, [7.0] * 4, worlds, lot)[:, 0] - mean) / deviation
        total, squares = scaled.sum() / np.sqrt(worlds), (scaled**2).sum()
        return joint(2.0 * norm.sf(abs(total)), 2.0 * min(chi2.sf(squares, worlds), chi2.cdf(squares, worlds)))

    assert p(BIRTH, DEATH, seed) > level
    assert p(1.3 * BIRTH, DEATH + 0.3 * BIRTH, seed + 1) < level  # the same mean, turnover 30 % up
    assert p(1.00001 * BIRTH, DEATH, seed + 2) < level


@chance
def test_switching_between_two_states_is_the_two_state_chain(level: float, seed: int) -> None:
    """Each cell alone: after 3 steps the share in the other state is a/(a+c) (1 - e^{-(a+c)t}); a rate 5 % off is caught."""
    enter, leave, worlds, start = 0.03, 0.08, 20_000, 50

    def p(rate: float, lot: int) -> float:
        cells = np.zeros((worlds, 1, 2), np.int64)
        cells[:, 0, 0] = start
        none = np.zeros(0, np.int64)
        mutation = Mutation(none, none, none.astype(np.uint32), np.zeros((worlds, 0)))
        keys = subkeys(lot, np.arange(worlds), "switching")
        for step, time in enumerate((0.5, 7.0, 3.5)):
            moved = -np.expm1(-(rate + leave) * time) / (rate + leave)
            flip = np.broadcast_to(np.array([moved * rate, moved * leave]), cells.shape).copy()
            exchange = Exchange(np.array([1, 0]), flip, np.zeros(worlds), np.zeros((worlds, 2)))
            luck = Chance(keys, np.array([1, 2], np.uint32), np.uint32(step))
            advance(cells, empty_transition(cells.shape), mutation, exchange, luck, (time, 0.0))
        assert (cells.sum(axis=2) == start).all()
        there = enter / (enter + leave) * -np.expm1(-(enter + leave) * 11.0)
        return fit(cells[:, 0, 1], binom.pmf(np.arange(start + 1), start, there))

    assert p(enter, seed) > level
    assert p(1.05 * enter, seed + 1) < level
