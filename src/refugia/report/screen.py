"""What a terminal shows: the answer in a few lines and one table a merit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from refugia.course.result import Course, Timing
from refugia.dissection.dissect import Dissection
from refugia.terms import Basis, Parameter

if TYPE_CHECKING:
    from rich.console import Console

MERITS = {
    "control": ("Control", "mean log10 of the worst site's volume over its start; gain in decades"),
    "progression": ("Time to progression", "RECIST 1.1, treated to the horizon; gain in days"),
}
ADVICE = "Research software: it recommends nothing for an individual patient."


def day(value: float | None, horizon: float) -> str:
    """A day of progression in words.

    >>> day(211.4, 720.0), day(None, 720.0)
    ('211', '> 720')
    """
    return f"> {horizon:.0f}" if value is None else f"{value:.0f}"


def show_timings(console: Console, found: dict[str, Timing], horizon: float) -> None:
    """The table of days of progression."""
    from rich.table import Table

    table = Table(title="Progression, days (over patients)", title_justify="left")
    table.add_column("site")
    for head in ("median", "10 %", "90 %", "not by day " + f"{horizon:.0f}"):
        table.add_column(head, justify="right")
    for name, timing in found.items():
        cells = (day(value, horizon) for value in (timing.median, timing.q10, timing.q90))
        table.add_row(name, *cells, f"{100 * timing.censored:.0f} %")
    console.print(table)


def show_shares(console: Console, result: Dissection, merit: str) -> None:
    """The table of shares of one merit, largest first, parts under their mechanism."""
    from rich.table import Table

    title, says = MERITS[merit]
    table = Table(title=f"{title}: {says}", title_justify="left")
    table.add_column("way out", no_wrap=True)
    for head in ("share", "95 % interval", "lifted alone", "lifted last"):
        table.add_column(head, justify="right", no_wrap=True)
    places = 3 if merit == "control" else 1
    for row in result.rows(merit):
        name = f"[dim]  of which {row.mechanism.removeprefix(row.part_of).strip()}[/dim]" if row.part_of else row.mechanism
        interval = f"{row.low:+.{places}f} to {row.high:+.{places}f}"
        table.add_row(name, f"{row.share:+.{places}f}", interval, f"{row.alone:+.{places}f}", f"{row.last:+.{places}f}")
    console.print(table)


def show_dissection(console: Console, result: Dissection, numbers: tuple[int, int]) -> None:
    """The whole answer; `numbers` are how many parameters the case uses, and how many of them are assumed."""
    console.print(f"[bold]{result.case.title}[/bold]", highlight=False)
    console.print(f"[dim]{ADVICE}[/dim]")
    console.print(
        f"{result.replicates} patients, seed {result.seed}; {numbers[0]} numbers, {numbers[1]} of them assumed.", highlight=False
    )
    show_timings(console, {**result.sites, "body": result.body}, result.case.question.horizon)
    for merit in result.case.question.merits:
        show_shares(console, result, merit)
    sources = {row.source: row.sd for row in result.scatter if row.merit == "progression"}
    said = ", ".join(f"{source} {sd:.1f}" for source, sd in sources.items())
    console.print(f"Standard deviation of days to progression, one source at a time: {said}.", highlight=False)
    for note in result.notes:
        console.print(f"Note: {note}", highlight=False)


def show_course(console: Console, course: Course) -> None:
    """The unlifted course: outcomes in sentences and days of progression."""
    console.print(f"[bold]{course.case.title}[/bold]", highlight=False)
    console.print(f"[dim]{ADVICE}[/dim]")
    for name, outcome in course.outcome.items():
        console.print(f"{name}: {outcome.value}", highlight=False)
    show_timings(console, course.timings(), course.case.question.horizon)
    best = 100 * (float(np.nanmedian(course.best)) - 1)
    console.print(f"Best change of the sum of diameters up to progression, median: {best:+.0f} %.", highlight=False)


def show_parameters(console: Console, parameters: Sequence[Parameter]) -> None:
    """The numbers, one a line; assumed ones are marked."""
    from rich.table import Table

    table = Table(title_justify="left")
    for head in ("id", "value", "interval (95 %)", "between patients", "basis", "citation"):
        table.add_column(head, overflow="fold")
    for p in parameters:
        interval = f"{p.interval.low:g} to {p.interval.high:g}" if p.interval else ""
        spread = f"{p.spread.law.value} {p.spread.width:g}" if p.spread else ""
        basis = f"[yellow]{p.basis.value}[/yellow]" if p.basis is Basis.ASSUMED else p.basis.value
        table.add_row(p.id, f"{p.value:g} {p.unit}".strip(), interval, spread, basis, p.cite.key)
    console.print(table)


def show_checks(console: Console, rows: Sequence[Mapping[str, Any]]) -> None:
    """What the studies said and what the solvers gave."""
    from rich.table import Table

    table = Table(title_justify="left")
    for head in ("study", "says", "expected", "computed", "within", "ok"):
        table.add_column(
            head, overflow="fold", no_wrap=head in ("study", "ok"), justify="left" if head in ("study", "says") else "right"
        )
    for row in rows:
        table.add_row(
            row["study"],
            row["says"],
            f"{row['expected']:g}",
            f"{row['computed']:.6g}",
            str(row["within"]),
            "yes" if row["ok"] else "NO",
        )
    console.print(table)
