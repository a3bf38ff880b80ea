"""Reads a cohort: the case it varies becomes one case for each drug, with all sites that a patient of the cohort may have."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from functools import lru_cache
from importlib.resources import files
from typing import Any

from refugia.catalog.bibliography import citation
from refugia.catalog.cohort_schema import CohortFile
from refugia.catalog.derived import is_derived
from refugia.catalog.derived import whole as whole_case
from refugia.catalog.numbers import Numbers, load_parameters
from refugia.catalog.place import Place, suggestion
from refugia.catalog.reader import case_of
from refugia.catalog.tables import checked
from refugia.cohort.bodies import Numbers as Settled
from refugia.cohort.model import Burden, Cohort, Free, Rules, Scale, Target
from refugia.cohort.model import Place as Site
from refugia.course.case import Case
from refugia.course.values import parameters_in
from refugia.terms import Interval, Law, Number, Parameter, number_units
from refugia.terms.units import quantity

_CASE_KEYS = (
    "reference", "mechanisms", "meta", "question", "growth", "tolerance", "alterations", "clones", "environments", "walls",
)  # fmt: skip
"""What a cohort takes over from its case."""


def names(folder: str) -> tuple[str, ...]:
    """The TOML files of a folder of the catalogue, without their endings.

    >>> names("cohorts")
    ('flaura-comparator',)
    """
    found = (file.name for file in (files("refugia.catalog") / folder).iterdir())
    return tuple(sorted(name.removesuffix(".toml") for name in found if name.endswith(".toml")))


def text_of(folder: str, name: str, kind: str) -> str:
    """The text of a file of the catalogue. Raises InputError where there is none of that name."""
    known = names(folder)
    if name not in known:
        raise Place("").refusal(name, f"is no {kind} of the catalogue", suggestion(name, known, kind))
    return (files("refugia.catalog") / folder / f"{name}.toml").read_text(encoding="utf-8")


@lru_cache(maxsize=8)
def read_cohort(name: str) -> Cohort:
    """The cohort of that id. Raises InputError where it is not known or does not fit.

    >>> [drug for drug, _ in read_cohort("flaura-comparator").mix]
    ['gefitinib', 'erlotinib']
    """
    return cohort_of(text_of("cohorts", name, "cohort"), f"{name}.toml")


def cohort_of(text: str, file: str) -> Cohort:
    """The cohort that a TOML text describes. Raises InputError where it does not fit."""
    place = Place(file)
    try:
        table = tomllib.loads(text)
    except ValueError as trouble:
        raise place.refusal(file, f"is not TOML: {str(trouble)[:200]}", "Mend that line.") from None
    read = checked(CohortFile, table, place)
    base = tomllib.loads(text_of("cases", read.meta.case, "case"))
    base = whole_case(base, place) if is_derived(base) else base
    drugs = dict.fromkeys([part.drug for part in read.mix] + [line.drug for line in read.plan])
    cases = {drug: case_of(_table(table, base, drug, place), file) for drug in drugs}
    numbers = Numbers({})
    mix = tuple((part.drug, numbers.number(part.share, "", place.at("mix").at(i).at("share"), f"mix.{part.drug}"))
                for i, part in enumerate(read.mix))  # fmt: skip
    whole = sum(share.value for _, share in mix)
    if abs(whole - 1.0) > 1e-6:
        raise place.at("mix").refusal(whole, "is what the shares add up to", "Make them add up to 1.")
    return Cohort(
        id=read.meta.id, title=read.meta.title, calibrated=read.meta.calibrated in names("parameters/calibrated"),
        prefix=read.meta.calibrated.replace("-", "_"), cases=cases, mix=mix,
        burden=Burden(**_fill(Burden, read.burden, numbers, place.at("burden"), "burden")),
        places=tuple(_site(site, numbers, place.at("sites").at(i)) for i, site in enumerate(read.sites)),
        rules=_rules(read, numbers, place), free=_free(read, cases.values(), place), targets=_targets(read),
        source=text,
    )  # fmt: skip


def calibrated_numbers(cohort: Cohort) -> Settled:
    """The medians to which a cohort was calibrated, and the widths of spreads; nothing where it was not.

    >>> sorted(calibrated_numbers(read_cohort("flaura-comparator")).widths)
    ['tki.shrink', 'tolerance.share']
    """
    found, values, widths = load_parameters(), {}, {}
    if cohort.calibrated:
        for one in cohort.free:
            parameter = found[f"{cohort.prefix}.{one.name}"]
            if one.of_spread and parameter.spread is not None:
                widths[one.name] = parameter.spread.width
            else:
                values[one.name] = parameter.value
    return Settled(values, widths)


def _table(cohort: dict[str, Any], base: dict[str, Any], drug: str, place: Place) -> dict[str, Any]:
    """The table of the case of a patient on one drug: the base case with the cohort's sites, and no other drug."""
    known = [entry["name"] for entry in base["drugs"]]
    if drug not in known:
        raise place.at("plan").refusal(drug, "is no drug of the case", suggestion(drug, known, "drug"))
    lines = [line for line in (*cohort.get("plan", ()), *base["plan"]) if line["drug"] == drug]
    if not lines:
        raise place.at("plan").refusal(drug, "is planned neither here nor in the case", "Add a [[plan]] with its dose.")

    def only(parts: dict[str, Any], key: str) -> dict[str, Any]:
        return {name: {**part, key: [one for one in part[key] if one["drug"] == drug]} for name, part in parts.items()}

    table = {key: base[key] for key in _CASE_KEYS}
    table |= {"meta": {**base["meta"], "id": cohort["meta"]["id"]}, "settings": cohort["settings"]}
    table["sites"] = [_case_site(site) for site in cohort["sites"]]
    table |= {"environments": only(base["environments"], "solutes"), "walls": only(base["walls"], "effluxes")}
    table["levers"] = [lever for lever in base.get("levers", ()) if lever["name"] in cohort.get("levers", ())]
    table["drugs"] = [entry for entry in base["drugs"] if entry["name"] == drug]
    return {**table, "plan": [{key: value for key, value in lines[0].items() if key != "until"}]}


