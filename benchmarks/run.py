"""Speed and memory against the bars of the first issue: one JSON line a figure. `make bench`, or one group: run.py rows.

Times are of this machine at this moment; every run prints the memory bandwidth beside them, and ratios within one run decide.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

CASE = "egfr-lung"
MOVED = 0.05  # as the case says
Figure = tuple[str, float, str, float | None]


def timed(call: Callable[[], object]) -> float:
    """Seconds that a call takes."""
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def command(*arguments: str, **environment: str) -> float:
    """Seconds that `python -m refugia.cli` takes as a whole process, its files thrown away."""
    with tempfile.TemporaryDirectory() as place:
        out = ("--out", f"{place}/out") if arguments[0] in ("dissect", "calibrate") else ()
        words = [sys.executable, "-m", "refugia.cli", *arguments, *out]
        return timed(lambda: subprocess.run(words, check=True, capture_output=True, env={**os.environ, **environment}))


def machine() -> Iterator[Figure]:
    """Memory bandwidth of one thread, and how many processors there are."""
    array = np.ones(16_000_000, np.float32)
    best = min(timed(lambda: np.multiply(array, np.float32(1.0), out=array)) for _ in range(5))
    yield "machine.processors", float(os.cpu_count() or 1), "", None
    yield "machine.bandwidth", 2 * array.nbytes / best / 1e9, "GB/s", None


def demo() -> Iterator[Figure]:
    """The demo dissection as whole processes: warm with 16 and 64 patients, cold, and its memory."""
    command("dissect", CASE, "--replicates", "2")
    yield "demo.warm.16", command("dissect", CASE, "--replicates", "16", "--threads", "2"), "s", 15.0
    yield "demo.warm.64", command("dissect", CASE, "--replicates", "64", "--threads", "2"), "s", 35.0
    with tempfile.TemporaryDirectory() as cache:
        cold = command("dissect", CASE, "--replicates", "64", "--threads", "2", NUMBA_CACHE_DIR=cache)
    yield "demo.cold.64", cold, "s", 75.0
    yield "demo.memory", resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024**2, "GB", 2.0


def start_up() -> Iterator[Figure]:
    """`refugia --help` over a bare Python that does nothing, pair by pair; and what the import of refugia adds."""
    script = Path(sys.executable).parent / "refugia"
    words = [str(script)] if script.exists() else [sys.executable, "-m", "refugia.cli"]

    def ratio(call: list[str]) -> float:
        pairs = []
        for _ in range(11):
            bare = timed(lambda: subprocess.run([sys.executable, "-c", "pass"], check=True))
            pairs.append(timed(lambda: subprocess.run(call, check=True, capture_output=True)) / bare)
        return float(np.median(pairs))

    yield "help.over_bare_python", ratio([*words, "--help"]), "ratio", 8.0
    yield "import.over_bare_python", ratio([sys.executable, "-c", "import refugia"]), "ratio", None


def follow(lowered: Any, kill: Any, part: slice) -> tuple[float, float, float]:
    """Occupied rows, all rows, and seconds in the cell kernel of the courses of a part of the demo's rows."""
    from refugia.course.batch import batch
    from refugia.course.loop import STEP, cells, run

    state = batch(lowered, kill, MOVED, part)
    seen = [0.0, 0.0, 0.0]

    def clocked(_: object) -> None:
        seen[0] += float(np.count_nonzero(state.cells))
        seen[1] += float(state.cells.size)
        seen[2] += timed(lambda: cells(state))

    run(state, stages=tuple(stage._replace(run=clocked) if stage.run is cells else stage for stage in STEP))
    return seen[0], seen[1], seen[2]


def empty(lowered: Any, kill: Any, part: slice) -> float:
    """Nanoseconds an empty row costs on two threads."""
    from refugia.course.batch import batch
    from refugia.engine.step import advance

    state = batch(lowered, kill, MOVED, part)
    state.cells[:] = 0

    def steps(_: int) -> None:
        copy = state.cells.copy()
        for _ in range(50):
            advance(copy, state.table, state.mutation, state.exchange, state.chance, (7.0, 7.0))

    def both() -> None:
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(steps, range(2)))

    both()
    return min(timed(both) for _ in range(3)) / (2 * 50 * state.cells.size) * 1e9


