"""The wall: efflux arithmetic and what its lifts leave."""

from __future__ import annotations

from dataclasses import replace
from math import inf

import numpy as np
import pytest

from refugia.havens import Efflux, Wall, WallTable, crossing, knockouts, pumps, supply
from refugia.havens.lower import lower

BRAIN = Wall(2.0, 1.0, 1.5, (Efflux("gefitinib", 6.1, 2.0, 6e-4), Efflux("osimertinib", 1.0, 1.0, 0.0)))
DRUGS = ("gefitinib", "osimertinib", "unnamed")
FACES = np.array([[0.0, 1.0, 2.0, 4.0, 5.0, 6.0], [0.0, 0.2, 0.4, 0.6, 0.8, 1.0]])


def value(number: float) -> np.ndarray:
    return np.full(2, float(number))


@pytest.mark.parametrize(
    ("pgp", "bcrp", "expected"),
    [
        (5.63, 1.89, (8.52, 2.95, 1.29)),
        (21.9, 5.31, (28.2, 4.47, 1.23)),
        (10.1, 3.07, (14.2, 3.48, 1.28)),
        (47.5, 1.73, (50.2, 18.4, 1.04)),
        (115.0, 10.4, (126.0, 11.1, 1.09)),
    ],
)
def test_knock_outs(pgp: float, bcrp: float, expected: tuple[float, float, float]) -> None:
    """H2.1, mice without P-gp, BCRP or both: 1 + P + B and its ratios, to the digits printed."""
    assert tuple(knockouts(pgp, bcrp)) == pytest.approx(expected, rel=6e-3)


def test_full_inhibition_is_a_knock_out() -> None:
    """H2.3: a wall whose pumps are stopped rises to the double knock-out, of one pump to its single knock-out."""
    wild, one = knockouts(6.1, 2.0), np.ones(1)
    at_rest = crossing(one, 8.1 * one, 0 * one)
    assert float((crossing(one, 0 * one, 0 * one) / at_rest)[0]) == pytest.approx(wild.both, rel=1e-14)
    assert float((crossing(one, 2.0 * one, 0 * one) / at_rest)[0]) == pytest.approx(wild.pgp, rel=1e-14)
    assert float((crossing(one, 6.1 * one, 0 * one) / at_rest)[0]) == pytest.approx(wild.bcrp, rel=1e-14)
    free = replace(BRAIN, effluxes=(replace(BRAIN.effluxes[0], bulk=0.0),))
    stopped, whole = lower(free.without_pumps(), DRUGS, value), lower(free, DRUGS, value)
    assert stopped.rim[0, 0] / whole.rim[0, 0] == pytest.approx(wild.both, rel=1e-14)


def test_pumps_from_knock_outs_and_back() -> None:
    """Reading P and B from two knock-outs reproduces them, and additivity closes the third."""
    for pgp, bcrp in ((5.63, 1.89), (115.0, 10.4)):
        seen = knockouts(pgp, bcrp)
        assert pumps(seen.both, seen.pgp) == pytest.approx((pgp, bcrp), rel=1e-12)
        assert 1 / seen.pgp + 1 / seen.bcrp - 1 / seen.both == pytest.approx(1.0, rel=1e-12)


def test_kpuu_of_intact_and_leaky_walls() -> None:
    """Intact brain 0.11; leakiness dilutes the pumps; pumps count only against passive leak."""
    one = np.ones(1)
    assert float(crossing(one, 8.1 * one, 6e-4 * one)[0]) == pytest.approx(0.11, abs=1e-3)
    assert float(crossing(2 * one, 8.1 * one, 0 * one)[0]) == pytest.approx(2 / (2 + 8.1 / 2), rel=1e-14)
    leaks = np.geomspace(0.1, 1e6, 50)
    risen = crossing(leaks, np.full(50, 8.1), np.full(50, 6e-4))
    assert np.all(np.diff(risen) > 0) and risen[-1] < 1.0


def test_lifts() -> None:
    """Tightness or the whole wall lifted gives exactly one; pumps lifted leave the bulk flow; no wall is one everywhere."""
    for wall in (BRAIN.lifted(), BRAIN.without_tightness(), None):
        table = lower(wall, DRUGS, value)
        assert np.array_equal(supply(table, FACES), np.ones((2, 5, 3)))
    still = supply(lower(BRAIN.without_pumps(), DRUGS, value), FACES)
    assert still[0, -1, 0] == pytest.approx(1 / (1 + 6e-4), rel=1e-12)
    assert np.array_equal(still[:, :, 1:], np.ones((2, 5, 2)))


def test_drugs_without_an_efflux_pass() -> None:
    table = lower(BRAIN, DRUGS, value)
    assert np.array_equal(table.core[:, 2], np.ones(2)) and np.array_equal(table.rim[:, 2], np.ones(2))
    assert all(np.all(np.isfinite(column)) for column in lower(BRAIN.without_tightness(), DRUGS, value))
    assert lower(Wall(inf, inf, 1.5, BRAIN.effluxes), DRUGS, value).core[0, 0] == 1.0


def test_core_and_rim_share_a_shell_by_volume() -> None:
    """Inside the border the core's value, outside the rim's, across it the volume mean; a small lesion is all rim."""
    table = WallTable(np.full((2, 1), 0.5), np.full((2, 1), 0.1), np.array([1.5, 1.5]))
    found = supply(table, FACES)[:, :, 0]
    across = (4.5**3 - 4.0**3) / (5.0**3 - 4.0**3)
    assert found[0] == pytest.approx([0.5, 0.5, 0.5, 0.1 + 0.4 * across, 0.1], rel=1e-14)
    assert np.array_equal(found[1], np.full(5, 0.1))
