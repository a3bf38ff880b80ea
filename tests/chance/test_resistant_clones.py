"""Resistant clones drawn one by one against their exact laws, and two drugs in the cell kernel against theirs."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binomtest, poisson

from refugia.clones import bozic_nowak, luria_delbrueck
from refugia.clones.combination import Targets, Therapy
from refugia.clones.outlook import drawn
from refugia.clones.turnover import Turnover, turnover
from tests.chance.budget import chance, joint
from tests.chance.lines import fit
from tests.chance.treated import failures, log_cure

SIZE, CLONES = 1e9, 4
NEUTRAL, COSTLY, EAGER = turnover(0.25, 0.181, 4.2e-8), turnover(0.25, 0.181, 4.2e-8, 0.1), turnover(0.25, 0.181, 4.2e-8, -0.2)
SOURCES = pytest.mark.parametrize("source", [NEUTRAL, COSTLY, EAGER], ids=["neutral", "cost", "advantage"])


def faster(source: Turnover, part: str) -> Turnover:
    """The same population with one of its numbers 5 % higher."""
    return source._replace(**{part: getattr(source, part) * 1.05})


@chance
@SOURCES
def test_clones_alive_and_lasting_are_poisson_numbers(level: float, seed: int, source: Turnover) -> None:
    """Of mean M u F and M u s_R/s; a rate of mutation 5 % too high is caught."""
    count = np.arange(200)
    laws = [poisson.pmf(count, float(mean(SIZE, source))) for mean in (luria_delbrueck.alive, luria_delbrueck.surviving)]

    def p(other: Turnover, lot: int) -> float:
        found = drawn(SIZE, other, 20_000, lot, CLONES)
        return joint(fit(found.alive, laws[0]), fit(found.lasting, laws[1]))

    assert p(source, seed) > level
    assert p(faster(source, "mutation"), seed + 1) < level


@chance
@SOURCES
def test_resistant_cells_follow_their_generating_function(level: float, seed: int, source: Turnover) -> None:
    """About one clone is expected to last: the whole law of the number of cells; a rate of mutation 5 % too high is caught."""
    rare = source._replace(mutation=np.asarray(1e-9))
    law = np.exp(luria_delbrueck.log_pmf(SIZE, rare, 1000))

    def p(other: Turnover, lesions: int, lot: int) -> float:
        return fit(drawn(SIZE, other, lesions, lot, CLONES).cells.astype(np.int64), law)

    assert p(rare, 40_000, seed) > level
    assert p(faster(rare, "mutation"), 120_000, seed + 1) < level


@chance
@SOURCES
@pytest.mark.parametrize("order", ["rank", "appearance"])
def test_sizes_follow_their_exact_laws(level: float, seed: int, source: Turnover, order: str) -> None:
    """Quartiles of the first four clones by size and by age; a rate of mutation 5 % too high is caught."""
    quantile = np.array([0.25, 0.5, 0.75])
    law, exceeds = (getattr(bozic_nowak, name) for name in (f"exact_{order}", f"{order}_exceeds"))
    which = np.arange(1, CLONES + 1)[:, None]
    cut = law(which, quantile, SIZE, source)
    reach = 1.0 - exceeds(cut, which, SIZE, source)
    assert (reach > quantile - 1e-9).all()

    def p(other: Turnover, lot: int) -> float:
        found = drawn(SIZE, other, 40_000, lot, CLONES)
        table = found.largest if order == "rank" else found.first
        tests = [
            binomtest(int((table[:, k] <= cut[k, j]).sum()), 40_000, reach[k, j]).pvalue for k in range(CLONES) for j in range(3)
        ]
        return joint(*tests)

    assert p(source, seed) > level
    assert p(faster(source, "mutation"), seed + 1) < level


SHARED = Targets(30, 30, 1)
"""One mutation resists both drugs: cures then hang on its rate half as much, so that a rate 5 % off takes more worlds to catch."""
BODIES = [
    (0.0, Targets(250, 250, 0)),
    *(pytest.param(*more, marks=pytest.mark.slow) for more in ((0.1, Targets(200, 500, 0)), (0.0, SHARED))),
]


@chance
@pytest.mark.parametrize(("cost", "targets"), BODIES)
def test_two_drugs_fail_as_often_as_the_branching_process_says(level: float, seed: int, cost: float, targets: Targets) -> None:
    """1e4 cells grow to 1e6 and are treated; `tests/laws` holds the closed forms to the same process. A rate 5 % off is caught."""
    rates = Therapy(turnover(0.25, 0.181, 6e-7, cost), np.asarray(-0.8))
    days = (round(np.log(100.0) / 0.069), 110)
    law, worlds = -np.expm1(log_cure(1e4, days[0], rates, 0.25, targets)), 70_000 if targets == SHARED else 20_000

    def p(other: Therapy, lot: int) -> float:
        failed = failures(10_000, days, other, 0.25, targets, worlds=worlds, seed=lot)
        return float(binomtest(failed, worlds, law).pvalue)

    assert 0.2 < law < 0.9
    assert p(rates, seed) > level
    assert p(rates._replace(source=faster(rates.source, "mutation")), seed + 1) < level
