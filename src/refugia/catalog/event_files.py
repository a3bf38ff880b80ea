"""A file of doses beside the case: where it may lie, its header, its cells."""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping, Sequence
from io import StringIO
from math import inf, isfinite
from pathlib import Path
from typing import NamedTuple

from refugia.catalog import schema
from refugia.catalog.faults import FAULTY
from refugia.catalog.neighbours import Kind, neighbour, why
from refugia.catalog.place import Place
from refugia.catalog.positions import OneLine
from refugia.terms.units import UnitError, convert

LARGEST = 1_000_000  # bytes
MOST_ROWS = 10_000
_READ = ("TIME", "AMT", "RATE", "II", "ADDL", "EVID", "CMT", "ROUTE", "DRUG", "SS", "ID", "DV", "MDV", "C")
_HEADER = re.compile(r"#?\s*([A-Za-z]+)\s*(?:[(\[]\s*([^)\]]*?)\s*[)\]])?\s*")
_NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d{1,3})?")
NOTHING = ("", ".", "NA")
DOSES = Kind("doses", "doses.csv", "a CSV file")


class Asked(NamedTuple):
    """What the case says of a file of doses: its keys, which drugs there are and whether each is absorbed, and its directory."""

    entry: schema.Doses
    absorbed: Mapping[str, bool]
    folder: Path | None


class Table(NamedTuple):
    """The rows of a file by column, each with its line, and the unit of every column that has one."""

    rows: list[tuple[int, dict[str, str]]]
    units: Mapping[str, str]
    name: str


def path_of(asked: Asked, place: Place) -> Path:
    """The file, which lies in the directory of the case or below."""
    return neighbour(asked.entry.events, asked.folder, DOSES, place)


def text_of(path: Path, name: str, place: Place) -> str:
    """The text of the file."""
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST + 1)
        if len(content) > LARGEST:
            way_out = "Write regular doses as one row with II and ADDL."
            raise place.refusal(name, f"has more than {LARGEST} bytes", way_out)
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise place.refusal(name, "is not a text in UTF-8", "Save it as CSV in UTF-8.") from None
    except OSError as trouble:
        raise place.refusal(name, f"cannot be read ({why(trouble)})", "Name a CSV file that you may read.") from None
    if "\0" in text:
        raise place.refusal(name, "holds bytes that are no text", "Save it as CSV in UTF-8.")
    return text


def row_place(place: Place, file: str, line: int) -> Place:
    """A line of the file."""
    return Place(file, "", OneLine(line), place.faults)


def table_of(text: str, asked: Asked, file: str, place: Place) -> Table:
    """The rows by column. Raises InputError where the header does not do."""
    first = next((line for line in text.splitlines() if line.strip()), "")
    mark = next((mark for mark in (",", ";", "\t") if mark in first), ",")
    reader = csv.reader(StringIO(text), delimiter=mark, strict=True)
    rows: list[tuple[int, list[str]]] = []
    try:
        for row in reader:
            if any(cell.strip() for cell in row):
                rows.append((reader.line_num, [cell.strip() for cell in row]))
            if len(rows) > MOST_ROWS + 1:
                way_out = "Write regular doses as one row with II and ADDL."
                raise place.refusal(asked.entry.events, f"has more than {MOST_ROWS} rows", way_out)
    except csv.Error as trouble:
        at = row_place(place, file, reader.line_num)
        raise at.refusal(asked.entry.events, f"is no CSV: {trouble}", "Mend that line.") from None
    if not rows:
        raise place.refusal(asked.entry.events, "is empty", "Write a header with TIME and AMT, and a row for each dose.")
    (line, header), *body = rows
    at = row_place(place, file, line)
    columns, units = _columns(header, at)
    table = Table([], {**units, **_stated(columns, units, asked.entry, at)}, file)
    for number, cells in body:
        if len(cells) > len(columns):
            reason = f"are more than the {len(columns)} columns"
            row_place(place, file, number).refuse(f"{len(cells)} cells", reason, "Mend that row.")
        table.rows.append((number, dict(zip(columns, cells, strict=False))))
    return table


