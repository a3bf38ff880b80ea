"""Laws of a spheroid that lives by diffusion: its inner radii against fields solved on shells, its growth against its limits."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from refugia.barriers.spheroid import SpheroidLaw, course, growth, inhibited_share, necrotic_share, settled_radius
from refugia.engine.grids import uniform
from refugia.engine.radial import obstacle
from refugia.terms import FloatArray

CELLS = 1600
RADII = np.array([0.12, 0.18, 0.2321, 0.24, 0.3, 0.5, 0.9])  # mm


def law(limit: float = 0.233, onset: float = 0.8, rate: float = 0.3, loss: float = 1.0) -> SpheroidLaw:
    """A law of single numbers."""
    return SpheroidLaw(*(np.array(one) for one in (limit, onset, rate, loss)))


def solved(spread: float, uptake: float, surface: float, level: float) -> tuple[FloatArray, FloatArray]:
    """Shares of the core and of the region below a level, of spheroids of these RADII, from profiles by finite volumes."""
    ones = np.ones_like(RADII)
    faces = uniform(RADII, CELLS)
    values, core = obstacle(faces, spread * ones, np.full((RADII.size, CELLS), uptake), surface * ones)
    middle = 0.5 * (faces[:, 1:] + faces[:, :-1])
    # the square root of the pressure is nearly straight at the core, so that a linear reading is of second order there, too
    found = [np.interp(np.sqrt(level), np.sqrt(row), at) if row[0] < level else 0.0 for row, at in zip(values, middle, strict=True)]
    return core / RADII, np.array(found) / RADII


def test_inner_radii_are_those_of_the_solved_field() -> None:
    """Core and inhibited radius of equations (2) and (3), to the spacing, over all three phases; and a Q off by 2 % is caught."""
    spread, uptake, surface, onset = 2e-3, 22.1, 100.0, 0.8
    limit = np.sqrt(6.0 * spread * surface / uptake)
    core, inhibited = solved(spread, uptake, surface, surface * (1.0 - onset**2))
    assert necrotic_share(RADII, limit) == pytest.approx(core, abs=1.0 / CELLS)
    found = inhibited_share(RADII, limit, np.array(onset))
    large = onset * limit < RADII
    assert found[large] == pytest.approx(inhibited[large], abs=1.0 / CELLS)
    assert (found[~large] == 0.0).all()
    assert np.abs(inhibited_share(RADII, limit, np.array(1.02 * onset)) - inhibited).max() > 3.0 / CELLS


def test_the_shares_have_their_limits() -> None:
    """They are continuous at their onsets, ordered, rising; with Q = 1 the two are one; the rims end as those of a slab."""
    radius, limit = np.linspace(0.02, 3.0, 3000), np.array(0.2)
    core = necrotic_share(radius, limit)
    assert necrotic_share(limit * (1.0 + 1e-9), limit) < 1e-4
    for onset in (0.3, 0.8, 1.0):
        share = inhibited_share(radius, limit, np.array(onset))
        assert inhibited_share(onset * limit * (1.0 + 1e-9), limit, np.array(onset)) < 1e-4
        assert (share >= core - 1e-7).all()
        assert (share < 1.0).all()
        assert (np.diff(share) >= 0.0).all()
        small = (radius > onset * limit) & (radius < limit)
        assert share[small] == pytest.approx(np.sqrt(1.0 - (onset * limit / radius[small]) ** 2))
    assert inhibited_share(radius, limit, np.array(1.0)) == pytest.approx(core, abs=1e-7)
    far, slab = np.array(1e4), limit / np.sqrt(3.0)
    assert far * (1.0 - necrotic_share(far, limit)) == pytest.approx(slab, rel=1e-3)
    dividing = slab * (1.0 - np.sqrt(1.0 - 0.8**2))
    assert far * (1.0 - inhibited_share(far, limit, np.array(0.8))) == pytest.approx(dividing, rel=1e-3)
    assert growth(far, law(limit=0.2, loss=0.0)) == pytest.approx(0.3 * dividing, rel=1e-3)


def test_growth_is_exponential_before_and_ends_where_it_balances() -> None:
    """e^(s t/3) while all divide; later the settled radius, from above and below, at which growth is nothing."""
    days = np.array([0.0, 1.0, 3.5])
    assert course(np.array([0.05]), days, law(), 0.25)[:, 0] == pytest.approx(0.05 * np.exp(0.1 * days), rel=1e-7)
    ends = settled_radius(law())
    assert growth(ends, law()) == pytest.approx(0.0, abs=1e-12)
    late = course(np.array([0.1, 2.0]), np.array([0.0, 400.0]), law(), 0.5)[-1]
    assert late == pytest.approx(float(ends), rel=1e-4)
    assert np.isinf(settled_radius(law(loss=0.0)))


def test_the_course_converges_on_an_adaptive_one() -> None:
    """Half a day is exact to 2e-5 across both onsets, where the slope has a kink, an eighth to 2e-6."""
    days, start = np.array([3.0, 4.0, 7.0, 10.0, 21.0]), 0.15

    def slope(_: float, radius: FloatArray) -> FloatArray:
        return growth(radius, law())

    exact = solve_ivp(slope, (3.0, 21.0), [start], t_eval=days, rtol=1e-11, atol=1e-13, max_step=0.01).y[0]
    for step, off in ((0.5, 2e-5), (0.125, 2e-6)):
        assert course(np.array(start), days, law(), step) == pytest.approx(exact, rel=off)


def test_days_that_do_not_rise_are_refused() -> None:
    with pytest.raises(ValueError, match="days rise from one to the next"):
        course(np.array([0.1]), np.array([3.0, 3.0]), law(), 0.5)
