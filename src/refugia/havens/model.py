"""The safe havens: a vessel wall with pumps that keeps drug out of the brain."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import inf

from refugia.terms import Mechanism, Number, number


@dataclass(frozen=True, slots=True)
class Efflux:
    """What the wall does to one drug: pump and bulk-flow clearance over the passive permeability of an intact wall."""

    drug: str
    pgp: Number = number("")
    bcrp: Number = number("")
    bulk: Number = number("")


@dataclass(frozen=True, slots=True)
class Wall:
    """Unit 3, a safe haven: a vessel wall with pumps; plasma drug reaches the tissue only in part.

    Unbound tissue over unbound plasma at rest, with m the leakiness: Kp,uu = m / (m + pgp/m + bcrp/m + bulk).
    The core of a lesion leaks by `leak`, a rim of width `rim` by `intact`.
    """

    leak: Number = number("")  # passive permeability of the core over that of an intact wall, -
    intact: Number = number("")  # the same in the rim: one, by definition, -
    rim: Number = number("mm")
    effluxes: tuple[Efflux, ...] = ()

    def lifted(self) -> Wall:
        """No wall: unbound supply equals unbound plasma."""
        return self.without_pumps().without_tightness()

    def without_tightness(self) -> Wall:
        """A wall as leaky as any vessel, core and rim alike: the pumps cannot keep up."""
        return replace(self, leak=inf, intact=inf)

    def without_pumps(self) -> Wall:
        """A tight wall whose pumps have stopped."""
        return replace(self, effluxes=tuple(replace(e, pgp=0.0, bcrp=0.0) for e in self.effluxes))


MECHANISMS = (
    Mechanism("wall", "haven", "unbound supply equals unbound plasma", Wall.lifted),
    Mechanism("wall tightness", "haven", "a wall as leaky as any vessel", Wall.without_tightness, part_of="wall"),
    Mechanism("wall pumps", "haven", "a tight wall whose pumps have stopped", Wall.without_pumps, part_of="wall"),
)
