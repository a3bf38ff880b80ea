"""The tissue of a site on disk: written frame by frame as a course goes, and read again.

zarr v3, `tissue-SITE.zarr` in a result. `xarray.open_zarr(path)` gives the voxels, with `group="clones"` every clone's history and
with `group="rows"` the cells as sparse rows of all frames; `report/tissue_layout.py` lists the variables.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from refugia.course.tissue.record import Frame, Layout
from refugia.engine.rows.lineage import Lineage
from refugia.engine.rows.rows import MOST, Rows, occupied, too_many
from refugia.engine.voxels.grid import Grid
from refugia.report.files import shown_path
from refugia.report.tissue_layout import FIELDS, META, SPACE, VERSION, Reach, commit, make
from refugia.report.unfinished import waits_for
from refugia.terms import FloatArray, InputError

if TYPE_CHECKING:
    import xarray

BORN = ("parent", "genotype", "birth_day", "birth_place", "word", "other")
"""The columns of the group of clones, in the order of those of a lineage."""


class TissueStore:
    """A sink of courses in voxels: writes a store, and goes on with one after any end of the process that wrote it.

    A frame is visible once all of it is written. Whatever stops the writer in between, a kill or a full disk (OSError), leaves the
    earlier frames as they were. A loss of power may take the last frames with it.
    """

    def __init__(self, path: Path) -> None:
        """Name the store; nothing is made yet."""
        self.path = path
        self._layout: Layout | None = None
        self._reach = Reach(0, 0, 0)

    def begin(self, layout: Layout) -> None:
        """Make an empty store; an earlier one of ours is replaced. Raises InputError where something else stands there."""
        if self.path.exists() and not _ours(self.path):
            raise InputError("", "tissue", shown_path(self.path), "is there and is no store of a tissue", "Name another place.")
        fresh = self.path.with_name(f".{self.path.name}.new")
        shutil.rmtree(fresh, ignore_errors=True)
        try:
            self._make(fresh, layout)
            if self.path.exists():
                shutil.rmtree(self.path)
            fresh.rename(self.path)
        except OSError:
            shutil.rmtree(fresh, ignore_errors=True)
            raise
        self._layout, self._reach = layout, Reach(0, 0, 0)

    def _make(self, place: Path, layout: Layout) -> None:
        """All arrays, those that do not change filled."""
        frames = len(layout.days)
        named = {"genotype": len(layout.genotypes), "drug": len(layout.drugs)}
        make(place, layout.grid, {"time": frames, "frame": frames, "bound": frames + 1, **named})
        root = _arrays(place, "r+")
        root["time"][...] = layout.days
        root["mask"][...] = layout.mask
        root["rows/offset"][0] = 0
        for axis, name in enumerate(SPACE):
            root[name][...] = layout.grid.middles(axis)
        for name, words in (("genotype", layout.genotypes), ("drug", layout.drugs)):
            if words:
                root[name][...] = np.array(words, object)
        commit(place, Reach(0, 0, 0), _told(layout))

    def resume(self, layout: Layout, frames: int) -> None:
        """Go on after so many frames; later ones are taken away. Raises InputError where fewer stand there, or another's."""
        tissue = open_tissue(self.path)
        _same(tissue, layout)
        if tissue.frames < frames:
            raise InputError(
                shown_path(self.path), "frames", tissue.frames, f"is fewer than the {frames} to go on from", "Begin the run anew.",
            )  # fmt: skip
        reach = Reach(frames, tissue.clones(frames), tissue.bound(frames))
        commit(self.path, reach, _told(layout))
        root = _arrays(self.path, "r+")
        for name in BORN:
            root[f"clones/{name}"].resize((reach.clones,))
        for name in Rows._fields:
            root[f"rows/{name}"].resize((reach.rows,))
        for name in FIELDS:
            for left in (self.path / name / "c").glob("[0-9]*"):
                if int(left.name) >= frames:
                    shutil.rmtree(left)
        for left in self.path.rglob("*.partial"):
            left.unlink()
        self._layout, self._reach = layout, reach

    def write(self, index: int, frame: Frame, lineage: Lineage) -> None:
        """Take down the next frame, and the clones that came since. Raises OSError where the disk is full.

        Raises ValueError where it is not the next one or a shape is not that of the layout, OverflowError where the cells of a
        genotype in a voxel do not fit 32 bits.
        """
        layout, reach = self._layout, self._reach
        if layout is None or index != reach.frames or index >= len(layout.days):
            raise ValueError(f"Frame {index} of {shown_path(self.path)}: the next one is {reach.frames}.")
        _check(layout, frame)
        root = _arrays(self.path, "r+")
        cells = root["cells"]
        for genotype in range(len(layout.genotypes)):
            cells[index, genotype] = cells_of(frame.rows, lineage, genotype, layout.grid)
        for name in FIELDS:
            if name != "cells" and root[name].size:
                root[name][index] = np.asarray(getattr(frame, name), np.float32)
        root["volume"][index] = frame.volume
        root["occupied"][index] = occupied_volume(frame, layout.grid)
        root["time"][index] = frame.day
        after = Reach(index + 1, lineage.parent.size, reach.rows + frame.rows.place.size)
        _append(root, "rows", dict(zip(Rows._fields, frame.rows, strict=True)), reach.rows, after.rows)
        _append(root, "clones", dict(zip(BORN, lineage, strict=True)), reach.clones, after.clones)
        root["rows/offset"][index + 1] = after.rows
        root["clones/count"][index] = after.clones
        commit(self.path, after, _told(layout))
        self._reach = after

    def finish(self) -> None:
        """Nothing is left to do: every frame was whole when it was written, and days that were never reached are not visible."""


