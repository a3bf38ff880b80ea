"""Tips that walk on a grid, branch and leave a trail: the trails of those that meet are joined.

Each step every tip decides by itself, on the fields and trails as they were: whether and where to it goes (`hops`), and whether
it branches, into a free neighbour, once it is ripe. Then what they claim is settled. A free place takes one of its claimants, by
lot; a tip that comes onto another's trail, or loses a place to another, is joined there and walks no more; a branch that loses its
place is not born. On its own trail, and on the place it came from, a tip walks without leaving a new one. No order of tips counts.

The model is that of Anderson and Chaplain 1998 (Bull Math Biol 60:857), with rates that are never negative. Where a tip is,
f' = made - lost f and c' = -taken c. A step is short enough that the chance of leaving a place is half at most.
"""

from __future__ import annotations

from math import ceil
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from refugia.engine.philox import philox, uniforms
from refugia.engine.voxels.grid import FloatArray, Grid
from refugia.engine.voxels.hops import WAYS, Law, Scene, beside, fill_rates, steepest
from refugia.engine.voxels.tiles import over

LEFT = 0.5
"""The largest chance of leaving a place in a step."""
WALK, BRANCH, BUD, CLAIM, START, LOSE = 20, 21, 22, 23, 24, 25
"""Purposes of draws: which way a tip goes, whether and where it branches, its first word, who gets a place; for `lots`: whether a
root buds and a link is lost."""
FREE = -1
"""What no trail holds."""
FEW = 2048
"""Tips below which further threads cost more than they bring."""
Whole = NDArray[np.int64]


class Sprouts(NamedTuple):
    """Tips, in the order of their numbers; links of trails, in the order in which they were laid; and the ground.

    Numbers are given in order: first to the roots, then to tips. All arrays; a checkpoint holds nothing else.
    """

    place: Whole  # (tip,) where it is
    origin: Whole  # (tip,) where it came from: a root, or the trail it branched off
    number: Whole  # (tip,)
    word: NDArray[np.uint32]  # (tip,) its name for chance
    age: FloatArray  # (tip,) day since it began or last branched
    start: Whole  # (link,)
    end: Whole  # (link,)
    owner: Whole  # (link,) number of the tip that left it
    laid: FloatArray  # (link,) day
    roots: Whole  # (root,) places
    held: NDArray[np.int32]  # (Z, Y, X) number of the root or tip whose trail holds a place
    bed: FloatArray  # (Z, Y, X) f
    clock: FloatArray  # (1,) day
    given: Whole  # (2,) steps taken, numbers given


def begin(grid: Grid, roots: Whole, bed: FloatArray) -> Sprouts:
    """No tip yet: `roots` (root,) are the places from which they may come, `bed` (Z, Y, X) the field f.

    Raises ValueError where a root lies outside of the grid or is there twice, or the bed does not fit.

    >>> begin(Grid((1, 1, 3), 1.0), np.array([2]), np.zeros((1, 1, 3))).held.ravel().tolist()
    [-1, -1, 0]
    """
    places = np.asarray(roots, np.int64).ravel()
    if places.size and (places.min() < 0 or places.max() >= grid.size or np.unique(places).size < places.size):
        raise ValueError(f"roots: they are different places from 0 to {grid.size - 1}.")
    if bed.shape != grid.shape or not np.isfinite(bed).all():
        raise ValueError(f"bed: it is finite and has the shape of the grid, {grid.shape}, not {bed.shape}.")
    held = np.full(grid.shape, FREE, np.int32)
    held.reshape(-1)[places] = np.arange(places.size)
    none, never = np.empty(0, np.int64), np.empty(0)
    return Sprouts(
        none, none, none, none.astype(np.uint32), never, none, none, none, never, places, held, np.array(bed, np.float64),
        np.zeros(1), np.array([0, places.size]),
    )  # fmt: skip


