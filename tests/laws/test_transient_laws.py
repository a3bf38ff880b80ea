"""A carrier and its drug through time: exact limits, order of convergence, conservation, and how state passes between grids."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.linalg import expm

from refugia.barriers.entry import exchange
from refugia.barriers.exposure import Flow, streams
from refugia.barriers.perfusion import PerfusionLaw
from refugia.barriers.pressure import Fluid
from refugia.barriers.transient import Book, Held, SlowTable, course, empty, recut, stages
from refugia.engine.grids import volumes
from refugia.engine.radial import steady
from refugia.terms import FloatArray

ROWS = 2
SHELLS = np.array([[0.0, 2.0, 4.0, 5.0], [0.0, 1.0, 1.5, 2.0]])


def each(value: float, other: float | None = None) -> FloatArray:
    return np.array([value, value if other is None else other])


SLOW = SlowTable(
    each(0.1, 0.05), each(0.12, 0.3), each(0.76, 0.5), each(0.02), each(0.28, 0.4), each(0.28, 1.0),
    each(8.0, 3.0), each(500.0, 40.0), each(1.0, 0.9), each(0.5), each(16.0, 4.0), each(1.6, 0.3),
)  # fmt: skip


def leaky() -> Flow:
    """Tumours of 5 and 2 mm whose fluid leaves through a thin layer at the surface."""
    fluid = Fluid(each(4.8, 1.0), each(11.5, 9.0), each(0.36), each(0.0))
    return streams(fluid, PerfusionLaw(each(0.8), each(2.0), each(2.0), each(5.0)), each(1.0), SHELLS, 24)[0]


def still() -> Flow:
    """The same tissue without flow, evenly perfused."""
    flow = leaky()
    return Flow(flow.faces, np.ones_like(flow.share), *(np.zeros_like(part) for part in flow[2:]))


def plasma(edges: FloatArray) -> FloatArray:
    """Carrier and unbound drug in plasma after a bolus, (rows, steps, stages, 2)."""
    times = stages(edges)
    levels = np.stack([300.0 * np.exp(-0.7 * times), 5.0 * np.exp(-9.0 * times)], axis=-1)
    return np.stack([levels, 0.5 * levels])


def run(flow: Flow, steps: int, days: float = 2.0, start: Held | None = None) -> tuple[Held, Book]:
    edges = days * (np.arange(steps + 1) / steps) ** 2
    held, _, book = course(SLOW, flow, start or empty(flow), plasma(edges), edges)
    return held, book


def test_what_enters_is_there_or_gone() -> None:
    """The book closes to round-off at any step: entered = there + returned + drained + lost, from any start."""
    flow = leaky()
    volume = volumes(flow.faces)
    start = Held(*(np.full(flow.share.shape, level) for level in (3.0, 2.0, 1.0)))
    for steps in (1, 7, 40):
        held, book = run(flow, steps, start=start)
        before, after = ((sum(part) * volume).sum(axis=1) for part in (start, held))
        assert np.all(book.drained > 0.0) and np.all(book.returned > 0.0) and np.all(book.lost > 0.0)
        np.testing.assert_allclose(before + book.entered, after + book.returned + book.drained + book.lost, rtol=1e-12)


def test_what_is_released_is_what_carriers_lost() -> None:
    """Without exit, loss or flow the carrier's load is what entered less what was released."""
    flow = still()
    sealed = SLOW._replace(carrier_loss=each(0.0), room=each(1e30), exchange=each(0.0), admitted=each(0.0))
    edges = np.linspace(0.0, 2.0, 20)
    held, _, book = course(sealed, flow, empty(flow), plasma(edges), edges)
    load = (held.carried * volumes(flow.faces)).sum(axis=1)
    np.testing.assert_allclose(book.entered, load + book.released, rtol=1e-12)


def test_second_order_in_time() -> None:
    """Halving every step quarters the error, in each of the three amounts: slope 2 within 0.15."""
    flow = leaky()
    exact, _ = run(flow, 1280)
    errors = np.array([[np.abs(a - b).max() for a, b in zip(run(flow, steps)[0], exact, strict=True)] for steps in (40, 80, 160)])
    slopes = np.log2(errors[:-1] / errors[1:])
    assert np.all(np.abs(slopes - 2.0) < 0.15), slopes


def test_an_even_tissue_follows_the_matrix_exponential() -> None:
    """Without flow all places are alike: three linear equations with a constant level in plasma, solved exactly."""
    flow, days, level = still(), 1.5, np.array([200.0, 4.0])
    edges = days * (np.arange(401) / 400) ** 2
    constant = np.broadcast_to(level, (ROWS, 400, 2, 2))
    held, _, _ = course(SLOW, flow, empty(flow), constant, edges)
    for row in range(ROWS):
        s = SlowTable(*(float(column[row]) for column in SLOW))
        matrix = np.zeros((4, 4))
        matrix[0] = [-s.carrier_exchange / s.room - s.release - s.carrier_loss, 0.0, 0.0, s.carrier_exchange * level[0]]
        matrix[1] = [s.release, -s.exchange - s.sink - s.binding, s.unbinding, s.exchange * level[1]]
        matrix[2] = [0.0, s.binding, -s.unbinding, 0.0]
        exact = (expm(days * matrix) @ [0.0, 0.0, 0.0, 1.0])[:3]
        for column, value in zip(held, exact, strict=True):
            np.testing.assert_allclose(column[row], value, rtol=2e-4)


def test_a_constant_level_leads_to_the_steady_field() -> None:
    """One giant step lands on the steady state (L-stability), which for the unbound drug is the quasi-steady field."""
    flow = leaky()
    constant = np.broadcast_to(np.array([0.0, 4.0]), (ROWS, 1, 2, 2))
    held, _, _ = course(SLOW, flow, empty(flow), constant, np.array([0.0, 1e9]))
    convected = flow.entering * SLOW.admitted[:, None]
    diffused = exchange(flow.share * SLOW.exchange[:, None], convected)
    field = steady(flow.faces, SLOW.diffusivity, diffused + SLOW.sink[:, None], 4.0 * (convected + diffused), flow.velocity)
    np.testing.assert_allclose(held.unbound, field, rtol=1e-6)
    np.testing.assert_allclose(held.nuclear, field * (SLOW.binding / SLOW.unbinding)[:, None], rtol=1e-6)


def test_a_row_does_not_depend_on_the_others() -> None:
    flow, edges = leaky(), np.linspace(0.0, 1.0, 9)
    both, _, _ = course(SLOW, flow, empty(flow), plasma(edges), edges)
    alone = Flow(*(column[1:] for column in flow))
    one, _, _ = course(SlowTable(*(column[1:] for column in SLOW)), alone, empty(alone), plasma(edges)[1:], edges)
    for column, single in zip(both, one, strict=True):
        assert np.array_equal(column[1:], single)


def test_new_grids_keep_the_drug() -> None:
    """A sphere cut anew keeps its amounts; one that grew keeps its levels."""
    held, _ = run(leaky(), 20)
    old = leaky().faces
    new = np.sort(np.concatenate([SHELLS, old[:, 1:-1:3]], axis=1), axis=1)
    moved = recut(held, old, new)
    for before, after in zip(held, moved, strict=True):
        np.testing.assert_allclose((after * volumes(new)).sum(axis=1), (before * volumes(old)).sum(axis=1), rtol=1e-12)
    grown = recut(held, old, 1.1 * old)
    for before, after in zip(held, grown, strict=True):
        assert after == pytest.approx(before, rel=1e-9)
