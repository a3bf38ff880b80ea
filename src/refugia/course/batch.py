"""The state of a batch of site-courses, and the tables that its rows read."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from refugia.barriers.exposure import Fields
from refugia.barriers.lower import TissueTable
from refugia.clones.lower import CloneTable
from refugia.course.events import Strike
from refugia.course.lower import Lowered, Rows, Shared, Stock
from refugia.course.slow import SlowState
from refugia.course.tracks import Change
from refugia.engine.addresses import Chance
from refugia.engine.step import Exchange, Links, Mutation
from refugia.engine.transition import Transition, empty_transition
from refugia.havens.wall import WallTable
from refugia.terms import FloatArray

IntArray = NDArray[np.int64]


def pick(table: Any, entries: IntArray) -> Any:
    """The given entries of every column of a table."""
    return type(table)(*(column[entries] for column in table))


@dataclass(slots=True)
class Batch:
    """A batch of B rows with P places, C clones and D drugs; the only state that moves through time."""

    shared: Shared
    rows: Rows
    source: CloneTable
    ground: TissueTable
    haven: WallTable
    kill: FloatArray  # (B, D) 1/day at full effect
    days: FloatArray  # (steps + 1,)
    tolerance: float  # fields are solved anew once the tissue moved by this share
    cells: IntArray  # (B, P, C)
    inert: FloatArray  # (B, P) mm3
    chance: Chance
    mutation: Mutation
    exchange: Exchange
    links: Links
    table: Transition
    fields: Fields
    wall: FloatArray  # (B, P, D)
    live: FloatArray  # (B, P)
    solved_radius: FloatArray  # (B,) when the fields were last solved
    solved_live: FloatArray  # (B, P)
    growth_norm: FloatArray  # (B,) mean of the oxygen factor at baseline, 0 before it is known
    stale: NDArray[np.bool_]  # (B,) rows whose fields must be solved anew in this step
    changed: NDArray[np.bool_]  # (B,) rows whose shells were cut anew, or whose tables are others
    felt: FloatArray  # (B, P) largest share of a drug's effect
    effects: FloatArray  # (B, P, D) the same of each drug
    dose: FloatArray  # (B, P, D) its level over ec50, 0 where no clone is linked
    stock: Stock  # every table, from which changes take theirs
    changes: dict[int, list[Change]]  # step -> which rows read other tables from there on
    strikes: dict[int, list[Strike]]  # step -> what is done to which rows at its start
    moving: float = 0.0  # days of moves for which the switching chances stand
    slow: SlowState | None = None  # what the tissue holds of slow drugs, None where all are quasi-steady
    step: int = 0
    volume: FloatArray = field(default_factory=lambda: np.zeros(0))  # (B, steps + 1) mm3

    @property
    def faces(self) -> FloatArray:
        """Radii of the shells, (B, P + 1) mm."""
        return self.exchange.faces

    def times(self) -> tuple[float, float]:
        """Days of moves and of birth and death in this step: the later half of the moves of a step is drawn with the next."""
        steps = np.diff(self.days, prepend=self.days[0], append=self.days[-1])
        return float(0.5 * (steps[self.step] + steps[self.step + 1])), float(steps[self.step + 1])


def _by_step(happenings: Iterable[Any], whole: IntArray) -> dict[int, list[Any]]:
    """Changes or strikes of a slice of rows `whole` (B,), by their step, with their rows counted within the slice."""
    found: dict[int, list[Any]] = {}
    for one in happenings:
        inside = (one.row >= whole[0]) & (one.row <= whole[-1])
        if inside.any():
            columns = {name: _only(column, inside) for name, column in one._asdict().items()}
            columns["row"] = columns["row"] - whole[0]
            found.setdefault(one.step, []).append(one._replace(**columns))
    return found


def _only(column: Any, inside: NDArray[np.bool_]) -> Any:
    """The entries of a column, or of a table's columns, that are inside; anything else as it is."""
    if isinstance(column, np.ndarray):
        return column[inside]
    return type(column)(*(inner[inside] for inner in column)) if isinstance(column, tuple) else column


def batch(lowered: Lowered, kill: FloatArray, tolerance: float, part: slice) -> Batch:
    """The batch of a slice of a run's rows, at day 0; `kill` (patients, D)."""
    whole = np.arange(len(lowered.rows.source))[part]
    rows = pick(lowered.rows, whole)
    source = pick(lowered.stock.source, rows.source)
    cells = lowered.stock.cells[rows.source]
    size, places, clones = cells.shape
    drugs = kill.shape[1]
    genealogy = lowered.shared.genealogy
    zero = np.zeros((size, places))
    return Batch(
        shared=lowered.shared, rows=rows, source=source, ground=pick(lowered.stock.ground, rows.ground),
        haven=pick(lowered.stock.haven, rows.haven), kill=kill[rows.patient], days=lowered.edges, tolerance=tolerance,
        cells=cells, inert=lowered.stock.inert[rows.source],
        chance=Chance(lowered.stock.keys[rows.source], lowered.shared.words, np.uint32(0)),
        mutation=Mutation(genealogy.parent, genealogy.child, lowered.shared.edge_words, source.rate),
        exchange=Exchange(genealogy.partner, np.zeros(cells.shape), source.mobility, np.zeros((size, places + 1))),
        links=_links(lowered.shared, size, places),
        table=empty_transition((size, places, clones)),
        fields=Fields(np.ones((size, places, drugs)), zero.copy(), zero.copy(), zero.copy(), zero.copy()),
        wall=np.ones((size, places, drugs)), live=zero.copy(), solved_radius=np.full(size, np.inf), solved_live=zero.copy(),
        growth_norm=np.zeros(size), stale=np.zeros(size, bool), changed=np.zeros(size, bool), felt=zero.copy(),
        effects=np.zeros((size, places, drugs)), dose=np.zeros((size, places, drugs)),
        stock=lowered.stock, changes=_by_step(lowered.changes, whole), strikes=_by_step(lowered.strikes, whole),
        volume=np.zeros((size, len(lowered.edges))),
    )  # fmt: skip


def _links(shared: Shared, size: int, places: int) -> Links:
    """The links between clones, with no chance of a move yet."""
    first, second = np.ascontiguousarray(shared.genealogy.link.T)
    word = np.stack([shared.turn_words[first, second], shared.turn_words[second, first]], axis=1)
    return Links(first, second, word, np.zeros((size, places, first.size, 2)))
