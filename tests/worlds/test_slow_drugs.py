"""Drugs carried from step to step: bits, the dose that begins a step, and how finely a step is cut."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from refugia.barriers.levers import Agent, Decompression, Delivery, Loosening, Permeation
from refugia.catalog.reader import read_case
from refugia.course import slow
from refugia.course.case import Case
from refugia.course.ensemble import run_bodies
from refugia.course.patients import Patients
from refugia.course.result import simulate
from refugia.subject import mechanism
from refugia.terms import Label, Lever, Onset, RefugiaError
from refugia.treatment import Regimen, Route
from refugia.treatment.kinetics import concentration
from refugia.treatment.levers import Replan, Surgery

CASES = ("desmoplastic-mammary", "desmoplastic-mammary-free")


def short(name: str) -> Case:
    case = read_case(name)
    return replace(case, question=replace(case.question, horizon=15.0))


def volumes(case: Case, **how: int) -> np.ndarray:
    bodies = [case.subject, *(case.subject.lifted(mechanism(name)) for name in ("matrix", "perfusion", "pressure"))]
    return run_bodies(case, bodies, Patients(3, seed=7), **how).volume


@pytest.mark.parametrize("name", CASES)
def test_bits_do_not_depend_on_threads_or_chunks(name: str) -> None:
    case = short(name)
    whole = volumes(case, threads=1, chunk=64)
    assert np.array_equal(whole, volumes(case, threads=2, chunk=2))
    assert np.all(whole[:, -1] > 0.0) and len(np.unique(whole[:, -1])) > 3


def test_the_end_of_a_step_knows_nothing_of_the_next_dose() -> None:
    """Plasma is asked for before the bolus of day 7, which only the next step sees."""
    case = read_case(CASES[0])
    line = Regimen("x", Route.INTRAVENOUS, 1.0, 7.0, float("inf"), 8.0, 0.0)
    days = slow.asked(np.array([6.0, 7.0, 8.0]))
    level = concentration(case.subject.drugs[0].kinetics, [line], Patients(1, 7).at("body"), days.ravel()).reshape(days.shape)
    assert not level[0].any() and np.all(level[1] > 0.0)


@pytest.mark.parametrize("name", CASES)
def test_parts_of_a_step_are_fine_enough(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Four times as many parts move the typical effect of the drug, and so its kill slope, by less than one per cent."""
    case = short(name)
    kill = run_bodies(case, [case.subject], Patients(3, seed=7)).kill
    monkeypatch.setattr(slow, "PARTS", 4 * slow.PARTS)
    np.testing.assert_allclose(run_bodies(case, [case.subject], Patients(3, seed=7)).kill, kill, rtol=1e-2)


def levers(case: Case) -> tuple[Lever, ...]:
    """The drug stopped, three times its dose from day 7 on, its delivery moved, and the tumour taken out."""
    label = Label("lever", "", True, (), "", "", "", "")
    names = tuple(drug.name for drug in case.subject.drugs)
    more = tuple(replace(line, dose=3.0 * line.dose, start=7.0) for line in case.subject.plan)
    return (
        Replan(label, 3.0, names, ()),
        Replan(label, 7.0, names, more),
        Delivery(label, Onset(2.0, 9.0, 0.5, 0.5, 1.0), 2.0, 0.5),
        Surgery(replace(label, sites=("mammary",)), 8.0),
    )


@pytest.mark.parametrize("name", CASES)
def test_every_body_has_the_plasma_of_its_own_plan(name: str) -> None:
    """Bodies on several plans, run together, are bit by bit what each is alone; and a lever moves nothing before its day."""
    case, patients = short(name), Patients(3, seed=7)
    bodies = [case.subject, *(case.subject.levered(lever) for lever in levers(case))]
    together = run_bodies(case, bodies, patients, threads=2, chunk=2)
    for number, body in enumerate(bodies):
        alone = run_bodies(case, [body], patients)
        assert np.array_equal(alone.kill, together.kill)
        assert np.array_equal(alone.volumes(), together.volumes(slice(number, number + 1)))
    plain, stopped, more, delivered, removed = (together.volumes(slice(n, n + 1))[:, 0] for n in range(5))
    assert all(np.array_equal(plain[:, :8], late[:, :8]) for late in (stopped, more, removed))
    assert np.all(stopped[:, -1] > plain[:, -1]) and np.all(more[:, -1] < plain[:, -1])
    assert not np.array_equal(delivered, plain) and np.all(removed[:, 9:] == 0.0)


def test_a_drug_is_slow_in_all_sites_or_in_none() -> None:
    case = short(CASES[0])
    site = case.subject.sites[0]
    other = replace(site, name="other", ground=replace(site.ground, slow=()))
    body = replace(case.subject, sites=(site, other))
    with pytest.raises(RefugiaError, match="Describe it as slow in the ground of all"):
        run_bodies(replace(case, subject=body), [body], Patients(1, seed=7))


