"""Where a site in voxels lies: its grid, and the voxels that its tumour fills before therapy.

The grid is cubic and centred on the lesion: a `box` resolves three axes; a `plane` is a cut through the middle of the lesion, one
voxel thick, and a `slab` a column of it, one voxel wide. What a cut holds are the cells of that cut, not of the whole lesion.
"""

from __future__ import annotations

from math import ceil, pi, prod

import numpy as np
from numpy.typing import NDArray

from refugia.course.case import Case
from refugia.course.lower import step_edges
from refugia.engine.voxels.grid import Grid
from refugia.subject import Geometry, Site
from refugia.terms import FloatArray, Parameter, RefugiaError

ACROSS = 24
"""Voxels across the baseline diameter, where a site does not say how large they are."""
WIDE = 3.0
"""Edge of the grid over the baseline diameter, where a site does not say it: room for a tumour of 27 times the volume."""
EIGHT = 8
"""The voxels along an edge that the site does not state are a multiple of it: coarser grids of the solvers then fit thrice."""
FEWEST = 4
"""Voxels across the lesion, at least: with fewer, rim and core are the same place."""
ROOM = 0.05
"""Share by which the voxels that a mask leaves the lesion may miss its volume."""
FRAMES = 50
"""Into how many parts the frames divide the horizon, where the settings do not say it."""
CELLS = "Leave resolved out, or take a smaller extent, a plane, or a smaller lesion: a ball 100 cells across has half a million."
"""The way out where one cell a voxel is too many voxels, or too large ones."""
MOST = 2**31 - 1
"""Places of a grid, at most: rows number them in 32 bits."""
_AXES = {"slab": 1, "plane": 2, "box": 3}
_SLACK = 1e-9  # of a voxel: an extent of so much more is no further voxel


class SpaceError(RefugiaError):
    """A site that cannot be laid out in voxels: the key that will not do, its value, what is said of it, and the way out."""

    def __init__(self, site: str, key: str, shown: str, reason: str, way_out: str) -> None:
        super().__init__(f'The site "{site}": its {key} of {shown} {reason}. {way_out}')
        self.key, self.shown, self.reason, self.way_out = key, shown, reason, way_out


def spacing_of(geometry: Geometry, diameter: float, density: float) -> float:
    """The edge of a voxel, mm: as the site says, or a 24th of its baseline diameter (mm).

    With one cell a voxel the room of a cell, whatever the diameter: `density` is that of living tissue, 1/mm3.

    >>> spacing_of(Geometry("box"), 12.0, 1e6), round(spacing_of(Geometry("box", resolved=True), 12.0, 1e6), 6)
    (0.5, 0.01)
    """
    if geometry.resolved:
        return float(density ** (-1.0 / 3.0))
    return float(diameter) / ACROSS if geometry.voxel is None else geometry.voxel


def grid_of(site: Site, diameter: float, density: float | None = None) -> Grid:
    """The grid of a site whose lesion has this diameter (mm) and `density` (cells in a mm3 of living tissue; the site's) at day 0.

    Raises SpaceError where a voxel is larger than a quarter of the lesion, the grid smaller than the lesion, or its places too many
    for 32 bits.
    """
    geometry = site.geometry
    told = site.source.density
    packed = (told.value if isinstance(told, Parameter) else told) if density is None else density
    spacing, way_out = spacing_of(geometry, diameter, packed), ""
    if spacing * FEWEST > diameter * (1.0 + _SLACK):
        key, way_out = ("resolved", CELLS) if geometry.resolved else ("voxel", f"Write one of {diameter / FEWEST:.3g} mm or less.")
        reason = f"is more than a quarter of the lesion of {diameter:.4g} mm"
        raise SpaceError(site.name, key, f"{spacing:.4g} mm", reason, way_out)
    shape = _shape(geometry, diameter, spacing)
    own = "resolved" if geometry.resolved else "voxel"
    key = "mask" if geometry.mask is not None else own if geometry.extent is None else "extent"
    if prod(shape) > MOST:
        shown = f"{geometry.extent:g} mm" if key == "extent" else f"{spacing:.4g} mm"
        reason = f"makes {prod(shape):.3g} voxels of {spacing:.4g} mm, and they are numbered up to {MOST}"
        raise SpaceError(site.name, key, shown, reason, CELLS if geometry.resolved else "Write larger voxels or a smaller extent.")
    edge = min(shape[axis] for axis in range(3 - _AXES[geometry.kind], 3)) * spacing
    if edge < diameter * (1.0 - _SLACK):
        wide = WIDE * diameter
        if geometry.mask is not None:
            reason = f"is {edge:.4g} mm wide, less than the lesion of {diameter:.4g} mm"
            way_out = f"Save one of {ceil(wide / spacing)} voxels along each edge, so that the tumour has room to grow."
            raise SpaceError(site.name, key, _edges(shape), reason, way_out)
        way_out = f"Write {wide:.3g} mm, so that the tumour has room to grow."
        raise SpaceError(site.name, key, f"{edge:.4g} mm", f"is smaller than the lesion of {diameter:.4g} mm", way_out)
    return Grid(shape, spacing)


