"""What compiling costs: a course of the demo's box of tissue with nothing compiled before, and again with all of it on disk.

Figures for `benchmarks/run.py cold`. Each course runs in a process of its own, `python benchmarks/cold.py run`, for DAYS, and takes
its frames down nowhere. `processor` is the time of the processors, which other work on the machine moves less than the clock.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

Figure = tuple[str, float, str, float | None]
CASE, DAYS, TURNS = "egfr-lung-tissue", 21.0, 3
BARS = {"cold": 35.0, "cached": 2.0}


def run() -> None:
    """Print the seconds of a course, by the clock and by the processors, imports and the reading of the case apart."""
    from refugia.catalog.reader import read_case
    from refugia.course.tissue.record import Nowhere
    from refugia.course.tissue.run import run_tissue

    case = read_case(CASE)
    case = replace(case, question=replace(case.question, horizon=DAYS))
    site = next(one.name for one in case.subject.sites if one.geometry.voxels)
    start, spent = time.perf_counter(), time.process_time()
    run_tissue(case, site, 1, 4, 1, Nowhere())
    print(json.dumps([time.perf_counter() - start, time.process_time() - spent]))


def measured(cache: str) -> tuple[float, float]:
    """Seconds of a course in a process of its own that keeps what it compiles in a folder."""
    environment = {**os.environ, "NUMBA_CACHE_DIR": cache}
    words = [sys.executable, __file__, "run"]
    clock, processor = json.loads(subprocess.run(words, check=True, capture_output=True, text=True, env=environment).stdout)
    return clock, processor


def figures() -> Iterator[Figure]:
    """A course with nothing compiled, then the fewest seconds of some with everything on disk."""
    with tempfile.TemporaryDirectory() as cache:
        cold, later = measured(cache), [measured(cache) for _ in range(TURNS)]
    cached = min(clock for clock, _ in later), min(processor for _, processor in later)
    for name, (clock, processor) in (("cold", cold), ("cached", cached)):
        yield f"tissue.{name}", clock, "s", BARS[name]
        yield f"tissue.{name}.processor", processor, "s", None


if __name__ == "__main__":
    run()
