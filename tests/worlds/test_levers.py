"""Levers in whole courses: what changes no bit, what changes one site alone, and what a drug does to a clone."""

from __future__ import annotations

from dataclasses import replace
from math import inf

import numpy as np
import pytest

from refugia.barriers.levers import Agent, Decompression, Delivery, Loosening, Nourishment, Permeation
from refugia.catalog.reader import read_case
from refugia.course.case import Case
from refugia.course.ensemble import run_bodies
from refugia.course.patients import Patients
from refugia.dissection.rescue import ideal, rescue
from refugia.havens.levers import PumpInhibitor
from refugia.subject import Subject, mechanism
from refugia.terms import Label, Lever, Onset
from refugia.treatment import Regimen, Route
from refugia.treatment.levers import Radiation, Replan, Surgery
from tests.worlds.conftest import small

PATIENTS = Patients(3, seed=11)
EVERYWHERE = Label("a lever", "", True, (), "", "", "", "")
BRAIN = replace(EVERYWHERE, sites=("brain",))
AT_ONCE = Onset(0.0, inf, 0.0, 0.1, 0.1)
LATE = Onset(200.0, inf, 0.0, 0.1, 0.1)
LATER = Regimen("osimertinib", Route.ORAL, 80.0, 200.0, 1.0, inf, 0.0)

NOTHING: dict[str, Lever] = {
    "delivery by a factor of one": Delivery(EVERYWHERE, AT_ONCE, 1.0, 1.0),
    "nourishment by a factor of one": Nourishment(EVERYWHERE, AT_ONCE, 1.0),
    "a matrix by a factor of one": Loosening(EVERYWHERE, AT_ONCE, 1.0, 1.0),
    "stress by a factor of one": Decompression(EVERYWHERE, AT_ONCE, 1.0),
    "pores where there are none": Permeation(EVERYWHERE, AT_ONCE, 0.5, 2.0),
    "no share of an agent": Agent(EVERYWHERE, AT_ONCE, 0.0, (Loosening(EVERYWHERE, AT_ONCE, 0.5, 2.0),)),
    "no pump blocked": PumpInhibitor(EVERYWHERE, AT_ONCE, 0.0),
    "fractions of no dose": Radiation(BRAIN, 0.0, (0.0, 20.0), 0.3, 3.0, 3.0, 3.0),
    "the same plan": Replan(EVERYWHERE, 60.0, (), ()),
    "delivery after the horizon": Delivery(EVERYWHERE, LATE, 0.5, 0.4),
    "stress after the horizon": Decompression(EVERYWHERE, LATE, 2.0),
    "an agent after the horizon": Agent(EVERYWHERE, LATE, 1.0, (Loosening(EVERYWHERE, LATE, 0.5, 2.0),)),
    "nourishment after the horizon": Nourishment(EVERYWHERE, LATE, 0.5),
    "pumps blocked after the horizon": PumpInhibitor(EVERYWHERE, LATE, 0.9),
    "radiation after the horizon": Radiation(BRAIN, 8.0, (200.0,), 0.3, 3.0, 3.0, 3.0),
    "surgery after the horizon": Surgery(BRAIN, 168.0),
    "a drug after the horizon": Replan(EVERYWHERE, 200.0, (), (LATER,)),
    "a switch after the horizon": Replan(EVERYWHERE, 200.0, ("gefitinib",), (LATER,)),
}
SOMETHING: dict[str, Lever] = {
    "delivery": Delivery(EVERYWHERE, Onset(30.0, 90.0, 3.0, 20.0, 20.0), 0.5, 0.4),
    "nourishment": Nourishment(EVERYWHERE, Onset(0.0, inf, 0.0, 30.0, 1.0), 0.5),
    "matrix": Loosening(EVERYWHERE, AT_ONCE, 0.2, 3.0),
    "stress": Decompression(EVERYWHERE, AT_ONCE, 2.0),
    "agent": Agent(EVERYWHERE, AT_ONCE, 0.5, (Decompression(EVERYWHERE, AT_ONCE, 2.0), Nourishment(EVERYWHERE, AT_ONCE, 1.2))),
    "pumps": PumpInhibitor(EVERYWHERE, AT_ONCE, 0.9),
    "radiation": Radiation(BRAIN, 2.0, (0.0, 1.0, 50.0), 0.3, 3.0, 3.0, 3.0),
    "surgery": Surgery(BRAIN, 40.0),
    "switch": Replan(EVERYWHERE, 60.0, ("gefitinib",), (replace(LATER, start=60.0),)),
}


def volumes(case: Case, *bodies: Subject, patients: Patients = PATIENTS) -> np.ndarray:
    """Volumes (body, patient, site, step) of some bodies run together."""
    found = run_bodies(case, bodies, patients, 1).volumes()
    return found.reshape(len(bodies), patients.count, *found.shape[1:])


def levered(case: Case, lever: Lever) -> np.ndarray:
    """The same with the case's own body first and the levered one second, the lever among those of the case."""
    known = replace(case, levers=(lever,))
    return volumes(known, known.subject, known.subject.levered(lever))


@pytest.mark.parametrize("name", NOTHING)
def test_a_lever_without_strength_or_after_the_horizon_changes_no_bit(case, name):
    plain, moved = levered(case, NOTHING[name])
    assert np.array_equal(plain, moved)
    assert np.array_equal(plain, volumes(case, case.subject)[0])


@pytest.mark.parametrize("name", SOMETHING)
def test_a_lever_in_force_changes_the_course_from_its_day_on(case, name):
    plain, moved = levered(case, SOMETHING[name])
    assert np.array_equal(plain, volumes(case, case.subject)[0])
    assert np.array_equal(plain[:, :, 0], moved[:, :, 0])
    assert not np.array_equal(plain[:, 2], moved[:, 2])


