"""A run in voxels that was stopped: where it waits beside the result in the making, and what was asked of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import NamedTuple

from refugia.report.files import shown_path, write_json
from refugia.report.work import Work
from refugia.terms import InputError

WAITING = "tissue"
"""The folder, beside the result in the making, of what is unfinished."""
BEGUN: list[Path] = []
"""Folders in which this process has begun a run in voxels that is not in its place yet."""
_ASKED = "asked.json"


class Asked(NamedTuple):
    """What decides the course of a run in voxels beside its case, and what is to be made of it in the end."""

    case: str
    seed: int
    replicates: int
    patient: int
    vtk: bool

    def words(self) -> dict[str, str]:
        """The case and the options by which it is asked for, without what is only made in the end.

        >>> Asked("egfr-lung-tissue", 0, 4, 1, True).words()["seed"]
        '--seed 0'
        """
        options = {name: f"--{name} {getattr(self, name)}" for name in ("seed", "replicates", "patient")}
        return {"case": f'the case "{self.case}"', **options}


def waits(folder: Path) -> bool:
    """Whether a run in voxels can be gone on with in a folder of unfinished ones."""
    return any(folder.glob("*.checkpoint"))


def waits_for(target: Path) -> bool:
    """Whether a run in voxels that was to stand at this place is unfinished."""
    return waits(Work(target.resolve()).folder / WAITING)


def keep(folder: Path, asked: Asked) -> None:
    """Write down what is asked of the run that begins in a folder."""
    write_json(folder / _ASKED, asked._asdict())


def kept(folder: Path) -> Asked | None:
    """What was asked of the run in a folder; None where nobody says so."""
    try:
        return Asked(**json.loads((folder / _ASKED).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def gone_on(folder: Path, asked: Asked, target: Path) -> Asked:
    """What to make of an unfinished run. Raises InputError where it was begun with other options, each named."""
    before = kept(folder)
    if before is None:
        return asked
    then, now = before.words(), asked.words()
    other = [name for name in then if then[name] != now[name]]
    if other:
        was, given = (", ".join(words[name] for name in other) for words in (then, now))
        reason = f"goes on with a run that was begun with {was}, not with {given}"
        raise InputError("", "--resume", shown_path(target), reason, f"Give {was}, or --no-resume to begin anew.")
    return asked._replace(vtk=asked.vtk or before.vtk)
