"""Copy-number segments laid under the mutations of a MAF or VCF."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

from refugia.inference.reads.fields import LARGEST, Row, numbered, rows, text_of
from refugia.inference.reads.long import copies_of
from refugia.inference.reads.table import Copies, Reads
from refugia.terms import InputError

NEEDED = ("sample_id", "chromosome", "start", "end", "major_cn", "minor_cn")
POSITION = re.compile(r"([^:]+):(\d+):")
Segment = tuple[int, int, Copies, int]
"""First and last position, copies, row."""


def with_segments(reads: Reads, path: Path) -> Reads:
    """Reads with the copy numbers (and purity, where given) of a table of segments.

    Columns: sample_id, chromosome, start, end, major_cn, minor_cn; optional normal_cn, tumour_content, error_rate and the
    subclonal ones of the long table. Raises InputError for a row that cannot be, segments that overlap, or reads without positions.
    """
    if reads.format not in ("maf", "vcf"):
        way = "Leave --segments out: the long table holds copy numbers of its own."
        raise InputError("", "--segments", path.name, f"does not go with a table of format {reads.format}", way)
    segments = _segments(path)
    places: dict[Copies, int] = {}
    kinds, depth, alt = reads.kinds.copy(), reads.depth.copy(), reads.alt.copy()
    tally: Counter[str] = Counter()
    for i, mutation in enumerate(reads.mutations):
        found = POSITION.match(mutation)
        chromosome, position = (_plain(found[1]), int(found[2])) if found else ("", 0)
        for s, sample in enumerate(reads.samples):
            copies = _at(segments.get((sample, chromosome), []), position)
            tally["none"] += copies is None
            place = copies if copies is not None else reads.places[kinds[i, s]]
            if place.total == 0 and depth[i, s] > 0:
                tally["reads at no copy"] += bool(alt[i, s])
                tally["no copy"] += 1
                depth[i, s], alt[i, s] = 0, 0
            kinds[i, s] = places.setdefault(place, len(places))
    notes = [note for note in reads.notes if "--segments" not in note]
    if tally["none"]:
        notes.append(f"{tally['none']} of {reads.alt.size} places lie in no segment: assumed 1 and 1.")
    if tally["no copy"]:
        notes.append(
            f"{tally['no copy']} places of which cancer cells hold no copy: taken as not measured "
            f"({tally['reads at no copy']} of them have mutated reads all the same)."
        )
    return replace(reads, kinds=kinds, depth=depth, alt=alt, places=tuple(places), notes=tuple(notes))


def _plain(chromosome: str) -> str:
    return chromosome.lower().removeprefix("chr")


def _at(segments: list[Segment], position: int) -> Copies | None:
    """The copies at a position."""
    index = bisect_right(segments, position, key=lambda segment: segment[0]) - 1
    return segments[index][2] if index >= 0 and position <= segments[index][1] else None


def _segments(path: Path) -> dict[tuple[str, str], list[Segment]]:
    """Segments by sample and chromosome, in order."""
    found: dict[tuple[str, str], list[Segment]] = {}
    tally: Counter[str] = Counter()
    last: dict[tuple[str, str], list[Row]] = {}
    for row in rows(path.name, numbered(text_of(path)), NEEDED, comment="#"):
        key = row.name("sample_id"), _plain(row.name("chromosome"))
        start, end = row.whole("start", 100 * LARGEST), row.whole("end", 100 * LARGEST)
        if end < start:
            raise row.refuse("end", f"lies before start ({start})", "Swap them.")
        found.setdefault(key, []).append((start, end, copies_of(row, tally), row.number))
        last.setdefault(key, []).append(row)
    for key, segments in found.items():
        segments.sort(key=lambda segment: segment[0])
        for before, after in pairwise(segments):
            if after[0] <= before[1]:
                row = next(entry for entry in last[key] if entry.number == after[3])
                raise row.refuse("start", f"lies within the segment of row {before[3]}", "Segments of a sample must not overlap.")
    return found