def budded(sprouts: Sprouts, roots: Whole, key: tuple[int, int]) -> Sprouts:
    """A tip more on each of the places `roots`.

    >>> budded(begin(Grid((1, 1, 3), 1.0), np.array([2]), np.zeros((1, 1, 3))), np.array([2]), (1, 2)).number.tolist()
    [1]
    """
    places = np.unique(np.asarray(roots, np.int64))
    step, given = (int(one) for one in sprouts.given)
    words = np.array([philox(place, 0, step, BUD << 16, *key)[0] for place in places.tolist()], np.uint32)
    found = with_tips(sprouts, (places, places, given + np.arange(places.size), words))
    return found._replace(given=np.array([step, given + places.size]))


def with_tips(sprouts: Sprouts, fresh: tuple[Whole, Whole, Whole, NDArray[np.uint32]]) -> Sprouts:
    """More tips, of age 0: where they are, where they came from, their numbers and words, all (tip,).

    >>> sprouts = begin(Grid((1, 1, 3), 1.0), np.array([2]), np.zeros((1, 1, 3)))
    >>> with_tips(sprouts, (np.array([1]), np.array([2]), np.array([1]), np.array([9], np.uint32))).age.tolist()
    [0.0]
    """
    place, origin, number, word = fresh
    return sprouts._replace(
        place=np.concatenate([sprouts.place, place]), origin=np.concatenate([sprouts.origin, origin]),
        number=np.concatenate([sprouts.number, number]), word=np.concatenate([sprouts.word, word]),
        age=np.concatenate([sprouts.age, np.zeros(place.size)]),
    )  # fmt: skip


def lots(places: Whole, others: Whole, step: int, purpose: int, key: tuple[int, int]) -> FloatArray:
    """A uniform of (0, 1) for each of `places` (n,), at the counter (place, other, step, purpose).

    >>> lots(np.array([3, 4]), np.array([0, 0]), 7, LOSE, (1, 2)).shape
    (2,)
    """
    out = np.empty(places.size)
    _draw(places, others, np.array([step, purpose << 16, *key], np.uint32), out)
    return out


def tips_of(sprouts: Sprouts, which: NDArray[np.generic]) -> Sprouts:
    """Only those tips, in this order: `which` are indices or true and false (tip,).

    >>> sprouts = budded(begin(Grid((1, 1, 3), 1.0), np.array([0, 2]), np.zeros((1, 1, 3))), np.array([0, 2]), (1, 2))
    >>> tips_of(sprouts, np.array([1, 0])).number.tolist()
    [3, 2]
    """
    return sprouts._replace(
        place=sprouts.place[which], origin=sprouts.origin[which], number=sprouts.number[which], word=sprouts.word[which],
        age=sprouts.age[which],
    )  # fmt: skip


def advance(sprouts: Sprouts, grid: Grid, scene: Scene, law: Law, days: float, key: tuple[int, int], *,
            threads: int = 0) -> Sprouts:  # fmt: skip
    """Tips, trails and ground after `days`; `scene.lure` is taken up in place, and of `scene.bed` a copy is walked on.

    Bits depend neither on `threads` nor on the order of the tips. Raises ValueError where a field has another shape, a value is
    not finite or a rate negative, or a number of the law is negative (`pull` and `grip` may be).

    >>> flat, grid = np.zeros((1, 1, 9)), Grid((1, 1, 9), 1.0)
    >>> sprouts = budded(begin(grid, np.array([0]), flat), np.array([0]), (1, 2))
    >>> lure = np.linspace(0.0, 8.0, 9).reshape(1, 1, 9)
    >>> law = Law(0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0)
    >>> found = advance(sprouts, grid, Scene(lure, flat, flat, flat == 0.0), law, 40.0, (1, 2))
    >>> found.place.tolist(), found.end.tolist()
    ([8], [1, 2, 3, 4, 5, 6, 7, 8])
    """
    scene = _fitting(sprouts, grid, scene, law, days)
    now = tips_of(sprouts, np.argsort(sprouts.number))
    now = now._replace(held=now.held.copy(), bed=scene.bed, clock=now.clock + days)
    if not days > 0.0:
        return now
    if not now.place.size:
        return now._replace(given=now.given + np.array([1, 0]))
    turns = max(1, ceil(days * steepest(scene, grid, law, threads) / LEFT * (1.0 - 1e-9)))
    laid, until = [np.stack([now.start, now.end, now.owner])], [now.laid]
    for turn in range(turns):
        now, links = _turn(now, grid.spacing, scene, law, (days / turns, *key), threads)
        laid.append(links)
        until.append(np.full(links.shape[1], float(sprouts.clock[0]) + (turn + 1) * days / turns))
    start, end, owner = np.concatenate(laid, axis=1)
    return now._replace(start=start, end=end, owner=owner, laid=np.concatenate(until))


