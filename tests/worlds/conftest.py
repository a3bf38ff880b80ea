"""Small versions of the default case: the same body, seen for a shorter time and more coarsely."""

from __future__ import annotations

from dataclasses import replace

import pytest

from refugia.catalog.reader import read_case
from refugia.course.case import Case


def small(case: Case, horizon: float = 168.0) -> Case:
    """The case with four shells, steps of two weeks and a near horizon."""
    settings = replace(case.settings, step=14.0, shells=4)
    return replace(case, settings=settings, question=replace(case.question, horizon=horizon))


@pytest.fixture(scope="session")
def case() -> Case:
    return small(read_case("egfr-lung"))
