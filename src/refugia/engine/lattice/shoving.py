"""Births that make room for themselves: the third part of a step, where births do not claim an empty neighbour.

The cells that divide take their turns in the order of hashes of (place, step). Each looks along the straight lines through its
place, those to its neighbours, for the empty place that is nearest; what lies between is shoved one place on, cells and inert
matter alike, and the daughter takes the place beside its mother. Of equally near ones that counts which comes first from a line
chosen by chance on. A wall or the side of the lattice closes a line; where all are closed, nothing comes of the birth.

The turns are taken one after the other, on one thread, and a cell that is shoved before its turn takes it where it then is.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from refugia.engine.addresses import FOUND
from refugia.engine.lattice.board import BIRTHS, DAUGHTER, EVENT, SHOVES, Board, Luck, Pace, coordinates, mixed
from refugia.engine.philox import philox, uniforms

_HALF = np.uint64(32)


class Mutants(NamedTuple):
    """The mutants of a step, each column (n,): the clone of the mother, genotype, place at birth, and the word of the new clone."""

    mother: NDArray[np.int32]
    genotype: NDArray[np.int32]
    place: NDArray[np.int32]
    word: NDArray[np.uint32]


def shoved(board: Board, pace: Pace, luck: Luck, words: NDArray[np.uint32], double: NDArray[np.bool_]) -> Mutants:
    """Carry out the births that a turn has marked on the board that it returned.

    `words` (clone,) are those of the clones there are. Mutants stand on the board as cells of new clones, numbered from
    `words.size` on; one of a `double` (genotype,) takes two numbers, of which it is the first.
    """
    place = np.flatnonzero(board.spare == SHOVES)
    at = place[np.argsort(_hashes(place, luck.salt), kind="stable")]
    return Mutants(*_taken(board, pace, luck, at, (words, double)))


@njit(cache=True, nogil=True, error_model="numpy")
def _hashes(place, salt):
    """The hash (n,) of each place in a step."""
    found = np.empty(place.size, np.uint64)
    for k in range(place.size):
        found[k] = mixed(salt ^ np.uint64(place[k]))
    return found


@njit(cache=True, nogil=True, error_model="numpy")
def _steps(place, way, lattice, most):
    """How many steps along a way the first empty place is, if its squared distance is less than `most`; 0 if there is none."""
    kinds, ways, far, shape = lattice
    z, y, x = coordinates(place, shape)
    dz, dy, dx = ways[way, 0], ways[way, 1], ways[way, 2]
    squared, steps = dz * dz + dy * dy + dx * dx, 0
    while True:
        z, y, x, steps = z + dz, y + dy, x + dx, steps + 1
        if not (0 <= z < shape[0] and 0 <= y < shape[1] and 0 <= x < shape[2]) or steps * steps * squared >= most:
            return 0
        kind = kinds[place + steps * far[way]]
        if kind == 0:
            return steps
        if kind == -1:
            return 0


@njit(cache=True, nogil=True, error_model="numpy")
def _line(place, word, lattice):
    """The way to the nearest empty place, and how many steps it is along it; 0 where there is none.

    `lattice`: kind (places,), ways (n, 3), far (n,) and shape (3,) as in `Board`.
    """
    ways = lattice[1]
    count, best, taken = ways.shape[0], 0, 0
    most = np.int64(1) << 62
    start = np.int64((np.uint64(word) * np.uint64(count)) >> _HALF)
    for turn in range(count):
        way = (start + turn) % count
        steps = _steps(place, way, lattice, most)
        if steps > 0:
            best, taken = way, steps
            most = steps * steps * (ways[way, 0] ** 2 + ways[way, 1] ** 2 + ways[way, 2] ** 2)
    return best, taken


@njit(cache=True, nogil=True, error_model="numpy")
def _shift(place, far, steps, kind, turns, at):
    """Shove what lies along a line of so many steps one place on, and with it the turns of those that have not had theirs."""
    for step in range(steps, 1, -1):
        to, source = place + step * far, place + (step - 1) * far
        kind[to], turns[to] = kind[source], turns[source]
        if turns[to] > 0:
            at[turns[to] - 1] = to
    turns[place + far] = 0


@njit(cache=True, nogil=True, error_model="numpy")
def _touch(place, board):
    """Say that a place of this block has been filled."""
    z, y, x = coordinates(place, board.shape)
    block = (z // board.size[0] * board.along[1] + y // board.size[1]) * board.along[2] + x // board.size[2]
    board.touched[block] = 1
    board.tally[block, BIRTHS] += 1


@njit(cache=True, nogil=True, error_model="numpy")
def _taken(board, pace, luck, at, clones):
    """Take the turns of the cells `at` (n,) in their order; columns of the mutants."""
    words, double = clones
    lattice = (board.kind, board.ways, board.far, board.shape)
    kind, far, size, clone = board.kind, board.far, 0, np.int64(words.size)
    start, turns = at.copy(), board.turns
    mother, genotype = np.empty(at.size, np.int32), np.empty(at.size, np.int32)
    born, word = np.empty(at.size, np.int32), np.empty(at.size, np.uint32)
    for k in range(at.size):
        turns[at[k]] = k + 1
    for k in range(at.size):
        place = at[k]
        turns[place] = 0
        way, steps = _line(place, philox(start[k], 0, luck.step, EVENT << 16, luck.key0, luck.key1)[1], lattice)
        if steps == 0:
            continue
        _touch(place + steps * far[way], board)
        _shift(place, far[way], steps, kind, turns, at)
        kind[place + far[way]] = kind[place]
        own = kind[place] - 1
        odds = pace.become[pace.genotype[own]]
        u = uniforms(start[k], 0, luck.step, DAUGHTER << 16, luck.key0, luck.key1)[0]
        if u < odds[-1]:
            child = np.searchsorted(odds, u, side="right")
            mother[size], genotype[size], born[size] = own, child, place + far[way]
            word[size] = philox(start[k], words[own], luck.step, FOUND << 16, luck.key0, luck.key1)[0]
            kind[place + far[way]] = clone + 1
            clone += 2 if double[child] else 1
            size += 1
    return mother[:size].copy(), genotype[:size].copy(), born[:size].copy(), word[:size].copy()
