"""Two drugs at once and in a row against what Bozic et al. 2013 printed, and against a branching process solved exactly."""

from __future__ import annotations

import numpy as np
import pytest

from refugia.clones.combination import (
    Targets,
    Therapy,
    expected_both,
    expected_resistant,
    mean_steps,
    one_step,
    present,
    sequential_failure,
    simultaneous,
    together,
    two_steps,
)
from refugia.clones.turnover import turnover
from tests.chance.treated import log_cure

BOTH, NONE = Targets(50, 50, 1), Targets(50, 50, 0)
BURDENS = {
    "N1": (2.6e11, 0.283), "N2": (2.3e11, 0.26), "N3": (1.7e11, 0.203), "N4": (1.4e11, 0.172), "N7": (9.1e10, 0.112),
    "N8": (7.4e10, 0.092), "N9": (6.4e10, 0.08), "N10": (5.5e10, 0.069), "N12": (4.8e10, 0.061), "N13": (4.1e10, 0.052),
    "N14": (4.1e10, 0.051), "N15": (3.3e10, 0.042), "N16": (2.2e10, 0.028), "N17": (2.1e10, 0.027), "N19": (1.8e10, 0.023),
}  # fmt: skip
"""Table 1: cells in all metastases of a patient, and the failure of two drugs without cross-resistance."""


def therapy(cost: float = 0.0, mutation: float = 1e-9) -> Therapy:
    """b = 0.14, d = 0.13, and 0.17 under the drugs."""
    return Therapy(turnover(0.14, 0.13, mutation, cost), np.asarray(-0.03 / 0.14))


def fails(size: float, targets: Targets, cost: float = 0.0) -> float:
    return float(-np.expm1(simultaneous(size, therapy(cost), targets)))


@pytest.mark.parametrize("patient", BURDENS)
def test_table_1(patient: str) -> None:
    """Within 0.006 of the paper (rounded burdens, lesions taken as one); with one shared position, and on one drug, all fail."""
    size, printed = BURDENS[patient]
    assert fails(size, NONE) == pytest.approx(printed, abs=0.006)
    assert fails(size, BOTH) > 0.9995
    assert float(-np.expm1(one_step(size, therapy(), 50.0))) == 1.0


def test_one_lesion() -> None:
    """M = 1e9: cure at once 0.263 with a shared position and 0.999 without; one after the other never cures."""
    assert 1.0 - fails(1e9, BOTH) == pytest.approx(0.263, abs=5e-4)
    assert 1.0 - fails(1e9, NONE) == pytest.approx(0.999, abs=5e-4)
    for targets in (BOTH, NONE):
        assert float(sequential_failure(1e9, therapy(), targets)) == pytest.approx(1.0, abs=1e-12)


def test_numbers_at_detection() -> None:
    """mu, expected cells resistant to one drug and to both, and the chance that any is there."""
    size, source = np.array([1e9, 1e11]), therapy().source
    np.testing.assert_allclose(mean_steps(size, source), [2.532e-7, 3.177e-7], rtol=2e-4)
    np.testing.assert_allclose(expected_resistant(size, source, [50]), [1.266e4, 1.588e6], rtol=4e-4)
    np.testing.assert_allclose(expected_resistant(size, source, [50, 50]), expected_both(size, source, NONE), rtol=1e-12)
    np.testing.assert_allclose(expected_both(size, source, BOTH), [253.3, 31791], rtol=2e-4)
    np.testing.assert_allclose(expected_both(size, source, NONE), [0.160, 25.2], rtol=2e-3)
    assert float(present(1e9, source, BOTH)) == pytest.approx(0.9419, abs=5e-5)
    assert float(present(1e9, source, NONE)) == pytest.approx(0.00359, abs=5e-6)


@pytest.mark.parametrize(("cost", "one", "two"), [(0.0, 0.74, 0.12), (0.01, 0.73, 0.11), (0.05, 0.72, 0.08), (0.1, 0.70, 0.06)])
def test_table_2(cost: float, one: float, two: float) -> None:
    """The cost of resistance: a shared position at 1e9 cells, none at 1e11; the two other columns are 0 and 1."""
    assert fails(1e9, BOTH, cost) == pytest.approx(one, abs=0.005)
    assert fails(1e9, NONE, cost) == pytest.approx(0.0, abs=0.005)
    assert fails(1e11, BOTH, cost) == pytest.approx(1.0, abs=0.005)
    if cost == 0.05:
        pytest.xfail("0.087 here, 0.08 printed: how the paper lets a second mutation cost is not known; the other three agree")
    assert fails(1e11, NONE, cost) == pytest.approx(two, abs=0.005)


