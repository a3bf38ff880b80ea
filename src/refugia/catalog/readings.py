"""Second readings: what someone who had not opened a file of the catalogue found when reading the same sources."""

from __future__ import annotations

import tomllib
from functools import lru_cache
from importlib.resources import files
from typing import Any, Literal

from pydantic import Field

from refugia.catalog.place import Place
from refugia.catalog.tables import Interval, Spread, Table, Text, checked

Basis = Literal["published", "public data or code", "computed", "assumed"]

_NUMBERS = "-parameters"


class NumberReading(Table):
    """A number as it was read again; only `where` is given for one that no source prints.

    `settled` says, in a sentence, why the two readings of it differ, and `differs` in what: nothing else of it may.
    """

    where: Text
    value: float | None = None
    unit: Text | None = None
    basis: Basis | None = None
    interval: Interval | None = None
    spread: Spread | None = None
    choice: bool = False  # the sources leave the number open, and the reader chose one
    source: Literal["none"] | None = None
    settled: Text = ""
    differs: list[Text] = Field(default_factory=list)  # as the comparison says it, with both values


def reading(name: str) -> dict[str, Any] | None:
    """The table of the second reading of that name, or None where nobody has read it again.

    >>> reading("baxter1989_pressure")["cite"]
    'baxter1989'
    """
    file = files("refugia.catalog") / "readings" / f"{name}.toml"
    return tomllib.loads(file.read_text(encoding="utf-8")) if file.is_file() else None


@lru_cache(maxsize=1)
def number_readings() -> dict[str, NumberReading]:
    """Every number that was read a second time, by its id. Raises InputError where a reading contradicts itself.

    >>> number_readings()["recist.ratio"].value
    1.2
    """
    found: dict[str, NumberReading] = {}
    folder = files("refugia.catalog") / "readings"
    for file in sorted(entry.name for entry in folder.iterdir() if entry.name.endswith(f"{_NUMBERS}.toml")):
        for name, table in (reading(file.removesuffix(".toml")) or {}).items():
            place = Place(file, name)
            if name in found:
                raise place.refusal(name, "is read a second time twice", "Keep one of the two.")
            found[name] = number_reading(table, place)
    return found


def number_reading(table: dict[str, Any], place: Place) -> NumberReading:
    """The reading that a table describes. Raises InputError where a number has neither a value nor source = "none", or both.

    So it does where a difference is listed that nobody settled, or settled without being listed.
    """
    read = checked(NumberReading, table, place)
    said = [key for key in ("value", "unit", "basis") if getattr(read, key) is not None]
    if read.source == "none" and (said or read.interval or read.spread):
        raise place.at("source").refusal(read.source, "stands beside a number", 'Leave source = "none" out, or the number.')
    if read.source is None and len(said) < 3:
        raise place.refusal(read.value, "is no whole reading", 'Give value, unit and basis, or source = "none".')
    if bool(read.settled) != bool(read.differs):
        says = "and the differences listed do not go together"
        raise place.at("settled").refusal(read.settled, says, "Give settled and differs, or neither.")
    return read
