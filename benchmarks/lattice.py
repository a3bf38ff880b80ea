"""Speed of the lattice of one cell a place, and of competitive release; one JSON line a figure, beside the memory bandwidth.

A step is an hour: births 0.5 a day, deaths 0.25 a day. `cells` are living cells that were gone through, per second.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.run import line, machine
from refugia.catalog.release import released
from refugia.catalog.study import read_study
from refugia.engine.lattice.growth import Lattice, Rules

HOUR, STEPS = 1.0 / 24.0, 10


def half(size: int) -> np.ndarray:
    """A lattice every second place of which is filled, at random."""
    return (np.random.default_rng(1).random((size, size, size)) < 0.5).astype(np.int32)


def ball(size: int, share: float) -> np.ndarray:
    """A ball in the middle that fills a share of the box."""
    along = (np.arange(size, dtype=np.float32) - 0.5 * (size - 1)) ** 2
    radius = size * (share * 0.75 / np.pi) ** (1.0 / 3.0)
    return (along[:, None, None] + along[:, None] + along < radius**2).astype(np.int32)


def speed(kind: np.ndarray, threads: int, rules: Rules) -> tuple[float, float]:
    """Millions of cells a second, the best of five turns, and milliseconds a step."""
    lattice, best = Lattice(kind, [0], (1, 2)), np.inf
    lattice.grow(rules, HOUR, 2, threads=threads)
    for _ in range(5):
        start = time.perf_counter()
        lattice.grow(rules, HOUR, STEPS, threads=threads)
        best = min(best, (time.perf_counter() - start) / STEPS)
    return float((lattice.kind > 0).sum()) / best / 1e6, best * 1e3


def main() -> None:
    """Print every figure; bars are least values for cells a second, greatest for seconds."""
    figures = list(machine())
    rules, busy = Rules.of([0.5], 0.25), Rules.of([2.4], 2.4)
    for threads in (1, 2):
        figures.append((f"lattice.half.128.threads{threads}", speed(half(128), threads, rules)[0], "million cells/s", None))
    figures.append(("lattice.half.128.busy.threads2", speed(half(128), 2, busy)[0], "million cells/s", None))
    small, large = speed(ball(128, 0.48), 2, rules), speed(ball(256, 0.06), 2, rules)
    figures += [("lattice.ball.128.step", small[1], "ms", None), ("lattice.ball.256.step", large[1], "ms", None),
                ("lattice.ball.256_over_128", large[1] / small[1], "ratio", 1.5)]  # fmt: skip
    stated = {name: given.value for name, given in read_study("bravo2020_release").inputs.items() if name != "seeds"}
    released(seed=0, **stated | {"rounds": 400.0})
    start = time.perf_counter()
    released(seed=1, **stated)
    figures.append(("release.three_arms", time.perf_counter() - start, "s", 4.0))
    for figure in figures:
        print(line(figure), flush=True)
    fast = next(value for name, value, _, _ in figures if name == "lattice.half.128.threads2")
    print(json.dumps({"name": "lattice.half.128.least", "value": float(f"{fast:.4g}"), "bar": 120.0, "ok": bool(fast >= 120.0)}))


if __name__ == "__main__":
    main()
