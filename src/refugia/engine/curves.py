"""Log-likelihood curves of counts over a share: one curve for each row and column, on a grid even in the root of the share.

A count a of n has success probability p(x) = (p0 + p1 x) / (q0 + q1 x) at share x; several such forms, each with a weight, may be
possible. Law: binomial, or beta-binomial with precision c (mean p, variance p (1 - p) (1 + (n - 1) / (1 + c)) / n).
The grid is even
in u = sqrt(x), on which the width of a curve hardly depends on where it lies.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


class Forms(NamedTuple):
    """The forms that each kind of place allows: those of kind t are entries start[t] to start[t + 1] of the other arrays."""

    start: Integers
    """(kind + 1)"""
    p0: Floats
    """(form) and likewise p1, q0, q1: success probability (p0 + p1 x) / (q0 + q1 x)."""
    p1: Floats
    q0: Floats
    q1: Floats
    log_weight: Floats
    """(form) logarithm of the prior weight among the forms of its kind."""


@njit(cache=True, nogil=True, error_model="numpy")
def log_beta_ratio(a, b, p, c):
    """log B(a + c p, b + c (1 - p)) / B(c p, c (1 - p)): the beta-binomial without its binomial coefficient; c = inf is binomial.

    >>> round(log_beta_ratio(1, 1, 0.5, np.inf), 6), round(log_beta_ratio(1, 1, 0.5, 2.0), 6)
    (-1.386294, -1.791759)
    """
    if not math.isfinite(c):
        return a * math.log(p) + b * math.log1p(-p)
    first, second = c * p, c * (1.0 - p)
    upper = math.lgamma(a + first) - math.lgamma(first) + math.lgamma(b + second) - math.lgamma(second)
    return upper + math.lgamma(c) - math.lgamma(a + b + c)


@njit(cache=True, nogil=True, error_model="numpy")
def probability(forms, form, x, least):
    """Success probability of one form at share x, kept `least` away from 0 and 1."""
    p = (forms.p0[form] + forms.p1[form] * x) / (forms.q0[form] + forms.q1[form] * x)
    return min(max(p, least), 1.0 - least)


@njit(cache=True, nogil=True, error_model="numpy")
def fill_curves(counts, depths, kinds, forms, law, curves):
    """Fill `curves` (row, column, grid) with log sum over forms of weight x likelihood; all zero where the depth is zero.

    counts, depths, kinds (row, column) integers; law (precision, least probability). Each curve is lowered so that its largest
    value is 0, as its exponential is taken later; the sum of all that was taken off is returned.
    """
    rows, columns, points = curves.shape
    offset = 0.0
    for i in range(rows):
        for s in range(columns):
            n = depths[i, s]
            if n <= 0:
                curves[i, s, :] = 0.0
                continue
            first, last = forms.start[kinds[i, s]], forms.start[kinds[i, s] + 1]
            for g in range(points):
                u = g / (points - 1.0)
                top, total = -np.inf, 0.0
                for form in range(first, last):
                    p = probability(forms, form, u * u, law[1])
                    value = forms.log_weight[form] + log_beta_ratio(counts[i, s], n - counts[i, s], p, law[0])
                    if value > top:
                        total = total * math.exp(top - value) + 1.0
                        top = value
                    else:
                        total += math.exp(value - top)
                curves[i, s, g] = top + math.log(total)
            highest = curves[i, s].max()
            curves[i, s] -= highest
            offset += highest
    return offset


@njit(cache=True, nogil=True, error_model="numpy", forceinline=True)
def interpolated(curve, x):
    """Value of a curve at place x, counted in grid steps: the cubic through the four nearest points; quadratic at the ends."""
    last = curve.size - 1
    i = min(max(int(x), 0), last - 1)
    t = x - i
    b, c = curve[i], curve[i + 1]
    a = curve[i - 1] if i > 0 else 3.0 * b - 3.0 * c + curve[i + 2]
    d = curve[i + 2] if i + 2 <= last else 3.0 * c - 3.0 * b + curve[i - 1]
    left, right = 0.5 * (c - a), 0.5 * (d - b)
    return b + t * (left + t * (3.0 * (c - b) - 2.0 * left - right + t * (2.0 * (b - c) + left + right)))
