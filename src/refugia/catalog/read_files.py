"""A file of reads beside the case: found, read and reconstructed, once for each content and seed in a process."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from refugia.catalog import schema
from refugia.catalog.census import Read, cited
from refugia.catalog.clone_tables import Reads
from refugia.catalog.faults import AlreadyRefusedError
from refugia.catalog.neighbours import Kind, content_of, neighbour
from refugia.catalog.notices import reconstructing
from refugia.catalog.place import Place, suggestion
from refugia.terms import Basis, Citation

if TYPE_CHECKING:
    from refugia.inference.reads.table import Reads as Table
    from refugia.inference.reconstruct import Reconstruction

READS = Kind("reads", "reads.tsv", "a table of reads")
LARGEST = 50_000_000  # bytes: some 10^6 rows
MOST_KEPT = 4
_KNOWN: dict[tuple[str, int], Reconstruction] = {}
_VCF = "Write its tumours as a long table: a case says nowhere which column is the normal sample."
"""What is to be done with a VCF of several samples."""


def read_of(table: Reads, file: schema.CaseFile, folder: Path | None, own: dict[str, Citation], place: Place) -> Read:
    """The reads that a case names, reconstructed. `place` is that of its clones. All that is refused is kept, each on its line."""
    here = place.at("reads")
    path = neighbour(table.reads, folder, READS, here)
    content = content_of(path, table.reads, LARGEST, READS, here)
    reads, params = _parsed(content, table, path, folder, here)
    if reads.format == "vcf" and len(reads.samples) > 1:
        raise here.refusal(table.reads, f"has {len(reads.samples)} columns, of which one may be a normal sample", _VCF)
    ids = {label: mutation for mutation, label in reads.labels.items()}
    ids.update((mutation, mutation) for mutation in reads.mutations)
    carries = place.part(_carrying, table, file, ids, place.at("carries"))
    samples = place.part(_sampled, table, file, reads, place.at("samples"))
    cite = place.part(cited, table.cite, path.name, content, own, place)
    if carries is None or samples is None:
        raise AlreadyRefusedError
    result = _reconstructed(reads, sha256(content + b"|" + params).hexdigest(), table.seed)
    return Read(result, carries, samples, path.name, sha256(content).hexdigest(), cite, Basis(table.basis))


def _parsed(content: bytes, table: Reads, path: Path, folder: Path | None, place: Place) -> tuple[Table, bytes]:
    """The reads of a file, and what stands in the `.params.json` beside an `.ssm` file, which may lead nowhere else either.

    Raises InputError with the row and field of what was refused.
    """
    from refugia.inference.reads.fields import decoded
    from refugia.inference.reads.opening import format_of, parsed, sibling

    text, beside = decoded(content, path.name), sibling(path)
    if format_of(text) != "ssm" or not (beside.is_symlink() or beside.exists()):
        return parsed(text, path.name), b""
    shown = str(Path(table.reads).with_name(beside.name))
    params = content_of(neighbour(shown, folder, READS, place), shown, LARGEST, READS, place)
    return parsed(text, path.name, beside), params


def _carrying(table: Reads, file: schema.CaseFile, ids: dict[str, str], place: Place) -> dict[str, str] | None:
    """Which alteration each mutation carries, by the id of the mutation; None where something was refused."""
    known, sound = [alteration.name for alteration in file.alterations], True
    found: dict[str, str] = {}
    for mutation, alteration in table.carries.items():
        if mutation not in ids:
            place.of_key(mutation).refuse(mutation, f"is no mutation of {table.reads}", suggestion(mutation, ids, "mutation"))
            sound = False
        elif alteration not in known:
            place.at(mutation).refuse(alteration, "is no alteration of this case", suggestion(alteration, known, "alteration"))
            sound = False
        else:
            found[ids[mutation]] = alteration
    return found if sound else None


def _sampled(table: Reads, file: schema.CaseFile, reads: Table, place: Place) -> dict[str, list[int]] | None:
    """The samples of every site, all of them where none is named; None where something was refused."""
    names, sound = [site.name for site in file.sites], True
    found = {name: list(range(len(reads.samples))) for name in names}
    for site, given in table.samples.items():
        if site not in names:
            place.of_key(site).refuse(site, "is no site of this case", suggestion(site, names, "site"))
            sound = False
        wanted = given if isinstance(given, list) and given else [given]
        for sample in wanted:
            if sample not in reads.samples:
                way_out = suggestion(str(sample), reads.samples, "sample")
                place.at(site).refuse(sample, f"is no sample of {table.reads}", way_out)
                sound = False
        if sound:
            found[site] = sorted({reads.samples.index(sample) for sample in wanted})
    return found if sound else None


def _reconstructed(reads: Table, digest: str, seed: int) -> Reconstruction:
    """Clones and trees of reads; the last few are kept for the life of the process, by what their files hold."""
    from refugia.inference.reconstruct import reconstruct

    key = (digest, seed)
    if key not in _KNOWN:
        while len(_KNOWN) >= MOST_KEPT:
            del _KNOWN[next(iter(_KNOWN))]
        reconstructing()
        _KNOWN[key] = reconstruct(reads, seed)
    return _KNOWN[key]
