"""Laws of sampling in distribution: mutations and copy-number changes along branches, and reads around their share."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy.stats import binom, binomtest, chisquare, poisson

from refugia.biopsy.branches import Branches
from refugia.biopsy.copies import changes_of
from refugia.biopsy.model import plain
from refugia.biopsy.mutations import mutations_of
from refugia.biopsy.reads import Library, Shares, counts_of
from refugia.catalog.sequencing import sequencing
from tests.chance.budget import chance, joint

NODES = 16_000
MOST = 8
ALL = np.ones((NODES, 1))
NUMBERS = replace(sequencing(), changes=0.0, clonal_changes=0.0, correlation=0.0, unevenness=0.0)


def star(days: float) -> Branches:
    """Many branches of one length."""
    none = np.zeros((NODES, 0), bool)
    parent = np.where(np.arange(NODES) == 0, -1, 0)
    length = np.where(np.arange(NODES) == 0, 0.0, days)
    return Branches(parent, length, np.arange(NODES, dtype=np.uint32), np.arange(NODES) - 1, none, none)


@chance
def test_passengers_of_a_branch_are_poisson_in_its_divisions(level: float, seed: int) -> None:
    """Mean: bases x mutations per base and division x divisions."""
    mean = plain(NUMBERS.bases) * plain(NUMBERS.rate) * plain(NUMBERS.division) * 300.0

    def p(days: float) -> float:
        tree = star(days)
        drawn = mutations_of(tree, changes_of(tree, ALL, NUMBERS, seed), NUMBERS, seed)
        found = np.bincount(drawn.node, minlength=NODES)[1:]
        edges = np.arange(MOST + 1)
        law = poisson.pmf(edges, mean)
        counts = np.append([(found == k).sum() for k in edges], (found > MOST).sum())
        whole = poisson(mean * found.size)
        total = 2.0 * min(float(whole.cdf(found.sum())), float(whole.sf(found.sum() - 1)))
        return joint(float(chisquare(counts, np.append(law, 1 - law.sum()) * found.size).pvalue), total)

    assert p(300.0) > level
    assert p(300.0 * 1.05) < level


@chance
def test_mutations_after_a_gain_fall_on_the_gained_haplotype_two_times_in_three(level: float, seed: int) -> None:
    """Those before it fall evenly."""
    tree = star(3000.0)
    changes = changes_of(tree, ALL, replace(NUMBERS, clonal_changes=200.0, losses=0.0), seed)
    assert (changes.node == 0).all()
    assert (changes.step == 1).all()
    drawn = mutations_of(tree, changes, NUMBERS, seed)
    after = drawn.node > 0
    gained = int((drawn.haplotype == changes.haplotype[drawn.arm])[after].sum())
    assert binomtest(gained, int(after.sum()), 2 / 3).pvalue > level
    assert binomtest(gained, int(after.sum()), 2 / 3 * 0.95).pvalue < level


@chance
def test_reads_are_binomial_around_their_share_and_depth_is_poisson(level: float, seed: int) -> None:
    """Without correlation and unevenness: ranks within the laws are even. A share or a depth 5 % off is caught."""
    size, share, depth = 20_000, 0.26, 60.0
    even = np.full((size, 1), share)
    library = Library(np.ones(1), depth, 0.0)
    found = counts_of(Shares(even, even, even, even), np.arange(size, dtype=np.uint32), library, NUMBERS, seed)
    alt, total = found[0][:, 0], found[1][:, 0]
    jitter = np.random.default_rng(seed).random((2, size))

    def p(wrong_share: float = 1.0, wrong_depth: float = 1.0) -> float:
        laws = (binom(total, share * wrong_share), alt), (poisson(depth * wrong_depth), total)
        ranks = [law.cdf(k - 1) + law.pmf(k) * u for (law, k), u in zip(laws, jitter, strict=True)]
        return joint(*(float(chisquare(np.histogram(rank, 10, (0.0, 1.0))[0]).pvalue) for rank in ranks))

    assert p() > level
    assert p(wrong_share=1.05) < level
    assert p(wrong_depth=1.05) < level
