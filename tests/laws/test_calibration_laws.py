"""Calibration finds what is known: a toy whose posterior can be written down."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.special import ndtri

from refugia.catalog.cohorts import read_cohort
from refugia.cohort.calibration import Calibration, _calibrated, observation_error, scaled
from refugia.cohort.emulator import fit
from refugia.cohort.model import Cohort, Free, Scale, Target
from refugia.terms import Interval, Law, RefugiaError

REACH = float(ndtri(0.975))
ERROR = 0.2


@pytest.fixture(scope="module")
def toy() -> Cohort:
    """Two unknowns with standard normal priors and one target, ln(pfs) = 1, that only the first moves."""
    stated = read_cohort("flaura-comparator")
    free = tuple(Free(name, False, name, 0.0, Interval(Law.NORMAL, -REACH, REACH), "toy") for name in ("first", "second"))
    ends = (float(np.exp(1.0 + side * REACH * ERROR)) for side in (-1.0, 1.0))
    target = Target("pfs", "toy", float(np.e), *ends, Scale.LOG, "computed", stated.targets[0].cite, "toy")
    return replace(stated, free=free, targets=(target,))


def calibrated(toy: Cohort, noise: float) -> Calibration:
    chance = np.random.default_rng(8)
    return _calibrated(toy, 200, 1, 3, lambda q, done: np.exp(ndtri(q[:, :1]) + noise * chance.normal(size=(len(q), 1))))


@pytest.mark.parametrize("noise", [0.0, 0.3])
def test_the_posterior_of_a_linear_toy_is_the_one_in_the_books(toy: Cohort, noise: float) -> None:
    """A normal prior of variance 1 and an error of variance s2 leave mean 1/(1 + s2) and variance s2/(1 + s2).

    The error is the observation's alone: what chance does in one simulation is known apart and widens nothing.
    """
    found = calibrated(toy, noise)
    variance = ERROR**2
    assert found.noise[0] == pytest.approx(noise, rel=0.25)
    assert found.emulator.error[0] < 0.1
    assert found.draws[:, 0].mean() == pytest.approx(1.0 / (1.0 + variance), abs=0.08)
    assert found.draws[:, 0].std() == pytest.approx(np.sqrt(variance / (1.0 + variance)), rel=0.15)


def test_what_no_target_moves_keeps_the_width_of_its_prior(toy: Cohort) -> None:
    found = calibrated(toy, 0.1)
    narrow = found.narrowing()
    assert narrow[0] < 0.5
    assert narrow[1] == pytest.approx(1.0, abs=0.1)
    assert abs(found.correlations()[0, 1]) < 0.1


def test_targets_that_nothing_reaches_are_refused(toy: Cohort) -> None:
    far = replace(toy.targets[0], value=1e6, low=0.999e6, high=1.001e6)
    with pytest.raises(RefugiaError, match="No draw of the prior comes near"):
        calibrated(replace(toy, targets=(far,)), 0.0)


def test_an_emulator_takes_the_degree_that_its_simulations_ask_for() -> None:
    points = np.random.default_rng(2).normal(size=(120, 2))
    values = np.stack([points[:, 0], points[:, 0] * points[:, 1], points[:, 1] ** 3], axis=1)
    found = fit(points, values)
    assert found.degree == (1, 2, 3)
    assert (found.error < 0.05).all()
    assert found.predict(np.array([[2.0, 0.5]]))[0] == pytest.approx([2.0, 1.0, 0.125], abs=0.05)


def test_scales_and_errors_of_targets(toy: Cohort) -> None:
    assert observation_error(toy.targets[0]) == pytest.approx(ERROR)
    assert float(scaled(0.0, Scale.LOGIT)) == pytest.approx(-6.9, abs=0.1)
