"""The numbers of the default case, read twice from the facts: the second reading is blind to the first, and the two agree.

Those of its levers, and of the drugs that only they give, have been read once so far and are left out.
"""

from __future__ import annotations

import tomllib
from functools import lru_cache
from importlib.resources import files
from typing import Any

import pytest

from refugia.catalog.reader import parameters_of, read_case
from refugia.terms import Parameter
from refugia.terms.parameter import Basis, Law
from refugia.terms.units import convert

_CASE = "egfr-lung-uncalibrated"

SETTLED: dict[str, str] = {
    "brain.intact": "A wall over itself is one by definition (computed); the row that states it for the rim is marked as assumed.",
    "oxygen.consumption": "The row of the Michaelis form ends at 20 mmHg/s; DLD-1 in the same table consumes 22.1 mmHg/s.",
    "tolerance.exit": "The printed range ends at 0.01 per day; the same row keeps it below tolerant growth, 0.0035 per day.",
}
"""Differences between the two readings that both lie within what the facts allow: the id and, in a sentence, the reason."""


@lru_cache(maxsize=1)
def _first() -> dict[str, Parameter]:
    return {parameter.id: parameter for parameter in parameters_of(read_case(_CASE).unlevered())}


@lru_cache(maxsize=1)
def _second() -> dict[str, dict[str, Any]]:
    file = files("refugia.catalog") / "readings" / "egfr-lung-parameters.toml"
    return tomllib.loads(file.read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", sorted(_first()))
def test_two_readings_of_a_number_agree(name: str) -> None:
    assert name in _second(), "nobody has read this number a second time"
    found = _differences(_first()[name], _second()[name])
    if name in SETTLED:
        assert found, f"the readings agree by now: take {name} out of SETTLED"
    else:
        assert not found


def test_every_second_reading_is_of_a_number_in_use() -> None:
    assert set(_second()) == set(_first())
    assert set(SETTLED) <= set(_first())


def _differences(first: Parameter, second: dict[str, Any]) -> list[str]:
    """What the two readings of a number differ in, a sentence each; empty where they agree."""
    unit = second["unit"]
    value = convert(second["value"], unit, first.unit)
    said = []
    if second.get("choice", False):
        low, high = _range(first, second)
        if low is not None and high is not None and not low <= value <= high:
            said.append(f"chosen value {value:g} is outside {low:g} to {high:g} (first reading: {first.value:g})")
    elif not _close(first.value, value, 1e-3):
        said.append(f"value: {first.value:g} or {value:g} {first.unit}")
    basis = Basis(second["basis"])
    if (first.basis is Basis.ASSUMED) != (basis is Basis.ASSUMED):
        said.append(f"basis: {first.basis} or {basis}")
    if first.interval is not None and "interval" in second:
        for bound in ("low", "high"):
            ours, theirs = getattr(first.interval, bound), convert(second["interval"][bound], unit, first.unit)
            if not _close(ours, theirs, 0.05):
                said.append(f"interval, {bound}: {ours:g} or {theirs:g} {first.unit}")
    if first.spread is not None and "spread" in second:
        law, width = Law(second["spread"]["law"]), second["spread"]["width"]
        if law not in (Law.LOGNORMAL, Law.LOG10NORMAL):
            width = convert(width, unit, first.unit)
        if first.spread.law is not law or not _close(first.spread.width, width, 1e-3):
            said.append(f"spread: {first.spread.law} {first.spread.width:g} or {law} {width:g}")
        if first.spread.per != second["spread"].get("per", first.spread.per):
            said.append(f"spread: per {first.spread.per} or per {second['spread']['per']}")
    return said


def _range(first: Parameter, second: dict[str, Any]) -> tuple[float | None, float | None]:
    """The union of the two intervals, in the unit of the first reading; the ends are None where neither states one."""
    ends = [] if first.interval is None else [first.interval.low, first.interval.high]
    if "interval" in second:
        ends += [convert(second["interval"][bound], second["unit"], first.unit) for bound in ("low", "high")]
    return (min(ends), max(ends)) if ends else (None, None)


def _close(first: float, second: float, relative: float) -> bool:
    """Whether two numbers agree to that share of the first; a zero agrees with nothing but a zero."""
    return abs(first - second) <= relative * abs(first) + 1e-12 * (first == 0.0)
