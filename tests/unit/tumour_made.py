"""A tumour of known clones: a ball of voxels in which later clones lie as balls within earlier ones."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from refugia.biopsy.study import Order, Tumour
from refugia.course.tissue.record import Frame, Layout
from refugia.engine.rows.lineage import Lineage
from refugia.engine.rows.rows import Rows, rows_of
from refugia.engine.voxels.grid import Grid
from refugia.report.tissue_store import TissueStore

GENOTYPES = ("sensitive", "tolerant", "T790M", "MET")
ALTERATIONS = ("T790M", "MET")
CARRIED = np.array([[0, 0], [0, 0], [1, 0], [0, 1]], bool)
PARTNER = 1
DAYS = np.array([0.0, 720.0, 900.0])
ORDER = Order(regions=4, depth=100, purity=0.7, error=0.001, seed=3)


def genealogy(clones: int = 8, seed: int = 0, size: int = 14) -> tuple[Rows, Lineage, Grid]:
    """Rows of the last day, the clones and the grid; clone 1 is the other state of clone 0."""
    grid = Grid((size, size, size), 0.5)
    chance = np.random.default_rng(seed)
    at = np.stack(np.meshgrid(*(grid.middles(axis) for axis in range(3)), indexing="ij"), -1).reshape(-1, 3)
    ball = np.flatnonzero(np.linalg.norm(at, axis=1) < 0.24 * size)
    clone = np.zeros(ball.size, int)
    parent, genotype, day, place = [-1, 0], [0, 1], [0.0, 0.0], [-1, -1]
    for k in range(2, clones):
        middle = chance.integers(ball.size)
        above = int(clone[middle])
        parent.append(above)
        genotype.append(genotype[above] if chance.random() < 0.5 else 2)
        day.append(day[above] + (720.0 - day[above]) * chance.uniform(0.2, 0.5))
        place.append(int(ball[middle]))
        near = np.linalg.norm(at[ball] - at[ball[middle]], axis=1) < chance.uniform(0.1, 0.25) * size
        clone[near & (clone == above)] = k
    words = np.arange(1000, 1000 + clones, dtype=np.uint32)
    other = np.array([1, 0, *([-1] * (clones - 2))], np.int32)
    columns = np.array([parent, genotype, place], np.int32)
    lineage = Lineage(columns[0], columns[1], np.array(day), columns[2], words, other)
    count = np.concatenate([chance.integers(500, 1500, ball.size), chance.integers(0, 100, ball.size)])
    return rows_of(np.tile(ball, 2), np.concatenate([clone, np.ones(ball.size, int)]), count), lineage, grid


def tumour(clones: int = 8, seed: int = 0) -> Tumour:
    """The same, with what its genotypes carry."""
    rows, lineage, grid = genealogy(clones, seed)
    return Tumour(rows, lineage, grid, ALTERATIONS, CARRIED, (1,))


def stored(folder: Path, told: dict[str, object] | None = None, site: str = "lung") -> Path:
    """A result with the tissue of this tumour: one voxel on the first day, all of it on the second, nothing on the third."""
    rows, lineage, grid = genealogy()
    layout = Layout(site, "box", grid, np.zeros(grid.shape, np.int8), GENOTYPES, (), DAYS, {"case": "made", **(told or {})})
    store = TissueStore(folder / f"tissue-{site}.zarr")
    store.begin(layout)
    even = np.ones(grid.shape, np.float32)
    none = np.zeros((0, *grid.shape), np.float32)
    first = Lineage(*(column[:2] for column in lineage))
    moments = (rows_of([rows.place[0]], [0], [50]), first), (rows, lineage), (rows_of([], [], []), lineage)
    for index, (cells, clones) in enumerate(moments):
        fields = (0.0 * even.astype(float), 40 * even, even, 0.5 * even, 7 * even, none)
        store.write(index, Frame(DAYS[index], 1.0, cells, *fields), clones)
    store.finish()
    return folder
