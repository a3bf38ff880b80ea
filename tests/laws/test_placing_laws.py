"""Laws of the cells before therapy in voxels: as many of each clone as on the sphere, none lost, lines compact, luck by name."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from refugia.catalog.reader import read_case
from refugia.clones.lower import CloneTable, genealogy, lower
from refugia.clones.placing import Lesion, Placed, placed, shared_out
from refugia.clones.standing import add_states, start
from refugia.course.lower import diameters
from refugia.course.patients import Patients
from refugia.course.tissue.space import grid_of, inside_at_start, volume_at_start
from refugia.engine.keys import name_word, subkeys
from refugia.engine.rows.rows import by_genotype, cells
from refugia.subject import Geometry, Site
from refugia.terms import RefugiaError

PATIENTS = Patients(64, 1)
CASE = read_case("egfr-lung")
LUNG = CASE.subject.sites[0]


def one_patient(site: Site, number: int) -> tuple[CloneTable, NDArray[np.uint32], float]:
    """Table, luck and diameter of one patient at a site."""
    table = lower(site.source, PATIENTS.at(site.name))
    keys = subkeys(PATIENTS.seed, PATIENTS.lots(), site.name)[number : number + 1]
    return CloneTable(*(column[number : number + 1] for column in table)), keys, float(diameters(site, PATIENTS)[number])


def laid(site: Site, number: int) -> tuple[Placed, Lesion, NDArray[np.int64]]:
    """The cells of one patient in voxels, where they lie, and how many of each clone the sphere has."""
    table, keys, diameter = one_patient(site, number)
    names = [clone.name for clone in site.source.clones]
    words = np.array([name_word(name) for name in names], np.uint32)
    grid = grid_of(site, diameter)
    inside = inside_at_start(site, grid, diameter)
    lesion = Lesion(grid, inside, volume_at_start(grid, inside, diameter), 8)
    who = genealogy(site.source)
    sphere = add_states(start(table, np.array([lesion.volume]), words, keys, 8), table, who).sum(axis=1)[0]
    return placed(table, who, names, keys, lesion), lesion, sphere


def box(**changes: Any) -> Site:
    """The lung lesion in voxels."""
    return replace(LUNG, geometry=Geometry(**{"kind": "box", **changes}))


@pytest.mark.parametrize("number", [0, 2, 5, 17])
@pytest.mark.parametrize("kind", ["box", "plane", "slab"])
def test_there_are_as_many_of_each_clone_as_on_the_sphere(kind: str, number: int) -> None:
    found, lesion, sphere = laid(box(kind=kind), number)
    counted = by_genotype(found.rows, found.lineage.genotype, sphere.size, lesion.grid)
    assert counted.sum(axis=(1, 2, 3)).tolist() == sphere.tolist()
    assert sphere[1] > 0  # some are tolerant
    held = counted.sum(axis=0)
    assert (held[~lesion.inside] == 0).all()
    assert np.ptp(held[lesion.inside]) <= 1
    table, _, _ = one_patient(box(kind=kind), number)
    expected = float(table.density[0] * (1.0 - table.inert[0])) * lesion.volume / lesion.inside.sum()
    assert abs(held[lesion.inside].mean() - expected) < 1e-6 * expected
    assert found.inert.sum() == pytest.approx(lesion.volume * float(table.inert[0]), rel=1e-12)


def test_a_tumour_of_no_mutants_is_sensitive_and_tolerant_alone() -> None:
    site = box()
    found, _, sphere = laid(replace(site, source=site.source.without_standing()), 3)
    assert sphere[2:].sum() == 0
    assert found.lineage.genotype.tolist() == [0, 1] and cells(found.rows) == sphere.sum()


def test_a_lesion_of_a_few_cells_is_placed() -> None:
    """Rounding leaves nobody out, nor anybody in twice."""
    site = replace(box(), diameter=0.05)
    found, lesion, sphere = laid(site, 0)
    assert cells(found.rows) == sphere.sum() < lesion.inside.sum()


def test_lines_are_compact() -> None:
    """The cells of a line that are basal or tolerant lie in a ball no wider than twice one of their volume, and a voxel."""
    found, lesion, _ = laid(box(), 2)
    held = cells(found.rows) / lesion.inside.sum()
    words = {name_word(f"MET #{rank}"): rank for rank in range(1, 25)}
    seen = 0
    for number, word in enumerate(found.lineage.word.tolist()):
        its = found.rows.clone == number
        if word not in words or not its.any():
            continue
        at = np.stack(np.unravel_index(found.rows.place[its], lesion.grid.shape)).astype(float)
        fair = (3.0 * found.rows.count[its].sum() / held / (4.0 * np.pi)) ** (1.0 / 3.0)
        assert np.linalg.norm(np.ptp(at, axis=1)) <= 2.0 * (2.0 * fair + 1.0) * 3**0.5
        seen += 1
    assert seen == 24


def test_a_line_lies_as_deep_as_on_the_sphere() -> None:
    """Where a clone falls into the shell k of eight, its middle voxel is among that eighth of the volume."""
    table, keys, _ = one_patient(box(), 2)
    found, lesion, _ = laid(box(), 2)
    number = int(np.flatnonzero(found.lineage.word == name_word("T790M #1"))[0])
    place = found.rows.place[found.rows.clone == number]
    from refugia.engine.uniforms import uniform_table

    depth = uniform_table(keys, name_word("T790M"), 48)[0, 24]
    away = sum(np.square(2.0 * index - (size - 1)) for index, size in zip(
        np.unravel_index(np.flatnonzero(lesion.inside), lesion.grid.shape), lesion.grid.shape, strict=True))  # fmt: skip
    its = sum(np.square(2.0 * index - (size - 1)) for index, size in zip(
        np.unravel_index(place, lesion.grid.shape), lesion.grid.shape, strict=True))  # fmt: skip
    assert abs(float((away < np.median(its)).mean()) - depth) < 0.05
    assert table.standing[0, 2] > 0.0


def test_a_new_clone_shifts_nobody() -> None:
    """The lines of the others keep their words and their cells, though one more is described before them."""
    source = LUNG.source
    fewer = replace(source, clones=tuple(clone for clone in source.clones if clone.name != "T790M"))
    less, _, _ = laid(replace(box(), source=fewer), 2)
    more, _, _ = laid(box(), 2)

    def lines(found: Placed) -> dict[int, list[tuple[int, int]]]:
        pairs = zip(found.rows.place.tolist(), found.rows.count.tolist(), found.rows.clone.tolist(), strict=True)
        kept: dict[int, list[tuple[int, int]]] = {}
        for place, count, clone in pairs:
            kept.setdefault(int(found.lineage.word[clone]), []).append((place, count))
        return kept

    one, other = lines(less), lines(more)
    mets = [word for rank in range(1, 25) if (word := name_word(f"MET #{rank}")) in one]
    assert len(mets) == 24 and set(one) <= set(other)
    moved = [word for word in mets if one[word] != other[word]]
    assert len(moved) <= 2  # where balls of both kinds meet, the later one gives way


def test_a_voxel_of_more_cells_than_32_bits_is_refused() -> None:
    site = replace(box(voxel=30.0, extent=300.0), diameter=200.0)
    table, keys, _ = one_patient(box(), 0)
    grid = grid_of(site, 200.0)
    inside = inside_at_start(site, grid, 200.0)
    names = [clone.name for clone in site.source.clones]
    with pytest.raises(RefugiaError, match=r"A voxel of 30 mm would hold .* Take smaller voxels"):
        placed(table, genealogy(site.source), names, keys, Lesion(grid, inside, 4e6, 8))


def test_shared_out_adds_up_and_never_passes_what_is_there() -> None:
    rng = np.random.default_rng(1)
    for _ in range(200):
        weights = rng.integers(1, 10 ** int(rng.integers(1, 10)), int(rng.integers(1, 50)))
        total = int(rng.integers(0, weights.sum() + 1))
        found = shared_out(total, weights)
        assert found.sum() == total and (found >= 0).all() and (found <= weights).all()
        assert (np.abs(found - total * (weights / weights.sum())) <= 1.0 + 1e-6).all()


@pytest.mark.parametrize(("kind", "law"), [("slab", 24.0), ("plane", np.pi / 4.0 * 24.0**2), ("box", np.pi / 6.0 * 24.0**3)])
def test_the_voxels_inside_have_the_volume_of_the_lesion(kind: str, law: float) -> None:
    """Within half a shell, and they lie the same on either side."""
    site = box(kind=kind)
    grid = grid_of(site, 40.0)
    inside = inside_at_start(site, grid, 40.0)
    assert abs(inside.sum() / law - 1.0) < 0.01
    assert (inside == inside[::-1, ::-1, ::-1]).all()
    assert grid.shape == (72 if kind == "box" else 1, 1 if kind == "slab" else 72, 72)


def test_a_wall_moves_the_lesion_aside_and_nobody_passes_it() -> None:
    """The volume is kept, no voxel of the wall is inside, and what lies behind a closed wall is not joined."""
    mask = np.zeros((48, 48, 48), np.int8)
    mask[:, :, 30] = 1
    site = box(mask=mask, voxel=1.0)
    grid = grid_of(site, 20.0)
    inside = inside_at_start(site, grid, 20.0)
    assert abs(inside.sum() / (np.pi / 6.0 * 20.0**3) - 1.0) < 0.02
    assert not inside[mask > 0].any() and not inside[:, :, 31:].any()
