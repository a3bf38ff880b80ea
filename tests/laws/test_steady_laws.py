"""Laws of steady fields on voxels: second order in the spacing, what goes in comes out, no value beyond its bounds."""

from __future__ import annotations

import numpy as np
import pytest

from refugia.engine.voxels.grid import Grid, held
from refugia.engine.voxels.steady import steady

WIDTH = 2.0


def _error(cells: int, dimensions: int) -> float:
    """Root mean square error against prod cos(pi x / w) on the middles of a box whose sides are held at zero."""
    shape = tuple(cells if axis >= 3 - dimensions else 1 for axis in range(3))
    grid = Grid((shape[0], shape[1], shape[2]), WIDTH / cells)
    exact = np.ones(grid.shape)
    for axis in grid.resolved:
        line = np.cos(np.pi * grid.middles(axis) / WIDTH)
        exact = exact * line.reshape([-1 if axis == other else 1 for other in range(3)])
    decay, spread = 0.7, 1.3
    source = (decay + dimensions * spread * (np.pi / WIDTH) ** 2) * exact
    found = steady(grid, spread, decay, source, held(0.0, grid), tolerance=1e-9)
    return float(np.sqrt(np.mean((found - exact) ** 2)))


@pytest.mark.parametrize("dimensions", [1, 2, 3])
def test_second_order_in_the_spacing(dimensions: int) -> None:
    coarse, fine = _error(12, dimensions), _error(24, dimensions)
    assert 1.9 < np.log2(coarse / fine) < 2.1


def test_what_goes_in_is_taken_up_or_leaves() -> None:
    grid, rng = Grid((6, 7, 8), 0.2), np.random.default_rng(1)
    spread, decay, source = (
        rng.lognormal(0.0, 2.0, grid.shape),
        rng.uniform(0.0, 2.0, grid.shape),
        rng.uniform(0.0, 5.0, grid.shape),
    )
    sides = held(0.0, grid)
    found = steady(grid, spread, decay, source, sides, tolerance=1e-12)
    left = 0.0
    for axis in range(3):
        for end in (0, -1):
            edge = np.take(found * spread, end, axis)
            left += float(edge.sum()) * 2.0 / grid.spacing**2
    assert left + (decay * found).sum() == pytest.approx(source.sum(), rel=1e-9)


def test_no_value_beyond_its_bounds() -> None:
    grid, rng = Grid((9, 10, 11), 0.2), np.random.default_rng(2)
    found = steady(
        grid, rng.lognormal(0.0, 3.0, grid.shape), rng.uniform(0.0, 2.0, grid.shape), 0.0, held(3.0, grid), tolerance=1e-9
    )
    assert found.min() >= -1e-6
    assert found.max() <= 3.0 + 1e-6
