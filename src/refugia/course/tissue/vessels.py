"""New vessels in the course of a site in voxels: begun with the first fields, grown through each step, read by the next fields."""

from __future__ import annotations

from math import ceil

import numpy as np

from refugia.barriers.angiogenesis import Around, begin, density, grown
from refugia.course.tissue.seen import whole
from refugia.course.tissue.state import Tissue
from refugia.terms import FloatArray

PART = 1.0
"""Days of a step between two looks at signal, blood and pruning, at most."""


def brought(tissue: Tissue) -> FloatArray | None:
    """The vessels (Z, Y, X) over those of the description, with the first fields the residents; None where the site grows none."""
    scene, table = tissue.scene, tissue.scene.growing
    if table is None:
        return None
    if tissue.vessels is None:
        tissue.vessels = begin(table, scene.grid, tissue.body, scene.free)
    return density(tissue.vessels, table, scene.grid)


def vessels(tissue: Tissue) -> None:
    """Sprouts grow and are pruned through the step, in the fields as they were last solved."""
    scene, table, state = tissue.scene, tissue.scene.growing, tissue.vessels
    if table is None or state is None:
        return
    live = np.where(tissue.body, tissue.live, 0.0)
    seen = whole(tissue)
    around = Around(seen.oxygen, live, seen.perfused, scene.free)
    days = float(scene.days[tissue.step + 1] - scene.days[tissue.step])
    parts = ceil(days / PART)
    key = (int(scene.row.chance.keys[0, 0]), int(scene.row.chance.keys[0, 1]))
    for _ in range(parts):
        state = grown(state, table, scene.grid, around, days / parts, key, threads=scene.threads)
    tissue.vessels = state
