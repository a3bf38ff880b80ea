"""The command `refugia clones`: what it writes, what it prints, and what it refuses."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from refugia.cli import app
from refugia.terms import InputError
from tests.unit.test_clone_readers import SEGMENTS, SSM, VCF

HEAD = "mutation_id\tsample_id\tref_counts\talt_counts\tmajor_cn\tminor_cn\n"
ALT = {"A": (50, 20), "B": (49, 30)}
ROWS = [(f"m{i}", sample, 100 - alt[i // 4], alt[i // 4]) for i in range(8) for sample, alt in ALT.items()]
LONG = HEAD + "".join(f"{m}\t{s}\t{ref}\t{alt}\t1\t1\n" for m, s, ref, alt in ROWS)
FILES = {"clones.json", "clones.html", "clones.tsv", "mutations.tsv", "relations.tsv", "trees.tsv", "trees.nwk", "provenance.json"}


def run(*words: str) -> tuple[int, str, BaseException | None]:
    """Exit code, output and error of the command."""
    answer = CliRunner().invoke(app, ["clones", *words])
    return answer.exit_code, answer.stdout, answer.exception


def test_reads_become_clones_on_disk_and_on_the_screen(tmp_path: Path) -> None:
    """All files; JSON with the keys that are promised; the same from gzip."""
    place = tmp_path / "reads.tsv.gz"
    place.write_bytes(gzip.compress(LONG.replace("\n", "\r\n").encode()))
    code, said, _ = run(str(place), "--out", str(tmp_path / "out"), "--json")
    assert code == 0
    assert {path.name for path in (tmp_path / "out").iterdir()} == FILES
    content = json.loads(said)
    assert {"samples", "clusters", "ccf", "trees", "relations", "proportions"} <= set(content)
    assert content["samples"] == ["A", "B"]
    assert [len(entry["mutations"]) for entry in content["clusters"]] == [4, 4]
    assert content["trees"][0]["parents"] == [0, 1]
    assert content["ccf"][1] == pytest.approx([0.4, 0.6], abs=0.05)
    assert json.loads((tmp_path / "out" / "clones.json").read_text()) == content
    code, said, _ = run(str(place), "--out", str(tmp_path / "out"), "--samples", "B,A", "--through-time")
    assert code == 0
    assert "((C2)C1)normal_cells;" in said
    assert "an earlier result there was replaced" in " ".join(said.split())


def test_given_clusters_and_sites(tmp_path: Path) -> None:
    """Clusters of the parameters are taken as they are; sites give a history."""
    (tmp_path / "x.ssm").write_text(SSM)
    (tmp_path / "x.params.json").write_text('{"samples": ["A", "B"], "clusters": [["s0"], ["s1"]]}')
    words = (str(tmp_path / "x.ssm"), "--out", str(tmp_path / "out"), "--json")
    code, said, _ = run(*words, "--given-clusters", "--sites", "A=lung,B=liver", "--primary", "lung")
    assert code == 0
    content = json.loads(said)
    assert [entry["mutations"] for entry in content["clusters"]] == [["s0"], ["s1"]]
    assert {"moves", "labels", "primary"} <= set(content["migrations"])
    assert (tmp_path / "out" / "migrations.tsv").exists()


def test_a_vcf_asks_which_columns_are_tumours(tmp_path: Path) -> None:
    """The normal sample is never taken for a tumour by default; segments are laid under the calls."""
    (tmp_path / "x.vcf").write_text(VCF)
    (tmp_path / "s.tsv").write_text(SEGMENTS)
    words = (str(tmp_path / "x.vcf"), "--out", str(tmp_path / "out"), "--segments", str(tmp_path / "s.tsv"), "--json")
    code, _, error = run(*words)
    assert code != 0
    assert "Name the tumours by --samples, of N, T." in str(error)
    code, said, _ = run(*words, "--samples", "T")
    assert code == 0
    assert json.loads(said)["samples"] == ["T"]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--purity", "2"), "is no purity"),
        (("--purity", "A=x"), "Write 0.7 for all samples"),
        (("--samples", "C"), "is no sample of reads.tsv"),
        (("--copy-model", "x"), "is no copy model"),
        (("--founder", "0"), "are no odds"),
        (("--given-clusters",), "brings no clusters along"),
        (("--sites", "A=lung"), "has no site"),
        (("--primary", "lung"), "needs the site of every sample"),
        (("--seed", "-1"), "is no seed"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_written(tmp_path: Path, words: tuple[str, ...], says: str) -> None:
    (tmp_path / "reads.tsv").write_text(LONG)
    code, _, error = run(str(tmp_path / "reads.tsv"), "--out", str(tmp_path / "out"), *words)
    assert code != 0
    assert isinstance(error, InputError)
    assert says in str(error)
    assert not (tmp_path / "out").exists()
