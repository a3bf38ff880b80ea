"""Convection on voxels: mass kept, nothing negative, no new maximum, second order where it is smooth, and sides that bring in."""

from __future__ import annotations

from math import pi

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from refugia.engine.voxels.convection import Flow, advance, substeps
from refugia.engine.voxels.grid import Grid, Sides, closed
from refugia.engine.voxels.tiles import total


def _still(grid: Grid) -> Flow:
    z, y, x = grid.shape
    return Flow(np.zeros((z + 1, y, x), np.float32), np.zeros((z, y + 1, x), np.float32), np.zeros((z, y, x + 1), np.float32))


def _sealed(flow: Flow) -> Flow:
    """No flow through the sides."""
    for axis, speed in enumerate(flow):
        np.moveaxis(speed, axis, 0)[[0, -1]] = 0.0
    return flow


@given(st.integers(0, 2**32 - 1), st.floats(0.01, 3.0))
@settings(max_examples=20, deadline=None)
def test_mass_is_kept_and_nothing_turns_negative(seed: int, step: float) -> None:
    """Any velocities whatever, which meet and part within the box, on a field with empty voxels."""
    chance, grid = np.random.default_rng(seed), Grid((5, 6, 7), 0.5)
    flow = _sealed(Flow(*(chance.normal(0.0, 2.0, one.shape).astype(np.float32) for one in _still(grid))))
    field = chance.choice([0.0, 0.0, 1.0, 50.0], (2, *grid.shape)).astype(np.float32)
    before = [total(one) for one in field]
    for _ in range(5):
        advance(field, grid, flow, closed(), step)
    assert field.min() >= 0.0
    assert [total(one) for one in field] == pytest.approx(before, rel=1e-6)


@pytest.mark.parametrize("axis", [0, 1, 2])
@pytest.mark.parametrize("pace", [1.0, -1.0])
def test_a_step_travels_at_its_pace_and_makes_no_new_maximum(axis: int, pace: float) -> None:
    """A block of ones moves 0.4 of the line: its middle has gone as far as it should, values stay within 0 and 1."""
    count = 200
    shape = [1, 1, 1]
    shape[axis] = count
    grid, flow = Grid((shape[0], shape[1], shape[2]), 1.0 / count), _still(Grid((shape[0], shape[1], shape[2]), 1.0))
    flow[axis][:] = pace
    field = np.zeros((1, *shape), np.float32)
    line = field.reshape(-1)
    line[60:80] = 1.0
    if pace < 0.0:
        line[:] = line[::-1].copy()
    middle = float((line * np.arange(count)).sum() / line.sum())
    mass = total(field)
    advance(field, grid, flow, closed(), 0.4)
    assert line.min() >= 0.0
    assert line.max() <= 1.0 + 1e-6
    assert total(field) == pytest.approx(mass, rel=1e-6)
    assert float((line * np.arange(count)).sum() / line.sum()) - middle == pytest.approx(0.4 * count * pace, abs=0.5)
    assert (line > 0.01).sum() < 50


def test_where_it_is_smooth_the_error_falls_with_the_square_of_the_spacing() -> None:
    """A bump sin^4 that travels a quarter of the line: mean error against the shifted bump; a limiter clips its top a little."""
    errors = []
    for count in (50, 100, 200):
        grid = Grid((1, 1, count), 1.0 / count)
        flow = _still(grid)
        flow.x[:] = 1.0
        x = grid.middles(2) + 0.5

        def bump(x: np.ndarray) -> np.ndarray:
            return np.where((x > 0.1) & (x < 0.6), np.sin(2.0 * pi * (x - 0.1)) ** 4, 0.0)

        field = bump(x).astype(np.float32).reshape(1, *grid.shape)
        advance(field, grid, flow, closed(), 0.25)
        errors.append(float(np.abs(field.ravel() - bump(x - 0.25)).mean()))
    slopes = np.log2(np.array(errors[:-1]) / errors[1:])
    assert (slopes > 1.7).all(), (errors, slopes)


def test_what_flows_in_has_the_value_of_the_side() -> None:
    grid = Grid((1, 3, 20), 0.1)
    flow = _still(grid)
    flow.x[:] = 2.0
    field = np.zeros((1, *grid.shape), np.float32)
    sides = Sides(np.zeros((3, 2)), np.full((3, 2), 4.0))
    advance(field, grid, flow, sides, 0.5)
    assert field.sum() * grid.spacing / 3.0 == pytest.approx(4.0 * 2.0 * 0.5, rel=1e-4)
    advance(field, grid, flow, sides, 5.0)
    assert field == pytest.approx(4.0, rel=1e-5)


def test_substeps_follow_the_fastest_voxel() -> None:
    grid = Grid((1, 1, 4), 0.5)
    flow = _still(grid)
    flow.x[0, 0, 2], flow.x[0, 0, 1] = 1.0, -1.0
    assert substeps(grid, flow, 1.0) == 8
    assert substeps(grid, _still(grid), 1.0) == 1


def test_what_is_no_flow_is_refused() -> None:
    grid = Grid((2, 3, 4), 0.5)
    field = np.zeros((1, *grid.shape), np.float32)
    still = _still(grid)
    wrong = still.x.copy()
    wrong[0, 0, 0] = np.nan
    for flow in (still._replace(x=still.x[:, :, :-1]), still._replace(y=still.y.astype(np.float64)), still._replace(x=wrong)):  # type: ignore[arg-type]
        with pytest.raises(ValueError, match="velocities of the faces"):
            advance(field, grid, flow, closed(), 1.0)
    with pytest.raises(ValueError, match="contiguous float32"):
        advance(field.astype(np.float64), grid, still, closed(), 1.0)  # type: ignore[arg-type]
