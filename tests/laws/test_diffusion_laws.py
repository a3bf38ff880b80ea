"""Transient diffusion on voxels: second order in space, first in time, mass kept, and how far splitting leads astray."""

from __future__ import annotations

from math import inf, pi

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_matrix, diags, identity, kron
from scipy.sparse.linalg import spsolve

from refugia.engine.voxels.diffusion import advance, plan
from refugia.engine.voxels.grid import Grid, Sides, closed, held
from refugia.engine.voxels.local import Local, supplied
from refugia.engine.voxels.tiles import total


def _mode(grid: Grid, wave: str) -> np.ndarray:
    """A cosine (closed sides) or a sine (held at zero) of one half-wave along every resolved axis, (Z, Y, X)."""
    found = np.ones(grid.shape)
    for axis in grid.resolved:
        along = pi * (grid.middles(axis) / (grid.shape[axis] * grid.spacing) + 0.5)
        shape = [1, 1, 1]
        shape[axis] = -1
        found = found * (np.cos(along) if wave == "cos" else np.sin(along)).reshape(shape)
    return found


def _amplitude(grid: Grid, wave: str, step: float, steps: int, diffusivity: float) -> float:
    mode = _mode(grid, wave)
    field = mode.astype(np.float32)[None].copy()
    sides = closed() if wave == "cos" else held(0.0, grid)
    advance(field, plan(grid, [diffusivity], [0.0], sides, step), steps)
    return float((field[0] * mode).sum() / (mode * mode).sum())


@pytest.mark.parametrize("wave", ["cos", "sin"])
@pytest.mark.parametrize("axes", [1, 2, 3])
def test_the_error_falls_with_the_square_of_the_spacing(wave: str, axes: int) -> None:
    """Against the same implicit steps of the exact mode, (1 + dt D pi^2/L^2)^-steps along every axis."""
    counts, step, steps, spread = (4, 8, 16), 0.02, 5, 0.7
    errors = []
    for count in counts:
        grid = Grid((count if axes > 2 else 1, count if axes > 1 else 1, count), 1.0 / count)
        exact = (1.0 + step * spread * pi**2) ** (-steps * axes)
        errors.append(abs(_amplitude(grid, wave, step, steps, spread) / exact - 1.0))
    slopes = np.diff(np.log(errors)) / np.diff(np.log(1.0 / np.array(counts)))
    assert ((slopes > 1.85) & (slopes < 2.15)).all(), slopes


@pytest.mark.parametrize("axes", [1, 3])
def test_the_error_falls_with_the_step(axes: int) -> None:
    """Against exp(-lambda t) of the mode on the same grid, lambda = sum (2 - 2 cos(pi/n)) D / dx^2."""
    count, spread, end, rates = 8, 0.7, 0.2, (20, 40, 80)
    grid = Grid((count if axes > 2 else 1, count if axes > 1 else 1, count), 1.0 / count)
    exact = np.exp(-axes * (2.0 - 2.0 * np.cos(pi / count)) * spread * count**2 * end)
    errors = [abs(_amplitude(grid, "cos", end / steps, steps, spread) / exact - 1.0) for steps in rates]
    slopes = np.log2(np.array(errors[:-1]) / errors[1:])
    assert ((slopes > 0.95) & (slopes < 1.2)).all(), slopes


@pytest.mark.parametrize("share", [0.03, 1.0, 40.0, 3000.0])
def test_closed_sides_keep_the_mass_to_one_in_a_million(share: float) -> None:
    """A lump in an empty box, and 400 steps of any length."""
    grid = Grid((20, 23, 27), 0.1)
    field = np.zeros((2, *grid.shape), np.float32)
    field[0, 3:6, 8:9, 20:] = 7.3
    field[1] = np.random.default_rng(1).uniform(0.0, 1.0, grid.shape)
    before = [total(one) for one in field]
    advance(field, plan(grid, [share * 0.01, share * 0.01], [0.0, 0.0], closed(), 1.0), 400)
    assert [total(one) for one in field] == pytest.approx(before, rel=1e-6)
    assert field.min() >= 0.0


def test_a_constant_stays_to_the_last_bit() -> None:
    grid = Grid((6, 7, 9), 0.1)
    field = np.full((1, *grid.shape), 0.1, np.float32)
    advance(field, plan(grid, [0.37], [0.0], Sides(np.full((3, 2), 2.3), np.full((3, 2), field[0, 0, 0, 0])), 0.31), 50)
    assert (field == np.float32(0.1)).all()


