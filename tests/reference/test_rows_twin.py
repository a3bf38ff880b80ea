"""The rows against their plain twin: the same integers, draw for draw; and the same bits for every tile and number of threads."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from refugia.engine.keys import name_word
from refugia.engine.rows.life import Edge, Ground, Life, ground, life
from refugia.engine.rows.lineage import Lineage, founders
from refugia.engine.rows.moment import Moment, moment
from refugia.engine.rows.rows import Rows, cells, occupied, rows_of
from refugia.engine.rows.step import advance, shift
from refugia.engine.voxels.grid import Grid
from tests.reference import plain_rows

PARTNER = [1, 0, -1]
EDGES = [Edge(0, 2, 3e-2, "gain"), Edge(2, 0, 1e-2, "back"), Edge(0, 0, 2e-2, "mark"), Edge(2, 2, 0.0, "never")]
SHAPES = [(1, 1, 30), (1, 5, 6), (3, 4, 5)]


class Patch:
    """A random piece of ground with its cells: walls, places without room, rates of each place."""

    def __init__(self, seed: int, shape: tuple[int, int, int], uniform: bool = False) -> None:
        rng = np.random.default_rng(seed)
        self.grid, self.rng, self.uniform = Grid(shape, 0.1), rng, uniform
        self.free = rng.random(self.grid.size) > 0.1
        self.capacity = rng.choice([0.0, 40.0, 3000.0], self.grid.size).astype(np.float32)
        self.factors = rng.uniform(0.0, 1.5, (2, self.grid.size)).astype(np.float32)
        shape_of_rates = (1 if uniform else self.grid.size, 3)
        self.birth, self.death = rng.uniform(0.1, 0.6, shape_of_rates), rng.uniform(0.0, 0.4, shape_of_rates)
        self.switch = rng.uniform(0.0, 0.4, shape_of_rates) * np.array([1.0, 1.0, 0.0])
        self.hop = np.array([0.2, 0.0, 0.4])
        self.ground = ground(self.grid, free=self.free, capacity=self.capacity, birth=self.factors[0], death=self.factors[1])
        self.lineage = founders([0, 2, 0], ["one", "two", "three"], PARTNER)
        many = 3 * self.grid.size
        sizes = rng.choice([1, 1, 2, 7, 300], many)
        self.rows = rows_of(rng.integers(0, self.grid.size, many), rng.integers(0, 5, many), sizes)

    def life(self, rows: Rows) -> Life:
        """The rates at the places that hold cells."""
        at = slice(None) if self.uniform else occupied(rows)
        return life(self.birth[at], self.death[at], self.hop, EDGES, partner=PARTNER, switch=self.switch[at])

    def plain(self) -> plain_rows.World:
        """The same for the twin."""
        places = range(self.grid.size)

        def at(table: np.ndarray, factor: np.ndarray | None = None) -> dict[int, list[float]]:
            factors = np.ones(len(places)) if factor is None else factor.astype(float)
            return {place: [float(rate * factors[place]) for rate in table[0 if self.uniform else place]] for place in places}

        order = sorted(EDGES, key=lambda edge: edge.parent)
        edges = [plain_rows.Edge(edge.parent, edge.child, name_word(edge.name), edge.rate) for edge in order]
        rates = (at(self.birth, self.factors[0]), at(self.death, self.factors[1]), at(self.switch))
        fixed = (self.hop.tolist(), edges, PARTNER, name_word("the other state"))
        return plain_rows.World(self.grid.shape, self.free.tolist(), self.capacity.tolist(), *rates, *fixed)


def plain_lines(lineage: Lineage) -> list[plain_rows.Clone]:
    """The lineage for the twin."""
    return [plain_rows.Clone(*line) for line in zip(*(column.tolist() for column in lineage), strict=True)]


def plain_cells(rows: Rows) -> plain_rows.Cells:
    """The rows for the twin."""
    return dict(zip(zip(rows.place.tolist(), rows.clone.tolist(), strict=True), rows.count.tolist(), strict=True))


def luck(now: Moment) -> plain_rows.Luck:
    """The step for the twin."""
    return plain_rows.Luck((int(now.key0), int(now.key1)), int(now.step), now.day, now.time)


def test_a_row_is_sorted_and_above_nought() -> None:
    """After a step as before it."""
    patch = Patch(5, (3, 4, 5))
    rows, _ = advance(patch.rows, patch.lineage, patch.ground, patch.life(patch.rows), moment(1, "here", 0, 0.0, 0.3))
    keys = rows.place.astype(np.int64) << 32 | rows.clone
    assert (np.diff(keys) > 0).all() and (rows.count > 0).all()
    assert [column.dtype for column in rows] == [np.int32] * 3


@pytest.mark.parametrize("uniform", [True, False])
@pytest.mark.parametrize("shape", SHAPES)
def test_steps_equal_their_twins(shape: tuple[int, int, int], uniform: bool) -> None:
    """Switching, birth, death, mutants, migration and merge, each step from where the last one ended."""
    patch = Patch(sum(shape) + uniform, shape, uniform)
    rows, lineage, world = patch.rows, patch.lineage, patch.plain()
    twin, lines = plain_cells(rows), plain_lines(lineage)
    for step, time in enumerate([0.3, 0.4, 0.05, 0.4]):
        now = moment(11, "here", step, 2.0 * step, time)
        rows, lineage = advance(rows, lineage, patch.ground, patch.life(rows), now)
        twin, lines = plain_rows.advance(twin, lines, world, luck(now))
        assert plain_cells(rows) == twin, f"step {step}"
        for line, plain in zip(plain_lines(lineage), lines, strict=True):
            assert line._replace(day=0.0) == plain._replace(day=0.0)
            assert line.day == pytest.approx(plain.day, rel=1e-12)
    assert len(lines) > 12 or shape == SHAPES[0]


@pytest.mark.parametrize("shape", SHAPES)
def test_flow_equals_its_twin(shape: tuple[int, int, int]) -> None:
    """Cells are carried as the twin carries them, and none is lost."""
    patch = Patch(3, shape)
    outflow = patch.rng.choice([0.0, 0.01, 0.16], (patch.grid.size, 6)).astype(np.float32)
    twin = plain_cells(patch.rows)
    rows = patch.rows
    for step in range(3):
        now = moment(4, "there", step, 0.0, 1.0)
        rows = shift(rows, patch.lineage, patch.ground, outflow, now)
        twin = plain_rows.shift(twin, plain_lines(patch.lineage), patch.plain(), outflow.tolist(), luck(now))
        assert plain_cells(rows) == twin
    assert cells(rows) == cells(patch.rows)


def test_tiles_and_threads_change_no_bit() -> None:
    """Any tile, one thread or several."""
    patch = Patch(8, (4, 6, 5))
    seen = []
    for threads, tile in ((1, 10**6), (1, 1), (2, 7), (3, 40)):
        rows, lineage = patch.rows, patch.lineage
        for step in range(4):
            now = moment(2, "here", step, 0.0, 0.3)
            rows, lineage = advance(rows, lineage, patch.ground, patch.life(rows), now, threads, tile=tile)
            rows = shift(rows, lineage, patch.ground, np.full((patch.grid.size, 6), 0.02), now, threads, tile=tile)
        seen.append([column.tobytes() for column in (*rows, *lineage)])
    assert all(one == other for one, other in pairwise(seen))


def test_a_clone_elsewhere_changes_nobodys_luck() -> None:
    """Another founder in front of the list, in a corner nobody reaches: all others keep their cells and their words."""
    grid = Grid((1, 1, 40), 0.1)
    where: Ground = ground(grid, free=np.arange(40) != 3)
    rates = life([0.5], [0.2], 0.2, [Edge(0, 0, 0.1, "mark")])
    alone, lines = rows_of([20], [0], [30]), founders([0], ["one"])
    both, more = rows_of([20, 0], [1, 0], [30, 9]), founders([0, 0], ["new", "one"])
    for step in range(12):
        now = moment(2, "here", step, 0.0, 0.5)
        alone, lines = advance(alone, lines, where, rates, now)
        both, more = advance(both, more, where, rates, now)
    there = both.place > 3
    assert there.sum() < both.place.size and lines.word.size > 12

    def named(rows: Rows, lineage: Lineage) -> list[tuple[int, int, int]]:
        return sorted(zip(rows.place.tolist(), lineage.word[rows.clone].tolist(), rows.count.tolist(), strict=True))

    assert named(alone, lines) == named(Rows(*(column[there] for column in both)), more)
