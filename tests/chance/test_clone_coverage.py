"""Coverage of the intervals of cell fractions, on made-up tumours with copy numbers, purity, gaps and subclonal copies."""

from __future__ import annotations

import numpy as np
import pytest

from refugia.inference.generator import Plan, generate
from refugia.inference.mutations import mutations_of
from refugia.inference.reconstruct import reconstruct

PLANS = {
    "diploid": Plan(),
    "copies 0 to 6, purity 0.2 to 1, gaps": Plan(copies=(0, 6), purity=(0.2, 1.0), missing=0.1),
    "subclonal copies, gaps": Plan(copies=(1, 4), purity=(0.4, 1.0), subclonal=0.3, missing=0.1),
}
SETS = 24


@pytest.mark.slow
@pytest.mark.parametrize("name", PLANS)
def test_intervals_hold_the_truth_as_often_as_they_say(name: str) -> None:
    """Intervals by a mutation's own reads: 93 to 97 % of 24 sets x 100 mutations x 4 samples; those of its clone 90 to 98 %.

    The latter lie below their level where purity and copies leave clones that cannot be told apart: docs/clones.md has the figures.
    """
    own, member = [], []
    for seed in range(SETS):
        reads, truth = generate(PLANS[name], seed)
        found, true = mutations_of(reconstruct(reads)), truth.ccf[truth.clone]
        measured = reads.depth > 0
        for kept, interval in ((own, found.own), (member, found.ccf)):
            kept.append(((interval[:, :, 1] <= true + 1e-9) & (true - 1e-9 <= interval[:, :, 2]))[measured].mean())
    assert 0.93 < np.mean(own) < 0.97
    assert 0.90 < np.mean(member) < 0.98