def _columns(header: Sequence[str], place: Place) -> tuple[list[str], dict[str, str]]:
    """The names of the columns, and the units that stand behind some."""
    names: list[str] = []
    units: dict[str, str] = {}
    for cell in header:
        found = _HEADER.fullmatch(cell)
        name = found[1].upper() if found else cell
        if name not in _READ:
            place.refuse(cell, "is a column that is not known here", f"Leave it out. Known: {', '.join(_READ)}.")
        if name in names:
            place.refuse(cell, "is there twice", "Leave one of the two columns out.")
        if found and found[2]:
            units[name] = found[2]
        names.append(name)
    for needed in ("TIME", "AMT"):
        if needed not in names:
            raise place.refusal(needed, "is missing", f"Add a column {needed}. This line should name the columns.")
    if ("II" in names) != ("ADDL" in names):
        one, other = ("II", "ADDL") if "II" in names else ("ADDL", "II")
        raise place.refusal(one, f"stands without {other}", "Give both columns, or neither.")
    return names, units


def _stated(columns: Sequence[str], units: Mapping[str, str], entry: schema.Doses, place: Place) -> dict[str, str]:
    """The units of the columns that have one, each of the right kind."""
    found: dict[str, str] = {}
    for name, key, stated, like, kind in (
        ("TIME", "time", entry.time, "h", "day"), ("AMT", "amount", entry.amount, "mg", "mg"),
    ):  # fmt: skip
        if name in units and stated is not None and units[name] != stated:
            place.at(name).refuse(units[name], f'is not the {key} = "{stated}" of the case', "Leave one of the two out.")
        unit = units.get(name) or stated
        if unit is None:
            way_out = f'Write {name} [{like}] in the header, or {key} = "{like}" in the case.'
            place.at(name).refuse(name, "has no unit", way_out)
        found[name] = FAULTY if unit is None else place.part(_unit, unit, kind, place.at(name))
    found["II"] = place.part(_unit, units["II"], "day", place.at("II")) if "II" in units else found["TIME"]
    if "RATE" in columns:
        sound = found["AMT"] is not FAULTY and found["TIME"] is not FAULTY
        unit = units.get("RATE") or (f"{found['AMT']}/{found['TIME']}" if sound else FAULTY)
        found["RATE"] = place.part(_unit, unit, "mg/day", place.at("RATE"))
    return found


def _unit(unit: str, kind: str, place: Place) -> str:
    """The unit, if it is one of the kind that is needed."""
    try:
        convert(1.0, unit, kind)
    except UnitError as trouble:
        raise place.refusal(unit, trouble.reason, trouble.way_out) from None
    return unit


_MODELLED = "asks for a rate or duration to be estimated"
_NEGATIVE = {("RATE", -1.0): (_MODELLED, "Write the rate that was given, or 0."),
             ("RATE", -2.0): (_MODELLED, "Write the rate that was given, or 0.")}  # fmt: skip


def number(table: Table, row: Mapping[str, str], column: str, unit: str, place: Place, most: float = inf) -> float:
    """A cell as a number of zero or more, in an internal unit; nothing is zero, except of TIME."""
    cell, here = row.get(column, ""), place.at(column)
    if cell in NOTHING and column != "TIME":
        return 0.0
    if not _NUMBER.fullmatch(cell):
        clock = re.fullmatch(r"\d{1,2}:\d{2}(?::\d{2})?", cell)
        reason = "is a time of the clock" if clock else "is empty" if cell in NOTHING else "is not a number"
        way_out = "Write a number with a point." if "," in cell else "Write a number."
        way_out = "Write the time since the first dose." if clock or cell in NOTHING else way_out
        raise here.refusal(cell, reason, way_out)
    value = float(cell)
    if value < 0.0:
        raise here.refusal(cell, *_NEGATIVE.get((column, value), ("is negative", "Write a number of zero or more.")))
    try:
        value = convert(value, table.units[column], unit) if column in table.units and unit else value
    except UnitError as trouble:
        raise here.refusal(cell, trouble.reason, trouble.way_out) from None
    if not isfinite(value) or value > most:
        raise here.refusal(cell, f"is more than {most:g} {unit}".rstrip(), "Check the number and the unit of the column.")
    return value


def count(row: Mapping[str, str], column: str, place: Place, most: int = 1_000_000) -> int:
    """A cell as a whole number; nothing is 0."""
    cell = row.get(column, "")
    if cell in NOTHING:
        return 0
    if not re.fullmatch(r"\d{1,9}(?:\.0{0,6})?", cell):
        raise place.at(column).refusal(cell, "is no whole number of zero or more", "Write one, like 0.")
    if float(cell) > most:
        raise place.at(column).refusal(cell, f"is more than {most}", "Write a smaller one.")
    return int(float(cell))
