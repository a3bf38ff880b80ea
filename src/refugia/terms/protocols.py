"""The protocols through which the floors above speak to any unit without knowing its name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from refugia.terms.parameter import FloatArray


@dataclass(frozen=True, slots=True)
class Mechanism:
    """A way out of therapy that can be lifted: idealised away, nothing else changed.

    `unit` names the part of a site or body whose description it changes, `lift` returns that description with the neutral element
    in place, `ideal` says in one sentence which ideal that is, and `part_of` names the mechanism this one is a part of. `joins`
    names mechanisms that this one lifts at once: a case lists it or them, never both.
    """

    name: str
    unit: str
    ideal: str
    lift: Callable[[Any], Any]
    part_of: str | None = None
    joins: tuple[str, ...] = ()


class Assay(Protocol):
    """What can be seen of a body: a reading of its state, shape (worlds,), in a unit of its own."""

    name: str
    unit: str

    def read(self, volume: FloatArray) -> FloatArray:
        """The reading, from the volumes of the sites (worlds, sites) in mm3."""


class Policy(Protocol):
    """A rule that turns readings into doses."""

    name: str

    def doses(self, day: float, readings: FloatArray) -> FloatArray:
        """The doses of each drug from this day on, shape (worlds, drugs), mg."""
