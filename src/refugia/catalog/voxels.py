"""The sites of a case that are laid out in voxels: what may be said of one, and what a course in voxels cannot do."""

from __future__ import annotations

from collections.abc import Iterator
from math import inf
from pathlib import Path
from typing import Protocol

from refugia.catalog import schema
from refugia.catalog.masks import mask_of
from refugia.catalog.place import Place
from refugia.catalog.site_tables import Site as SiteTable
from refugia.clones import BASAL
from refugia.course.case import Case
from refugia.course.tissue.memory import check_tissue
from refugia.course.tissue.space import SpaceError, frame_days, grid_of, inside_at_start
from refugia.subject import SPHERE, Geometry, Site
from refugia.terms import InputError, Parameter

SMALLEST, LARGEST = 1e-3, 1e3  # mm: a voxel is no smaller than a cell's nucleus, no grid larger than a body
_SHAPED = ("voxel", "extent", "mask")
_SPHERE = 'Write geometry = "sphere" in this site, or leave it out.'


class Reader(Protocol):
    """What reading a geometry needs of the builder of a case."""

    @property
    def folder(self) -> Path | None:
        """The directory in which masks lie, None where there is none."""

    def positive(self, raw: object, unit: str, place: Place, need: str = "", most: float = inf) -> float:
        """A quantity above zero."""


def check_voxels(read: schema.CaseFile, place: Place) -> None:
    """Refuses keys of voxels where there are none, and voxels in a case that asks for what they cannot do."""
    for index, site in enumerate(read.sites):
        place.part(_site, read, site, place.at("sites").at(index))
    if read.settings.output is not None and not any(in_voxels(site) for site in read.sites):
        reason = "means nothing: no site of this case is laid out in voxels, and a sphere keeps every step"
        here = place.at("settings").at("output")
        here.refuse(read.settings.output, reason, 'Leave it out, or write geometry = "box" in a site.')


def in_voxels(site: SiteTable) -> bool:
    """Whether a site is laid out in voxels."""
    return site.geometry != "sphere"


def _site(read: schema.CaseFile, site: SiteTable, place: Place) -> None:
    """The keys of one site, and what its geometry cannot do."""
    given = {key: getattr(site, key) for key in _SHAPED if getattr(site, key) is not None}
    if site.geometry == "sphere":
        for key, value in (given | ({"resolved": "true"} if site.resolved else {})).items():
            way_out = f'Leave {key} out, or write geometry = "box".'
            place.at(key).refuse(value, "means nothing to a sphere", way_out)
        ground = read.environments.get(site.environment)
        if ground is not None and ground.angiogenesis is not None:
            way_out = 'Write geometry = "box" in this site, or name an environment without angiogenesis.'
            place.at("environment").refuse(site.environment, "grows new vessels one by one, and a sphere has none", way_out)
    if not in_voxels(site):
        return
    if site.resolved:
        _one_a_voxel(read, site, place)
    if site.mask is not None and site.voxel is None and not site.resolved:
        place.at("mask").refuse(site.mask, "says nowhere how large its voxels are", 'Add voxel = "0.5 mm", the edge of one.')
    if site.mask is not None and site.extent is not None:
        place.at("extent").refuse(site.extent, "is said by the shape of the mask as well", "Leave extent out.")
    _able(read, site, place.at("geometry"))


def _one_a_voxel(read: schema.CaseFile, site: SiteTable, place: Place) -> None:
    """Refuses what cannot be said of a site that holds one cell a voxel."""
    if site.voxel is not None:
        reason = "is said by the density of the cells as well: each voxel holds one"
        place.at("voxel").refuse(site.voxel, reason, "Leave voxel out, or resolved.")
    if site.geometry == "slab":
        reason = "is one voxel wide: with one cell a voxel it is a single file of cells"
        place.at("geometry").refuse(site.geometry, reason, 'Write geometry = "plane" or "box".')
    ground = read.environments.get(site.environment)
    if ground is not None and ground.angiogenesis is not None:
        reason = "grows new vessels, which are wider than a cell"
        place.at("environment").refuse(site.environment, reason, "Leave resolved out, or name an environment without angiogenesis.")


