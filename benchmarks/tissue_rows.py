"""Speed of cells on voxels as sparse rows (memory: tissue_memory.py); one JSON line a figure, beside the memory bandwidth.

A box of 64^3 places with four rows each, of 1 to 10,000 cells (even in the logarithm), three genotypes, one edge of mutation each,
a step of a day at 0.14 births and 0.13 deaths a day. `hop` says how often a cell moves over a face, per day. Rows a second are rows
at the beginning of a step. Bars are least values for what is counted a second.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.run import Figure, line, machine
from refugia.engine.rows.grow import Grown, grow
from refugia.engine.rows.life import Edge, Life, ground, life
from refugia.engine.rows.lineage import Lineage, founders
from refugia.engine.rows.moment import moment
from refugia.engine.rows.rows import Rows, cells, rows_of
from refugia.engine.rows.step import advance
from refugia.engine.voxels.grid import Grid

CLONES, PER_PLACE = 200, 4
BANDS = {"tissue-rows.slope": (0.95, 1.1)}
LEAST = ("tissue-rows.speed", "tissue-rows.demes")


def scattered(grid: Grid) -> tuple[Rows, Lineage]:
    """Four rows a place."""
    rng = np.random.default_rng(1)
    many = PER_PLACE * grid.size
    count = np.exp(rng.uniform(0.0, np.log(1e4), many)).astype(np.int64)
    rows = rows_of(rng.integers(0, grid.size, many), rng.integers(0, CLONES, many), count)
    return rows, founders(rng.integers(0, 3, CLONES).tolist(), [f"clone {k}" for k in range(CLONES)])


def rates(hop: float) -> Life:
    """Three genotypes."""
    edges = [Edge(0, 2, 1e-8, "one"), Edge(1, 2, 1e-8, "two"), Edge(2, 2, 1e-8, "three")]
    return life([0.14, 0.14, 0.15], [0.13, 0.13, 0.13], hop, edges)


def cost(side: int, hop: float, threads: int, turns: int) -> float:
    """Seconds of a step, the best of some turns, for a box of this side; and its rows."""
    grid = Grid((side, side, side), 0.1)
    rows, lineage = scattered(grid)
    where, rules, best = ground(grid), rates(hop), np.inf
    for turn in range(turns):
        now = moment(1, "bench", turn, 0.0, 1.0)
        start = time.perf_counter()
        advance(rows, lineage, where, rules, now, threads)
        best = min(best, time.perf_counter() - start)
    return best / rows.place.size


def demes(capacity: float, size: int, mark: float) -> tuple[Grown, float]:
    """Growth in demes at deaths of half the births on one thread, the first seed that lives, and its seconds."""
    where = ground(Grid((41, 41, 41), 0.1), capacity=capacity)
    rules = life([1.0], [0.5], 0.1, [Edge(0, 0, mark, "mark")])
    for seed in range(20):
        start = time.perf_counter()
        grown = grow(where, rules, size, seed, threads=1)
        if cells(grown.rows):
            return grown, time.perf_counter() - start
    raise RuntimeError("No line lived.")


def figures() -> list[Figure]:
    """Every figure."""
    cost(16, 1e-3, 2, 1)
    found: list[Figure] = []
    for hop, bar in ((0.0, 8.0), (1e-4, 8.0), (1e-3, None)):
        for threads in (1, 2):
            speed = 1e-6 / cost(64, hop, threads, 7)
            found.append((f"tissue-rows.speed.hop{hop:g}.threads{threads}", speed, "million rows/s", bar if threads == 2 else None))
    small, large = cost(24, 1e-4, 1, 15), cost(112, 1e-4, 1, 3)
    found.append(("tissue-rows.slope", 1.0 + float(np.log(large / small) / np.log((112 / 24) ** 3)), "", None))
    for capacity, size, mark in ((100.0, 300_000, 1e-3), (500.0, 3_000_000, 1e-4), (5000.0, 20_000_000, 1e-5)):
        grown, seconds = demes(capacity, size, mark)
        speed, where = grown.events / seconds / 1e6, f"tissue-rows.demes.{capacity:g}"
        found += [(where, speed, "million births and deaths/s", 5.0 if capacity == 500.0 else None),
                  (f"{where}.rows", float(grown.rows.place.size), "rows", None)]  # fmt: skip
    return [*found, ("tissue-rows.memory.row", 12.0, "byte a row at rest", None)]


def main() -> None:
    """Print every figure."""
    for figure in machine():
        print(line(figure), flush=True)
    for name, value, unit, bar in figures():
        told = json.loads(line((name, value, unit, bar)))
        if name in BANDS:
            told |= {"bar": list(BANDS[name]), "ok": BANDS[name][0] <= value <= BANDS[name][1]}
        elif bar is not None and name.startswith(LEAST):
            told["ok"] = value >= bar
        print(json.dumps(told), flush=True)


if __name__ == "__main__":
    main()
