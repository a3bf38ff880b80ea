"""Kernels of trees against their plain twins: messages and likelihoods, shares draw for draw, and walks tree for tree."""

from __future__ import annotations

import numpy as np
import pytest

from refugia.engine.grafting import walk
from refugia.engine.nesting import Nest, retell, try_tree
from refugia.engine.unfolding import unfold
from refugia.inference.trees import _table
from tests.laws.test_nesting_laws import TREES, nest_of
from tests.reference.plain_trees import Tree, unfolded, walked


def plain(nest: Nest) -> Tree:
    """The same tree in plain lists."""
    return Tree(nest.like.tolist(), nest.part.tolist(), [None, *nest.parent[1:].tolist()])


@pytest.mark.parametrize("parents", TREES)
@pytest.mark.parametrize("concentration", [0.1, 1.0, 3.0])
def test_messages_are_those_of_the_definition(parents: list[int], concentration: float) -> None:
    nest = nest_of(parents, concentration)
    tree = plain(nest)
    assert retell(nest) == pytest.approx(tree.likelihood(), abs=1e-9)
    assert try_tree(nest) == pytest.approx(tree.likelihood(), abs=1e-9)
    for v in range(1, nest.parent.size):
        for s in range(nest.steps.size):
            mine = np.array(tree.message(v, s))
            assert nest.message[0, v, s] == pytest.approx(mine / mine.max(), abs=1e-12)


@pytest.mark.parametrize("parents", TREES)
def test_shares_are_drawn_as_by_the_twin(parents: list[int]) -> None:
    nest = nest_of(parents, 0.7)
    retell(nest)
    chance = np.random.Generator(np.random.Philox(5)).random((60, nest.parent.size, nest.steps.size))
    shares = np.zeros(chance.shape, np.int64)
    unfold(nest, chance, shares)
    for draw, found in zip(chance.tolist(), shares.tolist(), strict=True):
        assert found == unfolded(plain(nest), draw)


@pytest.mark.parametrize("parents", TREES)
@pytest.mark.parametrize("law", [(0.0, 1.0), (np.log(0.1), 1.0), (0.0, 0.4)])
def test_a_walk_meets_the_trees_of_the_twin(parents: list[int], law: tuple[float, float]) -> None:
    """The same trees with the same mass, and the same tree in the end."""
    nest = nest_of(parents, 0.5)
    tree, nodes, met = plain(nest), nest.parent.size, dict[tuple[int, ...], float]()
    chance = np.random.Generator(np.random.Philox(7)).random((6, 5 * (nodes - 1)))
    table = _table(nodes - 1, 3)
    score = walk(nest, ~np.eye(nodes, dtype=bool), law, chance, table, 0)
    assert walked(tree, law, chance.tolist(), met) == pytest.approx(score, abs=1e-9)
    assert nest.parent[1:].tolist() == tree.parents[1:]
    slots = np.flatnonzero(table.key)
    found = {tuple(table.parent[slot, 1:].tolist()): float(table.mass[slot, 0]) for slot in slots}
    assert found.keys() == met.keys()
    assert all(found[name] == pytest.approx(met[name], abs=1e-9) for name in met)
