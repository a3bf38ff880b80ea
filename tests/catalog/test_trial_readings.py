"""The trials, the cohort and the plans of cases, read twice: arms, doses, printed results, targets and free numbers."""

from __future__ import annotations

import re
from typing import Any

import pytest

from refugia.catalog.cohorts import read_cohort
from refugia.catalog.reader import case_ids, read_case
from refugia.catalog.readings import reading
from refugia.catalog.trials import read_trial, trial_ids
from refugia.cohort.model import Arm, Published
from refugia.course.case import Case
from refugia.terms import Basis, Parameter
from refugia.terms.units import convert, quantity

TRIALS = reading("trials") or {}
COHORT = reading("flaura-comparator-cohort") or {}
ARMS = [(trial, arm) for trial, read in TRIALS.items() for arm in read["arms"]]
NOT_PRINTED = re.compile(r"assumed|computed|remembered")
"""How the catalogue says that an interval, or a range, stands in no source."""


def test_every_trial_and_arm_was_read_twice() -> None:
    assert set(TRIALS) == set(trial_ids())
    for name, read in TRIALS.items():
        assert set(read["arms"]) == {arm.name for arm in read_trial(name).arms}


@pytest.mark.parametrize(("trial", "name"), ARMS)
def test_two_readings_of_an_arm_agree(trial: str, name: str) -> None:
    read, arm = TRIALS[trial]["arms"][name], _arm(trial, name)
    assert arm.size == read["size"]
    assert set(read) - {"size", "doses"} == {one.summary for one in arm.published}
    for one in arm.published:
        assert _published_as(read[one.summary], one) == []
    cohort = read_cohort(read_trial(trial).cohort)
    drugs = [drug for drug, _ in arm.drugs or cohort.mix]
    assert set(read["doses"]) == {*drugs, *(lever.split(" on ")[0] for lever in arm.levers)}
    for drug in drugs:
        assert _given(cohort.cases[drug], drug) == _dose(read["doses"][drug])
    for lever in arm.levers:
        (found,) = {one.label.dose for one in cohort.cases[drugs[0]].levers if one.label.name == lever}
        stated = read["doses"][lever.split(" on ")[0]]
        assert found.split(" every ") == [stated["dose"], f"{stated['every']}s"]


@pytest.mark.parametrize("trial", TRIALS)
def test_two_readings_of_a_comparison_and_of_the_scans_agree(trial: str) -> None:
    read, found = TRIALS[trial], read_trial(trial)
    printed = read.get("comparison", {})
    assert set(printed) == {one.summary for one in found.comparison}
    for one in found.comparison:
        assert _published_as(printed[one.summary], one) == []
    scans = TRIALS["flaura"]["scans"] if read["scans"].get("source") == "none" else read["scans"]
    every, until, later = (quantity(scans[key], "day", "") for key in ("every", "until", "later"))
    gaps = {round(b - a, 6) for a, b in zip((0.0, *found.scans), found.scans, strict=False) if b > a and b <= until}
    late = {round(b - a, 6) for a, b in zip(found.scans, found.scans[1:], strict=False) if a > until}
    assert (gaps, late) == ({every}, {later})


def test_two_readings_of_the_targets_agree() -> None:
    cohort = read_cohort("flaura-comparator")
    assert set(COHORT["targets"]) == {target.summary for target in cohort.targets}
    for target in cohort.targets:
        read = COHORT["targets"][target.summary]
        assert (target.value, target.evidence) == (read["value"], read["evidence"])
        if "low" in read:
            assert (target.low, target.high) == (read["low"], read["high"])
        if "low" not in read or read.get("interval_evidence", "published") != "published":
            assert NOT_PRINTED.search(target.where), f"{target.summary}: an interval that nobody prints is not said to be one"


def test_two_readings_of_the_free_numbers_agree() -> None:
    cohort = read_cohort("flaura-comparator")
    read = {(name, False): one for name, one in COHORT["free"].items()}
    read |= {(name, True): one["spread"] for name, one in COHORT["free"].items() if "spread" in one}
    assert set(read) == {(free.name, free.of_spread) for free in cohort.free}
    for free in cohort.free:
        one = read[free.name, free.of_spread]
        assert free.value == one["value"]
        if "low" in one and "settled" not in one:
            assert (free.interval.low, free.interval.high) == (one["low"], one["high"])
        else:
            assert NOT_PRINTED.search(free.where), f"{free.label}: a range that nobody prints is not said to be assumed"
        if "settled" in one:
            assert (free.interval.low, free.interval.high) != (one["low"], one["high"])


