"""The numbers of the catalogue, and how a number of a case file is read and brought to the unit its field is kept in."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from math import isfinite
from typing import Any

from refugia.catalog.bibliography import bibliography
from refugia.catalog.place import Place, suggestion
from refugia.catalog.tables import Entry, Inline, checked
from refugia.terms import Basis, Citation, Interval, Law, Parameter, Per, Spread
from refugia.terms.units import UnitError, dimension, into, split

_MARK = "param:"


@lru_cache(maxsize=1)
def load_parameters() -> dict[str, Parameter]:
    """Every number of the catalogue by its id, in the unit its source printed.

    >>> load_parameters()["recist.ratio"].value
    1.2
    """
    found: dict[str, Parameter] = {}
    folder = files("refugia.catalog") / "parameters"
    for file in sorted((*folder.iterdir(), *(folder / "calibrated").iterdir()), key=lambda entry: entry.name):
        if file.name.endswith(".toml"):
            table = tomllib.loads(file.read_text(encoding="utf-8"))
            for name, entry in _entries(table):
                place = Place(file.name, name)
                if name in found:
                    raise place.refusal(name, "is there twice", "Keep one of the two.")
                found[name] = _entry(name, entry, place)
    return found


def _entries(table: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """The tables that hold a value, with the dotted name under which they stand."""
    for key, inner in table.items():
        name = f"{prefix}{key}"
        if isinstance(inner, dict) and "value" not in inner:
            yield from _entries(inner, f"{name}.")
        else:
            yield name, inner


def _entry(name: str, table: dict[str, Any], place: Place) -> Parameter:
    read = checked(Entry, table, place)
    return _parameter(name, read, (read.value, read.unit), place, {})


def _parameter(name: str, read: Inline, printed: tuple[float, str], place: Place, own: dict[str, Citation]) -> Parameter:
    """The parameter an entry or an inline table describes. Raises InputError where its parts contradict each other."""
    cited = own.get(read.cite) or bibliography().get(read.cite)
    if cited is None:
        way_out = suggestion(read.cite, (*own, *bibliography()), "source")
        way_out += ' Or describe it in a [[citations]] table of this file with that key, or write "assumed".'
        raise place.at("cite").refusal(read.cite, "is no key of the bibliography", way_out)
    interval = spread = None
    if read.interval is not None:
        joint = tuple(read.interval.along.items())
        interval = Interval(Law(read.interval.law), read.interval.low, read.interval.high, joint)
    if read.spread is not None:
        cut = read.spread
        spread = Spread(Law(cut.law), cut.width, cut.low, cut.high, Per(cut.per))
    parameter = Parameter(name, read.says or name, *printed, cited, read.where, Basis(read.basis), interval, spread)
    _sound(parameter, place)
    return parameter


def _sound(parameter: Parameter, place: Place) -> None:
    """Raises InputError where value, interval and spread do not go together."""
    value, interval, spread = parameter.value, parameter.interval, parameter.spread
    parts = [value, *((interval.low, interval.high) if interval else ())]
    parts += [weight for _, weight in interval.along] if interval else []
    parts += [part for part in (spread.width, spread.low, spread.high) if part is not None] if spread else []
    if not all(isfinite(part) for part in parts):
        raise place.refusal(value, "or its interval or spread is not finite", "Write finite numbers.")
    if not parameter.where.strip():
        raise place.at("where").refusal(parameter.where, "says nothing", 'Say where the source prints it, like "Table 2, row 3".')
    logs = (Law.LOGNORMAL, Law.LOG10NORMAL, Law.LOGUNIFORM)
    if interval and not interval.low <= value <= interval.high:
        reason = f"lies outside its interval {interval.low:g} to {interval.high:g}"
        raise place.at("interval").refusal(value, reason, "Mend one of them.")
    if interval and interval.low == interval.high:
        raise place.at("interval").refusal(value, "has an interval without width", "Leave the interval out.")
    if interval and interval.law in logs and interval.low <= 0.0:
        reason = "is not above zero, as a logarithm needs"
        raise place.at("interval.low").refusal(interval.low, reason, 'Use the law "uniform".')
    if spread and spread.width <= 0.0:
        raise place.at("spread.width").refusal(spread.width, "is not above zero", "Leave the spread out if there is none.")
    if spread and spread.law in logs and value <= 0.0:
        raise place.at("spread").refusal(value, "is not above zero, as a logarithm needs", 'Use the law "normal".')
    low, high = (spread.low, spread.high) if spread else (None, None)
    if (low is not None and low > value) or (high is not None and high < value):
        raise place.at("spread").refusal(value, "lies outside the cuts of its spread", "Mend one of them.")


@dataclass(frozen=True, slots=True)
class Numbers:
    """Reads the numbers of one case file; `own` are the sources the file brings along."""

    own: dict[str, Citation]

    def number(self, raw: object, unit: str, place: Place, name: str) -> Parameter:
        """The parameter a field of the file stands for, in the unit the field is kept in; `name` is its id if it is written inline.

        Raises InputError where it is neither, has no source, an unknown id, or another dimension.
        """
        if isinstance(raw, str) and raw.startswith(_MARK):
            parameter = self._known(raw, place)
        elif isinstance(raw, dict):
            parameter = self._inline(raw, place, f"case.{name}" if name in load_parameters() else name)
        else:
            written = f'"{raw}"' if isinstance(raw, str) and len(raw) < 20 else raw if isinstance(raw, (int, float)) else "..."
            inline = f'{{value = {written}, cite = "assumed", where = "why", basis = "assumed"}}'
            raise place.refusal(raw, "is a number without a source", f'Write {inline} or "param:ID" of the catalogue.')
        try:
            return into(parameter, unit)
        except UnitError:
            what, needed = dimension(parameter.unit), dimension(unit)
            shown = raw if isinstance(raw, str) else raw["value"]
            way_out = f"Give {needed}, or check the unit." if isinstance(raw, dict) else f"Take a parameter that is {needed}."
            raise place.refusal(shown, f"is {what}, but {needed} is needed here", way_out) from None

    def _known(self, raw: str, place: Place) -> Parameter:
        wanted, known = raw.removeprefix(_MARK), load_parameters()
        if wanted not in known:
            raise place.refusal(raw, "is no parameter of the catalogue", suggestion(wanted, known, "parameter"))
        return known[wanted]

    def _inline(self, raw: dict[str, Any], place: Place, name: str) -> Parameter:
        read = checked(Inline, raw, place)
        value = read.value
        try:
            if isinstance(value, str):
                printed = split(value)
            elif isinstance(value, (int, float)) and not isinstance(value, bool) and isfinite(value):
                printed = (float(value), "")
            else:
                raise UnitError("is not a finite number", 'Write a number, or a text like "12 mm".')
        except OverflowError:
            raise place.at("value").refusal(value, "is too large", "Write a number that can be counted.") from None
        except UnitError as trouble:
            raise place.at("value").refusal(value, trouble.reason, trouble.way_out) from None
        return _parameter(name, read, printed, place, self.own)
