"""The most likely law of spheroids whose radii were measured, for a batch of samples at once.

A radius of kind r (outer, inhibited, necrotic) of a spheroid is normal about that of the law on its day, with a standard deviation
of its kind. At the best deviations the log likelihood is, but for a constant,

    L = -(N/2) sum over r of ln(S_r/N + e^2),    S_r = squares of what the law lacks in that kind,

e being what a measurement can tell apart at the best. L rises when the squares over S_r/N + e^2 of the moment fall: Levenberg and
Marquardt's steps do that, of a batch of samples side by side, each kept only where L has risen.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from refugia.barriers.spheroid import SpheroidLaw, course, inhibited_share, necrotic_share
from refugia.inference.spheroids.groups import Groups
from refugia.terms import FloatArray, RefugiaError

LAW = ("limit", "onset", "rate", "loss")
FINEST = 1e-3
"""mm, e: no scatter is taken to be below a micrometre, about a pixel of a confocal picture: assumed."""
STEP = 0.5
"""Days, of the integration of growth: exact to 2e-5."""
ROUNDS = 200
ENOUGH = 1e-5
"""A fit ends where a step raises the log likelihood by no more,"""
STIFF = 1e5
"""or where none does even at so large a damping."""
NUDGE = 1e-6
"""Step of the finite differences, in logarithms."""
LONGEST = 1.0
"""Largest step of a round, in logarithms: a factor of e."""
FURTHEST = 12.0
"""Largest size of a logarithm: beyond, a number is 0 or infinite for all that can be told."""
SIZES = ndtri((np.arange(16) + 0.5) / 16)
"""Sizes of spheroids about their mean over which inner radii are averaged, in standard deviations."""
STARTS = tuple((share, rate) for share in (0.3, 0.6, 0.9) for rate in (0.1, 0.3, 1.0))
"""From where the most likely law is looked for: Rd over the largest radius measured, and s."""


class Fit(NamedTuple):
    """The most likely law of each sample, and the outer radii on the first day."""

    law: SpheroidLaw  # each (batch,)
    seeded: NDArray[np.int64]  # (seeding,) cells
    first: float  # day
    start: FloatArray  # (batch, seeding) mm
    scatter: FloatArray  # (batch, 3) mm, standard deviations
    likelihood: FloatArray  # (batch,) L


def radii(law: SpheroidLaw, start: FloatArray, days: FloatArray, spread: FloatArray) -> FloatArray:
    """Mean outer, inhibited and necrotic radii (batch, seeding, day, 3), mm, of spheroids of one seeding.

    Their outer radii begin at `start` (batch, seeding) mm on the first day and differ on each by `spread` (batch,), a standard
    deviation over the mean, so that near an onset some have an inner region and some have none.

    >>> law = SpheroidLaw(*(np.array([one]) for one in (0.2, 0.8, 0.3, 1.0)))
    >>> (1e3 * radii(law, np.array([[0.2]]), np.array([3.0, 10.0]), np.array([0.0]))).round(1).tolist()
    [[[[200.0, 120.0, 0.0], [292.7, 231.6, 152.8]]]]
    """
    wide = SpheroidLaw(*(one[:, None] for one in law))
    outer = np.moveaxis(course(start, days, wide, STEP), 0, -1)
    limit, onset = law.limit[:, None, None, None], law.onset[:, None, None, None]
    each = outer[..., None] * (1.0 + spread[:, None, None, None] * SIZES)
    inner = (each * inhibited_share(each, limit, onset), each * necrotic_share(each, limit))
    return np.stack([outer, *(one.mean(axis=-1) for one in inner)], axis=-1)


def fit(groups: Groups, start: Fit | None = None) -> Fit:
    """The most likely law of each sample, from a `start` of one sample, or else from several.

    Raises RefugiaError where there are fewer than two days, since nothing can be told of growth then.
    """
    if groups.days.size < 2:
        raise RefugiaError(f"Spheroids of {groups.days.size} day: a fit of growth needs two days or more. Measure longer.")
    if start is None:
        points = _points(groups)
        many = _copies(groups, len(points))
        found, value = _climbed(points, many)
        best = int(value.argmax())
        return _fit(found[best : best + 1], groups)
    begun = np.repeat(_logarithms(start.law, start.start), groups.number.shape[0], axis=0)
    return _fit(_climbed(begun, groups)[0], groups)


def _copies(groups: Groups, many: int) -> Groups:
    """One sample, many times."""
    return groups._replace(**{name: np.repeat(getattr(groups, name), many, axis=0) for name in ("number", "mean", "within")})


def _part(groups: Groups, at: NDArray[np.int64]) -> Groups:
    """Some of the samples."""
    return groups._replace(**{name: getattr(groups, name)[at] for name in ("number", "mean", "within")})


def _points(groups: Groups) -> FloatArray:
    """Where to start from (point, number), as logarithms."""
    outer, there = groups.mean[0, :, :, 0], groups.number[0] > 0.0
    first = there.argmax(axis=1)
    begun = outer[np.arange(first.size), first]
    share, rate = np.array(STARTS).T
    law = SpheroidLaw(share * outer.max(), np.full(rate.size, 0.8), rate, np.ones(rate.size))
    return _logarithms(law, np.repeat(begun[None], rate.size, axis=0))


def _logarithms(law: SpheroidLaw, start: FloatArray) -> FloatArray:
    """A law and first radii as unbounded numbers (batch, number): logarithms, and of Q that of its odds."""
    odds = law.onset / (1.0 - law.onset)
    return np.concatenate([np.log([law.limit, odds, law.rate, law.loss]).T, np.log(start)], axis=1)


def _law(numbers: FloatArray) -> tuple[SpheroidLaw, FloatArray]:
    """The law and the first radii of unbounded numbers (batch, number)."""
    limit, odds, rate, loss = numbers[:, :4].T
    return SpheroidLaw(np.exp(limit), 1.0 / (1.0 + np.exp(-odds)), np.exp(rate), np.exp(loss)), np.exp(numbers[:, 4:])


def _lack(numbers: FloatArray, groups: Groups) -> FloatArray:
    """Means less the law's radii (batch, seeding, day, 3), times the root of their number."""
    law, start = _law(numbers)
    found: FloatArray = np.sqrt(groups.number)[..., None] * (groups.mean - radii(law, start, groups.days, spread_of(groups)))
    return found


