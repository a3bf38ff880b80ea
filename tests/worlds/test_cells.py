"""Sites of one cell a voxel: never two, counts are conserved, the law of births and deaths, and bits that hang on nothing else."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from refugia.catalog.reader import read_case
from refugia.course.case import Case
from refugia.course.patients import Patients
from refugia.course.tissue.checkpoint import Checkpoint
from refugia.course.tissue.lattice import lived, move_of
from refugia.course.tissue.loop import fields, measure, rates, take, wall
from refugia.course.tissue.run import TissueCourse, run_tissue
from refugia.course.tissue.state import Tissue, begun, scene_of
from refugia.engine.rows.rows import Rows
from refugia.subject import Geometry
from refugia.terms import Parameter, RefugiaError
from tests.worlds.conftest import small
from tests.worlds.test_tissue import Kept

SITE, REPLICATES, SEED = "lung", 2, 5
PLANE, BOX = Geometry("plane", resolved=True), Geometry("box", resolved=True)


def number(told: object, value: float) -> Parameter:
    """The same number with one value for all patients."""
    assert isinstance(told, Parameter)
    return replace(told, value=value, interval=None, spread=None)


def made(geometry: Geometry = PLANE, diameter: float = 0.2, **source: float) -> Case:
    """A lesion of a fifth of a mm, whose mutations are a thousand times as many; `source`: numbers of it, alike in all patients."""
    case = small(read_case("egfr-lung"), 56.0)
    site = case.subject.sites[0]
    told = {"density": 1e6, "mobility": 1e-4, "net": 0.05} | source
    changed = replace(site.source, **{name: number(getattr(site.source, name), value) for name, value in told.items()})
    alterations = tuple(replace(one, rate=number(one.rate, 1e-2)) for one in changed.alterations)
    changed = replace(changed, alterations=alterations)
    new = replace(site, geometry=geometry, diameter=number(site.diameter, diameter), source=changed)
    settings = replace(case.settings, step=7.0, output=14.0)
    return replace(case, settings=settings, subject=replace(case.subject, sites=(new, *case.subject.sites[1:]), plan=()))


def started(case: Case, **how: int) -> Tissue:
    return begun(scene_of(case, SITE, Patients(REPLICATES, SEED), 0, **how))


def ran(case: Case, sink: Kept, **how: object) -> TissueCourse:
    return run_tissue(case, SITE, 1, REPLICATES, SEED, sink, **how)  # type: ignore[arg-type]


def alike(one: TissueCourse, other: TissueCourse) -> None:
    for a, b in zip((one.volume, one.counts, *one.rows, *one.lineage), (other.volume, other.counts, *other.rows, *other.lineage),
                    strict=True):  # fmt: skip
        np.testing.assert_array_equal(a, b)


@pytest.fixture(scope="module")
def course() -> tuple[TissueCourse, Kept]:
    sink = Kept()
    return ran(made(), sink, threads=1), sink


def test_a_lesion_is_laid_out_cell_by_cell() -> None:
    """As many voxels as the ball has room for cells, the inert share without one; who is tolerant lies anywhere."""
    tissue = started(made(BOX, inert=0.1))
    grid, inert = tissue.scene.grid, tissue.inert > 0.0
    assert grid.spacing == pytest.approx(0.01)
    inside = np.zeros(grid.size, bool)
    inside[tissue.rows.place] = True
    assert tissue.rows.count.max() == 1
    assert not (inside.reshape(grid.shape) & inert).any()
    many = inside.sum() + inert.sum()
    assert many == pytest.approx(np.pi / 6.0 * 20.0**3, rel=0.05)
    assert inert.sum() == pytest.approx(0.1 * many, abs=5)
    assert set(tissue.inert[inert]) == {grid.volume}
    tolerant = tissue.rows.place[tissue.lineage.genotype[tissue.rows.clone] == 1]
    assert 0 < tolerant.size < inside.sum()
    assert (tolerant > np.median(tissue.rows.place)).mean() == pytest.approx(0.5, abs=0.2)


def test_a_voxel_never_holds_two_and_inert_tissue_is_kept(course: tuple[TissueCourse, Kept]) -> None:
    found, sink = course
    for (frame, _), count in zip(sink.frames, found.counts[::2].sum(axis=1), strict=True):
        assert frame.rows.count.tolist() == [1] * count
        assert (np.diff(frame.rows.place) > 0).all()
        assert not (frame.inert.ravel()[frame.rows.place] > 0.0).any()
        assert (frame.inert > 0.0).sum() == (sink.frames[0][0].inert > 0.0).sum()
    assert found.fullest == pytest.approx(1.0)
    np.testing.assert_allclose(found.volume - found.counts.sum(axis=1) * found.grid.volume, sink.frames[0][0].inert.sum())


def test_bits_hang_on_neither_threads_nor_tiles(course: tuple[TissueCourse, Kept]) -> None:
    alike(course[0], ran(made(), Kept(), threads=2, tile=64 * 4))


def test_a_run_that_was_stopped_goes_on_bit_for_bit(course: tuple[TissueCourse, Kept], tmp_path: Path) -> None:
    sink, path = Kept(full=3), tmp_path / "lung.checkpoint"
    with pytest.raises(RefugiaError, match="disk is full"):
        ran(made(), sink, checkpoint=Checkpoint(path, 0.0))
    sink.full = 1000
    alike(course[0], ran(made(), sink, checkpoint=Checkpoint(path, 0.0, resume=True)))


def test_a_mutant_founds_a_clone_with_parent_day_and_place(course: tuple[TissueCourse, Kept]) -> None:
    found, lineage = course[0], course[0].lineage
    new = np.flatnonzero((lineage.parent >= 0) & (lineage.place >= 0))
    assert found.born > 10
    assert (lineage.parent[new] < new).all()
    assert (np.diff(lineage.day[new]) >= 0.0).all() and lineage.day[new].min() > 0.0 and lineage.day[new].max() <= 56.0
    assert lineage.place[new].max() < found.grid.size
    edges = {(0, 2), (0, 3), (0, 4), (1, 2), (1, 3), (1, 4), (2, 5), (4, 5)}
    own = new[lineage.other[new] != lineage.parent[new]]
    assert {(int(lineage.genotype[lineage.parent[k]]), int(lineage.genotype[k])) for k in own} <= edges
    assert np.unique(lineage.word).size == lineage.word.size
    assert set(np.flatnonzero(np.bincount(found.rows.clone))) <= set(range(lineage.parent.size))


def alone(case: Case, apart: int) -> Tissue:
    """The tissue after its first fields, but of single cells far from each other."""
    tissue = started(case, threads=1)
    for stage in (measure, wall, fields, rates):
        stage(tissue)
    z, y, x = (np.arange(apart, size - 1, apart) if size > 1 else np.zeros(1, int) for size in tissue.scene.grid.shape)
    place = np.ravel_multi_index([one.ravel() for one in np.meshgrid(z, y, x, indexing="ij")], tissue.scene.grid.shape)
    tissue.rows = Rows(place.astype(np.int32), np.zeros(place.size, np.int32), np.ones(place.size, np.int32))
    tissue.inert[:] = 0.0
    return tissue


@pytest.mark.parametrize("apart", [1, 4])
def test_untreated_cells_grow_by_births_less_deaths(apart: int) -> None:
    """Single cells, and a block of them, so full that they must shove: as many as exp((b - d) t) says, within four deviations."""
    tissue = alone(made(Geometry("plane", resolved=True, extent=4.0), diameter=0.24, net=0.05, oxygen_half=0.0), 4)
    if apart == 1:
        _, y, x = np.unravel_index(np.arange(tissue.scene.grid.size), tissue.scene.grid.shape)
        place = np.flatnonzero((abs(y - 200) < 50) & (abs(x - 200) < 50))
        tissue.rows = Rows(place.astype(np.int32), np.zeros(place.size, np.int32), np.ones(place.size, np.int32))
    before, time = tissue.rows.place.size, 7.0
    lived(tissue)
    after, mean = tissue.rows.place.size, before * np.exp(0.05 * time)
    spread = np.sqrt(before * (0.14 + 0.09) / 0.05 * np.exp(0.05 * time) * np.expm1(0.05 * time))
    assert abs(after - mean) < 4.0 * spread
    assert before * 1.1 < after


def test_walls_are_respected() -> None:
    """Cells that are walled in fill their chamber, go nowhere else, and the course ends when there is no room left."""
    mask = np.ones((1, 40, 40), np.int8)
    mask[0, 8:32, 8:32] = 0
    found = ran(made(Geometry("plane", mask=mask, resolved=True), net=0.13), Kept(), threads=1)
    assert found.days[-1] < 56.0
    assert (mask.ravel()[found.rows.place] == 0).all()
    assert found.counts[-1].sum() <= 24 * 24
    assert found.burst and found.volume[-1] >= 0.95 * 24 * 24 * found.grid.volume
    assert found.lineage.place.max() < 1600


def test_cells_that_move_too_fast_are_refused() -> None:
    with pytest.raises(RefugiaError, match=r"a cell moves 2.67e\+03 times a day, so that 7 days take \d+ rounds, more than"):
        take(started(made(mobility=0.1)))


def test_a_lone_cell_goes_as_far_as_its_mobility_says() -> None:
    """Where moves may end anywhere, the mean squared way of single cells is 2 x mobility x time an axis, within four deviations."""
    from refugia.engine.lattice.growth import Lattice, Rules

    grid = started(made(BOX)).scene.grid
    start = np.zeros((40, 40, 40), np.int32)
    at = np.arange(10, 40, 10)
    start[np.ix_(at, at, at)] = np.arange(1, 28).reshape(3, 3, 3)
    lattice = Lattice(start, np.zeros(27, int), (1, 2))
    lattice.grow(Rules.of([0.0], 0.0, move_of(1e-4, grid)), 0.02, 50)
    way = np.argwhere(lattice.kind > 0)[np.argsort(lattice.kind[lattice.kind > 0])] - np.argwhere(start > 0)
    mean = 2.0 * 1e-4 / grid.spacing**2
    assert way.size == 81
    assert abs((way**2).mean() - mean) < 4.0 * mean * np.sqrt(2.0 / way.size)


def test_a_box_has_the_same_bits_on_two_threads() -> None:
    """In three dimensions as well, with lattice blocks of other sizes, under treatment."""
    case = replace(made(BOX, diameter=0.12), subject=replace(made(BOX, 0.12).subject, plan=read_case("egfr-lung").subject.plan))
    one, other = started(case, threads=1), started(case, threads=2, tile=128)
    for _ in range(2):
        take(one)
        take(other)
    for a, b in zip((*one.rows, *one.lineage, one.inert), (*other.rows, *other.lineage, other.inert), strict=True):
        np.testing.assert_array_equal(a, b)
    assert one.rows.count.max() == 1
