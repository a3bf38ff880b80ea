"""Later radii from early days, and those of a seeding that was held back, beside forecasts that know no law.

A forecast is scored by the root mean square of what it lacks on every later spheroid, per kind of radius. Nothing that knows only
seeding and day can come below the scatter about the means of the later days themselves: `floor`.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from refugia.barriers.spheroid import SpheroidLaw
from refugia.inference.spheroids.fit import LAW, Fit, fit, radii, spread_of
from refugia.inference.spheroids.groups import Groups, grouped, resampled
from refugia.inference.spheroids.table import Spheroids, chosen
from refugia.terms import FloatArray, InputError

SHARE = 0.95
"""Of the samples within an interval."""


class Interval(NamedTuple):
    """A number and its 95 % interval over bootstrap samples."""

    value: float
    low: float
    high: float


class Forecast(NamedTuple):
    """Later radii as forecast and as measured; radii and scores in mm."""

    law: dict[str, Interval]  # limit mm, onset -, rate 1/day, loss -
    fit: Fit  # of one sample, all spheroids it was fitted to
    seeded: NDArray[np.int64]  # (seeding,)
    days: FloatArray  # (day,) later ones
    number: FloatArray  # (seeding, day) spheroids measured
    measured: FloatArray  # (seeding, day, 3) their means
    radii: FloatArray  # (seeding, day, 3) of the law
    low: FloatArray  # (seeding, day, 3)
    high: FloatArray  # (seeding, day, 3)
    rival: dict[str, FloatArray]  # each (seeding, day, 3): forecasts without a law
    score: dict[str, FloatArray]  # each (3,), by forecast: "law", the rivals, and "floor"


def forecast(spheroids: Spheroids, last: float, samples: int, seed: int) -> Forecast:
    """The law fitted to days up to `last`, and what it says of the later ones; rival: `persistence` of the last early means.

    `samples` of a bootstrap give the intervals. Raises InputError where there are not two early days and a later one, or where a
    seeding has none of either.

    >>> law = SpheroidLaw(*(np.array([one]) for one in (0.2, 0.8, 0.3, 1.0)))
    >>> some = experiment(law, [(500, 0.15), (900, 0.2)], np.array([3.0, 5.0, 8.0, 12.0]), 5, 0.002, seed=1)
    >>> found = forecast(some, 8.0, samples=2, seed=1)
    >>> bool((found.score["law"] < found.score["persistence"]).all()), found.days.tolist()
    (True, [12.0])
    """
    early, late = chosen(spheroids, spheroids.day <= last), chosen(spheroids, spheroids.day > last)
    if np.unique(early.day).size < 2 or not late.day.size or set(early.seeded.tolist()) != set(late.seeded.tolist()):
        reason = "does not part each seeding into early days, two of them at least in all, and later ones"
        raise InputError("", "last", last, reason, f"Days measured: {', '.join(f'{day:g}' for day in np.unique(spheroids.day))}.")
    best, boot = _fits(early, samples, seed)
    goal, seen = grouped(late), grouped(early)
    begun = float(seen.days[0])
    told = [_told(one, begun, goal.days, grouped(early)) for one in (best, boot)]
    known = seen.number[0] > 0.0
    newest = known.shape[1] - 1 - known[:, ::-1].argmax(axis=1)
    last_means = seen.mean[0, np.arange(newest.size), newest]
    kept = np.repeat(last_means[:, None], goal.days.size, axis=1)
    return _scored(best, boot, told, goal, {"persistence": kept})


def held_back(spheroids: Spheroids, seeding: int, samples: int, seed: int) -> Forecast:
    """One seeding forecast from its first day's mean outer radius alone, by the law of all days of the others.

    Rivals: `persistence` of the first day's means, and `neighbours`, the means of the other seedings on the same day.
    Raises InputError where there is no such seeding, or no other.

    >>> law = SpheroidLaw(*(np.array([one]) for one in (0.2, 0.8, 0.3, 1.0)))
    >>> some = experiment(law, [(500, 0.15), (900, 0.2)], np.array([3.0, 5.0, 8.0, 12.0]), 5, 0.002, seed=1)
    >>> found = held_back(some, 900, samples=2, seed=1)
    >>> bool((found.score["law"] < found.score["neighbours"]).all()), found.days.tolist()
    (True, [5.0, 8.0, 12.0])
    """
    others, own = chosen(spheroids, spheroids.seeded != seeding), chosen(spheroids, spheroids.seeded == seeding)
    if not own.day.size or np.unique(others.day).size < 2 or np.unique(own.day).size < 2:
        known = ", ".join(str(one) for one in np.unique(spheroids.seeded))
        raise InputError("", "seeding", seeding, "cannot be held back", f"Two days of it, and of another one, are needed: {known}.")
    best, boot = _fits(others, samples, seed)
    begun = float(own.day.min())
    first, goal = grouped(chosen(own, own.day == begun)), grouped(chosen(own, own.day > begun))
    drawn = grouped(chosen(own, own.day == begun), resampled(chosen(own, own.day == begun), samples, seed))
    told = [
        _told(one._replace(start=start.mean[:, :, 0, 0]), begun, goal.days, grouped(others))
        for one, start in ((best, first), (boot, drawn))
    ]
    kept = np.repeat(first.mean[0], goal.days.size, axis=1)
    return _scored(best, boot, told, goal, {"persistence": kept, "neighbours": _neighbours(others, goal.days)})


def experiment(
    law: SpheroidLaw, starts: list[tuple[int, float]], days: FloatArray, count: int, scatter: float, seed: int
) -> Spheroids:
    """Spheroids that obey a law, `count` of each seeding and day, with normal `scatter` mm.

    `starts`: (cells seeded, outer radius mm on the first day). A region is never larger than what it lies in, nor
    below 0. Draws are keyed by seed and row.

    >>> law = SpheroidLaw(*(np.array([one]) for one in (0.2, 0.8, 0.3, 1.0)))
    >>> experiment(law, [(500, 0.15)], np.array([3.0, 5.0]), 2, 0.0, seed=1).radii[:, 0].round(3).tolist()
    [0.15, 0.15, 0.182, 0.182]
    """
    from scipy.special import ndtri

    from refugia.engine.keys import name_word, subkeys
    from refugia.engine.uniforms import uniform_table

    mean = radii(law, np.array([[start for _, start in starts]]), days, np.zeros(1))[0]
    found = np.repeat(mean.reshape(-1, 3), count, axis=0)
    luck = uniform_table(subkeys(seed, np.arange(found.shape[0]), "experiment"), name_word("scatter"), 3)
    found = np.maximum(found + scatter * ndtri(luck) * (found > 0.0), 0.0)
    found = np.minimum.accumulate(found, axis=1)
    seeded = np.repeat([cells for cells, _ in starts], days.size * count)
    return Spheroids(seeded.astype(np.int64), np.tile(np.repeat(days, count), len(starts)), found)


def _fits(spheroids: Spheroids, samples: int, seed: int) -> tuple[Fit, Fit]:
    """The fit of spheroids, and those of bootstrap samples of them."""
    best = fit(grouped(spheroids))
    return best, fit(grouped(spheroids, resampled(spheroids, samples, seed)), best)


def _told(found: Fit, first: float, days: FloatArray, groups: Groups) -> FloatArray:
    """Radii (batch, seeding, day, 3) on days after the first."""
    spread = np.repeat(spread_of(groups), found.start.shape[0])
    return radii(found.law, found.start, np.concatenate([[first], days]), spread)[:, :, 1:]


def _neighbours(others: Spheroids, days: FloatArray) -> FloatArray:
    """Means over the other seedings (1, day, 3), between their days where they were not measured on the same."""
    groups = grouped(others)
    there = groups.number[0] > 0.0
    curves = [
        np.stack([np.interp(days, groups.days[on], means[on, kind]) for kind in range(3)], axis=1)
        for on, means in zip(there, groups.mean[0], strict=True)
    ]
    found: FloatArray = np.mean(curves, axis=0)[None]
    return found


def _scored(best: Fit, boot: Fit, told: list[FloatArray], goal: Groups, rival: dict[str, FloatArray]) -> Forecast:
    """Forecasts beside what was measured."""
    tail = 0.5 * (1.0 - SHARE)
    law = {
        name: Interval(float(getattr(best.law, name)[0]), *map(float, np.quantile(getattr(boot.law, name), [tail, 1.0 - tail])))
        for name in LAW
    }
    low, high = np.quantile(told[1], [tail, 1.0 - tail], axis=0)
    said = {"law": told[0][0], **rival, "floor": goal.mean[0]}
    score = {name: _score(one, goal) for name, one in said.items()}
    return Forecast(law, best, goal.seeded, goal.days, goal.number[0], goal.mean[0], told[0][0], low, high, rival, score)


def _score(said: FloatArray, goal: Groups) -> FloatArray:
    """Root mean square (3,), mm, of what a forecast (seeding, day, 3) lacks on every spheroid."""
    squares = (goal.number[0, ..., None] * (said - goal.mean[0]) ** 2).sum(axis=(0, 1)) + goal.within[0]
    found: FloatArray = np.sqrt(squares / goal.number.sum())
    return found
