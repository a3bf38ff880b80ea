"""Laws of levers: cell kill by radiation, how strength comes and goes, and what a lever moves at strengths between 0 and 1."""

from __future__ import annotations

from math import exp, inf

import numpy as np
import pytest
from numpy.typing import NDArray

from refugia.barriers.levers import Agent, Decompression, Delivery, Loosening, Nourishment, Permeation
from refugia.barriers.lower import lower as lower_ground
from refugia.barriers.matrix import hindrance
from refugia.barriers.model import Microenvironment
from refugia.barriers.pores import hindrances
from refugia.barriers.transient import SlowTable, lower_slow
from refugia.catalog.reader import read_case
from refugia.havens.levers import PumpInhibitor
from refugia.havens.lower import lower as lower_wall
from refugia.terms import Label, Number, Onset, resolving
from refugia.treatment import Regimen, Route
from refugia.treatment.levers import Replan, strength
from refugia.treatment.radiation import RadiationLaw, modification, survival

LABEL = Label("a lever", "", True, (), "", "", "", "")
CASE = read_case("egfr-lung").unlevered()
POROUS = read_case("desmoplastic-mammary").subject.sites[0].ground
AT_ONCE = Onset(0.0, inf, 0.0, 1.0, 1.0)


def one(number: Number) -> NDArray[np.float64]:
    """The stated value of a number, for one patient."""
    return np.full(1, float(getattr(number, "value", number)))  # type: ignore[arg-type]


def slow(ground: Microenvironment) -> SlowTable:
    """The liposome and its drug in a ground."""
    return lower_slow(ground.slow[0], ground.matrix, ground.vessels, resolving(one))


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


@pytest.mark.parametrize("part", [0.0, 0.25, 1.0])
def test_a_thinner_matrix_moves_diffusion_and_conductivity_and_nothing_else(part: float) -> None:
    lever = Loosening(LABEL, AT_ONCE, collagen=0.5, hydraulic=3.0)
    moved = lever.applied(POROUS, np.array([part]))
    for name, old, new in zip(SlowTable._fields, slow(POROUS), slow(moved), strict=True):
        assert (name in ("carrier_diffusivity", "diffusivity") and part > 0.0) or np.array_equal(new, old), name
    share = [hindrance(np.array(0.06 * (1.0 - 0.5 * x)), np.array(20.0), np.array(47.0)) for x in (0.0, part)]
    assert slow(moved).carrier_diffusivity / slow(POROUS).carrier_diffusivity == pytest.approx(share[1] / share[0], rel=1e-12)
    before, after = lower_ground(POROUS, one), lower_ground(moved, resolving(one))
    assert after.conductivity == pytest.approx(before.conductivity * (1.0 + 2.0 * part), rel=1e-12)
    assert np.array_equal(after.oxygen_open, before.oxygen_open) and np.array_equal(after.leak, before.leak)


def test_half_the_collagen_spreads_a_liposome_and_hardly_an_antibody() -> None:
    """From 0.06 to 0.03: 1.08-fold for an antibody (B4.7), from 0.083 to 0.240 for a particle of 150 nm (B4.4)."""

    def left(collagen: float, radius: float) -> float:
        return float(hindrance(np.array(collagen), np.array(20.0), np.array(radius)))

    assert left(0.03, 5.0) / left(0.06, 5.0) == pytest.approx(1.08, abs=5e-3)
    assert [left(0.06, 75.0), left(0.03, 75.0)] == pytest.approx([0.083, 0.240], abs=5e-4)
    assert left(0.03, 5.0) / left(0.06, 5.0) < left(0.03, 47.0) / left(0.06, 47.0) < left(0.03, 75.0) / left(0.06, 75.0)


@pytest.mark.parametrize("part", [0.0, 0.25, 1.0])
def test_less_stress_moves_only_the_vessels_of_the_drug(part: float) -> None:
    before = lower_ground(POROUS, one)
    after = lower_ground(Decompression(LABEL, AT_ONCE, stress_half=2.0).applied(POROUS, np.array([part])), resolving(one))
    for name, old, new in zip(before._fields, before, after, strict=True):
        factor = 1.0 / (1.0 + part) if name == "drug_yielding" else 1.0
        assert new == pytest.approx(old * factor, rel=1e-12), name
        assert part > 0.0 or np.array_equal(new, old)


