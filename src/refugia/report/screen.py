"""What a terminal shows: the answer in a few lines and one table a merit, whole at 80 columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from rich.markup import escape

from refugia.course.result import Course, Timing
from refugia.dissection.dissect import Dissection
from refugia.terms import Basis, Parameter

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

MERITS = {
    "control": ("Control", "mean log10 of the worst site's volume over its start", "decades", 3),
    "progression": ("Time to progression", "RECIST 1.1, cut at the last day watched", "days", 1),
}
WORDS = (
    "Share: Shapley value; the shares add up to all of them lifted. Alone and last: gain when only this one is lifted, or this one "
    "after all others. Lifted means:"
)
ADVICE = "Research software: it recommends nothing for an individual patient."


def day(value: float | None, watched: float) -> str:
    """A day of progression in words.

    >>> day(211.4, 720.0), day(None, 720.0)
    ('211', '> 720')
    """
    return f"> {watched:.0f}" if value is None else f"{value:.0f}"


def signed(value: float, places: int) -> str:
    """A number with its sign, and without one where it rounds to zero.

    >>> signed(0.79, 1), signed(-0.0001, 1)
    ('+0.8', '0.0')
    """
    text = f"{value:+.{places}f}"
    return text if text.strip("+-0.") else f"{0:.{places}f}"


def table_of(title: str, *heads: str) -> Table:
    """A table that is light enough for 80 columns: the first column to the left, the others to the right."""
    from rich import box
    from rich.table import Table

    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    for place, head in enumerate(heads):
        table.add_column(head, justify="right" if place else "left", no_wrap=True)
    return table


def people(count: int) -> str:
    """How many patients, in words.

    >>> people(1), people(64)
    ('1 patient', '64 patients')
    """
    return f"{count} patient" + ("" if count == 1 else "s")


def show_timings(console: Console, found: dict[str, Timing], watched: float, worst: Mapping[str, float] | None = None) -> None:
    """The table of days of progression; with the share of time during which each site is the worst, where it is given."""
    heads = ["site", "median", "10 %", "90 %", f"none by day {watched:.0f}", *(["worst site"] if worst else [])]
    table = table_of("Progression, days (quantiles over patients)", *heads)
    for name, timing in found.items():
        cells = [day(value, watched) for value in (timing.median, timing.q10, timing.q90)]
        share = [f"{100 * worst[name]:.0f} % of time" if name in worst else ""] if worst else []
        table.add_row(name, *cells, f"{100 * timing.censored:.0f} %", *share)
    console.print(table)


def show_shares(console: Console, result: Dissection, merit: str) -> None:
    """The table of shares of one merit, largest first, parts under their mechanism, and what they add up to."""
    title, says, unit, places = MERITS[merit]
    now = f"as it stands {result.unlifted[merit]:.{places}f} {unit}"
    table = table_of(f"{title}: {says}; {now}", f"gain, {unit}", "share", "95 % interval", "alone", "last")
    for row in result.rows(merit):
        name = f"[dim]  of which {row.mechanism.removeprefix(row.part_of).strip()}[/dim]" if row.part_of else row.mechanism
        interval = f"{signed(row.low, places)} to {signed(row.high, places)}"
        table.add_row(name, signed(row.share, places), interval, signed(row.alone, places), signed(row.last, places))
    table.add_row("[bold]all of them lifted[/bold]", signed(result.total(merit), places), "", "", "")
    console.print(table)


def show_dissection(console: Console, result: Dissection, numbers: tuple[int, int]) -> None:
    """The whole answer; `numbers` are how many parameters the case uses, and how many of them are assumed."""
    question = result.case.question
    console.print(f"[bold]{escape(result.case.title)}[/bold]", highlight=False)
    console.print(f"[dim]{ADVICE}[/dim]")
    said = f"{people(result.replicates)}, seed {result.seed}; {numbers[0]} numbers, {numbers[1]} of them assumed."
    console.print(said + "\n", highlight=False)
    show_timings(console, {**result.sites, "body": result.body}, question.watched, result.worst)
    for merit in question.merits:
        show_shares(console, result, merit)
    console.print(WORDS, highlight=False)
    for name, ideal in result.ideals.items():
        console.print(f"  {name}: {ideal}.", highlight=False)
    sources = {row.source: row.sd for row in result.scatter if row.merit == "progression"}
    spread = ", ".join(f"{source} {sd:.1f}" for source, sd in sources.items())
    cut = f"; days are cut at {question.watched:g}, and nobody varies beyond" if result.body.censored > 0.0 else ""
    console.print(f"\nSpread (SD) of days to progression, one source at a time: {spread}{cut}.", highlight=False)
    for note in result.notes:
        console.print(f"Note: {note}", highlight=False)


def show_course(console: Console, course: Course) -> None:
    """The unlifted course: outcomes in sentences with their share of the patients, and days of progression."""
    console.print(f"[bold]{escape(course.case.title)}[/bold]", highlight=False)
    console.print(f"[dim]{ADVICE}[/dim]")
    console.print(f"{people(course.volume.shape[0])}, seed {course.seed}.\n", highlight=False)
    for name, ends in course.outcomes().items():
        outcome, share = next(iter(ends.items()))
        console.print(f"{name}, {100 * share:.0f} %: {outcome}", highlight=False)
    console.print()
    show_timings(console, course.timings(), course.case.question.watched)
    if not np.isfinite(course.best).all():
        return
    best = 100 * (float(np.median(course.best)) - 1)
    console.print(f"Best change of the sum of diameters up to progression, median: {best:+.0f} %.", highlight=False)


def show_parameters(console: Console, parameters: Sequence[Parameter]) -> None:
    """The numbers, two lines each: value, basis and citation, then what it is and how far it reaches; assumed ones are marked."""
    for p in parameters:
        basis = "[yellow]assumed[/yellow]" if p.basis is Basis.ASSUMED else f"{p.basis.value}, {p.cite.key}"
        value = escape(f" = {p.value:g} {p.unit}".rstrip())
        console.print(f"[bold]{escape(p.id)}[/bold]{value}  ({basis})", highlight=False, soft_wrap=True)
        reach = [f"known within {p.interval.low:g} to {p.interval.high:g} (95 %)"] if p.interval else []
        reach += [f"between {p.spread.per.value}s {p.spread.law.value} {p.spread.width:g}"] if p.spread else []
        console.print("    " + "; ".join([p.says, *reach]), highlight=False, markup=False, soft_wrap=True)


def show_checks(console: Console, rows: Sequence[Mapping[str, Any]]) -> None:
    """What the studies said and what the solvers gave, study by study."""
    for study in dict.fromkeys(row["study"] for row in rows):
        mine = [row for row in rows if row["study"] == study]
        table = table_of(f"{study} ({mine[0]['status']})", "expected", "computed", "within", "unit", "ok", "")
        table.columns[-1].justify, table.columns[-1].no_wrap = "left", False
        table.columns[3].justify = "left"
        for row in mine:
            ok = "yes" if row["ok"] else "[red]NO[/red]"
            numbers = (f"{row['expected']:.6g}", f"{row['computed']:.6g}", f"{row['within']:.2g}")
            table.add_row(*numbers, row["unit"] or "-", ok, row["says"])
        console.print(table)
