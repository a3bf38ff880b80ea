"""The cells of a site that holds one a voxel: births that shove, deaths that empty a voxel, moves within the tumour.

The laws of rates, fields, lines and switching are those of every site in voxels. A daughter shoves what is between its mother and
the nearest empty voxel along a straight line (`engine.lattice.shoving`), cells and what is inert alike, so that the tumour grows
by births less deaths wherever they fall; a cell moves to an empty neighbour inside the tumour, not out of it.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from math import ceil

import numpy as np

from refugia.course.tissue.rates import Rates, rates_in, turning
from refugia.course.tissue.state import Int32, Mask, Scene, Tissue
from refugia.engine.lattice.board import MATTER, Pace
from refugia.engine.lattice.growth import BLOCK
from refugia.engine.lattice.places import Blocks, Neighbourhood, offsets
from refugia.engine.lattice.shoving import shoved
from refugia.engine.lattice.turn import board_of, ceiling_of, luck_of, turn
from refugia.engine.rows.lineage import Born, extended
from refugia.engine.rows.moment import Moment
from refugia.engine.rows.rows import Rows, occupied
from refugia.engine.rows.switch import switched
from refugia.engine.voxels.grid import Grid
from refugia.engine.voxels.tiles import default_threads
from refugia.terms import FloatArray, RefugiaError

TURNOVER, EVENTS = 0.1, 0.5
"""The chance of a birth or a death of one cell in a round, and of any event with moves, at most."""
ROUNDS = 8192
"""Rounds of a step, at most; each step takes so many numbers of chance."""
FULL = 0.5
"""A voxel is part of the tumour from this mean fill of those around it on; where all are emptier, from this share of the fullest
one's."""
CROWDED = 0.95
"""Share of the free voxels of the grid that are filled where there is no room left, and the course ends: some are always empty,
because cells die."""
_ONE = np.ones(1, np.float32)
_NONE = np.zeros(1, np.float32)


def smoothed(fill: FloatArray, free: Mask) -> FloatArray:
    """The mean fill (Z, Y, X) of the free voxels around each and itself; 0 in walls.

    >>> smoothed(np.array([[[1.0, 0.0, 1.0, 0.0]]]), np.array([[[True, True, True, False]]])).round(6).tolist()
    [[[0.5, 0.666667, 0.5, 0.0]]]
    """
    from scipy.ndimage import uniform_filter

    size = tuple(3 if count > 1 else 1 for count in fill.shape)
    matter, room = (uniform_filter(one.astype(np.float64), size, mode="constant") for one in (fill, free))
    return np.asarray(np.divide(matter, room, out=np.zeros_like(matter), where=free))


def crowded(tissue: Tissue) -> bool:
    """Whether there is no room left: births would come to nothing."""
    return bool((tissue.fill[tissue.scene.free] >= FULL).mean() >= CROWDED)


def lived(tissue: Tissue) -> None:
    """Switching, and then rounds of birth, death, mutation and moves, at the rates of the step's beginning.

    Half of the switching of a step is drawn with the next one, as on the sphere. Raises RefugiaError where cells move so fast that
    a step would take too many rounds.
    """
    scene, step = tissue.scene, tissue.step
    moving, time = replace(scene.row, step=step).times()
    if tissue.rows.place.size == 0:
        return
    known = np.flatnonzero(tissue.body).astype(np.int32)
    found, line = rates_in(tissue, known), tissue.near
    if found.switch.any():
        places = occupied(tissue.rows)
        order = places.astype(np.int64) if places.size > 1 else np.zeros(0, np.int64)
        keys = scene.row.chance.keys[0]
        now = Moment(keys[0], keys[1], np.uint32(step * ROUNDS), float(scene.days[step]), moving)
        tissue.rows = switched(tissue.rows, tissue.lineage, turning(tissue, found.switch[line[places]]), order, now)
    if time > 0.0:
        _rounds(tissue, found, line, time)


