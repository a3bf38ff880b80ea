"""The theory of resistant clones against its printed and recomputable numbers, and its limits."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.optimize import brentq

from refugia.clones import bozic_nowak, iwasa, luria_delbrueck, relapse
from refugia.clones.turnover import Turnover, ages, turnover

COLON = turnover(0.25, 0.181, 4.2e-8)  # colorectal metastases: M u = 42 at 1e9 cells
UNIT = turnover(0.25, 0.181, 1e-9)  # M u = 1 at 1e9 cells
DEATHLESS = turnover(0.25, 0.0, 1e-9)


def generating(z: complex, source: Turnover, arisen: float, steps: int = 4000) -> complex:
    """exp{(M u/s) int [g(z; y) - 1] dy}, g(z; y) = (d(z-1) - y(bz-d)) / (b(z-1) - y(bz-d)), by midpoints in y."""
    s = float(source.survival)
    y = (np.arange(steps) + 0.5) / steps
    d, b = 1.0 - s, 1.0
    g = (d * (z - 1.0) - y * (b * z - d)) / (b * (z - 1.0) - y * (b * z - d))
    return complex(np.exp(arisen / s * (g - 1.0).mean()))


def test_without_death_it_is_lea_and_coulson() -> None:
    """m = 1, k = 0 ... 6."""
    expected = [0.36788, 0.18394, 0.10730, 0.06898, 0.04745, 0.03433, 0.02582]
    np.testing.assert_allclose(np.exp(luria_delbrueck.log_pmf(1e9, DEATHLESS, 7)), expected, atol=5e-6)


def test_with_death_it_is_the_generating_function() -> None:
    """b = 0.25, d = 0.181, M u = 1; and the whole law against the generating function on the roots of unity."""
    law = np.exp(luria_delbrueck.log_pmf(1e9, UNIT, 4096))
    np.testing.assert_allclose(law[:6], [0.16896, 0.11884, 0.08925, 0.06984, 0.05625, 0.04631], atol=5e-6)
    roots = np.exp(-2j * np.pi * np.arange(4096) / 4096)
    turned = np.fft.ifft([generating(z, UNIT, 1.0) if z != 1.0 else 1.0 for z in roots]).real
    np.testing.assert_allclose(law[:40], turned[:40], atol=2e-4)
    assert law.sum() == pytest.approx(1.0 - 1.0 / (0.276 * 4096), abs=1e-4)  # the far tail is (M u/s)/k


@pytest.mark.parametrize("source", [turnover(1.0, 1e-9, 1e-9), turnover(1.0, 0.0, 1e-9)])
def test_little_death_is_no_death(source: Turnover) -> None:
    found = luria_delbrueck.log_pmf(1e9, source, 50)
    np.testing.assert_allclose(found, luria_delbrueck.log_pmf(1e9, DEATHLESS, 50), rtol=1e-7)


def test_the_law_keeps_its_digits_where_chances_are_tiny() -> None:
    """M u = 4200: P(0) = exp(-M u F) is far below the smallest float; chances are kept as logarithms."""
    log = luria_delbrueck.log_pmf(1e11, COLON, 200)
    assert log[0] == pytest.approx(4200.0 * np.log(0.276) / 0.724, rel=1e-12)
    assert np.isfinite(log).all() and (np.diff(log) > 0.0).all()
    assert log[1] - log[0] == pytest.approx(np.log(4200.0 / 0.276 * (1.0 - 0.0) * lone(0.276)), rel=1e-9)


def lone(s: float) -> float:
    """Chance that a founded line has exactly one cell: int a (1 - w) dy."""
    return quad(lambda y: s / (1.0 - (1.0 - s) * y) * s * y / (1.0 - (1.0 - s) * y), 0.0, 1.0, epsabs=1e-14)[0]


def test_the_factor_of_the_living() -> None:
    """F for (0.25, 0.181) and (0.14, 0.13); the closed form; one without death whatever the growth."""
    assert float(iwasa.factor(COLON)) == pytest.approx(1.77811, abs=5e-6)
    assert float(iwasa.factor(turnover(0.14, 0.13, 1e-9))) == pytest.approx(2.84206, abs=5e-6)
    s = np.array([1e-6, 0.01, 0.3, 0.9, 1.0 - 1e-9])
    closed = -np.log(s) / (1.0 - s)
    np.testing.assert_allclose(iwasa.factor(turnover(1.0, 1.0 - s, 1e-9)), closed, rtol=1e-9)
    for growth in (0.3, 1.0, 2.0):
        assert float(iwasa.factor(Turnover(*map(np.asarray, (1e-9, 1.0, 1.0, growth))))) == pytest.approx(1.0, abs=1e-12)


@pytest.mark.parametrize(("s_r", "c"), [(0.2, 0.7), (0.4, 1.5), (0.276, 1.0)])
def test_the_factor_with_another_growth(s_r: float, c: float) -> None:
    """(1/s) int s_R/(1 - (1 - s_R) y^c) dy by another quadrature."""
    source = Turnover(*map(np.asarray, (1e-9, 0.276, s_r, c)))
    by_hand = quad(lambda y: s_r / (1.0 - (1.0 - s_r) * y**c), 0.0, 1.0)[0] / 0.276
    assert float(iwasa.factor(source)) == pytest.approx(by_hand, rel=1e-9)


def test_the_chance_of_any() -> None:
    """M u = 0.1, 1, 10: alive, and surviving."""
    size = np.array([1e8, 1e9, 1e10])
    np.testing.assert_allclose(luria_delbrueck.any_alive(size, UNIT)[:2], [0.16290, 0.83104], atol=5e-6)
    assert 1.0 - float(luria_delbrueck.any_alive(1e10, UNIT)) == pytest.approx(1.9e-8, rel=0.03)
    np.testing.assert_allclose(luria_delbrueck.any_surviving(size, UNIT)[:2], [0.09516, 0.63212], atol=5e-6)
    assert float(luria_delbrueck.any_alive(1.0, UNIT)) == pytest.approx(1.77811e-9, rel=1e-5)


def test_the_tail_of_a_clone_s_size() -> None:
    """T(n) obeys T(n) = s/(n + 1) + (1 - s) T(n + 1), is near 1/(n + 1) for large n, and none is lost at 1e12 cells."""
    n = np.arange(2000.0)
    found = luria_delbrueck.larger(n, COLON)
    np.testing.assert_allclose(found[:-1], 0.276 / (n[:-1] + 1.0) + 0.724 * found[1:], rtol=1e-10)
    np.testing.assert_allclose(luria_delbrueck.larger(np.array([1e6, 1e9, 1e12]), COLON) * [1e6, 1e9, 1e12], 1.0, rtol=1e-5)


def test_the_weights_of_the_quadrature() -> None:
    found = ages(COLON)
    assert found.weight.sum() == pytest.approx(1.0, abs=1e-13)
    assert (found.weight * found.share**3).sum() == pytest.approx(0.25, abs=1e-13)


@pytest.mark.parametrize(("cost", "order"), [(-1.0, 0.5), (-0.5, 1.0 / 3.0), (0.3, 0.0)])
def test_resistance_within_all_cells(cost: float, order: float) -> None:
    """Of order M^(1-1/c) for c > 1 among all cells; bounded for c < 1 (Iwasa et al. 2006)."""
    size = np.array([1e9, 1e12])
    found = iwasa.mean_within(size, turnover(0.25, 0.2, 1e-12, cost))
    assert np.log(found[1] / found[0]) / np.log(1e3) == pytest.approx(order, abs=2e-3)


@pytest.mark.parametrize(("cost", "order"), [(-1.0, 1.0), (-0.5, 0.5), (0.3, 0.0)])
def test_resistance_beside_sensitive_cells(cost: float, order: float) -> None:
    """Of order M^(c-1) for c > 1 beside M sensitive cells; the two readings of M agree where resistance is slower."""
    source, size = turnover(0.25, 0.2, 1e-12, cost), np.array([1e9, 1e12])
    found = iwasa.mean_beside(size, source)
    assert np.log(found[1] / found[0]) / np.log(1e3) == pytest.approx(order, abs=2e-3)
    if cost > 0.0:
        np.testing.assert_allclose(iwasa.mean_within(size, source), found, rtol=1e-3)


def test_neutral_resistance_grows_as_a_logarithm() -> None:
    """ln M / (s F) beside sensitive cells; the same slope within all cells."""
    source, size = turnover(0.25, 0.2, 1e-12), np.array([1e6, 1e9, 1e12])
    scale = 1.0 / (0.2 * float(iwasa.factor(source)))
    np.testing.assert_allclose(iwasa.mean_beside(size, source), scale * np.log(size), rtol=1e-9)
    np.testing.assert_allclose(np.diff(iwasa.mean_within(size, source)), scale * np.diff(np.log(size)), rtol=2e-3)


def test_medians_by_order_of_appearance() -> None:
    """2^(1/k) - 1 for k = 1 ... 10, and their ratios: no parameter is in them."""
    k = np.arange(1, 11)
    found = bozic_nowak.appearance(k, 0.5, 1e9, COLON) / (42.0 / 0.276)
    factors = [1, 0.41421, 0.25992, 0.18921, 0.14870, 0.12246, 0.10409, 0.09051, 0.08006, 0.07177]
    np.testing.assert_allclose(found, factors, atol=5e-6)
    ratios = [0.41421, 0.62750, 0.72794, 0.78590, 0.82356, 0.84997, 0.86952]
    np.testing.assert_allclose((found[1:] / found[:-1])[:7], ratios, atol=5e-6)


@pytest.mark.parametrize(("mutation", "medians"), [(4.2e-8, (152.17, 63.03, 39.55, 28.79)), (2.1e-8, (76.09, 31.52, 19.78, 14.40))])
def test_medians_of_colorectal_metastases(mutation: float, medians: tuple[float, ...]) -> None:
    found = bozic_nowak.appearance(np.arange(1, 5), 0.5, 1e9, turnover(0.25, 0.181, mutation))
    np.testing.assert_allclose(found, medians, atol=5.1e-3)


@pytest.mark.parametrize(("order", "median", "next_larger"), [(1, 2.51286, 0.30685), (2, 1.62377, 0.38629)])
def test_ratios_of_successive_clones(order: int, median: float, next_larger: float) -> None:
    """Median of Y_k/Y_(k+1), and the chance that the next one is larger; for k = 1 the law is 1 - ln(1 + x)/x."""
    assert brentq(lambda x: float(bozic_nowak.successive(x, order)) - 0.5, 0.1, 10.0) == pytest.approx(median, abs=5e-6)
    assert float(bozic_nowak.successive(1.0, order)) == pytest.approx(next_larger, abs=5e-6)
    x = np.array([0.1, 1.0, 7.0])
    np.testing.assert_allclose(bozic_nowak.successive(x, 1), 1.0 - np.log1p(x) / x, rtol=1e-10)


def test_medians_by_rank() -> None:
    """In units M u/s; and 2^(1/k) for the ratio of neighbours' medians is not the ratio of their medians."""
    found = bozic_nowak.rank(np.arange(1, 6), 0.5, 1e9, COLON) / (42.0 / 0.276)
    np.testing.assert_allclose(found, [1.44270, 0.59582, 0.37396, 0.27233, 0.21409], atol=6e-6)