def test_a_course_keeps_what_the_tissue_held() -> None:
    """The level of a slow drug by depth, the mean of the step before each profile day; nothing is said of any other drug."""
    course = simulate(short(CASES[0]), 2, seed=7)
    held = course.profile["held"]
    assert np.isnan(held[:, :, 0]).all(), "before the first step there is none"
    assert np.isfinite(held[:, :, 1:]).all() and (held[:, :, 1:] > 0.0).all()
    assert np.isnan(simulate(replace(read_case("egfr-lung"), levers=()), 1, seed=7).profile["held"]).all()


def test_the_mean_over_a_step_counts_its_parts_by_their_length() -> None:
    """Of a level that rises evenly through the step, the mean is that of the middle, however the parts are graded."""
    rising = (slow.parts(np.array([0.0, 1.0]))[0])[None, None, :]
    state = slow.SlowState((0,), None, [], [rising])  # type: ignore[arg-type]
    assert slow.held(state)[0][0, 0] == pytest.approx(0.5, abs=1e-12)


@pytest.mark.parametrize("name", CASES)
def test_perfusion_and_pressure_lifted_apart_are_the_joint_mechanism(name: str) -> None:
    case, both = short(name), ("perfusion", "pressure")
    bodies = [case.subject.lifted(mechanism("perfusion and pressure"))]
    bodies += [case.subject.lifted(mechanism(a)).lifted(mechanism(b)) for a, b in (both, both[::-1])]
    found = run_bodies(case, bodies, Patients(3, seed=7)).volumes().reshape(3, -1)
    assert np.array_equal(found[0], found[1]) and np.array_equal(found[0], found[2])


@pytest.mark.parametrize("name", CASES)
def test_lifting_pressure_costs_nothing(name: str) -> None:
    """It is an ideal of supply: no patient does worse, and the liposome gains more than its free drug."""
    case = short(name)
    found = run_bodies(case, [case.subject, case.subject.lifted(mechanism("pressure"))], Patients(4, seed=7)).volumes()
    plain, lifted = found.reshape(2, 4, -1)
    gains = np.log10(plain[:, -1] / lifted[:, -1])
    assert np.all(gains > 0.0)
    assert (gains.mean() > 0.2) == (name == CASES[0])


def barriers(start: float, label: Label) -> dict[str, Lever]:
    """Levers on the tissue from a day on."""
    onset = Onset(start, float("inf"), 0.0, 0.5, 1.0)
    return {
        "matrix": Loosening(label, onset, 0.1, 1.0),
        "stress": Decompression(label, onset, 3.0),
        "smaller pores": Permeation(label, onset, 0.4, 1.0),
        "more pores": Permeation(label, onset, 1.0, 5.0),
        "agent": Agent(label, onset, 0.5, (Permeation(label, onset, 0.4, 1.0), Delivery(label, onset, 1.2, 0.6))),
    }


def test_levers_on_the_tissue_of_a_liposome() -> None:
    """No bit after the horizon; in force, the same bits alone and together; smaller pores keep a liposome out, more let it in."""
    case, patients = short(CASES[0]), Patients(3, seed=7)
    label = Label("lever", "", True, (), "", "", "", "")
    for late in barriers(100.0, label).values():
        known = replace(case, levers=(late,))
        plain, moved = run_bodies(known, [case.subject, case.subject.levered(late)], patients).volumes().reshape(2, 3, -1)
        assert np.array_equal(plain, moved)
    levers = barriers(0.0, label)
    bodies = [case.subject, *(case.subject.levered(lever) for lever in levers.values())]
    together = run_bodies(case, bodies, patients, threads=2, chunk=2).volumes().reshape(len(bodies), 3, -1)
    ends = dict(zip(levers, together[1:, :, -1], strict=True))
    for number, body in enumerate(bodies):
        assert np.array_equal(run_bodies(case, [body], patients).volumes().reshape(3, -1), together[number])
        assert number == 0 or not np.array_equal(together[number], together[0])
    assert np.all(ends["smaller pores"] > together[0, :, -1]) and np.all(ends["more pores"] < together[0, :, -1])
    assert np.all(ends["agent"] < ends["smaller pores"])


def test_smaller_pores_are_no_matter_to_the_free_drug_but_for_its_fluid() -> None:
    """Its permeability is a number of its own: what the normaliser costs the liposome, it does not cost the free drug."""
    label, costs = Label("lever", "", True, (), "", "", "", ""), []
    for name in CASES:
        case = short(name)
        body = case.subject.levered(barriers(0.0, label)["smaller pores"])
        plain, moved = run_bodies(case, [case.subject, body], Patients(3, seed=7)).volumes().reshape(2, 3, -1)
        costs.append(float(np.log10(moved[:, -1] / plain[:, -1]).mean()))
    assert costs[0] > 10.0 * abs(costs[1])
