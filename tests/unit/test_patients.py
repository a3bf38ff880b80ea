"""Virtual patients: quantiles of what we know and of how people differ, truncation, strata, switches, and rounding."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import lognorm, norm, truncnorm

from refugia.course.patients import Crowd, Patients, known, rounded, spread
from refugia.terms import Basis, Citation, Interval, Law, Parameter, Per, Spread

CITE = Citation("nobody2000", "Nobody", "Nothing", "Nowhere", 2000, "")


def parameter(name: str, value: float, interval: Interval | None = None, people: Spread | None = None) -> Parameter:
    return Parameter(name, "says", value, "", CITE, "where", Basis.ASSUMED, interval, people)


WIDE = parameter("test.both", 2.0, Interval(Law.LOGNORMAL, 1.0, 4.0), Spread(Law.LOGNORMAL, 0.5))


@pytest.mark.parametrize(
    ("law", "value", "low", "high"),
    [(Law.NORMAL, 5.0, 1.0, 6.0), (Law.LOGNORMAL, 5.0, 1.0, 6.0), (Law.LOG10NORMAL, 1e-4, 1e-7, 1e-2)],
)
def test_an_interval_is_a_95_percent_range_around_the_value(law: Law, value: float, low: float, high: float) -> None:
    """Median at the value, 2.5 % below the one end and above the other, however skewed."""
    drawn = known(value, Interval(law, low, high), np.array([0.025, 0.5, 0.975]))
    np.testing.assert_allclose(drawn, [low, value, high], rtol=1e-12)
    assert (np.diff(known(value, Interval(law, low, high), np.linspace(0.001, 0.999, 99))) > 0.0).all()


@pytest.mark.parametrize(("law", "value", "low", "high"), [(Law.UNIFORM, 20.0, 0.0, 100.0), (Law.LOGUNIFORM, 1e-3, 1e-4, 1.0)])
def test_a_uniform_interval_ends_at_its_bounds(law: Law, value: float, low: float, high: float) -> None:
    np.testing.assert_allclose(known(value, Interval(law, low, high), np.array([0.0, 0.5, 1.0])), [low, value, high], rtol=1e-12)
    quarter = known(value, Interval(law, low, high), np.array([0.25, 0.75]))
    middle = [0.5 * (low + value), 0.5 * (value + high)] if law is Law.UNIFORM else [np.sqrt(low * value), np.sqrt(value * high)]
    np.testing.assert_allclose(quarter, middle, rtol=1e-12)


def test_both_halves_of_a_symmetric_interval_are_one_law() -> None:
    quantile = np.linspace(0.01, 0.99, 33)
    np.testing.assert_allclose(known(3.0, Interval(Law.NORMAL, 3.0 - 1.959963984540054, 3.0 + 1.959963984540054), quantile),
                               norm.ppf(quantile, 3.0, 1.0), rtol=1e-12)  # fmt: skip


def test_the_width_of_a_spread_is_on_the_scale_of_its_law() -> None:
    centre, quantile = np.full(33, 2.0), np.linspace(0.01, 0.99, 33)
    np.testing.assert_allclose(spread(centre, Spread(Law.NORMAL, 0.3), quantile), norm.ppf(quantile, 2.0, 0.3), rtol=1e-9)
    for law, unit in ((Law.LOGNORMAL, 1.0), (Law.LOG10NORMAL, np.log(10.0))):
        expected = lognorm.ppf(quantile, 0.3 * unit, scale=2.0)
        np.testing.assert_allclose(spread(centre, Spread(law, 0.3), quantile), expected, rtol=1e-9)


def halves(quantile: np.ndarray, low: float, high: float) -> np.ndarray:
    """The standard normal law between its bounds, each half squeezed by itself where the bounds lie on both sides of the median."""
    if not low < 0.0 < high:
        return np.asarray(truncnorm.ppf(quantile, low, high))
    lower, upper = truncnorm.ppf(2.0 * quantile, low, 0.0), truncnorm.ppf(2.0 * quantile - 1.0, 0.0, high)
    return np.where(quantile < 0.5, lower, upper)


@pytest.mark.parametrize(("low", "high"), [(None, 0.3), (-0.2, None), (-0.5, 0.1), (1.0, 3.0), (-3.0, -1.0)])
def test_a_spread_is_truncated_not_clipped(low: float | None, high: float | None) -> None:
    """The law between its bounds, and none of its mass on them; its median stays where it was, if the bounds allow it."""
    quantile = np.linspace(0.0, 1.0, 51)[1:-1]
    drawn = spread(np.zeros(49), Spread(Law.NORMAL, 1.0, low, high), quantile)
    ends = (-np.inf if low is None else low, np.inf if high is None else high)
    np.testing.assert_allclose(drawn, halves(quantile, *ends), rtol=1e-8, atol=1e-12)
    assert (drawn > ends[0]).all() and (drawn < ends[1]).all()
    if ends[0] < 0.0 < ends[1]:
        assert abs(spread(np.zeros(1), Spread(Law.NORMAL, 1.0, low, high), np.array([0.5]))[0]) < 1e-12


def test_what_is_known_keeps_to_what_the_number_can_mean() -> None:
    """A share known within 0.2 to 0.95 is drawn below one, and its median is its value."""
    quantile = np.linspace(0.0, 1.0, 1001)[1:-1]
    drawn = known(0.8, Interval(Law.NORMAL, 0.2, 0.95), quantile, 0.0, 1.0)
    assert drawn.min() > 0.0 and drawn.max() < 1.0 and np.median(drawn) == pytest.approx(0.8)


def test_each_patient_has_a_bound_of_their_own() -> None:
    """`below` cuts each patient's law, and the stated bound where it is the lower one."""
    quantile, below = np.array([0.3, 0.6, 0.9, 0.999]), np.array([0.5, 1.0, 2.0, 100.0])
    drawn = spread(np.ones(4), Spread(Law.LOGNORMAL, 1.0, high=3.0), quantile, most=below)
    for k in range(4):
        top = np.log(min(below[k], 3.0))
        assert drawn[k] == pytest.approx(np.exp(halves(quantile[k : k + 1], -np.inf, top)[0]), rel=1e-8)


