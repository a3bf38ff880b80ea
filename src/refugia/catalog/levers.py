"""From the levers of a case file to frozen descriptions."""

from __future__ import annotations

from math import inf
from typing import Any, Protocol

from refugia import treatment
from refugia.barriers.levers import Delivery, Nourishment
from refugia.catalog import schema
from refugia.catalog.place import Place
from refugia.havens.levers import PumpInhibitor
from refugia.terms import Label, Lever, Onset
from refugia.treatment.levers import Radiation, Replan, Surgery

LONGEST = 36_525.0  # days: a century
_COMMON = {"name", "kind", "price", "evidence", "rivals"}
_CELLS = {"linear", "ratio", "enhancement", "half"}
_NEEDS: dict[str, tuple[set[str], set[str]]] = {
    "plan": ({"start"}, {"stops", "gives"}),
    "delivery": ({"start", "onset", "perfusion", "pressure", "dose", "route"}, {"until", "sites"}),
    "nourishment": ({"start", "onset", "perfusion", "dose", "route"}, {"until", "sites"}),
    "pumps": ({"start", "onset", "blocked", "dose", "route"}, {"until", "sites"}),
    "radiation": ({"sites", "days", "fraction", "route", *_CELLS}, set()),
    "surgery": ({"sites", "days", "route"}, set()),
}
"""The keys each kind of lever needs, and those it may have besides."""


class Builder(Protocol):
    """What reading levers needs of the builder of a case: quantities, numbers and lines of a plan."""

    @property
    def file(self) -> schema.CaseFile:
        """The file as it was read."""

    @property
    def place(self) -> Place:
        """Where it stands."""

    def quantity(self, raw: object, unit: str, place: Place, need: str = "", most: float = inf) -> float:
        """A quantity of zero or more."""

    def positive(self, raw: object, unit: str, place: Place, need: str = "", most: float = inf) -> float:
        """A quantity above zero."""

    def fill(self, description: type, table: Any, place: Place, name: str) -> dict[str, Any]:
        """The number fields of a description."""

    def line(self, line: schema.Line, place: Place) -> treatment.Regimen:
        """One line of a plan."""


def levers_of(builder: Builder) -> tuple[Lever, ...]:
    """The levers of a case; a sweep becomes a lever for each of its strengths, of which the strongest is tried in pairs.

    Raises InputError at the first that does not fit.
    """
    found: list[Lever] = []
    for index, read in enumerate(builder.file.levers):
        place = builder.place.at("levers").at(index)
        _keys(read, place)
        if read.kind == "plan":
            found.append(_replan(builder, read, place))
        elif read.kind in ("radiation", "surgery"):
            found.append(_event(builder, read, place))
        else:
            found += _slow(builder, read, place)
    return tuple(found)


def _keys(read: schema.Lever, place: Place) -> None:
    """Raises InputError where a key is missing, or has no meaning for the kind of lever."""
    needed, allowed = _NEEDS[read.kind]
    for key in sorted(needed - read.model_fields_set):
        raise place.at("kind").refusal(read.kind, f'needs "{_word(key)}"', f"Add {_word(key)} = ... there.")
    for key in sorted(read.model_fields_set - needed - allowed - _COMMON):
        raise place.at(_word(key)).refusal(_word(key), f'means nothing to a lever of kind "{read.kind}"', "Leave it out.")


def _word(key: str) -> str:
    return "from" if key == "start" else key


def _label(read: schema.Lever, name: str, dose: str, *, paired: bool = True) -> Label:
    route = read.route or ", ".join(dict.fromkeys(line.route for line in read.gives))
    return Label(name, read.rivals, paired, tuple(read.sites), dose, route, read.price, read.evidence)


def _replan(builder: Builder, read: schema.Lever, place: Place) -> Replan:
    start = builder.quantity(read.start, "day", place.at("from"), most=LONGEST)
    if not read.stops and not read.gives:
        raise place.refusal(read.name, "changes nothing in the plan", "Add stops = [...] or [[levers.gives]].")
    gives = tuple(builder.line(line, place.at("gives").at(nth)) for nth, line in enumerate(read.gives))
    for nth, line in enumerate(gives):
        if line.start < start:
            raise place.at("gives").at(nth).at("from").refusal(
                read.gives[nth].start, "is before the lever itself", f"Write a day from {start:g} on."
            )
    return Replan(_label(read, read.name, "; ".join(_said(line) for line in gives)), start, tuple(read.stops), gives)


def _said(line: treatment.Regimen) -> str:
    """A line of a plan in words."""
    every = "once" if line.every == inf else f"every {line.every:g} d"
    return f"{line.drug} {line.dose:g} mg {every} from day {line.start:g}"


def _slow(builder: Builder, read: schema.Lever, place: Place) -> list[Lever]:
    """A lever whose strength comes and goes."""
    start = builder.quantity(read.start, "day", place.at("from"), most=LONGEST)
    until = inf if read.until is None else builder.quantity(read.until, "day", place.at("until"), most=LONGEST)
    if until <= start:
        raise place.at("until").refusal(read.until, "is not after the day it begins", f"Write a day after {read.start}.")
    name = f"levers.{read.name}"
    onset = Onset(start, until, **builder.fill(Onset, read.onset, place.at("onset"), f"{name}.onset"))
    if read.kind == "delivery":
        return [Delivery(_label(read, read.name, read.dose), onset, **builder.fill(Delivery, read, place, name))]
    if read.kind == "nourishment":
        return [Nourishment(_label(read, read.name, read.dose), onset, **builder.fill(Nourishment, read, place, name))]
    blocked = read.blocked or []
    for nth, share in enumerate(blocked):
        if not 0.0 <= share <= 1.0:
            raise place.at("blocked").at(nth).refusal(share, "is no share", "Write a share from 0 to 1.")
    rivals = read.model_copy(update={"rivals": read.rivals or read.name})
    labels = [
        _label(rivals, f"{read.name} {100 * share:g} %", f"{100 * share:g} % of the pumps blocked", paired=share == max(blocked))
        for share in blocked
    ]
    return [PumpInhibitor(label, onset, share) for label, share in zip(labels, blocked, strict=True)]


def _event(builder: Builder, read: schema.Lever, place: Place) -> Lever:
    """Something done at once to one site."""
    if len(read.sites) != 1:
        raise place.at("sites").refusal(read.sites, "is not one site", "Name the one that is treated.")
    days = tuple(builder.quantity(day, "day", place.at("days").at(nth), most=LONGEST) for nth, day in enumerate(read.days or []))
    if read.kind == "surgery":
        if len(days) != 1:
            raise place.at("days").refusal(read.days, "is not one day", "A site is taken out once: name the day.")
        return Surgery(_label(read, read.name, f"on day {days[0]:g}"), days[0])
    dose = builder.positive(read.fraction, "Gy", place.at("fraction"), "a fraction is a radiation dose")
    said = f"{len(days)} x {dose:g} Gy, days {days[0]:g} to {days[-1]:g}"
    return Radiation(_label(read, read.name, said), dose, days, **builder.fill(Radiation, read, place, f"levers.{read.name}"))
