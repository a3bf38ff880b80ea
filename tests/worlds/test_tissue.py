"""Sites in voxels: bits hang on neither threads nor tiles nor stops; matter is conserved; the sphere agrees."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from refugia.catalog.reader import read_case
from refugia.course.case import Case
from refugia.course.patients import Patients
from refugia.course.result import simulate
from refugia.course.tissue.checkpoint import Checkpoint
from refugia.course.tissue.loop import take, yielding
from refugia.course.tissue.record import Frame, Layout
from refugia.course.tissue.run import TissueCourse, run_tissue
from refugia.course.tissue.state import begun, scene_of
from refugia.engine.rows.lineage import Lineage
from refugia.engine.rows.rows import cells
from refugia.engine.voxels.tiles import total
from refugia.report.tissue_store import open_tissue
from refugia.subject import Geometry
from refugia.terms import Outcome, RefugiaError
from tests.worlds.conftest import small

SITE, REPLICATES, SEED = "brain", 4, 3
BOX = Geometry("box", voxel=3.0, extent=18.0)


class Kept:
    """A sink in memory; `full` is the frame at which its disk is full."""

    def __init__(self, full: int = 1000) -> None:
        self.frames: list[tuple[Frame, Lineage]] = []
        self.full, self.ended = full, False

    def begin(self, layout: Layout) -> None:
        self.layout = layout

    def resume(self, layout: Layout, frames: int) -> None:
        del self.frames[frames:]

    def write(self, index: int, frame: Frame, lineage: Lineage) -> None:
        if index >= self.full:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        assert index == len(self.frames)
        self.frames.append((frame, lineage))

    def finish(self) -> None:
        self.ended = True


def boxed(case: Case, geometry: Geometry = BOX, site: str = SITE) -> Case:
    """The case with one site in voxels."""
    sites = tuple(replace(one, geometry=geometry) if one.name == site else one for one in case.subject.sites)
    return replace(case, subject=replace(case.subject, sites=sites))


@pytest.fixture(scope="module")
def box(case: Case) -> Case:
    return boxed(replace(small(case, 70.0), settings=replace(small(case).settings, output=14.0)))


def ran(case: Case, sink: Kept, **how: object) -> TissueCourse:
    return run_tissue(case, SITE, 1, REPLICATES, SEED, sink, **how)  # type: ignore[arg-type]


def alike(one: tuple[TissueCourse, Kept], other: tuple[TissueCourse, Kept]) -> None:
    """Both courses and all their frames are equal, bit for bit."""
    for a, b in zip((one[0].volume, one[0].counts, *one[0].rows, *one[0].lineage),
                    (other[0].volume, other[0].counts, *other[0].rows, *other[0].lineage), strict=True):  # fmt: skip
        np.testing.assert_array_equal(a, b)
    assert len(one[1].frames) == len(other[1].frames) == 6
    for (a, _), (b, _) in zip(one[1].frames, other[1].frames, strict=True):
        for column, same in zip((*a.rows, *a[2:]), (*b.rows, *b[2:]), strict=True):
            np.testing.assert_array_equal(column, same)


@pytest.fixture(scope="module")
def whole(box: Case) -> tuple[TissueCourse, Kept]:
    sink = Kept()
    return ran(box, sink, threads=1), sink


def test_bits_hang_on_neither_threads_nor_tiles(box: Case, whole: tuple[TissueCourse, Kept]) -> None:
    sink = Kept()
    alike(whole, (ran(box, sink, threads=2, tile=16), sink))
    assert sink.ended


def test_a_run_that_was_stopped_goes_on_bit_for_bit(box: Case, whole: tuple[TissueCourse, Kept], tmp_path: Path) -> None:
    """Stopped by a full disk at the fourth frame: the message says so, the checkpoint stands, and the end is the same."""
    sink, path = Kept(full=3), tmp_path / "brain.checkpoint"
    with pytest.raises(RefugiaError, match=r"disk is full .* on day 42\. The last checkpoint stands: make room and go on"):
        ran(box, sink, checkpoint=Checkpoint(path, 0.0))
    sink.full = 1000
    alike(whole, (ran(box, sink, checkpoint=Checkpoint(path, 0.0, resume=True)), sink))


def test_a_full_disk_leaves_the_last_checkpoint(box: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "brain.checkpoint"
    tissue = begun(scene_of(box, SITE, Patients(REPLICATES, SEED), 0))
    Checkpoint(path).save(tissue)
    before = path.read_bytes()

    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("refugia.course.tissue.checkpoint.os.fsync", full)
    with pytest.raises(OSError, match="No space"):
        Checkpoint(path).save(tissue)
    assert path.read_bytes() == before
    assert [one.name for one in tmp_path.iterdir()] == [path.name]


def test_a_checkpoint_of_another_course_is_refused(box: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    saved = Checkpoint(tmp_path / "brain.checkpoint")
    saved.save(begun(scene_of(box, SITE, Patients(REPLICATES, SEED), 0)))
    others = [(box, Patients(REPLICATES, SEED + 1), 0), (box, Patients(REPLICATES, SEED), 1), (box, Patients(8, SEED), 0),
              (small(box, 56.0), Patients(REPLICATES, SEED), 0)]  # fmt: skip
    for case, patients, patient in others:
        with pytest.raises(RefugiaError, match="another course"):
            saved.load(scene_of(case, SITE, patients, patient))
    scene = scene_of(box, SITE, Patients(REPLICATES, SEED), 0)
    monkeypatch.setattr("refugia.course.tissue.checkpoint._version", lambda: "0.0")
    with pytest.raises(RefugiaError, match="written by version"):
        saved.load(scene)
    saved.path.write_bytes(saved.path.read_bytes()[:100])
    with pytest.raises(RefugiaError, match="is no checkpoint"):
        saved.load(scene)
    saved.path.unlink()
    with pytest.raises(RefugiaError, match="no course of the site"):
        saved.load(scene)


def test_making_room_conserves_cells_and_what_is_inert(box: Case) -> None:
    tissue = begun(scene_of(box, SITE, Patients(REPLICATES, SEED), 0))
    take(tissue)
    for grown in (1.3, 0.7):
        rows = tissue.rows
        tissue.rows = rows._replace(count=(rows.count * grown).astype(np.int32))
        before, inert = cells(tissue.rows), tissue.inert.sum()
        yielding(tissue)
        tissue.step += 1
        assert cells(tissue.rows) == before
        assert tissue.inert.sum() == pytest.approx(inert, rel=1e-12)
        assert tissue.inert.min() >= 0.0
        assert tissue.fill.max() < 1.05
        volume = before / tissue.scene.density + inert
        assert tissue.scene.grid.volume * total(tissue.fill) == pytest.approx(volume, rel=1e-12)


def test_a_patient_is_that_of_the_sphere(box: Case, whole: tuple[TissueCourse, Kept]) -> None:
    course = simulate(box, REPLICATES, SEED)
    names = [site.name for site in box.subject.sites]
    assert whole[0].volume[0] == pytest.approx(course.volume[0, names.index(SITE), 0], rel=1e-6)
    assert whole[0].counts[0].tolist() == course.cells[0, names.index(SITE), 0].tolist()


def test_what_voxels_do_not_know_is_refused(box: Case) -> None:
    with pytest.raises(RefugiaError, match="Patient 5 is none of 4"):
        run_tissue(box, SITE, 5, REPLICATES, SEED, Kept())
    with pytest.raises(RefugiaError, match=r"is slow there.*sphere"):
        case = read_case("desmoplastic-mammary")
        site = case.subject.sites[0].name
        scene_of(boxed(case, BOX, site), site, Patients(1, 0), 0)
    with pytest.raises(RefugiaError, match=r"no state .*sphere"):
        scene_of(boxed(read_case("egfr-lung-states"), BOX, "lung"), "lung", Patients(1, 0), 0)


@pytest.mark.slow
def test_the_sphere_agrees() -> None:
    """Without a wall volumes differ by less than 2 %, cells of each clone at the end by less than 5 %, some of it chance."""
    case = read_case("egfr-lung")
    of = boxed(replace(case, question=replace(case.question, horizon=364.0)), Geometry("box", voxel=2.0), "lung")
    course = simulate(of, REPLICATES, SEED)
    found = run_tissue(of, "lung", 1, REPLICATES, SEED, Kept())
    np.testing.assert_allclose(found.volume, course.volume[0, 0], rtol=0.02)
    np.testing.assert_allclose(found.counts[-1, :4], course.cells[0, 0, -1, :4], rtol=0.05)


def test_a_tumour_without_room_ends_its_course(box: Case) -> None:
    """An untreated lesion fills its grid: the frames until then are there, the last on the day it ends."""
    horizon = replace(box.question, horizon=2800.0)
    fast = replace(box.settings, step=56.0, output=56.0)
    free = replace(box, question=horizon, settings=fast, subject=replace(box.subject, plan=()))
    sink = Kept()
    found = ran(boxed(free, Geometry("box", voxel=3.0, extent=12.0)), sink)
    assert found.burst
    assert found.days.size == found.volume.size < 51
    assert sink.frames[-1][0].day == found.days[-1] < 2800.0
    assert 0.0 <= found.walled < found.days[-1]
    assert found.outcome is Outcome.PROGRESSED


@pytest.mark.parametrize("kind", ["plane", "slab"])
def test_a_cut_runs(box: Case, kind: str) -> None:
    """A plane or a slab starts with the diameter of the lesion and ends with an outcome."""
    found = run_tissue(boxed(box, Geometry(kind, voxel=1.0)), SITE, 1, REPLICATES, SEED, Kept())
    assert found.whole[0] == pytest.approx(np.pi / 6.0 * 12.0**3, rel=0.05)
    assert found.whole[-1] < found.whole[0]
    assert found.fullest < 1.1


RUN = "from refugia.cli import main; main()"


def command(*words: str) -> subprocess.Popen[str]:
    return subprocess.Popen([sys.executable, "-c", RUN, *words], text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


@pytest.mark.slow
def test_a_killed_run_goes_on(tmp_path: Path) -> None:
    """kill -9 in the midst of a course, twice, and then the same store as in one go; what waits is not thrown away unasked."""
    file = tmp_path / "case.toml"
    text = (Path(read_case.__code__.co_filename).parent / "cases" / "egfr-lung.toml").read_text(encoding="utf-8")
    text = text.replace('name = "brain"', 'name = "brain"\ngeometry = "box"\nvoxel = "1 mm"\nextent = "20 mm"')
    text = text.replace('horizon = "720 d"', 'horizon = "140 d"')
    assert 'horizon = "140 d"' in text
    file.write_text(text, encoding="utf-8")
    words = ["run", str(file), "--replicates", "2", "--seed", "3", "--checkpoint-minutes", "0"]
    first = command(*words, "--out", str(tmp_path / "whole"))
    assert first.wait() == 0, first.stderr and first.stderr.read()
    out = [*words, "--out", str(tmp_path / "killed")]
    waiting = tmp_path / ".killed.refugia" / "tissue" / "tissue-brain.checkpoint"
    for resume in ([], ["--resume"]):
        running, before = command(*out, *resume), waiting.stat().st_mtime_ns if waiting.exists() else 0
        while not waiting.exists() or waiting.stat().st_mtime_ns == before:
            time.sleep(0.02)
            assert running.poll() is None
        time.sleep(0.3)
        running.send_signal(signal.SIGKILL)
        running.wait()
    assert not (tmp_path / "killed").exists()
    refused = command(*out)
    assert refused.wait() == 2
    assert refused.stderr is not None
    assert "--resume to go on" in refused.stderr.read()
    last = command(*out, "--resume")
    assert last.wait() == 0, last.stderr and last.stderr.read()
    assert not waiting.parent.parent.exists()
    one, other = (open_tissue(tmp_path / name / "tissue-brain.zarr") for name in ("whole", "killed"))
    assert one.frames == other.frames
    for frame in (0, one.frames // 2, one.frames - 1):
        for a, b in zip((*one.rows(frame), *one.lineage(frame), one.field("oxygen", frame)),
                        (*other.rows(frame), *other.lineage(frame), other.field("oxygen", frame)), strict=True):  # fmt: skip
            np.testing.assert_array_equal(a, b)
