"""Transient fields of several substrates: implicit diffusion, loss and gain, one axis after the other (LOD).

    dc/dt = div(D grad c) - (decay + loss) c + gain

A step takes the pointwise part, c <- (c + dt gain) / (1 + dt (decay + loss)), then diffusion along x, along y and along z, each
implicit (Yanenko's locally one-dimensional method); what is constant of the decay stands in the diagonals. No step is too long to
be stable, no value turns negative, and with closed sides diffusion keeps the mass. It is first order in time; what a long time ends
in differs from the steady state by a share that falls with the step (tests/laws/test_diffusion_laws.py): with a voxel's own
loss, by about dt loss. A field that is always near its steady state is better solved for.

Memory is crossed once a step and once more at the end: planes take x and y in the cache, z is eliminated behind them, and the
substitution back along z is followed at once by the next step, whose elimination goes the other way. Where one voxel lies on z the
next axis takes its place.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import NamedTuple

import numpy as np
from numba import njit

from refugia.engine.voxels.grid import Grid, Sides
from refugia.engine.voxels.lines import Field, Lines, constant_lines, relax, relax_eight, relax_line, relax_plane, shared_step
from refugia.engine.voxels.local import Local, react
from refugia.engine.voxels.tiles import over

CACHED = 2**20
"""Voxels of the planes that are taken together: small enough for the last cache, large enough to share among threads."""
SMALL = 2**17
"""Voxels below which further threads cost more than they bring."""
TOGETHER = 16
"""Lines along x that are taken together where a plane has fewer."""


class Plan(NamedTuple):
    """What a step of fixed length needs: how the axes are taken, and the passes along them (see `plan`)."""

    shape: tuple[int, int, int]
    step: float  # day
    keep: Field  # (substrates,) 1 + dt decay
    x: Lines
    y: Lines
    up: Lines
    down: Lines
    active: tuple[bool, bool, bool]  # whether there is anything to do along z, y, x


def plan(grid: Grid, diffusivity: Sequence[float], decay: Sequence[float], sides: Sides | Sequence[Sides], step: float) -> Plan:
    """Prepare steps of `step` days: `diffusivity` mm2/day and `decay` 1/day of each substrate, sides for all or for each.

    >>> from refugia.engine.voxels.grid import closed
    >>> plan(Grid((1, 1, 4), 0.5), [0.25], [1.0], closed(), 0.5).keep.tolist()
    [1.5]
    """
    spread = np.asarray(diffusivity, np.float64)
    each = (sides,) * spread.size if isinstance(sides, Sides) else tuple(sides)
    shape = grid.shape
    if shape[0] == 1 and shape[1] > 1 and not any(one.rate[0].any() for one in each):
        shape = (shape[1], 1, shape[2])
        grid = Grid(shape, grid.spacing)
        each = tuple(Sides(one.rate[[1, 0, 2]], one.value[[1, 0, 2]]) for one in each)
    active = tuple(count > 1 or any(one.rate[axis].any() for one in each) for axis, count in enumerate(shape))
    keep = (1.0 + step * np.asarray(decay, np.float64)).astype(np.float32)
    part = shared_step(step, keep, active)
    (up, down), (y, _), (x, _) = (constant_lines(grid, axis, spread, each, part) for axis in range(3))
    return Plan(shape, step, keep, x, y, up, down, (active[0], active[1], active[2]))


def advance(field: Field, plan: Plan, steps: int = 1, local: Local | None = None, *, threads: int = 0, tile: int = 0) -> None:
    """Take `steps` steps of the plan: `field` (substrates, Z, Y, X) float32, in place. Bits depend neither on threads nor on tiles.

    Raises ValueError where the field, a loss or a gain is no contiguous float32 array of the plan's shape.

    >>> from refugia.engine.voxels.grid import held
    >>> grid, field = Grid((1, 1, 3), 1.0), np.zeros((1, 1, 1, 3), np.float32)
    >>> advance(field, plan(grid, [1.0], [0.0], held(1.0, grid), 100.0), 3)
    >>> field.round(3).ravel().tolist()
    [1.0, 1.0, 1.0]
    """
    for one in (field, *(local or ())):
        if one.size and (one.dtype != np.float32 or not one.flags.c_contiguous or one.size != plan.keep.size * prod(plan.shape)):
            raise ValueError(f"a field of {plan.keep.size} substrates on {plan.shape} voxels is not {one.dtype} {one.shape}")
    planes = field.reshape(len(field), *plan.shape)
    columns = field.reshape(len(field), plan.shape[0], -1)
    threads = 1 if field.size < SMALL and not threads else threads
    at_once = _Work(planes, columns, plan, local or Local(), threads, tile)
    for turn in range(steps):
        at_once.cross(down=turn % 2 == 1, opening=turn > 0, closing=True)
    if plan.active[0]:
        at_once.cross(down=steps % 2 == 1, opening=steps > 0, closing=False)


class _Work:
    """The crossings of a field, and the planes that are carried from one group of planes to the next."""

    def __init__(self, planes: Field, columns: Field, plan: Plan, local: Local, threads: int, tile: int) -> None:
        self.planes, self.columns, self.plan = planes, columns, plan
        self.threads, self.tile = threads, tile
        self.local = Local(*(one.reshape(planes.shape) if one.size else one for one in local))
        self.carried = np.empty((2, len(planes), columns.shape[2]), np.float32)  # behind substitution, behind elimination

    def cross(self, *, down: bool, opening: bool, closing: bool) -> None:
        """Cross all planes once: if `opening`, substitute along z what was eliminated before; if `closing`, take a step up to z."""
        plan, count = self.plan, self.plan.shape[0]
        ahead, behind = (plan.down, plan.up) if down else (plan.up, plan.down)
        self.carried[0] = behind.ends[:, 1, None]
        self.carried[1] = ahead.ends[:, 0, None]
        width = max(1, CACHED // (len(self.planes) * self.columns.shape[2]))
        for done in range(0, count, width):
            held = min(width, count - done)
            low = count - done - held if down else done
            if opening and plan.active[0]:
                self._along(low, held, down, behind.back, 0)
            if closing:
                what = (plan.keep, np.float32(plan.step), plan.x, plan.y, plan.active)
                size = len(self.planes) * held
                over(_planes, size, self.planes, (low, held), what, self.local, threads=self.threads, tile=self.tile)
            if closing and plan.active[0]:
                self._along(low, held, down, ahead.there, 1)

    def _along(self, low: int, held: int, down: bool, weight: Field, which: int) -> None:
        """One pass along z through `held` planes from `low` on, from the plane that is carried, which it moves on."""
        order = (low + held - 1, -1, held) if down else (low, 1, held)
        size = len(self.planes) * self.columns.shape[2]
        over(_along, size, self.columns, order, weight, self.carried[which], threads=self.threads, tile=self.tile)


@njit(cache=True, nogil=True, error_model="numpy")
def _along(first, last, columns, order, weight, carried):  # type: ignore[no-untyped-def]
    """A pass along z for the columns [first, last) of all substrates: columns (S, Z, N), weight (S, Z), carried (S, N)."""
    start, turn, count = order
    width = columns.shape[2]
    while first < last:
        s, low = first // width, first % width
        high = min(width, low + last - first)
        before = carried[s, low:high]
        for k in range(count):
            z = start + turn * k
            values = columns[s, z, low:high]
            relax(before, values, weight[s, z])
            before = values
        kept = carried[s, low:high]
        for j in range(high - low):
            kept[j] = before[j]
        first += high - low


@njit(cache=True, nogil=True, error_model="numpy")
def _planes(first, last, planes, span, what, local):  # type: ignore[no-untyped-def]
    """The pointwise part, x and y, for items [first, last): planes span = (low, held) of every substrate; planes (S, Z, Y, X)."""
    low, held = span
    y, active = what[3], what[4]
    _, depth, rows, width = planes.shape
    lines = planes.reshape(-1, width)
    loss, gain = local.loss.reshape(-1), local.gain.reshape(-1)  # of an empty one every part is empty
    while first < last:
        s, z = first // held, low + first % held
        count = min(last - first, low + held - z, max(1, TOGETHER // rows))
        at = (s * depth + z) * rows
        end = at + count * rows
        _lines(lines[at:end], s, what, loss[at * width : end * width], gain[at * width : end * width])
        if active[1]:
            for plane in range(z, z + count):
                relax_plane(planes[s, plane], y.there[s], y.back[s], y.ends[s, 0], y.ends[s, 1])
        first += count


@njit(cache=True, nogil=True, error_model="numpy")
def _lines(lines, s, what, loss, gain):  # type: ignore[no-untyped-def]
    """The pointwise part and both passes along x for contiguous lines (n, X) of the substrate s, eight at a time."""
    keep, step, x, _, active = what
    there, back, low, high = x.there[s], x.back[s], x.ends[s, 0], x.ends[s, 1]
    count, width = lines.shape
    plain, one = loss.size == 0 and gain.size == 0, np.float32(1.0)  # where nothing is local, the factor is taken with the passes
    for start in range(0, count, 8):
        stop = min(start + 8, count)
        if plain and active[2] and stop - start == 8:
            relax_eight(lines[start:stop], one / keep[s], there, back, low, high)
            continue
        for i in range(start, stop):
            react(lines[i], keep[s], step, loss[i * width : (i + 1) * width], gain[i * width : (i + 1) * width])
        if active[2] and stop - start == 8:
            relax_eight(lines[start:stop], one, there, back, low, high)
        elif active[2]:
            for i in range(start, stop):
                relax_line(lines[i], there, back, low, high)
