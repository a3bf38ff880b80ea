"""The cells before therapy of a lesion in voxels: as many of each clone as a sphere has, and each in its place.

Of a resistant clone, the largest lines (`standing.law`) lie each in a ball of its own, as deep as on the sphere: so would a line
that grew there. What is left of the law's mass lies evenly. All other cells are sensitive. A share of each is tolerant.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import ceil, pi
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from refugia.clones.lower import CloneTable, Genealogy
from refugia.clones.standing import add_states, ceiling, implied_load, law, start
from refugia.engine.keys import name_word
from refugia.engine.rows.lineage import Lineage, founders, numbers
from refugia.engine.rows.rows import MOST, Rows, rows_of
from refugia.engine.uniforms import uniform_table
from refugia.engine.voxels.grid import Grid
from refugia.terms import FloatArray, RefugiaError

IntArray = NDArray[np.int64]


class Lesion(NamedTuple):
    """A lesion in voxels at day 0: those `inside` (Z, Y, X), its `volume` (mm3, with the inert part), in how many `shells` of a
    sphere the numbers of its cells are drawn, and whether it is `resolved`: a voxel holds one cell, or nothing but inert tissue."""

    grid: Grid
    inside: NDArray[np.bool_]
    volume: float
    shells: int
    resolved: bool = False


class Placed(NamedTuple):
    """The cells of a lesion at day 0, their lines, and the `inert` volume (Z, Y, X), mm3."""

    rows: Rows
    lineage: Lineage
    inert: FloatArray


class Line(NamedTuple):
    """One line of a clone of the case: `count` cells in each `place` (flat, in order)."""

    clone: int
    name: str
    place: IntArray
    count: IntArray  # type: ignore[assignment]  # a tuple's own method is not used


def placed(table: CloneTable, genealogy: Genealogy, names: Sequence[str], keys: NDArray[np.uint32], lesion: Lesion) -> Placed:
    """Place the cells of one patient: `table` has one, `keys` (1, 2) are its luck at this site, `names` (clone,) the clones'.

    There are as many of each clone as `standing.start` and `add_states` give on a sphere of the same volume and shells. Every voxel
    inside holds the same number, give or take one; in a resolved lesion chance says which are inert. A founder is called as its
    clone, or "clone #k" if it lies in a ball of its own.
    Raises RefugiaError where a voxel would hold more cells than 32 bits count, or a clone is in a state other than tolerance.
    """
    if (genealogy.basis >= 0).any():
        raise RefugiaError("Voxels know no states of cells but the tolerant one. Lay the site out as a sphere.")
    words = np.array([name_word(name) for name in names], np.uint32)
    basal = start(table, np.array([lesion.volume]), words, keys, lesion.shells)
    if lesion.resolved:  # shells are of whole cells, each rounded for itself
        basal[0, 0, 0] -= max(int(basal.sum() - lesion.inside.sum()), 0)
    totals, after = basal.sum(axis=1)[0], add_states(basal, table, genealogy).sum(axis=1)[0]
    room, lines = _room(lesion, int(totals.sum()), keys), list[Line]()
    inert = _inert(lesion, float(table.inert[0]), room)
    for clone in (np.flatnonzero(totals[1:]) + 1).tolist():
        sizes = _sizes(table, clone, words, keys, lesion)
        lines += _lines(Kind(clone, names[clone], int(totals[clone])), sizes, keys, room)
    place = np.flatnonzero(room.left)
    lines.insert(0, Line(0, str(names[0]), place, room.left.ravel()[place]))
    luck = keys if lesion.resolved else None
    return Placed(*_rows([line for line in lines if line.place.size], genealogy, after, luck), inert)


def _inert(lesion: Lesion, share: float, room: _Room) -> FloatArray:
    """What is inert in each voxel, mm3: its share everywhere; in a resolved lesion all of those inside that hold no cell."""
    if lesion.resolved:
        return np.where(lesion.inside & (room.left == 0), lesion.grid.volume, 0.0)
    return np.where(lesion.inside, lesion.volume * share / room.order.size, 0.0)


class _Room(NamedTuple):
    """What is `left` of the room for cells, (Z, Y, X), how many a voxel `holds` in all, and the places inside in `order`, from the
    middle of the grid outwards."""

    left: IntArray
    holds: int
    order: IntArray


def _room(lesion: Lesion, cells: int, keys: NDArray[np.uint32]) -> _Room:
    """The room before anybody is placed: the cells of the lesion, shared out evenly."""
    many = int(lesion.inside.sum())
    if many == 0 or cells // many >= MOST:
        raise RefugiaError(
            f"A voxel of {lesion.grid.spacing:.3g} mm would hold {cells / max(many, 1):.3g} cells, and 32 bits count {MOST}. "
            "Take smaller voxels."
        )
    left = np.zeros(lesion.inside.shape, np.int64)
    turn = _shuffled("inert", many, keys) if lesion.resolved else np.arange(many)
    left[lesion.inside] = cells // many + (turn < cells % many)
    return _Room(left, max(cells // many, 1), _outwards(lesion))


def _shuffled(name: str, many: int, keys: NDArray[np.uint32]) -> IntArray:
    """So many numbers from 0 on in an order by chance, under this name."""
    return np.argsort(uniform_table(keys, name_word(name), many)[0], kind="stable")


class _Sizes(NamedTuple):
    """How the cells of a clone are shared out: weights of its lines and of the rest, and what share of the volume is deeper."""

    line: FloatArray
    depth: FloatArray
    rest: float


def _sizes(table: CloneTable, clone: int, words: NDArray[np.uint32], keys: NDArray[np.uint32], lesion: Lesion) -> _Sizes:
    """The law's lines of a clone; what reads found of one is one line."""
    living = np.array([lesion.volume]) * (1.0 - table.inert) * table.density
    stands = bool(table.standing[0, clone] > 0.0)
    load = implied_load(table.standing[:, clone], living) if stands else np.ones(1)
    found = law(load, keys, int(words[clone]), ceiling(table, clone, living))
    if not stands:
        return _Sizes(np.ones(1), found.where[0, :1], 0.0)
    return _Sizes(found.size[0], found.where[0], float(found.rest[0]))


