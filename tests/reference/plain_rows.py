"""The step of the rows in plain Python: cells by place and clone, every law written once more, every draw at its own address."""

from __future__ import annotations

from math import expm1, floor, log, log1p
from typing import NamedTuple

from tests.reference import plain_chance
from tests.reference.plain_step import line_fate

SURVIVE, EXTRA, MUTATE, ARRIVE, FOUND, SWITCH, LEAVE, FLOW = 1, 2, 3, 4, 5, 10, 32, 40

Cells = dict[tuple[int, int], int]
"""Counts above 0 by place and clone."""


class Clone(NamedTuple):
    """A line of the lineage."""

    parent: int
    genotype: int
    day: float
    place: int
    word: int
    other: int


class Edge(NamedTuple):
    """A mutation: from genotype to genotype, its word, its chance per division."""

    parent: int
    child: int
    word: int
    rate: float


class World(NamedTuple):
    """Rates by place and genotype, hops by genotype, and the ground by place."""

    shape: tuple[int, int, int]
    free: list[bool]
    capacity: list[float]
    birth: dict[int, list[float]]
    death: dict[int, list[float]]
    switch: dict[int, list[float]]
    hop: list[float]
    edges: list[Edge]
    partner: list[int]
    second: int  # the word by which the other state of a line differs


class Luck(NamedTuple):
    """The world's key, the step, its day and its length: with place, word and purpose the address of a draw."""

    key: tuple[int, int]
    step: int
    day: float
    time: float

    def at(self, place: int, word: int, purpose: int) -> plain_chance.Address:
        """The address of a draw."""
        return (*self.key, place, word, self.step, purpose << 16)


def neighbours(place: int, world: World) -> list[int | None]:
    """The places behind the six faces; None where nothing may cross."""
    deep, wide, long = world.shape
    z, rest = divmod(place, wide * long)
    y, x = divmod(rest, long)
    found: list[int | None] = []
    for dz, dy, dx in ((0, 0, -1), (0, 0, 1), (0, -1, 0), (0, 1, 0), (-1, 0, 0), (1, 0, 0)):
        inside = 0 <= z + dz < deep and 0 <= y + dy < wide and 0 <= x + dx < long
        there = ((z + dz) * wide + y + dy) * long + x + dx
        found.append(there if inside and world.free[there] else None)
    return found


def switched(cells: Cells, lineage: list[Clone], world: World, luck: Luck) -> Cells:
    """Every cell of a line with two states changes with its own chance, all at once."""
    after = dict(cells)
    for (place, clone), count in cells.items():
        line = lineage[clone]
        if line.other < 0 or world.switch[place][line.genotype] == 0.0:
            continue
        away, back = world.switch[place][line.genotype], world.switch[place][world.partner[line.genotype]]
        chance = away / (away + back) * -expm1(-(away + back) * luck.time)
        gone = plain_chance.binomial(count, chance, luck.at(place, line.word, SWITCH))
        after[place, clone] -= gone
        after[place, line.other] = after.get((place, line.other), 0) + gone
    return {at: count for at, count in after.items() if count > 0}


def living(place: int, genotype: int, crowd: int, world: World) -> tuple[float, float]:
    """Birth and death of a genotype in a place where so many cells are: logistic birth."""
    room = max(0.0, 1.0 - crowd / world.capacity[place]) if world.capacity[place] > 0.0 else 0.0
    return world.birth[place][genotype] * room, world.death[place][genotype]


def lost(genotype: int, world: World) -> float:
    """The share of divisions that bear a mutant."""
    return sum(edge.rate for edge in world.edges if edge.parent == genotype)


def arrived(parents: float, luck: Luck, share: float) -> float:
    """When the share of the arrivals has come, at rates that follow parents who grow at this rate."""
    return share * luck.time if abs(parents) * luck.time < 1e-9 else log1p(share * expm1(parents * luck.time)) / parents


