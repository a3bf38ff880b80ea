"""Reads in a case: what they make of its clones, and every refusal, each on its line."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from refugia.catalog import read_files
from refugia.catalog.editor import case_schema
from refugia.catalog.notices import before_reconstruction
from refugia.catalog.reader import faults_of, parameters_of, parse_case, read_case
from refugia.cli.options import tell_compiling, tell_of_reads
from refugia.clones.census import Census
from refugia.course.case import Case
from refugia.course.values import with_values
from refugia.inference.reconstruct import reconstruct
from refugia.inference.standing import draws_of, limit, only_seen, seen
from refugia.report.citations import cite
from refugia.terms import InputError, Parameter
from tests.worlds.test_clones import counts, table

EXAMPLE = Path(__file__).parents[2] / "examples" / "reads" / "lung-with-reads.toml"
EXAMPLES = int(os.environ.get("REFUGIA_EXAMPLES", "60"))
MANY = settings(max_examples=EXAMPLES, deadline=None, database=None, suppress_health_check=list(HealthCheck))
HEAD = """like = "egfr-lung"

[meta]
id = "mine"
title = "Mine"
calibrated = false

[clones]
"""
ROWS = [("trunk", "a", 100, 100), ("branch", "a", 160, 40), ("trunk", "b", 100, 100), ("branch", "b", 200, 0)]


def long(rows: list[tuple[str, str, int, int]]) -> str:
    """A long table."""
    return "\n".join(["mutation_id\tsample_id\tref_counts\talt_counts", *("\t".join(map(str, row)) for row in rows)]) + "\n"


def written(folder: Path, clones: str = 'reads = "reads.tsv"\n', rows: list[tuple[str, str, int, int]] | None = None) -> Path:
    """A case with these lines on its clones, and its reads beside it."""
    (folder / "reads.tsv").write_text(long(ROWS if rows is None else rows), encoding="utf-8")
    path = folder / "mine.toml"
    path.write_text(HEAD + clones, encoding="utf-8")
    return path


def census(case: Case, site: str) -> Census:
    found = next(one.source.census for one in case.subject.sites if one.name == site)
    assert found is not None
    return found


def test_the_example_has_the_clones_of_its_reads() -> None:
    case = read_case(EXAMPLE)
    clones = case.subject.sites[0].source.clones
    assert [clone.name for clone in clones[:6]] == ["sensitive", "tolerant", "T790M", "MET", "C797S", "T790M+C797S"]
    assert {clone.cluster for clone in clones[:6]} == {""}
    assert all(clone.name.startswith(f"{clone.cluster} ") for clone in clones[6:])
    assert {clone.alterations for clone in clones[6:]} == {(), ("T790M",)}
    assert (census(case, "lung").found, census(case, "lung").limits) == (("T790M",), ())
    ((name, bound),) = census(case, "brain").limits
    assert name == "T790M" and 0.005 < bound < 0.05 and census(case, "brain").found == ()
    carrier = next(clone for clone in clones[6:] if clone.alterations)
    for drug in case.subject.drugs:
        assert [carrier.name in curve.clones for curve in drug.curves] == ["T790M" in curve.clones for curve in drug.curves]


def test_the_list_of_numbers_names_the_file_and_what_was_made_of_it() -> None:
    case = read_case(EXAMPLE)
    found = {number.id: number for number in parameters_of(case) if number.id.startswith("clones.reads")}
    assert "SHA-256" in found["clones.reads"].where and "with seed 0" in found["clones.reads"].where
    assert "reads.tsv" in found["clones.reads"].says
    assert found["clones.reads"].basis.value == "assumed"  # as this case says of its reads
    assert found["clones.reads.draw"].interval is not None
    assert any("unseen.T790M" in name for name in found)


def test_reads_of_no_paper_are_cited_as_the_file(tmp_path: Path) -> None:
    case = read_case(written(tmp_path))
    number = next(number for number in parameters_of(case) if number.id == "clones.reads")
    assert str(number.cite).startswith("Reads beside the case. reads.tsv, SHA-256 ")
    assert number.basis.value == "computed"
    assert "reads.tsv" in cite(case)


def test_the_draw_can_be_moved_as_any_assumed_number() -> None:
    """As a sensitivity does: at either end of its range stand the draws with the fewest and the most cells that resist."""
    case = read_case(EXAMPLE)
    share = []
    for end in (0.0, 1.0):
        source = with_values(case, {"clones.reads.draw": end}).subject.sites[0].source
        assert source.census is not None
        assert isinstance(source.census.lot, Parameter)
        parts = source.census.picked(np.array([source.census.lot.value]))[0]
        share.append(sum(part for part, clone in zip(parts, source.clones, strict=True) if clone.alterations))
    assert share[0] < share[1]


def test_a_second_look_reconstructs_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = read_case(written(tmp_path))
    monkeypatch.setattr("refugia.inference.reconstruct.reconstruct", lambda *_: pytest.fail("again"))
    assert census(read_case(written(tmp_path)), "lung").shares == census(first, "lung").shares
    monkeypatch.undo()
    read_files._KNOWN.clear()
    assert census(read_case(written(tmp_path)), "lung").shares == census(first, "lung").shares  # the same bits


def test_whoever_listens_is_told_before_a_reconstruction(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Once for each, and not where it is known; the command then says so where kernels have still to be compiled."""
    path = written(tmp_path)
    told: list[int] = []
    monkeypatch.setattr(read_files, "_KNOWN", {})
    before_reconstruction(lambda: told.append(1))
    for _ in range(2):
        read_case(path)
    before_reconstruction(None)
    assert told == [1]
    monkeypatch.setattr("refugia.engine.compiled.cache_folder", lambda kernel: None)
    tell_compiling.cache_clear()
    tell_of_reads()
    tell_of_reads()
    assert capsys.readouterr().err == "Compiling kernels, once after installation: this takes about a minute.\n"


