"""Moving the assumed numbers: only they move, everybody alike, and what cannot matter moves nothing."""

from __future__ import annotations

import json
from dataclasses import replace
from io import StringIO

import numpy as np
import pytest
from rich.console import Console

from refugia.catalog.reader import read_case
from refugia.course.case import Case
from refugia.course.patients import Patients
from refugia.course.values import parameters_in, with_values
from refugia.dissection.dissect import dissect
from refugia.dissection.sensitivity import Sensitivity, assumed_in, level, sensitivity
from refugia.report.sensitivity import sensitivity_summary, show_sensitivity
from refugia.terms import Basis, Interval, Law, RefugiaError
from tests.worlds.conftest import small

pytest.importorskip("SALib", reason='needs pip install "refugia[sensitivity]"')
FEW = ("tolerance", "wall")


@pytest.fixture(scope="module")
def case() -> Case:
    """The default case before calibration, in which the tolerant share is an assumed number."""
    return small(read_case("egfr-lung-uncalibrated"))


def kept(case: Case, names: set[str]) -> Case:
    """The case in which only these assumed numbers have an interval."""
    others = {n.id: n.value for n in parameters_in(case) if n.basis is Basis.ASSUMED and n.interval and n.id not in names}
    return with_values(case, others)


@pytest.fixture(scope="module")
def few(case: Case) -> Case:
    """Two mechanisms, three numbers: one of the tolerant cells, one of the drug's slope, one of how scans err (not used here)."""
    return replace(kept(case, {"tolerance.share", "gefitinib.hill", "scan.error"}), mechanisms=FEW)


@pytest.fixture(scope="module")
def found(few: Case) -> Sensitivity:
    return sensitivity(few, seed=3, trajectories=3, threads=2, patients=2)


def test_a_value_replaces_its_number_and_nothing_else(case: Case) -> None:
    moved = with_values(case, {"tolerance.share": 0.07})
    numbers = {number.id: number for number in parameters_in(moved)}
    assert numbers["tolerance.share"].value == 0.07
    assert numbers["tolerance.share"].interval is None
    before = {number.id: number for number in parameters_in(case)}
    assert numbers["tolerance.share"].spread == before["tolerance.share"].spread
    assert {name for name in before if numbers[name] is not before[name]} == {"tolerance.share"}


def test_what_was_one_object_stays_one_object(case: Case) -> None:
    moved = with_values(case, {"tolerance.share": 0.07})
    assert len({id(site.source) for site in moved.subject.sites}) == len({id(site.source) for site in case.subject.sites}) == 1
    assert moved.subject.drugs is case.subject.drugs
    assert [new.ground is old.ground for new, old in zip(moved.subject.sites, case.subject.sites, strict=True)] == [True] * 4
    assert with_values(case, {}) is case


def test_an_unknown_number_is_refused(case: Case) -> None:
    with pytest.raises(RefugiaError, match=r'has no number "tolerance\.shaer"'):
        with_values(case, {"tolerance.shaer": 0.1})


def test_a_number_in_two_units_is_refused(case: Case) -> None:
    first, *others = case.subject.sites
    other = replace(first.detection, id=first.diameter.id, unit="um")
    twofold = replace(case, subject=replace(case.subject, sites=(replace(first, detection=other), *others)))
    with pytest.raises(RefugiaError, match="in mm and in um"):
        with_values(twofold, {first.diameter.id: 1.0})


def test_the_same_value_for_everybody(case: Case) -> None:
    hill = next(number for number in parameters_in(with_values(case, {"gefitinib.hill": 1.1})) if number.id == "gefitinib.hill")
    assert np.all(Patients(5, 1).draw(hill, "lung") == 1.1)


def test_the_other_draws_stay_as_they_are(case: Case) -> None:
    moved = {number.id: number for number in parameters_in(with_values(case, {"gefitinib.hill": 1.1}))}
    for number in parameters_in(case):
        if number.id != "gefitinib.hill":
            assert np.array_equal(Patients(4, 1).draw(number, "lung"), Patients(4, 1).draw(moved[number.id], "lung"))


def test_levels_span_the_95_percent_range(case: Case) -> None:
    number = next(number for number in parameters_in(case) if number.id == "tolerance.share")
    assert level(number, 0.0) == pytest.approx(number.interval.low)
    assert level(number, 0.5) == pytest.approx(number.value)
    assert level(number, 1.0) == pytest.approx(number.interval.high)
    flat = replace(number, value=2.0, interval=Interval(Law.UNIFORM, 0.0, 4.0))
    assert [level(flat, part) for part in (0.0, 0.5, 1.0)] == pytest.approx([0.1, 2.0, 3.9])
    with pytest.raises(ValueError, match="no interval"):
        level(replace(number, interval=None), 0.5)


def test_only_assumed_numbers_with_an_interval_move(case: Case, found: Sensitivity) -> None:
    varied, held = assumed_in(case)
    assert all(number.basis is Basis.ASSUMED for number in (*varied, *held))
    assert all(number.interval for number in varied) and not any(number.interval for number in held)
    assert found.parameters == ("gefitinib.hill", "scan.error", "tolerance.share")
    assert found.runs == (3 + 1) * 3


def test_a_number_that_plays_no_part_moves_nothing(found: Sensitivity) -> None:
    """Without scans nobody reads with an error."""
    idle = [effect for effect in found.effects if effect.parameter == "scan.error"]
    assert len(idle) == 2 * 4
    assert all((effect.mu_star, effect.mu, effect.sigma) == (0.0, 0.0, 0.0) for effect in idle)
    assert found.most()[-1] == "scan.error"
    assert found.weight("scan.error") == 0.0 < found.weight("tolerance.share")


def test_the_same_seed_gives_the_same_table(few: Case, found: Sensitivity) -> None:
    assert sensitivity(few, seed=3, trajectories=3, threads=1, patients=2) == found


def test_an_effect_is_the_change_between_two_dissections(few: Case) -> None:
    """One number alone: each trajectory is one step of two thirds of its range, and the effect is the change over that step."""
    one = kept(few, {"tolerance.share"})
    number = assumed_in(one)[0][0]
    found = sensitivity(one, seed=5, trajectories=2, patients=2)

    def share(part: float) -> float:
        why = dissect(with_values(one, {number.id: level(number, part)}), replicates=2, seed=5)
        return next(row.share for row in why.shares if (row.mechanism, row.merit) == ("tolerance", "control"))

    steps = [(share(low + 2 / 3) - share(low)) / (2 / 3) for low in (0.0, 1 / 3)]
    effect = next(e for e in found.effects if (e.mechanism, e.merit) == ("tolerance", "control"))
    possible = [(a + b) / 2 for a in steps for b in steps]
    assert min(abs(effect.mu - value) for value in possible) < 1e-9


def test_nothing_to_vary_is_refused(case: Case) -> None:
    with pytest.raises(RefugiaError, match="nothing to vary"):
        sensitivity(kept(case, set()), trajectories=2)


def test_the_screen_and_the_json_name_every_number(found: Sensitivity) -> None:
    console = Console(width=110, record=True, file=StringIO())
    show_sensitivity(console, found)
    text = console.export_text()
    assert all(name in text for name in found.parameters)
    assert "3 numbers moved, 3 trajectories, 12 dissections of 2 patients" in " ".join(text.split())
    said = json.loads(json.dumps(sensitivity_summary(found)))
    assert [row["id"] for row in said["parameters"]] == list(found.most())
    assert len(said["effects"]) == 3 * 2 * 4
    assert set(said["effects"][0]) == {"parameter", "mechanism", "part_of", "merit", "mu_star", "mu", "sigma"}
