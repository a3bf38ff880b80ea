"""Kaplan-Meier curves, medians, hazard ratios (by lifelines) and intervals of shares (by scipy)."""

from __future__ import annotations

from importlib import import_module
from typing import Any, NamedTuple

import numpy as np

from refugia.terms import FloatArray, RefugiaError

MONTH = 365.25 / 12.0  # days


class Estimate(NamedTuple):
    """A figure with its 95 % interval; infinite where it is not reached."""

    value: float
    low: float
    high: float


class Curve(NamedTuple):
    """A Kaplan-Meier curve with its 95 % band: days (k,), and the share without an event after each."""

    days: FloatArray
    share: FloatArray
    low: FloatArray
    high: FloatArray


def library(name: str, extra: str) -> Any:
    """A library of an extra. Raises RefugiaError where it is not installed."""
    try:
        return import_module(name)
    except ModuleNotFoundError:
        way_out = f'Install it with: pip install "refugia[{extra}]".'
        raise RefugiaError(f"This needs the library {name.split('.')[0]}. {way_out}") from None


def curve(days: FloatArray, until: FloatArray | float) -> Curve:
    """The Kaplan-Meier curve of days (n,) to an event, infinite or beyond `until`, the last look, where none was seen."""
    fitted = _fitted(days, until)
    band = fitted.confidence_interval_
    share = fitted.survival_function_
    return Curve(share.index.to_numpy(float), share.iloc[:, 0].to_numpy(), band.iloc[:, 0].to_numpy(), band.iloc[:, 1].to_numpy())


def median(days: FloatArray, until: FloatArray | float) -> Estimate:
    """The Kaplan-Meier median, in the unit of the days, with the interval of lifelines; on a grid of scans it is one of them.

    >>> median(np.array([10.0, 20.0, 30.0, np.inf]), 40.0).value
    20.0
    """
    fitted = _fitted(days, until)
    ends = library("lifelines.utils", "trials").median_survival_times(fitted.confidence_interval_).to_numpy().ravel()
    return Estimate(float(fitted.median_survival_time_), float(ends[0]), float(ends[1]))


def smooth_median(days: FloatArray, until: FloatArray | float, level: float = 0.5) -> float:
    """The Kaplan-Meier median as it would be if the scans of different patients fell on different days.

    All virtual patients are looked at on the same days, real ones are not: the crossing is interpolated between the scans, and half
    the interval between them is added, by which a date on a scan is late on average. The last look where it is not reached.

    >>> smooth_median(np.array([42.0, 84.0, 84.0, 126.0]), 126.0)
    84.0
    """
    if days.size == 0:
        return float("nan")
    found = curve(days, until)
    below = np.flatnonzero(found.share <= level)
    if below.size == 0 or below[0] == 0:
        return float(np.max(until))
    right = below[0]
    gap = found.days[right] - found.days[right - 1]
    drop = found.share[right - 1] - found.share[right]
    crossing = found.days[right - 1] + gap * (found.share[right - 1] - level) / drop
    return float(min(crossing + gap / 2.0, np.max(until)))


class Group(NamedTuple):
    """Days (n,) to an event, infinite where there was none, and the last look (n,)."""

    days: FloatArray
    until: FloatArray


def hazard_ratio(first: Group, second: Group) -> Estimate:
    """The hazard of the first group over that of the second, by Cox regression (lifelines, Efron's ties)."""
    pandas, lifelines = library("pandas", "trials"), library("lifelines", "trials")
    days, until = (np.concatenate([getattr(first, part), getattr(second, part)]) for part in Group._fields)
    group = np.concatenate([np.ones(first.days.size), np.zeros(second.days.size)])
    table = pandas.DataFrame({"day": np.minimum(days, until), "event": days <= until, "group": group})
    fitted = lifelines.CoxPHFitter().fit(table, "day", "event")
    low, high = np.exp(fitted.confidence_intervals_.to_numpy().ravel())
    return Estimate(float(fitted.hazard_ratios_["group"]), float(low), float(high))


def proportion(hits: int, of: int) -> Estimate:
    """A share and its Wilson interval; not a number where there is nobody.

    >>> proportion(8, 10).value
    0.8
    """
    if of == 0:
        return Estimate(float("nan"), 0.0, 1.0)
    from scipy.stats import binomtest

    ends = binomtest(hits, of).proportion_ci(method="wilson")
    return Estimate(hits / of, float(ends.low), float(ends.high))


def _fitted(days: FloatArray, until: FloatArray | float) -> Any:
    fitter = library("lifelines", "trials").KaplanMeierFitter()
    return fitter.fit(np.minimum(days, until), days <= until)
