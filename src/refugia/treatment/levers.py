"""Levers on what we do: another plan from a day on, radiation of one site, and its removal by surgery."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from refugia.terms import FloatArray, Label, Number, Onset, Value, number
from refugia.treatment.model import Regimen


@dataclass(frozen=True, slots=True)
class Replan:
    """From a day on some drugs are stopped and some lines are given: a switch, an addition, a pulse or another dose."""

    unit: ClassVar[str] = "plan"
    label: Label
    start: float  # day on which what is stopped stops; the lines have days of their own
    stops: tuple[str, ...]
    gives: tuple[Regimen, ...]

    def applied(self, description: tuple[Regimen, ...], strength: FloatArray) -> tuple[Regimen, ...]:
        """The plan as it is from that day on; unchanged where the strength is 0.

        >>> from refugia.treatment import Route
        >>> daily = Regimen("a", Route.ORAL, 250.0, 0.0, 1.0, 720.0, 0.0)
        >>> stop = Replan(Label("stop", "", True, (), "", "", "", ""), 180.0, ("a",), ())
        >>> [line.until for line in stop.applied((daily,), np.ones(1))]
        [180.0]
        """
        if not strength.any():
            return description
        kept = []
        for line in description:
            if line.drug not in self.stops:
                kept.append(line)
            elif line.start < self.start:
                kept.append(replace(line, until=min(line.until, self.start)))
        return (*kept, *self.gives)


@dataclass(frozen=True, slots=True)
class Radiation:
    """Fractions of radiation to one site: a cell survives one by the linear-quadratic law at the oxygen of its place."""

    unit: ClassVar[str] = "event"
    label: Label
    dose: float  # Gy, of one fraction
    days: tuple[float, ...]  # of the fractions
    linear: Number = number("1/Gy")  # alpha, in plenty of oxygen
    ratio: Number = number("Gy")  # alpha over beta
    enhancement: Number = number("")  # dose without oxygen over the dose in plenty that does the same
    half: Number = number("mmHg")  # oxygen that gives half of the gain that plenty of it gives

    def applied(self, description: tuple[Fraction, ...], strength: FloatArray) -> tuple[Fraction, ...]:
        """The site's fractions with these added; unchanged where the strength is 0."""
        return (*description, *(Fraction(day, self) for day in self.days)) if strength.any() else description


@dataclass(frozen=True, slots=True)
class Surgery:
    """One site is taken out as a whole on a day: its cells and what is inert in it are gone."""

    unit: ClassVar[str] = "event"
    label: Label
    day: float

    def applied(self, description: tuple[Fraction, ...], strength: FloatArray) -> tuple[Fraction, ...]:
        """The site's events with the removal added; unchanged where the strength is 0."""
        return (*description, Fraction(self.day, self)) if strength.any() else description


@dataclass(frozen=True, slots=True)
class Fraction:
    """One thing done to a site at once: a fraction of radiation, or its removal."""

    day: float
    by: Radiation | Surgery


def strength(onset: Onset, days: FloatArray, value: Value) -> FloatArray:
    """The strength of a lever (patients, days) on some days: nothing before the lag, then first order towards one, later back.

    x = 1 - exp(-(t - start - lag)/rise) until the lag after `until`, and from there x exp(-(t - until - lag)/fall) (own form).

    >>> strength(Onset(10.0, 30.0, 5.0, 1e-9, 10.0), np.array([10.0, 20.0, 45.0]), lambda number: np.full(1, number)).round(6)
    array([[0.      , 1.      , 0.367879]])
    """
    lag, rise, fall = (value(number)[:, None] for number in (onset.lag, onset.rise, onset.fall))
    inside = np.clip(days[None, :] - onset.start - lag, 0.0, onset.until - onset.start)
    after = np.maximum(days[None, :] - onset.until - lag, 0.0)
    return np.asarray(-np.expm1(-inside / rise) * np.exp(-after / fall))
