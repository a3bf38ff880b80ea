"""Legal but odd cases: a drug that starts late, a dose that is raised, a remnant of few cells, numbers at the edge."""

from __future__ import annotations

from dataclasses import replace
from math import inf

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from refugia.catalog.reader import parameters_of, parse_case, read_case
from refugia.catalog.texts import case_text
from refugia.course.case import Case
from refugia.course.ensemble import run_bodies
from refugia.course.exposure import kill_slopes
from refugia.course.loop import opened
from refugia.course.lower import lower
from refugia.course.patients import Patients
from refugia.course.result import simulate
from refugia.terms import Law, RefugiaError, Spread
from refugia.treatment import Regimen

MIDDLE = Patients(1, 0, knowledge=False, people=False, chance=False)


def lung_only(case: Case, **changes: object) -> Case:
    lung = case.subject.sites[0]
    return replace(case, subject=replace(case.subject, sites=(replace(lung, **changes),)))


def with_plan(case: Case, *lines: Regimen) -> Case:
    return replace(case, subject=replace(case.subject, plan=lines))


@pytest.mark.parametrize("step", [7.0, 6.99, 1.0])
def test_switching_runs_at_its_rate_before_the_drug_starts(case, step):
    """Entry at 1e-3 a day from none: after 140 days without drug the tolerant share is that of two states."""
    tolerance = replace(case.subject.sites[0].source.tolerance, share=0.0, entry=1e-3, exit=1e-3, growth=1.0)
    late = lung_only(case, source=replace(case.subject.sites[0].source, tolerance=tolerance))
    late = with_plan(late, replace(case.subject.plan[0], start=150.0, until=160.0))
    late = replace(late, settings=replace(late.settings, step=step), question=replace(late.question, horizon=154.0))
    seen = []

    class Recorder:
        def __init__(self):
            self.kept = {}

        def __call__(self, batch):
            if np.isclose(batch.days[batch.step], 140.0, atol=step):
                seen.append((batch.days[batch.step], batch.cells.sum(axis=1)[0]))

    run_bodies(late, [late.subject], MIDDLE, 1, keep=lambda rows: Recorder())
    day, cells = seen[-1]
    moved = day - 0.5 * step  # the later half of the last step's moves is drawn with the next
    assert cells[1] / cells[:2].sum() == pytest.approx(0.5 * (1 - np.exp(-2e-3 * moved)), rel=5e-3)


def test_the_end_state_has_all_its_moves(case):
    """The closing half move takes half the time: sensitive and tolerant cells follow the mean equations to the last day."""
    tolerance = replace(case.subject.sites[0].source.tolerance, share=0.1, entry=2e-3, exit=4e-3, growth=1.0, induction=1.0)
    source = replace(case.subject.sites[0].source, tolerance=tolerance).without_standing().without_mutation()
    quiet = lung_only(case, source=source)
    deaf = tuple(replace(drug, curves=drug.curves[1:]) for drug in case.subject.drugs)  # no clone that is there feels the drug
    quiet = replace(quiet, subject=replace(quiet.subject, drugs=deaf))
    course = simulate(quiet, 1, 3)
    entry, exit_ = 2e-3, 4e-3
    start = course.cells[0, 0, 0, :2]
    assert start[1] / start.sum() == pytest.approx(0.1, rel=1e-6)

    def shares(t, share):
        return entry * (1 - share) - exit_ * share

    found = solve_ivp(shares, (0.0, course.days[-1]), [0.1], rtol=1e-9).y[0, -1]
    end = course.cells[0, 0, -1, :2]
    assert end[1] / end.sum() == pytest.approx(found, rel=2e-3)


def test_shells_without_volume_do_not_spoil_the_fields():
    faces = np.array([[0.0, 0.0, 0.0, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1], np.linspace(0.0, 20.0, 9)])
    mended = opened(faces)
    assert np.all(np.diff(mended, axis=1) > 0.0)
    assert np.array_equal(mended[1], faces[1])


