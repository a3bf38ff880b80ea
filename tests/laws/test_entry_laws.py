"""Pressure lifted as an ideal of supply: exact limits, bounds, conservation, order of convergence, and what stays as it was."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from refugia.barriers.entry import Balance, Filtration, entry, exchange, solved
from refugia.barriers.exposure import Flow, fields, streams
from refugia.barriers.perfusion import PerfusionLaw
from refugia.barriers.pressure import Fluid
from refugia.barriers.transient import Book, Held, SlowTable, course, empty
from refugia.engine.grids import volumes
from refugia.terms import FloatArray
from tests.laws.test_exposure_laws import PLACES, RADII, ground, shells, table
from tests.laws.test_transient_laws import ROWS, SHELLS, SLOW, each, plasma

LIFTED, UNLIFTED = each(0.0), each(1.0)


def tumour(pressed: FloatArray = LIFTED, conductivity: float = 0.36) -> Flow:
    """Two tumours whose fluid leaves through a thin layer at the surface, with and without their pressure."""
    fluid = Fluid(each(48.0, 4.8), each(11.5, 9.0), each(conductivity), each(0.0))
    return streams(fluid, PerfusionLaw(each(0.8), each(2.0), each(2.0), each(5.0)), pressed, SHELLS, 24)[0]


def run(flow: Flow, slow: SlowTable = SLOW, steps: int = 60, days: float = 2.0) -> tuple[Held, Held, Book]:
    edges = days * (np.arange(steps + 1) / steps) ** 3
    return course(slow, flow, empty(flow), plasma(edges), edges)


def test_fluid_keeps_its_flow() -> None:
    """Lifting pressure moves no bit of perfusion, filtration and flow; only what would enter unopposed is more."""
    before, after = tumour(UNLIFTED), tumour(LIFTED)
    for name in ("faces", "share", "entering", "velocity"):
        assert np.array_equal(getattr(before, name), getattr(after, name))
    assert np.array_equal(before.unopposed, before.entering)
    assert np.all(after.unopposed > after.entering)
    assert after.unopposed == pytest.approx(after.share * (each(48.0, 4.8) * each(11.5, 9.0))[:, None], rel=1e-14)


def test_without_pressure_lifting_it_changes_no_bit() -> None:
    """A tissue so conductive that it holds no pressure: carried, unbound, nuclear and book are the same to the bit."""
    for before, after in zip(run(tumour(UNLIFTED, 1e30)), run(tumour(LIFTED, 1e30)), strict=True):
        for one, other in zip(before, after, strict=True):
            assert np.array_equal(one, other)


def test_a_wall_that_does_not_leak_has_nothing_to_lift() -> None:
    one = np.ones((1, 1))
    found = entry(each(3.0)[:1], each(0.7)[:1], Filtration(one, 0.0 * one, 0.0 * one))
    assert [float(part[0, 0]) for part in found] == [3.0, 3.0, 0.0, 0.0]


@pytest.mark.parametrize("reflection", [0.0, 0.3, 0.9])
@pytest.mark.parametrize("passive", [1e-6, 0.1, 10.0, 1e4])
def test_what_enters_besides_ends_below_what_filters(reflection: float, passive: float) -> None:
    """Equation (2) ends at a level of no more than 1 - sigma over plasma, which it reaches where nothing diffuses."""
    one = np.ones((1, 1))
    found = entry(np.array([passive]), np.array([1.0 - reflection]), Filtration(one, 0.0 * one, 50.0 * one))
    ends = float((found.more / found.thinned)[0, 0])
    assert found.more[0, 0] >= 0.0 and found.thinned[0, 0] >= 0.0
    assert ends <= (1.0 - reflection) * (1.0 + 1e-9)
    if passive == 1e-6:
        assert ends == pytest.approx(1.0 - reflection, rel=1e-6)


def test_the_gain_is_that_of_free_filtration_less_that_under_pressure() -> None:
    """Where it pays, entry and thinning together are those of a filtration that nothing opposes."""
    one = np.ones((1, 1))
    passive, passed = np.array([2.0]), np.array([0.8])
    lifted = entry(passive, passed, Filtration(one, 1.0 * one, 9.0 * one))
    free = entry(passive, passed, Filtration(one, 9.0 * one, 9.0 * one))
    level, there = 5.0 * one, 0.5 * one
    net = lifted.brought * level - (lifted.taken + 1.0) * there + lifted.gained(level, there)
    assert net == pytest.approx(free.brought * level - (free.taken + 9.0) * there, rel=1e-13)
    assert lifted.gained(level, 5.0 * one) == 0.0
    assert free.brought == pytest.approx(9.0 * 0.8 + exchange(passive, 9.0 * passed)[0], rel=1e-14)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.floats(-2.0, 2.0), min_size=7, max_size=7))
def test_lifting_pressure_never_lowers_a_level_and_never_pumps(shifts: list[float]) -> None:
    """At every time and place: no less than under pressure, and no more carrier in the fluid than plasma ever held.

    The first holds but for the error of the steps, which are not monotone: at 30 steps it reaches 3e-3 of the largest level, at 120
    it is gone.
    """
    names = ("carrier_diffusivity", "carrier_exchange", "carrier_loss", "release", "exchange", "binding", "unbinding")
    moved = {name: getattr(SLOW, name) * 10.0**shift for name, shift in zip(names, shifts, strict=True)}
    slow = SLOW._replace(**moved)
    (_, under, _), (_, lifted, _) = run(tumour(UNLIFTED), slow, 120), run(tumour(LIFTED), slow, 120)
    for before, after in zip(under, lifted, strict=True):
        assert np.all(after >= before - 1e-3 * np.abs(before).max())
    most = np.array([300.0, 150.0])[None, :, None]
    assert np.all(lifted.carried / slow.room[None, :, None] <= most * (1.0 + 1e-9))


def test_it_is_kept_as_before_once_plasma_is_empty() -> None:
    """Without drug in plasma nothing enters, and what is there leaves as under pressure: the same bits."""
    edges = np.linspace(0.0, 2.0, 15)
    start = Held(*(np.full(tumour().share.shape, level) for level in (30.0, 2.0, 1.0)))
    none = np.zeros((ROWS, 14, 2, 2))
    found = [course(SLOW, flow, start, none, edges)[0] for flow in (tumour(UNLIFTED), tumour(LIFTED))]
    for before, after in zip(*found, strict=True):
        assert np.array_equal(before, after)


@pytest.mark.parametrize("steps", [1, 7, 40])
def test_books_close(steps: int) -> None:
    """Entered = there + returned + drained + lost to round-off, at any step."""
    flow = tumour()
    held, _, book = run(flow, steps=steps)
    there = (sum(held) * volumes(flow.faces)).sum(axis=1)
    np.testing.assert_allclose(book.entered, there + book.returned + book.drained + book.lost, rtol=1e-12)
    assert np.all(book.entered > run(tumour(UNLIFTED), steps=steps)[2].entered)


def test_second_order_in_time_in_spite_of_the_kink() -> None:
    """Slope 2 within 0.25 once steps follow the plasma: places change sides within a step or two."""
    exact = run(tumour(), steps=2560)[0]
    found = [run(tumour(), steps=steps)[0] for steps in (80, 160, 320)]
    errors = np.array([[np.abs(a - b).max() for a, b in zip(held, exact, strict=True)] for held in found])
    slopes = np.log2(errors[:-1] / errors[1:])
    assert np.all(np.abs(slopes - 2.0) < 0.25), slopes


def test_a_row_does_not_depend_on_the_others() -> None:
    """A lifted row beside an unlifted one, and each alone: the same bits."""
    flow, edges = tumour(np.array([0.0, 1.0])), np.linspace(0.0, 1.0, 9)
    both, _, _ = course(SLOW, flow, empty(flow), plasma(edges), edges)
    for row in range(ROWS):
        alone = Flow(*(column[[row]] for column in flow))
        table_of_one = SlowTable(*(column[[row]] for column in SLOW))
        one, _, _ = course(table_of_one, alone, empty(alone), plasma(edges)[[row]], edges)
        for column, single in zip(both, one, strict=True):
            assert np.array_equal(column[[row]], single)


def test_newton_ends_where_no_place_changes_sides() -> None:
    """Any guess leads to the same levels, and they balance."""
    rng = np.random.default_rng(4)
    flow = tumour(UNLIFTED)
    decay, source, more, thinned = (rng.uniform(0.1, 30.0, flow.share.shape) for _ in range(4))
    balance = Balance(flow.faces, each(8.0), decay, source, flow.velocity)
    found = [solved(balance, more, thinned, guess * np.ones_like(more)) for guess in (0.0, 0.5, 1e9)]
    assert found[1] == pytest.approx(found[0], rel=1e-12) and found[2] == pytest.approx(found[0], rel=1e-12)
    volume = volumes(flow.faces)
    gained = ((source + np.maximum(more - thinned * found[0], 0.0)) * volume).sum(axis=1)
    lost = (decay * found[0] * volume).sum(axis=1) + flow.velocity[:, -1] * flow.faces[:, -1] ** 2 * found[0][:, -1]
    assert gained == pytest.approx(lost, rel=1e-12)
    assert 0 < int((more > thinned * found[0]).sum()) < more.size


def test_a_small_drug_hardly_changes_and_a_large_one_does() -> None:
    """What diffuses through the wall needs no filtration: gefitinib gains 1 %, an antibody with the same sink more than half."""
    faces, live, wall = shells(RADII), np.full((RADII.size, PLACES), 0.95), np.ones((RADII.size, PLACES, 1))
    small = ground()
    large = replace(small, solutes=(replace(small.solutes[0], permeability=0.013, reflection=0.03),))
    gains = []
    for description in (small, large):
        seen = [fields(table(one), faces, live, wall).transfer for one in (description, description.without_pressure())]
        assert np.all(seen[1] >= seen[0]) and np.all(seen[1] <= 1.0)
        gains.append(float((seen[1] / seen[0]).max()))
    assert 1.0 < gains[0] < 1.02
    assert gains[1] > 1.5


def test_perfusion_and_pressure_apart_are_the_two_together() -> None:
    assert ground().without_compression().without_pressure() == ground().without_perfusion()
    assert ground().without_pressure().without_compression() == ground().without_perfusion()
