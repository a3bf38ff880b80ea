"""`refugia run` with sites in voxels: what it refuses, what it shows, and what waits for --resume."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from refugia.catalog.texts import case_text
from refugia.cli import app
from refugia.report.tissue_store import open_tissue
from refugia.terms import InputError

CHANGES = (('horizon = "720 d"', 'horizon = "28 d"'), ("shells = 8", "shells = 3"), ('id = "egfr-lung"', 'id = "mine"'),
           ('name = "brain"', 'name = "brain"\ngeometry = "box"\nvoxel = "3 mm"\nextent = "24 mm"'))  # fmt: skip


@pytest.fixture(scope="module")
def voxels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The default case, cut short, with one site in large voxels."""
    text = case_text("egfr-lung")
    for old, new in CHANGES:
        assert text.count(old) == 1
        text = text.replace(old, new)
    file = tmp_path_factory.mktemp("case") / "mine.toml"
    file.write_text(text, encoding="utf-8")
    return file


def refused(*words: str) -> str:
    """What the command says where it refuses."""
    trouble = CliRunner().invoke(app, ["run", *words]).exception
    assert isinstance(trouble, InputError)
    return str(trouble)


def test_options_that_will_not_do_are_refused(voxels: Path, tmp_path: Path) -> None:
    case, out = str(voxels), ("--out", str(tmp_path / "out"), "--replicates", "2")
    assert "--patient: 3 is none of 2 patients" in refused(case, *out, "--patient", "3")
    assert "--checkpoint-minutes: -1.0 is no time" in refused(case, *out, "--checkpoint-minutes", "-1")
    for words in (["--vtk"], ["--resume"], ["--patient", "2"]):
        assert "the case has none" in refused("egfr-lung", *out, *words)
    assert "has no unfinished run in voxels" in refused(case, *out, "--resume")
    assert list(tmp_path.iterdir()) == []


def test_what_waits_is_not_thrown_away_unasked(voxels: Path, tmp_path: Path) -> None:
    """A run that waits is refused; --no-resume begins it anew, and leaves a result with its store and its series."""
    waiting = tmp_path / ".out.refugia" / "tissue"
    waiting.mkdir(parents=True)
    (waiting / "tissue-brain.checkpoint").write_bytes(b"")
    words = ("run", str(voxels), "--out", str(tmp_path / "out"), "--replicates", "2", "--vtk")
    said = refused(*words[1:])
    assert "has an unfinished run in voxels waiting. Give --resume to go on with it, or --no-resume" in said
    done = CliRunner().invoke(app, [*words, "--no-resume"])
    assert done.exit_code == 0, done.output
    assert "brain in voxels: patient 1 of 2" in done.output
    assert "refugia view" in done.output
    assert [one.name for one in tmp_path.iterdir()] == ["out"]
    store = open_tissue(tmp_path / "out" / "tissue-brain.zarr")
    assert store.days.tolist() == [0.0, 7.0, 14.0, 21.0, 28.0]
    assert store.told["patient"] == 1
    assert len(list((tmp_path / "out" / "vtk-tissue-brain").glob("*.vti"))) == 5


def test_json_holds_the_tissue(voxels: Path, tmp_path: Path) -> None:
    words = ("run", str(voxels), "--out", str(tmp_path / "out"), "--replicates", "2", "--patient", "2", "--json")
    done = CliRunner().invoke(app, words)
    assert done.exit_code == 0, done.output
    said = json.loads(done.stdout)["tissue"]["brain"]
    assert (said["patient"], said["store"], said["notes"]) == (2, "tissue-brain.zarr", [])
    assert len(said["days"]) == len(said["volume_mm3"]) == len(said["cells"]["sensitive"]) == 5
    assert open_tissue(tmp_path / "out" / "tissue-brain.zarr").volume.tolist() == said["volume_mm3"]
