"""What a table of a file is refused for, in sentences: the errors of its model, with the place and the way out."""

from __future__ import annotations

from types import UnionType
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, Discriminator, Tag, ValidationError
from pydantic.fields import FieldInfo

from refugia.catalog.faults import FAULTY
from refugia.catalog.place import Place, suggestion
from refugia.terms import InputError

Model = TypeVar("Model", bound=BaseModel)
FORMS = ("in words", "as keys", "as text", "by file", "as a list", "with reads")
"""Tags of the forms in which a line of a plan, or the clones, may be written; they are no part of a place."""

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
    """The table as that model.

    Raises InputError at the first thing that does not fit; where the place keeps faults, all are kept, and what they are about is
    FAULTY.
    """
    try:
        return model.model_validate(table)
    except ValidationError as trouble:
        errors: list[Any] = [dict(error) for error in trouble.errors(include_url=False)]
    for error in errors:
        place.keep(_refusal(model, error, place))
    read: Model = _partial(model, table, (), {error["loc"] for error in errors})
    return read


def _partial(kind: Any, raw: Any, loc: tuple[str | int, ...], bad: set[tuple[str | int, ...]]) -> Any:
    """What was sound of a value that did not fit its annotation: FAULTY in place of the rest."""
    if loc in bad:
        return FAULTY
    kind, tag = _chosen(kind, raw)
    loc = loc if tag is None else (*loc, tag)
    if loc in bad:
        return FAULTY
    if isinstance(raw, dict) and isinstance(kind, type) and issubclass(kind, BaseModel):
        read = {}
        for name, field in kind.model_fields.items():
            key = field.alias or name
            if key in raw:
                read[name] = _partial(_whole(field), raw[key], (*loc, key), bad)
            elif field.is_required():
                read[name] = FAULTY
        return kind.model_construct(set(read), **read)
    if isinstance(raw, list) and get_origin(kind) is list:
        return [_partial(get_args(kind)[0], item, (*loc, index), bad) for index, item in enumerate(raw)]
    if isinstance(raw, dict) and get_origin(kind) is dict:
        return {key: _partial(get_args(kind)[1], item, (*loc, key), bad) for key, item in raw.items()}
    return raw


def _whole(field: FieldInfo) -> Any:
    """The annotation of a field with what pydantic took apart from it."""
    choice = next((note for note in (field.discriminator, *field.metadata) if isinstance(note, Discriminator)), None)
    return field.annotation if choice is None else Annotated[field.annotation, choice]


def _chosen(kind: Any, raw: Any) -> tuple[Any, str | None]:
    """The annotation without its wrapping; of several forms the one that the value has, with its tag."""
    if get_origin(kind) is Annotated:
        form, *notes = get_args(kind)
        choice = next((note for note in notes if isinstance(note, Discriminator)), None)
        if choice is None:
            return _chosen(form, raw)
        tag = str(choice.discriminator(raw)) if callable(choice.discriminator) else None
        return _form(form, tag), tag
    return _inner(kind), None


def _form(union: Any, tag: object) -> Any:
    """Of several tagged forms the one of that tag, None where there is none."""
    for part in get_args(union):
        if get_origin(part) is Annotated and any(isinstance(note, Tag) and note.tag == tag for note in get_args(part)[1:]):
            return _inner(part)
    return None


def _refusal(model: type[BaseModel], error: dict[str, Any], place: Place) -> InputError:
    """One pydantic error as a sentence."""
    *outer, last = error["loc"] or ("",)
    kind, value, context = error["type"], error["input"], error.get("ctx", {})
    parent = place
    for step in outer:
        parent = parent if step in FORMS else parent.at(step)
    if last in FORMS:
        last = ""
    if kind == "missing":
        return parent.refusal(last, "is missing", f"Add {last} = ... there.")
    if kind == "extra_forbidden":
        there = parent.of_key(last)
        return there.refusal(last, "is not known here", suggestion(str(last), _keys(model, outer), "key"))
    here = parent if last in ("", "[key]") else parent.at(last)
    if kind == "string_type" and error["loc"][-1:] == ("as text",):
        return here.refusal(value, "is no line of a plan", 'Write it in words, like "gefitinib 250 mg oral every 24 h from day 0".')
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
        elif step in FORMS:
            kind = _form(kind, step)
        else:
            kind = get_args(kind)[-1] if get_args(kind) else None
            kind = get_args(kind)[0] if get_origin(kind) is Annotated else kind
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return [field.alias or name for name, field in kind.model_fields.items()]
    return []


def _inner(kind: Any) -> Any:
    """The annotation without `Annotated` and without `| None`."""
    if get_origin(kind) is Annotated:
        return _inner(get_args(kind)[0])
    if get_origin(kind) in (Union, UnionType) and type(None) in get_args(kind):
        return _inner(next(part for part in get_args(kind) if part is not type(None)))
    return kind
