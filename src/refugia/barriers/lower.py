"""From the description of a breeding ground to plain arrays."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from refugia.barriers.matrix import hindered, hindrance
from refugia.barriers.model import Matrix, Microenvironment, Pores, Solute, Vessels
from refugia.barriers.perfusion import lower_perfusion
from refugia.barriers.pores import conducting, lower_pores, passing
from refugia.barriers.pressure import effective_pressure
from refugia.terms import FloatArray, InputError, Value


class TissueTable(NamedTuple):
    """A breeding ground, lowered: (patients,) where nothing else is said, all finite."""

    leak: FloatArray  # Lp S/V, 1/mmHg/day
    effective: FloatArray  # effective pressure of the vessels, mmHg
    conductivity: FloatArray  # hydraulic, of the tissue, mm2/mmHg/day
    surface: FloatArray  # pressure at the surface, mmHg
    pressed: FloatArray  # 1 where interstitial pressure opposes the entry of drug, 0 once it is lifted
    drug_open: FloatArray  # perfusion law of the drugs: see PerfusionLaw
    drug_yielding: FloatArray
    drug_steepness: FloatArray
    drug_length: FloatArray
    oxygen_open: FloatArray  # perfusion law of oxygen
    oxygen_yielding: FloatArray
    oxygen_steepness: FloatArray
    oxygen_length: FloatArray
    oxygen_diffusivity: FloatArray  # see OxygenLaw
    oxygen_consumption: FloatArray
    oxygen_half: FloatArray
    oxygen_vessel: FloatArray
    oxygen_exchange: FloatArray
    acid_rim: FloatArray  # pH
    acid_core: FloatArray  # pH
    diffusivity: FloatArray  # of the drugs in the matrix, (patients, drugs), mm2/day
    exchange: FloatArray  # P S/V, (patients, drugs), 1/day
    admitted: FloatArray  # 1 - filtration reflection, (patients, drugs), -
    sink: FloatArray  # (patients, drugs), 1/day
    slow: FloatArray  # (patients, drugs, columns) see `barriers.transient.lower_slows`; zeros where quasi-steady


def lower(description: Microenvironment, value: Value, drugs: Sequence[str] | None = None) -> TissueTable:
    """The table of a breeding ground, one line a patient; drugs in the order given, or in that of the description's solutes.

    Raises InputError where a drug has no solute in the description.

    >>> from refugia.barriers import Acid, Matrix, Microenvironment, Oxygen, Perfusion, Solute, Vessels
    >>> perfusion = Perfusion(0.8, 0.5, 2.0, 5.0)
    >>> ground = Microenvironment(
    ...     Vessels(20.0, 0.24, 15.6, 0.82, 20.0, 15.0), perfusion, perfusion, Matrix(0.0, 20.0, 1.0, 0.36),
    ...     Oxygen(172.8, 1.7e6, 1.0, 40.0, 1.7e5), Acid(7.35, 6.7, 7.4), (Solute("gefitinib", 0.5, 26.0, 26.0, 0.0, 20.0),), 0.0)
    >>> float(lower(ground, lambda number: np.full(1, float(number))).diffusivity[0, 0])
    26.0
    """
    vessels, oxygen, surface = description.vessels, description.oxygen, value(description.vessels.surface)
    solutes = _ordered(description.solutes, drugs)
    leak = _conductivity(vessels, value) * surface
    effective = effective_pressure(
        value(vessels.pressure), value(vessels.reflection), value(vessels.osmotic_blood), value(vessels.osmotic_tissue)
    )
    consumed = (oxygen.diffusivity, oxygen.consumption, oxygen.half, oxygen.vessel, oxygen.exchange)
    columns = [
        leak,
        effective,
        value(description.matrix.hydraulic),
        value(description.surface_pressure),
        np.full_like(leak, 0.0 if description.pressureless else 1.0),
        *lower_perfusion(description.drug_perfusion, value),
        *lower_perfusion(description.oxygen_perfusion, value),
        *(value(number) for number in (*consumed, description.acid.rim, description.acid.core)),
        _columns([diffusivity(description.matrix, solute, value) for solute in solutes], leak),
        _columns([permeability(solute, value) * surface for solute in solutes], leak),
        _columns([admitted(solute, value) for solute in solutes], leak),
        _columns([value(solute.sink) for solute in solutes], leak),
        np.zeros((leak.size, len(solutes), 1)),
    ]
    return TissueTable(*columns)


def diffusivity(matrix: Matrix, solute: Solute, value: Value) -> FloatArray:
    """Diffusivity of a solute in the tissue (patients,), mm2/day."""
    share = hindrance(value(matrix.collagen), value(matrix.fibre), value(solute.radius))
    return hindered(value(solute.diffusivity), share, value(matrix.tortuosity))


def _conductivity(vessels: Vessels, value: Value) -> FloatArray:
    given = vessels.conductivity
    return conducting(lower_pores(given, value)) if isinstance(given, Pores) else value(given)


def permeability(solute: Solute, value: Value) -> FloatArray:
    """Permeability of the vessel wall to a solute (patients,), mm/day, as given or through its pores."""
    given = solute.permeability
    if isinstance(given, Pores):
        return passing(lower_pores(given, value), value(solute.radius)).permeability
    return value(given)


def admitted(solute: Solute, value: Value) -> FloatArray:
    """What filtration carries along of a solute (patients,), one less its reflection coefficient, as given or through pores."""
    given = solute.reflection
    if isinstance(given, Pores):
        return passing(lower_pores(given, value), value(solute.radius)).admitted
    return 1.0 - value(given)


def _columns(columns: list[FloatArray], like: FloatArray) -> FloatArray:
    return np.stack(columns, axis=1) if columns else np.empty((like.size, 0))


def _ordered(solutes: tuple[Solute, ...], drugs: Sequence[str] | None) -> tuple[Solute, ...]:
    if drugs is None:
        return solutes
    known = {solute.drug: solute for solute in solutes}
    for drug in drugs:
        if drug not in known:
            raise InputError("", "ground.solutes", drug, "has no solute in this ground",
                             f"Describe it there; known: {', '.join(known) or 'none'}.")  # fmt: skip
    return tuple(known[drug] for drug in drugs)
