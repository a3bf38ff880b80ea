"""What a trial writes down of each patient: progression, response, its duration, and what a biopsy at progression finds."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from refugia.terms import FloatArray

BoolArray = NDArray[np.bool_]


class Response(NamedTuple):
    """Confirmed responses: whether there was one, and the day (n,) on which it was first seen, infinity where never."""

    found: BoolArray
    day: FloatArray


@dataclass(frozen=True, slots=True)
class Outcomes:
    """What was written down of n patients; days are infinite where nothing happened up to the last look."""

    scans: FloatArray  # (k,) days
    until: FloatArray  # (n,) last day on which the patient was looked at, had nothing happened
    progression: FloatArray  # (n,) day of the scan that called it
    responded: BoolArray  # (n,)
    response: FloatArray  # (n,) day
    first_change: FloatArray  # (n,) change of the sum of diameters at the first scan, as a share of the baseline
    resistant: FloatArray  # (n,) share of the cells of the progressing lesion that carry the alteration, NaN before progression
    new_lesion: BoolArray  # (n,) progression by a lesion not seen at baseline
    watched: BoolArray  # (n,) had a lesion in the organ whose progression is an event of its own
    organ: FloatArray  # (n,) day of the scan that called progression there
    drug: NDArray[np.int64]  # (n,)


def responses(total: FloatArray, scans: FloatArray, progression: FloatArray, ratio: FloatArray) -> Response:
    """Partial responses: the sum (n, k) mm is at most `ratio` (n,) of the baseline at a scan and at the next, before progression.

    >>> total = np.array([[100.0, 65.0, 60.0], [100.0, 65.0, 80.0]])
    >>> responses(total, np.array([0.0, 42.0, 84.0]), np.array([np.inf, np.inf]), np.array([0.7, 0.7])).day.tolist()
    [42.0, inf]
    """
    small = total <= ratio[:, None] * total[:, :1]
    twice = small[:, 1:-1] & small[:, 2:] & (scans[2:] < progression[:, None])
    found = np.asarray(twice.any(axis=1))
    return Response(found, np.where(found, scans[1:-1][twice.argmax(axis=1)], np.inf))


def culprit(volume: FloatArray, seen: BoolArray, shown: BoolArray, edge: NDArray[np.int64]) -> NDArray[np.int64]:
    """The lesion (n,) that a biopsy at progression is taken from.

    A lesion that was not seen at baseline and has shown by then, the largest of them; otherwise the seen one that has grown most,
    in diameter, from its own nadir. `volume` (n, s, t) mm3, `seen` (s,), `shown` (n, s): called by the edge (n,) of progression.
    """
    diameter = np.cbrt(volume)
    nadir = np.minimum.accumulate(diameter, axis=2)
    at = edge[:, None, None]
    now = np.take_along_axis(diameter, at, axis=2)[:, :, 0]
    growth = now - np.take_along_axis(nadir, at, axis=2)[:, :, 0]
    fresh = shown & ~seen & (now > 0.0)
    anew = np.asarray(fresh.any(axis=1))[:, None]
    score = np.where(anew, np.where(fresh, now, -1.0), np.where(seen & (now > 0.0), growth, -1.0))
    return np.asarray(score.argmax(axis=1))


def joined(parts: list[Outcomes], order: NDArray[np.int64]) -> Outcomes:
    """The outcomes of several groups of patients as one; `order` (n,) puts them back in the order of the cohort."""
    columns = {}
    for field in fields(Outcomes):
        if field.name != "scans":
            columns[field.name] = np.concatenate([getattr(part, field.name) for part in parts])[order]
    return Outcomes(max((part.scans for part in parts), key=len), **columns)
