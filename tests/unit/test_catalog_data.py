"""The data of the catalogue: every number says who printed it, in a unit that can be read, and fits itself."""

from __future__ import annotations

import re
from dataclasses import fields

import pytest

from refugia import barriers, clones, havens, subject, treatment
from refugia.catalog import schema
from refugia.catalog.bibliography import bibliography, citation
from refugia.catalog.numbers import load_parameters
from refugia.catalog.reader import case_ids, case_titles, parameters_of, read_case
from refugia.catalog.site_tables import Site as SiteTable
from refugia.course.case import Case, Question
from refugia.terms import Basis, Law, Parameter, RefugiaError, number_units
from refugia.terms.units import convert, dimension

ID = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+")


@pytest.fixture(scope="module")
def case() -> Case:
    return read_case("egfr-lung")


@pytest.mark.parametrize("parameter", load_parameters().values(), ids=lambda parameter: parameter.id)
def test_a_number_of_the_catalogue_is_sound(parameter: Parameter) -> None:
    assert ID.fullmatch(parameter.id)
    assert parameter.says and not parameter.says.endswith(".")
    assert parameter.where
    assert parameter.cite == citation(parameter.cite.key)
    assert dimension(parameter.unit)
    assert convert(parameter.value, parameter.unit, parameter.unit) == pytest.approx(parameter.value, rel=1e-15)
    if parameter.interval is not None:
        assert parameter.interval.low <= parameter.value <= parameter.interval.high
        assert parameter.interval.low < parameter.interval.high
    if parameter.spread is not None:
        assert parameter.spread.width > 0.0
        assert parameter.spread.law in (Law.NORMAL, Law.LOGNORMAL, Law.LOG10NORMAL)
    if parameter.cite.key == "assumed":
        assert parameter.basis is Basis.ASSUMED


def test_what_is_only_remembered_is_assumed() -> None:
    own = [number for name in case_ids() for number in parameters_of(read_case(name))]
    for parameter in (*load_parameters().values(), *own):
        if parameter.cite.key == "assumed" or re.search("remembered|not confirmed|from memory|no source", parameter.where):
            assert parameter.basis is Basis.ASSUMED, parameter.id


def test_the_bibliography_is_complete_and_used() -> None:
    for entry in bibliography().values():
        assert entry.authors and entry.title and 1900 < entry.year < 2100
    with pytest.raises(RefugiaError, match='There is no "nobody1900" in the bibliography'):
        citation("nobody1900")


def test_every_case_of_the_catalogue_reads() -> None:
    assert set(case_titles()) == set(case_ids())


def test_the_default_case_is_the_patient_of_the_sheet(case: Case) -> None:
    """Four sites, six clones, eight mechanisms, one drug a day for 720 days; calibrated, and its twin says that it is not."""
    assert case.calibrated and not read_case("egfr-lung-uncalibrated").calibrated
    assert [site.name for site in case.subject.sites] == ["lung", "liver", "brain", "occult brain"]
    assert [getattr(site.diameter, "value", None) for site in case.subject.sites] == [40.0, 20.0, 12.0, 2.5]
    assert [site.haven is not None for site in case.subject.sites] == [False, False, True, True]
    assert [clone.name for clone in case.subject.sites[0].source.clones] == [
        "sensitive",
        "tolerant",
        "T790M",
        "MET",
        "C797S",
        "T790M+C797S",
    ]
    assert len(case.mechanisms) == 8
    days = case.subject.plan[0].days(case.question.horizon)
    assert (len(days), days[0], days[-1]) == (720, 0.0, 719.0)


def test_every_number_of_a_case_is_in_the_unit_of_its_field(case: Case) -> None:
    """A parameter that sits in a number field carries that field's unit."""

    def walk(thing: object) -> int:
        if isinstance(thing, tuple):
            return sum(walk(part) for part in thing)
        units = number_units(type(thing)) if hasattr(type(thing), "__dataclass_fields__") else {}
        count = 0
        for field in fields(thing) if units or hasattr(type(thing), "__dataclass_fields__") else ():  # type: ignore[arg-type]
            value = getattr(thing, field.name)
            if isinstance(value, Parameter):
                assert value.unit == units[field.name], (value.id, field.name)
                count += 1
            else:
                count += walk(value)
        return count

    assert walk(case) > 100


def test_parameters_are_listed_once_as_printed(case: Case) -> None:
    listed = parameters_of(case)
    assert len({parameter.id for parameter in listed}) == len(listed)
    shown = {parameter.id: parameter for parameter in listed}
    assert (shown["gefitinib.ec50"].value, shown["gefitinib.ec50"].unit) == (96.0, "nM")
    assert shown["sites.lung.diameter"].basis is Basis.ASSUMED


def test_some_numbers_of_the_sheet(case: Case) -> None:
    """Derived by hand from what the sources print, in internal units."""
    drug, brain = case.subject.drugs[0], case.subject.sites[2]
    numbers = {p.id: p.value for p in _parameters(drug)}
    dose, clearance, mass = 250.0, numbers["gefitinib.clearance"], numbers["gefitinib.molar_mass"]
    assert dose / clearance * numbers["gefitinib.unbound"] / mass * 1000.0 == pytest.approx(0.074, rel=0.01)  # uM, mean unbound
    assert numbers["gefitinib.central"] / clearance * 0.6931 * 24 == pytest.approx(48.0, rel=0.01)  # hours
    assert brain.haven is not None
    pumps = {p.id: p.value for p in _parameters(brain.haven.effluxes[0])}
    total = pumps["gefitinib.pgp"] + pumps["gefitinib.bcrp"] + pumps["gefitinib.bulk"]
    assert 1.0 / (1.0 + total) == pytest.approx(0.11, rel=0.01)


def _parameters(thing: object) -> tuple[Parameter, ...]:
    found: list[Parameter] = []
    stack = [thing]
    while stack:
        here = stack.pop()
        if isinstance(here, Parameter):
            found.append(here)
        elif isinstance(here, tuple):
            stack.extend(here)
        elif hasattr(type(here), "__dataclass_fields__"):
            stack.extend(getattr(here, field.name) for field in fields(here))  # type: ignore[arg-type]
    return tuple(found)


@pytest.mark.parametrize(
    ("table", "description"),
    [
        (schema.Growth, clones.Heterogeneity),
        (schema.Tolerance, clones.Tolerance),
        (schema.Alteration, clones.Alteration),
        (schema.Vessels, barriers.Vessels),
        (schema.Perfusion, barriers.Perfusion),
        (schema.Matrix, barriers.Matrix),
        (schema.Oxygen, barriers.Oxygen),
        (schema.Acid, barriers.Acid),
        (schema.Solute, barriers.Solute),
        (schema.Environment, barriers.Microenvironment),
        (schema.Wall, havens.Wall),
        (schema.Efflux, havens.Efflux),
        (schema.Kinetics, treatment.Kinetics),
        (schema.Curve, treatment.Curve),
        (schema.Drug, treatment.Drug),
        (SiteTable, subject.Site),
        (schema.Question, Question),
    ],
)  # fmt: skip
def test_the_file_has_a_key_for_every_number_of_a_description(table: type, description: type) -> None:
    keys = set(table.model_fields)  # type: ignore[attr-defined]
    assert set(number_units(description)) <= keys
