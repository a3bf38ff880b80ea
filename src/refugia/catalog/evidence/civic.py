"""CIViC's table of clinical evidence (TSV, content CC0), as a user downloads it: every row checked, or the file refused whole.

Columns and words as of the releases with molecular profiles; the file carries no release of its own, its name does.
"""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path

from refugia.catalog.place import Place

COLUMNS = (
    "molecular_profile", "molecular_profile_id", "disease", "doid", "phenotypes", "therapies", "therapy_interaction_type",
    "evidence_type", "evidence_direction", "evidence_level", "significance", "evidence_statement", "citation_id", "source_type",
    "asco_abstract_id", "citation", "nct_ids", "rating", "evidence_status", "evidence_id", "variant_origin", "last_review_date",
    "evidence_civic_url", "molecular_profile_civic_url", "is_flagged",
)  # fmt: skip
OLD = {"gene", "variant", "drugs", "entrez_id", "drug_interaction_type", "clinical_significance"}
LEVELS = ("A", "B", "C", "D", "E")
DIRECTIONS = ("supports", "does not support", "n/a", "")
STATUSES = ("accepted", "submitted", "rejected")
TRUTH = ("true", "false")
MOST_BYTES, MOST_ROWS, LONGEST = 64_000_000, 200_000, 20_000
RELEASE = re.compile(r"(?<!\d)(\d{2}-[A-Z][a-z]{2}-\d{4})(?!\d)")
WAY_OUT = "Take the file ClinicalEvidenceSummaries.tsv of a release from 2022 on, whole and unchanged."


@dataclass(frozen=True, slots=True)
class Table:
    """A checked table: the name and hash of the release, and its rows by column."""

    release: str
    sha256: str
    file: str
    rows: tuple[dict[str, str], ...]


def read_civic(path: Path, release: str | None = None) -> Table:
    """The table in a file. Raises InputError at the first thing that does not fit; then nothing of it is used."""
    place = Place(str(path))
    try:
        size = path.stat().st_size
        if size > MOST_BYTES:
            raise place.refusal(f"{size} bytes", f"is more than the {MOST_BYTES} that are read", WAY_OUT)
        raw = path.read_bytes()
    except (OSError, ValueError) as trouble:
        reason = getattr(trouble, "strerror", None) or "not a path"
        raise place.refusal(path.name, f"cannot be read ({reason})", "Name a TSV file that you may read.") from None
    return parse_civic(raw, str(path), release)


def parse_civic(raw: bytes, file: str, release: str | None = None) -> Table:
    """The table in the bytes of a file."""
    place = Place(file)
    name = _release(Path(file).name, release, place)
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise place.refusal(Path(file).name, "is not a text in UTF-8", WAY_OUT) from None
    if "\0" in text:
        raise place.refusal(Path(file).name, "holds bytes that are no text", WAY_OUT)
    lines = _lines(text, place)
    heads = _heads(lines[0], place)
    if len(lines) - 1 > MOST_ROWS:
        raise place.refusal(f"{len(lines) - 1} rows", f"are more than the {MOST_ROWS} that are read", WAY_OUT)
    rows = tuple(_row(heads, cells, place.at(f"row {n}")) for n, cells in enumerate(lines[1:], start=2))
    if not rows:
        raise place.refusal("the header", "stands alone: there is no evidence under it", WAY_OUT)
    _unique(rows, place)
    return Table(name, sha256(raw).hexdigest(), Path(file).name, rows)


def _release(name: str, wish: str | None, place: Place) -> str:
    """The release a file is of: its name says so, or the user does; the two may not contradict each other."""
    named = RELEASE.search(name)
    said = named[1] if named else None
    if wish is not None and not RELEASE.fullmatch(wish):
        raise Place("", "--release").refusal(wish, "is no date of a release", 'Write it as CIViC does, like "01-Nov-2026".')
    if said and wish and said != wish:
        reason = f"is not what the file is named after ({said})"
        raise Place("", "--release").refusal(wish, reason, "Leave it out, or check the file.")
    found = said or wish
    if found is None:
        raise place.refusal(name, "does not say of which release it is", 'Add --release, like "01-Nov-2026".')
    try:
        datetime.strptime(found, "%d-%b-%Y")
    except ValueError:
        raise place.refusal(found, "is no day", 'Name a release like "01-Nov-2026".') from None
    return found


