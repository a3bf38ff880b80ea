"""A liposome and its drug in a tumour: the numerical side of a study, in the units of its sheet."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from refugia.barriers import Matrix, Perfusion, Pore, Pores, Slow, Solute, Vessels
from refugia.barriers.exposure import Flow, streams
from refugia.barriers.lower import admitted, permeability
from refugia.barriers.perfusion import lower_perfusion
from refugia.barriers.pores import conducting, lower_pores
from refugia.barriers.pressure import Fluid
from refugia.barriers.transient import Book, Held, SlowTable, course, empty, lower_slow, stages
from refugia.engine.grids import volumes
from refugia.terms import FloatArray, Number
from refugia.terms.units import convert
from refugia.treatment import Kinetics, Regimen, Route
from refugia.treatment.kinetics import concentration

HOURS = 24.0  # of a day
CELLS = 48  # intervals of the radial grid


class Inputs(NamedTuple):
    """The inputs of the study, in the units of its sheet."""

    dose: float  # mg
    radius: float  # mm
    pore_radii: Sequence[float]  # nm, one a class
    pore_areas: Sequence[float]  # share of the wall, one a class
    wall_thickness: float  # cm
    pore_viscosity: float  # mmHg s
    thermal_energy: float  # Pa m3
    vessel_surface: float  # 1/cm
    tissue_conductivity: float  # cm2/mmHg/s
    effective_pressure: float  # of the vessels, mmHg
    open_share: float
    stress_half: float
    stress_steepness: float
    stress_length: float  # mm
    collagen: float
    fibre: float  # nm
    tortuosity: float
    liposome_radius: float  # nm
    liposome_diffusivity: float  # um2/s
    liposome_room: float
    release_half_life: float  # h
    liposome_clearance: float  # mL/h
    liposome_volume: float  # mL
    drug_radius: float  # nm
    drug_diffusivity: float  # um2/s
    drug_permeability: float  # cm/s
    binding: float  # 1/day
    unbinding: float  # 1/day
    unbound_share: float
    clearance: float  # mL/h
    central: float  # mL
    exchange: float  # mL/h
    peripheral: float  # mL
    molar_mass: float  # g/mol
    opposing: float = 1.0  # of interstitial pressure to filtration; 0 where it is lifted


def laginha2005_liposome(*, steps: int = 120, **given: Any) -> dict[str, float]:
    """Doxorubicin in a mouse tumour after one dose, in liposomes (7 days) or free (24 h), total and nuclear (Laginha 2005).

    Inputs: those of `Inputs`, and the `steps` in time.

    Outputs: `wall_conductivity` cm/mmHg/s; `permeability` cm/s and `reflection` - of the liposome; `peclet` at no pressure in the
    tissue; and for `liposome` and `free`, `total` and `nuclear`: `liposome_auc_total` ug h/g, `liposome_peak_total` ug/g,
    `liposome_time_total` h, and so on (1 g of tissue is taken as 1 mL); `balance`, the largest relative gap of a course's book.
    """
    read = Inputs(**given)
    hydraulic = convert(read.tissue_conductivity, "cm**2/mmHg/s", "mm**2/mmHg/day")
    pores, slow = _described(read)
    vessels = Vessels(convert(read.vessel_surface, "1/cm", "1/mm"), pores, read.effective_pressure, 0.0, 0.0, 0.0)
    table = lower_slow(slow, Matrix(read.collagen, read.fibre, read.tortuosity, hydraulic), vessels, _one)
    tissue = _Tissue(table, _flow(read, vessels, pores, hydraulic), steps)
    molar = 1000.0 / read.molar_mass  # uM over mg/L
    carried = _kinetics(read.liposome_clearance, read.liposome_volume)
    free = _kinetics(read.clearance, read.central, read.exchange, read.peripheral)
    runs = {
        "liposome": _after(tissue, read.dose, carried, 7.0, (molar, 0.0)),
        "free": _after(tissue, read.dose, free, 1.0, (0.0, read.unbound_share * molar)),
    }
    found = _wall(pores, slow.carrier, vessels)
    for name, (days, held, _) in runs.items():
        found |= _summary(name, days, held, tissue.flow, 1.0 / molar)
    return found | {"balance": max(_gap(held, book, tissue.flow) for _, held, book in runs.values())}


def _described(read: Inputs) -> tuple[Pores, Slow]:
    """The pores of the vessels, and the drug with its carrier."""
    pores = Pores(
        tuple(Pore(size, area) for size, area in zip(read.pore_radii, read.pore_areas, strict=True)),
        convert(read.wall_thickness, "cm", "mm"),
        convert(read.pore_viscosity, "mmHg*s", "mmHg*day"),
        convert(read.thermal_energy, "Pa*m**3", "mmHg*mm**3"),
    )
    spread = [convert(one, "um**2/s", "mm**2/day") for one in (read.liposome_diffusivity, read.drug_diffusivity)]
    carrier = Solute("liposome", read.liposome_radius, spread[0], pores, pores, 0.0)
    passive = convert(read.drug_permeability, "cm/s", "mm/day")
    drug = Solute("doxorubicin", read.drug_radius, spread[1], passive, pores, 0.0)
    release = float(np.log(2.0)) * HOURS / read.release_half_life
    return pores, Slow(drug, carrier, True, read.liposome_room, release, read.binding, read.unbinding)


class _Tissue(NamedTuple):
    """The tumour and how finely its time is cut."""

    slow: SlowTable
    flow: Flow
    steps: int


def _flow(read: Inputs, vessels: Vessels, pores: Pores, hydraulic: float) -> Flow:
    """Perfusion and flow of the tumour, a sphere."""
    perfusion = lower_perfusion(Perfusion(read.open_share, read.stress_half, read.stress_steepness, read.stress_length), _one)
    leak = conducting(lower_pores(pores, _one)) * _one(vessels.surface)
    fluid = Fluid(leak, _one(read.effective_pressure), _one(hydraulic), _one(0.0))
    return streams(fluid, perfusion, _one(read.opposing), np.array([[0.0, read.radius]]), CELLS)[0]


def _kinetics(clearance: float, central: float, exchange: float = 0.0, peripheral: float = 1.0) -> Kinetics:
    """Kinetics from mL/h and mL."""
    flow, size = convert(1.0, "mL/h", "L/day"), convert(1.0, "mL", "L")
    return Kinetics(flow * clearance, size * central, flow * exchange, size * peripheral, 0.0, 0.0, 1.0)


def _after(
    tissue: _Tissue, dose: float, kinetics: Kinetics, days: float, levels: tuple[float, float]
) -> tuple[FloatArray, Held, Book]:
    """Edges in days, what is held at each, and the book, after a bolus; `levels` uM in carriers and unbound over mg/L in plasma."""
    edges = days * (np.arange(tissue.steps + 1) / tissue.steps) ** 3
    bolus = Regimen("doxorubicin", Route.INTRAVENOUS, dose, 0.0, float("inf"), days, 0.0)
    asked = stages(edges)
    plasma = concentration(kinetics, [bolus], _one, asked.ravel()).reshape(1, *asked.shape)
    _, held, book = course(tissue.slow, tissue.flow, empty(tissue.flow), plasma[..., None] * np.array(levels), edges)
    return edges, held, book


def _summary(name: str, days: FloatArray, held: Held, flow: Flow, mass: float) -> dict[str, float]:
    """Area, peak and its time of what is in the whole tumour; `mass` is mg/L over uM, so that levels are ug/mL."""
    volume = volumes(flow.faces)
    found = {}
    for part, amount in (("total", sum(held)), ("nuclear", held.nuclear)):
        level = mass * ((amount * volume).sum(axis=2) / volume.sum(axis=1))[:, 0]
        found[f"{name}_auc_{part}"] = HOURS * float(np.trapezoid(level, days))
        found[f"{name}_peak_{part}"] = float(level.max())
        found[f"{name}_time_{part}"] = HOURS * float(days[level.argmax()])
    return found


def _gap(held: Held, book: Book, flow: Flow) -> float:
    """What is missing of what entered, as a share of it."""
    there = float((sum(column[-1] for column in held) * volumes(flow.faces)).sum())
    entered = float(book.entered[0])
    return abs(entered - there - float(book.returned[0] + book.drained[0] + book.lost[0])) / entered


def _wall(pores: Pores, carrier: Solute, vessels: Vessels) -> dict[str, float]:
    """What the pores make of the wall, in cm and s."""
    lp, passive = conducting(lower_pores(pores, _one)), permeability(carrier, _one)
    carried = admitted(carrier, _one)
    convected = lp * _one(vessels.pressure) * carried  # over the wall's surface
    return {
        "wall_conductivity": convert(float(lp[0]), "mm/mmHg/day", "cm/mmHg/s"),
        "permeability": convert(float(passive[0]), "mm/day", "cm/s"),
        "reflection": 1.0 - float(carried[0]),
        "peclet": float(np.divide(convected, passive, out=np.full(1, np.inf), where=passive > 0.0)[0]),
    }


def _one(number: Number) -> FloatArray:
    """A single row."""
    return np.array([float(number)])  # type: ignore[arg-type]
