"""Sampling a tumour: regions apart from each other, a tree of DNA, copies that follow from it, the same for the same seed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from refugia.biopsy.branches import branches_of, spans
from refugia.biopsy.copies import changes_of
from refugia.biopsy.model import Sequencing
from refugia.biopsy.mutations import mutations_of
from refugia.biopsy.regions import regions_of
from refugia.biopsy.study import Order, cells_of, study
from refugia.catalog.sequencing import sequencing
from refugia.engine.rows.rows import rows_of
from refugia.engine.voxels.grid import Grid
from refugia.terms import InputError
from tests.unit.tumour_made import CARRIED, ORDER, genealogy, tumour

BUSY: Sequencing = replace(sequencing(), changes=0.02, clonal_changes=4.0)
"""Numbers under which copies change often."""


@pytest.mark.parametrize("seed", range(4))
def test_regions_lie_apart_and_hold_enough_cells(seed: int) -> None:
    rows, lineage, grid = genealogy()
    found = regions_of(rows, grid, lineage.parent.size, (6, 3000), seed)
    far = np.abs(found.centre[:, None] - found.centre[None]).max(axis=2)
    assert far[np.triu_indices(6, 1)].min() > 2 * found.half
    assert found.cells.min() >= 3000
    voxel = np.stack(np.unravel_index(np.arange(grid.size), grid.shape), axis=1)
    within = np.abs(voxel[:, None] - found.centre[None]).max(axis=2) <= found.half
    assert (found.of == np.where(within.any(axis=1), within.argmax(axis=1), -1)).all()
    inside = found.of[rows.place] >= 0
    assert found.clones.sum() == rows.count[inside].sum()


def test_another_seed_begins_elsewhere_and_the_same_one_does_not() -> None:
    rows, lineage, grid = genealogy()
    one, same, other = (regions_of(rows, grid, lineage.parent.size, (5, 100), seed).centre for seed in (1, 1, 2))
    assert (one == same).all()
    assert not (one == other).all()


def test_regions_of_a_plane_and_of_a_line() -> None:
    for shape in ((1, 12, 12), (1, 1, 30)):
        grid = Grid(shape, 0.1)
        rows = rows_of(np.arange(grid.size), np.zeros(grid.size, int), np.full(grid.size, 50))
        assert regions_of(rows, grid, 1, (3, 50), 0).cells.min() >= 50


def test_no_room_and_no_cells_are_refused() -> None:
    rows, lineage, grid = genealogy()
    with pytest.raises(InputError, match=r"--regions: 5000 regions find no room: \d+ of at least 100 cells"):
        regions_of(rows, grid, lineage.parent.size, (5000, 100), 0)
    with pytest.raises(InputError, match="0 of at least 1000000000 cells"):
        regions_of(rows, grid, lineage.parent.size, (1, 10**9), 0)
    with pytest.raises(InputError, match="holds no cell on that day"):
        regions_of(rows_of([], [], []), grid, 1, (1, 1), 0)


def test_two_states_are_one_line_of_dna() -> None:
    _, lineage, _ = genealogy()
    tree, node = branches_of(lineage, CARRIED, 1000.0)
    assert node[:2].tolist() == [0, 0]
    assert node.tolist()[2:] == list(range(1, 7))
    born, above = lineage.day[2:], lineage.parent[2:]
    assert tree.days[1:].tolist() == pytest.approx(born - lineage.day[above])
    gained = CARRIED[lineage.genotype[2:]] & ~CARRIED[lineage.genotype[above]]
    assert (tree.gained[1:] == gained).all()


def test_subtrees_are_runs() -> None:
    chance = np.random.default_rng(1)
    parent = np.array([-1, *(chance.integers(k) for k in range(1, 40))])
    begin, end = spans(parent)
    assert sorted(begin) == list(range(40))
    for u in range(40):
        above, at = set(), u
        while at >= 0:
            above.add(at)
            at = int(parent[at])
        assert above == set(np.flatnonzero((begin <= begin[u]) & (begin[u] < end)))


def test_the_same_seed_gives_the_same_study_and_another_does_not() -> None:
    one, same = study(tumour(), sequencing(), ORDER), study(tumour(), sequencing(), ORDER)
    assert one.names == same.names
    assert (one.alt == same.alt).all() and (one.depth == same.depth).all()
    other = study(tumour(), sequencing(), ORDER._replace(seed=4))
    assert one.alt.shape != other.alt.shape or not (one.alt == other.alt).all()


def test_what_a_clone_gathers_hangs_on_no_other_clone() -> None:
    """A clone keeps its mutations where another one was not there."""
    _, lineage, _ = genealogy()
    whole, _ = branches_of(lineage, CARRIED, 1000.0)
    part = type(whole)(*(column[:4] for column in whole))
    still = replace(sequencing(), changes=0.0)
    found = [mutations_of(tree, changes_of(tree, np.ones((tree.parent.size, 1)), still, 1), still, 1) for tree in (whole, part)]
    kept = found[0].node < 4
    for column, fewer in zip(found[0], found[1], strict=True):
        assert (column[kept] == fewer).all()


def test_an_amplified_gene_is_no_point_mutation() -> None:
    """Alterations that are copies are left out of the mutations; others stand there once for each time they arose."""
    found = study(tumour(), sequencing(), ORDER)
    named = [name for name in found.names if not name.split(".")[1].startswith("m")]
    gained = found.branches.gained[:, 0].sum()
    assert len(named) == gained > 0
    assert all(name.endswith(".T790M") for name in named)


def test_copies_change_once_at_most_and_clusters_nest() -> None:
    found = study(tumour(clones=20), BUSY, ORDER)
    held = found.changes.node >= 0
    assert held.any() and set(np.unique(found.changes.step[held])) <= {-1, 1}
    clusters = found.clusters
    ccf = found.fraction[clusters.node]
    for k, above in enumerate(clusters.parent):
        assert above < k
        assert above < 0 or (ccf[above] >= ccf[k]).all()
    assert set(clusters.of[found.called]) == set(range(len(clusters.node)))


def test_cells_are_drawn_from_the_regions_and_none_twice() -> None:
    made = tumour()
    found = study(made, sequencing(), ORDER)
    total = int(found.regions.cells.sum())
    drawn = cells_of(made.rows, found.regions, total, 0)
    inside = found.regions.of[made.rows.place] >= 0
    assert (np.bincount(drawn, minlength=inside.size) == np.where(inside, made.rows.count, 0)).all()
    assert (cells_of(made.rows, found.regions, 50, 0) == cells_of(made.rows, found.regions, 50, 0)).all()


def test_a_pure_sample_of_one_region_is_sampled() -> None:
    found = study(tumour(), sequencing(), Order(1, 30, 1.0, 0.0, 0))
    assert found.alt.shape[1] == 1
    assert (found.alt <= found.depth).all()
