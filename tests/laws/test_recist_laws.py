"""Laws of RECIST: closed forms of the crossing day, the rules one by one, and a plain twin."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import brentq

from refugia.biopsy import diameter
from refugia.course.recist import Watch, at_scans, deepest, progression


def sphere(diameter: np.ndarray | float) -> np.ndarray:
    return np.pi / 6 * np.asarray(diameter, dtype=float) ** 3


def watch(days, seen, present=None, detection=5.0, ratio=1.2, increase=5.0, worlds=1) -> Watch:
    seen = np.asarray(seen, dtype=bool)
    sites = seen.shape[-1]
    present = np.ones((worlds, sites), bool) if present is None else np.asarray(present, bool)
    detected = np.full((worlds, sites), sphere(detection))
    return Watch(np.asarray(days, float), seen, present, detected, np.full(worlds, float(ratio)), np.full(worlds, float(increase)))


def bodies(worlds: int = 40, edges: int = 30, seed: int = 5) -> tuple[np.ndarray, Watch]:
    rng = np.random.default_rng(seed)
    days = np.cumsum(rng.uniform(1.0, 9.0, edges)) - 1.0
    diameter = rng.uniform(1.0, 30.0, (worlds, 3, 1)) * np.exp(np.cumsum(rng.normal(0.01, 0.08, (worlds, 3, edges)), axis=2))
    seen = rng.random((worlds, 3)) < 0.7
    base = watch(days, seen, rng.random((worlds, 3)) < 0.8, detection=8.0, worlds=worlds)
    return sphere(diameter), base._replace(ratio=rng.uniform(1.05, 1.4, worlds), increase=rng.uniform(0.0, 8.0, worlds))


def plain_body(volume: np.ndarray, watch: Watch, w: int) -> float:
    """The plain twin: site by site, edge by edge, a bracketed root in the step."""
    days, diameter = watch.days, np.cbrt(6 / np.pi * volume[w])
    seen = [s for s in range(volume.shape[1]) if watch.present[w, s] and watch.seen[w, s]]
    best = np.inf
    for s in range(volume.shape[1]):
        if not watch.present[w, s] or watch.seen[w, s]:
            continue
        for k in range(len(days)):
            if volume[w, s, k] >= watch.detection[w, s]:
                logs = np.log(volume[w, s, max(k - 1, 0) : k + 1])
                best = min(best, np.interp(np.log(watch.detection[w, s]), logs, days[max(k - 1, 0) : k + 1]) if k else days[0])
                break

    def total(day: float) -> float:
        return sum(float(np.exp(np.interp(day, days, np.log(diameter[s])))) for s in seen)

    nadir = total(days[0])
    for k in range(1, len(days) if seen else 0):
        level = max(watch.ratio[w] * nadir, nadir + watch.increase[w])
        if total(days[k]) >= level:
            return min(best, brentq(lambda day, level=level: total(day) - level, days[k - 1], days[k], xtol=1e-13))
        nadir = min(nadir, total(days[k]))
    return best


def test_bodies_progress_on_the_day_of_the_plain_twin() -> None:
    volume, given = bodies()
    plain = np.array([plain_body(volume, given, w) for w in range(len(volume))])
    assert 5 < np.isfinite(plain).sum() < 40
    np.testing.assert_allclose(progression(volume, given).body, plain, rtol=0, atol=1e-9)


def relapse(step: float) -> tuple[float, float, float]:
    """A sensitive and a resistant part: V = S e^{-kt} + R e^{gt}; days found for the body, for the site, and true."""
    s, k, r, g = 4000.0, 0.05, 20.0, 0.02
    days = np.arange(0.0, 400.0 + step / 2, step)
    lowest = np.log(k * s / (g * r)) / (k + g)

    def size(day):
        return np.cbrt(6 / np.pi * (s * np.exp(-k * day) + r * np.exp(g * day)))

    level = max(1.2 * size(lowest), size(lowest) + 5.0)
    true = brentq(lambda day: size(day) - level, lowest, 400.0, xtol=1e-12)
    found = progression(sphere(size(days))[None, None, :], watch(days, [True]))
    return float(found.body[0]), float(found.sites[0, 0]), true


@pytest.mark.parametrize("step", [0.1, 0.01])
def test_a_relapse_of_two_exponentials_progresses_on_its_day(step: float) -> None:
    body, site, true = relapse(step)
    assert body == pytest.approx(true, abs=0.1 * step**2)
    assert site == pytest.approx(body, abs=1e-9)


def test_the_nadir_counts_and_not_the_baseline() -> None:
    """A twofold shrinkage and regrowth progresses at 1.2 nadirs, below the baseline."""
    days = np.array([0.0, 50.0, 150.0])
    found = progression(sphere([[[80.0, 40.0, 80.0]]]), watch(days, [True])).body[0]
    assert found == pytest.approx(50.0 + 100.0 * np.log(1.2) / np.log(2.0), abs=1e-9)


def test_a_small_sum_must_grow_by_the_absolute_increase() -> None:
    """From a nadir of 10 mm, 20 % would be 12 mm; 15 mm are asked for."""
    days = np.array([0.0, 100.0])
    found = progression(sphere([[[10.0, 20.0]]]), watch(days, [True])).body[0]
    assert found == pytest.approx(100.0 * np.log(1.5) / np.log(2.0), abs=1e-9)


def test_a_large_sum_must_grow_by_the_ratio() -> None:
    days = np.array([0.0, 100.0])
    found = progression(sphere([[[50.0, 100.0]]]), watch(days, [True])).body[0]
    assert found == pytest.approx(100.0 * np.log(1.2) / np.log(2.0), abs=1e-9)


def test_the_sum_progresses_although_one_site_shrinks() -> None:
    """D1 = 40 e^{-a t}, D2 = 20 e^{b t}: the sum against a bracketed root, each site by its own rule."""
    days = np.arange(0.0, 301.0, 7.0)
    volume = sphere(np.stack([40.0 * np.exp(-0.01 * days), 20.0 * np.exp(0.008 * days)])[None])
    found = progression(volume, watch(days, [True, True]))

    def total(day):
        return 40.0 * np.exp(-0.01 * day) + 20.0 * np.exp(0.008 * day)

    nadir = total(days).min()
    assert found.body[0] == pytest.approx(brentq(lambda day: total(day) - 1.2 * nadir, days[total(days).argmin()], 300.0), abs=1e-9)
    assert found.sites[0, 0] == np.inf
    assert found.sites[0, 1] == pytest.approx(np.log(1.25) / 0.008, abs=1e-9)


def test_an_occult_site_progresses_the_body_on_its_day_of_detection() -> None:
    days = np.arange(0.0, 701.0, 7.0)
    volume = sphere(np.stack([np.full_like(days, 30.0), 0.5 * np.exp(0.005 * days)])[None])
    found = progression(volume, watch(days, [True, False]))
    assert found.sites[0] == pytest.approx([np.inf, np.log(10.0) / 0.005], abs=1e-9)
    assert found.body[0] == found.sites[0, 1]


def test_an_occult_site_is_not_in_the_sum_and_an_absent_one_nowhere() -> None:
    days = np.array([0.0, 100.0])
    volume = sphere([[[30.0, 30.0], [0.5, 4.9]], [[30.0, 30.0], [0.5, 40.0]]])
    found = progression(volume, watch(days, [True, False], [[True, True], [True, False]], worlds=2))
    assert np.all(found.body == np.inf) and np.all(found.sites == np.inf)


def test_an_occult_site_already_large_is_found_at_baseline() -> None:
    assert progression(sphere([[[6.0, 7.0]]]), watch([0.0, 100.0], [False])).body[0] == 0.0


def test_stable_shrinking_and_vanished_disease_never_progresses() -> None:
    days = np.arange(0.0, 71.0, 7.0)
    volume = np.stack([np.full_like(days, 900.0), 900.0 * np.exp(-0.1 * days), np.where(days > 20, 0.0, 900.0)])[:, None, :]
    for increase in (5.0, 0.0):
        found = progression(volume, watch(days, [True], increase=increase, worlds=3))
        assert np.all(found.body == np.inf) and np.all(found.sites == np.inf)


def test_a_return_from_nothing_is_seen() -> None:
    """Zero volumes meet no logarithm; from a nadir of nothing, 5 mm are progression."""
    found = progression(sphere([[[30.0, 0.0, 5.0]]]), watch([0.0, 7.0, 14.0], [True])).body[0]
    assert 7.0 < found <= 14.0


def test_steep_and_opposed_steps_are_solved() -> None:
    """Fifty e-folds up and down within one step: the root meets its level."""
    before = np.array([[40.0, 1e-9, 3.0], [30.0, 5.0, 1e-6]])
    after = np.array([[1e-9, 80.0, 3.0], [1e-9, 1e-9, 60.0]])
    volume = sphere(np.stack([before, after], axis=2))
    days = np.array([0.0, 1.0])
    body = progression(volume, watch(days, [True, True, True], worlds=2)).body
    total = (before * (after / before) ** body[:, None]).sum(axis=1)
    np.testing.assert_allclose(total, np.maximum(1.2 * before.sum(axis=1), before.sum(axis=1) + 5.0), rtol=1e-12)


def test_a_world_keeps_its_bits_in_any_batch() -> None:
    volume, given = bodies(worlds=3000, edges=12)
    found = progression(volume, given)
    for w in (0, 7, 2047, 2048, 2999):
        cut = slice(w, w + 1)
        lone = progression(volume[cut], Watch(given.days, *(array[cut] for array in given[1:])))
        assert lone.body[0] == found.body[w] and np.array_equal(lone.sites[0], found.sites[w])


def test_an_occult_site_is_not_seen_at_the_baseline_scan() -> None:
    """Whatever a reading error makes of it: a site that is seen at baseline is no occult one."""
    days = np.array([0.0, 42.0, 84.0])
    errors = np.zeros((1, 1, 3))
    errors[0, 0, 0] = 1.0
    assert at_scans(sphere([[[4.9, 4.9, 6.0]]]), watch(days, [False]), days, errors).body[0] == 84.0


def test_scans_on_every_edge_call_the_first_edge_after_the_crossing() -> None:
    volume, given = bodies()
    given = given._replace(detection=np.maximum(given.detection, 1.01 * volume[:, :, 0]))  # occult at the baseline scan
    timed, scanned = progression(volume, given), at_scans(volume, given, given.days)
    for exact, called in ((timed.body, scanned.body), (timed.sites, scanned.sites)):
        later = np.append(given.days, np.inf)[np.searchsorted(given.days, exact, side="left")]
        np.testing.assert_array_equal(called, later)


def test_rare_scans_see_a_shallower_nadir_and_call_later() -> None:
    days = np.arange(0.0, 301.0, 1.0)
    size = 30.0 * np.exp(-0.02 * np.minimum(days, 50.0) + 0.01 * np.maximum(days - 50.0, 0.0))
    volume = sphere(size)[None, None, :]
    rule = watch(days, [True])
    timed = progression(volume, rule).body[0]
    assert timed == pytest.approx(50.0 + np.log(1.0 + 5.0 / size.min()) / 0.01, abs=1e-9)
    assert at_scans(volume, rule, np.array([0.0, 42.5, 84.5, 126.5])).body[0] == 126.5
    assert at_scans(volume, rule, np.array([0.0, 99.5, 150.5])).body[0] == 150.5


def test_scans_between_edges_read_an_exponential_exactly() -> None:
    days = np.array([0.0, 100.0])
    volume = sphere([[[20.0, 40.0]]])
    crossing = 100.0 * np.log(25.0 / 20.0) / np.log(2.0)
    rule = watch(days, [True])
    assert at_scans(volume, rule, np.array([0.0, crossing - 1e-6, crossing + 1e-6])).body[0] == crossing + 1e-6


def test_reading_errors_scale_the_measured_diameter() -> None:
    days, scans = np.array([0.0, 100.0]), np.array([0.0, 50.0, 100.0])
    volume, rule = sphere([[[50.0, 50.0]]]), watch(np.array([0.0, 100.0]), [True])
    assert len(days) == 2 and at_scans(volume, rule, scans).body[0] == np.inf
    errors = np.log(np.array([[[1.0, 1.19, 1.21]]]))
    assert at_scans(volume, rule, scans, errors).body[0] == 100.0
    errors = np.log(np.array([[[1.0, 0.8, 0.97]]]))
    assert at_scans(volume, rule, scans, errors).body[0] == 100.0


def test_scans_outside_the_course_are_refused() -> None:
    rule = watch([0.0, 100.0], [True])
    for scans in ([0.0, 101.0], [-1.0, 50.0], [0.0, 50.0, 50.0]):
        with pytest.raises(ValueError, match="scans must increase"):
            at_scans(sphere([[[20.0, 40.0]]]), rule, np.array(scans))


def test_the_deepest_response_stops_at_its_day() -> None:
    days = np.array([0.0, 10.0, 20.0])
    volume = sphere([[[40.0, 20.0, 8.0], [10.0, 10.0, 2.0]]])
    np.testing.assert_allclose(deepest(volume, watch(days, [True, True]), np.array([np.inf])), [0.2])
    np.testing.assert_allclose(deepest(volume, watch(days, [True, True]), np.array([15.0])), [0.6])
    assert np.isnan(deepest(volume, watch(days, [False, False]), np.array([15.0]))[0])


def test_shapes_that_do_not_agree_are_refused() -> None:
    with pytest.raises(ValueError, match="present has the shape"):
        progression(np.ones((2, 1, 3)), watch([0.0, 1.0, 2.0], [True], worlds=1))


def test_a_sphere_and_its_diameter() -> None:
    np.testing.assert_allclose(diameter(sphere([0.01, 12.0, 40.0])), [0.01, 12.0, 40.0], rtol=1e-15)
