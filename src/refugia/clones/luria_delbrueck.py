"""Luria and Delbrück with death: how many resistant clones and cells a population holds once it has grown to M cells.

Luria and Delbrück 1943 (Genetics 28:491), Lea and Coulson 1949 (J Genet 49:264); with death and another growth of resistant cells
as in Iwasa, Nowak and Michor 2006. Mutations arise at rate M u/s over the share y of today's population that was there, y even in
(0, 1): near its end the population grows as an exponential, whose integral over time is M/(b - d), and b s = b - d.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from refugia.clones.turnover import Turnover, ages
from refugia.terms import FloatArray

LANDAU_MEDIAN = 1.3558  # of the standard Landau law
LARGE = 1e200  # the recursion is brought back to size here
COUNTED = 4096  # cells up to which quantiles come from the exact law
ROUNDS = 80  # of a bisection
FIRST, LAST, FINE = -40, 4, 100  # the Landau integral: log of its variable, and nodes in each unit of it
LOWEST = -3  # below it lies 1e-7 of Landau's law


def load(size: ArrayLike, source: Turnover) -> FloatArray:
    """Lines founded by mutation, doomed ones included, M u/s."""
    return np.asarray(np.asarray(size, float) * source.mutation / source.survival)


def larger(cells: ArrayLike, source: Turnover) -> FloatArray:
    """T(n): the chance that a founded line has more than n cells today; `cells` has any shape in front of the source's.

    T(n) = int_0^1 a w^n dy. With equal growth it is s int_0^1 w^n / (1 - (1 - s) w) dw, near 1/(n + 1) for large n.

    >>> from refugia.clones.turnover import turnover
    >>> larger([0, 1000], turnover(1.0, 0.0, 1e-9)).round(12).tolist()
    [1.0, 0.000999000999]
    """
    found, n = ages(source), np.asarray(cells, float)
    with np.errstate(invalid="ignore"):
        kept = np.exp(np.where(n[..., None] > 0.0, n[..., None] * found.log_more, 0.0))
    return np.asarray((found.weight * found.alive * kept).sum(axis=-1))


def alive(size: ArrayLike, source: Turnover) -> FloatArray:
    """Mean number of resistant clones alive at M cells, M u F; F = T(0)/s is (-ln s)/(1 - s) where growth is equal.

    >>> from refugia.clones.turnover import turnover
    >>> float(alive(1e9, turnover(0.25, 0.181, 4.2e-8)).round(2))
    74.68
    """
    return np.asarray(load(size, source) * larger(0.0, source))


def surviving(size: ArrayLike, source: Turnover) -> FloatArray:
    """Mean number of resistant clones that will never die out by themselves, M u s_R/s."""
    return np.asarray(load(size, source) * source.resistant)


def log_none(size: ArrayLike, source: Turnover) -> FloatArray:
    """Log of the chance that no resistant cell is alive, -M u F."""
    return -alive(size, source)


def any_alive(size: ArrayLike, source: Turnover) -> FloatArray:
    """Chance that a resistant cell is alive, 1 - exp(-M u F); no digits are lost where it is tiny.

    >>> from refugia.clones.turnover import turnover
    >>> float(any_alive(1e6, turnover(0.25, 0.181, 1e-7)).round(5))
    0.1629
    """
    return -np.expm1(log_none(size, source))


def any_surviving(size: ArrayLike, source: Turnover) -> FloatArray:
    """Chance that a resistant clone is there which will not die out by itself, 1 - exp(-M u s_R/s)."""
    return -np.expm1(-surviving(size, source))


def log_pmf(size: float, source: Turnover, count: int) -> FloatArray:
    """Log chances (count,) of 0, 1, ... resistant cells: exact, from the logarithm of the generating function.

    log G(z) = (M u/s) int_0^1 [g(z; y) - 1] dy = -M u F + sum_j l_j z^j, where l_j is the mean number of clones of j cells; hence
    k p_k = sum_j j l_j p_(k-j) (Lea and Coulson 1949 is the case without death). Every term is positive: no digit is lost.

    >>> from refugia.clones.turnover import turnover
    >>> np.exp(log_pmf(1e9, turnover(1.0, 0.0, 1e-9), 4)).round(5).tolist()
    [0.36788, 0.18394, 0.1073, 0.06898]
    """
    found, index = ages(source), np.arange(1.0, count)
    many = np.zeros(count)
    for k in range(1, count):
        many[k] = (found.weight * found.alive * found.ends * np.exp((k - 1.0) * found.log_more)).sum()
    many[1:] *= index * load(size, source)
    chance, log, shift = np.zeros(count), np.zeros(count), float(log_none(size, source))
    chance[0], log[0] = 1.0, shift
    for k in range(1, count):
        chance[k] = (many[1 : k + 1] * chance[k - 1 :: -1][:k]).sum() / k
        with np.errstate(divide="ignore"):
            log[k] = np.log(chance[k]) + shift
        if chance[k] > LARGE:
            shift += np.log(chance[k])
            chance[: k + 1] /= chance[k]
    return log


def median_cells(size: ArrayLike, mutation: ArrayLike, survival: ArrayLike) -> FloatArray:
    """Median number of neutral resistant cells, (M u/s) (ln(M u) + 1.3558), for M u well above one; never below zero.

    The limit of the exact law: cells over M u/s, less ln(M u), are a Landau variate, whose Laplace transform is t^t.

    >>> float(median_cells(1e9, 4.2e-8, 0.276).round(1))
    775.1
    """
    arisen = np.asarray(size, float) * np.asarray(mutation, float)
    least = np.exp(-LANDAU_MEDIAN)
    return np.asarray(arisen / np.asarray(survival, float) * np.maximum(np.log(np.maximum(arisen, least)) + LANDAU_MEDIAN, 0.0))


def landau_beyond(value: ArrayLike) -> FloatArray:
    """P(L > l) of the standard Landau law, (1/pi) int exp(-t ln t - l t) sin(pi t) dt/t, for l above -3.

    >>> float(landau_beyond(LANDAU_MEDIAN).round(4))
    0.5
    """
    log = np.arange(FIRST * FINE, LAST * FINE) / FINE
    t = np.exp(log)
    part = np.exp(-t * (log + np.asarray(value, float)[..., None])) * np.sin(np.pi * t)
    return np.asarray(part.sum(axis=-1) / (np.pi * FINE))


def landau(quantile: ArrayLike) -> FloatArray:
    """Quantiles of the standard Landau law, from 1e-6 to one less 1e-6.

    >>> float(landau(0.5).round(4))
    1.3558
    """
    q = np.asarray(quantile, float)
    low, high = np.full(q.shape, float(LOWEST)), np.full(q.shape, 1e6)
    for _ in range(ROUNDS):
        middle = 0.5 * (low + high)
        more = landau_beyond(middle) > 1.0 - q
        low, high = np.where(more, middle, low), np.where(more, high, middle)
    return np.asarray(0.5 * (low + high))


def cells(quantile: ArrayLike, size: float, source: Turnover) -> FloatArray | None:
    """Quantiles of the number of resistant cells: exact where they lie below 4096 cells, Landau's limit above.

    None where resistance has a cost and a quantile lies above: no closed law is known here for that.

    >>> from refugia.clones.turnover import turnover
    >>> cells([0.25, 0.5, 0.75], 1e8, turnover(0.25, 0.181, 1e-8)).tolist()
    [1.0, 4.0, 14.0]
    """
    q = np.asarray(quantile, float)
    if float(load(size, source)) < COUNTED:
        reached = np.cumsum(np.exp(log_pmf(size, source, COUNTED)))
        if reached[-1] > np.max(q):
            return np.asarray(np.searchsorted(reached, q), float)
    if float(source.growth) != 1.0:
        return None
    return np.asarray(load(size, source) * (np.log(size * source.mutation) + landau(q)))
