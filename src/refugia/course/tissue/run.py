"""The course of one site in voxels, for one patient of the ensemble: from day 0, or from a checkpoint, to the horizon."""

from __future__ import annotations

import errno
from collections.abc import Callable
from dataclasses import dataclass
from math import pi
from typing import Any

import numpy as np
from numpy.typing import NDArray

from refugia.biopsy import volume as volume_of
from refugia.clones.model import AMPLIFICATION
from refugia.course.case import Case
from refugia.course.observe import scan_days, scan_errors, watch_of
from refugia.course.patients import Patients
from refugia.course.recist import Watch, at_scans, progression
from refugia.course.tissue.checkpoint import Checkpoint
from refugia.course.tissue.loop import close, take
from refugia.course.tissue.record import Frame, Layout, Single, Sink
from refugia.course.tissue.seen import exposure, whole
from refugia.course.tissue.space import frame_days
from refugia.course.tissue.state import Scene, Tissue, begun, scene_of
from refugia.engine.rows.lineage import Lineage
from refugia.engine.rows.rows import Rows
from refugia.engine.rows.step import TILE
from refugia.engine.voxels.grid import Grid
from refugia.subject import Presence
from refugia.terms import FloatArray, Outcome, RefugiaError

Progress = Callable[[int, int], None]
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


@dataclass(frozen=True, slots=True)
class TissueCourse:
    """What the course of a site in voxels leaves in memory; its frames are where the sink put them."""

    site: str
    patient: int  # counted from 1
    replicates: int
    seed: int
    grid: Grid
    days: FloatArray  # (steps + 1,)
    volume: FloatArray  # (steps + 1,) mm3: cells over density and what is inert; of the cut in a plane or a slab
    whole: FloatArray  # (steps + 1,) mm3: of the ball as wide as the cut; the volume itself in a box
    counts: NDArray[np.int64]  # (steps + 1, genotype) cells
    genotypes: tuple[str, ...]
    rows: Rows  # the cells at the horizon
    lineage: Lineage
    outcome: Outcome
    progression: float  # day, as on the sphere but of the ball as wide; infinity where there is none
    fullest: float  # the most that a voxel ever held at the end of a step, over its room
    walled: float  # the day on which the tumour first lay against a side of the grid, -1 if it never did
    burst: bool  # whether it ended before the horizon, because there was no room left in the grid

    @property
    def born(self) -> int:
        """Clones that were founded within the course; a line with a tolerant state counts once."""
        apart = self.lineage.other < 0
        apart |= self.lineage.other > np.arange(self.lineage.other.size)
        return int((apart & (self.lineage.parent >= 0)).sum())


def run_tissue(
    case: Case, site: str, patient: int, replicates: int, seed: int, sink: Sink, *, threads: int = 0, tile: int = TILE,
    checkpoint: Checkpoint | None = None, progress: Progress | None = None, told: dict[str, object] | None = None,
) -> TissueCourse:  # fmt: skip
    """Run one site in voxels for the patient with this number, counted from 1, of `replicates`: the same one as on the sphere.

    A frame goes to the sink on each of `frame_days`; `told` is provenance for it. With a checkpoint the state is saved as it says,
    and a course that goes on from one has the bits of one that was never stopped, for any number of threads and any tile.

    A course whose tumour has no room left in its grid ends there. Raises RefugiaError where the site cannot be laid out in voxels,
    outgrows what 32 bits count, where a checkpoint is of another course, and where the disk is full: the last checkpoint stands.
    """
    if not 1 <= patient <= replicates:
        raise RefugiaError(f"Patient {patient} is none of {replicates}. Give one from 1 to {replicates}.")
    scene = scene_of(case, site, Patients(replicates, seed), patient - 1, threads, tile)
    layout = layout_of(scene, {} if told is None else told)
    tissue = checkpoint.load(scene) if checkpoint is not None and checkpoint.resume else begun(scene)
    try:
        if tissue.frames:
            sink.resume(layout, tissue.frames)
        else:
            sink.begin(layout)
        _pass(tissue, _Writer(sink, layout), checkpoint, progress)
        sink.finish()
    except OSError as trouble:
        raise _refusal(tissue, checkpoint, trouble) from trouble
    except OverflowError as trouble:
        raise RefugiaError(f'The site "{site}", after day {scene.days[tissue.step]:g}: {trouble}') from trouble
    return _course(tissue)


def _pass(tissue: Tissue, writer: _Writer, checkpoint: Checkpoint | None, progress: Progress | None) -> None:
    """Take the tissue to the horizon."""
    steps = tissue.scene.days.size - 1
    while tissue.step < steps and not tissue.burst:
        if progress is not None:
            progress(tissue.step, steps)
        take(tissue, writer)
        if checkpoint is not None and checkpoint.due():
            checkpoint.save(tissue)
    if checkpoint is not None:
        checkpoint.save(tissue)
    close(tissue, writer)
    if progress is not None:
        progress(steps, steps)


@dataclass(frozen=True, slots=True)
class _Writer:
    """Sees the tissue once a step, and hands it over on the days on which a frame is due, and where a course ends early."""

    sink: Sink
    layout: Layout

    def __call__(self, tissue: Tissue) -> None:
        due, day = self.layout.days, tissue.scene.days[tissue.step]
        if tissue.frames < due.size and (day >= due[tissue.frames] or tissue.burst):
            self.sink.write(tissue.frames, frame_of(tissue), tissue.lineage)
            tissue.frames += 1


