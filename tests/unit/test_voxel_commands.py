"""`refugia run` with sites in voxels: what it refuses, what it shows, and what waits for --resume."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from refugia.catalog.texts import case_text
from refugia.cli import app
from refugia.cli.ends import _left
from refugia.course.tissue import loop, memory
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
        assert f'{words[0]}: "egfr-lung" has no site in voxels, which the option' in refused("egfr-lung", *out, *words)
    assert "has no site in voxels" in refused("egfr-lung", *out, "--patient", "7")
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


def test_a_grid_too_large_is_refused_before_it_is_begun(voxels: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By `case check` as by `run`; nothing is left."""
    monkeypatch.setattr(memory, "room", lambda: 70e6)
    said = "sites.brain.voxel: \"3 mm\" makes 8 x 8 x 8 voxels, which need about 0.0"
    assert said in refused(str(voxels), "--out", str(tmp_path / "out"))
    trouble = CliRunner().invoke(app, ["case", "check", str(voxels)]).exception
    assert said in str(trouble)
    assert list(tmp_path.iterdir()) == []


def test_case_check_says_which_grid_is_taken(voxels: Path) -> None:
    said = CliRunner().invoke(app, ["case", "check", str(voxels)]).output
    assert "brain: 8 x 8 x 8 voxels of 3 mm, 24 x 24 x 24 mm; a frame every 7 d" in said


class Stop(BaseException):
    """In place of a signal."""


def stopped_after(monkeypatch: pytest.MonkeyPatch, steps: int) -> None:
    """The course is stopped after so many steps."""
    count, true = iter(range(steps)), loop.take

    def take(*words: Any) -> None:
        if next(count, None) is None:
            raise Stop
        true(*words)

    monkeypatch.setattr("refugia.course.tissue.run.take", take)


def test_what_was_asked_of_an_unfinished_run_is_kept(voxels: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A stop before the first checkpoint leaves nothing; after it the run waits, with its wish for a series, and is told of."""
    out = tmp_path / "out"
    monkeypatch.setattr("refugia.report.files.FINISHED", [])
    words = ["run", str(voxels), "--out", str(out), "--replicates", "2", "--checkpoint-minutes", "0", "--vtk"]
    for steps in (0, 2):
        with monkeypatch.context() as patched:
            stopped_after(patched, steps)
            with pytest.raises(Stop):
                CliRunner().invoke(app, words)
        assert [one.name for one in tmp_path.iterdir()] == ([".out.refugia"] if steps else [])
        assert ("--resume goes on from there" in _left()) == (steps > 0)
    for command in ("view", "sample"):
        trouble = CliRunner().invoke(app, [command, str(out)]).exception
        assert "out\" has an unfinished run in voxels. Finish it: refugia run CASE --out DIR --resume" in str(trouble)
    said = refused(*words[1:5], "3", *words[6:8], "--resume", "--seed", "4")
    assert "was begun with --seed 0, --replicates 2, not with --seed 4, --replicates 3. Give --seed 0" in said
    done = CliRunner().invoke(app, [*words[:-1], "--resume"])
    assert done.exit_code == 0, done.output
    assert f"ParaView: {out}/vtk-tissue-brain/" in done.output
    assert [one.name for one in tmp_path.iterdir()] == ["out"]
    assert (out / "vtk-tissue-brain" / "tissue-brain.pvd").exists()
    assert "also run as tissue in voxels, for patient 1" in (out / "report.html").read_text(encoding="utf-8")


def test_json_holds_the_tissue(voxels: Path, tmp_path: Path) -> None:
    words = ("run", str(voxels), "--out", str(tmp_path / "out"), "--replicates", "2", "--patient", "2", "--json")
    done = CliRunner().invoke(app, words)
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout) == json.loads((tmp_path / "out" / "summary.json").read_text())
    said = json.loads(done.stdout)["tissue"]["brain"]
    assert (said["patient"], said["store"], said["notes"]) == (2, "tissue-brain.zarr", [])
    assert len(said["days"]) == len(said["volume_mm3"]) == len(said["cells"]["sensitive"]) == 5
    assert open_tissue(tmp_path / "out" / "tissue-brain.zarr").volume.tolist() == said["volume_mm3"]
