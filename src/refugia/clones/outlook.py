"""What the theory says of a body of lesions: the chances that therapies fail, and the exact law of its clones, drawn."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from refugia.clones import combination, luria_delbrueck
from refugia.clones.combination import Targets, Therapy
from refugia.clones.turnover import Turnover
from refugia.engine.arrivals import Founding, Lines, founded
from refugia.engine.keys import name_word, subkeys
from refugia.terms import FloatArray

WORD = "resistant clones"


@dataclass(frozen=True, slots=True)
class Body:
    """Lesions of so many cells, and the population they are made of; `sizes` (lesion,)."""

    sizes: FloatArray
    source: Turnover

    @property
    def total(self) -> float:
        """Cells of all lesions."""
        return float(self.sizes.sum())

    @property
    def mean_alive(self) -> float:
        """Mean number of resistant clones alive in the body."""
        return float(luria_delbrueck.alive(self.total, self.source))

    @property
    def mean_surviving(self) -> float:
        """Mean number of resistant clones that will not die out by themselves."""
        return float(luria_delbrueck.surviving(self.total, self.source))


@dataclass(frozen=True, slots=True)
class Failure:
    """Chances that a therapy does not cure; each (lesion,)."""

    mono: tuple[FloatArray, ...]  # a drug each
    sequential: FloatArray | None
    simultaneous: FloatArray | None


def failure(body: Body, therapy: Therapy, targets: Targets | float) -> Failure:
    """Chance that one drug (positions), or two in a row and at once (`Targets`), fail in each lesion."""
    if not isinstance(targets, Targets):
        return Failure((-np.expm1(combination.one_step(body.sizes, therapy, targets)),), None, None)
    alone = tuple(
        -np.expm1(combination.one_step(body.sizes, therapy, positions + targets.shared)) for positions in targets[:2]
    )
    return Failure(
        alone,
        combination.sequential_failure(body.sizes, therapy, targets),
        -np.expm1(combination.simultaneous(body.sizes, therapy, targets)),
    )


def drawn(size: float, source: Turnover, lesions: int, seed: int, counted: int) -> Lines:
    """So many lesions of a size from the exact law: their clones one by one, the `counted` largest and oldest reported.

    Keyed by the lesion's number: lesion 3 of 10 is lesion 3 of 1000. Raises ValueError where a lesion holds too many to be drawn.
    """
    lines = float(luria_delbrueck.load(size, source))
    law = Founding(lines, min(1.0 / size, 1.0), float(source.resistant), float(source.growth))
    return founded(law, subkeys(seed, np.arange(lesions), WORD), name_word(WORD), counted)
