"""New vessels: they feed the tumour that calls them, loops carry blood, stress closes, pruning leaves the better perfused."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

import numpy as np
import pytest

from refugia.barriers import Acid, Angiogenesis, Matrix, Microenvironment, Oxygen, Perfusion, Vessels
from refugia.barriers import angiogenesis as new
from refugia.barriers.angiogenesis import Around, Vasculature
from refugia.barriers.lower import lower
from refugia.barriers.tissue import VoxelFields, voxel_fields
from refugia.engine.voxels import sprouts as network
from refugia.engine.voxels.grid import Grid
from refugia.terms import InputError, number_units

GRID = Grid((1, 32, 32), 0.1)
KEY = (3, 4)
NUMBERS = Angiogenesis(
    resident=0.1, parents=0.3, apart=0.1, radius=5e-3, signal_diffusivity=2.5, signal_decay=24.0, secretion=24.0, hypoxia_half=3.0,
    motility=9e-4, chemotaxis=0.95, saturation=0.6, haptotaxis=0.85, matrix=0.75, matrix_reach=1.34, matrix_made=0.03,
    matrix_lost=0.06, uptake=0.06, branching=1.0, branching_half=0.3, maturity=3.0, pruning=0.1, survival=0.1,
)  # fmt: skip


def alone(number: object) -> np.ndarray:
    """One patient's draw of a bare number."""
    return np.array([number], np.float64)


def ground(stress_half: float = 2.0, **changed: float) -> Microenvironment:
    """A breeding ground that gives no drug."""
    some = Perfusion(0.8, stress_half, 2.0, 5.0)
    return Microenvironment(
        Vessels(20.0, 0.24, 15.6, 0.82, 20.0, 15.0), some, some, Matrix(0.0, 20.0, 1.0, 0.36),
        Oxygen(172.8, 1.7e6, 1.0, 40.0, 1.7e5), Acid(7.35, 6.7, 7.4), (), 0.0, angiogenesis=replace(NUMBERS, **changed),
    )  # fmt: skip


def disc() -> np.ndarray:
    """A small tumour in the middle of the plane."""
    y, x = np.meshgrid(GRID.middles(1), GRID.middles(2), indexing="ij")
    return (x**2 + y**2 <= 0.64)[None]


def seen(around: Microenvironment, vessels: np.ndarray) -> VoxelFields:
    """The fields of the disc with so many vessels."""
    return voxel_fields(lower(around, alone), GRID, disc(), 0.8 * disc(), np.ones((0, *GRID.shape)), vessels=vessels)


def tissue(fields: VoxelFields) -> Around:
    """The tissue that sprouts meet there."""
    return Around(fields.oxygen, 0.8 * disc(), fields.perfused, np.ones(GRID.shape, bool))


def course(around: Microenvironment, days: int, state: Vasculature | None = None, threads: int = 1) -> Vasculature:
    """So many steps of a day."""
    table = new.lower_angiogenesis(around, alone)
    state = state or new.begin(table, GRID, disc(), np.ones(GRID.shape, bool))
    for _ in range(days):
        fields = seen(around, new.density(state, table, GRID))
        state = new.grown(state, table, GRID, tissue(fields), 1.0, KEY, threads=threads)
    return state


@lru_cache(maxsize=1)
def grown() -> Vasculature:
    """Eight days of new vessels."""
    return course(ground(), 8)


def vessels(state: Vasculature, around: Microenvironment, every: bool = False) -> np.ndarray:
    """Their density."""
    return new.density(state, new.lower_angiogenesis(around, alone), GRID, every=every)


def test_sprouts_that_reach_the_tumour_bring_oxygen_and_pressure_follows() -> None:
    around = ground()
    before, after = seen(around, np.full(GRID.shape, 0.1)), seen(around, vessels(grown(), around))
    assert after.oxygen[disc()].mean() > 1.5 * before.oxygen[disc()].mean()
    assert after.pressure[disc()].mean() > 1.1 * before.pressure[disc()].mean()


