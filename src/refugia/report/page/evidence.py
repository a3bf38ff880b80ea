"""The section of the page that shows, beside each resistant clone, what is known against it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from refugia.report.figures.look import Table
from refugia.report.page.parts import Grid, Section

HEADS = ("clones", "alteration", "drug", "what it says", "match", "level", "mechanism class", "strategy", "in its words", "source")


def known(found: Mapping[str, Any]) -> Section:
    """What the releases list on the alterations of the clones under each drug; `found` as in `evidence_beside`.

    An item on the same alteration stands before one that is further off; what is not listed has a row that says so.
    """
    title, rows = "What is known against the clones", found["rows"]
    if not rows:
        return Section("evidence", title, ("No clone of this case carries an alteration, so that nothing was looked up.",))
    searched = "; ".join(f"{one['release']} ({one['items']} items)" for one in found["releases"])
    says = (
        "Items of evidence on each alteration that a clone carries, under each drug of the case. "
        f"Searched: {searched}. {found['note']}",
        "Items that contradict each other are both shown, and name each other. Levels are those of the source; where it does not "
        "grade, none is made up.",
    )
    table = Table("Evidence beside the resistant clones", HEADS, tuple(map(_cells, rows)))
    grid = Grid("evidence", table, tuple(str(row["alteration"]) for row in rows), filtered=True)
    return Section("evidence", title, says, (), (grid,))


def _cells(row: Mapping[str, Any]) -> tuple[str, ...]:
    """A row of the table from one of `evidence_rows`."""
    says = f"{row['effect']} ({row['direction']})" if row["direction"] else row["effect"]
    against = f"; contradicted by {row['conflicts']}" if row["conflicts"] else ""
    source = " ".join(part for part in (row["citation"], f"[{row['id']}, {row['release']}]" if row["id"] else "") if part)
    match = f"{row['match']}: {row['profile']}" if row["match"] not in ("", "same alteration") else row["match"]
    return (
        row["clones"], row["alteration"], row["drug"], f"{says}{against}", match, row["level"], row["mechanism_class"],
        row["strategy"], row["statement"], source,
    )  # fmt: skip
