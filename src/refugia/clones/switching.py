"""How fast cells go from state to state, by the drug, the oxygen and the divisions that they see; and where that leads."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from refugia.clones.model import Switch
from refugia.terms import FloatArray, Value

COLUMNS = ("rate", "effect", "dose", "hypoxia", "hypoxia_half", "steepness", "daughters", "fraction")
"""The numbers of a switch in a lowered table, along its last axis."""
RATE, EFFECT, DOSE, HYPOXIA, HALF, STEEPNESS, DAUGHTERS, FRACTION = range(len(COLUMNS))


class Signals(NamedTuple):
    """What the cells of some rows and places see, all (rows, place)."""

    effect: FloatArray  # largest share of a drug's effect, of the drugs that the switch names
    dose: FloatArray  # level over ec50, summed over those drugs
    oxygen: FloatArray  # mmHg
    birth: FloatArray  # 1/day, of the cells that switch


def lower(switches: Sequence[Switch], value: Value) -> FloatArray:
    """The numbers of the switches, (patients, switch, 8); what is left out is 0."""
    rows = [[value(0.0 if getattr(one, name) is None else getattr(one, name)) for name in COLUMNS] for one in switches]
    table = np.zeros((value(0.0).size, len(switches), len(COLUMNS)))
    for nth, row in enumerate(rows):
        table[:, nth] = np.stack(row, axis=1)
    return table


def pace(numbers: FloatArray, seen: Signals) -> FloatArray:
    """The rate of a switch, (rows, place) 1/day; `numbers` (rows, 8).

    rate = max(rate + effect E + dose C + hypoxia H, 0) + 2 daughters birth, E being the share of the largest drug effect, C the
    level over ec50 and H = 1/(1 + (p/half)^steepness). Linear in E: the form of induced resistance (Greene and others 2019); linear
    in C with the kill C/(C + 1): that of persisters whose entry rises and whose exit falls with dose. A cell that divides leaves
    two daughters, each in the other state with the chance `daughters`: the mean of asymmetric renewal.

    >>> numbers = np.array([[1e-6, 1e-2, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]])
    >>> one = np.ones((1, 1))
    >>> float(pace(numbers, Signals(0.5 * one, one, one, one))[0, 0].round(6))
    0.005001
    """
    rate, effect, dose, hypoxia, half, steepness, daughters, _ = (column[:, None] for column in numbers.T)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        lacking = 1.0 / (1.0 + (seen.oxygen / half) ** steepness)
    lacking = np.where(half > 0.0, lacking, 0.0)
    driven = np.maximum(rate + effect * seen.effect + dose * seen.dose + hypoxia * lacking, 0.0)
    return np.asarray(driven + 2.0 * daughters * seen.birth)


def turned(fraction: FloatArray, dose: FloatArray) -> FloatArray:
    """The chance that a cell which survives a fraction of `dose` Gy turns, min(1, c D), from c per Gy; arrays broadcast.

    >>> float(turned(np.array(5.196e-3), np.array(2.0)).round(6))
    0.010392
    """
    return np.minimum(fraction * dose, 1.0)


class Settled(NamedTuple):
    """Where growth and switching lead in the end: the growth of all states together and the share of each, (..., state)."""

    growth: FloatArray  # 1/day
    share: FloatArray


def settled(net: FloatArray, switching: FloatArray) -> Settled:
    """The growth and the mix of states that a population tends to; net growth `net` (..., state) 1/day.

    `switching` (..., state, state) 1/day from row to column. The dominant eigenvalue of diag(net) + K' - diag(K 1), and its vector.

    >>> found = settled(np.zeros(2), np.array([[0.0, 1.0], [3.0, 0.0]]))
    >>> found.share.round(12).tolist()
    [0.75, 0.25]
    """
    number = net.shape[-1]
    own = net - np.add.reduce(switching * (1.0 - np.eye(number)), axis=-1)
    matrix = np.swapaxes(switching * (1.0 - np.eye(number)), -1, -2) + own[..., None] * np.eye(number)
    values, vectors = np.linalg.eig(matrix)
    first = np.argmax(values.real, axis=-1)
    vector = np.abs(np.take_along_axis(vectors.real, first[..., None, None], axis=-1)[..., 0])
    growth = np.take_along_axis(values.real, first[..., None], axis=-1)[..., 0]
    return Settled(growth, vector / np.add.reduce(vector, axis=-1)[..., None])


def mixed(forth: FloatArray, back: FloatArray, time: float) -> tuple[FloatArray, FloatArray]:
    """The exact chances to be in the other of two states after `time` days: a/(a + b) (1 - exp(-(a + b) t)) and b/a times that.

    >>> there, back = mixed(np.array(0.2), np.array(0.6), 1e9)
    >>> float(there.round(6)), float(back.round(6))
    (0.25, 0.75)
    """
    both = forth + back
    moved = -np.expm1(-both * time) / np.where(both > 0.0, both, 1.0)
    return moved * forth, moved * back
