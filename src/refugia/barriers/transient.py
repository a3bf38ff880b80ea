"""A carrier and the drug it releases, through time: what of them is where in a sphere, from dose to dose.

With A the carrier's load, F unbound and N nuclear drug, amounts over tissue volume, and phi the carrier's room:

    A' = div(D_c grad A) - div(u A / phi) + J (1 - sigma_c) Cc + X_c (Cc - A / phi) - (release + loss) A             (1)
    F' = div(D grad F) - div(u F) + J (1 - sigma) Cp + X (Cp - F) + release A - sink F - binding F + unbinding N      (2)
    N' = binding F - unbinding N                                                                                     (3)

J and u are filtration and flow, X = f P S/V Pe / (exp(Pe) - 1) as in `barriers.exposure` (Baxter and Jain 1989), Cc and Cp the
carrier's and the unbound level in plasma; where pressure is lifted, (1) and (2) also gain equation (2) of `barriers.entry`. Finite
volumes on the fine grid of the drug; in time two implicit stages a step, stiffly accurate and L-stable, of second order (Alexander
1977): each stage is one tridiagonal solve for (1) and one for (2), from which (3) is eliminated. The book of a step is kept with
the weights of the stages, so that it closes to round-off.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from refugia.barriers.entry import Balance, entry, solved
from refugia.barriers.exposure import Flow
from refugia.barriers.lower import admitted, diffusivity, permeability
from refugia.barriers.model import Matrix, Microenvironment, Slow, Vessels
from refugia.engine.grids import average, volumes
from refugia.terms import FloatArray, Value

STAGE = 1.0 - np.sqrt(0.5)  # of a step: where its first stage lies, and the weight of its second


class SlowTable(NamedTuple):
    """A slow drug and its carrier, lowered: (patients,)."""

    carrier_diffusivity: FloatArray  # mm2/day
    carrier_exchange: FloatArray  # P S/V, 1/day
    carrier_admitted: FloatArray  # 1 - filtration reflection, -
    carrier_loss: FloatArray  # 1/day
    room: FloatArray  # -
    release: FloatArray  # 1/day
    diffusivity: FloatArray  # mm2/day
    exchange: FloatArray  # 1/day
    admitted: FloatArray  # -
    sink: FloatArray  # 1/day
    binding: FloatArray  # 1/day
    unbinding: FloatArray  # 1/day


class Held(NamedTuple):
    """Drug in the tissue, uM over tissue volume: (rows, cells)."""

    carried: FloatArray
    unbound: FloatArray
    nuclear: FloatArray


class Book(NamedTuple):
    """What passed in a span, amounts over 4 pi, uM mm3: (rows,)."""

    entered: FloatArray  # by carrier and free, through the vessel wall
    returned: FloatArray  # back through the wall
    drained: FloatArray  # with the fluid through the surface
    lost: FloatArray  # with carriers, and of unbound drug
    released: FloatArray  # from carriers; within the tissue


def lower_slow(slow: Slow, matrix: Matrix, vessels: Vessels, value: Value) -> SlowTable:
    """The table of a slow drug, one line a patient."""
    surface = value(vessels.surface)
    columns = [
        diffusivity(matrix, slow.carrier, value),
        permeability(slow.carrier, value) * surface,
        admitted(slow.carrier, value),
        *(value(number) for number in (slow.carrier.sink, slow.room, slow.release)),
        diffusivity(matrix, slow.drug, value),
        permeability(slow.drug, value) * surface,
        admitted(slow.drug, value),
        *(value(number) for number in (slow.drug.sink, slow.binding, slow.unbinding)),
    ]
    return SlowTable(*columns)


def lower_slows(ground: Microenvironment, value: Value, drugs: Sequence[str]) -> FloatArray:
    """The slow ones of `drugs`, packed (patients, drugs, columns of `SlowTable` and two more); 0 where a drug is not slow.

    The last two columns are 1 where the plasma holds the carrier, and where the drug is slow.
    """
    known, none = {slow.drug.drug: slow for slow in ground.slow}, np.zeros_like(value(ground.vessels.surface))
    packed = np.zeros((none.size, len(drugs), len(SlowTable._fields) + 2))
    for place, drug in enumerate(drugs):
        if drug in known:
            slow = known[drug]
            marks = none + float(slow.carried), none + 1.0
            packed[:, place] = np.stack([*lower_slow(slow, ground.matrix, ground.vessels, value), *marks], axis=1)
    return packed


def stages(edges: FloatArray) -> FloatArray:
    """The times (steps, 2) at which the two stages of each step between `edges` (steps + 1,) ask for plasma.

    >>> stages(np.array([0.0, 1.0])).round(3)
    array([[0.293, 1.   ]])
    """
    span = np.diff(edges)
    times: FloatArray = np.stack([edges[:-1] + STAGE * span, edges[1:]], axis=1)
    return times


def empty(flow: Flow) -> Held:
    """A tissue without drug."""
    return Held(*(np.zeros(flow.share.shape) for _ in Held._fields))


def advance(slow: SlowTable, flow: Flow, held: Held, plasma: FloatArray, span: float) -> tuple[Held, Book]:
    """One step of `span` days; `plasma` (rows, 2, 2) uM: at the two stages, in carriers and unbound.

    >>> one, grid = np.ones(1), np.array([[0.0, 1.0, 2.0]])
    >>> flow = Flow(grid, np.ones((1, 2)), np.zeros((1, 2)), np.zeros((1, 3)), np.zeros((1, 2)))
    >>> slow = SlowTable(*(one for _ in SlowTable._fields))
    >>> held, book = advance(slow, flow, empty(flow), np.ones((1, 2, 2)), 0.1)
    >>> there = (sum(held) * volumes(grid)).sum(axis=1)
    >>> bool(np.allclose(book.entered, there + book.returned + book.drained + book.lost, rtol=1e-13))
    True
    """
    first, last = moved(slow, flow, held, plasma, span)
    passed = (_rates(slow, flow, first, plasma[:, 0]), _rates(slow, flow, last, plasma[:, 1]))
    book = Book(*(span * ((1.0 - STAGE) * one + STAGE * other) for one, other in zip(*passed, strict=True)))
    return last, book


def moved(slow: SlowTable, flow: Flow, held: Held, plasma: FloatArray, span: float) -> tuple[Held, Held]:
    """The two stages of a step, without its book; arguments as for `advance`. The second is the end of the step."""
    first = _stage(slow, flow, held, plasma[:, 0], STAGE * span)
    grown = (1.0 - STAGE) / STAGE
    start = Held(*(before + grown * (after - before) for before, after in zip(held, first, strict=True)))
    return first, _stage(slow, flow, start, plasma[:, 1], STAGE * span)


def course(slow: SlowTable, flow: Flow, held: Held, plasma: FloatArray, edges: FloatArray) -> tuple[Held, Held, Book]:
    """Steps between `edges` (steps + 1,) days with `plasma` (rows, steps, 2, 2) at their stages.

    Returns what is held at the end, what was held at each edge (steps + 1, rows, cells), and the book of the whole span.
    """
    kept, total = [held], Book(*(np.zeros(held.carried.shape[0]) for _ in Book._fields))
    for step, span in enumerate(np.diff(edges).tolist()):
        held, book = advance(slow, flow, held, plasma[:, step], span)
        total = Book(*(before + more for before, more in zip(total, book, strict=True)))
        kept.append(held)
    return held, Held(*(np.stack(column) for column in zip(*kept, strict=True))), total


def recut(held: Held, old: FloatArray, new: FloatArray) -> Held:
    """The same drug on another grid of the same tissue: `old` and `new` (rows, cells + 1) mm; a sphere that grew is stretched."""
    scaled = old * (new[:, -1:] / old[:, -1:])
    return Held(*(average(scaled, column, new) for column in held))


def _stage(slow: SlowTable, flow: Flow, start: Held, plasma: FloatArray, span: float) -> Held:
    """What is held after an implicit Euler step of `span` days from `start`, with `plasma` (rows, 2) at its end."""
    pace, fluid = 1.0 / span, flow.filtration()
    room, release = slow.room[:, None], slow.release[:, None]
    wall, level = entry(slow.carrier_exchange, slow.carrier_admitted, fluid), plasma[:, :1]
    decay = wall.taken / room + release + slow.carrier_loss[:, None] + pace
    source = wall.brought * level + pace * start.carried
    balance = Balance(flow.faces, slow.carrier_diffusivity, decay, source, flow.velocity / room)
    carried = solved(balance, wall.more * level, wall.thinned / room, start.carried)
    wall, level = entry(slow.exchange, slow.admitted, fluid), plasma[:, 1:]
    binding, unbinding = slow.binding[:, None], slow.unbinding[:, None]
    kept = pace / (pace + unbinding)  # share of a stage's binding that is not undone within it
    decay = wall.taken + slow.sink[:, None] + binding * kept + pace
    source = wall.brought * level + release * carried + unbinding * kept * start.nuclear + pace * start.unbound
    balance = Balance(flow.faces, slow.diffusivity, decay, source, flow.velocity)
    unbound = solved(balance, wall.more * level, wall.thinned, start.unbound)
    return Held(carried, unbound, (pace * start.nuclear + binding * unbound) / (pace + unbinding))


def _rates(slow: SlowTable, flow: Flow, held: Held, plasma: FloatArray) -> Book:
    """What passes, amounts over 4 pi a day, (rows,)."""
    volume, rim = volumes(flow.faces), flow.velocity[:, -1] * flow.faces[:, -1] ** 2
    fluid, load, free = held.carried / slow.room[:, None], plasma[:, :1], plasma[:, 1:]
    carrier, drug = (
        entry(passive, passed, flow.filtration())
        for passive, passed in ((slow.carrier_exchange, slow.carrier_admitted), (slow.exchange, slow.admitted))
    )

    def total(density: FloatArray) -> FloatArray:
        return np.asarray((density * volume).sum(axis=1))

    return Book(
        total(carrier.brought * load + carrier.gained(load, fluid) + drug.brought * free + drug.gained(free, held.unbound)),
        total(carrier.taken * fluid + drug.taken * held.unbound),
        rim * (fluid[:, -1] + held.unbound[:, -1]),
        total(slow.carrier_loss[:, None] * held.carried + slow.sink[:, None] * held.unbound),
        total(slow.release[:, None] * held.carried),
    )
