"""From copies to reads: which shares of mutated reads a cell fraction may give, as the number of mutated copies is not known.

Three populations of cells, normal, cancer without and cancer with the mutation, hold N_N, N_R and N_V copies of the
place, of which m
are mutated; purity r, cell fraction x, error rate e:

    E[VAF] = ((1 - r) N_N e + r (1 - x) N_R e + r x m) / ((1 - r) N_N + r (1 - x) N_R + r x N_V),      r x m at most r
    x N_V (1 - e).

Two conventions. CLONAL: all cancer cells have the same copies (N_R = N_V), m from 1 to the major copy number. EITHER_SIDE, as
PyClone-VI has it: the mutation came before the copy change (N_R = N_N, m from 1 to the major number) or after it (N_R
= N_V, m = 1).
Where only a share f of the cancer cells has a second pair of copy numbers, N_R = N_V is their mean, and m is a whole
number of copies or
the mean of a copies in the one part and b in the other.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from refugia.engine.curves import Forms
from refugia.inference.reads.table import Copies

CLONAL, EITHER_SIDE = "clonal", "either-side"
MODELS = (CLONAL, EITHER_SIDE)

Form = tuple[float, float, float, float, float]
"""p0, p1, q0, q1 and the number of mutated copies m."""


def expected(copies: Copies, copies_without: float, copies_with: float, mutated: float) -> Form:
    """The share of mutated reads (p0 + p1 x) / (q0 + q1 x) for N_R, N_V and m."""
    r, e = copies.purity, copies.error
    normal = (1 - r) * copies.normal
    top = min(mutated, copies_with * (1 - e))
    return (
        normal * e + r * copies_without * e, r * top - r * copies_without * e,
        normal + r * copies_without, r * (copies_with - copies_without), mutated,
    )  # fmt: skip


def forms_of(copies: Copies, model: str = CLONAL) -> list[Form]:
    """All forms that a place allows, equally likely beforehand."""
    if copies.ratio is not None:
        return [(0.0, copies.ratio, 1.0, 0.0, 1.0)]
    total = copies.total
    if total == 0:
        return [(0.0, 0.0, 1.0, 0.0, 0.0)]
    if copies.second > 0:
        return [expected(copies, total, total, m) for m in _mixed(copies)]
    if model == CLONAL or total == copies.normal:
        return [expected(copies, total, total, m) for m in range(1, max(copies.major, 1) + 1)]
    before = [expected(copies, copies.normal, total, m) for m in range(1, copies.major + 1)]
    return [*before, expected(copies, total, total, 1)]


def _mixed(copies: Copies) -> list[float]:
    """Mutated copies where two populations differ in copy number: whole numbers in one of them, or means over both."""
    most = max(copies.major, copies.second_major)
    means = {
        (1 - copies.second) * a + copies.second * b
        for a in range(min(copies.major, 1), copies.major + 1)
        for b in range(min(copies.second_major, 1), copies.second_major + 1)
    }
    return sorted({*map(float, range(1, most + 1)), *(mean for mean in means if mean > 0)})


def table_of(places: tuple[Copies, ...], model: str = CLONAL) -> tuple[Forms, list[list[float]]]:
    """The forms of all kinds of places as arrays, and the mutated copies of each form."""
    found = [forms_of(place, model) for place in places]
    start = np.cumsum([0, *(len(forms) for forms in found)]).astype(np.int64)
    columns = np.array([form[:4] for forms in found for form in forms], float).T
    weights = np.array([-np.log(len(forms)) for forms in found for _ in forms])
    p0, p1, q0, q1 = (np.ascontiguousarray(column) for column in columns)
    return Forms(start, p0, p1, q0, q1, weights), [[form[4] for form in forms] for forms in found]


def shown(copies: Copies, model: str = CLONAL) -> Iterator[tuple[float, float]]:
    """Mutated copies m, and the share of mutated reads over the cell fraction at a fraction of 1 (the ratio of `.ssm` files)."""
    for p0, p1, q0, q1, m in forms_of(copies, model):
        yield m, (p0 + p1) / (q0 + q1)
