"""Steady fields that are taken up to saturation, on voxels: Newton's method, each step by conjugate gradients with multigrid."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from refugia.engine.voxels.frame import Frame, filled, frame
from refugia.engine.voxels.grid import Grid, Sides
from refugia.engine.voxels.multigrid import hierarchy, weigh
from refugia.engine.voxels.steady import System, lack, norm, settled, solve
from refugia.engine.voxels.tiles import over

Array = NDArray[np.float64]
ROUNDS = 100  # of Newton's method at most: a sharp front moves by a few voxels a round
FORCING = 0.05  # share of the residual that a round leaves: a lesser one costs steps that the next round undoes


class Uptake(NamedTuple):
    """Saturable loss: rate x value / (value + half)."""

    rate: float | Array  # (Z, Y, X) or a number, value per time
    half: float  # value


class Supply(NamedTuple):
    """Exchange with a level: rate x (level - value)."""

    rate: float | Array  # (Z, Y, X) or a number, 1/time
    level: float  # value


def uptake(
    grid: Grid, diffusivity: float | Array, supply: Supply, loss: Uptake, sides: Sides,
    start: Array | None = None, *, tolerance: float = 1e-6, threads: int = 0,
) -> Array:  # fmt: skip
    """Values p >= 0 (Z, Y, X) with div(D grad p) - rate p / (p + half) + exchange (level - p) = 0.

    Arguments as for `engine.voxels.steady.steady`; values of the sides must not be negative. Newton's method clipped at zero: the
    uptake is concave, so every iterate but the first lies below the solution and they rise to it from any `start` (by default the
    local balance). A walled voxel without supply has 0. Until the residual is `tolerance` of what is supplied.

    Raises ValueError as `steady` does, where `half` is not above zero, and where a field has not settled after all rounds.

    >>> from refugia.engine.voxels.grid import closed
    >>> uptake(Grid((1, 2, 2), 1.0), 1.0, Supply(1.0, 2.0), Uptake(2.0, 1.0), closed()).round(6).ravel().tolist()
    [1.0, 1.0, 1.0, 1.0]
    """
    if not (loss.half > 0.0 and supply.level >= 0.0 and (sides.value >= 0.0).all()):
        raise ValueError("uptake: half must be above zero, and neither the supply's level nor a side's value below it.")
    framed, law = frame(grid, diffusivity, sides, threads), _law(grid, supply, loss)
    whole, alone = settled(System(framed.faces, framed.open + law.exchange + law.rate, framed.given + law.brought))
    found = _balance(law, float(max(supply.level, sides.value.max())))
    apart = None if alone is None else np.where(law.exchange[alone.where] > 0.0, found[alone.where], 0.0)
    if alone is not None:
        exchange, brought, rate = (np.where(alone.where, 0.0, column) for column in (law.exchange, law.brought, law.rate))
        law = Law(exchange, brought, rate, law.half)
    if start is not None:
        found = np.array(np.maximum(start, 0.0), np.float64).reshape(grid.shape)
    framed = Frame(whole.faces, *framed[1:])
    del whole
    _rounds(framed, law, found, tolerance * norm(framed.given + law.brought, threads), threads)
    if alone is not None:
        found[alone.where] = apart
    return found


class Law(NamedTuple):
    """What each voxel is given and takes: (Z, Y, X)."""

    exchange: Array  # 1/time
    brought: Array  # exchange x level, value per time
    rate: Array  # value per time
    half: float  # value


def _rounds(framed: Frame, law: Law, found: Array, goal: float, threads: int) -> None:
    """Newton's rounds from `found` (Z, Y, X) until the residual is `goal`. Raises ValueError where they do not end."""
    excess, load = np.empty(found.shape), np.empty(found.shape)
    system, rows = System(framed.faces, excess, load), found.shape[0] * found.shape[1]
    levels = hierarchy(framed.faces, framed.open + law.exchange, framed.held, threads)
    for _ in range(ROUNDS):
        over(_linear, rows, found, law, framed, system, threads=threads)
        lacks = lack(system, found, threads)
        if lacks <= goal:
            return
        weigh(levels, excess, framed.held, threads)
        solve(system, levels, found, max(FORCING * lacks, 0.5 * goal), threads)
        np.maximum(found, 0.0, out=found)
    raise ValueError(f"A saturable field has not settled: its residual is {lacks:.2g}, not {goal:.2g}. Ask for a larger tolerance.")


def _law(grid: Grid, supply: Supply, loss: Uptake) -> Law:
    exchange = filled(grid, supply.rate, "supply.rate")
    return Law(exchange, exchange * supply.level, np.array(filled(grid, loss.rate, "loss.rate")), float(loss.half))


def _balance(law: Law, top: float) -> Array:
    """What supply and loss would leave in a voxel that nothing passes (Z, Y, X): `top` where nothing supplies and nothing takes."""
    exchange, brought, rate, half = law
    b = brought - exchange * half - rate
    root = np.sqrt(b * b + 4.0 * exchange * half * brought)
    empty = np.where(rate > 0.0, 0.0, top)
    return np.divide(b + root, 2.0 * exchange, out=empty, where=exchange > 0.0)


@njit(cache=True, nogil=True, error_model="numpy")
def _linear(first, last, found, law, framed, system):
    """Fill the excess and load of the system linearised about found (Z, Y, X), in rows [first, last)."""
    exchange, brought, rate, half = law
    _, excess, load = system
    height, width = found.shape[1:]
    for row in range(first, last):
        z, y = row // height, row % height
        for x in range(width):
            p = found[z, y, x]
            share = 1.0 / (p + half)
            taken = rate[z, y, x] * share * share
            excess[z, y, x] = framed.open[z, y, x] + exchange[z, y, x] + taken * half
            load[z, y, x] = framed.given[z, y, x] + brought[z, y, x] - taken * p * p
