"""The table of a dissection: what each way out, each of its parts and each pair is worth, with intervals."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from refugia.dissection.bootstrap import Interval95, interval
from refugia.dissection.shapley import Groups, alone, interactions, last, owen, quotient, shares
from refugia.terms import FloatArray, Rows


@dataclass(frozen=True, slots=True)
class Share:
    """What one mechanism, or one part of it, is worth on one merit: means over patients, 95 % intervals."""

    mechanism: str
    part_of: str | None
    merit: str
    alone: float
    alone_low: float
    alone_high: float
    last: float
    last_low: float
    last_high: float
    share: float
    low: float
    high: float


class ShareTable(Rows[Share]):
    """The shares of a dissection; prints as a table."""

    __slots__ = ()

    def ranked(self, merit: str) -> list[Share]:
        """The shares of one merit, largest first, each mechanism followed by its parts."""
        whole = sorted((row for row in self if row.merit == merit and row.part_of is None), key=lambda row: -row.share)
        parts = [row for row in self if row.merit == merit and row.part_of is not None]
        return [row for top in whole for row in (top, *(part for part in parts if part.part_of == top.mechanism))]

    def __str__(self) -> str:
        """One line a mechanism, merit by merit."""
        lines = []
        for merit in dict.fromkeys(row.merit for row in self):
            lines.append(f"{merit:<28}{'share':>9}{'low':>9}{'high':>9}{'alone':>9}{'last':>9}")
            for row in self.ranked(merit):
                name = f"  {row.mechanism}" if row.part_of else row.mechanism
                lines.append(f"{name:<28}" + "".join(f"{x:>9.3f}" for x in (row.share, row.low, row.high, row.alone, row.last)))
        return "\n".join(lines)


@dataclass(frozen=True, slots=True)
class Interaction:
    """How much more two mechanisms lifted together do than apart, on one merit: mean over patients with a 95 % interval."""

    a: str
    b: str
    merit: str
    value: float
    low: float
    high: float


class InteractionTable(Rows[Interaction]):
    """The pairwise interactions of a dissection; prints as a table, the largest first."""

    __slots__ = ()

    def __str__(self) -> str:
        """One line a pair, merit by merit."""
        lines = []
        for merit in dict.fromkeys(row.merit for row in self):
            lines.append(f"{merit:<48}{'value':>9}{'low':>9}{'high':>9}")
            for row in sorted((row for row in self if row.merit == merit), key=lambda row: -abs(row.value)):
                numbers = "".join(f"{number:>9.3f}" for number in (row.value, row.low, row.high))
                lines.append(f"{f'{row.a} & {row.b}':<48}{numbers}")
        return "\n".join(lines)


@dataclass(frozen=True, slots=True)
class Players:
    """Who shares: the mechanisms of a case, the bits of each, and the names of its parts (none where it has one bit).

    >>> Players(("wall", "matrix"), ((0, 1), (2,)), (("tightness", "pumps"), ())).groups
    ((0, 1), (2,))
    """

    names: tuple[str, ...]
    groups: Groups
    parts: tuple[tuple[str, ...], ...]

    def __post_init__(self) -> None:
        """Raises ValueError where names, groups and parts do not match."""
        if not len(self.names) == len(self.groups) == len(self.parts):
            raise ValueError("names, groups and parts must be of one length")
        for name, group, parts in zip(self.names, self.groups, self.parts, strict=True):
            if len(group) != (len(parts) or 1):
                raise ValueError(f"{name} has {len(group)} bits and {len(parts)} named parts")


def attribute(gains: Mapping[str, FloatArray], players: Players, seed: int) -> tuple[tuple[Share, ...], tuple[Interaction, ...]]:
    """Shares and interactions on every merit, from the gains of all subsets of lifts.

    gains: for each merit (patients, 2**bits), the gain over the unlifted arm in the order of the bits. Each mechanism's row is
    followed by those of its parts. All merits resample the same patients. Raises RefugiaError above 10 bits.

    >>> rows, pairs = attribute({"control": np.array([[0.0, 1.0, 2.0, 7.0]])}, Players(("a", "b"), ((0,), (1,)), ((), ())), seed=7)
    >>> [(row.mechanism, row.alone, row.last, row.share) for row in rows], pairs[0].value
    ([('a', 1.0, 5.0, 3.0), ('b', 2.0, 6.0, 4.0)], 4.0)
    """
    rows: list[Share] = []
    pairs: list[Interaction] = []
    for merit, v in gains.items():
        rows += _shares(merit, v, players, seed)
        pairs += _interactions(merit, quotient(v, players.groups), players.names, seed)
    return tuple(rows), tuple(pairs)


def _shares(merit: str, v: FloatArray, players: Players, seed: int) -> Iterator[Share]:
    """Rows of one merit; columns are the mechanisms first, then all bits, for each of the three figures."""
    whole = quotient(v, players.groups)
    count = len(players.names)
    figures = [
        interval(np.concatenate(both, axis=1), seed)
        for both in ((alone(whole), alone(v)), (last(whole), last(v)), (shares(whole), owen(v, players.groups)))
    ]
    for place, (name, group, parts) in enumerate(zip(players.names, players.groups, players.parts, strict=True)):
        yield Share(name, None, merit, *_figures(figures, place))
        for part, bit in zip(parts, group, strict=False):
            yield Share(part, name, merit, *_figures(figures, count + bit))


def _figures(figures: list[Interval95], column: int) -> Iterator[float]:
    return (float(array[column]) for figure in figures for array in figure)


def _interactions(merit: str, whole: FloatArray, names: tuple[str, ...], seed: int) -> Iterator[Interaction]:
    pairs, values = interactions(whole)
    figure = interval(values, seed)
    for column, (a, b) in enumerate(pairs):
        yield Interaction(names[a], names[b], merit, *(float(array[column]) for array in figure))
