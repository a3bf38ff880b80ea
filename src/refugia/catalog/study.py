"""A study: a paper's stated inputs, the results they must reproduce, and a second reading by someone who has not seen the first.

A study is a *draft* until a second reading lies beside it, *provisional* while the two differ, and *read twice* once they agree.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from enum import StrEnum
from importlib.resources import files
from os import PathLike
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field

from refugia.catalog.bibliography import citation
from refugia.catalog.place import Place, suggestion
from refugia.catalog.readings import reading
from refugia.catalog.tables import Name, Table, Text, checked
from refugia.terms import Basis, Citation, RefugiaError
from refugia.terms.units import UnitError, convert

Amount = float | tuple[float, ...]

_SAME_INPUT = 1e-3  # relative: papers print three digits


class Status(StrEnum):
    """How far a study can be trusted to say what its paper says."""

    DRAFT = "draft"
    PROVISIONAL = "provisional"
    READ_TWICE = "read twice"


class InputTable(Table):
    """One input as it stands in the file; in a second reading only `where` and source = "none" for one that no source prints."""

    where: Text
    value: float | list[float] | None = None
    unit: Text | None = None
    basis: Literal["published", "public data or code", "computed", "assumed"] | None = None
    source: Literal["none"] | None = None
    settled: Text = ""


class Tolerance(Table):
    """How far a computed value may lie from the expected one: in its unit, or as a share of it."""

    absolute: float | None = None
    relative: float | None = None


class CheckTable(Table):
    """One result as it stands in the file; `inputs` are those it changes, in the units of the study's own."""

    says: Text
    key: Text
    expected: float
    unit: Text
    within: Tolerance
    basis: Literal["published", "public data or code", "computed", "assumed"]
    where: Text
    inputs: dict[str, float | list[float]] = Field(default_factory=dict)


class StudyTable(Table):
    """A study file, or a second reading of it."""

    id: Annotated[Name, Field(max_length=60)]
    title: Text
    cite: Text
    what: Text
    computes: Name
    inputs: dict[str, InputTable]
    checks: Annotated[list[CheckTable], Field(min_length=1)]


@dataclass(frozen=True, slots=True)
class Input:
    """A stated input, in the unit of the paper; `settled` is why two readings of it may differ."""

    value: Amount
    unit: str
    basis: Basis
    where: str
    settled: str = ""


@dataclass(frozen=True, slots=True)
class Check:
    """A result the study must reproduce; `inputs` are all inputs of this check, changed ones included."""

    says: str
    key: str
    expected: float
    unit: str
    within: float
    basis: Basis
    where: str
    changed: tuple[str, ...]
    inputs: dict[str, Amount]


@dataclass(frozen=True, slots=True)
class Study:
    """Stated inputs and the results they must reproduce, computed by the function of that name in the catalogue."""

    id: str
    title: str
    cite: Citation
    what: str
    computes: str
    inputs: dict[str, Input]
    checks: tuple[Check, ...]
    unsourced: tuple[str, ...] = ()  # inputs that a second reading found in no source


def study_ids() -> tuple[str, ...]:
    """The studies of the catalogue.

    >>> study_ids()[0]
    'anderson1998_angiogenesis'
    """
    names = (file.name for file in (files("refugia.catalog") / "studies").iterdir())
    return tuple(sorted(name.removesuffix(".toml") for name in names if name.endswith(".toml")))


def read_study(name: str) -> Study:
    """The study of that id. Raises InputError where there is none."""
    if name not in study_ids():
        raise Place("").refusal(name, "is no study of the catalogue", suggestion(name, study_ids(), "study"))
    file = files("refugia.catalog") / "studies" / f"{name}.toml"
    study = _study(tomllib.loads(file.read_text(encoding="utf-8")), Place(file.name))
    for missing in study.unsourced:
        place = Place(file.name).at("inputs").at(missing)
        raise place.refusal("none", "leaves the study without a number", 'Give a value, and basis = "assumed".')
    return study


def second_reading(name: str) -> Study | None:
    """The second reading of that study, or None where nobody has read it again."""
    table = reading(name)
    return None if table is None else _study(table, Place(f"{name}.toml"))


def read_study_file(path: str | PathLike[str]) -> Study:
    """A study, or a second reading of one, from a file of your own. Raises RefugiaError where it cannot be read or does not fit."""
    file = Path(path)
    try:
        raw = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as trouble:
        raise RefugiaError(f"{file}: cannot be read as a study ({trouble}). Give a TOML file.") from trouble
    return _study(raw, Place(file.name))


def _study(raw: dict[str, Any], place: Place) -> Study:
    table = checked(StudyTable, raw, place)
    inputs = {name: _input(one, place.at("inputs").at(name)) for name, one in table.inputs.items() if one.source is None}
    checks = tuple(_check(entry, inputs, place.at("checks").at(i)) for i, entry in enumerate(table.checks))
    unsourced = tuple(name for name in table.inputs if name not in inputs)
    return Study(table.id, table.title, citation(table.cite), table.what, table.computes, inputs, checks, unsourced)


