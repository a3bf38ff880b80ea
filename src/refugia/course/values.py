"""The parameters that stand in a case, and the same case with other values in their place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Any

from refugia.course.case import Case
from refugia.terms import Parameter, RefugiaError


def parameters_in(thing: object) -> Iterator[Parameter]:
    """Every parameter in a frozen description, in the unit its field is kept in, as often as it stands there."""
    if isinstance(thing, Parameter):
        yield thing
    elif isinstance(thing, tuple):
        for part in thing:
            yield from parameters_in(part)
    elif is_dataclass(thing):
        for field in fields(thing):
            yield from parameters_in(getattr(thing, field.name))


def with_values(case: Case, values: Mapping[str, float]) -> Case:
    """The case as it would be if some numbers were known: each parameter named (by its id) has that value, and no interval.

    Values are in the unit in which the case keeps the number; its spread between patients stays, around the new value. Descriptions
    that were one object stay one object, and what holds none of the numbers stays the object it was.

    Raises RefugiaError where an id does not stand in the case, or stands there in two units.
    """
    units: dict[str, set[str]] = {name: set() for name in values}
    for parameter in parameters_in(case):
        if parameter.id in units:
            units[parameter.id].add(parameter.unit)
    for name, found in units.items():
        if not found:
            raise RefugiaError(f'The case "{case.id}" has no number "{name}". Name one of those that `refugia parameters` lists.')
        if len(found) > 1:
            raise RefugiaError(f'The number "{name}" is kept in {" and in ".join(sorted(found))}. Keep it in one unit.')
    changed: Case = _Exchange(values).of(case)
    return changed


class _Exchange:
    """Puts new values into descriptions; the same object in gives the same object out."""

    def __init__(self, values: Mapping[str, float]) -> None:
        self.values = values
        self.known: dict[int, Any] = {}  # the case holds every object on the way, so that no address is used twice

    def of(self, thing: Any) -> Any:
        if id(thing) not in self.known:
            self.known[id(thing)] = self._changed(thing)
        return self.known[id(thing)]

    def _changed(self, thing: Any) -> Any:
        if isinstance(thing, Parameter):
            return replace(thing, value=float(self.values[thing.id]), interval=None) if thing.id in self.values else thing
        if isinstance(thing, tuple):
            parts = tuple(self.of(part) for part in thing)
            return thing if all(new is old for new, old in zip(parts, thing, strict=True)) else parts
        if not is_dataclass(thing):
            return thing
        new = {field.name: self.of(getattr(thing, field.name)) for field in fields(thing)}
        moved = {name: part for name, part in new.items() if part is not getattr(thing, name)}
        return replace(thing, **moved) if moved else thing  # type: ignore[type-var]
