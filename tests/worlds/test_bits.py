"""The bits of a course depend on its own tables and its own names, and on nothing else."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from refugia.clones import Alteration, Clone
from refugia.course.case import Case
from refugia.course.ensemble import run_bodies
from refugia.course.patients import Patients
from refugia.course.result import simulate
from refugia.dissection.arms import arms
from refugia.subject import Presence, mechanism

PATIENTS = Patients(3, seed=11)


def with_sites(case: Case, change) -> Case:
    return replace(case, subject=replace(case.subject, sites=tuple(change(site) for site in case.subject.sites)))


def volumes(case: Case, patients: Patients = PATIENTS) -> np.ndarray:
    return run_bodies(case, [case.subject], patients, 1).volumes()


@pytest.mark.parametrize(("threads", "chunk"), [(1, 384), (2, 384), (2, 7), (1, 1), (2, 1)])
def test_threads_and_chunks_change_no_bit(case, threads, chunk):
    bodies = arms(case).bodies[:24]
    whole = run_bodies(case, bodies, PATIENTS, 1, chunk=10_000)
    parts = run_bodies(case, bodies, PATIENTS, threads, chunk=chunk)
    assert np.array_equal(whole.volume, parts.volume)


def test_the_same_seed_gives_the_same_course_and_another_one_another(case):
    once, again, other = (simulate(case, 2, seed) for seed in (5, 5, 6))
    assert np.array_equal(once.cells, again.cells)
    assert not np.array_equal(once.cells, other.cells)


def test_an_unrelated_site_shifts_nobody(case):
    site = case.subject.sites[1]
    more = replace(case, subject=replace(case.subject, sites=(replace(site, name="adrenal"), *case.subject.sites)))
    assert np.array_equal(volumes(more)[:, 1:], volumes(case))
    fewer = replace(case, subject=replace(case.subject, sites=case.subject.sites[:2]))
    assert np.array_equal(volumes(fewer), volumes(case)[:, :2])


def test_a_clone_that_never_arises_shifts_nobody(case):
    def wider(site):
        source = site.source
        alterations = (Alteration("HER2", 0.0, 0.0, 0.0), *source.alterations)
        clones = (*source.clones[:2], Clone("HER2", ("HER2",), False), *source.clones[2:])
        return replace(site, source=replace(source, alterations=alterations, clones=clones))

    assert np.array_equal(volumes(with_sites(case, wider)), volumes(case))


def test_two_names_mean_two_lots_of_luck(case):
    site = replace(case.subject.sites[0], diameter=2.0)
    twins = replace(case.subject, sites=(site, replace(site, name="left"), replace(site, name="right")), reference="lung")
    found = volumes(replace(case, subject=twins))
    assert not np.array_equal(found[:, 1], found[:, 2])


def test_the_wall_of_the_brain_is_nothing_to_the_lung(case):
    wall = mechanism("wall")
    ensemble = run_bodies(case, [case.subject, case.subject.lifted(wall)], PATIENTS, 1)
    index = ensemble.lowered.index
    assert np.array_equal(index[0, :, :2], index[1, :, :2])
    assert not np.any(index[0, :, 2:] == index[1, :, 2:])


def test_without_a_tissue_sink_perfusion_and_matrix_change_no_bit(case):
    """A drug that nothing takes away, and that fluid carries whole, fills the tissue however it gets there.

    The leaky brain lesion is left out: between its leaky core and its tight rim drug does diffuse.
    """

    def sinkless(site):
        solutes = tuple(replace(solute, sink=0.0, reflection=0.0) for solute in site.ground.solutes)
        return replace(site, ground=replace(site.ground, solutes=solutes))

    dry = with_sites(case, sinkless)
    bodies = [dry.subject, *(dry.subject.lifted(mechanism(name)) for name in ("matrix", "perfusion and pressure"))]
    found = run_bodies(dry, bodies, PATIENTS, 1).volumes()[:, [0, 1, 3]]
    for lifted in found.reshape(3, 3, *found.shape[1:])[1:]:
        assert np.array_equal(lifted, found[:3])


def test_lifting_standing_resistance_keeps_the_burden(case):
    lifted = case.subject.lifted(mechanism("standing resistance"))
    lowered = run_bodies(case, [case.subject, lifted], PATIENTS, 1).lowered
    for patient in range(3):
        for site in range(4):
            before, after = (lowered.stock.cells[lowered.rows.source[lowered.index[body, patient, site]]] for body in (0, 1))
            assert before.sum() == after.sum()
            assert after[:, 2:].sum() == 0


def test_an_absent_site_leaves_no_volume(case):
    lifted = case.subject.lifted(mechanism("occult lesions"))
    assert [site.presence for site in lifted.sites][-1] is Presence.ABSENT
    assert not run_bodies(case, [lifted], PATIENTS, 1).volumes()[:, -1].any()


def test_occult_sites_start_below_what_can_be_seen(case):
    lowered = run_bodies(case, [case.subject], Patients(64, seed=3), 1).lowered
    diameter = np.cbrt(lowered.volume[:, 3] * 6.0 / np.pi)
    assert np.all(diameter < lowered.detection[:, 3])
