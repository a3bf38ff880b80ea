"""What a reader made of a case: its faults as rows, or its days and doses as they were understood."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from math import inf, isfinite
from typing import Any

from refugia.catalog.voxels import taken
from refugia.course.case import Case
from refugia.terms import InputError
from refugia.treatment import Regimen

COLUMNS = ("file", "line", "field", "value", "reason", "way_out")


def fault_rows(faults: Sequence[InputError]) -> list[dict[str, Any]]:
    """The faults of a file, a row each; a number that JSON does not know is written as text."""
    rows = [{column: getattr(fault, column) for column in COLUMNS} for fault in faults]
    for row in rows:
        if isinstance(row["value"], float) and not isfinite(row["value"]):
            row["value"] = str(row["value"])
    return rows


def as_read(case: Case, text: str) -> Iterator[str]:
    """The horizon and the plan of a case in days, and the grids of its sites in voxels, to compare with what its text says."""
    horizon = case.question.horizon
    months = " (a month is 30.4375 days, a year 365.25)" if re.search(r'\d\s*(?:months?|years?)\b', text) else ""
    yield f"horizon: {horizon:g} days{months}"
    yield from taken(case)
    for (drug, route, dose), lines in _alike(case.subject.plan).items():
        yield f"{drug} {dose:g} mg {route}{_running(lines)}: {_doses(lines, horizon)}"


def _alike(plan: Sequence[Regimen]) -> dict[tuple[str, str, float], list[Regimen]]:
    """The lines of a plan by drug, route and dose."""
    found: dict[tuple[str, str, float], list[Regimen]] = {}
    for line in plan:
        found.setdefault((line.drug, line.route.value, line.dose), []).append(line)
    return found


def _running(lines: Sequence[Regimen]) -> str:
    longest = {line.infusion for line in lines} - {0.0}
    return f" over {' or '.join(_span(days) for days in sorted(longest))}" if longest else ""


def _span(days: float) -> str:
    return f"{24.0 * days:g} h" if days <= 1.0 else f"{days:g} d"


def _doses(lines: Sequence[Regimen], horizon: float) -> str:
    """How many doses, on which days."""
    days = sorted(day for line in lines for day in line.days(horizon))
    if not days:
        return "no dose before the horizon"
    if len(days) == 1:
        return f"1 dose, on day {days[0]:g}"
    apart = {line.every for line in lines} - {inf}
    often = f" every {_span(next(iter(apart)))}" if len(lines) == 1 and apart else ""
    return f"{len(days)} doses{often}, the first on day {days[0]:g}, the last on day {days[-1]:g}"
