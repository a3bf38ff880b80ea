"""The fields of a site in voxels in its whole grid: those of the body, and what surrounds it."""

from __future__ import annotations

import numpy as np

from refugia.barriers.tissue import VoxelFields, laid_out
from refugia.course.tissue.state import Tissue
from refugia.havens.wall import WallTable, supply_at
from refugia.terms import FloatArray


def whole(tissue: Tissue) -> VoxelFields:
    """The fields as they were last solved (Z, Y, X)."""
    scene = tissue.scene
    return laid_out(scene.row.ground, scene.grid, tissue.body, tissue.fields)


def exposure(tissue: Tissue, transfer: FloatArray) -> FloatArray:
    """Unbound drug in the tissue (drug, Z, Y, X) uM, the mean over the step that begins; past the last step, over the last."""
    scene = tissue.scene
    level = scene.plasma(min(tissue.step, scene.days.size - 2)).mean(axis=1)
    rim = supply_at(WallTable(*scene.row.haven), np.zeros((1, 1, 1)), scene.grid.spacing)
    found = np.repeat(rim, scene.grid.size, axis=-1).reshape(transfer.shape)
    found[:, tissue.body] = tissue.wall
    found *= level[:, None, None, None]
    found *= transfer
    return found
