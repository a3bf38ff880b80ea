"""Checkpoints: the whole state of a site in voxels in one file, so that a run that was killed goes on bit for bit.

A checkpoint is written beside the one before it, put on the disk, and only then takes its name: whatever happens, one is whole.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from refugia.barriers.angiogenesis import packed, unpacked
from refugia.barriers.tissue import VoxelFields
from refugia.course.tissue.loop import nearest, weigh
from refugia.course.tissue.state import Scene, Tissue
from refugia.engine.rows.lineage import Lineage
from refugia.engine.rows.rows import Rows
from refugia.terms import RefugiaError

LAYOUT = 2
"""Of the file: another number is another layout."""
_TOLD = ("solved_volume", "growth_norm", "step", "frames", "fullest", "walled", "burst")
_ARRAYS = ("inert", "wall", "body", "solved_live", "volume", "counts")


@dataclass(slots=True)
class Checkpoint:
    """Where checkpoints go, how many minutes apart (0: after every step), and whether the course goes on from the last one."""

    path: Path
    minutes: float = 5.0
    resume: bool = False
    last: float = field(default_factory=time.monotonic)

    def due(self) -> bool:
        """Whether the time has come; it runs from the last one."""
        return time.monotonic() - self.last >= 60.0 * self.minutes

    def save(self, tissue: Tissue) -> None:
        """Write the state down. Raises OSError where that cannot be; the last checkpoint then stands."""
        fresh = self.path.with_name(self.path.name + ".new")
        try:
            with fresh.open("wb") as file:
                np.savez(file, **_packed(tissue))
                file.flush()
                os.fsync(file.fileno())
            fresh.replace(self.path)
            _settle(self.path.parent)
        except BaseException:
            with suppress(OSError):
                fresh.unlink()
            raise
        self.last = time.monotonic()

    def load(self, scene: Scene) -> Tissue:
        """The tissue of the last checkpoint. Raises RefugiaError where there is none, or it is of another course or version."""
        try:
            with np.load(self.path) as file:
                return _unpacked(scene, file)
        except FileNotFoundError:
            way_out = "Leave out --resume to begin it."
            raise RefugiaError(f'There is no course of the site "{scene.site.name}" to go on with. {way_out}') from None
        except (ValueError, KeyError, EOFError, zipfile.BadZipFile) as trouble:
            raise RefugiaError(f"{self.path.name} is no checkpoint of this version ({trouble}). {_ANEW}") from None


_ANEW = "Give --no-resume to begin anew."


def _settle(folder: Path) -> None:
    """Put the names in a folder on the disk, where a system can."""
    with suppress(OSError):
        held = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(held)
        finally:
            os.close(held)


def fingerprint(scene: Scene) -> str:
    """SHA-256 of all that decides the bits of a course: its tables, grid, key and numbers of the method."""
    digest = hashlib.sha256()
    row, shared = scene.row, scene.lowered.shared
    settings = scene.case.settings
    said = [scene.case.id, scene.site.name, scene.patient, scene.grid, scene.resolved, scene.drugs, scene.edges, settings.moved,
            settings.shells]  # fmt: skip
    digest.update(repr(said).encode())
    treatment = [column[row.rows.patient[0]] for column in (shared.treatment.ec50, shared.treatment.hill, shared.treatment.base)]
    tables = [*row.source, *row.ground, *row.haven, row.kill, row.days, row.chance.keys, scene.free, shared.words, *treatment,
              shared.treatment.curve, shared.treatment.plasma[row.rows.plasma[0]], *(scene.growing or ())]  # fmt: skip
    for table in tables:
        digest.update(repr((table.shape, table.dtype.str)).encode())
        digest.update(np.ascontiguousarray(table).tobytes())
    return digest.hexdigest()


def _packed(tissue: Tissue) -> dict[str, Any]:
    """The state as arrays by name, and what is told of it."""
    told = {name: getattr(tissue, name) for name in _TOLD}
    told |= {"layout": LAYOUT, "course": fingerprint(tissue.scene), "version": _version()}
    arrays: dict[str, Any] = {name: getattr(tissue, name) for name in _ARRAYS}
    for of, table in (("rows", tissue.rows), ("lineage", tissue.lineage), ("fields", tissue.fields)):
        arrays |= dict(_columns(of, table))
    if tissue.vessels is not None:
        arrays |= {f"vessels.{name}": column for name, column in packed(tissue.vessels).items()}
    return arrays | {"told": np.frombuffer(json.dumps(told).encode(), np.uint8)}


def _columns(of: str, table: Any) -> Iterator[tuple[str, NDArray[Any]]]:
    """The columns of a table by name."""
    return ((f"{of}.{name}", column) for name, column in zip(table._fields, table, strict=True))


def _unpacked(scene: Scene, file: Any) -> Tissue:
    """The tissue in a file. Raises RefugiaError where it is of another course or version."""
    told = json.loads(file["told"].tobytes())
    if (told["layout"], told["version"]) != (LAYOUT, _version()):
        raise RefugiaError(f"The checkpoint was written by version {told['version']}, and this is {_version()}. {_ANEW}")
    if told["course"] != fingerprint(scene):
        raise RefugiaError(
            f'The checkpoint is of another course than that of the site "{scene.site.name}": case, seed, patient, replicates or '
            f"settings differ. Give those it was begun with, or --no-resume to begin anew."
        )
    tables: dict[str, Any] = {
        of: kind(*(file[f"{of}.{name}"] for name in kind._fields))
        for of, kind in (("rows", Rows), ("lineage", Lineage), ("fields", VoxelFields))
    }
    arrays = {name: file[name] for name in _ARRAYS}
    near = nearest(arrays["body"]) if arrays["body"].any() else np.zeros(scene.grid.size, np.int32)
    blank = np.zeros(scene.grid.shape)
    said = {name: told[name] for name in _TOLD}
    tissue = Tissue(scene, near=near, fill=blank, live=blank, **tables, **arrays, **said)
    weigh(tissue)
    new = {name.removeprefix("vessels."): file[name] for name in file.files if name.startswith("vessels.")}
    tissue.vessels = unpacked(new) if new else None
    return tissue


def _version() -> str:
    """Of this package."""
    from refugia import __version__

    return __version__
