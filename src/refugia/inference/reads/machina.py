"""Reads of several anatomical sites as MACHINA has them: three lines of counts, a header behind `#`, one row a sample
and mutation."""

from __future__ import annotations

import re
from collections.abc import Iterator

from refugia.inference.reads.fields import numbered, rows
from refugia.inference.reads.long import ERROR
from refugia.inference.reads.table import Copies, Entry, Reads, gathered

HEAD = re.compile(r"\d+\s*#\s*anatomical sites", re.IGNORECASE)
NEEDED = ("sample_label", "anatomical_site_label", "character_label", "ref", "var")


def read_machina(text: str, file: str) -> Reads:
    """Reads with the anatomical site of each sample. Raises InputError for a row that cannot be."""
    sites: dict[str, str] = {}
    entries: list[Entry] = []
    for row in rows(file, _below_counts(text), NEEDED):
        sample, site = row.name("sample_label"), row.name("anatomical_site_label")
        if sites.setdefault(sample, site) != site:
            reason = f"is not the site of {sample} above ({sites[sample]})"
            raise row.refuse("anatomical_site_label", reason, "Give a sample one site.")
        alt = row.whole("var")
        entries.append(Entry(row.name("character_label"), sample, row.number, alt, alt + row.whole("ref"), Copies(error=ERROR)))
    return gathered(file, "machina", entries, ("No copy number is given: assumed 1 and 1.",), sites)


def _below_counts(text: str) -> Iterator[tuple[int, str]]:
    """The lines from the header on, its `#` taken off."""
    for number, line in numbered(text):
        if not re.match(r"\d+\s*#", line):
            yield number, line.lstrip("#")
