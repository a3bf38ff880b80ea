"""Evidence beside the clones of a dissection: in the summary, as CSV and on the page; what ships alone, unless asked otherwise."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from refugia.catalog.evidence.civic import read_civic
from refugia.catalog.evidence.search import NOT_LISTED, Query, Sources, search, sources
from refugia.catalog.evidence.store import VARIABLE, add_release
from refugia.catalog.evidence.tables import shipped
from refugia.catalog.reader import parameters_of, read_case
from refugia.cli import app
from refugia.course.case import Case
from refugia.report.evidence import BESIDE_COLUMNS, evidence_beside, evidence_summary, mechanism_rows
from refugia.report.page.render import dissection_page, render
from refugia.report.tables import summary, write_dissection
from tests.unit import civic_table, made

SHIP = Sources((shipped()[0],))


@pytest.fixture(scope="module")
def case() -> Case:
    return read_case("egfr-lung")


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """A store with one release, in which two items contradict each other."""
    file, store = tmp_path / civic_table.NAME, tmp_path / "evidence.sqlite"
    file.write_text(civic_table.text(civic_table.rows()), encoding="utf-8")
    add_release(store, read_civic(file))
    return store


def test_what_ships_is_searched_and_nothing_else(case: Case, own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same case gives the same answer whatever the user has imported."""
    before = evidence_beside(case)
    monkeypatch.setenv(VARIABLE, str(own))
    assert evidence_beside(case) == before
    assert [one["release"] for one in before["releases"]] == ["three-step review"]
    assert {row["release"] for row in before["rows"]} <= {"three-step review", ""}


def test_every_clone_and_drug_has_a_row(case: Case) -> None:
    """What is not listed says so; it is no row without words."""
    rows = evidence_beside(case)["rows"]
    carried = {name for clone in case.subject.sites[0].source.clones for name in clone.alterations}
    assert {(row["alteration"], row["drug"]) for row in rows} == {(a, d.name) for a in carried for d in case.subject.drugs}
    assert all(row["id"] or NOT_LISTED in row["statement"] for row in rows)


def test_items_that_contradict_name_each_other(case: Case, own: Path) -> None:
    """On both sides, and from one release to another."""
    rows = evidence_beside(case, sources(own))["rows"]
    against = {row["id"]: set(row["conflicts"].split(", ")) for row in rows if row["conflicts"] and row["drug"] == "gefitinib"}
    less, more = {"EID1", "TSR-2-13", "TSR-2-14"}, {"EID2", "EID3"}
    assert against == {**dict.fromkeys(less, more), **dict.fromkeys(more, less)}


def test_it_stands_in_the_files_and_on_the_page(case: Case, tmp_path: Path) -> None:
    short = made.cut(case)
    timing = made.course(case, 2).timings()["body"]
    why = made.dissection(short, [made.share("tolerance", "control", (0.5, 0.4, 0.6))], timing, 2)
    write_dissection(tmp_path, why, parameters_of(short))
    with (tmp_path / "evidence.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert tuple(rows[0]) == BESIDE_COLUMNS
    assert json.loads((tmp_path / "summary.json").read_text())["evidence"]["rows"] == rows
    said = json.loads((tmp_path / "provenance.json").read_text())["evidence"]
    assert said == [{"release": "three-step review", "sha256": shipped()[0].sha256}]
    page = render(dissection_page(why, made.course(case, 2), parameters_of(short)))
    assert page.count("TSR-2-13") >= 1 and "Not listed is not" in page and shipped()[0].sha256 in page
    assert json.loads(json.dumps(summary(why, parameters_of(short))))["evidence"]["rows"] == rows


def test_what_a_user_wrote_is_escaped(case: Case) -> None:
    spell = "<script>alert(1)</script>"
    sites = tuple(
        replace(s, source=replace(s.source, clones=tuple(replace(c, name=f"{c.name}{spell}") for c in s.source.clones)))
        for s in case.subject.sites
    )
    short = made.cut(replace(case, subject=replace(case.subject, sites=sites)))
    ran = made.course(case, 2)
    why = made.dissection(short, [made.share("tolerance", "control", (0.5, 0.4, 0.6))], ran.timings()["body"], 2)
    assert spell not in render(dissection_page(why, ran, parameters_of(short)))


def test_a_case_without_alterations_looks_nothing_up(case: Case) -> None:
    from refugia.report.page.evidence import known

    sites = tuple(replace(s, source=replace(s.source, clones=s.source.clones[:2])) for s in case.subject.sites)
    found = evidence_beside(replace(case, subject=replace(case.subject, sites=sites)))
    assert found["rows"] == [] and "nothing was looked up" in known(found).says[0]


def test_a_mechanism_of_a_combination_says_so() -> None:
    answer = search(Query("EGFR", "T790M"), SHIP)
    rows = {row["mechanism_class"]: row for row in mechanism_rows(answer)}
    bypass = rows["downstream or bypass activation"]
    assert bypass["match"] == "only together with other alterations" and bypass["profile"] == "EGFR T790M AND MET amplification"
    assert rows["catalytic-domain steric hindrance"]["match"] == "same alteration"
    printed = CliRunner().invoke(app, ["evidence", "EGFR", "T790M", "--store", "/nowhere/none"]).output
    said = " ".join(printed.split())
    assert "section 3.1.2). Match: only together with other alterations (EGFR T790M AND MET amplification)." in said


def test_a_gene_of_which_nothing_speaks() -> None:
    notes = evidence_summary(search(Query("EGRF", "T790M"), SHIP))["notes"]
    way_out = "All genes that are listed: refugia evidence list --genes."
    assert notes == [f'No item speaks of a gene "EGRF". Did you mean "EGFR"? {way_out}']
    assert search(Query("EGFR", "Q1Q"), SHIP).notes == () and search(Query(disease="breast cancer"), SHIP).notes == ()


def test_the_genes_are_listed(own: Path) -> None:
    runner = CliRunner()
    assert "EGFR, KRAS" in runner.invoke(app, ["evidence", "list", "--genes"]).output
    found = json.loads(runner.invoke(app, ["evidence", "list", "--genes", "--json", "--store", str(own)]).output)
    assert found == list(sources(own).genes()) and "EML4" in found


def test_a_store_without_a_release_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, str(tmp_path / "none.sqlite"))
    found = CliRunner().invoke(app, ["dissect", "egfr-lung", "--evidence", "--out", str(tmp_path / "out")])
    assert found.exit_code != 0 and "holds no release" in str(found.exception) and not (tmp_path / "out").exists()
