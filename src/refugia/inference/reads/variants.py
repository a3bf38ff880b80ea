"""Reads from variant files: MAF (a row for each mutation and tumour sample) and VCF (a column for each sample).

A mutation is named chromosome:position:reference>alternate. Neither format holds copy numbers: they come from segments, or are
assumed. MAF counts may be empty: not measured, never 0. VCF counts come from AD, or from the first tier of Strelka2
(AU, CU, GU, TU; TAR and TIR for indels).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

from refugia.inference.reads.fields import LARGEST, Row, numbered, rows
from refugia.inference.reads.long import ERROR
from refugia.inference.reads.table import Copies, Entry, Reads, gathered

MAF = ("Hugo_Symbol", "Chromosome", "Start_Position", "Reference_Allele", "Tumor_Seq_Allele2", "Tumor_Sample_Barcode",
       "t_ref_count", "t_alt_count")  # fmt: skip
VCF = ("#CHROM", "POS", "REF", "ALT", "FILTER", "FORMAT")
PLACE = Copies(error=ERROR)
_ASSUMED = "No copy number is given: assumed 1 and 1 (give --segments)."


def read_maf(text: str, file: str) -> Reads:
    """Reads of a MAF. Raises InputError for a row that cannot be."""
    entries: list[Entry] = []
    labels: dict[str, str] = {}
    empty = 0
    for row in rows(file, numbered(text), MAF, comment="#"):
        position = row.whole("Start_Position", 10 * LARGEST * 10)
        change = f"{row.name('Reference_Allele')}>{row.name('Tumor_Seq_Allele2')}"
        mutation = f"{row.name('Chromosome')}:{position}:{change}"
        protein = row.fields.get("HGVSp_Short", "").strip()
        labels[mutation] = f"{row.name('Hugo_Symbol')} {protein}".strip() if protein.isprintable() else row.name("Hugo_Symbol")
        missing = row.missing("t_ref_count") or row.missing("t_alt_count")
        empty += missing
        alt = 0 if missing else row.whole("t_alt_count")
        depth = 0 if missing else alt + row.whole("t_ref_count")
        entries.append(Entry(mutation, row.name("Tumor_Sample_Barcode"), row.number, alt, depth, PLACE))
    notes = [_ASSUMED, *([f"{empty} rows without counts: taken as not measured."] if empty else [])]
    return replace(gathered(file, "maf", entries, notes), labels=labels)


def read_vcf(text: str, file: str) -> Reads:
    """Reads of a VCF, every sample column taken. Raises InputError for a record that cannot be, or has no counts."""
    lines = [(number, line) for number, line in numbered(text) if not line.startswith("##")]
    header = lines[0][1].split("\t") if lines else []
    samples = header[header.index("FORMAT") + 1 :] if "FORMAT" in header else []
    entries: list[Entry] = []
    tally: Counter[str] = Counter()
    for row in rows(file, iter(lines), (*VCF, *samples)):
        if row.fields["FILTER"].strip() not in ("PASS", ".", ""):
            tally["filtered"] += 1
            continue
        entries += _record(row, samples, tally)
    notes = [_ASSUMED]
    if tally["filtered"]:
        notes.append(f"{tally['filtered']} records did not pass the filter of the file: left out.")
    if tally["empty"]:
        notes.append(f"{tally['empty']} counts are missing: taken as not measured.")
    return gathered(file, "vcf", entries, notes)


def _record(row: Row, samples: list[str], tally: Counter[str]) -> Iterator[Entry]:
    """The entries of one record: one for each alternate allele and sample."""
    keys = row.fields["FORMAT"].strip().split(":")
    position = row.whole("POS", 10 * LARGEST * 10)
    reference = row.name("REF")
    for index, allele in enumerate(row.name("ALT").split(","), start=1):
        mutation = f"{row.name('#CHROM')}:{position}:{reference}>{allele}"
        for sample in samples:
            part = Row(row.file, row.number, dict(zip(keys, row.fields[sample].strip().split(":"), strict=False)))
            counts = _counts(part, keys, (reference, allele, index))
            if counts is None:
                tally["empty"] += 1
            yield Entry(mutation, sample, row.number, *(counts or (0, 0)), PLACE)


def _counts(part: Row, keys: list[str], change: tuple[str, str, int]) -> tuple[int, int] | None:
    """Reads of the alternate allele and of both; None where they are missing. Raises InputError where the record has no counts."""
    reference, allele, index = change
    if "AD" in keys:
        first, second, places = "AD", "AD", (0, index)
    elif {f"{reference}U", f"{allele}U"} <= set(keys):
        first, second, places = f"{reference}U", f"{allele}U", (0, 0)
    elif {"TAR", "TIR"} <= set(keys):
        first, second, places = "TAR", "TIR", (0, 0)
    else:
        way = "Call with AD in FORMAT, or give Strelka2's tiers (AU, CU, GU, TU; TAR, TIR)."
        raise part.refuse("FORMAT", "holds no counts of reads by allele", way, ":".join(keys)[:60])
    found = []
    for key, place in zip((first, second), places, strict=True):
        values = part.fields.get(key, ".").split(",")
        if part.missing(key) or place >= len(values) or Row(part.file, part.number, {key: values[place]}).missing(key):
            return None
        found.append(Row(part.file, part.number, {key: values[place]}).whole(key))
    return found[1], found[0] + found[1]
