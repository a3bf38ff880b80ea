"""Knocks at a case: what is done to its table or its text, one kind after another, and what has to come of it."""

from __future__ import annotations

import os
import tomllib
from collections import Counter
from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace
from importlib.resources import files
from math import inf, nan
from time import thread_time
from typing import Any

import numpy as np
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from refugia.catalog.reader import case_of
from refugia.course.case import Case
from refugia.course.result import simulate
from refugia.terms import InputError, RefugiaError

EXAMPLES = int(os.environ.get("REFUGIA_EXAMPLES", "200"))  # of each property; there are five, and the nightly set asks for more
MANY = settings(max_examples=EXAMPLES, deadline=None, database=None, suppress_health_check=list(HealthCheck))
NIGHT = EXAMPLES > 1000
PATIENCE = 5.0
"""Processor seconds: no speed is tested by it, but a reader that hangs is seen."""

CASES = ("egfr-lung", "desmoplastic-mammary", "egfr-lung-uncalibrated", "egfr-lung-states", "egfr-lung-tissue")
TEXTS = {name: (files("refugia.catalog") / "cases" / f"{name}.toml").read_text(encoding="utf-8") for name in CASES}
TEXTS["a case like another"] = """like = "egfr-lung"

[meta]
id = "mine"
title = "The lung case with a faster turnover"
calibrated = false

[instead]
"param:tolerance.share" = "param:t790m.standing"
"""
NAMES = tuple(TEXTS)
TABLES = {name: tomllib.loads(text) for name, text in TEXTS.items()}

UNITS = ("mm", "d", "h", "mg", "mL", "uM", "%", "", "1/day", "Gy", "parsec", "m**9**9", "mm*" * 9 + "mm", "__class__", "1/0")
WORDS = (
    "", " ", "param:", "param:lung.net", "param:gefitinib.ec50", "param:../../x", "gefitinib", "T790M", "wall", "none", "seen",
    "lung", "../../../etc/passwd", "/dev/zero", "egfr-lung", "file:///etc/passwd", "${HOME}", "{0.__class__}", "__import__('os')",
    "!!python/object/apply:os.system", "\0\n\x1b[31m", "\x9b31m", "\u202eevil", "[/red]", "[bold]", "ü" * 3000, "x" * 5000,
)  # fmt: skip
NUMBERS = (0, -1, 1, 2, 65, 10**6, 10**15, 10**400, 0.0, -0.0, 0.5, 1e-320, 1e-9, 1e9, 1e308, inf, -inf, nan, True)

