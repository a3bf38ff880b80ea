"""Addresses of chance: what each draw of a course is called, so that nobody's luck hangs on anybody else's."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

SURVIVE, EXTRA, MUTATE, ARRIVE, FOUND, THIN = 1, 2, 3, 4, 5, 6
SWITCH, OUTWARD, INWARD, UNIFORM = 10, 11, 12, 16
LEAVE, FLOW = 32, 40
RECUT = 256
"""Purposes: what a draw at one address of the counter is for. RECUT takes one number for each shell, LEAVE and FLOW one for how
many cells go and one more for each of six faces."""


class Chance(NamedTuple):
    """Where the draws of a batch are addressed: keys (world, 2) of the worlds, words (clone,) of the clones, and the step."""

    keys: NDArray[np.uint32]
    words: NDArray[np.uint32]
    step: np.uint32