def test_a_label_of_an_ssm_file_names_its_mutation(tmp_path: Path) -> None:
    case = written(tmp_path, 'reads = "reads.ssm"\ncarries = { "EGFR:T790M" = "T790M" }\n')
    head = "id\tname\tvar_reads\ttotal_reads\tvar_read_prob\n"
    (tmp_path / "reads.ssm").write_text(f"{head}s0\ttrunk\t100\t200\t0.5\ns1\tEGFR:T790M\t40\t200\t0.5\n", encoding="utf-8")
    assert census(read_case(case), "lung").found == ("T790M",)
    (tmp_path / "reads.params.json").symlink_to("/etc/hostname")
    (error,) = faults_of(case)
    assert "reads.params.json" in str(error) and "leads out" in str(error)


REFUSALS = [
    ('reads = "reads.tsv"\ncarries = { brunch = "T790M" }\n',
     'clones.carries: "brunch" is no mutation of reads.tsv. Did you mean "branch"?', 10),
    ('reads = "reads.tsv"\ncarries.branch = "T709M"\n',
     'clones.carries.branch: "T709M" is no alteration of this case. Did you mean "T790M"?', 10),
    ('reads = "reads.tsv"\nsamples.lnug = "a"\n', 'clones.samples: "lnug" is no site of this case. Did you mean "lung"?', 10),
    ('reads = "reads.tsv"\nsamples.lung = ["a",\n"c"]\n', 'clones.samples.lung: "c" is no sample of reads.tsv.', 10),
    ('reads = "reads.tsv"\nsamples.lung = []\n', 'clones.samples.lung: "a list of 0" is no sample of reads.tsv.', 10),
    ('reads = "reads.tsv"\nseed = -1\n', "clones.seed: -1 is less than 0.", 10),
    ('reads = "reads.tsv"\ncite = "nobody1999"\n', 'clones.cite: "nobody1999" is no key of the bibliography.', 10),
    ('reads = "reads.tsv"\nbasis = "guessed"\n', 'clones.basis: "guessed" is not one of the words known here.', 10),
    ('reads = "reads.tsv"\nraeds = 1\n', 'clones: "raeds" is not known here. Did you mean "reads"?', 10),
    ('carries = { branch = "T790M" }\n', 'clones: "reads" is missing.', 8),
    ("reads = 3\n", "clones.reads: 3 is not a text.", 9),
]  # fmt: skip


@pytest.mark.parametrize(("clones", "words", "line"), REFUSALS)
def test_every_fault_is_named_on_its_line(tmp_path: Path, clones: str, words: str, line: int) -> None:
    found = faults_of(written(tmp_path, clones))
    assert [error.line for error in found] == [line], [str(error) for error in found]
    assert words in str(found[0])


