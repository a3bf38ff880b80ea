"""The step of the cells in plain Python: one world as nested lists, every law written once more, every draw at its own address."""

from __future__ import annotations

from collections.abc import Sequence
from math import exp, expm1, sqrt
from typing import NamedTuple

from tests.reference import plain_chance

SURVIVE, EXTRA, MUTATE, ARRIVE, FOUND, SWITCH, LEAVE, TURN, RECUT = 1, 2, 3, 4, 5, 10, 11, 12, 256

Cells = list[list[int]]
"""Counts by place and clone."""
Grid = Sequence[Sequence[float]]
"""Rates or chances by place and clone."""


class Luck(NamedTuple):
    """The world's key, the clones' words and the step: with place and purpose they are the address of a draw."""

    key: tuple[int, int]
    words: list[int]
    step: int

    def at(self, place: int, word: int, purpose: int) -> plain_chance.Address:
        """The address of a draw of a clone or an edge of this word."""
        return (*self.key, place, word, self.step, purpose << 16)


class Edge(NamedTuple):
    """A mutation: from clone to clone, its word, its chance per division."""

    parent: int
    child: int
    word: int
    rate: float


class World(NamedTuple):
    """What one world's step reads."""

    birth: Grid
    death: Grid
    flip: Grid
    partner: list[int]
    edges: list[Edge]
    mobility: float
    faces: list[float]


def line_fate(birth: float, death: float, time: float) -> tuple[float, float, float]:
    """Alive, geometric parameter and mean time-integral of a line: from the chance that it is dead (Kendall 1948)."""
    net = birth - death
    if abs(net) * time < 1e-9:
        return 1.0 / (1.0 + birth * time), birth * time / (1.0 + birth * time), time
    dead_over_death = expm1(net * time) / (birth * expm1(net * time) + net)
    return 1.0 - death * dead_over_death, birth * dead_over_death, expm1(net * time) / net


def switched(cells: Cells, world: World, luck: Luck) -> Cells:
    """Every cell of a pair of states changes with its own chance, all at once."""
    after = [list(row) for row in cells]
    for place, row in enumerate(cells):
        for clone, count in enumerate(row):
            other = world.partner[clone]
            if other >= 0:
                gone = plain_chance.binomial(count, world.flip[place][clone], luck.at(place, luck.words[clone], SWITCH))
                after[place][clone] -= gone
                after[place][other] += gone
    return after


def spread_chances(faces: list[float], mobility: float, time: float) -> list[tuple[float, float]]:
    """Chance to leave each shell inward and outward."""
    places, found = len(faces) - 1, []
    for i in range(places):
        volume, rates = (faces[i + 1] ** 3 - faces[i] ** 3) / 3.0, []
        for neighbour, radius in ((i - 1, faces[i]), (i + 1, faces[i + 1])):
            rate = 0.0
            if 0 <= neighbour < places and volume > 0.0:
                low, high = faces[min(i, neighbour)], faces[max(i, neighbour) + 1]
                rate = 2.0 * mobility * radius**2 / (volume * (high - low)) if high > low else 0.0
            rates.append(rate)
        both = sum(rates)
        leave = -expm1(-both * time)
        found.append((leave * rates[0] / both, leave * rates[1] / both) if both > 0.0 else (0.0, 0.0))
    return found


def spread(cells: Cells, world: World, luck: Luck, time: float) -> Cells:
    """Every cell stays, or goes to the place before or after, all at once."""
    after = [list(row) for row in cells]
    for place, (inward, outward) in enumerate(spread_chances(world.faces, world.mobility, time)):
        for clone, count in enumerate(cells[place]):
            word = luck.words[clone]
            gone = plain_chance.binomial(count, inward + outward, luck.at(place, word, LEAVE))
            if gone:
                back = plain_chance.binomial(gone, inward / (inward + outward), luck.at(place, word, TURN))
                after[place][clone] -= gone
                if back:
                    after[place - 1][clone] += back
                if gone > back:
                    after[place + 1][clone] += gone - back
    return after


