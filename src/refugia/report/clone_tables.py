"""A reconstruction of clones as JSON, Newick and tab-separated tables."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from refugia.inference.migration import History
from refugia.inference.multiplicity import shown
from refugia.inference.mutations import Mutations, mutations_of
from refugia.inference.reads.table import Reads
from refugia.inference.reconstruct import Reconstruction
from refugia.report.files import write_json, write_tabs
from refugia.report.provenance import versions

SHOWN = 20
"""Most trees that are written."""
CERTAIN = 0.95
NOTE = "Research software. It recommends nothing for an individual patient."


def nodes_of(result: Reconstruction, parents: Sequence[int]) -> list[int | None]:
    """Parent of every cluster by its number in the output (0: normal cells); None for one that fits no tree."""
    above: list[int | None] = [None] * result.clusters.mean.shape[0]
    for node, index in enumerate(result.fitting):
        parent = int(parents[node])
        above[index] = 0 if parent == 0 else result.fitting[parent - 1] + 1
    return above


def newick(result: Reconstruction, parents: Sequence[int]) -> str:
    """One tree in Newick form, inner nodes named."""
    children: dict[int, list[int]] = {}
    for node, parent in enumerate(parents, start=1):
        children.setdefault(int(parent), []).append(node)

    def below(node: int) -> str:
        name = "normal_cells" if node == 0 else result.names[node]
        parts = ",".join(below(child) for child in children.get(node, ()))
        return f"({parts}){name}" if parts else name

    return below(0) + ";"


def undecided(result: Reconstruction) -> list[str]:
    """What the reads leave open, a sentence each."""
    trees, names = result.trees, result.names[1:]
    held = int(np.searchsorted(np.cumsum(trees.weights), CERTAIN)) + 1
    said = [f"{held} {'tree holds' if held == 1 else 'trees hold'} 95 % of the posterior."]
    for a in range(len(names)):
        for b in range(a + 1, len(names)):
            parts = trees.relations[a, b]
            if parts.max() < CERTAIN:
                said.append(
                    f"{names[a]} and {names[b]}: {names[a]} above {names[b]} {parts[0]:.2f}, below {parts[1]:.2f}, "
                    f"on another branch {parts[2]:.2f}."
                )
    loose = int((result.clusters.shares.max(axis=1) < CERTAIN).sum())
    if loose:
        said.append(f"Mutations that may belong to another cluster than theirs (probability of theirs below 0.95): {loose}.")
    if trees.disagreement > 0.1:
        said.append(
            f"The walks over trees differ by up to {trees.disagreement:.2f} in a relation: its probability is good to that only."
        )
    return [*said, power(result.reads)]


def power(reads: Reads) -> str:
    """How far apart two clones must lie to be told from each other."""
    depth = float(np.median(reads.depth[reads.depth > 0])) if (reads.depth > 0).any() else 0.0
    if depth == 0:
        return "No mutation was measured in any sample: nothing can be told apart."
    ratio = float(np.median([next(shown(reads.places[kind]))[1] for kind in np.unique(reads.kinds)])) or 1.0
    width = np.sqrt(ratio * 0.5 * (1 - ratio * 0.5) / depth) / ratio
    return (
        f"Median depth {depth:.0f}: a mutation at half of the cells is known to within {min(2 * width, 1.0):.2f} of cell fraction, "
        f"ten of them together to within {min(2 * width / np.sqrt(10), 1.0):.2f}; "
        "clones closer than that in every sample are one cluster here."
    )


def clone_summary(result: Reconstruction, way: History | None = None) -> dict[str, Any]:
    """What `clones.json` and `--json` hold. Node 0 is normal cells, node k the k-th cluster; entry i of `parents` is
    above node i + 1."""
    clusters, reads, trees = result.clusters, result.reads, result.trees
    parts = [result.fraction(index) for index in range(clusters.mean.shape[0])]
    own = np.full((len(parts) + 1, len(reads.samples)), np.nan)
    own[0] = result.proportions[0]
    own[[index + 1 for index in result.fitting]] = result.proportions[1:]
    return {
        "samples": list(reads.samples),
        "clusters": [
            {"id": f"C{index + 1}", "mutations": [reads.mutations[i] for i in np.flatnonzero(clusters.group == index)],
             "fits": index in result.fitting}
            for index in range(len(parts))
        ],
        "ccf": [_rounded(mean) for mean, _, _ in parts],
        "ccf_low": [_rounded(low) for _, low, _ in parts],
        "ccf_high": [_rounded(high) for _, _, high in parts],
        "proportions": [_rounded(row) if np.isfinite(row).all() else None for row in own],
        "trees": [
            {"parents": nodes_of(result, parents.tolist()), "weight": float(f"{weight:.6g}"),
             "newick": newick(result, parents.tolist())}
            for parents, weight in zip(trees.parents[:SHOWN], trees.weights[:SHOWN], strict=True)
        ],
        "relations": list(relations(result)),
        "misfits": [
            {"cluster": f"C{entry.cluster + 1}", "sample": entry.sample, "rule": entry.rule, "breach": float(f"{entry.breach:.6g}"),
             "left_out": entry.left_out, "mutations": [reads.mutations[i] for i in np.flatnonzero(clusters.group == entry.cluster)]}
            for entry in result.misfits
        ],
        "undecided": undecided(result),
        "notes": [*reads.notes, *clusters.notes],
        "settings": {
            "format": reads.format, "copy_model": result.model, "founder": result.founder, "seed": result.seed,
            "scatter": None if np.isinf(clusters.precision) else clusters.precision, "concentration": trees.concentration,
            "weights": "exact" if trees.exact else "sampled",
        },
        **({} if way is None else {"migrations": _migrations(result, way)}),
    }  # fmt: skip


def _migrations(result: Reconstruction, way: History) -> dict[str, Any]:
    """The history with the fewest migrations, clones and sites by name."""
    return {
        "primary": way.sites[0],
        "labels": {result.names[node]: way.sites[site] for node, site in enumerate(way.labels)},
        "moves": [{"clone": result.names[node], "from": way.sites[a], "to": way.sites[b]} for node, a, b in way.moves],
    }


def relations(result: Reconstruction) -> Iterator[dict[str, Any]]:
    """The posterior relation of every pair of clusters."""
    names = result.names[1:]
    for a in range(len(names)):
        for b in range(a + 1, len(names)):
            up, down, apart = (float(f"{value:.6g}") for value in result.trees.relations[a, b])
            yield {"a": names[a], "b": names[b], "ancestor": up, "descendant": down, "branched": apart}


def _rounded(values: Iterable[float]) -> list[float]:
    return [float(f"{float(value):.6g}") for value in values]


def write_clones(folder: Path, result: Reconstruction, way: History | None = None) -> Mutations:
    """Write everything but the page: `clones.json`, `trees.nwk`, four tables and the provenance."""
    summary, found = clone_summary(result, way), mutations_of(result)
    write_json(folder / "clones.json", summary)
    (folder / "trees.nwk").write_text("".join(f"{entry['newick']}\n" for entry in summary["trees"]), encoding="utf-8")
    trees = ((rank, entry["weight"], " ".join("-" if p is None else str(p) for p in entry["parents"]), entry["newick"])
             for rank, entry in enumerate(summary["trees"], start=1))  # fmt: skip
    write_tabs(folder / "trees.tsv", ("rank", "weight", "parents", "newick"), trees)
    pairs = ((*entry.values(),) for entry in summary["relations"])
    write_tabs(folder / "relations.tsv", ("a", "b", "ancestor", "descendant", "branched"), pairs)
    shares = ("clone", "parent", "mutations", "sample", "ccf", "low", "high", "proportion")
    write_tabs(folder / "clones.tsv", shares, _clones(result))
    heads = (
        "mutation_id", "name", "sample_id", "cluster", "probability", "ccf", "ccf_low", "ccf_high", "own_ccf", "own_low",
        "own_high", "copies", "alt", "depth", "measured",
    )  # fmt: skip
    write_tabs(folder / "mutations.tsv", heads, _mutations(result, found))
    if way is not None:
        moves = ((*move.values(),) for move in summary["migrations"]["moves"])
        write_tabs(folder / "migrations.tsv", ("clone", "from", "to"), moves)
    said = {"file": result.reads.file, **summary["settings"], "versions": versions(), "note": NOTE}
    write_json(folder / "provenance.json", said)
    return found


def _clones(result: Reconstruction) -> Iterator[Sequence[object]]:
    parents = [None, *result.trees.parents[0].tolist()]
    for node, name in enumerate(result.names):
        size = 0 if node == 0 else int(result.clusters.size[result.fitting[node - 1]])
        above = "" if node == 0 else result.names[parents[node] or 0]
        for s, sample in enumerate(result.reads.samples):
            numbers = (array[node, s] for array in (result.ccf, result.low, result.high, result.proportions))
            yield (name, above, size, sample, *map(float, numbers))


def _mutations(result: Reconstruction, found: Mutations) -> Iterator[Sequence[object]]:
    reads, clusters = result.reads, result.clusters
    for i, mutation in enumerate(reads.mutations):
        k = int(clusters.group[i])
        for s, sample in enumerate(reads.samples):
            numbers = found.numbers[reads.kinds[i, s]]
            copies = ";".join(f"{m:g}:{p:.3g}" for m, p in zip(numbers, found.copies[i, s], strict=False))
            measured = reads.depth[i, s] > 0
            yield (
                mutation, reads.labels.get(mutation, mutation), sample, f"C{k + 1}", float(clusters.shares[i, k]),
                *map(float, found.ccf[i, s]), *map(float, found.own[i, s]), copies if measured else "",
                int(reads.alt[i, s]) if measured else "", int(reads.depth[i, s]) if measured else "", "yes" if measured else "no",
            )  # fmt: skip
