"""The catalogue as the user's first names know it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from refugia.catalog.reader import case_ids, parameters_of, read_case
from refugia.course.case import Case
from refugia.terms import InputError, Parameter


def case(id: str) -> Case:
    """A case of the catalogue by its id. Raises InputError where there is none.

    >>> case("egfr-lung").question.horizon
    720.0
    """
    if id not in case_ids():
        raise InputError(
            "", "case", id, "is no case of the catalogue", f"Known: {', '.join(case_ids())}; rf.read_case() reads files."
        )
    return read_case(id)


def cases() -> tuple[str, ...]:
    """The ids of the catalogue's cases."""
    return case_ids()


def parameters(case: Case) -> tuple[Parameter, ...]:
    """The numbers of the world that a case uses, as they were printed."""
    return parameters_of(case)


def check_studies(ids: Iterable[str] = ()) -> list[dict[str, Any]]:
    """Run studies (all, where none is named) through the numerical solvers; one row a check, as `refugia study check --json`."""
    from refugia.catalog.checks import check

    return [dict(row) for row in check(ids)]
