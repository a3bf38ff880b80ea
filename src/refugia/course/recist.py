"""RECIST 1.1: when the sum of diameters, a site of its own, or a new lesion says that the disease has progressed."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from refugia.biopsy import diameter as sphere_diameter
from refugia.biopsy import reading
from refugia.terms import FloatArray

BoolArray = NDArray[np.bool_]
IntArray = NDArray[np.int64]

_SLAB = 2048  # worlds at a time, so that the intermediate arrays stay in the cache
_TRACE = 1e-9  # mm; stands for a diameter of zero where a logarithm is taken, far below that of a cell
_NEWTON = 24  # a fixed count, so that no world's bits depend on its neighbours' convergence


class Watch(NamedTuple):
    """What RECIST needs to know of the bodies it watches: W worlds, S sites, T steps."""

    days: FloatArray  # (T+1,) days, increasing: the step edges; the first is the baseline
    seen: BoolArray  # (S,) or (W, S): known at baseline, hence in the sum; a site that is not is occult
    present: BoolArray  # (W, S): an absent site plays no part
    detection: FloatArray  # (W, S) mm3: the volume at which an occult site is a new lesion
    ratio: FloatArray  # (W,) -: of the sum of diameters over its nadir
    increase: FloatArray  # (W,) mm: of the sum of diameters over its nadir


class Progression(NamedTuple):
    """Days of progression; infinity where it never happens."""

    body: FloatArray  # (W,) days
    sites: FloatArray  # (W, S) days: a seen site by the same rule on its own diameter, an occult one at its detection


class _Slab(NamedTuple):
    """Some of the worlds, with the masks worked out."""

    diameter: FloatArray  # (w, S, T+1) mm
    counted: BoolArray  # (w, S) seen and present
    occult: BoolArray  # (w, S) present, yet not seen at baseline
    detection: FloatArray  # (w, S) mm
    ratio: FloatArray  # (w,)
    increase: FloatArray  # (w,) mm


def progression(volume: FloatArray, watch: Watch) -> Progression:
    """The days on which bodies and sites progress, continuous in time (Eisenhauer et al. 2009, RECIST 1.1).

    The body progresses when the sum of the diameters of its seen sites reaches max(ratio x nadir, nadir + increase), or when an
    occult site reaches its detection volume, whichever is first. The nadir is the smallest sum at the step edges so far, the
    baseline included. Within a step ln V of each site is linear in time: its diameter is D0 (D1/D0)^s, so ln of the sum is convex
    in s, a level above the left edge and not above the right one is crossed once, and Newton's method from the right edge comes
    down to it.

    volume: (W, S, T+1) mm3 at the step edges, inert volume included. Raises ValueError where shapes do not agree.

    >>> days = np.array([0.0, 10.0, 20.0])
    >>> volume = np.array([[[1000.0, 500.0, 4000.0]]])
    >>> one = np.ones((1, 1), dtype=bool)
    >>> watch = Watch(days, one, one, np.full((1, 1), 65.0), np.array([1.2]), np.array([0.0]))
    >>> progression(volume, watch).body.round(6)  # 10 + 10 ln(1.2^3) / ln 8
    array([12.630344])
    """
    _check(volume, watch)
    worlds, sites, _ = volume.shape
    body, site = np.full(worlds, np.inf), np.full((worlds, sites), np.inf)
    for start in range(0, worlds, _SLAB):
        cut = slice(start, start + _SLAB)
        slab = _slab(sphere_diameter(volume[cut]), watch, cut)
        for s in range(sites):
            site[cut, s] = _site_days(slab, watch.days, s)
        sums = _sum_days(slab, watch.days)
        body[cut] = np.minimum(sums, np.where(slab.occult, site[cut], np.inf).min(axis=1, initial=np.inf))
    return Progression(body, site)


def at_scans(volume: FloatArray, watch: Watch, scans: FloatArray, errors: FloatArray | None = None) -> Progression:
    """The scans that first call progression: the rule of `progression`, looked at on stated days only.

    scans: (K,) days, increasing, within the step edges; the first is the baseline scan and the nadir runs over the scans. Volumes
    are interpolated with ln V linear within a step. errors: (W, S, K) or None; a measured diameter is the true one times
    exp(error), so an error is the log SD of a reading times a standard normal. Raises ValueError where a scan lies outside the
    edges or they do not increase.

    >>> days = np.array([0.0, 10.0, 20.0])
    >>> one = np.ones((1, 1), dtype=bool)
    >>> watch = Watch(days, one, one, np.full((1, 1), 65.0), np.array([1.2]), np.array([0.0]))
    >>> at_scans(np.array([[[1000.0, 500.0, 4000.0]]]), watch, np.array([0.0, 10.0, 12.0, 14.0, 16.0])).body
    array([14.])
    """
    _check(volume, watch)
    days = watch.days
    if scans[0] < days[0] or scans[-1] > days[-1] or np.any(np.diff(scans) <= 0):
        raise ValueError(f"scans must increase and lie between day {days[0]:g} and day {days[-1]:g}")
    worlds, sites, _ = volume.shape
    body, site = np.full(worlds, np.inf), np.full((worlds, sites), np.inf)
    for start in range(0, worlds, _SLAB):
        cut = slice(start, start + _SLAB)
        measured = readings(volume[cut], days, scans, None if errors is None else errors[cut])
        measured[:, :, 0] = np.where(_occult(watch, cut), 0.0, measured[:, :, 0])  # not seen at the baseline scan, by definition
        slab = _slab(measured, watch, cut)
        for s in range(sites):
            site[cut, s] = _at_edge(scans, _site_hit(slab, s)[0])
        sums = _at_edge(scans, _first_hit(_sum(slab), slab.ratio, slab.increase)[0])
        body[cut] = np.minimum(sums, np.where(slab.occult, site[cut], np.inf).min(axis=1, initial=np.inf))
    return Progression(body, site)


def readings(volume: FloatArray, days: FloatArray, scans: FloatArray, errors: FloatArray | None = None) -> FloatArray:
    """Measured diameters (W, S, K) mm on the scan days, from volumes (W, S, T+1) mm3 at the step edges `days` (T+1,).

    ln V is linear within a step; errors (W, S, K), where given, are added to ln of the diameter.

    >>> readings(np.array([[[1000.0, 8000.0]]]), np.array([0.0, 7.0]), np.array([0.0, 7.0])).round(3).tolist()
    [[[12.407, 24.814]]]
    """
    measured = _interpolated(sphere_diameter(volume), days, scans)
    return measured if errors is None else reading(measured, 1.0, errors)


def deepest(volume: FloatArray, watch: Watch, until: FloatArray) -> FloatArray:
    """The smallest sum of diameters over its baseline, (W,), at the step edges up to a day `until` (W,).

    A response is `deepest(...) <= share`; with `until` the day of progression it is the best response. NaN where no site was seen.

    >>> one = np.ones((1, 1), dtype=bool)
    >>> watch = Watch(np.array([0.0, 7.0]), one, one, np.full((1, 1), 65.0), np.array([1.2]), np.array([5.0]))
    >>> deepest(np.array([[[1000.0, 125.0]]]), watch, np.array([np.inf])).round(12)
    array([0.5])
    """
    _check(volume, watch)
    best = np.full(volume.shape[0], np.nan)
    for start in range(0, volume.shape[0], _SLAB):
        cut = slice(start, start + _SLAB)
        total = _sum(_slab(sphere_diameter(volume[cut]), watch, cut))
        within = np.where(watch.days <= until[cut, None], total, np.inf).min(axis=1)
        best[cut] = np.divide(within, total[:, 0], out=np.full(total.shape[0], np.nan), where=total[:, 0] > 0)
    return best


def _check(volume: FloatArray, watch: Watch) -> None:
    worlds, sites, edges = volume.shape
    for name, array, shapes in (
        ("days", watch.days, ((edges,),)),
        ("seen", watch.seen, ((sites,), (worlds, sites))),
        ("present", watch.present, ((worlds, sites),)),
        ("detection", watch.detection, ((worlds, sites),)),
        ("ratio", watch.ratio, ((worlds,),)),
        ("increase", watch.increase, ((worlds,),)),
    ):
        if array.shape not in shapes:
            raise ValueError(f"{name} has the shape {array.shape}; volumes {volume.shape} ask for {shapes[-1]}")


def _occult(watch: Watch, cut: slice) -> BoolArray:
    """Which sites (w, S) are present but not seen at baseline."""
    return np.asarray(watch.present[cut] & ~np.broadcast_to(watch.seen, watch.present.shape)[cut])


def _slab(diameter: FloatArray, watch: Watch, cut: slice) -> _Slab:
    present = watch.present[cut]
    seen = np.broadcast_to(watch.seen, watch.present.shape)[cut]
    return _Slab(
        diameter, present & seen, present & ~seen, sphere_diameter(watch.detection[cut]), watch.ratio[cut], watch.increase[cut]
    )


def _sum(slab: _Slab) -> FloatArray:
    """The sum of diameters (w, T+1) mm, added site by site in their order."""
    total = np.zeros((slab.diameter.shape[0], slab.diameter.shape[2]))
    for s in range(slab.diameter.shape[1]):
        total += np.where(slab.counted[:, s, None], slab.diameter[:, s], 0.0)
    return total


def _first_hit(size: FloatArray, ratio: FloatArray, increase: FloatArray) -> tuple[IntArray, FloatArray]:
    """The first edge at which a size (w, E) has passed its level, -1 where none has, and that level (w,) mm."""
    nadir = np.minimum.accumulate(size[:, :-1], axis=1)
    level = np.maximum(ratio[:, None] * nadir, nadir + increase[:, None])
    edge = _first((size[:, 1:] >= level) & (size[:, 1:] > nadir))
    at = np.take_along_axis(level, np.maximum(edge, 0)[:, None], axis=1)[:, 0] if level.shape[1] else np.zeros(len(size))
    return np.where(edge >= 0, edge + 1, -1), np.maximum(at, _TRACE)


def _first(hit: BoolArray) -> IntArray:
    if hit.shape[1] == 0:
        return np.full(hit.shape[0], -1)
    return np.where(hit.any(axis=1), hit.argmax(axis=1), -1)


def _site_hit(slab: _Slab, s: int) -> tuple[IntArray, FloatArray]:
    """The first edge at which site s is called, -1 where never, and the diameter (w,) mm at which it is."""
    size = slab.diameter[:, s]
    own, level = _first_hit(size, slab.ratio, slab.increase)
    found = _first(size >= slab.detection[:, s, None])
    edge = np.where(slab.counted[:, s], own, np.where(slab.occult[:, s], found, -1))
    return edge, np.where(slab.counted[:, s], level, slab.detection[:, s])


def _site_days(slab: _Slab, days: FloatArray, s: int) -> FloatArray:
    edge, level = _site_hit(slab, s)
    day = _at_edge(days, edge)
    rows = np.flatnonzero(edge > 0)
    right = edge[rows]
    before, after = (np.maximum(slab.diameter[rows, s, k], _TRACE) for k in (right - 1, right))
    part = np.log(np.maximum(level[rows], _TRACE) / before) / np.log(after / before)
    day[rows] = days[right - 1] + np.clip(part, 0.0, 1.0) * (days[right] - days[right - 1])
    return day


def _sum_days(slab: _Slab, days: FloatArray) -> FloatArray:
    edge, level = _first_hit(_sum(slab), slab.ratio, slab.increase)
    day = np.full(len(edge), np.inf)
    rows = np.flatnonzero(edge > 0)
    right = edge[rows]
    counted = slab.counted[rows]
    before, after = (np.where(counted, np.maximum(slab.diameter[rows, :, k], _TRACE), 0.0) for k in (right - 1, right))
    day[rows] = days[right - 1] + _crossing(before, after, level[rows]) * (days[right] - days[right - 1])
    return day


def _crossing(before: FloatArray, after: FloatArray, level: FloatArray) -> FloatArray:
    """The part s of a step (n,) at which sum_i before_i (after_i / before_i)^s, diameters (n, S) mm, equals the level (n,) mm."""
    rate = np.zeros_like(before)
    np.log(np.divide(after, before, out=np.ones_like(before), where=before > 0), out=rate)
    part = np.ones(len(level))
    for _ in range(_NEWTON):
        total, slope = np.zeros_like(part), np.zeros_like(part)
        for s in range(before.shape[1]):
            size = before[:, s] * np.exp(rate[:, s] * part)
            total += size
            slope += rate[:, s] * size
        move = np.divide(total * np.log(total / level), slope, out=np.zeros_like(part), where=slope > 0)
        part = np.clip(part - move, 0.0, 1.0)
    return part


def _interpolated(diameter: FloatArray, days: FloatArray, scans: FloatArray) -> FloatArray:
    """Diameters (w, S, K) mm on the scan days, ln D linear within a step."""
    right = np.clip(np.searchsorted(days, scans), 1, max(len(days) - 1, 1))
    part = (scans - days[right - 1]) / (days[right] - days[right - 1])
    before, after = diameter[:, :, right - 1], diameter[:, :, right]
    logs = (1.0 - part) * np.log(np.maximum(before, _TRACE)) + part * np.log(np.maximum(after, _TRACE))
    return np.asarray(np.where(part == 0.0, before, np.where(part == 1.0, after, np.exp(logs))), dtype=np.float64)


def _at_edge(days: FloatArray, edge: IntArray) -> FloatArray:
    return np.where(edge >= 0, days[np.maximum(edge, 0)], np.inf)
