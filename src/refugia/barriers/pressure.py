"""Interstitial fluid: what leaks from the vessels, the pressure it builds and the flow that leaves through the rim."""

from __future__ import annotations

from typing import NamedTuple

from refugia.engine.radial import steady
from refugia.terms import FloatArray


class Fluid(NamedTuple):
    """What drives and resists the fluid: all (rows,)."""

    leak: FloatArray  # Lp S/V where every vessel carries blood, 1/mmHg/day
    effective: FloatArray  # effective pressure of the vessels, mmHg
    conductivity: FloatArray  # hydraulic, of the tissue, K, mm2/mmHg/day
    surface: FloatArray  # pressure at the surface, mmHg


def effective_pressure(
    vessel: FloatArray, reflection: FloatArray, osmotic_blood: FloatArray, osmotic_tissue: FloatArray
) -> FloatArray:
    """The pressure at which filtration stops, pe = pv - sigma (piv - pii), mmHg (Baxter and Jain 1989).

    >>> float(effective_pressure(15.6, 0.82, 20.0, 15.0))
    11.5
    """
    return vessel - reflection * (osmotic_blood - osmotic_tissue)


def pressure(faces: FloatArray, share: FloatArray, fluid: Fluid) -> FloatArray:
    """Interstitial pressure p (rows, cells), mmHg, on the grid `faces` (rows, cells + 1), mm.

    -div(K grad p) = f Lp S/V (pe - p), p at the surface given: Baxter and Jain 1989, without lymph, with the share f of vessels
    that carry blood (rows, cells).

    >>> import numpy as np
    >>> fluid = Fluid(*(np.array([number]) for number in (1.0, 11.5, 1e-9, 0.0)))
    >>> float(np.round(pressure(np.array([[0.0, 1.0, 2.0]]), np.ones((1, 2)), fluid)[0, 0], 3))
    11.5
    """
    decay = share * fluid.leak[:, None]
    return steady(faces, fluid.conductivity, decay, decay * fluid.effective[:, None], edge=fluid.surface)


def filtration(pressure: FloatArray, share: FloatArray, fluid: Fluid) -> FloatArray:
    """Fluid that enters the tissue, Jv = f Lp S/V (pe - p), 1/day, (rows, cells).

    >>> import numpy as np
    >>> fluid = Fluid(*(np.array([number]) for number in (2.0, 11.5, 1.0, 0.0)))
    >>> float(filtration(np.array([[10.5]]), np.array([[0.5]]), fluid)[0, 0])
    1.0
    """
    entering: FloatArray = share * fluid.leak[:, None] * (fluid.effective[:, None] - pressure)
    return entering
