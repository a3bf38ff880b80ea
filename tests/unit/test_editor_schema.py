"""The JSON Schema for editors: it takes what the reader takes, and sees what an editor should see at once."""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
from copy import deepcopy
from importlib.resources import files
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from refugia.catalog.editor import case_schema
from refugia.catalog.numbers import load_parameters
from refugia.catalog.reader import case_ids, case_of
from refugia.terms import InputError
from tests.unit.mutations import places, values

SCHEMA = case_schema()
SEEN = Draft202012Validator(SCHEMA)
TABLES = {
    name: tomllib.loads((files("refugia.catalog") / "cases" / f"{name}.toml").read_text(encoding="utf-8")) for name in case_ids()
}
QUICK = settings(max_examples=300, deadline=None, database=None, suppress_health_check=list(HealthCheck))


def test_it_is_a_schema() -> None:
    Draft202012Validator.check_schema(SCHEMA)
    assert '"refugia": ' not in json.dumps(SCHEMA)  # no mark of the models is left
    assert '"null"' not in json.dumps(SCHEMA)  # TOML has none


@pytest.mark.parametrize("name", case_ids())
def test_every_shipped_case_fits(name: str) -> None:
    assert [error.message for error in SEEN.iter_errors(TABLES[name])] == []


def changed(path: str, value: Any) -> dict[str, Any]:
    """The default case with one value changed, or left out where it is None."""
    table: Any = deepcopy(TABLES["egfr-lung"])
    here, (*outer, last) = table, [int(step) if step.isdigit() else step for step in path.split("/")]
    for step in outer:
        here = here[step]
    if value is None:
        del here[last]
    else:
        here[last] = value
    return dict(table)


INLINE = {"value": "12 mm", "cite": "assumed", "where": "why", "basis": "assumed"}
GOOD = [
    ("sites/0/diameter", INLINE),
    ("plan/0", "gefitinib 250 mg oral every 24 h from day 0"),
    ("plan/0", {"drug": "gefitinib", "given": "250 mg oral every 24 h from day 0"}),
    ("plan/0", {"events": "doses.csv", "drug": "gefitinib", "route": "oral", "time": "h", "amount": "mg"}),
    ("levers/0/gives/0", "osimertinib 80 mg oral every 24 h from day 180"),
    ("question/horizon", "18 months"),
    ("question/scans", ["6 weeks", "12 weeks"]),
    ("drugs/0/base", "none"),
    ("plan/0/dose", "0.25 g"),
]  # fmt: skip
BAD = [
    ("reference", None),
    ("plan/0/dose", None),
    ("plan/0/dose", "250"),
    ("plan/0/dose", 250),
    ("plan/0/dose", "250 mL"),
    ("plan/0/every", "24 mg"),
    ("plan/0/evry", "24 h"),
    ("plan/0/route", "nasal"),
    ("plan/0/given", "250 mg every 24 h from day 0"),  # beside the keys
    ("plan/0", {"events": "doses.csv", "time": "parsec"}),
    ("mechanisms/0", "standing resistence"),
    ("question/merits/0", "survival"),
    ("sites/0/presence", "hidden"),
    ("sites/0/diameter", "40 mm"),  # a number without a source
    ("sites/0/diameter", "param:lung.birth"),  # a rate
    ("sites/0/diameter", "param:brain.ocult"),
    ("sites/0/diameter", {**INLINE, "basis": "known"}),
    ("sites/0/diameter", {**INLINE, "value": "wide"}),
    ("growth/nte", "param:lung.net"),
    ("settings/shells", 8.5),
    ("levers/11/fraction", "6 Gy"),  # of surgery
    ("levers/9/fraction", None),
    ("levers/0/kind", "laser"),
    ("like", "egfr-lung"),
    ("instead", {"param:a": "param:b"}),
]  # fmt: skip


@pytest.mark.parametrize(("path", "value"), GOOD, ids=[f"{i}" for i in range(len(GOOD))])
def test_what_the_reader_takes_fits(path: str, value: Any) -> None:
    table = changed(path, value)
    assert [error.message for error in SEEN.iter_errors(table)] == []
    if "events" not in str(value):
        case_of(table, "my.toml")


@pytest.mark.parametrize(("path", "value"), BAD, ids=[f"{i}" for i in range(len(BAD))])
def test_a_wrong_value_is_seen(path: str, value: Any) -> None:
    table = changed(path, value)
    assert not SEEN.is_valid(table)
    with pytest.raises(InputError):
        case_of(table, "my.toml")


@QUICK
@given(st.data())
def test_what_the_reader_takes_is_never_marked(data: st.DataObject) -> None:
    """An editor that marks a sound file would be switched off."""
    table = deepcopy(TABLES["egfr-lung"])
    for _ in range(data.draw(st.integers(1, 2))):
        here, key = data.draw(st.sampled_from(places(table)))
        here[key] = data.draw(values | st.sampled_from([f"param:{name}" for name in load_parameters()]))
    try:
        case_of(table, "my.toml")
    except InputError:
        return
    assert [error.message for error in SEEN.iter_errors(table)] == []


def test_numbers_are_offered_by_what_they_measure() -> None:
    rates = SCHEMA["$defs"]["number_rate"]["anyOf"][0]["enum"]
    assert "param:lung.birth" in rates and "param:lung.density" not in rates
    assert SCHEMA["$defs"]["Growth"]["properties"]["birth"] == {"$ref": "#/$defs/number_rate"}
    offered = {name for part in SCHEMA["$defs"].values() for form in part.get("anyOf", ()) for name in form.get("enum", ())}
    assert len(offered) > 150


def test_tables_say_what_they_are() -> None:
    assert all(part.get("description") for name, part in SCHEMA["$defs"].items())


def test_the_command_prints_it() -> None:
    done = subprocess.run([sys.executable, "-m", "refugia.cli", "case", "schema"], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == json.loads(json.dumps(SCHEMA))
