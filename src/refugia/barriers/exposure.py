"""The fields of a tissue: how much drug, oxygen and acid each shell sees, and the perfusion and pressure behind them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from refugia.barriers.acidity import acidity
from refugia.barriers.entry import Balance, Filtration, entry, solved
from refugia.barriers.lower import TissueTable
from refugia.barriers.oxygen import OxygenLaw, oxygen
from refugia.barriers.perfusion import PerfusionLaw, perfused
from refugia.barriers.pressure import Fluid, filtration, pressure
from refugia.engine.grids import average, expand, graded, mean_squares
from refugia.engine.radial import outflow
from refugia.terms import FloatArray

DIGITS = 12  # of transfer: a barrier that plays no part then reads exactly one


class Fields(NamedTuple):
    """What the shells of each row see."""

    transfer: FloatArray  # (rows, places, drugs), unbound tissue over unbound supply at the wall, -
    oxygen: FloatArray  # (rows, places), mmHg
    acidity: FloatArray  # (rows, places), pH
    perfused: FloatArray  # (rows, places), share of the vessels that deliver drug, -
    pressure: FloatArray  # (rows, places), mmHg, that opposes the entry of drug: 0 where it is lifted


class Fineness(NamedTuple):
    """Intervals of the radial grids, no fewer than `drug` and `oxygen` in all and six and four a shell: numbers of the method.

    At 48 and 32 the shell averages lie within 1e-3 of those on grids four times as fine; where the wall's supply jumps from one
    shell to the next (a leaky core in an intact rim), transfer beside the jump lies within 2e-2.
    """

    drug: int = 48
    oxygen: int = 32


class Flow(NamedTuple):
    """The fluid and the vessels on the drug's grid."""

    faces: FloatArray  # (rows, cells + 1), mm
    share: FloatArray  # (rows, cells), vessels that carry blood, -
    entering: FloatArray  # (rows, cells), filtration, 1/day
    velocity: FloatArray  # (rows, cells + 1), mm/day
    unopposed: FloatArray  # (rows, cells), filtration against no pressure where it is lifted, else `entering`, 1/day

    def filtration(self) -> Filtration:
        """What leaves the vessels."""
        return Filtration(self.share, self.entering, self.unopposed)


def fields(table: TissueTable, faces: FloatArray, live: FloatArray, wall: FloatArray, fineness: Fineness | None = None,
           takes: NDArray[np.bool_] | None = None) -> Fields:  # fmt: skip
    """The quasi-steady fields of spheres cut in shells.

    `table` has one line a row; `faces` (rows, places + 1) mm; `live` (rows, places) the living share of volume; `wall`
    (rows, places, drugs) the supply at the vessel wall over plasma; `takes` (rows, drugs) which drugs a row is given at
    all: for the others transfer is 1, unsolved. Each field is solved on a fine grid of its own that keeps the shells' faces, and
    averaged over the shells. A row's bits do not depend on the other rows.

    >>> one = np.ones(1)
    >>> table = TissueTable(*(one for _ in TissueTable._fields[:20]), *(one[:, None] for _ in range(3)), 0.0 * one[:, None],
    ...                     np.zeros((1, 1, 1)))
    >>> found = fields(table, np.array([[0.0, 1.0, 2.0]]), np.ones((1, 2)), np.ones((1, 2, 1)))
    >>> found.transfer[0, :, 0]
    array([1., 1.])
    """
    fineness = fitting(fineness or Fineness(), faces.shape[1] - 1)
    flow, pressed = _flow_and_pressure(table, faces, fineness.drug)
    return Fields(
        _transfer(table, flow, faces, wall, np.ones((len(wall), wall.shape[2]), bool) if takes is None else takes),
        *_oxygen_and_acid(table, faces, live, fineness.oxygen),
        perfused=average(flow.faces, flow.share, faces),
        pressure=average(flow.faces, pressed, faces),
    )


def fitting(fineness: Fineness, places: int) -> Fineness:
    """The same with enough intervals for the shells."""
    return Fineness(max(fineness.drug, 6 * places), max(fineness.oxygen, 4 * places))


