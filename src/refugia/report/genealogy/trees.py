"""The ancestry of sampled cells as a tree sequence of tskit (extra `trees`), which validates it.

A node for every sampled cell (a sample, at time 0) and one for the first cell of every clone they came from, at its age in days.
What happened within a clone is not recorded: its cells all hang on its first one. Each mutant that founded a clone is a mutation at
a site of its own, so that the statistics of tskit (site frequencies, diversity) speak of clones. (Kelleher and others 2016.)
"""

from __future__ import annotations

from os import PathLike
from typing import Any

import numpy as np

from refugia.report.genealogy.extras import extra
from refugia.report.genealogy.lines import Lines, Sample
from refugia.terms import FloatArray


def tree_sequence(lines: Lines, sample: Sample) -> Any:
    """The tree sequence of a sample; populations are genotypes, individuals hold x, y, z in mm, node metadata the clone's name.

    Raises RefugiaError where tskit is not installed, or the sample does not fit the lines.
    """
    tskit = extra("tskit", "trees")
    sample.check(lines)
    kept = np.flatnonzero(lines.ancestry(sample.clone))
    mutants = kept[lines.parent[kept] >= 0]
    tables = tskit.TableCollection(sequence_length=max(1, mutants.size))
    tables.time_units = "days"
    for table in (tables.nodes, tables.populations, tables.mutations):
        table.metadata_schema = tskit.MetadataSchema.permissive_json()
    for name in lines.genotypes:
        tables.populations.add_row(metadata={"name": str(name)})
    cells = [_node(tables, lines, int(clone), 0.0, at, tskit.NODE_IS_SAMPLE)
             for clone, at in zip(sample.clone, sample.middle, strict=True)]  # fmt: skip
    ages = _ages(lines, sample, kept)
    founders = {int(clone): _node(tables, lines, int(clone), age, lines.middle[clone], 0)
                for clone, age in zip(kept, ages, strict=True)}  # fmt: skip
    length = tables.sequence_length
    for cell, clone in zip(cells, sample.clone.tolist(), strict=True):
        tables.edges.add_row(0.0, length, founders[clone], cell)
    for place, clone in enumerate(mutants.tolist()):
        tables.edges.add_row(0.0, length, founders[int(lines.parent[clone])], founders[clone])
        site = tables.sites.add_row(float(place), "0")
        told = {"clone": lines.name(clone), "genotype": str(lines.genotypes[lines.genotype[clone]])}
        tables.mutations.add_row(site, founders[clone], "1", time=float(tables.nodes[founders[clone]].time), metadata=told)
    tables.sort()
    return tables.tree_sequence()


def _node(tables: Any, lines: Lines, clone: int, age: float, at: FloatArray, flags: int) -> int:
    person = tables.individuals.add_row(location=[float(one) for one in at[::-1]])
    told = {"clone": lines.name(clone)}
    node: int = tables.nodes.add_row(flags, float(age), int(lines.genotype[clone]), person, told)
    return node


def _ages(lines: Lines, sample: Sample, kept: np.ndarray) -> list[float]:
    """How old the first cells are, days; where two of a line are born on one day, the parent is older by the least that can be."""
    age = {int(clone): float(sample.day - lines.day[clone]) for clone in kept}
    for clone in set(sample.clone.tolist()):
        age[clone] = max(age[clone], np.nextafter(0.0, 1.0))
    for clone in kept[::-1].tolist():
        parent = int(lines.parent[clone])
        if parent >= 0:
            age[parent] = max(age[parent], float(np.nextafter(age[clone], np.inf)))
    return [age[int(clone)] for clone in kept]


def write_trees(path: str | PathLike[str], lines: Lines, sample: Sample) -> None:
    """Write the tree sequence of a sample, `genealogy.trees`; errors as in `tree_sequence`."""
    tree_sequence(lines, sample).dump(path)
