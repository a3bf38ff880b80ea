"""The JSON Schema of a case file: what an editor needs to complete and check one while it is written.

It is made of the same models that read a case, and of the numbers of the catalogue. It knows the shape of a file, the words and the
units; whether the parts fit together is for the reader to say.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from refugia import barriers, clones, havens, treatment
from refugia.barriers.levers import Decompression, Delivery, Loosening, Permeation
from refugia.catalog.bibliography import bibliography
from refugia.catalog.derived import DerivedFile
from refugia.catalog.fit import MERITS
from refugia.catalog.levers import COMMON, NEEDS, word
from refugia.catalog.numbers import load_parameters
from refugia.catalog.schedule import EXAMPLE
from refugia.catalog.schema import CaseFile
from refugia.catalog.tables import MARK, Inline
from refugia.catalog.walls import PORES, Pores, Slow
from refugia.clones.levers import Closure
from refugia.course.case import Question
from refugia.subject import MECHANISMS, Site
from refugia.terms import Onset, number_units
from refugia.terms.units import UnitError, convert, dimension
from refugia.treatment.levers import Radiation

FILE = "refugia-case.schema.json"
LINE = f"#:schema ./{FILE}"
"""The first line of a case by which VS Code (Even Better TOML) finds the schema beside it."""

_DESCRIBED: dict[str, tuple[type, ...]] = {
    "Question": (Question,), "Site": (Site, barriers.Microenvironment), "Growth": (clones.Heterogeneity,),
    "Tolerance": (clones.Tolerance,), "Alteration": (clones.Alteration,), "State": (clones.State,),
    "Switch": (clones.Switch,), "Environment": (barriers.Microenvironment,),
    "Vessels": (barriers.Vessels,), "Perfusion": (barriers.Perfusion,), "Matrix": (barriers.Matrix,), "Oxygen": (barriers.Oxygen,),
    "Acid": (barriers.Acid,), "Angiogenesis": (barriers.Angiogenesis,),
    "Solute": (barriers.Solute,), "Carrier": (barriers.Solute,), "Slow": (barriers.Slow,),
    "Pores": (barriers.Pores,), "Pore": (barriers.Pore,), "Wall": (havens.Wall,), "Efflux": (havens.Efflux,),
    "Kinetics": (treatment.Kinetics,), "Curve": (treatment.Curve,), "Drug": (treatment.Drug,), "Onset": (Onset,),
    "SiteInstead": (Site, barriers.Microenvironment),
    "Lever": (Delivery, Loosening, Decompression, Permeation, Closure, Radiation),
    "Deed": (Delivery, Loosening, Decompression, Permeation),
}  # fmt: skip
"""The descriptions that the number fields of each table of a file become, which know their units."""
_WORDS_FOR = {"conductivity": PORES, "permeability": PORES, "reflection": PORES, "base": "none"}
_QUANTITIES = {"dose": "mass", "fraction": "radiation", "voxel": "length", "extent": "length"}  # all others are times
_NUMBER = r"^\s*[+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d{1,3})?\s*"
_PREFIX = "(?:giga|mega|kilo|centi|milli|micro|nano|pico|[GMkcmunpµ])?"
_UNITS = {
    "time": rf"{_PREFIX}(?:s|seconds?|min|minutes?|h|hours?|d|days?|weeks?|months?|years?)", "mass": rf"{_PREFIX}(?:g|grams?)",
    "radiation": rf"{_PREFIX}(?:Gy|grays?)", "length": rf"{_PREFIX}(?:m|meters?|metres?)",
}  # fmt: skip
_LIKE = {"time": "720 d", "mass": "250 mg", "radiation": "6 Gy", "length": "0.25 mm"}

_EITHER = {"clones": {"type": ["array", "object"]}, "sites": {"type": ["array", "object"]}, "settings": {"type": "object"}}
"""What a case writes in one form, and one that is like another case in another."""


def case_schema() -> dict[str, Any]:
    """The JSON Schema of a case file, of one that is like another case as well.

    >>> "plan" in case_schema()["properties"]
    True
    """
    schema = CaseFile.model_json_schema(by_alias=True)
    parts: dict[str, Any] = schema.pop("$defs")
    for model in (Pores, Slow, DerivedFile, Inline):
        extra = model.model_json_schema(by_alias=True)
        parts.update(extra.pop("$defs", {}))
        parts[model.__name__] = extra
    derived = parts.pop("DerivedFile")["properties"]
    for name, table in (*parts.items(), ("CaseFile", schema)):
        for field, entry in table.get("properties", {}).items():
            table["properties"][field] = _filled(entry, name, field)
    parts.update(_numbers(), **_quantities())
    _words(parts, schema)
    parts["Lever"]["allOf"] = list(_kinds(parts["Lever"]))
    whole = {key: schema["properties"][key] for key in _EITHER}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema", "title": "A case of refugia",
        "description": schema["description"], "type": "object",
        "properties": {**schema["properties"], **derived, **_EITHER}, "additionalProperties": False,
        "if": {"required": ["like"]},
        "then": {
            "required": ["like", "meta"], "propertyNames": {"enum": list(derived)},
            "properties": {**{key: derived[key] for key in _EITHER}, "clones": {"$ref": "#/$defs/ReadsOnly"}},
        },
        "else": {"required": schema["required"], "properties": {"instead": False, **whole}},
        "$defs": parts,
    }  # fmt: skip


def _filled(entry: Any, table: str, field: str) -> Any:
    """A field with the marks of the models replaced by what they stand for."""
    if isinstance(entry, list):
        return [_filled(part, table, field) for part in entry]
    if not isinstance(entry, dict):
        return entry
    if MARK in entry:
        return _meant(entry[MARK], table, field)
    forms = [form for form in entry.get("anyOf", ()) if form != {"type": "null"}]
    if len(forms) == 1:  # what may be left out; TOML has no null
        entry = {**{key: part for key, part in entry.items() if key != "anyOf"}, **forms[0]}
    return {key: _filled(part, table, field) for key, part in entry.items() if not (key == "default" and part is None)}


def _meant(mark: str, table: str, field: str) -> dict[str, Any]:
    """What a mark stands for."""
    if mark == "value":
        return {"anyOf": [{"type": "number"}, {"type": "string", "pattern": rf"{_NUMBER.replace('[+]', '[-+]')}\S*\s*$"}]}
    if mark in ("pores", "slow"):
        return {"$ref": f"#/$defs/{mark.capitalize()}"}
    if mark == "quantity":
        return {"$ref": f"#/$defs/{_QUANTITIES.get(field, 'time')}"}
    units = {key: unit for kind in _DESCRIBED[table] for key, unit in number_units(kind).items()}
    number = {"$ref": f"#/$defs/{_slug(units[field])}"}
    if field in _WORDS_FOR and table in ("Vessels", "Solute", "Carrier", "Drug"):
        return {"anyOf": [{"const": _WORDS_FOR[field]}, number]}
    return number


def _slug(unit: str) -> str:
    """The name of the numbers of a dimension: a rate is number_rate."""
    return "number_" + re.sub(r"[^A-Za-z0-9]+", "_", re.sub(r"^an? ", "", dimension(unit))).strip("_")


def _numbers() -> dict[str, Any]:
    """A definition for every dimension: the numbers of the catalogue that have it, or one written out."""
    units = {unit for kinds in _DESCRIBED.values() for kind in kinds for unit in number_units(kind).values()}
    found: dict[str, Any] = {}
    for unit in sorted(units):
        known = [f"param:{name}" for name, parameter in load_parameters().items() if _fits(parameter.unit, unit)]
        words = dimension(unit)
        found[_slug(unit)] = {
            "description": f'{words[0].upper()}{words[1:]}: "param:ID" of the catalogue, or written out with its source.',
            "anyOf": [*([{"enum": sorted(known)}] if known else []), {"$ref": "#/$defs/Inline"}],
        }
    return found


def _fits(unit: str, needed: str) -> bool:
    try:
        convert(1.0, unit, needed)
    except UnitError:
        return False
    return True


def _quantities() -> dict[str, Any]:
    return {
        name: {"type": "string", "pattern": f"{_NUMBER}{unit}\\s*$", "description": f'A {name}, such as "{_LIKE[name]}".'}
        for name, unit in _UNITS.items()
    }


def _words(parts: dict[str, Any], schema: Mapping[str, Any]) -> None:
    """The words that the reader knows beyond the models: mechanisms, merits, sources, lines of a plan."""
    schema["properties"]["mechanisms"]["items"] = {"enum": [one.name for one in MECHANISMS if one.part_of is None]}
    parts["Question"]["properties"]["merits"]["items"] = {"enum": list(MERITS)}
    cited = parts["Inline"]["properties"]
    cited["cite"] = {"anyOf": [{"enum": sorted(bibliography())}, cited["cite"]]}
    given = {"type": "string", "maxLength": 1000, "description": f'A line in words: "{EXAMPLE}".', "examples": [EXAMPLE]}
    parts["Words"]["properties"]["given"] = given
    for entries in (schema["properties"]["plan"], parts["Lever"]["properties"]["gives"]):
        forms = entries["items"].pop("oneOf")
        entries["items"]["anyOf"] = [given if "$ref" not in form else form for form in forms]


def _kinds(lever: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Which keys each kind of lever needs, and which mean nothing to it."""
    for kind, (needed, allowed) in NEEDS.items():
        owed = sorted(word(key) for key in needed)
        known = {word(key) for key in (*needed, *allowed, *COMMON)}
        yield {
            "if": {"properties": {"kind": {"const": kind}}, "required": ["kind"]},
            "then": {"required": owed, "properties": {key: False for key in lever["properties"] if key not in known}},
        }