def _turn(now: Sprouts, spacing: float, scene: Scene, law: Law, luck: tuple[float, int, int],
          threads: int) -> tuple[Sprouts, Whole]:  # fmt: skip
    """One step, and the links it has laid: (3, link) start, end and owner. `luck` are its length in days and the key."""
    day, *key = luck
    tips, step, given = now.place.size, int(now.given[0]), int(now.given[1])
    age, place, links = now.age + day, now.place.copy(), np.empty((3, 2 * tips), np.int64)
    claims = (np.full((2, tips), -1, np.int64), np.zeros((2, tips)))
    moment = (day, np.uint32(step), np.uint32(key[0]), np.uint32(key[1]))
    walkers, seen = (now.place, now.word, age, now.held), (scene, law, spacing)
    over(_decide, tips, walkers, seen, moment, claims, threads=threads if tips > FEW else 1)
    stays, born, laid = _settle((now.place, now.origin, now.number), claims, now.held.reshape(-1), place, links, given)
    words = [philox(now.place[i], now.word[i], step, (BRANCH << 16) + 1, *key)[0] for i in born.tolist()]
    age[born] = 0.0
    fresh = (claims[0][1, born], now.place[born], given + np.arange(born.size), np.array(words, np.uint32))
    found = with_tips(tips_of(now._replace(place=place, age=age), stays), fresh)
    _change(found.place, scene.bed.reshape(-1), scene.lure.reshape(-1), law, day)
    return found._replace(given=np.array([step + 1, given + born.size])), links[:, :laid].copy()


def _fitting(sprouts: Sprouts, grid: Grid, scene: Scene, law: Law, days: float) -> Scene:
    """The scene, the bed copied. Raises ValueError where something is not what it should be."""
    for name, field in scene._asdict().items():
        if field.shape != grid.shape or not field.flags.c_contiguous:
            raise ValueError(f"{name}: a contiguous array of the grid's shape, {grid.shape}, is needed, not {field.shape}.")
        if field.dtype != (np.bool_ if name == "open" else np.float64) or not np.isfinite(field).all():
            raise ValueError(f"{name}: finite values of 64 bits are needed, and true or false where tips may be.")
    if sprouts.held.shape != grid.shape or not scene.branching.min() >= 0.0:
        raise ValueError("The trails are those of another grid, or a rate of branching is negative.")
    amounts = law._asdict() | {"days": days}
    for name, amount in amounts.items():
        if not (np.isfinite(amount) and (amount >= 0.0 or name in ("pull", "grip"))):
            raise ValueError(f"{name} = {amount}: give a finite number of 0 or more.")
    return scene._replace(bed=scene.bed.copy())


@njit(cache=True, nogil=True, error_model="numpy")
def _draw(places, others, address, out):
    """Fill out (n,) with the first uniforms at (place, other, step, purpose << 16); `address` (4,): the latter two and the key."""
    for i in range(places.size):
        out[i] = uniforms(places[i], others[i], address[0], address[1], address[2], address[3])[0]


