"""Whatever is done to a case file, it is read, or refused as an InputError: no other error ever reaches the user."""

from __future__ import annotations

import os
import tomllib
from copy import deepcopy
from importlib.resources import files
from math import inf, nan
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from refugia.catalog.reader import case_of, parse_case
from refugia.course.case import Case
from refugia.terms import InputError

TEXT = (files("refugia.catalog") / "cases" / "egfr-lung.toml").read_text(encoding="utf-8")
TABLE = tomllib.loads(TEXT)
POROUS = tomllib.loads((files("refugia.catalog") / "cases" / "desmoplastic-mammary.toml").read_text(encoding="utf-8"))
EXAMPLES = int(os.environ.get("REFUGIA_EXAMPLES", "1000"))  # the nightly set asks for more
QUICK = settings(max_examples=EXAMPLES, deadline=None, database=None, suppress_health_check=list(HealthCheck))

UNITS = ("mm", "d", "h", "mg", "mL", "uM", "%", "", "1/day", "parsec", "m**9**9", "mm*" * 9 + "mm", "__class__")
TEXTS = (
    "",
    " ",
    "param:",
    "param:lung.net",
    "param:gefitinib.ec50",
    "gefitinib",
    "T790M",
    "wall",
    "none",
    "seen",
    "\0\n\x1b[31m",
    "ü" * 3000,
)
NUMBERS = (0, -1, 1, 65, 10**400, 0.0, -0.0, 0.5, 1e-320, 1e308, inf, -inf, nan)

quantities = st.builds(
    "{} {}".format, st.sampled_from(["0", "-1", "12", "1e308", "1e-9", "nan", "1e999", "x"]), st.sampled_from(UNITS)
)
numbers = st.builds(
    lambda value, law, low, high, width: {
        "value": value, "cite": "assumed", "where": "why", "basis": "assumed",
        "interval": {"law": law, "low": low, "high": high}, "spread": {"law": law, "width": width},
    },
    quantities | st.sampled_from(NUMBERS),
    st.sampled_from(["normal", "lognormal", "uniform", "loguniform", "other"]),
    st.sampled_from([0.0, -1.0, 1e-9, nan]),
    st.sampled_from([1.0, 20.0, 1e300, inf]),
    st.sampled_from([0.0, 0.5, -1.0, 1e300]),
)  # fmt: skip
leaves = st.sampled_from(TEXTS) | st.sampled_from(NUMBERS) | st.booleans() | quantities | numbers | st.text(max_size=20)
values = (
    leaves | st.lists(leaves, max_size=3) | st.dictionaries(st.sampled_from(["value", "name", "drug", "x"]), leaves, max_size=2)
)


def places(table: Any) -> list[tuple[Any, str | int]]:
    """Every key of every table, and every index of every list."""
    keys = list(table) if isinstance(table, dict) else list(range(len(table))) if isinstance(table, list) else []
    return [(table, key) for key in keys] + [place for key in keys for place in places(table[key])]


def reads_or_refuses(result: Any) -> None:
    """Calls it: a case comes back, or an InputError of one printable line that ends with a way out."""
    try:
        assert isinstance(result(), Case)
    except InputError as refusal:
        assert refusal.reason and refusal.way_out
        assert str(refusal).isprintable()
        assert len(str(refusal)) < 800


@QUICK
@given(st.data())
def test_a_table_with_anything_in_it_is_read_or_refused(data: st.DataObject) -> None:
    table = deepcopy(data.draw(st.sampled_from([TABLE, POROUS])))
    for _ in range(data.draw(st.integers(1, 3))):
        here, key = data.draw(st.sampled_from(places(table)))
        match data.draw(st.sampled_from(["change", "change", "change", "delete", "add", "repeat"])):
            case "change":
                here[key] = data.draw(values)
            case "delete":
                del here[key]
            case "add" if isinstance(here, dict):
                here[data.draw(st.sampled_from(TEXTS) | st.text(max_size=8))] = data.draw(values)
            case "repeat" if isinstance(here, list):
                here.append(deepcopy(here[key]))
    reads_or_refuses(lambda: case_of(table, "my.toml"))


@QUICK
@given(
    st.integers(0, len(TEXT)),
    st.integers(0, 60),
    st.text(max_size=30) | st.sampled_from(['"', "[", "]]", "\n[a]\n", "=", "9" * 5000]),
)
def test_a_text_with_a_hole_or_a_patch_is_read_or_refused(start: int, length: int, patch: str) -> None:
    reads_or_refuses(lambda: parse_case(TEXT[:start] + patch + TEXT[start + length :], "my.toml"))
