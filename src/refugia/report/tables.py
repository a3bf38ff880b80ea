"""A dissection and a course as tidy tables: the rows that go to CSV and JSON."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

import numpy as np

from refugia.catalog.evidence.search import Sources
from refugia.course.result import Course, Timing
from refugia.dissection.attribution import Interaction, Share
from refugia.dissection.dissect import Dissection, Scatter
from refugia.dissection.sensitivity import Effect, Sensitivity
from refugia.report.evidence import evidence_beside, origin, write_evidence
from refugia.report.files import write_json, write_table
from refugia.report.provenance import provenance
from refugia.report.rescue import rescue_summary, write_rescue
from refugia.report.sensitivity import sensitivity_summary
from refugia.terms import Basis, Parameter

PARAMETER_COLUMNS = (
    "id",
    "says",
    "value",
    "unit",
    "interval",
    "low",
    "high",
    "spread",
    "width",
    "per",
    "basis",
    "assumed",
    "citation",
    "where",
)


def assumed(parameters: Sequence[Parameter]) -> int:
    """How many of the numbers are assumed."""
    return sum(parameter.basis is Basis.ASSUMED for parameter in parameters)


def parameter_rows(parameters: Sequence[Parameter]) -> Iterator[tuple[object, ...]]:
    """One row a number: value, interval, spread, what it rests on and who printed it; columns as in PARAMETER_COLUMNS."""
    for p in parameters:
        interval = (p.interval.law.value, p.interval.low, p.interval.high) if p.interval else (None, None, None)
        spread = (p.spread.law.value, p.spread.width, p.spread.per.value) if p.spread else (None, None, None)
        flag = "assumed" if p.basis is Basis.ASSUMED else ""
        yield (p.id, p.says, float(p.value), p.unit, *interval, *spread, p.basis.value, flag, str(p.cite), p.where)


def _timing(found: Timing) -> dict[str, Any]:
    return {"progression_days": {"median": found.median, "q10": found.q10, "q90": found.q90, "censored": found.censored}}


def summary(
    result: Dissection, parameters: Sequence[Parameter], moved: Sensitivity | None = None, among: Sources | None = None
) -> dict[str, Any]:
    """The dissection as one JSON object; with the table of sensitivity where there is one.

    Evidence beside the clones is from what ships, or from `among`.
    """
    return {
        "case": result.case.id,
        "seed": result.seed,
        "replicates": result.replicates,
        "sites": {name: _timing(found) for name, found in result.sites.items()},
        "body": _timing(result.body),
        "shares": [asdict(row) for row in result.shares],
        "interactions": [asdict(row) for row in result.interactions],
        "rescue": [rescue_summary(row) for row in result.rescue],
        "evidence": evidence_beside(result.case, among),
        "assumed": assumed(parameters),
        "calibrated": result.case.calibrated,
        **({} if moved is None else {"sensitivity": sensitivity_summary(moved)}),
    }


def _write_rows(path: Path, kind: type, rows: Sequence[Any]) -> None:
    names = [field.name for field in fields(kind)]
    write_table(path, names, ([getattr(row, name) for name in names] for row in rows))


def write_dissection(
    folder: Path, result: Dissection, parameters: Sequence[Parameter], moved: Sensitivity | None = None,
    among: Sources | None = None,
) -> None:  # fmt: skip
    """Write the tables, the summary and the provenance of a dissection into a folder; evidence from what ships, or from `among`."""
    _write_rows(folder / "shares.csv", Share, result.shares)
    _write_rows(folder / "interactions.csv", Interaction, result.interactions)
    _write_rows(folder / "scatter.csv", Scatter, result.scatter)
    write_table(folder / "ideals.csv", ("mechanism", "lifted_means"), result.ideals.items())
    write_progression(folder / "progression.csv", {**result.sites, "body": result.body}, result.worst)
    write_table(folder / "parameters.csv", PARAMETER_COLUMNS, parameter_rows(parameters))
    said = summary(result, parameters, moved, among)
    write_json(folder / "summary.json", said)
    write_rescue(folder, result.rescue)
    write_evidence(folder, said["evidence"])
    if moved is not None:
        _write_rows(folder / "sensitivity.csv", Effect, moved.effects)
    write_json(
        folder / "provenance.json",
        {
            **provenance(result.case, parameters, result.seed, result.replicates), "notes": list(result.notes),
            "evidence": origin(said["evidence"]),
        },
    )


def write_progression(path: Path, found: dict[str, Timing], worst: Mapping[str, float] | None = None) -> None:
    """Write days of progression, one row a site and one for the body; and the share of time a site is the worst, where given."""
    heads = ("site", "median_days", "q10_days", "q90_days", "censored", *(("worst_share",) if worst else ()))
    write_table(path, heads, ((name, *timing, *((worst.get(name),) if worst else ())) for name, timing in found.items()))


def course_summary(course: Course, parameters: Sequence[Parameter]) -> dict[str, Any]:
    """An unlifted course as one JSON object."""
    found = course.timings()
    body = found.pop("body")
    return {
        "case": course.case.id,
        "seed": course.seed,
        "replicates": int(course.volume.shape[0]),
        "sites": {name: _timing(timing) for name, timing in found.items()},
        "body": _timing(body),
        "outcome": {name: outcome.value for name, outcome in course.outcome.items()},
        "best_response": {"median": float(np.median(course.best)) if np.isfinite(course.best).all() else None},
        "assumed": assumed(parameters),
        "calibrated": course.case.calibrated,
    }


def write_run(folder: Path, course: Course, parameters: Sequence[Parameter], said: Mapping[str, Any]) -> None:
    """Write progression, parameters, summary (`course_summary`, and more) and provenance of an unlifted course into a folder."""
    write_progression(folder / "progression.csv", course.timings())
    write_table(folder / "parameters.csv", PARAMETER_COLUMNS, parameter_rows(parameters))
    write_json(folder / "summary.json", said)
    write_json(folder / "provenance.json", provenance(course.case, parameters, course.seed, int(course.volume.shape[0])))