def _append(root: Any, group: str, columns: dict[str, Any], start: int, end: int) -> None:
    """Put what is new of these columns behind what stands there: of clones those from `start` on, of rows all."""
    for name, values in columns.items():
        array = root[f"{group}/{name}"]
        array.resize((end,))
        if end > start:
            array[start:end] = values[start - end :]


def _told(layout: Layout) -> dict[str, Any]:
    """The attributes of a store."""
    provenance = json.dumps(layout.told, sort_keys=True, allow_nan=False)
    return {"layout": VERSION, "site": layout.site, "geometry": layout.geometry,
            "spacing_mm": _spacing(layout), "provenance": provenance}  # fmt: skip


def _spacing(layout: Layout) -> float:
    """The edge of a voxel, mm, in 12 digits."""
    return float(f"{layout.grid.spacing:.12g}")


def _check(layout: Layout, frame: Frame) -> None:
    """Raises ValueError where a field of a frame has another shape than its layout says."""
    shape = layout.grid.shape
    for name in FIELDS:
        due = (len(layout.drugs), *shape) if name == "exposure" else shape
        if name != "cells" and (found := np.shape(getattr(frame, name))) != due:
            raise ValueError(f"The field {name} has the shape {found}, where the layout has {due}.")


def _same(tissue: Tissue, layout: Layout) -> None:
    """Raises InputError where a store is that of another course."""
    pairs = {
        "site": (tissue.site, layout.site), "geometry": (tissue.geometry, layout.geometry),
        "grid": (tissue.grid, Grid(layout.grid.shape, _spacing(layout))),
        "genotypes": (tissue.genotypes, layout.genotypes), "drugs": (tissue.drugs, layout.drugs),
        "days": (tissue.due.tolist(), np.asarray(layout.days).tolist()), "mask": (tissue.mask.tobytes(), layout.mask.tobytes()),
    }  # fmt: skip
    for name, (found, due) in pairs.items():
        if found != due:
            way_out = "Go on with the same case and settings, or begin the run anew."
            raise InputError(shown_path(tissue.path), name, "that of this store", "is not that of the run to go on with", way_out)