def test_a_remnant_of_few_cells_lives_on(case):
    """A resistant handful without inert volume leaves empty shells; it must not die of them."""
    source = replace(case.subject.sites[0].source, inert=0.0, birth=0.14, net=0.1)
    alterations = tuple(replace(a, standing=1e-6 if a.name == "MET" else 0.0, cost=0.0, rate=0.0) for a in source.alterations)
    tiny = lung_only(case, diameter=0.25, source=replace(source.without_tolerance(), alterations=alterations))
    tiny = replace(tiny, settings=replace(tiny.settings, step=1.0))
    course = simulate(tiny, 32, 5)
    assert np.isfinite(course.profile["oxygen"]).all()
    assert np.isfinite(course.profile["transfer"]).all()
    met = course.cells[:, 0, :, 3]
    large = met[:, :-1] >= 20
    assert large.any()
    assert met[:, 1:][large].min() > 0


def test_the_kill_slope_goes_by_the_maintenance_dose(case):
    daily = case.subject.plan[0]
    raised = with_plan(case, replace(daily, dose=50.0, until=14.0), replace(daily, start=14.0))
    loaded = with_plan(case, replace(daily, dose=500.0, every=inf, until=1.0), replace(daily, start=1.0))
    plain = kill_slopes(case, MIDDLE, lower(case, [case.subject], MIDDLE))
    for other in (raised, loaded):
        assert np.array_equal(kill_slopes(other, MIDDLE, lower(other, [other.subject], MIDDLE)), plain)


def test_a_single_dose_is_a_plan(case):
    once = with_plan(case, replace(case.subject.plan[0], every=inf, until=1.0))
    assert np.isfinite(simulate(once, 2, 1).volume).all()


def test_a_drug_for_the_resistant_alone_still_kills_them(case):
    drug = case.subject.drugs[0]
    curve = replace(drug.curves[1], ec50=1e-3)
    body = replace(case.subject, drugs=(replace(drug, curves=(curve,)),))
    only = replace(case, subject=body)
    assert np.all(kill_slopes(only, MIDDLE, lower(only, [only.subject], MIDDLE)) > 0.0)


def test_shares_are_drawn_as_shares(case):
    source = case.subject.sites[0].source
    share = replace(source.tolerance.share, value=0.3, spread=Spread(Law.LOG10NORMAL, 1.0), interval=None)
    wide = lung_only(case, source=replace(source, tolerance=replace(source.tolerance, share=share)))
    assert simulate(wide, 64, 1).cells.min() >= 0


def test_a_net_growth_above_birth_is_refused(case):
    source = case.subject.sites[0].source
    with pytest.raises(RefugiaError, match="raise birth"):
        simulate(lung_only(case, source=replace(source, net=0.2)), 2, 1)


def test_a_number_of_the_users_own_is_reported_as_theirs():
    text = case_text("egfr-lung").replace(
        'share = "param:egfr_lung.tolerance.share"',
        'share = { value = 0.05, cite = "lee2018", where = "my reading", basis = "published" }',
    )
    own = next(p for p in parameters_of(parse_case(text, "mine.toml")) if p.id == "case.tolerance.share")
    assert (own.value, own.basis.value, own.cite.key) == (0.05, "published", "lee2018")
    assert len({p.id for p in parameters_of(read_case("egfr-lung"))}) == len(parameters_of(read_case("egfr-lung")))


def test_a_body_with_nothing_seen_has_no_response(case):
    hidden = replace(case, subject=replace(case.subject, sites=case.subject.sites[3:], reference="occult brain"))
    course = simulate(hidden, 2, 1)
    assert np.isnan(course.best).all()
    assert course.timings()["body"].censored >= 0.0


def test_a_tumour_that_outgrows_counting_is_refused(case):
    source = case.subject.sites[0].source
    wild = lung_only(case, source=replace(source, birth=0.5, net=0.4))
    wild = with_plan(wild, replace(case.subject.plan[0], start=160.0))
    with pytest.raises(RefugiaError, match=r'"lung" of patient 1 of 1 outgrew .* Shorten question\.horizon to \d+ d'):
        simulate(wild, 1, 1)


def test_a_step_longer_than_the_horizon_is_the_horizon(case):
    short = replace(case, question=replace(case.question, horizon=3.0), settings=replace(case.settings, step=7.0))
    assert simulate(short, 2, 1).days.tolist() == [0.0, 3.0]
