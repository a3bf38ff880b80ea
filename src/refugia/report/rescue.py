"""The rescue table: what real levers gain beside the ideal, on the screen, as CSV and as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from refugia.dissection.rescue import Rescue, RescueTable, disputed
from refugia.report.files import write_table
from refugia.report.screen import signed

if TYPE_CHECKING:
    from rich.console import Console

MERITS = {"control": ("control, decades", 3), "progression": ("time to progression, days", 1)}
PAIRS = 8
"""Pairs shown on the screen, those that gain most; the files hold them all."""
COLUMNS = ("levers", "merit", "gain", "low", "high", "fraction_of_ideal", "answer", "dose", "price", "evidence")
SITE_COLUMNS = ("levers", "site", "progression_days", "log10_volume")


def joined(words: Sequence[str]) -> str:
    """The names, doses or prices of the levers of a row as one text.

    >>> joined(("switch to osimertinib", "surgery"))
    'switch to osimertinib & surgery'
    """
    return " & ".join(words)


def rescue_summary(row: Rescue) -> dict[str, Any]:
    """A row of the rescue table as one JSON object."""
    found = {name: getattr(row, name) for name in ("merit", "gain", "low", "high", "fraction_of_ideal", "answer")}
    sites = {name: asdict(effect) for name, effect in row.sites.items()}
    lists = {name: list(getattr(row, name)) for name in ("levers", "doses", "prices", "evidence")}
    return {"levers": lists.pop("levers"), **found, **lists, "sites": sites}


def write_rescue(folder: Path, rows: Sequence[Rescue]) -> None:
    """Write `rescue.csv` and what the levers do to each site, `rescue_sites.csv`; nothing where the case has no levers."""
    if rows:
        write_table(folder / "rescue.csv", COLUMNS, (_line(row) for row in rows))
        write_table(folder / "rescue_sites.csv", SITE_COLUMNS, _site_lines(rows))


def _line(row: Rescue) -> tuple[object, ...]:
    return (
        joined(row.levers), row.merit, row.gain, row.low, row.high, row.fraction_of_ideal, row.answer, joined(row.doses),
        joined(row.prices), joined(row.evidence),
    )  # fmt: skip


def _site_lines(rows: Sequence[Rescue]) -> Iterator[tuple[object, ...]]:
    """A line for every arm and site, whatever the merit."""
    for row in rows:
        if row.merit == rows[0].merit:
            for site, effect in row.sites.items():
                yield (joined(row.levers), site, effect.days, effect.log10_volume)


def show_rescue(console: Console, rows: RescueTable) -> None:
    """A table a merit, largest gain first: every lever alone and the best pairs; then what each lever alone does to each site."""
    if not rows:
        return
    for merit in dict.fromkeys(row.merit for row in rows):
        _show_merit(console, rows.ranked(merit))
    _show_sites(console, [row for row in rows if row.merit == rows[0].merit and len(row.levers) == 1])
    if any((effect.days or 0.0) * effect.log10_volume > 0.0 for row in rows for effect in row.sites.values()):
        says = "A smaller tumour may progress earlier by RECIST, which counts from its nadir."
        console.print(f"Note: {says}", highlight=False)
    for levers in disputed(tuple(rows)):
        console.print(f'Note: the merits disagree in sign on "{levers[0]}": RECIST measures from the nadir.', highlight=False)
    console.print("All pairs, and the dose, price and evidence of each lever, stand in rescue.csv.", highlight=False)


def _show_merit(console: Console, ordered: list[Rescue]) -> None:
    from rich import box
    from rich.table import Table

    title, places = MERITS[ordered[0].merit]
    shown = [row for row in ordered if len(row.levers) > 1][:PAIRS] + [row for row in ordered if len(row.levers) == 1]
    table = Table(title=f"Levers: gain in {title}", title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("lever, or the best pairs")
    for head in ("gain", "95 % interval", "of ideal", "answer"):
        table.add_column(head, justify="right", no_wrap=True)
    for row in (row for row in ordered if row in shown):
        part = "" if row.fraction_of_ideal is None else f"{100 * row.fraction_of_ideal:.0f} %"
        reach = f"{signed(row.low, places)} to {signed(row.high, places)}"
        table.add_row("\n  & ".join(row.levers), signed(row.gain, places), reach, part, row.answer)
    console.print(table)


def _show_sites(console: Console, rows: list[Rescue]) -> None:
    from rich import box
    from rich.table import Table

    title = "Levers: change of mean log10 volume, and of the median day of progression where both fall before the horizon"
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("lever")
    for site in rows[0].sites:
        table.add_column(site, justify="right", no_wrap=True)
    for row in rows:
        days = ("" if effect.days is None else f" ({signed(effect.days, 0)} d)" for effect in row.sites.values())
        volumes = (signed(effect.log10_volume, 2) for effect in row.sites.values())
        table.add_row(row.levers[0], *(volume + day for volume, day in zip(volumes, days, strict=True)))
    console.print(table)
