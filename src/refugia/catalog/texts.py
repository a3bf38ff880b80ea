"""The files of the catalogue as they are written, to read, copy and change."""

from __future__ import annotations

from importlib.resources import files

from refugia.catalog.reader import case_ids, opened, parse_case
from refugia.catalog.study import Study, agreement, read_study, second_reading, status


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
    """The TOML of a study, after how far it was read, in comments. Raises RefugiaError where there is none.

    >>> study_text("baxter1989_pressure").count("title")
    1
    """
    standing = "".join(f"# {line}\n" for line in study_standing(read_study(name)))
    return f"{standing}\n{(files('refugia.catalog') / 'studies' / f'{name}.toml').read_text(encoding='utf-8')}"


def study_standing(study: Study) -> tuple[str, ...]:
    """How far a study was read: its status, where the second reading lies, what was settled and what is open, a line each.

    >>> study_standing(read_study("baxter1989_pressure"))[0]
    'Status: read twice.'
    """
    second = second_reading(study.id)
    said = [f"Status: {status(study)}."]
    if second is None:
        return (*said, "Nobody has read it a second time yet.")
    said.append(f"Second reading: catalog/readings/{study.id}.toml, by a reader who had not opened this file.")
    said += [f"Settled, {key}: {one.settled.removesuffix('.')}." for key, one in second.inputs.items() if one.settled]
    if second.unsourced:
        said.append(f"In no source that the second reader had, and so assumed: {', '.join(second.unsourced)}.")
    return (*said, *(f"Open, {difference}." for difference in agreement(study, second)))
