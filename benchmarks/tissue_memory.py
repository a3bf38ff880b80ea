"""What a box of tissue holds in memory: figures for `benchmarks/run.py memory`, each measured in a process of its own.

256^3 voxels with four float32 fields, which take an implicit step with voxel-wise uptake, and ten million rows of cells, which take
two steps with migration, on two threads. `python benchmarks/tissue_memory.py peak FIELDS ROWS` prints the peak of one such process.
And the first step of a whole course of the demo's tumour in a grid of as many voxels, of which it is WIDE across: `... course`.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

Figure = tuple[str, float, str, float | None]
SIDE, FIELDS, ROWS, CLONES = 256, 4, 10_000_000, 200
BAR = 3.0
CASE, WIDE = "egfr-lung-tissue", 0.83
"""The case, and its tumour's diameter over the edge of the grid: so wide it has ten million rows."""


def resident() -> float:
    """Most memory this process has held, GB; of its own image where the system tells: usage alone begins at a parent's."""
    status = Path("/proc/self/status")
    if status.exists():
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM:"))
        return float(line.split()[1]) / 1024**2
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2


def peak(fields: int, many: int) -> None:
    """Print the peak of this process in GB, its rows, and what the fields add up to (so that they are there to the end)."""
    from refugia.engine.rows.life import Edge, ground, life
    from refugia.engine.rows.lineage import founders
    from refugia.engine.rows.moment import moment
    from refugia.engine.rows.rows import Rows
    from refugia.engine.rows.step import advance
    from refugia.engine.voxels import diffusion
    from refugia.engine.voxels.grid import Grid, closed
    from refugia.engine.voxels.local import Local

    grid = Grid((SIDE, SIDE, SIDE), 0.1)
    field = np.ones((fields, *grid.shape), np.float32)
    if fields:
        ready = diffusion.plan(grid, [10.0] * fields, [1.0] * fields, closed(), 1e-3)
        diffusion.advance(field, ready, 1, Local(loss=np.full_like(field, 2.0)), threads=2)
    rows = Rows(*(np.zeros(0, np.int32) for _ in range(3)))
    if many:
        rng = np.random.default_rng(1)
        key = rng.integers(0, grid.size, many) << 32 | rng.integers(0, CLONES, many)
        key.sort()
        key = key[np.concatenate([[True], key[1:] != key[:-1]])]
        count = np.exp(rng.uniform(0.0, np.log(1e4), key.size).astype(np.float32)).astype(np.int32)
        rows = Rows((key >> 32).astype(np.int32), (key & 0xFFFFFFFF).astype(np.int32), count)
        del key, count
        rules = life([0.14] * 3, [0.13] * 3, 1e-4, [Edge(0, 2, 1e-8, "one")])
        lineage, where = founders([0] * CLONES, [f"clone {k}" for k in range(CLONES)]), ground(grid, capacity=1e6)
        for step in range(2):
            rows, lineage = advance(rows, lineage, where, rules, moment(1, "bench", step, 0.0, 1.0), 2)
    print(json.dumps([resident(), rows.place.size, float(field.sum(dtype=np.float64))]))


def course(side: int) -> None:
    """Print the peak of this process in GB, its rows, and what the course was said to take."""
    from refugia.catalog.reader import read_case
    from refugia.catalog.voxels import baseline
    from refugia.course.tissue.memory import tissue_bytes
    from refugia.course.tissue.record import Nowhere
    from refugia.course.tissue.run import run_tissue

    case = read_case(CASE)
    site = next(one for one in case.subject.sites if one.geometry.voxels)
    spacing = baseline(site) / (WIDE * side)
    laid = replace(site, geometry=replace(site.geometry, voxel=spacing, extent=spacing * side))
    sites = tuple(laid if one.name == site.name else one for one in case.subject.sites)
    question = replace(case.question, horizon=case.settings.step)
    case = replace(case, subject=replace(case.subject, sites=sites), question=question)
    found = run_tissue(case, site.name, 1, 4, 1, Nowhere(), threads=2)
    told = tissue_bytes(found.grid, np.pi / 6.0 * (WIDE * side) ** 3, len(found.genotypes), 1)
    print(json.dumps([resident(), found.rows.place.size, told / 1e9]))


def measured(*words: str) -> tuple[float, float, float]:
    """Peak in GB, rows, and a third figure of a process of its own."""
    command = [sys.executable, __file__, *words]
    gigabytes, rows, other = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return gigabytes, rows, other


def figures() -> Iterator[Figure]:
    """The whole box, then nothing of it, its fields and its rows by themselves; a real course, and what it is said to take."""
    whole, rows, _ = measured("peak", str(FIELDS), str(ROWS))
    yield "memory.box.256", whole, "GB", BAR
    yield "memory.box.rows", rows, "rows", None
    for name, fields, many in (("nothing", 0, 0), ("fields", FIELDS, 0), ("rows_alone", 0, ROWS)):
        yield f"memory.box.{name}", measured("peak", str(fields), str(many))[0], "GB", None
    whole, rows, told = measured("course", str(SIDE))
    yield "memory.course.256", whole, "GB", BAR
    yield "memory.course.rows", rows, "rows", None
    yield "memory.course.told", told, "GB", None


if __name__ == "__main__":
    if sys.argv[1] == "course":
        course(int(sys.argv[2]))
    else:
        peak(int(sys.argv[2]), int(sys.argv[3]))
