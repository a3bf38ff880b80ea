"""Batches of worlds of one place, and the exact laws of their lines: generating functions on a circle, and their FFT."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.stats import chi2

from refugia.engine.addresses import Chance
from refugia.engine.keys import subkeys
from refugia.engine.step import Exchange, Mutation, advance
from refugia.engine.transition import empty_transition, fill_transition, line_fate

ComplexArray = NDArray[np.complex128]
ROOTS, RADIUS = 1024, 0.991  # the circle's radius keeps the far tail of a law from folding back: by a factor RADIUS^ROOTS = 1e-4


class Pair(NamedTuple):
    """Parents that turn into mutants: rates of both 1/day, and mutants per division."""

    birth: float
    death: float
    mutant_birth: float
    mutant_death: float
    rate: float


def grown(pair: Pair, start: int, times: list[float], worlds: int, seed: int) -> NDArray[np.int64]:
    """Parents and mutants (world, 2) after steps of these lengths in days, from `start` parents."""
    shape = (worlds, 1, 2)
    table = empty_transition(shape)
    table.birth[:], table.death[:] = (pair.birth, pair.mutant_birth), (pair.death, pair.mutant_death)
    cells = np.zeros(shape, np.int64)
    cells[:, 0, 0] = start
    one = np.zeros(1, np.int64)
    mutation = Mutation(one, one + 1, np.array([3], np.uint32), np.full((worlds, 1), pair.rate))
    exchange = Exchange(np.full(2, -1), np.zeros(shape), np.zeros(worlds), np.zeros((worlds, 2)))
    keys, words = subkeys(seed, np.arange(worlds), "lines"), np.array([1, 2], np.uint32)
    for step, time in enumerate(times):
        if step == 0 or time != times[step - 1]:
            fill_transition(np.arange(worlds), time, table)
        advance(cells, table, mutation, exchange, Chance(keys, words, np.uint32(step)), (0.0, time))
    return cells[:, 0]


def circle() -> ComplexArray:
    """Where a generating function is evaluated."""
    return np.asarray(RADIUS * np.exp(-2j * np.pi * np.arange(ROOTS) / ROOTS))


def chances(generating: ComplexArray) -> NDArray[np.float64]:
    """P(N = 0 ... ROOTS - 1) from E z^N on the circle."""
    return np.asarray(np.fft.ifft(generating).real * RADIUS ** -np.arange(float(ROOTS)))


def line(z: ComplexArray, birth: float, death: float, time: float) -> ComplexArray:
    """E z^N of one cell's line: (d(z-1) - e^{-rt}(bz-d)) / (b(z-1) - e^{-rt}(bz-d))."""
    faded = np.exp((death - birth) * time) * (birth * z - death)
    return np.asarray((death * (z - 1.0) - faded) / (birth * (z - 1.0) - faded))


def mutants(pair: Pair, start: int, time: float, steps: int = 800) -> NDArray[np.float64]:
    """The exact law of the mutants of the two-type process after `time` days, from `start` parents.

    1 - E z^mutants of one parent solves psi' = u b (1 - g)(1 - psi) + (b - d) psi - b psi^2, g(t) a mutant's line: Runge-Kutta.
    """
    z, psi, h = circle(), np.zeros(ROOTS, complex), time / steps

    def slope(psi: ComplexArray, at: float) -> ComplexArray:
        lost = 1.0 - line(z, pair.mutant_birth, pair.mutant_death, at)
        return np.asarray(pair.rate * pair.birth * lost * (1.0 - psi) + (pair.birth - pair.death) * psi - pair.birth * psi**2)

    for k in range(steps):
        one = slope(psi, k * h)
        two = slope(psi + 0.5 * h * one, (k + 0.5) * h)
        three = slope(psi + 0.5 * h * two, (k + 0.5) * h)
        psi = psi + h / 6.0 * (one + 2.0 * two + 2.0 * three + slope(psi + h * three, (k + 1) * h))
    return chances(np.exp(start * np.log1p(-psi)))


def mutants_of_steps(pair: Pair, start: int, time: float, steps: int) -> NDArray[np.float64]:
    """The law of the mutants as equal steps give it: Poisson arrivals that settle through two nodes and one geometric law."""
    z, t = circle(), time / steps
    stay, extra, integral = line_fate(pair.birth, pair.death, t)
    nodes = 0.5 * t * (1.0 + np.array([-1.0, 1.0]) / np.sqrt(3.0))
    weights = np.exp((pair.birth - pair.death) * nodes)
    fates = [line_fate(pair.mutant_birth, pair.mutant_death, t - node) for node in nodes]
    alive = np.average([fate[0] for fate in fates], weights=weights)
    size = np.average([fate[0] / (1.0 - fate[1]) for fate in fates], weights=weights)
    further = 1.0 - alive / size
    parent = np.ones(ROOTS, complex)
    for k in range(steps):
        w = line(z, pair.mutant_birth, pair.mutant_death, k * t)
        settled = 1.0 - alive + alive * w * (1.0 - further) / (1.0 - further * w)
        born = np.exp(pair.rate * pair.birth * integral * (settled - 1.0))
        parent = (1.0 - stay + stay * parent * (1.0 - extra) / (1.0 - extra * parent)) * born
    return chances(parent**start)


def fit(counts: NDArray[np.int64], law: NDArray[np.float64], least: float = 60.0) -> float:
    """The p-value of counts (world,) under P(0), P(1), ...: chi-square over bins that expect at least `least` worlds each."""
    worlds, edges, held = counts.size, [0], 0.0
    for k, chance in enumerate(law):
        held += worlds * chance
        left = worlds * (1.0 - law[: k + 1].sum())
        if held >= least and left >= least:
            edges.append(k + 1)
            held = 0.0
    expected = worlds * np.append(np.add.reduceat(law[: edges[-1]], edges[:-1]), 1.0 - law[: edges[-1]].sum())
    observed = np.bincount(np.searchsorted(edges, counts, side="right") - 1, minlength=len(edges))
    return float(chi2.sf(((observed - expected) ** 2 / expected).sum(), len(edges) - 1))
