"""Saturable uptake agrees with a plain iteration, from any start and on any number of threads, and stays above zero in anoxia."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.random import default_rng

from refugia.engine.radial import Supply as RadialSupply
from refugia.engine.radial import Uptake as RadialUptake
from refugia.engine.radial import steady_saturable
from refugia.engine.voxels.grid import Grid, Sides, closed, held
from refugia.engine.voxels.newton import Supply, Uptake, uptake
from tests.reference import plain_steady


@pytest.mark.parametrize("walled", [0.0, 0.3])
def test_uptake_agrees_with_a_plain_iteration(walled: float) -> None:
    rng, grid = default_rng(3), Grid((3, 4, 5), 0.1)
    spread = np.where(rng.random(grid.shape) < walled, 0.0, 0.05)
    rate, exchange = rng.uniform(1.0, 30.0, grid.shape), rng.uniform(0.1, 1.0, grid.shape)
    sides = held(20.0, grid)
    found = uptake(grid, spread, Supply(exchange, 40.0), Uptake(rate, 1.5), sides, tolerance=1e-12)
    twin = plain_steady.uptake(grid, spread, exchange, 40.0, (rate, 1.5), sides)
    np.testing.assert_allclose(found, twin, rtol=1e-8, atol=1e-9)


def test_from_any_start_and_on_any_threads() -> None:
    rng, grid = default_rng(4), Grid((8, 9, 10), 0.05)
    rate = rng.uniform(1e4, 1e6, grid.shape)

    def found(start: float | None, threads: int = 1, tolerance: float = 1e-9) -> np.ndarray:
        begun = None if start is None else np.full(grid.shape, start)
        return uptake(
            grid, 172.8, Supply(0.0, 0.0), Uptake(rate, 1.0), held(40.0, grid), begun, tolerance=tolerance, threads=threads
        )

    np.testing.assert_array_equal(found(None), found(None, 3))
    for start in (0.0, 3.0, 400.0, -5.0):
        np.testing.assert_allclose(found(start), found(None), atol=1e-4)


def test_anoxia_is_not_negative_and_oxygen_not_above_its_source() -> None:
    grid = Grid((16, 16, 16), 0.1)
    found = uptake(grid, 172.8, Supply(0.0, 0.0), Uptake(1.7e6, 1.0), held(40.0, grid))
    assert found.min() >= 0.0
    assert found[8, 8, 8] < 1e-3
    assert found.max() <= 40.0


def test_a_row_of_voxels_is_the_radial_solver_far_from_the_centre() -> None:
    cells, far = 40, 1e6
    faces = far + np.linspace(0.0, 1.0, cells + 1)
    whole = np.concatenate([[0.0], faces])[None]
    ones = np.ones((1, cells + 1))
    radial = steady_saturable(
        whole, np.full((1, cells + 2), 0.02), RadialUptake(3.0 * ones, np.array([1.0])), RadialSupply(0.2 * ones, np.array([0.0])),
        np.array([10.0]),
    )  # fmt: skip
    sides = Sides(np.zeros((3, 2)), np.zeros((3, 2)))
    sides.rate[2, 1], sides.value[2, 1] = np.inf, 10.0
    row = uptake(Grid((1, 1, cells), 1.0 / cells), 0.02, Supply(0.2, 0.0), Uptake(3.0, 1.0), sides, tolerance=1e-10)
    np.testing.assert_allclose(row[0, 0, 20:], radial[0, 21:], rtol=1e-4)


def test_what_it_refuses() -> None:
    with pytest.raises(ValueError, match="half must be above zero"):
        uptake(Grid((1, 1, 2), 1.0), 1.0, Supply(1.0, 1.0), Uptake(1.0, 0.0), closed())
    with pytest.raises(ValueError, match=r"loss\.rate"):
        uptake(Grid((1, 1, 2), 1.0), 1.0, Supply(1.0, 1.0), Uptake(-1.0, 1.0), closed())
