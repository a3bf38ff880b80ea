"""Tips in distribution: the mean path and its spread are those of the continuous flux, and branches come at their rate."""

from __future__ import annotations

import numpy as np
from scipy import stats

from refugia.engine.voxels import sprouts as network
from refugia.engine.voxels.grid import Grid
from refugia.engine.voxels.hops import Law, Scene
from tests.chance.budget import chance

LANES, LENGTH, START, SPACING = 4000, 60, 20, 0.1
"""Lanes between walls, each with one tip: they never meet."""


def lanes(seed, law, slope, branching=0.0):
    """Where the tips of the lanes are after a day on a lure of even slope, and how many branches there are."""
    shape = (1, 2 * LANES - 1, LENGTH)
    open_to = np.zeros(shape, bool)
    open_to[0, ::2] = True
    lure = np.ascontiguousarray(np.broadcast_to(slope * SPACING * np.arange(LENGTH), shape))
    roots = np.flatnonzero(open_to & (np.arange(LENGTH) == START))
    key, grid = (seed & 0xFFFFFFFF, seed >> 32), Grid(shape, SPACING)
    sprouts = network.budded(network.begin(grid, roots, np.zeros(shape)), roots, key)
    scene = Scene(lure, sprouts.bed, np.full(shape, branching), open_to)
    found = network.advance(sprouts, grid, scene, law, 1.0, key)
    return found.place % LENGTH, int(found.given[1]) - 2 * roots.size


@chance
def test_tips_drift_as_the_flux_says(level, seed):
    """The mean is v t; the spread that of hops at two rates, each a Poisson count (one step at most: p (1 - p) of them)."""
    spread, pull, slope = 0.02, 0.1, 8.0
    speed = pull * slope
    q = speed * SPACING / spread
    there, back = spread / SPACING**2 * q / (1.0 - np.exp(-q)), spread / SPACING**2 * q / (np.exp(q) - 1.0)
    mean = (there - back) * 1.0
    assert np.isclose(mean * SPACING, speed)
    steps = np.ceil((there + back) / network.LEFT)
    deviation = np.sqrt(there + back - mean**2 / steps)

    def p(pulled):
        law = Law(spread, pulled, 0.0, 0.0, 0.0, 0.0, 0.0, 1e9)
        moved = lanes(seed, law, slope)[0] - START
        far = (moved.mean() - mean) / (deviation / np.sqrt(LANES))
        wide = stats.chi2.cdf((LANES - 1) * moved.var(ddof=1) / deviation**2, LANES - 1)
        return min(1.0, 4.0 * min(stats.norm.sf(abs(far)), min(wide, 1.0 - wide)))

    assert p(pull) > level
    assert p(1.1 * pull) < level


@chance
def test_ripe_tips_branch_at_their_rate(level, seed):
    """Tips that hardly move, in one step: the number that branch is binomial with 1 - exp(-rate)."""
    law = Law(1e-6, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.5)

    def p(rate):
        return stats.binomtest(lanes(seed, law, 0.0, rate)[1], LANES, 1.0 - np.exp(-1.0)).pvalue

    assert p(1.0) > level
    assert p(1.2) < level
