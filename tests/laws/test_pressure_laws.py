"""Interstitial pressure: the numerical solver against the closed forms of the isolated sphere (Baxter and Jain 1989)."""

from __future__ import annotations

import numpy as np
import pytest

from refugia.barriers.pressure import Fluid, filtration, pressure
from refugia.catalog.computations import baxter1989_pressure
from refugia.engine.grids import graded, middles, uniform
from refugia.engine.radial import between, centre, outflow

TUMOUR = {
    "wall_conductivity": 2.8e-7, "vessel_surface": 200.0, "tissue_conductivity": 4.13e-8, "vessel_pressure": 15.6,
    "osmotic_reflection": 0.82, "osmotic_blood": 20.0, "osmotic_tissue": 15.0, "lymph_conductance": 1.33e-5, "lymph_pressure": 0.0,
}  # fmt: skip
NORMAL = TUMOUR | {"wall_conductivity": 0.36e-7, "vessel_surface": 70.0, "tissue_conductivity": 8.53e-9,
                   "osmotic_reflection": 0.91, "osmotic_tissue": 10.0}  # fmt: skip


def fluid(alpha: float) -> Fluid:
    """A sphere of radius 1 with that alpha and unit effective pressure and conductivity."""
    return Fluid(*(np.array([number]) for number in (alpha**2, 1.0, 1.0, 0.0)))


def closed(alpha: float, x: np.ndarray) -> np.ndarray:
    return 1.0 - np.sinh(alpha * x) / (x * np.sinh(alpha))


def profile(alpha: float, faces: np.ndarray) -> np.ndarray:
    return pressure(faces, np.ones((1, faces.shape[1] - 1)), fluid(alpha))


@pytest.mark.parametrize(("inputs", "expected"), [(TUMOUR, 11.5), (NORMAL, 6.5)])
def test_effective_pressure(inputs: dict[str, float], expected: float) -> None:
    """B1.1."""
    assert baxter1989_pressure(radius=1.0, **inputs)["effective_pressure"] == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(
    ("radius", "changed", "expected"),
    [
        (1.0, {}, {"alpha": 36.82, "centre_pressure": 11.50, "pressure_at_09": 11.18, "rim_velocity": 0.170}),
        (1.0, {"osmotic_tissue": 10.0}, {"centre_pressure": 7.40, "rim_velocity": 0.1095}),
        (0.1, {}, {"alpha": 3.682, "centre_pressure": 9.367, "rim_velocity": 0.1276}),
        (0.4, {}, {"alpha": 14.73, "centre_share": 0.99999, "rim_velocity": 0.1630}),
    ],
)
def test_isolated_tumours(radius: float, changed: dict[str, float], expected: dict[str, float]) -> None:
    """B1.2 to B1.5, each to 0.1 %."""
    found = baxter1989_pressure(radius=radius, **(TUMOUR | changed))
    for key, value in expected.items():
        assert found[key] == pytest.approx(value, rel=1e-3), key


@pytest.mark.parametrize(("alpha", "share"), [(36.8, 0.972), (10.0, 0.591)])
def test_pressure_below_the_rim(alpha: float, share: float) -> None:
    """B1.6."""
    faces = graded(np.array([[0.0, 0.9, 1.0]]), 400, np.array([1.0 / alpha]))
    assert between(faces, profile(alpha, faces), np.array([0.9]))[0] == pytest.approx(share, abs=1e-3)


@pytest.mark.parametrize(
    ("alpha", "inside", "rim"), [(36.82, 0.000, 35.82), (20.0, 0.0016, 19.0), (5.0, 0.500, 4.00), (1.0, 0.145, 0.313)]
)
def test_velocities(alpha: float, inside: float, rim: float) -> None:
    """B1.7 and B1.9, in units K pe / R."""
    speed, middle = _speed(alpha)
    assert speed[middle] == pytest.approx(inside, abs=1e-3)
    assert speed[-1] == pytest.approx(rim, rel=5e-3)


def test_interior_velocity_has_a_window() -> None:
    """B1.8: largest, 0.580, at alpha 3.59."""
    alphas = np.linspace(3.0, 4.2, 241)
    speeds = [speed[middle] for speed, middle in map(_speed, alphas)]
    assert max(speeds) == pytest.approx(0.580, rel=5e-3)
    assert alphas[int(np.argmax(speeds))] == pytest.approx(3.59, rel=5e-3)


def test_lymph_drains_a_uniform_tissue() -> None:
    """B1.10 and B1.11."""
    assert baxter1989_pressure(radius=1.0, **NORMAL)["lymph_plateau"] == pytest.approx(1.04, rel=1e-2)
    assert baxter1989_pressure(radius=1.0, **TUMOUR)["lymph_plateau"] == pytest.approx(9.29, rel=5e-3)
    tight = baxter1989_pressure(radius=1.0, **(TUMOUR | {"wall_conductivity": 0.36e-7}))
    assert tight["lymph_plateau"] == pytest.approx(4.04, rel=5e-3)


@pytest.mark.parametrize("alpha", [1.0, 5.0, 36.8])
@pytest.mark.parametrize("fine", [False, True])
def test_second_order(alpha: float, fine: bool) -> None:
    """The error falls with the square of the interval width, on even and on graded grids."""
    errors = []
    for cells in (160, 320, 640):
        one = np.array([1.0])
        faces = graded(np.array([[0.0, 1.0]]), cells, one / alpha) if fine else uniform(one, cells)
        errors.append(np.abs(profile(alpha, faces) - closed(alpha, middles(faces))).max())
    slopes = -np.diff(np.log2(errors))
    assert np.all(np.abs(slopes - 2.0) < 0.15), slopes


def test_what_enters_leaves_through_the_rim() -> None:
    """The flow at the rim by Darcy's law is the fluid that entered, and a raised surface lifts the whole field."""
    faces, share = graded(np.array([[0.0, 1.0]]), 400, np.array([0.1])), np.ones((1, 400))
    found = pressure(faces, share, fluid(10.0))
    speed = outflow(faces, filtration(found, share, fluid(10.0)))[0, -1]
    darcy = found[0, -1] / (0.5 * (faces[0, -1] - faces[0, -2]))
    assert speed == pytest.approx(darcy, rel=1e-9)
    assert speed == pytest.approx(10.0 / np.tanh(10.0) - 1.0, rel=1e-3)
    lifted = pressure(faces, share, fluid(10.0)._replace(surface=np.array([0.4])))
    assert np.allclose(lifted, 0.4 + 0.6 * found, rtol=1e-12)
    assert centre(faces, lifted)[0] > 0.99


def _speed(alpha: float) -> tuple[np.ndarray, int]:
    faces = graded(np.array([[0.0, 0.5, 1.0]]), 200, np.array([1.0 / alpha]))
    share = np.ones((1, 200))
    speed = outflow(faces, filtration(profile(alpha, faces), share, fluid(alpha)))[0]
    return speed, int(np.flatnonzero(faces[0] == 0.5)[0])
