"""Shares that few patients carry: what is rare in an ensemble is rarer still in what is resampled from it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from refugia.dissection.attribution import Players
from refugia.dissection.shapley import IntArray, quotient, shares
from refugia.terms import FloatArray

ENOUGH = 10
"""Patients whose share is not zero, below which an interval over patients is too narrow: the next ensemble may have none."""


def rare_notes(gains: Mapping[str, FloatArray], players: Players) -> Iterator[str]:
    """A sentence for every merit on which some shares are zero in almost every patient; gains (patients, subsets).

    A mechanism whose share is zero in everybody is named where it has a share on another merit.

    >>> gain = np.zeros((32, 2))
    >>> gain[:3, 1] = 40.0
    >>> print(*rare_notes({"progression": gain}, Players(("wall",), ((0,),), ((),))))
    Few patients carry some shares of progression, whose intervals are therefore too narrow: "wall" 3 of 32.
    """
    carried = {merit: np.count_nonzero(shares(quotient(v, players.groups)), axis=0) for merit, v in gains.items()}
    yield from few_notes(carried, players.names, len(next(iter(gains.values()))))


def few_notes(carried: Mapping[str, IntArray], names: Sequence[str], patients: int) -> Iterator[str]:
    """The same from how many of the patients have a share of each mechanism, merit by merit."""
    playing = np.any([counts > 0 for counts in carried.values()], axis=0)
    for merit, counts in carried.items():
        named = zip(names, counts.tolist(), playing.tolist(), strict=True)
        few = [f'"{name}" {count} of {patients}' for name, count, plays in named if plays and count < min(ENOUGH, patients)]
        if few:
            yield f"Few patients carry some shares of {merit}, whose intervals are therefore too narrow: {', '.join(few)}."
