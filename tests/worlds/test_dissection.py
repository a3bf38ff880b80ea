"""Laws of a whole dissection: shares add up, a dummy gets exactly zero, parts add up to their mechanism."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from refugia.course.ensemble import run_bodies
from refugia.course.patients import Patients
from refugia.dissection.arms import arms, dummies, redundant
from refugia.dissection.dissect import dissect
from refugia.terms import RefugiaError


@pytest.fixture(scope="module")
def why(case):
    return dissect(case, replicates=4, seed=2, threads=2)


def whole(result, merit):
    return [row for row in result.shares if row.merit == merit and row.part_of is None]


@pytest.mark.parametrize("merit", ["control", "progression"])
def test_shares_add_up_to_the_gain_of_lifting_all(why, merit):
    v = why.gains[merit]
    total = sum(row.share for row in whole(why, merit))
    assert total == pytest.approx((v[:, -1] - v[:, 0]).mean(), abs=1e-12 * max(1.0, np.abs(v).max()))


@pytest.mark.parametrize("merit", ["control", "progression"])
def test_the_parts_of_the_wall_add_up_to_it(why, merit):
    wall = next(row for row in whole(why, merit) if row.mechanism == "wall")
    parts = [row.share for row in why.shares if row.part_of == "wall" and row.merit == merit]
    assert len(parts) == 2
    assert sum(parts) == pytest.approx(wall.share, abs=1e-12)


def test_a_dummy_gets_exactly_zero_and_is_named(case):
    wall_less = tuple(replace(site, haven=None) for site in case.subject.sites)
    bare = replace(case, subject=replace(case.subject, sites=wall_less), mechanisms=("tolerance", "wall", "oxygen and acid"))
    why = dissect(bare, replicates=3, seed=1, threads=1)
    for row in why.shares:
        if "wall" in row.mechanism:
            assert (row.alone, row.last, row.share, row.low, row.high) == (0.0, 0.0, 0.0, 0.0, 0.0)
    assert any('"wall" plays no part' in note for note in why.notes)


def test_equal_tables_are_called_redundant(case):
    leaking = tuple(
        replace(site, haven=site.haven and replace(site.haven, effluxes=tuple(replace(e, bulk=0.0) for e in site.haven.effluxes)))
        for site in case.subject.sites
    )
    same = replace(case, subject=replace(case.subject, sites=leaking), mechanisms=("wall",))
    plan = arms(same)
    index = run_bodies(same, plan.bodies, Patients(2, 1), 1).lowered.index
    assert redundant(plan, index) == (("wall tightness", "wall pumps"),)
    assert dummies(plan, index) == ()


def test_the_answer_does_not_depend_on_the_order_in_which_mechanisms_are_listed(case):
    few = ("tolerance", "wall", "oxygen and acid")
    one, other = (dissect(replace(case, mechanisms=names), 3, 4) for names in (few, few[::-1]))
    for row in one.shares:
        twin = next(r for r in other.shares if (r.mechanism, r.merit) == (row.mechanism, row.merit))
        assert row.share == pytest.approx(twin.share, abs=1e-12)


def test_mechanisms_that_cannot_be_lifted_are_refused_with_the_way_out(case):
    with pytest.raises(RefugiaError, match="List it once"):
        arms(replace(case, mechanisms=case.mechanisms + case.mechanisms[:2]))
    with pytest.raises(RefugiaError, match='List "wall"'):
        arms(replace(case, mechanisms=("wall pumps",)))


def test_scatter_names_three_sources(why):
    assert {row.source for row in why.scatter} == {"chance", "patients", "parameters"}
    by = {(row.source, row.merit): row.sd for row in why.scatter}
    assert by["patients", "control"] > by["chance", "control"]
