"""The bootstrap: same bits for the same key, exact zeros, and intervals of the right width."""

from __future__ import annotations

import numpy as np
import pytest

from refugia.dissection.bootstrap import coverage_note, interval

TOY = np.random.default_rng(1).normal(3.0, 2.0, (64, 5))


def test_the_same_seed_gives_the_same_bits_and_another_does_not() -> None:
    first, again, other = interval(TOY, 7), interval(TOY, 7), interval(TOY, 8)
    assert all(np.array_equal(a, b) for a, b in zip(first, again, strict=True))
    assert np.all(first.low != other.low) and np.array_equal(first.mean, other.mean)


def test_a_column_does_not_see_the_others() -> None:
    full = interval(TOY, 7)
    for column in range(5):
        lone = interval(TOY[:, [column]], 7)
        assert (lone.mean[0], lone.low[0], lone.high[0]) == (full.mean[column], full.low[column], full.high[column])


def test_a_column_of_zeros_has_the_interval_zero() -> None:
    found = interval(np.column_stack([np.zeros(37), TOY[:37, 0]]), 7)
    assert found.mean[0] == found.low[0] == found.high[0] == 0.0 and found.low[1] < found.high[1]


def test_one_patient_has_an_interval_without_width() -> None:
    found = interval(np.array([[2.5, -1.0]]), 7)
    assert all(np.array_equal(part, [2.5, -1.0]) for part in found)


def test_no_column_gives_no_interval() -> None:
    assert all(part.shape == (0,) for part in interval(np.zeros((4, 0)), 7))


def test_the_width_is_that_of_the_mean_of_a_normal() -> None:
    found = interval(TOY, 7, resamples=20_000)
    expected = 1.959964 * TOY.std(axis=0) / np.sqrt(64)
    np.testing.assert_allclose(found.mean - found.low, expected, rtol=0.06)
    np.testing.assert_allclose(found.high - found.mean, expected, rtol=0.06)


def test_the_interval_of_a_normal_toy_covers_its_mean() -> None:
    """2000 columns stand for 2000 studies of 64 patients: 95 % less the 1 % the percentile bootstrap loses, within 4 sigma."""
    columns = np.random.default_rng(2).normal(3.0, 2.0, (64, 2000))
    found = interval(columns, 7, resamples=600)
    covered = np.mean((found.low <= 3.0) & (found.high >= 3.0))
    assert 0.92 < covered < 0.965


def test_nobody_to_resample_is_refused() -> None:
    with pytest.raises(ValueError, match="no patient"):
        interval(np.zeros((0, 3)), 7)


def test_few_patients_are_said_to_be_few() -> None:
    assert "hint" in coverage_note(16) and "hint" not in coverage_note(32) and "stratified" in coverage_note(64)
