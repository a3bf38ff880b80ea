"""The `.ssm` table (id, name, var_reads, total_reads, var_read_prob; the last three are comma lists over samples) with
its parameters."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from refugia.inference.reads.fields import LARGEST, Row, numbered, printable, rows, text_of
from refugia.inference.reads.table import Copies, Entry, Reads, gathered
from refugia.terms import InputError

NEEDED = ("id", "name", "var_reads", "total_reads", "var_read_prob")


def read_ssm(text: str, file: str, params: Path | None = None) -> Reads:
    """Reads of an `.ssm` table; sample names and clusters from its `.params.json`, where there is one."""
    content = _params(params) if params is not None and params.exists() else {}
    entries: list[Entry] = []
    labels: dict[str, str] = {}
    names: list[str] = [str(name) for name in content.get("samples", ())]
    unwanted = set(content.get("garbage", ()))
    for row in rows(file, numbered(text), NEEDED):
        mutation = row.name("id")
        if mutation in labels:
            raise row.refuse("id", "stands in an earlier row already", "Give every mutation its own id.")
        labels[mutation] = printable(row.fields["name"].strip()) or mutation
        counts = [row.fields[column].split(",") for column in NEEDED[2:]]
        names = names or [f"sample {number}" for number in range(1, len(counts[0]) + 1)]
        for column, values in zip(NEEDED[2:], counts, strict=True):
            if len(values) != len(names):
                raise row.refuse(
                    column, f"holds {len(values)} values for {len(names)} samples", "Give one for each sample, parted by commas."
                )
        if mutation not in unwanted:
            entries += [_entry(row, mutation, names[s], [values[s] for values in counts]) for s in range(len(names))]
    notes = [f"{len(unwanted)} mutations are named garbage in {params.name}: left out."] if unwanted and params else []
    reads = replace(gathered(file, "ssm", entries, notes), labels=labels)
    return replace(reads, clusters=_clusters(content, reads, params))


def _entry(row: Row, mutation: str, sample: str, values: list[str]) -> Entry:
    """One sample of a row."""
    part = Row(row.file, row.number, dict(zip(NEEDED[2:], values, strict=True)))
    alt, depth = part.whole("var_reads", LARGEST), part.whole("total_reads", LARGEST)
    if alt > depth:
        raise part.refuse("var_reads", f"is more than total_reads ({depth})", "total_reads counts both alleles.")
    ratio = part.share("var_read_prob", 0.5)
    if ratio == 0.0 and alt > 0:
        raise part.refuse(
            "var_read_prob", f"is 0 beside {alt} mutated reads", "Give the expected share of mutated reads in cells that have it."
        )
    return Entry(mutation, sample, row.number, alt, depth if ratio > 0.0 else 0, Copies(error=0.0, ratio=ratio))


def _params(path: Path) -> dict[str, Any]:
    """The parameters as JSON. Raises InputError where they are none, or of another kind."""
    try:
        content = json.loads(text_of(path))
    except (ValueError, RecursionError) as trouble:
        raise InputError(path.name, "", "the file", "is no JSON", "Mend it, or leave it out.") from trouble
    if not isinstance(content, dict):
        raise InputError(path.name, "", "the file", "is no table of parameters", "It begins with a brace.")
    for key in ("samples", "garbage"):
        if not isinstance(content.get(key, []), list) or not all(isinstance(entry, str) for entry in content.get(key, [])):
            raise InputError(path.name, key, "the value", "is no list of names", 'Write it as ["a", "b"].')
    names = content.get("samples", [])
    if len(set(names)) < len(names) or not all(name.strip() and name.isprintable() for name in names):
        raise InputError(path.name, "samples", "the list", "holds a name twice, or an empty one", "Name every sample once.")
    return content


def _clusters(content: dict[str, Any], reads: Reads, params: Path | None) -> tuple[tuple[str, ...], ...]:
    """The clusters that the parameters give, checked against the mutations."""
    given = content.get("clusters", [])
    file = params.name if params is not None else ""
    if not isinstance(given, list) or not all(
        isinstance(entry, list) and all(isinstance(name, str) for name in entry) for entry in given
    ):
        raise InputError(file, "clusters", "the value", "is no list of lists of ids", 'Write it as [["s0", "s1"], ["s2"]].')
    flat = [name for entry in given for name in entry]
    strange = sorted(set(flat) - set(reads.mutations))
    if strange or len(set(flat)) < len(flat):
        way = "Name every mutation of the table once."
        named = printable(strange[0]) if strange else "the list"
        raise InputError(file, "clusters", named, "is no mutation of the table, or is there twice", way)
    return tuple(tuple(entry) for entry in given if entry)
