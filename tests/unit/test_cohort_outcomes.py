"""What a trial writes down, and how it is summed up: responses, biopsies, Kaplan-Meier medians, shares, the naive forecast."""

from __future__ import annotations

import lifelines
import numpy as np
import pytest

from refugia.catalog.trials import all_trials, read_trial
from refugia.cohort.outcomes import Outcomes, culprit, responses
from refugia.cohort.run import regular
from refugia.cohort.summaries import durations, first_change, organ_events, resistant
from refugia.cohort.survival import Group, curve, hazard_ratio, median, proportion, smooth_median
from refugia.cohort.trial import naive

INF = np.inf


def outcomes(**changed: object) -> Outcomes:
    """Four patients: two progress, one with and one without the alteration; one responds."""
    stated: dict[str, object] = {
        "scans": np.array([0.0, 42.0, 84.0]), "until": np.full(4, 84.0), "progression": np.array([42.0, 84.0, INF, INF]),
        "responded": np.array([False, True, False, True]), "response": np.array([INF, 42.0, INF, 42.0]),
        "first_change": np.array([0.5, -0.4, -0.1, -0.4]), "resistant": np.array([0.0099, 0.01, np.nan, np.nan]),
        "new_lesion": np.zeros(4, bool), "watched": np.array([True, False, True, False]),
        "organ": np.array([42.0, 42.0, INF, INF]), "drug": np.zeros(4, np.int64),
    }  # fmt: skip
    return Outcomes(**{**stated, **changed})  # type: ignore[arg-type]


def test_the_curve_is_that_of_lifelines_and_of_the_book() -> None:
    days, until = np.array([6.0, 6.0, 6.0, 7.0, 10.0, INF, INF]), np.array([35.0, 35.0, 35.0, 35.0, 35.0, 6.0, 9.0])
    found = curve(days, until)
    fitted = lifelines.KaplanMeierFitter().fit(np.minimum(days, until), days <= until)
    assert np.array_equal(found.share, fitted.survival_function_.to_numpy().ravel())
    by_hand = {6.0: 4 / 7, 7.0: 4 / 7 * 2 / 3, 9.0: 4 / 7 * 2 / 3, 10.0: 0.0}
    steps = dict(zip(found.days.tolist(), found.share.tolist(), strict=True))
    assert {day: share for day, share in steps.items() if day} == pytest.approx(by_hand)
    assert median(days, until).value == fitted.median_survival_time_ == 7.0


def test_a_median_that_is_not_reached_is_infinite_and_its_smooth_form_the_last_look() -> None:
    days = np.array([10.0, INF, INF, INF])
    assert median(days, 100.0).value == INF
    assert smooth_median(days, 100.0) == 100.0


def test_the_smooth_median_undoes_the_common_grid_of_scans() -> None:
    """Dates on scans of many phases have, on average, the smooth median of dates on scans of one phase."""
    true = np.random.default_rng(3).exponential(300.0, 20_000)
    one_phase = smooth_median(np.ceil(true / 42.0) * 42.0, 5_000.0)
    phase = np.random.default_rng(4).uniform(0.0, 42.0, true.size)
    many = np.median(np.ceil((true - phase) / 42.0) * 42.0 + phase)
    assert one_phase == pytest.approx(many, rel=0.02)


def test_a_hazard_ratio_knows_its_sign_and_size() -> None:
    chance = np.random.default_rng(5)
    slow, fast = chance.exponential(200.0, 2_000), chance.exponential(100.0, 2_000)
    late = np.full(2_000, 400.0)
    found = hazard_ratio(Group(slow, late), Group(fast, late))
    assert found.low < 0.5 < found.high
    assert found.value == pytest.approx(0.5, rel=0.1)


def test_a_response_must_be_confirmed_before_progression() -> None:
    total = np.array([[100.0, 70.0, 70.0], [100.0, 71.0, 60.0], [100.0, 60.0, 60.0]])
    found = responses(total, np.array([0.0, 42.0, 84.0]), np.array([INF, INF, 84.0]), np.full(3, 0.7))
    assert found.found.tolist() == [True, False, False]
    assert found.day.tolist() == [42.0, INF, INF]


def test_t790m_counts_from_one_cell_in_a_hundred_and_only_where_there_was_progression() -> None:
    assert resistant(outcomes(), 0.01) == (1, 2)
    assert resistant(outcomes(), 0.001) == (2, 2)


def test_other_summaries_leave_out_whom_they_should() -> None:
    found = outcomes()
    assert first_change(found).tolist() == [-0.4, -0.1, -0.4]
    assert organ_events(found, 84.0) == (1, 2)
    assert organ_events(found, 41.0) == (0, 2)
    assert durations(found).days.tolist() == [42.0, INF]
    assert durations(found).until.tolist() == [42.0, 42.0]


def test_the_biopsy_is_taken_from_the_lesion_that_grew_or_from_the_new_one() -> None:
    seen = np.array([True, True, False])
    volume = np.array([[[1000.0, 500.0, 600.0], [100.0, 10.0, 300.0], [1.0, 1.0, 70.0]]])
    edge = np.array([2])
    assert culprit(volume, seen, np.array([[True, True, False]]), edge).tolist() == [1]
    assert culprit(volume, seen, np.array([[True, True, True]]), edge).tolist() == [2]


def test_an_interval_of_a_share_is_wilsons() -> None:
    found = proportion(76, 100)
    assert (found.low, found.high) == pytest.approx((0.6677, 0.8331), abs=1e-4)
    assert np.isnan(proportion(0, 0).value)


def test_scans_stand_at_six_weeks_and_then_at_twelve() -> None:
    days = regular(1218.0, 42.0, 546.0, 84.0)
    assert days[:2] == (42.0, 84.0) and days[12:14] == (546.0, 630.0) and days[-1] == 1218.0


def test_the_naive_forecast_is_the_median_of_the_other_trials_of_the_drug() -> None:
    trials = {trial.id: trial for trial in all_trials()}
    assert naive(all_trials(), trials["optimal"], trials["optimal"].arms[0], "pfs") == 11.0  # of 9.7, 11.0 and 13.3
    flaura = read_trial("flaura")
    assert naive(all_trials(), flaura, flaura.arms[0], "pfs") is None
