"""Laws behind clones: a tree's likelihood by brute force, marginals in closed form, shares of reads as printed."""

from __future__ import annotations

from itertools import product
from math import exp, inf, lgamma, log

import numpy as np
import pytest
from scipy.special import betainc, betaln

from refugia.engine.curves import Forms, fill_curves
from refugia.engine.fitting import fit_shares
from refugia.engine.grafting import exchange, regraft
from refugia.engine.nesting import Nest, part_weights, retell, try_tree
from refugia.engine.profiles import NODES, profile
from refugia.engine.unfolding import unfold
from refugia.inference.multiplicity import CLONAL, EITHER_SIDE, expected, forms_of
from refugia.inference.reads.table import Copies
from refugia.inference.trees import _table

STEPS = 6
TREES = ([0, 1, 2], [0, 1, 1], [0, 0, 2], [0, 0, 0], [2, 0, 2], [3, 3, 0])


def nest_of(parents: list[int], concentration: float, columns: int = 2) -> Nest:
    """A small tree with likelihoods drawn by a seed, all of them positive."""
    nodes, chance = len(parents) + 1, np.random.Generator(np.random.Philox(3))
    like = chance.uniform(0.05, 1.0, (nodes, columns, STEPS + 1))
    window = np.zeros((nodes, columns, 2), np.int64)
    window[:, :, 1] = STEPS
    nest = Nest(
        np.array([-1, *parents]), np.full(columns, STEPS), np.empty(STEPS + 1), like, window,
        np.zeros((2, nodes, columns, STEPS + 1)), np.zeros((2, nodes, columns, 2), np.int64),
        np.zeros((2, nodes)), np.zeros(nodes, bool), np.zeros((2, STEPS + 1)),
    )  # fmt: skip
    part_weights(concentration, nest.part)
    return nest


def by_hand(nest: Nest, concentration: float) -> float:
    """Log likelihood of the tree as the sum over all ways to share out the steps."""
    total, parents, nodes = 0.0, nest.parent.tolist(), nest.parent.size
    for s in range(nest.steps.size):
        column = 0.0
        for parts in product(range(STEPS + 1), repeat=nodes):
            if sum(parts) != STEPS:
                continue
            shares = list(parts)
            for v in sorted(range(1, nodes), key=lambda v: -depth(parents, v)):
                shares[parents[v]] += shares[v]
            weight = exp(sum(lgamma(concentration + e) - lgamma(concentration) - lgamma(e + 1) for e in parts))
            column += weight * float(np.prod([nest.like[v, s, shares[v]] for v in range(1, nodes)]))
        total += log(column)
    return total


def depth(parents: list[int], v: int) -> int:
    """Edges from a node up to the root."""
    return 0 if v == 0 else 1 + depth(parents, parents[v])


@pytest.mark.parametrize("parents", TREES)
@pytest.mark.parametrize("concentration", [0.1, 1.0])
def test_messages_add_up_all_nested_shares(parents: list[int], concentration: float) -> None:
    """The likelihood of a tree equals the sum over every way to share out the steps; a changed likelihood changes it."""
    nest = nest_of(parents, concentration)
    wanted = by_hand(nest, concentration)
    assert retell(nest) == pytest.approx(wanted, abs=1e-10)
    assert try_tree(nest) == pytest.approx(wanted, abs=1e-10)
    nest.like[2, 0, :] *= 1.01
    assert abs(retell(nest) - wanted) > 1e-3


def test_a_graft_keeps_the_messages_true() -> None:
    """After any chain of regrafts and exchanges the score that is carried along is that of the tree that stands."""
    nest, table = nest_of([0, 1, 1, 2], 0.3), _table(4, 0)
    score, fits = retell(nest), ~np.eye(5, dtype=bool)
    chance = np.random.Generator(np.random.Philox(5)).random((40, 3))
    for turn, (first, second, third) in enumerate(chance):
        score = regraft(nest, 1 + turn % 4, fits, (0.0, 1.0), first, (table, 0))
        u, v = 1 + int(second * 4), 1 + int(third * 4)
        if u != v:
            score = exchange(nest, u, v, (0.0, 1.0), first, score)
        assert score == pytest.approx(by_hand_cheaply(nest), abs=1e-9)
    assert 0 < table.used[0] <= 5**3


def by_hand_cheaply(nest: Nest) -> float:
    """Every message anew on a copy."""
    copy = Nest(*(array.copy() for array in nest))
    return float(retell(copy))


