"""Steady fields on spheres: finite volumes on radial grids, batched over rows, one tridiagonal solve a row.

The linear systems are written by their off-diagonals and the *excess* of each row (diagonal less off-diagonals). Elimination then
adds positive numbers only, so that a field that must be one everywhere comes out as one to round-off, however thin the intervals.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

Array = NDArray[np.float64]

FREE = np.nan  # an outer face without diffusive flux
ROUNDS = 60  # Newton rounds at most, beyond one for each interval: a sharp front moves by one interval a round
SETTLED = 1e-9  # relative step at which Newton's method, of second order, has reached round-off


class Uptake(NamedTuple):
    """Saturable loss: rate x value / (value + half)."""

    rate: Array  # (rows, cells), value per time
    half: Array  # (rows,), value


class Supply(NamedTuple):
    """Exchange with a level: rate x (level - value)."""

    rate: Array  # (rows, cells), 1/time
    level: Array  # (rows,), value


def steady(
    faces: Array, diffusivity: Array, decay: Array, source: Array, velocity: Array | None = None, edge: Array | None = None
) -> Array:
    """Values c (rows, cells) with div(D grad c) - div(u c) - decay c + source = 0.

    `faces` (rows, cells + 1) length; `diffusivity` (rows,) or at the faces (rows, cells + 1), length^2/time; `decay` (rows, cells)
    1/time; `source` (rows, cells) value/time; `velocity` (rows, cells + 1) at the faces, length/time, outward positive, none if
    omitted; `edge` (rows,) the value at the outer face. Without an edge nothing diffuses through the outer face and the flow
    carries the outermost value. Convection is central where it stays below twice the diffusion across an interval, else upwind:
    second order on refinement. Where div u + decay = source the values are one to round-off. A field with neither decay, flow
    nor edge has no steady state and comes out as not a number.

    >>> ones = np.ones((1, 3))
    >>> steady(np.array([[0.0, 1.0, 2.0, 3.0]]), np.array([1.0]), 2.0 * ones, 4.0 * ones)
    array([[2., 2., 2.]])
    """
    rows, cells = decay.shape
    flow = np.zeros((rows, cells + 1)) if velocity is None else _plain(velocity)
    return _steady(  # type: ignore[no-any-return]
        _plain(faces), _at_faces(diffusivity, cells), _plain(decay), _plain(source), flow, _edge(edge, rows)
    )


def steady_saturable(faces: Array, diffusivity: Array, uptake: Uptake, supply: Supply, edge: Array | None = None) -> Array:
    """Values p >= 0 (rows, cells) with div(D grad p) - rate p / (p + half) + exchange (level - p) = 0.

    Arguments as for `steady`; no diffusive flux at the outer face unless an `edge` (rows,) is given. Newton's method from the
    local balance, clipped at zero: the uptake is concave, so every iterate but the first lies below the solution and they rise to
    it from any start. A row that has not settled after all rounds comes out as not a number.

    >>> from numpy import array, ones, zeros
    >>> uptake, supply = Uptake(2.0 * ones((1, 2)), array([1.0])), Supply(ones((1, 2)), array([2.0]))
    >>> steady_saturable(array([[0.0, 1.0, 2.0]]), array([1.0]), uptake, supply)
    array([[1., 1.]])
    """
    rows, cells = uptake.rate.shape
    return _saturable(  # type: ignore[no-any-return]
        _plain(faces), _at_faces(diffusivity, cells), Uptake(*map(_plain, uptake)), Supply(*map(_plain, supply)), _edge(edge, rows)
    )


def obstacle(faces: Array, diffusivity: Array, uptake: Array, edge: Array) -> tuple[Array, Array]:
    """Values p >= 0 (rows, cells) with div(D grad p) = uptake where p > 0, and the radius (rows,) of the core where p = 0.

    `uptake` (rows, cells) value/time, positive; `edge` (rows,) the value at the outer face, positive. The discrete problem with its
    inequality is solved exactly: the flux through a face is what is taken up further in, so the edge value grows with the living
    volume, interval by interval, and is matched by a part of one interval. That part also places the core's radius within its
    interval: second order in the width. The core is 0 where the value stays positive throughout.

    >>> grid = np.linspace(0.0, 3.0, 301)[None]
    >>> values, core = obstacle(grid, np.array([1.0]), np.full((1, 300), 6.0), np.array([4.0]))
    >>> float(np.round(values[0, -1], 2)), float(np.round(core[0], 2))
    (3.97, 1.61)
    """
    return _obstacle(  # type: ignore[no-any-return]
        _plain(faces), _at_faces(diffusivity, uptake.shape[1]), _plain(uptake), _plain(edge)
    )


def outflow(faces: Array, density: Array) -> Array:
    """Velocity at the faces (rows, cells + 1) of a flow whose divergence is `density` (rows, cells), 1/time, at rest in the centre.

    >>> outflow(np.array([[0.0, 1.0, 2.0]]), np.array([[3.0, 3.0]]))
    array([[0., 1., 2.]])
    """
    return _outflow(_plain(faces), _plain(density))  # type: ignore[no-any-return]


def between(faces: Array, values: Array, radius: Array) -> Array:
    """Values (rows,) at the given radii (rows,), linear between the mid-radii of the two nearest intervals.

    >>> between(np.array([[0.0, 1.0, 2.0]]), np.array([[1.0, 3.0]]), np.array([1.0]))
    array([2.])
    """
    middle = 0.5 * (faces[:, 1:] + faces[:, :-1])
    found = [np.interp(r, m, v) for r, m, v in zip(radius, middle, values, strict=True)]
    return np.array(found, dtype=np.float64)


def centre(faces: Array, values: Array) -> Array:
    """Values (rows,) at the centre of a smooth field: a parabola without slope there through the two innermost intervals.

    >>> centre(np.array([[0.0, 1.0, 2.0]]), np.array([[1.25, 3.25]]))
    array([1.])
    """
    near, far = 0.5 * faces[:, 1], 0.5 * (faces[:, 1] + faces[:, 2])
    bend: Array = (values[:, 1] - values[:, 0]) / (far * far - near * near)
    return values[:, 0] - bend * near * near


def _plain(values: Array) -> Array:
    return np.ascontiguousarray(values, dtype=np.float64)


def _at_faces(diffusivity: Array, cells: int) -> Array:
    if diffusivity.ndim == 1:
        return np.repeat(np.asarray(diffusivity, dtype=np.float64), cells + 1).reshape(-1, cells + 1)
    return _plain(diffusivity)


def _edge(edge: Array | None, rows: int) -> Array:
    return np.full(rows, FREE) if edge is None else _plain(edge)


@njit(cache=True, nogil=True, error_model="numpy", inline="always")
def _metric(faces, diffusivity, volume, conductance):
    """Fill volume (cells,) and diffusive conductance (cells + 1,) of one row, both over 4 pi; the last face is half a cell away."""
    cells = volume.size
    least = 1e-9 * faces[cells]
    conductance[0] = 0.0
    for cell in range(cells):
        a, b = faces[cell], faces[cell + 1]
        volume[cell] = (b - a) * (b * b + b * a + a * a) / 3.0
        gap = 0.5 * (faces[cell + 2] - a) if cell + 1 < cells else 0.5 * (b - a)
        conductance[cell + 1] = diffusivity[cell + 1] * b * b / max(gap, least)


@njit(cache=True, nogil=True, error_model="numpy")
def _eliminate(lower, upper, excess, load, found):
    """Solve (lower + upper + excess) x_i - lower x_{i-1} - upper x_{i+1} = load by elimination without subtraction.

    All (cells,); `excess` and `load` are overwritten. After eliminating what lies inside, row i reads
    (upper + excess') x_i - upper x_{i+1} = load'.
    """
    cells = found.size
    inverse = 1.0 / (upper[0] + excess[0])
    found[0] = inverse
    for i in range(1, cells):
        share = lower[i] * inverse
        excess[i] += share * excess[i - 1]
        load[i] += share * load[i - 1]
        inverse = 1.0 / (upper[i] + excess[i])
        found[i] = inverse
    found[cells - 1] = load[cells - 1] * inverse
    for i in range(cells - 2, -1, -1):
        found[i] = (load[i] + upper[i] * found[i + 1]) * found[i]


@njit(cache=True, nogil=True, error_model="numpy")
def _steady(faces, diffusivity, decay, source, velocity, edge):
    """Values (rows, cells); faces, diffusivity, velocity (rows, cells + 1), decay, source (rows, cells), edge (rows,)."""
    rows, cells = decay.shape
    found = np.empty((rows, cells))
    volume, conductance = np.empty(cells), np.empty(cells + 1)
    lower, upper, excess, load = np.empty(cells), np.empty(cells), np.empty(cells), np.empty(cells)
    for row in range(rows):
        _metric(faces[row], diffusivity[row], volume, conductance)
        before, ahead = 0.0, 0.0  # flow through the inner face and what it carries outwards
        for i in range(cells):
            flow = velocity[row, i + 1] * faces[row, i + 1] * faces[row, i + 1]
            spread = max(conductance[i + 1] - 0.5 * abs(flow), 0.0)
            lower[i] = ahead
            ahead = spread + max(flow, 0.0)
            upper[i] = spread + max(-flow, 0.0)
            excess[i] = (flow - before) + decay[row, i] * volume[i]
            load[i] = source[row, i] * volume[i]
            before = flow
        last = cells - 1
        if not np.isnan(edge[row]):
            excess[last] += upper[last]
            load[last] += upper[last] * edge[row]
        upper[last] = 0.0
        _eliminate(lower, upper, excess, load, found[row])
    return found


@njit(cache=True, nogil=True, error_model="numpy")
def _saturable(faces, diffusivity, uptake, supply, edge):
    """Values (rows, cells) by Newton's method, each row to its own end."""
    rows, cells = uptake.rate.shape
    found = np.empty((rows, cells))
    volume, conductance = np.empty(cells), np.empty(cells + 1)
    lower, upper, excess, load = np.empty(cells), np.empty(cells), np.empty(cells), np.empty(cells)
    for row in range(rows):
        _metric(faces[row], diffusivity[row], volume, conductance)
        half, level = uptake.half[row], supply.level[row]
        fixed = not np.isnan(edge[row])
        top = max(level, edge[row]) if fixed else level
        for i in range(cells):
            rate, exchange = uptake.rate[row, i], supply.rate[row, i]
            b = exchange * (level - half) - rate
            root = np.sqrt(b * b + 4.0 * exchange * exchange * level * half)
            found[row, i] = (b + root) / (2.0 * exchange) if exchange > 0.0 else top
        for _ in range(ROUNDS + cells):
            for i in range(cells):
                p, rate, exchange = found[row, i], uptake.rate[row, i], supply.rate[row, i]
                share = 1.0 / (p + half)
                lower[i] = conductance[i]
                upper[i] = conductance[i + 1] if i + 1 < cells else 0.0
                excess[i] = volume[i] * (exchange + rate * half * share * share)
                load[i] = volume[i] * (exchange * level - rate * p * p * share * share)
            if fixed:
                excess[cells - 1] += conductance[cells]
                load[cells - 1] += conductance[cells] * edge[row]
            if _newton(lower, upper, excess, load, found[row]) <= SETTLED * top:
                break
        else:
            found[row] = np.nan
    return found


@njit(cache=True, nogil=True, error_model="numpy")
def _newton(lower, upper, excess, load, found):
    """Replace found (cells,) by the clipped solution of the linearised system; the largest step taken."""
    cells = found.size
    moved = 0.0
    fresh = np.empty(cells)
    _eliminate(lower, upper, excess, load, fresh)
    for i in range(cells):
        value = max(fresh[i], 0.0)
        moved = max(moved, abs(value - found[i]))
        found[i] = value
    return moved


@njit(cache=True, nogil=True, error_model="numpy")
def _outflow(faces, density):
    """Velocities (rows, cells + 1) from densities (rows, cells)."""
    rows, cells = density.shape
    velocity = np.zeros((rows, cells + 1))
    for row in range(rows):
        flow = 0.0
        for i in range(cells):
            a, b = faces[row, i], faces[row, i + 1]
            flow += density[row, i] * ((b - a) * (b * b + b * a + a * a) / 3.0)
            velocity[row, i + 1] = flow / (b * b)
    return velocity


@njit(cache=True, nogil=True, error_model="numpy")
def _obstacle(faces, diffusivity, uptake, edge):
    """Values (rows, cells) and core radii (rows,)."""
    rows, cells = uptake.shape
    found, core = np.zeros((rows, cells)), np.zeros(rows)
    volume, conductance = np.empty(cells), np.empty(cells + 1)
    for row in range(rows):
        _metric(faces[row], diffusivity[row], volume, conductance)
        slope, height, first = 0.0, 0.0, cells  # edge value = height + slope x loss in the first interval
        loss = 0.0
        while first == cells or (first > 0 and height + slope * loss < edge[row]):
            # one more interval lives wholly: what it loses passes every face outside it
            height += slope * loss
            first -= 1
            slope += 1.0 / conductance[first + 1]
            loss = uptake[row, first] * volume[first]
        taken = min((edge[row] - height) / slope, loss)
        a, b = faces[row, first], faces[row, first + 1]
        core[row] = (b * b * b - 3.0 * taken / uptake[row, first]) ** (1.0 / 3.0) if taken < loss else a
        rest = edge[row] - height - slope * taken
        flux = taken
        value = max(rest, 0.0)
        found[row, first] = value
        for i in range(first + 1, cells):
            value += flux / conductance[i]
            found[row, i] = value
            flux += uptake[row, i] * volume[i]
    return found, core
