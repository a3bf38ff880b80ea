"""The fields of a tissue in voxels: what `barriers.exposure` solves on spheres, on a body of any shape.

The body is every voxel of the tumour, in one piece or several. Its rim lies on the faces towards what is no tumour, be it other
tissue, a wall or the side of the grid: there the pressure of the surface holds, fluid that flows out takes drug with it, and
neither drug nor oxygen diffuses through. Depth, which closes vessels, is measured as `engine.voxels.rim.depths` says, so that a
ball has the perfusion of the sphere. Outside of the body lies what surrounds it (`surrounding`).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from refugia.barriers.acidity import acidity
from refugia.barriers.entry import Filtration
from refugia.barriers.exposure import DIGITS
from refugia.barriers.lower import TissueTable
from refugia.barriers.perfusion import PerfusionLaw, perfused
from refugia.barriers.pressure import Fluid, filtration
from refugia.barriers.voxel_drug import Stream, balanced, settled
from refugia.engine.voxels.grid import Grid, closed
from refugia.engine.voxels.newton import Supply, Uptake, uptake
from refugia.engine.voxels.rim import Body, cut, depths, held_rim
from refugia.terms import FloatArray

Mask = NDArray[np.bool_]
OXYGEN_TOLERANCE = 1e-6  # of the oxygen supplied: the residual that is left


class VoxelFields(NamedTuple):
    """What the voxels of a site see; all but `transfer` (Z, Y, X)."""

    transfer: FloatArray  # (drugs, Z, Y, X), unbound tissue over unbound supply at the wall, -
    oxygen: FloatArray  # mmHg
    acidity: FloatArray  # pH
    perfused: FloatArray  # share of the vessels that deliver drug, -
    pressure: FloatArray  # mmHg, that opposes the entry of drug: 0 where it is lifted


class Ground(NamedTuple):
    """The body in its box, and the vessels in it: arrays (Z, Y, X) of the box."""

    body: Body
    depth: FloatArray  # one less the squared relative radius, -
    radius: FloatArray  # of the piece, mm
    vessels: FloatArray | float  # relative density, -
    threads: int


def voxel_fields(table: TissueTable, grid: Grid, inside: Mask, live: FloatArray, wall: FloatArray, *,
                 takes: Mask | None = None, vessels: FloatArray | None = None, start: VoxelFields | None = None,
                 threads: int = 0) -> VoxelFields:  # fmt: skip
    """The quasi-steady fields of one site in voxels.

    `table` has one line; `inside` (Z, Y, X) are the tumour's voxels, with cells or what is left of them; `live` (Z, Y, X) the
    living share of volume; `wall` (drugs, Z, Y, X) the supply at the vessel wall over plasma; `takes` (drugs,) which drugs are
    given at all: for the others transfer is 1, unsolved; `vessels` (Z, Y, X) the exchange surface over that of the description,
    by which leak and the exchange of drugs and of oxygen are multiplied (none: 1 everywhere); `start` fields from which to look
    for the new ones. The bits do not depend on `threads` (0: as many as there are processors).

    Raises ValueError where the table has several lines, the grid one voxel, or an array another shape than the grid.

    >>> one = np.ones(1)
    >>> table = TissueTable(*(one for _ in TissueTable._fields[:20]), *(one[:, None] for _ in range(3)), 0.0 * one[:, None],
    ...                     np.zeros((1, 1, 1)))
    >>> grid = Grid((1, 4, 4), 0.5)
    >>> found = voxel_fields(table, grid, np.ones(grid.shape, bool), np.ones(grid.shape), np.ones((1, *grid.shape)))
    >>> found.transfer[0, 0, 0], found.oxygen[0, 0].round(3)
    (array([1., 1., 1., 1.]), array([0.546, 0.542, 0.542, 0.546]))
    """
    _fit(table, grid, inside=inside, live=live, **({} if vessels is None else {"vessels": vessels}), **_each(wall))
    if not inside.any():
        return surrounding(table, grid, len(wall))
    begun = None if start is None else VoxelFields(*(one[..., inside] for one in start))
    within = wall[:, inside]
    found = body_fields(table, grid, inside, live, within, takes=takes, vessels=vessels, start=begun, threads=threads)
    return laid_out(table, grid, inside, found)


def body_fields(table: TissueTable, grid: Grid, inside: Mask, live: FloatArray, wall: FloatArray, *,
                takes: Mask | None = None, vessels: FloatArray | None = None, start: VoxelFields | None = None,
                threads: int = 0) -> VoxelFields:  # fmt: skip
    """The same in the voxels of the body alone, in order: (voxels,), and `transfer` (drugs, voxels); `wall` and `start` likewise.

    There must be a body. `laid_out` puts them into the grid.
    """
    body, box = cut(grid, inside)
    density = 1.0 if vessels is None else np.asarray(vessels[box], np.float64)
    ground = Ground(body, *depths(body, threads), density, threads)
    share = _share(ground, PerfusionLaw(table.drug_open, table.drug_yielding, table.drug_steepness, table.drug_length))
    oxygen, ph = _feed(table, ground, live[box], None if start is None else start.oxygen)
    stream, opposing = _stream(table, ground, share)
    found = VoxelFields(np.ones((len(wall), oxygen.size)), oxygen, ph, share[body.inside], opposing[body.inside])
    del ground, share, opposing  # in a large grid room is dear from here on
    asked = np.flatnonzero(np.ones(len(wall), bool) if takes is None else takes).tolist()
    for drug in asked:
        supply = _in_box(body, wall[drug])
        balance = balanced(table, drug, stream, supply, threads)
        if drug == asked[-1]:
            del stream
        guess = supply if start is None else _in_box(body, start.transfer[drug]) * supply
        del supply
        level = settled(balance, guess, threads)
        del balance, guess
        supply = _in_box(body, wall[drug])
        seen = np.divide(level, supply, out=np.zeros_like(level), where=supply > 0.0)
        found.transfer[drug] = seen.round(DIGITS)[body.inside]
    return found


def laid_out(table: TissueTable, grid: Grid, inside: Mask, fields: VoxelFields) -> VoxelFields:
    """The fields of a body (voxels,) in the whole grid (Z, Y, X), and what surrounds it.

    >>> one = 2.0 * np.ones(1)
    >>> table = TissueTable(*(one for _ in TissueTable._fields[:20]), *(one[:, None] for _ in range(4)), np.zeros((1, 1, 1)))
    >>> within = VoxelFields(np.zeros((1, 1)), *(np.zeros(1) for _ in range(4)))
    >>> laid_out(table, Grid((1, 1, 2), 1.0), np.array([[[True, False]]]), within).pressure.ravel().tolist()
    [0.0, 4.0]
    """
    found = surrounding(table, grid, len(fields.transfer))
    for whole, part in zip(found, fields, strict=True):
        whole[..., inside] = part
    return found


def surrounding(table: TissueTable, grid: Grid, drugs: int) -> VoxelFields:
    """What lies around a tumour: tissue that holds drug at the level of its supply and oxygen at that of the vessels.

    Its pH is that of the rim, its vessels carry blood as those without stress do, and its pressure is that of the tumour's surface.

    >>> one = 2.0 * np.ones(1)
    >>> table = TissueTable(*(one for _ in TissueTable._fields[:20]), *(one[:, None] for _ in range(4)), np.zeros((1, 1, 1)))
    >>> around = surrounding(table, Grid((1, 1, 1), 1.0), 1)
    >>> around.transfer.ravel().tolist(), around.pressure.ravel().tolist()
    ([1.0], [4.0])
    """
    one, *others = around(table, drugs)
    return VoxelFields(np.ones((one.size, *grid.shape)), *(np.full(grid.shape, level) for level in others))


def around(table: TissueTable, drugs: int) -> VoxelFields:
    """The same in one voxel: numbers, and `transfer` (drugs,)."""
    opposing = float(table.surface[0] * table.pressed[0])
    levels = (float(table.oxygen_vessel[0]), float(table.acid_rim[0]), float(table.drug_open[0]), opposing)
    return VoxelFields(np.ones(drugs), *(np.asarray(level) for level in levels))


def _fit(table: TissueTable, grid: Grid, **arrays: NDArray[np.generic]) -> None:
    if table.leak.shape != (1,):
        raise ValueError(f"A site in voxels has one line of a table, not {table.leak.size}. Give that of one patient.")
    if not grid.resolved:
        raise ValueError("A grid of one voxel has no rim. Give more voxels along an axis.")
    for name, values in arrays.items():
        if values.shape != grid.shape:
            raise ValueError(f"{name}: shape {values.shape} is not that of the grid, {grid.shape}. Give one value a voxel.")


def _each(wall: FloatArray) -> dict[str, FloatArray]:
    """The supplies by name."""
    return {f"wall[{drug}]": supply for drug, supply in enumerate(wall)}


def _in_box(body: Body, values: FloatArray) -> FloatArray:
    """Values of the body (voxels,) in its box (Z, Y, X); 0 outside."""
    found = np.zeros(body.inside.shape)
    found[body.inside] = values
    return found


def _share(ground: Ground, law: PerfusionLaw) -> FloatArray:
    """The share of vessels that carry blood (Z, Y, X); 0 outside."""
    inside = ground.body.inside
    found = np.zeros(inside.shape)
    found[inside] = perfused(law, 1.0 - ground.depth[inside][:, None], ground.radius[inside])[:, 0]
    return found


def _stream(table: TissueTable, ground: Ground, share: FloatArray) -> tuple[Stream, FloatArray]:
    """The fluid and the vessels that bring drug, and the pressure that opposes its entry (Z, Y, X), mmHg."""
    fluid = Fluid(table.leak, table.effective, table.conductivity, table.surface)
    carrying = share * ground.vessels
    leak = carrying * float(fluid.leak[0])
    held = (float(fluid.conductivity[0]), leak, leak * float(fluid.effective[0]), float(fluid.surface[0]))
    within, flow, through = held_rim(ground.body, *held, threads=ground.threads)
    opposing = within * float(table.pressed[0])
    open_share = carrying.reshape(1, -1)
    entering, unopposed = (filtration(one.reshape(1, -1), open_share, fluid) for one in (within, opposing))
    return Stream(ground.body, Filtration(open_share, entering, unopposed), flow, through), opposing


def _feed(table: TissueTable, ground: Ground, live: FloatArray, start: FloatArray | None) -> tuple[FloatArray, FloatArray]:
    """Oxygen, none where no vessel carries blood at all, and pH (voxels,): `live` (Z, Y, X) of the box, `start` (voxels,)."""
    body = ground.body
    share = _share(ground, PerfusionLaw(table.oxygen_open, table.oxygen_yielding, table.oxygen_steepness, table.oxygen_length))
    ph = acidity(share[body.inside].reshape(1, -1), table.oxygen_open, table.acid_rim, table.acid_core)[0]
    supply = Supply(share * ground.vessels * float(table.oxygen_exchange[0]), float(table.oxygen_vessel[0]))
    if not np.any(supply.rate):
        return np.zeros(ph.size), ph
    taken = np.where(body.inside, live, 0.0) * float(table.oxygen_consumption[0])
    loss = Uptake(taken, float(table.oxygen_half[0]))
    spread = np.where(body.inside, float(table.oxygen_diffusivity[0]), 0.0)
    guess = None if start is None else _in_box(body, start)
    del share
    level = uptake(body.grid, spread, supply, loss, closed(), guess, tolerance=OXYGEN_TOLERANCE, threads=ground.threads)
    return np.minimum(level[body.inside], supply.level), ph
