"""Clones of well-mixed cells, neutral or resistant: the numerical side of studies, by rows of cells, a world in each place."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from refugia.engine.rows.life import Edge, Life, ground, life
from refugia.engine.rows.lineage import Lineage, founders
from refugia.engine.rows.moment import moment
from refugia.engine.rows.rows import Rows, rows_of
from refugia.engine.rows.step import advance
from refugia.engine.voxels.grid import Grid
from refugia.terms import FloatArray

PITCH = 0.1
"""mm, a voxel: nobody moves, so that it does not matter."""


def williams2016_spectrum(
    *,
    start: float,
    birth: float,
    days: float,
    marks: float,
    sizes: Sequence[float],
    worlds: float,
    step: float = 0.05,
    seed: float = 1.0,
) -> dict[str, float]:
    """How many neutral mutations have reached how many cells (Williams 2016), in cells that grow well mixed and do not die.

    Inputs: `start` cells; `birth` 1/day; `days` of growth; `marks` mutations a division; `sizes` a list of numbers of cells;
    `worlds` of which the mean is taken. Settings: `step` days, `seed`.

    Outputs: for every size k as printed by `format(k, "g")`: `reach_16`, mutations of a world carried by k cells or more; and
    `exponent`, of the spectrum against frequency, - (one more than that of `reach` between the first and the last size).

    >>> found = williams2016_spectrum(start=4.0, birth=1.0, days=4.0, marks=0.05, sizes=[1, 4], worlds=300.0)
    >>> 9.0 < found["reach_1"] < 12.5, found["reach_4"] < found["reach_1"]
    (True, True)
    """
    rules = life([birth], [0.0], edges=[Edge(0, 0, marks, "mark")])
    _, lineage, sums = _grown(rules, round(start), (round(worlds), round(days / step), step, round(seed)))
    for clone in range(lineage.parent.size - 1, 0, -1):  # parents stand before their children
        if lineage.parent[clone] > 0:
            sums[lineage.parent[clone]] += sums[clone]
    found = {f"reach_{size:g}": float((sums[1:] >= size).sum()) / worlds for size in sizes}
    least, most = found[f"reach_{sizes[0]:g}"], found[f"reach_{sizes[-1]:g}"]
    return found | {"exponent": 1.0 + float(np.log(least / most) / np.log(sizes[-1] / sizes[0]))}


def iwasa2006_survivors(
    *,
    start: float,
    birth: float,
    death: float,
    days: float,
    mutation: float,
    worlds: float,
    step: float = 5.0,
    seed: float = 1.0,
) -> dict[str, float]:
    """Resistant clones at detection, alive or lasting (Iwasa 2006; Bozic and Nowak 2014), resistance being neutral until then.

    Inputs: `start` cells; `birth` and `death` 1/day of both kinds; `days` of growth; `mutation` to resistance a division; `worlds`.
    A clone of n cells lasts with chance 1 - (death/birth)^n. Settings: `step` days, `seed`.

    Outputs, means over worlds: `alive` clones, and those that last, `surviving`; `any_alive` and `any_surviving`, chances -.

    >>> found = iwasa2006_survivors(start=400.0, birth=0.25, death=0.181, days=20.0, mutation=2e-4, worlds=300.0)
    >>> 0.0 < found["any_surviving"] < found["any_alive"] < 1.0
    True
    """
    rules = life([birth] * 2, [death] * 2, edges=[Edge(0, 1, mutation, "gain")])
    many = round(worlds)
    rows, lineage, _ = _grown(rules, round(start), (many, round(days / step), step, round(seed)))
    mutant = lineage.genotype[rows.clone] == 1
    place = rows.place[mutant]
    logs = rows.count[mutant] * np.log(death / birth)  # logarithm of the chance that a clone is lost
    alive = np.bincount(place, minlength=many)
    none_lasts = np.exp(np.bincount(place, logs, many))
    return {
        "alive": float(alive.mean()), "surviving": float(-np.expm1(logs).sum()) / many,
        "any_alive": float((alive > 0).mean()), "any_surviving": float(1.0 - none_lasts.mean()),
    }  # fmt: skip


def _grown(rules: Life, start: int, how: tuple[int, int, float, int]) -> tuple[Rows, Lineage, FloatArray]:
    """Worlds begun with as many cells of one founder, after steps; and the cells (clone,) of each clone.

    how: worlds, steps, days of a step, seed.
    """
    worlds, steps, step, seed = how
    where, place = ground(Grid((1, 1, worlds), PITCH)), np.arange(worlds)
    rows, lineage = rows_of(place, np.zeros_like(place), np.full_like(place, start)), founders([0], ["one"])
    for number in range(steps):
        rows, lineage = advance(rows, lineage, where, rules, moment(seed, "worlds", number, number * step, step))
    return rows, lineage, np.bincount(rows.clone, rows.count, lineage.parent.size).astype(np.float64)
