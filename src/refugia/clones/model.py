"""The source: genotypes, tolerance, and where resistant cells come from."""

from __future__ import annotations

from dataclasses import dataclass, replace

from refugia.terms import Mechanism, Number, number


@dataclass(frozen=True, slots=True)
class Alteration:
    """A resistance alteration: what it costs without drug, how often it arises, how much of it stands before therapy."""

    name: str
    cost: Number = number("")  # share of net growth lost, -
    rate: Number = number("")  # chance per division, -
    standing: Number = number("")  # share of all cells before therapy, -
    profile: str = ""  # gene and alteration as evidence names them, such as "EGFR T790M"; empty where that is not said


@dataclass(frozen=True, slots=True)
class Clone:
    """A genotype in a state of tolerance; its phenotype follows from both."""

    name: str
    alterations: tuple[str, ...]
    tolerant: bool


@dataclass(frozen=True, slots=True)
class Tolerance:
    """A reversible state in which the drug does nothing: cells enter and leave it at named rates."""

    share: Number = number("")  # of all cells before therapy, -
    growth: Number = number("")  # net growth over that of the same genotype without drug, -
    entry: Number = number("1/day")  # sensitive to tolerant, without drug
    induction: Number = number("")  # entry under full drug effect over entry without drug, -
    exit: Number = number("1/day")  # tolerant to sensitive


@dataclass(frozen=True, slots=True)
class Heterogeneity:
    """Unit 1, the source of resistance: clones, their turnover, mutation, standing variation and tolerance.

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

    def without_standing(self) -> Heterogeneity:
        """No standing resistance: those cells are sensitive at day 0 (burden kept); mutation stays."""
        return replace(self, alterations=tuple(replace(a, standing=0.0) for a in self.alterations))

    def without_mutation(self) -> Heterogeneity:
        """No new mutation from day 0: rate 0; standing clones are kept."""
        return replace(self, alterations=tuple(replace(a, rate=0.0) for a in self.alterations))

    def without_tolerance(self) -> Heterogeneity:
        """No tolerance: tolerant cells are sensitive at day 0 and nobody switches."""
        return replace(self, tolerance=replace(self.tolerance, share=0.0, entry=0.0, exit=0.0))


MECHANISMS = (
    Mechanism("standing resistance", "source", "standing resistant cells are sensitive at day 0; mutation stays",
              Heterogeneity.without_standing),
    Mechanism("new mutation", "source", "no new mutation from day 0; standing clones stay", Heterogeneity.without_mutation),
    Mechanism("tolerance", "source", "tolerant cells are sensitive at day 0 and nobody switches", Heterogeneity.without_tolerance),
)  # fmt: skip