def _lines(text: str, place: Place) -> list[list[str]]:
    """The cells of every line: split at tabs as they stand, or read with quotes where cells hold line breaks."""
    lines = [line.removesuffix("\r") for line in text.split("\n")]
    plain = [line.split("\t") for line in lines if line.strip()]
    if not plain:
        raise place.refusal("the file", "is empty", WAY_OUT)
    if all(len(cells) == len(plain[0]) for cells in plain):
        return [[_unquoted(cell) for cell in cells] for cells in plain]
    csv.field_size_limit(LONGEST * 4)
    try:
        quoted = [cells for cells in csv.reader(text.splitlines(keepends=True), delimiter="\t", strict=True) if cells]
    except csv.Error:
        quoted = []
    if quoted and all(len(cells) == len(quoted[0]) for cells in quoted):
        return quoted
    for n, cells in enumerate(plain, start=1):
        if len(cells) != len(plain[0]):
            raise place.at(f"row {n}").refusal(f"{len(cells)} columns", f"where the header has {len(plain[0])}", WAY_OUT)
    return plain


def _unquoted(cell: str) -> str:
    quoted = len(cell) > 1 and cell[0] == cell[-1] == '"'
    return cell[1:-1].replace('""', '"') if quoted else cell


def _heads(cells: list[str], place: Place) -> list[str]:
    """The names of the columns. Raises InputError where the table is of another kind, or lacks some."""
    heads = [cell.strip() for cell in cells]
    missing = [name for name in COLUMNS if name not in heads]
    here = place.at("header")
    if missing and OLD & set(heads):
        reason = "is a release before molecular profiles: gene, variant and drugs in columns of their own"
        raise here.refusal(", ".join(heads[:4]) + ", ...", reason, WAY_OUT)
    if len(missing) > len(COLUMNS) - 3:
        raise here.refusal(", ".join(heads[:4]), "is no header of CIViC's evidence", WAY_OUT)
    if missing:
        shown = ", ".join(missing[:6]) + (", ..." if len(missing) > 6 else "")
        raise here.refusal(f"{len(heads)} columns", f"lack {len(missing)} of {len(COLUMNS)}: {shown}", WAY_OUT)
    double = sorted({head for head in heads if heads.count(head) > 1})
    if double:
        raise here.refusal(double[0], "names two columns", WAY_OUT)
    return heads


def _row(heads: list[str], cells: list[str], place: Place) -> dict[str, str]:
    """One checked row, columns of the table only."""
    row = {head: cell.strip() for head, cell in zip(heads, cells, strict=True) if head in COLUMNS}
    for column, cell in row.items():
        if len(cell) > LONGEST:
            raise place.at(column).refusal(cell, f"is longer than {LONGEST} letters", WAY_OUT)
    _word(row, "evidence_level", LEVELS, place)
    _word(row, "evidence_direction", DIRECTIONS, place)
    _word(row, "evidence_status", STATUSES, place)
    _word(row, "is_flagged", TRUTH, place)
    if row["rating"] and row["rating"] not in ("1", "2", "3", "4", "5"):
        raise place.at("rating").refusal(row["rating"], "is no rating", "A rating is 1 to 5, or empty.")
    if not row["evidence_id"].isascii() or not row["evidence_id"].isdigit() or len(row["evidence_id"]) > 12:
        raise place.at("evidence_id").refusal(row["evidence_id"], "is no number of an item", WAY_OUT)
    for column in ("molecular_profile", "evidence_type", "significance", "citation"):
        if not row[column]:
            raise place.at(column).refusal("", "is empty", WAY_OUT)
    return row


def _word(row: dict[str, str], column: str, known: tuple[str, ...], place: Place) -> None:
    """Raises InputError where a cell is none of the words known for its column, in any case of letters."""
    cell = row[column] if column == "evidence_level" else row[column].lower()
    if cell not in known:
        words = ", ".join(word or "empty" for word in known)
        raise place.at(column).refusal(row[column], "is not known here", f"Known: {words}.")
    row[column] = cell


def _unique(rows: tuple[dict[str, str], ...], place: Place) -> None:
    seen: dict[str, int] = {}
    for n, row in enumerate(rows, start=2):
        if row["evidence_id"] in seen:
            reason = f"stands in row {seen[row['evidence_id']]} as well"
            raise place.at(f"row {n}").at("evidence_id").refusal(row["evidence_id"], reason, WAY_OUT)
        seen[row["evidence_id"]] = n