def test_two_readings_of_the_patients_and_rules_agree() -> None:
    cohort = read_cohort("flaura-comparator")
    for drug, share in cohort.mix:
        assert (round(share.value, 4), share.basis) == (COHORT["mix"][drug], COHORT["mix"]["basis"])
        assert _given(cohort.cases[drug], drug) == _dose(COHORT["doses"][drug])
    total, floor = _number(cohort.burden.total), _number(cohort.burden.floor)
    for number, read in ((total, COHORT["burden"]["total"]), (floor, COHORT["burden"]["floor"])):
        assert (number.value, number.basis) == (convert(read["value"], read["unit"], number.unit), read["basis"])
    assert total.spread is not None
    assert total.spread.width == COHORT["burden"]["total"]["width"]
    rules = cohort.rules
    assert _number(rules.response).value == COHORT["rules"]["response"]
    assert _number(rules.share).value == COHORT["rules"]["share"]
    assert rules.window == pytest.approx(quantity(COHORT["rules"]["window"], "day", ""), rel=5e-3)  # in whole scans


def test_two_readings_of_the_sites_agree() -> None:
    places = read_cohort("flaura-comparator").places
    assert set(COHORT["sites"]) == {place.site for place in places}
    for place in places:
        read = COHORT["sites"][place.site]
        assert ("weight" in read) == place.seen
        for field, stated in read.items():
            number = _number(getattr(place, field))
            assert number.basis is Basis.ASSUMED
            assert number.spread is None or NOT_PRINTED.search(number.where)
            if stated.get("source") != "none":
                assert number.value == convert(stated["value"], stated["unit"], number.unit)


@pytest.mark.parametrize("case", case_ids())
def test_two_readings_of_the_plan_of_a_case_agree(case: str) -> None:
    plans, read = reading("plans") or {}, read_case(case)
    for line in read.subject.plan:
        assert _given(read, line.drug) == pytest.approx(_dose(plans[line.drug]))


def test_another_number_or_word_is_told() -> None:
    read = TRIALS["flaura"]["arms"]["comparator"]["pfs"]
    found = next(one for one in _arm("flaura", "comparator").published if one.summary == "pfs")
    assert _published_as(read, found) == []
    assert _published_as({**read, "value": 10.3}, found) == ["10.2 or 10.3"]
    assert _published_as({**read, "high": 11.2}, found) == ["(9.6, 11.1) or (9.6, 11.2)"]
    assert _published_as({**read, "interval_evidence": "published"}, found) == ["published (its interval assumed) or published"]
    without = {"value": 10.2, "evidence": "published"}
    assert _published_as(without, found) == []
    printed = Published(found.summary, found.value, found.low, found.high, "published")
    assert _published_as(without, printed) == ["(9.6, 11.1) is not said to be computed or assumed"]


def _arm(trial: str, name: str) -> Arm:
    return next(arm for arm in read_trial(trial).arms if arm.name == name)


def _published_as(read: dict[str, Any], found: Published) -> list[str]:
    """What two readings of a printed result differ in; an interval that was not printed has to be called computed or assumed."""
    said = [] if found.value == read["value"] else [f"{found.value:g} or {read['value']:g}"]
    interval = (found.low, found.high)
    if "low" not in read and found.low is not None:
        return said + ([] if NOT_PRINTED.search(found.evidence) else [f"{interval} is not said to be computed or assumed"])
    stated = (read.get("low"), read.get("high"))
    said += [] if interval == stated else [f"{interval} or {stated}"]
    word = read["evidence"]
    if read.get("interval_evidence", word) != word:
        word = f"{word} (its interval {read['interval_evidence']})"
    return said + ([] if found.evidence == word else [f"{found.evidence} or {word}"])


def _given(case: Case, drug: str) -> tuple[float, float]:
    """The dose, mg, of the one line by which a case gives a drug, and the days between two doses."""
    (line,) = [one for one in case.subject.plan if one.drug == drug]
    return line.dose, line.every


def _dose(read: dict[str, str]) -> tuple[float, float]:
    return quantity(read["dose"], "mg", ""), quantity(read["every"], "day", "")


def _number(number: float | Parameter) -> Parameter:
    assert isinstance(number, Parameter)
    return number
