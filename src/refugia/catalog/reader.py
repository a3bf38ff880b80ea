"""Reads a case: a TOML file becomes a frozen description, or is refused with the place, the value and the way out."""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from refugia.catalog.build import Builder
from refugia.catalog.derived import is_derived, whole
from refugia.catalog.fit import check_tables
from refugia.catalog.intake import check_texts, read_table, read_text
from refugia.catalog.numbers import Numbers, load_parameters
from refugia.catalog.place import Place, suggestion
from refugia.catalog.schema import CaseFile, checked
from refugia.course.case import Case
from refugia.course.values import parameters_in
from refugia.subject import Presence
from refugia.terms import Citation, InputError, Parameter


def case_ids() -> tuple[str, ...]:
    """The cases of the catalogue.

    >>> "egfr-lung" in case_ids()
    True
    """
    names = (file.name for file in (files("refugia.catalog") / "cases").iterdir())
    return tuple(sorted(name.removesuffix(".toml") for name in names if name.endswith(".toml")))


def read_case(path_or_id: str | Path) -> Case:
    """The case of that id in the catalogue, or in that TOML file. Raises InputError where it cannot be read.

    >>> read_case("egfr-lung").subject.reference
    'lung'
    """
    name = str(path_or_id)
    if name in case_ids():
        text = (files("refugia.catalog") / "cases" / f"{name}.toml").read_text(encoding="utf-8")
        return parse_case(text, f"{name}.toml")
    return parse_case(file_text(name), name)


def parse_case(text: str, file: str) -> Case:
    """The case a TOML text describes; `file` is the name that errors and the case give as its origin. Raises InputError."""
    return case_of(read_table(text, Place(file)), file)


def case_of(table: dict[str, Any], file: str) -> Case:
    """The case a table describes, once its TOML is read. Raises InputError where it does not fit."""
    place = Place(file)
    check_texts(table, place)
    if is_derived(table):
        table = whole(table, place)
    read = checked(CaseFile, table, place)
    check_tables(read, place)
    own = {source.key: Citation(**source.model_dump()) for source in read.citations}
    case = Builder(read, Numbers(own), place).case(file)
    _check_numbers(case, place)
    return case


def file_text(name: str) -> str:
    """The text of a file of the user's. Raises InputError where there is none, or none that can be a case."""
    path, place = Path(name), Place(name)
    try:
        there = path.exists() or path.is_symlink()
    except (OSError, ValueError) as trouble:
        reason = getattr(trouble, "strerror", None) or str(trouble)
        raise place.refusal(name, f"cannot be read ({reason})", "Name a TOML file that you may read.") from None
    if not there and (path.suffix or len(path.parts) > 1):
        raise place.refusal(name, "is not there", "Check the name of the file.")
    if not there:
        raise Place("").refusal(name, "is neither a case of the catalogue nor a file", suggestion(name, case_ids(), "case"))
    return read_text(path, name)


def _check_numbers(case: Case, place: Place) -> None:
    """Raises InputError where numbers of the case contradict each other at their medians."""
    source = case.subject.sites[0].source
    if _median(source.net) >= _median(source.birth):
        shown = f"{_median(source.net):g} 1/day"
        raise place.at("growth").at("net").refusal(shown, "is not below the birth rate", "Deaths cannot be negative: lower it.")
    standing = _median(source.tolerance.share) + sum(_median(alteration.standing) for alteration in source.alterations)
    if standing >= 1.0:
        reason = "is the share of cells that resist before therapy, no less than all"
        raise place.at("alterations").refusal(standing, reason, "Lower a standing share.")
    for index, site in enumerate(case.subject.sites):
        if site.presence is Presence.OCCULT and _median(site.diameter) >= _median(site.detection):
            here, way_out = place.at("sites").at(index).at("diameter"), 'Write presence = "seen", or make it smaller.'
            raise here.refusal(f"{_median(site.diameter):g} mm", "would be seen, yet the site is occult", way_out)


def _median(number: Parameter | float) -> float:
    return number.value if isinstance(number, Parameter) else number


def parameters_of(case: Case) -> tuple[Parameter, ...]:
    """Every parameter the case uses, once, in the unit its source printed (inline numbers: in the unit of their field)."""
    printed = load_parameters()
    found = {parameter.id: parameter for parameter in parameters_in(case)}
    return tuple(printed.get(name, parameter) for name, parameter in found.items())


@lru_cache(maxsize=1)
def case_titles() -> dict[str, str]:
    """The title of each case of the catalogue."""
    return {name: read_case(name).title for name in case_ids()}


__all__ = [
    "InputError", "case_ids", "case_of", "case_titles", "file_text", "load_parameters", "parameters_of", "parse_case", "read_case",
]  # fmt: skip
