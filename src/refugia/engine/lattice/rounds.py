"""Rounds on a plane of one cell a place: cells are visited in random order and may die or divide, then a field takes a step.

A cell of kind k at field c dies with the chance die + kill c, and its place is free at once; else, with the chance divide, and if
one of the places around it (Moore, within the plane) is empty, a daughter goes into one of those at random and waits for the next
round.

Whether a cell would die or divide does not hang on the others. So these draws are made first, of which most say that nothing
happens, and only the cells to which something may happen are put in random order: the same law as an order of all. First words are
those of the places, a Philox block for every four, with a grain of 2^-32.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from refugia.engine.lattice.plane import Sweeps, spread, sweeps
from refugia.engine.philox import philox

VISIT, ORDER, DAUGHTERS = 36, 37, 38
"""Purposes of the draws: what a cell would do, the order of those that do something, and where a daughter goes."""
_WORD = 2.0**-32
_HALF = np.uint64(32)


class Habits(NamedTuple):
    """Chances in a round, of each kind (kind,): `divide`, `die`, `kill` (more death per unit of the field); `uptake` of a cell.

    Kind 0 is an empty place and has zeros.
    """

    divide: NDArray[np.float64]
    die: NDArray[np.float64]
    kill: NDArray[np.float64]
    uptake: np.float64


class Rounds(NamedTuple):
    """A course: cells of each kind (round, kind) after every round (kind 0 counts what is empty), and the mean field (round,)."""

    cells: NDArray[np.int32]
    field: NDArray[np.float64]


@njit(cache=True, nogil=True, error_model="numpy")
def _words(step, key0, key1, words):
    for group in range(words.size // 4):
        w0, w1, w2, w3 = philox(group, 0, step, VISIT << 16, key0, key1)
        at = np.uint64(4 * group)
        words[at], words[at + np.uint64(1)], words[at + np.uint64(2)], words[at + np.uint64(3)] = w0, w1, w2, w3


@njit(cache=True, nogil=True, error_model="numpy")
def _intents(kind, field, habits, words, acting):
    """Put into `acting` (2, n) the places to whose cells something may happen, and whether they die; how many there are."""
    divide, die, kill, size = habits.divide, habits.die, habits.kill, 0
    for place in range(kind.size):
        one = np.uint64(kind[place])
        death = die[one] + kill[one] * field[place]
        u = (np.float64(words[place]) + 0.5) * _WORD
        acting[0, np.uint64(size)], acting[1, np.uint64(size)] = place, u < death
        size += u < death + (1.0 - death) * divide[one]
    return size


@njit(cache=True, nogil=True, error_model="numpy")
def _shuffle(acting, size, step, key0, key1):
    """Fisher and Yates: a block of words for every four places of the order."""
    w0, w1, w2, w3 = np.uint32(0), np.uint32(0), np.uint32(0), np.uint32(0)
    for last in range(size - 1, 0, -1):
        lane = last & 3
        if lane == 3 or last == size - 1:
            w0, w1, w2, w3 = philox(last >> 2, 0, step, ORDER << 16, key0, key1)
        word = (w0 if lane == 0 else w1) if lane < 2 else (w2 if lane == 2 else w3)
        other = np.int64((np.uint64(word) * np.uint64(last + 1)) >> _HALF)
        for row in range(2):
            acting[row, last], acting[row, other] = acting[row, other], acting[row, last]


@njit(cache=True, nogil=True, error_model="numpy")
def _visit(kind, cells, acting, size, luck):
    """Carry out what the cells do on the plane `kind` (Y, X), one after the other, and keep count of them in `cells` (kind,)."""
    height, width = kind.shape
    step, key0, key1 = luck
    for one in range(size):
        y, x = acting[0, one] // width, acting[0, one] % width
        own = np.uint64(kind[y, x])
        if acting[1, one]:
            cells[own] -= 1
            kind[y, x] = 0
            continue
        y0, y1, x0, x1 = max(y - 1, 0), min(y + 2, height), max(x - 1, 0), min(x + 2, width)
        free = 0
        for j in range(y0, y1):
            for i in range(x0, x1):
                free += kind[j, i] == 0
        if free == 0:
            continue
        cells[own] += 1
        word = philox(acting[0, one], 0, step, DAUGHTERS << 16, key0, key1)[0]
        left = np.int64((np.uint64(word) * np.uint64(free)) >> _HALF)
        for j in range(y0, y1):
            for i in range(x0, x1):
                if kind[j, i] == 0:
                    if left == 0:
                        kind[j, i] = kind[y, x]
                    left -= 1


@njit(cache=True, nogil=True, error_model="numpy")
def _course(kind, field, habits, sweeps, walls, key):
    """Rounds with the `walls` (round,), as in `run`; changes `kind` and `field`."""
    rounds, kinds = walls.size, habits.divide.size
    cells, mean = np.zeros((rounds, kinds), np.int32), np.zeros(rounds)
    words, acting = np.empty((kind.size + 3) // 4 * 4, np.uint32), np.empty((2, kind.size + 1), np.int64)
    taken, change, turned = np.empty_like(field), np.empty_like(field), np.empty((field.shape[1], field.shape[0]))
    flat, level, used = kind.reshape(-1), field.reshape(-1), taken.reshape(-1)
    wet, now = level.max() > 0.0, np.zeros(kinds, np.int32)
    for place in range(flat.size):
        now[flat[place]] += 1
    for step in range(rounds):
        _words(step, key[0], key[1], words)
        size = _intents(flat, level, habits, words, acting)
        _shuffle(acting, size, step, key[0], key[1])
        _visit(kind, now, acting, size, (step, key[0], key[1]))
        now[0] = flat.size - now[1:].sum()
        cells[step] = now
        wet |= walls[step] > 0.0
        if wet:
            for place in range(flat.size):
                used[place] = habits.uptake * level[place] * (flat[place] > 0)
            spread(field, taken, walls[step], sweeps, change, turned)
            mean[step] = level.mean()
    return cells, mean


def run(
    kind: NDArray[np.int8],
    field: NDArray[np.float64],
    habits: Habits,
    number: float,
    walls: NDArray[np.float64],
    key: tuple[int, int],
) -> Rounds:
    """Rounds on a plane `kind` (Y, X) under a `field` (Y, X), both of which are moved on.

    `number` is the diffusion number D t / h^2 of a round; `walls` (round,) what the walls hold in each, negative where they are
    closed. Raises ValueError where the plane has fewer than two places along an axis, or chances pass 1.

    >>> habits = Habits(np.array([0.0, 0.2]), np.array([0.0, 0.1]), np.zeros(2), np.float64(0.0))
    >>> plane = np.ones((8, 8), np.int8)
    >>> run(plane, np.zeros((8, 8)), habits, 0.3, np.full(5, -1.0), (1, 2)).cells.sum(axis=1).tolist()
    [64, 64, 64, 64, 64]
    """
    if kind.ndim != 2 or min(kind.shape) < 2 or kind.min() < 0 or kind.max() >= habits.divide.size:
        raise ValueError(f"A plane has two places or more along both axes and kinds below {habits.divide.size}. Give such a one.")
    chances = (habits.divide, habits.die, habits.kill)
    if any(one.min() < 0.0 or one.max() > 1.0 or one[0] != 0.0 for one in chances):
        raise ValueError("A chance of a round is below 0 or above 1, or an empty place has one. Give chances, 0 for kind 0.")
    steps: Sweeps = sweeps((kind.shape[0], kind.shape[1]), number)
    words = np.array(key, np.uint32)
    cells, mean = _course(kind, field, habits, steps, np.asarray(walls, np.float64), words)
    return Rounds(cells, mean)
