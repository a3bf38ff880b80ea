"""The command `refugia`: thin calls of the floors below."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from pathlib import Path

    from refugia.catalog.evidence.search import Sources
    from refugia.course.case import Case
    from refugia.course.ensemble import Executor
    from refugia.course.result import Course
    from refugia.dissection.dissect import Dissection
    from refugia.dissection.sensitivity import Sensitivity

from refugia.cli.catalogue import cases, cite, parameters, studies
from refugia.cli.clones import clones
from refugia.cli.ends import ended
from refugia.cli.evidence import evidence
from refugia.cli.options import (
    CaseName,
    Cluster,
    Figures,
    Json,
    Listed,
    Moved,
    Out,
    Replicates,
    Seed,
    Threads,
    Trajectories,
    checked,
    executor_of,
    folder_of,
    print_json,
    progress_of,
    tell,
    tell_of_reads,
)
from refugia.cli.resistance import resistance
from refugia.cli.sample import sample
from refugia.cli.trials import calibrate, trials
from refugia.cli.view import view
from refugia.cli.voxels import Minutes, Patient, Resume, Vtk, Wanted, decided, moved, run_voxels, show_voxels
from refugia.cli.voxels import checked as checked_voxels

app = typer.Typer(
    help="By which ways out does a tumour escape its therapy, and what would close each of them?",
    no_args_is_help=True, add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False,
)  # fmt: skip


def _version(wanted: bool) -> None:
    if wanted:
        from refugia import __version__

        typer.echo(f"refugia {__version__}")
        raise typer.Exit


Version = Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")]


@app.callback()
def _root(
    version: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")] = False,
) -> None:
    from refugia.catalog.notices import before_reconstruction

    before_reconstruction(tell_of_reads)


@app.command()
def dissect(
    case: CaseName, seed: Seed = 0, replicates: Replicates = 64, out: Out = None, as_json: Json = False, threads: Threads = 0,
    *, cluster: Cluster = None, moved: Moved = False, sensitivity_trajectories: Trajectories = 5, figures: Figures = False,
    listed: Listed = False,
) -> None:  # fmt: skip
    """By which ways out does it escape?

    Lifts every mechanism of the case, alone and together, in the same patients, and reports what each is worth.
    """
    from rich.console import Console

    from refugia.catalog.reader import parameters_of, read_case

    checked(replicates, seed, threads)
    described = read_case(case)
    numbers = parameters_of(described)
    from refugia.course.result import simulate
    from refugia.dissection.dissect import dissect as run
    from refugia.report.files import placed
    from refugia.report.images import ready
    from refugia.report.rescue import show_rescue
    from refugia.report.screen import show_dissection
    from refugia.report.sensitivity import show_sensitivity
    from refugia.report.tables import assumed, summary

    folder, wanted = folder_of(out, described), _wanted(moved, sensitivity_trajectories)
    among = _searched(own=listed)
    if figures:
        ready()
    with placed(folder) as place, executor_of(cluster) as executor:
        table = _sensitivity(described, seed, wanted, threads, executor)
        with progress_of("Dissecting") as progress:
            result = run(described, replicates, seed, threads, progress, executor=executor)
        course = simulate(described, replicates, seed, threads, executor=executor)
        _write(place, (result, course, table), among, figures=figures)
    if as_json:
        print_json(summary(result, numbers, table, among))
    else:
        show_dissection(Console(), result, (len(numbers), assumed(numbers)))
        show_rescue(Console(), result.rescue)
        if table is not None:
            show_sensitivity(Console(), table)
    tell(folder, as_json)


def _searched(*, own: bool) -> Sources | None:
    """The evidence that stands beside the clones: the newest release of the user's store as well, where it is asked for."""
    if not own:
        return None
    from refugia.catalog.evidence.search import sources
    from refugia.catalog.evidence.store import default_store
    from refugia.terms import InputError

    found = sources(default_store())
    if len(found.releases) < 2:
        way_out = "Import one: refugia evidence import FILE; or leave the option out for what ships."
        raise InputError("", "--evidence", str(default_store()), "holds no release", way_out)
    return found


