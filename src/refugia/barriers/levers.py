"""Levers on the breeding ground: what normalises vessels changes the delivery of drugs, and separately the supply of oxygen."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

from refugia.barriers.model import Microenvironment, Perfusion
from refugia.terms import FloatArray, Label, Number, Onset, moved, number


def _opened(perfusion: Perfusion, factor: Number, strength: FloatArray) -> Perfusion:
    """The share of open vessels moved by a factor; no more than all of them."""
    return replace(perfusion, open=moved(perfusion.open, factor, strength, 1.0))


@dataclass(frozen=True, slots=True)
class Delivery:
    """Vessels deliver drug otherwise and interstitial pressure falls; oxygen stays as it was.

    The effective pressure of the vessels, pv - sigma (piv - pii), is moved by moving its three pressures alike; it carries the
    interstitial pressure with it. Either factor may be on either side of one.
    """

    unit: ClassVar[str] = "ground"
    label: Label
    onset: Onset
    perfusion: Number = number("")  # share of open vessels that deliver drug, over that without the lever
    pressure: Number = number("")  # effective pressure of the vessels, over that without the lever

    def applied(self, description: Microenvironment, strength: FloatArray) -> Microenvironment:
        """The ground with its delivery moved."""
        vessels = description.vessels
        pressed = replace(
            vessels,
            pressure=moved(vessels.pressure, self.pressure, strength),
            osmotic_blood=moved(vessels.osmotic_blood, self.pressure, strength),
            osmotic_tissue=moved(vessels.osmotic_tissue, self.pressure, strength),
        )
        return replace(description, vessels=pressed, drug_perfusion=_opened(description.drug_perfusion, self.perfusion, strength))


@dataclass(frozen=True, slots=True)
class Nourishment:
    """Vessels bring oxygen otherwise, and growth follows; the delivery of drugs stays as it was."""

    unit: ClassVar[str] = "ground"
    label: Label
    onset: Onset
    perfusion: Number = number("")  # share of open vessels that supply oxygen, over that without the lever

    def applied(self, description: Microenvironment, strength: FloatArray) -> Microenvironment:
        """The ground with its oxygen supply moved."""
        return replace(description, oxygen_perfusion=_opened(description.oxygen_perfusion, self.perfusion, strength))