def cells_of(rows: Rows, lineage: Lineage, genotype: int, grid: Grid) -> NDArray[np.int32]:
    """Cells (Z, Y, X) of one genotype. Raises OverflowError where those of a voxel do not fit 32 bits."""
    own = lineage.genotype[rows.clone] == genotype
    place, count = rows.place[own], rows.count[own].astype(np.int64)
    table = np.zeros(grid.size, np.int32)
    if place.size:
        head = np.flatnonzero(np.concatenate([[True], place[1:] != place[:-1]]))
        total = np.add.reduceat(count, head)
        if total.max() > MOST:
            raise OverflowError(too_many(int(place[head][total.argmax()]) << 32 | int(rows.clone[own][head][total.argmax()])))
        table[place[head]] = total
    return table.reshape(grid.shape)


def occupied_volume(frame: Frame, grid: Grid) -> float:
    """Of the voxels that hold a cell or inert matter, mm3: more than the tumour's own volume, since many hold few cells."""
    held = np.asarray(frame.inert).ravel() > 0.0
    held[occupied(frame.rows)] = True
    return float(held.sum()) * grid.volume


@dataclass(frozen=True, slots=True, eq=False)
class Tissue:
    """A store that is read: what does not change is at hand, fields, rows and clones are read when they are asked for."""

    path: Path
    site: str
    geometry: str
    grid: Grid
    mask: NDArray[np.int8]  # (Z, Y, X)
    genotypes: tuple[str, ...]
    drugs: tuple[str, ...]
    days: FloatArray  # (frames,) of the frames that are there
    due: FloatArray  # (all frames,) on which one is due
    volume: FloatArray  # (frames,) mm3
    told: dict[str, Any]  # provenance
    _opened: dict[str, Any] = field(default_factory=dict, repr=False)  # arrays that were read from before

    @property
    def frames(self) -> int:
        """How many there are."""
        return int(self.days.size)

    def field(self, name: str, frame: int) -> NDArray[Any]:
        """A field (Z, Y, X) of a frame; `cells` (genotype, Z, Y, X) and `exposure` (drug, Z, Y, X).

        Raises InputError where there is no such field or frame, or what stands there cannot be read.
        """
        if name not in FIELDS:
            raise InputError(shown_path(self.path), "field", name, "is none of a tissue", f"Known: {', '.join(FIELDS)}.")
        values: NDArray[Any] = self._read(name, self._frame(frame))
        return values

    def rows(self, frame: int) -> Rows:
        """The cells of a frame. Raises InputError where there is no such frame, or it cannot be read."""
        at = self._frame(frame)
        part = slice(self.bound(at), self.bound(at + 1))
        return Rows(*(self._read(f"rows/{name}", part) for name in Rows._fields))

    def lineage(self, frame: int = -1) -> Lineage:
        """The clones up to a frame. Raises InputError where there is no such frame, or they cannot be read."""
        part = slice(0, self.clones(self._frame(frame) + 1))
        return Lineage(*(self._read(f"clones/{name}", part) for name in BORN))

    def clones(self, frames: int) -> int:
        """How many clones there are after so many frames."""
        return int(self._read("clones/count", frames - 1)) if frames else 0

    def bound(self, frames: int) -> int:
        """How many rows so many frames have."""
        return int(self._read("rows/offset", frames))

    def dataset(self, group: str | None = None) -> xarray.Dataset:
        """The voxels (or the group `clones` or `rows`) as xarray opens them, nothing read yet."""
        import xarray

        found: xarray.Dataset = xarray.open_zarr(self.path, group=group, chunks=None)
        return found

    def _frame(self, frame: int) -> int:
        if not -self.frames <= frame < self.frames:
            raise InputError(shown_path(self.path), "frame", frame, "is not there", f"There are {self.frames}, counted from 0.")
        return frame % self.frames

    def _read(self, name: str, part: Any) -> Any:
        with _readable(self.path, name):
            if name not in self._opened:
                self._opened[name] = _arrays(self.path)[name]
            return np.asarray(self._opened[name][part])


