"""Where a key of a TOML file stands: the locator finds every place that the parser finds, on the line on which it was written."""

from __future__ import annotations

import json
import tomllib
from importlib.resources import files
from typing import Any

import pytest
import tomlkit
from hypothesis import given, settings
from hypothesis import strategies as st

from refugia.catalog.positions import Lines, Steps, positions, written

CASES = [file for file in (files("refugia.catalog") / "cases").iterdir() if file.name.endswith(".toml")]
QUICK = settings(max_examples=300, deadline=None, database=None)

keys = st.sampled_from(["a", "b-c", "d_1", "7", "e f", 'g"h', "i.j", "ä", "", "#k", "[l]", "'m'"])
leaves = (
    st.integers(-9, 9) | st.booleans() | st.floats(allow_nan=False, allow_infinity=False, width=16)
    | st.sampled_from(["", "x", "two\nlines", 'a "quoted" # word', "[b]", "back\\slash", '"""', "'", "a = 1", "\t"])
)  # fmt: skip
trees = st.recursive(
    st.dictionaries(keys, leaves, max_size=3),
    lambda inner: st.dictionaries(
        keys, leaves | inner | st.lists(inner, max_size=3) | st.lists(leaves | inner, max_size=3), max_size=4
    ),
    max_leaves=12,
)  # fmt: skip


def every_place(value: Any, place: Steps = ()) -> list[Steps]:
    """Every key and index of a document, as the parser gives it."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [place, *(found for step, part in inner for found in every_place(part, (*place, step)))]


def are_tables(value: list[Any]) -> bool:
    """Whether a list may be written with headers."""
    return all(isinstance(item, dict) for item in value)


class Writer:
    """Writes a document in any of the ways TOML has, and remembers the line of every key and item."""

    def __init__(self, data: st.DataObject) -> None:
        self.data, self.text, self.lines = data, "", dict[Steps, int]()

    def choose(self, *ways: str) -> str:
        """One of some ways."""
        return self.data.draw(st.sampled_from(ways))

    def here(self, place: Steps) -> None:
        """The place begins here."""
        self.lines[place] = self.text.count("\n") + 1

    def key(self, key: str) -> str:
        """A key, bare where it may be."""
        bare = key.isascii() and key.replace("-", "").replace("_", "").isalnum()
        literal = [f"'{key}'"] if "'" not in key else []
        return self.choose(*([key] if bare else []), json.dumps(key, ensure_ascii=False), *literal)

    def table(self, table: dict[str, Any], place: Steps, names: tuple[str, ...]) -> None:
        """The keys of a table, and then the tables in it."""
        later = []
        for key, value in table.items():
            headed = isinstance(value, dict) or (isinstance(value, list) and value and are_tables(value))
            if headed and self.choose("header", "inline") == "header":
                later.append((key, value))
            else:
                self.pair(key, value, place)
                self.text += self.choose("\n", "  # a = 1\n", "\r\n", "\n\n# [x]\n\n")
        for key, value in later:
            name = (*names, self.key(key))
            for index, item in enumerate(value if isinstance(value, list) else [value]):
                many = isinstance(value, list)
                inner = (*place, key, index) if many else (*place, key)
                self.here(inner)
                if many and index == 0:
                    self.here((*place, key))
                head = self.choose(".", " . ").join(name)
                self.text += (f"[[{head}]]" if many else f"[{head}]") + self.choose("\n", " # b\n")
                self.table(item, inner, name)

    def pair(self, key: str, value: Any, place: Steps) -> None:
        """key = value, or dotted keys where the value is a table of one plain key."""
        self.here((*place, key))
        self.text += self.key(key)
        place = (*place, key)
        while isinstance(value, dict) and len(value) == 1 and self.choose("dot", "brace") == "dot":
            ((key, value),) = value.items()
            place = (*place, key)
            self.here(place)
            self.text += f"{self.choose('.', ' .')}{self.key(key)}"
        self.text += self.choose("=", " = ", "\t= ")
        self.value(value, place)

    def value(self, value: Any, place: Steps) -> None:
        """A value in line; lists may run over several."""
        if isinstance(value, dict):
            self.text += "{"
            for count, (key, inner) in enumerate(value.items()):
                self.text += ", " if count else " "
                self.pair(key, inner, place)
            self.text += " }"
        elif isinstance(value, list):
            self.text += "["
            for index, item in enumerate(value):
                self.text += self.choose("", "\n  ", " # ]\n", "\n\n")
                self.here((*place, index))
                self.value(item, (*place, index))
                self.text += self.choose(",", " ,", "\n,") if index + 1 < len(value) else self.choose("", ",", "\n")
            self.text += "]"
        elif isinstance(value, str):
            self.text += self.quoted(value)
        else:
            self.text += str(value).lower() if isinstance(value, bool) else repr(value)

    def quoted(self, text: str) -> str:
        """A text in one of the four ways of quoting."""
        ways = [json.dumps(text, ensure_ascii=False)]
        if "'''" not in text and not text.endswith("'") and "\t" not in text:
            ways.append(f"'''\n{text}'''")
        if "'" not in text and "\n" not in text:
            ways.append(f"'{text}'")
        ways.append('"""' + text.replace("\\", "\\\\").replace('"', '\\"') + '"""')
        if text == 'a "quoted" # word':
            ways.append('"""a "quoted" # word"""')
        return self.choose(*ways)


@QUICK
@given(trees, st.data())
def test_every_place_stands_where_it_was_written(tree: dict[str, Any], data: st.DataObject) -> None:
    writer = Writer(data)
    writer.table(tree, (), ())
    text = writer.text
    assert tomllib.loads(text) == tree
    found = positions(text)
    assert set(found) == set(every_place(tree))
    assert {place: found[place] for place in writer.lines} == writer.lines


@QUICK
@given(trees)
def test_what_another_writer_writes_is_found(tree: dict[str, Any]) -> None:
    text = tomlkit.dumps(tree)
    assert set(positions(text)) == set(every_place(tomllib.loads(text)))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_every_place_of_the_shipped_cases_is_found(case: Any) -> None:
    text = case.read_text(encoding="utf-8")
    found, lines = positions(text), text.splitlines()
    assert set(found) == set(every_place(tomllib.loads(text)))
    for place, line in found.items():
        if place and isinstance(place[-1], str):
            assert place[-1] in lines[line - 1]


def test_a_field_that_is_not_there_stands_at_the_table_around_it() -> None:
    lines = Lines("[[a]]\nb = 1\n\n[[a]]\nb = 2\n[a.c]\nd = 3\n")
    assert [lines.of(field) for field in ("a[1].x", "a[1].c.d", "a[1].c.x[3].y", "z", "")] == [4, 7, 6, 1, 1]
    lines.stands("a[1].x", "a[1].b")
    assert lines.of("a[1].x") == 5


def test_steps_are_written_as_errors_write_them() -> None:
    assert written(("a", 1, "b", "c", 0, 2)) == "a[1].b.c[0][2]"
