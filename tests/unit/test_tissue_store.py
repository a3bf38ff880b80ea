"""The store of a tissue: what is written is read again, frames are whole or not there, and what is no store is refused."""

from __future__ import annotations

import errno
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray
import zarr

from refugia.engine.rows.rows import by_genotype, rows_of
from refugia.report.tissue_layout import FIELDS
from refugia.report.tissue_store import TissueStore, open_tissue, stores_in
from refugia.terms import InputError
from tests.unit import tissue_made as made

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store of five frames."""
    return made.written(tmp_path_factory.mktemp("whole"))


def agrees(path: Path, frames: int) -> None:
    """So many frames stand there, each number as it was handed over."""
    tissue, of = open_tissue(path), made.layout()
    assert tissue.frames == frames
    for index in range(frames):
        due, clones = made.frame(index, of), made.lineage(index)
        assert all(np.array_equal(a, b) for a, b in zip(tissue.rows(index), due.rows, strict=True))
        assert all(np.array_equal(a, b) for a, b in zip(tissue.lineage(index), clones, strict=True))
        table = by_genotype(due.rows, clones.genotype, len(of.genotypes), of.grid)
        assert np.array_equal(tissue.field("cells", index), table)
        for name in set(FIELDS) - {"cells"}:
            assert np.array_equal(tissue.field(name, index), np.asarray(getattr(due, name), np.float32)), name


def test_what_is_written_is_read_again(whole: Path) -> None:
    """Rows, clones and fields, in their own kinds; what does not change as well."""
    agrees(whole, 5)
    tissue, of = open_tissue(whole), made.layout()
    assert (tissue.site, tissue.geometry, tissue.grid) == (of.site, of.geometry, of.grid)
    assert (tissue.genotypes, tissue.drugs, tissue.told) == (of.genotypes, of.drugs, of.told)
    assert np.array_equal(tissue.mask, of.mask)
    held = (tissue.field("cells", 3).sum(axis=0) > 0) | (tissue.field("inert", 3) > 0)
    assert tissue.volume.tolist() == [1.5, 2.5, 3.5, 4.5, 5.5]
    assert float(tissue.dataset()["occupied"][3]) == held.sum() * 0.5**3


def test_xarray_opens_it_with_a_unit_on_everything(whole: Path) -> None:
    """Root, clones and rows; days and millimetres are the coordinates."""
    for group in (None, "clones", "rows"):
        found = xarray.open_zarr(whole, group=group)
        assert all(v.attrs["units"] and v.attrs["long_name"] for v in found.variables.values()), group
    root = xarray.open_zarr(whole)
    assert root["cells"].dims == ("time", "genotype", "z", "y", "x")
    assert root["cells"].dtype == np.int32
    assert float(root["oxygen"].sel(time=91.25, z=-0.25, y=0.0, x=0.25)) == pytest.approx(40 + 5 * np.sqrt(0.125))
    assert root.attrs["frames"] == 5
    assert json.loads(root.attrs["provenance"])["seed"] == 7


@pytest.mark.parametrize("shape", [(1, 1, 9), (1, 5, 6)])
def test_slabs_and_planes_without_a_drug(shape: tuple[int, int, int], tmp_path: Path) -> None:
    """An axis of one voxel, and no drug at all."""
    path = made.written(tmp_path, 2, made.layout(shape, ()))
    tissue = open_tissue(path)
    assert tissue.field("exposure", 1).shape == (0, *shape)
    assert xarray.open_zarr(path).sizes["drug"] == 0


def test_a_course_that_goes_on_sees_whole_frames_only(tmp_path: Path) -> None:
    """Two of five frames are there: readers see two, by the store's own face and by xarray."""
    path = made.written(tmp_path, 2)
    assert open_tissue(path).days.tolist() == [0.0, 30.0]
    assert xarray.open_zarr(path).sizes["time"] == 2
    assert xarray.open_zarr(path, group="rows").sizes["bound"] == 3


