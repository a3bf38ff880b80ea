"""What growth on a lattice and a field on a plane must do: conserve, spread at a steady speed, rest where they should."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.sparse import diags, identity, kron
from scipy.sparse.linalg import splu

from refugia.engine.lattice.growth import Lattice, Rules
from refugia.engine.lattice.places import Neighbourhood
from refugia.engine.lattice.plane import spread, sweeps
from refugia.engine.lattice.rounds import Habits, run


def alone(shape: tuple[int, int, int], **more) -> Lattice:
    """One cell in the middle."""
    kind = np.zeros(shape, np.int32)
    kind[tuple(count // 2 for count in shape)] = 1
    return Lattice(kind, [0], (3, 4), **more)


def test_cells_are_neither_made_nor_lost_but_by_birth_and_death() -> None:
    kind = (np.random.default_rng(1).random((6, 20, 20)) < 0.3).astype(np.int32)
    lattice = Lattice(kind, [0], (1, 2))
    before = int((kind > 0).sum())
    for _ in range(10):
        tally = lattice.grow(Rules.of([0.5], 0.3, 1.0), 0.2, 3)
        assert int((lattice.kind > 0).sum()) == before + tally.births - tally.deaths
    assert min(tally) > 100


def test_cells_that_only_move_keep_their_numbers_clone_by_clone() -> None:
    kind = np.random.default_rng(2).integers(0, 4, (1, 30, 30)).astype(np.int32)
    lattice = Lattice(kind, [0, 0, 0], (1, 2))
    lattice.grow(Rules.of([0.0], 0.0, 2.0), 0.3, 30)
    assert np.array_equal(np.bincount(lattice.kind.ravel()), np.bincount(kind.ravel()))
    assert not np.array_equal(lattice.kind, kind)


def test_no_cell_passes_a_wall() -> None:
    kind = np.zeros((1, 21, 21), np.int32)
    kind[0, :, 10] = -1
    kind[0, 10, 4] = 1
    lattice = Lattice(kind, [0], (5, 6))
    lattice.grow(Rules.of([2.0], 0.0, 1.0), 0.2, 300)
    assert (lattice.kind[0, :, :10] == 1).all()
    assert (lattice.kind[0, :, 10] == -1).all()
    assert (lattice.kind[0, :, 11:] == 0).all()


@pytest.mark.parametrize("neighbourhood", list(Neighbourhood))
def test_a_front_runs_at_a_steady_speed(neighbourhood: Neighbourhood) -> None:
    """In two dimensions the radius grows as time does: three equal spans of time add the same to it, within a tenth."""
    lattice, radii = alone((1, 301, 301), neighbourhood=neighbourhood), []
    lattice.grow(Rules.of([1.0], 0.0), 0.25, 120)
    for _ in range(4):
        radii.append(np.sqrt((lattice.kind > 0).sum() / np.pi))
        lattice.grow(Rules.of([1.0], 0.0), 0.25, 80)
    gains = np.diff(radii)
    assert gains.min() > 5.0
    assert gains.max() / gains.min() < 1.1


def test_a_field_of_growth_decides_who_grows() -> None:
    growth = np.zeros((1, 41, 41))
    growth[..., 20:] = 1.0
    lattice = alone((1, 41, 41))
    lattice.grow(Rules.of([1.0], 0.0), 0.2, 150, growth)
    assert (lattice.kind[..., 20:] == 1).mean() > 0.95
    assert (lattice.kind[..., :18] == 1).sum() == 0


def test_a_mutant_founds_a_clone_whose_line_says_from_whom_and_where() -> None:
    lattice = alone((1, 60, 60))
    lattice.grow(Rules.of([1.0, 1.0], 0.0, become=[[0.0, 0.02], [0.0, 0.0]]), 0.2, 150)
    lineage, kind = lattice.lineage, lattice.kind.ravel()
    assert lineage.parent.size > 10
    assert (lineage.genotype[1:] == 1).all()
    assert (lineage.parent[1:] == 0).all()
    assert (np.diff(lineage.day) >= 0.0).all()
    still = kind[lineage.place] == np.arange(lineage.place.size) + 1
    assert still.all(), "without deaths and moves a founder stays where it was born"


def implicit(size: int, number: float, held: bool):
    """Backward Euler on the whole plane at once, factored by SuperLU."""
    line = diags([-1.0, 2.0, -1.0], [-1, 0, 1], shape=(size, size)).tolil()
    line[0, 0] = line[-1, -1] = 3.0 if held else 1.0
    both = kron(line, identity(size)) + kron(identity(size), line)
    return splu((identity(size * size) + number * both).tocsc()), both


def stepped(field: np.ndarray, taken: np.ndarray, wall: float, number: float, steps: int) -> np.ndarray:
    """Steps of the kernel, on a copy; `taken` is the share of the field that is taken up."""
    field = field.copy()
    change, turned, made = np.empty_like(field), np.empty(field.shape[::-1]), sweeps(field.shape, number)
    for _ in range(steps):
        spread(field, taken * field, wall, made, change, turned)
    return field


def test_a_field_between_held_walls_rests_at_their_value() -> None:
    assert stepped(np.zeros((20, 30)), np.zeros((20, 30)), 1.0, 0.36, 4000) == pytest.approx(np.ones((20, 30)), abs=1e-12)


def test_a_field_between_closed_walls_is_conserved() -> None:
    field = np.random.default_rng(1).random((15, 22))
    after = stepped(field, np.zeros((15, 22)), -1.0, 0.36, 500)
    assert after.sum() == pytest.approx(field.sum(), rel=1e-12)
    assert np.ptp(after) < 0.05 * np.ptp(field)


def test_a_field_that_is_taken_up_rests_where_the_whole_plane_does() -> None:
    """No splitting error in the steady state: (2 x 2 walls, uptake in a disc) against a direct solve."""
    size, number = 24, 0.36
    y, x = np.indices((size, size)) - size // 2
    taken = np.where(x**2 + y**2 < 60, 0.05, 0.0)
    _, both = implicit(size, number, True)
    walls = np.zeros((size, size))
    for side in (walls[0], walls[-1], walls[:, 0], walls[:, -1]):
        side += 2.0 * number
    rest = splu((number * both + diags(taken.ravel())).tocsc()).solve(walls.ravel()).reshape(size, size)
    assert stepped(np.zeros((size, size)), taken, 1.0, number, 6000) == pytest.approx(rest, abs=1e-12)


def test_a_step_is_close_to_backward_euler_on_the_whole_plane() -> None:
    """The factored step leaves out A B d: after walls are switched on that is felt in the four corners alone, for a few steps."""
    size, number = 30, 0.36
    whole, field = np.zeros((size, size)), np.zeros((size, size))
    solver, _ = implicit(size, number, True)
    walls = np.zeros((size, size))
    for side in (walls[0], walls[-1], walls[:, 0], walls[:, -1]):
        side += 2.0 * number
    for step in range(24):
        whole = solver.solve((whole + walls).ravel()).reshape(size, size)
        field = stepped(field, np.zeros((size, size)), 1.0, number, 1)
        gap = np.abs(field - whole)
        assert field.min() >= 0.0
        assert gap.max() < (0.1 if step < 6 else 0.005)
        assert max(gap[3:-3].max(), gap[:, 3:-3].max()) < 0.001
        assert abs(field.mean() - whole.mean()) < 0.0005


def test_rounds_without_chances_change_nothing() -> None:
    plane = np.random.default_rng(1).integers(0, 3, (9, 9)).astype(np.int8)
    start = plane.copy()
    none = Habits(np.zeros(3), np.zeros(3), np.zeros(3), np.float64(0.0))
    cells = run(plane, np.zeros((9, 9)), none, 0.3, np.full(4, -1.0), (1, 2)).cells
    assert np.array_equal(plane, start)
    assert (cells == np.bincount(start.ravel(), minlength=3)).all()
