"""The drug in a tissue of voxels: what the vessels bring, the flow carries along and a lifted pressure adds."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from refugia.barriers.entry import ROUNDS, Filtration, entry
from refugia.barriers.lower import TissueTable
from refugia.engine.voxels.drift import Drift, carried, levels_of, ways
from refugia.engine.voxels.frame import frame
from refugia.engine.voxels.grid import closed
from refugia.engine.voxels.multigrid import weigh
from refugia.engine.voxels.rim import Body
from refugia.engine.voxels.steady import norm
from refugia.terms import FloatArray

TOLERANCE = 1e-6  # of what enters: the residual that is left


class Stream(NamedTuple):
    """The fluid and the vessels of a body, in its box."""

    body: Body
    fluid: Filtration  # its columns (1, voxels)
    flow: FloatArray  # (3, Z, Y, X) over the faces towards the next voxels, 1/day
    through: FloatArray  # (Z, Y, X) outward through the rim, 1/day


def tissue_level(
    table: TissueTable, drug: int, stream: Stream, supply: FloatArray, guess: FloatArray, threads: int = 0
) -> FloatArray:
    """Unbound drug in the tissue c (Z, Y, X) for the supply w `supply` (Z, Y, X), both over unbound plasma; from a `guess` of it.

    The balance of `barriers.exposure`, in voxels: div(D grad c) - div(u c) + a w - b c - sink c = 0 with a and b of
    `barriers.entry`, and what a lifted pressure adds. What flows out takes the drug with it and nothing diffuses through the rim.
    What flows in, where the surface has the higher pressure, brings it at the level of the supply (on a sphere at that of the rim,
    which has no steady state where vessels take up the fluid and leave the drug). A piece that no drug enters and none leaves has
    none.

    >>> from refugia.engine.voxels.grid import Grid
    >>> from refugia.engine.voxels.rim import cut
    >>> one, still = np.ones(1), np.zeros((1, 2))
    >>> table = TissueTable(*(one for _ in TissueTable._fields[:20]), *(one[:, None] for _ in range(4)), np.zeros((1, 1, 1)))
    >>> body, _ = cut(Grid((1, 1, 2), 1.0), np.ones((1, 1, 2), bool))
    >>> fluid = Filtration(np.ones((1, 2)), still, still)
    >>> supply = np.ones((1, 1, 2))
    >>> stream = Stream(body, fluid, np.zeros((3, 1, 1, 2)), np.zeros((1, 1, 2)))
    >>> tissue_level(table, 0, stream, supply, supply).round(6).ravel().tolist()
    [0.5, 0.5]
    """
    return settled(balanced(table, drug, stream, supply, threads), guess, threads)


class Balance(NamedTuple):
    """What a drug's level is the balance of; arrays (Z, Y, X)."""

    drift: Drift
    source: FloatArray  # 1/day
    gain: tuple[FloatArray, FloatArray] | None  # m and t of max(m - t c, 0) that it gains besides; None where that is nothing


def balanced(table: TissueTable, drug: int, stream: Stream, supply: FloatArray, threads: int = 0) -> Balance:
    """The balance of `tissue_level`."""
    body, shape = stream.body, stream.body.grid.shape
    wall = entry(table.exchange[:, drug], table.admitted[:, drug], stream.fluid)
    brought, taken, more, thinned = (column.reshape(shape) for column in wall)
    more = more * supply
    gain = (more, thinned) if (more > 0.0).any() else None
    del wall, more, thinned
    inward = np.maximum(-stream.through, 0.0)
    source = (brought + inward) * supply
    del brought
    sink = np.where(body.inside, float(table.sink[0, drug]), 0.0)
    # the divergence of the flow is what enters: written so, a field that has to be one is one to round-off
    excess = stream.fluid.entering.reshape(shape) + taken + sink + inward
    del taken, sink, inward
    spread = np.where(body.inside, float(table.diffusivity[0, drug]), 0.0)
    ahead, back = ways(frame(body.grid, spread, closed(), threads).faces, stream.flow)
    return Balance(Drift(ahead, back, np.where(_still(excess, body), 1.0, excess)), source, gain)


def _still(excess: FloatArray, body: Body) -> NDArray[np.bool_]:
    """The voxels (Z, Y, X) of pieces that nothing enters and nothing leaves."""
    from scipy.ndimage import label, maximum

    if (excess[body.inside] != 0.0).all():
        return np.zeros(excess.shape, bool)
    pieces, count = label(body.inside)
    most = np.concatenate([[1.0], np.atleast_1d(maximum(np.abs(excess), pieces, np.arange(1, count + 1)))])
    found: NDArray[np.bool_] = (most == 0.0)[pieces]
    return found


def settled(balance: Balance, guess: FloatArray, threads: int = 0) -> FloatArray:
    """The levels (Z, Y, X) of a balance, 0 or more, from a guess: where there is a gain, by Newton's method as `entry.solved`.

    It ends when the places that change sides gain or lose less than the tolerance.
    """
    drift, source, gain = balance
    levels = levels_of(drift, threads)
    if gain is None:
        return np.maximum(carried(drift, levels, source, guess, TOLERANCE, threads), 0.0)
    more, thinned = gain
    level, gains = guess, more > thinned * guess
    for _ in range(ROUNDS):
        excess, load = (base + np.where(gains, part, 0.0) for base, part in ((drift.excess, thinned), (source, more)))
        weigh(levels, np.maximum(excess, 0.0), threads=threads)
        level = carried(Drift(drift.ahead, drift.back, excess), levels, load, level, TOLERANCE, threads)
        before, gains = gains, more > thinned * level
        if norm(np.where(before != gains, more - thinned * level, 0.0), threads) <= TOLERANCE * norm(load, threads):
            return np.maximum(level, 0.0)
    raise ValueError(f"A drug's level has not settled in {ROUNDS} rounds: places still change sides. Give voxels of another size.")
