"""Acidity: extracellular pH falls from rim to core as perfusion does."""

from __future__ import annotations

from refugia.terms import FloatArray


def acidity(share: FloatArray, open_share: FloatArray, rim: FloatArray, core: FloatArray) -> FloatArray:
    """Extracellular pH (rows, places): pH = rim - (rim - core) (1 - f / open) (own form).

    `share` f (rows, places) is the perfused share, `open_share` (rows,) that without stress; `rim` and `core` (rows,) are pH.

    >>> import numpy as np
    >>> one = np.array([1.0])
    >>> acidity(np.array([[0.8, 0.4]]), 0.8 * one, 7.4 * one, 6.4 * one)
    array([[7.4, 6.9]])
    """
    lost = 1.0 - share / open_share[:, None]
    ph: FloatArray = rim[:, None] - (rim - core)[:, None] * lost
    return ph
