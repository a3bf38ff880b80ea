"""Reads a case: a TOML file becomes a frozen description, or is refused with the place, the value and the way out."""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from refugia.catalog.build import Builder
from refugia.catalog.derived import is_derived, whole
from refugia.catalog.faults import Faults
from refugia.catalog.fit import check_tables
from refugia.catalog.intake import check_texts, read_table, read_text
from refugia.catalog.numbers import Numbers, load_parameters
from refugia.catalog.place import Place, suggestion
from refugia.catalog.positions import Lines
from refugia.catalog.schema import CaseFile
from refugia.catalog.tables import checked
from refugia.course.case import Case
from refugia.course.values import parameters_in
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
    return parse_case(*opened(path_or_id))


def faults_of(path_or_id: str | Path) -> list[InputError]:
    """Every fault of that case, in the order of its lines; none where it fits. Raises InputError where there is no such file.

    >>> faults_of("egfr-lung")
    []
    """
    faults = Faults(str(path_or_id))
    text, file, folder = opened(path_or_id)
    Place(file, faults=faults).part(_parsed, text, file, folder, faults)
    return faults.in_order()


def opened(path_or_id: str | Path) -> tuple[str, str, Path | None]:
    """The text of a case, the name of its file, and the directory where its files of doses lie. Raises InputError."""
    name = str(path_or_id)
    if name in case_ids():
        return (files("refugia.catalog") / "cases" / f"{name}.toml").read_text(encoding="utf-8"), f"{name}.toml", None
    return file_text(name), name, Path(name).parent


def parse_case(text: str, file: str, folder: Path | None = None) -> Case:
    """The case a TOML text describes; `file` is the name that errors and the case give as its origin. Raises InputError.

    Files of doses are looked up in `folder`.
    """
    faults = Faults()
    return _sound(Place(file, faults=faults).part(_parsed, text, file, folder, faults), faults)


def case_of(table: dict[str, Any], file: str) -> Case:
    """The case a table describes, once its TOML is read. Raises InputError where it does not fit."""
    place = Place(file, faults=(faults := Faults()))
    return _sound(place.part(_built, table, place, None), faults)


def _sound(case: Case, faults: Faults) -> Case:
    """The case, if nothing in it was refused. Raises the first InputError if something was."""
    if faults.found:
        raise faults.found[0]
    return case


def _parsed(text: str, file: str, folder: Path | None, faults: Faults) -> Case:
    """The case of a text; what is refused is kept in `faults`."""
    place = Place(file, faults=faults)
    table = read_table(text, place)
    return _built(table, place._replace(lines=Lines(text)), folder)


def _built(table: dict[str, Any], place: Place, folder: Path | None) -> Case:
    """The case of a table; what is refused is kept in the faults of the place, and FAULTY in the case."""
    check_texts(table, place)
    if is_derived(table):
        table = whole(table, place)
    read = checked(CaseFile, table, place)
    check_tables(read, place)
    own = place.part(_own, read)
    return place.part(Builder(read, Numbers(own), place, folder).case, place.file)


def _own(read: CaseFile) -> dict[str, Citation]:
    """The sources that a case brings along."""
    return {source.key: Citation(**source.model_dump()) for source in read.citations}


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
    "InputError", "case_ids", "case_of", "case_titles", "faults_of", "file_text", "load_parameters", "opened", "parameters_of",
    "parse_case", "read_case",
]  # fmt: skip
