"""From the levers of a case file to frozen descriptions."""

from __future__ import annotations

from math import inf
from typing import Any, Protocol

from refugia import treatment
from refugia.barriers.levers import Delivery, Nourishment
from refugia.catalog import schema
from refugia.catalog.faults import AlreadyRefusedError
from refugia.catalog.place import Place
from refugia.catalog.plans import LONGEST, Entry
from refugia.havens.levers import PumpInhibitor
from refugia.terms import Label, Lever, Onset
from refugia.treatment.levers import Radiation, Replan, Surgery

COMMON = {"name", "kind", "price", "evidence", "rivals"}
_CELLS = {"linear", "ratio", "enhancement", "half"}
NEEDS: dict[str, tuple[set[str], set[str]]] = {
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

    def given(self, entry: Entry, place: Place, start: object) -> tuple[treatment.Regimen, ...]:
        """The regimens of a line; words that name no first day begin on `start`."""


def levers_of(builder: Builder) -> tuple[Lever, ...]:
    """The levers of a case; a sweep becomes a lever for each of its strengths, of which the strongest is tried in pairs.

    Raises InputError at the first that does not fit.
    """
    found: list[Lever] = []
    for index, read in enumerate(builder.file.levers):
        place = builder.place.at("levers").at(index)
        found += place.part(_lever, builder, read, place)
    return tuple(found)


def _lever(builder: Builder, read: schema.Lever, place: Place) -> list[Lever]:
    """One lever, or each of its strengths."""
    _keys(read, place)
    if read.kind == "plan":
        return [_replan(builder, read, place)]
    if read.kind in ("radiation", "surgery"):
        return [_event(builder, read, place)]
    return _slow(builder, read, place)


def _keys(read: schema.Lever, place: Place) -> None:
    """Raises InputError where a key is missing, or has no meaning for the kind of lever."""
    needed, allowed = NEEDS[read.kind]
    for key in sorted(needed - read.model_fields_set):
        place.at("kind").refuse(read.kind, f'needs "{word(key)}"', f"Add {word(key)} = ... there.")
    for key in sorted(read.model_fields_set - needed - allowed - COMMON):
        place.at(word(key)).refuse(word(key), f'means nothing to a lever of kind "{read.kind}"', "Leave it out.")
    if needed - read.model_fields_set:
        raise AlreadyRefusedError


def word(key: str) -> str:
    """A key as the file writes it."""
    return "from" if key == "start" else key


def _label(read: schema.Lever, name: str, dose: str, *, route: str = "", paired: bool = True) -> Label:
    return Label(name, read.rivals, paired, tuple(read.sites), dose, read.route or route, read.price, read.evidence)


def _replan(builder: Builder, read: schema.Lever, place: Place) -> Replan:
    start = place.part(builder.quantity, read.start, "day", place.at("from"), most=LONGEST)
    if not read.stops and not read.gives:
        raise place.refusal(read.name, "changes nothing in the plan", "Add stops = [...] or [[levers.gives]].")
    given = tuple(
        place.part(_line, builder, entry, (read.start, start), place.at("gives").at(nth)) for nth, entry in enumerate(read.gives)
    )
    lines = tuple(line for part in given for line in part)
    said = "; ".join(_told(entry, part) for entry, part in zip(read.gives, given, strict=True))
    route = ", ".join(dict.fromkeys(line.route for line in lines))
    return Replan(_label(read, read.name, said, route=route), start, tuple(read.stops), lines)


def _line(builder: Builder, entry: Entry, start: tuple[object, float], place: Place) -> tuple[treatment.Regimen, ...]:
    """A line that a lever gives, from its own day on."""
    lines = builder.given(entry, place, start[0])
    if lines[0].start < start[1]:
        here, shown = place.whole(), f"day {lines[0].start:g}"
        if isinstance(entry, schema.Line):
            here, shown = place.at("from"), entry.start
        here.refuse(shown, "is before the lever itself", f"Write a day from {start[1]:g} on.")
    return lines


def _told(entry: Entry, lines: tuple[treatment.Regimen, ...]) -> str:
    """What a line gives, in words."""
    if isinstance(entry, schema.Line):
        return _said(lines[0])
    if isinstance(entry, schema.Doses):
        return f"doses of {entry.events}"
    words = entry if isinstance(entry, str) else entry.given
    return words if words.startswith(lines[0].drug) else f"{lines[0].drug} {words}"


def _said(line: treatment.Regimen) -> str:
    """A line of a plan in words."""
    every = "once" if line.every == inf else f"every {line.every:g} d"
    return f"{line.drug} {line.dose:g} mg {every} from day {line.start:g}"


def _slow(builder: Builder, read: schema.Lever, place: Place) -> list[Lever]:
    """A lever whose strength comes and goes."""
    name = f"levers.{read.name}"
    days = place.part(_days, builder, read, place)
    found = place.part(builder.fill, Onset, read.onset, place.at("onset"), f"{name}.onset")
    if read.kind != "pumps":
        kind = Delivery if read.kind == "delivery" else Nourishment
        numbers = place.part(builder.fill, kind, read, place, name)
        return [kind(_label(read, read.name, read.dose), Onset(*days, **found), **numbers)]
    onset = Onset(*days, **found)
    blocked = read.blocked or []
    for nth, share in enumerate(blocked):
        if not 0.0 <= share <= 1.0:
            place.at("blocked").at(nth).refuse(share, "is no share", "Write a share from 0 to 1.")
    rivals = read.model_copy(update={"rivals": read.rivals or read.name})
    labels = [
        _label(rivals, f"{read.name} {100 * share:g} %", f"{100 * share:g} % of the pumps blocked", paired=share == max(blocked))
        for share in blocked
    ]
    return [PumpInhibitor(label, onset, share) for label, share in zip(labels, blocked, strict=True)]


def _days(builder: Builder, read: schema.Lever, place: Place) -> tuple[float, float]:
    """The first day of a lever, and the day on which it stops."""
    start = builder.quantity(read.start, "day", place.at("from"), most=LONGEST)
    until = inf if read.until is None else builder.quantity(read.until, "day", place.at("until"), most=LONGEST)
    if until <= start:
        raise place.at("until").refusal(read.until, "is not after the day it begins", f"Write a day after {read.start}.")
    return start, until


def _event(builder: Builder, read: schema.Lever, place: Place) -> Lever:
    """Something done at once to one site."""
    raw = read.days or []
    days = tuple(place.part(builder.quantity, day, "day", place.at("days").at(nth), most=LONGEST) for nth, day in enumerate(raw))
    if len(read.sites) != 1:
        place.at("sites").refuse(read.sites, "is not one site", "Name the one that is treated.")
    if read.kind == "surgery":
        if len(days) != 1:
            raise place.at("days").refusal(read.days, "is not one day", "A site is taken out once: name the day.")
        return Surgery(_label(read, read.name, f"on day {days[0]:g}"), days[0])
    dose = place.part(builder.positive, read.fraction, "Gy", place.at("fraction"), "a fraction is a radiation dose")
    found = builder.fill(Radiation, read, place, f"levers.{read.name}")
    said = f"{len(days)} x {dose:g} Gy, days {days[0]:g} to {days[-1]:g}"
    return Radiation(_label(read, read.name, said), dose, days, **found)
