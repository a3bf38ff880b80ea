"""The commands that run cohorts: trial and calibrate."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from refugia.cli.options import (
    Cluster,
    Json,
    Out,
    Seed,
    Threads,
    checked,
    executor_of,
    print_json,
    progress_of,
    tell,
)

trials = typer.Typer(help="Published trials, run on virtual patients.", no_args_is_help=True, rich_markup_mode=None)


@trials.command("list")
def list_trials() -> None:
    """The trials of the catalogue."""
    from refugia.catalog.trials import all_trials

    for trial in all_trials():
        typer.echo(f"{trial.id}  {trial.title}  [{', '.join(f'{arm.name}, n = {arm.size}' for arm in trial.arms)}]")


@trials.command("run")
def run_trial(trial: Annotated[str, typer.Argument(metavar="ID")],
              n: Annotated[int, typer.Option("--n", help="Virtual patients an arm.")] = 1000,
              seed: Seed = 0, as_json: Json = False, threads: Threads = 0, *, cluster: Cluster = None) -> None:  # fmt: skip
    """Medians, hazard ratio and response rates of every arm, beside the printed ones and the naive forecast."""
    from rich.console import Console

    checked(n, seed, threads, "--n")
    from refugia.catalog.cohorts import calibrated_numbers, read_cohort
    from refugia.catalog.trials import all_trials, read_trial
    from refugia.cohort.trial import run_trial as run
    from refugia.report.trials import show_trial, trial_summary

    described = read_trial(trial)
    cohort = read_cohort(described.cohort)
    with progress_of("Treating"), executor_of(cluster) as executor:
        treated = run(described, cohort, n, seed, calibrated_numbers(cohort), threads=threads, executor=executor)
        content = trial_summary(treated, all_trials())
    if as_json:
        print_json(content)
    else:
        show_trial(Console(), content)


def calibrate(cohort: Annotated[str, typer.Argument(metavar="COHORT")],
              simulations: Annotated[int, typer.Option(help="Simulated cohorts.")] = 320,
              patients: Annotated[int, typer.Option(help="Virtual patients of each.")] = 512,
              draws: Annotated[int, typer.Option(help="Posterior draws by which targets and trials are predicted.")] = 32,
              *, seed: Seed = 0, out: Out = None, as_json: Json = False, threads: Threads = 0,
              cluster: Cluster = None) -> None:  # fmt: skip
    """Fit a cohort's free numbers to its published targets, and predict the other trials with what is left of them."""
    from rich.console import Console

    for value, name in ((simulations, "simulations"), (patients, "patients"), (draws, "draws")):
        checked(value, seed, threads, f"--{name}", name)
    from refugia.catalog.cohorts import read_cohort
    from refugia.catalog.trials import all_trials
    from refugia.cohort.calibration import calibrate as fit
    from refugia.report.calibration import calibration_summary, find, page, write_calibration
    from refugia.report.files import placed

    described, folder = read_cohort(cohort), out if out is not None else Path("refugia-out") / f"calibration-{cohort}"
    with placed(folder) as place, executor_of(cluster) as executor:
        with progress_of("Simulating cohorts") as progress:
            posterior = fit(described, simulations, patients, seed, threads=threads, progress=progress, executor=executor)
        with progress_of("Predicting trials"):
            found = find(posterior, all_trials(), draws, threads=threads, executor=executor)
        write_calibration(place, found)
    if as_json:
        print_json(calibration_summary(found))
    else:
        Console().print(page(found), highlight=False, markup=False)
    tell(folder, as_json)
