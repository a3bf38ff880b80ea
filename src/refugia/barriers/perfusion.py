"""The perfused share of the vessels by depth: solid stress compresses those in the core."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from refugia.barriers.model import Perfusion
from refugia.terms import FloatArray, Value


class PerfusionLaw(NamedTuple):
    """A perfusion law, lowered: all (rows,)."""

    open: FloatArray  # perfused share without stress, -
    yielding: FloatArray  # one over the stress at which half of it is lost, -; 0 where no stress closes a vessel
    steepness: FloatArray
    length: FloatArray  # mm, radius at which the centre reaches half its largest stress


def lower_perfusion(perfusion: Perfusion, value: Value) -> PerfusionLaw:
    """The law as arrays (patients,).

    >>> law = lower_perfusion(Perfusion(0.8, 0.5, 2.0, 5.0), lambda number: np.full(1, float(number)))
    >>> float(law.yielding[0])
    2.0
    """
    return PerfusionLaw(
        value(perfusion.open), 1.0 / value(perfusion.stress_half), value(perfusion.steepness), value(perfusion.stress_length)
    )


def perfused(law: PerfusionLaw, square: FloatArray, radius: FloatArray) -> FloatArray:
    """The perfused share (rows, cells) at squared relative radii `square` = x^2 (rows, cells) in spheres of `radius` (rows,) mm.

    f(x) = open / (1 + (S / S50)^n) with S = (1 - x^2) R / (R + L) (own form).

    >>> law = PerfusionLaw(*(np.array([number]) for number in (0.8, 2.0, 2.0, 5.0)))
    >>> float(np.round(perfused(law, np.array([[0.0]]), np.array([20.0]))[0, 0], 3))
    0.225
    """
    crowding = (radius / (radius + law.length)) * law.yielding
    stress = np.maximum(1.0 - square, 0.0) * crowding[:, None]
    with np.errstate(over="ignore"):  # beyond all numbers no vessel is open, as the law says
        lost = np.power(stress, np.broadcast_to(law.steepness[:, None], stress.shape))
    share: FloatArray = law.open[:, None] / (1.0 + lost)
    return share