@pytest.mark.parametrize("factor", [0.25, 0.5, 0.8, 1.0, 1.25, 2.0])
def test_pores_move_leak_passage_and_reflection_in_both_directions(factor: float) -> None:
    """Lp as r^2, what passes of a particle by the law of hindrance, nothing once it does not fit; a free drug keeps its wall."""
    moved = Permeation(LABEL, AT_ONCE, radius=factor, area=1.0).applied(POROUS, np.ones(1))
    before, after = slow(POROUS), slow(moved)
    leaks = [lower_ground(ground, resolving(one)).leak for ground in (POROUS, moved)]
    assert leaks[1] == pytest.approx(leaks[0] * factor**2, rel=1e-12)
    passed = [hindrances(np.array([47.0 / (183.3 * x)])) for x in (1.0, factor)]
    assert after.carrier_exchange / before.carrier_exchange == pytest.approx(passed[1][0] / passed[0][0], rel=1e-9)
    assert after.carrier_admitted == pytest.approx(passed[1][1], rel=1e-9)
    assert (after.carrier_exchange[0] == 0.0) == (factor == 0.25)  # pores of 46 nm
    assert np.sign(after.carrier_exchange[0] - before.carrier_exchange[0]) == np.sign(factor - 1.0)
    assert np.array_equal(after.exchange, before.exchange) and np.array_equal(after.release, before.release)  # of the free drug


def test_more_pores_let_more_through_of_all_sizes_alike() -> None:
    moved = Permeation(LABEL, AT_ONCE, radius=1.0, area=5.0).applied(POROUS, np.ones(1))
    before, after = slow(POROUS), slow(moved)
    assert after.carrier_exchange == pytest.approx(5.0 * before.carrier_exchange, rel=1e-12)
    assert after.carrier_admitted == pytest.approx(before.carrier_admitted, rel=1e-12)
    assert lower_ground(moved, resolving(one)).leak == pytest.approx(5.0 * lower_ground(POROUS, one).leak, rel=1e-12)


LEVERS = {
    "delivery": Delivery(LABEL, AT_ONCE, 1.15, 0.5),
    "matrix": Loosening(LABEL, AT_ONCE, 0.5, 1.5),
    "stress": Decompression(LABEL, AT_ONCE, 1.5),
    "pores": Permeation(LABEL, AT_ONCE, 0.6, 1.2),
    "agent": Agent(LABEL, AT_ONCE, 0.5, (Loosening(LABEL, AT_ONCE, 0.5, 1.5), Permeation(LABEL, AT_ONCE, 0.6, 1.2))),
}


def tables(ground: Microenvironment) -> list[NDArray[np.float64]]:
    """All that a ground becomes."""
    return [*lower_ground(ground, resolving(one)), *slow(ground)]


@pytest.mark.parametrize("name", LEVERS)
def test_no_strength_no_bit_and_more_strength_more(name: str) -> None:
    before = tables(POROUS)
    assert all(np.array_equal(a, b) for a, b in zip(before, tables(LEVERS[name].applied(POROUS, np.zeros(1))), strict=True))
    half, whole = (tables(LEVERS[name].applied(POROUS, np.array([part]))) for part in (0.5, 1.0))
    moved = [k for k, (a, b) in enumerate(zip(before, whole, strict=True)) if not np.array_equal(a, b)]
    assert moved
    for k in moved:
        assert 0.0 < abs((half[k] - before[k]).item()) < abs((whole[k] - before[k]).item())


@pytest.mark.parametrize("name", LEVERS)
@pytest.mark.parametrize("other", LEVERS)
def test_a_pair_composes_in_either_order(name: str, other: str) -> None:
    """Factors on factors: the order in which two levers act changes nothing but round-off."""
    pair = (LEVERS[name], LEVERS[other])
    there, back = (b.applied(a.applied(POROUS, np.ones(1)), np.ones(1)) for a, b in (pair, pair[::-1]))
    for one_way, other_way in zip(tables(there), tables(back), strict=True):
        np.testing.assert_allclose(one_way, other_way, rtol=1e-12)


def test_an_agent_does_what_its_parts_do_up_to_its_share() -> None:
    agent = LEVERS["agent"]
    assert isinstance(agent, Agent)
    apart = POROUS
    for deed in agent.does:
        apart = deed.applied(apart, np.array([0.5 * 0.8]))
    assert all(np.array_equal(a, b) for a, b in zip(tables(apart), tables(agent.applied(POROUS, np.array([0.8]))), strict=True))