@pytest.mark.parametrize("name", ["radiation", "surgery"])
def test_what_is_done_to_one_site_leaves_the_bits_of_the_others(case, name):
    plain, moved = levered(case, SOMETHING[name])
    assert np.array_equal(plain[:, [0, 1, 3]], moved[:, [0, 1, 3]])


def test_the_wall_is_no_matter_to_sites_without_one(case):
    plain, moved = levered(case, SOMETHING["pumps"])
    assert np.array_equal(plain[:, :2], moved[:, :2])


def test_surgery_leaves_nothing_behind(case):
    """On day 40, in the step from 28 to 42: what stood at its start is there still, then nothing, inert part included."""
    plain, moved = levered(case, SOMETHING["surgery"])
    assert np.array_equal(plain[:, 2, :3], moved[:, 2, :3])
    assert not moved[:, 2, 3:].any()


def test_blocking_every_pump_early_is_near_the_lift(case):
    """A lever begins in the second step; from then on no pump is left, as when the mechanism is lifted."""
    lever = PumpInhibitor(EVERYWHERE, AT_ONCE, 1.0)
    plain, moved, lifted = volumes(case, case.subject, case.subject.levered(lever), case.subject.lifted(mechanism("wall pumps")))
    end = np.log(np.stack([run[:, 3, -1] for run in (plain, moved, lifted)]))
    assert np.all(np.abs(end[1] - end[2]) < 0.2 * np.abs(end[0] - end[2]) + 1e-3)


@pytest.mark.parametrize(("threads", "chunk"), [(2, 384), (2, 7), (1, 1)])
def test_threads_and_chunks_change_no_bit_of_levered_courses(case, threads, chunk):
    known = replace(case, levers=tuple(SOMETHING.values()))
    bodies = [known.subject, *(known.subject.levered(lever) for lever in known.levers)]
    bodies.append(bodies[1].levered(known.levers[2]).levered(known.levers[3]))
    whole = run_bodies(known, bodies, PATIENTS, 1, chunk=10_000)
    parts = run_bodies(known, bodies, PATIENTS, threads, chunk=chunk)
    assert np.array_equal(whole.volume, parts.volume)


def test_bodies_run_alone_or_together_with_the_same_bits(case):
    known = replace(case, levers=tuple(SOMETHING.values()))
    bodies = [known.subject.levered(lever) for lever in known.levers]
    together = volumes(known, known.subject, *bodies)
    for body, found in zip(bodies, together[1:], strict=True):
        assert np.array_equal(volumes(known, body)[0], found)


def test_equal_courses_run_once(case):
    """Surgery of the brain concerns one site of four: three courses are those of the unlevered body."""
    lever = SOMETHING["surgery"]
    known = replace(case, levers=(lever,))
    lowered = run_bodies(known, [known.subject, known.subject.levered(lever)], PATIENTS, 1).lowered
    assert len(lowered.rows.source) == 3 * 5


def test_osimertinib_hits_t790m_and_gefitinib_does_not():
    """A lung lesion of which nine tenths are T790M: from day 84 on it grows on gefitinib and shrinks on osimertinib."""
    case = small(read_case("egfr-lung"))

    def resistant(site):
        source = site.source
        alterations = tuple(replace(a, standing=0.9 if a.name == "T790M" else 0.0) for a in source.alterations)
        tolerance = replace(source.tolerance, share=0.0, entry=0.0)
        return replace(site, source=replace(source, alterations=alterations, tolerance=tolerance))

    sick = replace(case, subject=replace(case.subject, sites=tuple(resistant(site) for site in case.subject.sites)))
    switch = next(lever for lever in sick.levers if lever.label.name == "switch to osimertinib")
    early = replace(switch, start=84.0, gives=tuple(replace(line, start=84.0) for line in switch.gives))
    plain, moved = volumes(sick, sick.subject, sick.subject.levered(early), patients=Patients(8, seed=5))
    assert np.array_equal(plain[:, 0, :7], moved[:, 0, :7])
    assert np.median(plain[:, 0, 12] / plain[:, 0, 6]) > 1.0
    assert np.all(moved[:, 0, 12] < plain[:, 0, 12])
    assert np.median(moved[:, 0, 12] / moved[:, 0, 6]) < 0.5


def test_the_rescue_table_holds_each_lever_and_pair_on_every_merit(case):
    few = replace(case, levers=tuple(lever for lever in case.levers if lever.unit == "event"))
    rows = rescue(few, 3, seed=2, threads=2)
    names = [row.levers for row in rows if row.merit == "control"]
    assert [len(levers) for levers in names] == [1, 1, 1, 2, 2]
    assert [row.levers for row in rows if row.merit == "progression"] == names
    for row in rows:
        assert row.low <= row.gain <= row.high
        assert (row.answer == "gain") == (row.low > 0.0)
        assert set(row.sites) == {site.name for site in case.subject.sites}
        untouched = {"lung", "liver", "occult brain"} if row.levers == ("surgery of the brain lesion",) else set()
        assert all(row.sites[site].log10_volume == 0.0 for site in untouched)
    assert rescue(replace(case, levers=()), 2) == ()


def test_the_ideal_is_the_last_arm_of_a_dissection(case):
    body = ideal(case)
    everything = case.subject
    for name in ("standing resistance", "new mutation", "tolerance", "perfusion and pressure", "matrix", "oxygen and acid",
                 "wall tightness", "wall pumps", "occult lesions"):  # fmt: skip
        everything = everything.lifted(mechanism(name))
    assert np.array_equal(volumes(case, body), volumes(case, everything))
