"""Oxygen: perfused vessels supply it, living cells consume it."""

from __future__ import annotations

from typing import NamedTuple

from refugia.engine.radial import Supply, Uptake, steady_saturable
from refugia.terms import FloatArray


class OxygenLaw(NamedTuple):
    """Oxygen, lowered: all (rows,)."""

    diffusivity: FloatArray  # mm2/day
    consumption: FloatArray  # of living tissue at plenty, mmHg/day
    half: FloatArray  # Michaelis constant, mmHg
    vessel: FloatArray  # mmHg
    exchange: FloatArray  # wall conductance where every vessel carries blood, 1/day


def oxygen(faces: FloatArray, share: FloatArray, live: FloatArray, law: OxygenLaw) -> FloatArray:
    """Oxygen p (rows, cells), mmHg, on the grid `faces` (rows, cells + 1), mm.

    D lap p - live M p / (p + Km) + f h (pv - p) = 0 (Michaelis-Menten uptake as in Grimes 2014 and its relatives, exchange with
    vessels of which the share f carries blood), nothing passing the surface. `share` f and `live`, the living share
    of volume, are (rows, cells).

    >>> import numpy as np
    >>> law = OxygenLaw(*(np.array([number]) for number in (1.0, 2.0, 1.0, 2.0, 1.0)))
    >>> float(oxygen(np.array([[0.0, 1.0]]), np.ones((1, 1)), np.ones((1, 1)), law)[0, 0])
    1.0
    """
    uptake = Uptake(live * law.consumption[:, None], law.half)
    supply = Supply(share * law.exchange[:, None], law.vessel)
    return steady_saturable(faces, law.diffusivity, uptake, supply)
