"""One step of the cells of a batch of worlds: switching, spread, birth and death with mutants arriving within it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from refugia.engine.addresses import ARRIVE, EXTRA, FOUND, INWARD, MUTATE, OUTWARD, SURVIVE, SWITCH, THIN, Chance
from refugia.engine.samplers import binomial, offspring, poisson
from refugia.engine.transition import Transition, line_fate

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


class Mutation(NamedTuple):
    """Edges from clone to clone: `parent`, `child` (edge,), `word` (edge,) their address, `rate` (world, edge) per division."""

    parent: IntArray
    child: IntArray
    word: NDArray[np.uint32]
    rate: FloatArray


class Births(NamedTuple):
    """What birth, death and mutation need in a step of `time` days."""

    table: Transition
    mutation: Mutation
    time: float


class Exchange(NamedTuple):
    """Moves without birth: `partner` (clone,) the other state or -1, `flip` (world, place, clone) its chance in the time of moves;
    `mobility` (world,) mm2/day and `faces` (world, place + 1) mm for the spread between neighbouring shells."""

    partner: IntArray
    flip: FloatArray
    mobility: FloatArray
    faces: FloatArray


class Links(NamedTuple):
    """Further moves between two clones: `first`, `second` (link,), `word` (link, 2) the addresses of the way there and back, and
    `flip` (world, place, link, 2) the chances of both in the time of moves."""

    first: IntArray
    second: IntArray
    word: NDArray[np.uint32]
    flip: FloatArray


class Moves(NamedTuple):
    """All moves without birth of clones that may be in more than two states."""

    exchange: Exchange
    links: Links


@njit(cache=True, nogil=True, error_model="numpy")
def spread_chances(faces: FloatArray, mobility: float, time: float, chances: FloatArray) -> None:
    """Chances (place - 1, 2) that a cell crosses the face behind its shell inward (0) or outward (1) within `time` days.

    Finite volumes: the rate over a face is mobility x area / (volume x distance of the shells' middles). The two shells of a face
    exchange cells by the exact law of two states, a/(a + b) (1 - exp(-(a + b) t)), so that cells of equal density stay so whatever
    the step; shells that touch nothing keep their cells.
    """
    for face in range(faces.size - 2):
        low, middle, high = faces[face], faces[face + 1], faces[face + 2]
        inner, outer = (middle**3 - low**3) / 3.0, (high**3 - middle**3) / 3.0
        chances[face, 0] = chances[face, 1] = 0.0
        if inner > 0.0 and outer > 0.0:
            flow = 2.0 * mobility * middle * middle / (high - low)
            outward, inward = flow / inner, flow / outer
            crossed = -np.expm1(-(outward + inward) * time) / (outward + inward) if flow > 0.0 else 0.0
            chances[face, 0], chances[face, 1] = inward * crossed, outward * crossed


@njit(cache=True, nogil=True, error_model="numpy")
def _found(cells: IntArray, clone: int) -> bool:
    """Whether any place of one world (place, clone) holds cells of a clone."""
    for place in range(cells.shape[0]):  # noqa: SIM110 (a kernel)
        if cells[place, clone] > 0:
            return True
    return False


@njit(cache=True, nogil=True, error_model="numpy")
def _switch(cells: IntArray, row: int, exchange: Exchange, chance: Chance) -> None:
    """Switching between the two states of a genotype, in every place of one world (place, clone)."""
    for clone in range(cells.shape[1]):
        other = exchange.partner[clone]
        if other <= clone:
            continue
        for place in range(cells.shape[0]):
            there = back = 0
            if cells[place, clone] > 0:
                there = binomial(cells[place, clone], exchange.flip[row, place, clone], chance.keys[row, 0], chance.keys[row, 1],
                                 np.uint32(place), chance.words[clone], chance.step, np.uint32(SWITCH))  # fmt: skip
            if cells[place, other] > 0:
                back = binomial(cells[place, other], exchange.flip[row, place, other], chance.keys[row, 0], chance.keys[row, 1],
                                np.uint32(place), chance.words[other], chance.step, np.uint32(SWITCH))  # fmt: skip
            cells[place, clone] += back - there
            cells[place, other] += there - back


@njit(cache=True, nogil=True, error_model="numpy")
def _link(cells: IntArray, row: int, links: Links, chance: Chance) -> None:
    """Switching along every link of one world (place, clone), the exact law of two states one link after the other.

    The order of the links turns with the step, which makes the pair of steps symmetric, as in `_spread`.
    """
    key0, key1, step = chance.keys[row, 0], chance.keys[row, 1], chance.step
    last = links.first.size - 1
    for nth in range(links.first.size):
        link = nth if step % 2 == 0 else last - nth
        first, second = links.first[link], links.second[link]
        for place in range(cells.shape[0]):
            near, far, here, flip = cells[place, first], cells[place, second], np.uint32(place), links.flip[row, place, link]
            there = back = 0
            if near > 0:
                there = binomial(near, flip[0], key0, key1, here, links.word[link, 0], step, np.uint32(SWITCH))
            if far > 0:
                back = binomial(far, flip[1], key0, key1, here, links.word[link, 1], step, np.uint32(SWITCH))
            cells[place, first] = near - there + back
            cells[place, second] = far - back + there


@njit(cache=True, nogil=True, error_model="numpy")
def _spread(cells: IntArray, row: int, chances: FloatArray, chance: Chance) -> None:
    """Spread to neighbouring shells of one world (place, clone); `chances` from `spread_chances`.

    Every other face first, then the rest; the order turns with the step, which makes the pair of steps symmetric.
    """
    key0, key1, step = chance.keys[row, 0], chance.keys[row, 1], chance.step
    for clone in range(cells.shape[1]):
        if not _found(cells, clone):
            continue
        word = chance.words[clone]
        for half in range(2):
            for face in range((int(step) + half) % 2, cells.shape[0] - 1, 2):
                near, far = cells[face, clone], cells[face + 1, clone]
                out = back = 0
                if near > 0:
                    out = binomial(near, chances[face, 1], key0, key1, np.uint32(face), word, step, np.uint32(OUTWARD))
                if far > 0:
                    back = binomial(far, chances[face, 0], key0, key1, np.uint32(face), word, step, np.uint32(INWARD))
                cells[face, clone] = near - out + back
                cells[face + 1, clone] = far - back + out


@njit(cache=True, nogil=True, error_model="numpy")
def _divide(cells: IntArray, row: int, table: Transition, chance: Chance) -> None:
    """A step of birth and death in every place of one world (place, clone): survivors binomial, offspring negative binomial."""
    key0, key1 = chance.keys[row, 0], chance.keys[row, 1]
    for clone in range(cells.shape[1]):
        word = chance.words[clone]
        for place in range(cells.shape[0]):
            count, here = cells[place, clone], np.uint32(place)
            if count == 0:
                continue
            alive = binomial(count, table.stay[row, place, clone], key0, key1, here, word, chance.step, np.uint32(SURVIVE))
            if alive > 0:
                alive += offspring(alive, table.extra[row, place, clone], key0, key1, here, word, chance.step, np.uint32(EXTRA))
            cells[place, clone] = alive


@njit(cache=True, nogil=True, error_model="numpy")
def _settle(count: int, row: int, place: int, edge: int, births: Births, chance: Chance) -> int:
    """How many cells `count` mutants of an edge are by the end of the step.

    They arrive as their parents divide. Survival and mean size are averaged over the arrival by two-point Gauss-Legendre quadrature
    in proportion to the parents there (exact to fourth order in the step); the living lines are geometric with that mean.
    """
    table, mutation, time = births
    word, child, parent = mutation.word[edge], mutation.child[edge], mutation.parent[edge]
    growth = (table.birth[row, place, parent] - table.death[row, place, parent]) * time
    early = 1.0 / (1.0 + np.exp(growth / np.sqrt(3.0)))
    alive = size = 0.0
    for node in range(2):
        left = time * (0.5 + (0.5 - node) / np.sqrt(3.0))
        stay, extra, _ = line_fate(table.birth[row, place, child], table.death[row, place, child], left)
        weight = early if node == 0 else 1.0 - early
        alive += weight * stay
        size += weight * stay * extra / (1.0 - extra)
    key0, key1, here = chance.keys[row, 0], chance.keys[row, 1], np.uint32(place)
    lines = binomial(count, alive, key0, key1, here, word, chance.step, np.uint32(ARRIVE))
    if lines == 0:
        return 0
    return lines + offspring(lines, size / (alive + size), key0, key1, here, word, chance.step, np.uint32(FOUND))


@njit(cache=True, nogil=True, error_model="numpy")
def _mutate(before: IntArray, cells: IntArray, row: int, births: Births, chance: Chance) -> None:
    """Add the mutants born within the step to one world (place, clone); `before` holds the cells at its start."""
    table, mutation, _ = births
    for edge in range(mutation.parent.size):
        rate = mutation.rate[row, edge]
        parent, child = mutation.parent[edge], mutation.child[edge]
        if rate <= 0.0 or not _found(before, parent):
            continue
        for place in range(cells.shape[0]):
            if before[place, parent] == 0:
                continue
            mean = before[place, parent] * table.divisions[row, place, parent] * rate
            born = poisson(mean, chance.keys[row, 0], chance.keys[row, 1], np.uint32(place), mutation.word[edge], chance.step,
                           np.uint32(MUTATE))  # fmt: skip
            if born > 0:
                cells[place, child] += _settle(born, row, place, edge, births, chance)


@njit(cache=True, nogil=True, error_model="numpy")
def advance(
    cells: IntArray, table: Transition, mutation: Mutation, exchange: Exchange, chance: Chance, times: tuple[float, float]
) -> None:
    """One step for a batch of worlds, in place; `cells` (world, place, clone); `times` (days of moves, days of birth and death).

    Strang splitting: half a step of switching and spread, an exact birth-death step with mutants arriving within it, half a step
    of spread and switching. The later half of a step and the earlier half of the next are the same law and are drawn as one, so
    that `times` is (t/2, t) in the first step, (mean of both steps, t) afterwards and (t/2, 0) at the very end. Which of
    switching and spread comes first turns with the step. The splitting error is of second order in the step.
    """
    before = np.empty_like(cells[0])
    chances = np.empty((cells.shape[1] - 1, 2))
    for row in range(cells.shape[0]):
        here = cells[row]
        if not here.any():
            continue
        spread_chances(exchange.faces[row], exchange.mobility[row], times[0], chances)
        if chance.step % 2 == 0:
            _switch(here, row, exchange, chance)
        _spread(here, row, chances, chance)
        if chance.step % 2 == 1:
            _switch(here, row, exchange, chance)
        if times[1] > 0.0:
            before[:] = here
            _divide(here, row, table, chance)
            _mutate(before, here, row, Births(table, mutation, times[1]), chance)


@njit(cache=True, nogil=True, error_model="numpy")
def advance_linked(
    cells: IntArray, table: Transition, mutation: Mutation, moves: Moves, chance: Chance, times: tuple[float, float]
) -> None:
    """The step of `advance` for clones that are linked as well: the links stand between the switching of pairs and the spread.

    In even steps pairs, links, spread, in odd ones the other way round. Without cells on a link it is `advance`, draw for draw.
    """
    before, exchange = np.empty_like(cells[0]), moves.exchange
    chances = np.empty((cells.shape[1] - 1, 2))
    for row in range(cells.shape[0]):
        here = cells[row]
        if not here.any():
            continue
        spread_chances(exchange.faces[row], exchange.mobility[row], times[0], chances)
        if chance.step % 2 == 0:
            _switch(here, row, exchange, chance)
            _link(here, row, moves.links, chance)
        _spread(here, row, chances, chance)
        if chance.step % 2 == 1:
            _link(here, row, moves.links, chance)
            _switch(here, row, exchange, chance)
        if times[1] > 0.0:
            before[:] = here
            _divide(here, row, table, chance)
            _mutate(before, here, row, Births(table, mutation, times[1]), chance)


@njit(cache=True, nogil=True, error_model="numpy")
def turn(cells: IntArray, rows: IntArray, fate: FloatArray, words: NDArray[np.uint32], chance: Chance) -> None:
    """Cells of some worlds stay, turn into others or die at once, in place: `fate` (n, place, clone, clone) from row to column.

    `cells` (world, place, clone); `rows` (n,); `words` (clone, clone) the addresses of those that turn. Who stays is drawn first:
    where nobody turns it is `thin`, draw for draw.
    """
    after = np.empty(cells.shape[2], np.int64)
    key0, key1, step, purpose = chance.keys[:, 0], chance.keys[:, 1], chance.step, np.uint32(THIN)
    for at in range(rows.size):
        row = rows[at]
        for place in range(cells.shape[1]):
            after[:] = 0
            for clone in range(cells.shape[2]):
                left, rest = cells[row, place, clone], 1.0
                for nth in range(-1, cells.shape[2]):
                    other = clone if nth < 0 else nth
                    share = fate[at, place, clone, other]
                    if left == 0 or share <= 0.0 or nth == clone:
                        continue
                    word = chance.words[clone] if nth < 0 else words[clone, other]
                    gone = left
                    if share < rest:
                        gone = binomial(left, share / rest, key0[row], key1[row], np.uint32(place), word, step, purpose)
                    after[other] += gone
                    left -= gone
                    rest -= share
            cells[row, place] = after


@njit(cache=True, nogil=True, error_model="numpy")
def thin(cells: IntArray, rows: IntArray, keep: FloatArray, chance: Chance) -> None:
    """Take cells away from some worlds at once, in place: each cell of a place stays with the chance `keep`.

    `cells` (world, place, clone); `rows` (n,) the worlds that are thinned; `keep` (n, place).
    """
    for at in range(rows.size):
        row = rows[at]
        for clone in range(cells.shape[2]):
            for place in range(cells.shape[1]):
                if cells[row, place, clone] > 0 and keep[at, place] < 1.0:
                    cells[row, place, clone] = binomial(cells[row, place, clone], keep[at, place], chance.keys[row, 0],
                                                        chance.keys[row, 1], np.uint32(place), chance.words[clone],
                                                        chance.step, np.uint32(THIN))  # fmt: skip
