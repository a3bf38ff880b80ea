"""The files of the catalogue as they are written, to read, copy and change."""

from __future__ import annotations

from importlib.resources import files

from refugia.catalog.reader import case_ids, opened, parse_case
from refugia.catalog.study import read_study


def case_text(path_or_id: str) -> str:
    """The TOML of a case, of the catalogue or of a file. Raises InputError where it cannot be read as a case.

    >>> "mechanisms" in case_text("egfr-lung")
    True
    """
    text, file, folder = opened(path_or_id)
    if path_or_id not in case_ids():
        parse_case(text, file, folder)
    return text


def study_text(name: str) -> str:
    """The TOML of a study. Raises RefugiaError where there is none.

    >>> study_text("baxter1989_pressure").count("title")
    1
    """
    read_study(name)
    return (files("refugia.catalog") / "studies" / f"{name}.toml").read_text(encoding="utf-8")