def _able(read: schema.CaseFile, site: SiteTable, place: Place) -> None:
    """Refuses drugs and states that a course in voxels does not know yet."""
    ground = read.environments.get(site.environment)
    if ground is not None and ground.slow:
        reason = "cannot follow a drug that the tissue holds back, and its environment describes one as slow"
        place.refuse(site.geometry, reason, f"{_SPHERE} Or name an environment without slow drugs.")
    genotypes, _ = read.genotypes(place)
    named = [clone.state for clone in genotypes if clone.state != BASAL]
    if named:
        reason = f'knows no state of a cell but tolerance, and clones of this case are in the state "{named[0]}"'
        place.refuse(site.geometry, reason, f"{_SPHERE} Or leave the clones in that state out.")


def geometry_of(reader: Reader, site: SiteTable, place: Place) -> Geometry:
    """How a site is laid out. Raises InputError where a length is none, or the mask cannot be used."""
    if not in_voxels(site):
        return SPHERE
    voxel = None if site.voxel is None else place.part(_length, reader, site.voxel, place.at("voxel"))
    extent = None if site.extent is None else place.part(_length, reader, site.extent, place.at("extent"))
    axes = {"slab": 1, "plane": 2, "box": 3}[site.geometry]
    mask = None if site.mask is None else mask_of(site.mask, axes, reader.folder, place.at("mask"))
    return Geometry(site.geometry, voxel, extent, mask, site.resolved)


def _length(reader: Reader, raw: object, place: Place) -> float:
    """A length of a voxel or of a grid, mm."""
    if isinstance(raw, list):
        way_out = 'Write one, such as "80 mm"; for other shapes, walls by a mask.'
        raise place.refusal(raw, "is several lengths, and a grid has one: its edges are all as long", way_out)
    length = reader.positive(raw, "mm", place, most=LARGEST)
    if length < SMALLEST:
        raise place.refusal(raw, f"is less than {SMALLEST:g} mm, and a cell is larger", "Check the unit, and write a larger one.")
    return length


def check_room(both: tuple[Site, SiteTable], place: Place) -> None:
    """Refuses a grid that is too coarse, small or large for the lesion at its stated size, or a mask without room for it.

    `both` is the site as it was built, and as the file says it.
    """
    site, said = both
    if not site.geometry.voxels:
        return
    diameter = baseline(site)
    try:
        grid = grid_of(site, diameter)
        if site.geometry.mask is not None:
            inside_at_start(site, grid, diameter)
    except SpaceError as trouble:
        shown = said.mask if trouble.key == "mask" else trouble.shown
        raise place.at(trouble.key).refusal(shown, trouble.reason, trouble.way_out) from None


def baseline(site: Site) -> float:
    """The stated diameter of a site, mm; that of a patient may be another."""
    return float(site.diameter.value if isinstance(site.diameter, Parameter) else site.diameter)


def check_memory(case: Case) -> None:
    """Raises InputError where the memory of this machine does not suffice for a site in voxels at its stated size.

    Reading a case does not ask for it: on another machine the same case may fit.
    """
    for site in case.subject.sites:
        if not site.geometry.voxels:
            continue
        grid = grid_of(site, baseline(site))
        try:
            sizes = len(site.source.clones), len(case.subject.given)
            check_tissue(site.name, grid, baseline(site), *sizes, resolved=site.geometry.resolved)
        except SpaceError as trouble:
            field = f"sites.{site.name}.{trouble.key}"
            raise InputError(case.file, field, trouble.shown, trouble.reason, trouble.way_out) from None


def taken(case: Case) -> Iterator[str]:
    """The grid of every site in voxels at its stated size, and the days between its frames, to compare with what the case says."""
    for site in case.subject.sites:
        if site.geometry.voxels:
            grid = grid_of(site, baseline(site))
            shape, edges = (" x ".join(f"{size:.4g}" for size in sizes) for sizes in
                            (grid.shape, (count * grid.spacing for count in grid.shape)))  # fmt: skip
            every = frame_days(case)[1]
            yield f"{site.name}: {shape} voxels of {grid.spacing:.4g} mm, {edges} mm; a frame every {every:g} d"
