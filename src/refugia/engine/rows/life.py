"""What cells do in a step, and what the ground lets them do: the two tables that the kernels of the rows read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from refugia.engine.keys import name_word
from refugia.engine.voxels.grid import Grid

FloatArray = NDArray[np.float64]
Single = NDArray[np.float32]
Int32 = NDArray[np.int32]


class Edge(NamedTuple):
    """A mutation: from genotype to genotype, its `rate` per division, and its name, under which its chance is addressed.

    Where both genotypes are the same it is a neutral marker: the mutant founds a clone, and differs in nothing else.
    """

    parent: int
    child: int
    rate: float
    name: str


class Life(NamedTuple):
    """Rates of the genotypes.

    `birth`, `death` (line, genotype) 1/day, one line for all places or one for each occupied place in order; `hop` (genotype,)
    1/day over each open face; edges sorted by parent, those of genotype g from `first[g]` to before `first[g + 1]`, with `child`,
    `rate` per division and `word`; `lost` (genotype,) the sum of its edges' rates; `partner` (genotype,) the other state or -1,
    and `switch` (line, genotype) 1/day the rate of changing into it.
    """

    birth: FloatArray
    death: FloatArray
    hop: FloatArray
    first: Int32
    child: Int32
    rate: FloatArray
    word: NDArray[np.uint32]
    lost: FloatArray
    partner: Int32
    switch: FloatArray


class Ground(NamedTuple):
    """What a place lets cells do; each field (place,), or empty where it is everywhere the same.

    `free` places that cells may enter; `capacity` cells: birth falls as 1 - cells/capacity and stops there; `birth` and `death`
    factors of the rates of every genotype.
    """

    grid: Grid
    free: NDArray[np.bool_]
    capacity: Single
    birth: Single
    death: Single


def life(
    birth: ArrayLike,
    death: ArrayLike,
    hop: ArrayLike = 0.0,
    edges: Sequence[Edge] = (),
    *,
    partner: ArrayLike | None = None,
    switch: ArrayLike = 0.0,
) -> Life:
    """The table of the genotypes: `birth` and `death` (genotype,) or (line, genotype) 1/day; the others as in `Life`.

    Raises ValueError where shapes differ, a rate is negative or not finite, an edge leads nowhere, the chances of one division add
    up to more than 1, or partners are not each other's.

    >>> life([0.3, 0.2], [0.1, 0.1], edges=[Edge(0, 1, 1e-6, "gain")]).lost.tolist()
    [1e-06, 0.0]
    """
    births, deaths = (np.atleast_2d(np.asarray(one, np.float64)) for one in (birth, death))
    genotypes = births.shape[1]
    births, deaths = np.broadcast_arrays(births, deaths)
    switches = np.broadcast_to(np.asarray(switch, np.float64), births.shape)
    hops = np.broadcast_to(np.asarray(hop, np.float64), (genotypes,))
    order = sorted(edges, key=lambda edge: edge.parent)
    for edge in order:
        if not (0 <= edge.parent < genotypes and 0 <= edge.child < genotypes):
            raise ValueError(f"Edge {edge.name}: it leads from {edge.parent} to {edge.child}, but there are {genotypes} genotypes.")
    rate = np.array([edge.rate for edge in order], np.float64)
    for name, rates in (("birth", births), ("death", deaths), ("hop", hops), ("switch", switches), ("edge", rate)):
        if not (np.isfinite(rates).all() and (rates >= 0.0).all()):
            raise ValueError(f"A rate of {name} is negative or not finite. Rates are 0 or more, per day or per division.")
    parents = np.array([edge.parent for edge in order], np.int64)
    lost = np.bincount(parents, rate, genotypes).astype(np.float64) if order else np.zeros(genotypes)
    if lost.max(initial=0.0) > 1.0:
        raise ValueError(f"Genotype {lost.argmax()} mutates with a chance of {lost.max():.6g} at a division: that is more than 1.")
    partners = np.full(genotypes, -1, np.int32) if partner is None else np.asarray(partner, np.int32)
    _check_partners(partners, genotypes)
    first = np.searchsorted(parents, np.arange(genotypes + 1)).astype(np.int32)
    child = np.array([edge.child for edge in order], np.int32)
    word = np.array([name_word(edge.name) for edge in order], np.uint32)
    births, deaths, hops, switches = (_whole(one) for one in (births, deaths, hops, switches))
    return Life(births, deaths, hops, first, child, rate, word, lost, partners.copy(), switches)


def _whole(rates: FloatArray) -> FloatArray:
    """Rates without gaps; zeros that stand for many are never written, and take no room."""
    if rates.size > 1 and not any(rates.strides) and rates.flat[0] == 0.0:
        return np.zeros(rates.shape)
    return np.ascontiguousarray(rates)


def _check_partners(partner: Int32, genotypes: int) -> None:
    """Refuse partners that are not each other's."""
    if partner.shape != (genotypes,) or partner.max(initial=-1) >= genotypes:
        raise ValueError(f"Partners {partner.tolist()}: one for each of {genotypes} genotypes, or -1.")
    for one, other in enumerate(partner.tolist()):
        if other >= 0 and (partner[other] != one or other == one):
            raise ValueError(f"Genotype {one} has the partner {other}, which has {partner[other]}: they must be each other's.")


def ground(
    grid: Grid,
    *,
    free: ArrayLike | None = None,
    capacity: ArrayLike | None = None,
    birth: ArrayLike | None = None,
    death: ArrayLike | None = None,
) -> Ground:
    """The ground of a grid; each field of the shape (Z, Y, X) or (place,), a capacity also as one number.

    Raises ValueError where a field has another size or a negative or undefined number, or the grid has 2^31 places or more.

    >>> ground(Grid((1, 1, 3), 0.1), capacity=100.0).capacity.tolist()
    [100.0, 100.0, 100.0]
    """
    if grid.size > 2**31 - 1:
        raise ValueError(f"A grid of {grid.size} places: rows number at most {2**31 - 1}. Take a larger spacing.")
    fields = []
    for name, given in (("capacity", capacity), ("birth", birth), ("death", death)):
        field = np.zeros(0, np.float32) if given is None else _field(name, given, grid)
        if not (field >= 0.0).all():
            raise ValueError(f"The field {name} of the ground has a number that is negative or undefined: it is 0 or more.")
        fields.append(field)
    walls = np.zeros(0, np.bool_) if free is None else _field("free", free, grid).astype(np.bool_)
    return Ground(grid, walls, *fields)


def _field(name: str, given: ArrayLike, grid: Grid) -> Single:
    """A field of the ground, flat."""
    field = np.asarray(given, np.float32)
    if field.ndim == 0:
        field = np.full(grid.size, field, np.float32)
    if field.size != grid.size or field.shape not in ((grid.size,), grid.shape):
        raise ValueError(f"The field {name} has the shape {field.shape}, the grid {grid.shape}: they must be the same.")
    return np.ascontiguousarray(field).reshape(-1)
