"""The Python face in a notebook: results show themselves, draw themselves, and become frames."""

from __future__ import annotations

from dataclasses import replace

import pytest

import refugia as rf
from refugia.course.case import Case
from refugia.terms import RefugiaError


@pytest.fixture(scope="module")
def case() -> Case:
    """The default case, short and coarse, with a title that means no good."""
    found = rf.case("egfr-lung")
    return replace(
        found, title="<script>alert(1)</script>", mechanisms=("tolerance", "wall"), levers=found.levers[:2],
        settings=replace(found.settings, step=14.0, shells=3), question=replace(found.question, horizon=84.0, scans=None),
    )  # fmt: skip


@pytest.fixture(scope="module")
def course(case: Case) -> rf.Course:
    return rf.simulate(case, replicates=3, seed=7)


@pytest.fixture(scope="module")
def why(case: Case) -> rf.Dissection:
    return rf.dissect(case, replicates=3, seed=7)


def test_the_ten_lines_of_the_readme_print(case: Case, course: rf.Course, why: rf.Dissection) -> None:
    assert set(course.outcome) == {*(site.name for site in case.subject.sites), "body"}
    assert "tolerance" in str(why.shares)
    assert "switch to osimertinib" in str(why.rescue)
    assert "wall" in str(why.interactions)
    assert "FLAURA" in rf.cite(why) or "Soria" in rf.cite(why)


def test_everything_shows_itself_and_escapes_what_the_user_wrote(case: Case, course: rf.Course, why: rf.Dissection) -> None:
    for shown in (case, course, why, why.shares, why.rescue, why.interactions, why.scatter):
        page = shown._repr_html_()
        assert "<table" in page
        assert "<script" not in page
    assert "&lt;script&gt;" in case._repr_html_()


def test_everything_that_has_a_picture_draws_it_without_arguments(case: Case, course: rf.Course, why: rf.Dissection) -> None:
    for shown in (course, why, why.rescue):
        assert shown.plot().data
    assert why.plot("progression") != why.plot("control")
    assert course.plot("brain").data
    with pytest.raises(RefugiaError, match=r"nothing to plot here\. Give one of: control, progression"):
        why.plot("brain")
    for bare in (case, why.shares):
        with pytest.raises(RefugiaError, match="has no picture of its own"):
            bare.plot()


def test_rows_become_frames(why: rf.Dissection) -> None:
    frame = why.shares.frame()
    assert list(frame["mechanism"]) == [row.mechanism for row in why.shares]
    assert {"share", "low", "high", "alone", "last", "merit", "part_of"} <= set(frame.columns)
    assert len(why.rescue.frame()) == len(why.rescue)
    assert rf.dataset(rf.simulate(why.case, replicates=1)).volume.attrs["units"] == "mm3"


def test_what_shows_nothing_is_refused() -> None:
    with pytest.raises(RefugiaError, match="A str is nothing that a notebook shows"):
        rf.html("egfr-lung")
