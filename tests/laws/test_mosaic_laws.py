"""Diffusion through faces that each conduct in their own way: series resistances, walls, and mass."""

from __future__ import annotations

from math import inf

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from refugia.engine.voxels.grid import Grid, Sides, closed
from refugia.engine.voxels.mosaic import advance, arithmetic, faces, plan
from refugia.engine.voxels.tiles import total


def test_two_layers_share_a_difference_as_their_resistances() -> None:
    """Between sides held at 1 and 0: flux = 1 / (L1/D1 + L2/D2), straight in either layer."""
    grid, spread = Grid((1, 1, 8), 0.25), np.repeat([4.0, 1.0], 4)
    sides = Sides(np.array([[0.0, 0.0], [0.0, 0.0], [inf, inf]]), np.array([[0.0, 0.0], [0.0, 0.0], [1.0, 0.0]]))
    field = np.zeros((1, 1, 1, 8), np.float32)
    advance(field, plan([faces(grid, spread.reshape(grid.shape), sides)], [0.0], 1e6), 5)
    flux = 1.0 / (1.0 / 4.0 + 1.0)
    resistance = np.cumsum(0.25 / spread) - 0.125 / spread
    assert field.ravel() == pytest.approx(1.0 - flux * resistance, rel=1e-5)


@given(st.integers(0, 2**32 - 1), st.sampled_from([0.01, 1.0, 300.0]))
@settings(max_examples=15, deadline=None)
def test_mass_stays_behind_its_walls(seed: int, step: float) -> None:
    """Walls at random, closed sides: mass is kept to a millionth, a walled voxel keeps its value to the last bit."""
    chance, grid = np.random.default_rng(seed), Grid((7, 8, 9), 0.2)
    spread = chance.choice([0.0, 0.3, 5.0], grid.shape)
    field = chance.uniform(0.0, 2.0, (1, *grid.shape)).astype(np.float32)
    before = field.copy()
    advance(field, plan([faces(grid, spread, closed())], [0.0], step), 50)
    assert total(field) == pytest.approx(total(before), rel=1e-6)
    assert (field[0][spread == 0.0] == before[0][spread == 0.0]).all()
    assert field.min() >= before.min()
    assert field.max() <= before.max()


def test_a_closed_room_never_hears_of_the_rest() -> None:
    """A wall across a plane: one half ends at its own mean, and the sides hold the other."""
    grid = Grid((1, 6, 9), 0.2)
    spread = np.ones(grid.shape)
    spread[0, :, 4] = 0.0
    sides = Sides(np.array([[0.0, 0.0], [0.0, 0.0], [0.0, inf]]), np.full((3, 2), 3.0))
    field = np.random.default_rng(1).uniform(0.0, 2.0, (1, *grid.shape)).astype(np.float32)
    mean = field[0, 0, :, :4].mean()
    advance(field, plan([faces(grid, spread, sides)], [0.0], 50.0), 100)
    assert field[0, 0, :, :4] == pytest.approx(mean, rel=1e-5)
    assert field[0, 0, :, 5:] == pytest.approx(3.0, rel=1e-5)


def test_means_of_smooth_coefficients_converge_alike() -> None:
    """With D = 1 + x between 0 and 1 the steady profile is ln(1 + x) / ln 2, to second order in the spacing."""
    errors = []
    for count in (10, 20, 40):
        grid = Grid((1, 1, count), 1.0 / count)
        x = grid.middles(2) + 0.5
        sides = Sides(np.array([[0.0, 0.0], [0.0, 0.0], [inf, inf]]), np.array([[0.0, 0.0], [0.0, 0.0], [0.0, 1.0]]))
        field = np.zeros((1, 1, 1, count), np.float32)
        advance(field, plan([faces(grid, (1.0 + x).reshape(grid.shape), sides, arithmetic)], [0.0], 1e5), 6)
        errors.append(float(np.abs(field.ravel() - np.log1p(x) / np.log(2.0)).max()))
    slopes = np.log2(np.array(errors[:-1]) / errors[1:])
    assert ((slopes > 1.8) & (slopes < 2.2)).all(), (errors, slopes)


def test_what_is_no_diffusivity_is_refused() -> None:
    grid = Grid((2, 3, 4), 0.1)
    for wrong in (np.ones((2, 3, 5)), np.full(grid.shape, -1.0), np.full(grid.shape, np.nan)):
        with pytest.raises(ValueError, match="a diffusivity on"):
            faces(grid, wrong, closed())
    with pytest.raises(ValueError, match="1 substrates"):
        advance(np.zeros((1, 2, 3, 4)), plan([faces(grid, np.ones(grid.shape), closed())], [0.0], 1.0))
