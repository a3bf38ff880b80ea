"""The line on which each key of a TOML file stands: its parser, which gives the values, forgets where they were.

The text has been read by `tomllib` before, so that nothing is checked here again: what is walked through is known to be TOML.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from tomllib import loads

Step = str | int
Steps = tuple[Step, ...]

_BLANK = re.compile(r"(?:[ \t]|\r?\n|#[^\n]*)*")
_SPACE = re.compile(r"[ \t]*")
_BARE = re.compile(r"[A-Za-z0-9_-]+")
_TEXT = re.compile(
    r'"""(?:[^\\]|\\.)*?"{3,5}(?!")' + r"|'''.*?'{3,5}(?!')" + r'|"(?:[^"\\\n]|\\.)*"' + r"|'[^'\n]*'", re.DOTALL
)
_PLAIN = re.compile(r"[^,\]}#\r\n]+")  # a number, a date, true or false


class _Walk:
    """Walks through a text once and notes where every key and every item of a list begins."""

    def __init__(self, text: str) -> None:
        self.text, self.at = text, 0
        self.found: dict[Steps, int] = {(): 0}
        self.counts: dict[Steps, int] = {}  # of the tables of each [[list]] so far

    def file(self) -> None:
        """The whole text: pairs and headers."""
        table: Steps = ()
        while self.skip(_BLANK) < len(self.text):
            if self.text.startswith("[", self.at):
                table = self.header()
            else:
                self.pair(table)

    def skip(self, pattern: re.Pattern[str]) -> int:
        """Pass over what matches here; the place after it."""
        found = pattern.match(self.text, self.at)
        self.at = found.end() if found else self.at
        return self.at

    def take(self, token: str) -> bool:
        """Pass over a token if it stands here."""
        here = self.text.startswith(token, self.at)
        self.at += len(token) if here else 0
        return here

    def key(self) -> tuple[str, ...]:
        """A key, dotted or not."""
        parts: list[str] = []
        while True:
            self.skip(_SPACE)
            start = self.at
            quoted = self.text[start : start + 1] in ("'", '"')
            self.skip(_TEXT if quoted else _BARE)
            word = self.text[start : self.at]
            parts.append(str(loads(f"a = {word}")["a"]) if quoted else word)
            self.skip(_SPACE)
            if not self.take("."):
                return tuple(parts)

    def note(self, base: Steps, parts: tuple[str, ...], start: int) -> Steps:
        """The place that dotted parts lead to from a table, each table on the way noted; the last table of a list is meant."""
        for part in parts:
            base = (*base, part)
            self.found.setdefault(base, start)
            if base in self.counts:
                base = (*base, self.counts[base] - 1)
        return base

    def header(self) -> Steps:
        """[a.b] or [[a.b]]: the table that what follows belongs to."""
        start, many = self.at, self.take("[[")
        if not many:
            self.take("[")
        *outer, last = self.key()
        self.take("]]" if many else "]")
        base = self.note((), tuple(outer), start)
        if not many:
            base = (*base, last)
            self.found[base] = start  # its own header, though a table inside it may have stood before
            return base
        base = (*base, last)
        self.found.setdefault(base, start)
        self.counts[base] = self.counts.get(base, 0) + 1
        base = (*base, self.counts[base] - 1)
        self.found[base] = start
        return base

    def pair(self, table: Steps) -> None:
        """key = value."""
        start = self.at
        parts = self.key()
        place = self.note(table, parts, start)
        self.take("=")
        self.skip(_SPACE)
        self.value(place)

    def value(self, place: Steps) -> None:
        """A value; the places inside it are noted."""
        if self.take("["):
            count = 0
            while self.skip(_BLANK) >= 0 and not self.take("]"):
                self.found[(*place, count)] = self.at
                self.value((*place, count))
                count += 1
                self.skip(_BLANK)
                self.take(",")
        elif self.take("{"):
            while self.skip(_BLANK) >= 0 and not self.take("}"):
                self.pair(place)
                self.skip(_BLANK)
                self.take(",")
        else:
            self.skip(_TEXT if self.text[self.at] in "\"'" else _PLAIN)


def positions(text: str) -> dict[Steps, int]:
    """The line, counted from 1, on which each place of a TOML text begins: a key, the index of a list, or the header of a table.

    >>> positions('a = 1\\n[b]\\nc = [\\n  2,\\n  { d = 3 },\\n]')[("b", "c", 1, "d")]
    5
    """
    walk = _Walk(text.replace("\r\n", "\n"))
    walk.file()
    starts = [0, *(found.end() for found in re.finditer("\n", walk.text))]
    return {place: bisect_right(starts, offset) for place, offset in walk.found.items()}


class Lines:
    """Answers on which line of a file a field stands, written as errors write it: `plan[0].dose`."""

    def __init__(self, text: str) -> None:
        """Read the positions of a TOML text."""
        self._lines: dict[str, int] = {}
        self._names: dict[str, str] = {}
        for place, line in positions(text).items():
            self._lines.setdefault(written(place), line)

    def of(self, field: str) -> int:
        """The line of a field, or of the nearest table around it that the file has.

        >>> Lines('a = 1\\n[b]\\nc = 2').of("b.d")
        2
        """
        while field not in self._lines and field:
            field = field[: max(field.rfind("."), field.rfind("["), 0)]
        return self._lines[field]

    def stands(self, field: str, other: str) -> None:
        """A field that the file does not have stands where another one does."""
        self._lines[field] = self.of(other)


    def is_called(self, field: str, other: str) -> None:
        """A field, and all in it, is called otherwise in the file."""
        self._names[field] = other
        self.stands(field, other)

    def name(self, field: str) -> str:
        """What the file calls a field.

        >>> lines = Lines('[sites.lung]')
        >>> lines.is_called("sites[0]", "sites.lung")
        >>> lines.name("sites[0].voxel"), lines.name("sites[1].voxel")
        ('sites.lung.voxel', 'sites[1].voxel')
        """
        for own, other in self._names.items():
            if field == own or field.startswith((f"{own}.", f"{own}[")):
                return other + field.removeprefix(own)
        return field


class OneLine(Lines):
    """All fields stand on one line, as the cells of a row do."""

    def __init__(self, line: int) -> None:
        """The line, counted from 1."""
        self._lines, self._names = {"": line}, {}


def written(steps: Steps) -> str:
    """The steps to a field as errors write them.

    >>> written(("sites", 2, "diameter"))
    'sites[2].diameter'
    """
    said = ""
    for step in steps:
        said += f"[{step}]" if isinstance(step, int) else f".{step}" if said else step
    return said
