"""What fields on voxels cost, beside what crossing memory costs: figures for `benchmarks/run.py fields`."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import numpy as np

from refugia.engine.voxels import convection, diffusion, mosaic
from refugia.engine.voxels.grid import Grid, closed
from refugia.engine.voxels.local import Local
from refugia.engine.voxels.tiles import over

Figure = tuple[str, float, str, float | None]
SIDE = 256
TURNS = 7
BARS = {"constant": 1.0, "uptake": 2.0}


def least(call: Callable[[], object], clock: Callable[[], float] = time.perf_counter) -> float:
    """The fewest seconds a call takes of several times."""
    call()
    found = []
    for _ in range(TURNS):
        start = clock()
        call()
        found.append(clock() - start)
    return min(found)


def _times(first: int, last: int, rows: np.ndarray) -> None:
    np.multiply(rows[first:last], rows.dtype.type(1.0), out=rows[first:last])


def crossing(threads: int, kind: type[np.floating] = np.float32) -> float:
    """Nanoseconds to read and write a voxel of that kind in place, as part of a field that no cache holds."""
    rows = np.ones((SIDE * 4, SIDE * SIDE // 4), kind)
    return least(lambda: over(_times, len(rows), rows, threads=threads)) / rows.size * 1e9


def step(side: int, threads: int, steps: int, uptake: bool, clock: Callable[[], float] = time.perf_counter) -> float:
    """Nanoseconds a voxel of a substrate takes in a step, of `steps` in one go."""
    grid = Grid((side, side, side), 0.02)
    field = np.full((1, *grid.shape), 0.5, np.float32)
    local = Local(loss=np.full_like(field, 2.0)) if uptake else None
    ready = diffusion.plan(grid, [10.0], [1.0], closed(), 1e-3)
    return least(lambda: diffusion.advance(field, ready, steps, local, threads=threads), clock) / (steps * grid.size) * 1e9


def others(side: int = 128) -> Iterator[Figure]:
    """Walled voxels and convection, on two threads."""
    grid = Grid((side, side, side), 0.02)
    field = np.full((1, *grid.shape), 0.5, np.float32)
    ready = mosaic.plan([mosaic.faces(grid, np.full(grid.shape, 10.0), closed())], [1.0], 1e-3)
    cost = least(lambda: mosaic.advance(field, ready, threads=2)) / grid.size * 1e9
    yield "fields.mosaic.128", cost, "ns", None
    faces = [[side + (at == axis) for at in range(3)] for axis in range(3)]
    flow = convection.Flow(*(np.full(shape, 0.1, np.float32) for shape in faces))
    parts = convection.substeps(grid, flow, 0.05)
    cost = least(lambda: convection.advance(field, grid, flow, closed(), 0.05, threads=2)) / (parts * grid.size) * 1e9
    yield "fields.convection.128", cost, "ns", None


def figures() -> Iterator[Figure]:
    """A step at 256^3, by itself and as one of eight; the slope against voxels, on one thread; the slower routes."""
    for threads in (1, 2):
        yield f"fields.crossing.threads{threads}", crossing(threads), "ns", None
    for name, uptake in (("constant", False), ("uptake", True)):
        for threads, steps in ((1, 8), (2, 1), (2, 8)):
            bar = BARS[name] if (threads, steps) == (2, 8) else None
            yield f"fields.{name}.threads{threads}.steps{steps}", step(SIDE, threads, steps, uptake), "ns", bar
        yield f"fields.{name}.processor", step(SIDE, 2, 8, uptake, time.process_time), "ns", None
    costs = [step(side, 1, 4, False, time.process_time) * side**3 for side in (56, 256)]
    yield "slope.voxels", float(np.log(costs[1] / costs[0]) / np.log(256**3 / 56**3)), "", None
    yield from others()
