"""What a table of a file is refused for, in sentences: the errors of its model, with the place and the way out."""

from __future__ import annotations

from types import UnionType
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError

from refugia.catalog.place import Place, suggestion
from refugia.terms import InputError

Model = TypeVar("Model", bound=BaseModel)

_TYPES = {
    "string_type": ("is not a text", 'Put it in quotes, like "lung".'),
    "bool_type": ("is neither true nor false", "Write true or false, without quotes."),
    "int_type": ("is not a whole number", "Write a whole number, without quotes or a point."),
    "float_type": ("is not a number", "Write a number, without quotes."),
    "finite_number": ("is not a finite number", "Write a number that is neither infinite nor undefined."),
    "list_type": ("is not a list", "Write it as [ ... ], or as tables with double brackets."),
    "dict_type": ("is not a table", "Write it as a table of keys and values."),
    "model_type": ("is not a table", "Write it as a table of keys and values."),
    "string_pattern_mismatch": ("is no name", "Use up to 40 letters, digits, blanks, +, -, _ and points."),
    "string_too_long": ("is too long", "Say it in fewer words."),
}  # fmt: skip


def checked(model: type[Model], table: object, place: Place) -> Model:
    """The table as that model. Raises InputError at the first thing that does not fit."""
    try:
        return model.model_validate(table)
    except ValidationError as trouble:
        first = trouble.errors(include_url=False)[0]
        raise _refusal(model, dict(first), place) from None


def _refusal(model: type[BaseModel], error: dict[str, Any], place: Place) -> InputError:
    """One pydantic error as a sentence."""
    *outer, last = error["loc"] or ("",)
    kind, value, context = error["type"], error["input"], error.get("ctx", {})
    parent = place
    for step in outer:
        parent = parent.at(step)
    if kind == "missing":
        return parent.refusal(last, "is missing", f"Add {last} = ... there.")
    if kind == "extra_forbidden":
        return parent.refusal(last, "is not known here", suggestion(str(last), _keys(model, outer), "key"))
    here = parent if last in ("", "[key]") else parent.at(last)
    if kind == "literal_error":
        return here.refusal(value, "is not one of the words known here", f"Write {context['expected']}.")
    if kind == "too_long":
        return here.refusal(value, f"is longer than the {context['max_length']} allowed", "Leave some out.")
    if kind == "too_short":
        return here.refusal(value, "is empty", "Describe at least one.")
    if kind in ("greater_than_equal", "less_than_equal"):
        bound, word, which = ("ge", "less", "or more") if "ge" in context else ("le", "more", "or less")
        return here.refusal(value, f"is {word} than {context[bound]}", f"Write {context[bound]} {which}.")
    reason, way_out = _TYPES.get(kind, (f"was refused ({error['msg']})", "See the example case in the catalogue."))
    return here.refusal(value, reason, way_out)


def _keys(model: type[BaseModel], steps: list[str | int]) -> list[str]:
    """The keys that the table at the end of the steps may have."""
    kind: Any = model
    for step in steps:
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            named = {field.alias or name: field.annotation for name, field in kind.model_fields.items()}
            kind = _inner(named.get(str(step)))
        else:
            kind = _inner(get_args(kind)[-1] if get_args(kind) else None)
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return [field.alias or name for name, field in kind.model_fields.items()]
    return []


def _inner(kind: Any) -> Any:
    """The annotation without `Annotated` and without `| None`."""
    if get_origin(kind) is Annotated:
        return _inner(get_args(kind)[0])
    if get_origin(kind) in (Union, UnionType):
        return _inner(next(part for part in get_args(kind) if part is not type(None)))
    return kind
