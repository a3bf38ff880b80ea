"""Shells of a sphere: their radii, and how they are cut anew without losing a cell."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from refugia.engine.addresses import RECUT, Chance
from refugia.engine.samplers import binomial

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


@njit(cache=True, nogil=True, error_model="numpy")
def measure(cells: IntArray, inert: FloatArray, density: FloatArray, faces: FloatArray, live: FloatArray) -> None:
    """Fill the radii `faces` (world, place + 1) mm and the living share `live` (world, place) of every shell.

    `cells` (world, place, clone), `inert` (world, place) mm3, `density` (world,) cells per mm3 of living tissue.
    """
    for row in range(cells.shape[0]):
        total = 0.0
        faces[row, 0] = 0.0
        for place in range(cells.shape[1]):
            count = 0
            for clone in range(cells.shape[2]):
                count += cells[row, place, clone]
            living = count / density[row]
            volume = living + inert[row, place]
            total += volume
            faces[row, place + 1] = np.cbrt(total * 0.75 / np.pi)
            live[row, place] = living / volume if volume > 0.0 else 0.0


@njit(cache=True, nogil=True, error_model="numpy")
def uneven(volume: FloatArray) -> bool:
    """Whether a shell holds more than twice or less than half its share of the `volume` (place,)."""
    share = volume.sum() / volume.size
    for place in range(volume.size):
        if volume[place] > 2.0 * share or volume[place] < 0.5 * share:
            return share > 0.0
    return False


@njit(cache=True, nogil=True, error_model="numpy")
def _deal(old: IntArray, cut: FloatArray, row: int, place: int, chance: Chance, new: IntArray) -> None:
    """Deal one old shell's cells (clone,) to the new shells it overlaps: `cut` (place,) are its shares in each, one in all."""
    for clone in range(old.size):
        left, rest, last = old[clone], 1.0, cut.size - 1
        for target in range(cut.size):
            if left == 0 or cut[target] <= 0.0:
                continue
            last = target
            part = left
            if cut[target] < rest:
                part = binomial(left, cut[target] / rest, chance.keys[row, 0], chance.keys[row, 1], np.uint32(place),
                                chance.words[clone], chance.step, np.uint32(RECUT + target))  # fmt: skip
            new[target, clone] += part
            left -= part
            rest -= cut[target]
        new[last, clone] += left


@njit(cache=True, nogil=True, error_model="numpy")
def _overlaps(edge: FloatArray, place: int, cut: FloatArray) -> None:
    """Fill the shares `cut` (place,) of an old shell in each new one of equal volume; `edge` (place + 1,) cumulative volume.

    The shares add up to one even for a shell too thin for the digits of `edge`.
    """
    places = cut.size
    share, total = edge[places] / places, 0.0
    for target in range(places):
        above = edge[places] if target == places - 1 else (target + 1) * share
        cut[target] = max(min(edge[place + 1], above) - max(edge[place], target * share), 0.0)
        total += cut[target]
    if total <= 0.0:
        cut[min(int(edge[place] / share), places - 1)] = total = 1.0
    for target in range(places):
        cut[target] /= total


@njit(cache=True, nogil=True, error_model="numpy")
def recut(cells: IntArray, inert: FloatArray, density: FloatArray, chance: Chance, changed: NDArray[np.bool_]) -> None:
    """Cut the shells of every uneven world anew to equal volumes; cells and inert volume are conserved.

    Shapes as in `measure`; `changed` (world,) is set where a world was cut. Cells go by keyed binomial splits over the overlaps.
    """
    places = cells.shape[1]
    volume, edge, cut = np.empty(places), np.empty(places + 1), np.empty(places)
    fresh, slag = np.empty((places, cells.shape[2]), np.int64), np.empty(places)
    for row in range(cells.shape[0]):
        for place in range(places):
            volume[place] = cells[row, place].sum() / density[row] + inert[row, place]
        if not uneven(volume):
            continue
        changed[row] = True
        fresh[:] = 0
        slag[:] = 0.0
        edge[0] = 0.0
        for place in range(places):
            edge[place + 1] = edge[place] + volume[place]
        for place in range(places):
            if volume[place] <= 0.0:
                continue
            _overlaps(edge, place, cut)
            for target in range(places):
                slag[target] += inert[row, place] * cut[target]
            _deal(cells[row, place], cut, row, place, chance, fresh)
        cells[row] = fresh
        inert[row] = slag
