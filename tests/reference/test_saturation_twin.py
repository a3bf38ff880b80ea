"""The saturating mean against its plain twin, and where plain arithmetic would overflow."""

from __future__ import annotations

from math import exp, inf, log

import numpy as np
import pytest

from refugia.engine.saturation import saturating_mean


def twin(scale, levels, half, power):
    """One row and place in plain Python: the mean of 1 / (1 + (half / (s c))^h), in logarithms."""
    total = 0.0
    for level in levels:
        if scale > 0.0 and level > 0.0 and half < inf:
            depth = power * (log(scale) + log(level) - log(half))
            total += 1.0 / (1.0 + exp(-depth)) if depth > -700.0 else 0.0
    return total / len(levels)


def rows(count=40, places=5, nodes=16, seed=3):
    rng = np.random.default_rng(seed)
    scale = rng.lognormal(0.0, 2.0, (count, places)) * (rng.uniform(size=(count, places)) < 0.9)
    table = rng.lognormal(-2.0, 1.0, (count, nodes)) * (rng.uniform(size=(count, nodes)) < 0.9)
    return scale, table, rng.lognormal(-2.0, 1.0, count), rng.uniform(0.5, 6.0, count)


def test_kernel_equals_twin():
    scale, table, half, power = rows()
    got = saturating_mean(scale, table, np.arange(scale.shape[0]), half, power)
    want = [[twin(s, table[r], half[r], power[r]) for s in scale[r]] for r in range(scale.shape[0])]
    np.testing.assert_allclose(got, want, rtol=1e-12, atol=1e-300)


def test_the_indexed_form_gives_the_same_bits_as_copies():
    """Rows that share a row of the table, in any order, with equal or different powers, beside rows of the table nobody reads."""
    scale, table, half, power = rows()
    row_of = np.random.default_rng(8).integers(0, 30, scale.shape[0])
    for steep in (power, np.full_like(power, 1.79), power[row_of]):
        copied = saturating_mean(scale, table[row_of], np.arange(scale.shape[0]), half, steep)
        np.testing.assert_array_equal(saturating_mean(scale, table, row_of, half, steep), copied)
        np.testing.assert_array_equal(saturating_mean(scale[7:9], table, row_of[7:9], half[7:9], steep[7:9]), copied[7:9])


def test_a_strided_table_is_read_as_it_stands():
    """A view of a larger table gives the same bits as its copy."""
    scale, table, half, power = rows()
    view, each = np.stack([table, table + 1.0], axis=1)[:, 0], np.arange(scale.shape[0])
    np.testing.assert_array_equal(saturating_mean(scale, view, each, half, power), saturating_mean(scale, table, each, half, power))


@pytest.mark.parametrize("power", [1.0, 4.0, 60.0, 400.0])
def test_extreme_factors_neither_overflow_nor_vanish(power):
    """Scales and levels far apart whose product is of order one, and products far beyond any float."""
    cases = [(1e150, 1e-150, 1.0), (1e-150, 1e150, 1.0), (1e-90, 1.0, 1e-90), (1e200, 1e90, 1.0), (1e-200, 1e-90, 1.0)]
    cases += [(1.0, 1.1e7, 1e7), (1e-300, 1e300, 1e10)]
    for scale, level, half in cases:
        levels = np.array([[level, 0.0, 2.0 * level]])
        got = saturating_mean(np.array([[scale, 0.0]]), levels, np.array([0]), np.array([half]), np.array([power]))
        assert got[0, 0] == pytest.approx(twin(scale, levels[0], half, power), rel=1e-9, abs=1e-300)
        assert got[0, 1] == 0.0


def test_no_level_no_effect_and_an_endless_half_none_either():
    ones, each = np.ones((2, 3)), np.arange(2)
    np.testing.assert_array_equal(saturating_mean(ones, np.zeros((2, 4)), each, np.ones(2), np.ones(2)), 0.0)
    np.testing.assert_array_equal(saturating_mean(ones, np.ones((2, 4)), each, np.full(2, inf), np.full(2, 2.0)), 0.0)
