"""The commands that read the catalogue: case, study, parameters, cite."""

from __future__ import annotations

from typing import Annotated

import typer

from refugia.cli.new import new_case
from refugia.cli.options import (
    CaseName,
    Json,
    print_json,
    progress_of,
)

cases = typer.Typer(help="List, show and check cases.", no_args_is_help=True, rich_markup_mode=None)
studies = typer.Typer(help="Published studies and the numbers they must reproduce.", no_args_is_help=True, rich_markup_mode=None)


cases.command("new")(new_case)


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
def check_case(file: CaseName, as_json: Json = False) -> None:
    """Read a case and name every fault, with its line, the value and the way out; or say that it fits and how it was read.

    With --json: a list of faults, each with file, line, field, value, reason and way_out; empty where the case fits.
    """
    from refugia.catalog.reader import faults_of, parameters_of, read_case
    from refugia.catalog.texts import case_text
    from refugia.catalog.voxels import check_memory
    from refugia.report.reading import as_read, fault_rows
    from refugia.terms import FaultsError, InputError

    try:
        faults = faults_of(file)
        if not faults:
            check_memory(read_case(file))
    except InputError as trouble:  # there is no such file, or the case fits and this machine is too small for it
        if not as_json:
            raise
        faults = [trouble]
    if as_json:
        print_json(fault_rows(faults))
        raise typer.Exit(2 if faults else 0)
    if faults:
        raise FaultsError(faults)
    described = read_case(file)
    sites = len(described.subject.sites)
    typer.echo(
        f"{described.file}: fits. Sites: {sites}; ways out: {len(described.mechanisms)}; numbers: {len(parameters_of(described))}."
    )
    for line in as_read(described, case_text(file)):
        typer.echo(f"  {line}")


@cases.command("schema")
def case_schema() -> None:
    """The JSON Schema of a case file, for completion and checks in an editor.

    Save it beside your case as refugia-case.schema.json, and let the first line of the case be: #:schema ./refugia-case.schema.json
    """
    from refugia.catalog.editor import case_schema as schema

    print_json(schema())


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
        print_json([dict(zip(PARAMETER_COLUMNS, row, strict=True)) for row in parameter_rows(numbers)])
    else:
        show_parameters(Console(), numbers)


def cite(case: Annotated[str, typer.Argument(metavar="CASE", help="An id of the catalogue, a TOML file, or a study.")]) -> None:
    """The papers behind the numbers of a case, or the paper of a study."""
    from refugia.catalog.reader import parameters_of, read_case
    from refugia.catalog.study import read_study, study_ids
    from refugia.report.citations import citations, study_citation

    study = case in study_ids()
    typer.echo(study_citation(read_study(case)) if study else citations(parameters_of(read_case(case))))


@studies.command("list")
def list_studies(as_json: Json = False) -> None:
    """The studies of the catalogue, and whether each was read twice."""
    from refugia.catalog.study import read_study, status, study_ids

    found = [(study, str(status(study))) for study in map(read_study, study_ids())]
    if as_json:
        print_json([
            {"study": study.id, "title": study.title, "status": standing, "checks": len(study.checks), "cite": study.cite.key}
            for study, standing in found
        ])  # fmt: skip
        return
    for study, standing in found:
        typer.echo(f"{study.id}  {study.title}  [{standing}]")


@studies.command("show")
def show_study(study: Annotated[str, typer.Argument(metavar="ID")]) -> None:
    """A study: how far it was read, its citation, inputs, and the results it must reproduce; a TOML file."""
    from refugia.catalog.texts import study_text

    typer.echo(study_text(study), nl=False)


@studies.command("run", hidden=True)  # what one tries first
@studies.command("check")
def check_studies(ids: Annotated[list[str] | None, typer.Argument(metavar="[ID]...")] = None, as_json: Json = False) -> None:
    """Run studies (all, where none is named: minutes) and compare with what they must reproduce; exit code 1 when one fails.

    The table of each study is printed as soon as it is done.
    """
    from rich.console import Console

    from refugia.catalog.checks import asked, checked
    from refugia.report.screen import show_checks

    console, wanted, rows = Console(), asked(ids or ()), []
    for number, study in enumerate(wanted, 1):
        with progress_of(f"Checking {study.id}, {number} of {len(wanted)}", cells=False) as progress:
            mine = checked(study, progress)
        rows += mine
        if not as_json:
            try:
                show_checks(console, mine)
            except SystemExit:  # nobody reads on: what was not checked does not count as good
                raise typer.Exit(1) from None
    if as_json:
        print_json(rows)
    if not all(row["ok"] for row in rows):
        raise typer.Exit(1)