@pytest.mark.parametrize("frames", [0, 1, 3])
def test_a_course_goes_on_from_an_earlier_frame(frames: int, tmp_path: Path) -> None:
    """What was written after it is taken away, clones and rows too; in the end the store is that of one go."""
    path = made.written(tmp_path, 4)
    store, of = TissueStore(path), made.layout()
    store.resume(of, frames)
    agrees(path, frames)
    assert xarray.open_zarr(path, group="clones").sizes["clone"] == (2 + frames if frames else 0)
    for index in range(frames, 5):
        store.write(index, made.frame(index, of), made.lineage(index))
    agrees(path, 5)


def test_a_spacing_of_many_digits_is_told_in_twelve(tmp_path: Path) -> None:
    """A 24th of a diameter that chance drew is no round number; a course goes on with it all the same."""
    of = made.layout()
    of = of._replace(grid=of.grid._replace(spacing=1.6666666666668137))
    path = made.written(tmp_path, 2, of)
    assert xarray.open_zarr(path).attrs["spacing_mm"] == 1.66666666667
    TissueStore(path).resume(of, 1)


def breaking(monkeypatch: pytest.MonkeyPatch, at: int) -> None:
    """The disk is full from the n-th file on."""
    true, count = zarr.storage.LocalStore.set, iter(range(10**6))

    async def put(self: Any, key: str, value: Any) -> None:
        if next(count) >= at:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        await true(self, key, value)

    monkeypatch.setattr(zarr.storage.LocalStore, "set", put)


@pytest.mark.parametrize("at", [n if n in (6, 21) else pytest.param(n, marks=pytest.mark.slow) for n in range(30)])
def test_a_full_disk_leaves_the_earlier_frames(at: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whichever file finds no room: an OSError of the system, three frames as they were, and the fourth can be written later."""
    path = made.written(tmp_path, 3)
    store, of = TissueStore(path), made.layout()
    store.resume(of, 3)
    with monkeypatch.context() as patched:
        breaking(patched, at)
        with pytest.raises(OSError) as trouble:
            store.write(3, made.frame(3, of), made.lineage(3))
    assert trouble.value.errno == errno.ENOSPC
    agrees(path, 3)
    store.write(3, made.frame(3, of), made.lineage(3))
    agrees(path, 4)


def test_the_word_that_a_frame_is_whole_finds_no_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor does a disk that fills up at the very end hurt what stands."""
    path = made.written(tmp_path, 3)
    store, of = TissueStore(path), made.layout()
    store.resume(of, 3)

    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        with pytest.raises(OSError, match="No space"):
            store.write(3, made.frame(3, of), made.lineage(3))
    agrees(path, 3)
    assert list(path.rglob("*.partial")) == []


WRITER = """
import sys
from pathlib import Path
from refugia.report.tissue_store import TissueStore
from tests.unit import tissue_made as made
store, of = TissueStore(Path(sys.argv[1])), made.layout()
store.resume(of, 1)
print("ready", flush=True)
while True:
    for index in range(1, 5):
        store.write(index, made.frame(index, of), made.lineage(index))
    store.resume(of, 1)
"""


@pytest.mark.slow
def test_a_kill_at_any_moment_leaves_a_store_to_go_on_with(tmp_path: Path) -> None:
    """Twelve kills at moments spread over writing and cutting back: every frame that is visible is whole."""
    path = made.written(tmp_path, 1)
    of, seen = made.layout(), []
    for wait in np.linspace(0.01, 0.9, 12):
        words = [sys.executable, "-c", WRITER, str(path)]
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join((str(ROOT / "src"), str(ROOT)))}
        with subprocess.Popen(words, stdout=subprocess.PIPE, env=environment) as child:
            assert child.stdout is not None
            assert child.stdout.readline() == b"ready\n"
            time.sleep(float(wait))
            child.send_signal(signal.SIGKILL)
        frames = open_tissue(path).frames
        seen.append(frames)
        agrees(path, frames)
        assert xarray.open_zarr(path).sizes["time"] == frames
        store = TissueStore(path)
        store.resume(of, frames)
        agrees(path, frames)
        assert list(path.rglob("*.partial")) == []
    assert len(set(seen)) > 1


