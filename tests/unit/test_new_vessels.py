"""A case that asks for new vessels: what is read of it, and what is refused."""

from __future__ import annotations

import tomllib
from importlib.resources import files
from typing import Any

import pytest

from refugia.barriers import Angiogenesis
from refugia.catalog.reader import case_of, parameters_of
from refugia.terms import InputError, number_units

CASE = files("refugia.catalog") / "cases" / "egfr-lung.toml"


def asked(geometry: str = "plane", **changed: Any) -> dict[str, Any]:
    """The lung case whose lung lesion is laid out otherwise, in a ground of its own that grows new vessels."""
    table = tomllib.loads(CASE.read_text(encoding="utf-8"))
    numbers = {name: f"param:angiogenesis.{name}" for name in number_units(Angiogenesis)} | changed
    own = {name: number for name, number in numbers.items() if number is not None}
    table["environments"]["growing"] = {**table["environments"]["default"], "angiogenesis": own}
    table["sites"][0] |= {"environment": "growing", "geometry": geometry}
    return table


def test_the_numbers_of_new_vessels_are_read_in_their_units() -> None:
    case = case_of(asked(), "mine.toml")
    new = case.subject.sites[0].ground.angiogenesis
    assert new is not None
    found = {name: getattr(new, name).value for name in ("radius", "signal_decay", "chemotaxis", "maturity")}
    assert found == pytest.approx({"radius": 5e-3, "signal_decay": 24.0, "chemotaxis": 0.9521, "maturity": 3.19}, rel=1e-3)
    assert case.subject.sites[1].ground.angiogenesis is None
    assert {f"angiogenesis.{name}" for name in number_units(Angiogenesis)} <= {one.id for one in parameters_of(case)}


ZERO = {"value": "0 mm", "cite": "assumed", "where": "why", "basis": "assumed"}


@pytest.mark.parametrize(
    ("table", "said"),
    [
        (asked("sphere"), r'sites\[0\]\.environment.*"growing" grows new vessels one by one, and a sphere has none'),
        (asked(parents=ZERO), r"angiogenesis\.parents.*is not above zero\. Write a parents above zero"),
        (asked(pruning=None), r"angiogenesis.*pruning.*is missing"),
        (asked(prunning="param:angiogenesis.pruning"), r'"prunning" is not known here\. Did you mean "pruning"'),
        (asked(radius="param:angiogenesis.pruning"), r"angiogenesis\.radius.*is a rate, but a length is needed here"),
        (asked(branching=-1.0), r"angiogenesis\.branching.*is a number without a source"),
    ],
)
def test_what_does_not_fit_is_refused(table: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError, match=said):
        case_of(table, "mine.toml")
