"""What we do: drugs, their kinetics and effect, and the plan by which they are given."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from refugia.terms import Number, number


class Route(StrEnum):
    """How a dose enters the body."""

    ORAL = "oral"
    INTRAVENOUS = "intravenous"


@dataclass(frozen=True, slots=True)
class Kinetics:
    """Linear kinetics of one drug: a central compartment and, where `exchange` is above zero, a peripheral one.

    Clearances and volumes are apparent (over the bioavailability) where `available` is one and the source printed CL/F and V/F.
    """

    clearance: Number = number("L/day")
    central: Number = number("L")
    exchange: Number = number("L/day")  # inter-compartment clearance, 0 with one compartment
    peripheral: Number = number("L")
    absorption: Number = number("1/day")  # first order, oral doses only
    lag: Number = number("day")  # before absorption starts
    available: Number = number("")  # share of an oral dose that arrives


@dataclass(frozen=True, slots=True)
class Curve:
    """The concentration response of some clones: share of the largest effect = C^hill / (C^hill + ec50^hill)."""

    clones: tuple[str, ...]
    ec50: Number = number("uM")  # unbound
    hill: Number = number("")


@dataclass(frozen=True, slots=True)
class Drug:
    """A drug: kinetics, protein binding, ionisation, and what it does to each clone (clones in no curve feel nothing).

    `shrink` is the slope of ln V observed in sensitive tumours on this drug; the kill slope is derived from it at the patient's own
    typical exposure of the reference site.
    """

    name: str
    kinetics: Kinetics
    curves: tuple[Curve, ...]
    unbound: Number = number("")  # share of plasma drug that is free
    molar_mass: Number = number("g/mol")
    base: Number = number("")  # pKa of a weak base; -inf where it does not ionise
    inside: Number = number("")  # pH inside cells
    outside: Number = number("")  # pH outside cells at which the response was measured
    shrink: Number = number("1/day")


@dataclass(frozen=True, slots=True)
class Regimen:
    """One line of a plan: a dose by a route, from a day on, repeated until a day (exclusive)."""

    drug: str
    route: Route
    dose: float  # mg
    start: float  # day
    every: float  # days; inf for a single dose
    until: float  # day
    infusion: float  # days over which an intravenous dose runs, 0 for a bolus

    def days(self, horizon: float) -> tuple[float, ...]:
        """The days of the doses before the horizon."""
        end, days, count = min(self.until, horizon), [], 0
        while (day := self.start + count * self.every if count else self.start) < end:
            days.append(day)
            count += 1
        return tuple(days)
