"""What one step of a lattice of one cell a place works on, and the law by which it goes.

All cells look at the lattice as it was at the start of the step. At most one thing happens to a cell in a step: with rates b, d, m
(birth, death, movement) its first event falls into the step with the chance 1 - exp(-(b + d + m) t), and is a birth with b over
their sum, and so on. A birth or a move needs an empty neighbour, one of which is chosen at random and claimed; otherwise nothing
comes of it. A claimed place takes the claim of the largest hash of (source, step), so that neither the order of places nor that of
threads counts. A mark says what a cell decided, or that a place is claimed; no pass writes what another thread reads in the same
pass.

Chance is that of the place, since it holds one cell: one Philox block gives a first word to four neighbouring places, and only
where that word lets an event be possible a block of the place's own refines it (64 bits in all) and chooses the neighbour.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

FATE, EVENT, DAUGHTER = 32, 33, 34
"""Purposes of the draws: the first word of a place, what refines it, and what a daughter becomes."""
DIVIDES, MOVES, SHOVES, DIES, CLAIMED = 1, 33, 253, 254, 255
"""Marks: the first two plus the index of the neighbour that is claimed; SHOVES where a birth claims none."""
MATTER = -2
"""What may lie in a place beside cells (1 and more), walls (-1) and nothing (0): inert matter, which moves where it is shoved."""
BIRTHS, DEATHS, MOVED, FRESH = 0, 1, 2, 3
"""Columns of the tally of a block; FRESH counts the mutants of this step alone."""

_ONE = np.uint32(1)
_TOP = np.uint32(27)
_BRUIJN = np.uint32(0x077CB531)  # its 32 shifts begin with 32 different runs of five bits
_BITS = np.array([((0x077CB531 << bit) & 0xFFFFFFFF) >> 27 for bit in range(32)]).argsort()


class Board(NamedTuple):
    """The lattice and its marks, flat (places,), and its blocks.

    `kind` int32: 0 empty, -1 walled, MATTER, else one more than the clone's line; `mark` and `spare` uint8, of which `spare` is
    clear between steps; `ways` (n, 3) steps to neighbours and `far` (n,) the same as places, sorted so that the ways k and
    n - 1 - k oppose; `shape`, `size`, `along` (3,): of the lattice, of a block, of blocks along each axis; `occupied`, `touched`
    (blocks,) uint8; `tally` (blocks, 4) int64; `inner` (places,) uint8, or (1,) for all: 1 where a move may end (a birth may
    everywhere); `turns` (places,) int32, or (1,) where no birth shoves: zeros between steps.
    """

    kind: NDArray[np.int32]
    mark: NDArray[np.uint8]
    spare: NDArray[np.uint8]
    ways: NDArray[np.int64]
    far: NDArray[np.int64]
    shape: NDArray[np.int64]
    size: NDArray[np.int64]
    along: NDArray[np.int64]
    occupied: NDArray[np.uint8]
    touched: NDArray[np.uint8]
    tally: NDArray[np.int64]
    inner: NDArray[np.uint8]
    turns: NDArray[np.int32]


class Pace(NamedTuple):
    """Rates (line, genotype) 1/day, fields (places,) or (1,), and which clone has which genotype.

    `line` (places,) or (1,): the line of the rates of each place. Birth there is `birth` times `growth`, death `death` plus `takes`
    (genotype,) times `kill`. `become` (genotype, genotype): the chance that a daughter is of that genotype or one before, its own
    left out. `day`: the step; `ceiling`: first words from here on mean that nothing happens; `shove`: whether births claim nothing,
    because they make room for themselves afterwards (`shoving`).
    """

    genotype: NDArray[np.int32]
    line: NDArray[np.int32]
    birth: NDArray[np.float64]
    death: NDArray[np.float64]
    move: NDArray[np.float64]
    takes: NDArray[np.float64]
    growth: NDArray[np.float32]
    kill: NDArray[np.float32]
    become: NDArray[np.float64]
    day: np.float64
    ceiling: np.uint64
    shove: bool


class Luck(NamedTuple):
    """The key of the lattice, the number of the step, and the salt of its hashes."""

    key0: np.uint32
    key1: np.uint32
    step: np.uint32
    salt: np.uint64


@njit(cache=True, nogil=True, error_model="numpy", forceinline=True)
def mixed(bits):
    """A 64-bit word thoroughly mixed (Steele, Lea & Flood 2014, the finaliser of SplitMix64): one to one, so that nothing ties."""
    bits = np.uint64(bits) + np.uint64(0x9E3779B97F4A7C15)
    bits = (bits ^ (bits >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    bits = (bits ^ (bits >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return bits ^ (bits >> np.uint64(31))


@njit(cache=True, nogil=True, error_model="numpy", forceinline=True)
def lowest(bits):
    """Where the lowest bit of a 32-bit word stands that is set.

    >>> lowest(np.uint32(40))
    3
    """
    return _BITS[np.uint32((bits & (~bits + _ONE)) * _BRUIJN) >> _TOP]


@njit(cache=True, nogil=True, error_model="numpy", forceinline=True)
def without_lowest(bits):
    """The word without its lowest bit that is set.

    >>> int(without_lowest(np.uint32(40)))
    32
    """
    return np.uint32(bits & (bits - _ONE))


@njit(cache=True, nogil=True, error_model="numpy", forceinline=True)
def bit(flag, place):
    """A word whose one bit at `place` says whether."""
    return np.uint32(flag) << np.uint32(place)


@njit(cache=True, nogil=True, error_model="numpy", forceinline=True)
def coordinates(place, shape):
    """(z, y, x) of a place."""
    rest = place // shape[2]
    return rest // shape[1], rest % shape[1], place % shape[2]


@njit(cache=True, nogil=True, error_model="numpy", forceinline=True)
def within(at, way, ways, shape):
    """Whether the neighbour of `at` (z, y, x) along a way lies in the lattice."""
    return (0 <= at[0] + ways[way, 0] < shape[0] and 0 <= at[1] + ways[way, 1] < shape[1]
            and 0 <= at[2] + ways[way, 2] < shape[2])  # fmt: skip


@njit(cache=True, nogil=True, error_model="numpy", forceinline=True)
def amid(at, shape):
    """Whether all neighbours of `at` (z, y, x) lie in the lattice."""
    return (0 < at[2] < shape[2] - 1 and (0 < at[1] < shape[1] - 1 or shape[1] == 1)
            and (0 < at[0] < shape[0] - 1 or shape[0] == 1))  # fmt: skip


@njit(cache=True, nogil=True, error_model="numpy")
def corner(block, board):
    """Where a block begins and ends: (z0, z1, y0, y1, x0, x1)."""
    z, y, x = coordinates(block, board.along)
    z0, y0, x0 = z * board.size[0], y * board.size[1], x * board.size[2]
    return (z0, min(z0 + board.size[0], board.shape[0]), y0, min(y0 + board.size[1], board.shape[1]),
            x0, min(x0 + board.size[2], board.shape[2]))  # fmt: skip
