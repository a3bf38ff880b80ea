"""The commands for trials and calibration: what they print, what they leave, and how they refuse."""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from refugia.catalog.derived import whole
from refugia.catalog.place import Place
from refugia.terms import InputError


def refugia(*words: str, where: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "refugia.cli", *words], cwd=where, capture_output=True, text=True, check=False)


def test_the_trials_are_listed_with_their_arms(tmp_path: Path) -> None:
    said = refugia("trial", "list", where=tmp_path).stdout.splitlines()
    assert [line.split()[0] for line in said] == ["ensure", "eurtac", "flaura", "nej026", "optimal"]
    assert "osimertinib, n = 279" in said[2]


def test_a_trial_stands_beside_what_was_printed_and_the_naive_forecast(tmp_path: Path) -> None:
    done = refugia("trial", "run", "optimal", "--n", "24", "--json", "--seed", "3", where=tmp_path)
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert (said["trial"], said["n"], said["seed"], said["hazard_ratio"]) == ("optimal", 24, 3, None)
    (arm,) = said["arms"]
    pfs = arm["summaries"]["pfs"]
    assert (pfs["published"]["value"], pfs["published"]["low"], pfs["naive"]) == (13.1, 10.58, 11.0)
    assert arm["summaries"]["orr"]["low"] <= arm["summaries"]["orr"]["value"] <= arm["summaries"]["orr"]["high"]
    assert arm["curve"]["share"][0] == 1.0 and len(arm["curve"]["days"]) == len(arm["curve"]["low"])


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("trial", "run", "optimum"), 'Did you mean "optimal"?'),
        (("trial", "run", "optimal", "--n", "0"), "--n: 0 is no number of patients"),
        (("calibrate", "flaura"), 'Known: "flaura-comparator"'),
        (("calibrate", "flaura-comparator", "--draws", "0"), "--draws: 0 is no number of draws"),
        (("calibrate", "flaura-comparator", "--simulations", "10"), "10 simulations are too few"),
    ],
)
def test_what_cannot_be_run_is_refused(words: tuple[str, ...], message: str, tmp_path: Path) -> None:
    done = refugia(*words, where=tmp_path)
    assert done.returncode == 2
    assert message in done.stderr
    assert not list((tmp_path / "refugia-out").glob("*"))


@pytest.mark.slow
def test_a_calibration_leaves_its_posterior_its_tables_and_its_page(tmp_path: Path) -> None:
    done = refugia("calibrate", "flaura-comparator", "--simulations", "60", "--patients", "48", "--draws", "2", "--json",
                   "--out", "there", where=tmp_path)  # fmt: skip
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert {row["summary"] for row in said["targets"]} == {"pfs", "orr", "dor", "cns", "change", "t790m"}
    posterior = tomllib.loads((tmp_path / "there" / "posterior.toml").read_text(encoding="utf-8"))["egfr_lung"]
    share = posterior["tolerance"]["share"]
    assert share["basis"] == "computed" and said["sha256"] in share["where"]
    assert share["interval"]["low"] < share["value"] < share["interval"]["high"]
    names = {"draws.csv", "predictions.csv", "posterior.csv", "correlations.csv", "targets.csv", "provenance.json", "summary.json"}
    assert {entry.name for entry in (tmp_path / "there").iterdir()} >= names


SWAP = {"param:egfr_lung.lung.net": "param:lung.birth"}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"like": "egfr-lug"}, 'Did you mean "egfr-lung"?'),
        ({"instead": {"param:nothing": "param:lung.net"}}, "does not stand in"),
        ({"like": "egfr-lung-uncalibrated"}, 'Write like = "egfr-lung"'),
        ({"sites": []}, "sites"),
    ],
)
def test_a_case_that_is_like_another_is_refused_where_it_does_not_fit(change: dict[str, object], message: str) -> None:
    meta = {"id": "mine", "title": "mine", "calibrated": False}
    with pytest.raises(InputError, match=message.replace("?", r"\?")):
        whole({"like": "egfr-lung", "meta": meta, "instead": SWAP, **change}, Place("mine.toml"))


def test_a_case_that_is_like_another_differs_from_it_in_what_it_says_alone() -> None:
    meta = {"id": "mine", "title": "mine", "calibrated": False}
    table = whole({"like": "egfr-lung", "meta": meta, "instead": SWAP}, Place("mine.toml"))
    assert table["growth"]["net"] == table["growth"]["birth"] == "param:lung.birth"
    assert table["meta"] == meta
