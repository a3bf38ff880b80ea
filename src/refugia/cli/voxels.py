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
    from refugia.report.unfinished import Asked

Patient = Annotated[int, typer.Option(metavar="N", help="Sites in voxels: which of the patients, from 1.")]
Vtk = Annotated[bool, typer.Option("--vtk", help="Sites in voxels: also a series that ParaView opens.")]
Minutes = Annotated[float, typer.Option(metavar="MIN", help="Sites in voxels: minutes between checkpoints.")]
Resume = Annotated[
    bool | None,
    typer.Option("--resume/--no-resume", help="Sites in voxels: go on with a run that was stopped, or begin it anew.",
                 show_default=False),
]  # fmt: skip


class Wanted(NamedTuple):
    """What is asked of the sites in voxels."""

    patient: int
    vtk: bool
    minutes: float
    resume: bool | None


def checked(case: Case, wanted: Wanted, replicates: int) -> None:
    """Raises InputError where an option is none, there is no site in voxels that it could speak of, or one is too large."""
    from refugia.catalog.voxels import check_memory
    from refugia.terms import InputError

    if not sites_of(case):
        for option, given in (("--vtk", wanted.vtk), ("--resume", wanted.resume is not None), ("--patient", wanted.patient != 1)):
            if given:
                way_out = 'Give a site geometry = "box" (or "plane", "slab"), or leave the option out.'
                raise InputError("", option, case.id, "has no site in voxels, which the option speaks of", way_out)
    if not 1 <= wanted.patient <= replicates:
        reason = f"is none of {replicates} patients"
        raise InputError("", "--patient", wanted.patient, reason, f"Give one from 1 to {replicates}, or more --replicates.")
    if not 0.0 <= wanted.minutes <= 1e6:
        way_out = "Give 0 for one after every step, or more."
        raise InputError("", "--checkpoint-minutes", wanted.minutes, "is no time between checkpoints", way_out)
    check_memory(case)


def sites_of(case: Case) -> list[str]:
    """The names of the sites in voxels."""
    return [site.name for site in case.subject.sites if site.geometry.voxels]


def decided(place: Path, target: Path, asked: Asked, resume: bool | None) -> Asked:
    """What is to be run, and made of it: that of an unfinished run, where it goes on.

    `target` is where the result will stand, as the user named it. Raises InputError where an unfinished run waits there and nothing
    is said of it, where there is none to go on with, or one of another case, seed or patient.
    """
    from refugia.report.files import shown_path
    from refugia.report.unfinished import WAITING, gone_on, waits
    from refugia.terms import InputError

    waiting = place.parent / WAITING
    unfinished = waits(waiting)
    if resume is None and unfinished:
        way_out = "Give --resume to go on with it, or --no-resume to begin anew."
        raise InputError("", "--out", shown_path(target), "has an unfinished run in voxels waiting", way_out)
    if resume and not unfinished:
        way_out = "Leave the option out to begin one."
        raise InputError("", "--resume", shown_path(target), "has no unfinished run in voxels", way_out)
    return gone_on(waiting, asked, target) if resume else asked


def run_voxels(place: Path, course: Course, asked: Asked, wanted: Wanted, threads: int) -> list[TissueCourse]:
    """Run every site in voxels of the case of a `course`, for the same seed and ensemble; series for ParaView end in `place`.

    Its stores wait beside it until they are `moved`, and can be gone on with as soon as there is a checkpoint; before that, nothing
    is left of a run that ends early.
    """
    sites = sites_of(course.case)
    if not sites:
        return []
    from refugia.report.tissue_layout import store_name
    from refugia.report.tissue_store import open_tissue
    from refugia.report.unfinished import BEGUN, WAITING, keep, waits
    from refugia.report.vtk import folder_of, write_vtk

    waiting = place.parent / WAITING
    if not wanted.resume:
        shutil.rmtree(waiting, ignore_errors=True)
    waiting.mkdir(exist_ok=True)
    BEGUN.append(waiting)
    try:
        keep(waiting, asked)
        found = [_one(waiting, site, course, wanted, threads) for site in sites]
    except BaseException:
        if not waits(waiting):
            shutil.rmtree(waiting, ignore_errors=True)
        raise
    for store in [waiting / store_name(site) for site in sites if asked.vtk]:
        write_vtk(place / folder_of(store), open_tissue(store))
    return found


def moved(place: Path, case: Case) -> None:
    """Move the stores of a whole run from where they waited into its result: the last thing that is written."""
    from refugia.report.tissue_layout import store_name
    from refugia.report.unfinished import BEGUN, WAITING

    waiting = place.parent / WAITING
    for site in sites_of(case):
        (waiting / store_name(site)).rename(place / store_name(site))
    shutil.rmtree(waiting, ignore_errors=True)
    BEGUN.clear()


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
        return run_tissue(
            course.case, site, wanted.patient, replicates, course.seed, TissueStore(store), threads=threads, told=told,
            checkpoint=Checkpoint(saved, wanted.minutes, saved.exists()), progress=progress,
        )  # fmt: skip


def show_voxels(console: Console, folder: Path, course: Course, tissues: Sequence[TissueCourse], vtk: bool) -> None:
    """Show the sites in voxels beside the spheres of the same patient, and the next commands."""
    from refugia.report.tissue_screen import Sphere, show_next, show_tissue

    names = [site.name for site in course.case.subject.sites]
    for tissue in tissues:
        console.print()
        at = tissue.patient - 1, names.index(tissue.site)
        show_tissue(console, tissue, Sphere(course.volume[at], float(course.progression.sites[at])))
    if tissues:
        show_next(console, folder, tissues, vtk)
