"""Two exponentials: a lesion shrinks while its sensitive cells die, and grows again with the resistant ones that stood there.

C(t) = S e^(-kill t) + R e^(growth t), with S sensitive and R resistant cells at the start.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from refugia.terms import FloatArray


def nadir(sensitive: ArrayLike, resistant: ArrayLike, kill: ArrayLike, growth: ArrayLike) -> FloatArray:
    """Day of the fewest cells, ln(kill S / (growth R)) / (growth + kill); zero where the lesion only grows.

    >>> float(nadir(1e9, 1e3, 0.03, 0.01).round(2))
    372.85
    """
    with np.errstate(divide="ignore"):
        day = np.log(np.asarray(kill) * sensitive / (np.asarray(growth) * resistant)) / (np.asarray(growth) + kill)
    return np.asarray(np.maximum(day, 0.0))


def reaches(cells: ArrayLike, resistant: ArrayLike, growth: ArrayLike) -> FloatArray:
    """Day on which the resistant cells alone are so many, ln(X/R)/growth; never before the start, infinite where R is zero.

    >>> float(reaches(1e9, 152, 0.069).round(1))
    227.5
    """
    with np.errstate(divide="ignore"):
        return np.asarray(np.maximum(np.log(np.asarray(cells, float) / resistant) / np.asarray(growth), 0.0))
