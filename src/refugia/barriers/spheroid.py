"""A spheroid that lives by what diffuses in: its necrotic core, its inhibited region, and how it grows (Greenspan 1972).

Living cells take a nutrient up at a constant rate a, so that it falls inwards from p0 at the surface r = R and is 0, without slope,
at the core r = rn:

    p(r) = p0 - (a/6D) [R^2 - r^2 - 2 rn^3 (1/r - 1/R)]                                                                (1)

Cells die where p = 0 and stop dividing where p falls to p1 < p0. With the largest radius without a core Rd = sqrt(6 D p0/a), the
ratio Q = sqrt((p0 - p1)/p0) and the shares eta = rn/R and phi = ri/R of the outer radius, (1) at these two radii is

    1 - 3 eta^2 + 2 eta^3 = (Rd/R)^2                     for R > Rd, else eta = 0                                      (2)
    phi^3 - phi [1 - (Q Rd/R)^2 + 2 eta^3] + 2 eta^3 = 0   for R > Q Rd, else phi = 0; the largest root                (3)

A waste that living cells shed at a constant rate, and that stops division from a level on, obeys the same (3). The volume grows by
division in the rim, s a day, and the core is carried off at gamma s a day:

    R' = (s/3) R (1 - phi^3 - gamma eta^3)                                                                            (4)

Fields settle within minutes, growth takes days: (1) holds at every time. (2) to (4) in this form: Browning and others 2021.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from refugia.terms import FloatArray

_LEAST = 1e-30


class SpheroidLaw(NamedTuple):
    """What a spheroid lives by; each any shape that broadcasts with the radii asked for."""

    limit: FloatArray  # Rd, the largest outer radius without a core, mm
    onset: FloatArray  # Q, the largest outer radius without an inhibited region over Rd, - (0 to 1)
    rate: FloatArray  # s, growth of the volume where all cells divide, 1/day
    loss: FloatArray  # gamma, how fast the core is carried off over s, -


def necrotic_share(radius: FloatArray, limit: FloatArray) -> FloatArray:
    """eta, necrotic over outer radius, of spheroids of outer `radius` mm, by equation (2); 0 up to the `limit` Rd mm.

    The cubic has one root in (0, 1): 1/2 - cos((arccos(1 - 2 (Rd/R)^2) - 2 pi)/3).

    >>> (300.0 * necrotic_share(np.array([0.2, 0.3]), np.array(0.233))).round(1).tolist()
    [0.0, 129.2]
    """
    squared = np.minimum(limit / radius, 1.0) ** 2
    share: FloatArray = 0.5 - np.cos((np.arccos(1.0 - 2.0 * squared) - 2.0 * np.pi) / 3.0)
    return np.where(limit < radius, np.maximum(share, 0.0), 0.0)


def inhibited_share(radius: FloatArray, limit: FloatArray, onset: FloatArray) -> FloatArray:
    """phi, inhibited over outer radius, of spheroids of outer `radius` mm, by equation (3); 0 up to Q Rd.

    `limit` Rd mm; `onset` Q -. The largest root, by three cosines: it lies between eta (where Q = 1, and is it) and 1.

    >>> inhibited_share(np.array([0.1, 0.25, 0.4]), np.array(0.2), np.array(0.6)).round(3).tolist()
    [0.0, 0.865, 0.929]
    """
    core = 2.0 * necrotic_share(radius, limit) ** 3
    third = np.maximum(1.0 - (onset * limit / radius) ** 2 + core, _LEAST) / 3.0
    angle = np.arccos(np.maximum(-0.5 * core / (third * np.sqrt(third)), -1.0))
    share: FloatArray = 2.0 * np.sqrt(third) * np.cos(angle / 3.0)
    return np.where(onset * limit < radius, share, 0.0)


def growth(radius: FloatArray, law: SpheroidLaw) -> FloatArray:
    """R', mm/day, of spheroids of outer `radius` mm, by equation (4).

    >>> law = SpheroidLaw(*(np.array(one) for one in (0.2, 0.8, 0.3, 1.0)))
    >>> growth(np.array([0.1, 0.3]), law).round(4).tolist()
    [0.01, 0.0101]
    """
    inhibited = inhibited_share(radius, law.limit, law.onset)
    dead = necrotic_share(radius, law.limit)
    return law.rate / 3.0 * radius * (1.0 - inhibited**3 - law.loss * dead**3)


def course(start: FloatArray, days: FloatArray, law: SpheroidLaw, step: float) -> FloatArray:
    """Outer radii (day, ...), mm, on rising `days`, of spheroids whose radii are `start` (...) mm on the first of them.

    Equation (4) by the classical Runge-Kutta method, in equal steps of at most `step` days from one day asked for to the next.
    Raises ValueError where days do not rise or the step is not above zero.

    >>> law = SpheroidLaw(*(np.array(one) for one in (0.2, 1.0, 0.3, 1.0)))
    >>> course(np.array([0.1]), np.array([0.0, 2.0]), law, 0.5).round(4).ravel().tolist()
    [0.1, 0.1221]
    """
    if (np.diff(days) <= 0.0).any() or not step > 0.0:
        raise ValueError(f"Days {days.tolist()} in steps of {step:g}: days rise from one to the next, and a step is above zero.")
    radius = np.asarray(start, np.float64)
    found = [radius]
    for span in np.diff(days):
        steps = int(np.ceil(span / step))
        for _ in range(steps):
            radius = _stepped(radius, law, span / steps)
        found.append(radius)
    return np.stack(np.broadcast_arrays(*found))


def settled_radius(law: SpheroidLaw) -> FloatArray:
    """The outer radius, mm, at which division and loss balance; infinite where nothing carries the core off.

    By bisection of equation (4), whose right-hand side over R falls with R.

    >>> law = SpheroidLaw(*(np.array(one) for one in (0.2, 0.8, 0.3, 1.0)))
    >>> settled_radius(law).round(4).item()
    0.4264
    """
    low = np.broadcast_arrays(law.limit * law.onset, law.loss)[0].astype(np.float64)
    high = low.copy()
    for _ in range(1000):
        rising = (growth(high, law) > 0.0) & (law.loss > 0.0)
        if not rising.any():
            break
        high = np.where(rising, 2.0 * high, high)
    for _ in range(60):
        middle = 0.5 * (low + high)
        up = growth(middle, law) > 0.0
        low, high = np.where(up, middle, low), np.where(up, high, middle)
    return np.where(law.loss > 0.0, 0.5 * (low + high), np.inf)


def _stepped(radius: FloatArray, law: SpheroidLaw, time: float) -> FloatArray:
    """The radii a step later."""
    first = growth(radius, law)
    second = growth(radius + 0.5 * time * first, law)
    third = growth(radius + 0.5 * time * second, law)
    last = growth(radius + time * third, law)
    found: FloatArray = radius + time / 6.0 * (first + 2.0 * second + 2.0 * third + last)
    return found