@given(st.floats(1e-4, 1e4), st.sampled_from([0.0, 1.0, inf]), st.integers(1, 4))
@settings(max_examples=30, deadline=None)
def test_no_value_leaves_the_range_it_came_from(spread: float, rate: float, steps: int) -> None:
    grid = Grid((4, 5, 6), 0.2)
    field = np.random.default_rng(2).choice([0.0, 1.0], (1, *grid.shape)).astype(np.float32)
    advance(field, plan(grid, [spread], [0.0], Sides(np.full((3, 2), rate), np.full((3, 2), 0.5)), 0.1), steps)
    assert field.min() >= 0.0
    assert field.max() <= 1.0


def test_a_side_of_robin_passes_what_it_says() -> None:
    """Between a side at 1 through a film and one held at 0 the profile is straight: flux = 1 / (1/rate + L/D)."""
    grid, spread, rate = Grid((1, 1, 10), 0.1), 2.0, 3.0
    sides = Sides(np.array([[0.0, 0.0], [0.0, 0.0], [rate, inf]]), np.array([[0.0, 0.0], [0.0, 0.0], [1.0, 0.0]]))
    field = np.zeros((1, *grid.shape), np.float32)
    advance(field, plan(grid, [spread], [0.0], sides, 1e6), 5)
    flux = 1.0 / (1.0 / rate + 1.0 / spread)
    assert field.ravel() == pytest.approx(flux / spread * (0.95 - 0.1 * np.arange(10)), rel=1e-5)


def test_a_supply_is_met_where_exchange_and_loss_balance() -> None:
    """c = exchange supply / (exchange + decay + loss) whatever the step, in an even tissue."""
    grid = Grid((3, 4, 5), 0.1)
    field = np.zeros((2, *grid.shape), np.float32)
    local = supplied(np.full_like(field, 4.0), [2.0, 5.0], Local(loss=np.full_like(field, 1.0)))
    advance(field, plan(grid, [1.0, 0.1], [0.0, 3.0], closed(), 0.7), 200, local)
    assert field[0] == pytest.approx(8.0 / 5.0, rel=1e-6)
    assert field[1] == pytest.approx(20.0 / 8.0, rel=1e-6)


def _line(count: int) -> csr_matrix:
    """-d2/dx2 times dx2 between sides held at zero half a voxel away."""
    main = np.full(count, 2.0)
    main[[0, -1]] = 3.0
    return diags([np.full(count - 1, -1.0), main, np.full(count - 1, -1.0)], [-1, 0, 1]).tocsr()


def _steady(grid: Grid, spread: float, loss: float, gain: float) -> np.ndarray:
    """-D lap c + loss c = gain between sides held at zero, solved directly, (voxels,)."""
    matrix = csr_matrix((1, 1))
    for size in grid.shape:
        one = _line(size) if size > 1 else csr_matrix((1, 1))
        matrix = kron(matrix, identity(size)) + kron(identity(matrix.shape[0]), one)
    whole = spread / grid.spacing**2 * matrix + loss * identity(grid.size)
    return np.asarray(spsolve(whole.tocsc(), np.full(grid.size, gain)))


@pytest.mark.parametrize("local", [False, True], ids=["decay", "loss"])
@pytest.mark.parametrize("axes", [1, 2, 3])
def test_splitting_leads_away_from_the_steady_state_in_proportion_to_the_step(axes: int, local: bool) -> None:
    """What a long time ends in: for constant decay on one axis the steady state, else off by less than dt (loss + D lambda)."""
    count, spread, loss, gain = 12, 1.0, 30.0, 7.0
    grid = Grid((count if axes > 2 else 1, count if axes > 1 else 1, count), 1.0 / count)
    steady, errors = _steady(grid, spread, loss, gain), []
    for step in (4e-3, 2e-3, 1e-3):
        field = np.zeros((1, *grid.shape), np.float32)
        what = Local(np.full_like(field, loss), np.full_like(field, gain)) if local else Local(gain=np.full_like(field, gain))
        advance(field, plan(grid, [spread], [0.0 if local else loss], held(0.0, grid), step), int(1.0 / step), what)
        errors.append(float(np.abs(field.ravel() - steady).max() / steady.max()))
        assert errors[-1] < step * (loss + axes * spread * pi**2)
    if axes == 1 and not local:
        assert max(errors) < 1e-5
        return
    slopes = np.log2(np.array(errors[:-1]) / errors[1:])
    assert ((slopes > 0.85) & (slopes < 1.15)).all(), (errors, slopes)


def test_a_field_of_another_kind_is_refused() -> None:
    grid = Grid((2, 3, 4), 0.1)
    ready = plan(grid, [1.0], [0.0], closed(), 0.1)
    for wrong in (np.zeros((1, 2, 3, 4)), np.zeros((1, 2, 3, 5), np.float32), np.zeros((1, 4, 3, 2), np.float32).T[..., None]):
        with pytest.raises(ValueError, match="1 substrates"):
            advance(wrong, ready)