def open_tissue(path: Path) -> Tissue:
    """Open the store of a tissue. Raises InputError where there is none, or it is one that this version cannot read."""
    said = _attributes(path)
    if said.get("layout") != VERSION:
        way_out = f"This version reads the layout {VERSION}: run the case again, or take the version that wrote it."
        raise InputError(shown_path(path), "layout", said.get("layout"), "is unknown", way_out)
    with _readable(path, META):
        root, frames = _arrays(path), int(said["frames"])
        mask = np.asarray(root["mask"][...])
        genotypes, drugs = (tuple(str(word) for word in root[name][...]) for name in ("genotype", "drug"))
        due, taken = np.asarray(root["time"][...]), np.asarray(root["volume"][:frames])
        grid = Grid((mask.shape[0], mask.shape[1], mask.shape[2]), float(said["spacing_mm"]))
        return Tissue(path, str(said["site"]), str(said["geometry"]), grid, mask, genotypes, drugs, due[:frames], due, taken,
                      json.loads(said["provenance"]))  # fmt: skip


def stores_in(folder: Path) -> list[Path]:
    """The stores of tissues in a result, or the store itself. Raises InputError where there is none."""
    found = [folder] if (folder / META).is_file() else sorted(folder.glob("tissue-*.zarr"))
    for path in found:
        _attributes(path)
    if not found:
        reason = "holds no tissue" if folder.is_dir() else "is no directory"
        way_out = 'Name the result of a run with a site of geometry "plane" or "box".'
        if waits_for(folder):
            reason, way_out = "has an unfinished run in voxels", "Finish it: refugia run CASE --out DIR --resume."
        raise InputError("", "DIR", shown_path(folder), reason, way_out)
    return found


def beside(folder: Path, suffix: str) -> Path:
    """What is made of a result (or of the one that holds a store) goes beside it, never into it: a later run could not replace it.

    >>> beside(Path("/home/me/out"), "-view.html").as_posix()
    '/home/me/out-view.html'
    """
    whole = folder.resolve()
    result = whole.parent if (folder / META).is_file() else whole
    return result.parent / f"{result.name}{suffix}"


def _attributes(path: Path) -> dict[str, Any]:
    """What the root of a store says of itself. Raises InputError where it is none, or is damaged."""
    try:
        said = json.loads((path / META).read_text(encoding="utf-8"))
    except ValueError:
        raise _damaged(path, META, "is no JSON") from None
    except OSError:
        said = {}
    try:
        said = said["attributes"]
        if not isinstance(said, dict) or not {"layout", "site", "frames"} <= said.keys():
            raise KeyError("layout")
    except (KeyError, TypeError):
        way_out = "Name a folder tissue-SITE.zarr of a run."
        raise InputError("", "tissue", shown_path(path), "is no store of a tissue", way_out) from None
    return said


def _ours(path: Path) -> bool:
    """Whether a store of a tissue stands there."""
    try:
        return bool(_attributes(path))
    except InputError:
        return False


def _arrays(path: Path, mode: Literal["r", "r+"] = "r") -> Any:
    """The arrays in the length they have on disk, visible or not."""
    import zarr

    return zarr.open_group(path, mode=mode, use_consolidated=False)


@contextmanager
def _readable(path: Path, name: str) -> Iterator[None]:
    """Raises InputError where zarr cannot make sense of what stands on disk."""
    try:
        yield
    except KeyError as trouble:
        raise _damaged(path, str(trouble.args[0]) if trouble.args else name, "is missing") from trouble
    except (OSError, ValueError, IndexError, TypeError, RuntimeError) as trouble:
        what = " ".join(str(trouble).split())[:120]
        raise _damaged(path, name, f"cannot be read ({what})") from trouble


def _damaged(path: Path, name: str, reason: str) -> InputError:
    """What is said of a store of which a part is not what was written."""
    return InputError(shown_path(path), "store", name, f"{reason}: the store is damaged", "Run the case again.")
