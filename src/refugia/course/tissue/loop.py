"""The loop of a site in voxels: what one step does, in which order, and nothing else moves the state.

Its order is that of `course.loop`. A case is run as its plan stands: no lever changes tables, and nothing is done to cells at once.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from math import ceil
from typing import NamedTuple

import numpy as np

from refugia.barriers.tissue import VoxelFields, around, body_fields
from refugia.course.tissue.lattice import crowded, lived, smoothed
from refugia.course.tissue.rates import growth_norm, hop_of, life_of
from refugia.course.tissue.state import Int32, Mask, Tissue
from refugia.course.tissue.vessels import brought, vessels
from refugia.engine.rows.life import ground
from refugia.engine.rows.moment import Moment
from refugia.engine.rows.rows import occupied
from refugia.engine.rows.step import advance, shift
from refugia.engine.rows.switch import switched
from refugia.engine.voxels.rim import cut, depths
from refugia.engine.voxels.tiles import total
from refugia.engine.voxels.yielding import THIN, box_of, carried, drawn, exchanged, pushed
from refugia.havens.wall import WallTable, supply_at
from refugia.terms import FloatArray, RefugiaError

HALF = 0.5
"""A voxel is one of those for which fields are solved from this fill on; where all hold less, from this share of the fullest."""
PART = 0.125
"""Of the body: where the living share of so much of it has changed, fields are solved anew. One shell of eight, on the sphere."""
OVERFULL = 0.02
"""By how much of its room a voxel may hold too much or too little at the end of a step; where it holds few cells, by NOISE."""
NOISE = 3.0
"""Standard deviations of its number of cells, likewise: chance alone moves that many."""
ROUNDS = 8
"""Rounds of making room in a step, at most."""
BURST = 2.0
"""Where a voxel holds so much more than its room after all rounds there is no room left, and the course ends."""
HOPS = 32
"""Parts of a step in which cells hop, at most; a part is so short that a cell hops once."""
STRIDE = 64
"""Numbers of chance that a step takes: one for itself, HOPS for those parts, and from FLOWS on two for each round."""
FLOWS = 48


def measure(tissue: Tissue) -> None:
    """Volume, fill and living share of the voxels; whether the tissue has moved enough for its fields to be solved anew."""
    weigh(tissue)
    scene, step = tissue.scene, tissue.step
    volume = scene.grid.volume * total(tissue.fill)
    tissue.volume[step] = volume
    kinds = tissue.lineage.genotype[tissue.rows.clone]
    tissue.counts[step] = np.bincount(kinds, tissue.rows.count, scene.genotypes).astype(np.int64)
    if tissue.walled < 0.0 and _at_side(tissue):
        tissue.walled = float(scene.days[step])
    tissue.stale = volume > 0.0 and (step == 0 or scene.growing is not None or _moved(tissue, volume))


def weigh(tissue: Tissue) -> None:
    """Fill and living share of the voxels, from their cells and what is inert."""
    scene = tissue.scene
    living = held(tissue) / scene.density
    matter = living + tissue.inert
    tissue.fill = matter / scene.grid.volume
    tissue.live = np.divide(living, matter, out=np.zeros_like(matter), where=matter > 0.0)


def held(tissue: Tissue) -> FloatArray:
    """How many cells each voxel holds, (Z, Y, X)."""
    grid = tissue.scene.grid
    return np.asarray(np.bincount(tissue.rows.place, tissue.rows.count, grid.size).reshape(grid.shape), np.float64)


def body_of(fill: FloatArray) -> Mask:
    """The voxels for which fields are solved: those at least half full, or half as full as the fullest.

    >>> body_of(np.array([0.0, 0.4, 0.6, 1.0])).tolist(), body_of(np.array([0.0, 0.2])).tolist()
    ([False, False, True, True], [False, True])
    """
    return np.asarray((fill > 0.0) & (fill >= HALF * min(1.0, float(fill.max()))))


def _body(tissue: Tissue) -> Mask:
    """The voxels for which fields are solved; of one cell each by the mean around them, so that a hole is part of the body."""
    return body_of(smoothed(tissue.fill, tissue.scene.free) if tissue.scene.resolved else tissue.fill)


def _moved(tissue: Tissue, volume: float) -> bool:
    """Whether radius, the living share in a part of the body, or the body have changed by the tolerance.

    A body has by three times it: so much of a ball lies between two radii that differ by it once.
    """
    tolerance, body = tissue.scene.case.settings.moved, _body(tissue)
    if abs(np.cbrt(volume / tissue.solved_volume) - 1.0) > tolerance:
        return True
    change = np.abs(tissue.live - tissue.solved_live)[body]
    altered = float((change > tolerance).mean())
    return bool(altered > PART or (body ^ tissue.body).sum() > 3.0 * tolerance * body.sum())


def _at_side(tissue: Tissue) -> bool:
    """Whether matter lies against a side of the grid."""
    matter = tissue.fill > THIN
    return any(bool(np.take(matter, end, axis).any()) for axis in tissue.scene.grid.resolved for end in (0, -1))


def wall(tissue: Tissue) -> None:
    """Unbound supply over unbound plasma, where the tissue has moved."""
    if not tissue.stale:
        return
    scene, table = tissue.scene, tissue.scene.row.haven
    before, tissue.body = tissue.body, _body(tissue)
    tissue.fields = _begun(tissue, before)
    depth = np.zeros(int(tissue.body.sum()))
    if not np.array_equal(table.core, table.rim):
        body, _ = cut(scene.grid, tissue.body)
        share, radius = (one[body.inside] for one in depths(body, scene.threads))
        depth = radius * (1.0 - np.sqrt(np.maximum(1.0 - share, 0.0)))
    tissue.wall = supply_at(WallTable(*table), depth, scene.grid.spacing)


def _begun(tissue: Tissue, before: Mask) -> VoxelFields:
    """From where new fields are sought: transfer and oxygen as they were solved for the body `before`, in the voxels of the body;
    where it was not, what surrounds it."""
    kept, own = before[tissue.body], tissue.body[before]
    fresh = around(tissue.scene.row.ground, len(tissue.scene.drugs))
    found = dict[str, FloatArray]()
    for name in ("transfer", "oxygen"):
        found[name] = np.repeat(np.asarray(getattr(fresh, name))[..., None], kept.size, axis=-1)
        found[name][..., kept] = getattr(tissue.fields, name)[..., own]
    return VoxelFields(**found, acidity=np.zeros(0), perfused=np.zeros(0), pressure=np.zeros(0))


def fields(tissue: Tissue) -> None:
    """Transfer, oxygen, acidity, perfusion and pressure, where the tissue has moved."""
    if not tissue.stale:
        return
    scene = tissue.scene
    start = tissue.fields if tissue.solved_volume > 0.0 else None
    takes = scene.lowered.shared.takes[scene.row.rows.plasma[0]]
    tissue.solved_volume, tissue.solved_live = float(tissue.volume[tissue.step]), tissue.live
    tissue.fill, tissue.near = np.zeros(0), np.zeros(0, np.int32)  # room for the solvers, in a large grid
    tissue.fields = body_fields(scene.row.ground, scene.grid, tissue.body, tissue.live, tissue.wall, takes=takes,
                                vessels=brought(tissue), start=start, threads=scene.threads)  # fmt: skip
    tissue.near = nearest(tissue.body)
    weigh(tissue)


def nearest(body: Mask) -> Int32:
    """The voxel of a body that is nearest to each place of its grid, (place,): itself, where it is one. Counted within the body.

    >>> nearest(np.array([[[False, True, False, False, True]]])).tolist()
    [0, 0, 0, 1, 1]
    """
    from scipy.ndimage import distance_transform_edt

    z, y, x = distance_transform_edt(~body, return_distances=False, return_indices=True)
    order = np.empty(body.shape, np.int32)
    order[body] = np.arange(body.sum(), dtype=np.int32)
    found = np.empty(body.shape, np.int32)
    for plane in range(len(found)):
        found[plane] = order[z[plane], y[plane], x[plane]]
    return found.reshape(-1)


def rates(tissue: Tissue) -> None:
    """Growth is over that in the oxygen of day 0. The rates themselves are made where they are used: they follow the cells."""
    if tissue.growth_norm == 0.0 and tissue.volume[tissue.step] > 0.0:
        tissue.growth_norm = growth_norm(tissue)


def cells(tissue: Tissue) -> None:
    """Switching, birth, death and mutation, and hops to neighbouring voxels of the tumour.

    Half of the switching of a step is drawn with the next one, as on the sphere.
    """
    if tissue.scene.resolved:
        lived(tissue)
        return
    scene, step = tissue.scene, tissue.step
    moving, time = replace(scene.row, step=step).times()
    if tissue.rows.place.size == 0:
        return
    turning, living = life_of(tissue)
    places = occupied(tissue.rows).astype(np.int64)
    order = places if places.size > 1 else np.zeros(0, np.int64)
    if turning.switch.any():
        tissue.rows = switched(tissue.rows, tissue.lineage, turning, order, _moment(tissue, 0, moving))
    del turning, places, order
    if time == 0.0:
        return
    where, chance = ground(scene.grid), _moment(tissue, 0, time)
    how = {"threads": scene.threads, "tile": scene.tile}
    tissue.rows, tissue.lineage = advance(tissue.rows, tissue.lineage, where, living, chance, **how)
    del living
    _hop(tissue, time)


def _moment(tissue: Tissue, part: int, time: float) -> Moment:
    """A part of the step, with chance of its own."""
    keys, step = tissue.scene.row.chance.keys[0], tissue.step
    return Moment(keys[0], keys[1], np.uint32(step * STRIDE + part), float(tissue.scene.days[step]), time)


def _hop(tissue: Tissue, time: float) -> None:
    """Cells change places with those of neighbouring voxels, as between shells of the sphere: as many come as go, on average.

    Raises RefugiaError where voxels are so small that a cell would hop too often in a step.
    """
    scene = tissue.scene
    hop = hop_of(float(scene.row.source.mobility[0]), scene.grid.spacing)
    parts = ceil(hop * time * 2 * len(scene.grid.resolved))
    if parts > HOPS:
        raise RefugiaError(
            f'The site "{scene.site.name}": a cell leaves voxels of {scene.grid.spacing:.3g} mm {hop * time:.3g} times a step. '
            f"Take voxels of {scene.grid.spacing * np.sqrt(parts / HOPS):.3g} mm or more, or shorter steps."
        )
    where = ground(scene.grid, free=scene.free)
    for part in range(parts):
        box, outflow = box_of(tissue.fill), np.zeros((*scene.grid.shape, 6), np.float32)
        exchanged(held(tissue)[box], scene.free[box], hop * time / parts, outflow[box])
        flat, chance = outflow.reshape(-1, 6), _moment(tissue, 1 + part, 0.0)
        tissue.rows = shift(tissue.rows, tissue.lineage, where, flat, chance, scene.threads, tile=scene.tile)


def yielding(tissue: Tissue) -> None:
    """Voxels that hold too much push cells and what is inert outward; those within that hold too little draw them from the rim.

    Of one cell each they never hold too much, and nothing is moved.
    """
    scene = tissue.scene
    weigh(tissue)
    if scene.resolved:
        tissue.fullest, tissue.burst = float(tissue.fill.max()), crowded(tissue)
        return
    slack = max(OVERFULL, NOISE / np.sqrt(scene.density * scene.grid.volume))
    for turn in range(ROUNDS):
        moved = [_flowed(tissue, flow, slack, FLOWS + 2 * turn + nth) for nth, flow in enumerate((pushed, drawn))]
        if not any(moved):
            break
    fullest = float(tissue.fill.max())
    tissue.fullest, tissue.burst = max(tissue.fullest, fullest), fullest > BURST


def _flowed(tissue: Tissue, flow: Callable[..., FloatArray | None], slack: float, part: int) -> bool:
    """Carry cells and what is inert where a flow takes them; whether it does."""
    scene, box = tissue.scene, box_of(tissue.fill)
    near = flow(np.ascontiguousarray(tissue.fill[box]), np.ascontiguousarray(scene.free[box]), slack, scene.threads)
    if near is None:
        return False
    outflow = np.zeros((*scene.grid.shape, 6), np.float32)
    outflow[box] = near
    tissue.inert[box] = carried(tissue.inert[box], near)
    del near
    where, chance = ground(scene.grid, free=scene.free), _moment(tissue, part, 0.0)
    flat = outflow.reshape(-1, 6)
    tissue.rows = shift(tissue.rows, tissue.lineage, where, flat, chance, scene.threads, tile=scene.tile)
    weigh(tissue)
    return True


class Stage(NamedTuple):
    """One stage of a step: the wires it writes, and the function that writes them."""

    writes: tuple[str, ...]
    run: Callable[[Tissue], None]


STEP: tuple[Stage, ...] = (
    Stage(("volume",), measure),
    Stage(("wall",), wall),
    Stage(("perfused", "pressure", "transfer", "oxygen", "acidity"), fields),
    Stage(("vessels",), vessels),
    Stage(("rates",), rates),
    Stage(("cells",), cells),
    Stage(("cells", "inert"), yielding),
)
"""The order of a step. Plasma is a table of the whole course: it is written before the loop, by treatment."""


def take(tissue: Tissue, watch: Callable[[Tissue], None] | None = None) -> None:
    """One step from its start to its end; `watch` sees the tissue after its fields."""
    for stage in STEP:
        stage.run(tissue)
        if watch is not None and "transfer" in stage.writes:
            watch(tissue)
    tissue.step += 1


def close(tissue: Tissue, watch: Callable[[Tissue], None] | None = None) -> None:
    """The end of the course: the later half of the last step's switching, and the tissue as it is then."""
    cells(tissue)
    measure(tissue)
    if watch is not None:
        watch(tissue)
