"""The command `refugia sample`: what it writes and says, what it refuses, and that clones can be found again in what it wrote."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from refugia.cli import app
from refugia.inference.reads.opening import read
from refugia.inference.reconstruct import reconstruct
from refugia.inference.scores import fraction_error, v_measure
from refugia.terms import InputError
from tests.unit.tumour_made import ALTERATIONS, GENOTYPES, stored

TOLD = {"alterations": {"T790M": ["T790M"], "MET": ["MET"]}, "amplifications": ["MET"]}
FILES = {"reads.tsv", "regions.tsv", "truth.json", "provenance.json"}
SMALL = ("--regions", "4", "--depth", "100", "--day", "720")


def run(*words: str) -> tuple[int, str, BaseException | None]:
    """Exit code, output and error of the command."""
    answer = CliRunner().invoke(app, ["sample", *words])
    return answer.exit_code, answer.stdout, answer.exception


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A result with one tissue."""
    return stored(tmp_path_factory.mktemp("result"), TOLD)


def test_reads_can_be_read_and_the_truth_fits_them(result: Path, tmp_path: Path) -> None:
    code, said, _ = run(str(result), "--out", str(tmp_path / "a"), "--json", *SMALL)
    assert code == 0
    assert {path.name for path in (tmp_path / "a").iterdir()} == FILES
    truth = json.loads(said)
    assert json.loads((tmp_path / "a" / "truth.json").read_text()) == truth
    reads = read(tmp_path / "a" / "reads.tsv", None)
    assert list(reads.samples) == truth["samples"] == ["R1", "R2", "R3", "R4"]
    assert list(reads.mutations) == [entry["id"] for entry in truth["mutations"]]
    assert {place.purity for place in reads.places if place.purity != 1.0} == {0.7}
    vaf = np.array([entry["expected_vaf"] for entry in truth["mutations"]])
    assert np.abs(reads.alt / np.maximum(reads.depth, 1) - vaf).mean() < 0.05
    assert len(truth["parents"]) == len(truth["clusters"]) == len(truth["ccf"])
    assert {entry["basis"] for entry in truth["numbers"]} == {"published", "assumed"}
    again = run(str(result), *SMALL)
    beside = result.with_name(f"{result.name}-sample")
    assert "Next: refugia clones" in again[1]
    for name in FILES:
        assert (tmp_path / "a" / name).read_bytes() == (beside / name).read_bytes()


def test_cells_come_with_their_genealogy(result: Path, tmp_path: Path) -> None:
    tskit, anndata = pytest.importorskip("tskit"), pytest.importorskip("anndata")
    code, _, trouble = run(str(result / "tissue-lung.zarr"), "--out", str(tmp_path / "out"), "--cells", "60", *SMALL)
    assert code == 0, trouble
    assert {path.name for path in (tmp_path / "out").iterdir()} == FILES | {"tree.newick", "genealogy.trees", "cells.h5ad"}
    trees = tskit.load(tmp_path / "out" / "genealogy.trees")
    table = anndata.read_h5ad(tmp_path / "out" / "cells.h5ad")
    assert trees.num_samples == table.n_obs == 60
    assert list(table.var_names) == list(ALTERATIONS)
    assert set(table.obs["genotype"]) <= set(GENOTYPES)
    assert set(table.obs["region"]) <= {1.0, 2.0, 3.0, 4.0}
    assert (tmp_path / "out" / "tree.newick").read_text().endswith(";\n")


@pytest.mark.parametrize(
    "words, said",
    [
        (("--purity", "0"), "--purity: 0.0 is no purity"),
        (("--purity", "1.2"), "--purity: 1.2 is no purity"),
        (("--purity", "nan"), "--purity: nan is no purity"),
        (("--depth", "0"), "--depth: 0 is no depth"),
        (("--regions", "0"), "--regions: 0 is no number of regions"),
        (("--regions", "1000", "--depth", "1400"), "--regions: 1000 regions find no room"),
        (("--cells", "0"), "--cells: 0 is no number of cells"),
        (("--cells", "999999"), "is more than the"),
        (("--day", "50"), r"--day: 50.0 has no frame. The nearest days with one: 0 and 720."),
        (("--day", "nan"), "--day: nan has no frame"),
        (("--day", "inf"), "--day: inf has no frame"),
        (("--day", "900"), "holds no cell on that day"),
        (("--site", "brain"), '--site: "brain" has no tissue in'),
        (("--seed", "-1"), "--seed: -1 is no seed"),
    ],
)
def test_what_cannot_be_is_refused(result: Path, tmp_path: Path, words: tuple[str, ...], said: str) -> None:
    _, _, trouble = run(str(result), "--out", str(tmp_path / "out"), *SMALL, *words)
    assert isinstance(trouble, InputError)
    assert said in str(trouble)
    assert not (tmp_path / "out").exists()


def test_places_without_a_tissue_or_with_several_are_refused(tmp_path: Path) -> None:
    _, _, trouble = run(str(tmp_path), *SMALL)
    assert "holds no tissue" in str(trouble)
    stored(stored(tmp_path), site="brain")
    _, _, trouble = run(str(tmp_path), "--out", str(tmp_path / "out"), *SMALL)
    assert "Name one of brain, lung" in str(trouble)
    assert run(str(tmp_path), "--site", "brain", "--out", str(tmp_path / "out"), *SMALL)[0] == 0
    truth = json.loads((tmp_path / "out" / "truth.json").read_text())
    assert truth["site"] == "brain"
    assert truth["amplifications"] == []


@pytest.mark.parametrize("regions, seed", [(4, 0), *(pytest.param(8, seed, marks=pytest.mark.slow) for seed in range(8))])
def test_clones_are_found_again(result: Path, tmp_path: Path, regions: int, seed: int) -> None:
    """The loop: tissue, reads, clusters and trees, scores. Eight clones, depth 200, purity 0.7, copies known.

    Over eight seeds with eight regions V is 0.87 to 1, with a mean of 0.97, and the mean error of the fraction 0.009.
    """
    words = ("--out", str(tmp_path / "out"), "--day", "720", "--seed", str(seed), "--regions", str(regions))
    assert run(str(result), *words)[0] == 0
    truth = json.loads((tmp_path / "out" / "truth.json").read_text())
    found = reconstruct(read(tmp_path / "out" / "reads.tsv", None), 0)
    cluster = np.array([entry["cluster"] for entry in truth["mutations"]])
    v = v_measure(cluster, found.clusters.group)
    error = fraction_error(np.array(truth["ccf"])[cluster], found.fractions()[found.clusters.group])
    print(f"seed {seed}: V {v:.3f}, error of the fraction {error:.4f}")
    assert v > 0.8
    assert error < 0.03
