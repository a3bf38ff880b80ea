"""What is taken in from a file of the user's: a bounded text, and a bounded table, before anything is made of them.

A file is data. It is read as TOML and in no other way: nothing in it is ever run, and nothing in it names another file to read.
"""

from __future__ import annotations

import os
import re
import stat
import tomllib
import unicodedata
from pathlib import Path
from typing import Any

from refugia.catalog.place import Place
from refugia.catalog.positions import OneLine
from refugia.terms import InputError

LARGEST = 1_000_000
"""Bytes: fifty times the longest case of the catalogue. A larger file is something else, and is not read to find out."""
DEEPEST = 12
"""Levels of a table; a case needs six. What is nested deeper costs time with the square of its depth."""
LONGEST = 4000
"""Characters of one text in a file."""

_KEY = r"""(?:[A-Za-z0-9_-]+|"[^"\n]{0,200}"|'[^'\n]{0,200}')"""
_DEEP_KEY = re.compile(rf"(?:^|[{{,\[])[ \t]*(?:{_KEY}[ \t]*\.[ \t]*){{{DEEPEST}}}", re.MULTILINE)
_TURNING = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
"""Characters that turn the direction of writing: with them a text reads otherwise than it is."""


def read_text(path: Path, name: str) -> str:
    """The text of a file of the user's, called `name` in messages. Raises InputError where it may not be that of a case."""
    place = Place(name)
    try:
        raw = _bytes(path, place)
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise place.refusal(name, "is not a text in UTF-8", "Name a TOML file, and save it as UTF-8.") from None
    except (OSError, ValueError) as trouble:
        reason = getattr(trouble, "strerror", None) or str(trouble)
        raise place.refusal(name, f"cannot be read ({reason})", "Name a TOML file that you may read.") from None
    if not text.strip():
        raise place.refusal(name, "is empty", "Begin with one that ships: refugia case show egfr-lung > my-patient.toml")
    for number, line in enumerate(text.split("\n"), 1):
        odd = next((letter for letter in line if not _legible(letter) and letter not in "\r\t"), None)
        if odd is not None:
            reason = f"holds the character U+{ord(odd):04X} in line {number}, which is no text"
            raise place.refusal(name, reason, "Name a TOML file, or take the character out.")
    return text


def _bytes(path: Path, place: Place) -> bytes:
    """The bytes of a file, never more than a case may have. A pipe or a device is not waited for."""
    handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    about = os.fstat(handle)
    if not stat.S_ISREG(about.st_mode):
        os.close(handle)
        raise place.refusal(place.file, "is not a file", "Name a TOML file.")
    with os.fdopen(handle, "rb") as file:
        raw = file.read(LARGEST + 1)
    if len(raw) > LARGEST:
        size = f"has {max(about.st_size, len(raw))} bytes, more than the {LARGEST} of any case"
        raise place.refusal(place.file, size, "Name the TOML file of a case: the longest that ships has 20000.")
    return raw


def read_table(text: str, place: Place) -> dict[str, Any]:
    """The table a TOML text describes. Raises InputError where it is no TOML, or nested too deeply."""
    way_out = "A case needs no list inside a list inside a list."
    if _DEEP_KEY.search(text):
        raise place.refusal(place.file, f"has a key of more than {DEEPEST} parts", way_out)
    try:
        return tomllib.loads(text)
    except RecursionError:
        raise place.refusal(place.file, "is nested too deeply", way_out) from None
    except ValueError as trouble:
        said = str(trouble)
        if "integer string conversion" in said:
            reason = "holds a number of thousands of digits"
            raise place.refusal(place.file, reason, "Write a number that can be counted.") from None
        raise _no_toml(said, text, place) from None


def _no_toml(trouble: str, text: str, place: Place) -> InputError:
    """What the parser of TOML says, with the line it means."""
    found = re.search(r" \(at line (\d+), column (\d+)\)", trouble)
    line = int(found[1]) if found else text.count("\n") + 1 if "end of document" in trouble else None
    said = trouble[:200] if found is None else f"{trouble[: found.start()][:200]}, column {found[2]}"
    place = place._replace(lines=OneLine(line) if line else None)
    return place.refusal(place.file, f"is not TOML: {said}", "Mend that line; the rest is read after that.")


def check_texts(table: dict[str, Any], place: Place) -> None:
    """Raises InputError where a table is nested too deeply, or a text in it is too long or would be acted on by a terminal."""
    waiting: list[tuple[Any, Place, int]] = [(table, place, 0)]
    while waiting:
        part, here, depth = waiting.pop()
        if isinstance(part, str):
            _check_text(part, here)
        elif isinstance(part, dict | list):
            if depth >= DEEPEST:
                raise here.refusal(part, "is nested too deeply", "A case needs no list inside a list inside a list.")
            for key, inner in part.items() if isinstance(part, dict) else enumerate(part):
                if isinstance(key, str):
                    _check_text(key, here)
                waiting.append((inner, here.at(key), depth + 1))


def _check_text(text: str, place: Place) -> None:
    if len(text) > LONGEST:
        raise place.refusal(text, f"has {len(text)} characters, more than the {LONGEST} of a text", "Say it in fewer words.")
    odd = next((letter for letter in text if not _legible(letter) and letter not in "\n\t"), None)
    if odd is not None:
        reason = f"holds the character U+{ord(odd):04X}, which is no text"
        raise place.refusal(text, reason, "Take it out: a terminal could act on it.")


def _legible(letter: str) -> bool:
    """Whether a character is text, and no command to a terminal or to the direction of writing."""
    return letter.isprintable() or (unicodedata.category(letter) not in ("Cc", "Cs") and letter not in _TURNING)