def _rounds(tissue: Tissue, found: Rates, line: Int32, time: float) -> None:
    """Take the cells through a step of so many days."""
    scene, step, lineage = tissue.scene, tissue.step, tissue.lineage
    threads = scene.threads or default_threads()
    rounds = _count(scene, found, time)
    day = time / rounds
    pace = _pace(scene, found, line, day)._replace(genotype=lineage.genotype)
    partner = scene.row.shared.genealogy.partner.astype(np.int32)
    key = (scene.row.chance.keys[0, 0], scene.row.chance.keys[0, 1])
    kind = np.where(scene.free, np.where(tissue.inert > 0.0, MATTER, 0), -1).astype(np.int32).ravel()
    kind[tissue.rows.place] = tissue.rows.clone + 1
    deep, wide, long = BLOCK
    blocks = Blocks.of(scene.grid.shape, (deep, wide, min(long, max(scene.tile // (deep * wide), 1))))
    board = board_of(kind, blocks, offsets(Neighbourhood.MOORE, scene.grid.shape), _inside(tissue), shove=True)
    with ThreadPoolExecutor(threads) as pool:
        for nth in range(rounds):
            luck = luck_of(key, step * ROUNDS + nth)
            board, _, _ = turn(board, pace, luck, pool if threads > 1 else None, threads)
            new = shoved(board, pace, luck, lineage.word, partner >= 0)
            if new.place.size:
                days = np.full(new.place.size, scene.days[step] + (nth + 1) * day)
                lineage, _ = extended(lineage, Born(new.mother, new.genotype, days, new.place, new.word), partner)
                pace = pace._replace(genotype=lineage.genotype)
    place = np.flatnonzero(kind > 0)
    tissue.lineage, tissue.inert = lineage, np.where(kind == MATTER, scene.grid.volume, 0.0).reshape(scene.grid.shape)
    tissue.rows = Rows(place.astype(np.int32), kind[place] - 1, np.ones(place.size, np.int32))


def _inside(tissue: Tissue) -> np.ndarray[tuple[int], np.dtype[np.uint8]]:
    """1 in the voxels (place,) that are inside the tumour as it is now: where moves may end."""
    mean = smoothed(tissue.fill, tissue.scene.free)
    return np.asarray(mean >= FULL * min(1.0, float(mean.max())), np.uint8).ravel()


def move_of(mobility: float, grid: Grid) -> float:
    """How often a lone cell moves to one of its neighbours, 1/day, so that its squared way grows by 2 `mobility` (mm2/day) an axis.

    >>> round(move_of(1e-4, Grid((1, 9, 9), 0.01)), 6), round(move_of(1e-4, Grid((9, 9, 9), 0.01)), 6)
    (2.666667, 2.888889)
    """
    squared = float((offsets(Neighbourhood.MOORE, grid.shape) ** 2).sum(axis=1).mean())
    return 2.0 * len(grid.resolved) * mobility / (squared * grid.spacing**2)


def _count(scene: Scene, found: Rates, time: float) -> int:
    """How many rounds a step of so many days takes."""
    most, move = float((found.birth + found.death).max()), move_of(float(scene.row.source.mobility[0]), scene.grid)
    rounds = max(ceil(time * max(most / TURNOVER, (most + move) / EVENTS)), 1)
    if rounds > ROUNDS:
        raise RefugiaError(
            f'The site "{scene.site.name}": a cell moves {move:.3g} times a day, so that {time:g} days take {rounds} rounds, '
            f"more than {ROUNDS}. Take steps of {time * ROUNDS / rounds:.2g} days or less, or leave resolved out."
        )
    return rounds


def _pace(scene: Scene, found: Rates, line: Int32, day: float) -> Pace:
    """The rates as the lattice takes them, at most one event a cell and round: of a lone cell the mean growth is then exact.

    In a round a birth has the chance b c, a death d c with c = (exp((b - d) t) - 1)/(b - d), a move m t: the mean number of cells
    after it is exp((b - d) t). The lattice makes of rates the chance 1 - exp(-their sum t), shared out in proportion.
    """
    growth = (found.birth - found.death) * day
    part = np.divide(np.expm1(growth), growth, out=np.ones_like(growth), where=np.abs(growth) > 1e-12) * day
    move = move_of(float(scene.row.source.mobility[0]), scene.grid) * day
    chance = (found.birth + found.death) * part + move
    rate = np.divide(-np.log1p(-chance), chance * day, out=np.ones_like(chance), where=chance > 0.0)
    become = np.zeros((scene.genotypes, scene.genotypes))
    for edge in scene.edges:
        become[edge.parent, edge.child] += edge.rate
    highest = float((rate * chance).max())
    return Pace(
        np.zeros(0, np.int32), line, found.birth * part * rate, found.death * part * rate, move * rate, np.zeros(scene.genotypes),
        _ONE, _NONE, np.cumsum(become, axis=1), np.float64(day), ceiling_of(highest, day), True,
    )  # fmt: skip