def _input(entry: InputTable, place: Place) -> Input:
    if entry.value is None or entry.unit is None or entry.basis is None:
        raise place.refusal(entry.value, "is no whole input", "Give value, unit, basis and where.")
    return Input(_amount(entry.value), entry.unit, Basis(entry.basis), entry.where, entry.settled)


def _check(entry: CheckTable, inputs: dict[str, Input], place: Place) -> Check:
    if (entry.within.absolute is None) == (entry.within.relative is None):
        raise place.at("within").refusal(entry.key, "has no tolerance, or two", "Give absolute or relative.")
    for name in entry.inputs:
        if name not in inputs:
            raise place.at("inputs").refusal(name, "is no input of this study", suggestion(name, inputs, "input"))
    share = entry.within.relative
    within = share * abs(entry.expected) if share is not None else entry.within.absolute or 0.0
    given = {name: one.value for name, one in inputs.items()} | {name: _amount(value) for name, value in entry.inputs.items()}
    changed = tuple(entry.inputs)
    return Check(entry.says, entry.key, entry.expected, entry.unit, within, Basis(entry.basis), entry.where, changed, given)


def _amount(value: float | list[float]) -> Amount:
    return tuple(float(one) for one in value) if isinstance(value, list) else float(value)


def agreement(first: Study, second: Study) -> list[str]:
    """Every difference between two readings, a sentence each; empty where they agree.

    Every input and every check of the first has to be in the second: a check is the same when its key and its inputs are, and
    agrees when the expected values lie within the tolerance of the first. What only the second has is no difference. An input that
    the second found in no source has to be assumed in the first, and one that is settled may differ, and has to.
    """
    found = [f"computes: {first.computes} or {second.computes}"] if first.computes != second.computes else []
    for name, stated in first.inputs.items():
        other = second.inputs.get(name)
        if name in second.unsourced:
            found += [f"input {name}: {stated.basis}, and no source prints it"] if stated.basis is not Basis.ASSUMED else []
        elif other is None:
            found.append(f"input {name}: only the first reading has it")
        elif not other.settled:
            found += _input_differences(name, stated, other)
        elif not _input_differences(name, stated, other):
            found.append(f"input {name}: settled, and the readings agree by now")
    for check in first.checks:
        again = [one for one in second.checks if one.key == check.key and _alike(check, first, one, second)]
        where = f"check {check.key} ({check.says})"
        if not again:
            found.append(f"{where}: only the first reading has it")
        elif all(abs(_expected(one, check.unit) - check.expected) > check.within for one in again):
            found.append(f"{where}: {check.expected:g} {check.unit} or {again[0].expected:g} {again[0].unit}")
    return found


def _input_differences(name: str, stated: Input, other: Input) -> list[str]:
    """What two readings of an input differ in: its value, and whether it is assumed."""
    found = []
    if not _same(stated.value, _converted(other, stated.unit)):
        found.append(f"input {name}: {_shown(stated.value)} {stated.unit} or {_shown(other.value)} {other.unit}")
    if (stated.basis is Basis.ASSUMED) != (other.basis is Basis.ASSUMED):
        found.append(f"input {name}: {stated.basis} or {other.basis}")
    return found


def _alike(check: Check, first: Study, other: Check, second: Study) -> bool:
    """Whether two checks ask the same: each input that either of them changes is the same in both."""
    for name in {*check.changed, *other.changed}:
        mine, theirs = first.inputs.get(name), second.inputs.get(name)
        if mine is None or theirs is None:
            return False
        given = Input(other.inputs[name], theirs.unit, theirs.basis, theirs.where)
        if not _same(check.inputs[name], _converted(given, mine.unit)):
            return False
    return True


def _converted(given: Input, unit: str) -> Amount | None:
    if given.unit == unit:
        return given.value
    try:
        if isinstance(given.value, tuple):
            return tuple(convert(one, given.unit, unit) for one in given.value)
        return convert(given.value, given.unit, unit)
    except UnitError:
        return None


def _expected(check: Check, unit: str) -> float:
    """The expected value in that unit; infinite where there is no way there, so that it agrees with nothing."""
    if check.unit == unit:
        return check.expected
    try:
        return convert(check.expected, check.unit, unit)
    except UnitError:
        return float("inf")


def _same(first: Amount, second: Amount | None) -> bool:
    """Whether two amounts agree to the digits that papers print; of two lists, whether the second holds the first."""
    if isinstance(first, tuple):
        return isinstance(second, tuple) and all(any(_same(one, other) for other in second) for one in first)
    return isinstance(second, float) and abs(first - second) <= _SAME_INPUT * max(abs(first), abs(second))


def _shown(value: Amount) -> str:
    return " ".join(f"{one:g}" for one in value) if isinstance(value, tuple) else f"{value:g}"


def status(study: Study) -> Status:
    """Draft without a second reading, provisional while it differs, else read twice."""
    second = second_reading(study.id)
    if second is None:
        return Status.DRAFT
    return Status.PROVISIONAL if agreement(study, second) else Status.READ_TWICE
