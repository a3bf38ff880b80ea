"""New vessels, sprout by sprout: a signal draws them towards a tumour, loops carry blood, stress closes and time prunes them.

Cells short of oxygen secrete a signal, which spreads, decays and stands at its steady state; `engine.voxels.sprouts` walks the tips
of Anderson and Chaplain 1998 in it. A vessel carries blood where it lies on a way between two parent vessels; a sprout that ends
blindly carries none. What stress closes of the vessels is in the perfused share of the tissue (`barriers.perfusion`), which
multiplies what these bring. Per day a vessel is pruned at the rate

    pruning [closed + (1 - closed) (1 - blood) s / (s + c)]

with `closed` the share of the vessels there that stress has closed, `blood` 1 where it carries some, the signal c, and s that of
survival (own form): what is open and perfused stays, and signal keeps what is new.

On voxels wider than new vessels lie apart a link of the network stands for all that lie abreast in the face of a voxel.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from refugia.barriers.model import Angiogenesis, Microenvironment
from refugia.engine.voxels import sprouts as network
from refugia.engine.voxels import trails
from refugia.engine.voxels.grid import Grid, closed
from refugia.engine.voxels.hops import Law, Scene
from refugia.engine.voxels.sprouts import LOSE, START, Sprouts
from refugia.engine.voxels.steady import steady
from refugia.terms import FloatArray, InputError, Value, number_units

Mask = NDArray[np.bool_]
Key = tuple[int, int]


class AngiogenesisTable(NamedTuple):
    """`Angiogenesis`, lowered, and the vessel surface of the ground: all (patients,)."""

    surface: FloatArray  # of vessels in a volume of the description, 1/mm
    resident: FloatArray
    parents: FloatArray  # mm
    apart: FloatArray  # mm
    radius: FloatArray  # mm
    signal_diffusivity: FloatArray  # mm2/day
    signal_decay: FloatArray  # 1/day
    secretion: FloatArray  # 1/day
    hypoxia_half: FloatArray  # mmHg
    motility: FloatArray  # mm2/day
    chemotaxis: FloatArray  # mm2/day
    saturation: FloatArray
    haptotaxis: FloatArray  # mm2/day
    matrix: FloatArray
    matrix_reach: FloatArray  # mm
    matrix_made: FloatArray  # 1/day
    matrix_lost: FloatArray  # 1/day
    uptake: FloatArray  # 1/day
    branching: FloatArray  # 1/day
    branching_half: FloatArray
    maturity: FloatArray  # day
    pruning: FloatArray  # 1/day
    survival: FloatArray


class Around(NamedTuple):
    """The tissue that sprouts meet, all (Z, Y, X)."""

    oxygen: FloatArray  # mmHg
    live: FloatArray  # living tumour, share of volume
    perfused: FloatArray  # share of the vessels that carry blood, as `voxel_fields` has it
    open: Mask  # where vessels may be


class Vasculature(NamedTuple):
    """The new vessels of a site."""

    sprouts: Sprouts
    blood: Mask  # (link,) whether it carries some
    signal: FloatArray  # (Z, Y, X)


def lower_angiogenesis(ground: Microenvironment, value: Value) -> AngiogenesisTable:
    """The table of a ground, one line a patient. Raises InputError where the ground describes no angiogenesis.

    >>> from refugia.barriers import Acid, Matrix, Oxygen, Perfusion, Vessels
    >>> some = Perfusion(0.8, 0.5, 2.0, 5.0)
    >>> ground = Microenvironment(Vessels(20.0, 0.24, 15.6, 0.82, 20.0, 15.0), some, some, Matrix(0.0, 20.0, 1.0, 0.36),
    ...     Oxygen(172.8, 1.7e6, 1.0, 40.0, 1.7e5), Acid(7.35, 6.7, 7.4), (), 0.0, angiogenesis=Angiogenesis(*[1.0] * 22))
    >>> lower_angiogenesis(ground, lambda number: np.full(1, float(number))).surface.tolist()
    [20.0]
    """
    described = ground.angiogenesis
    if described is None:
        raise InputError("", "ground.angiogenesis", "nothing", "describes no new vessels", "Give its numbers.")
    columns = {name: value(getattr(described, name)) for name in number_units(Angiogenesis)}
    return AngiogenesisTable(surface=value(ground.vessels.surface), **columns)


def begin(table: AngiogenesisTable, grid: Grid, inside: Mask, open: Mask) -> Vasculature:
    """No new vessel yet: parents stand at equal distances in the tissue around the tumour `inside`, where vessels may be (`open`).

    `table` has one line. Raises InputError where not one parent stands there, and ValueError where a shape does not fit.
    """
    if inside.shape != grid.shape or open.shape != grid.shape:
        raise ValueError(f"inside and open have the shape of the grid, {grid.shape}, not {inside.shape} and {open.shape}.")
    every = max(1, round(_one(table.parents) / grid.spacing))
    lattice = np.zeros(grid.shape, np.bool_)
    lattice[tuple(slice(every // 2 if count > every // 2 else 0, None, every) for count in grid.shape)] = True
    roots = np.flatnonzero(lattice & ~inside & open)
    if not roots.size:
        way_out = "Give a smaller one, or room around the tumour."
        raise InputError("", "angiogenesis.parents", _one(table.parents), "leaves no parent vessel around the tumour", way_out)
    bed = _matrix(table, grid, roots)
    return Vasculature(network.begin(grid, roots, bed), np.zeros(0, np.bool_), np.zeros(grid.shape))


def grown(state: Vasculature, table: AngiogenesisTable, grid: Grid, around: Around, days: float, key: Key, *,
          threads: int = 0) -> Vasculature:  # fmt: skip
    """The vessels after `days` in tissue that stays as it is: signal, buds, sprouts, blood, pruning, in this order.

    `key` are the two words of the site's own subkey. Bits do not depend on `threads`.
    """
    signal = _signal(state, table, grid, around, threads)
    sprouts = _budded(state.sprouts, table, signal, days, key)
    scene = Scene(signal.copy(), sprouts.bed, _branching(table, signal), np.ascontiguousarray(around.open))
    sprouts = network.advance(sprouts, grid, scene, _law(table), days, key, threads=threads)
    blood = trails.through(sprouts.start, sprouts.end, sprouts.roots)
    gone = _pruned(sprouts, blood, table, (signal, around.perfused), (days, key))
    left = trails.without(sprouts, gone)
    again = trails.through(left.start, left.end, left.roots) if gone.any() else blood
    return Vasculature(left, again, signal)


def density(state: Vasculature, table: AngiogenesisTable, grid: Grid, *, every: bool = False) -> FloatArray:
    """The vessels in each voxel over those of the description, by their surface: residents, and new ones that carry blood.

    With `every` those that carry none count as well: what lifting the perfusion means. (Z, Y, X), for `tissue.voxel_fields`.
    """
    of = state.sprouts
    counted = np.ones(of.start.size, np.bool_) if every else state.blood
    length = trails.lengths(of.start[counted], of.end[counted], grid)
    abreast = max(1.0, (grid.spacing / _one(table.apart)) ** 2)
    surface = (2.0 * np.pi * _one(table.radius) * abreast / grid.volume) * length
    return np.asarray(_one(table.resident) + surface / _one(table.surface), np.float64)


def packed(state: Vasculature) -> dict[str, NDArray[np.generic]]:
    """The state as arrays by name, for a checkpoint."""
    return {**state.sprouts._asdict(), "blood": state.blood, "signal": state.signal}


def unpacked(arrays: dict[str, NDArray[np.generic]]) -> Vasculature:
    """The state of what `packed` has made."""
    own = {name: array for name, array in arrays.items() if name in Sprouts._fields}
    rest = {name: array for name, array in arrays.items() if name not in own}
    return Vasculature(Sprouts(**own), **rest)  # type: ignore[arg-type]


def _one(column: FloatArray) -> float:
    return float(column[0])


def _law(table: AngiogenesisTable) -> Law:
    columns = (
        table.motility, table.chemotaxis, table.saturation, table.haptotaxis, table.matrix_made, table.matrix_lost, table.uptake,
        table.maturity,
    )  # fmt: skip
    return Law(*(_one(column) for column in columns))


def _matrix(table: AngiogenesisTable, grid: Grid, roots: NDArray[np.int64]) -> FloatArray:
    """Fibronectin on day 0 (Z, Y, X): it falls with the squared distance from the parents, f = f0 exp(-(d / reach)^2)."""
    from scipy.ndimage import distance_transform_edt

    free = np.ones(grid.shape, np.bool_)
    free.reshape(-1)[roots] = False
    distance = np.asarray(distance_transform_edt(free, sampling=grid.spacing), np.float64)
    return _one(table.matrix) * np.exp(-((distance / _one(table.matrix_reach)) ** 2))


def _signal(state: Vasculature, table: AngiogenesisTable, grid: Grid, around: Around, threads: int) -> FloatArray:
    """The signal at rest (Z, Y, X): -div(D grad c) + decay c = secretion live half / (half + oxygen), nothing passing the sides."""
    half = _one(table.hypoxia_half)
    source = (_one(table.secretion) * half) * around.live / (half + around.oxygen)
    spread = np.where(around.open, _one(table.signal_diffusivity), 0.0)
    found = steady(grid, spread, _one(table.signal_decay), source, closed(), state.signal, threads=threads)
    return np.maximum(found, 0.0)


def _branching(table: AngiogenesisTable, signal: FloatArray) -> FloatArray:
    """How often a tip branches (Z, Y, X), 1/day: branching c / (half + c)."""
    return _one(table.branching) * signal / (_one(table.branching_half) + signal)


def _budded(sprouts: Sprouts, table: AngiogenesisTable, signal: FloatArray, days: float, key: Key) -> Sprouts:
    """A sprout from some of the parents that have none: as often as a tip branches."""
    taken = np.isin(sprouts.roots, np.concatenate([sprouts.start, sprouts.end, sprouts.origin]))
    waiting = sprouts.roots[~taken]
    rate = _branching(table, signal).reshape(-1)[waiting]
    luck = network.lots(waiting, np.zeros(waiting.size, np.int64), int(sprouts.given[0]), START, key)
    return network.budded(sprouts, waiting[luck < -np.expm1(-rate * days)], key)


def _pruned(sprouts: Sprouts, blood: Mask, table: AngiogenesisTable, fields: tuple[FloatArray, FloatArray],
            luck: tuple[float, Key]) -> Mask:  # fmt: skip
    """Which links (link,) are lost within some days; `fields` are signal and perfused share, `luck` the days and the key."""
    signal, perfused = (field.reshape(-1)[sprouts.end] for field in fields)
    days, key = luck
    shut = 1.0 - perfused / max(float(fields[1].max()), np.finfo(np.float64).tiny)
    idle = np.where(blood, 0.0, _one(table.survival) / (_one(table.survival) + signal))
    rate = _one(table.pruning) * (shut + (1.0 - shut) * idle)
    drawn = network.lots(sprouts.end, sprouts.start, int(sprouts.given[0]), LOSE, key)
    return np.asarray(drawn < -np.expm1(-rate * days), np.bool_)
