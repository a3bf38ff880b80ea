"""Pores in the vessel wall: radii, permeabilities and reflections against recomputed values, and their limits."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from refugia.barriers import Pore, Pores, Solute
from refugia.barriers.entry import exchange
from refugia.barriers.lower import admitted, permeability
from refugia.barriers.pores import conducting, hindrances, lower_pores, passing, pore_radius
from refugia.terms import FloatArray, Number
from refugia.terms.units import convert

WALL, VISCOSITY, AREA = convert(5e-4, "cm", "mm"), convert(3e-5, "mmHg*s", "mmHg*day"), 1e-3
THERMAL = convert(1.380649e-23 * 310.0, "Pa*m**3", "mmHg*mm**3")


def one(number: Number) -> FloatArray:
    return np.array([float(number)])  # type: ignore[arg-type]


def pores(radii: Sequence[float], areas: Sequence[float] = (AREA,)) -> Pores:
    return Pores(tuple(map(Pore, radii, areas)), WALL, VISCOSITY, THERMAL)


def radius_at(lp: float) -> float:
    """Pore radius in nm at a conductivity in cm/mmHg/s."""
    lp = convert(lp, "cm/mmHg/s", "mm/mmHg/day")
    return float(pore_radius(np.array(lp), np.array(AREA), np.array(WALL), np.array(VISCOSITY)))


def passage(lp: float, solute: float) -> tuple[float, float]:
    """Permeability in cm/s and reflection of a solute in nm."""
    found = passing(lower_pores(pores([radius_at(lp)]), one), one(solute))
    return convert(float(found.permeability[0]), "mm/day", "cm/s"), 1.0 - float(found.admitted[0])


@pytest.mark.parametrize(
    ("lp", "radius", "solute", "passed", "reflected"),
    [(2.8e-7, 57.97, 5.0, 1.555e-7, 0.0321), (2.8e-7, 57.97, 30.0, 1.34e-9, 0.659), (2.8e-6, 183.3, 30.0, 1.76e-8, 0.107)],
)
def test_one_class_of_pores(lp: float, radius: float, solute: float, passed: float, reflected: float) -> None:
    """B1.12 to B1.14."""
    assert radius_at(lp) == pytest.approx(radius, rel=5e-3)
    assert passage(lp, solute) == (pytest.approx(passed, rel=5e-3), pytest.approx(reflected, rel=5e-3))


def test_convection_of_an_antibody() -> None:
    """B1.15: the Peclet number at no pressure, and filtration's supply there over diffusion's where pressure is full."""
    surface, effective = 20.0, 11.5
    lp = convert(2.8e-7, "cm/mmHg/s", "mm/mmHg/day")
    found = passing(lower_pores(pores([radius_at(2.8e-7)]), one), one(5.0))
    convected = lp * surface * effective * found.admitted
    diffusive = exchange(found.permeability * surface, np.zeros(1))
    assert float(convected[0] / (found.permeability[0] * surface)) == pytest.approx(20.0, rel=1e-2)
    assert float(convected[0] / diffusive[0]) == pytest.approx(20.0, rel=1e-2)


def test_limits_of_hindrance() -> None:
    """A point feels no wall (to the digits of the coefficients), what does not fit does not pass, and more size is less passage."""
    diffusing, carried = hindrances(np.linspace(0.0, 1.2, 121))
    assert diffusing[0] == pytest.approx(1.0, abs=1e-5) and carried[0] == pytest.approx(1.0, abs=1e-5)
    assert not diffusing[100:].any() and not carried[100:].any()
    assert np.all(np.diff(diffusing[:101]) < 0.0)
    assert passage(2.8e-7, 60.0) == (0.0, 1.0)


def test_classes_lie_side_by_side() -> None:
    """Two halves of one class are that class; a small class adds conductance and leaves to the large one what does not fit it."""
    whole, halves = (lower_pores(pores(r, a), one) for r, a in (((50.0,), (AREA,)), ((50.0, 50.0), (0.5 * AREA, 0.5 * AREA))))
    np.testing.assert_allclose(passing(halves, one(20.0)), passing(whole, one(20.0)), rtol=1e-12)
    assert conducting(halves) == pytest.approx(conducting(whole))
    small, large, both = (
        lower_pores(pores(r, a), one) for r, a in (((40.0,), (AREA,)), ((150.0,), (AREA,)), ((40.0, 150.0), (AREA, AREA)))
    )
    assert conducting(both) == pytest.approx(conducting(small) + conducting(large))
    assert passing(both, one(45.0)).permeability == pytest.approx(passing(large, one(45.0)).permeability)
    share = conducting(large) / conducting(both)
    assert passing(both, one(45.0)).admitted == pytest.approx(share * passing(large, one(45.0)).admitted)


def test_a_solute_may_be_described_by_pores() -> None:
    wall = pores([183.3])
    solute = Solute("liposome", 30.0, 1.0, wall, wall, 0.0)
    assert convert(float(permeability(solute, one)[0]), "mm/day", "cm/s") == pytest.approx(1.76e-8, rel=5e-3)
    assert 1.0 - float(admitted(solute, one)[0]) == pytest.approx(0.107, rel=5e-3)
