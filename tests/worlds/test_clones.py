"""Reconstruction as a whole: on sets with known truth, at the edges of what can be read, and bit for bit."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from refugia.inference.generator import Plan, generate
from refugia.inference.migration import fewest, history
from refugia.inference.mutations import mutations_of
from refugia.inference.reads.opening import read
from refugia.inference.reads.table import Copies, Reads
from refugia.inference.reconstruct import Reconstruction, reconstruct
from refugia.inference.scores import fraction_error, rand_index, relation_loss, relations_of_mutations, v_measure, vaf_loss
from refugia.inference.trees import relations_of
from refugia.report.clone_page import render_clones
from refugia.report.clone_tables import clone_summary, newick

DATA = Path(__file__).parents[3] / "shared" / "data" / "clones"
needs_data = pytest.mark.skipif(not DATA.is_dir(), reason="the development sets (../shared/data/clones) are not here")


def table(alt: Any, depth: int | Any) -> Reads:
    """Diploid reads from counts."""
    counts = np.array(alt)
    names = tuple(f"m{i}" for i in range(len(counts))), tuple(f"S{s}" for s in range(counts.shape[1]))
    depths = np.broadcast_to(depth, counts.shape).copy()
    return Reads("counts", "counts", *names, counts, depths, np.zeros_like(counts), (Copies(),))


def counts(shares: Any, sizes: list[int], depth: int, seed: int = 0) -> Reads:
    """Reads of clusters with these cell fractions (cluster, sample)."""
    p = np.repeat(np.array(shares) / 2, sizes, axis=0)
    return table(np.random.Generator(np.random.Philox(seed)).binomial(depth, p), depth)


def is_sound(result: Reconstruction) -> None:
    """Fractions are nested and within their interval's reach, proportions add up to one, weights too, and the summary is JSON."""
    for node in range(result.ccf.shape[0]):
        children = [c for c, p in enumerate(result.trees.parents[0], start=1) if p == node]
        assert (result.ccf[node] >= result.ccf[children].sum(axis=0) - 1e-9).all()
    assert np.allclose(result.proportions.sum(axis=0), 1.0, atol=1e-9)
    assert ((result.ccf >= 0) & (result.ccf <= 1)).all()
    assert result.trees.weights.sum() == pytest.approx(1.0)
    json.dumps(clone_summary(result), allow_nan=False)


@needs_data
@pytest.mark.parametrize(
    ("name", "bars"),
    [
        ("sim_K3_S3_T200_M30_G0_run1", {"v": 1.0, "error": 0.0033, "rrl": 0.0885}),
        ("sim_K10_S10_T200_M100_G0_run1", {"v": 0.936, "error": 0.0090, "rrl": 0.0479, "vaf": -0.0428}),
    ],
)
def test_the_development_sets_are_met_better_than_by_the_baselines(name: str, bars: dict[str, float]) -> None:
    """Clusters and trees end to end against what PyClone-VI and Pairtree reached on the same reads (the fact sheet, 2.4)."""
    reads = read(DATA / "pairtree" / f"{name}.ssm")
    with np.load(DATA / "pairtree" / f"{name}.truth.npz", allow_pickle=False) as truth:
        parents, phi, pops = truth["structure"], truth["phi"], truth["ssm_pops"]
    result = reconstruct(reads)
    is_sound(result)
    found = result.fractions()[result.clusters.group]
    assert v_measure(pops, result.clusters.group) >= bars["v"]
    assert fraction_error(phi[pops], found) < bars["error"]
    wanted = relations_of_mutations(pops - 1, relations_of(parents))
    assert relation_loss(wanted, relations_of_mutations(result.clusters.shares, result.trees.relations[:, :, 0])) < bars["rrl"]
    half, data = np.full(reads.alt.shape, 0.5), (reads.alt, reads.depth)
    loss = vaf_loss(*data, half, [(1.0, found)]) - vaf_loss(*data, half, [(1.0, phi[pops])])
    assert loss < bars.get("vaf", 0.0)


def test_a_made_up_tumour_is_found_again() -> None:
    """Five clones in four samples: clusters, the tree and the fractions of the generator."""
    reads, truth = generate(Plan(), 1)
    result = reconstruct(reads)
    is_sound(result)
    assert rand_index(truth.clone, result.clusters.group) == 1.0
    order = [int(np.flatnonzero(truth.clone == k)[0]) for k in range(5)]
    node = [result.fitting.index(int(result.clusters.group[i])) + 1 for i in order]
    found = [int(result.trees.parents[0][v - 1]) for v in node]
    assert [0 if p == 0 else node.index(p) + 1 for p in found] == truth.parents.tolist()
    assert fraction_error(truth.ccf[truth.clone], result.fractions()[result.clusters.group]) < 0.03


EDGES = {
    "one mutation in one sample": table([[30]], 100),
    "all mutations clonal": counts([[1.0, 1.0, 1.0]], [40], 200),
    "depth 1": table(np.random.Generator(np.random.Philox(0)).binomial(1, 0.3, (40, 3)), 1),
    "depth 100000": counts([[1.0, 0.9], [0.6, 0.2], [0.2, 0.4]], [10, 10, 10], 100_000),
    "nothing measured": table([[0, 0], [0, 0]], 0),
    "no mutated read": table(np.zeros((12, 2), np.int64), 200),
    "every read mutated": table(np.full((12, 2), 200), 200),
}


