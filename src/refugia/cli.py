"""The command `refugia`: thin calls of the floors below."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from refugia.course.case import Case
    from refugia.course.ensemble import Executor
    from refugia.dissection.sensitivity import Sensitivity

app = typer.Typer(
    help="By which ways out does a tumour escape its therapy, and what would close each of them?",
    no_args_is_help=True, add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False,
)  # fmt: skip
cases = typer.Typer(help="List, show and check cases.", no_args_is_help=True, rich_markup_mode=None)
studies = typer.Typer(help="Published studies and the numbers they must reproduce.", no_args_is_help=True, rich_markup_mode=None)
app.add_typer(cases, name="case")
app.add_typer(studies, name="study")
trials = typer.Typer(help="Published trials, run on virtual patients.", no_args_is_help=True, rich_markup_mode=None)
app.add_typer(trials, name="trial")

CaseName = Annotated[str, typer.Argument(metavar="CASE", help="An id of the catalogue, or a TOML file.")]
Seed = Annotated[int, typer.Option(help="Seed of all chance; the same seed gives the same bits.")]
Replicates = Annotated[int, typer.Option(help="Virtual patients.")]
Out = Annotated[Path | None, typer.Option(help="Directory for the files.", show_default="refugia-out/NAME, or NAME-run")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")]
Threads = Annotated[int, typer.Option(help="Threads; 0 takes all processors. The result does not depend on it.")]
Cluster = Annotated[str | None, typer.Option(metavar="ADDRESS", help="Dask scheduler whose workers run the courses: same bits.")]
Moved = Annotated[bool, typer.Option("--sensitivity", help="Also how each share moves with the assumed numbers (minutes).")]
Trajectories = Annotated[int, typer.Option(help="Trajectories of --sensitivity; each costs a small dissection a number.")]


def _checked(replicates: int, seed: int, threads: int, option: str = "--replicates", of: str = "patients") -> None:
    from refugia.terms import InputError

    if not 1 <= replicates <= 100_000:
        raise InputError("", option, replicates, f"is no number of {of}", "Give one from 1 to 100000.")
    if not 0 <= seed < 2**63:
        raise InputError("", "--seed", seed, "is no seed", "Give a whole number from 0 to 2^63 - 1.")
    if not 0 <= threads <= 1024:
        raise InputError("", "--threads", threads, "is no number of threads", "Give one from 1 to 1024, or 0 for all processors.")


@contextmanager
def _progress(says: str) -> Iterator[Callable[[int, int], None] | None]:
    """A progress bar on a terminal, silence otherwise; one line when kernels are being compiled."""
    from rich.console import Console

    from refugia.engine.compiled import compiled

    console = Console(stderr=True)
    if not compiled():
        console.print("Compiling kernels, once after installation: this takes about half a minute.", highlight=False)
    if not console.is_terminal:
        yield None
        return
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn(), TextColumn("left"), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task(says, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


@contextmanager
def _executor(address: str | None) -> Iterator[Executor | None]:
    """Where courses are run: on the workers of a cluster, or on threads of this process (None)."""
    if address is None:
        yield None
        return
    from refugia.course.cluster import on_cluster

    with on_cluster(address) as executor:
        yield executor


def _folder(out: Path | None, case: Case, suffix: str = "") -> Path:
    return out if out is not None else Path("refugia-out") / (Path(case.file).stem + suffix)


def _print_json(content: Any) -> None:
    import json

    sys.stdout.write(json.dumps(content, indent=2, allow_nan=False) + "\n")


def _tell(folder: Path, as_json: bool) -> None:
    from rich.console import Console

    console = Console(stderr=as_json)
    if console.is_terminal or not as_json:
        console.print(f"Files: {folder}/", highlight=False, soft_wrap=True)


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
    pass


@app.command()
def dissect(
    case: CaseName, seed: Seed = 0, replicates: Replicates = 64, out: Out = None, as_json: Json = False, threads: Threads = 0,
    *, cluster: Cluster = None, moved: Moved = False, sensitivity_trajectories: Trajectories = 5,
) -> None:  # fmt: skip
    """By which ways out does it escape?

    Lifts every mechanism of the case, alone and together, in the same patients, and reports what each is worth.
    """
    from rich.console import Console

    from refugia.catalog.reader import parameters_of, read_case

    _checked(replicates, seed, threads)
    described = read_case(case)
    numbers = parameters_of(described)
    from refugia.course.result import simulate
    from refugia.dissection.dissect import dissect as run
    from refugia.dissection.rescue import rescue
    from refugia.report.dataset import write_course
    from refugia.report.files import placed
    from refugia.report.rescue import show_rescue
    from refugia.report.screen import show_dissection
    from refugia.report.sensitivity import show_sensitivity
    from refugia.report.tables import assumed, summary, write_dissection

    folder, wanted = _folder(out, described), _wanted(moved, sensitivity_trajectories)
    with placed(folder) as place, _executor(cluster) as executor:
        table = _sensitivity(described, seed, wanted, threads, executor)
        with _progress("Dissecting") as progress:
            result = run(described, replicates, seed, threads, progress, executor=executor)
        with _progress("Pulling levers") as progress:
            saved = rescue(described, replicates, seed, threads, progress, executor=executor)
        write_course(place, simulate(described, replicates, seed, threads, executor=executor))
        write_dissection(place, result, numbers, table, saved)
    if as_json:
        _print_json(summary(result, numbers, table, saved))
    else:
        show_dissection(Console(), result, (len(numbers), assumed(numbers)))
        show_rescue(Console(), saved)
        if table is not None:
            show_sensitivity(Console(), table)
    _tell(folder, as_json)


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

    with _progress("Moving the assumed numbers") as progress:
        return sensitivity(case, seed, trajectories, threads, progress, executor=executor)


@app.command()
def run(
    case: CaseName, seed: Seed = 0, replicates: Replicates = 64, out: Out = None, as_json: Json = False, threads: Threads = 0,
    *, cluster: Cluster = None,
) -> None:  # fmt: skip
    """Simulate a case as it stands.

    Writes the course of every site, through time and by depth.
    """
    from rich.console import Console

    from refugia.catalog.reader import parameters_of, read_case

    _checked(replicates, seed, threads)
    described = read_case(case)
    from refugia.course.result import simulate
    from refugia.report.dataset import write_course
    from refugia.report.files import placed
    from refugia.report.screen import show_course
    from refugia.report.tables import course_summary, write_run

    folder = _folder(out, described, "-run")
    numbers = parameters_of(described)
    with placed(folder) as place, _executor(cluster) as executor, _progress("Running") as progress:
        course = simulate(described, replicates, seed, threads, progress, executor=executor)
        write_course(place, course)
        write_run(place, course, numbers)
    if as_json:
        _print_json(course_summary(course, numbers))
    else:
        show_course(Console(), course)
    _tell(folder, as_json)


@cases.command("list")
def list_cases() -> None:
    """The cases of the catalogue."""
    from refugia.catalog.reader import case_titles

    for name, title in case_titles().items():
        typer.echo(f"{name}  {title}")


@cases.command("show")
def show_case(case: CaseName) -> None:
    """A case as its file says it, to copy and change."""
    from refugia.catalog.texts import case_text

    typer.echo(case_text(case), nl=False)


@cases.command("check")
def check_case(file: CaseName) -> None:
    """Read a case and refuse it with the place, the value and the way out, or say that it fits."""
    from refugia.catalog.reader import parameters_of, read_case

    described = read_case(file)
    sites = len(described.subject.sites)
    typer.echo(
        f"{described.file}: fits. {sites} sites, {len(described.mechanisms)} mechanisms, {len(parameters_of(described))} numbers."
    )


@app.command()
def parameters(case: Annotated[str | None, typer.Argument(metavar="[CASE]", help="Only the numbers of this case.")] = None,
               as_json: Json = False) -> None:  # fmt: skip
    """Every number and who printed it.

    Value, unit, interval, spread between patients, basis and citation; of one case, or of the whole catalogue.
    """
    from rich.console import Console

    from refugia.catalog.numbers import load_parameters
    from refugia.catalog.reader import parameters_of, read_case
    from refugia.report.screen import show_parameters
    from refugia.report.tables import PARAMETER_COLUMNS, parameter_rows

    numbers = tuple(load_parameters().values()) if case is None else parameters_of(read_case(case))
    if as_json:
        _print_json([dict(zip(PARAMETER_COLUMNS, row, strict=True)) for row in parameter_rows(numbers)])
    else:
        show_parameters(Console(), numbers)


@app.command()
def cite(case: CaseName) -> None:
    """The papers behind the numbers of a case."""
    from refugia.catalog.reader import parameters_of, read_case
    from refugia.report.citations import citations

    typer.echo(citations(parameters_of(read_case(case))))


@studies.command("list")
def list_studies() -> None:
    """The studies of the catalogue."""
    from refugia.catalog.study import read_study, status, study_ids

    for name in study_ids():
        study = read_study(name)
        typer.echo(f"{name}  {study.title}  [{status(study)}]")


@studies.command("show")
def show_study(study: Annotated[str, typer.Argument(metavar="ID")]) -> None:
    """A study: its citation, inputs, and the results it must reproduce."""
    from refugia.catalog.texts import study_text

    typer.echo(study_text(study), nl=False)


@studies.command("check")
def check_studies(ids: Annotated[list[str] | None, typer.Argument(metavar="[ID]...")] = None, as_json: Json = False) -> None:
    """Run studies through the numerical solvers and compare with what they printed; exit code 1 when one fails."""
    from rich.console import Console

    from refugia.catalog.checks import check
    from refugia.report.screen import show_checks

    rows = check(tuple(ids or ()))
    if as_json:
        _print_json(rows)
    else:
        show_checks(Console(), rows)
    if not all(row["ok"] for row in rows):
        raise typer.Exit(1)


@trials.command("list")
def list_trials() -> None:
    """The trials of the catalogue."""
    from refugia.catalog.trials import all_trials

    for trial in all_trials():
        typer.echo(f"{trial.id}  {trial.title}  [{', '.join(f'{arm.name}, n = {arm.size}' for arm in trial.arms)}]")


@trials.command("run")
def run_trial(trial: Annotated[str, typer.Argument(metavar="ID")],
              n: Annotated[int, typer.Option("--n", help="Virtual patients an arm.")] = 1000,
              seed: Seed = 0, as_json: Json = False, threads: Threads = 0) -> None:  # fmt: skip
    """Medians, hazard ratio and response rates of every arm, beside the printed ones and the naive forecast."""
    from rich.console import Console

    _checked(n, seed, threads, "--n")
    from refugia.catalog.cohorts import calibrated_numbers, read_cohort
    from refugia.catalog.trials import all_trials, read_trial
    from refugia.cohort.trial import run_trial as run
    from refugia.report.trials import show_trial, trial_summary

    described = read_trial(trial)
    cohort = read_cohort(described.cohort)
    with _progress("Treating"):
        content = trial_summary(run(described, cohort, n, seed, calibrated_numbers(cohort), threads=threads), all_trials())
    if as_json:
        _print_json(content)
    else:
        show_trial(Console(), content)


@app.command()
def calibrate(cohort: Annotated[str, typer.Argument(metavar="COHORT")],
              simulations: Annotated[int, typer.Option(help="Simulated cohorts.")] = 320,
              patients: Annotated[int, typer.Option(help="Virtual patients of each.")] = 384,
              draws: Annotated[int, typer.Option(help="Posterior draws by which targets and trials are predicted.")] = 32,
              *, seed: Seed = 0, out: Out = None, as_json: Json = False, threads: Threads = 0) -> None:  # fmt: skip
    """Fit a cohort's free numbers to its published targets, and predict the other trials with what is left of them."""
    from rich.console import Console

    for value, name in ((simulations, "simulations"), (patients, "patients"), (draws, "draws")):
        _checked(value, seed, threads, f"--{name}", name)
    from refugia.catalog.cohorts import read_cohort
    from refugia.catalog.trials import all_trials
    from refugia.cohort.calibration import calibrate as fit
    from refugia.report.calibration import calibration_summary, find, page, write_calibration
    from refugia.report.files import placed

    described, folder = read_cohort(cohort), out if out is not None else Path("refugia-out") / f"calibration-{cohort}"
    with placed(folder) as place:
        with _progress("Simulating cohorts") as progress:
            posterior = fit(described, simulations, patients, seed, threads=threads, progress=progress)
        with _progress("Predicting trials"):
            found = find(posterior, all_trials(), draws, threads=threads)
        write_calibration(place, found)
    if as_json:
        _print_json(calibration_summary(found))
    else:
        Console().print(page(found), highlight=False, markup=False)
    _tell(folder, as_json)


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


class _StoppedError(Exception):
    """The user pressed Ctrl-C."""


def _stop(*_: object) -> None:
    raise _StoppedError


def main() -> None:
    """Entry point: one clear message and exit code 2 where something can be mended by the user."""
    signal.signal(signal.SIGINT, _stop)
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="replace")  # type: ignore[union-attr]
    try:
        app()
    except _StoppedError:
        sys.stderr.write("Stopped. Nothing was written; an earlier result is as it was.\n")
        raise SystemExit(130) from None
    except Exception as error:
        from refugia.terms import RefugiaError

        if not isinstance(error, RefugiaError):
            raise
        sys.stderr.write(f"{error}\n")
        raise SystemExit(2) from None


if __name__ == "__main__":
    main()
