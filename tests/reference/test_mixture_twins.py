"""Kernels of the mixture against their plain twins: seats draw for draw, mergers and splits, memberships and forms."""

from __future__ import annotations

from math import inf

import numpy as np
import pytest

from refugia.engine.memberships import belong, draw_members, form_weights, seat_others
from refugia.engine.mixture import Mixture, log_posterior, predictive, sweep
from refugia.engine.regroup import merge_best, split
from refugia.inference.generator import Plan, generate
from refugia.inference.multiplicity import table_of
from tests.laws.test_mixture_laws import LUMPS, mixture_of
from tests.reference.plain_mixture import Groups, form_posterior

PLAN = Plan(clones=3, samples=2, mutations=14, depth=60, copies=(1, 4), purity=(0.5, 0.9), missing=0.1)


def seated(seed: int, turns: int = 2) -> tuple[Mixture, Groups]:
    """A mixture and its twin after some sweeps by chance."""
    mixture = mixture_of(PLAN, seed)
    plain = Groups(mixture.curves.copy(), LUMPS, mixture.size.size)
    chance = np.random.Generator(np.random.Philox(seed)).random((turns, PLAN.mutations))
    for row in chance:
        order = np.argsort(row)
        assert sweep(mixture, order, row) == plain.swept(order.tolist(), row.tolist())
        assert mixture.group.tolist() == plain.of()
    return mixture, plain


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_rows_sit_where_those_of_the_twin_do(seed: int) -> None:
    mixture, plain = seated(seed)
    assert log_posterior(mixture) == pytest.approx(plain.posterior(), abs=1e-7)
    for k, group in enumerate(plain.members):
        outside = next(i for i in range(plain.rows) if i not in group)
        assert predictive(mixture, outside, k, -np.inf) == pytest.approx(plain.predictive(outside, group), abs=1e-7)
    order = np.arange(plain.rows)
    assert sweep(mixture, order, np.empty(0)) == plain.swept(order.tolist(), [])
    assert mixture.group.tolist() == plain.of()


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_mergers_and_splits_are_those_of_the_twin(seed: int) -> None:
    mixture, plain = seated(seed)
    for _ in range(3):
        assert merge_best(mixture) == pytest.approx(plain.merged(), abs=1e-7)
        assert mixture.group.tolist() == plain.of()
    largest = int(np.argmax(mixture.size[: mixture.groups[0]]))
    members = np.flatnonzero(mixture.group == largest)
    for first, second in ((members[0], members[-1]), (members[1], members[2]), (members[0], members[0])):
        if mixture.group[first] == mixture.group[second]:
            k = int(mixture.group[first])
            assert split(mixture, k, first, second) == pytest.approx(plain.parted(k, int(first), int(second)), abs=1e-7)
            assert mixture.group.tolist() == plain.of()


@pytest.mark.parametrize("seed", [1, 2])
def test_memberships_are_those_of_the_twin(seed: int) -> None:
    mixture, plain = seated(seed)
    shares = np.zeros((plain.rows, mixture.size.size))
    belong(mixture, shares)
    count = len(plain.members)
    assert shares[:, :count] == pytest.approx(np.array(plain.belonging()), abs=1e-7)
    others = np.zeros((plain.rows, mixture.size.size))
    seat_others(mixture, mixture.curves, others)  # as though each row were another one like it; on whole grid points
    for i in range(plain.rows):
        values = [np.log(len(group) + 1.0) + nearest(plain, i, group) for group in plain.members]
        weights = np.exp(np.array(values) - max(values))
        assert others[i, :count] == pytest.approx(weights / weights.sum(), abs=1e-9)


def nearest(plain: Groups, i: int, group: list[int]) -> float:
    """The predictive of a row on the grid points nearest to the nodes."""
    means = [sum(w * np.exp(plain.curves[i, s][int(x + 0.5)]) for x, w in plain.nodes(group, s)[1]) for s in range(PLAN.samples)]
    return float(sum(np.log(max(mean, 1e-300)) for mean in means))


def test_members_are_drawn_as_by_the_twin() -> None:
    """A uniform picks the first node whose cumulative weight it does not pass, in the order in which nodes are kept."""
    mixture, plain = seated(1)
    chance = np.random.Generator(np.random.Philox(4)).random((mixture.size.size, PLAN.samples, 20))
    out = np.zeros((plain.rows, PLAN.samples, 20))
    draw_members(mixture, chance, out)
    last, own = plain.curves.shape[2] - 1, plain.of()
    for i in range(plain.rows):
        for s in range(PLAN.samples):
            place, weight = map(np.array, zip(*plain.nodes(plain.members[own[i]], s)[1], strict=True))
            at = np.minimum(np.searchsorted(np.cumsum(weight) / weight.sum(), chance[own[i], s]), place.size - 1)
            assert out[i, s] == pytest.approx((place[at] / last) ** 2, abs=1e-9)


@pytest.mark.parametrize("precision", [inf, 40.0])
def test_forms_are_weighed_as_by_the_twin(precision: float) -> None:
    reads, _ = generate(PLAN, 2)
    forms, numbers = table_of(reads.places)
    share = np.random.Generator(np.random.Philox(9)).random(reads.alt.shape)
    out = np.zeros((*reads.alt.shape, max(map(len, numbers))))
    form_weights((reads.alt, reads.depth, reads.kinds), forms, (precision, 1e-6), share, out)
    for i, s in np.ndindex(reads.alt.shape):
        first, last = forms.start[reads.kinds[i, s]], forms.start[reads.kinds[i, s] + 1]
        x = share[i, s]
        told = [
            (forms.log_weight[f], (forms.p0[f] + forms.p1[f] * x) / (forms.q0[f] + forms.q1[f] * x)) for f in range(first, last)
        ]
        told = [(float(weight), float(min(max(p, 1e-6), 1 - 1e-6))) for weight, p in told]
        found = form_posterior(int(reads.alt[i, s]), int(reads.depth[i, s]), told, precision)
        assert out[i, s, : last - first] == pytest.approx(np.array(found), abs=1e-9)
