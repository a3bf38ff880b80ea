"""What every lever says of itself, when it is in force, and the numbers that it moves."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf
from typing import Any, ClassVar, Protocol, cast

import numpy as np

from refugia.terms.fields import number
from refugia.terms.parameter import FloatArray, Number, Value


@dataclass(frozen=True, slots=True)
class Label:
    """What a lever says of itself: name, dose, route and price in words, and where it acts."""

    name: str
    rivals: str  # levers with the same word here exclude each other; "" where it excludes nobody
    paired: bool  # whether it is tried together with others
    sites: tuple[str, ...]  # where it acts; none named: everywhere
    dose: str
    route: str
    price: str  # toxicity, in words
    evidence: str  # what it rests on, in words


@dataclass(frozen=True, slots=True)
class Onset:
    """When a lever is in force, and how its strength comes and goes: after a lag, of first order."""

    start: float  # day
    until: float  # day; inf where it is kept up
    lag: Number = number("day")  # noqa: RUF009 (it marks the field, and names no value)
    rise: Number = number("day")  # noqa: RUF009 - time constant of coming
    fall: Number = number("day")  # noqa: RUF009 - time constant of going


class Lever(Protocol):
    """A real intervention: the same move as a lift, with a dose, a date, kinetics and a price.

    `unit` names what it changes: a part of a site ("source", "ground", "haven"), the "plan", or the cells at once ("event").
    """

    unit: ClassVar[str]

    @property
    def label(self) -> Label:
        """What it says of itself."""

    def applied(self, description: Any, strength: FloatArray) -> Any:
        """The description with the lever in force at a strength (patients,) from 0 to 1; at 0 no number moves."""


@dataclass(frozen=True, slots=True)
class Moved:
    """A number that a lever has moved: number x (1 + (factor - 1) x strength), and no more than `most`."""

    number: Number
    factor: Number
    strength: FloatArray  # (patients,)
    most: float

    def draws(self, value: Value) -> FloatArray:
        """The draws (patients,) of the moved number."""
        return np.minimum(value(self.number) * (1.0 + (value(self.factor) - 1.0) * self.strength), self.most)


def moved(number: Number, factor: Number, strength: FloatArray, most: float = inf) -> Number:
    """A number of a description, moved towards `factor` times itself; only a value made by `resolving` can draw it."""
    return cast(Number, Moved(number, factor, strength, most))


def resolving(value: Value) -> Value:
    """The same draws, moved numbers included.

    >>> half = moved(4.0, 0.5, np.array([0.0, 1.0]))
    >>> resolving(lambda number: np.full(2, float(number)))(half).tolist()
    [4.0, 2.0]
    """

    def resolved(number: Any) -> FloatArray:
        return number.draws(resolved) if isinstance(number, Moved) else value(number)

    return resolved
