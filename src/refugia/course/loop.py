"""The loop: what one step does, in which order, and nothing else moves the state."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from refugia.barriers.exposure import Fields
from refugia.barriers.exposure import fields as solve_fields
from refugia.course.batch import Batch, pick
from refugia.course.events import fates, kept
from refugia.course.rates import write_flips, write_rates
from refugia.course.slow import begin, follow, parts, pass_step
from refugia.engine.addresses import Chance
from refugia.engine.shells import measure as measure_shells
from refugia.engine.shells import recut as recut_shells
from refugia.engine.step import Moves, advance, advance_linked, thin, turn
from refugia.havens.wall import supply
from refugia.terms import FloatArray

THINNEST = 1e-6
"""Share of the sphere's volume that every shell has at least where fields are solved."""


def tables(batch: Batch) -> None:
    """Rows whose descriptions have moved read other tables, and are looked at anew."""
    for change in batch.changes.get(batch.step, ()):
        for column, stock in zip(getattr(batch, change.unit), getattr(batch.stock, change.unit), strict=True):
            column[change.row] = stock[change.entry]
        batch.changed[change.row] = True


def measure(batch: Batch) -> None:
    """Radii and living shares of the shells; which rows have moved enough for their fields to be solved anew."""
    measure_shells(batch.cells, batch.inert, batch.source.density, batch.faces, batch.live)
    radius = batch.faces[:, -1]
    batch.volume[:, batch.step] = 4.0 / 3.0 * np.pi * radius**3
    grown = np.abs(radius - batch.solved_radius) > batch.tolerance * batch.solved_radius
    altered = (np.abs(batch.live - batch.solved_live) > batch.tolerance).any(axis=1)
    first = batch.step == 0
    np.copyto(batch.stale, (grown | altered | batch.changed | first) & (radius > 0.0))
    batch.changed[:] = False


def opened(faces: FloatArray) -> FloatArray:
    """The same radii (rows, place + 1), but shells without volume given a millionth of the sphere, so that fields can be solved."""
    volume = np.diff(faces**3, axis=1)
    least = THINNEST * faces[:, -1:] ** 3
    thin = np.asarray((volume < least).any(axis=1))
    if not thin.any():
        return faces
    wider = np.cumsum(np.maximum(volume, least), axis=1)
    wider = np.concatenate([np.zeros((len(faces), 1)), np.cbrt(wider)], axis=1)
    return np.where(thin[:, None], wider, faces)


def wall(batch: Batch) -> None:
    """Unbound supply over unbound plasma, where the tissue has moved."""
    rows = np.flatnonzero(batch.stale)
    if rows.size:
        batch.wall[rows] = supply(pick(batch.haven, rows), opened(batch.faces[rows]))


def fields(batch: Batch) -> None:
    """Transfer, oxygen, acidity, perfusion and pressure, where the tissue has moved."""
    rows = np.flatnonzero(batch.stale)
    if rows.size == 0:
        return
    faces, takes = opened(batch.faces[rows]), batch.shared.takes[batch.rows.plasma[rows]]
    solved: Fields = solve_fields(pick(batch.ground, rows), faces, batch.live[rows], batch.wall[rows], takes=takes)
    for column, fresh in zip(batch.fields, solved, strict=True):
        column[rows] = fresh
    batch.solved_radius[rows] = batch.faces[rows, -1]
    batch.solved_live[rows] = batch.live[rows]


def events(batch: Batch) -> None:
    """What is done to a site at once: cells are thinned place by place, those in a state by its own law, of whom some may turn; and
    with a site that is taken out goes what is inert."""
    strikes = batch.strikes.get(batch.step, ())
    if not strikes:
        return
    rows = np.unique(np.concatenate([strike.row for strike in strikes]))
    if (batch.shared.genealogy.basis < 0).all():
        thin(batch.cells, rows, kept(strikes, batch.fields.oxygen)[rows], batch.chance)
    else:
        fate = fates(strikes, batch.fields.oxygen, batch.source, batch.shared.genealogy)[rows]
        turn(batch.cells, rows, fate, batch.shared.turn_words, batch.chance)
    for strike in strikes:
        if strike.law is None:
            batch.inert[strike.row] = 0.0


def slow(batch: Batch) -> None:
    """What the tissue holds of drugs that reach no steady state within a step, and the levels that cells feel meanwhile."""
    if batch.shared.plasma_at is None:
        return
    rows = np.flatnonzero(batch.stale)
    if batch.slow is None:
        batch.slow = begin(batch.ground, opened(batch.faces))
    elif rows.size:
        follow(batch.slow, pick(batch.ground, rows), opened(batch.faces[rows]), rows)
    plasma = batch.shared.plasma_at[batch.rows.plasma, :, batch.step]
    pass_step(batch.slow, batch.ground, plasma, parts(batch.days)[batch.step], opened(batch.faces))


def rates(batch: Batch) -> None:
    """Birth, death and switching, where the tissue, the plasma or the length of the step has changed."""
    batch.stale |= plasma_changed(batch)
    write_rates(batch, np.flatnonzero(batch.stale))


def plasma_changed(batch: Batch) -> np.ndarray:
    """Rows (B,) whose plasma, or whose step length, is not what it was in the step before."""
    k, days = batch.step, batch.days
    if k == 0 or batch.slow is not None or days[k + 1] - days[k] != days[k] - days[k - 1]:
        return np.ones(batch.stale.size, bool)
    moved: np.ndarray = batch.shared.moves[batch.rows.plasma, k]
    return moved


def cells(batch: Batch) -> None:
    """Switching, spread, birth, death and mutation of the cells."""
    moving = batch.times()[0]
    if moving != batch.moving:
        write_flips(batch, np.arange(batch.stale.size))
        batch.moving = moving
    if batch.links.first.size == 0:
        advance(batch.cells, batch.table, batch.mutation, batch.exchange, batch.chance, batch.times())
    else:
        moves = Moves(batch.exchange, batch.links)
        advance_linked(batch.cells, batch.table, batch.mutation, moves, batch.chance, batch.times())


def recut(batch: Batch) -> None:
    """Shells that have grown uneven are cut anew."""
    recut_shells(batch.cells, batch.inert, batch.source.density, batch.chance, batch.changed)


class Stage(NamedTuple):
    """One stage of a step: the wires it writes, and the function that writes them."""

    writes: tuple[str, ...]
    run: Callable[[Batch], None]


STEP: tuple[Stage, ...] = (
    Stage(("tables",), tables),
    Stage(("volume",), measure),
    Stage(("wall",), wall),
    Stage(("perfused", "pressure", "transfer", "oxygen", "acidity"), fields),
    Stage(("cells", "inert"), events),
    Stage(("amounts",), slow),
    Stage(("rates",), rates),
    Stage(("cells",), cells),
    Stage(("cells",), recut),
)
"""The order of a step. Plasma is a table of the whole course: it is written before the loop, by treatment."""


def run(batch: Batch, watch: Callable[[Batch], None] | None = None, stages: tuple[Stage, ...] = STEP) -> None:
    """Take a batch from day 0 to the horizon; `watch` sees it after the fields of each step, and once at the end."""
    for step in range(batch.days.size - 1):
        batch.step = step
        batch.chance = Chance(batch.chance.keys, batch.chance.words, np.uint32(batch.step))
        for stage in stages:
            stage.run(batch)
            if watch is not None and "transfer" in stage.writes:
                watch(batch)
    batch.step = batch.days.size - 1
    batch.chance = Chance(batch.chance.keys, batch.chance.words, np.uint32(batch.step))
    cells(batch)
    measure(batch)
    if watch is not None:
        watch(batch)
