"""Steady fields on voxels: conjugate gradients in float64, with a V-cycle of multigrid in float32 before every step.

Sums are taken row by row and added in order, so that their bits are the same on any number of threads. A solver in float32 alone
stalls: its true residual stays near 1e-3 while it believes in 1e-6.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from refugia.engine.voxels.frame import filled, frame
from refugia.engine.voxels.grid import Grid, Sides
from refugia.engine.voxels.multigrid import Level, cycle, hierarchy
from refugia.engine.voxels.stencil import in_order, passed, product
from refugia.engine.voxels.tiles import over

Array = NDArray[np.float64]
ROUNDS = 200  # steps at most; a dozen are usual


class System(NamedTuple):
    """A c = load with A c = sum over faces of k (c - c') + excess c."""

    faces: Array  # (3, Z, Y, X): k to the next voxel along z, y and x, 1/day; 0 at the last
    excess: Array  # (Z, Y, X), 1/day
    load: Array  # (Z, Y, X), value/day


def steady(
    grid: Grid, diffusivity: float | Array, decay: float | Array, source: float | Array, sides: Sides,
    start: Array | None = None, *, tolerance: float = 1e-6, threads: int = 0,
) -> Array:  # fmt: skip
    """Values c (Z, Y, X) with -div(D grad c) + decay c = source.

    `diffusivity` mm2/day, `decay` 1/day and `source` value/day are numbers or arrays (Z, Y, X). A voxel of diffusivity 0 is walled
    off, and has what its own source and decay leave it: source / decay, and 0 without decay. From `start` (Z, Y, X), or nothing,
    until the residual is `tolerance` of the right-hand side (in the Euclidean norm).

    Raises ValueError where a number is negative or not finite or an array of another shape, where a part of the grid has a source
    but neither decay nor an open side, and where the tolerance is not reached: below 1e-13 round-off forbids it.

    >>> from refugia.engine.voxels.grid import closed, held
    >>> steady(Grid((1, 1, 3), 1.0), 1.0, 2.0, 4.0, closed()).ravel().round(6).tolist()
    [2.0, 2.0, 2.0]
    >>> steady(Grid((1, 1, 3), 1.0), 1.0, 0.0, 1.0, held(0.0, Grid((1, 1, 3), 1.0))).ravel().round(6).tolist()
    [0.75, 1.25, 0.75]
    """
    framed = frame(grid, diffusivity, sides, threads)
    excess = framed.open + filled(grid, decay, "decay")
    load = framed.given + sourced(grid, source)
    system, alone = settled(System(framed.faces, excess, load))
    found = np.zeros(grid.shape) if start is None else np.array(start, np.float64).reshape(grid.shape)
    solve(
        system, hierarchy(system.faces, system.excess, framed.held, threads), found, tolerance * norm(system.load, threads), threads
    )
    if alone is not None:
        found[alone.where] = alone.value
    return found


class Alone(NamedTuple):
    """Voxels that no other reaches, and their values."""

    where: NDArray[np.bool_]  # (Z, Y, X)
    value: Array  # (places,)


def settled(system: System) -> tuple[System, Alone | None]:
    """A system without the voxels that are walled off or have no way out, and the values of those.

    Raises ValueError where there is a source without a way out.

    >>> system = System(np.zeros((3, 1, 1, 2)), np.array([[[2.0, 0.0]]]), np.array([[[1.0, 0.0]]]))
    >>> settled(system)[1].value.tolist()
    [0.5, 0.0]
    """
    faces, excess, load = system
    bound = _bound(faces)
    if bound.all():
        if not (excess > 0.0).any():
            raise ValueError("This field has neither decay nor an open side, so no steady state. Give one of the two.")
        return system, None
    closed = _closed(faces, bound, excess)
    alone = ~bound | closed
    if (load[alone & (excess == 0.0)] != 0.0).any():
        raise ValueError("Walls cut off a part of the grid that has a source but neither decay nor an open side. Give it one.")
    value = np.divide(load[alone], excess[alone], out=np.zeros(int(alone.sum())), where=excess[alone] > 0.0)
    faces = np.where(closed, 0.0, faces) if closed.any() else faces
    return System(faces, np.where(alone, 0.0, excess), np.where(alone, 0.0, load)), Alone(alone, value)


def norm(values: Array, threads: int = 0) -> float:
    """The Euclidean norm of a field (Z, Y, X).

    >>> norm(np.full((1, 2, 2), 2.0))
    4.0
    """
    sums = np.zeros(values.shape[0] * values.shape[1])
    over(_squares, sums.size, values, sums, threads=threads)
    return float(np.sqrt(in_order(sums)))


def lack(system: System, found: Array, threads: int = 0) -> float:
    """The norm of the residual, load - A c, of a field `found` (Z, Y, X).

    >>> lack(System(np.zeros((3, 1, 1, 1)), np.full((1, 1, 1), 2.0), np.ones((1, 1, 1))), np.zeros((1, 1, 1)))
    1.0
    """
    sums = np.zeros(found.shape[0] * found.shape[1])
    over(_lacking, sums.size, system, found, np.empty(found.shape), sums, threads=threads)
    return float(np.sqrt(in_order(sums)))


def solve(system: System, levels: list[Level], found: Array, goal: float, threads: int = 0) -> int:
    """Bring `found` (Z, Y, X) to where the norm of its residual is `goal`, with the multigrid `levels` of the system.

    Returns how many steps it took. Raises ValueError where the goal is not reached.

    >>> system = System(np.zeros((3, 1, 1, 1)), np.full((1, 1, 1), 2.0), np.ones((1, 1, 1)))
    >>> found = np.zeros((1, 1, 1))
    >>> solve(system, hierarchy(system.faces, system.excess), found, 1e-6), found.item()
    (1, 0.5)
    """
    fine, rows = levels[0], found.shape[0] * found.shape[1]
    sums, rest, way, out = np.zeros(rows), np.empty(found.shape), np.zeros(found.shape), np.empty(found.shape)
    if goal == 0.0:
        found[:] = 0.0
        return 0
    wanted, goal = goal, goal * goal
    scale, agreed, square, true = 1.0 / np.sqrt(goal / found.size), np.inf, 0.0, np.inf
    for step in range(ROUNDS):
        if not step or square <= goal:
            over(_lacking, rows, system, found, rest, sums, threads=threads)
            square, agreed, last = in_order(sums), np.inf, true
            true = square
            if true <= goal:
                return step
            if true > 0.25 * last:  # round-off: what is believed to lack is no longer what lacks
                break
            over(_hand, rows, rest, scale, fine, threads=threads)
        cycle(levels, threads)
        over(_agree, rows, fine, sums, threads=threads)
        before, agreed = agreed, in_order(sums) / scale
        over(_turn, rows, fine, agreed / before, way, threads=threads)
        over(_apply, rows, system, way, out, sums, threads=threads)
        over(_go, rows, agreed / in_order(sums), scale, fine, (found, rest, way, out, sums), threads=threads)
        square = in_order(sums)
    raise ValueError(f"The residual of a steady field is {np.sqrt(true):.2g}, not {wanted:.2g}. Ask for a larger tolerance.")


def approached(levels: list[Level], values: Array, threads: int = 0) -> Array:
    """What one V-cycle from nothing makes of a right-hand side `values` (Z, Y, X): nearly the solution.

    >>> approached(hierarchy(np.zeros((3, 1, 1, 1)), np.full((1, 1, 1), 2.0)), np.ones((1, 1, 1))).item()
    0.5
    """
    rows, out, size = values.shape[0] * values.shape[1], np.zeros(values.shape), float(np.abs(values).max())
    if size > 0.0:
        over(_hand, rows, values, 1.0 / size, levels[0], threads=threads)
        cycle(levels, threads)
        over(_turn, rows, levels[0], 0.0, out, threads=threads)
        out *= size
    return out


def sourced(grid: Grid, source: float | Array) -> Array:
    """A source as (Z, Y, X) or a number; it may be negative. Raises ValueError where it is not finite or misplaced.

    >>> float(sourced(Grid((1, 1, 2), 1.0), -3.0))
    -3.0
    """
    found = np.asarray(source, np.float64)
    if found.ndim and found.shape != grid.shape:
        raise ValueError(f"source: shape {found.shape} is not that of the grid, {grid.shape}. Give a number or such an array.")
    if not np.isfinite(found).all():
        raise ValueError("source: a value is not finite. Give finite numbers.")
    return found


def _bound(faces: Array) -> NDArray[np.bool_]:
    """Whether a voxel has a conducting face (Z, Y, X); a grid of one voxel counts as bound."""
    if faces[0].size == 1:
        return np.ones(faces.shape[1:], np.bool_)
    has: NDArray[np.bool_] = np.asarray((faces > 0.0).any(axis=0))
    for axis in range(3):
        head, tail = ((slice(None),) * axis + (part,) for part in (slice(1, None), slice(None, -1)))
        has[head] |= faces[axis][tail] > 0.0
    return has


def _closed(faces: Array, bound: NDArray[np.bool_], excess: Array) -> NDArray[np.bool_]:
    """Voxels (Z, Y, X) of parts, cut off by walls, in which no voxel has an excess."""
    from scipy.ndimage import label, maximum

    if (excess[bound] > 0.0).all():
        return np.zeros(bound.shape, np.bool_)
    parts, count = label(bound)
    most = np.concatenate([[1.0], np.atleast_1d(maximum(excess, parts, np.arange(1, count + 1)))])
    return np.asarray(most == 0.0)[parts]


@njit(cache=True, nogil=True, error_model="numpy")
def _lacking(first, last, system, values, lack, sums):
    """Fill lack (Z, Y, X) with load - A c, and sums (rows,) with its squares, in rows [first, last)."""
    faces, excess, load = system
    height = values.shape[1]
    for row in range(first, last):
        z, y = row // height, row % height
        passed(z, y, (faces, faces), excess, values, lack[z, y])
        lack[z, y] = load[z, y] - lack[z, y]
        sums[row] = product(lack[z, y], lack[z, y])


@njit(cache=True, nogil=True, error_model="numpy")
def _squares(first, last, values, sums):
    """Fill sums (rows,) with the squares of values (Z, Y, X) in rows [first, last)."""
    height = values.shape[1]
    for row in range(first, last):
        own = values[row // height, row % height]
        sums[row] = product(own, own)


@njit(cache=True, nogil=True, error_model="numpy")
def _hand_row(row, shift, lack, scale, fine):
    """Hand a row of what lacks (X,) to the first level, scaled and by colour, and relax its red voxels; `shift` that of red."""
    _, _, inverse, load, found = fine
    width = lack.size
    for colour in range(2):
        s = shift if colour == 0 else 1 - shift
        for i in range((width + 1 - s) // 2):
            load[colour, row, i + 1] = lack[2 * i + s] * scale
    for i in range(found.shape[2]):
        found[0, row, i] = load[0, row, i] * inverse[0, row, i]


@njit(cache=True, nogil=True, error_model="numpy")
def _hand(first, last, lack, scale, fine):
    """Hand rows [first, last) of what lacks (Z, Y, X) to the first level."""
    height = lack.shape[1]
    for row in range(first, last):
        z, y = row // height, row % height
        _hand_row(row, (z + y) % 2, lack[z, y], scale, fine)


@njit(cache=True, nogil=True, error_model="numpy")
def _agree(first, last, fine, sums):
    """Fill sums (rows,) with the products of load and found of the first level in rows [first, last)."""
    load, found = fine.load, fine.found
    for row in range(first, last):
        sums[row] = product(load[0, row], found[0, row]) + product(load[1, row], found[1, row])


@njit(cache=True, nogil=True, error_model="numpy")
def _turn(first, last, fine, kept, way):
    """Turn the way (Z, Y, X) to what the cycle found plus `kept` of itself, in rows [first, last)."""
    height, width = way.shape[1:]
    found = fine.found
    for row in range(first, last):
        z, y = row // height, row % height
        own = way[z, y]
        for colour in range(2):
            s = (z + y + colour) % 2
            for i in range((width + 1 - s) // 2):
                own[2 * i + s] = found[colour, row, i + 1] + kept * own[2 * i + s]


@njit(cache=True, nogil=True, error_model="numpy")
def _apply(first, last, system, way, out, sums):
    """Fill out (Z, Y, X) with A p, and sums (rows,) with p A p, in rows [first, last)."""
    height = way.shape[1]
    for row in range(first, last):
        z, y = row // height, row % height
        passed(z, y, (system.faces, system.faces), system.excess, way, out[z, y])
        sums[row] = product(way[z, y], out[z, y])


@njit(cache=True, nogil=True, error_model="numpy")
def _go(first, last, length, scale, fine, state):
    """Go a length along the way and hand on what lacks, in rows [first, last).

    state is (found, lack, way, out = A way), all (Z, Y, X), and sums (rows,), which is filled with the squares of what lacks.
    """
    found, lack, way, out, sums = state
    height, width = way.shape[1:]
    for row in range(first, last):
        z, y = row // height, row % height
        for x in range(width):
            found[z, y, x] += length * way[z, y, x]
            lack[z, y, x] -= length * out[z, y, x]
        sums[row] = product(lack[z, y], lack[z, y])
        _hand_row(row, (z + y) % 2, lack[z, y], scale, fine)
