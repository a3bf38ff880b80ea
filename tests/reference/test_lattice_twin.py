"""The lattice equals its plain twin cell for cell, and its bits hang on neither blocks nor threads."""

from __future__ import annotations

import numpy as np
import pytest

from refugia.engine.lattice.growth import Lattice, Rules
from refugia.engine.lattice.places import Neighbourhood
from tests.reference.plain_lattice import Plain

KEY = (0x12345678, 0x9ABCDEF0)
BECOME = np.array([[0.0, 0.1, 0.05], [0.0, 0.0, 0.2], [0.1, 0.0, 0.0]])
RULES = Rules.of([1.0, 1.5, 0.7], [0.3, 0.2, 0.4], [0.5, 0.0, 0.9], become=BECOME)


def start(shape: tuple[int, int, int], fill: float, seed: int) -> np.ndarray:
    """Founders of three clones, and a few walls."""
    rng = np.random.default_rng(seed)
    kind = np.where(rng.random(shape) < fill, rng.integers(1, 4, shape), 0)
    return np.where(rng.random(shape) < 0.05, -1, kind).astype(np.int32)


@pytest.mark.parametrize("corners", [True, False])
@pytest.mark.parametrize("shape", [(1, 9, 13), (5, 6, 7), (1, 1, 30), (4, 1, 9)])
def test_the_lattice_equals_its_plain_twin(shape: tuple[int, int, int], corners: bool) -> None:
    kind = start(shape, 0.4, 7)
    lattice = Lattice(kind, [0, 1, 2], KEY, Neighbourhood.MOORE if corners else Neighbourhood.VON_NEUMANN, block=(2, 3, 4))
    cells = {tuple(map(int, at)): int(kind[tuple(at)]) for at in np.argwhere(kind > 0)}
    walls = {tuple(map(int, at)) for at in np.argwhere(kind < 0)}
    plain = Plain(shape, cells, walls, [(-1, one, 0.0, 0) for one in range(3)], KEY, corners)
    rates = [{"birth": RULES.birth[g], "death": RULES.death[g], "move": RULES.move[g]} for g in range(3)]
    for _ in range(12):
        plain.advance(rates, BECOME.tolist(), 0.2)
    tally = lattice.grow(RULES, 0.2, 12)
    expected = np.where(kind < 0, -1, 0)
    for at, clone in plain.cells.items():
        expected[at] = clone
    assert np.array_equal(lattice.kind, expected)
    assert list(tally) == plain.events
    lineage = lattice.lineage
    assert [tuple(line) for line in zip(*(column[3:].tolist() for column in lineage), strict=True)] == [
        (parent, genotype, pytest.approx(day), place) for parent, genotype, day, place in plain.clones[3:]
    ]
    assert len(lineage.parent) > 3


def grown(block: tuple[int, int, int], threads: int) -> Lattice:
    """A lattice of many blocks, with fields."""
    shape = (12, 20, 30)
    lattice = Lattice(start(shape, 0.2, 3), [0, 1, 2], KEY, block=block)
    rng = np.random.default_rng(5)
    growth, kill = rng.random(shape), rng.random(shape)
    lattice.grow(RULES, 0.1, 7, growth, kill, threads=threads)
    lattice.grow(RULES, 0.1, 6, growth, 0.0, threads=threads)
    return lattice


@pytest.mark.parametrize(("block", "threads"), [((1, 1, 1), 2), ((2, 2, 3), 1), ((2, 2, 3), 2), ((3, 5, 64), 2), ((64, 64, 64), 2)])
def test_blocks_and_threads_change_no_bit(block: tuple[int, int, int], threads: int) -> None:
    one, other = grown((8, 8, 64), 1), grown(block, threads)
    assert np.array_equal(one.kind, other.kind)
    assert one.tally == other.tally
    for mine, theirs in zip(one.lineage, other.lineage, strict=True):
        assert np.array_equal(mine, theirs)
    assert one.lineage.parent.size > 20


def test_only_blocks_with_cells_are_gone_through() -> None:
    kind = np.zeros((40, 40, 40), np.int32)
    kind[20, 20, 20] = 1
    lattice = Lattice(kind, [0], KEY, block=(4, 4, 4))
    lattice.grow(Rules.of([1.0], 0.0), 0.1, 8)
    held = lattice.blocks.holding(np.flatnonzero(lattice.kind > 0))
    assert int((lattice._board.occupied | lattice._board.touched).sum()) <= held.size
    assert held.size < lattice._board.occupied.size / 50
