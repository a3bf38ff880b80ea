"""What the theory of resistance asks of a growing population: mutation, survival, and how resistant lines grow beside it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from refugia.terms import FloatArray

REACH = 80  # the quadrature ends where a share of the population is below e^-80
STEP = 0.1  # of the quadrature, in the log odds of that share


class Turnover(NamedTuple):
    """Rates of a population that mutates into resistance; arrays that broadcast, all without unit.

    A line of one sensitive cell survives with chance s = 1 - d/b, that of a resistant one with s_R = 1 - d_R/b_R, and resistant
    cells grow c = (b_R - d_R)/(b - d) times as fast as sensitive ones.
    """

    mutation: FloatArray  # u, chance of a resistance mutation per division
    survival: FloatArray  # s
    resistant: FloatArray  # s_R
    growth: FloatArray  # c


def turnover(birth: ArrayLike, death: ArrayLike, mutation: ArrayLike, cost: ArrayLike = 0.0) -> Turnover:
    """The turnover of a population with birth b > death d (one unit of time) and u mutations per division.

    Resistance costs a share of *net* growth, taken as death: b_R = b, b_R - d_R = (1 - cost)(b - d), so that c = 1 - cost and
    s_R = (1 - cost) s. A negative cost is an advantage.

    >>> found = turnover(0.25, 0.181, 4.2e-8)
    >>> float(found.survival.round(3)), float(found.resistant.round(3)), float(found.growth)
    (0.276, 0.276, 1.0)
    """
    b, d, u, lost = (np.asarray(part, float) for part in (birth, death, mutation, cost))
    survival = (b - d) / b
    return Turnover(u, survival, survival * (1.0 - lost), np.asarray(1.0 - lost))


class Ages(NamedTuple):
    """A clone that arose when a share y of today's population was there; arrays whose last axis is the nodes of a quadrature.

    Weights sum to one over y in (0, 1): mutations arise evenly in y. With Y = y^c, a clone is alive with chance
    a = s_R / (1 - (1 - s_R) Y) and then larger than n cells with chance w^n, w = (1 - Y) / (1 - (1 - s_R) Y).
    """

    weight: FloatArray
    share: FloatArray  # y
    grown: FloatArray  # Y
    alive: FloatArray  # a
    log_more: FloatArray  # log w
    ends: FloatArray  # 1 - w


def ages(source: Turnover) -> Ages:
    """The nodes of the trapezoidal rule in the log odds of y: exponentially convergent, and as fine near 0 as near 1.

    >>> found = ages(turnover(0.25, 0.181, 1e-9))
    >>> float(found.weight.sum().round(12))
    1.0
    """
    odds = np.arange(-REACH, REACH + STEP, STEP)
    log_share = -np.log1p(np.exp(-odds))
    weight = STEP * np.exp(log_share) / (1.0 + np.exp(odds))
    survival, growth = (np.asarray(part)[..., None] for part in (source.resistant, source.growth))
    grown, rest = np.exp(growth * log_share), -np.expm1(growth * log_share)
    scale = survival + (1.0 - survival) * rest
    with np.errstate(divide="ignore"):
        log_more = np.log(rest) - np.log(scale)
    return Ages(weight, np.exp(log_share), grown, survival / scale, log_more, survival * grown / scale)
