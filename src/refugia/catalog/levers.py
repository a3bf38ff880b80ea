"""From the levers of a case file to frozen descriptions."""

from __future__ import annotations

from collections.abc import Callable
from math import inf
from typing import Any, Protocol

from refugia import treatment
from refugia.barriers.levers import Agent, Decompression, Delivery, Loosening, Nourishment, Permeation
from refugia.catalog import schema
from refugia.catalog.place import Place
from refugia.havens.levers import PumpInhibitor
from refugia.terms import Label, Lever, Onset
from refugia.treatment.levers import Radiation, Replan, Surgery

LONGEST = 36_525.0  # days: a century
_COMMON = {"name", "kind", "price", "evidence", "rivals"}
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
_NEEDS: dict[str, tuple[set[str], set[str]]] = {
    "plan": ({"start"}, {"stops", "gives"}),
    **{kind: (_SLOW | moves, {"until", "sites"}) for kind, (_, moves) in _GROUND.items()},
    "agent": (_SLOW | {"does"}, {"until", "sites", "shares"}),
    "pumps": (_SLOW | {"blocked"}, {"until", "sites"}),
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
        _keys(read, place, *_NEEDS[read.kind])
        if read.kind == "plan":
            found.append(_replan(builder, read, place))
        elif read.kind in ("radiation", "surgery"):
            found.append(_event(builder, read, place))
        else:
            found += _slow(builder, read, place)
    return tuple(found)


def _keys(read: schema.Lever | schema.Deed, place: Place, needed: set[str], allowed: set[str]) -> None:
    """Raises InputError where a key is missing, or has no meaning for the kind of lever."""
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
    if read.kind in _GROUND:
        return [_deed(builder, read, place, name, (_label(read, read.name, read.dose), onset))]
    if read.kind == "agent":
        return _agents(builder, read, place, onset)
    labels = _swept(read, place, "blocked", read.blocked or [], lambda share: f"{share} of the pumps blocked")
    return [PumpInhibitor(label, onset, share) for label, share in zip(labels, read.blocked or [], strict=True)]


def _swept(read: schema.Lever, place: Place, key: str, shares: list[float], says: Callable[[str], str]) -> list[Label]:
    """The labels of a sweep: its members exclude each other, and the strongest is tried in pairs."""
    for nth, share in enumerate(shares):
        if not 0.0 <= share <= 1.0:
            raise place.at(key).at(nth).refusal(share, "is no share", "Write a share from 0 to 1.")
        if share in shares[:nth]:
            raise place.at(key).at(nth).refusal(share, "is there twice", "Leave one of the two out.")
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
            bare = builder.file.environments[site.environment].pores is None
            if bare and (not label.sites or site.name in label.sites):
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
