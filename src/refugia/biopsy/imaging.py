"""What a scan and a tissue sample show of a tumour: forward only, arrays in and arrays out."""

from __future__ import annotations

from dataclasses import dataclass
from math import pi

import numpy as np
from numpy.typing import NDArray

from refugia.terms import FloatArray


def diameter(volume: FloatArray) -> FloatArray:
    """The diameter in mm of a sphere of that volume in mm3: (6 V / pi)^(1/3).

    >>> float(diameter(np.array(33510.32)).round(3))
    40.0
    """
    return np.cbrt(volume * (6.0 / pi))


def volume(diameter: FloatArray) -> FloatArray:
    """The volume in mm3 of a sphere of that diameter in mm: pi/6 d^3.

    >>> float(volume(np.array(20.0)).round(1))
    4188.8
    """
    return np.asarray(diameter, dtype=np.float64) ** 3 * (pi / 6.0)


def reading(diameter: FloatArray, log_sd: FloatArray | float, normals: FloatArray) -> FloatArray:
    """Measured diameters in mm: the true ones with a lognormal reading error whose median is one.

    `normals` are standard normal draws of the shape of `diameter`; `log_sd` is the standard deviation of ln(measured/true), which
    broadcasts.

    >>> reading(np.array([10.0, 0.0]), 0.07, np.array([0.0, 2.0])).tolist()
    [10.0, 0.0]
    """
    return diameter * np.exp(np.asarray(log_sd) * normals)


@dataclass(frozen=True, slots=True)
class SumOfDiameters:
    """The sum of the diameters of the target lesions, in mm, without reading error.

    >>> SumOfDiameters(targets=(0, 2)).read(volume(np.array([[40.0, 20.0, 12.0]]))).round(6).tolist()
    [52.0]
    """

    targets: tuple[int, ...]  # which of the sites are measured
    name = "sum of diameters"
    unit = "mm"

    def read(self, volume: FloatArray) -> FloatArray:
        """The sum (worlds,) in mm from the volumes of all sites (worlds, sites) in mm3."""
        total: FloatArray = diameter(volume[:, list(self.targets)]).sum(axis=1)
        return total


def share_of(cells: NDArray[np.int64], clones: tuple[int, ...]) -> FloatArray:
    """The share of some clones among all cells of a tissue sample, (...) from cells (..., places, clones).

    Not a number where there is no cell to look at.

    >>> float(share_of(np.array([[98, 1], [1, 0]]), (1,)))
    0.01
    """
    per_clone = cells.sum(axis=-2, dtype=np.float64)
    found, total = per_clone[..., list(clones)].sum(axis=-1), per_clone.sum(axis=-1)
    share: FloatArray = np.divide(found, total, out=np.full_like(total, np.nan), where=total > 0.0)
    return share
