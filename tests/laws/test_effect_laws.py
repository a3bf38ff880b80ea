"""Effect of a level of drug: the average over a swinging level, uptake of weak bases, kill slope and independent action."""

from __future__ import annotations

from itertools import pairwise
from math import inf

import numpy as np
import pytest
from scipy.integrate import quad

from refugia.engine.saturation import saturating_mean
from refugia.treatment import Curve, Drug, Kinetics, Regimen, Route
from refugia.treatment.effect import kill_slope, loss, split, trapping, uptake
from refugia.treatment.kinetics import concentration
from refugia.treatment.lower import condense, exposure_mean, lower, steady

FIRST = np.array([0])


def one(number):
    return np.full(1, float(number))


def pulsed(clearance=20.0, every=7.0):
    """A drug that comes and goes within a dosing interval, levels of the order of its EC50."""
    body = Kinetics(clearance, 10.0, 0.0, 0.0, 6.0, 0.0, 1.0)
    drug = Drug("d", body, (Curve(("s",), 1.0, 1.8),), 1.0, 1000.0, -inf, 7.2, 7.4, 0.03)
    return drug, Regimen("d", Route.ORAL, 40.0, 0.0, every, inf, 0.0)


def hill(level, half, power):
    return level**power / (level**power + half**power)


@pytest.mark.parametrize("power", [0.9, 1.0, 1.8, 4.0])
def test_the_mean_effect_against_quadrature(power):
    """The node average of the Hill response converges on the integral over an interval, which is not that at the mean (Jensen)."""
    drug, line = pulsed()
    body, period = drug.kinetics, line.every
    doses = [Regimen("d", Route.ORAL, 40.0, -period * k, inf, inf, 0.0) for k in range(4)]
    cuts = [0.0, 0.02, 0.3, 1.0, 2.0, 4.0, period]
    exact = sum(
        quad(lambda t: hill(concentration(body, doses, one, np.array([t]))[0, 0], 1.0, power), a, b, epsrel=1e-9)[0]
        for a, b in pairwise(cuts)
    ) / period  # fmt: skip
    errors = []
    for count in (16, 64, 256):
        nodes = steady(drug, line, one, count)
        share = saturating_mean(np.ones((1, 1)), nodes, FIRST, one(1.0), one(power))[0, 0]
        errors.append(abs(share - exact))
    at_mean = hill(steady(drug, line, one, 256).mean(), 1.0, power)
    assert errors[0] < 0.02
    assert errors[2] < 2e-4
    assert errors[2] < errors[1] / 4.0
    assert abs(at_mean - exact) > 3.0 * errors[0]  # sixteen nodes already beat the response to the mean


def daily(step, nodes):
    body = Kinetics(758.4, 2190.0, 0.0, 0.0, 19.2, 0.0, 1.0)
    drug = Drug("d", body, (Curve(("s",), 0.096, 1.79),), 0.1, 446.9, -inf, 7.2, 7.4, 0.031)
    line = Regimen("d", Route.ORAL, 250.0, 0.0, 1.0, inf, 0.0)
    return lower((drug,), (line,), ("s",), np.arange(0.0, 50.0, step), nodes, one)


def test_condensing_keeps_the_mean_and_the_effect_of_daily_doses():
    """Sixteen levels a week stand for a hundred: the mean to round-off; the Hill mean within 1e-3 while the drug builds up over the
    printed range of slopes (0.9 to 1.8), and to 1e-5 after two weeks even where the response is steep."""
    week, day = daily(7.0, 16), daily(1.0, 16)
    fine = day.plasma[0, :, 0].reshape(7, 7, -1).reshape(7, -1)
    coarse = week.plasma[0, :, 0]
    np.testing.assert_allclose(coarse.mean(axis=1), fine.mean(axis=1), rtol=1e-13)
    for half in (0.02, 0.096, 0.304):
        for power in (0.9, 1.79, 4.0):
            off = np.abs(hill(coarse, half, power).mean(axis=1) - hill(fine, half, power).mean(axis=1))
            assert off[2:].max() < 1e-5
            assert power > 2.0 or off.max() < 1e-3
    np.testing.assert_allclose(exposure_mean(week)[0, :, 0], coarse.mean(axis=1), rtol=1e-14)


def test_condensing_weighted_ties_and_borders():
    """Any levels and weights: ascending bin means of equal weight, within the range, mean kept to round-off."""
    rng = np.random.default_rng(5)
    level = rng.choice([0.0, 1.0, 2.5, 1e-9], size=(50, 40)) * rng.choice([1.0, 1.1], size=(50, 40))
    weight = rng.uniform(0.5, 1.0, (50, 40)) * (rng.uniform(size=(50, 40)) < 0.9)
    weight /= weight.sum(axis=1, keepdims=True)
    bins = condense(level, weight, 7)
    np.testing.assert_allclose(bins.mean(axis=1), (level * weight).sum(axis=1), rtol=1e-13)
    assert (np.diff(bins, axis=1) >= -1e-13).all()
    assert (bins >= 0.0).all()
    assert (bins <= level.max(axis=1, keepdims=True) + 1e-13).all()
    np.testing.assert_allclose(condense(np.full((1, 12), 3.0), np.full((1, 12), 1.0 / 12.0), 5), 3.0, rtol=1e-14)


