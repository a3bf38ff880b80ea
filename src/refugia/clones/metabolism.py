"""The switch from respiration to glycolysis: HIF holds up under want of oxygen, and the enzymes that it commands follow.

A step goes smoothly from 1 to g as y passes s: H(y, s, g) = (s^4 + g y^4)/(s^4 + y^4). HIF is made at a constant rate and broken
down H(oxygen) times as fast where there is oxygen; LDH and PDK are made H(HIF) times as fast, PDH H(PDK) times. Glycolysis, as a
multiple of what ATP asks for, is 1 + (most - 1)/(1 + exp(-steep (LDH - middle))). The share of its rise is a want of oxygen that
a `Switch` may take its half and steepness from.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from refugia.terms import FloatArray


class Step(NamedTuple):
    """A smooth step from 1 to `factor` about `middle`."""

    middle: float
    factor: float

    def at(self, level: ArrayLike) -> FloatArray:
        """The factor at a level, any shape.

        >>> float(Step(2.0, 5.0).at(2.0))
        3.0
        """
        powers = np.asarray(level, float) ** 4
        return np.asarray((self.middle**4 + self.factor * powers) / (self.middle**4 + powers))


class Commands(NamedTuple):
    """The constants of the switch; oxygen and its middle in one unit, `made` and `broken` per unit of time."""

    made: float
    broken: float
    supply: float  # of HIF, over `made`
    oxygen: Step
    ldh: Step
    pdk: Step
    pdh: Step
    most: float  # of glycolysis
    steep: float
    middle: float


class Enzymes(NamedTuple):
    """HIF and the enzymes that it commands, and glycolysis as a multiple of what ATP asks for; all of one shape."""

    hif: FloatArray
    ldh: FloatArray
    pdk: FloatArray
    pdh: FloatArray
    glycolysis: FloatArray


def glycolysis(ldh: ArrayLike, by: Commands) -> FloatArray:
    """The multiple of glycolysis at a level of LDH."""
    return np.asarray(1.0 + (by.most - 1.0) / (1.0 + np.exp(-by.steep * (np.asarray(ldh) - by.middle))))


def steady(oxygen: ArrayLike, by: Commands) -> Enzymes:
    """Where the switch comes to rest at an oxygen, in closed form: each level is what makes it over what breaks it down."""
    ratio = by.made / by.broken
    hif = ratio * by.supply / by.oxygen.at(oxygen)
    ldh, pdk = ratio * by.ldh.at(hif), ratio * by.pdk.at(hif)
    return Enzymes(hif, ldh, pdk, ratio * by.pdh.at(pdk), glycolysis(ldh, by))


def slope(levels: FloatArray, oxygen: float, by: Commands) -> FloatArray:
    """The change of HIF, LDH, PDK and PDH (4,) per unit of time at some levels of them."""
    hif, ldh, pdk, pdh = levels
    gain = by.made * np.array([by.supply, by.ldh.at(hif), by.pdk.at(hif), by.pdh.at(pdk)])
    return np.asarray(gain - by.broken * np.array([by.oxygen.at(oxygen) * hif, ldh, pdk, pdh]))