def _outwards(lesion: Lesion) -> IntArray:
    """The places inside, from the middle of the grid outwards."""
    place = np.flatnonzero(lesion.inside)
    squared = np.zeros(place.size)
    for axis, index in enumerate(np.unravel_index(place, lesion.grid.shape)):
        squared += lesion.grid.middles(axis)[index] ** 2
    return np.asarray(place[np.argsort(squared, kind="stable")])


class Kind(NamedTuple):
    """A clone of the case, and how many cells of it there are."""

    clone: int
    name: str
    cells: int


def _lines(kind: Kind, sizes: _Sizes, keys: NDArray[np.uint32], room: _Room) -> Iterator[Line]:
    """Take the room for the lines of a clone, the largest first, and hand them over."""
    shares, inside = shared_out(kind.cells, np.append(sizes.line, sizes.rest)), room.order.size
    for rank, many in enumerate(shares[:-1].tolist()):
        if many:
            centre = int(room.order[min(int(sizes.depth[rank] * inside), inside - 1)])
            yield Line(kind.clone, f"{kind.name} #{rank + 1}", *_ball(centre, many, room))
    if shares[-1]:
        luck = uniform_table(keys, name_word(kind.name) ^ name_word("even"), inside)[0]
        yield Line(kind.clone, kind.name, *_even(int(shares[-1]), luck, np.sort(room.order), room.left))


def shared_out(total: int, weights: FloatArray | IntArray) -> IntArray:
    """A whole `total` shared out in proportion to weights: whole numbers that add up to it, by the largest remainder.

    >>> shared_out(10, np.array([1.0, 1.0, 1.0])).tolist()
    [4, 3, 3]
    """
    exact = total * (np.asarray(weights, np.float64) / np.sum(weights, dtype=np.float64))
    whole = np.floor(exact).astype(np.int64)
    left = total - int(whole.sum())
    if left < 0:  # a share of very many cells, rounded up
        whole[int(whole.argmax())] += left
        left = 0
    turn = np.argsort(whole - exact, kind="stable")
    whole += left // whole.size
    whole[turn[: left % whole.size]] += 1
    return whole


