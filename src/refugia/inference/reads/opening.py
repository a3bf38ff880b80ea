"""A file of reads, whichever format it is in: recognised by what it holds, never by its name."""

from __future__ import annotations

import re
from pathlib import Path

from refugia.inference.reads.conipher import read_conipher
from refugia.inference.reads.fields import numbered, text_of
from refugia.inference.reads.long import read_long
from refugia.inference.reads.machina import HEAD, read_machina
from refugia.inference.reads.ssm import read_ssm
from refugia.inference.reads.table import Reads
from refugia.inference.reads.variants import read_maf, read_vcf
from refugia.terms import InputError


def format_of(text: str) -> str:
    """Which format a text is in: "long", "ssm", "conipher", "machina", "maf", "vcf", or "" where none is recognised."""
    if HEAD.match(text.lstrip()):
        return "machina"
    if text.lstrip().startswith("##fileformat=VCF") or text.lstrip().startswith("#CHROM\t"):
        return "vcf"
    first = next((line for _, line in numbered(text) if not re.match(r"#", line)), "")
    header = {name.strip() for name in first.split("\t")}
    if {"mutation_id", "sample_id"} <= header:
        return "long"
    if {"var_reads", "total_reads"} <= header:
        return "ssm"
    if {"CASE_ID", "SAMPLE", "VAR_COUNT"} <= header:
        return "conipher"
    return "maf" if {"Hugo_Symbol", "Chromosome"} <= header else ""


def read(path: Path, params: Path | None = None) -> Reads:
    """Reads of a file. Raises InputError where no format is recognised, or a row cannot be."""
    return parsed(text_of(path), path.name, params if params is not None else sibling(path))


def sibling(path: Path) -> Path:
    """Where the parameters of an `.ssm` file lie: beside it, under the same name."""
    return path.with_name(re.sub(r"(\.ssm)?(\.gz)?$", "", path.name) + ".params.json")


def parsed(text: str, file: str, params: Path | None = None) -> Reads:
    """Reads of a text. Raises InputError as `read` does."""
    match format_of(text):
        case "long":
            return read_long(text, file)
        case "conipher":
            return read_conipher(text, file)
        case "maf":
            return read_maf(text, file)
        case "vcf":
            return read_vcf(text, file)
        case "machina":
            return read_machina(text, file)
        case "ssm":
            return read_ssm(text, file, params)
    way = "Known are the long table (mutation_id, sample_id, ref_counts, alt_counts), .ssm, CONIPHER, MAF, VCF and MACHINA's."
    raise InputError(file, "row 1", "the file", "is in no format that is known here", way)
