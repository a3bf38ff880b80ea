"""Where in a file a value stands, and how it is refused there."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from difflib import get_close_matches
from typing import NamedTuple, ParamSpec, TypeVar

from refugia.catalog.faults import FAULTY, AlreadyRefusedError, Faults
from refugia.catalog.positions import Lines, OneLine
from refugia.terms import InputError

Wanted = ParamSpec("Wanted")
Made = TypeVar("Made")

_SHOWN, _LONGEST = 60, 300


class Place(NamedTuple):
    """A file and the path of a field in it, such as sites[2].diameter.

    `lines` knows where the file says what; `faults` keeps what is refused, so that reading goes on (without it, the first is
    raised); a place without `parts` is one text, and so is all that is looked for in it.
    """

    file: str
    path: str = ""
    lines: Lines | None = None
    faults: Faults | None = None
    parts: bool = True

    def whole(self) -> Place:
        """The same place, whatever is asked for in it: what stands in one text has no fields of its own.

        >>> Place("my.toml", "plan[0]").whole().at("dose").path
        'plan[0]'
        """
        return self._replace(parts=False)

    def at(self, step: str | int) -> Place:
        """The place one step further in: a key, or the index of a list.

        >>> Place("my.toml").at("sites").at(2).at("diameter").path
        'sites[2].diameter'
        """
        if not self.parts:
            return self
        if isinstance(step, int):
            return self._replace(path=f"{self.path}[{step}]")
        return self._replace(path=f"{self.path}.{step}" if self.path else step)

    def of_key(self, key: str | int) -> Place:
        """The same place, on the line of one of its keys."""
        return self if self.lines is None else self._replace(lines=OneLine(self.lines.of(self.at(key).path)))

    def refusal(self, value: object, reason: str, way_out: str) -> InputError:
        """The error that names this place, the value, the reason and the way out, to be raised where nothing can go on."""
        if value is FAULTY:
            return AlreadyRefusedError()
        line, path = (None, self.path) if self.lines is None else (self.lines.of(self.path), self.lines.name(self.path))
        return InputError(_line(self.file), _short_path(path), _short(value), _line(reason), _line(way_out), line=line)

    def refuse(self, value: object, reason: str, way_out: str) -> None:
        """The same where reading can go on: the error is kept with the others, or raised where none are kept."""
        self.keep(self.refusal(value, reason, way_out))

    def keep(self, error: InputError) -> None:
        """Keep an error with the others, or raise it where none are kept."""
        if self.faults is None:
            raise error
        self.faults.add(error)

    def part(self, read: Callable[Wanted, Made], *args: Wanted.args, **kwargs: Wanted.kwargs) -> Made:
        """What a reader makes of a part; where it refuses, the error is kept and the part is FAULTY."""
        try:
            return read(*args, **kwargs)
        except InputError as error:
            self.keep(error)
            return FAULTY  # type: ignore[no-any-return]


def _line(text: str) -> str:
    """The text on one line, without what a terminal would act on."""
    return "".join(letter if letter.isprintable() else " " for letter in text)[:_LONGEST]


def _short_path(path: str) -> str:
    return _line(path) if len(path) <= 2 * _SHOWN else f"{_line(path[: 2 * _SHOWN])}..."


def _short(value: object) -> object:
    """The value as it may be printed: one line, not longer than a glance."""
    if isinstance(value, str):
        return _line(value) if len(value) <= _SHOWN else f"{_line(value[:_SHOWN])}..."
    if isinstance(value, (bool, float)) or value is None or (isinstance(value, int) and abs(value) < 10**15):
        return value
    if isinstance(value, dict):
        return _short(f"{{{', '.join(str(key) for key in value)}}}")
    if isinstance(value, list):
        return f"a list of {len(value)}"
    return "a number too large to print" if isinstance(value, int) else _short(str(value))


def suggestion(word: str, known: Iterable[str], kind: str) -> str:
    """The way out of a word that is not known: the nearest one, or all of them.

    >>> suggestion("gefitnib", ["gefitinib", "erlotinib"], "drug")
    'Did you mean "gefitinib"?'
    """
    names = list(known)
    near = get_close_matches(word, names, n=1, cutoff=0.6)
    if near:
        return f'Did you mean "{near[0]}"?'
    if not names:
        return f"There is no {kind} yet; describe one."
    listed = ", ".join(f'"{name}"' for name in names[:12])
    return f"Known: {listed}{', ...' if len(names) > 12 else ''}."
