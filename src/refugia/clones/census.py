"""What reads of a lesion found standing before therapy: which clones, in which parts, and what they could not have seen."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from math import inf

import numpy as np
from numpy.typing import NDArray

from refugia.terms import FloatArray, Number, Parameter, number

Shares = tuple[tuple[float, ...], ...]


@dataclass(frozen=True, slots=True)
class Census:
    """Draws from what is known of the clones of a lesion: each is a tree of clones with their parts of the living cells.

    All draws are as likely as any other. A patient has the draw at the quantile `lot`; draws are in the order of the cells that
    resist, so that patients spread evenly over them. What the clones leave belongs to the first clone of the case.
    """

    shares: Shares = field(repr=False)  # (draw, clone) of all living cells
    found: tuple[str, ...]  # alterations that were seen: their clones stand in the draws, and the assumed share is not used
    limits: tuple[tuple[str, float], ...]  # alterations looked for and not seen, and the share above which they would have been
    reads: tuple[Parameter, ...]  # the file, and what was made of it, for the list of numbers
    lot: Number = number("")  # quantile of the draw, from 0 to 1

    def without(self, clones: Iterable[int]) -> Census:
        """The same draws with the cells of some clones, by index, in the first clone.

        >>> one = Census(((0.0, 0.25, 0.5),), ("M",), (), (), 0.5)
        >>> one.without([2]).shares
        ((0.0, 0.25, 0.0),)
        """
        gone = frozenset(clones)
        return replace(self, shares=tuple(tuple(0.0 if n in gone else part for n, part in enumerate(draw)) for draw in self.shares))

    def picked(self, lot: FloatArray) -> FloatArray:
        """The parts (patients, clone) that fall to patients, by their quantiles (patients,).

        >>> Census(((0.0, 0.1), (0.0, 0.3)), (), (), (), 0.5).picked(np.array([0.2, 0.9])).tolist()
        [[0.0, 0.1], [0.0, 0.3]]
        """
        draws: NDArray[np.float64] = np.array(self.shares)
        return draws[np.clip((lot * len(draws)).astype(np.int64), 0, len(draws) - 1)]

    def limit(self, alteration: str) -> float:
        """The share above which an alteration would have been seen; inf where it was not looked for.

        >>> Census(((0.0,),), (), (("M", 0.02),), (), 0.5).limit("M")
        0.02
        """
        return dict(self.limits).get(alteration, inf)
