"""Laws of the merits: closed forms of control, its floor, and times cut at the horizon."""

from __future__ import annotations

import numpy as np
import pytest

from refugia.dissection.merits import control, control_gain, progression_gain, restricted

CELL = 1e-6


def test_exponential_growth_has_half_its_final_log_as_control() -> None:
    days = np.append(np.arange(0.0, 720.0, 7.0), 720.0)
    volume = 500.0 * 10.0 ** (0.004 * days)[None, None, :]
    assert control(volume, np.array([[500.0]]), np.ones((1, 1), bool), days, CELL)[0] == pytest.approx(0.004 * 360.0, rel=1e-12)


def test_the_worst_site_of_the_day_counts() -> None:
    """One falls as the other rises: max(-a t, a t - b) on uneven steps, by hand."""
    days = np.array([0.0, 10.0, 40.0, 100.0])
    volume = np.stack([1000.0 * 10.0 ** (-0.01 * days), 50.0 * 10.0 ** (0.01 * days - 0.8)])[None]
    worst = np.array([0.0, -0.1, -0.4, 0.2])
    found = control(volume, np.array([[1000.0, 50.0]]), np.ones((1, 2), bool), days, CELL)
    assert found[0] == pytest.approx(np.trapezoid(worst, days) / 100.0, rel=1e-12)


def test_an_absent_site_leaves_the_maximum() -> None:
    days = np.array([0.0, 10.0])
    volume = np.array([[[100.0, 10.0], [1e6, 1e6]]])
    found = control(volume, np.array([[100.0, 50.0]]), np.array([[True, False]]), days, CELL)
    assert found[0] == pytest.approx(-0.5)


def test_a_body_without_tumour_stands_at_the_floor() -> None:
    """One cell of its largest site, whether its sites have died out or are absent, and whichever they are."""
    days = np.array([0.0, 10.0, 20.0])
    reference = np.repeat([[1000.0, 50.0]], 3, axis=0)
    present = np.array([[True, True], [True, False], [False, False]])
    found = control(np.zeros((3, 2, 3)), reference, present, days, CELL)
    np.testing.assert_allclose(found, -9.0, rtol=1e-14)


def test_one_cell_left_is_worse_than_none() -> None:
    days = np.array([0.0, 10.0])
    reference = np.array([[1000.0, 50.0]])
    one = control(np.array([[[0.0, 0.0], [CELL, CELL]]]), reference, np.ones((1, 2), bool), days, CELL)[0]
    none = control(np.zeros((1, 2, 2)), reference, np.ones((1, 2), bool), days, CELL)[0]
    assert one == pytest.approx(np.log10(CELL / 50.0)) and none < one


def test_lifting_an_occult_site_never_costs_control() -> None:
    rng = np.random.default_rng(2)
    volume = np.where(rng.random((200, 3, 20)) < 0.2, 0.0, np.exp(rng.normal(0.0, 8.0, (200, 3, 20))))
    reference = np.exp(rng.normal(4.0, 2.0, (200, 3)))
    days = np.arange(20.0)
    present = np.ones((200, 3), bool)
    less = present.copy()
    less[:, 2] = False
    assert np.all(control(volume, reference, less, days, CELL) <= control(volume, reference, present, days, CELL))


def test_a_world_keeps_its_bits_in_any_batch() -> None:
    rng = np.random.default_rng(3)
    volume, reference = np.exp(rng.normal(0.0, 3.0, (2100, 3, 104))), np.exp(rng.normal(0.0, 1.0, (2100, 3)))
    present, days = rng.random((2100, 3)) < 0.8, np.arange(104.0) * 7.0
    found = control(volume, reference, present, days, CELL)
    for w in (0, 2047, 2048, 2099):
        cut = slice(w, w + 1)
        assert control(volume[cut], reference[cut], present[cut], days, CELL)[0] == found[w]


def test_a_reference_of_zero_is_refused() -> None:
    with pytest.raises(ValueError, match="above zero"):
        control(np.ones((1, 1, 2)), np.zeros((1, 1)), np.ones((1, 1), bool), np.array([0.0, 1.0]), CELL)


def test_times_are_cut_at_the_horizon_and_marked() -> None:
    found = restricted(np.array([[0.0, 719.0], [720.0, 721.0], [np.inf, 3.0]]), 720.0)
    np.testing.assert_array_equal(found.days, [[0.0, 719.0], [720.0, 720.0], [720.0, 3.0]])
    np.testing.assert_array_equal(found.censored, [[False, False], [False, True], [True, False]])


def test_gains_are_positive_where_the_lift_helps_and_zero_for_none() -> None:
    np.testing.assert_array_equal(control_gain(np.array([[1.0, -2.0, 1.5]])), [[0.0, 3.0, -0.5]])
    np.testing.assert_array_equal(progression_gain(np.array([[300.0, 720.0, 290.0]])), [[0.0, 420.0, -10.0]])
