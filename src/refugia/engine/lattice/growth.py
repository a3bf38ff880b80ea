"""A lattice that grows: its state, the rules by which its cells live, and steps driven by a small pool of threads."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from refugia.engine.lattice.board import BIRTHS, DEATHS, MOVED, Pace
from refugia.engine.lattice.lineage import Lineage, Register
from refugia.engine.lattice.places import Blocks, Neighbourhood, Shape, offsets
from refugia.engine.lattice.turn import board_of, ceiling_of, luck_of, turn

BLOCK = (8, 8, 64)


class Rules(NamedTuple):
    """How cells live: `birth`, `death`, `move` (genotype,) 1/day, `takes` (genotype,) shares of the kill at their place.

    `become` (genotype, genotype): the chance that a daughter of the first is of the second; what is missing to 1 stays as it is.
    """

    birth: NDArray[np.float64]
    death: NDArray[np.float64]
    move: NDArray[np.float64]
    takes: NDArray[np.float64]
    become: NDArray[np.float64]

    @classmethod
    def of(
        cls, birth: ArrayLike, death: ArrayLike, move: ArrayLike = 0.0, takes: ArrayLike = 1.0, become: ArrayLike = 0.0
    ) -> Rules:
        """Rules for as many genotypes as `birth` has; single numbers hold for all. Raises ValueError where a number cannot be.

        >>> Rules.of([1.0, 2.0], 0.1).death.tolist()
        [0.1, 0.1]
        """
        size = np.atleast_1d(np.asarray(birth)).size
        rates = [np.array(np.broadcast_to(np.asarray(one, np.float64), (size,))) for one in (birth, death, move, takes)]
        odds = np.array(np.broadcast_to(np.asarray(become, np.float64), (size, size)))
        np.fill_diagonal(odds, 0.0)
        if any(not np.isfinite(one).all() or one.min() < 0.0 for one in (*rates, odds)):
            raise ValueError("A rate of the lattice is negative or no number. Give rates of 0 or more, 1/day.")
        if odds.sum(axis=1).max() > 1.0:
            raise ValueError("The chances of a daughter's genotypes pass 1. Let each line of become add up to 1 or less.")
        return cls(rates[0], rates[1], rates[2], rates[3], odds)


class Tally(NamedTuple):
    """What has happened on a lattice so far."""

    births: int
    deaths: int
    moves: int


class Lattice:
    """Cells on a lattice, one a place: `kind` (Z, Y, X) int32, 0 empty, -1 walled, else one more than the line of the clone.

    `day` and `step` say how far it has come. The bits of its course hang on the key and the start, not on blocks or threads.
    Raises ValueError where `kind` names clones that have no genotype.

    >>> start = np.zeros((1, 9, 9), np.int32)
    >>> start[0, 4, 4] = 1
    >>> lattice = Lattice(start, [0], key=(1, 2))
    >>> tally = lattice.grow(Rules.of([1.0], 0.0), day=0.1, steps=10)
    >>> int((lattice.kind > 0).sum()) == 1 + tally.births
    True
    """

    def __init__(
        self,
        kind: ArrayLike,
        genotypes: ArrayLike,
        key: tuple[int, int],
        neighbourhood: Neighbourhood = Neighbourhood.MOORE,
        *,
        block: Shape = BLOCK,
    ) -> None:
        """Place founders: `kind` (Z, Y, X) as above, `genotypes` of its clones in the order of their lines, `key` two words."""
        start = np.array(kind, np.int32)
        genotype = np.asarray(genotypes, np.int32)
        _check(start, genotype)
        z, y, x = start.shape
        self.blocks = Blocks.of((z, y, x), block)
        flat = start.reshape(-1)
        named, first = np.unique(flat, return_index=True)
        places = np.full(genotype.size, -1)
        places[named[named > 0] - 1] = first[named > 0]
        self._register = Register(genotype, places)
        self._genotypes = int(genotype.max()) + 1
        self._key = (np.uint32(key[0]), np.uint32(key[1]))
        self._board = board_of(flat, self.blocks, offsets(neighbourhood, (z, y, x)))
        self.day, self.step = 0.0, 0

    @property
    def kind(self) -> NDArray[np.int32]:
        """Who is where, (Z, Y, X), as a view."""
        return self._board.kind.reshape(self.blocks.shape)

    @property
    def lineage(self) -> Lineage:
        """Every clone that ever was."""
        return self._register.lineage

    @property
    def tally(self) -> Tally:
        """Births, deaths and moves so far."""
        total = self._board.tally.sum(axis=0)
        return Tally(int(total[BIRTHS]), int(total[DEATHS]), int(total[MOVED]))

    def grow(
        self, rules: Rules, day: float, steps: int, growth: ArrayLike = 1.0, kill: ArrayLike = 0.0, *, threads: int = 1
    ) -> Tally:
        """Go `steps` on of `day` days each; `growth` - and `kill` 1/day are single numbers or fields (Z, Y, X)."""
        pace = _pace(rules, day, self._field(growth), self._field(kill), self.lineage.genotype)
        if rules.birth.size < self._genotypes:
            raise ValueError(f"There are rates for {rules.birth.size} genotypes, but {self._genotypes} on the lattice. Add rates.")
        self._genotypes = max(self._genotypes, rules.birth.size)
        with ThreadPoolExecutor(threads) as pool:
            for _ in range(steps):
                self._step(pace, pool if threads > 1 else None, threads)
                pace = pace._replace(genotype=self.lineage.genotype)
        return self.tally

    def _field(self, values: ArrayLike) -> NDArray[np.float32]:
        field = np.asarray(values, np.float32)
        if field.shape not in ((), self.blocks.shape):
            raise ValueError(f"A field of the lattice has the shape {field.shape}. Give one of {self.blocks.shape}.")
        if not np.isfinite(field).all() or field.min() < 0.0:
            raise ValueError("A field of the lattice is negative or no number somewhere. Give factors and rates of 0 or more.")
        return np.ascontiguousarray(field).reshape(-1)

    def _step(self, pace: Pace, pool: ThreadPoolExecutor | None, threads: int) -> None:
        luck = luck_of(self._key, self.step)
        self.day, self.step = self.day + float(pace.day), self.step + 1
        self._board, places, genotypes = turn(self._board, pace, luck, pool, threads)
        if places.size:
            self._found(places, genotypes)

    def _found(self, places: NDArray[np.int64], genotypes: NDArray[np.int32]) -> None:
        """New clones in the order of their places."""
        kind = self._board.kind
        kind[places] = 1 + self._register.found(kind[places] - 1, genotypes, self.day, places)


def _check(kind: NDArray[np.int32], genotype: NDArray[np.int32]) -> None:
    if kind.ndim != 3 or kind.size == 0 or kind.size >= 2**31:
        raise ValueError(
            f"A lattice has the shape (Z, Y, X) and less than 2^31 places, not {kind.shape}. In two dimensions Z is 1."
        )
    if genotype.ndim != 1 or genotype.size == 0 or genotype.min() < 0:
        raise ValueError("A lattice needs the genotype of every founder, 0 or more. Give them in one row.")
    if kind.min() < -1 or kind.max() > genotype.size:
        raise ValueError(f"kind holds {kind.min()} to {kind.max()}: there are {genotype.size} clones. Use -1 (wall), 0 and these.")


def _pace(rules: Rules, day: float, growth: NDArray[np.float32], kill: NDArray[np.float32], genotype: NDArray[np.int32]) -> Pace:
    highest = rules.birth * float(growth.max()) + rules.death + rules.takes * float(kill.max()) + rules.move
    birth, death, move = rules.birth[None], rules.death[None], rules.move[None]
    odds = np.cumsum(rules.become, axis=1)
    return Pace(genotype, np.zeros(1, np.int32), birth, death, move, rules.takes, growth, kill, odds, np.float64(day),
                ceiling_of(float(highest.max()), day), False)  # fmt: skip