def test_weak_base_uptake():
    """Ci/Ce of a base of pKa 8.3 with pH 7.2 inside falls as the tissue turns acid (computed values, three digits)."""
    ratios = [float(uptake(np.array(ph), np.array(8.3), np.array(7.2))) for ph in (7.4, 7.0, 6.6)]
    assert ratios == pytest.approx([1.519, 0.649, 0.266], abs=6e-4)
    assert ratios[2] / ratios[0] == pytest.approx(0.175, abs=6e-4)
    limit = uptake(np.array(7.4), np.array(40.0), np.array(7.2)) / uptake(np.array(6.6), np.array(40.0), np.array(7.2))
    assert float(limit) == pytest.approx(10.0**0.8, rel=1e-12)
    neutral = [float(uptake(np.array(ph), np.array(8.3), np.array(inf))) for ph in (7.4, 6.6)]  # only neutral drug inside
    assert neutral == pytest.approx([0.112, 0.0196], abs=6e-4)


def test_a_weak_acid_goes_the_other_way():
    """A weak acid of pKa 5.8 (chlorambucil) is a base with the signs of pH turned: uptake rises 5.58-fold from pH 7.4 to 6.6."""
    ratios = [float(uptake(np.array(-ph), np.array(-5.8), np.array(-7.2))) for ph in (7.4, 6.6)]
    assert ratios == pytest.approx([0.640, 3.573], abs=6e-4)
    assert ratios[1] / ratios[0] == pytest.approx(5.58, abs=6e-3)


def test_trapping():
    """0.464 for a base of pKa 7.2 at pH 6.8 over 7.4; exactly one where nothing differs or nothing ionises."""
    acid = np.array([[6.8, 7.4, 7.0]])
    got = trapping(acid, one(7.2), one(7.2), one(7.4))
    assert got[0, 0] == pytest.approx(0.464, abs=5e-4)
    assert got[0, 1] == 1.0
    np.testing.assert_array_equal(trapping(acid, one(-inf), one(7.2), one(7.4)), 1.0)
    np.testing.assert_allclose(got, trapping(acid, one(7.2), one(6.5), one(7.4)), rtol=1e-15)


def test_the_kill_slope_of_an_unsaturated_response():
    """74 nM unbound at EC50 96 nM and h 1.79 is 39 % of the effect, so full effect is 0.086 a day; at EC50 304 nM 0.46."""
    for half, share, slope in ((0.096, 0.386, 0.086), (0.304, 0.0738, 0.46)):
        reached = saturating_mean(np.ones((1, 1)), np.array([[0.074]]), FIRST, one(half), one(1.79))[:, 0]
        assert reached[0] == pytest.approx(share, rel=3e-3)
        kill = kill_slope(one(0.031), one(0.0035), reached, "gefitinib")
        assert kill[0] == pytest.approx(slope, rel=1e-2)
        lost = loss(reached[:, None, None], kill[:, None], one(0.0035))
        assert 0.0035 - lost[0, 0] == pytest.approx(-0.031, rel=1e-12)


def test_independent_action_multiplies_surviving_fractions():
    """Under two drugs the survivors are the product of those under each, relative to growth without drug (Bliss)."""
    shares, kill, net = np.array([[[0.3, 0.8]]]), np.array([[0.05, 0.02]]), one(0.004)
    survive = np.exp(-10.0 * loss(shares, kill, net)[0, 0])
    apart = [np.exp(-10.0 * loss(shares[:, :, [d]], kill[:, [d]], net)[0, 0]) for d in range(2)]
    assert survive == pytest.approx(apart[0] * apart[1], rel=1e-14)
    third = loss(np.concatenate([shares, np.zeros((1, 1, 1))], axis=2), np.array([[0.05, 0.02, 9.0]]), net)
    np.testing.assert_array_equal(third, loss(shares, kill, net))


def test_the_loss_takes_birth_first():
    """Net growth falls by the loss; birth never goes below zero; no loss changes no bit."""
    lost = np.array([0.0, 0.05, 0.14, 0.3])
    birth, death = split(np.array(0.14), np.array(0.1365), lost)
    np.testing.assert_allclose(birth - death, 0.0035 - lost, rtol=1e-12)
    np.testing.assert_allclose(birth, [0.14, 0.09, 0.0, 0.0], atol=1e-16)
    np.testing.assert_allclose(death, [0.1365, 0.1365, 0.1365, 0.2965], rtol=1e-15)
    assert birth[0] == 0.14
    assert death[0] == 0.1365
