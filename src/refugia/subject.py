"""The global view: the three units in one body, on one page."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from refugia import barriers, clones, havens
from refugia.barriers import Microenvironment
from refugia.clones import Heterogeneity
from refugia.havens import Wall
from refugia.terms import Lever, Mechanism, Number, RefugiaError, number, optional
from refugia.treatment import Drug, Regimen


class Presence(StrEnum):
    """Whether a site is known at day 0."""

    SEEN = "seen"
    OCCULT = "occult"
    ABSENT = "absent"


@dataclass(frozen=True, slots=True, eq=False)
class Geometry:
    """How a site is laid out: shells of a sphere, or voxels in one (slab), two (plane) or three (box) dimensions."""

    kind: str = "sphere"
    voxel: float | None = optional("mm")  # None: what the method takes
    extent: float | None = optional("mm")  # the edge of the grid; None: what the method takes
    mask: NDArray[np.int8] | None = None  # (Z, Y, X), 0 where cells may be, any other number is a wall; its shape is the grid's
    resolved: bool = False  # one cell a voxel, whose edge follows from the density of the cells

    @property
    def voxels(self) -> bool:
        """Whether it is laid out in voxels."""
        return self.kind != "sphere"

    def __eq__(self, other: object) -> bool:
        """Whether the other is laid out alike, number by number of the masks."""
        if not isinstance(other, Geometry):
            return NotImplemented
        said = self._said() == other._said()
        both = self.mask is not None and other.mask is not None
        return said and (np.array_equal(self.mask, other.mask) if both else self.mask is other.mask)  # type: ignore[arg-type]

    def __hash__(self) -> int:
        """Of what is stated; masks are compared, not hashed."""
        return hash(self._said())

    def _said(self) -> tuple[object, ...]:
        """What is stated but for the mask."""
        return self.kind, self.voxel, self.extent, self.resolved


SPHERE = Geometry()


@dataclass(frozen=True, slots=True)
class Site:
    """One tumour-bearing place of a body, with its own source, breeding ground and, maybe, haven."""

    name: str
    organ: str
    presence: Presence
    source: Heterogeneity
    ground: Microenvironment
    haven: Wall | None
    diameter: Number = number("mm")
    detection: Number = number("mm")  # the diameter at which an occult lesion is seen
    levers: tuple[Lever, ...] = ()  # in force here, in the order in which they act
    geometry: Geometry = SPHERE

    def absent(self) -> Site:
        """An occult lesion is not there; a seen one stays."""
        return replace(self, presence=Presence.ABSENT) if self.presence is Presence.OCCULT else self


OCCULT = Mechanism("occult lesions", "site", "lesions too small to be seen at day 0 are absent", Site.absent)
MECHANISMS: tuple[Mechanism, ...] = (*clones.MECHANISMS, *barriers.MECHANISMS, *havens.MECHANISMS, OCCULT)


@dataclass(frozen=True, slots=True)
class Subject:
    """A body: its sites, the drugs that exist for it and the plan by which they are given."""

    sites: tuple[Site, ...]
    drugs: tuple[Drug, ...]
    plan: tuple[Regimen, ...]
    reference: str  # the site at whose typical exposure the observed shrink slope was seen

    def lifted(self, mechanism: Mechanism, lifts: Lifts | None = None) -> Subject:
        """The same body with one mechanism idealised away in every site; `lifts` remembers what was lifted before."""
        lifts = lifts or Lifts()
        return replace(self, sites=tuple(lifts.site(site, mechanism) for site in self.sites))

    def levered(self, lever: Lever) -> Subject:
        """The same body with a lever in force from its day on: in the plan, or in the sites where it acts."""
        if lever.unit == "plan":
            return replace(self, plan=lever.applied(self.plan, np.ones(1)))
        reached = lever.label.sites or tuple(site.name for site in self.sites)
        return replace(
            self, sites=tuple(replace(s, levers=(*s.levers, lever)) if s.name in reached else s for s in self.sites)
        )

    def plain(self) -> Subject:
        """The same body, described for the drugs that its plan gives and for no other."""

        def kept(site: Site) -> Site:
            solutes = tuple(solute for solute in site.ground.solutes if solute.drug in self.given)
            slow = tuple(slow for slow in site.ground.slow if slow.drug.drug in self.given)
            effluxes = () if site.haven is None else tuple(e for e in site.haven.effluxes if e.drug in self.given)
            haven = None if site.haven is None else replace(site.haven, effluxes=effluxes)
            return replace(site, ground=replace(site.ground, solutes=solutes, slow=slow), haven=haven)

        drugs = tuple(drug for drug in self.drugs if drug.name in self.given)
        return replace(self, drugs=drugs, sites=tuple(kept(site) for site in self.sites))

    @property
    def given(self) -> tuple[str, ...]:
        """The drugs that the plan gives, in the order in which they are described."""
        planned = {line.drug for line in self.plan}
        return tuple(drug.name for drug in self.drugs if drug.name in planned)


class Lifts:
    """Lifts every description once: the same object in gives the same object out, so that equal bodies share their parts."""

    def __init__(self) -> None:
        """Remember nothing yet."""
        self._known: dict[tuple[int, str], tuple[Any, Any]] = {}

    def of(self, description: Any, mechanism: Mechanism) -> Any:
        """The lifted description, the one given before where this object was lifted before."""
        key = (id(description), mechanism.name)
        if key not in self._known:
            self._known[key] = (description, mechanism.lift(description))
        return self._known[key][1]

    def site(self, site: Site, mechanism: Mechanism) -> Site:
        """The site with the mechanism lifted in the unit that it belongs to; a site without that unit stays as it is."""
        if mechanism.unit == "site":
            lifted: Site = self.of(site, mechanism)
            return lifted
        description = getattr(site, mechanism.unit)
        if description is None:
            return site
        key = (id(site), mechanism.name)
        if key not in self._known:
            self._known[key] = (site, replace(site, **{mechanism.unit: self.of(description, mechanism)}))
        changed: Site = self._known[key][1]
        return changed


def mechanism(name: str) -> Mechanism:
    """The mechanism of that name, whichever unit it belongs to. Raises RefugiaError where there is none."""
    for known in MECHANISMS:
        if known.name == name:
            return known
    raise RefugiaError(f'There is no mechanism "{name}". Known: {", ".join(known.name for known in MECHANISMS)}.')
