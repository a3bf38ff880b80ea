"""Laws of levers: cell kill by radiation, how strength comes and goes, and what a lever moves at strengths between 0 and 1."""

from __future__ import annotations

from math import exp, inf

import numpy as np
import pytest
from numpy.typing import NDArray

from refugia.barriers.levers import Delivery, Nourishment
from refugia.barriers.lower import lower as lower_ground
from refugia.catalog.reader import read_case
from refugia.havens.levers import PumpInhibitor
from refugia.havens.lower import lower as lower_wall
from refugia.terms import Label, Number, Onset, resolving
from refugia.treatment import Regimen, Route
from refugia.treatment.levers import Replan, strength
from refugia.treatment.radiation import RadiationLaw, modification, survival

LABEL = Label("a lever", "", True, (), "", "", "", "")
CASE = read_case("egfr-lung").unlevered()


def one(number: Number) -> NDArray[np.float64]:
    """The stated value of a number, for one patient."""
    return np.full(1, float(getattr(number, "value", number)))  # type: ignore[arg-type]


def law(**changes: float) -> RadiationLaw:
    """2 Gy with alpha 0.3 and beta 0.03, m and K as printed."""
    numbers = {"dose": 2.0, "linear": 0.3, "ratio": 10.0, "enhancement": 3.0, "half": 3.0, **changes}
    return RadiationLaw(*(np.array([numbers[name]]) for name in RadiationLaw._fields))


def test_the_modification_factor_is_that_of_the_table() -> None:
    """B7.1: 0, 3, 10 and 40 mmHg."""
    found = modification(np.array([0.0, 3.0, 10.0, 40.0]), np.array(3.0), np.array(3.0))
    assert found == pytest.approx([0.3333, 0.6667, 0.8462, 0.9535], abs=5e-5)


def test_survival_is_that_of_the_table() -> None:
    """B7.2 and B7.3: in plenty of oxygen, without any, and at 3 mmHg."""
    found = survival(law(), np.array([[1e12, 0.0, 3.0]]))[0]
    assert found == pytest.approx([0.4868, 0.8079, 0.6355], abs=5e-5)


def test_a_dose_of_zero_kills_nobody_and_fractions_multiply() -> None:
    oxygen = np.array([[0.0, 3.0, 40.0]])
    assert survival(law(dose=0.0), oxygen).tolist() == [[1.0, 1.0, 1.0]]
    pure = law(ratio=1e300)
    assert survival(pure._replace(dose=np.array([6.0])), oxygen) == pytest.approx(survival(pure, oxygen) ** 3, rel=1e-12)


def test_strength_comes_after_the_lag_and_goes_after_the_end() -> None:
    onset = Onset(100.0, 160.0, 10.0, 20.0, 30.0)
    days = np.array([0.0, 100.0, 110.0, 130.0, 170.0, 200.0])
    most = 1.0 - exp(-60.0 / 20.0)
    expected = [0.0, 0.0, 0.0, 1.0 - exp(-1.0), most, most * exp(-1.0)]
    assert strength(onset, days, one)[0] == pytest.approx(expected, rel=1e-12)


def test_strength_never_leaves_its_range_and_stays_up() -> None:
    found = strength(Onset(5.0, inf, 1.0, 0.5, 3.0), np.linspace(0.0, 700.0, 200), one)[0]
    assert found.min() == 0.0
    assert found[-1] == 1.0
    assert np.all(np.diff(found) >= 0.0)


@pytest.mark.parametrize("part", [0.0, 0.25, 1.0])
def test_delivery_moves_what_it_says_and_nothing_else(part: float) -> None:
    ground = CASE.subject.sites[0].ground
    lever = Delivery(LABEL, Onset(0.0, inf, 0.0, 1.0, 1.0), perfusion=0.5, pressure=0.41)
    before = lower_ground(ground, one)
    after = lower_ground(lever.applied(ground, np.array([part])), resolving(one))
    for name, old, new in zip(before._fields, before, after, strict=True):
        factor = {"drug_open": 1.0 - 0.5 * part, "effective": 1.0 - 0.59 * part}.get(name, 1.0)
        assert new == pytest.approx(old * factor, rel=1e-12), name
        assert part > 0.0 or np.array_equal(new, old)


def test_no_more_vessels_open_than_there_are() -> None:
    ground = CASE.subject.sites[0].ground
    lever = Nourishment(LABEL, Onset(0.0, inf, 0.0, 1.0, 1.0), perfusion=1.29)
    table = lower_ground(lever.applied(ground, np.ones(1)), resolving(one))
    assert table.oxygen_open[0] == 1.0
    assert table.drug_open[0] == one(ground.drug_perfusion.open)[0]


def test_levers_on_one_number_act_one_after_the_other() -> None:
    ground = CASE.subject.sites[0].ground
    lever = Nourishment(LABEL, Onset(0.0, inf, 0.0, 1.0, 1.0), perfusion=0.5)
    twice = lever.applied(lever.applied(ground, np.ones(1)), np.ones(1))
    assert lower_ground(twice, resolving(one)).oxygen_open[0] == pytest.approx(0.25 * one(ground.oxygen_perfusion.open)[0])


@pytest.mark.parametrize("blocked", [0.0, 0.25, 0.9, 1.0])
def test_blocked_pumps_follow_the_wall(blocked: float) -> None:
    """Unbound tissue over unbound plasma of an intact wall: 1 / (1 + (1 - blocked) (P + B) + bulk)."""
    wall = CASE.subject.sites[3].haven
    assert wall is not None
    lever = PumpInhibitor(LABEL, Onset(0.0, inf, 0.0, 1.0, 1.0), blocked)
    drawn = lower_wall(lever.applied(wall, np.ones(1)), ("gefitinib",), resolving(one))
    expected = 1.0 / (1.0 + (1.0 - blocked) * (6.1 + 2.0) + 6e-4)
    assert drawn.rim[0, 0] == pytest.approx(expected, rel=1e-12)


def test_a_switch_stops_one_drug_and_starts_another_on_the_same_day() -> None:
    def line(drug: str, start: float, until: float) -> Regimen:
        return Regimen(drug, Route.ORAL, 1.0, start, 1.0, until, 0.0)

    plan = (line("a", 0.0, 720.0), line("b", 0.0, 720.0), line("a", 300.0, 400.0))
    found = Replan(LABEL, 180.0, ("a",), (line("c", 180.0, inf),)).applied(plan, np.ones(1))
    assert found == (line("a", 0.0, 180.0), line("b", 0.0, 720.0), line("c", 180.0, inf))
