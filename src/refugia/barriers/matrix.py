"""Fibres that hinder diffusion: the share of the free diffusivity that is left in a fibrous matrix."""

from __future__ import annotations

import numpy as np

from refugia.terms import FloatArray, InputError

DENSEST = 0.39  # the permeability law ends where -ln(phi) = 0.931


def ogston(collagen: FloatArray, fibre: FloatArray, solute: FloatArray) -> FloatArray:
    """D/D0 = exp(-sqrt(phi) rs/rf): Ogston 1973. Volume fraction phi; radii rs of the solute and rf of the fibre in one unit.

    >>> float(np.round(ogston(np.array(0.03), np.array(20.0), np.array(5.0)), 3))
    0.958
    """
    share: FloatArray = np.exp(-np.sqrt(collagen) * solute / fibre)
    return share


def permeability(collagen: FloatArray, fibre: FloatArray) -> FloatArray:
    """One over the hydraulic permeability of the fibres, 1/length^2: k = rf^2 3/(20 phi) (-ln phi - 0.931), Jackson and James 1986.

    Without fibres it is zero. Raises InputError above a volume fraction of 0.39, where the law ends.

    >>> float(np.round(1 / permeability(np.array(0.06), np.array(20.0))))
    1882.0
    """
    if np.any(~(collagen <= DENSEST)) or np.any(collagen < 0.0):
        raise InputError("", "matrix.collagen", float(np.max(collagen)), "is no volume fraction of fibres from 0 to 0.39",
                         "Give the share of tissue volume that is collagen, such as 0.03.")  # fmt: skip
    open_share = -np.log(np.where(collagen > 0.0, collagen, 1e-300)) - 0.931
    resisted: FloatArray = np.where(collagen > 0.0, 20.0 * collagen / (3.0 * fibre * fibre * open_share), 0.0)
    return resisted


def hindrance(collagen: FloatArray, fibre: FloatArray, solute: FloatArray) -> FloatArray:
    """The share of free diffusivity left by fibres: drag times steric hindrance, exactly 1 without fibres.

    Drag 1 / (1 + rs/sqrt(k) + rs^2/(3k)) (Brinkman), steric exp(-0.84 f^1.09) with f = (1 + rs/rf)^2 phi.

    >>> float(np.round(hindrance(np.array(0.06), np.array(20.0), np.array(5.0)), 3))
    0.838
    """
    resisted = permeability(collagen, fibre)
    drag = 1.0 / (1.0 + solute * np.sqrt(resisted) + solute * solute * resisted / 3.0)
    crowding = (1.0 + solute / fibre) ** 2 * collagen
    share: FloatArray = drag * np.exp(-0.84 * crowding**1.09)
    return share


def hindered(diffusivity: FloatArray, share: FloatArray, tortuosity: FloatArray) -> FloatArray:
    """Diffusivity in the tissue: D = D0 x hindrance / tortuosity^2.

    >>> float(hindered(4.0, 0.5, 2.0))
    0.5
    """
    return diffusivity * share / (tortuosity * tortuosity)