def test_a_bare_number_is_the_same_for_all() -> None:
    np.testing.assert_array_equal(Patients(5, 1).draw(0.25, "lung"), np.full(5, 0.25))
    np.testing.assert_array_equal(Patients(5, 1).draw(parameter("test.bare", 7.0), "lung"), np.full(5, 7.0))


@pytest.mark.parametrize("count", [1, 16, 100])
def test_draws_are_stratified(count: int) -> None:
    """One patient in each part of equal chance, of what we know and of how people differ alike."""
    unsure = parameter("test.unsure", 2.0, Interval(Law.NORMAL, 2.0 - 1.959963984540054, 2.0 + 1.959963984540054))
    varied = parameter("test.varied", 2.0, people=Spread(Law.NORMAL, 1.0))
    for number in (unsure, varied):
        quantile = norm.cdf(Patients(count, 3).draw(number, "lung"), 2.0, 1.0)
        np.testing.assert_array_equal(np.sort(np.floor(quantile * count)), np.arange(count))


def test_who_differs_from_whom() -> None:
    """A patient's number is one for all sites, a lesion's one for each; another seed or another name draws anew."""
    lesion = parameter("test.lesion", 2.0, people=Spread(Law.LOGNORMAL, 0.5, per=Per.LESION))
    some = Patients(32, 3)
    np.testing.assert_array_equal(some.draw(WIDE, "lung"), some.at("liver")(WIDE))
    assert not np.array_equal(some.draw(lesion, "lung"), some.draw(lesion, "liver"))
    np.testing.assert_array_equal(some.draw(lesion, "lung"), some.at("lung")(lesion))
    assert not np.array_equal(some.draw(WIDE, "lung"), Patients(32, 4).draw(WIDE, "lung"))
    other = parameter("test.other", WIDE.value, WIDE.interval, WIDE.spread)
    assert not np.array_equal(some.draw(other, "lung"), some.draw(WIDE, "lung"))


