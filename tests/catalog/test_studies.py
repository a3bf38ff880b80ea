"""The studies: the solvers of this package give what the papers' inputs must give, and a second reading is compared fairly."""

from __future__ import annotations

from dataclasses import replace
from importlib.resources import files
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from refugia.catalog.checks import check
from refugia.catalog.study import Input, Status, agreement, read_study, read_study_file, second_reading, status, study_ids
from refugia.terms import Basis, RefugiaError

LONG = {
    "anderson1998_angiogenesis", "bravo2020_release", "fisher1937_front", "gatenby1996_invasion", "iwasa2006_survivors",
    "williams2016_spectrum",
}  # fmt: skip
"""Studies of many runs, or of many steps."""


@pytest.mark.parametrize("name", [pytest.param(name, marks=[pytest.mark.slow] * (name in LONG)) for name in study_ids()])
def test_every_check_of_a_study_holds(name: str) -> None:
    rows = check([name])
    assert rows
    assert not [row for row in rows if not row["ok"]]
    assert set(rows[0]) == {"study", "says", "expected", "computed", "within", "ok", "basis", "status"}


@pytest.mark.parametrize("name", study_ids())
def test_the_second_reading_agrees(name: str) -> None:
    second = second_reading(name)
    if second is None:
        pytest.skip("nobody has read this study a second time yet")
    assert agreement(read_study(name), second) == []
    assert status(read_study(name)) is Status.READ_TWICE


@pytest.mark.parametrize("name", study_ids())
def test_a_study_agrees_with_itself_and_with_other_units(name: str) -> None:
    study = read_study(name)
    assert agreement(study, study) == []
    same = {key: _in_metres(given) for key, given in study.inputs.items()}
    checks = tuple(
        replace(one, inputs={key: _amount_in_metres(study.inputs[key], value) for key, value in one.inputs.items()})
        for one in study.checks
    )
    assert agreement(study, replace(study, inputs=same, checks=checks)) == []


def _in_metres(given: Input) -> Input:
    """The same length in metres; anything else as it is."""
    unit = "m" if given.unit in ("cm", "um") else given.unit
    return replace(given, unit=unit, value=_amount_in_metres(given, given.value))


def _amount_in_metres(given: Input, value: float | tuple[float, ...]) -> float | tuple[float, ...]:
    factor = {"cm": 1e-2, "um": 1e-6}.get(given.unit, 1.0)
    return tuple(one * factor for one in value) if isinstance(value, tuple) else value * factor


def test_a_reading_that_differs_is_told_so() -> None:
    study = read_study("baxter1989_pressure")
    wrong = {**study.inputs, "vessel_pressure": replace(study.inputs["vessel_pressure"], value=25.0)}
    assert agreement(study, replace(study, inputs=wrong)) == ["input vessel_pressure: 15.6 mmHg or 25 mmHg"]
    first, *others = study.checks
    off = replace(first, expected=first.expected + 1.0)
    assert agreement(study, replace(study, checks=(off, *others))) == [
        "check effective_pressure (effective vascular pressure of a tumour): 11.5 mmHg or 12.5 mmHg"
    ]
    less = agreement(study, replace(study, checks=tuple(others)))
    assert less == ["check effective_pressure (effective vascular pressure of a tumour): only the first reading has it"]


def test_an_input_that_no_source_prints_has_to_be_assumed() -> None:
    study = read_study("baxter1989_pressure")
    others = {name: one for name, one in study.inputs.items() if name != "vessel_pressure"}
    nobody = replace(study, inputs=others, unsourced=("vessel_pressure",))
    assert agreement(study, nobody) == ["input vessel_pressure: public data or code, and no source prints it"]
    flagged = {**study.inputs, "vessel_pressure": replace(study.inputs["vessel_pressure"], basis=Basis.ASSUMED)}
    assert agreement(replace(study, inputs=flagged), nobody) == []
    assert agreement(replace(study, inputs=flagged), study) == ["input vessel_pressure: assumed or public data or code"]


def test_a_settled_difference_has_to_be_one() -> None:
    study = read_study("baxter1989_pressure")
    settled = replace(study.inputs["vessel_pressure"], settled="another mouse")
    assert agreement(study, replace(study, inputs={**study.inputs, "vessel_pressure": settled})) == [
        "input vessel_pressure: settled, and the readings agree by now"
    ]
    other = replace(settled, value=25.0)
    assert agreement(study, replace(study, inputs={**study.inputs, "vessel_pressure": other})) == []


def test_a_study_that_is_not_there_is_refused() -> None:
    with pytest.raises(RefugiaError, match=r'"grimes2014" is no study of the catalogue\. Did you mean "grimes2014_oxygen"\?'):
        check(["grimes2014"])


def test_a_study_of_ones_own_is_read_as_those_of_the_catalogue(tmp_path: Path) -> None:
    name = study_ids()[0]
    mine = tmp_path / "mine.toml"
    mine.write_text((files("refugia.catalog") / "studies" / f"{name}.toml").read_text(encoding="utf-8"), encoding="utf-8")
    assert read_study_file(mine) == read_study(name)


def test_a_study_that_cannot_be_read_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(RefugiaError, match=r"none\.toml: cannot be read as a study"):
        read_study_file(tmp_path / "none.toml")


@given(st.one_of(st.binary(max_size=200), st.text(max_size=200).map(lambda text: text.encode())))
@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_no_file_is_taken_for_a_study_by_accident(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "mine.toml"
    file.write_bytes(content)
    with pytest.raises(RefugiaError):
        read_study_file(file)