def _write(
    place: Path, results: tuple[Dissection, Course, Sensitivity | None], among: Sources | None, *, figures: bool
) -> None:
    """Write all that a dissection leaves."""
    from refugia.catalog.reader import parameters_of
    from refugia.report.dataset import write_course
    from refugia.report.images import write_images
    from refugia.report.page.render import dissection_page, write_page
    from refugia.report.tables import write_dissection

    result, course, moved = results
    numbers = parameters_of(result.case)
    write_course(place, course)
    write_dissection(place, result, numbers, moved, among)
    page = dissection_page(result, course, numbers, moved, among)
    write_page(place, page)
    if figures:
        write_images(place, page)


def _wanted(moved: bool, trajectories: int) -> int:
    """How many trajectories are to be run: none where the table is not asked for."""
    from refugia.terms import InputError

    if not 2 <= trajectories <= 1000:
        raise InputError("", "--sensitivity-trajectories", trajectories, "is no number of trajectories", "Give one from 2 to 1000.")
    return trajectories if moved else 0


def _sensitivity(case: Case, seed: int, trajectories: int, threads: int, executor: Executor | None) -> Sensitivity | None:
    """The table of sensitivity, or None where no trajectory is wanted."""
    if trajectories == 0:
        return None
    from refugia.dissection.sensitivity import sensitivity

    with progress_of("Moving the assumed numbers") as progress:
        return sensitivity(case, seed, trajectories, threads, progress, executor=executor)


@app.command()
def run(
    case: CaseName, seed: Seed = 0, replicates: Replicates = 64, out: Out = None, as_json: Json = False, threads: Threads = 0,
    *, cluster: Cluster = None, patient: Patient = 1, vtk: Vtk = False, checkpoint_minutes: Minutes = 5.0, resume: Resume = None,
) -> None:  # fmt: skip
    """Simulate a case as it stands.

    Writes the course of every site, through time and by depth; of sites in voxels also the tissue of one patient.
    """
    from rich.console import Console

    from refugia.catalog.reader import parameters_of, read_case

    checked(replicates, seed, threads)
    described, wanted = read_case(case), Wanted(patient, vtk, checkpoint_minutes, resume)
    checked_voxels(described, wanted, replicates)
    from refugia.course.result import simulate
    from refugia.report.dataset import write_course
    from refugia.report.files import placed
    from refugia.report.page.render import course_page, write_page
    from refugia.report.screen import show_course
    from refugia.report.tables import course_summary, write_run
    from refugia.report.tissue_screen import tissue_notes, tissue_summary
    from refugia.report.unfinished import Asked

    folder = folder_of(out, described, "-run")
    numbers, asked = parameters_of(described), Asked(described.id, seed, replicates, patient, vtk)
    with placed(folder) as place, executor_of(cluster) as executor:
        asked = decided(place, folder, asked, resume)
        with progress_of("Running") as progress:
            course = simulate(described, replicates, seed, threads, progress, executor=executor)
        tissues = run_voxels(place, course, asked, wanted, threads)
        write_course(place, course)
        said = course_summary(course, numbers) | ({"tissue": tissue_summary(tissues)} if tissues else {})
        write_run(place, course, numbers, said)
        write_page(place, course_page(course, numbers, tissue_notes(tissues)))
        moved(place, described)
    if as_json:
        print_json(said)
    else:
        show_course(Console(), course)
        show_voxels(Console(), folder, course, tissues, asked.vtk)
    tell(folder, as_json)


@app.command()
def doctor() -> None:
    """Is this installation fit to run?

    Versions, processors, chance, kernel cache and catalogue.
    """
    from refugia.report.doctor import examine

    sound = True
    for name, ok, says in examine():
        typer.echo(f"{'ok  ' if ok else 'FAIL'}  {name}: {says}")
        sound &= ok
    if not sound:
        raise typer.Exit(1)


app.add_typer(cases, name="case")
app.command()(parameters)
app.command()(cite)
app.add_typer(studies, name="study")
app.add_typer(trials, name="trial")
app.command()(calibrate)
app.command()(clones)
app.command()(sample)
app.command()(resistance)
app.add_typer(evidence, name="evidence")
app.command()(view)


def main() -> None:
    """Entry point: one clear message and an exit code, however the command ends."""
    raise SystemExit(ended(app))