def divided(cells: Cells, world: World, luck: Luck, time: float) -> Cells:
    """Survivors, and the further cells of their lines."""
    after = []
    for place, row in enumerate(cells):
        here = []
        for clone, count in enumerate(row):
            stay, extra, _ = line_fate(world.birth[place][clone], world.death[place][clone], time)
            alive = plain_chance.binomial(count, stay, luck.at(place, luck.words[clone], SURVIVE))
            here.append(alive + plain_chance.offspring(alive, extra, luck.at(place, luck.words[clone], EXTRA)))
        after.append(here)
    return after


def settled(count: int, place: int, edge: Edge, world: World, luck: Luck, time: float) -> int:
    """Cells at the end of the step of mutants that arrive within it: two nodes of Gauss and Legendre, one geometric law."""
    growth = world.birth[place][edge.parent] - world.death[place][edge.parent]
    nodes = [time * (1.0 - 1.0 / sqrt(3.0)) / 2.0, time * (1.0 + 1.0 / sqrt(3.0)) / 2.0]
    weights = [exp(growth * node) for node in nodes]
    alive = size = 0.0
    for node, weight in zip(nodes, weights, strict=True):
        stay, extra, _ = line_fate(world.birth[place][edge.child], world.death[place][edge.child], time - node)
        alive += weight / sum(weights) * stay
        size += weight / sum(weights) * stay * extra / (1.0 - extra)
    lines = plain_chance.binomial(count, alive, luck.at(place, edge.word, ARRIVE))
    return lines + plain_chance.offspring(lines, size / (alive + size), luck.at(place, edge.word, FOUND))


def advance(cells: Cells, world: World, luck: Luck, times: tuple[float, float]) -> Cells:
    """The cells after one step: moves for times[0] days, then birth, death and mutation for times[1] days."""
    before = spread(switched(cells, world, luck), world, luck, times[0])
    if times[1] == 0.0:
        return before
    after = divided(before, world, luck, times[1])
    for edge in world.edges:
        for place, row in enumerate(before):
            birth = world.birth[place][edge.parent]
            divisions = birth * line_fate(birth, world.death[place][edge.parent], times[1])[2]
            born = plain_chance.poisson(row[edge.parent] * divisions * edge.rate, luck.at(place, edge.word, MUTATE))
            if born:
                after[place][edge.child] += settled(born, place, edge, world, luck, times[1])
    return after


def recut(cells: Cells, inert: list[float], density: float, luck: Luck) -> tuple[Cells, list[float], bool]:
    """Cells and inert volume in shells of equal volume, and whether they had to be cut anew."""
    places = len(cells)
    volume = [sum(row) / density + slag for row, slag in zip(cells, inert, strict=True)]
    share = sum(volume) / places
    if share == 0.0 or all(0.5 * share <= part <= 2.0 * share for part in volume):
        return cells, inert, False
    after, left_inert = [[0] * len(row) for row in cells], [0.0] * places
    for place, row in enumerate(cells):
        low, high = sum(volume[:place]), sum(volume[: place + 1])
        cuts = []
        for target in range(places):
            above = sum(volume) if target == places - 1 else (target + 1) * share
            overlap = min(high, above) - max(low, target * share)
            cuts.append(overlap / volume[place] if overlap > 0.0 and volume[place] > 0.0 else 0.0)
            left_inert[target] += inert[place] * cuts[-1]
        reached = [target for target in range(places) if cuts[target] > 0.0]
        for clone, count in enumerate(row):
            rest = 1.0
            for target in reached:
                chance = 1.0 if target == reached[-1] or cuts[target] >= rest else cuts[target] / rest
                part = plain_chance.binomial(count, chance, luck.at(place, luck.words[clone], RECUT + target))
                after[target][clone] += part
                count -= part
                rest -= cuts[target]
    return after, left_inert, True
