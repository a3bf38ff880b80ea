"""The steady solver agrees with a dense solve of the same balance, for any shape, wall and side."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from numpy.random import default_rng

from refugia.engine.voxels.grid import Grid, Sides, closed, held
from refugia.engine.voxels.steady import steady
from tests.reference import plain_steady

SHAPES = [(1, 1, 1), (1, 1, 7), (1, 5, 6), (3, 5, 7), (6, 6, 6), (5, 1, 9), (2, 3, 1), (9, 1, 1)]


def _sides(seed: int) -> Sides:
    return Sides(np.array([[0.0, np.inf], [2.0, 0.0], [1.0, np.inf]]), default_rng(seed).normal(size=(3, 2)))


@pytest.mark.parametrize("shape", SHAPES)
def test_any_shape_and_side(shape: tuple[int, int, int]) -> None:
    rng, grid = default_rng(1), Grid(shape, 0.1)
    given = rng.lognormal(0.0, 2.0, shape), rng.uniform(0.0, 3.0, shape), rng.normal(size=shape)
    found, twin = steady(grid, *given, _sides(2), tolerance=1e-12), plain_steady.steady(grid, *given, _sides(2))
    np.testing.assert_allclose(found, twin, rtol=0.0, atol=1e-10 * abs(twin).max())


@pytest.mark.parametrize("seed", range(4))
def test_walled_voxels(seed: int) -> None:
    rng, grid = default_rng(seed), Grid((4, 6, 5), 0.1)
    spread = np.where(rng.random(grid.shape) < 0.4, 0.0, rng.lognormal(0.0, 1.0, grid.shape))
    given = spread, rng.uniform(0.1, 3.0, grid.shape), rng.normal(size=grid.shape)
    found, twin = steady(grid, *given, _sides(2), tolerance=1e-12), plain_steady.steady(grid, *given, _sides(2))
    np.testing.assert_allclose(found, twin, rtol=0.0, atol=1e-10 * abs(twin).max())


def test_a_room_behind_walls_has_nothing_and_may_have_no_source() -> None:
    grid, wall = Grid((1, 1, 5), 1.0), np.array([[[1.0, 1.0, 0.0, 1.0, 1.0]]])
    sides = held(1.0, grid)
    sides.rate[2, 1] = 0.0
    assert steady(grid, wall, 0.0, 0.0, sides).ravel().round(6).tolist() == [1.0, 1.0, 0.0, 0.0, 0.0]
    with pytest.raises(ValueError, match="Walls cut off"):
        steady(grid, wall, 0.0, 1.0, sides)
    with pytest.raises(ValueError, match="neither decay nor an open side"):
        steady(grid, 1.0, 0.0, 1.0, closed())


@pytest.mark.parametrize(("threads", "start"), list(product((1, 2, 3), (None, 0.5))))
def test_bits_do_not_depend_on_threads(threads: int, start: float | None) -> None:
    rng, grid = default_rng(5), Grid((9, 10, 13), 0.1)
    given = rng.lognormal(0.0, 1.0, grid.shape), rng.uniform(0.0, 3.0, grid.shape), rng.normal(size=grid.shape)
    begun = None if start is None else np.full(grid.shape, start)
    one = steady(grid, *given, _sides(1), begun, threads=1)
    np.testing.assert_array_equal(one, steady(grid, *given, _sides(1), begun, threads=threads))
    assert abs(one - steady(grid, *given, _sides(1), tolerance=1e-12)).max() <= 1e-4 * abs(one).max()


def test_what_it_refuses() -> None:
    grid = Grid((1, 2, 3), 1.0)
    with pytest.raises(ValueError, match="decay: values from -1"):
        steady(grid, 1.0, -1.0, 0.0, closed())
    with pytest.raises(ValueError, match="diffusivity: shape"):
        steady(grid, np.ones((3, 2, 1)), 1.0, 0.0, closed())
    with pytest.raises(ValueError, match="source: a value is not finite"):
        steady(grid, 1.0, 1.0, np.nan, closed())
    with pytest.raises(ValueError, match="sides: rates"):
        steady(grid, 1.0, 1.0, 1.0, Sides(np.full((3, 2), -1.0), np.zeros((3, 2))))
    with pytest.raises(ValueError, match="The residual"):
        steady(Grid((5, 5, 5), 1.0), 1.0, 1e-3, default_rng(1).normal(size=(5, 5, 5)), closed(), tolerance=1e-19)
