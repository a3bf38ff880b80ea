"""A small tissue whose every number is known: five frames of a ball that grows, with a clone that arises in it."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from refugia.course.tissue.record import Frame, Layout
from refugia.engine.rows.lineage import Lineage
from refugia.engine.rows.rows import rows_of
from refugia.engine.voxels.grid import Grid
from refugia.report.tissue_store import TissueStore

GENOTYPES = ("sensitive", "T790M <b>", "amplified & odd")
DRUGS = ("gefitinib", "osimertinib")
DAYS = np.array([0.0, 30.0, 60.0, 91.25, 120.0])


def layout(shape: tuple[int, int, int] = (6, 7, 8), drugs: tuple[str, ...] = DRUGS, site: str = "lung") -> Layout:
    """A box with one wall voxel."""
    mask = np.zeros(shape, np.int8)
    mask[0, 0, 0] = 2
    kind = ("slab", "plane", "box")[sum(size > 1 for size in shape) - 1]
    return Layout(site, kind, Grid(shape, 0.5), mask, GENOTYPES, drugs, DAYS, {"case": "made", "seed": 7})


def lineage(index: int) -> Lineage:
    """Three founders, and one more clone of the second genotype in each frame."""
    parent = np.array([-1, -1, -1, *range(index)], np.int32)
    born = np.array([0, 1, 2, *([1] * index)], np.int32)
    day = np.array([0.0, 0.0, 0.0, *DAYS[1 : index + 1]])
    place = np.array([-1, -1, -1, *range(100, 100 + index)], np.int32)
    return Lineage(parent, born, day, place, np.arange(3 + index, dtype=np.uint32) + 2**31, np.full(3 + index, -1, np.int32))


def frame(index: int, of: Layout) -> Frame:
    """A ball of cells that grows, its core of the second genotype, fields that fall with the distance from its middle."""
    z, y, x = np.meshgrid(*(of.grid.middles(axis) for axis in range(3)), indexing="ij")
    far = np.sqrt(z**2 + y**2 + x**2)
    ball = np.flatnonzero((far < 0.6 + 0.3 * index).ravel())
    clone = np.where(far.ravel()[ball] < 0.3 * index, min(2 + index, 3), 0)
    rows = rows_of(ball, clone, 10 + index + ball % 5)
    shape = of.grid.shape
    single = far.astype(np.float32)
    exposure = np.stack([single * (drug + 1) * 0.01 for drug in range(len(of.drugs))]) if of.drugs else np.zeros((0, *shape))
    return Frame(float(of.days[index]), 1.5 + index, rows, np.where(far < 0.3, 0.01 * index, 0.0), 40.0 + single * 5, 10.0 - single,
                 np.full(shape, 0.5, np.float32), 7.4 - 0.1 * single, exposure.astype(np.float32))  # fmt: skip


def written(folder: Path, frames: int = 5, of: Layout | None = None) -> Path:
    """A store with so many frames."""
    of = of or layout()
    path = folder / f"tissue-{of.site}.zarr"
    store = TissueStore(path)
    store.begin(of)
    for index in range(frames):
        store.write(index, frame(index, of), lineage(index))
    store.finish()
    return path
