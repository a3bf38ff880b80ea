"""Laws of the mixture: what is carried along is what it would be anew, and a climb ends where no small change helps."""

from __future__ import annotations

from math import inf, lgamma

import numpy as np
import pytest

from refugia.engine.memberships import belong
from refugia.engine.mixture import Mixture, log_posterior, log_prior, marginal_of, predictive, put, sweep, take
from refugia.engine.regroup import climb, merge_best, split
from refugia.inference.clusters import _empty, curves_of, points_for
from refugia.inference.generator import Plan, generate
from refugia.inference.multiplicity import table_of

LUMPS = np.array([0.1, 0.1])


def mixture_of(plan: Plan, seed: int = 0) -> Mixture:
    """An empty mixture over made-up reads."""
    reads, _ = generate(plan, seed)
    forms, _ = table_of(reads.places)
    curves, _ = curves_of(reads, np.arange(len(reads.mutations)), forms, inf, points_for(reads, forms))
    return _empty(curves, min(60, len(reads.mutations)), LUMPS.copy())


def anew(mixture: Mixture) -> float:
    """The log posterior of the partition from nothing but its groups."""
    groups = [np.flatnonzero(mixture.group == k) for k in range(mixture.groups[0])]
    sizes = np.array([members.size for members in groups])
    marginals = sum(marginal_of(mixture.curves[members].sum(axis=0), LUMPS) for members in groups)
    return float(log_prior(len(groups), sizes, mixture.group.size) + marginals)


@pytest.mark.parametrize("copies", [(2, 2), (1, 4)])
def test_the_posterior_carried_along_is_that_of_the_partition(copies: tuple[int, int]) -> None:
    """After seating, sweeps by chance, splits and mergers; and splits and mergers gain what they say."""
    mixture = mixture_of(Plan(mutations=25, copies=copies, missing=0.1))
    chance = np.random.Generator(np.random.Philox(1)).random((6, 25))
    for row in chance:
        sweep(mixture, np.argsort(row), row)
        assert log_posterior(mixture) == pytest.approx(anew(mixture), abs=1e-6)
        for move in (lambda: merge_best(mixture), lambda: _split_first(mixture)):
            before = log_posterior(mixture)
            gain = move()
            assert log_posterior(mixture) == pytest.approx(before + gain, abs=1e-6)
            assert log_posterior(mixture) == pytest.approx(anew(mixture), abs=1e-6)


def _split_first(mixture: Mixture) -> float:
    members = np.flatnonzero(mixture.group == 0)
    return float(split(mixture, 0, members[0], members[-1]))


def test_a_row_is_judged_by_the_ratio_of_marginals() -> None:
    """The predictive of a row in a group is the marginal with it over the marginal without it.

    To 0.01; to a thousandth for a row that does not belong there at all, as faint nodes of the posterior are not kept.
    """
    mixture = mixture_of(Plan(mutations=20))
    for i in range(12):
        put(mixture, i, 0)
    for i in range(12, 20):
        together = marginal_of(mixture.total[0] + mixture.curves[i], LUMPS)
        assert predictive(mixture, i, 0, -inf) == pytest.approx(together - mixture.marginal[0], abs=0.01, rel=1e-3)
    take(mixture, 3)
    assert mixture.size[0] == 11
    assert np.allclose(mixture.total[0], mixture.curves[[i for i in range(12) if i != 3]].sum(axis=0))


def test_a_climb_ends_where_no_single_row_wants_to_move() -> None:
    """And the posterior of each row's group, all others as they are, favours the group it is in."""
    mixture = mixture_of(Plan(mutations=40), 3)
    picks = np.random.Generator(np.random.Philox(2)).random((12, 5, 2))
    value = climb(mixture, np.arange(40), picks)
    assert value == pytest.approx(anew(mixture), abs=1e-6)
    assert sweep(mixture, np.arange(40), np.empty(0)) == 0
    shares = np.zeros((40, mixture.size.size))
    belong(mixture, shares)
    assert (shares.argmax(axis=1) == mixture.group).all()
    assert np.allclose(shares.sum(axis=1), 1.0)


def test_the_prior_of_partitions_is_as_its_formula_says() -> None:
    """K! (K - 1)! / (M + K - 1)! times the product of n_k!: two groups of 3 and 1 among 4 rows."""
    assert log_prior(2, np.array([3, 1]), 4) == pytest.approx(lgamma(3) + lgamma(2) - lgamma(6) + lgamma(4) + lgamma(2))
