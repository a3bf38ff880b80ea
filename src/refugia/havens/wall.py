"""What a wall with pumps lets through, and what knocking its pumps out should show."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from refugia.terms import FloatArray


class WallTable(NamedTuple):
    """A wall, lowered: unbound supply over unbound plasma, all finite."""

    core: FloatArray  # (patients, drugs), -
    rim: FloatArray  # (patients, drugs), -
    width: FloatArray  # (patients,), of the rim, mm


class Knockouts(NamedTuple):
    """Brain over plasma of knock-outs, over that of the wild type."""

    both: float
    pgp: float
    bcrp: float


def crossing(leak: FloatArray, pumps: FloatArray, bulk: FloatArray) -> FloatArray:
    """Unbound tissue over unbound plasma at rest, Kp,uu = m / (m + pumps / m + bulk), with m = `leak`.

    Own form: leakiness dilutes the pumps, which are parallel capacities and add up. An infinite leak gives exactly 1.

    >>> crossing(np.array([1.0, 2.0, np.inf]), np.full(3, 8.0), np.zeros(3))
    array([0.11111111, 0.33333333, 1.        ])
    """
    tight = 1.0 / leak
    share: FloatArray = 1.0 / (1.0 + tight * (bulk + tight * pumps))
    return share


def knockouts(pgp: float, bcrp: float) -> Knockouts:
    """What removing the pumps does to brain over plasma: 1 + P + B, (1 + P + B) / (1 + B), (1 + P + B) / (1 + P).

    >>> [round(ratio, 2) for ratio in knockouts(5.63, 1.89)]
    [8.52, 2.95, 1.29]
    """
    both = 1.0 + pgp + bcrp
    return Knockouts(both, both / (1.0 + bcrp), both / (1.0 + pgp))


def pumps(both: float, pgp: float) -> tuple[float, float]:
    """P and B from the ratios of the double and the P-gp knock-out to the wild type: 1 + B = both / pgp.

    >>> [round(pump, 2) for pump in pumps(15 / 0.3, 5.5 / 0.3)]
    [47.27, 1.73]
    """
    bcrp = both / pgp - 1.0
    return both - 1.0 - bcrp, bcrp


def supply(table: WallTable, faces: FloatArray) -> FloatArray:
    """Unbound supply over unbound plasma (rows, places, drugs): the core's within the rim's width of the surface, the rim's in it.

    `table` has one line a row, `faces` (rows, places + 1) mm. A shell that lies in both takes their volume-weighted mean.

    >>> table = WallTable(np.array([[1.0]]), np.array([[0.0]]), np.array([1.0]))
    >>> supply(table, np.array([[0.0, 1.0, 2.0]]))[0, :, 0]
    array([1., 0.])
    """
    low, high = faces[:, :-1], faces[:, 1:]
    border = np.clip(faces[:, -1] - table.width, 0.0, None)[:, None]
    inner = np.clip(border, low, high)
    whole = (high - low) * (high * high + high * low + low * low)
    part = (inner - low) * (inner * inner + inner * low + low * low)
    share = np.divide(part, whole, out=(border >= high).astype(np.float64), where=whole > 0.0)
    mixed: FloatArray = table.rim[:, None, :] + share[:, :, None] * (table.core - table.rim)[:, None, :]
    return mixed


def supply_at(table: WallTable, depth: FloatArray, spacing: float) -> FloatArray:
    """The same in voxels (drugs, *depth.shape): the core's deeper than the rim's width below the surface, the rim's above.

    `table` has one line; `depth` in mm of the voxels' middles. A voxel cut by the border, across its `spacing`, takes a mean.

    >>> table = WallTable(np.array([[1.0]]), np.array([[0.0]]), np.array([1.0]))
    >>> supply_at(table, np.array([0.25, 1.0, 1.125, 2.0]), 0.5)
    array([[0.  , 0.5 , 0.75, 1.  ]])
    """
    share = np.clip((depth - table.width[0]) / spacing + 0.5, 0.0, 1.0)
    core, rim = (column[0].reshape(-1, *(1,) * depth.ndim) for column in (table.core, table.rim))
    mixed: FloatArray = rim + share * (core - rim)
    return mixed
