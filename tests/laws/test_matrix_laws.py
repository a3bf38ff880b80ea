"""Diffusion hindered by fibres: the formulae against recomputed values."""

from __future__ import annotations

import numpy as np
import pytest

from refugia.barriers.matrix import hindered, hindrance, ogston, permeability
from refugia.terms import InputError


def left(solute: float, fibre: float, collagen: float) -> float:
    return float(hindrance(np.array(collagen), np.array(fibre), np.array(solute)))


@pytest.mark.parametrize(("collagen", "expected"), [(0.01, 0.975), (0.03, 0.958), (0.06, 0.941)])
def test_ogston(collagen: float, expected: float) -> None:
    """B4.1."""
    assert float(ogston(np.array(collagen), np.array(20.0), np.array(5.0))) == pytest.approx(expected, abs=6e-4)


@pytest.mark.parametrize(
    ("solute", "collagen", "expected"),
    [
        (5.0, 0.01, 0.958), (5.0, 0.03, 0.906), (5.0, 0.06, 0.838),
        (20.0, 0.01, 0.855), (20.0, 0.06, 0.547),
        (75.0, 0.01, 0.533), (75.0, 0.02, 0.351), (75.0, 0.03, 0.240), (75.0, 0.04, 0.167), (75.0, 0.06, 0.083),
    ],
)  # fmt: skip
def test_drag_and_steric_hindrance(solute: float, collagen: float, expected: float) -> None:
    """B4.2 to B4.4."""
    assert left(solute, 20.0, collagen) == pytest.approx(expected, abs=6e-4)


def test_contrasts() -> None:
    """B4.5: 6.4-fold for a 150 nm probe; B4.3: 1.56-fold at 20 nm; B4.7: an antibody gains 8 % when collagen is halved."""
    assert left(75.0, 20.0, 0.01) / left(75.0, 20.0, 0.06) == pytest.approx(6.4, abs=0.05)
    assert left(20.0, 20.0, 0.01) / left(20.0, 20.0, 0.06) == pytest.approx(1.56, abs=0.005)
    assert left(5.0, 20.0, 0.03) / left(5.0, 20.0, 0.06) == pytest.approx(1.08, abs=0.005)


def test_only_the_ratio_of_radii_matters() -> None:
    """B4.6."""
    assert left(5.0, 2.0, 0.04) == pytest.approx(left(50.0, 20.0, 0.04), rel=1e-14)


def test_permeability() -> None:
    """B4.8, the permeabilities."""
    assert 1.0 / float(permeability(np.array(0.06), np.array(20.0))) == pytest.approx(1882.0, abs=0.5)
    assert 1.0 / float(permeability(np.array(0.01), np.array(0.6))) == pytest.approx(19.8, abs=0.05)


def test_without_fibres_nothing_is_hindered() -> None:
    """Exactly one, to the bit, and so is a tortuosity of one."""
    free = hindrance(np.zeros(3), np.full(3, 20.0), np.array([0.5, 5.0, 75.0]))
    assert np.array_equal(free, np.ones(3))
    assert np.array_equal(hindered(np.array([25.92]), free[:1], np.ones(1)), np.array([25.92]))


def test_a_matrix_of_solid_fibre_is_refused() -> None:
    with pytest.raises(InputError, match="no volume fraction of fibres"):
        permeability(np.array([0.03, 0.5]), np.array([20.0, 20.0]))
