"""The long table: one row for each mutation in each sample, with counts, copy numbers and purity.

Columns: mutation_id, sample_id, ref_counts, alt_counts; then major_cn and minor_cn, or total_cn, or neither (assumed 1 and 1);
optional normal_cn (2), tumour_content (1.0), error_rate (0.001); for a copy number that only some of the cancer cells have,
subclonal_major_cn, subclonal_minor_cn and subclonal_fraction.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from refugia.inference.reads.fields import Row, numbered, rows
from refugia.inference.reads.table import MOST, Copies, Entry, Reads, gathered

NEEDED = ("mutation_id", "sample_id", "ref_counts", "alt_counts")
SECOND = ("subclonal_major_cn", "subclonal_minor_cn", "subclonal_fraction")
ERROR = 0.001
"""Error rate of a base where a table names none: the default of the format."""


def read_long(text: str, file: str) -> Reads:
    """Reads of a long table. Raises InputError for a row that cannot be."""
    tally: Counter[str] = Counter()
    entries = list(_entries(text, file, tally))
    return gathered(file, "long table", entries, _notes(tally))


def _entries(text: str, file: str, tally: Counter[str]) -> Iterator[Entry]:
    for row in rows(file, numbered(text), NEEDED, comment="#"):
        mutation, sample = row.name("mutation_id"), row.name("sample_id")
        copies = copies_of(row, tally)
        if row.missing("ref_counts") or row.missing("alt_counts"):
            tally["empty"] += 1
            yield Entry(mutation, sample, row.number, 0, 0, copies)
            continue
        alt = row.whole("alt_counts")
        depth = alt + row.whole("ref_counts")
        yield measured(row, Entry(mutation, sample, row.number, alt, depth, copies), "alt_counts", tally)


def measured(row: Row, entry: Entry, column: str, tally: Counter[str]) -> Entry:
    """The entry, or one that is not measured where no cancer cell holds the place. Raises InputError where it has
    reads all the same."""
    if entry.copies.total > 0 or entry.copies.ratio is not None:
        return entry
    if entry.alt > 0:
        raise row.refuse(
            column, "mutated reads stand at a place of which cancer cells hold no copy (copy number 0)",
            "Mend the copy number, or leave the row out.",
        )  # fmt: skip
    tally["lost"] += 1
    return Entry(entry.mutation, entry.sample, entry.row, 0, 0, entry.copies)


def copies_of(row: Row, tally: Counter[str]) -> Copies:
    """Purity and copy numbers of a row. Raises InputError where they cannot be."""
    purity = row.share("tumour_content", 1.0, open_below=True)
    error = row.share("error_rate", ERROR)
    if error >= 0.5:
        raise row.refuse("error_rate", "is no error rate", "Give a number below 0.5.")
    normal = row.whole("normal_cn", MOST, 2)
    if normal == 0 and purity == 1.0:
        normal = 2  # no normal cell is in the sample: it does not count
    major, minor = _pair(row, tally)
    copies = Copies(purity, normal, major, minor, major, minor, 0.0, error)
    if row.missing(SECOND[2]) or row.share(SECOND[2], 0.0) == 0.0:
        return copies
    share, first, second = row.share(SECOND[2], 0.0), row.whole(SECOND[0], MOST), row.whole(SECOND[1], MOST)
    if first < second:
        raise row.refuse(SECOND[0], f"is less than {SECOND[1]}", "The major copy number is the larger one.")
    return Copies(purity, normal, major, minor, first, second, share, error)


def _pair(row: Row, tally: Counter[str]) -> tuple[int, int]:
    if "major_cn" in row.fields and not row.missing("major_cn"):
        major, minor = row.whole("major_cn", MOST), row.whole("minor_cn", MOST, 0) if "minor_cn" in row.fields else 0
        if major < minor:
            raise row.refuse("major_cn", "is less than minor_cn", "The major copy number is the larger one: swap them.")
        return major, minor
    if "total_cn" in row.fields and not row.missing("total_cn"):
        total = row.whole("total_cn", MOST)
        tally["total"] += 1
        return (total, 0) if total < 2 else (total - 1, 1)
    tally["assumed"] += 1
    return 1, 1


def _notes(tally: Counter[str]) -> Iterator[str]:
    sentences = {
        "empty": "{} rows without counts: taken as not measured.",
        "lost": "{} rows at places of which cancer cells hold no copy: they say nothing, taken as not measured.",
        "total": "{} rows give a total copy number only: assumed one minor copy (none where the total is 1 or 0).",
        "assumed": "{} rows give no copy number: assumed 1 and 1.",
    }
    for key, sentence in sentences.items():
        if tally[key]:
            yield sentence.format(tally[key])
