"""Radiation: how many cells survive a fraction, by the oxygen that they have."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from refugia.terms import FloatArray


class RadiationLaw(NamedTuple):
    """A fraction of radiation, lowered: all (rows,)."""

    dose: FloatArray  # Gy
    linear: FloatArray  # alpha, 1/Gy
    ratio: FloatArray  # alpha over beta, Gy
    enhancement: FloatArray  # -
    half: FloatArray  # mmHg


def modification(oxygen: FloatArray, enhancement: FloatArray, half: FloatArray) -> FloatArray:
    """The share of a dose that counts at an oxygen p, OMF = (m p + K) / (m (p + K)): Wouters and Brown 1997.

    Arrays broadcast; p and K in mmHg.

    >>> modification(np.array([0.0, 3.0]), np.array(3.0), np.array(3.0)).round(4).tolist()
    [0.3333, 0.6667]
    """
    return (enhancement * oxygen + half) / (enhancement * (oxygen + half))


def survival(law: RadiationLaw, oxygen: FloatArray) -> FloatArray:
    """The share of cells (rows, places) that survive one fraction, SF = exp(-a D OMF - b (D OMF)^2), at the oxygen (rows, places).

    >>> law = RadiationLaw(*(np.array([number]) for number in (2.0, 0.3, 10.0, 3.0, 3.0)))
    >>> survival(law, np.array([[3.0]])).round(4).tolist()
    [[0.6355]]
    """
    felt = law.dose[:, None] * modification(oxygen, law.enhancement[:, None], law.half[:, None])
    return np.asarray(np.exp(-law.linear[:, None] * felt * (1.0 + felt / law.ratio[:, None])))