def test_without_chemotaxis_none_reaches_the_tumours_middle() -> None:
    lost, y_x = course(ground(chemotaxis=0.0, haptotaxis=0.0), 8), np.hypot(*np.meshgrid(GRID.middles(1), GRID.middles(2)))
    assert y_x.ravel()[lost.sprouts.end].min(initial=9.0) > 0.5
    assert y_x.ravel()[grown().sprouts.end].min() < 0.5


def test_stress_closes_new_vessels_and_oxygen_falls() -> None:
    around = ground()
    brought = vessels(grown(), around)
    open_to, closed = seen(around, brought), seen(ground(stress_half=0.02), brought)
    assert closed.perfused[disc()].mean() < 0.5 * open_to.perfused[disc()].mean()
    assert closed.oxygen[disc()].mean() < 0.5 * open_to.oxygen[disc()].mean()
    assert closed.pressure[disc()].mean() < open_to.pressure[disc()].mean()


def test_pruning_leaves_the_better_perfused() -> None:
    """Half of the plane is compressed to a twentieth, and no signal keeps anything."""
    around, state = ground(pruning=0.5, branching=0.0), grown()
    table = new.lower_angiogenesis(around, alone)
    share = np.where(np.arange(32) < 16, 0.8, 0.04) * np.ones(GRID.shape)
    quiet = Around(np.full(GRID.shape, 1e9), 0.0 * share, share, np.ones(GRID.shape, bool))
    still = state._replace(sprouts=network.tips_of(state.sprouts, np.zeros(0, np.int64)))
    left = new.grown(still, table, GRID, quiet, 4.0, KEY)
    before, after = (share.ravel()[one.sprouts.end].mean() for one in (state, left))
    assert 0 < left.sprouts.start.size < state.sprouts.start.size
    assert after > 1.1 * before
    assert left.blood.mean() > state.blood.mean()


def test_a_sprout_that_ends_blindly_carries_no_blood_unless_every_vessel_does() -> None:
    around, state = ground(), grown()
    assert 0.0 < state.blood.mean() < 1.0
    some, every = vessels(state, around), vessels(state, around, every=True)
    assert (every >= some).all()
    assert every.sum() > some.sum() > 0.1 * some.size
    alone_now = state._replace(blood=np.zeros_like(state.blood))
    assert (vessels(alone_now, around) == 0.1).all()


def test_a_course_goes_on_from_what_was_packed_and_on_any_threads() -> None:
    around = ground()
    half = new.unpacked({name: array.copy() for name, array in new.packed(course(around, 5)).items()})
    for other in (course(around, 3, half), course(around, 8, threads=2)):
        for name, array in new.packed(grown()).items():
            assert np.array_equal(array, new.packed(other)[name]), name


def test_new_vessels_do_not_hang_on_the_grid_where_they_lie_abreast() -> None:
    """A line of vessels through a voxel has the surface of all that lie abreast in its face."""
    table = new.lower_angiogenesis(ground(resident=0.0), alone)
    for count, spacing in ((20, 0.1), (10, 0.2), (5, 0.4)):
        grid = Grid((1, 1, count), spacing)
        state = new.begin(table, grid, np.zeros(grid.shape, bool), np.ones(grid.shape, bool))
        line = np.arange(count)
        links = state.sprouts._replace(start=line[:-1], end=line[1:], owner=line[1:], laid=np.zeros(count - 1))
        found = new.density(state._replace(sprouts=links, blood=np.ones(count - 1, bool)), table, grid)
        assert found[0, 0, 1:-1] == pytest.approx(2.0 * np.pi * 5e-3 / 0.1**2 / 20.0)


def test_a_tumour_that_leaves_no_room_for_parents_is_refused() -> None:
    table = new.lower_angiogenesis(ground(), alone)
    with pytest.raises(InputError, match="leaves no parent vessel around the tumour"):
        new.begin(table, GRID, np.ones(GRID.shape, bool), np.ones(GRID.shape, bool))
    with pytest.raises(InputError, match="describes no new vessels"):
        new.lower_angiogenesis(replace(ground(), angiogenesis=None), alone)


def test_every_number_of_the_description_is_lowered() -> None:
    assert set(new.AngiogenesisTable._fields) == {"surface", *number_units(Angiogenesis)}
