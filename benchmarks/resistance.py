"""The theory of resistance beside what was printed: `python benchmarks/resistance.py` prints the table of resistance.md."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence

import numpy as np

from refugia.clones import bozic_nowak, iwasa, luria_delbrueck, relapse
from refugia.clones.combination import Targets, Therapy, expected_both, expected_resistant, present, simultaneous
from refugia.clones.outlook import drawn
from refugia.clones.turnover import turnover

Row = tuple[str, Sequence[float], Sequence[float]]
COLON = turnover(0.25, 0.181, 4.2e-8)
UNIT = turnover(0.25, 0.181, 1e-9)
BOTH, NONE = Targets(50, 50, 1), Targets(50, 50, 0)
BURDENS = (2.6e11, 2.3e11, 1.7e11, 1.4e11, 9.1e10, 7.4e10, 6.4e10, 5.5e10, 4.8e10, 4.1e10, 4.1e10, 3.3e10, 2.2e10, 2.1e10, 1.8e10)
FAILED = (0.283, 0.26, 0.203, 0.172, 0.112, 0.092, 0.08, 0.069, 0.061, 0.052, 0.051, 0.042, 0.028, 0.027, 0.023)


def fails(size: float, targets: Targets, cost: float = 0.0) -> float:
    """Failure of two drugs at once in the model of eLife 2013."""
    therapy = Therapy(turnover(0.14, 0.13, 1e-9, cost), np.asarray(-0.03 / 0.14))
    return float(-np.expm1(simultaneous(size, therapy, targets)))


def clones() -> Iterator[Row]:
    """Numbers and sizes of clones."""
    k, unit = np.arange(1, 5), 42.0 / 0.276
    yield "with death, M u = 1, P(0..5)", (0.16896, 0.11884, 0.08925, 0.06984, 0.05625, 0.04631), np.exp(
        luria_delbrueck.log_pmf(1e9, UNIT, 6)
    )
    yield "F", (1.77811, 2.84206), iwasa.factor(turnover([0.25, 0.14], [0.181, 0.13], 1e-9))
    yield "any alive, M u = 0.1, 1", (0.16290, 0.83104), luria_delbrueck.any_alive(np.array([1e8, 1e9]), UNIT)
    yield "medians by appearance", (152.17, 63.03, 39.55, 28.79), bozic_nowak.appearance(k, 0.5, 1e9, COLON)
    yield "medians by rank, M u/s", (1.44270, 0.59582, 0.37396, 0.27233), bozic_nowak.rank(k, 0.5, 1e9, COLON) / unit
    yield "full simulation, ranks: exact law", (217, 88, 54, 38), bozic_nowak.exact_rank(k, 0.5, 1e9, COLON)
    found = drawn(1e9, COLON, 20_000, 0, 4)
    yield "the same, drawn here", (217, 88, 54, 38), np.median(found.largest, axis=0)
    yield "by appearance, drawn here", (151, 62, 38, 28), np.median(found.oldest, axis=0)
    yield "quartiles of cells, M u/s, drawn here", (3.57, 5.11, 8.16), np.quantile(found.cells, (0.25, 0.5, 0.75)) / unit


def therapies() -> Iterator[Row]:
    """Two drugs, and what one response is worth."""
    source, size = turnover(0.14, 0.13, 1e-9), np.array([1e9, 1e11])
    yield "X: one drug", (1.266e4, 1.588e6), expected_resistant(size, source, [50])
    yield "X: both, one shared", (253.3, 31791), expected_both(size, source, BOTH)
    yield "p_res at 1e9: shared, none", (0.9419, 0.00359), [float(present(1e9, source, t)) for t in (BOTH, NONE)]
    yield "cure of 1e9: shared, none", (0.263, 0.999), [1.0 - fails(1e9, t) for t in (BOTH, NONE)]
    yield "table 1, failure", FAILED, [fails(burden, NONE) for burden in BURDENS]
    costs = (0.0, 0.01, 0.05, 0.1)
    yield "table 2, shared, 1e9", (0.74, 0.73, 0.72, 0.70), [fails(1e9, BOTH, cost) for cost in costs]
    yield "table 2, none, 1e11", (0.12, 0.11, 0.08, 0.06), [fails(1e11, NONE, cost) for cost in costs]
    days = (relapse.nadir(1e9, 1e3, 0.03, 0.01), relapse.reaches(1e9, 1e3, 0.01))
    yield "nadir, regrowth, days", (372.85, 1381.55), [float(day) for day in days]


def main() -> None:
    """Print printed and computed numbers, and the largest relative difference of each row."""
    began = time.perf_counter()
    for says, printed, computed in (*clones(), *therapies()):
        worst = max(abs(float(c) / p - 1.0) for p, c in zip(printed, computed, strict=True))
        shown = [" ".join(f"{float(value):.5g}" for value in list(values)[:6]) for values in (printed, computed)]
        print(f"{says:38} {shown[0]:52} {shown[1]:52} {100 * worst:6.2f} %")
    print(f"{time.perf_counter() - began:.1f} s, kernels compiled before or not")


if __name__ == "__main__":
    main()
