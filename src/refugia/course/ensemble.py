"""Ensembles: every distinct site-course of a list of bodies is run once, in chunks, on a few threads."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from refugia.course.batch import Batch, batch
from refugia.course.case import Case
from refugia.course.exposure import kill_slopes
from refugia.course.loop import run
from refugia.course.lower import Lowered, lower
from refugia.course.patients import Patients
from refugia.subject import Subject
from refugia.terms import FloatArray

CHUNK = 384
"""Rows of a batch: small enough for the cache, large enough to spread Python's overhead. No result depends on it."""

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Ensemble:
    """The courses of some bodies in an ensemble of patients."""

    lowered: Lowered
    kill: FloatArray  # (patients, drug) 1/day at full effect
    volume: FloatArray  # (rows, steps + 1) mm3, inert part included

    def volumes(self, bodies: slice = slice(None)) -> FloatArray:
        """Volumes (bodies x patients, site, steps + 1) mm3 of the given bodies; 0 where a site is absent."""
        index = self.lowered.index[bodies]
        index = index.reshape(-1, index.shape[2])
        return np.where((index >= 0)[:, :, None], self.volume[np.maximum(index, 0)], 0.0)


def default_threads() -> int:
    """As many threads as this process may use processors."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def run_bodies(case: Case, bodies: Sequence[Subject], patients: Patients, threads: int = 0, *, chunk: int = CHUNK,
             progress: Progress | None = None, watch: Callable[[Batch, slice], None] | None = None) -> Ensemble:  # fmt: skip
    """Run every body in every patient. The bits do not depend on `threads` nor on `chunk`.

    `progress(done, total)` counts site-courses; `watch(batch, rows)` sees every step of every chunk.
    """
    lowered = lower(case, bodies, patients)
    kill = kill_slopes(case, patients, lowered)
    total = len(lowered.rows.source)
    volume = np.zeros((total, lowered.edges.size))
    parts = [slice(low, min(low + chunk, total)) for low in range(0, total, chunk)]

    def work(part: slice) -> int:
        state = batch(lowered, kill, case.settings.moved, part)
        run(state, None if watch is None else lambda state: watch(state, part))
        volume[part] = state.volume
        return len(state.volume)

    done = 0
    with ThreadPoolExecutor(threads or default_threads()) as pool:
        for rows in pool.map(work, parts):
            done += rows
            if progress is not None:
                progress(done, total)
    return Ensemble(lowered, kill, volume)
