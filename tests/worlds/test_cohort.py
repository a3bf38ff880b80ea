"""A cohort is the plain case where its patients are all alike, and no patient's course depends on who else is there."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from refugia.catalog.cohorts import calibrated_numbers, read_cohort
from refugia.cohort.bodies import Numbers, bodies
from refugia.cohort.model import Cohort
from refugia.cohort.run import Protocol, run_cohort
from refugia.cohort.summaries import summaries
from refugia.course.ensemble import run_bodies
from refugia.course.patients import Crowd, Patients
from refugia.terms import RefugiaError

LOOK = Protocol(168.0, (42.0, 84.0, 126.0, 168.0), (("gefitinib", 2 / 3), ("erlotinib", 1 / 3)))


@pytest.fixture(scope="module")
def cohort() -> Cohort:
    return read_cohort("flaura-comparator")


def crowd(size: int, members: list[int] | None = None, **changed: object) -> Crowd:
    return Crowd(size, np.array(range(size) if members is None else members), **changed)  # type: ignore[arg-type]


def volumes(case, patients: Patients) -> np.ndarray:
    return run_bodies(case, [case.subject], patients, 1).volumes()


def test_a_cohort_of_one_pattern_is_the_plain_case_bit_for_bit(case) -> None:
    plain = Patients(3, seed=11)
    everybody = {site.name: np.ones(3, bool) for site in case.subject.sites}
    sizes = {site.diameter.id: np.full(3, site.diameter.value) for site in case.subject.sites if site.name != "occult brain"}
    alike = replace(plain, crowd=crowd(3, given=sizes, present=everybody))
    assert np.array_equal(volumes(case, plain), volumes(case, alike))


def test_some_of_an_ensemble_have_the_courses_they_have_in_it(case) -> None:
    whole = volumes(case, Patients(5, seed=2))
    some = volumes(case, Patients(2, seed=2, crowd=crowd(5, [3, 1])))
    assert np.array_equal(some, whole[[3, 1]])


def test_a_site_that_a_patient_has_not_is_absent_for_that_patient_alone(case) -> None:
    whole = volumes(case, Patients(3, seed=2))
    some = volumes(case, Patients(3, seed=2, crowd=crowd(3, present={"liver": np.array([True, False, True])})))
    liver = [site.name for site in case.subject.sites].index("liver")
    assert not some[1, liver].any()
    whole[1, liver] = 0.0
    assert np.array_equal(some, whole)


def test_a_number_that_is_known_has_neither_its_interval_nor_another_width(case) -> None:
    source = case.subject.sites[0].source
    known = {source.inert.id: 0.03, source.net.id: 0.004}
    patients = Patients(9, seed=1, crowd=crowd(9, values=known, widths={source.net.id: 1e-9}))
    assert patients.draw(source.inert, "lung").tolist() == [0.03] * 9
    assert patients.draw(source.net, "lung") == pytest.approx([0.004] * 9)


def test_threads_change_no_bit_of_a_cohort(cohort: Cohort) -> None:
    one, two = (run_cohort(cohort, LOOK, 24, 5, threads=threads) for threads in (1, 2))
    for name in ("progression", "response", "first_change", "resistant", "organ", "drug"):
        assert np.array_equal(getattr(one, name), getattr(two, name), equal_nan=True), name


def test_patients_keep_their_bodies_whatever_they_are_given(cohort: Cohort) -> None:
    mixed, single = (bodies(cohort, 30, 5, drugs) for drugs in (LOOK.drugs, (("osimertinib", 1.0),)))
    assert all(np.array_equal(mixed.diameter[site], single.diameter[site]) for site in mixed.diameter)
    assert [int((mixed.drug == drug).sum()) for drug in (0, 1)] == [20, 10]
    total = sum(np.where(mixed.present[site], mixed.diameter[site], 0.0) for site in mixed.diameter)
    assert total.min() == pytest.approx(45.0) and total.max() <= 250.0


def test_fast_tumours_are_followed_for_as_long_as_their_cells_can_be_counted(cohort: Cohort) -> None:
    long = Protocol(1218.0, tuple(np.arange(42.0, 1219.0, 42.0).tolist()), (("osimertinib", 1.0),))
    found = run_cohort(cohort, long, 24, 1, Numbers({"lung.net": 0.02}, {}), threads=1)
    assert found.until.min() < found.until.max()
    assert (found.progression <= found.until).all()


def test_a_drug_that_the_cohort_does_not_know_is_refused(cohort: Cohort) -> None:
    with pytest.raises(RefugiaError, match='has no drug "afatinib"'):
        run_cohort(cohort, Protocol(84.0, (42.0, 84.0), (("afatinib", 1.0),)), 3, 0)


def test_calibrated_numbers_are_those_of_the_free_ones(cohort: Cohort) -> None:
    numbers = calibrated_numbers(cohort)
    assert {*numbers.values, *numbers.widths} == ({one.name for one in cohort.free} if cohort.calibrated else set())


@pytest.mark.slow
def test_finer_steps_and_shells_move_no_summary(cohort: Cohort) -> None:
    """Two weeks and four shells against one week and eight: far less than another draw of patients moves them."""
    look = Protocol(756.0, tuple(np.arange(42.0, 757.0, 42.0).tolist()), LOOK.drugs)
    finer = {drug: replace(case, settings=replace(case.settings, step=7.0, shells=8)) for drug, case in cohort.cases.items()}
    coarse, fine = (summaries(run_cohort(one, look, 256, 1), one) for one in (cohort, replace(cohort, cases=finer)))
    assert {key: abs(fine[key] / coarse[key] - 1.0) < 0.03 for key in ("pfs", "orr", "dor", "change", "t790m")} == dict.fromkeys(
        ("pfs", "orr", "dor", "change", "t790m"), True
    )
