"""The source: genotypes, the states that their cells may be in, and where resistant cells come from."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from refugia.terms import Mechanism, Number, number, number_units, optional

BASAL = "basal"
"""The state of a cell that is in no other."""
KINDS = ("tolerance", "metabolism", "bypass", "stemness")
"""The ways out that a state may belong to."""
AMPLIFICATION, MUTATION = "amplification", "mutation"
"""The kinds of alterations: copies of a gene are gained and lost again, a mutation is for good."""


@dataclass(frozen=True, slots=True)
class Alteration:
    """A resistance alteration: what it costs without drug, how often it arises, how much of it stands before therapy."""

    name: str
    cost: Number = number("")  # share of net growth lost, -
    rate: Number = number("")  # chance per division, -
    standing: Number = number("")  # share of all cells before therapy, -
    profile: str = ""  # gene and alteration as evidence names them, such as "EGFR T790M"; empty where that is not said
    kind: str = MUTATION
    loss: Number | None = optional("")  # chance per division that it is lost again, -; none where it is for good

    def lifted(self) -> Alteration:
        """The same, neither gained nor lost from day 0; what stands stays."""
        return replace(self, rate=0.0, loss=None if self.loss is None else 0.0)


@dataclass(frozen=True, slots=True)
class Clone:
    """A genotype in a state; its phenotype follows from both. A tolerant one is in the state of `Tolerance`, and in no other."""

    name: str
    alterations: tuple[str, ...]
    tolerant: bool
    state: str = BASAL

    @property
    def basal(self) -> bool:
        """Whether it is in no state of its own."""
        return not self.tolerant and self.state == BASAL


@dataclass(frozen=True, slots=True)
class Tolerance:
    """A reversible state in which the drug does nothing: cells enter and leave it at named rates.

    It is a `State` that is spared whole, entered at entry x (1 + (induction - 1) effect): a `Switch` of rate `entry` and effect
    entry x (induction - 1), written out because every case has one.
    """

    share: Number = number("")  # of all cells before therapy, -
    growth: Number = number("")  # net growth over that of the same genotype without drug, -
    entry: Number = number("1/day")  # sensitive to tolerant, without drug
    induction: Number = number("")  # entry under full drug effect over entry without drug, -
    exit: Number = number("1/day")  # tolerant to sensitive


@dataclass(frozen=True, slots=True)
class State:
    """A reversible state of a cell, whatever its genotype: growth, drug response, oxygen law and radiosensitivity of its own.

    `kind` is the way out it belongs to. A drug acts through the curve that names the clone, less the share that is spared.
    """

    name: str
    kind: str
    share: Number = number("")  # of the cells of a genotype before therapy, -
    growth: Number = number("")  # net growth over that of the basal state, without drug and in plenty of oxygen, -
    spared: Number = number("")  # share of the effect of every drug that is not felt, -
    oxygen_half: Number | None = optional("mmHg")  # growth is half its largest at this oxygen; none: as the basal state
    linear: Number | None = optional("1/Gy")  # alpha; none: as the fraction has it
    ratio: Number | None = optional("Gy")  # alpha over beta; none: as the fraction has it

    def emptied(self) -> State:
        """The same state, without cells before therapy."""
        return replace(self, share=0.0)


@dataclass(frozen=True, slots=True)
class Switch:
    """How cells go from one state to another: `clones.switching` has the law. Numbers that are left out count as zero."""

    start: str
    end: str
    drugs: tuple[str, ...]  # whose effect and dose count; none named: all
    rate: Number = number("1/day")  # without drug, in plenty of oxygen
    effect: Number | None = optional("1/day")  # added at the full effect of a drug; below zero where a drug holds cells back
    dose: Number | None = optional("1/day")  # added for each ec50 of a drug's level; likewise
    hypoxia: Number | None = optional("1/day")  # added where there is no oxygen; likewise
    hypoxia_half: Number | None = optional("mmHg")  # oxygen at which half of that is added
    steepness: Number | None = optional("")  # of the fall with oxygen, -
    daughters: Number | None = optional("")  # chance that a daughter of a dividing cell is in the other state, -
    fraction: Number | None = optional("1/Gy")  # chance per Gy that a cell which survives a fraction of radiation turns

    def lifted(self) -> Switch:
        """The same switch, by which nobody goes."""
        given: dict[str, Any] = {
            name: 0.0 for name in number_units(Switch) if getattr(self, name) is not None and name not in _SHAPE
        }
        return replace(self, **given)


_SHAPE = ("hypoxia_half", "steepness")


@dataclass(frozen=True, slots=True)
class Heterogeneity:
    """Unit 1, the source of resistance: clones, their turnover, mutation, standing variation, tolerance and other states.

    An untreated cell of the first clone divides at `birth` and dies at `birth - net`; an alteration costs a share of *net* growth;
    net growth scales with oxygen as p/(p + oxygen_half), normalised to a volume mean of one at baseline.
    """

    clones: tuple[Clone, ...]
    alterations: tuple[Alteration, ...]
    tolerance: Tolerance
    birth: Number = number("1/day")
    net: Number = number("1/day")
    density: Number = number("cell/mm**3")
    inert: Number = number("")  # share of baseline volume that is neither killed nor growing, -
    mobility: Number = number("mm**2/day")  # spread of cells to neighbouring places
    oxygen_half: Number = number("mmHg")  # growth is half its largest at this oxygen
    states: tuple[State, ...] = ()
    switches: tuple[Switch, ...] = ()

    def without_standing(self) -> Heterogeneity:
        """No standing resistance: those cells are sensitive at day 0 (burden kept); mutation stays."""
        return replace(self, alterations=tuple(replace(a, standing=0.0) for a in self.alterations))

    def without_mutation(self) -> Heterogeneity:
        """No new mutation from day 0: rate 0; standing clones are kept, and so is the gain and loss of copies."""
        return replace(self, alterations=tuple(a if a.kind == AMPLIFICATION else a.lifted() for a in self.alterations))

    def without_amplification(self) -> Heterogeneity:
        """No change of copy number from day 0: neither gain nor loss; standing clones are kept."""
        return replace(self, alterations=tuple(a.lifted() if a.kind == AMPLIFICATION else a for a in self.alterations))

    def without_tolerance(self) -> Heterogeneity:
        """No tolerance: tolerant cells are sensitive at day 0 and nobody switches."""
        still = replace(self.tolerance, share=0.0, entry=0.0, exit=0.0)
        return replace(self, tolerance=still)._without("tolerance")

    def without_adaptation(self) -> Heterogeneity:
        """No metabolic adaptation: cells that have adapted are basal at day 0 and nobody adapts."""
        return self._without("metabolism")

    def without_bypass(self) -> Heterogeneity:
        """No bypass: its cells are basal at day 0 and nobody activates one."""
        return self._without("bypass")

    def without_stemness(self) -> Heterogeneity:
        """No stem-like cells: all are differentiated at day 0 and stay so."""
        return self._without("stemness")

    def without_standing_stemness(self) -> Heterogeneity:
        """Stem-like cells are differentiated at day 0; cells may still become stem-like."""
        return replace(self, states=tuple(s.emptied() if s.kind == "stemness" else s for s in self.states))

    def without_dedifferentiation(self) -> Heterogeneity:
        """Nobody becomes stem-like from day 0, in the course of time or by radiation; stem-like cells stay and renew themselves."""
        return self._unentered("stemness")

    def _unentered(self, kind: str) -> Heterogeneity:
        """The same source; nobody goes into a state of that kind."""
        barred = {state.name for state in self.states if state.kind == kind}
        return replace(self, switches=tuple(s.lifted() if s.end in barred else s for s in self.switches))

    def _without(self, kind: str) -> Heterogeneity:
        """The same source, no cell of which is or comes into a state of that kind."""
        states = tuple(s.emptied() if s.kind == kind else s for s in self.states)
        return replace(self._unentered(kind), states=states)


MECHANISMS = (
    Mechanism("standing resistance", "source", "standing resistant cells are sensitive at day 0; mutation stays",
              Heterogeneity.without_standing),
    Mechanism("new mutation", "source", "no new mutation from day 0; standing clones stay", Heterogeneity.without_mutation),
    Mechanism("copy-number change", "source", "no gene is amplified, or loses its copies, from day 0; standing clones stay",
              Heterogeneity.without_amplification),
    Mechanism("tolerance", "source", "tolerant cells are sensitive at day 0 and nobody switches", Heterogeneity.without_tolerance),
    Mechanism("metabolic adaptation", "source", "adapted cells are basal at day 0 and nobody adapts",
              Heterogeneity.without_adaptation),
    Mechanism("bypass activation", "source", "cells with an active bypass are basal at day 0 and nobody activates one",
              Heterogeneity.without_bypass),
    Mechanism("stem-like cells", "source", "all cells are differentiated at day 0 and stay so", Heterogeneity.without_stemness),
    Mechanism("standing stem-like cells", "source", "stem-like cells are differentiated at day 0; others may still become so",
              Heterogeneity.without_standing_stemness, part_of="stem-like cells"),
    Mechanism("dedifferentiation", "source", "nobody becomes stem-like from day 0; stem-like cells stay",
              Heterogeneity.without_dedifferentiation, part_of="stem-like cells"),
)  # fmt: skip
