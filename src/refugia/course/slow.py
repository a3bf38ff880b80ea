"""Drugs that reach no steady state within a step: their amounts in the tissue are carried from step to step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from refugia.barriers.exposure import Fineness, Flow, fitting, flow_of
from refugia.barriers.lower import TissueTable
from refugia.barriers.lower import lower as lower_ground
from refugia.barriers.model import Microenvironment
from refugia.barriers.transient import Held, SlowTable, empty, lower_slows, moved, recut, stages
from refugia.engine.grids import average
from refugia.terms import FloatArray, Value

IntArray = NDArray[np.int64]
PARTS, GRADING = 24, 5  # of a step, graded from its start on, where a dose falls: numbers of the method


def parts(edges: FloatArray) -> FloatArray:
    """The edges (steps, PARTS + 1) of the parts of each step between `edges` (steps + 1,): doses fall on the starts of steps."""
    graded: FloatArray = edges[:-1, None] + np.diff(edges)[:, None] * (np.arange(PARTS + 1) / PARTS) ** GRADING
    return graded


def asked(edges: FloatArray) -> FloatArray:
    """The days (steps, PARTS, 2) at which plasma is needed; the end of a step lies before the dose that begins the next."""
    days = np.stack([stages(step) for step in parts(edges)])
    days[:, -1, 1] = np.nextafter(edges[1:], 0.0)
    return days


def ground_table(ground: Microenvironment, value: Value, drugs: Sequence[str]) -> TissueTable:
    """The table of a breeding ground for some drugs, with what is slow among them."""
    return lower_ground(ground, value, drugs)._replace(slow=lower_slows(ground, value, drugs))


@dataclass(slots=True)
class SlowState:
    """The amounts of the slow drugs in the tissue of B rows, on the drug's grid."""

    drugs: tuple[int, ...]
    flow: Flow  # (B, cells)
    held: list[Held]  # one a slow drug, (B, cells)
    level: list[FloatArray]  # one a slow drug, (B, P, PARTS + 1) unbound uM at the edges of the parts

    def levels(self, drug: int) -> FloatArray | None:
        """The levels of a drug in the step just passed, (B, P, PARTS + 1), None where it is quasi-steady."""
        return self.level[self.drugs.index(drug)] if drug in self.drugs else None


def slow_drugs(ground: TissueTable) -> tuple[int, ...]:
    """The drugs that are slow in some row.

    >>> from types import SimpleNamespace
    >>> slow_drugs(SimpleNamespace(slow=np.array([[[5.0, 0.0], [7.0, 1.0]]])))
    (1,)
    """
    return tuple(int(drug) for drug in np.flatnonzero((ground.slow[:, :, -1] > 0.0).any(axis=0)))


def begin(ground: TissueTable, faces: FloatArray) -> SlowState:
    """No drug in the tissue yet."""
    drugs, flow = slow_drugs(ground), _flow(ground, faces)
    shape = (*ground.slow.shape[:1], faces.shape[1] - 1, PARTS + 1)
    return SlowState(drugs, flow, [empty(flow) for _ in drugs], [np.zeros(shape) for _ in drugs])


def _flow(ground: TissueTable, faces: FloatArray) -> Flow:
    return flow_of(ground, faces, fitting(Fineness(), faces.shape[1] - 1).drug)


def follow(state: SlowState, ground: TissueTable, faces: FloatArray, rows: IntArray) -> None:
    """The tissue of `rows` has moved: flow anew and amounts on the new grid; growth dilutes, what shrinks keeps its levels.

    `ground` and `faces` are those of the rows alone.
    """
    fresh, old = _flow(ground, faces), state.flow.faces[rows]
    thinner = np.minimum((old[:, -1:] / fresh.faces[:, -1:]) ** 3, 1.0)
    for held in state.held:
        there = recut(Held(*(column[rows] for column in held)), old, fresh.faces)
        for column, now in zip(held, there, strict=True):
            column[rows] = now * thinner
    for column, now in zip(state.flow, fresh, strict=True):
        column[rows] = now


def pass_step(state: SlowState, ground: TissueTable, plasma: FloatArray, edges: FloatArray, faces: FloatArray) -> None:
    """One step of all rows; `plasma` (B, drugs, PARTS, 2) uM at the stages of the parts between `edges` (PARTS + 1,) days."""
    for place, drug in enumerate(state.drugs):
        *columns, carried, _ = np.moveaxis(ground.slow[:, drug], -1, 0)
        table = SlowTable(*(np.ascontiguousarray(column) for column in columns))
        felt_level = state.level[place]
        felt_level[:, :, 0] = felt_level[:, :, -1]
        for part, span in enumerate(np.diff(edges).tolist()):
            level = plasma[:, drug, part]
            both = np.stack([level * carried[:, None], level * (1.0 - carried[:, None])], axis=-1)
            state.held[place] = moved(table, state.flow, state.held[place], both, span)[1]
            felt_level[:, :, part + 1] = average(state.flow.faces, np.maximum(state.held[place].unbound, 0.0), faces)


def felt(level: FloatArray, trap: FloatArray, half: FloatArray, power: FloatArray) -> FloatArray:
    """The share of the largest effect (rows, P) over the parts; `level` (rows, P, PARTS + 1), `trap` (rows, P), the others (rows,).

    A part counts with the mean of the effects at its two ends.
    """
    weight = _weights()
    raised = (level * trap[:, :, None] / half[:, None, None]) ** power[:, None, None]
    share: FloatArray = np.add.reduce(raised / (1.0 + raised) * weight, axis=2)  # no BLAS: a row keeps its bits in any batch
    return share


def _weights() -> FloatArray:
    """What each edge of the parts (PARTS + 1,) counts in a mean over a step."""
    half_part = 0.5 * np.diff((np.arange(PARTS + 1) / PARTS) ** GRADING)
    weight: FloatArray = np.append(half_part, 0.0) + np.append(0.0, half_part)
    return weight


def held(state: SlowState) -> dict[int, FloatArray]:
    """The unbound level (rows, P) uM of each slow drug, mean of the step just passed; 0 before the first."""
    return {drug: mean_level(state.level[place]) for place, drug in enumerate(state.drugs)}


def mean_level(level: FloatArray) -> FloatArray:
    """The mean (rows, P) over the parts of a step of levels (rows, P, PARTS + 1) at their edges."""
    return np.asarray(np.add.reduce(level * _weights(), axis=2))


def typical(
    ground: TissueTable,
    faces: FloatArray,
    plasma: tuple[FloatArray, FloatArray],
    drug: int,
    curve: tuple[FloatArray, FloatArray, FloatArray],
) -> FloatArray:
    """The share of a drug's largest effect (patients, P), averaged over a whole plan in a tissue that stays as it is.

    `plasma` as in `Shared.plasma_at` under one plan, with the edges (steps + 1,) of its steps; `curve` trap, half and power as
    for `felt`.
    """
    levels, edges = plasma
    state, total = begin(ground, faces), np.zeros((faces.shape[0], faces.shape[1] - 1))
    for step, days in enumerate(parts(edges)):
        pass_step(state, ground, levels[:, :, step], days, faces)
        total += felt(state.level[state.drugs.index(drug)], *curve) * (days[-1] - days[0])
    return np.asarray(total / (edges[-1] - edges[0]))