def layout_of(scene: Scene, told: dict[str, object]) -> Layout:
    """What does not change in the course, with its provenance; `told` is more of that."""
    mask = scene.site.geometry.mask
    walls = np.zeros(scene.grid.shape, np.int8) if mask is None else np.asarray(mask, np.int8)
    names = tuple(clone.name for clone in scene.site.source.clones)
    settings = scene.case.settings
    own: dict[str, object] = {"patient": scene.patient + 1, "replicates": scene.patients.count}
    source = scene.site.source
    own |= {"alterations": {clone.name: list(clone.alterations) for clone in source.clones}}
    own |= {"amplifications": [one.name for one in source.alterations if one.kind == AMPLIFICATION]}
    own |= {"case": scene.case.id, "seed": scene.patients.seed, "density_per_mm3": scene.density,
            "one_cell_a_voxel": scene.resolved}  # fmt: skip
    method = {"step_days": settings.step, "nodes": settings.nodes, "moved": settings.moved, "shells": settings.shells}
    return Layout(scene.site.name, scene.site.geometry.kind, scene.grid, walls, names, scene.drugs, frame_days(scene.case),
                  {**own, "settings": method, **told})  # fmt: skip


def frame_of(tissue: Tissue) -> Frame:
    """The tissue as it is now; fields as they were last solved."""
    fields = whole(tissue)
    day, felt = float(tissue.scene.days[tissue.step]), exposure(tissue, fields.transfer)
    seen = (_single(one) for one in (fields.oxygen, fields.pressure, fields.perfused, fields.acidity, felt))
    return Frame(day, float(tissue.volume[tissue.step]), tissue.rows, tissue.inert.copy(), *seen)


def _single(values: FloatArray) -> Single:
    return np.asarray(values, np.float32)


def _refusal(tissue: Tissue, checkpoint: Checkpoint | None, trouble: OSError) -> RefugiaError | OSError:
    """What the user is told where something could not be written; any other trouble as it is."""
    if trouble.errno not in _FULL:
        return trouble
    day, kept = tissue.scene.days[tissue.step], checkpoint is not None and checkpoint.path.exists()
    way_out = "make room and go on with --resume" if kept else "make room and begin anew"
    stands = "The last checkpoint stands" if kept else "There is no checkpoint yet"
    return RefugiaError(
        f'The site "{tissue.scene.site.name}": the disk is full ({trouble.strerror}) on day {day:g}. {stands}: {way_out}.'
    )


def _course(tissue: Tissue) -> TissueCourse:
    scene = tissue.scene
    kept = slice(0, tissue.step + 1)
    volume, counts = tissue.volume[kept], tissue.counts[kept]
    whole = ball(scene.grid, volume)
    progression = progression_of(scene, whole)
    return TissueCourse(
        scene.site.name, scene.patient + 1, scene.patients.count, scene.patients.seed, scene.grid, scene.days[kept], volume, whole,
        counts, tuple(clone.name for clone in scene.site.source.clones), tissue.rows, tissue.lineage,
        outcome_of(scene, progression, bool(counts[-1].any())), progression, tissue.fullest, tissue.walled, tissue.burst,
    )  # fmt: skip


def ball(grid: Grid, volume: FloatArray) -> FloatArray:
    """The volume (mm3) of the ball that is as wide as what a grid holds: a ball itself, a disc or a line of voxels.

    >>> float(ball(Grid((1, 8, 8), 0.5), np.array([pi / 4 * 2.0**2 * 0.5]))[0].round(6)) == round(pi / 6 * 2.0**3, 6)
    True
    """
    axes = len(grid.resolved)
    if axes == 3:
        return volume
    across = np.sqrt(4.0 / pi * volume / grid.spacing) if axes == 2 else volume / grid.spacing**2
    return np.asarray(volume_of(across))


def outcome_of(scene: Scene, progression: float, alive: bool) -> Outcome:
    """How the site ended, by the day of its progression."""
    if progression <= scene.case.question.watched:
        return Outcome.PROGRESSED
    seen = scene.site.presence is Presence.SEEN
    return Outcome.CURED if not alive else Outcome.CONTROLLED if seen else Outcome.OCCULT


def progression_of(scene: Scene, volume: FloatArray) -> float:
    """The day of progression as on the sphere, on the diameter of the ball of this volume (steps + 1,) mm3; infinity for never."""
    seen, patient = scene.site.presence is Presence.SEEN, scene.patient
    ensemble = watch_of(scene.case, scene.patients, scene.lowered)
    part: dict[str, Any] = {"seen": np.array([seen]), "present": np.ones((1, 1), np.bool_), "ratio": ensemble.ratio[patient][None],
                            "detection": ensemble.detection[patient, scene.index].reshape(1, 1),
                            "increase": ensemble.increase[patient][None]}  # fmt: skip
    watch = Watch(days=ensemble.days[: volume.size], **part)
    if scene.case.question.scans is None:
        found = progression(volume[None, None], watch)
    else:
        planned = scan_days(scene.case)
        scans = planned[planned <= watch.days[-1]]
        errors = scan_errors(scene.case, scene.patients, planned.size)[patient, scene.index, : scans.size].reshape(1, 1, -1)
        found = at_scans(volume[None, None], watch, scans, errors)
    return float(found.sites[0, 0])
