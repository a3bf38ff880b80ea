"""States in whole courses: what changes no bit, what lifts what, and what a lever closes."""

from __future__ import annotations

from dataclasses import replace
from math import inf

import numpy as np
import pytest

from refugia.catalog.reader import read_case
from refugia.clones import Clone, State, Switch
from refugia.clones.levers import Closure
from refugia.course.case import Case
from refugia.course.ensemble import run_bodies
from refugia.course.lower import lower
from refugia.course.patients import Patients
from refugia.dissection.arms import arms, dummies
from refugia.subject import Lifts, Subject, mechanism
from refugia.terms import Label, Onset
from refugia.treatment.levers import Radiation
from tests.worlds.conftest import small
from tests.worlds.test_bits import with_sites

PATIENTS = Patients(3, seed=11)
STATES = ("copy-number change", "tolerance", "metabolic adaptation", "bypass activation", "stem-like cells")


@pytest.fixture(scope="module")
def states() -> Case:
    return small(read_case("egfr-lung-states"))


def volumes(case: Case, *bodies: Subject) -> np.ndarray:
    """Volumes (body, patient, site, step) of some bodies run together."""
    found = run_bodies(case, bodies, PATIENTS, 1).volumes()
    return found.reshape(len(bodies), PATIENTS.count, *found.shape[1:])


def test_a_state_without_cells_and_ways_changes_no_bit(case):
    """Two states linked to each other and to the basal one, and radiation: every draw of the others stays where it was."""
    beam = Radiation(Label("beam", "", True, ("lung",), "", "", "", ""), 2.0, (0.0, 1.0, 50.0), 0.3, 3.0, 3.0, 3.0)

    def wider(site):
        source = site.source
        told = (("idle", (), "idle"), ("idle T790M", ("T790M",), "idle"), ("other", (), "other"))
        named = tuple(Clone(name, alterations, False, state) for name, alterations, state in told)
        kinds = (State("idle", "bypass", 0.0, 0.5, 1.0, 0.1, 0.05, 3.0), State("other", "stemness", 0.0, 2.0, 0.0))
        ways = tuple(Switch(a, b, (), 0.0, 0.0, 0.0) for a, b in (("basal", "idle"), ("idle", "basal"), ("idle", "other")))
        return replace(site, source=replace(source, clones=(*source.clones, *named), states=kinds, switches=ways))

    both = [(known.subject, known.subject.levered(beam)) for known in (case, with_sites(case, wider))]
    assert np.array_equal(volumes(case, *both[0]), volumes(with_sites(case, wider), *both[1]))


def test_threads_chunks_and_company_change_no_bit(states):
    bodies = arms(states).bodies[:12]
    whole = run_bodies(states, bodies, PATIENTS, 1, chunk=10_000)
    assert np.array_equal(whole.volume, run_bodies(states, bodies, PATIENTS, 2, chunk=3).volume)
    assert np.array_equal(whole.volumes()[:3], run_bodies(states, bodies[:1], PATIENTS, 1).volumes())


def test_lifts_commute_and_parts_make_the_whole(states):
    for first in STATES:
        for second in STATES:
            one, other = (states.subject.lifted(mechanism(a)).lifted(mechanism(b)) for a, b in ((first, second), (second, first)))
            assert one == other
    apart = states.subject.lifted(mechanism("standing stem-like cells")).lifted(mechanism("dedifferentiation"))
    assert apart == states.subject.lifted(mechanism("stem-like cells"))


@pytest.mark.parametrize("name", STATES[1:])
def test_a_state_that_is_lifted_holds_no_cell(states, name):
    body = states.subject.lifted(mechanism(name), Lifts())
    lowered = lower(states, [states.subject, body], PATIENTS)
    kinds = {"metabolic adaptation": 2, "bypass activation": 3, "stem-like cells": 4, "tolerance": 1}
    before, after = (lowered.stock.cells[lowered.rows.source[lowered.index[b].ravel()]] for b in (0, 1))
    assert before[..., kinds[name]].sum() > 0
    assert after[..., kinds[name]].sum() == 0
    assert np.array_equal(before.sum(axis=2), after.sum(axis=2))


def test_a_mechanism_without_a_state_plays_no_part(case):
    asked = replace(case, mechanisms=("metabolic adaptation", "bypass activation", "copy-number change"))
    plan = arms(asked)
    assert dummies(plan, lower(asked, plan.bodies, PATIENTS).index) == asked.mechanisms


def test_a_closure_of_full_factors_changes_no_bit_and_one_that_closes_does(states):
    at_once, label = Onset(0.0, inf, 0.0, 0.1, 0.1), Label("closure", "", True, (), "", "", "", "")
    idle, shut = Closure(label, at_once, ("bypass",), 1.0, 1.0, 1.0), Closure(label, at_once, ("bypass",), 0.0, 10.0, 0.0)
    plain, same, less = volumes(states, states.subject, states.subject.levered(idle), states.subject.levered(shut))
    assert np.array_equal(plain, same)
    assert (less[..., -1] < plain[..., -1]).all()