def _ball(centre: int, many: int, rooms: _Room) -> tuple[IntArray, IntArray]:
    """Take so many cells from the room nearest to a place: the places, in order, and the cells in each."""
    room, middle = rooms.left, np.unravel_index(centre, rooms.left.shape)
    radius = 1 + ceil((3.0 * many / rooms.holds / (4.0 * pi)) ** (1.0 / 3.0))
    while True:
        window = [_reach(int(at), radius, size) for at, size in zip(middle, room.shape, strict=True)]
        steps = [(axis - int(at)) ** 2 for axis, at in zip(window, middle, strict=True)]
        squared = steps[0][:, None, None] + steps[1][None, :, None] + steps[2][None, None, :]
        near = room[np.ix_(*window)]
        whole = near.shape == room.shape
        open_ = (near > 0) & (whole | (squared <= radius**2))
        if whole or near[open_].sum() >= many:
            break
        radius *= 2
    place = np.ravel_multi_index(np.ix_(*window), room.shape)[open_]
    turn = np.lexsort((place, squared[open_]))
    before = np.cumsum(near[open_][turn]) - near[open_][turn]
    taken = np.clip(many - before, 0, near[open_][turn])
    return _took(place[turn][taken > 0], taken[taken > 0], room)


def _reach(at: int, radius: int, size: int) -> IntArray:
    """The indices along an axis that are no farther than the radius."""
    return np.arange(max(at - radius, 0), min(at + radius + 1, size))


def _even(many: int, luck: FloatArray, place: IntArray, room: IntArray) -> tuple[IntArray, IntArray]:
    """Take so many cells evenly from the room of all places; where they do not divide, `luck` (place,) says who gives one more."""
    held = room.ravel()[place]
    taken = np.zeros(place.size, np.int64)
    turn = np.argsort(luck, kind="stable")
    while many > 0:
        open_ = turn[(held > taken)[turn]]
        each = max(many // open_.size, 1)
        chosen = open_ if each * open_.size <= many else open_[:many]
        more = np.minimum(held[chosen] - taken[chosen], each)
        taken[chosen] += more
        many -= int(more.sum())
    return _took(place[taken > 0], taken[taken > 0], room)


def _took(place: IntArray, taken: IntArray, room: IntArray) -> tuple[IntArray, IntArray]:
    """Take cells out of the room."""
    room.reshape(-1)[place] -= taken
    turn = np.argsort(place)
    return place[turn], taken[turn]


def _rows(
    lines: Sequence[Line], genealogy: Genealogy, after: IntArray, luck: NDArray[np.uint32] | None
) -> tuple[Rows, Lineage]:
    """Rows and founders of the lines, the tolerant share of each in its other state; `after` (clone,) cells in all.

    With `luck` (1, 2) chance says whose cells of one that share takes; without, those of the first lines.
    """
    partner, genotypes = genealogy.partner.tolist(), [line.clone for line in lines]
    lineage = founders(genotypes, [line.name for line in lines], partner)
    number = np.repeat(numbers(genotypes, partner), [line.place.size for line in lines])
    clone = np.repeat(genotypes, [line.place.size for line in lines])
    place, count = np.concatenate([line.place for line in lines]), np.concatenate([line.count for line in lines])
    moved = np.zeros(count.size, np.int64)
    for one, other in enumerate(partner):
        if other >= 0 and genealogy.entering[one]:
            its = np.flatnonzero(clone == one)
            if luck is not None:
                its = its[_shuffled(f"tolerant {one}", its.size, luck)]
            if its.size:
                moved[its] = shared_out(int(after[other]), count[its])
    stays, goes = count - moved > 0, moved > 0
    everywhere = np.concatenate([place[stays], place[goes]])
    lies = np.concatenate([number[stays], number[goes] + 1])
    return rows_of(everywhere, lies, np.concatenate([(count - moved)[stays], moved[goes]])), lineage
