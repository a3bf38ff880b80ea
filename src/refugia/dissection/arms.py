"""The arms of a dissection: every set of the case's mechanisms lifted from the same body."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from refugia.course.case import Case
from refugia.dissection.attribution import Players
from refugia.subject import MECHANISMS, Lifts, Subject, mechanism
from refugia.terms import Mechanism, RefugiaError

IntArray = NDArray[np.int64]
MOST_BITS = 10


class Arms(NamedTuple):
    """Who shares, which mechanism each bit lifts, and the body of every subset of bits (the unlifted one first)."""

    players: Players
    bits: tuple[Mechanism, ...]
    bodies: tuple[Subject, ...]


def parts_of(name: str) -> tuple[Mechanism, ...]:
    """The parts of a mechanism, none where it has none.

    >>> [part.name for part in parts_of("wall")]
    ['wall tightness', 'wall pumps']
    """
    return tuple(known for known in MECHANISMS if known.part_of == name)


def arms(case: Case) -> Arms:
    """All subsets of the mechanisms that the case lists; a mechanism with parts takes a bit for each of them.

    Raises RefugiaError above ten bits, or where a listed name is a part of another mechanism.
    """
    groups: list[tuple[int, ...]] = []
    bits: list[Mechanism] = []
    for name in case.mechanisms:
        whole = mechanism(name)
        if whole.part_of is not None:
            raise RefugiaError(f'"{name}" is a part of "{whole.part_of}". List "{whole.part_of}"; its parts come along.')
        pieces = parts_of(name) or (whole,)
        groups.append(tuple(range(len(bits), len(bits) + len(pieces))))
        bits += pieces
    if len(bits) > MOST_BITS:
        raise RefugiaError(
            f"The case lists mechanisms with {len(bits)} bits; all subsets are run up to {MOST_BITS}. List fewer mechanisms."
        )
    bodies, lifts = [case.subject], Lifts()
    for bit in bits:
        bodies += [body.lifted(bit, lifts) for body in bodies]
    named = tuple(tuple(part.name for part in parts_of(name)) for name in case.mechanisms)
    return Arms(Players(case.mechanisms, tuple(groups), named), tuple(bits), tuple(bodies))


def redundant(arms: Arms, index: IntArray) -> tuple[tuple[str, str], ...]:
    """Pairs of bits whose lifted tables are equal in every site and patient; `index` (body, patient, site) names the rows run.

    What plays no part at all is not redundant but a dummy, and is left out.
    """
    pairs = []
    for a in range(len(arms.bits)):
        for b in range(a + 1, len(arms.bits)):
            one, other = index[1 << a], index[1 << b]
            if np.array_equal(one, other) and not np.array_equal(one, index[0]):
                pairs.append((arms.bits[a].name, arms.bits[b].name))
    return tuple(pairs)


def dummies(arms: Arms, index: IntArray) -> tuple[str, ...]:
    """Mechanisms that change no table of any site in any patient."""
    return tuple(
        name for name, group in zip(arms.players.names, arms.players.groups, strict=True)
        if np.array_equal(index[sum(1 << bit for bit in group)], index[0])
    )  # fmt: skip
