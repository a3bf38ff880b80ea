"""Through the wall of the vessels: what enters with the fluid and by diffusion, and what a lifted pressure no longer holds back.

With w the level in plasma and c that in the fluid of the tissue, vessels bring a w and take b c, and the fluid that enters
thins by J c:

    a = J (1 - sigma) + X,   b = X,   X = P S/V Pe / (exp(Pe) - 1),   Pe = J (1 - sigma) / (P S/V)                    (1)

(Baxter and Jain 1989). Lifting interstitial pressure is an ideal of supply (own form): with a*, b* and J* those of a filtration
that nothing opposes, what the tissue gains besides is

    max[(a* - a) w - (b* + J* - b - J) c, 0]                                                                         (2)

so that drug enters as without pressure wherever that brings in more than it would carry off, while the fluid keeps the flow that
it has. No tissue holds less than under its pressure, and what (2) brings ends at (1 - sigma) w at most, the level of what filters.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from refugia.engine.radial import steady
from refugia.terms import FloatArray

ROUNDS = 50  # of Newton's method at most: it ends, since (2) is convex in c, once no place changes sides


class Filtration(NamedTuple):
    """The vessels that carry blood and the fluid that leaves them: (rows, cells)."""

    share: FloatArray  # of the vessels, -
    entering: FloatArray  # 1/day
    unopposed: FloatArray  # 1/day, what would enter against no pressure where it is lifted, else the same


class Entry(NamedTuple):
    """What comes and goes through the wall, 1/day (rows, cells): over the level in plasma, and over that in the tissue's fluid."""

    brought: FloatArray  # a of equation (1)
    taken: FloatArray  # b
    more: FloatArray  # a* - a of equation (2); zero where pressure is not lifted
    thinned: FloatArray  # b* + J* - b - J

    def gained(self, plasma: FloatArray, fluid: FloatArray) -> FloatArray:
        """Equation (2), for levels in plasma and in the tissue's fluid (rows, cells)."""
        return np.maximum(self.more * plasma - self.thinned * fluid, 0.0)


class Balance(NamedTuple):
    """A steady balance without what (2) adds: see `engine.radial.steady`."""

    faces: FloatArray
    diffusivity: FloatArray
    decay: FloatArray
    source: FloatArray
    velocity: FloatArray


def exchange(passive: FloatArray, convected: FloatArray) -> FloatArray:
    """Diffusive exchange through a wall that also filters, P S/V Pe / (exp(Pe) - 1) with Pe = `convected` / `passive`, 1/day.

    The limit at Pe = 0 is `passive` itself; a wall that lets nothing diffuse gives 0, or takes up what flows back.

    >>> exchange(np.array([2.0, 2.0, 0.0]), np.array([0.0, 2e-9, 1.0]))
    array([2., 2., 0.])
    """
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        hindered = convected / np.expm1(convected / passive)
    found: FloatArray = np.where(convected == 0.0, passive, hindered)
    return found


def entry(passive: FloatArray, passed: FloatArray, fluid: Filtration) -> Entry:
    """What passes the wall of a solute with P S/V `passive` (rows,) 1/day and 1 - sigma `passed` (rows,).

    >>> one = np.ones((1, 1))
    >>> [float(part[0, 0]) for part in entry(np.zeros(1), np.array([0.5]), Filtration(one, 2.0 * one, 6.0 * one))]
    [1.0, 0.0, 2.0, 4.0]
    """
    convected, freely = (flow * passed[:, None] for flow in (fluid.entering, fluid.unopposed))
    diffused, meanwhile = (exchange(fluid.share * passive[:, None], carried) for carried in (convected, freely))
    brought = convected + diffused
    return Entry(brought, diffused, (freely + meanwhile) - brought, (meanwhile + fluid.unopposed) - (diffused + fluid.entering))


def solved(balance: Balance, more: FloatArray, thinned: FloatArray, guess: FloatArray) -> FloatArray:
    """The levels c (rows, cells) of a balance that also gains max(`more` - `thinned` c, 0), by Newton's method from `guess`.

    A row without gain is solved once, and keeps the bits it has without this.

    >>> one, grid = np.ones((1, 1)), np.array([[0.0, 1.0]])
    >>> still = Balance(grid, np.ones(1), one, 2.0 * one, np.zeros((1, 2)))
    >>> [float(solved(still, more * one, one, one)[0, 0]) for more in (1.0, 4.0)]
    [2.0, 3.0]
    """
    rows = np.flatnonzero((more > 0.0).any(axis=1))
    if rows.size == 0:
        return steady(*balance)
    found = steady(*balance) if rows.size < len(more) else np.empty(more.shape)
    alone, more, thinned = Balance(*(column[rows] for column in balance)), more[rows], thinned[rows]
    gains = more > thinned * guess[rows]
    for _ in range(ROUNDS):
        decay, source = (base + np.where(gains, part, 0.0) for base, part in ((alone.decay, thinned), (alone.source, more)))
        level = steady(alone.faces, alone.diffusivity, decay, source, alone.velocity)
        before, gains = gains, more > thinned * level
        if np.array_equal(before, gains):
            break
    found[rows] = level
    return found
