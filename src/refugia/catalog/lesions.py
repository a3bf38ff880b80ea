"""A list of lesion sizes from a CSV file: one row a lesion, refused whole at the first row that is none."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from math import isfinite
from pathlib import Path

from refugia.terms import InputError

MOST_BYTES, MOST_ROWS = 1_000_000, 10_000
MOST_CELLS = 1e14
SIZES, NAMES = ("size", "cells"), ("lesion", "name", "site")
FORM = 'Write one lesion a row under a heading "size" (cells), with a column "lesion" for names if you like.'


@dataclass(frozen=True, slots=True)
class Lesion:
    """A lesion and how many cells it has."""

    name: str
    cells: float


def cells_of(text: str, file: str, field: str) -> float:
    """A number of cells from 1 to 1e14. Raises InputError where the text is none."""
    try:
        value = float(text)
    except ValueError:
        raise InputError(file, field, text[:40], "is not a number of cells", 'Write it like "1e9".') from None
    if not isfinite(value) or value < 1.0:
        raise InputError(file, field, text[:40], "is not one cell or more", "Give the cells of the lesion, such as 1e9.")
    if value > MOST_CELLS:
        raise InputError(file, field, text[:40], "is more cells than a body has", "Give cells, not cells per cm3; at most 1e14.")
    return value


def read_lesions(path: Path) -> tuple[Lesion, ...]:
    """The lesions of a file. Raises InputError with the row that was refused, counted from 1 with the heading."""
    file = str(path)
    try:
        if path.stat().st_size > MOST_BYTES:
            raise InputError(file, "", f"{path.stat().st_size} bytes", "is no list of lesions: it is over a megabyte", FORM)
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise InputError(file, "", path.name, "is not a text in UTF-8", "Save it as CSV in UTF-8.") from None
    except (OSError, ValueError) as trouble:
        reason = getattr(trouble, "strerror", None) or "not a path"
        raise InputError("", "--lesions", file, f"cannot be read ({reason})", "Name a CSV file.") from None
    return parse_lesions(text, file)


def parse_lesions(text: str, file: str) -> tuple[Lesion, ...]:
    """The lesions of a text; a heading may be left out where the only column is the size.

    >>> [lesion.cells for lesion in parse_lesions("size\\n1e9\\n2e8\\n", "sizes.csv")]
    [1000000000.0, 200000000.0]
    """
    try:
        numbered = enumerate(csv.reader(text.splitlines(), strict=True), start=1)
        rows = [(n, row) for n, row in numbered if any(cell.strip() for cell in row)]
    except csv.Error as trouble:
        raise InputError(file, "", "the text", f"is no CSV ({trouble})", FORM) from None
    if not rows:
        raise InputError(file, "", "", "holds no lesion", FORM)
    if len(rows) > MOST_ROWS:
        raise InputError(file, "", f"{len(rows)} rows", f"are more than {MOST_ROWS} lesions", "Leave out what is no lesion.")
    width, size, name, body = _columns(rows, file)
    found = []
    for n, row in body:
        if len(row) != width:
            raise InputError(file, f"row {n}", ",".join(row)[:60], f"has {len(row)} columns where {width} are needed", FORM)
        label = row[name].strip() if name is not None else ""
        found.append(Lesion(_plain(label) or f"row {n}", cells_of(row[size].strip(), file, f"row {n}, size")))
    if not found:
        raise InputError(file, "", "the heading", "stands alone: there is no lesion under it", FORM)
    return tuple(found)


Rows = list[tuple[int, list[str]]]


def _columns(rows: Rows, file: str) -> tuple[int, int, int | None, Rows]:
    """How many columns there are, which are size and name, and the rows that hold lesions."""
    heads = [cell.strip().lower() for cell in rows[0][1]]
    sized = [n for n, head in enumerate(heads) if head in SIZES]
    if len(sized) > 1:
        raise InputError(file, f"row {rows[0][0]}", ",".join(heads)[:60], "has two columns of sizes", "Keep one of them.")
    if sized:
        named = [n for n, head in enumerate(heads) if head in NAMES]
        return len(heads), sized[0], named[0] if named else None, rows[1:]
    if len(heads) == 1 and _is_number(heads[0]):
        return 1, 0, None, rows
    raise InputError(file, f"row {rows[0][0]}", ",".join(heads)[:60], 'is no heading with a column "size"', FORM)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _plain(text: str) -> str:
    """A name without what a terminal would obey."""
    return "".join(c for c in text if c.isprintable())[:60]
