"""CONIPHER's table: one tumour, a row for every mutation in every sample, with purity (ACF) and the copies of either allele.

Columns: CASE_ID, SAMPLE (begins with the case), CHR, POS, REF, ALT, REF_COUNT, VAR_COUNT; DEPTH, ACF, COPY_NUMBER_A, COPY_NUMBER_B
may be missing; CLUSTER, where every mutation has one, gives the clusters. The other columns are results and are not read.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

from refugia.inference.reads.fields import LARGEST, Row, numbered, rows
from refugia.inference.reads.long import ERROR, measured
from refugia.inference.reads.table import MOST, Copies, Entry, Reads, gathered

NEEDED = ("CASE_ID", "SAMPLE", "CHR", "POS", "REF", "ALT", "REF_COUNT", "VAR_COUNT")
ALLELES = ("COPY_NUMBER_A", "COPY_NUMBER_B")
_NOTES = {
    "empty": "{} rows without counts: taken as not measured.",
    "lost": "{} rows at places of which cancer cells hold no copy: they say nothing, taken as not measured.",
    "assumed": "{} rows give no copy number: assumed 1 and 1.",
    "rounded": "{} rows give copies that are no whole number: rounded.",
}


def read_conipher(text: str, file: str) -> Reads:
    """Reads of one tumour. Raises InputError for a row that cannot be, a second tumour, or a mutation in two clusters."""
    tally: Counter[str] = Counter()
    clusters: dict[str, str] = {}
    entries = list(_entries(text, file, tally, clusters))
    notes = [sentence.format(tally[key]) for key, sentence in _NOTES.items() if tally[key]]
    reads = gathered(file, "conipher", entries, notes)
    if not all(clusters.values()):
        return reads
    found: dict[str, list[str]] = {}
    for mutation in reads.mutations:
        found.setdefault(clusters[mutation], []).append(mutation)
    return replace(reads, clusters=tuple(map(tuple, found.values())))


def _entries(text: str, file: str, tally: Counter[str], clusters: dict[str, str]) -> Iterator[Entry]:
    first = ""
    for row in rows(file, numbered(text), NEEDED, comment="#"):
        case, sample = row.name("CASE_ID"), row.name("SAMPLE")
        first = first or case
        if case != first:
            raise row.refuse("CASE_ID", f"is a second tumour beside {first}", "Give one tumour a file.")
        if not sample.startswith(case):
            raise row.refuse("SAMPLE", f"does not begin with its CASE_ID, {case}", "Mend the name of the sample, or the case.")
        position = row.whole("POS", 100 * LARGEST)
        mutation = f"{row.name('CHR')}:{position}:{row.name('REF')}>{row.name('ALT')}"
        cluster = "" if row.missing("CLUSTER") else row.name("CLUSTER")
        if clusters.setdefault(mutation, cluster) != cluster:
            reason = f"is not the cluster of this mutation above ({clusters[mutation] or 'none'})"
            raise row.refuse("CLUSTER", reason, "Give a mutation one cluster.")
        copies = _copies(row, tally)
        if row.missing("REF_COUNT") or row.missing("VAR_COUNT"):
            tally["empty"] += 1
            yield Entry(mutation, sample, row.number, 0, 0, copies)
            continue
        alt = row.whole("VAR_COUNT")
        depth = alt + row.whole("REF_COUNT")
        if not row.missing("DEPTH") and row.whole("DEPTH") < depth:
            raise row.refuse("DEPTH", f"is less than the reads of both alleles ({depth})", "Mend one of the three counts.")
        yield measured(row, Entry(mutation, sample, row.number, alt, depth, copies), "VAR_COUNT", tally)


def _copies(row: Row, tally: Counter[str]) -> Copies:
    """Purity and copies; either allele may be the larger one."""
    purity = row.share("ACF", 1.0, open_below=True)
    if any(row.missing(column) for column in ALLELES):
        tally["assumed"] += 1
        return Copies(purity, error=ERROR)
    raw = [row.number_of(column) for column in ALLELES]
    for column, value in zip(ALLELES, raw, strict=True):
        if not -0.5 <= value <= MOST:  # raw copies scatter a little around none
            raise row.refuse(column, f"lies outside 0 to {MOST}", "Mend the row, or leave it out.")
    tally["rounded"] += any(value != round(value) for value in raw)
    minor, major = sorted(max(0, round(value)) for value in raw)
    return Copies(purity, 2, major, minor, major, minor, 0.0, ERROR)