def test_all_faults_are_named_at_once(tmp_path: Path) -> None:
    clones = 'reads = "reads.tsv"\ncarries = { brunch = "T790M", branch = "M" }\nsamples.lnug = "a"\ncite = "nobody"\n'
    assert len(faults_of(written(tmp_path, clones))) == 4


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("../reads.tsv", "leads out of the directory of the case"), ("/etc/passwd", "leads out of the directory of the case"),
        ("..\\\\reads.tsv", "leads out"), ("C:reads.tsv", "leads out"), ("gone.tsv", "is not there"), (".", "is not a file"),
        ("", "is no name of a file"), ("link.tsv", "is a link that leads out"), ("folder/passwd", "is a link that leads out"),
        ("loop.tsv", "clones.reads"), ("pipe.tsv", "is not a file"), ("a\\u0000b", "clones.reads"), ("x" * 300, "clones.reads"),
    ],
)  # fmt: skip
def test_reads_lie_beside_the_case(tmp_path: Path, name: str, words: str) -> None:
    folder = tmp_path / "inside"
    folder.mkdir()
    (tmp_path / "reads.tsv").write_text(long(ROWS), encoding="utf-8")
    (folder / "link.tsv").symlink_to(tmp_path / "reads.tsv")
    (folder / "folder").symlink_to("/etc")
    (folder / "loop.tsv").symlink_to(folder / "loop.tsv")
    os.mkfifo(folder / "pipe.tsv")
    (error,) = faults_of(written(folder, f'reads = "{name}"\n'))
    assert words in str(error) and error.line == 9


def test_a_case_that_is_no_file_has_no_reads() -> None:
    with pytest.raises(InputError, match="cannot be looked up: this case is no file"):
        parse_case(HEAD + 'reads = "reads.tsv"\n', "mine.toml")


def test_a_bad_row_is_named_with_its_file(tmp_path: Path) -> None:
    (error,) = faults_of(written(tmp_path, rows=[("trunk", "a", 100, -1)]))
    assert (error.file, error.field) == ("reads.tsv", "row 2, alt_counts")


def test_a_file_that_is_too_large_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(read_files, "LARGEST", 50)
    (error,) = faults_of(written(tmp_path))
    assert "has more than 50 bytes" in str(error) and error.line == 9


def test_a_vcf_of_several_samples_is_refused(tmp_path: Path) -> None:
    case = written(tmp_path, 'reads = "calls.vcf"\n')
    head = "##fileformat=VCF\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tT\tN\n"
    (tmp_path / "calls.vcf").write_text(f"{head}1\t5\t.\tA\tC\t.\tPASS\t.\tAD\t10,10\t20,0\n", encoding="utf-8")
    (error,) = faults_of(case)
    assert "may be a normal sample" in str(error) and error.line == 9


def test_a_genotype_that_no_clone_has_is_refused(tmp_path: Path) -> None:
    """Nothing says how cells with both would respond."""
    rows = [("trunk", "a", 100, 100), ("branch", "a", 120, 80), ("twig", "a", 160, 40)]
    (error,) = faults_of(written(tmp_path, 'reads = "reads.tsv"\ncarries = { branch = "T790M", twig = "MET" }\n', rows))
    assert "with MET and T790M, as no genotype here" in str(error) and error.line == 9


