"""What a course in voxels would hold in memory, told from its grid before any of it is taken: one that cannot fit is refused."""

from __future__ import annotations

from math import pi, prod

from refugia.course.memory import room
from refugia.course.tissue.space import CELLS, SpaceError
from refugia.engine.voxels.grid import Grid

VOXEL, BODY = 48, 420
"""Bytes for each voxel of the grid, which are held throughout, and for each of the lesion, while fields are solved or cells step:
coefficients, coarser grids and scratch of the solvers, in the box of a ball, take more of them than rates, rows and who moves.

They are a fit to peaks that were seen of grids of 256 voxels along an edge (`benchmarks/tissue_memory.py`).
"""
CODE = 76e6
"""Bytes of the code of the kernels."""
_COUNT, _FIELD, _LEVELS, _INERT = 12, 12, 4, 8
"""Bytes of a frame for a voxel: the cells of a genotype, counted and written; a field, laid out in the grid and as it is written;
how many fields there are beside those of drugs, each of which has two, transfer and exposure; and what is inert."""


def tissue_bytes(grid: Grid, lesion: float, genotypes: int, drugs: int) -> float:
    """Bytes that a course takes whose lesion fills so many voxels of the grid at day 0; a tumour that grows takes more.

    >>> round(tissue_bytes(Grid((72, 72, 72), 1.0), 7238.0, 6, 1) / 1e6)
    151
    """
    frame = _COUNT * genotypes + _FIELD * (_LEVELS + 2 * drugs) + _INERT
    return CODE + grid.size * float(VOXEL) + max(grid.size * float(frame), BODY * lesion)


def check_tissue(site: str, grid: Grid, diameter: float, genotypes: int, drugs: int, *, resolved: bool = False) -> None:
    """Raises SpaceError where a course on this grid, of a lesion of this diameter (mm), would not fit into this machine.

    `resolved` says whether a voxel holds one cell.
    """
    lesion = min(pi / 6.0 * (diameter / grid.spacing) ** 3, float(prod(grid.shape)))
    need, there = tissue_bytes(grid, lesion, genotypes, drugs), room()
    if need <= there:
        return
    wider = grid.spacing * (need / there) ** (1.0 / max(len(grid.resolved), 1))
    way_out = CELLS if resolved else f"Write a voxel of about {1.1 * wider:.2g} mm, or a smaller extent."
    edges = " x ".join(str(count) for count in grid.shape)
    reason = f"makes {edges} voxels, which need about {need / 1e9:.3g} GB of memory, and there are {there / 1e9:.3g} GB"
    raise SpaceError(site, "resolved" if resolved else "voxel", f"{grid.spacing:.3g} mm", reason, way_out)
