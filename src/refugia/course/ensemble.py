"""Ensembles: every distinct site-course of a list of bodies is run once, in chunks, on threads or on a cluster."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import CancelledError, ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from threading import Event
from typing import NamedTuple, Protocol

import numpy as np

from refugia.course.batch import Batch, batch
from refugia.course.case import Case
from refugia.course.exposure import kill_slopes
from refugia.course.loop import run
from refugia.course.lower import Lowered, lower, step_edges
from refugia.course.memory import check_courses, check_plasma
from refugia.course.patients import Patients
from refugia.engine.voxels.tiles import default_threads
from refugia.subject import Subject
from refugia.terms import FloatArray, RefugiaError

CHUNK = 384
"""Rows of a batch: small enough for the cache, large enough to spread Python's overhead. No result depends on it."""

LARGE = 30.0
"""Logarithm of a number of cells that no tumour has, and that can still be counted: only beyond it may a count be too large."""

Progress = Callable[[int, int], None]


class Recorder(Protocol):
    """Sees every step of a batch and keeps what it is told to: arrays by name, each with the rows of the batch first."""

    kept: dict[str, FloatArray]

    def __call__(self, batch: Batch) -> None:
        """Look at the batch, once a step after its fields, and once at the end."""


Keep = Callable[[int], Recorder]
"""Makes the recorder of a batch with so many rows; it travels to where the rows are run, so it is a class or a frozen object."""


class Job(NamedTuple):
    """All that running the rows of an ensemble needs, wherever they are run."""

    lowered: Lowered
    kill: FloatArray  # (patients, drug) 1/day at full effect
    moved: float  # fields are solved anew once the tissue has changed by this share
    keep: Keep | None


class Part(NamedTuple):
    """What running a chunk of rows leaves: volume (rows, steps + 1) mm3, and whatever a recorder kept."""

    volume: FloatArray
    kept: dict[str, FloatArray]


Executor = Callable[[Job, Sequence[slice]], Iterator[tuple[slice, Part]]]
"""Runs every chunk of a job and hands each over once, in any order."""


@dataclass(frozen=True, slots=True)
class Ensemble:
    """The courses of some bodies in an ensemble of patients."""

    lowered: Lowered
    kill: FloatArray  # (patients, drug) 1/day at full effect
    volume: FloatArray  # (rows, steps + 1) mm3, inert part included
    kept: dict[str, FloatArray]  # what was recorded beside it, (rows, ...)

    def volumes(self, bodies: slice = slice(None)) -> FloatArray:
        """Volumes (bodies x patients, site, steps + 1) mm3 of the given bodies; 0 where a site is absent."""
        index = self.lowered.index[bodies]
        index = index.reshape(-1, index.shape[2])
        return np.where((index >= 0)[:, :, None], self.volume[np.maximum(index, 0)], 0.0)


class OutgrownError(RefugiaError):
    """A tumour has outgrown what can be counted: which row, and on which day."""

    def __init__(self, row: int, day: float) -> None:
        super().__init__(row, day)
        self.row, self.day = row, day

    def told(self, case: Case, lowered: Lowered) -> RefugiaError:
        """The same in words: which site of which patient."""
        _, patient, site = (int(one[0]) for one in np.nonzero(lowered.index == self.row))
        sooner = f"Shorten question.horizon to {self.day:g} d" if self.day > 0.0 else "Shorten settings.step"
        return RefugiaError(
            f'{case.file}: the tumour in the site "{case.subject.sites[site].name}" of patient {patient + 1} of '
            f"{lowered.index.shape[1]} outgrew what can be counted, 1e18 cells, after day {self.day:g} of {lowered.edges[-1]:g}. "
            f"{sooner}, or narrow the spread of growth.net."
        )


def run_rows(job: Job, rows: slice, stopped: Callable[[], bool] | None = None) -> Part:
    """Run a chunk of a job's rows from day 0 to the horizon. Its bits depend on the job and the rows alone.

    It is left where `stopped()` becomes true: nobody waits for it any more. Raises OutgrownError where a tumour outgrows what can
    be counted.
    """
    state = batch(job.lowered, job.kill, job.moved, rows)
    recorder = None if job.keep is None else job.keep(len(state.rows.source))

    def watch(batch: Batch) -> None:
        if stopped is not None and stopped():
            raise CancelledError
        if recorder is not None:
            recorder(batch)

    try:
        run(state, watch)
    except ValueError as trouble:  # of the samplers: a mean that is no count of 64 bits
        row, cells = _largest(state)
        if not cells > LARGE:
            raise
        raise OutgrownError(rows.start + row, float(state.days[state.step])) from trouble
    return Part(state.volume, {} if recorder is None else recorder.kept)


def _largest(state: Batch) -> tuple[int, float]:
    """The row whose cells grow to the largest number within the step, and the logarithm of that number."""
    with np.errstate(divide="ignore", invalid="ignore"):
        grown = np.log(state.cells) + (state.table.birth - state.table.death) * state.times()[1]
    most = np.nanmax(grown, axis=(1, 2), initial=0.0)
    return int(np.argmax(most)), float(most.max())


def on_threads(threads: int = 0) -> Executor:
    """Runs chunks on threads of this process; 0 takes as many as it may use processors."""

    def execute(job: Job, parts: Sequence[slice]) -> Iterator[tuple[slice, Part]]:
        stop = Event()
        with ThreadPoolExecutor(threads or default_threads()) as pool:
            running = {pool.submit(run_rows, job, rows, stop.is_set): rows for rows in parts}
            try:
                for done in as_completed(list(running)):
                    yield running.pop(done), done.result()
            finally:
                stop.set()
                pool.shutdown(cancel_futures=True)

    return execute


def run_bodies(case: Case, bodies: Sequence[Subject], patients: Patients, threads: int = 0, *, chunk: int = CHUNK,
             progress: Progress | None = None, keep: Keep | None = None, executor: Executor | None = None) -> Ensemble:  # fmt: skip
    """Run every body in every patient, on threads of this process or where `executor` runs them.

    The bits depend neither on that nor on `threads` or `chunk`. `progress(done, total)` counts site-courses; `keep` makes the
    recorder of each chunk. Raises RefugiaError where the run would not fit into memory, or a tumour outgrows what can be counted.
    """
    steps = step_edges(case.question.horizon, case.settings.step).size - 1
    check_plasma(case, bodies, patients.count, steps)
    lowered = lower(case, bodies, patients)
    kill = kill_slopes(case, patients, lowered)
    total = len(lowered.rows.source)
    check_courses(lowered.index.shape, total, steps, 0 if keep is None else sum(one.nbytes for one in keep(1).kept.values()))
    volume = np.zeros((total, lowered.edges.size))
    kept: dict[str, FloatArray] = {}
    parts = [slice(low, min(low + chunk, total)) for low in range(0, total, chunk)]
    done = 0
    if progress is not None:
        progress(0, total)
    try:
        for rows, part in (executor or on_threads(threads))(Job(lowered, kill, case.settings.moved, keep), parts):
            volume[rows] = part.volume
            for name, column in part.kept.items():
                kept.setdefault(name, np.zeros((total, *column.shape[1:])))[rows] = column
            done += rows.stop - rows.start
            if progress is not None:
                progress(done, total)
    except OutgrownError as trouble:
        raise trouble.told(case, lowered) from trouble
    return Ensemble(lowered, kill, volume, kept)
