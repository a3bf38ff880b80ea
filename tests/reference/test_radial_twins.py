"""Plain-Python twins of the radial kernels: the same discrete laws, written once more without batches."""

from __future__ import annotations

from itertools import pairwise
from math import sqrt

import numpy as np
import pytest

from refugia.engine.grids import average, graded
from refugia.engine.radial import Supply, Uptake, obstacle, outflow, steady, steady_saturable

ROWS, CELLS = 6, 23
RNG = np.random.default_rng(17)
FACES = graded(RNG.uniform(0.5, 20.0, ROWS)[:, None] * np.array([[0.0, 0.4, 0.9, 1.0]]), CELLS, np.full(ROWS, 0.4))
SPREAD = RNG.uniform(0.5, 5.0, (ROWS, CELLS + 1))
EDGES = [None, RNG.uniform(0.5, 2.0, ROWS)]


def thomas(lower: list[float], diagonal: list[float], upper: list[float], load: list[float]) -> list[float]:
    """Solve diagonal x_i - lower x_{i-1} - upper x_{i+1} = load."""
    d, b = list(diagonal), list(load)
    for i in range(1, len(d)):
        d[i] -= lower[i] * upper[i - 1] / d[i - 1]
        b[i] += lower[i] * b[i - 1] / d[i - 1]
    x = [0.0] * len(d)
    for i in reversed(range(len(d))):
        x[i] = (b[i] + (upper[i] * x[i + 1] if i + 1 < len(d) else 0.0)) / d[i]
    return x


def metric(faces: list[float], spread: list[float]) -> tuple[list[float], list[float]]:
    """Volumes and conductances over 4 pi."""
    cells = len(faces) - 1
    middle = [(faces[i] + faces[i + 1]) / 2 for i in range(cells)] + [faces[cells]]
    volume = [(faces[i + 1] ** 3 - faces[i] ** 3) / 3 for i in range(cells)]
    return volume, [0.0] + [spread[i + 1] * faces[i + 1] ** 2 / (middle[i + 1] - middle[i]) for i in range(cells)]


def steady_twin(faces, spread, decay, source, speed, edge):
    volume, g = metric(faces, spread)
    flow = [u * r * r for u, r in zip(speed, faces, strict=True)]
    out = [max(c - abs(q) / 2, 0.0) + max(q, 0.0) for c, q in zip(g, flow, strict=True)]
    back = [max(c - abs(q) / 2, 0.0) + max(-q, 0.0) for c, q in zip(g, flow, strict=True)]
    cells = len(volume)
    lower = [out[i] for i in range(cells)]
    upper = [back[i + 1] for i in range(cells)]
    load = [source[i] * volume[i] for i in range(cells)]
    diagonal = [back[i] + out[i + 1] + decay[i] * volume[i] for i in range(cells)]
    if edge is None:
        diagonal[-1] += flow[-1] - out[-1]
    else:
        load[-1] += back[-1] * edge
    return thomas(lower, diagonal, upper, load)


def saturable_twin(faces, spread, uptake, half, rate, level, edge):
    """Picard iterations on the frozen rate, damped by a half: slow, but another road to the same root."""
    p = [level] * len(uptake)
    for _ in range(4000):
        frozen = [v / (x + half) + h for v, x, h in zip(uptake, p, rate, strict=True)]
        fresh = steady_twin(faces, spread, frozen, [h * level for h in rate], [0.0] * len(faces), edge)
        moved = max(abs(a - b) for a, b in zip(fresh, p, strict=True))
        p = [(a + b) / 2 for a, b in zip(fresh, p, strict=True)]
        if moved < 1e-13 * level:
            break
    return p


def obstacle_twin(faces, spread, uptake, edge):
    """Projected Gauss-Seidel, from above."""
    volume, g = metric(faces, spread)
    cells = len(volume)
    p = [edge] * cells
    for _ in range(20000):
        moved = 0.0
        for i in reversed(range(cells)):
            inner, outer = (p[i - 1] if i else 0.0), (p[i + 1] if i + 1 < cells else edge)
            value = max((g[i] * inner + g[i + 1] * outer - uptake[i] * volume[i]) / (g[i] + g[i + 1]), 0.0)
            moved = max(moved, abs(value - p[i]))
            p[i] = value
        if moved < 1e-15 * edge:
            break
    taken = 0.0
    for i in range(cells):
        if p[i] > 0:
            whole = sum(u * v for u, v in zip(uptake[i:], volume[i:], strict=True))
            taken = g[cells] * (edge - p[-1]) - whole
            return p, (max(faces[i] ** 3 - 3 * taken / uptake[i - 1], 0.0) ** (1 / 3) if i else 0.0)
    return p, faces[-1]


