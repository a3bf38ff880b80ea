"""Fields in voxels: those of the sphere on a ball, closed forms on slabs and planes, and what must change nothing at all."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.special import iv

from refugia.barriers import Acid, Matrix, Microenvironment, Oxygen, Perfusion, Solute, Vessels
from refugia.barriers.entry import Filtration
from refugia.barriers.exposure import fields
from refugia.barriers.lower import TissueTable, lower
from refugia.barriers.tissue import VoxelFields, voxel_fields
from refugia.barriers.voxel_drug import Stream, tissue_level
from refugia.engine.voxels.grid import Grid
from refugia.engine.voxels.rim import cut, held_rim

PE = 11.5
"""mmHg, effective pressure of the vessels below."""
SHELLS = 5


def ground(sink: float = 20.0, reflection: float = 0.0) -> Microenvironment:
    """A lung tumour on a small drug and on an antibody, in mm and days."""
    perfusion = Perfusion(0.8, 0.5, 2.0, 5.0)
    drugs = (Solute("small", 0.5, 25.92, 25.92, reflection, sink), Solute("antibody", 5.0, 1.0, 0.00864, 0.05, min(sink, 0.5)))
    return Microenvironment(
        Vessels(20.0, 0.24192, 15.6, 0.82, 20.0, 15.0), perfusion, perfusion, Matrix(0.03, 20.0, 1.3, 0.3568),
        Oxygen(172.8, 1.728e6, 1.0, 40.0, 172800.0), Acid(7.35, 6.7, 7.4), drugs, 0.0,
    )  # fmt: skip


def table(description: Microenvironment | None = None, **columns: float) -> TissueTable:
    """One line of it, with some columns set to other numbers."""
    found = lower(description or ground(), lambda number: np.full(1, float(number)))
    return found._replace(**{name: np.full_like(getattr(found, name), value) for name, value in columns.items()})


OPEN: dict[str, float] = {"drug_open": 1.0, "drug_yielding": 0.0, "oxygen_open": 1.0, "oxygen_yielding": 0.0}
"""Every vessel carries blood."""


def solved(line: TissueTable, grid: Grid, inside: np.ndarray | None = None, **given: Any) -> VoxelFields:
    inside = np.ones(grid.shape, bool) if inside is None else inside
    wall = given.pop("wall", np.ones((2, *grid.shape)))
    return voxel_fields(line, grid, inside, np.where(inside, 0.95, 0.0), wall, **given)


def ball(grid: Grid, radius: float, middle: float = 0.0) -> np.ndarray:
    """The voxels of a ball whose middle lies somewhere on the x axis; a disc on a plane."""
    z, y, x = (grid.middles(axis).reshape([-1 if axis == other else 1 for other in range(3)]) for axis in range(3))
    found: np.ndarray = z * z + y * y + (x - middle) ** 2 < radius * radius
    return found


def _gaps(description: Microenvironment, cells: int, radius: float) -> dict[str, float]:
    """How far means over shells of a ball lie from those of the sphere of its volume, over the largest of these."""
    grid = Grid((cells, cells, cells), 2.2 * radius / cells)
    inside = ball(grid, radius)
    found = solved(table(description), grid, inside)
    size = float(np.cbrt(0.75 / np.pi * inside.sum() * grid.volume))
    faces = size * np.linspace(0.0, 1.0, SHELLS + 1)[None]
    sphere = fields(table(description), faces, np.full((1, SHELLS), 0.95), np.ones((1, SHELLS, 2)))
    z, y, x = (grid.middles(axis).reshape([-1 if axis == other else 1 for other in range(3)]) for axis in range(3))
    shell = np.minimum((np.sqrt(z * z + y * y + x * x) / size * SHELLS).astype(int), SHELLS - 1)[inside]

    def gap(values: np.ndarray, expected: np.ndarray) -> float:
        means = np.bincount(shell, values[inside]) / np.bincount(shell)
        return float(np.abs(means - expected).max() / np.abs(expected).max())

    gaps = {name: gap(getattr(found, name), getattr(sphere, name)[0]) for name in ("oxygen", "acidity", "perfused")}
    gaps |= {f"transfer {drug}": gap(found.transfer[drug], sphere.transfer[0, :, drug]) for drug in range(2)}
    return gaps | ({} if description.pressureless else {"pressure": gap(found.pressure, sphere.pressure[0])})


@pytest.mark.parametrize("description", [ground(), ground().without_pressure()], ids=["pressed", "lifted"])
def test_a_ball_has_the_fields_of_the_sphere(description: Microenvironment) -> None:
    """Within 2 % of the largest value with 44 voxels across a ball of 8 mm, and nearer the more there are."""
    coarse, fine = _gaps(description, 12, 4.0), _gaps(description, 48, 4.0)
    assert max(fine.values()) < 0.02, fine
    assert all(fine[name] < 0.5 * coarse[name] for name in fine), (coarse, fine)


@pytest.mark.slow
@pytest.mark.parametrize("radius", [1.5, 10.0])
def test_the_fields_of_a_ball_converge(radius: float) -> None:
    """A rim of steps is first order at least: over three halvings of the spacing gaps fall more than fourfold, to below 1 %."""
    for description in (ground(), ground().without_pressure(), ground(sink=100.0)):
        coarse, fine = _gaps(description, 12, radius), _gaps(description, 96, radius)
        assert max(fine.values()) < 0.01, fine
        assert all(fine[name] < max(0.25 * coarse[name], 1e-4) for name in fine), (coarse, fine)


def test_pressure_of_a_slab_and_of_a_cylinder() -> None:
    """p / pe = 1 - cosh(a x) / cosh(a) on a slab, to second order, and 1 - I0(a r) / I0(a) on a disc of a plane."""
    rate = 5.0
    line, errors = table(leak=rate**2, conductivity=1.0, **OPEN), []
    for cells in (60, 120):
        grid = Grid((1, 1, cells), 2.0 / cells)
        law = PE * (1.0 - np.cosh(rate * grid.middles(2)) / np.cosh(rate))
        errors.append(np.abs(solved(line, grid).pressure[0, 0] - law).max())
    assert 1.8 < np.log2(errors[0] / errors[1]) < 2.2
    grid = Grid((1, 120, 120), 2.1 / 120)
    inside = ball(grid, 1.0)
    found = solved(line, grid, inside).pressure[0]
    r = np.hypot(grid.middles(1)[:, None], grid.middles(2))
    law = PE * (1.0 - iv(0, rate * r) / iv(0, rate))
    assert np.abs(found - law)[inside[0] & (r < 0.9)].max() < 0.02 * PE
    assert np.abs(found[60] - law[60])[inside[0, 60]].max() < 0.05 * PE


def test_oxygen_where_only_the_core_has_vessels() -> None:
    """Uptake in proportion, vessels in |x| < 1/2 alone: the cosines on both sides meet with one value and one slope."""
    spread, taken, exchange, level, cells = 2.0, 3.0, 40.0, 40.0, 80
    line = table(oxygen_diffusivity=spread, oxygen_consumption=taken * 1e9 / 0.95, oxygen_half=1e9, oxygen_vessel=level,
                 oxygen_exchange=exchange, **OPEN)  # fmt: skip
    grid = Grid((1, 1, cells), 2.0 / cells)
    x = np.abs(grid.middles(2))
    found = solved(line, grid, vessels=np.where(x < 0.5, 1.0, 0.0)[None, None]).oxygen[0, 0]
    k, m = np.sqrt((taken + exchange) / spread), np.sqrt(taken / spread)
    plateau = exchange * level / (taken + exchange)
    # plateau - a cosh(k x) inside, b cosh(m (1 - x)) outside
    meet = np.array([[np.cosh(k / 2), np.cosh(m / 2)], [k * np.sinh(k / 2), -m * np.sinh(m / 2)]])
    a, b = np.linalg.solve(meet, [plateau, 0.0])
    law = np.where(x < 0.5, plateau - a * np.cosh(k * x), b * np.cosh(m * (1.0 - x)))
    assert np.abs(found - law).max() < 2e-3 * level


def test_a_drug_that_enters_everywhere_alike() -> None:
    """Where no pressure builds, c / w = (J (1 - s) + X) / (J + X + sink), whatever the flow carries; with less vessels, less."""
    grid = Grid((1, 30, 40), 0.1)
    passed, passive, sink, leak = 0.3, 4.0, 2.0, 5.0
    line = table(leak=leak, conductivity=1e9, diffusivity=0.5, exchange=passive, admitted=passed, sink=sink, **OPEN)
    found = solved(line, grid, vessels=np.full(grid.shape, 0.5))
    flow = 0.5 * leak * PE
    diffused = 0.5 * passive * (flow * passed / (0.5 * passive)) / np.expm1(flow * passed / (0.5 * passive))
    assert found.transfer == pytest.approx((flow * passed + diffused) / (flow + diffused + sink), rel=1e-5)


@pytest.mark.parametrize("sink", [0.1, 60.0])
def test_a_lifted_pressure_lets_in_more_or_changes_nothing(sink: float) -> None:
    """Deep inside, where nothing filters: c / w is the larger of X / (X + sink) and a* / (b* + J* + sink)."""
    grid, passed, passive = Grid((1, 1, 60), 0.5), 0.6, 4.0
    line = table(conductivity=0.01, leak=5.0, diffusivity=1e-3, exchange=passive, admitted=passed, sink=sink, pressed=0.0, **OPEN)
    found = solved(line, grid)
    flow = 5.0 * PE
    diffused = flow * passed / np.expm1(flow * passed / passive)
    plain, lifted = passive / (passive + sink), (flow * passed + diffused) / (diffused + flow + sink)
    assert (plain < lifted) == (sink > 1.0)
    assert found.transfer[0, 0, 0, 25:35] == pytest.approx(max(plain, lifted), rel=1e-4)
    assert np.array_equal(found.pressure, np.zeros(grid.shape))


@pytest.mark.parametrize("description", [ground(0.0), ground(0.0).without_perfusion(), ground(0.0).without_matrix()])
def test_without_a_sink_the_tissue_sees_its_supply(description: Microenvironment) -> None:
    """Exactly one everywhere of a drug that the wall does not hold back."""
    grid = Grid((8, 9, 10), 0.5)
    found = solved(table(description), grid, ball(grid, 2.0))
    assert np.array_equal(found.transfer[0], np.ones(grid.shape))


def test_what_enters_leaves_or_is_lost() -> None:
    rng = np.random.default_rng(3)
    grid = Grid((7, 8, 9), 0.3)
    body, _ = cut(grid, ball(grid, 1.1))
    line = table(ground(reflection=0.4))
    leak = np.where(body.inside, rng.uniform(0.0, 5.0, body.grid.shape), 0.0)
    within, flow, through = held_rim(body, 0.4, leak, PE * leak, tolerance=1e-12)
    fluid = Filtration(np.where(body.inside, 0.7, 0.0).reshape(1, -1), *2 * ((leak * (PE - within)).reshape(1, -1),))
    supply = np.where(body.inside, rng.uniform(0.2, 1.0, body.grid.shape), 0.0)
    level = tissue_level(line, 0, Stream(body, fluid, flow, through), supply, supply)
    convected = fluid.entering.reshape(level.shape) * 0.6
    passive = 0.7 * float(line.exchange[0, 0])
    diffused = np.where(body.inside, passive * (convected / passive) / np.expm1(convected / passive + 1e-300), 0.0)
    gained = ((convected + diffused) * supply).sum()
    assert (diffused * level + 20.0 * level + through * level).sum() == pytest.approx(gained, rel=1e-5)


def test_vessels_of_one_and_any_number_of_threads_change_no_bit() -> None:
    grid = Grid((1, 24, 30), 0.4)
    inside = ball(grid, 4.0)
    line = table(ground().without_pressure())
    plain = solved(line, grid, inside, threads=1)
    for other in (solved(line, grid, inside, threads=1, vessels=np.ones(grid.shape)), solved(line, grid, inside, threads=3)):
        assert all(np.array_equal(one, same) for one, same in zip(plain, other, strict=True))


def test_two_balls_are_as_each_alone() -> None:
    """And a ball that touches a side of the grid is as one that does not."""
    grid = Grid((12, 12, 30), 0.5)
    low, high = ball(grid, 2.6, -4.7), ball(grid, 1.7, 4.2)
    both, first, second = (solved(table(), grid, inside) for inside in (low | high, low, high))
    assert low[:, :, 0].any() and not low[:, :, -3:].any()
    away = solved(table(), grid, np.roll(low, 3, axis=2))
    for pair, one, other, moved in zip(both, first, second, away, strict=True):
        assert np.allclose(pair[..., low], one[..., low], rtol=1e-4, atol=1e-5)
        assert np.allclose(pair[..., high], other[..., high], rtol=1e-4, atol=1e-5)
        assert np.allclose(np.roll(moved, -3, axis=-1)[..., low], one[..., low], rtol=1e-4, atol=1e-5)
        assert np.array_equal(pair[..., ~(low | high)], one[..., ~(low | high)])


def test_many_small_pieces_with_few_vessels_are_solved() -> None:
    """What leaves each piece is little beside what passes within it, and no piece knows of the others."""
    rng = np.random.default_rng(4)
    grid = Grid((22, 13, 23), 0.016)
    inside = rng.random(grid.shape) < 0.3
    vessels = rng.choice([0.0, 1.0, 3.0], grid.shape)
    line = table(diffusivity=200.0, leak=50.0, conductivity=1.8, surface=11.0, exchange=0.01, admitted=1.0, sink=0.0)
    supply = np.where(rng.random(grid.shape) < 0.5, 1.0, 0.2)
    found = solved(line, grid, inside, vessels=vessels, wall=np.stack([supply, np.ones(grid.shape)])).transfer
    own = found[1][inside]  # one, or none in a piece without vessels
    assert np.minimum(own, np.abs(own - 1.0)).max() < 1e-5
    assert (found[0] * supply).max() < 1.0 + 1e-4


@pytest.mark.parametrize("surface", [12.0, 20.0])
def test_what_flows_in_through_the_rim_brings_the_supply(surface: float) -> None:
    """Where the surface has the higher pressure: all is one without a sink and reflection, and an antibody reaches the middle."""
    grid = Grid((1, 20, 20), 0.2)
    inside = ball(grid, 1.8)
    found = solved(table(ground(0.0), surface=surface), grid, inside).transfer
    assert np.array_equal(found[0], np.ones(grid.shape))
    assert found[1][inside].min() > 0.99


def test_a_warm_start_finds_the_same() -> None:
    grid = Grid((10, 12, 14), 0.5)
    inside = ball(grid, 2.6)
    grown = inside | ball(grid, 2.2, 0.9)
    cold, warm = (solved(table(), grid, grown, start=start) for start in (None, solved(table(), grid, inside)))
    assert all(np.allclose(one, other, rtol=1e-4, atol=1e-5) for one, other in zip(cold, warm, strict=True))


def test_what_is_not_given_or_has_no_vessel() -> None:
    """A drug not taken reads one; no vessel brings no drug and no oxygen; no supply, no drug; no tumour, all is surroundings."""
    grid = Grid((1, 6, 6), 0.5)
    inside = ball(grid, 1.2)
    found = solved(table(), grid, inside, takes=np.array([True, False]), vessels=np.zeros(grid.shape))
    assert np.array_equal(found.transfer[1], np.ones(grid.shape))
    assert not found.transfer[0][inside].any() and not found.oxygen[inside].any()
    assert not solved(table(), grid, inside, wall=np.zeros((2, *grid.shape))).transfer[:, inside].any()
    assert np.array_equal(solved(table(), grid, ~np.ones(grid.shape, bool)).oxygen, np.full(grid.shape, 40.0))


def test_arrays_that_do_not_fit_are_refused() -> None:
    grid = Grid((1, 4, 4), 0.5)
    with pytest.raises(ValueError, match=r"wall\[1\]: shape \(1, 4, 3\) is not that of the grid"):
        solved(table(), grid, wall=[np.ones(grid.shape), np.ones((1, 4, 3))])
    with pytest.raises(ValueError, match="A grid of one voxel has no rim"):
        solved(table(), Grid((1, 1, 1), 0.5))
    with pytest.raises(ValueError, match="one line of a table, not 2"):
        solved(lower(ground(), lambda number: np.full(2, float(number))), grid)
