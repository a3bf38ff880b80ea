"""Oxygen: the obstacle solver against the spheroid with a necrotic core (Grimes 2014), the saturable one against its limits."""

from __future__ import annotations

import numpy as np
import pytest

from refugia.barriers.oxygen import OxygenLaw, oxygen
from refugia.catalog.computations import grimes2014_oxygen
from refugia.engine.grids import middles, uniform
from refugia.engine.radial import Supply, Uptake, obstacle, steady, steady_saturable

DLD1 = {"diffusivity": 2e-9, "consumption": 7.29e-7 * 3.0318e7, "surface_oxygen": 100.0}
D, A, P0 = 2e-3, DLD1["consumption"], 100.0  # mm2/s, mmHg/s, mmHg


def necrotic(radius: float) -> float:
    """The closed form of the core's radius."""
    limit = np.sqrt(6.0 * D * P0 / A)
    return float(radius * (0.5 - np.cos((np.arccos(1.0 - 2.0 * limit**2 / radius**2) - 2.0 * np.pi) / 3.0)))


def solved(radius: float, cells: int) -> tuple[np.ndarray, np.ndarray, float]:
    one = np.array([1.0])
    faces = uniform(radius * one, cells)
    values, core = obstacle(faces, D * one, np.full((1, cells), A), P0 * one)
    return middles(faces)[0], values[0], float(core[0])


def test_diffusion_limit_and_necrotic_radii() -> None:
    """B5.3 to B5.5, to 0.1 um and 0.1 mmHg; B5.3's slab limit is that of the rim of a very large sphere."""
    found = grimes2014_oxygen(**DLD1, outer_radii=[200, 300, 500, 600])
    assert found["diffusion_limit"] == pytest.approx(233.0, abs=0.1)
    for radius, core in ((300, 129.2), (500, 349.5), (600, 452.9)):
        assert found[f"necrotic_radius_{radius}"] == pytest.approx(core, abs=0.1)
    assert found["centre_oxygen_200"] == pytest.approx(26.3, abs=0.1)
    assert found["necrotic_radius_200"] == 0.0
    huge = grimes2014_oxygen(**DLD1, outer_radii=[200000], cells=400000)
    assert huge["rim_200000"] == pytest.approx(134.5, abs=0.1)


def test_another_line_and_gas() -> None:
    """B5.6: EMT6 at 7 % oxygen."""
    found = grimes2014_oxygen(diffusivity=2e-9, consumption=15.4, surface_oxygen=53.2, outer_radii=[200])
    assert found["diffusion_limit"] == pytest.approx(204.0, abs=1.0)


def test_core_and_profile_converge_at_second_order() -> None:
    """Mean error over twelve radii, so that the place of the core within its interval averages out."""
    radii = np.linspace(0.26, 0.61, 12)
    cores, profiles = [], []
    for cells in (100, 200, 400, 800):
        wrong = [_errors(radius, cells) for radius in radii]
        cores.append(np.mean([core for core, _ in wrong]))
        profiles.append(np.mean([profile for _, profile in wrong]))
    for errors in (cores, profiles):
        slope = -np.polyfit(range(4), np.log2(errors), 1)[0]
        assert abs(slope - 2.0) < 0.25, (slope, errors)


def test_what_the_rim_takes_up_is_what_crosses_the_surface() -> None:
    """The uptake of the living volume equals the inflow at the surface, and the core's radius encloses the rest."""
    r, values, core = solved(0.5, 400)
    width = r[1] - r[0]
    inflow = D * (P0 - values[-1]) / (0.5 * width) * 0.25
    assert inflow == pytest.approx(A * (0.125 - core**3) / 3.0, rel=1e-9)


def test_vascularised_tissue_balances_supply_and_uptake() -> None:
    """Deep in uniform tissue p solves live M p / (p + Km) = f h (pv - p)."""
    law = OxygenLaw(*(np.array([number]) for number in (172.8, 1.728e6, 1.0, 40.0, 172800.0)))
    for f, live in ((0.8, 0.95), (0.22, 0.95), (0.02, 0.5)):
        share, alive = np.full((1, 32), f), np.full((1, 32), live)
        p = oxygen(uniform(np.array([10.0]), 32), share, alive, law)[0]
        gain, loss = f * 172800.0 * (40.0 - p), live * 1.728e6 * p / (p + 1.0)
        assert np.allclose(gain, loss, rtol=1e-9)


@pytest.mark.parametrize("half", [1e-6, 1e-3, 1.0, 1e4])
@pytest.mark.parametrize("exchange", [0.0, 1e-6, 2.0])
def test_newton_finds_the_root_from_a_cold_start(half: float, exchange: float) -> None:
    """Residual at round-off and values in range, from nearly zero-order uptake to nearly linear, with and without vessels."""
    cells, one = 200, np.array([1.0])
    faces = uniform(0.5 * one, cells)
    rate, supply = np.full((1, cells), A), np.full((1, cells), exchange)
    p = steady_saturable(faces, D * one, Uptake(rate, half * one), Supply(supply, 40.0 * one), P0 * one)
    assert np.all(p >= 0.0) and np.all(p <= P0)
    again = steady(faces, D * one, rate / (p + half) + supply, supply * 40.0, edge=P0 * one)
    assert np.allclose(again, p, rtol=1e-6, atol=1e-7)


def test_zero_order_is_the_limit_of_saturable_uptake() -> None:
    """With a vanishing Michaelis constant the saturable profile becomes the obstacle profile."""
    one = np.array([1.0])
    faces = uniform(0.5 * one, 200)
    _, values, _ = solved(0.5, 200)
    gaps = []
    for half in (1.0, 0.1, 0.01):
        uptake = Uptake(np.full((1, 200), A), half * one)
        p = steady_saturable(faces, D * one, uptake, Supply(np.zeros((1, 200)), one), P0 * one)
        gaps.append(np.abs(p - values).max())
    assert gaps[0] > 3.0 * gaps[1] > 9.0 * gaps[2]


def _errors(radius: float, cells: int) -> tuple[float, float]:
    r, values, core = solved(radius, cells)
    rn = necrotic(radius)
    exact = P0 + A / (6.0 * D) * (r**2 - radius**2 + 2.0 * rn**3 * (1.0 / r - 1.0 / radius))
    exact[r <= rn] = 0.0
    return abs(core - rn), float(np.abs(values - exact).max())
