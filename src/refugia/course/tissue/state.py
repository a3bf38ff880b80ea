"""The state of a site in voxels, and the tables that it reads: those of one row of the ensemble, so that it is the same patient."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from refugia.barriers.angiogenesis import AngiogenesisTable, Vasculature, lower_angiogenesis
from refugia.barriers.tissue import VoxelFields
from refugia.biopsy import diameter as diameter_of
from refugia.clones.placing import Lesion, placed
from refugia.course.batch import Batch, batch
from refugia.course.case import Case
from refugia.course.exposure import kill_slopes
from refugia.course.lower import Lowered, lower
from refugia.course.patients import Patients, rounded
from refugia.course.tissue.memory import check_tissue
from refugia.course.tissue.space import grid_of, inside_at_start, volume_at_start
from refugia.engine.rows.life import Edge
from refugia.engine.rows.lineage import Lineage
from refugia.engine.rows.rows import Rows
from refugia.engine.rows.step import TILE
from refugia.engine.voxels.grid import Grid
from refugia.subject import Site
from refugia.terms import FloatArray, RefugiaError

Mask = NDArray[np.bool_]
Int32 = NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Scene:
    """What does not change in the course of a site in voxels."""

    case: Case
    site: Site
    index: int  # of the site among those of the case
    patient: int  # counted from 0
    patients: Patients
    lowered: Lowered
    row: Batch  # of one row: the tables of this patient and site
    grid: Grid
    free: Mask  # (Z, Y, X) where cells may be
    edges: tuple[Edge, ...]
    threads: int = 0
    tile: int = TILE  # rows of one tile; no bit hangs on it
    growing: AngiogenesisTable | None = None  # of this patient; None where no new vessels grow

    @property
    def density(self) -> float:
        """Cells in a mm3 of living tissue."""
        return float(self.row.source.density[0])

    @property
    def resolved(self) -> bool:
        """Whether a voxel holds one cell."""
        return self.site.geometry.resolved

    @property
    def genotypes(self) -> int:
        """How many clones the case describes."""
        return int(self.row.source.relative.shape[1])

    @property
    def drugs(self) -> tuple[str, ...]:
        """The drugs that are given."""
        return self.lowered.shared.drugs

    def plasma(self, step: int) -> FloatArray:
        """Unbound levels in plasma (drug, node) uM in a step."""
        levels: FloatArray = self.lowered.shared.treatment.plasma[self.row.rows.plasma[0], step]
        return levels

    @property
    def days(self) -> FloatArray:
        """The step edges (steps + 1,)."""
        return self.row.days


@dataclass(slots=True)
class Tissue:
    """The only state that moves: cells, what is inert, and the fields as they were last solved. Arrays are (Z, Y, X) or as told."""

    scene: Scene
    rows: Rows
    lineage: Lineage
    inert: FloatArray  # mm3
    fields: VoxelFields  # in the voxels of the body, in order: (voxel,)
    wall: FloatArray  # (drug, voxel), likewise
    body: Mask  # the voxels for which the fields were solved
    near: Int32  # (place,) of these the nearest to each place, by its number among them; itself, where it is one
    solved_volume: float  # mm3, when they were
    solved_live: FloatArray
    volume: FloatArray  # (steps + 1,) mm3
    counts: NDArray[np.int64]  # (steps + 1, genotype) cells
    fill: FloatArray  # matter over the room of a voxel
    live: FloatArray  # living share of the matter
    growth_norm: float = 0.0  # mean of the oxygen factor at baseline, 0 before it is known
    step: int = 0
    frames: int = 0  # written so far
    fullest: float = 0.0  # the most that a voxel held at the end of a step, over its room
    burst: bool = False  # whether there is no room left in the grid: the course ends
    walled: float = -1.0  # the day on which the tumour first lay against a side of the grid, -1 before
    stale: bool = field(default=False)
    vessels: Vasculature | None = None  # new ones; None before the first fields, and where none grow


def scene_of(case: Case, site: str, patients: Patients, patient: int, threads: int = 0, tile: int = TILE) -> Scene:
    """The scene of a site for one patient (from 0) of an ensemble.

    Raises RefugiaError where the site is absent, knows what voxels do not (drugs that are slow, states but the tolerant one), or
    has a grid that would not fit into memory.
    """
    index = [one.name for one in case.subject.sites].index(site)
    described = case.subject.sites[index]
    lowered = lower(case, [case.subject], patients)
    row = int(lowered.index[0, patient, index])
    if row < 0:
        raise RefugiaError(f'The site "{site}" is absent in patient {patient + 1}: there is nothing to lay out in voxels.')
    check(case, described)
    tables = batch(lowered, kill_slopes(case, patients, lowered), case.settings.moved, slice(row, row + 1))
    diameter = float(diameter_of(lowered.volume[patient, index]))
    grid, resolved = grid_of(described, diameter, float(tables.source.density[0])), described.geometry.resolved
    check_tissue(site, grid, diameter, tables.source.relative.shape[1], len(lowered.shared.drugs), resolved=resolved)
    mask = described.geometry.mask
    free = np.ones(grid.shape, np.bool_) if mask is None else np.asarray(mask == 0)
    names = [clone.name for clone in described.source.clones]
    edges, new = _edges(tables, names), growing(described, patients, patient)
    return Scene(case, described, index, patient, patients, lowered, tables, grid, free, edges, threads, tile, new)


def growing(site: Site, patients: Patients, patient: int) -> AngiogenesisTable | None:
    """The table of the new vessels of a site for one patient (from 0); None where it has none."""
    if site.ground.angiogenesis is None:
        return None
    table = lower_angiogenesis(site.ground, patients.at(site.name))
    return AngiogenesisTable(*(rounded(column)[[patient]] for column in table))


def check(case: Case, site: Site) -> None:
    """Raises RefugiaError where a site in voxels cannot be computed: it has slow drugs, or states of cells but the tolerant one."""
    slow = {slow.drug.drug for slow in site.ground.slow} & set(case.subject.given)
    way_out = 'Give its geometry as "sphere".'
    if slow:
        reason = f'"{min(slow)}" is slow there: it has no steady field'
        raise RefugiaError(f'The site "{site.name}" is in voxels, and {reason}. {way_out}')
    states = sorted({clone.state for clone in site.source.clones if not clone.tolerant and not clone.basal})
    if states:
        raise RefugiaError(f'The site "{site.name}" is in voxels, which know no state "{states[0]}" but tolerance. {way_out}')
    if site.geometry.resolved and site.ground.angiogenesis is not None:
        raise RefugiaError(f'The site "{site.name}" holds one cell a voxel, and new vessels are wider. Leave resolved out.')


def _edges(tables: Batch, names: list[str]) -> tuple[Edge, ...]:
    """What a dividing cell may become, named by the clones at its ends: the addresses of the sphere's edges."""
    genealogy, rate = tables.shared.genealogy, tables.source.rate[0].tolist()
    ends = zip(genealogy.parent.tolist(), genealogy.child.tolist(), strict=True)
    return tuple(Edge(*both, each, f"{names[both[0]]}>{names[both[1]]}") for both, each in zip(ends, rate, strict=True))


def begun(scene: Scene) -> Tissue:
    """The tissue at day 0."""
    source, shared, stock = scene.row.source, scene.lowered.shared, scene.lowered.stock
    diameter = float(diameter_of(scene.lowered.volume[scene.patient, scene.index]))
    inside = inside_at_start(scene.site, scene.grid, diameter)
    volume = volume_at_start(scene.grid, inside, diameter, scene.resolved)
    names = [clone.name for clone in scene.site.source.clones]
    lesion = Lesion(scene.grid, inside, volume, scene.case.settings.shells, scene.resolved)
    found = placed(source, shared.genealogy, names, stock.keys[scene.row.rows.source], lesion)
    drugs, steps, shape = len(scene.drugs), scene.days.size, scene.grid.shape
    none, unsolved = np.zeros(0), np.zeros((drugs, 0))
    return Tissue(
        scene, found.rows, found.lineage, found.inert, VoxelFields(unsolved, none, none, none, none), unsolved,
        np.zeros(shape, np.bool_), np.zeros(scene.grid.size, np.int32), 0.0, np.zeros(shape), np.zeros(steps),
        np.zeros((steps, scene.genotypes), np.int64), np.zeros(shape), np.zeros(shape),
    )  # fmt: skip
