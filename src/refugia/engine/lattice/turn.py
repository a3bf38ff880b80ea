"""One step of a board: all decide, then all is carried out, on a small pool of threads."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
from numpy.typing import NDArray

from refugia.engine.lattice.board import FRESH, Board, Luck, Pace, mixed
from refugia.engine.lattice.decisions import decide
from refugia.engine.lattice.places import Blocks
from refugia.engine.lattice.settling import mutants, settle

EVERYWHERE = np.ones(1, np.uint8)
"""Moves may end in any place."""
_WORDS = 2.0**32
_LOT = 16  # blocks a thread takes at a time, at least


def board_of(
    kind: NDArray[np.int32], blocks: Blocks, ways: NDArray[np.int64], inner: NDArray[np.uint8] = EVERYWHERE, *, shove: bool = False
) -> Board:
    """The board of a lattice `kind` (places,), which it changes; `inner` as in `Board`; `shove`: for births that shove."""
    count = int(np.prod(blocks.along))
    occupied = np.zeros(count, np.uint8)
    occupied[blocks.holding(np.flatnonzero(kind > 0))] = 1
    _, y, x = blocks.shape
    return Board(
        kind=kind,
        mark=np.zeros(kind.size, np.uint8),
        spare=np.zeros(kind.size, np.uint8),
        ways=ways,
        far=ways @ np.array([y * x, x, 1]),
        shape=np.array(blocks.shape, np.int64),
        size=np.array(blocks.size, np.int64),
        along=np.array(blocks.along, np.int64),
        occupied=occupied,
        touched=np.zeros(count, np.uint8),
        tally=np.zeros((count, 4), np.int64),
        inner=inner,
        turns=np.zeros(kind.size if shove else 1, np.int32),
    )


def luck_of(key: tuple[np.uint32, np.uint32], step: int) -> Luck:
    """The chance of a step of the lattice of this key."""
    salt = mixed(np.uint64(key[0]) << np.uint64(32) | np.uint64(key[1])) ^ (np.uint64(step) << np.uint64(32))
    return Luck(*key, np.uint32(step), np.uint64(salt))


def ceiling_of(highest: float, day: float) -> np.uint64:
    """From which first word on nothing happens in a step of so many days, if no cell has more than so many events a day."""
    chance = -np.expm1(-highest * day)
    return np.uint64(min(np.floor(chance * _WORDS) + 1.0, _WORDS))


def turn(
    board: Board, pace: Pace, luck: Luck, pool: ThreadPoolExecutor | None = None, threads: int = 1
) -> tuple[Board, NDArray[np.int64], NDArray[np.int32]]:
    """The board after a step, and its mutants: places (n,) in order, whatever the blocks, and the genotype (n,) of each.

    A mutant stands on the board as a cell of its mother's clone: who calls names its own.
    """
    active = np.flatnonzero(board.occupied | board.touched)
    board.touched[:] = 0
    _shared(lambda part: decide(board, pace, luck, part), active, pool, threads)
    board.occupied[active] |= board.touched[active]
    every = np.union1d(active, np.flatnonzero(board.touched)) if board.touched.any() else active
    _shared(lambda part: settle(board, pace, luck, part), every, pool, threads)
    fresh = every[board.tally[every, FRESH] > 0]
    places, genotypes = mutants(board, pace, luck, fresh) if fresh.size else (np.zeros(0, np.int64), np.zeros(0, np.int32))
    order = np.argsort(places)
    return board._replace(mark=board.spare, spare=board.mark), places[order], genotypes[order]


def _shared(run: Callable[[Any], object], blocks: NDArray[np.int64], pool: ThreadPoolExecutor | None, threads: int) -> None:
    """Run over the blocks, in lots shared among the threads."""
    lots = min(4 * threads, blocks.size // _LOT)
    if pool is None or lots < 2:
        run(blocks)
        return
    for done in [pool.submit(run, lot) for lot in np.array_split(blocks, lots)]:
        done.result()
