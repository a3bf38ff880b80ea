"""Cells on voxels in distribution: each place a world of its own where nobody hops; migration; founders; neutral clones."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binom, norm

from refugia.engine.rows.life import Edge, ground, life
from refugia.engine.rows.lineage import Lineage, founders
from refugia.engine.rows.moment import moment
from refugia.engine.rows.rows import Rows, rows_of
from refugia.engine.rows.step import advance, shift
from refugia.engine.voxels.grid import Grid
from tests.chance.budget import chance, joint
from tests.chance.lines import chances, circle, fit, line

BIRTH, DEATH = 0.25, 0.181
ARM = 60_000  # places in a row, with a line of the rates for all


def after(
    start: int, steps: list[float], seed: int, rates: tuple[float, float], edges: tuple[Edge, ...] = ()
) -> tuple[Rows, Lineage]:
    """Places without neighbours, each begun with as many cells of one founder, after steps of these lengths."""
    where, rules = ground(Grid((1, 1, ARM), 0.1)), life([rates[0]] * 2, [rates[1]] * 2, edges=edges)
    place = np.arange(ARM)
    rows, lineage = rows_of(place, np.zeros_like(place), np.full_like(place, start)), founders([0], ["one"])
    for step, time in enumerate(steps):
        rows, lineage = advance(rows, lineage, where, rules, moment(seed, "arm", step, sum(steps[:step]), time), 2)
    return rows, lineage


def counts(rows: Rows) -> NDArray[np.int64]:
    """Cells of each place."""
    return np.bincount(rows.place, rows.count, ARM).astype(np.int64)


@chance
def test_places_follow_the_generating_function(level: float, seed: int) -> None:
    """28 days in one step and in four, from 1 and from 5 cells; rates 5 % off are caught."""

    def p(start: int, steps: list[float], rates: tuple[float, float], lot: int) -> float:
        return fit(counts(after(start, steps, lot, rates)[0]), chances(line(circle(), 0.14, 0.136, 28.0) ** start))

    ways = [(1, [28.0]), (5, [28.0]), (5, [7.0] * 4)]
    assert joint(*(p(start, steps, (0.14, 0.136), seed + lot) for lot, (start, steps) in enumerate(ways))) > level
    assert p(1, [28.0], (0.147, 0.136), seed + 3) < level
    assert p(5, [7.0] * 4, (0.14, 0.1428), seed + 4) < level


@chance
def test_as_many_hop_as_should_and_to_all_sides(level: float, seed: int) -> None:
    """From lone places with 40 cells: how many stay is binomial, each side gets its share, few dealt out or many split."""
    side, start, hop = 240, 40, 0.09
    wide = 4
    place = np.array([(y * side + x) for y in range(1, side, wide) for x in range(1, side, wide)])

    def p(rate: float, weights: NDArray[np.float64], lot: int) -> float:
        grid = Grid((1, side, side), 0.1)
        many = rows_of(place, np.arange(place.size), np.full_like(place, start))
        lineage = founders([0] * place.size, [str(k) for k in range(place.size)])
        now = moment(lot, "plane", 0, 0.0, 1.0)
        stay, _ = advance(many, lineage, ground(grid), life([0.0], [0.0], rate), now, 2)
        outflow = np.broadcast_to(weights, (grid.size, 6))
        carried = shift(many, lineage, ground(grid), outflow, now, 2)
        kept = np.zeros(place.size, np.int64)
        home = stay.place == place[stay.clone]
        kept[stay.clone[home]] = stay.count[home]
        goes = [float((carried.count * (carried.place - place[carried.clone] == over)).sum()) for over in (-1, 1, -side, side)]
        expected = np.array([0.3, 0.05, 0.1, 0.25]) * start * place.size
        away = (np.array(goes) - expected) / np.sqrt(expected * (1.0 - expected / (start * place.size)))
        law = binom.pmf(np.arange(start + 1), start, 1.0 - 4.0 * hop)
        return joint(fit(kept, law), *(2.0 * norm.sf(abs(one)) for one in away))

    right = np.array([0.3, 0.05, 0.1, 0.25, 0.0, 0.0])
    assert p(hop, right, seed) > level
    assert p(1.05 * hop, right, seed + 1) < level
    assert p(hop, right * np.array([1.05, 1.0, 1.0, 1.0, 1.0, 1.0]), seed + 2) < level


@chance
def test_clones_survive_as_many_as_theory_says(level: float, seed: int) -> None:
    """From n to M parents: alive clones number M u (-ln s)/(1 - s), the surviving ones M u, both less what an infinite past adds.

    A clone of n cells survives with chance 1 - (1 - s)^n. A rate of mutation 5 % off is caught.
    """
    start, days, rate = 400, 40.0, 2e-4
    s, grown = 1.0 - DEATH / BIRTH, np.exp((BIRTH - DEATH) * days)
    many = start * grown * rate  # M u
    alive = many / (1.0 - s) * -np.log(s / (1.0 - (1.0 - s) / grown))
    surviving = many * (1.0 - 1.0 / grown)

    def p(rate: float, lot: int) -> float:
        rows, lineage = after(start, [5.0] * 8, lot, (BIRTH, DEATH), (Edge(0, 1, rate, "gain"),))
        mutant = lineage.genotype[rows.clone] == 1
        number = np.bincount(rows.place[mutant], minlength=ARM)
        lasting = np.bincount(rows.place[mutant], 1.0 - (1.0 - s) ** rows.count[mutant], ARM)
        return joint(*(mean_is(found, law) for found, law in ((number, alive), (lasting, surviving))))

    assert p(rate, seed) > level
    assert p(1.05 * rate, seed + 1) < level


@chance
def test_neutral_clones_fall_off_as_their_size(level: float, seed: int) -> None:
    """Well mixed and without death, marked with chance u at a division: N u/k (1 - e^{-bt})^k mutations have k cells or more.

    So the cumulative spectrum is as 1/f and the spectrum itself as 1/f^2 (Williams et al. 2016; Durrett 2013, theorem 1). A mark is
    carried by its clone and by all that descend from it. A rate 5 % off is caught.
    """
    start, days, rate, step = 4, 4.0, 0.05, 0.05

    def p(rate: float, lot: int) -> float:
        rows, lineage = after(start, [step] * round(days / step), lot, (1.0, 0.0), (Edge(0, 0, rate, "mark"),))
        sizes = np.bincount(rows.clone, rows.count, lineage.parent.size)
        for clone in range(lineage.parent.size - 1, 0, -1):  # parents stand before their children
            sizes[lineage.parent[clone]] += sizes[clone]
        tests = []
        for least in (1, 4, 16, 64):
            found = np.bincount(lineage.place[1:][sizes[1:] >= least], minlength=ARM)
            tests.append(mean_is(found, start * np.exp(days) * 0.05 / least * (1.0 - np.exp(-days)) ** least))
        return joint(*tests)

    assert p(rate, seed) > level
    assert p(1.05 * rate, seed + 1) < level


def mean_is(found: NDArray[np.generic], law: float) -> float:
    """Chance of a mean over the places as far from the law."""
    values = found.astype(float)
    return float(2.0 * norm.sf(abs(values.mean() - law) / (values.std() / np.sqrt(values.size))))
