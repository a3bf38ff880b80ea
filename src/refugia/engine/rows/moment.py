"""When a step is, and under which key its chance is drawn."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from refugia.engine.keys import subkeys


class Moment(NamedTuple):
    """A step: the world's two-word key, the number of the step, the `day` it begins on and its length `time` in days."""

    key0: np.uint32
    key1: np.uint32
    step: np.uint32
    day: float
    time: float


def moment(seed: int, name: str, step: int, day: float, time: float, replicate: int = 0) -> Moment:
    """A step of the world of a seed, a replicate and a name.

    >>> moment(7, "here", 3, 1.5, 0.5).step
    np.uint32(3)
    """
    key = subkeys(seed, replicate, name)[0]
    return Moment(key[0], key[1], np.uint32(step), float(day), float(time))