def average_twin(fine, values, coarse):
    found = []
    for low, high in pairwise(coarse):
        total = volume = 0.0
        for a, b, value in zip(fine[:-1], fine[1:], values, strict=True):
            a, b = max(a, low), min(b, high)
            if b > a:
                total += (b**3 - a**3) * value
                volume += b**3 - a**3
        found.append(total / volume)
    return found


@pytest.mark.parametrize("edge", EDGES)
@pytest.mark.parametrize("flowing", [0.0, 0.3, 30.0, -0.3])
def test_steady(edge: np.ndarray | None, flowing: float) -> None:
    decay, source = RNG.uniform(5.0, 9.0, (2, ROWS, CELLS))
    speed = outflow(FACES, flowing * RNG.uniform(0.0, 1.0, (ROWS, CELLS)))
    found = steady(FACES, SPREAD, decay, source, speed, edge)
    for row in range(ROWS):
        lines = (array[row].tolist() for array in (FACES, SPREAD, decay, source, speed))
        twin = steady_twin(*lines, None if edge is None else float(edge[row]))
        assert np.allclose(found[row], twin, rtol=1e-10)


@pytest.mark.parametrize("edge", EDGES)
def test_saturable(edge: np.ndarray | None) -> None:
    uptake, rate = RNG.uniform(0.1, 3.0, (2, ROWS, CELLS))
    half, level = RNG.uniform(0.1, 2.0, (2, ROWS))
    found = steady_saturable(FACES, SPREAD, Uptake(uptake, half), Supply(rate, level), edge)
    for row in range(ROWS):
        at = None if edge is None else float(edge[row])
        twin = saturable_twin(
            FACES[row].tolist(), SPREAD[row].tolist(), uptake[row].tolist(), half[row], rate[row].tolist(), level[row], at
        )
        assert np.allclose(found[row], twin, rtol=1e-9)


@pytest.mark.parametrize("uptake", [0.01, 1.0, 30.0])
def test_obstacle(uptake: float) -> None:
    faces, spread = FACES[:2] / FACES[:2, -1:], np.ones((2, CELLS + 1))
    taken, edge = np.full((2, CELLS), uptake), np.array([1.0, 2.0])
    values, core = obstacle(faces, spread, taken, edge)
    for row in range(2):
        twin, hole = obstacle_twin(faces[row].tolist(), spread[row].tolist(), taken[row].tolist(), edge[row])
        assert np.allclose(values[row], twin, atol=1e-9)
        assert core[row] == pytest.approx(hole, abs=1e-6)


def test_average() -> None:
    values = RNG.uniform(0.0, 1.0, (ROWS, CELLS))
    coarse = FACES[:, -1:] * np.sqrt(np.arange(8) / 7)
    found = average(FACES, values, coarse)
    for row in range(ROWS):
        assert np.allclose(found[row], average_twin(FACES[row], values[row], coarse[row]), rtol=1e-12)


def test_outflow() -> None:
    density = RNG.uniform(-1.0, 1.0, (ROWS, CELLS))
    found = outflow(FACES, density)
    for row in range(ROWS):
        total = 0.0
        for i in range(CELLS):
            total += density[row, i] * (FACES[row, i + 1] ** 3 - FACES[row, i] ** 3) / 3
            assert found[row, i + 1] == pytest.approx(total / FACES[row, i + 1] ** 2, rel=1e-9, abs=1e-12)


def test_local_balance_is_the_root_without_diffusion() -> None:
    """With nothing diffusing each interval stands at the positive root of its quadratic."""
    uptake, rate = RNG.uniform(0.1, 3.0, (2, ROWS, CELLS))
    half, level = np.full(ROWS, 0.7), np.full(ROWS, 1.9)
    found = steady_saturable(FACES, np.zeros(ROWS), Uptake(uptake, half), Supply(rate, level))
    for row in range(ROWS):
        for i in range(CELLS):
            b = rate[row, i] * (1.9 - 0.7) - uptake[row, i]
            root = (b + sqrt(b * b + 4 * rate[row, i] ** 2 * 1.9 * 0.7)) / (2 * rate[row, i])
            assert found[row, i] == pytest.approx(root, rel=1e-10)