def test_a_mutation_that_fits_no_tree_carries_nothing(tmp_path: Path) -> None:
    """Three clones of which each two exceed the cells somewhere, and none can hold another."""
    share = {"x": (90, 90, 10), "y": (90, 10, 90), "z": (10, 90, 90)}
    rows = [(f"{name}{n}", sample, 20 * (100 - part // 2), 20 * part // 2) for n in range(5) for name, parts in share.items()
            for sample, part in zip("abc", parts, strict=True)]  # fmt: skip
    lines = "".join(f'carries.{name}0 = "T790M"\n' for name in share)
    found = faults_of(written(tmp_path, f'reads = "reads.tsv"\n{lines}', rows))
    assert len(found) == 1 and "fits no tree" in str(found[0]) and found[0].line in (10, 11, 12)


def test_the_genotypes_may_stand_in_the_same_table(tmp_path: Path) -> None:
    """The whole form, as a case of one's own has it: the list of clones goes into [[clones.genotypes]]."""
    from importlib.resources import files

    text = (files("refugia.catalog") / "cases" / "egfr-lung.toml").read_text(encoding="utf-8")
    text = text.replace("[[clones]]", "[[clones.genotypes]]")
    text = text.replace("[[alterations]]", '[clones]\nreads = "reads.tsv"\n\n[[alterations]]', 1)
    (tmp_path / "reads.tsv").write_text(long(ROWS), encoding="utf-8")
    (tmp_path / "whole.toml").write_text(text, encoding="utf-8")
    whole, like = read_case(tmp_path / "whole.toml"), read_case(written(tmp_path))
    assert whole.subject.sites[0].source.census == like.subject.sites[0].source.census
    wrong = text.replace('alterations = ["T790M"]', 'alterations = ["T709M"]')
    (tmp_path / "whole.toml").write_text(wrong, encoding="utf-8")
    (error,) = faults_of(tmp_path / "whole.toml")
    assert error.field == "clones.genotypes[2].alterations[0]" and "T709M" in wrong.split("\n")[(error.line or 0) - 1]


@pytest.mark.parametrize(
    ("clones", "fits"),
    [
        ({"reads": "r.tsv"}, True), ({"reads": "r.tsv", "carries": {"EGFR:T790M": "T790M"}, "samples": {"lung": ["a"]}}, True),
        ({"carries": {}}, False), ({"reads": "r.tsv", "raeds": 1}, False), ({"reads": "r.tsv", "seed": -1}, False),
    ],
)  # fmt: skip
def test_editors_see_it(clones: dict[str, Any], fits: bool) -> None:
    seen_by = Draft202012Validator(case_schema())
    case = {"like": "egfr-lung", "meta": {"id": "m", "title": "M", "calibrated": False}, "instead": {}, "clones": clones}
    assert seen_by.is_valid(case) == fits


def test_draws_are_the_posterior() -> None:
    """As many draws of a tree as its weight asks for; the parts of a sample add up to one; twice the same."""
    result = reconstruct(counts([[1.0, 1.0], [0.4, 0.3], [0.25, 0.35]], [6, 6, 6], 200), 0)
    draws = draws_of(result)
    assert np.allclose(draws.own.sum(axis=1), 1.0) and (draws.own >= 0.0).all()
    numbers = np.bincount(draws.tree, minlength=len(draws.parents)) / draws.tree.size
    assert np.abs(numbers - result.trees.weights[: numbers.size]).max() <= 0.5 / draws.tree.size + 1e-9
    same = draws_of(result)
    assert np.array_equal(same.own, draws.own)


def test_what_no_read_supports_goes_to_the_clone_above() -> None:
    result = reconstruct(counts([[1.0, 1.0], [0.4, 0.0]], [6, 6], 200), 0)
    visible, draws = seen(result), draws_of(result)
    assert visible[:, 0].all() and visible[:, 1].sum() == visible.shape[0] - 1
    own = only_seen(draws, visible)
    assert np.allclose(own.sum(axis=1), 1.0) and (own >= 0.0).all()
    assert not own[:, ~visible[:, 1], 1].any() and np.array_equal(own[:, :, 0], draws.own[:, :, 0])
    assert draws.own[:, ~visible[:, 1], 1].any()  # the prior's part


@MANY
@given(st.integers(0, 5), st.integers(1, 10_000))
def test_the_limit_is_what_would_have_been_seen(alt: int, depth: int) -> None:
    """At the limit, so few reads have a chance of 5 %; deeper reads see less."""
    from scipy.stats import poisson

    reads = table([[min(alt, depth)]], depth)
    found = limit(reads, [0], [0])
    assert 0.0 < found <= 1.0
    if found < 1.0:
        assert poisson.cdf(min(alt, depth), found * depth * 0.5) == pytest.approx(0.05, abs=0.002)  # errors are one in a thousand
        assert limit(table([[min(alt, depth)]], 2 * depth), [0], [0]) == pytest.approx(found / 2, rel=1e-6)


NAMES = st.sampled_from(["reads.tsv", "branch", "T790M", "a", "lung"])
VALUES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | NAMES
TABLES = st.dictionaries(st.sampled_from(["branch", "trunk", "lung", "x", ""]), VALUES | st.lists(VALUES, max_size=3), max_size=3)


@MANY
@given(st.dictionaries(st.sampled_from(["reads", "carries", "samples", "seed", "cite", "basis", "x"]), VALUES | TABLES, max_size=5))
def test_whatever_stands_there_is_read_or_refused(tmp_path_factory: pytest.TempPathFactory, clones: dict[str, Any]) -> None:
    """A case, or refusals of one line each that name a way out: no other error reaches the user."""
    from refugia.catalog.faults import Faults
    from refugia.catalog.place import Place
    from refugia.catalog.reader import _built

    folder = tmp_path_factory.getbasetemp()
    (folder / "reads.tsv").write_text(long(ROWS), encoding="utf-8")
    faults = Faults()
    raw = {"like": "egfr-lung", "meta": {"id": "m", "title": "M", "calibrated": False}, "clones": clones}
    case = Place("m.toml", faults=faults).part(_built, raw, Place("m.toml", faults=faults), folder)
    for error in faults.found:
        assert str(error).isprintable() and len(str(error)) < 900 and error.way_out
    assert faults.found or census(case, "lung").shares


@MANY
@given(st.binary(max_size=80) | st.text(max_size=80).map(str.encode) | st.just(long(ROWS).encode()[:-9]))
def test_whatever_stands_in_the_file_is_read_or_refused(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    folder = tmp_path_factory.getbasetemp()
    case = written(folder)
    (folder / "reads.tsv").write_bytes(content)
    for error in faults_of(case):
        assert str(error).isprintable() and len(str(error)) < 900 and error.way_out
