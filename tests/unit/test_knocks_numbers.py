"""Every place of a case where a number stands, one after another: none takes what is no number, or another dimension."""

from __future__ import annotations

import re
from copy import deepcopy
from math import inf, nan
from typing import Any

import pytest

from refugia.catalog.place import Place
from refugia.catalog.reader import case_of
from refugia.terms import InputError
from tests.unit.mutations import TABLES

WHOLE = ("egfr-lung", "desmoplastic-mammary")


def leaves(part: Any, place: Place) -> list[tuple[Place, Any]]:
    """Every value of a table that is no table and no list, and where it stands."""
    if isinstance(part, dict):
        return [found for key, inner in part.items() for found in leaves(inner, place.at(key))]
    if isinstance(part, list):
        return [found for index, inner in enumerate(part) for found in leaves(inner, place.at(index))]
    return [(place, part)]


def is_quantity(value: Any) -> bool:
    """Whether a text is a number with a unit."""
    if not isinstance(value, str) or " " not in value:
        return False
    try:
        float(value.split(" ", 1)[0])
    except ValueError:
        return False
    return "." not in value.split(" ", 1)[1] and len(value) < 25


def put(table: Any, place: Place, value: Any) -> Any:
    """The same table with another value at that place."""
    table = deepcopy(table)

    def within(part: Any, here: Place) -> bool:
        for key, inner in part.items() if isinstance(part, dict) else enumerate(part):
            if here.at(key) == place:
                part[key] = value
                return True
            if isinstance(inner, dict | list) and within(inner, here.at(key)):
                return True
        return False

    assert within(table, Place("my.toml"))
    return table


PROSE = re.compile(r"meta\..*|levers\[\d+\]\.dose|.*\.(where|says|evidence|price|route)")
FOUND = {name: [leaf for leaf in leaves(TABLES[name], Place("my.toml")) if not PROSE.fullmatch(leaf[0].path)] for name in WHOLE}
NUMBERS = [(name, place, value) for name in WHOLE for place, value in FOUND[name]
           if (isinstance(value, int | float) and not isinstance(value, bool)) or is_quantity(value)]  # fmt: skip
REFERENCES = [(name, place) for name in WHOLE for place, value in FOUND[name] if str(value).startswith("param:")]


def refused(name: str, place: Place, value: Any) -> str:
    """The message where that value stands at that place; it names the place, or the number of which it is a part."""
    with pytest.raises(InputError) as trouble:
        case_of(put(TABLES[name], place, value), "my.toml")
        raise AssertionError(f"{name}, {place.path}: {value!r} was read")
    refusal = trouble.value
    assert refusal.file == "my.toml"
    assert place.path.startswith(refusal.field.split(".value")[0]), str(refusal)
    assert refusal.way_out
    return str(refusal)


def test_there_are_such_places() -> None:
    assert len(NUMBERS) > 60
    assert len(REFERENCES) > 150


@pytest.mark.parametrize("number", [nan, inf, -inf], ids=str)
def test_no_place_takes_what_is_no_number(number: float) -> None:
    for name, place, value in NUMBERS:
        message = refused(name, place, f"{number} {value.split(' ', 1)[1]}" if isinstance(value, str) else number)
        assert "nan" in message or "inf" in message or "finite" in message, message


def test_no_quantity_takes_another_dimension_an_unknown_unit_or_none() -> None:
    for name, place, value in NUMBERS:
        if isinstance(value, str):
            assert " is " in refused(name, place, value.split(" ", 1)[0] + " candela")
            assert "which is not known" in refused(name, place, value.split(" ", 1)[0] + " parsecs")
            refused(name, place, value.split(" ", 1)[0])


def test_no_reference_leads_nowhere() -> None:
    for name, place in REFERENCES:
        assert "is no parameter of the catalogue" in refused(name, place, "param:nobody.measured")
        assert "is no parameter of the catalogue" in refused(name, place, "param:../../../etc/passwd")


def test_no_plan_begins_before_day_zero_or_gives_less_than_nothing() -> None:
    for name, place, value in NUMBERS:
        last = place.path.rpartition(".")[2]
        if last in ("dose", "from", "until", "every", "fraction", "horizon", "step") or ".days[" in f".{place.path}":
            assert " is negative." in refused(name, place, f"-1 {value.split(' ', 1)[1]}")


@pytest.mark.parametrize(
    ("key", "most"), [("sites", 64), ("plan", 64), ("drugs", 64), ("clones", 32), ("alterations", 32), ("levers", 32),
                      ("mechanisms", 64), ("citations", 1000)]
)  # fmt: skip
def test_a_thousand_of_anything_are_too_many(key: str, most: int) -> None:
    table = deepcopy(TABLES["egfr-lung"])
    own = [{"key": "me", "authors": "Me", "title": "My own", "year": 2026}]
    table[key] = (table.get(key) or own) * (most + 1)
    with pytest.raises(InputError, match=rf'my\.toml, {key}: "a list of \d+" is longer than the {most} allowed\. Leave some out\.'):
        case_of(table, "my.toml")