def rows() -> Iterator[Figure]:
    """Cost of one occupied row of the cell kernel on two threads, in the states of the demo; and of an empty one."""
    from refugia.catalog.reader import read_case
    from refugia.course.exposure import kill_slopes
    from refugia.course.lower import lower
    from refugia.course.patients import Patients
    from refugia.dissection.arms import arms

    case, patients = read_case(CASE), Patients(2, seed=1)
    lowered = lower(case, arms(case).bodies, patients)
    kill = kill_slopes(case, patients, lowered)
    half = len(lowered.rows.source) // 2
    parts, costs = (slice(0, half), slice(half, 2 * half)), []
    for _ in range(3):
        with ThreadPoolExecutor(2) as pool:
            seen = list(pool.map(lambda part: follow(lowered, kill, part), parts))
        costs.append(max(time for _, _, time in seen) / sum(occupied for occupied, _, _ in seen) * 1e9)
    yield "row.occupied", min(costs), "ns", 160.0
    yield "row.occupied_share", sum(one for one, _, _ in seen) / sum(every for _, every, _ in seen), "", None
    yield "row.empty", empty(lowered, kill, parts[0]), "ns", 3.0


def slopes() -> Iterator[Figure]:
    """How cost grows with worlds and with shells: slope of the logarithm of time.

    The fields have a least grid of their own, so that the slope in shells is measured from 16 on; from 8 to 32
    it is lower, and printed without a bar.
    """
    from refugia.catalog.reader import read_case
    from refugia.course.ensemble import run_bodies
    from refugia.course.patients import Patients
    from refugia.dissection.arms import arms

    case = read_case(CASE)
    bodies = arms(case).bodies

    def cost(patients: int, shells: int) -> float:
        shelled = replace(case, settings=replace(case.settings, shells=shells))
        return min(timed(lambda: run_bodies(shelled, bodies, Patients(patients, seed=1), 2)) for _ in range(2))

    cost(2, 8)
    yield "slope.worlds", float(np.log(cost(32, 8) / cost(8, 8)) / np.log(4.0)), "", None
    yield "slope.shells", float(np.log(cost(4, 64) / cost(4, 16)) / np.log(4.0)), "", None
    yield "slope.shells.8_to_32", float(np.log(cost(4, 32) / cost(4, 8)) / np.log(4.0)), "", None


def refinement() -> Iterator[Figure]:
    """How every share moves when steps and shells are refined, beside the half-width of its interval."""
    from refugia.catalog.reader import read_case
    from refugia.dissection.dissect import dissect

    case = read_case(CASE)
    plain = dissect(case, 16, seed=1, levers=False)
    finer = {
        "step/2": replace(case.settings, step=case.settings.step / 2),
        "shells*2": replace(case.settings, shells=case.settings.shells * 2),
        "moved/5": replace(case.settings, moved=case.settings.moved / 5),
    }
    fine = {how: dissect(replace(case, settings=one), 16, seed=1, levers=False) for how, one in finer.items()}
    for how, other in fine.items():
        for row, twin in zip(plain.shares, other.shares, strict=True):
            unit = "decades" if row.merit == "control" else "days"
            yield f"refine.{how}.{row.merit}.{row.mechanism}", twin.share - row.share, unit, None
    for row in plain.shares:
        yield f"share.{row.merit}.{row.mechanism}", row.share, "decades" if row.merit == "control" else "days", None


def moved() -> Iterator[Figure]:
    """The table of sensitivity as it is made by default, on two threads."""
    from refugia.catalog.reader import read_case
    from refugia.dissection.sensitivity import sensitivity

    case = read_case(CASE)
    yield "sensitivity.default", timed(lambda: sensitivity(case, threads=2)), "s", 180.0


