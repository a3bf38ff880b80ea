"""Measured spheroids: a CSV table with a row for each, which was measured once (inner radii cost the spheroid)."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from refugia.inference.reads.fields import MISSING, Row, decoded
from refugia.terms import FloatArray, InputError

KINDS = ("outer", "inhibited", "necrotic")
COLUMNS = ("initial_cells", "day", "radius_um", "phi_inhibited", "eta_necrotic")
MM = 1e-3  # of a micrometre
LARGEST = 1e5
"""Radii of so many micrometres, and days, are taken for mistakes."""
MOST_CELLS = 1_000_000_000
"""As are seedings with more cells."""


class Spheroids(NamedTuple):
    """Spheroids in the order of their rows."""

    seeded: NDArray[np.int64]  # (spheroid,) cells
    day: FloatArray  # (spheroid,) since seeding
    radii: FloatArray  # (spheroid, 3) mm: outer, of the region that does not divide, of the core; 0 where there is none


def read_spheroids(path: Path, cell_line: str = "") -> Spheroids:
    """The spheroids of a CSV file with the COLUMNS above (radius in um, the inner two as shares of it); others are passed over.

    With a column `cell_line`, those of one line alone: the one named, or the only one. Raises InputError with file, row and field
    where something cannot be read, and where no spheroid is left.
    """
    try:
        content = path.read_bytes()
    except OSError as trouble:
        reason = f"cannot be read ({trouble.strerror})"
        raise InputError("", "SPHEROIDS", str(path), reason, "Name a file that you may read.") from trouble
    found = list(_rows(decoded(content, path.name), path.name))
    lines = sorted({row.fields.get("cell_line", "").strip() for row in found})
    if cell_line and cell_line not in lines:
        raise InputError(path.name, "cell_line", cell_line, "is no line of the table", f"It has: {', '.join(lines)}.")
    if not cell_line and len(lines) > 1:
        raise InputError(path.name, "cell_line", ", ".join(lines), "are several lines", "Say which one.")
    found = [row for row in found if not cell_line or row.fields["cell_line"].strip() == cell_line]
    if not found:
        raise InputError(path.name, "", "the table", "has no row", "Write one for each spheroid.")
    columns = [_spheroid(row) for row in found]
    seeded, day, radius, inhibited, necrotic = (np.array(column) for column in zip(*columns, strict=True))
    radii = MM * radius[:, None] * np.stack([np.ones_like(radius), inhibited, necrotic], axis=1)
    return Spheroids(seeded.astype(np.int64), day, radii)


def chosen(spheroids: Spheroids, where: NDArray[np.bool_]) -> Spheroids:
    """Those spheroids alone for which `where` (spheroid,) is true.

    >>> some = Spheroids(np.array([500, 500]), np.array([3.0, 4.0]), np.array([[0.1, 0.0, 0.0], [0.2, 0.1, 0.0]]))
    >>> chosen(some, some.day > 3.0).radii.tolist()
    [[0.2, 0.1, 0.0]]
    """
    return Spheroids(spheroids.seeded[where], spheroids.day[where], spheroids.radii[where])


def _rows(text: str, file: str) -> Iterator[Row]:
    """The rows below the header."""
    reader = csv.reader(text.splitlines())
    header = [name.strip() for name in next(reader, [])]
    for column in COLUMNS:
        if header.count(column) != 1:
            reason = "is no column of the table" if column not in header else "is the name of two columns"
            raise InputError(file, "row 1", column, reason, f"Needed, parted by commas: {', '.join(COLUMNS)}.")
    for fields in reader:
        if any(field.strip() for field in fields):
            if len(fields) != len(header):
                reason = f"fields stand under a header of {len(header)}"
                raise InputError(file, f"row {reader.line_num}", len(fields), reason, "Leave none out.")
            yield Row(file, reader.line_num, dict(zip(header, fields, strict=True)))


def _spheroid(row: Row) -> tuple[float, ...]:
    """Cells seeded, day, outer radius in um, and the shares of the inner two."""
    found = []
    for column, least, most in (("day", 0.0, LARGEST), ("radius_um", 0.0, LARGEST)):
        value = row.number_of(column)
        if not least <= value <= most or (column == "radius_um" and value == 0.0):
            raise row.refuse(column, f"lies outside {least:g} to {most:g}", "Mend the row, or leave it out.")
        found.append(value)
    for column in COLUMNS[3:]:
        if row.fields[column].strip() in MISSING:
            raise row.refuse(column, "is missing", "Write 0 where no region was found, or leave the row out.")
    return (float(row.whole("initial_cells", MOST_CELLS)), *found, *(row.share(column, 0.0) for column in COLUMNS[3:]))
