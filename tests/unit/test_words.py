"""The plain words of a report: signs, ties, no gain, all censored, no levers, one site, merits that disagree."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from refugia.catalog.reader import read_case
from refugia.course.case import Case
from refugia.course.recist import Progression
from refugia.course.result import Course, Timing
from refugia.report.phrases import interval, size
from refugia.report.words import (
    course_paragraph,
    disagreement,
    disputes,
    first_sites,
    harms,
    helps,
    no_levers,
    pairs,
    paragraph,
    second_paragraph,
    signs,
    trust,
    ways,
    when,
)
from tests.unit.made import course as run
from tests.unit.made import dissection, rescue, share

HALF = Timing(300.0, 100.0, None, 0.3)
NEVER = Timing(None, None, None, 1.0)


@pytest.fixture(scope="module")
def case() -> Case:
    return read_case("egfr-lung")


@pytest.fixture(scope="module")
def course(case: Case) -> Course:
    return run(case, 4)


def failing(course: Course, days: list[list[float]]) -> Course:
    """The course with these days of progression (patients, sites)."""
    sites = np.array(days)
    return replace(course, progression=Progression(sites.min(axis=1), sites))


def test_the_largest_clear_share_is_named_with_its_interval(case: Case) -> None:
    rows = [share("tolerance", "progression", (90.0, 60.0, 120.0)), share("wall", "progression", (20.0, -5.0, 40.0))]
    said = ways(dissection(case, rows, HALF), "progression")
    assert "most of all through tolerance (cells that sit the drug out without a mutation)" in said
    assert "90 days (60 to 120)" in said
    assert "wall" not in said, "a share that cannot be told from nothing is not a cause"


def test_shares_that_overlap_may_matter_as_much(case: Case) -> None:
    rows = [share("tolerance", "progression", (90.0, 60.0, 120.0)), share("matrix", "progression", (70.0, 40.0, 100.0)),
            share("wall", "progression", (30.0, 10.0, 50.0))]  # fmt: skip
    said = ways(dissection(case, rows, HALF), "progression")
    assert "the matrix (70 days) may matter as much" in said
    assert "less so the wall (30 days)" in said
    assert "of the 190 that lifting every way out would gain" in said


def test_no_clear_share_is_said_so(case: Case) -> None:
    rows = [share("tolerance", merit, (5.0, -1.0, 9.0)) for merit in ("progression", "control")]
    why = dissection(case, rows, HALF)
    assert "No way out is clearly behind the day of progression" in ways(why, "progression")
    assert "no way out is clearly behind it" in ways(why, "control")


def test_a_share_below_zero_is_harm_and_no_cause(case: Case) -> None:
    rows = [share("wall", "control", (0.3, 0.2, 0.4)), share("perfusion and pressure", "control", (-1.0, -1.3, -0.7))]
    why = dissection(case, rows, HALF)
    assert harms(why, "control") == "To lift “perfusion and pressure” would make the tumour 10 times larger."
    assert "perfusion" not in ways(why, "control")
    rows = [share("wall", "progression", (-15.0, -20.0, -10.0))]
    assert harms(dissection(case, rows, HALF), "progression") == "To lift the wall would bring progression 15 days forward."


def test_days_say_nothing_where_nobody_progresses(case: Case) -> None:
    rows = [share("wall", merit, (0.3, 0.2, 0.4)) for merit in ("control", "progression")]
    why = dissection(case, rows, NEVER)
    assert "None of the 64 virtual patients progresses within 720 days." in when(why.body, 720.0, 64)
    assert "since nobody progresses" in ways(why, "progression")
    assert disagreement(why) == ""


def test_merits_that_disagree_are_told(case: Case) -> None:
    rows = [
        share("wall", "control", (0.8, 0.7, 0.9)), share("tolerance", "control", (0.2, 0.1, 0.3)),
        share("wall", "progression", (10.0, 1.0, 20.0)), share("tolerance", "progression", (90.0, 60.0, 120.0)),
    ]  # fmt: skip
    said = disagreement(dissection(case, rows, HALF))
    assert said == ("So the two measures disagree: the wall decides how large the tumour grows, tolerance when it counts as "
                    "progressed.")  # fmt: skip
    rows = [share("wall", "control", (0.8, 0.7, 0.9)), share("wall", "progression", (-9.0, -12.0, -6.0))]
    assert "disagree even in sign" in signs(dissection(case, rows, HALF))
    same = [share("wall", merit, (0.8, 0.7, 0.9)) for merit in ("control", "progression")]
    assert disagreement(dissection(case, same, HALF)) == signs(dissection(case, same, HALF)) == ""


def test_the_first_site_is_counted_and_ties_are_ties(case: Case, course: Course) -> None:
    inf = np.inf
    lead = failing(course, [[50.0, 60, inf, inf], [40, 60, inf, inf], [inf, 60, inf, inf], [inf, inf, inf, inf]])
    assert first_sites(lead) == {"lung": 2, "liver": 1, "brain": 0, "occult brain": 0}
    assert "The lung is most often the first site to fail (in 2 of 4 patients), the liver next (in 1)" in course_paragraph(lead)
    even = failing(course, [[50.0, 60, inf, inf], [70, 60, inf, inf], [inf] * 4, [inf] * 4])
    assert "the lung and the liver lead equally often (1 of 4 patients each)" in course_paragraph(even)
    same_scan = failing(course, [[42.0, 42.0, inf, inf]] * 4)
    assert first_sites(same_scan) == {"lung": 4, "liver": 4, "brain": 0, "occult brain": 0}
    late = failing(course, [[1000.0] * 4] * 4)
    assert "No single site passes the progression limit by itself." in course_paragraph(late)


def test_one_site_is_not_compared_with_itself(case: Case, course: Course) -> None:
    one = replace(case, subject=replace(case.subject, sites=case.subject.sites[:1]))
    why = dissection(one, [share("tolerance", "control", (0.3, 0.2, 0.4))], HALF)
    said = paragraph(why, replace(course, case=why.case, progression=Progression(np.array([5.0]), np.array([[5.0]]))))
    assert "first site" not in said
    assert "Judged by size, the tumour is as large as it is, most of all because of tolerance" in said


def test_what_helps_is_the_best_that_is_certain(case: Case) -> None:
    rows = [rescue(("a",), "progression", (63.0, 23.0, 105.0), 300.0), rescue(("b",), "progression", (60.0, 10.0, 90.0), 300.0),
            rescue(("c",), "progression", (80.0, -9.0, 170.0), 300.0),
            rescue(("a", "b"), "progression", (120.0, 60.0, 180.0), 300.0)]  # fmt: skip
    said = helps(rows, 64)
    assert "to put progression off, “a” (63 days; 23 to 105), though “b” is not clearly behind" in said
    assert "“c” may do more (80 days), but not for certain" in said
    assert "“a” with “b” (120 days, 40 % of the ideal)" in pairs(rows)


def test_no_gain_is_an_answer(case: Case) -> None:
    rows = [rescue((name,), "control", (0.1, -0.1, 0.3)) for name in "ab"]
    assert helps(rows, 64) == "None of the 2 interventions tried helps for certain."
    assert helps(rows[:1], 64) == "The one intervention tried does not help for certain."
    assert pairs(rows) == ""
    both = [rescue(("a",), "control", (0.1, 0.05, 0.3)), rescue(("a",), "progression", (-9.0, -12.0, -6.0))]
    assert disputes(both) == "“a” gains on one measure and loses on the other."
    assert "to put progression off, none for certain" in helps(both, 64)


def test_a_case_without_levers_says_what_the_ideal_is_worth(case: Case) -> None:
    why = dissection(case, [share("wall", "progression", (90.0, 60.0, 120.0))], HALF)
    assert no_levers(why).endswith("Lifting every way out at once would gain 90 days.")
    none = dissection(case, [share("wall", "control", (-0.2, -0.3, -0.1))], HALF)
    assert no_levers(none).endswith("would gain nothing.")


def test_one_patient_has_no_intervals(case: Case, course: Course) -> None:
    rows, levers = [share("wall", "progression", (90.0, 90.0, 90.0))], [rescue(("a",), "progression", (5.0, 5.0, 5.0))]
    why = dissection(case, rows, Timing(300.0, 300.0, 300.0, 0.0), 1, levers=levers)
    said = paragraph(why, failing(course, [[300.0, 400, 500, 600]]))
    assert "The one virtual patient progresses on day 300" in said
    assert "(90 to 90)" not in said
    assert "; 5 to 5" not in said
    assert trust(why) == "With one patient there are no intervals: nothing here can be called certain."
    assert "only a hint" in trust(replace(why, replicates=16))
    assert second_paragraph(replace(why, replicates=64)) == "Brackets hold 95 % intervals over the patients."


@pytest.mark.parametrize("decades", [-400.0, -1.0, -1e-3, 0.0, 1e-3, 0.2, 1.0, 7.0, 400.0])
def test_sizes_are_words_for_any_number(decades: float) -> None:
    assert size(decades) == "no smaller" or size(decades).endswith("smaller" if decades > 0 else "larger")
    assert interval("control", decades - 0.5, decades + 0.5)
