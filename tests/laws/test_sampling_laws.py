"""Laws of sampling: shares that add to one, and the expected share of mutated reads, cell by cell and by the published form."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from refugia.biopsy.branches import Branches
from refugia.biopsy.copies import Changes
from refugia.biopsy.mutations import Copied, Mutations, copied
from refugia.biopsy.reads import Library, Shares, shares_of
from refugia.biopsy.study import Study, study
from refugia.catalog.sequencing import sequencing
from refugia.inference.multiplicity import expected
from refugia.inference.reads.table import Copies
from tests.unit.tumour_made import ORDER, tumour

BUSY = replace(sequencing(), changes=0.02)
NONE = np.zeros(1, np.int64)


@pytest.mark.parametrize("seed", range(3))
def test_parts_of_the_clones_of_a_region_add_to_one(seed: int) -> None:
    found = study(tumour(clones=12, seed=seed), sequencing(), ORDER._replace(seed=seed))
    assert own(found).sum(axis=0) == pytest.approx(np.ones(4), abs=1e-12)
    assert own(found).min() >= -1e-12


@pytest.mark.parametrize("seed", range(6))
def test_expected_reads_are_those_of_all_cells_counted_one_by_one(seed: int) -> None:
    """Every clone's copies by walking from the first cell of all to it, event by event; then a count of copies."""
    found = study(tumour(clones=14, seed=seed), BUSY, ORDER._replace(seed=seed))
    ours, held = own(found), found.mutations
    r, e = ORDER.purity, ORDER.error
    early = 0
    for i in range(held.node.size):
        states = [walked(found, i, node) for node in range(found.branches.parent.size)]
        early += len({state for state in states if state[1]}) > 1
        total = sum(part * copies for part, (copies, _) in zip(ours, states, strict=True))
        read = sum(
            part * (min(mutated, copies * (1 - e)) if mutated else copies * e)
            for part, (copies, mutated) in zip(ours, states, strict=True)
        )
        share = ((1 - r) * 2 * e + r * read) / ((1 - r) * 2 + r * total)
        assert found.shares.expected[i] == pytest.approx(share, rel=1e-12)
        carriers = sum(part * (mutated > 0) for part, (_, mutated) in zip(ours, states, strict=True))
        assert found.shares.carriers[i] == pytest.approx(carriers, abs=1e-12)
    assert early or not (found.changes.node > 0).any()


@pytest.mark.parametrize("step", [-1, 0, 1])
@pytest.mark.parametrize("error", [0.0, 0.001, 0.02])
def test_clonal_copies_are_the_form_by_which_clones_are_inferred(step: int, error: float) -> None:
    for purity in (0.2, 0.7, 1.0):
        for fraction in (0.0, 0.3, 1.0):
            found = simple(purity, fraction, error, step)
            pair = (max(1, 1 + step), min(1, 1 + step))
            p0, p1, q0, q1, _ = expected(Copies(purity, 2, *pair, *pair, 0.0, error), 2 + step, 2 + step, 1)
            assert found.expected[0, 0] == pytest.approx((p0 + p1 * fraction) / (q0 + q1 * fraction), rel=1e-12)


def test_a_gain_in_the_carriers_alone_is_the_either_side_form() -> None:
    """Purity 0.7, fraction 0.5, copies 2 without and 3 with the mutation, 2 of them mutated: 0.29787."""
    branches = Branches(np.array([-1, 0]), np.zeros(2), np.zeros(2, np.uint32), np.array([-1, 0]), *([np.zeros((2, 0), bool)] * 2))
    changes = Changes(np.array([1]), np.array([0.8]), np.array([1]), NONE)
    mutations = Mutations(np.array([1]), np.array([0.3]), NONE, NONE, NONE - 1, NONE)
    fraction = np.array([[1.0], [0.5]])
    found = shares_of(mutations, copied(mutations, branches, changes), changes, fraction, Library(np.array([0.7]), 100, 0.0))
    assert found.expected[0, 0] == pytest.approx(0.29787, abs=5e-6)
    assert found.mutated[0, 0] == 2.0


def test_a_gain_after_a_mutation_of_all_cells_copies_it() -> None:
    """Two of three copies: r 2 / (3 r + 2 (1 - r)); a loss of the other haplotype: r / (r + 2 (1 - r)); of its own: none."""
    r = 0.6
    for step, side, share in ((1, 0, 2 * r / (2 + r)), (1, 1, r / (2 + r)), (-1, 1, r / (2 - r)), (-1, 0, 0.0)):
        mutations = Mutations(NONE, np.array([0.2]), NONE, NONE, NONE - 1, NONE)
        changes = Changes(NONE, np.array([0.7]), np.array([step]), np.array([side]))
        branches = Branches(NONE - 1, np.zeros(1), np.zeros(1, np.uint32), NONE - 1, *([np.zeros((1, 0), bool)] * 2))
        stands = copied(mutations, branches, changes)
        found = shares_of(mutations, stands, changes, np.ones((1, 1)), Library(np.array([r]), 100, 0.0))
        assert found.expected[0, 0] == pytest.approx(share, rel=1e-12)


def simple(purity: float, fraction: float, error: float, step: int) -> Shares:
    """One mutation of node 1 at an arm that had changed in all cells before, or had not."""
    changes = Changes(np.array([0 if step else -1]), np.zeros(1), np.array([step]), NONE)
    mutations = Mutations(np.array([1]), np.ones(1), NONE, NONE, NONE - 1, NONE)
    stands = Copied(np.array([step != 0]), np.array([False]), np.ones(1, np.int64))
    return shares_of(mutations, stands, changes, np.array([[1.0], [fraction]]), Library(np.array([purity]), 100, error))


def own(found: Study) -> np.ndarray:
    """Share of each node's own cells (node, region), its descendants' left out."""
    parts = found.fraction.copy()
    for node in range(len(parts) - 1, 0, -1):
        parts[found.branches.parent[node]] -= found.fraction[node]
    return parts


def walked(found: Study, i: int, node: int) -> tuple[int, int]:
    """Copies of the place of a mutation in the cells of a node, and how many of them are mutated."""
    path = [node]
    while path[-1] > 0:
        path.append(int(found.branches.parent[path[-1]]))
    held, changes, arm = found.mutations, found.changes, int(found.mutations.arm[i])
    events = []
    if changes.node[arm] in path:
        events.append((path[::-1].index(changes.node[arm]), changes.time[arm], "change"))
    if held.node[i] in path:
        events.append((path[::-1].index(held.node[i]), held.time[i], "mutation"))
    copies, mutated = [1, 1], [0, 0]
    for _, _, event in sorted(events):
        side = int(held.haplotype[i] if event == "mutation" else changes.haplotype[arm])
        if event == "mutation":
            assert copies[side] > 0, "a mutation arises on a haplotype that is gone"
            mutated[side] = 1
        else:
            step = int(changes.step[arm])
            copies[side] += step
            mutated[side] += step if mutated[side] else 0
    return sum(copies), sum(mutated)