@pytest.mark.parametrize("growth", [0.7, 1.0, 1.4])
def test_the_law_of_ranks_with_another_growth(growth: float) -> None:
    """S_1 solves gamma-law chances by hand: P(S_1 <= y) = exp(-L Gamma(1 + 1/c) (s_R y)^(-1/c)); c = 1 is the neutral one."""
    from math import gamma

    source = Turnover(*map(np.asarray, (4.2e-8, 0.276, 0.276 * growth, growth)))
    y = float(bozic_nowak.rank(1, 0.3, 1e9, source))
    mean = 1e9 * 4.2e-8 * growth
    assert np.exp(-mean * gamma(1.0 + 1.0 / growth) * (0.276 * growth * y) ** (-1.0 / growth)) == pytest.approx(0.3, rel=1e-9)


@pytest.mark.parametrize("cost", [0.0, 0.1, -0.3])
def test_exact_laws_tend_to_those_of_many(cost: float) -> None:
    """At M u = 42,000 the quantiles of both agree to 1 %, by rank and by order of appearance."""
    source, k, q = turnover(0.25, 0.181, 4.2e-8, cost), np.array([[1], [2], [5]]), np.array([0.05, 0.5, 0.95])
    for limit, exact in ((bozic_nowak.rank, bozic_nowak.exact_rank), (bozic_nowak.appearance, bozic_nowak.exact_appearance)):
        np.testing.assert_allclose(exact(k, q, 1e12, source), limit(k, q, 1e12, source), rtol=0.01, atol=2.0)


