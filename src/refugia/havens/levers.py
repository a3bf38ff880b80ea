"""Levers on the safe haven: inhibitors of the pumps in its wall."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

from refugia.havens.model import Wall
from refugia.terms import FloatArray, Label, Onset, moved


@dataclass(frozen=True, slots=True)
class PumpInhibitor:
    """A share of the capacity of every pump in the wall is blocked; `blocked` is a setting of the lever, like a dose."""

    unit: ClassVar[str] = "haven"
    label: Label
    onset: Onset
    blocked: float

    def applied(self, description: Wall, strength: FloatArray) -> Wall:
        """The wall with its pumps blocked in part."""
        left = 1.0 - self.blocked
        weaker = tuple(
            replace(efflux, pgp=moved(efflux.pgp, left, strength), bcrp=moved(efflux.bcrp, left, strength))
            for efflux in description.effluxes
        )
        return replace(description, effluxes=weaker)