def test_a_store_takes_the_place_of_an_earlier_one_only(tmp_path: Path) -> None:
    """Begun anew it is empty; a folder of the user's stays."""
    path = made.written(tmp_path, 2)
    TissueStore(path).begin(made.layout())
    assert open_tissue(path).frames == 0
    assert [entry.name for entry in tmp_path.iterdir()] == [path.name]
    (tmp_path / "mine").mkdir()
    with pytest.raises(InputError, match="is no store of a tissue"):
        TissueStore(tmp_path / "mine").begin(made.layout())


def test_another_course_does_not_go_on(tmp_path: Path) -> None:
    """Less than what is to be gone on from, other days, drugs or voxels: each is named."""
    path, of = made.written(tmp_path, 2), made.layout()
    with pytest.raises(InputError, match="frames: 2 is fewer than the 3"):
        TissueStore(path).resume(of, 3)
    others = {
        "drugs": of._replace(drugs=("gefitinib", "other")), "days": of._replace(days=of.days + 1),
        "grid": made.layout((6, 7, 9)), "site": of._replace(site="liver"), "mask": of._replace(mask=1 - of.mask),
    }  # fmt: skip
    for name, other in others.items():
        with pytest.raises(InputError, match=f"{name}: .* is not that of the run"):
            TissueStore(path).resume(other, 1)


def test_what_does_not_fit_is_an_error_and_changes_nothing(tmp_path: Path) -> None:
    """Frames out of order, a field of another shape, more cells than 32 bits hold."""
    path, of = made.written(tmp_path, 2), made.layout()
    store = TissueStore(path)
    store.resume(of, 2)
    good = made.frame(2, of)
    with pytest.raises(ValueError, match=r"Frame 3 .* next one is 2"):
        store.write(3, good, made.lineage(3))
    with pytest.raises(ValueError, match="oxygen has the shape"):
        store.write(2, good._replace(oxygen=good.oxygen[0]), made.lineage(2))
    with pytest.raises(OverflowError, match="Place 5, clone 1"):
        store.write(2, good._replace(rows=rows_of([5, 5], [1, 3], [2**31 - 1, 1])), made.lineage(2))
    agrees(path, 2)


def test_what_is_no_store_is_refused_with_a_way_out(whole: Path, tmp_path: Path) -> None:
    """Nothing there, a file, another zarr, a later layout, a damaged one, frames and fields that are not there."""
    zarr.create_group(tmp_path / "other.zarr")
    (tmp_path / "file").write_text("{")
    for name in ("none", "file", "other.zarr"):
        with pytest.raises(InputError, match="is no store of a tissue"):
            open_tissue(tmp_path / name)
    with pytest.raises(InputError, match="holds no tissue"):
        stores_in(tmp_path)
    assert stores_in(whole.parent) == stores_in(whole) == [whole]
    with pytest.raises(InputError, match="There are 5"):
        open_tissue(whole).rows(5)
    with pytest.raises(InputError, match="Known: cells"):
        open_tissue(whole).field("sugar", 0)
    later = tmp_path / "tissue-later.zarr"
    shutil.copytree(whole, later)
    text = (later / "zarr.json").read_text()
    (later / "zarr.json").write_text(text.replace('"layout": 2', '"layout": 9'))
    with pytest.raises(InputError, match="layout: 9 is unknown"):
        open_tissue(later)
    (later / "zarr.json").write_text(text)
    next(path for path in (later / "oxygen" / "c").rglob("*") if path.is_file()).write_bytes(b"short")
    with pytest.raises(InputError, match="damaged"):
        [open_tissue(later).field("oxygen", frame) for frame in range(5)]
    shutil.rmtree(later / "clones" / "count")
    shutil.rmtree(later / "pressure")
    for name in ("clones/count", "pressure"):
        with pytest.raises(InputError, match=f'tissue-later.zarr, store: "{name}" is missing: the store is damaged'):
            open_tissue(later).lineage(1) if "/" in name else open_tissue(later).field(name, 1)
    shutil.rmtree(later / "mask")
    with pytest.raises(InputError, match="damaged"):
        open_tissue(later)
    (later / "zarr.json").write_text("{")
    for folder in (tmp_path, later):
        with pytest.raises(InputError, match=r'store: "zarr\.json" is no JSON: the store is damaged'):
            stores_in(folder)