def cluster() -> Iterator[Figure]:
    """Two worker processes over two threads of this one, in two tasks of some ten seconds and in tasks of the usual size.

    By the clock, and by the processor's own seconds, which other work on the machine hardly moves.
    """
    from distributed import Client, LocalCluster

    from refugia.catalog.reader import read_case
    from refugia.course.cluster import on_cluster
    from refugia.course.ensemble import CHUNK, run_bodies
    from refugia.course.patients import Patients
    from refugia.dissection.arms import arms

    case = read_case(CASE)
    bodies, few, many = arms(case).bodies, Patients(1, seed=1), Patients(40, seed=1)
    with (
        LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None) as local,
        on_cluster(local.scheduler_address) as executor,
        Client(local.scheduler_address, set_as_default=False) as client,
    ):

        def spent() -> float:
            return time.process_time() + sum(client.run(time.process_time).values())

        def once(executor: Any, chunk: int) -> tuple[float, float]:
            start = spent()
            seconds = timed(lambda: run_bodies(case, bodies, many, 2, executor=executor, chunk=chunk))
            return seconds, spent() - start

        def least(pairs: list[tuple[float, float]]) -> tuple[float, float]:
            return min(clock for clock, _ in pairs), min(processor for _, processor in pairs)

        rows = len(run_bodies(case, bodies, few, executor=executor, chunk=64).volume) * many.count
        for name, chunk, bar in (("long", rows // 2, 1.1), ("usual", CHUNK, None)):
            turns = [(once(None, chunk), once(executor, chunk)) for _ in range(3)]
            here, there = least([one for one, _ in turns]), least([other for _, other in turns])
            yield f"cluster.{name}_tasks.seconds", there[0], "s", None
            yield f"cluster.{name}_tasks.over_threads", there[0] / here[0], "ratio", bar
            yield f"cluster.{name}_tasks.processor_over_threads", there[1] / here[1], "ratio", bar


def trial() -> Iterator[Figure]:
    """A trial of two arms with a thousand patients each, as a whole process, once it has been run before."""
    command("trial", "run", "flaura", "--n", "50")
    yield "trial.flaura.1000", command("trial", "run", "flaura", "--n", "1000", "--threads", "2"), "s", 60.0


def calibration() -> Iterator[Figure]:
    """The calibration of the demo's cohort with all its predictions, as a whole process; by name only, since it is long."""
    yield "calibration.default", command("calibrate", "flaura-comparator", "--threads", "2"), "s", 1200.0


def on_voxels() -> Iterator[Figure]:
    """Fields on voxels: `benchmarks/fields.py`."""
    from fields import figures

    yield from figures()


def at_rest() -> Iterator[Figure]:
    """Steady fields on voxels: `benchmarks/steady.py`."""
    from steady import figures

    yield from figures()


def in_memory() -> Iterator[Figure]:
    """What a box of tissue holds: `benchmarks/tissue_memory.py`."""
    from tissue_memory import figures

    yield from figures()


def compiled() -> Iterator[Figure]:
    """What compiling costs a box of tissue: `benchmarks/cold.py`."""
    from cold import figures

    yield from figures()


GROUPS = {
    "machine": machine, "startup": start_up, "rows": rows, "slopes": slopes, "demo": demo, "refinement": refinement,
    "sensitivity": moved, "cluster": cluster, "trial": trial, "calibration": calibration, "fields": on_voxels,
    "steady": at_rest, "memory": in_memory, "cold": compiled,
}  # fmt: skip
LONG = {"calibration"}
"""Groups that run only where they are named."""
BANDS = {"slope.voxels": (0.95, 1.1), "slope.worlds": (0.9, 1.1), "slope.shells": (0.9, 1.1)}


def line(figure: Figure) -> str:
    """A figure as its JSON line; slopes have a band for a bar."""
    name, value, unit, bar = figure
    band = BANDS.get(name)
    ok = band[0] <= value <= band[1] if band else bar is None or value <= bar
    return json.dumps(
        {"name": name, "value": float(f"{value:.4g}"), "unit": unit, "bar": list(band) if band else bar, "ok": bool(ok)}
    )


def main(names: list[str]) -> None:
    """Print the figures of the named groups, or of all but the long ones."""
    for name in names or [name for name in GROUPS if name not in LONG]:
        for figure in GROUPS[name]():
            print(line(figure), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
