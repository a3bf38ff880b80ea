"""Sprouts equal their plain twin tip for tip and link for link; no order of tips and no number of threads counts."""

from __future__ import annotations

import numpy as np
import pytest

from refugia.engine.voxels import sprouts as network
from refugia.engine.voxels import trails
from refugia.engine.voxels.grid import Grid
from refugia.engine.voxels.hops import Law, Scene
from refugia.engine.voxels.sprouts import Sprouts
from tests.reference.plain_sprouts import Plain, passed

KEY = (0x12345678, 0x9ABCDEF0)
LAW = Law(spread=0.1, pull=0.4, fading=0.6, grip=0.3, made=0.5, lost=0.8, taken=0.3, ripe=0.2)


def scene(shape: tuple[int, int, int]) -> tuple[Scene, np.ndarray]:
    """A ragged lure, some walls, and roots that are open."""
    rng = np.random.default_rng(7)
    x = np.linspace(0.0, 2.0, shape[2])
    lure = np.ascontiguousarray(np.broadcast_to(x, shape) + 0.1 * rng.random(shape))
    open_to = rng.random(shape) > 0.08
    roots = np.flatnonzero(open_to & (np.arange(shape[2]) == 0))[::2]
    return Scene(lure, 0.3 * rng.random(shape), np.full(shape, 1.5), open_to), roots


def run(shape: tuple[int, int, int], threads: int = 1, shuffle: bool = False) -> tuple[Sprouts, np.ndarray]:
    """Three times half a day; between them the tips may be shuffled."""
    seen, roots = scene(shape)
    grid = Grid(shape, 0.25)
    found = network.budded(network.begin(grid, roots, seen.bed), roots, KEY)
    for turn in range(3):
        if shuffle:
            found = network.tips_of(found, np.random.default_rng(turn).permutation(found.place.size))
        found = network.advance(found, grid, seen._replace(bed=found.bed), LAW, 0.5, KEY, threads=threads)
    return found, seen.lure


@pytest.mark.parametrize("shape", [(1, 12, 20), (5, 6, 9), (1, 1, 20), (4, 1, 9)])
def test_sprouts_equal_their_plain_twin(shape: tuple[int, int, int]) -> None:
    seen, roots = scene(shape)
    places = {index: tuple(int(one) for one in np.unravel_index(index, shape)) for index in range(int(np.prod(shape)))}
    open_to = {at for at in places.values() if seen.open[at]}
    fields = [{at: float(field[at]) for at in open_to} for field in seen[:3]]
    held = {places[int(root)]: i for i, root in enumerate(roots)}
    plain = Plain(shape, 0.25, LAW, *fields, KEY, held, len(roots))
    for root in roots.tolist():
        plain.bud(places[root])
    found, lure = run(shape)
    for _ in range(3):
        plain.advance(0.5)
    assert [(tip.number, plain.index(tip.at), tip.word) for tip in plain.tips] == list(
        zip(found.number.tolist(), found.place.tolist(), found.word.tolist(), strict=True)
    )
    assert plain.links == list(zip(found.start.tolist(), found.end.tolist(), found.owner.tolist(), strict=True))
    assert (plain.step, plain.given) == tuple(found.given.tolist())
    for at in open_to:
        assert found.bed[at] == pytest.approx(plain.bed[at], rel=1e-12)
        assert lure[at] == pytest.approx(plain.lure[at], rel=1e-12)
        assert found.held[at] == plain.held.get(at, -1)
    assert len(plain.links) > (10 if len(places) > 100 else 1)


def test_bits_hang_on_neither_threads_nor_the_order_of_tips(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(network, "FEW", 0)
    expected = run((5, 6, 9))
    for other in (run((5, 6, 9), threads=2), run((5, 6, 9), shuffle=True)):
        for name, one, again in zip(Sprouts._fields, expected[0], other[0], strict=True):
            assert np.array_equal(one, again), name
        assert np.array_equal(expected[1], other[1])


@pytest.mark.parametrize("seed", range(12))
def test_links_between_roots_are_those_that_no_place_cuts_off(seed: int) -> None:
    rng = np.random.default_rng(seed)
    links = [(int(a), int(b)) for a, b in rng.integers(0, 12, (14, 2)) if a != b]
    roots = rng.choice(12, 3, replace=False)
    start, end = np.array(links).T
    assert trails.through(start, end, roots).tolist() == passed(links, roots.tolist())
    assert trails.hanging(start, end, roots).tolist() == [bool(hangs(links, link, roots.tolist())) for link in links]


def hangs(links: list[tuple[int, int]], link: tuple[int, int], roots: list[int]) -> set[int]:
    """The roots that a link can be followed to."""
    found = set(link)
    while True:
        more = {node for one in links if found & set(one) for node in one} - found
        if not more:
            return found & set(roots)
        found |= more


def test_without_a_link_what_hangs_on_it_is_gone() -> None:
    found, _ = run((1, 12, 20))
    rng = np.random.default_rng(1)
    left = trails.without(found, rng.random(found.start.size) < 0.3)
    assert 0 < left.start.size < found.start.size
    assert trails.hanging(left.start, left.end, left.roots).all()
    used = np.unique(np.concatenate([left.start, left.end, left.roots]))
    assert np.isin(np.flatnonzero(left.held >= 0), used).all()
    assert np.isin(left.place, used).all()
    again = network.advance(left, Grid((1, 12, 20), 0.25), scene((1, 12, 20))[0]._replace(bed=left.bed), LAW, 0.5, KEY)
    assert not (again.held < -1).any()
