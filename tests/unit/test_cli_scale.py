"""The command with a cluster and with the table of sensitivity: what they add, and what they leave as it is."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path

import pytest

from refugia.catalog.texts import case_text
from tests.unit.test_cli import refugia

WORDS = ("dissect", "mine.toml", "--replicates", "2", "--seed", "4", "--json")


@pytest.fixture(scope="module")
def where(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the default case, cut short, and with two ways out."""
    text = case_text("egfr-lung").replace('horizon = "720 d"', 'horizon = "56 d"').replace("shells = 8", "shells = 2")
    text, changed = re.subn(r"^mechanisms = \[.*?\]", 'mechanisms = ["tolerance", "wall"]', text, flags=re.MULTILINE | re.DOTALL)
    assert changed == 1
    folder = tmp_path_factory.mktemp("case")
    (folder / "mine.toml").write_text(text, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def plain(where: Path) -> dict[str, object]:
    """The JSON of a dissection on threads."""
    done = refugia(*WORDS, "--out", "plain", where=where)
    assert done.returncode == 0, done.stderr
    found: dict[str, object] = json.loads(done.stdout)
    return found


@pytest.mark.slow
def test_sensitivity_adds_its_table_and_changes_nothing_else(where: Path, plain: dict[str, object]) -> None:
    pytest.importorskip("SALib")
    done = refugia(*WORDS, "--sensitivity", "--sensitivity-trajectories", "2", "--out", "moved", where=where)
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    moved = said.pop("sensitivity")
    assert said == plain and "sensitivity" not in plain
    assert moved["trajectories"] == 2
    assert moved["dissections"] == 2 * (len(moved["parameters"]) + 1)
    with (where / "moved" / "sensitivity.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == len(moved["effects"]) == len(moved["parameters"]) * 2 * 4
    assert [row["mu_star"] for row in rows] == [format(row["mu_star"], ".6g") for row in moved["effects"]]
    assert not (where / "plain" / "sensitivity.csv").exists()
    assert json.loads((where / "moved" / "summary.json").read_text())["sensitivity"] == moved


def test_a_number_of_trajectories_that_is_none_is_refused(where: Path) -> None:
    done = refugia(*WORDS, "--sensitivity", "--sensitivity-trajectories", "1", where=where)
    assert (done.returncode, done.stdout) == (2, "")
    assert "--sensitivity-trajectories: 1 is no number of trajectories" in done.stderr


def test_a_cluster_gives_the_same_files(where: Path, plain: dict[str, object]) -> None:
    distributed = pytest.importorskip("distributed")
    with distributed.LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None) as cluster:
        done = refugia(*WORDS, "--cluster", cluster.scheduler_address, "--out", "far", where=where)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == plain
    for name in ("shares.csv", "interactions.csv", "scatter.csv", "provenance.json", "summary.json"):
        assert (where / "far" / name).read_bytes() == (where / "plain" / name).read_bytes()


def test_a_cluster_that_does_not_answer_is_refused(where: Path) -> None:
    pytest.importorskip("distributed")
    done = refugia("run", "mine.toml", "--cluster", "nowhere at all", "--out", "none", where=where)
    assert done.returncode == 2
    assert "--cluster:" in done.stderr and "Traceback" not in done.stderr
    assert not (where / "none").exists()
