"""A multi-region study of a simulated tumour on disk: the table that `refugia clones` reads, and the truth to hold it against."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from refugia.biopsy.branches import Bools
from refugia.biopsy.model import Sequencing, plain
from refugia.biopsy.regions import middles
from refugia.biopsy.study import Order, Study, Tumour, study
from refugia.engine.rows.lineage import Lineage
from refugia.report.files import shown_path, write_json, write_tabs
from refugia.report.provenance import versions
from refugia.report.tissue_store import Tissue, open_tissue, stores_in
from refugia.terms import InputError, Parameter

NEAR = 1e-6
"""Days within which a frame is taken for that of a day."""
NOTE = "Simulated reads: the truth behind them is known. Research software; it recommends nothing for an individual patient."


class Sampled(NamedTuple):
    """A study, and where it comes from."""

    tissue: Tissue
    frame: int
    tumour: Tumour
    order: Order
    numbers: Sequencing
    study: Study

    @property
    def samples(self) -> tuple[str, ...]:
        """Names of the regions."""
        return tuple(f"R{number}" for number in range(1, self.order.regions + 1))

    @property
    def day(self) -> float:
        """On which the tissue was taken."""
        return float(self.tissue.days[self.frame])


def tissue_of(folder: Path, site: str | None) -> Tissue:
    """The tissue of a site in a result. Raises InputError where there is none, or several and none is named."""
    found = [open_tissue(path) for path in stores_in(folder)]
    named = [tissue for tissue in found if site in (None, tissue.site)]
    known = ", ".join(tissue.site for tissue in found)
    if not named:
        raise InputError("", "--site", site, f"has no tissue in {shown_path(folder)}", f"Known: {known}.")
    if len(named) > 1:
        raise InputError("", "--site", shown_path(folder), "holds several tissues", f"Name one of {known}.")
    return named[0]


def frame_of(tissue: Tissue, day: float | None) -> int:
    """The frame of a day, the last one where none is named. Raises InputError where there is none."""
    if not tissue.frames:
        raise InputError(shown_path(tissue.path), "frames", 0, "are written so far", "Wait for the run, or run the case again.")
    if day is None:
        return tissue.frames - 1
    far = np.abs(tissue.days - day)
    if not far.min() <= NEAR:
        near = np.sort(tissue.days[np.argsort(far, kind="stable")[:2]]) if np.isfinite(day) else tissue.days[[0, -1]]
        shown = " and ".join(f"{one:g}" for one in dict.fromkeys(near.tolist()))
        raise InputError("", "--day", day, "has no frame", f"The nearest days with one: {shown}.")
    return int(far.argmin())


def sample(tissue: Tissue, frame: int, numbers: Sequencing, order: Order) -> Sampled:
    """Sample a tissue and sequence the regions. Raises InputError where they find no room."""
    lineage = tissue.lineage(frame)
    names, carried, amplified = carried_in(tissue, lineage)
    tumour = Tumour(tissue.rows(frame), lineage, tissue.grid, names, carried, amplified)
    return Sampled(tissue, frame, tumour, order, numbers, study(tumour, numbers, order))


def carried_in(tissue: Tissue, lineage: Lineage) -> tuple[tuple[str, ...], Bools, tuple[int, ...]]:
    """The alterations of a tissue, who carries them (genotype, alteration), and which are copies of a gene.

    The run says so under `alterations` and `amplifications` of its provenance. Where it does not, every genotype but the first is
    taken to carry an alteration of its own name, and two states of a line the same.
    """
    told, genotypes = tissue.told.get("alterations"), tissue.genotypes
    if isinstance(told, dict):
        names = tuple(dict.fromkeys(name for genotype in genotypes for name in told.get(genotype, ())))
        copied = tissue.told.get("amplifications")
        amplified = tuple(a for a, name in enumerate(names) if isinstance(copied, list) and name in copied)
        table = [[name in told.get(genotype, ()) for name in names] for genotype in genotypes]
        return names, np.array(table, bool).reshape(len(genotypes), len(names)), amplified
    like = np.arange(len(genotypes))
    double = lineage.other >= 0
    np.minimum.at(like, lineage.genotype[double], lineage.genotype[lineage.other[double]])
    own = [int(g) for g in np.unique(like) if g != like[0]]
    return tuple(genotypes[g] for g in own), np.asarray(like[:, None] == np.array(own, int)[None, :], bool), ()


def write_study(folder: Path, found: Sampled, parameters: Sequence[Parameter]) -> None:
    """Write `reads.tsv`, `regions.tsv`, `truth.json` and the provenance."""
    write_tabs(folder / "reads.tsv", READS, _reads(found))
    write_tabs(folder / "regions.tsv", REGIONS, _regions(found))
    write_json(folder / "truth.json", truth(found, parameters))
    write_json(folder / "provenance.json", {
        **origin(found), "tissue": found.tissue.told, "versions": versions(), "note": NOTE,
    })  # fmt: skip


READS = (
    "mutation_id", "sample_id", "ref_counts", "alt_counts", "major_cn", "minor_cn", "normal_cn", "tumour_content", "error_rate",
    "subclonal_major_cn", "subclonal_minor_cn", "subclonal_fraction",
)  # fmt: skip
REGIONS = ("region", "x_mm", "y_mm", "z_mm", "edge_mm", "voxels", "cells", "purity", "depth")


def origin(found: Sampled) -> dict[str, Any]:
    """What was asked of which tissue."""
    order = found.order
    return {
        "site": found.tissue.site, "day": found.day, "regions": order.regions, "depth": order.depth, "purity": order.purity,
        "error_rate": order.error, "seed": order.seed,
    }  # fmt: skip


def _reads(found: Sampled) -> Iterator[Sequence[object]]:
    """A row for each called mutation in each region; a share of changed cells that is not resolved is taken for none or all."""
    entry, order, resolved = found.study, found.order, plain(found.numbers.resolved)
    major, minor = entry.changes.pair
    changed = entry.changed
    for i in np.flatnonzero(entry.called):
        arm = entry.mutations.arm[i]
        pair = int(major[arm]), int(minor[arm])
        for s, sample in enumerate(found.samples):
            share, alt = float(changed[arm, s]), int(entry.alt[i, s])
            first = pair if share > 1 - resolved else (1, 1)
            second: tuple[object, ...] = (*pair, share) if resolved <= share <= 1 - resolved else ("", "", "")
            yield (entry.names[i], sample, int(entry.depth[i, s]) - alt, alt, *first, 2, order.purity, order.error, *second)


def _regions(found: Sampled) -> Iterator[Sequence[object]]:
    entry, grid = found.study, found.tissue.grid
    voxels = np.bincount(entry.regions.of[np.unique(found.tumour.rows.place)] + 1, minlength=found.order.regions + 1)[1:]
    depth = entry.depth[entry.called]
    mean = depth.mean(axis=0) if depth.size else np.zeros(found.order.regions)
    for s, at in enumerate(middles(entry.regions, grid)):
        edge, cells = (2 * entry.regions.half + 1) * grid.spacing, int(entry.regions.cells[s])
        yield (found.samples[s], *map(float, at[::-1]), edge, int(voxels[s]), cells, found.order.purity, float(mean[s]))


def truth(found: Sampled, parameters: Sequence[Parameter]) -> dict[str, Any]:
    """What the reads came from: clusters, their tree and cell fractions, mutated copies, copy numbers, and every number used.

    Node 0 of the tree is normal cells; entry i of `parents` is the node above node i + 1, the i-th of `clusters`.
    """
    entry, samples = found.study, found.samples
    clusters = entry.clusters
    called = np.flatnonzero(entry.called)
    return {
        **origin(found),
        "samples": list(samples),
        "clusters": [_cluster(found, k) for k in range(clusters.node.size)],
        "parents": (clusters.parent + 1).tolist(),
        "ccf": [_rounded(row) for row in entry.fraction[clusters.node]],
        "mutations": [_mutation(entry, int(i)) for i in called],
        "not_called": int(entry.called.size - called.size),
        "copy_numbers": list(_arms(entry)),
        "amplifications": list(_amplified(found)),
        "numbers": [{"id": p.id, "value": p.value, "unit": p.unit, "basis": str(p.basis), "cite": p.cite.key, "where": p.where}
                    for p in parameters],
    }  # fmt: skip


def _cluster(found: Sampled, k: int) -> dict[str, Any]:
    entry = found.study
    node = int(entry.clusters.node[k])
    clone = int(entry.branches.clone[node])
    genotype = None if clone < 0 else found.tissue.genotypes[found.tumour.lineage.genotype[clone]]
    born = None if clone < 0 else float(found.tumour.lineage.day[clone])
    mine = [entry.names[i] for i in np.flatnonzero(entry.clusters.of == k)]
    gained = [found.tumour.alterations[a] for a in np.flatnonzero(entry.branches.gained[node])]
    return {"name": entry.label(node), "genotype": genotype, "born": born, "gained": gained, "mutations": mine}


def _mutation(entry: Study, i: int) -> dict[str, Any]:
    shares, mutations = entry.shares, entry.mutations
    return {
        "id": entry.names[i], "cluster": int(entry.clusters.of[i]),
        "arm": int(mutations.arm[i]), "haplotype": int(mutations.haplotype[i]),
        "copies": _rounded(shares.mutated[i]), "ccf": _rounded(shares.carriers[i]), "expected_vaf": _rounded(shares.expected[i]),
    }  # fmt: skip


def _arms(entry: Study) -> Iterator[dict[str, Any]]:
    """The arms whose copies have changed in some cells, each with the share of the cancer cells, by region."""
    major, minor = entry.changes.pair
    for arm in np.flatnonzero(entry.changes.node >= 0):
        yield {"arm": int(arm), "branch": entry.label(int(entry.changes.node[arm])), "haplotype": int(entry.changes.haplotype[arm]),
               "major_cn": int(major[arm]), "minor_cn": int(minor[arm]), "share": _rounded(entry.changed[arm])}  # fmt: skip


def _amplified(found: Sampled) -> Iterator[dict[str, Any]]:
    """Alterations that are copies of a gene: in which share of the cancer cells, by region; no row of the reads stands for them."""
    cells, genotype = found.study.regions.clones, found.tumour.lineage.genotype
    for a in found.tumour.amplified:
        held = cells[:, found.tumour.carried[genotype, a]].sum(axis=1)
        yield {"alteration": found.tumour.alterations[a], "share": _rounded(held / cells.sum(axis=1))}


def _rounded(values: Any) -> list[float]:
    return [float(f"{float(value):.6g}") for value in values]
