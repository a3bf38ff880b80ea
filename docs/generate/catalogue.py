"""The page of the catalogue: cases, cohorts, trials, studies and every number with who printed it."""

from __future__ import annotations

from docs.generate.text import code, page, plain, table
from refugia.catalog.numbers import load_parameters
from refugia.catalog.reader import case_titles, parameters_of, read_case
from refugia.catalog.study import read_study, status, study_ids
from refugia.catalog.trials import all_trials
from refugia.subject import MECHANISMS
from refugia.terms import Basis, Citation, Parameter


def catalogue_page() -> str:
    """What ships: cases, trials, studies, numbers."""
    says = "Written from the files of the catalogue; `refugia case list`, `trial list`, `study list` and `parameters` print it."
    parts = (
        "## Cases", table(("id", "title", "calibrated", "mechanisms", "numbers", "assumed"), [
            _case(*one) for one in case_titles().items()]),
        "## Mechanisms",
        "What a case may list, and the ideal that lifts it. A part is lifted with its whole, and has a part of its share.",
        table(("mechanism", "unit", "lifted means", "part of"), [
            (code(one.name), plain(one.unit), plain(one.ideal), plain(one.part_of or "")) for one in MECHANISMS]),
        "## Trials", table(("id", "title", "cohort", "used for", "source"), [
            (code(one.id), plain(one.title), code(one.cohort), plain(one.role), _source(one.cite)) for one in all_trials()]),
        "## Studies", table(("id", "title", "status", "checks", "source"), [_study(name) for name in study_ids()]),
        "## Numbers",
        "Value and interval are in the stated unit; the interval is what is known of the number, the spread how patients or "
        "lesions differ. What nobody printed is *assumed*.",
        table(("id", "says", "value", "basis", "source"), [_number(one) for one in load_parameters().values()]),
        "## Sources", "\n".join(f"- {plain(one)}" for one in sorted({str(one.cite) for one in load_parameters().values()})),
    )  # fmt: skip
    return page("The catalogue", says, *parts)


def _case(name: str, title: str) -> tuple[str, ...]:
    case = read_case(name)
    numbers = parameters_of(case)
    assumed = sum(one.basis is Basis.ASSUMED for one in numbers)
    counts = (len(case.mechanisms), len(numbers), assumed)
    return (code(name), plain(title), "yes" if case.calibrated else "no", *map(str, counts))


def _study(name: str) -> tuple[str, ...]:
    study = read_study(name)
    return (code(name), plain(study.title), str(status(study)), str(len(study.checks)), _source(study.cite))


def _number(one: Parameter) -> tuple[str, ...]:
    value = f"{one.value:g} {one.unit}".strip()
    known = f"; {one.interval.low:g} to {one.interval.high:g}, {one.interval.law}" if one.interval else ""
    differs = f"; spread {one.spread.law} {one.spread.width:g} per {one.spread.per}" if one.spread else ""
    where = f", {one.where}" if one.where else ""
    return (code(one.id), plain(one.says), plain(value + known + differs), plain(one.basis), _source(one.cite) + plain(where))


def _source(cite: Citation) -> str:
    """Authors, year and link of a source, in short."""
    first = cite.authors.split(" and ")[0].split(",")[0]
    return plain(" ".join(str(part) for part in (first, cite.year) if part))
