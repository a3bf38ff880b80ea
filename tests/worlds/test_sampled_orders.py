"""A dissection of more mechanisms than all subsets can be run of: orders of lifting are sampled."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from refugia.catalog.reader import read_case
from refugia.dissection import arms as arms_module
from refugia.dissection import shapley
from refugia.dissection.arms import arms
from refugia.dissection.bootstrap import interval, interval_of_both
from refugia.dissection.dissect import dissect
from refugia.dissection.sampling import attribute_sampled, marginals
from refugia.dissection.shapley import owen, quotient, shares
from tests.worlds.conftest import small

MANY = ("standing resistance", "new mutation", "copy-number change", "tolerance", "metabolic adaptation", "bypass activation",
        "stem-like cells", "perfusion and pressure", "matrix", "oxygen and acid", "wall", "occult lesions")  # fmt: skip


@pytest.fixture(scope="module")
def many():
    case = small(read_case("egfr-lung-states"), 56.0)
    return replace(case, mechanisms=MANY, levers=())


@pytest.fixture(scope="module")
def why(many, request):
    patch = pytest.MonkeyPatch()
    request.addfinalizer(patch.undo)
    patch.setattr(arms_module, "ORDERS", 8)
    return dissect(many, 2, 3, threads=2)


def test_shares_add_up_and_dummies_get_exactly_zero(why):
    for merit in ("control", "progression"):
        rows = [row for row in why.shares if row.merit == merit]
        total = sum(row.share for row in rows if row.part_of is None)
        assert total == pytest.approx(why.total(merit), abs=1e-12 * max(1.0, np.abs(why.gains[merit]).max()))
        for row in rows:
            if row.mechanism in ("wall", "wall pumps", "occult lesions"):
                assert (row.alone, row.last, row.share, row.low, row.high) == (0.0,) * 5
            whole = [part.share for part in rows if part.part_of == row.mechanism]
            assert not whole or sum(whole) == pytest.approx(row.share, abs=1e-12)
    assert any("14 mechanisms and parts are too many to lift in all 16384 subsets" in note for note in why.notes)
    assert len(why.interactions) == 0


def test_the_seed_alone_decides(many, why):
    assert arms(many, 3).masks == arms(many, 3).masks != arms(many, 4).masks
    assert arms(many, 3).masks[0] == 0
    assert arms(many, 3).masks[-1] == 2**14 - 1


def game(plan, patients: int, seed: int) -> np.ndarray:
    """Gains (patients, subsets) of all subsets, of which pairs help each other or stand in each other's way."""
    rng = np.random.default_rng(seed)
    bits = len(plan.bits)
    alone, pair = rng.normal(1.0, 1.0, (patients, bits)), np.triu(rng.normal(0.0, 0.5, (bits, bits)), 1)
    inside = (np.arange(1 << bits)[:, None] >> np.arange(bits)) & 1
    return np.asarray(alone @ inside.T + np.einsum("sa,ab,sb->s", inside, pair, inside))


def test_sampled_shares_come_to_the_exact_ones_within_their_intervals(many):
    """On a game whose shares are known: every interval over orders and patients holds the mean of these patients' exact shares."""
    plan = arms(replace(many, mechanisms=MANY[:7] + MANY[7:10]), 5)
    assert len(plan.bits) == 11
    v = game(plan, 6, 1)
    exact_plan = plan.players.groups
    rows = attribute_sampled({"control": v[:, list(plan.masks)]}, plan, 5)
    whole = {row.mechanism: row for row in rows if row.part_of is None}
    patch = pytest.MonkeyPatch()
    patch.setattr(shapley, "EXACT", 11)
    exact, parts = shares(quotient(v, exact_plan)).mean(axis=0), owen(v, exact_plan).mean(axis=0)
    patch.undo()
    for name, share in zip(plan.players.names, exact, strict=True):
        assert whole[name].low <= share <= whole[name].high
        assert whole[name].share == pytest.approx(share, abs=0.15)
    own = marginals(v[:, list(plan.masks)], plan).mean(axis=(0, 1))[len(exact) :]
    np.testing.assert_allclose(own, parts, atol=0.35)


def test_the_interval_over_both_is_wider_than_over_patients_alone():
    parts = np.random.default_rng(2).normal(0.0, 1.0, (12, 8, 3))
    both, one = interval_of_both(parts, 7), interval(parts.mean(axis=1), 7)
    np.testing.assert_allclose(both.mean, one.mean, atol=1e-14)
    assert ((both.high - both.low) > (one.high - one.low)).all()