@pytest.mark.parametrize("parents", TREES)
def test_drawn_shares_are_nested_and_follow_their_law(parents: list[int]) -> None:
    """Each draw is nested; the mean share of a node is that of the sum over all ways (budget: a deterministic seed)."""
    nest = nest_of(parents, 1.0)
    retell(nest)
    draws = np.zeros((4000, 4, 2), np.int64)
    unfold(nest, np.random.Generator(np.random.Philox(11)).random((4000, 4, 2)), draws)
    for v in range(4):
        children = [c for c in range(1, 4) if nest.parent[c] == v]
        assert (draws[:, v] >= draws[:, children].sum(axis=1)).all()
    ways = np.zeros((STEPS + 1,))
    for parts in product(range(STEPS + 1), repeat=4):
        shares = list(parts)
        for v in sorted(range(1, 4), key=lambda v: -depth(nest.parent.tolist(), v)):
            shares[nest.parent[v]] += shares[v]
        if sum(parts) == STEPS:
            ways[shares[2]] += float(np.prod([nest.like[v, 1, shares[v]] for v in range(1, 4)]))
    law = ways / ways.sum()
    found = np.bincount(draws[:, 2, 1], minlength=STEPS + 1) / 4000
    assert np.abs(found - law).max() < 5 * np.sqrt(0.25 / 4000)


@pytest.mark.parametrize(("alt", "depth_"), [(0, 200), (3, 200), (80, 200), (100, 200), (500, 10_000), (0, 1), (1, 1)])
@pytest.mark.parametrize("rows", [1, 40])
def test_the_marginal_likelihood_of_a_share_is_the_incomplete_beta(alt: int, depth_: int, rows: int) -> None:
    """Ratio 1/2, uniform prior: 2 B(a + 1, b + 1) I(1/2; a + 1, b + 1), also where the curve is far narrower than the grid."""
    forms = Forms(np.array([0, 1]), np.zeros(1), np.full(1, 0.5), np.ones(1), np.zeros(1), np.zeros(1))
    curves = np.empty((1, 1, 65 if depth_ < 1000 else 485))
    lowered = fill_curves(np.array([[alt]]), np.array([[depth_]]), np.array([[0]]), forms, (inf, 1e-9), curves)
    place, weight = np.empty(NODES), np.empty(NODES)
    value, count = profile(curves[0, 0] * rows, np.zeros(2), place, weight)
    a, b = alt * rows + 1, (depth_ - alt) * rows + 1
    assert value + rows * lowered == pytest.approx(log(2.0) + betaln(a, b) + np.log(betainc(a, b, 0.5)), abs=0.02)
    mean = (weight[:count] * (place[:count] / (curves.shape[2] - 1)) ** 2).sum() / weight[:count].sum()
    exact = 2 * exp(betaln(a + 1, b) - betaln(a, b)) * betainc(a + 1, b, 0.5) / betainc(a, b, 0.5)
    assert mean == pytest.approx(exact, abs=2e-3)


@pytest.mark.parametrize(
    ("normal", "without", "with_", "mutated", "purity", "share"),
    [(2, 3, 3, 2, 0.7, 0.25926), (2, 2, 3, 2, 0.7, 0.29787), (2, 2, 2, 1, 0.7, 0.175), (1, 1, 1, 1, 0.7, 0.35)],
)
def test_the_share_of_mutated_reads_is_as_printed(
    normal: int, without: float, with_: float, mutated: float, purity: float, share: float
) -> None:
    """The table of 2.1 of the fact sheet, at a cell fraction of 1/2 and without errors."""
    p0, p1, q0, q1, _ = expected(Copies(purity, normal, error=0.0), without, with_, mutated)
    assert (p0 + p1 * 0.5) / (q0 + q1 * 0.5) == pytest.approx(share, abs=5e-6)


def test_both_conventions_are_held_apart() -> None:
    """Clonal copies: one form for each number of mutated copies; either side: before the change, and once after it."""
    place = Copies(0.7, 2, 2, 1, 2, 1, 0.0, 0.0)
    assert [form[4] for form in forms_of(place, CLONAL)] == [1, 2]
    assert [form[4] for form in forms_of(place, EITHER_SIDE)] == [1, 2, 1]
    assert [form[3] for form in forms_of(place, EITHER_SIDE)] == pytest.approx([0.7, 0.7, 0.0])
    assert 1.5 in [form[4] for form in forms_of(Copies(1.0, 2, 1, 1, 2, 1, 0.5))]


def test_fitted_shares_are_the_best_nested_ones() -> None:
    """Two children of 0.7 and 0.6 under a parent of 1: the likeliest nested pair of equal counts lies at 0.55 and 0.45."""
    forms = Forms(np.array([0, 1]), np.zeros(1), np.full(1, 0.5), np.ones(1), np.zeros(1), np.zeros(1))
    counts = np.array([[5000], [3500], [3000]])
    curves = np.empty((3, 1, 485))
    fill_curves(counts, np.full((3, 1), 10_000), np.zeros((3, 1), np.int64), forms, (inf, 1e-9), curves)
    shares = np.array([[1.0], [0.9], [0.4], [0.4]])
    fit_shares(np.array([-1, 0, 1, 1]), curves, 1.0, shares)
    a, grid = shares[2:, 0], np.linspace(0.01, 0.99, 9801)
    wanted = grid[np.argmax(sum(c * np.log(x / 2) + (10_000 - c) * np.log1p(-x / 2) for c, x in ((3500, grid), (3000, 1 - grid))))]
    assert a[0] == pytest.approx(wanted, abs=1e-3)
    assert a.sum() <= shares[1, 0] + 1e-9 <= 1.0 + 2e-9
