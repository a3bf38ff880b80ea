"""Pores in the vessel wall: what a sphere of given radius can pass, by diffusion and with the filtered fluid.

Hindrance in a long cylindrical pore after Bungay and Brenner 1973, with lam = solute over pore radius and Phi = (1 - lam)^2:

    H = 6 pi Phi / Kt,   W = Phi (2 - Phi) Ks / (2 Kt)                                                               (1)
    Kt, Ks = 9/4 pi^2 sqrt(2) (1 - lam)^(-5/2) [1 + c1 (1 - lam) + c2 (1 - lam)^2] + c3 + c4 lam + ... + c7 lam^4    (2)

Classes of pores lie side by side (own form): permeabilities and conductances add, and what the fluid carries along is weighted by
the fluid that each class conducts.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from refugia.barriers.model import Pores
from refugia.terms import FloatArray, Value

NM = 1e-6  # mm
_NEAR = 9 / 4 * np.pi**2 * np.sqrt(2)
_DRAG = (-73 / 60, 77293 / 50400, -22.5083, -5.6117, -0.3363, -1.216, 1.647)  # c1 to c7 of Kt
_LAG = (7 / 60, -2227 / 50400, 4.0180, -3.9788, -1.9215, 4.392, 5.006)  # c1 to c7 of Ks


class PoreTable(NamedTuple):
    """Classes of pores, lowered."""

    radius: FloatArray  # (classes, patients) nm
    area: FloatArray  # (classes, patients) share of the wall's surface, -
    wall: FloatArray  # (patients,) mm
    viscosity: FloatArray  # (patients,) mmHg day
    thermal: FloatArray  # (patients,) mmHg mm3


class Passage(NamedTuple):
    """What a wall with pores lets pass of one solute: (patients,)."""

    permeability: FloatArray  # mm/day
    admitted: FloatArray  # one less the filtration reflection coefficient, -


def lower_pores(pores: Pores, value: Value) -> PoreTable:
    """The pores as arrays."""
    return PoreTable(
        np.stack([value(pore.radius) for pore in pores.classes]),
        np.stack([value(pore.area) for pore in pores.classes]),
        value(pores.wall),
        value(pores.viscosity),
        value(pores.thermal),
    )


def pore_radius(conductivity: FloatArray, area: FloatArray, wall: FloatArray, viscosity: FloatArray) -> FloatArray:
    """The one radius, nm, at which pores of that area conduct Lp: r0 = sqrt(8 eta L Lp / gamma), Poiseuille's law.

    `conductivity` Lp mm/mmHg/day, `area` gamma -, `wall` L mm, `viscosity` eta mmHg day; any common shape.

    >>> day = 86400.0
    >>> round(float(pore_radius(2.8e-6 * day, 1e-3, 5e-3, 3e-5 / day)), 2)
    57.97
    """
    radius: FloatArray = np.sqrt(8.0 * viscosity * wall * conductivity / area) / NM
    return radius


def conducting(pores: PoreTable) -> FloatArray:
    """Hydraulic conductivity of the wall (patients,), Lp = sum gamma r0^2 / (8 eta L), mm/mmHg/day."""
    total: FloatArray = _conducted(pores).sum(axis=0)
    return total


def hindrances(relative: FloatArray) -> tuple[FloatArray, FloatArray]:
    """H and W of equation (1) for solute over pore radius, any shape: 1 and 1 for a point, 0 and 0 where the solute does not fit.

    >>> diffusing, carried = hindrances(np.array([0.0, 0.5, 1.0]))
    >>> diffusing.round(3), carried.round(3)
    (array([1.   , 0.042, 0.   ]), array([1.   , 0.367, 0.   ]))
    """
    fits = relative < 1.0
    lam = np.where(fits, relative, 0.0)
    free = (1.0 - lam) ** 2
    drag, lag = _resistance(lam, _DRAG), _resistance(lam, _LAG)
    diffusing = np.where(fits, 6.0 * np.pi * free / drag, 0.0)
    carried = np.where(fits, free * (2.0 - free) * lag / (2.0 * drag), 0.0)
    return diffusing, carried


def passing(pores: PoreTable, radius: FloatArray) -> Passage:
    """What the wall lets pass of a sphere of `radius` (patients,) nm: P = sum gamma H D0 / L and sum (Lp_i / Lp) W_i.

    D0 = kB T / (6 pi eta rs) (Stokes and Einstein) in the fluid of the pores.
    """
    diffusing, carried = hindrances(radius / pores.radius)
    free = diffusivity(radius, pores.viscosity, pores.thermal)
    conducted = _conducted(pores)
    return Passage(
        (pores.area * diffusing).sum(axis=0) * free / pores.wall, (conducted * carried).sum(axis=0) / conducted.sum(axis=0)
    )


def diffusivity(radius: FloatArray, viscosity: FloatArray, thermal: FloatArray) -> FloatArray:
    """Diffusivity of a sphere in a fluid, D0 = kB T / (6 pi eta rs), mm2/day; `radius` nm."""
    free: FloatArray = thermal / (6.0 * np.pi * viscosity * radius * NM)
    return free


def _conducted(pores: PoreTable) -> FloatArray:
    """Hydraulic conductivity of each class (classes, patients)."""
    conducted: FloatArray = pores.area * (pores.radius * NM) ** 2 / (8.0 * pores.viscosity * pores.wall)
    return conducted


def _resistance(lam: FloatArray, c: tuple[float, ...]) -> FloatArray:
    """Equation (2)."""
    gap = 1.0 - lam
    near = _NEAR / (gap * gap * np.sqrt(gap)) * (1.0 + gap * (c[0] + gap * c[1]))
    total: FloatArray = near + np.polyval(c[:1:-1], lam)
    return total
