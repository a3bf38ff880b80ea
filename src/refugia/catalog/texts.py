"""The files of the catalogue as they are written, to read, copy and change."""

from __future__ import annotations

from importlib.resources import files

from refugia.catalog.reader import case_ids, file_text, parse_case
from refugia.catalog.study import read_study


def case_text(path_or_id: str) -> str:
    """The TOML of a case, of the catalogue or of a file. Raises InputError where it cannot be read as a case.

    >>> "mechanisms" in case_text("egfr-lung")
    True
    """
    if path_or_id in case_ids():
        return (files("refugia.catalog") / "cases" / f"{path_or_id}.toml").read_text(encoding="utf-8")
    text = file_text(path_or_id)
    parse_case(text, path_or_id)
    return text


def study_text(name: str) -> str:
    """The TOML of a study. Raises RefugiaError where there is none.

    >>> study_text("baxter1989_pressure").count("title")
    1
    """
    read_study(name)
    return (files("refugia.catalog") / "studies" / f"{name}.toml").read_text(encoding="utf-8")