@pytest.mark.parametrize(("targets", "cost"), [(BOTH, 0.0), (NONE, 0.0), (NONE, 0.1), (Targets(20, 80, 0), 0.1), (NONE, -0.2)])
def test_the_branching_process_agrees(targets: Targets, cost: float) -> None:
    """From 1e6 cells to 1e9, treated till none is left: the log chance of cure within 1 % of the exact process.

    Two things are taken out of the formula first: what first mutations below 1e6 cells add, and that it counts the past divisions
    of a young clone as if it were old, by which alone it overstates the two-step term by 2 to 11 %.
    """
    rates, size, start = therapy(cost, 1e-8), 1e9, 1e6
    exact = log_cure(start, np.log(size / start) / 0.01, rates, 0.14, targets)
    formula = float(simultaneous(size, rates, targets))
    assert formula - early(start, size, rates, targets) + young(start, size, rates, targets) == pytest.approx(exact, rel=0.01)
    assert 0.02 < young(start, size, rates, targets) / -float(two_steps(size, rates, targets)) < 0.11


def early(start: float, size: float, rates: Therapy, targets: Targets) -> float:
    """What the formula counts for mutations that arose before there were `start` cells."""
    one, two, both = targets
    u, s, single, growth = (float(part) for part in rates.source)
    killed = float(rates.under)
    total = 0.0
    for n, other in ((one, two), (two, one)):
        odds = u * (other + both) * growth * (1.0 / single - 1.0 / killed)
        y = np.exp(np.linspace(-np.log(s * size), np.log(start / size), 20_001))
        part = odds / (y**growth + odds) * y
        total += n * float((0.5 * (part[1:] + part[:-1]) * np.diff(np.log(y))).sum())
    return -size * u * single / s * total - start * u * both * single / s


def young(start: float, size: float, rates: Therapy, targets: Targets) -> float:
    """What the formula counts too much: a clone that arose at y has N (1 - y^c)/s_1 divisions behind it, not N/s_1."""
    one, two, both = targets
    u, s, _, growth = (float(part) for part in rates.source)
    return size * u**2 * (one * (two + both) + two * (one + both)) * growth / s * (1.0 - start / size)


def test_several_lesions() -> None:
    """Their cures multiply; a burden split into equal lesions fails a little less often, for each began anew."""
    single = fails(2.3e11, NONE)
    split = float(together(np.full(25, fails(2.3e11 / 25, NONE))))
    assert 0.95 * single < split < single
    assert float(together([0.2])) == pytest.approx(0.2)
    assert float(together([1e-20, 2e-20])) == pytest.approx(3e-20, rel=1e-12)


@pytest.mark.parametrize("size", [1.0, 10.0, 1e3, 1e6, 1e12])
@pytest.mark.parametrize("cost", [0.0, 0.3])
def test_chances_are_chances(size: float, cost: float) -> None:
    """From one cell to 1e12; more cells, or more positions, never help."""
    for targets in (BOTH, NONE, Targets(0, 0, 0), Targets(1, 1e6, 0)):
        cure = float(simultaneous(size, therapy(cost), targets))
        assert cure <= 0.0 and np.isfinite(cure)
        assert 0.0 <= float(sequential_failure(size, therapy(cost), targets)) <= 1.0
        assert 0.0 <= float(present(size, therapy(cost).source, targets)) <= 1.0
        assert float(simultaneous(2.0 * size, therapy(cost), targets)) <= cure
    assert fails(size, BOTH, cost) >= fails(size, NONE, cost)


def test_the_order_of_two_drugs_does_not_matter_at_once() -> None:
    one, other = (float(two_steps(1e11, therapy(), targets)) for targets in (Targets(20, 80, 1), Targets(80, 20, 1)))
    assert one == pytest.approx(other, rel=1e-12)


def test_a_cost_that_vanishes_is_none() -> None:
    """The panels that a cost needs give the closed form where it vanishes."""
    assert fails(1e11, NONE, 1e-12) == pytest.approx(fails(1e11, NONE), rel=1e-9)
