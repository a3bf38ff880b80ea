"""What a course in voxels would hold in memory, told from its grid before any of it is taken: one that cannot fit is refused."""

from __future__ import annotations

from math import pi, prod

from refugia.course.memory import room
from refugia.course.tissue.space import SpaceError
from refugia.engine.voxels.grid import Grid

VOXEL, ROW, ROWS = 160, 300, 3
"""Bytes for each voxel (fields, walls, coefficients, coarser grids and scratch of the solvers), bytes for each row of cells (with
who leaves, arrives and is born in a step), and rows for each voxel of the lesion.

They are a fit to peaks that were seen: 101, 260, 141 and 514 MB above the interpreter for grids of 48, 97, 50 and 100 voxels along
an edge with 25, 140, 138 and 945 thousand rows, 76 MB of which are the code of the kernels.
"""
CODE = 76e6
_COUNT, _FIELD, _FIELDS = 12, 4, 6
"""Bytes of a frame: a voxel's cells of one genotype, counted and written; a number of a field; and the fields beside exposure."""


def tissue_bytes(grid: Grid, lesion: float, genotypes: int, drugs: int) -> float:
    """Bytes that a course takes whose lesion fills so many voxels of the grid at day 0; a tumour that grows takes more.

    >>> round(tissue_bytes(Grid((72, 72, 72), 1.0), 7238.0, 6, 1) / 1e6)
    180
    """
    frame = _COUNT * genotypes + _FIELD * (_FIELDS + drugs)
    return CODE + grid.size * float(VOXEL + frame) + ROW * ROWS * lesion


def check_tissue(site: str, grid: Grid, diameter: float, genotypes: int, drugs: int) -> None:
    """Raises SpaceError where a course on this grid, of a lesion of this diameter (mm), would not fit into this machine."""
    lesion = min(pi / 6.0 * (diameter / grid.spacing) ** 3, float(prod(grid.shape)))
    need, there = tissue_bytes(grid, lesion, genotypes, drugs), room()
    if need <= there:
        return
    wider = grid.spacing * (need / there) ** (1.0 / max(len(grid.resolved), 1))
    edges = " x ".join(str(count) for count in grid.shape)
    reason = f"makes {edges} voxels, which need about {need / 1e9:.3g} GB of memory, and there are {there / 1e9:.3g} GB"
    way_out = f"Write a voxel of about {1.1 * wider:.2g} mm, or a smaller extent."
    raise SpaceError(site, "voxel", f"{grid.spacing:.3g} mm", reason, way_out)