def _case_site(site: dict[str, Any]) -> dict[str, Any]:
    """A site as a case has it; the diameter of a seen one is drawn by the cohort, and what stands here only gives it a name."""
    kept = {key: value for key, value in site.items() if key not in ("share", "weight")}
    drawn = {"value": "40 mm", "cite": "definition", "where": "drawn by the cohort, patient by patient", "basis": "computed"}
    return {"diameter": drawn, **kept}


def _fill(description: type, table: Any, numbers: Numbers, place: Place, name: str) -> dict[str, Parameter]:
    """The number fields of a description."""
    return {
        field: numbers.number(getattr(table, field), unit, place.at(field), f"{name}.{field}")
        for field, unit in number_units(description).items()
        if getattr(table, field) != 1.0
    }


def _site(site: Any, numbers: Numbers, place: Place) -> Site:
    given: dict[str, Number] = {"weight": 1.0, **_fill(Site, site, numbers, place, f"cohort.{site.name}")}
    return Site(site.name, site.organ, site.presence == "seen", **given)


def _rules(read: CohortFile, numbers: Numbers, place: Place) -> Rules:
    rules = read.rules
    found = _fill(Rules, rules, numbers, place.at("rules"), "rules")
    return Rules(tuple(rules.clones), rules.organ, quantity(rules.window, "day", ""), **found)


def _free(read: CohortFile, cases: Iterable[Case], place: Place) -> tuple[Free, ...]:
    """The free numbers; each must be one of the case's, and its value lie in its prior."""
    printed = load_parameters()
    known = {parameter.id: parameter for case in cases for parameter in parameters_in(case)}
    free = []
    for i, entry in enumerate(read.free):
        here = place.at("free").at(i)
        if entry.number not in known:
            raise here.at("number").refusal(entry.number, "is no number of the case", suggestion(entry.number, known, "number"))
        if entry.number in printed and printed[entry.number].unit != known[entry.number].unit:
            raise here.refusal(entry.number, "is kept in another unit than it was printed in", "Free a number that is not.")
        if entry.of == "spread" and known[entry.number].spread is None:
            raise here.at("of").refusal(entry.number, "has no spread between patients", 'Write of = "value".')
        prior = Interval(Law(entry.prior.law), entry.prior.low, entry.prior.high)
        if not prior.low <= entry.value <= prior.high:
            raise here.at("value").refusal(entry.value, "lies outside its prior", "Mend one of them.")
        free.append(Free(entry.number, entry.of == "spread", entry.says, entry.value, prior, entry.where))
    return tuple(free)


def _targets(read: CohortFile) -> tuple[Target, ...]:
    return tuple(
        Target(t.summary, t.says, t.value, t.low, t.high, Scale(t.scale), t.evidence, citation(t.cite), t.where)
        for t in read.targets
    )
