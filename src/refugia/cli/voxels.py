"""The part of `refugia run` that runs sites in voxels: options, the place where an unfinished run waits, and what is shown.

A course in voxels may take hours, so that what it writes must outlive a kill: stores and checkpoints lie beside the result in the
making, in `.NAME.refugia/tissue`, and move into the result once all of them are whole.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from refugia.cli.options import progress_of

if TYPE_CHECKING:
    from rich.console import Console

    from refugia.course.case import Case
    from refugia.course.result import Course
    from refugia.course.tissue.run import TissueCourse

Patient = Annotated[int, typer.Option(metavar="N", help="Sites in voxels: which of the patients, from 1.")]
Vtk = Annotated[bool, typer.Option("--vtk", help="Sites in voxels: also a series that ParaView opens.")]
Minutes = Annotated[float, typer.Option(metavar="MIN", help="Sites in voxels: minutes between checkpoints.")]
Resume = Annotated[
    bool | None,
    typer.Option("--resume/--no-resume", help="Sites in voxels: go on with a run that was stopped, or begin it anew.",
                 show_default=False),
]  # fmt: skip
WAITING = "tissue"
"""The folder, beside the result in the making, of what is unfinished."""


class Wanted(NamedTuple):
    """What is asked of the sites in voxels."""

    patient: int
    vtk: bool
    minutes: float
    resume: bool | None


def checked(case: Case, wanted: Wanted, replicates: int) -> None:
    """Raises InputError where an option is none, or there is no site in voxels that it could speak of."""
    from refugia.terms import InputError

    if not 1 <= wanted.patient <= replicates:
        reason = f"is none of {replicates} patients"
        raise InputError("", "--patient", wanted.patient, reason, f"Give one from 1 to {replicates}, or more --replicates.")
    if not 0.0 <= wanted.minutes <= 1e6:
        way_out = "Give 0 for one after every step, or more."
        raise InputError("", "--checkpoint-minutes", wanted.minutes, "is no time between checkpoints", way_out)
    if sites_of(case):
        return
    for option, given in (("--vtk", wanted.vtk), ("--resume", wanted.resume is not None), ("--patient", wanted.patient != 1)):
        if given:
            way_out = 'Give a site geometry = "box" (or "plane", "slab"), or leave the option out.'
            raise InputError("", option, "", "speaks of sites in voxels, and the case has none", way_out)


def sites_of(case: Case) -> list[str]:
    """The names of the sites in voxels."""
    return [site.name for site in case.subject.sites if site.geometry.voxels]


def run_voxels(place: Path, target: Path, course: Course, wanted: Wanted, threads: int) -> list[TissueCourse]:
    """Run every site in voxels of the case of a `course`, for the same seed and ensemble; its stores end in `place`.

    `target` is where the result will stand, as the user named it. Raises InputError where an unfinished run waits there and nothing
    is said of it, or there is none to go on with.
    """
    sites = sites_of(course.case)
    if not sites:
        return []
    from refugia.report.tissue_layout import store_name
    from refugia.report.tissue_store import open_tissue
    from refugia.report.vtk import write_vtk

    waiting = place.parent / WAITING
    _decide(waiting, target, wanted.resume)
    found = [_one(waiting, site, course, wanted, threads) for site in sites]
    for site in sites:
        store = place / store_name(site)
        (waiting / store.name).rename(store)
        if wanted.vtk:
            write_vtk(place / f"vtk-{store.stem}", open_tissue(store))
    shutil.rmtree(waiting, ignore_errors=True)
    return found


def _decide(waiting: Path, target: Path, resume: bool | None) -> None:
    """Clear the place for a new run, or keep what waits there."""
    from refugia.report.files import shown_path
    from refugia.terms import InputError

    unfinished = any(waiting.glob("*.checkpoint"))
    if resume is None and unfinished:
        way_out = "Give --resume to go on with it, or --no-resume to begin anew."
        raise InputError("", "--out", shown_path(target), "has an unfinished run in voxels waiting", way_out)
    if resume and not unfinished:
        way_out = "Leave the option out to begin one."
        raise InputError("", "--resume", shown_path(target), "has no unfinished run in voxels", way_out)
    if not resume:
        shutil.rmtree(waiting, ignore_errors=True)
    waiting.mkdir(exist_ok=True)


def _one(waiting: Path, site: str, course: Course, wanted: Wanted, threads: int) -> TissueCourse:
    """Run one site, from its checkpoint where there is one."""
    from refugia.catalog.reader import parameters_of
    from refugia.course.tissue.checkpoint import Checkpoint
    from refugia.course.tissue.run import run_tissue
    from refugia.report.provenance import provenance
    from refugia.report.tissue_layout import store_name
    from refugia.report.tissue_store import TissueStore

    store = waiting / store_name(site)
    saved = store.with_suffix(".checkpoint")
    replicates = int(course.volume.shape[0])
    told = provenance(course.case, parameters_of(course.case), course.seed, replicates)
    with progress_of(f"{site} in voxels") as progress:
        try:
            return run_tissue(
                course.case, site, wanted.patient, replicates, course.seed, TissueStore(store), threads=threads, told=told,
                checkpoint=Checkpoint(saved, wanted.minutes, saved.exists()), progress=progress,
            )  # fmt: skip
        except BaseException as stop:
            if saved.exists() and not isinstance(stop, Exception):  # a signal
                typer.echo(f'The site "{site}" is kept as it was at its last checkpoint: --resume goes on from there.', err=True)
            raise


def show_voxels(console: Console, folder: Path, course: Course, tissues: Sequence[TissueCourse]) -> None:
    """Show the sites in voxels beside the spheres of the same patient, and the next commands."""
    from refugia.report.tissue_screen import show_next, show_tissue

    names = [site.name for site in course.case.subject.sites]
    for tissue in tissues:
        console.print()
        show_tissue(console, tissue, course.volume[tissue.patient - 1, names.index(tissue.site)])
    if tissues:
        show_next(console, folder, tissues)
