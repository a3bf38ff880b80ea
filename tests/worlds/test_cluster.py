"""A cluster gives the bits of one machine, whatever becomes of its workers."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator, Sequence
from dataclasses import fields

import numpy as np
import pytest

from refugia.catalog.cohorts import read_cohort
from refugia.catalog.trials import read_trial
from refugia.cohort.run import STATED
from refugia.cohort.trial import run_trial
from refugia.course import cluster
from refugia.course.case import Case
from refugia.course.cluster import on_cluster
from refugia.course.ensemble import Executor, Job, Part, run_bodies
from refugia.course.patients import Patients
from refugia.course.result import simulate
from refugia.dissection.arms import arms
from refugia.dissection.dissect import dissect
from refugia.terms import InputError, RefugiaError

distributed = pytest.importorskip("distributed", reason='needs pip install "refugia[cluster]"')
PATIENTS = Patients(3, seed=11)


@pytest.fixture(scope="module")
def two_workers() -> Iterator[object]:
    """A scheduler of this machine with two worker processes of one thread each."""
    with distributed.LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None) as found:
        yield found


@pytest.fixture
def executor(two_workers) -> Iterator[Executor]:
    with on_cluster(two_workers.scheduler_address) as found:
        yield found


def test_two_worker_processes_give_the_bits_of_threads(case: Case, executor: Executor) -> None:
    bodies = arms(case).bodies[:64]
    here = run_bodies(case, bodies, PATIENTS, 2)
    there = run_bodies(case, bodies, PATIENTS, chunk=50, executor=executor)
    assert np.array_equal(here.volume, there.volume)


def test_a_course_travels_whole(case: Case, executor: Executor) -> None:
    here, there = simulate(case, 3, 5, 2), simulate(case, 3, 5, executor=executor)
    assert np.array_equal(here.cells, there.cells)
    assert np.array_equal(here.volume, there.volume)
    assert set(here.profile) == set(there.profile)
    assert all(here.profile[name].tobytes() == there.profile[name].tobytes() for name in here.profile)


def test_a_dissection_is_the_same_wherever_it_is_run(case: Case, executor: Executor) -> None:
    here, there = dissect(case, 2, 3, 2), dissect(case, 2, 3, executor=executor)
    assert here.shares == there.shares
    assert here.interactions == there.interactions
    assert here.scatter == there.scatter


def test_a_trial_is_the_same_wherever_it_is_run(executor: Executor) -> None:
    trial = read_trial("nej026")
    cohort = read_cohort(trial.cohort)
    here, there = (run_trial(trial, cohort, 12, 3, STATED, threads=2, executor=where) for where in (None, executor))
    for one, other in zip(here.outcomes, there.outcomes, strict=True):
        for field in fields(one):
            assert np.array_equal(getattr(one, field.name), getattr(other, field.name), equal_nan=True), field.name
    assert here.ratio == there.ratio


def test_work_comes_from_more_than_one_process(two_workers, case: Case, executor: Executor) -> None:
    """The comparison above compares something: both workers unpacked the job."""
    run_bodies(case, arms(case).bodies[:64], PATIENTS, chunk=10, executor=executor)
    with distributed.Client(two_workers.scheduler_address, set_as_default=False) as client:
        assert set(client.run(lambda: len(cluster._UNPACKED)).values()) == {1}


def counted(executor: Executor, seen: list[slice]) -> Executor:
    """The same executor, which writes down the chunks that it hands over."""

    def execute(job: Job, parts: Sequence[slice]) -> Iterator[tuple[slice, Part]]:
        for rows, part in executor(job, parts):
            seen.append(rows)
            yield rows, part

    return execute


@pytest.mark.slow
def test_a_worker_that_is_killed_loses_nothing_and_doubles_nothing(two_workers, case: Case, executor: Executor) -> None:
    bodies = arms(case).bodies
    with distributed.Client(two_workers.scheduler_address, set_as_default=False) as client:
        client.wait_for_workers(2, timeout=30)
        victim = min(client.run(os.getpid).values())
    killed: list[int] = []

    def kill(done: int, total: int) -> None:
        if not killed and done < total // 2:
            os.kill(victim, signal.SIGKILL)
            killed.append(done)

    seen: list[slice] = []
    there = run_bodies(case, bodies, PATIENTS, chunk=24, progress=kill, executor=counted(executor, seen))
    assert killed
    rows = sorted((part.start, part.stop) for part in seen)
    assert [low for low, _ in rows] == [0, *(high for _, high in rows[:-1])]
    assert rows[-1][1] == len(there.volume)
    assert np.array_equal(run_bodies(case, bodies, PATIENTS, 2).volume, there.volume)


def test_other_versions_are_refused(two_workers, monkeypatch: pytest.MonkeyPatch) -> None:
    mine = cluster.fingerprint()
    workers = _Workers({"tcp://elsewhere": {**mine, "numba": "0.0"}})
    with pytest.raises(RefugiaError, match=r"tcp://elsewhere has numba 0\.0, this machine .*: the bits could differ"):
        cluster._agree(workers)
    cluster._agree(_Workers({"tcp://elsewhere": mine}))


class _Workers:
    """Answers for workers as a client would."""

    def __init__(self, answers: dict[str, dict[str, str]]) -> None:
        self.answers = answers

    def run(self, _: object) -> dict[str, dict[str, str]]:
        return self.answers


def test_an_address_where_nobody_answers_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "_PATIENCE", 1)
    with pytest.raises(InputError, match=r"--cluster: .* gives no answer"), on_cluster("tcp://127.0.0.1:9"):
        pass
    with pytest.raises(InputError, match=r"--cluster: .* gives no answer"), on_cluster("nowhere at all"):
        pass
