"""The step of the cells in plain Python: one world as nested lists, every law written once more, every draw at its own address."""

from __future__ import annotations

from collections.abc import Sequence
from math import exp, expm1, sqrt
from typing import NamedTuple

from tests.reference import plain_chance

SURVIVE, EXTRA, MUTATE, ARRIVE, FOUND, THIN, SWITCH, OUTWARD, INWARD, RECUT = 1, 2, 3, 4, 5, 6, 10, 11, 12, 256

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


class Link(NamedTuple):
    """A way between two clones and back: their words, and the chances by place."""

    ends: tuple[int, int]
    words: tuple[int, int]
    flip: Sequence[tuple[float, float]]


class World(NamedTuple):
    """What one world's step reads."""

    birth: Grid
    death: Grid
    flip: Grid
    partner: list[int]
    edges: list[Edge]
    mobility: float
    faces: list[float]
    links: Sequence[Link] = ()


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


def linked(cells: Cells, world: World, luck: Luck) -> Cells:
    """Two clones exchange cells, link by link: from the first link to the last in even steps, backwards in odd ones."""
    after = [list(row) for row in cells]
    for link in world.links if luck.step % 2 == 0 else reversed(world.links):
        for place, row in enumerate(after):
            gone = [
                plain_chance.binomial(row[end], chance, luck.at(place, word, SWITCH))
                for end, word, chance in zip(link.ends, link.words, link.flip[place], strict=True)
            ]
            row[link.ends[0]] += gone[1] - gone[0]
            row[link.ends[1]] += gone[0] - gone[1]
    return after


def turned(cells: Cells, fate: Sequence[Sequence[Sequence[float]]], words: Sequence[Sequence[int]], luck: Luck) -> Cells:
    """Cells stay, turn or die at once: who stays is drawn first, then who becomes each other clone, from those who are left."""
    after = [[0] * len(row) for row in cells]
    for place, row in enumerate(cells):
        for clone, count in enumerate(row):
            rest = 1.0
            for other in (clone, *(other for other in range(len(row)) if other != clone)):
                share = fate[place][clone][other]
                word = luck.words[clone] if other == clone else words[clone][other]
                part = count if share >= rest else plain_chance.binomial(count, share / rest, luck.at(place, word, THIN))
                if share > 0.0:
                    after[place][other] += part
                    count, rest = count - part, rest - share
    return after


def crossing(faces: list[float], face: int, mobility: float, time: float) -> tuple[float, float]:
    """Chances to cross the face behind a shell outward and inward: two boxes alone with each other."""
    low, middle, high = faces[face : face + 3]
    volumes = [(middle**3 - low**3) / 3.0, (high**3 - middle**3) / 3.0]
    if min(volumes) <= 0.0 or mobility == 0.0:
        return 0.0, 0.0
    outward, inward = (mobility * middle**2 / (0.5 * (high - low)) / volume for volume in volumes)
    mixed = -expm1(-(outward + inward) * time)
    return mixed * outward / (outward + inward), mixed * inward / (outward + inward)


def spread(cells: Cells, world: World, luck: Luck, time: float) -> Cells:
    """Neighbours exchange cells, face by face: in even steps the first, third, ... face first, in odd ones the others."""
    after = [list(row) for row in cells]
    faces = range(len(cells) - 1)
    for face in sorted(faces, key=lambda face: ((face + luck.step) % 2, face)):
        out, back = crossing(world.faces, face, world.mobility, time)
        near, far = list(after[face]), list(after[face + 1])
        for clone, word in enumerate(luck.words):
            gone = plain_chance.binomial(near[clone], out, luck.at(face, word, OUTWARD))
            come = plain_chance.binomial(far[clone], back, luck.at(face, word, INWARD))
            after[face][clone] += come - gone
            after[face + 1][clone] += gone - come
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
    if luck.step % 2 == 0:
        before = spread(linked(switched(cells, world, luck), world, luck), world, luck, times[0])
    else:
        before = switched(linked(spread(cells, world, luck, times[0]), world, luck), world, luck)
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
