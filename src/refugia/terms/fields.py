"""A field of a description that holds a number of the world, and the unit it is kept in."""

from __future__ import annotations

from dataclasses import field, fields
from typing import Any


def number(unit: str) -> Any:
    """A dataclass field for a `Number` kept in the given internal unit ("" where it has no dimension)."""
    return field(metadata={"unit": unit})


def optional(unit: str) -> Any:
    """The same for a number that may be left out: None, where the law that reads it says what that means."""
    return field(default=None, metadata={"unit": unit})


def number_units(description: type) -> dict[str, str]:
    """The number fields of a description class, with their internal units.

    >>> from dataclasses import dataclass
    >>> @dataclass
    ... class Box:
    ...     side: float = number("mm")
    >>> number_units(Box)
    {'side': 'mm'}
    """
    return {entry.name: entry.metadata["unit"] for entry in fields(description) if "unit" in entry.metadata}
