"""The command: what it prints, what it leaves, and how it refuses."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
import tomllib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from refugia.catalog.study import Study, read_study
from refugia.catalog.texts import case_text, study_standing, study_text
from refugia.cli.catalogue import check_studies
from refugia.terms import InputError

SHARE = {"mechanism", "part_of", "merit", "alone", "last", "share", "low", "high"}


def refugia(*words: str, where: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "refugia.cli", *words], cwd=where, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def quick(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The default case, cut short: a file of the user's own."""
    text = case_text("egfr-lung")
    for old, new in (('horizon = "720 d"', 'horizon = "84 d"'), ("shells = 8", "shells = 3"), ('id = "egfr-lung"', 'id = "mine"')):
        assert text.count(old) == 1
        text = text.replace(old, new)
    file = tmp_path_factory.mktemp("case") / "mine.toml"
    file.write_text(text, encoding="utf-8")
    return file


@pytest.fixture(scope="module")
def dissected(quick: Path) -> tuple[Path, dict[str, object]]:
    """The folder that a dissection left, and the JSON that it printed."""
    done = refugia("dissect", "mine.toml", "--replicates", "3", "--seed", "4", "--json", where=quick.parent)
    assert done.returncode == 0, done.stderr
    return quick.parent / "refugia-out" / "mine", json.loads(done.stdout)


def test_json_says_what_the_issue_asks(dissected: tuple[Path, dict[str, object]]) -> None:
    _, said = dissected
    names = {"case", "seed", "replicates", "sites", "body", "shares", "interactions", "rescue", "evidence", "assumed", "calibrated"}
    assert set(said) == names
    assert (said["case"], said["seed"], said["replicates"], said["calibrated"]) == ("mine", 4, 3, True)
    assert all(set(row) >= {"levers", "merit", "gain", "low", "high", "fraction_of_ideal"} for row in said["rescue"])
    assert ["switch to osimertinib"] in [row["levers"] for row in said["rescue"]]
    assert set(said["sites"]) == {"lung", "liver", "brain", "occult brain"}
    for timing in (*said["sites"].values(), said["body"]):
        assert set(timing["progression_days"]) == {"median", "q10", "q90", "censored"}
    assert all(set(row) >= SHARE for row in said["shares"])
    assert {row["mechanism"] for row in said["shares"] if row["part_of"] == "wall"} == {"wall tightness", "wall pumps"}
    assert len(said["interactions"]) == 2 * 8 * 7 / 2
    assert all(set(row) == {"a", "b", "merit", "value", "low", "high"} for row in said["interactions"])
    assert said["assumed"] > 30


def test_files_lie_where_they_should(dissected: tuple[Path, dict[str, object]]) -> None:
    folder, said = dissected
    assert {entry.name for entry in folder.iterdir()} >= {
        "shares.csv", "interactions.csv", "course.zarr", "parameters.csv", "provenance.json", "summary.json", "ideals.csv",
        "rescue.csv", "rescue_sites.csv", "report.html", "evidence.csv",
    }  # fmt: skip
    assert not [entry for entry in folder.parent.iterdir() if entry != folder]
    with (folder / "shares.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [row["share"] for row in rows] == [format(row["share"], ".6g") for row in said["shares"]]
    assert json.loads((folder / "summary.json").read_text()) == said


def test_every_variable_of_the_course_has_a_unit(dissected: tuple[Path, dict[str, object]]) -> None:
    with xr.open_zarr(dissected[0] / "course.zarr", chunks=None) as course:
        assert all(variable.attrs.get("units") for variable in course.variables.values())
        assert course.sizes["patient"] == 3
        assert float(np.median(course.volume.isel(day=0).sel(site="lung").values)) == pytest.approx(33510.3, rel=1e-5)


def test_threads_change_no_digit(quick: Path, dissected: tuple[Path, dict[str, object]]) -> None:
    words = ("dissect", "mine.toml", "--replicates", "3", "--seed", "4", "--json", "--threads", "1", "--out", "one")
    assert json.loads(refugia(*words, where=quick.parent).stdout) == dissected[1]
    for name in ("shares.csv", "interactions.csv", "parameters.csv", "provenance.json", "report.html"):
        assert (quick.parent / "one" / name).read_bytes() == (dissected[0] / name).read_bytes()


def test_scans_make_progression_a_day_of_a_scan(quick: Path) -> None:
    file = quick.parent / "scanned.toml"
    file.write_text(quick.read_text().replace('horizon = "84 d"', 'horizon = "84 d"\nscans = ["28 d", "56 d", "84 d"]'))
    done = refugia("run", "scanned.toml", "--replicates", "8", "--json", "--out", "scanned", where=quick.parent)
    assert done.returncode == 0, done.stderr
    with xr.open_zarr(quick.parent / "scanned" / "course.zarr") as course:
        days = course.body_progression.values
    assert all(day in (28.0, 56.0, 84.0) or day != day for day in days)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("dissect", "egfr-lnug"), "egfr-lung"),
        (("dissect", "egfr-lung", "--replicates", "0"), "--replicates: 0 is no number of patients"),
        (("dissect", "egfr-lung", "--seed", "-1"), "--seed: -1 is no seed"),
        (("run", "nowhere.toml"), "nowhere.toml"),
        (("case", "check", "."), "is not a file"),
        (("study", "check", "baxter1989_presure"), "baxter1989_pressure"),
    ],
)
def test_a_refusal_is_one_message_and_exit_code_2(words: tuple[str, ...], says: str, tmp_path: Path) -> None:
    done = refugia(*words, where=tmp_path)
    assert done.returncode == 2
    assert says in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""
    assert len(done.stderr.strip().splitlines()) == 1
    assert not list(tmp_path.iterdir())