def mutants(place: int, clone: int, count: int, crowd: int, state: tuple[list[Clone], World, Luck]) -> list[tuple[Clone, int]]:
    """The lines that cells of a clone in a place found, and how many cells each is at the end."""
    lineage, world, luck = state
    line, found = lineage[clone], []
    birth, death = living(place, line.genotype, crowd, world)
    own = birth * (1.0 - lost(line.genotype, world))
    for edge in (edge for edge in world.edges if edge.parent == line.genotype):
        word = line.word ^ edge.word
        born = plain_chance.poisson(count * birth * line_fate(own, death, luck.time)[2] * edge.rate, luck.at(place, word, MUTATE))
        for mutant in range(born):
            when, fate = plain_chance.pair(luck.at(place, word, ARRIVE), mutant)
            day = arrived(own - death, luck, when)
            bears, dies = living(place, edge.child, crowd, world)
            stay, extra, _ = line_fate(bears * (1.0 - lost(edge.child, world)), dies, luck.time - day)
            if fate < stay:
                size = 1 + (floor(log(fate / stay) / log(extra)) if extra > 0.0 else 0)
                name = plain_chance.philox(place, word, luck.step, (FOUND << 16) + mutant, *luck.key)[0]
                found.append((Clone(clone, edge.child, luck.day + day, place, name, -1), size))
    return found


def split(leaving: int, weights: list[float], luck: Luck, place: int, word: int, purpose: int) -> list[int]:
    """A multinomial: up to 16 cells one by one, by 32 bits each; more face by face, the last open face taking the rest."""
    parts, rest = [0] * 6, sum(weights)
    ways = [face for face in range(6) if weights[face] > 0.0]
    if leaving <= 16:
        for cell in range(leaving):
            block = plain_chance.philox(place, word, luck.step, (purpose << 16) + cell // 4, *luck.key)
            left = (block[cell % 4] + 0.5) * 2.0**-32 * rest
            parts[next((face for face in ways if left < sum(weights[: face + 1])), ways[-1])] += 1
        return parts
    for face in ways:
        chance = 1.0 if face == ways[-1] else weights[face] / rest
        parts[face] = plain_chance.binomial(leaving, chance, luck.at(place, word, purpose + face))
        leaving, rest = leaving - parts[face], rest - weights[face]
    return parts


Moves = tuple[float, list[float], int]
"""Of a row: the chance to leave, the weights of the faces, the purpose."""


def sent(after: Cells, count: int, at: tuple[int, int], moves: Moves, state: tuple[int, World, Luck]) -> None:
    """Add the cells of a row, at place and clone, to what is there after its move."""
    (place, clone), (word, world, luck) = at, state
    chance, weights, purpose = moves
    leaving = plain_chance.binomial(count, chance, luck.at(place, word, purpose))
    parts = split(leaving, weights, luck, place, word, purpose + 1) if leaving else [0] * 6
    for there, part in zip([place, *neighbours(place, world)], [count - leaving, *parts], strict=True):
        if part:
            assert there is not None
            after[there, clone] = after.get((there, clone), 0) + part


def advance(cells: Cells, lineage: list[Clone], world: World, luck: Luck) -> tuple[Cells, list[Clone]]:
    """The cells and the lineage after one step."""
    before = switched(cells, lineage, world, luck)
    after: Cells = {}
    lines = list(lineage)
    crowds: dict[int, int] = {}
    for (place, _), count in before.items():
        crowds[place] = crowds.get(place, 0) + count
    for (place, clone), count in sorted(before.items()):
        line = lineage[clone]
        birth, death = living(place, line.genotype, crowds[place], world)
        stay, extra, _ = line_fate(birth * (1.0 - lost(line.genotype, world)), death, luck.time)
        alive = plain_chance.binomial(count, stay, luck.at(place, line.word, SURVIVE))
        alive += plain_chance.offspring(alive, extra, luck.at(place, line.word, EXTRA))
        for child, size in mutants(place, clone, count, crowds[place], (lineage, world, luck)):
            number, partner = len(lines), world.partner[child.genotype]
            after[place, number] = size
            lines.append(child._replace(other=number + 1 if partner >= 0 else -1))
            if partner >= 0:
                lines.append(Clone(number, partner, child.day, place, child.word ^ world.second, number))
        weights = [float(there is not None) for there in neighbours(place, world)]
        moves = (world.hop[line.genotype] * luck.time * sum(weights), weights, LEAVE)
        sent(after, alive, (place, clone), moves, (line.word, world, luck))
    return after, lines


def shift(cells: Cells, lineage: list[Clone], world: World, outflow: list[list[float]], luck: Luck) -> Cells:
    """The cells after each has gone over a face with the chance of its place."""
    after: Cells = {}
    for (place, clone), count in cells.items():
        ways = zip(outflow[place], neighbours(place, world), strict=True)
        weights = [chance if there is not None else 0.0 for chance, there in ways]
        sent(after, count, (place, clone), (sum(weights), weights, FLOW), (lineage[clone].word, world, luck))
    return after
