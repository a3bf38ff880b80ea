"""Bozic and Nowak 2014 (PNAS 111:15964): how large the resistant clones of a lesion are, by order of appearance and by rank.

The k-th clone that survives arose when m_k cells were there, u m_k s_R/s being Gamma(k, 1), and has (M/m_k)^c V cells today, V
exponential with mean 1/s_R. Plasma shows ranks, not the order. The *limit* functions are the published laws: clones larger than a
few cells, M u well above k. The *exact* functions hold for every M: whole cells, doomed lines, and no clone (0 cells) where fewer
than k have arisen. L = M u s_R/s is the mean number of surviving clones.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import gamma, gammainc, gammainccinv, gammaln

from refugia.clones.luria_delbrueck import alive, larger, load, surviving
from refugia.clones.turnover import STEP, Turnover, ages
from refugia.terms import FloatArray

DOUBLINGS = 70  # of the interval in which a quantile is searched: beyond any number of cells
CUTS = 90  # of that interval


def exceeds(cells: ArrayLike, order: ArrayLike, size: float, source: Turnover) -> FloatArray:
    """P(Y_k > y) of the k-th surviving clone in the limit of many: E exp(-s_R y (G_k/L)^c), G_k a gamma variate of shape k.

    With equal growth it is (1 + y s/(M u))^-k, Lomax.
    """
    y, k = np.asarray(cells, float), np.asarray(order, float)
    mean = float(surviving(size, source))
    if float(source.growth) == 1.0:
        return np.asarray((1.0 + source.resistant * y / mean) ** -k)
    log = np.arange(-DOUBLINGS, np.log(DOUBLINGS * 10.0), STEP)
    weight = STEP * np.exp(k[..., None] * log - np.exp(log) - gammaln(k)[..., None])
    return np.asarray((weight * np.exp(-source.resistant * y[..., None] * np.exp(source.growth * (log - np.log(mean))))).sum(-1))


def appearance(order: ArrayLike, quantile: ArrayLike, size: float, source: Turnover) -> FloatArray:
    """Quantiles of the k-th surviving clone in the limit of many, cells; the median of equal growth is (M u/s) (2^(1/k) - 1).

    `order` and `quantile` broadcast.

    >>> from refugia.clones.turnover import turnover
    >>> appearance([1, 2, 3, 4], 0.5, 1e9, turnover(0.25, 0.181, 4.2e-8)).round(2).tolist()
    [152.17, 63.03, 39.55, 28.79]
    """
    k, q = np.broadcast_arrays(np.asarray(order, float), np.asarray(quantile, float))
    mean = float(surviving(size, source))
    if float(source.growth) == 1.0:
        return np.asarray(mean / source.resistant * np.expm1(-np.log1p(-q) / k))
    low, high = np.full(k.shape, -DOUBLINGS * np.log(2.0)), np.full(k.shape, DOUBLINGS * np.log(2.0))
    for _ in range(CUTS):
        middle = 0.5 * (low + high)
        more = exceeds(np.exp(middle), k, size, source) > 1.0 - q
        low, high = np.where(more, middle, low), np.where(more, high, middle)
    return np.asarray(np.exp(0.5 * (low + high)))


def sizes(arisen: ArrayLike, order: ArrayLike) -> FloatArray:
    """The k-th largest neutral clone (M u/s)/G_k, given M u/s and the k-th point G_k of a standard Poisson process."""
    return np.asarray(np.asarray(arisen) / np.asarray(order))


def rank(order: ArrayLike, quantile: ArrayLike, size: float, source: Turnover) -> FloatArray:
    """Quantiles of the k-th largest clone in the limit of many: S_k = [Gamma(1 + 1/c) L/G_k]^c / s_R, cells.

    >>> from refugia.clones.turnover import turnover
    >>> rank([1, 2, 3], 0.5, 1e9, turnover(0.25, 0.181, 4.2e-8)).round(1).tolist()
    [219.5, 90.7, 56.9]
    """
    point = gammainccinv(order, np.asarray(quantile, float))
    mean = surviving(size, source) * gamma(1.0 + 1.0 / source.growth)
    return np.asarray(sizes(mean, point) ** source.growth / source.resistant)


def successive(ratio: ArrayLike, order: int) -> FloatArray:
    """P(Y_k / Y_(k+1) <= x) of neutral clones: int_0^1 k v^(k-1) x v/(1 + x v) dv; no parameter is left in it.

    >>> float(successive(1.0, 1).round(5))
    0.30685
    """
    x, nodes = np.asarray(ratio, float)[..., None], ages_of_one()
    weight, v = nodes
    return np.asarray((weight * order * v ** (order - 1.0) * x * v / (1.0 + x * v)).sum(axis=-1))


def ages_of_one() -> tuple[FloatArray, FloatArray]:
    """Weights and nodes on (0, 1)."""
    found = ages(Turnover(*(np.ones(()) for _ in Turnover._fields)))
    return found.weight, found.share


def arisen(order: ArrayLike, size: ArrayLike, source: Turnover) -> FloatArray:
    """Chance that at least k surviving clones have arisen: L is the mean of a Poisson number."""
    return np.asarray(gammainc(order, surviving(size, source)))


def held(order: ArrayLike, size: ArrayLike, source: Turnover) -> FloatArray:
    """Chance that at least k resistant clones are alive, doomed ones included."""
    return np.asarray(gammainc(order, alive(size, source)))


def rank_exceeds(cells: ArrayLike, order: ArrayLike, size: float, source: Turnover) -> FloatArray:
    """P(S_k > n) exactly, P(k, (M u/s) T(n)): clones of more than n cells are a Poisson number of mean (M u/s) T(n).

    P(k, x) is the regularised lower gamma function.
    """
    return np.asarray(gammainc(order, load(size, source) * larger(cells, source)))


def appearance_exceeds(cells: ArrayLike, order: ArrayLike, size: float, source: Turnover) -> FloatArray:
    """P(Y_k > n) exactly, for the k-th clone that survives for good.

    It arose at y with density L^k y^(k-1) e^(-L y)/(k-1)! in (0, 1), and has then more than n cells with chance
    a w^n (1 - (1 - s_R)^(n+1) Y)/s_R.
    """
    n, k = np.asarray(cells, float)[..., None], np.asarray(order, float)[..., None]
    found, mean = ages(source), float(surviving(size, source))
    density = found.weight / found.share * np.exp(k * (np.log(mean) + np.log(found.share)) - mean * found.share - gammaln(k))
    log_doomed = np.log1p(-np.minimum(source.resistant, 1.0 - 1e-16))
    lasting = 1.0 - found.grown * np.exp((n + 1.0) * log_doomed)
    with np.errstate(invalid="ignore"):
        kept = np.exp(np.where(n > 0.0, n * found.log_more, 0.0))
    return np.asarray((density * found.alive / source.resistant * kept * lasting).sum(axis=-1))


def exact_rank(order: ArrayLike, quantile: ArrayLike, size: float, source: Turnover) -> FloatArray:
    """Quantiles of the k-th largest clone alive, whole cells, 0 where there are fewer than k."""
    return _whole(rank_exceeds, order, quantile, size, source)


def exact_appearance(order: ArrayLike, quantile: ArrayLike, size: float, source: Turnover) -> FloatArray:
    """Quantiles of the k-th surviving clone, whole cells, 0 where fewer than k have arisen."""
    return _whole(appearance_exceeds, order, quantile, size, source)


Exceeds = Callable[[FloatArray, FloatArray, float, Turnover], FloatArray]


def _whole(exceeds: Exceeds, order: ArrayLike, quantile: ArrayLike, size: float, source: Turnover) -> FloatArray:
    """The smallest whole number of cells that is exceeded with a chance of at most one less the quantile, by bisection."""
    k, q = np.broadcast_arrays(np.asarray(order, float), np.asarray(quantile, float))
    low, high = np.full(k.shape, -1.0), np.full(k.shape, 2.0**DOUBLINGS)
    for _ in range(DOUBLINGS + 2):
        middle = np.floor(0.5 * (low + high))
        yes = (exceeds(middle, k, size, source) > 1.0 - q) & (middle > low)
        low, high = np.where(yes, middle, low), np.where(yes, high, np.maximum(middle, low + 1.0))
    return high
