"""The arms of a dissection: every set of the case's mechanisms lifted from the same body."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from refugia.course.case import Case
from refugia.dissection.attribution import Players
from refugia.dissection.shapley import EXACT, Groups, coalitions, ends, sampled_orders
from refugia.subject import MECHANISMS, Lifts, Subject, mechanism
from refugia.terms import Mechanism, RefugiaError

IntArray = NDArray[np.int64]
ORDERS = 64
"""Orders of lifting sampled where there are too many mechanisms for all subsets, every other one the reverse of the one before."""
MOST_BITS = 62  # of a mask


class Arms(NamedTuple):
    """Who shares, which mechanism each bit lifts, and the body of every subset of bits that is run, as a bit mask in rising order
    (the unlifted one first, all lifted last): all of them, or those that `orders` (count, bits) pass through."""

    players: Players
    bits: tuple[Mechanism, ...]
    bodies: tuple[Subject, ...]
    masks: tuple[int, ...]
    orders: IntArray | None

    def place(self, mask: int) -> int:
        """Which of the bodies has the bits of a mask lifted."""
        return mask if self.orders is None else self.masks.index(mask)


def parts_of(name: str) -> tuple[Mechanism, ...]:
    """The parts of a mechanism, none where it has none.

    >>> [part.name for part in parts_of("wall")]
    ['wall tightness', 'wall pumps']
    """
    return tuple(known for known in MECHANISMS if known.part_of == name)


def arms(case: Case, seed: int = 0) -> Arms:
    """All subsets of the mechanisms that the case lists; a mechanism with parts takes a bit for each of them.

    Above ten bits, those subsets that 64 orders of lifting pass through, drawn by the seed, and those that lift one bit or one
    mechanism alone or leave it. Raises RefugiaError where a name is listed twice, or is a part of another mechanism.
    """
    if len(set(case.mechanisms)) < len(case.mechanisms):
        twice = next(name for name in case.mechanisms if case.mechanisms.count(name) > 1)
        raise RefugiaError(f'The case lists "{twice}" twice. List it once.')
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
        raise RefugiaError(f"The case lists mechanisms with {len(bits)} bits; at most {MOST_BITS} are lifted. List fewer.")
    orders = sampled_orders(tuple(groups), ORDERS, seed) if len(bits) > EXACT else None
    masks = _masks(tuple(groups), len(bits), orders)
    named = tuple(tuple(part.name for part in parts_of(name)) for name in case.mechanisms)
    players = Players(case.mechanisms, tuple(groups), named)
    return Arms(players, tuple(bits), _bodies(case.subject, bits, masks), masks, orders)


def _masks(groups: Groups, bits: int, orders: IntArray | None) -> tuple[int, ...]:
    """The subsets that are run."""
    if orders is None:
        return tuple(range(1 << bits))
    return tuple(sorted({*coalitions(orders), *ends(groups, bits)}))


def _bodies(subject: Subject, bits: list[Mechanism], masks: tuple[int, ...]) -> tuple[Subject, ...]:
    """The body of every subset: its last bit is lifted from that of the others, which is lifted once however often it is needed."""
    known, lifts = {0: subject}, Lifts()

    def body(mask: int) -> Subject:
        if mask not in known:
            last = mask.bit_length() - 1
            known[mask] = body(mask ^ 1 << last).lifted(bits[last], lifts)
        return known[mask]

    return tuple(body(mask) for mask in masks)


def redundant(arms: Arms, index: IntArray) -> tuple[tuple[str, str], ...]:
    """Pairs of bits whose lifted tables are equal in every site and patient; `index` (body, patient, site) names the rows run.

    What plays no part at all is not redundant but a dummy, and is left out.
    """
    pairs = []
    for a in range(len(arms.bits)):
        for b in range(a + 1, len(arms.bits)):
            one, other = index[arms.place(1 << a)], index[arms.place(1 << b)]
            if np.array_equal(one, other) and not np.array_equal(one, index[0]):
                pairs.append((arms.bits[a].name, arms.bits[b].name))
    return tuple(pairs)


def dummies(arms: Arms, index: IntArray) -> tuple[str, ...]:
    """Mechanisms that change no table of any site in any patient."""
    return tuple(
        name for name, group in zip(arms.players.names, arms.players.groups, strict=True)
        if np.array_equal(index[arms.place(sum(1 << bit for bit in group))], index[0])
    )  # fmt: skip
