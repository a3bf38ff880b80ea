"""A number of the world: value, unit, who printed it, what we know of it and how patients differ."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from math import inf

import numpy as np
from numpy.typing import NDArray

from refugia.terms.citation import Citation

FloatArray = NDArray[np.float64]


class Basis(StrEnum):
    """What a number rests on."""

    PUBLISHED = "published"
    PUBLIC = "public data or code"
    COMPUTED = "computed"
    ASSUMED = "assumed"


class Law(StrEnum):
    """The shape of a distribution."""

    NORMAL = "normal"
    LOGNORMAL = "lognormal"
    LOG10NORMAL = "log10normal"
    UNIFORM = "uniform"
    LOGUNIFORM = "loguniform"


class Per(StrEnum):
    """Who carries a draw of their own: a patient, or each lesion of a patient."""

    PATIENT = "patient"
    LESION = "lesion"


@dataclass(frozen=True, slots=True)
class Interval:
    """What we know of a number: a law and its 95 % range (the bounds, where the law is uniform).

    The median is always the parameter's own value: below it the law is stretched to `low`, above it to `high`. Numbers that were
    found together go together: `along` says by which weights the normal score of this one is made of the scores that the named
    numbers, itself among them, would have each on its own (a row of the Cholesky factor of their correlations).
    """

    law: Law
    low: float
    high: float
    along: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Spread:
    """How patients (or lesions) differ around the value: a law and its width, cut at `low` and `high`.

    The width is a standard deviation: of x (normal), of ln x (lognormal) or of log10 x (log10normal).
    """

    law: Law
    width: float
    low: float | None = None
    high: float | None = None
    per: Per = Per.PATIENT


@dataclass(frozen=True, slots=True)
class Parameter:
    """One number from the world: its unit, its spread, and the line that printed it."""

    id: str
    says: str
    value: float
    unit: str
    cite: Citation
    where: str
    basis: Basis
    interval: Interval | None = None
    spread: Spread | None = None
    least: float = -inf  # below and above what the number can mean, in its own unit: draws are truncated there
    most: float = inf


Number = Parameter | float
"""A field of a description: a parameter, or a bare float where a mechanism is lifted to its neutral element."""

Value = Callable[[Number], FloatArray]
"""What a lowering asks of its caller: the number's draws, one a patient, shape (patients,)."""
