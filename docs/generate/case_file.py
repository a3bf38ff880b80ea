"""The page of the case file, from the models that read it and the descriptions that they become."""

from __future__ import annotations

import inspect
import json
import tomllib
import types
from collections.abc import Iterator
from importlib import import_module
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic_core import PydanticUndefined

from docs.generate.interface import comments
from docs.generate.text import code, page, plain, prose, table
from refugia.catalog import schema, walls
from refugia.catalog import tables as parts
from refugia.catalog.texts import case_text
from refugia.terms.fields import number_units

SHOWN = "egfr-lung"
"""The case whose own lines stand beside the keys."""
DESCRIBED = (
    "refugia.clones.model", "refugia.barriers.model", "refugia.havens.model", "refugia.treatment.model", "refugia.subject",
    "refugia.course.case", "refugia.biopsy.imaging", "refugia.treatment.levers", "refugia.barriers.levers",
    "refugia.havens.levers", "refugia.clones.levers", "refugia.terms.lever",
)  # fmt: skip
RENAMED = {"Growth": "Heterogeneity", "Environment": "Microenvironment", "Line": "Regimen"}
"""Models whose description has another name."""

CHECKED_LATER: dict[tuple[type[BaseModel], str], tuple[type[BaseModel], bool]] = {
    (schema.Environment, "pores"): (walls.Pores, False), (schema.Environment, "slow"): (walls.Slow, True),
}
"""Tables that are read where they are built: their model, and whether there may be many."""


def sections() -> tuple[tuple[str, type[BaseModel]], ...]:
    """Every table of a case file: how its head is written, and the model that reads it."""
    return (("", schema.CaseFile), *_below(schema.CaseFile, ""))


def _below(model: type[BaseModel], path: str) -> Iterator[tuple[str, type[BaseModel]]]:
    for name, field in model.model_fields.items():
        later = CHECKED_LATER.get((model, name))
        inner, many, named = (*later, False) if later else _model(field.annotation)
        if inner is None:
            continue
        head = f"{path}{field.alias or name}" + (".NAME" if named else "")
        yield f"[[{head}]]" if many else f"[{head}]", inner
        yield from _below(inner, head + ".")


def _model(kind: Any) -> tuple[type[BaseModel] | None, bool, bool]:
    """The model inside a type, whether there may be many of it, and whether each has a name."""
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return kind, False, False
    origin, inner = get_origin(kind), get_args(kind)
    for one in inner if origin is not Literal else ():
        model, many, named = _model(one)
        if model is not None:
            return model, many or origin is list, named or origin is dict
    return None, False, False


def case_file_page() -> str:
    """Every section and key of a case file."""
    says = (
        "Written from the models that read a case file. Nothing else may stand in it: an unknown key is refused. A *number* is "
        '`"param:ID"`, a reference to the [catalogue](catalogue.md), or a table of its own, '
        '`{ value = "12 mm", cite, where, basis, ... }`; a *quantity* is a choice and no fact of the world, a text with a unit '
        f'such as `"250 mg"`. Values in the last column are those of `refugia case show {SHOWN}`, the first of each kind. How a '
        "file is written, step by step: [write a case](../write-a-case.md)."
    )
    example = tomllib.loads(case_text(SHOWN))
    own = (("a number, written out", parts.Inline), ("interval", parts.Interval), ("spread", parts.Spread))
    tables = (_entry(f"`{head}`" if head else "At the top", model, _first(example, head)) for head, model in sections())
    return page("The case file", says, *tables, *(_entry(name[0].upper() + name[1:], model, {}) for name, model in own))


def _first(example: Any, head: str) -> dict[str, Any]:
    """The first table of that head in the example; empty where it has none."""
    found: Any = example
    for word in head.strip("[]").split(".") if head else ():
        if isinstance(found, list):
            found = next((one for one in found if isinstance(one, dict) and word in one), {})
        found = (next(iter(found.values()), {}) if word == "NAME" else found.get(word, {})) if isinstance(found, dict) else {}
    if isinstance(found, list):
        found = found[0] if found else {}
    return found if isinstance(found, dict) else {}


def _entry(head: str, model: type[BaseModel], example: dict[str, Any]) -> str:
    """A section: what it is, and its keys; a column in which nothing stands is left out."""
    said = _said(model)
    rows = [_row(field.alias or name, field, said.get(name, (None, "")), example) for name, field in model.model_fields.items()]
    heads = ("key", "is", "without it", "says", "for example")
    kept = [n for n in range(len(heads)) if any(row[n] for row in rows)]
    shown = table([heads[n] for n in kept], [[row[n] for n in kept] for row in rows])
    return "\n\n".join((f"## {head}", prose(inspect.getdoc(model) or ""), shown))


def _row(key: str, field: Any, said: tuple[str | None, str], example: dict[str, Any]) -> tuple[str, ...]:
    unit, comment = said
    inner, many, named = _model(field.annotation)
    default = "required" if field.is_required() else _value(field.get_default(call_default_factory=True))
    if inner is not None:
        kind = "tables" if many else "tables by name" if named else "table"
        return code(key), kind, default, plain(field.description or inspect.getdoc(inner) or ""), ""
    kind = plain(_kind(field, unit)) + (f", in {unit}" if unit else "")
    return code(key), kind, default, plain(field.description or comment), _value(example.get(key))


def _value(value: Any) -> str:
    if value is None or value in ("", [], {}) or value is PydanticUndefined:
        return ""
    if isinstance(value, dict):
        value = value.get("value", "...")
    return code(json.dumps(value, ensure_ascii=False))


def _kind(field: Any, unit: str | None) -> str:
    """What a key holds, in words; whatever has a unit, or none by nature, is a number."""
    return "number" if field.annotation is Any and unit is not None else _words(field.annotation)


def _words(kind: Any) -> str:
    origin, inner = get_origin(kind), [one for one in get_args(kind) if one is not type(None)]
    simple = {str: "text", int: "whole number", float: "bare number", bool: "true or false", Any: "number or quantity"}
    if kind in simple:
        return simple[kind]
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return f"table {kind.__name__.lower()}"
    if origin is Literal:
        return " or ".join(f"`{one}`" for one in inner)
    if origin is list:
        return f"list of {_words(inner[0]).replace('number or quantity', 'quantities')}"
    if origin is dict:
        return f"{_words(inner[1])} by name"
    if origin is Annotated:
        return _words(inner[0])
    return " or ".join(_words(one) for one in inner) if origin in (Union, types.UnionType) else "value"


def _said(model: type[BaseModel]) -> dict[str, tuple[str | None, str]]:
    """Unit and meaning of each key, from the description of the same name; nothing where there is none."""
    for path in DESCRIBED:
        described = getattr(import_module(path), RENAMED.get(model.__name__, model.__name__), None)
        if isinstance(described, type) and described.__module__ == path and hasattr(described, "__dataclass_fields__"):
            units = number_units(described)
            return {name: (units.get(name), says) for name, says in _beside(described)}
    return {}


def _beside(described: type) -> Iterator[tuple[str, str]]:
    """Each field and the comment beside it, without the unit, which has its own place."""
    units = number_units(described)
    for name, _, says in comments(described):
        bare = name.strip("`")
        yield bare, says.removesuffix(f"({plain(units.get(bare, ''))})").removesuffix(", -").removesuffix(", \\-").strip()