@pytest.mark.parametrize("name", EDGES)
def test_the_edges_of_what_can_be_read(name: str) -> None:
    """Each works, and what cannot be decided is said."""
    result = reconstruct(EDGES[name])
    is_sound(result)
    assert len(result.clusters.size) == (3 if name == "depth 100000" else len(np.unique(result.clusters.group)))
    assert any("depth" in line or "measured" in line for line in clone_summary(result)["undecided"])


def test_what_fits_no_tree_is_named_with_its_rule() -> None:
    """0.7 and 0.6 in one sample, each the larger one in another: no tree holds both, and the smaller cluster is named."""
    result = reconstruct(counts([[1.0, 1.0, 1.0], [0.7, 0.7, 0.1], [0.6, 0.1, 0.6]], [20, 12, 6], 1000))
    is_sound(result)
    (misfit,) = result.misfits
    assert result.clusters.size[misfit.cluster] == 6
    assert "is more than C1 1.00 in sample S0" in misfit.rule
    summary = clone_summary(result)
    assert summary["trees"][0]["parents"].count(None) == 1
    assert summary["clusters"][misfit.cluster]["fits"] is False


def test_missing_measurements_are_modelled_and_not_dropped() -> None:
    """A fifth of all pairs missing: every mutation is in a cluster, nearly all in their own."""
    reads, truth = generate(Plan(missing=0.2), 2)
    result = reconstruct(reads)
    assert result.clusters.group.size == len(reads.mutations)
    assert v_measure(truth.clone, result.clusters.group) > 0.9


def test_copies_are_told_from_reads() -> None:
    """Clonal mutations on two of three copies: the posterior of the multiplicity says two, the cell fraction one."""
    place = Copies(0.8, 2, 2, 1, 2, 1, 0.0, 0.001)
    alt = np.random.Generator(np.random.Philox(1)).binomial(500, 1.6 / 2.8, (10, 2))
    reads = Reads("x", "x", tuple(f"m{i}" for i in range(10)), ("A", "B"), alt, np.full((10, 2), 500), np.zeros_like(alt), (place,))
    found = mutations_of(reconstruct(reads))
    assert (found.copies[:, :, 1] > 0.99).all()
    assert (found.ccf[:, :, 0] > 0.97).all()


@pytest.mark.slow
def test_many_mutations_are_thinned_and_it_is_said() -> None:
    """More than the search takes: all are seated, and a note says what that costs."""
    reads = counts([[1.0, 1.0], [0.5, 0.2]], [9000, 3000], 100)
    result = reconstruct(reads)
    assert len(result.clusters.size) == 2
    assert rand_index(np.repeat([0, 1], [9000, 3000]), result.clusters.group) > 0.85
    assert any("12000 mutations are more than the search takes (10000)" in note for note in result.clusters.notes)


def test_the_same_seed_gives_the_same_bits_whatever_the_threads() -> None:
    """In processes with one and with four threads for every library that has them."""
    script = (
        "import hashlib; from refugia.inference.generator import Plan, generate;"
        "from refugia.inference.reconstruct import reconstruct;"
        "r = reconstruct(generate(Plan(clones=4, samples=3, mutations=30), 5)[0], seed=9);"
        "parts = r.ccf, r.low, r.trees.weights, r.trees.parents, r.clusters.group;"
        "print(hashlib.sha256(b''.join(a.tobytes() for a in parts)).hexdigest())"
    )
    said = set()
    for threads in ("1", "4"):
        names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")
        environment = {**os.environ, **dict.fromkeys(names, threads), "PYTHONHASHSEED": threads}
        said.add(subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, env=environment).stdout)
    assert len(said) == 1


def test_newick_and_page_hold_the_tree_and_no_tags_of_the_user() -> None:
    """Names of samples are letters on the page, whatever they hold."""
    reads = counts([[1.0, 1.0], [0.5, 0.1]], [8, 8], 300)
    result = reconstruct(Reads(**{**{f: getattr(reads, f) for f in Reads.__slots__}, "samples": ("<script>x</script>", "B")}))
    assert newick(result, result.trees.parents[0].tolist()) == "((C2)C1)normal_cells;"
    for through_time in (False, True):
        page = render_clones(result, through_time)
        assert "<script>x" not in page
        assert "What could not be decided" in page


def test_the_fewest_migrations_are_found() -> None:
    """Two clones of one metastasis came as one; cells of a clone elsewhere are a migration each."""
    chain = fewest(np.array([0, 1, 2]), [frozenset(), frozenset({0}), frozenset({1}), frozenset({1, 2})], ("P", "M1", "M2"))
    assert chain.labels == (0, 0, 1, 1)
    assert chain.moves == ((1, 0, 1), (3, 1, 2))
    spread = fewest(np.array([0, 1]), [frozenset(), frozenset({0, 1}), frozenset({1})], ("P", "M1"))
    assert (len(spread.moves), spread.pairs) == (2, 1)


@needs_data
@pytest.mark.slow
def test_migrations_of_simulated_cancers() -> None:
    """One set of machina_m5_mS: the true pairs of sites."""
    result = reconstruct(read(DATA / "machina_m5_mS" / "reads_seed0.tsv"))
    way = history(result, "P")
    true = {tuple(line.split()) for line in (DATA / "machina_m5_mS" / "G_seed0.tree").read_text().splitlines()}
    assert {(way.sites[a], way.sites[b]) for _, a, b in way.moves} == true
