"""Scores against values worked out by hand from their formulae."""

from __future__ import annotations

import numpy as np
import pytest

from refugia.inference.scores import (
    fraction_error,
    pair_f1,
    rand_index,
    relation_loss,
    relations_of_mutations,
    v_measure,
    vaf_loss,
)
from refugia.inference.trees import relations_of


def test_v_measure_by_hand() -> None:
    """Truth 2 + 2, found 3 + 1: H(C) = ln 2, H(C|K) = 3/4 H(1/3), H(K|C) = ln 2 / 2."""
    third = -(np.log(1 / 3) / 3 + 2 * np.log(2 / 3) / 3)
    h = 1 - 0.75 * third / np.log(2)
    c = 1 - 0.5 * np.log(2) / -(0.75 * np.log(0.75) + 0.25 * np.log(0.25))
    assert v_measure([0, 0, 1, 1], [0, 0, 0, 1]) == pytest.approx(2 * h * c / (h + c), abs=1e-12)
    assert v_measure([0, 0, 0], [5, 5, 5]) == 1.0
    assert v_measure([0, 0, 1], [0, 0, 0]) == 0.0


def test_rand_index_by_hand() -> None:
    """Truth 2 + 2, found 3 + 1: one pair in both, 2 and 3 pairs, E = 2 x 3 / 6."""
    assert rand_index([0, 0, 1, 1], [0, 0, 0, 1]) == pytest.approx((1 - 1) / (2.5 - 1))
    assert rand_index([0, 0, 1, 1], ["b", "b", "a", "a"]) == 1.0


def test_vaf_loss_by_hand() -> None:
    """One read of two at a share of 1/2: binomial 1/2, one bit; half the weight on 1/4: 3/8."""
    one = np.array([[1]]), np.array([[2]]), np.array([[0.5]])
    assert vaf_loss(*one, [(1.0, np.array([[1.0]]))]) == pytest.approx(1.0)
    mixed = [(0.5, np.array([[1.0]])), (0.5, np.array([[0.5]]))]
    assert vaf_loss(*one, mixed) == pytest.approx(0.5 - 0.5 * np.log2(2 * 0.25 * 0.75))


def test_relations_know_grandparents_and_each_pair_once() -> None:
    """A chain of three: the first is an ancestor of the third; a half-certain tree loses as the formula says."""
    chain = relations_of_mutations(np.array([0, 1, 2]), relations_of(np.array([0, 1, 2])))
    assert chain[0, 2].tolist() == [1, 0, 0, 0]
    branch = relations_of_mutations(np.array([0, 1, 2]), relations_of(np.array([0, 1, 1])))
    assert branch[1, 2].tolist() == [0, 0, 0, 1]
    assert relation_loss(chain, chain) == 0.0
    assert relation_loss(chain, branch) == pytest.approx(1 / 3)  # one pair of three, and that wholly wrong
    half = (chain + branch) / 2
    quarter = -(0.75 * np.log2(0.75) + 0.25 * np.log2(0.25)) - 0.5
    assert relation_loss(chain, half) == pytest.approx(quarter / 3)


def test_an_uncertain_cluster_spreads_its_relations() -> None:
    """Posterior of the cluster in place of a label: same in proportion."""
    shares = np.array([[1.0, 0.0], [0.5, 0.5]])
    found = relations_of_mutations(shares, relations_of(np.array([0, 1])))
    assert found[0, 1].tolist() == [0.5, 0.0, 0.5, 0.0]


def test_error_and_f1() -> None:
    assert fraction_error(np.array([[0.5, 0.1]]), np.array([[0.4, 0.3]])) == pytest.approx(0.15)
    assert pair_f1(set(), set()) == 1.0
    assert pair_f1({(1, 2)}, set()) == 0.0
