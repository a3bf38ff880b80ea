"""Fair shares of a gain: Shapley values, Owen values of parts, interactions, gains alone and last.

A game is an array v of shape (patients, 2**bits): v[p, S] is the gain of patient p when the players whose bits stand in S are
lifted. Every figure is linear in v and taken per patient. Marginals are formed first, then averaged, each class of coalitions in
sorted order: a player that changes nothing gets exactly 0.0, and players that do the same get the same bits.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from refugia.terms import FloatArray, RefugiaError

IntArray = NDArray[np.int64]
Groups = tuple[tuple[int, ...], ...]
"""The bits of each mechanism: one where it has no parts."""

EXACT = 10  # bits; above it the factorial gives way to sampled orders


def quotient(v: FloatArray, groups: Groups) -> FloatArray:
    """The game between whole mechanisms, (patients, 2**len(groups)): a group is lifted entirely or not at all.

    >>> quotient(np.array([[0.0, 1.0, 2.0, 7.0]]), ((0, 1),))
    array([[0., 7.]])
    """
    _check(v, groups)
    return v[:, _unions([_mask(group) for group in groups])]


def shares(v: FloatArray) -> FloatArray:
    """Shapley values (patients, players): a player's marginal gain, averaged over all orders of lifting (Shapley 1953).

    phi_i = sum over S without i of |S|! (n - |S| - 1)! / n! [v(S + i) - v(S)]. They add up to v(all) - v(none).

    >>> shares(np.array([[0.0, 1.0, 2.0, 7.0]]))
    array([[3., 4.]])
    """
    return owen(v, tuple((bit,) for bit in range(_bits(v))))


def owen(v: FloatArray, groups: Groups) -> FloatArray:
    """Owen values of all bits (patients, bits): the parts of a mechanism enter the order of lifting side by side (Owen 1977).

    For part i of group g, psi_i is the mean over the other groups lifted before g (as in the Shapley value of the quotient game)
    and over the parts of g lifted before i (likewise within g) of v(T + R + i) - v(T + R). The parts add up to their group's share,
    and a group of one bit has its share. Raises RefugiaError above 10 bits and ValueError where the groups do not divide the bits.

    >>> owen(np.array([[0.0, 0.0, 0.0, 6.0, 0.0, 0.0, 0.0, 12.0]]), ((0, 1), (2,)))
    array([[4.5, 4.5, 3. ]])
    """
    _check(v, groups)
    values = np.zeros((v.shape[0], _bits(v)))
    for group in groups:
        others = [_mask(other) for other in groups if other is not group]
        around = _unions(others)
        for bit in group:
            within = _unions([1 << part for part in group if part != bit])
            before = (around[:, None] | within[None, :]).ravel()
            sizes = (_sizes(len(others))[:, None] * len(group) + _sizes(len(group) - 1)[None, :]).ravel()
            values[:, bit] = _class_mean(v[:, before | 1 << bit] - v[:, before], sizes)
    return values


def alone(v: FloatArray) -> FloatArray:
    """Gain of each player when it alone is lifted, (patients, players): v(i) - v(none).

    >>> alone(np.array([[0.0, 1.0, 2.0, 7.0]]))
    array([[1., 2.]])
    """
    return v[:, [1 << bit for bit in range(_bits(v))]] - v[:, :1]


def last(v: FloatArray) -> FloatArray:
    """Gain of each player when it is lifted after all others, (patients, players): v(all) - v(all but i).

    >>> last(np.array([[0.0, 1.0, 2.0, 7.0]]))
    array([[5., 6.]])
    """
    full = v.shape[1] - 1
    return v[:, -1:] - v[:, [full ^ 1 << bit for bit in range(_bits(v))]]


def interactions(v: FloatArray) -> tuple[tuple[tuple[int, int], ...], FloatArray]:
    """Pairwise interaction indices: pairs (a, b), a < b, and their values (patients, pairs) (Grabisch and Roubens 1999).

    I(a, b) = sum over S without a and b of |S|! (n - |S| - 2)! / (n - 1)! [v(S + a + b) - v(S + a) - v(S + b) + v(S)].
    Above zero, two lifts do more together than apart; below, each makes up for the other.

    >>> interactions(np.array([[0.0, 1.0, 2.0, 7.0]]))
    (((0, 1),), array([[4.]]))
    """
    bits = _bits(v)
    _check(v, tuple((bit,) for bit in range(bits)))
    pairs = tuple(combinations(range(bits), 2))
    values = np.zeros((v.shape[0], len(pairs)))
    for column, (a, b) in enumerate(pairs):
        rest = _unions([1 << bit for bit in range(bits) if bit not in (a, b)])
        one, other = 1 << a, 1 << b
        with_other = v[:, rest | one | other] - v[:, rest | other]
        values[:, column] = _class_mean(with_other - (v[:, rest | one] - v[:, rest]), _sizes(bits - 2))
    return pairs, values


def sampled_orders(groups: Groups, count: int, seed: int) -> IntArray:
    """Orders of lifting (count, bits), each followed by its reverse; the parts of a group stay together.

    Keyed: Philox with the seed as its key, so a longer list begins with the shorter one. An odd count is rounded up to the next
    even.

    >>> sampled_orders(((0, 1), (2,)), 2, seed=7).shape
    (2, 3)
    """
    chance = np.random.Generator(np.random.Philox(key=seed))
    orders = []
    for _ in range((count + 1) // 2):
        order = [bit for g in chance.permutation(len(groups)) for bit in chance.permutation(np.array(groups[g]))]
        orders += [order, order[::-1]]
    return np.array(orders, dtype=np.int64)


def coalitions(orders: IntArray) -> tuple[int, ...]:
    """The subsets, as bit masks in rising order, that the orders pass through and that must be evaluated.

    >>> coalitions(np.array([[0, 1, 2], [2, 1, 0]]))
    (0, 1, 3, 4, 6, 7)
    """
    return tuple(sorted({mask for order in orders for mask in _path(order)}))


def ends(groups: Groups, bits: int) -> set[int]:
    """The subsets, as bit masks, that lift one bit or one group alone, and those that lift all but it.

    >>> sorted(ends(((0, 1), (2,)), 3))
    [1, 2, 3, 4, 5, 6]
    """
    alone = {*(1 << bit for bit in range(bits)), *(_mask(group) for group in groups)}
    return alone | {((1 << bits) - 1) ^ mask for mask in alone}


def sampled_marginals(v: Callable[[int], FloatArray] | Mapping[int, FloatArray], orders: IntArray) -> FloatArray:
    """What each bit gains where an order lifts it, averaged over each order and its reverse: (patients, pairs of orders, bits).

    Their mean over the pairs is `sampled_shares`, where every order is followed by its reverse.

    >>> game = {0: np.array([0.0]), 1: np.array([1.0]), 2: np.array([2.0]), 3: np.array([7.0])}
    >>> sampled_marginals(game, np.array([[0, 1], [1, 0]]))
    array([[[3., 4.]]])
    """
    each = [sampled_shares(v, orders[pair : pair + 2]) for pair in range(0, len(orders), 2)]
    return np.stack(each, axis=1)


def sampled_shares(v: Callable[[int], FloatArray] | Mapping[int, FloatArray], orders: IntArray) -> FloatArray:
    """Shares (patients, bits) estimated from sampled orders of lifting (Castro, Gomez and Tejada 2009).

    Where the parts of a group stay together in every order, they estimate Owen values, and a group's share is the sum of its parts.
    v: the gains (patients,) of a subset given as a bit mask, computed by a function or looked up among those evaluated. As with the
    exact ones, they add up to v(all) - v(none) and an idle player gets exactly 0.0.

    >>> game = {0: np.array([0.0]), 1: np.array([1.0]), 2: np.array([2.0]), 3: np.array([7.0])}
    >>> sampled_shares(game, np.array([[0, 1], [1, 0]]))
    array([[3., 4.]])
    """
    value = v.__getitem__ if isinstance(v, Mapping) else v
    memo = {mask: value(mask) for mask in coalitions(orders)}
    total = np.zeros((len(memo[0]), orders.shape[1]))
    for order in orders:
        path = _path(order)
        for bit, before, after in zip(order, path, path[1:], strict=False):
            total[:, bit] += memo[after] - memo[before]
    return total / len(orders)


def _path(order: IntArray) -> list[int]:
    masks = [0]
    for bit in order:
        masks.append(masks[-1] | 1 << int(bit))
    return masks


def _class_mean(marginals: FloatArray, classes: IntArray) -> FloatArray:
    """The mean over classes of the mean within each, (patients,): the weights of Shapley, Owen and the interaction index."""
    means = [np.sort(marginals[:, classes == one], axis=1).mean(axis=1) for one in np.unique(classes)]
    return np.asarray(np.sort(np.stack(means, axis=1), axis=1).mean(axis=1), dtype=np.float64)


def _unions(masks: list[int]) -> IntArray:
    """The union of every subset of some bit masks, (2**len(masks),), subset j holding masks[i] where bit i of j stands."""
    unions = np.zeros(1, dtype=np.int64)
    for mask in masks:
        unions = np.concatenate([unions, unions | mask])
    return unions


def _sizes(members: int) -> IntArray:
    """How many members each subset of a set has, (2**members,)."""
    sizes = np.zeros(1, dtype=np.int64)
    for _ in range(members):
        sizes = np.concatenate([sizes, sizes + 1])
    return sizes


def _mask(group: tuple[int, ...]) -> int:
    mask = 0
    for bit in group:
        mask |= 1 << bit
    return mask


def _bits(v: FloatArray) -> int:
    bits = v.shape[1].bit_length() - 1
    if v.shape[1] != 1 << bits:
        raise ValueError(f"a game has a power of two of subsets, not {v.shape[1]}")
    return int(bits)


def _check(v: FloatArray, groups: Groups) -> None:
    bits = _bits(v)
    if sorted(bit for group in groups for bit in group) != list(range(bits)):
        raise ValueError(f"the groups {groups} do not divide the bits 0 to {bits - 1}")
    if bits > EXACT:
        many = f"{bits} mechanisms and parts are too many to lift in all subsets (at most {EXACT})."
        raise RefugiaError(f"{many} List fewer mechanisms, or sample orders.")
