"""Levers on the breeding ground: vessels, pores, solid stress and matrix for the drug, and apart from it the supply of oxygen."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

from refugia.barriers.matrix import DENSEST
from refugia.barriers.model import Microenvironment, Perfusion, Pores, Slow, Solute
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


@dataclass(frozen=True, slots=True)
class Loosening:
    """The matrix holds less collagen (or more), and fluid moves through the tissue otherwise; oxygen stays as it was."""

    unit: ClassVar[str] = "ground"
    label: Label
    onset: Onset
    collagen: Number = number("")  # volume fraction of collagen, over that without the lever
    hydraulic: Number = number("")  # hydraulic conductivity of the tissue, over that without the lever

    def applied(self, description: Microenvironment, strength: FloatArray) -> Microenvironment:
        """The ground with its matrix moved; no more collagen than the law of its permeability holds for."""
        matrix = replace(
            description.matrix,
            collagen=moved(description.matrix.collagen, self.collagen, strength, DENSEST),
            hydraulic=moved(description.matrix.hydraulic, self.hydraulic, strength),
        )
        return replace(description, matrix=matrix)


@dataclass(frozen=True, slots=True)
class Decompression:
    """Solid stress falls, and vessels that it had closed carry blood and drug again; oxygen stays as it was.

    It is told by the stress at which half of the vessels close: half the stress does what vessels do that bear twice as much.
    """

    unit: ClassVar[str] = "ground"
    label: Label
    onset: Onset
    stress_half: Number = number("")  # stress at which half of the vessels close, over that without the lever

    def applied(self, description: Microenvironment, strength: FloatArray) -> Microenvironment:
        """The ground with the stress on its vessels moved."""
        law = description.drug_perfusion
        eased = replace(law, stress_half=moved(law.stress_half, self.stress_half, strength))
        return replace(description, drug_perfusion=eased)


@dataclass(frozen=True, slots=True)
class Permeation:
    """Pores of the vessel wall of another radius, and more or fewer of them: either factor may be on either side of one.

    What the wall conducts, what it lets pass of each solute and what it holds back all follow, so that a wall that leaks less
    may also let less drug through.
    """

    unit: ClassVar[str] = "ground"
    label: Label
    onset: Onset
    radius: Number = number("")  # of every class of pores, over that without the lever
    area: Number = number("")  # share of the wall open through pores, over that without the lever

    def applied(self, description: Microenvironment, strength: FloatArray) -> Microenvironment:
        """The ground with its pores moved, wherever a number follows from them."""

        def porous(given: Number | Pores) -> Number | Pores:
            if not isinstance(given, Pores):
                return given
            classes = tuple(
                replace(one, radius=moved(one.radius, self.radius, strength), area=moved(one.area, self.area, strength, 1.0))
                for one in given.classes
            )
            return replace(given, classes=classes)

        def solute(one: Solute) -> Solute:
            return replace(one, permeability=porous(one.permeability), reflection=porous(one.reflection))

        def slow(one: Slow) -> Slow:
            return replace(one, drug=solute(one.drug), carrier=solute(one.carrier))

        return replace(
            description,
            vessels=replace(description.vessels, conductivity=porous(description.vessels.conductivity)),
            solutes=tuple(solute(one) for one in description.solutes),
            slow=tuple(slow(one) for one in description.slow),
        )


@dataclass(frozen=True, slots=True)
class Agent:
    """One intervention that does several of these things at once, up to a share of what each of them says."""

    unit: ClassVar[str] = "ground"
    label: Label
    onset: Onset
    share: float  # of the full change
    does: tuple[Delivery | Nourishment | Loosening | Decompression | Permeation, ...]

    def applied(self, description: Microenvironment, strength: FloatArray) -> Microenvironment:
        """The ground with everything moved that the agent moves, one thing after the other."""
        for deed in self.does:
            description = deed.applied(description, self.share * strength)
        return description
