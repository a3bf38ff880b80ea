"""Shells: what measuring and cutting them anew conserve, and what they leave alone."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from refugia.engine.addresses import Chance
from refugia.engine.shells import measure, recut, uneven

DENSITY = 1e5  # cells/mm3
COUNTS = st.one_of(st.just(0), st.integers(1, 50), st.integers(10**3, 10**6), st.integers(10**8, 10**11))
INERT = st.one_of(st.just(0.0), st.floats(1e-6, 1e4))


@st.composite
def worlds(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray, int]:
    """Cells (1, place, clone), inert volume (1, place) mm3, and a key."""
    places, clones = draw(st.integers(1, 8)), draw(st.integers(1, 4))
    cells = draw(st.lists(COUNTS, min_size=places * clones, max_size=places * clones))
    inert = draw(st.lists(INERT, min_size=places, max_size=places))
    return np.array(cells, np.int64).reshape(1, places, clones), np.array([inert]), draw(st.integers(0, 2**32 - 1))


def luck(clones: int, key: int = 7) -> Chance:
    return Chance(np.array([[key, 1]], np.uint32), np.arange(clones, dtype=np.uint32), np.uint32(5))


def volumes(cells: np.ndarray, inert: np.ndarray) -> np.ndarray:
    return cells.sum(axis=2) / DENSITY + inert


def cut(cells: np.ndarray, inert: np.ndarray, key: int = 7) -> tuple[np.ndarray, np.ndarray, bool]:
    """A copy of a world after `recut`."""
    cells, inert, changed = cells.copy(), inert.copy(), np.zeros(1, bool)
    recut(cells, inert, np.array([DENSITY]), luck(cells.shape[2], key), changed)
    return cells, inert, bool(changed[0])


@settings(max_examples=150, deadline=None, derandomize=True)
@given(worlds())
def test_cutting_conserves_every_clone_and_the_inert_volume(world: tuple[np.ndarray, np.ndarray, int]) -> None:
    """And touches no bit of shells that are even; what was uneven is even, but for the chance of its cells."""
    cells, inert, key = world
    after, slag, changed = cut(cells, inert, key)
    assert changed == uneven(volumes(cells, inert)[0])
    if not changed:
        np.testing.assert_array_equal(after, cells)
        np.testing.assert_array_equal(slag, inert)
        return
    np.testing.assert_array_equal(after.sum(axis=1), cells.sum(axis=1))
    assert slag.sum() == pytest.approx(inert.sum(), rel=1e-12)
    assert (after >= 0).all() and (slag >= 0.0).all()
    found, places = volumes(after, slag)[0], cells.shape[1]
    chance = 8.0 * np.sqrt(cells.sum()) + 16.0  # cells; a shell receives a sum of binomials of variance at most cells / 4
    np.testing.assert_allclose(found, found.sum() / places, rtol=1e-12, atol=chance / DENSITY)


@settings(max_examples=100, deadline=None, derandomize=True)
@given(worlds())
def test_shells_measure_what_they_hold(world: tuple[np.ndarray, np.ndarray, int]) -> None:
    """Volumes between the radii are cells over density and the inert part; the living share is the cells' own."""
    cells, inert, _ = world
    places = cells.shape[1]
    faces, live = np.full((1, places + 1), np.nan), np.full((1, places), np.nan)
    measure(cells, inert, np.array([DENSITY]), faces, live)
    held = volumes(cells, inert)[0]
    assert faces[0, 0] == 0.0 and (np.diff(faces[0]) >= 0.0).all()
    np.testing.assert_allclose(4.0 / 3.0 * np.pi * faces[0, 1:] ** 3, np.cumsum(held), rtol=1e-13)
    np.testing.assert_allclose(live[0] * held, cells[0].sum(axis=1) / DENSITY, rtol=1e-12)
    assert (live[0, held == 0.0] == 0.0).all() and (live <= 1.0).all()


@settings(max_examples=50, deadline=None, derandomize=True)
@given(worlds())
def test_cutting_keeps_the_radius(world: tuple[np.ndarray, np.ndarray, int]) -> None:
    cells, inert, key = world
    radii = []
    for state in ((cells, inert), cut(cells, inert, key)[:2]):
        faces = np.zeros((1, cells.shape[1] + 1))
        measure(*state, np.array([DENSITY]), faces, np.zeros(inert.shape))
        radii.append(faces[0, -1])
    assert radii[1] == pytest.approx(radii[0], rel=1e-12)


def test_shells_without_inert_part_are_equal_to_the_noise_of_their_cells() -> None:
    """Shells of one density, the outermost far too thick: after the cut all are equal to within five deviations."""
    cells = np.array([[[10**6], [10**6], [10**6], [37 * 10**6]]])
    after, _, changed = cut(cells, np.zeros((1, 4)))
    assert changed
    assert (np.abs(after[0, :, 0] - 10**7) < 5.0 * np.sqrt(10**7)).all()


def test_cells_go_only_where_their_shell_lay() -> None:
    """One clone for each old shell: innermost stay innermost, and a shell that lies within one new one moves whole."""
    cells = np.zeros((1, 4, 4), np.int64)
    for place, count in enumerate((10**6, 10**6, 10**6, 13 * 10**6)):
        cells[0, place, place] = count
    after, _, _ = cut(cells, np.zeros((1, 4)))
    np.testing.assert_array_equal(after[0, 0, :3], 10**6)
    np.testing.assert_array_equal(after[0, 1:, :3], 0)
    assert after[0, 1:, 3].sum() + after[0, 0, 3] == 13 * 10**6
    assert abs(after[0, 0, 3] - 10**6) < 5000


def test_the_inert_part_goes_with_its_shell() -> None:
    """Two shells, the inner one all inert and five times the outer: the new inner shell is inert, the outer holds the rest."""
    cells, inert = np.array([[[0], [10**6]]]), np.array([[50.0, 0.0]])
    after, slag, changed = cut(cells, inert)
    assert changed
    np.testing.assert_allclose(slag, [[30.0, 20.0]], rtol=1e-12)
    np.testing.assert_array_equal(after, cells)


def test_the_bounds_of_unevenness() -> None:
    """Twice a share and half a share are even; beyond them is uneven; nothing at all is even."""
    assert not uneven(np.array([2.0, 0.5, 0.5]))
    assert uneven(np.array([2.01, 0.5, 0.49]))
    assert uneven(np.array([1.0, 1.0, 0.35]))
    assert not uneven(np.zeros(3))
    assert not uneven(np.array([5.0]))
