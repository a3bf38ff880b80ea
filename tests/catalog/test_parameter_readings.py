"""Every number of the catalogue, read twice from the facts: the second reading is blind to the first, and the two agree.

A number that no source prints has to be flagged as assumed. Where two readings differ and both lie within what the facts allow, the
second says so (`settled`), and in what (`differs`). Calibrated numbers are computed, and are read by nobody.
"""

from __future__ import annotations

from functools import lru_cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from refugia.catalog.cohorts import names
from refugia.catalog.numbers import load_parameters
from refugia.catalog.place import Place
from refugia.catalog.reader import case_ids, parameters_of, read_case
from refugia.catalog.readings import NumberReading, number_reading, number_readings
from refugia.terms import InputError, Parameter
from refugia.terms.parameter import Basis, Law
from refugia.terms.units import convert


@lru_cache(maxsize=1)
def _first() -> dict[str, Parameter]:
    """The numbers of the catalogue and of the cases themselves; under CASE:ID where another case has another number of that id."""
    calibrated = tuple(f"{name.replace('-', '_')}." for name in names("parameters/calibrated"))
    found = dict(load_parameters())
    for case in case_ids():
        for number in parameters_of(read_case(case)):
            same = found.setdefault(number.id, number) == number
            found[number.id if same else f"{case}:{number.id}"] = number
    return {name: number for name, number in found.items() if not name.startswith(calibrated)}


@pytest.mark.parametrize("name", sorted(_first()))
def test_two_readings_of_a_number_agree(name: str) -> None:
    assert name in number_readings(), "nobody has read this number a second time"
    assert _differences(_first()[name], number_readings()[name]) == number_readings()[name].differs


def test_every_second_reading_is_of_a_number_in_use() -> None:
    assert set(number_readings()) == set(_first())


def test_a_number_that_nobody_prints_has_to_be_assumed() -> None:
    nobody = NumberReading(where="no row of the facts", source="none")
    assert _differences(_first()["lung.density"], nobody) == []
    assert _differences(_first()["radiation.linear"], nobody) == ["basis: published, and no source prints it"]


def test_a_choice_without_a_range_has_to_be_the_same() -> None:
    first, second = _first()["acid.medium"], number_readings()["acid.medium"]
    assert second.choice and _range(first, second) == (None, None)
    assert _differences(first, second.model_copy(update={"value": 7.2})) == ["value: 7.4 or 7.2"]


def test_another_value_unit_basis_or_range_is_told() -> None:
    first, second = _first()["radiation.linear"], number_readings()["radiation.linear"]
    for change, said in (
        ({"value": 0.306}, "value: 0.305 or 0.306 1/Gy"),
        ({"unit": "1/mGy"}, "value: 0.305 or 305 1/Gy"),
        ({"basis": "computed"}, "basis: published or computed"),
        ({"interval": None}, "interval: only the first reading has it"),
    ):
        assert said in _differences(first, second.model_copy(update=change))


@pytest.mark.parametrize("half", [{"settled": "Both are right."}, {"differs": ["value: 1 or 2"]}])
def test_a_difference_is_listed_and_settled_or_neither(half: dict[str, object]) -> None:
    table = {"where": "row 1", "value": 1.0, "unit": "", "basis": "assumed", **half}
    with pytest.raises(InputError, match="do not go together"):
        number_reading(table, Place("some-parameters.toml", "some.number"))


KEYS = st.sampled_from(["value", "unit", "basis", "where", "source", "choice"])


@settings(deadline=None, database=None)
@given(st.dictionaries(KEYS, st.sampled_from([1.0, "", "none", "assumed"])))
def test_a_reading_is_whole_or_refused(table: dict[str, object]) -> None:
    try:
        read = number_reading(table, Place("some-parameters.toml", "some.number"))
    except InputError:
        return
    assert (read.source is None) == (read.value is not None and read.unit is not None and read.basis is not None)


def _differences(first: Parameter, second: NumberReading) -> list[str]:
    """What the two readings of a number differ in, a sentence each; empty where they agree."""
    if second.value is None or second.unit is None:
        return [] if first.basis is Basis.ASSUMED else [f"basis: {first.basis}, and no source prints it"]
    value, said = convert(second.value, second.unit, first.unit), []
    low, high = _range(first, second)
    if second.choice and low is not None and high is not None:
        if not low <= value <= high:
            said.append(f"chosen value {value:g} is outside {low:g} to {high:g} (first reading: {first.value:g})")
    elif not _close(first.value, value, 1e-3):
        said.append(f"value: {first.value:g} or {value:g} {first.unit}".rstrip())
    if first.basis != second.basis:
        said.append(f"basis: {first.basis} or {second.basis}")
    return said + _other_intervals(first, second, second.unit) + _other_spreads(first, second, second.unit)


def _other_intervals(first: Parameter, second: NumberReading, unit: str) -> list[str]:
    if first.interval is None or second.interval is None:
        alike = second.choice or first.interval is second.interval
        return [] if alike else [f"interval: only the {'second' if first.interval is None else 'first'} reading has it"]
    said = []
    for bound in ("low", "high"):
        ours, theirs = getattr(first.interval, bound), convert(getattr(second.interval, bound), unit, first.unit)
        if not _close(ours, theirs, 0.05):
            said.append(f"interval, {bound}: {ours:g} or {theirs:g} {first.unit}".rstrip())
    return said


def _other_spreads(first: Parameter, second: NumberReading, unit: str) -> list[str]:
    if first.spread is None or second.spread is None:
        only = "second" if first.spread is None else "first"
        return [] if first.spread is second.spread else [f"spread: only the {only} reading has it"]
    law, width, said = Law(second.spread.law), second.spread.width, []
    if law not in (Law.LOGNORMAL, Law.LOG10NORMAL):
        width = convert(width, unit, first.unit)
    if first.spread.law is not law or not _close(first.spread.width, width, 1e-3):
        said.append(f"spread: {first.spread.law} {first.spread.width:g} or {law} {width:g}")
    if first.spread.per != second.spread.per:
        said.append(f"spread: per {first.spread.per} or per {second.spread.per}")
    return said


def _range(first: Parameter, second: NumberReading) -> tuple[float | None, float | None]:
    """The union of the two intervals, in the unit of the first reading; the ends are None where neither states one."""
    ends = [] if first.interval is None else [first.interval.low, first.interval.high]
    if second.interval is not None and second.unit is not None:
        ends += [convert(bound, second.unit, first.unit) for bound in (second.interval.low, second.interval.high)]
    return (min(ends), max(ends)) if ends else (None, None)


def _close(first: float, second: float, relative: float) -> bool:
    """Whether two numbers agree to that share of the first or in their first three digits; a zero agrees only with a zero."""
    return f"{first:.3g}" == f"{second:.3g}" or abs(first - second) <= relative * abs(first)