def _edges(shape: tuple[int, int, int]) -> str:
    return "x".join(str(count) for count in shape)


def _shape(geometry: Geometry, diameter: float, spacing: float) -> tuple[int, int, int]:
    """The voxels along z, y and x."""
    if geometry.mask is not None:
        deep, wide, long = geometry.mask.shape
        return deep, wide, long
    if geometry.extent is None:
        count = EIGHT * ceil(WIDE * diameter / spacing / EIGHT - _SLACK)
    else:
        count = ceil(geometry.extent / spacing - _SLACK)
    deep, wide, long = (count if 3 - axis <= _AXES[geometry.kind] else 1 for axis in range(3))
    return deep, wide, long


def inside_at_start(site: Site, grid: Grid, diameter: float) -> NDArray[np.bool_]:
    """The voxels (Z, Y, X) that the lesion fills at day 0: the free ones nearest to the middle, of whole shells.

    Of all radii the one is taken at which their volume comes nearest to that of the lesion (diameter in mm; the area of its cut in
    a plane, the length in a slab). Where a mask has walls, the ball is as much wider, and holds what is joined to the middle
    through free voxels. Raises SpaceError where the middle is wall, or too little is joined to it.
    """
    free = None if site.geometry.mask is None else site.geometry.mask == 0
    squared = _squared(grid)
    wanted = _volume_in(len(grid.resolved), diameter / grid.spacing)
    if free is None:
        radii, many = np.unique(squared, return_counts=True)
        return np.asarray(squared <= radii[np.abs(np.cumsum(many) - wanted).argmin()])
    nearest = squared == squared.min()
    edges = _edges(grid.shape)
    if not (free & nearest).any():
        reason = "has a wall in its middle, where the lesion lies"
        raise SpaceError(site.name, "mask", edges, reason, "Cut it so that its middle is the middle of the lesion.")
    inside = _joined(squared, free, nearest, wanted)
    if abs(int(inside.sum()) - wanted) > ROOM * wanted:
        reason = f"joins {inside.sum()} free voxels around its middle, and the lesion fills {wanted:.0f}"
        raise SpaceError(site.name, "mask", edges, reason, "Leave the lesion more room, or make it smaller.")
    return inside


def _squared(grid: Grid) -> NDArray[np.int64]:
    """The squared distance (Z, Y, X) of every voxel from the middle of the grid, in half voxels."""
    steps = [(2 * np.arange(count) - (count - 1)).astype(np.int64) ** 2 for count in grid.shape]
    return np.asarray(steps[0][:, None, None] + steps[1][None, :, None] + steps[2][None, None, :])


def _volume_in(axes: int, across: float) -> float:
    """How many voxels a ball, a disc or a line of so many voxels across fills."""
    return {1: across, 2: pi / 4.0 * across**2, 3: pi / 6.0 * across**3}[axes]


def _joined(squared: NDArray[np.int64], free: NDArray[np.bool_], nearest: NDArray[np.bool_], wanted: float) -> NDArray[np.bool_]:
    """The free voxels that are joined to the middle within the radius at which they come nearest to the number that is wanted."""
    from scipy.ndimage import label

    def within(radius: int) -> NDArray[np.bool_]:
        names, _ = label(free & (squared <= radius))
        return np.asarray(np.isin(names, np.unique(names[nearest & free])))

    low, high = int(squared.min()), int(squared.max())
    while high - low > 1:  # the number within a radius never falls as it grows
        middle = (low + high) // 2
        low, high = (middle, high) if within(middle).sum() < wanted else (low, middle)
    smaller, larger = within(low), within(high)
    return smaller if abs(smaller.sum() - wanted) < abs(larger.sum() - wanted) else larger


def volume_at_start(grid: Grid, inside: NDArray[np.bool_], diameter: float, resolved: bool = False) -> float:
    """The volume (mm3) of what is laid out: the whole lesion in a box, the cut in a plane or a slab; its voxels, if cell-resolved.

    >>> round(volume_at_start(Grid((48, 48, 48), 0.5), np.ones((48, 48, 48), bool), 12.0), 3)
    904.779
    """
    return pi / 6.0 * diameter**3 if len(grid.resolved) == 3 and not resolved else float(inside.sum()) * grid.volume


def frame_days(case: Case) -> FloatArray:
    """The days (frames,) on which frames are taken: day 0, then every `settings.output` to the nearest step, and the last day."""
    edges = step_edges(case.question.horizon, case.settings.step)
    output = case.question.horizon / FRAMES if case.settings.output is None else case.settings.output
    every = max(1, round(output / case.settings.step))
    return np.append(edges[:-1:every], edges[-1])
