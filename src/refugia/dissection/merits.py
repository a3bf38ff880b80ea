"""The figures of merit whose gains are shared out: control of the worst site, and time to progression."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from refugia.terms import FloatArray

BoolArray = NDArray[np.bool_]

_SLAB = 2048  # worlds at a time, so that the intermediate arrays stay in the cache


class Restricted(NamedTuple):
    """Times cut at the horizon, and whether they were."""

    days: FloatArray  # days
    censored: BoolArray


def mean_weights(days: FloatArray) -> FloatArray:
    """Weights (T+1,) of values at step edges (T+1,) whose sum is the trapezoid mean over them.

    >>> mean_weights(np.array([0.0, 1.0, 4.0]))
    array([0.125, 0.5  , 0.375])
    """
    steps = np.diff(days)
    return np.asarray((np.append(steps, 0.0) + np.insert(steps, 0, 0.0)) / (2.0 * (days[-1] - days[0])))


def control(volume: FloatArray, reference: FloatArray, present: BoolArray, days: FloatArray, cell: float) -> FloatArray:
    """The mean over the horizon of log10 of the worst site's volume over its reference, (W,); smaller is better.

    c(t) = max(log10(cell / max_s V0_s), max over present s of log10(V_s(t) / V0_s)), and control is the trapezoid mean of c over
    the step edges. An absent site leaves the maximum. The floor is one cell in the body's largest site: no body that bears a tumour
    stands lower, and it is the same whichever sites a lift takes away, since it looks at the reference of all of them.

    volume: (W, S, T+1) mm3 at the step edges; reference: (W, S) mm3, the baseline volume of a seen site and the detection volume of
    an occult one, given for absent sites too; present: (W, S); days: (T+1,); cell: the volume of one cell, mm3. Raises ValueError
    where a reference or the cell is not positive.

    >>> yes = np.ones((1, 2), dtype=bool)
    >>> volume = np.array([[[100.0, 10.0], [50.0, 5000.0]]])
    >>> control(volume, np.array([[100.0, 50.0]]), yes, np.array([0.0, 7.0]), 1e-6)
    array([1.])
    """
    if not (np.all(reference > 0) and cell > 0):
        raise ValueError("every reference volume, and the volume of a cell, must be above zero, absent sites included")
    worst = np.empty(volume.shape[0])
    weight = mean_weights(days)
    for start in range(0, volume.shape[0], _SLAB):
        cut = slice(start, start + _SLAB)
        times = np.repeat(cell / reference[cut].max(axis=1)[:, None], len(days), axis=1)
        for s in range(volume.shape[1]):
            np.maximum(times, volume[cut, s] / reference[cut, s, None], out=times, where=present[cut, s, None])
        worst[cut] = (np.log10(times) * weight).sum(axis=1)
    return worst


def worst_site(volume: FloatArray, reference: FloatArray, present: BoolArray, days: FloatArray) -> FloatArray:
    """The share of the horizon (W, S) during which each site is the worst, with the largest V/V0 of those present.

    Arrays as for `control`. A body without a site has shares of 0.

    >>> volume = np.array([[[100.0, 10.0], [50.0, 5000.0]]])
    >>> yes = np.ones((1, 2), dtype=bool)
    >>> worst_site(volume, np.array([[100.0, 50.0]]), yes, np.array([0.0, 7.0]))
    array([[0.5, 0.5]])
    """
    ratio = np.where(present[:, :, None], volume / reference[:, :, None], -1.0)
    weight = mean_weights(days)
    first = ratio.argmax(axis=1)
    there = np.asarray(present.any(axis=1))[:, None]
    return np.stack([np.where(there, (first == s) * weight, 0.0).sum(axis=1) for s in range(volume.shape[1])], axis=1)


def restricted(day: FloatArray, horizon: float) -> Restricted:
    """Days of progression cut at the horizon, and a mark on those that lie beyond it (infinity: never).

    >>> restricted(np.array([300.0, np.inf]), 720.0)
    Restricted(days=array([300., 720.]), censored=array([False,  True]))
    """
    return Restricted(np.minimum(day, horizon), np.asarray(day > horizon))


def control_gain(control_of_arms: FloatArray) -> FloatArray:
    """Gain in control of every arm over the unlifted one: (patients, arms), the unlifted arm first; control(empty) - control(S).

    >>> control_gain(np.array([[1.0, -0.5]]))
    array([[0. , 1.5]])
    """
    return control_of_arms[:, :1] - control_of_arms


def progression_gain(days_of_arms: FloatArray) -> FloatArray:
    """Gain in restricted days to progression of every arm over the unlifted one: (patients, arms), the unlifted arm first.

    >>> progression_gain(np.array([[300.0, 720.0]]))
    array([[  0., 420.]])
    """
    return days_of_arms - days_of_arms[:, :1]
