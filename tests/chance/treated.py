"""Four types of cells that grow and are then treated with two drugs: solved exactly, and drawn by the cell kernel."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from refugia.clones.combination import Targets, Therapy
from refugia.engine.addresses import Chance
from refugia.engine.keys import subkeys
from refugia.engine.step import Exchange, Mutation, advance
from refugia.engine.transition import empty_transition, fill_transition


def rates_of(rates: Therapy, birth: float, targets: Targets) -> tuple[NDArray[np.float64], NDArray[np.float64], tuple[float, ...]]:
    """Net growth (4,) before therapy and under it, and the chances of the three kinds of mutations; every mutation costs."""
    u, s, c = float(rates.source.mutation), float(rates.source.survival), float(rates.source.growth)
    nets = birth * s * np.array([1.0, c, c, c * c])
    killed = np.full(4, birth * float(rates.under))
    killed[3] = nets[3]
    return nets, killed, tuple(u * n for n in targets)


def log_cure(start: float, days: float, rates: Therapy, birth: float, targets: Targets) -> float:
    """Log chance that nothing survives of `start` sensitive cells that grow so many days and are then treated, exactly.

    Survival chances p of the four types (none, resistant to 1, to 2, to both) obey dp/dt = r p - b p^2 + b (1 - p) sum of
    u (p' - p) backwards in time, one daughter in two being the mutant: under therapy their fixed point, before it Runge-Kutta.
    """
    nets, killed, (one, two, both) = rates_of(rates, birth, targets)

    def slope(p: NDArray[np.float64]) -> NDArray[np.float64]:
        gain = np.array([one * p[1] + two * p[2] + both * p[3] - (one + two + both) * p[0],
                         (two + both) * (p[3] - p[1]), (one + both) * (p[3] - p[2]), 0.0])  # fmt: skip
        return np.asarray(nets * p - birth * p * p + birth * gain * (1.0 - p))

    p = np.zeros(4)
    p[3] = nets[3] / birth
    for _ in range(200):
        p[1] = birth * (two + both) * (p[3] - p[1]) * (1.0 - p[1]) / (-killed[1] + birth * p[1])
        p[2] = birth * (one + both) * (p[3] - p[2]) * (1.0 - p[2]) / (-killed[2] + birth * p[2])
        gained = one * p[1] + two * p[2] + both * p[3] - (one + two + both) * p[0]
        p[0] = birth * gained * (1.0 - p[0]) / (-killed[0] + birth * p[0])
    steps = 40_000
    h = days / steps
    for _ in range(steps):
        k1 = slope(p)
        k2 = slope(p + 0.5 * h * k1)
        k3 = slope(p + 0.5 * h * k2)
        p = p + h / 6.0 * (k1 + 2.0 * k2 + 2.0 * k3 + slope(p + h * k3))
    return float(start * np.log1p(-p[0]))


def failures(start: int, days: tuple[int, int], rates: Therapy, birth: float, targets: Targets, *, worlds: int, seed: int) -> int:
    """In how many worlds a cell that resists both drugs is alive after so many days of growth and of therapy, in daily steps."""
    nets, killed, (one, two, both) = rates_of(rates, birth, targets)
    table, cells = empty_transition((worlds, 1, 4)), np.zeros((worlds, 1, 4), np.int64)
    table.birth[:] = birth
    cells[:, 0, 0] = start
    edges = ((0, 1, one), (0, 2, two), (0, 3, both), (1, 3, two + both), (2, 3, one + both))
    parent, child = (np.array([edge[k] for edge in edges]) for k in (0, 1))
    chances = np.tile([edge[2] for edge in edges], (worlds, 1))
    mutation = Mutation(parent, child, np.arange(5, 10).astype(np.uint32), chances)
    exchange = Exchange(np.full(4, -1), np.zeros((worlds, 1, 4)), np.zeros(worlds), np.zeros((worlds, 4)))
    keys, words, step = subkeys(seed, np.arange(worlds), "treated"), np.arange(1, 5).astype(np.uint32), 0
    for count, net in zip(days, (nets, killed), strict=True):
        table.death[:] = birth - net
        fill_transition(np.arange(worlds), 1.0, table)
        for _ in range(count):
            advance(cells, table, mutation, exchange, Chance(keys, words, np.uint32(step)), (0.0, 1.0))
            step += 1
    return int((cells[:, 0, 3] > 0).sum())
