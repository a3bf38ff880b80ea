"""From the levers of a case file to frozen descriptions."""

from __future__ import annotations

from collections.abc import Callable
from math import inf
from typing import Any, Protocol

from refugia import treatment
from refugia.barriers.levers import Agent, Decompression, Delivery, Loosening, Nourishment, Permeation
from refugia.catalog import schema
from refugia.catalog.faults import AlreadyRefusedError
from refugia.catalog.place import Place
from refugia.catalog.plans import LONGEST, Entry
from refugia.clones.levers import Closure
from refugia.havens.levers import PumpInhibitor
from refugia.terms import Label, Lever, Onset
from refugia.treatment.levers import Radiation, Replan, Surgery

COMMON = {"name", "kind", "price", "evidence", "rivals"}
_CELLS = {"linear", "ratio", "enhancement", "half"}
_SLOW = {"start", "onset", "dose", "route"}
_GROUND: dict[str, tuple[type, set[str]]] = {
    "delivery": (Delivery, {"perfusion", "pressure"}),
    "nourishment": (Nourishment, {"perfusion"}),
    "matrix": (Loosening, {"collagen", "hydraulic"}),
    "stress": (Decompression, {"stress_half"}),
    "pores": (Permeation, {"radius", "area"}),
}
"""The levers on a breeding ground, and the numbers each of them moves."""
NEEDS: dict[str, tuple[set[str], set[str]]] = {
    "plan": ({"start"}, {"stops", "gives"}),
    **{kind: (_SLOW | moves, {"until", "sites"}) for kind, (_, moves) in _GROUND.items()},
    "agent": (_SLOW | {"does"}, {"until", "sites", "shares"}),
    "pumps": (_SLOW | {"blocked"}, {"until", "sites"}),
    "state": (_SLOW | {"closes", "entry", "exit", "spared"}, {"until", "sites"}),
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
    parts: list[list[Lever]] = []
    for index, read in enumerate(builder.file.levers):
        place = builder.place.at("levers").at(index)
        parts.append(place.part(_lever, builder, read, place))
    return tuple(lever for part in parts for lever in part)


def _lever(builder: Builder, read: schema.Lever, place: Place) -> list[Lever]:
    """One lever, or each of its strengths."""
    _keys(read, place, *NEEDS[read.kind])
    if read.kind == "plan":
        return [_replan(builder, read, place)]
    if read.kind in ("radiation", "surgery"):
        return [_event(builder, read, place)]
    return _slow(builder, read, place)


def _keys(read: schema.Lever | schema.Deed, place: Place, needed: set[str], allowed: set[str]) -> None:
    """Raises InputError where a key is missing, or has no meaning for the kind of lever."""
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
    onset = Onset(*days, **found)
    if read.kind in _GROUND:
        return [_deed(builder, read, place, name, (_label(read, read.name, read.dose), onset))]
    if read.kind == "agent":
        return _agents(builder, read, place, onset)
    if read.kind == "state":
        numbers = builder.fill(Closure, read, place, name)
        return [Closure(_label(read, read.name, read.dose), onset, tuple(read.closes or ()), **numbers)]
    labels = _swept(read, place, "blocked", read.blocked or [], lambda share: f"{share} of the pumps blocked")
    return [PumpInhibitor(label, onset, share) for label, share in zip(labels, read.blocked or [], strict=True)]


def _swept(read: schema.Lever, place: Place, key: str, shares: list[float], says: Callable[[str], str]) -> list[Label]:
    """The labels of a sweep: its members exclude each other, and the strongest is tried in pairs."""
    for nth, share in enumerate(shares):
        if not 0.0 <= share <= 1.0:
            place.at(key).at(nth).refuse(share, "is no share", "Write a share from 0 to 1.")
        elif share in shares[:nth]:
            place.at(key).at(nth).refuse(share, "is there twice", "Leave one of the two out.")
    rivals = read.model_copy(update={"rivals": read.rivals or read.name})
    return [
        _label(rivals, f"{read.name} {100 * share:g} %", says(f"{100 * share:g} %"), paired=share == max(shares))
        for share in shares
    ]


def _deed(builder: Builder, read: schema.Lever | schema.Deed, place: Place, name: str, about: tuple[Label, Onset]) -> Any:
    """One of the levers on a breeding ground. Raises InputError where it moves pores and an environment has none."""
    label, onset = about
    if read.kind == "pores":
        for site in builder.file.sites:
            ground = builder.file.environments.get(site.environment)
            if ground is not None and ground.pores is None and (not label.sites or site.name in label.sites):
                way_out = f'Add a table of pores to the environment "{site.environment}", or name other sites.'
                raise place.at("kind").refusal(read.kind, f'has no pores to move in "{site.name}"', way_out)
    description = _GROUND[read.kind][0]
    return description(label, onset, **builder.fill(description, read, place, name))


def _agents(builder: Builder, read: schema.Lever, place: Place, onset: Onset) -> list[Lever]:
    """An agent, or one for each of the shares of its full change."""
    shares = read.shares or [1.0]
    labels = [_label(read, read.name, read.dose)]
    if read.shares:
        labels = _swept(read, place, "shares", shares, lambda share: f"{read.dose}; {share} of the full change")
    found: list[Lever] = []
    for label, share in zip(labels, shares, strict=True):
        does = []
        for nth, deed in enumerate(read.does or []):
            here = place.at("does").at(nth)
            _keys(deed, here, _GROUND[deed.kind][1], set())
            does.append(_deed(builder, deed, here, f"levers.{read.name}.does[{nth}]", (label, onset)))
        found.append(Agent(label, onset, share, tuple(does)))
    return found


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