def test_a_cost_that_vanishes_is_none() -> None:
    k = np.arange(1, 5)
    hardly = turnover(0.25, 0.181, 4.2e-8, 1e-9)
    for law in (bozic_nowak.rank, bozic_nowak.appearance, bozic_nowak.exact_rank, bozic_nowak.exact_appearance):
        np.testing.assert_allclose(law(k, 0.5, 1e9, hardly), law(k, 0.5, 1e9, COLON), rtol=1e-6)


def test_the_full_simulation_of_the_sheet() -> None:
    """20,000 lesions drawn elsewhere: 74.70 alive clones, ranked medians 217, 88, 54, 38, and quartiles of all cells."""
    assert float(luria_delbrueck.alive(1e9, COLON)) == pytest.approx(74.68, abs=5e-3)
    np.testing.assert_allclose(bozic_nowak.exact_rank(np.arange(1, 5), 0.5, 1e9, COLON), [217, 88, 54, 38], rtol=0.03)
    quartiles = luria_delbrueck.cells([0.25, 0.5, 0.75], 1e9, COLON)
    assert quartiles is not None
    np.testing.assert_allclose(quartiles / (42.0 / 0.276), [3.57, 5.11, 8.16], rtol=0.01)


def test_the_number_of_cells_tends_to_landaus_law() -> None:
    """At M u = 60 the exact quartiles and Landau's differ by less than half a per cent."""
    source = turnover(1.0, 0.5, 1e-9)
    exact = np.searchsorted(np.cumsum(np.exp(luria_delbrueck.log_pmf(6e10, source, 4096))), [0.25, 0.5, 0.75])
    limit = 120.0 * (np.log(60.0) + luria_delbrueck.landau([0.25, 0.5, 0.75]))
    np.testing.assert_allclose(exact, limit, rtol=0.005)
    np.testing.assert_allclose(luria_delbrueck.landau_beyond(np.array([1e3, 1e5])) * [1e3, 1e5], 1.0, rtol=0.01)


