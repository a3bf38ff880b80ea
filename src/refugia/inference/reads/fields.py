"""Lines and fields of a table of reads: gzip and any line end are taken, and each refusal names row and field."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import isfinite
from pathlib import Path

from refugia.terms import InputError

MISSING = frozenset({"", "NA", "N/A", "na", "nan", "NaN", "NAN", ".", "None", "null"})
LARGEST = 10_000_000
"""Counts above are taken for mistakes."""
_SIZE = 4_000_000_000


def text_of(path: Path) -> str:
    """The text of a file, unzipped where it is gzip. Raises InputError where it cannot be read as text."""
    try:
        content = path.read_bytes()
    except OSError as trouble:
        raise InputError(
            "", "READS", str(path), f"cannot be read ({trouble.strerror})", "Name a file that you may read."
        ) from trouble
    return decoded(content, path.name)


def decoded(content: bytes, file: str) -> str:
    """Bytes as text, unzipped first where they are gzip. Raises InputError where they are neither."""
    if content[:2] == b"\x1f\x8b":
        try:
            content = gzip.decompress(content)
        except (OSError, EOFError, zlib.error) as trouble:
            raise InputError(file, "", "the file", "is a damaged gzip file", "Unzip it by hand, or copy it anew.") from trouble
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as trouble:
        raise InputError(file, f"byte {trouble.start}", "the file", "is not UTF-8 text", "Save it as UTF-8.") from trouble
    if "\0" in text:
        raise InputError(file, "", "the file", "holds zero bytes, so it is no text", "Save it as UTF-8.")
    return text.replace("\r\n", "\n").replace("\r", "\n")


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a table: its number in the file (the first line is 1) and its fields by column."""

    file: str
    number: int
    fields: dict[str, str]

    def refuse(self, column: str, reason: str, way_out: str, value: object = None) -> InputError:
        """The error that refuses a field of this row."""
        shown = self.fields.get(column, "") if value is None else value
        shown = printable(shown) if isinstance(shown, str) else shown
        return InputError(self.file, f"row {self.number}, {column}", shown, reason, way_out)

    def name(self, column: str) -> str:
        """A field that must not be empty."""
        value = self.fields.get(column, "").strip()
        if not value:
            raise self.refuse(column, "is empty", "Name it.")
        if len(value) > 200 or not value.isprintable():
            raise self.refuse(column, "is no name", "Use up to 200 printable characters.")
        return value

    def missing(self, column: str) -> bool:
        """Whether a field says that nothing was measured."""
        return self.fields.get(column, "").strip() in MISSING

    def number_of(self, column: str, default: float | None = None) -> float:
        """A finite number; the default where the field is missing."""
        if default is not None and self.missing(column):
            return default
        try:
            value = float(self.fields[column])
        except ValueError:
            value = float("nan")
        if not isfinite(value):
            raise self.refuse(column, "is no number", "Write a plain number, such as 12.")
        return value

    def whole(self, column: str, most: int = LARGEST, default: int | None = None) -> int:
        """A whole number from 0 to `most`; the default where the field is missing."""
        if default is not None and self.missing(column):
            return default
        value = self.number_of(column)
        if value != int(value):
            raise self.refuse(column, "is no whole number", "Counts and copy numbers are whole: round it, or mend the row.")
        if not 0 <= value <= most:
            raise self.refuse(column, f"lies outside 0 to {most}", "Mend the row, or leave it out.")
        return int(value)

    def share(self, column: str, default: float, *, open_below: bool = False) -> float:
        """A number from 0 to 1; above 0 where `open_below`."""
        value = self.number_of(column, default)
        if not 0.0 <= value <= 1.0 or (open_below and value == 0.0):
            low = "above 0, and at most 1" if open_below else "from 0 to 1"
            raise self.refuse(column, "is no share", f"Give a number {low}.")
        return value


def printable(value: str) -> str:
    """A field as it can be shown: control characters replaced, the end cut off."""
    shown = "".join(letter if letter.isprintable() else "?" for letter in value[:60])
    return shown + ("..." if len(value) > 60 else "")


def numbered(text: str) -> Iterator[tuple[int, str]]:
    """Lines with their number, empty ones left out."""
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            yield number, line


def rows(file: str, lines: Iterator[tuple[int, str]], needed: Sequence[str], comment: str = "") -> Iterator[Row]:
    """The rows of a tab-separated table below its header, by column name.

    Raises InputError where a needed column is missing or named twice, or a row has another number of fields.
    """
    kept = (entry for entry in lines if not (comment and entry[1].startswith(comment)))
    number, line = next(kept, (1, ""))
    header = [name.strip() for name in line.split("\t")]
    for column in needed:
        if column not in header:
            known = ", ".join(printable(name) for name in header[:12])
            raise InputError(file, f"row {number}", column, "is no column of the table", f"Its columns, parted by tabs: {known}.")
        if header.count(column) > 1:
            raise InputError(file, f"row {number}", column, "is the name of two columns", "Keep one of them.")
    for number, line in kept:
        fields = line.split("\t")
        if len(fields) != len(header):
            way = "Part the fields by single tabs, and leave none out."
            raise InputError(file, f"row {number}", len(fields), f"fields stand under a header of {len(header)}", way)
        yield Row(file, number, dict(zip(header, fields, strict=True)))
