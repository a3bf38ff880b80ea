"""Where in a file a value stands, and how it is refused there."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from typing import NamedTuple

from refugia.terms import InputError

_SHOWN, _LONGEST = 60, 300


class Place(NamedTuple):
    """A file and the path of a field in it, such as sites[2].diameter."""

    file: str
    path: str = ""

    def at(self, step: str | int) -> Place:
        """The place one step further in: a key, or the index of a list.

        >>> Place("my.toml").at("sites").at(2).at("diameter").path
        'sites[2].diameter'
        """
        if isinstance(step, int):
            return Place(self.file, f"{self.path}[{step}]")
        return Place(self.file, f"{self.path}.{step}" if self.path else step)

    def refusal(self, value: object, reason: str, way_out: str) -> InputError:
        """The error that names this place, the value, the reason and the way out."""
        return InputError(_line(self.file), _short_path(self.path), _short(value), _line(reason), _line(way_out))


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