def test_what_is_switched_off_stays_at_its_stated_value() -> None:
    """Without people the draws are those of knowledge, without knowledge they lie around the value, without both they are it."""
    both, neither = Patients(64, 3), Patients(64, 3, knowledge=False, people=False)
    np.testing.assert_array_equal(neither.draw(WIDE, "lung"), np.full(64, 2.0))
    knowing = Patients(64, 3, people=False).draw(WIDE, "lung")
    people = Patients(64, 3, knowledge=False).draw(WIDE, "lung")
    assert np.std(np.log(knowing)) == pytest.approx(np.log(2.0) / 1.96, rel=0.05)
    assert np.std(np.log(people)) == pytest.approx(0.5, rel=0.05)
    np.testing.assert_allclose(both.draw(WIDE, "lung"), knowing * people / 2.0, rtol=1e-9)  # the same luck, on the scale of the law


def test_luck_is_each_patients_own_or_the_first_ones() -> None:
    np.testing.assert_array_equal(Patients(4, 3).lots(), [0, 1, 2, 3])
    np.testing.assert_array_equal(Patients(4, 3, chance=False).lots(), [0, 0, 0, 0])


def test_rounding_makes_equal_what_is_equal() -> None:
    """Twelve digits: what differs in the last bits becomes the same bits, what differs in the tenth digit stays apart."""
    rng = np.random.default_rng(1)
    table = rng.normal(size=2000) * 10.0 ** rng.integers(-40, 40, 2000)
    found = rounded(table)
    np.testing.assert_allclose(found, table, rtol=5e-12)
    apart = np.abs(table) * 1e-14
    same = rounded(table + apart) == found
    assert same.mean() > 0.95  # a number may lie on the edge between two roundings
    assert (rounded(table * (1.0 + 1e-10)) != found).all()
    np.testing.assert_array_equal(rounded(found), found)
    assert all(float(f"{x:.11e}") == pytest.approx(y, rel=1e-15) for x, y in zip(table, found, strict=True))


def test_rounding_leaves_what_has_no_digits() -> None:
    table = np.array([0.0, -0.0, np.inf, -np.inf, np.nan, 1.0, -2.5, 1e-290])
    np.testing.assert_array_equal(rounded(table), table)
    assert rounded(np.zeros((3, 0))).shape == (3, 0)
    np.testing.assert_array_equal(rounded(np.array([1.26, -126.0]), digits=2), [1.3, -130.0])


def along(weight: float) -> tuple[Parameter, Parameter]:
    """Two numbers whose normal scores correlate by a weight."""
    law = Interval(Law.LOGNORMAL, 1.0, 4.0)
    rest = float(np.sqrt(1.0 - weight**2))
    joint = Interval(Law.LOGNORMAL, 1.0, 4.0, along=(("test.first", weight), ("test.second", rest)))
    return parameter("test.first", 2.0, law), parameter("test.second", 2.0, joint)


@pytest.mark.parametrize("weight", [-0.84, 0.0, 0.5])
def test_numbers_found_together_are_drawn_together_and_each_keeps_its_own_law(weight: float) -> None:
    first, second = along(weight)
    people = Patients(4000, seed=3)
    one, two = people.draw(first, "lung"), people.draw(second, "liver")
    alone = people.draw(parameter("test.second", 2.0, first.interval), "lung")
    assert np.array_equal(np.sort(two), np.sort(alone))
    assert np.corrcoef(np.log(one), np.log(two))[0, 1] == pytest.approx(weight, abs=0.04)
    if weight == 0.0:
        assert np.array_equal(two, alone)


def test_some_of_an_ensemble_keep_what_they_draw_together_in_it() -> None:
    second = along(0.7)[1]
    whole = Patients(9, seed=3).draw(second, "lung")
    some = Patients(2, seed=3, crowd=Crowd(9, np.array([7, 2]))).draw(second, "lung")
    assert np.array_equal(some, whole[[7, 2]])