def spread_of(groups: Groups) -> FloatArray:
    """How outer radii differ within a seeding and day (batch,), over their mean.

    >>> from refugia.inference.spheroids.groups import grouped
    >>> from refugia.inference.spheroids.table import Spheroids
    >>> two = Spheroids(np.array([500, 500]), np.array([3.0, 3.0]), np.array([[0.9, 0.0, 0.0], [1.1, 0.0, 0.0]]))
    >>> spread_of(grouped(two)).round(3).tolist()
    [0.1]
    """
    squares: FloatArray = (groups.number * groups.mean[..., 0] ** 2).sum(axis=(1, 2))
    return np.sqrt(groups.within[:, 0] / squares)


def _variances(lack: FloatArray, groups: Groups) -> FloatArray:
    """S_r/N + e^2 (batch, 3), mm2."""
    total = groups.number.sum(axis=(1, 2))[:, None]
    found: FloatArray = (groups.within + (lack**2).sum(axis=(1, 2))) / total + FINEST**2
    return found


def _likelihood(variances: FloatArray, groups: Groups) -> FloatArray:
    found: FloatArray = -0.5 * groups.number.sum(axis=(1, 2)) * np.log(variances).sum(axis=1)
    return found


def _climbed(numbers: FloatArray, groups: Groups) -> tuple[FloatArray, FloatArray]:
    """Numbers (batch, number) from which the likelihood rises no more, and the likelihood (batch,)."""
    batch, width = numbers.shape
    damping, best = np.full(batch, 1e-2), numbers.copy()
    lack = _lack(best, groups)
    value = _likelihood(_variances(lack, groups), groups)
    going = np.ones(batch, np.bool_)
    for _ in range(ROUNDS):
        at = np.flatnonzero(going)
        if at.size == 0:
            break
        some = _part(groups, at)
        slope, bend = _normal(best[at], lack[at], some)
        held = bend + (damping[at, None] * np.einsum("bii->bi", bend) + 1e-12)[:, :, None] * np.eye(width)
        move = np.clip(np.linalg.solve(held, slope[..., None])[..., 0], -LONGEST, LONGEST)
        tried = np.clip(best[at] + move, -FURTHEST, FURTHEST)
        rest = _lack(tried, some)
        reached = _likelihood(_variances(rest, some), some)
        better = reached > value[at]
        up = at[better]
        going[at] = np.where(better, reached > value[at] + ENOUGH, damping[at] < STIFF)
        best[up], lack[up], value[up] = tried[better], rest[better], reached[better]
        damping[at] = np.where(better, 0.1 * damping[at], 10.0 * damping[at])
    return best, value


def _normal(numbers: FloatArray, lack: FloatArray, groups: Groups) -> tuple[FloatArray, FloatArray]:
    """Slope (batch, number) and bend (batch, number, number) of half the weighted squares."""
    batch, width = numbers.shape
    nudged = (numbers[:, None] + NUDGE * np.eye(width)).reshape(batch * width, width)
    moved = _lack(nudged, _copies(groups, width)).reshape(batch, width, -1)
    flat = lack.reshape(batch, 1, -1)
    change = (moved - flat) / NUDGE
    weight = np.broadcast_to(1.0 / _variances(lack, groups)[:, None, None], lack.shape).reshape(batch, -1)
    slope = -np.einsum("bnm,bm,bm->bn", change, weight, flat[:, 0])
    return slope, np.einsum("bnm,bm,bkm->bnk", change, weight, change)


def _fit(numbers: FloatArray, groups: Groups) -> Fit:
    law, start = _law(numbers)
    variances = _variances(_lack(numbers, groups), groups)
    value = _likelihood(variances, groups)
    return Fit(law, groups.seeded, float(groups.days[0]), start, np.sqrt(variances), value)
