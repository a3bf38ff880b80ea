"""Invasion on lines through the acid that invaders shed: the numerical side of a study, by the solvers of fields on voxels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from refugia.engine.voxels import diffusion, mosaic
from refugia.engine.voxels.grid import Grid, closed
from refugia.engine.voxels.local import Local
from refugia.terms import FloatArray, RefugiaError

LOW = 0.05
"""A gap is where neither tissue nor tumour has this share of what it could have."""
START = 0.3
"""Where the front stands on day 0, in scaled units."""


class Lines(NamedTuple):
    """The states on lines of voxels of equal width, one for each strength of the acid, (lines, 1, 1, voxels), scaled to 1."""

    grid: Grid
    tissue: FloatArray
    tumour: NDArray[np.float32]
    acid: NDArray[np.float32]


def gatenby1996_invasion(
    *,
    spread: float,
    kills: Sequence[float],
    turnover: float,
    unit_length: float,
    length: float = 1.5,
    spacing: float = 5e-4,
    step: float = 5e-3,
    until: float = 40.0,
) -> dict[str, float]:
    """Gap and front of a tumour that invades tissue through its acid (Gatenby and Gawlinski 1996), in their scaled units.

        u' = u (1 - u) - delta1 w u      v' = v (1 - v) + d ((1 - u) v_x)_x      w' = delta3 (v - w) + w_xx

    Inputs: `spread` d, `kills` a list of delta1, and `turnover` delta3 -; `unit_length` cm, of the scale sqrt(D3/r1). Settings:
    `length` of the line, `spacing`, `step` and `until` in scaled units. The acid takes implicit steps of constant diffusion, the
    tumour of faces that conduct the mean of their two voxels, and growth is pointwise and implicit.

    Raises RefugiaError where a front comes to the end of its line. Outputs, for every delta1 as printed by `format(delta1, "g")`:
    `gap_5`, the width in which tissue and tumour are both below 5 %, -, and `gap_cm_5`; `speed_5` of the tumour's half height over
    the last quarter of the time, -; `behind_5`, the tissue at the far end behind the front, -.

    >>> settings = dict(spacing=4e-3, step=0.05, until=4.0)
    >>> found = gatenby1996_invasion(spread=4e-5, kills=[0.5, 12.5], turnover=70.0, unit_length=2.236, **settings)
    >>> found["gap_0.5"], 0.05 < found["gap_12.5"] < 0.2
    (0.0, True)
    """
    lines = _start(len(kills), length, spacing)
    acid = diffusion.plan(lines.grid, [1.0] * len(kills), [turnover] * len(kills), closed(), step)
    strength = np.array(kills, np.float64).reshape(-1, 1, 1, 1)
    steps = round(until / step)
    since, halfway = 3 * steps // 4, [0.0] * len(kills)
    for turn in range(steps):
        if turn == since:
            halfway = _fronts(lines)
        diffusion.advance(lines.acid, acid, 1, Local(gain=np.float32(turnover) * lines.tumour))
        lines.tissue[:] *= (1.0 + step) / (1.0 + step * (lines.tissue + strength * lines.acid))
        _invade(lines, spread, step)
    found: dict[str, float] = {}
    for k, (kill, front) in enumerate(zip(kills, _fronts(lines), strict=True)):
        tissue, tumour = lines.tissue[k].ravel(), lines.tumour[k].ravel()
        gap = max(0.0, _where(1.0 - tissue, 1.0 - LOW, spacing) - _where(tumour, LOW, spacing))
        found |= {f"gap_{kill:g}": gap, f"gap_cm_{kill:g}": gap * unit_length, f"behind_{kill:g}": float(tissue[0])}
        found[f"speed_{kill:g}"] = (front - halfway[k]) / ((steps - since) * step)
    return found


def _start(count: int, length: float, spacing: float) -> Lines:
    """Tissue everywhere; tumour and its acid up to START."""
    grid = Grid((1, 1, round(length / spacing)), spacing)
    tumour = np.zeros((count, *grid.shape), np.float32)
    tumour[..., : round(START / spacing)] = 1.0
    return Lines(grid, np.ones(tumour.shape), tumour, tumour.copy())


def _invade(lines: Lines, spread: float, step: float) -> None:
    """Growth and spread of the tumour where tissue leaves it room."""
    room = spread * np.maximum(1.0 - lines.tissue, 0.0)
    ways = [mosaic.faces(lines.grid, one, closed(), mosaic.arithmetic) for one in room]
    local = Local(loss=lines.tumour.copy(), gain=lines.tumour.copy())
    mosaic.advance(lines.tumour, mosaic.plan(ways, [0.0] * len(ways), step), 1, local)


def _fronts(lines: Lines) -> list[float]:
    """Where each tumour has half of its height."""
    return [_where(one.ravel(), 0.5, lines.grid.spacing) for one in lines.tumour]


def _where(falling: NDArray[Any], level: float, spacing: float) -> float:
    """The last place where what falls from the left still reaches a level, between the middles of two voxels; 0 if nowhere."""
    reached = np.flatnonzero(falling >= level)
    if not reached.size:
        return 0.0
    place = int(reached[-1])
    if place + 1 == falling.size:
        raise RefugiaError(f"The line of {place + 1} voxels is too short: what invades has come to its end. Give a longer one.")
    return float((place + 0.5 + (falling[place] - level) / (falling[place] - falling[place + 1])) * spacing)
