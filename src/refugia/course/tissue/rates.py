"""The rates of every clone in every voxel that holds cells: the laws of the sphere, for voxels as the places of one row."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import numpy as np

from refugia.barriers.exposure import Fields
from refugia.course.batch import Batch
from refugia.course.rates import oxygen_norm, tolerance_entry, vital
from refugia.course.tissue.state import Int32, Tissue
from refugia.engine.rows.life import Life, life
from refugia.engine.rows.rows import occupied
from refugia.engine.voxels.tiles import over
from refugia.terms import FloatArray

CHUNK = 32_768
"""Voxels that are taken as one row: few enough for the cache. No bit hangs on it."""
_ROW = np.zeros(1, np.int64)


def growth_norm(tissue: Tissue) -> float:
    """The volume mean of the oxygen factor of growth in the tissue as it is."""
    at = occupied(tissue.rows)
    pressure, matter = tissue.fields.oxygen[tissue.near[at]], tissue.fill.ravel()[at]
    return float(oxygen_norm(pressure[None], tissue.scene.row.source.oxygen_half, matter[None])[0])


def as_row(tissue: Tissue, places: Int32) -> Batch:
    """These voxels as the places of one row: tables of the patient, fields of the nearest voxel for which they are solved."""
    scene, near = tissue.scene, tissue.near[places]
    size, genotypes = places.size, scene.genotypes
    transfer, wall = (np.ascontiguousarray(one[:, near].T[None]) for one in (tissue.fields.transfer, tissue.wall))
    others = (one[near][None] for one in tissue.fields[1:])
    return replace(
        scene.row, step=min(tissue.step, scene.days.size - 2), cells=np.broadcast_to(np.zeros(1, np.int64), (1, size, genotypes)),
        fields=Fields(transfer, *others), wall=wall, growth_norm=np.array([tissue.growth_norm]),
    )  # fmt: skip


class Rates(NamedTuple):
    """What clones do in voxels, each (place, clone) 1/day."""

    birth: FloatArray
    death: FloatArray
    switch: FloatArray


def rates_in(tissue: Tissue, places: Int32) -> Rates:
    """The rates in these voxels, in the fields of the voxel nearest to each for which they are solved."""
    genealogy = tissue.scene.row.shared.genealogy
    rates = Rates(*np.zeros((3, places.size, tissue.scene.genotypes)))
    paired = genealogy.partner >= 0

    def work(first: int, last: int) -> None:
        row = as_row(tissue, places[first:last])
        found = vital(row, _ROW)
        rates.birth[first:last], rates.death[first:last] = found.birth[0], found.death[0]
        entry = tolerance_entry(row.source, found.felt.share)[0, :, None]
        rates.switch[first:last] = np.where(paired, np.where(genealogy.entering, entry, row.source.exit[0]), 0.0)

    over(work, places.size, threads=tissue.scene.threads, tile=CHUNK)
    return rates


def turning(tissue: Tissue, switch: FloatArray) -> Life:
    """A life of switching alone, at these rates (line, genotype) 1/day."""
    none = np.zeros(switch.shape)  # never written, it takes no room
    return life(none, none, partner=tissue.scene.row.shared.genealogy.partner, switch=switch)


def life_of(tissue: Tissue) -> tuple[Life, Life]:
    """What the cells of every occupied voxel do in this step: switching alone, and all but switching and hops."""
    found = rates_in(tissue, occupied(tissue.rows))
    living = life(found.birth, found.death, edges=tissue.scene.edges, partner=tissue.scene.row.shared.genealogy.partner)
    return turning(tissue, found.switch), living


def hop_of(mobility: float, spacing: float) -> float:
    """How often a cell crosses each open face of its voxel, 1/day: `mobility` mm2/day over the squared `spacing`, mm.

    Finite volumes, as between the shells of the sphere: mobility x area / (volume x distance of the middles).

    >>> hop_of(0.02, 0.5)
    0.08
    """
    return mobility / spacing**2