def _flow_and_pressure(table: TissueTable, faces: FloatArray, cells: int) -> tuple[Flow, FloatArray]:
    """Perfusion, filtration and flow on the drug's grid, and the pressure there (rows, cells)."""
    fluid = Fluid(table.leak, table.effective, table.conductivity, table.surface)
    law = PerfusionLaw(table.drug_open, table.drug_yielding, table.drug_steepness, table.drug_length)
    return streams(fluid, law, table.pressed, faces, cells)


def flow_of(table: TissueTable, faces: FloatArray, cells: int) -> Flow:
    """Perfusion, filtration and flow of the drugs on a grid of `cells` intervals."""
    return _flow_and_pressure(table, faces, cells)[0]


def streams(fluid: Fluid, law: PerfusionLaw, pressed: FloatArray, faces: FloatArray, cells: int) -> tuple[Flow, FloatArray]:
    """Perfusion, filtration and flow on a grid of `cells` intervals, and the pressure that opposes entry (rows, cells), mmHg.

    `pressed` (rows,) is 1 where interstitial pressure opposes the entry of drug, 0 where it is lifted; the fluid keeps its
    pressure and its flow in either case. `faces` (rows, places + 1) mm.
    """
    radius = faces[:, -1]
    fine = graded(faces, cells, np.sqrt(fluid.conductivity / (fluid.leak * law.open)))
    share = perfused(law, mean_squares(fine) / (radius * radius)[:, None], radius)
    inside = pressure(fine, share, fluid)
    opposing = inside * pressed[:, None]
    entering = filtration(inside, share, fluid)
    return Flow(fine, share, entering, outflow(fine, entering), filtration(opposing, share, fluid)), opposing


def _transfer(table: TissueTable, flow: Flow, faces: FloatArray, wall: FloatArray, takes: NDArray[np.bool_]) -> FloatArray:
    """Tissue over supply (rows, places, drugs)."""
    found = np.ones(wall.shape)
    for drug in range(wall.shape[2]):
        rows = np.flatnonzero(takes[:, drug])
        if rows.size == 0:
            continue
        if rows.size < len(wall):
            some = (TissueTable(*(column[rows] for column in table)), Flow(*(column[rows] for column in flow)), faces[rows])
        else:
            some = (table, flow, faces)
        supply = np.ascontiguousarray(wall[rows, :, drug])
        seen = average(some[1].faces, _tissue(some[0], some[1], expand(some[2], supply, some[1].faces), drug), some[2])
        found[rows, :, drug] = np.divide(seen, supply, out=np.zeros_like(seen), where=supply > 0.0)
    return np.round(found, DIGITS)


def _tissue(table: TissueTable, flow: Flow, supply: FloatArray, drug: int) -> FloatArray:
    """Unbound drug in the tissue c (rows, cells) for the supply w (rows, cells), both over unbound plasma.

    div(D grad c) - div(u c) + Jv (1 - sigma_f) w + f P S/V (w - c) Pe / (exp(Pe) - 1) - sink c = 0, Baxter and Jain 1989 with
    retardation 1, and what a lifted pressure adds (`barriers.entry`); what flows out takes the drug with it and nothing diffuses
    through the surface.
    """
    wall = entry(table.exchange[:, drug], table.admitted[:, drug], flow.filtration())
    decay = wall.taken + table.sink[:, drug, None]
    balance = Balance(flow.faces, table.diffusivity[:, drug], decay, wall.brought * supply, flow.velocity)
    return solved(balance, wall.more * supply, wall.thinned, np.zeros_like(supply))


def _oxygen_and_acid(table: TissueTable, faces: FloatArray, live: FloatArray, cells: int) -> tuple[FloatArray, FloatArray]:
    """Oxygen (mmHg) and pH of the shells (rows, places), from the perfusion that supplies oxygen."""
    radius = faces[:, -1]
    fine = graded(faces, cells, np.full(radius.shape, np.inf))
    law = PerfusionLaw(table.oxygen_open, table.oxygen_yielding, table.oxygen_steepness, table.oxygen_length)
    share = perfused(law, mean_squares(fine) / (radius * radius)[:, None], radius)
    supplied = OxygenLaw(
        table.oxygen_diffusivity, table.oxygen_consumption, table.oxygen_half, table.oxygen_vessel, table.oxygen_exchange
    )
    solved = oxygen(fine, share, expand(faces, live, fine), supplied)
    return average(fine, solved, faces), acidity(average(fine, share, faces), table.oxygen_open, table.acid_rim, table.acid_core)