@njit(cache=True, nogil=True, error_model="numpy")
def _chosen(at, rates, share, shape):
    """The neighbour whose part of the rates holds a share of one, as a place; -1 beyond all of them."""
    for way in range(WAYS):
        share -= rates[way]
        if share < 0.0 and rates[way] > 0.0:
            z, y, x = beside(at, way, shape)
            return (z * shape[1] + y) * shape[2] + x
    return -1


@njit(cache=True, nogil=True, error_model="numpy")
def _decide(first, last, walkers, seen, moment, claims):
    """What tips [first, last) claim: aims and draws, (2, tip) of going and of branching; -1 where they do not."""
    (place, word, age, held), (scene, law, spacing), (aims, draws) = walkers, seen, claims
    day, step, key0, key1 = moment
    shape, rates = held.shape, np.empty(WAYS)
    for i in range(first, last):
        at = (place[i] // (shape[1] * shape[2]), place[i] // shape[2] % shape[1], place[i] % shape[2])
        total = fill_rates(at, scene, law, spacing, rates)
        u, v = uniforms(place[i], word[i], step, np.uint32(WALK << 16), key0, key1)
        aims[0, i] = _chosen(at, rates, u * max(1.0 / day, total), shape)
        draws[0, i] = uniforms(place[i], word[i], step, np.uint32(CLAIM << 16), key0, key1)[0]
        if age[i] >= law.ripe and v < -np.expm1(-day * scene.branching[at]):
            free = 0.0
            for way in range(WAYS):
                there = beside(at, way, shape)
                rates[way] = rates[way] if there[0] >= 0 and held[there] == FREE else 0.0
                free += rates[way]
            where, draws[1, i] = uniforms(place[i], word[i], step, np.uint32(BRANCH << 16), key0, key1)
            aims[1, i] = _chosen(at, rates, where * free, shape)


@njit(cache=True, nogil=True, error_model="numpy")
def _claim(held, claims, kind, i):
    """Claim i of a kind (0: a tip's, 1: a branch's) for a free place, which remembers the best: -2 - (2 i + kind)."""
    aims, draws = claims
    to = aims[kind, i]
    if to < 0 or held[to] >= 0:
        return
    best = -2 - held[to]
    if best < 0 or draws[kind, i] > draws[best % 2, best // 2]:
        held[to] = -2 - (2 * i + kind)


@njit(cache=True, nogil=True, error_model="numpy")
def _settle(tips, claims, held, place, links, given):
    """Settle all claims: held (place,), place (tip,) and links (3, 2 tips) are changed.

    Returns which tips walk on (tip,), which have branched (their indices), and how many links were laid.
    """
    (at, origin, number), aims = tips, claims[0]
    stays, born, laid = np.ones(at.size, np.bool_), np.empty(at.size, np.int64), 0
    for i in range(at.size):
        _claim(held, claims, 0, i)
        _claim(held, claims, 1, i)
    for i in range(at.size):
        to = aims[0, i]
        if to < 0:
            continue
        if held[to] == -2 - 2 * i:
            held[to], place[i] = number[i], to
        elif held[to] == number[i] or to == origin[i]:
            place[i] = to
            continue
        else:
            stays[i] = False
        links[0, laid], links[1, laid], links[2, laid] = at[i], to, number[i]
        laid += 1
    branches = 0
    for i in range(at.size):
        to = aims[1, i]
        if to >= 0 and held[to] == -3 - 2 * i:
            held[to] = given + branches
            links[0, laid], links[1, laid], links[2, laid] = at[i], to, given + branches
            laid += 1
            born[branches] = i
            branches += 1
    return stays, born[:branches], laid


@njit(cache=True, nogil=True, error_model="numpy")
def _change(place, bed, lure, law, day):
    """What tips make of f and take up of c within a step: bed and lure (place,)."""
    kept, left = np.exp(-law.lost * day), np.exp(-law.taken * day)
    made = law.made * (-np.expm1(-law.lost * day) / law.lost if law.lost > 0.0 else day)
    for i in range(place.size):
        bed[place[i]] = bed[place[i]] * kept + made
        lure[place[i]] *= left
