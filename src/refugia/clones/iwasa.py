"""Iwasa, Nowak and Michor 2006 (Genetics 172:2557): resistance that grows at another rate than the rest, and how much of it is met.

For resistance that is rare (M u well below one) the number of resistant cells, where there are any, does not depend on u. It does
on what is called M: the sensitive cells only, or *all* cells at detection, as in the paper.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from refugia.clones.luria_delbrueck import larger
from refugia.clones.turnover import STEP, Turnover, ages
from refugia.terms import FloatArray

ROUNDS = 60  # of the bisection for the sensitive cells
LOWEST = 40  # the exponential variate is met from e^-40 on


def factor(source: Turnover) -> FloatArray:
    """F in P(any resistant cell) = 1 - exp(-M u F): (1/s) int_0^1 s_R / (1 - (1 - s_R) y^c) dy.

    One without death, (-ln s)/(1 - s) where growth is equal.

    >>> from refugia.clones.turnover import turnover
    >>> factor(turnover([0.25, 0.14], [0.181, 0.13], 1e-9)).round(5).tolist()
    [1.77811, 2.84206]
    """
    return np.asarray(larger(0.0, source) / source.survival)


def mean_beside(size: ArrayLike, source: Turnover) -> FloatArray:
    """Mean resistant cells beside M *sensitive* cells, where there are any and M u is well below one.

    int_(1/M)^1 y^-c dy / (s F): of order M^(c-1) for c > 1, ln M for c = 1, bounded for c < 1.

    >>> from refugia.clones.turnover import turnover
    >>> float(mean_beside(1e6, turnover(1.0, 0.0, 1e-9)).round(4))
    13.8155
    """
    log, lead = np.log(np.asarray(size, float)), source.growth - 1.0
    flat = np.abs(lead) * np.maximum(log, 1.0) < 1e-6
    grown = np.where(flat, log, np.expm1(np.where(flat, 0.0, lead * log)) / np.where(flat, 1.0, lead))
    return np.asarray(grown / larger(0.0, source))


def mean_within(size: ArrayLike, source: Turnover) -> FloatArray:
    """Mean resistant cells among M cells in *all*, where there are any and M u is well below one.

    A clone that arose beside m sensitive cells is met when x + (x/m)^c V = M, V exponential with mean 1/s_R: of order M^(1-1/c) for
    c > 1, ln M for c = 1, bounded for c < 1.
    """
    total = np.asarray(size, float)[..., None, None]
    found, log_luck = ages(source), np.arange(-LOWEST, 6.0, STEP)
    chance = STEP * np.exp(log_luck - np.exp(log_luck))
    share, weight = found.share[:, None], np.where(found.share[:, None] * total >= 1.0, found.weight[:, None], 0.0)
    size_now = log_luck - np.log(source.resistant)
    shape = np.broadcast_shapes(total.shape, (found.share.size, log_luck.size))
    low, high = np.full(shape, -1.0 * LOWEST), np.zeros(shape)
    for _ in range(ROUNDS):
        middle = 0.5 * (low + high)
        resistant = np.exp(source.growth * (middle - np.log(share)) + size_now - np.log(total))
        over = np.exp(middle) + resistant > 1.0
        low, high = np.where(over, low, middle), np.where(over, middle, high)
    resistant = total * -np.expm1(0.5 * (low + high))
    mean = (weight * chance * resistant).sum(axis=(-2, -1)) * source.resistant
    return np.asarray(mean / larger(0.0, source))
