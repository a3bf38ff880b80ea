"""Migration histories on sets with known truth, one row a set: migrations.py FOLDER. FOLDER holds machina_m5_mS.

Ancestral pairs: F1 over ordered pairs of mutations. Seeding clones: F1 over the mutation sets of clones that left
their site, mutations
without reads left out on both sides. Graph: F1 over pairs of sites.
"""

from __future__ import annotations

import re
import sys
import time
from pathlib import Path

import numpy as np

from refugia.inference.migration import History, history
from refugia.inference.reads.opening import read
from refugia.inference.reconstruct import Reconstruction, reconstruct
from refugia.inference.scores import pair_f1, rand_index
from refugia.inference.trees import relations_of

Pairs = set[tuple[object, object]]


def edges(path: Path) -> list[tuple[str, str]]:
    """Edges of a tree file."""
    return [(line.split()[0], line.split()[1]) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def truth(folder: Path, seed: int, known: set[str]) -> tuple[dict[str, str], Pairs, Pairs]:
    """True clone of each mutation, ancestral pairs, and seeding clones as (mutation set, "")."""
    tree = edges(folder / f"T_seed{seed}.tree")
    above = {child: parent for parent, child in tree}
    site = dict(edges(folder / f"T_seed{seed}.vertex.labeling"))

    def own(node: str) -> set[str]:
        return set() if node == "GL" or node in leaves else set(node.split(";")) & known

    leaves = {child for _, child in tree} - {parent for parent, _ in tree}

    def path(node: str) -> list[str]:
        return [node, *path(above[node])] if node in above else [node]

    pairs: set[tuple[object, object]] = set()
    for node in above:
        for upper in path(node)[1:]:
            pairs |= {(a, b) for a in own(upper) for b in own(node)}
    seeds: set[tuple[object, object]] = {
        (frozenset(m for node in path(parent) for m in own(node)), "") for parent, child in tree if site[parent] != site[child]
    }
    clone = {mutation: node for node in above for mutation in own(node)}
    return clone, pairs, seeds


def found(result: Reconstruction, way: History) -> tuple[set[tuple[object, object]], set[tuple[object, object]]]:
    """Ancestral pairs and seeding clones of a reconstruction."""
    names, group = result.reads.mutations, result.clusters.group
    members = [{names[i] for i in np.flatnonzero(group == index)} for index in result.fitting]
    upper = relations_of(way.parents)
    pairs: set[tuple[object, object]] = {
        (x, y) for a in range(len(members)) for b in range(len(members)) if upper[a, b] for x in members[a] for y in members[b]
    }
    seeds: set[tuple[object, object]] = set()
    for node, _, _ in way.moves:
        on_path = [a for a in range(len(members)) if node and (a == node - 1 or upper[a, node - 1])]
        seeds.add((frozenset(m for a in on_path for m in members[a]), ""))
    return pairs, seeds


def main(folder: str) -> None:
    """Print the table and its means."""
    rows = []
    for path in sorted(Path(folder).glob("reads_seed*.tsv"), key=lambda path: int(re.sub(r"\D", "", path.stem))):
        seed = int(re.sub(r"\D", "", path.stem))
        start = time.process_time()
        result = reconstruct(read(path))
        way = history(result, "P")
        seconds = time.process_time() - start
        clone, pairs, seeds = truth(path.parent, seed, set(result.reads.mutations))
        labels = [clone.get(name, "") for name in result.reads.mutations]
        got_pairs, got_seeds = found(result, way)
        graph: set[tuple[object, object]] = {(way.sites[a], way.sites[b]) for _, a, b in way.moves}
        true_graph: set[tuple[object, object]] = set(edges(path.parent / f"G_seed{seed}.tree"))
        likeness = rand_index(labels, result.clusters.group)
        row = pair_f1(pairs, got_pairs), pair_f1(seeds, got_seeds), pair_f1(true_graph, graph), likeness
        rows.append((*row, seconds))
        print(
            f"seed {seed:2d}: ancestral pairs {row[0]:.3f} seeding clones {row[1]:.3f} graph {row[2]:.3f} ARI {row[3]:.3f} "
            f"clusters {len(result.clusters.size)} of {len(set(labels))}, left out {len(result.misfits)}, {seconds:.1f} s"
        )
    print("mean: pairs {:.3f} seeding {:.3f} graph {:.3f} ARI {:.3f} seconds {:.1f}".format(*np.mean(rows, axis=0)))
    print("published: seeding clones 0.980 (MACHINA), 0.809 (PhyloWGS -> MACHINA); graph 0.925, 0.875")
    print("published: ARI 0.837 (PhyloWGS), 0.912 (AncesTree)")


if __name__ == "__main__":
    main(*sys.argv[1:])