quantities = st.builds(
    "{} {}".format, st.sampled_from(["0", "-1", "12", "1e308", "1e-9", "nan", "inf", "1e999", "x"]), st.sampled_from(UNITS)
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
leaves = st.sampled_from(WORDS) | st.sampled_from(NUMBERS) | st.booleans() | quantities | numbers | st.text(max_size=20)
values = (
    leaves | st.lists(leaves, max_size=3) | st.dictionaries(st.sampled_from(["value", "name", "drug", "x"]), leaves, max_size=2)
)

COUNTS: Counter[tuple[str, str]] = Counter()
"""How often each kind of knock was met, and how it ended."""


def places(table: Any) -> list[tuple[Any, str | int]]:
    """Every key of every table, and every index of every list."""
    keys = list(table) if isinstance(table, dict) else list(range(len(table))) if isinstance(table, list) else []
    return [(table, key) for key in keys] + [place for key in keys for place in places(table[key])]


def replaced(draw: Any, here: Any, key: Any) -> None:
    here[key] = draw(values)


def deleted(draw: Any, here: Any, key: Any) -> None:
    del here[key]


def added(draw: Any, here: Any, key: Any) -> None:
    name = draw(st.sampled_from(WORDS) | st.text(max_size=8))
    here.update({name: draw(values)}) if isinstance(here, dict) else here.append(draw(values))


def repeated(draw: Any, here: Any, key: Any) -> None:
    if isinstance(here, list):
        here.extend([deepcopy(here[key])] * draw(st.sampled_from([1, 1, 2, 70, 1000])))
    else:
        here[f"{key}2"] = deepcopy(here[key])


def retyped(draw: Any, here: Any, key: Any) -> None:
    turn = draw(st.sampled_from([str, lambda x: [x], lambda x: {"value": x}, lambda x: [], lambda x: {}, lambda x: len(str(x))]))
    here[key] = turn(here[key])


def renamed(draw: Any, here: Any, key: Any) -> None:
    if isinstance(here, dict):
        name = draw(st.sampled_from([f"{key} ", str(key).upper(), str(key)[1:], f"{key}s", "value", "name"]))
        here[name] = here.pop(key)


def nested(draw: Any, here: Any, key: Any) -> None:
    for _ in range(draw(st.sampled_from([1, 3, 20, 400]))):
        here[key] = draw(st.sampled_from([[here[key]], {"a": here[key]}]))


def scaled(draw: Any, here: Any, key: Any) -> None:
    """A number or quantity that still is one, but of another size or another unit."""
    by = draw(st.sampled_from([-1.0, 0.0, 1e-300, 1e-30, 1e-6, 0.1, 0.5, 2.0, 10.0, 1e3, 1e9, 1e30, 1e300]))
    old = here[key]
    if isinstance(old, int | float) and not isinstance(old, bool):
        here[key] = old * by if isinstance(old, float) or abs(old * by) > 1e15 else int(old * by)
    elif isinstance(old, str) and old[:1].isdigit() and " " in old:
        number, unit = old.split(" ", 1)
        try:
            here[key] = f"{float(number) * by:g} {draw(st.sampled_from([unit, unit, *UNITS]))}"
        except ValueError:
            here[key] = f"{by:g} {unit}"
    elif isinstance(old, str) and old.startswith("param:"):
        shown = {"value": by, "cite": "assumed", "where": "why", "basis": "assumed"}
        here[key] = draw(st.sampled_from([shown, "param:recist.ratio", "param:lung.net"]))


KINDS: dict[str, Callable[[Any, Any, Any], None]] = {
    "replaced": replaced, "deleted": deleted, "added": added, "repeated": repeated, "retyped": retyped, "renamed": renamed,
    "nested": nested, "scaled": scaled,
}  # fmt: skip


def met(kind: str, read: Callable[[], Case]) -> Case | None:
    """Read it: a case comes back, or an InputError of one printable line that names file, place and way out; and soon."""
    began = thread_time()
    try:
        case = read()
        assert isinstance(case, Case)
        COUNTS[kind, "read"] += 1
    except InputError as refusal:
        COUNTS[kind, "refused"] += 1
        assert refusal.file == "my.toml"
        assert refusal.reason and refusal.way_out
        assert str(refusal).isprintable()
        assert len(str(refusal)) < 1000
        case = None
    assert thread_time() - began < PATIENCE
    return case


def lives(case: Case, kind: str) -> None:
    """Run what was read, with two patients for three steps: it comes to its end, or says in a sentence what stands in the way."""
    step = case.settings.step
    coarse = replace(case.settings, shells=min(case.settings.shells, 4), nodes=min(case.settings.nodes, 4))
    soon = replace(case.question, horizon=min(case.question.horizon, 3 * step), scans=None)
    case = replace(case, question=soon, settings=coarse)
    try:
        course = simulate(case, 2, 1, 1)
        assert np.isfinite(course.volume).all()
        COUNTS[kind, "run"] += 1
    except RefugiaError as trouble:
        assert len(str(trouble)) > 20
        COUNTS[kind, "refused by the run"] += 1


def knocked(data: st.DataObject, kinds: tuple[str, ...], most: int) -> None:
    """Some knocks of these kinds at a case; what is read is run as well, each time in the night, else now and then."""
    table = deepcopy(TABLES[data.draw(st.sampled_from(NAMES))])
    kind = data.draw(st.sampled_from(kinds))
    for _ in range(data.draw(st.integers(1, most))):
        found = places(table)
        if found:
            KINDS[kind](data.draw, *data.draw(st.sampled_from(found)))
    tried = data.draw(st.integers(0, 4 if NIGHT else 19)) == 0
    case = met(kind, lambda: case_of(table, "my.toml"))
    if case is not None and tried:
        lives(case, kind)


def told() -> str:
    """The counts so far, a line a kind; the next count begins anew."""
    found = dict(COUNTS)
    COUNTS.clear()
    kinds = dict.fromkeys(kind for kind, _ in found)
    return "\n".join(
        f"{kind}: " + ", ".join(f"{end} {count}" for (of, end), count in sorted(found.items()) if of == kind) for kind in kinds
    )


__all__ = ["MANY", "NAMES", "NIGHT", "TABLES", "TEXTS", "knocked", "lives", "met", "places", "told", "values"]
