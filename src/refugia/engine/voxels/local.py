"""What happens to a field at a voxel by itself: loss in proportion, gain, exchange with a supply. Pointwise and implicit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numba import njit

from refugia.engine.voxels.lines import Field


class Local(NamedTuple):
    """What happens at a voxel: `loss` 1/day and `gain` amount/day, (substrates, Z, Y, X) float32 or empty where there is none.

    >>> Local().loss.shape
    (0, 0, 0, 0)
    """

    loss: Field = np.zeros((0, 0, 0, 0), np.float32)
    gain: Field = np.zeros((0, 0, 0, 0), np.float32)


def supplied(exchange: Field, supply: Sequence[float], local: Local | None = None) -> Local:
    """`local` and, on top of it, exchange (supply - c): `exchange` (substrates, Z, Y, X) 1/day, `supply` a value a substrate.

    >>> found = supplied(np.full((1, 1, 1, 2), 3.0, np.float32), [2.0])
    >>> found.loss.ravel().tolist(), found.gain.ravel().tolist()
    ([3.0, 3.0], [6.0, 6.0])
    """
    brought = exchange * np.asarray(supply, np.float32)[:, None, None, None]
    if local is None:
        return Local(exchange, brought)
    loss = exchange + local.loss if local.loss.size else exchange
    return Local(loss, brought + local.gain if local.gain.size else brought)


@njit(cache=True, nogil=True, error_model="numpy")
def react(line, keep, step, loss, gain):  # type: ignore[no-untyped-def]
    """c <- (c + step gain) / (keep + step loss) for contiguous voxels (n,); loss and gain (n,) or (0,)."""
    if loss.size and gain.size:
        for i in range(line.size):
            line[i] = (line[i] + step * gain[i]) / (keep + step * loss[i])
    elif loss.size:
        for i in range(line.size):
            line[i] /= keep + step * loss[i]
    elif gain.size:
        for i in range(line.size):
            line[i] = (line[i] + step * gain[i]) / keep
    elif keep != 1.0:
        factor = np.float32(1.0) / keep
        for i in range(line.size):
            line[i] *= factor