def test_a_place_with_other_files_is_left_alone(quick: Path, tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    done = refugia("run", str(quick), "--replicates", "1", "--out", str(tmp_path), where=tmp_path)
    assert (done.returncode, [entry.name for entry in tmp_path.iterdir()]) == (2, ["thesis.txt"])
    assert "other files" in done.stderr


def test_a_result_with_a_file_of_the_users_is_left_alone(quick: Path, tmp_path: Path) -> None:
    words = ("run", str(quick), "--replicates", "1", "--out", "kept")
    assert refugia(*words, where=tmp_path).returncode == 0
    (tmp_path / "kept" / "mine.txt").write_text("my own")
    done = refugia(*words, where=tmp_path)
    assert (done.returncode, (tmp_path / "kept" / "mine.txt").read_text()) == (2, "my own")


def test_an_earlier_result_is_replaced_as_a_whole(quick: Path, tmp_path: Path) -> None:
    for seed in ("1", "2"):
        done = refugia("run", str(quick), "--replicates", "1", "--seed", seed, "--out", "kept", where=tmp_path)
        assert done.returncode == 0, done.stderr
        assert ("Files: kept/ (an earlier result there was replaced)" in done.stdout) is (seed == "2")
    assert json.loads((tmp_path / "kept" / "provenance.json").read_text())["seed"] == 2
    assert [entry.name for entry in tmp_path.iterdir()] == ["kept"]


def test_studies_check_in_json(tmp_path: Path) -> None:
    done = refugia("study", "check", "grimes2014_oxygen", "--json", where=tmp_path)
    rows = json.loads(done.stdout)
    assert done.returncode == 0
    assert rows
    assert set(rows[0]) == {"study", "says", "expected", "computed", "within", "unit", "ok", "basis", "status"}
    assert {row["status"] for row in rows} == {"read twice"}


def test_the_table_of_a_study_is_printed_once_it_is_done_and_says_the_units(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Also where a later study ends otherwise; and a name that is none is refused before anything is run."""
    from refugia.catalog import checks

    first = checks.checked

    def second_fails(study: Study, progress: Callable[[int, int], None]) -> list[checks.Row]:
        if study.id != "grimes2014_oxygen":
            raise KeyError(study.id)
        seen: list[tuple[int, int]] = []
        rows = first(study, lambda done, total: seen.append((done, total)))
        assert seen == [(done, len(rows)) for done in range(len(rows) + 1)]
        return rows

    monkeypatch.setattr(checks, "checked", second_fails)
    with pytest.raises(KeyError):
        check_studies(["grimes2014_oxygen", "baxter1989_pressure"])
    shown = capsys.readouterr().out
    assert "largest spheroid without a core" in shown and "mmHg" in shown
    with pytest.raises(InputError):
        check_studies(["grimes2014_oxygen", "nobody"])
    assert capsys.readouterr().out == ""


def test_a_study_says_how_far_it_was_read() -> None:
    """In comments, so that what is shown is still the study's file; what is settled, unsourced or open is named."""
    text = study_text("laginha2005_liposome")
    head = text.splitlines()[:4]
    assert head[0] == "# Status: read twice." and "catalog/readings/laginha2005_liposome.toml" in head[1]
    assert head[2].startswith("# Settled, effective_pressure: ") and "assumed: drug_radius, drug_permeability" in head[3]
    assert tomllib.loads(text)["id"] == "laginha2005_liposome"
    first = read_study("grimes2014_oxygen")
    other = replace(first, inputs={**first.inputs, "consumption": replace(first.inputs["consumption"], value=1.0)})
    said = study_standing(other)
    assert said[0] == "Status: provisional." and said[-1].startswith("Open, input consumption: 1 ")
    assert study_standing(replace(first, id="nobody"))[1] == "Nobody has read it a second time yet."


def test_the_small_commands_speak(tmp_path: Path) -> None:
    for words, says in (
        (("case", "list"), "egfr-lung"), (("case", "show", "egfr-lung"), "[[sites]]"), (("case", "check", "egfr-lung"), "fits"),
        (("parameters", "egfr-lung"), "assumed"), (("cite", "egfr-lung"), "Baxter"), (("study", "list"), "read twice"),
        (("cite", "grimes2014_oxygen"), "Grimes et al. (2014)"), (("study", "list", "--json"), '"status": "read twice"'),
        (("study", "run", "grimes2014_oxygen"), "largest spheroid"),
        (("study", "show", "baxter1989_pressure"), "[inputs]"), (("doctor",), "known answer")):  # fmt: skip
        done = refugia(*words, where=tmp_path)
        assert done.returncode == 0, (words, done.stderr)
        assert says in done.stdout
