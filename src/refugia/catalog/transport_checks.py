"""How fast the errors of transient fields on voxels fall, and what they keep: the numerical side of a study."""

from __future__ import annotations

import numpy as np

from refugia.engine.voxels import convection, diffusion
from refugia.engine.voxels.grid import Grid, closed
from refugia.engine.voxels.tiles import total
from refugia.terms import FloatArray

LUMP = 7.3  # height of the lump whose mass is followed
WAVES = (1.7, 2.9, 0.8)  # rad from voxel to voxel, of the velocities along each axis: no wave fits the box


def yanenko1971_transport(
    *, diffusivity: float, coarse: float, few: float, until: float, long_step: float, long_steps: float, box: float, pace: float
) -> dict[str, float]:
    """Convergence of implicit diffusion axis by axis (Yanenko 1971), and what limited upwind convection keeps (Sweby 1984).

    A half-wave of a cosine along every axis of a closed box of edge 1 mm decays as one number. Against the same steps of the
    exact wave the error is that of the spacing, against exp(-lambda t) of the wave on the same grid that of the step.

    Inputs: `diffusivity` mm2/day; `coarse` voxels an axis, doubled once for the slope in space; `few` steps up to `until` days,
    doubled once for the slope in time; `long_steps` steps of `long_step` days of a lump in a closed box of `box` voxels an axis;
    `pace` mm/day, the largest of the velocities that meet and part from voxel to voxel in it.

    Outputs: `slope_space_N` for N = 1, 2, 3 axes, and `slope_time_N`; `mass_diffusion` and `mass_convection`, the share of mass
    gained or lost; `below_diffusion` and `below_convection`, how far the least value lies below zero.

    >>> found = yanenko1971_transport(diffusivity=0.7, coarse=4, few=20, until=0.2, long_step=1.0, long_steps=4, box=6, pace=2.0)
    >>> round(found["slope_space_1"], 1), found["below_convection"]
    (2.0, 0.0)
    """
    found: dict[str, float] = {}
    for axes in (1, 2, 3):
        step = until / few
        spaces = [abs(_wave(axes, n, diffusivity, step, int(few)) / _stepped(axes, diffusivity, step, int(few)) - 1.0)
                  for n in (int(coarse), 2 * int(coarse))]  # fmt: skip
        exact = np.exp(-axes * (2.0 - 2.0 * np.cos(np.pi / coarse)) * diffusivity * coarse**2 * until)
        times = [abs(_wave(axes, int(coarse), diffusivity, until / n, n) / exact - 1.0) for n in (int(few), 2 * int(few))]
        found |= {f"slope_space_{axes}": float(np.log2(spaces[0] / spaces[1]))}
        found |= {f"slope_time_{axes}": float(np.log2(times[0] / times[1]))}
    grid = Grid((int(box), int(box), int(box)), 1.0 / box)
    spread, blown = _lump(grid), _lump(grid)
    before = total(spread)
    diffusion.advance(spread, diffusion.plan(grid, [diffusivity], [0.0], closed(), long_step), int(long_steps))
    for _ in range(int(long_steps)):
        convection.advance(blown, grid, _flow(grid, pace), closed(), long_step)
    for name, field in (("diffusion", spread), ("convection", blown)):
        found |= {f"mass_{name}": abs(total(field) / before - 1.0), f"below_{name}": max(0.0, -float(field.min()))}
    return found


def _mode(grid: Grid) -> FloatArray:
    """A half-wave of a cosine along every resolved axis, (Z, Y, X)."""
    found = np.ones(grid.shape)
    for axis in grid.resolved:
        along = np.cos(np.pi * (grid.middles(axis) / (grid.shape[axis] * grid.spacing) + 0.5))
        found = found * along.reshape([-1 if axis == other else 1 for other in range(3)])
    return found


def _wave(axes: int, count: int, diffusivity: float, step: float, steps: int) -> float:
    """What is left of the half-wave after some steps."""
    grid = Grid((count if axes > 2 else 1, count if axes > 1 else 1, count), 1.0 / count)
    mode = _mode(grid)
    field = mode.astype(np.float32)[None].copy()
    diffusion.advance(field, diffusion.plan(grid, [diffusivity], [0.0], closed(), step), steps)
    return float((field[0] * mode).sum() / (mode * mode).sum())


def _stepped(axes: int, diffusivity: float, step: float, steps: int) -> float:
    """The same of the exact wave, in implicit steps along every axis."""
    return float((1.0 + step * diffusivity * np.pi**2) ** (-steps * axes))


def _lump(grid: Grid) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    """Nothing but a lump near a corner, (1, Z, Y, X)."""
    field = np.zeros((1, *grid.shape), np.float32)
    field[:, : grid.shape[0] // 3, 1:2, 1:] = LUMP
    return field


def _flow(grid: Grid, pace: float) -> convection.Flow:
    """Velocities up to a pace that meet and part from voxel to voxel, none through the sides."""
    speeds = []
    for axis in range(3):
        z, y, x = np.indices([count + (axis == other) for other, count in enumerate(grid.shape)])
        speed = (pace * np.cos(WAVES[axis] * z + WAVES[axis - 1] * y + WAVES[axis - 2] * x)).astype(np.float32)
        np.moveaxis(speed, axis, 0)[[0, -1]] = 0.0
        speeds.append(speed)
    return convection.Flow(*speeds)
