"""The lineage: who descends from whom, since when and from where. A clone is one line of a genotype; its number is its row here."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from refugia.engine.keys import name_word

Int32 = NDArray[np.int32]


class Lineage(NamedTuple):
    """The clones, each column (clone,): `parent` or -1, `genotype`, `day` and `place` of birth (-1 for founders), `word` the
    address of its chance, `other` the clone that holds the cells of the same line in the other state, or -1.

    A genotype with two states is two genotypes, partners of each other. A line of such a genotype is two clones with neighbouring
    numbers, founded together: the one that was born, and after it, as its child of the same day and place, its other state.
    A clone keeps its number for ever, and its word is made of its parent's word, place, step and edge, not of its number.
    """

    parent: Int32
    genotype: Int32
    day: NDArray[np.float64]
    place: Int32
    word: NDArray[np.uint32]
    other: Int32


def founders(genotypes: Sequence[int], names: Sequence[str], partner: Sequence[int] = (), day: float = 0.0) -> Lineage:
    """The clones a course begins with, named so that their chance does not hang on their order; `partner` (genotype,) or nothing.

    The founder k of a genotype without a partner is one clone, of one with a partner two: `numbers` says which.
    Raises ValueError where names repeat, or their number is not that of the genotypes.

    >>> founders([0, 2], ["first", "second"], partner=[1, 0, -1]).other.tolist()
    [1, 0, -1]
    """
    if len(names) != len(genotypes) or len(set(names)) != len(names):
        raise ValueError(f"Founders {', '.join(names)}: each genotype needs one founder's name, and no name may stand twice.")
    none = np.full(len(genotypes), -1, np.int32)
    first = np.array([name_word(name) for name in names], np.uint32)
    born = Born(none, np.array(genotypes, np.int32), np.full(len(genotypes), day), none, first)
    blank = np.zeros(0, np.int32)
    empty = Lineage(blank, blank, np.zeros(0), blank, np.zeros(0, np.uint32), blank)
    return extended(empty, born, np.array(partner, np.int32))[0]


def numbers(genotypes: Sequence[int], partner: Sequence[int] = ()) -> list[int]:
    """Which clone each of the founders of these genotypes is.

    >>> numbers([0, 2, 0], partner=[1, 0, -1])
    [0, 2, 3]
    """
    sizes = [2 if partner and partner[genotype] >= 0 else 1 for genotype in genotypes]
    return [sum(sizes[:k]) for k in range(len(sizes))]


class Born(NamedTuple):
    """Lines founded in a step, each column (line,): parent clone, genotype, day, place, word."""

    parent: Int32
    genotype: Int32
    day: NDArray[np.float64]
    place: Int32
    word: NDArray[np.uint32]


def extended(lineage: Lineage, born: Born, partner: Int32) -> tuple[Lineage, Int32]:
    """The lineage with new lines at its end, and the number (line,) of each.

    Raises OverflowError where there would be more clones than 32 bits count.
    """
    clones = lineage.parent.size
    double = partner[born.genotype] >= 0 if partner.size else np.zeros(born.parent.size, np.bool_)
    first = np.cumsum(1 + double) - (1 + double) + clones
    if first.size and first[-1] > 2**31 - 3:
        raise OverflowError(f"{first[-1]} clones do not fit 32 bits. Lower the rates at which clones are founded.")
    number = first.astype(np.int32)
    if not double.any():
        other = np.full(number.size, -1, np.int32)
        return _joined(lineage, Lineage(*born, other)), number
    of = np.repeat(np.arange(number.size), 1 + double)
    second = np.concatenate([[False], of[1:] == of[:-1]])
    parent = np.where(second, number[of], born.parent[of])
    genotype = np.where(second, partner[born.genotype[of]], born.genotype[of])
    word = np.where(second, born.word[of] ^ np.uint32(name_word("the other state")), born.word[of])
    other = np.where(second, number[of], np.where(double[of], number[of] + 1, -1))
    added = Lineage(parent, genotype, born.day[of], born.place[of], word, other)
    return _joined(lineage, added), number


def _joined(one: Lineage, other: Lineage) -> Lineage:
    """The columns of one lineage before those of another, in the kinds of the first."""
    pairs: Iterable[tuple[Any, Any]] = zip(one, other, strict=True)
    return Lineage(*(np.concatenate((a, b)).astype(a.dtype) for a, b in pairs))