@pytest.mark.parametrize("size", [1.0, 1e3, 1e6, 1e9, 1e12])
@pytest.mark.parametrize("cost", [-0.5, 0.0, 0.5])
def test_every_size_has_an_answer(size: float, cost: float) -> None:
    """Finite, falling in k, rising in the quantile, from one cell to 1e12."""
    source, k, q = turnover(0.25, 0.181, 4.2e-8, cost), np.arange(1, 11)[:, None], np.array([0.05, 0.5, 0.95])
    for law in (bozic_nowak.rank, bozic_nowak.appearance, bozic_nowak.exact_rank, bozic_nowak.exact_appearance):
        found = law(k, q, size, source)
        assert np.isfinite(found).all() and (found >= 0.0).all()
        assert (np.diff(found, axis=0) <= 1e-9 * found[:-1]).all() and (np.diff(found, axis=1) >= 0.0).all()


def test_two_exponentials() -> None:
    """S = 1e9, R = 1e3: nadir on day 372.85, back at 1e9 on 1381.55; R = 152 at 0.069 a day: day 227.5."""
    assert float(relapse.nadir(1e9, 1e3, 0.03, 0.01)) == pytest.approx(372.85, abs=5e-3)
    assert float(relapse.reaches(1e9, 1e3, 0.01)) == pytest.approx(1381.55, abs=5e-3)
    assert float(relapse.reaches(1e9, 152, 0.069)) == pytest.approx(227.5, abs=0.05)
    day = float(relapse.nadir(1e9, 1e3, 0.03, 0.01))
    slope = -0.03 * 1e9 * np.exp(-0.03 * day) + 0.01 * 1e3 * np.exp(0.01 * day)
    assert abs(slope) < 1e-6
