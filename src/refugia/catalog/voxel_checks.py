"""Closed forms on voxels: the numerical side of studies that run the solvers of fields on grids in two and three dimensions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from refugia.barriers.pressure import effective_pressure
from refugia.engine.grids import uniform
from refugia.engine.radial import obstacle
from refugia.engine.voxels.grid import Grid, closed
from refugia.engine.voxels.newton import Supply, Uptake, uptake
from refugia.engine.voxels.rim import cut, held_rim
from refugia.engine.voxels.steady import steady
from refugia.terms import FloatArray

METRE, CM, UM = 1e3, 10.0, 1e-3  # mm
DAY = 86400.0  # s
CELLS = 800  # intervals of the radial grid
TIGHT = 1e-9  # of what is supplied: the residual of a field that is compared with a closed form


def grimes2014_geometries(
    *, diffusivity: float, consumption: float, surface_oxygen: float, outer_radii: Sequence[float], half: float, spacing: float
) -> dict[str, float]:
    """The necrotic core of an avascular spheroid on the grids of sphere, box and plane (Grimes 2014; Greenspan 1972).

    Inputs: those of `grimes2014_oxygen`; `half` mmHg, the Michaelis constant that stands for a constant uptake; `spacing` um of
    the voxels. An eighth of the ball (a quarter of the disc) is solved: the low sides are planes of symmetry.

    Outputs, for every outer radius R as printed by `format(R, "g")`, um: `sphere_R`, the radius of the core in the radial solver;
    `box_R`, that of the ball with the volume without uptake, and `section_R` of the disc with its area on the section through the
    middle; `plane_R` the same of a spheroid on a plane, which is a cylinder across it; `box_less_sphere_R`.

    >>> given = dict(diffusivity=2e-9, consumption=22.10, surface_oxygen=100.0, outer_radii=[300], half=0.01)
    >>> found = grimes2014_geometries(spacing=30.0, **given)
    >>> round(found["sphere_300"], 1), abs(found["box_300"] - 129.2) < 30.0, abs(found["plane_300"] - 150.3) < 30.0
    (129.2, True, True)
    """
    given = _Spheroid(diffusivity * METRE**2, consumption, surface_oxygen, half)
    found: dict[str, float] = {}
    for radius in outer_radii:
        size = np.array([radius * UM])
        law = (np.array([given.spread]), np.full((1, CELLS), consumption), np.array([surface_oxygen]))
        sphere = float(obstacle(uniform(size, CELLS), *law)[1][0]) / UM
        box, section = _core(given, radius * UM, spacing * UM, 3)
        found |= {f"sphere_{radius:g}": sphere, f"box_{radius:g}": box / UM, f"section_{radius:g}": section / UM}
        found |= {f"plane_{radius:g}": _core(given, radius * UM, spacing * UM, 2)[1] / UM}
        found |= {f"box_less_sphere_{radius:g}": box / UM - sphere}
    return found


class _Spheroid(NamedTuple):
    """What a spheroid is made of, in mm, s and mmHg."""

    spread: float
    uptake: float
    surface: float
    half: float


def _core(given: _Spheroid, radius: float, spacing: float, axes: int) -> tuple[float, float]:
    """Radii of the core, mm: of the ball of its volume, and of the disc of its area on the lowest plane."""
    grid, distance = _corner(radius, spacing, axes)
    inside = distance < radius
    rim = _bare(inside, inside) * (2.0 * given.spread / spacing**2)
    supply, loss = Supply(rim, given.surface), Uptake(np.where(inside, given.uptake, 0.0), given.half)
    level = uptake(grid, np.where(inside, given.spread, 0.0), supply, loss, closed())
    dead = np.where(inside, given.half / (level + given.half), 0.0)
    return float(np.cbrt(6.0 / np.pi * dead.sum() * grid.volume)), float(np.sqrt(4.0 / np.pi * dead[0].sum()) * spacing)


def _corner(radius: float, spacing: float, axes: int) -> tuple[Grid, FloatArray]:
    """A grid with a corner in the middle of a ball (three axes) or of a disc (two), and the distances of its voxels from there."""
    count = int(np.ceil(radius / spacing)) + 1
    shape = (count if axes == 3 else 1, count, count)
    z, y, x = ((np.arange(size) + 0.5) * spacing if size > 1 else np.zeros(1) for size in shape)
    return Grid(shape, spacing), np.sqrt(z[:, None, None] ** 2 + y[:, None] ** 2 + x**2)


def _bare(tissue: NDArray[np.bool_], known: NDArray[np.bool_]) -> FloatArray:
    """Faces of voxels of `tissue` towards voxels of the grid that are not `known`, all (Z, Y, X)."""
    found, unknown = np.zeros(tissue.shape), ~known
    for axis in range(3):
        head, tail = ((slice(None),) * axis + (part,) for part in (slice(1, None), slice(None, -1)))
        found[tail] += tissue[tail] & unknown[head]
        found[head] += tissue[head] & unknown[tail]
    return found


def krogh1919_cylinder(
    *, diffusivity: float, consumption: float, vessel_radius: float, vessel_oxygen: float, tissue_radius: float, spacing: float
) -> dict[str, float]:
    """Oxygen in the tissue around one capillary, a cylinder that nothing leaves, on a plane of voxels (Krogh 1919).

    Inputs: `diffusivity` um2/s; `consumption` mmHg/s; `vessel_radius`, `tissue_radius` and `spacing` um; `vessel_oxygen` mmHg.

    Outputs: `edge_oxygen` mmHg, at the tissue radius; `reach` um, the tissue radius at whose edge oxygen is spent, found on the
    solver to a tenth of the spacing.

    >>> found = krogh1919_cylinder(diffusivity=2000.0, consumption=20.0, vessel_radius=5.0, vessel_oxygen=40.0,
    ...                            tissue_radius=50.0, spacing=0.5)
    >>> abs(found["edge_oxygen"] - 17.4) < 0.2, abs(found["reach"] - 62.7) < 0.3
    (True, True)
    """
    from scipy.optimize import brentq

    def edge(radius: float) -> float:
        """Oxygen in the outermost voxels of a tissue of that radius."""
        grid, distance = _corner(radius, spacing, 2)
        tissue = (distance < radius) & (distance >= vessel_radius)
        wall = _bare(tissue, distance >= vessel_radius) * (2.0 * diffusivity / spacing**2)
        spread, source = np.where(tissue, diffusivity, 0.0), wall * vessel_oxygen - np.where(tissue, consumption, 0.0)
        level = steady(grid, spread, wall, source, closed(), tolerance=TIGHT)
        return float(level[tissue & (distance > radius - 1.5 * spacing)].mean())

    low = high = 2.0 * vessel_radius
    while edge(high) > 0.0:
        low, high = high, 2.0 * high
    return {"edge_oxygen": edge(tissue_radius), "reach": float(brentq(edge, low, high, xtol=0.1 * spacing))}


def baxter1989_box(
    *,
    radius: float,
    wall_conductivity: float,
    vessel_surface: float,
    tissue_conductivity: float,
    vessel_pressure: float,
    osmotic_reflection: float,
    osmotic_blood: float,
    osmotic_tissue: float,
    voxels: float,
) -> dict[str, float]:
    """Interstitial pressure of an isolated sphere on a box of voxels, by the solver that a course in voxels calls.

    Inputs: those of `baxter1989_pressure`, without lymph; `voxels` across the sphere, an even number.

    Outputs: `centre_pressure` and `pressure_at_09` mmHg, means of the voxels within half a spacing of r = 0.9 R; `rim_velocity`
    um/s, what flows through the rim over the surface of the sphere.

    >>> tumour = dict(wall_conductivity=2.8e-7, vessel_surface=200.0, tissue_conductivity=4.13e-8, vessel_pressure=15.6,
    ...               osmotic_reflection=0.82, osmotic_blood=20.0, osmotic_tissue=15.0)
    >>> found = baxter1989_box(radius=0.1, voxels=20, **tumour)
    >>> abs(found["centre_pressure"] - 9.367) < 0.1
    True
    """
    size, count = radius * CM, int(voxels)
    grid = Grid((count, count, count), 2.0 * size / count)
    z, y, x = (grid.middles(axis) for axis in range(3))
    distance = np.sqrt(z[:, None, None] ** 2 + y[:, None] ** 2 + x**2)
    inside = distance < size
    body, box = cut(grid, inside)
    osmosis = (np.array([number]) for number in (vessel_pressure, osmotic_reflection, osmotic_blood, osmotic_tissue))
    leak, effective = wall_conductivity * vessel_surface * DAY, float(effective_pressure(*osmosis)[0])
    found, _, through = held_rim(body, tissue_conductivity * CM**2 * DAY, leak, leak * effective)
    near = inside[box] & (np.abs(distance[box] - 0.9 * size) < 0.5 * grid.spacing)
    return {
        "centre_pressure": float(found[tuple(slice(n // 2 - 1, n // 2 + 1) for n in body.grid.shape)].mean()),
        "pressure_at_09": float(found[near].mean()),
        "rim_velocity": float(through.sum()) * grid.volume / (4.0 * np.pi * size**2) / UM / DAY,
    }
