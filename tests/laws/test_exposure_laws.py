"""The drug in the tissue: exact limits, closed forms, conservation, refinement and independence of rows."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from refugia.barriers import Acid, Matrix, Microenvironment, Oxygen, Perfusion, Solute, Vessels
from refugia.barriers.entry import exchange
from refugia.barriers.exposure import Fields, Fineness, fields
from refugia.barriers.lower import TissueTable, lower
from refugia.engine.grids import average, graded, middles, uniform, volumes
from refugia.engine.radial import outflow, steady
from refugia.terms import InputError

RADII = np.array([1.25, 2.0, 3.0, 6.0, 10.0, 15.0, 20.0])
PLACES = 8


def ground(sink: float = 20.0, reflection: float = 0.0, permeability: float = 25.92) -> Microenvironment:
    """A lung tumour on gefitinib, in mm and days."""
    perfusion = Perfusion(0.8, 0.5, 2.0, 5.0)
    return Microenvironment(
        Vessels(20.0, 0.24192, 15.6, 0.82, 20.0, 15.0), perfusion, perfusion, Matrix(0.03, 20.0, 1.3, 0.3568),
        Oxygen(172.8, 1.728e6, 1.0, 40.0, 172800.0), Acid(7.35, 6.7, 7.4),
        (Solute("gefitinib", 0.5, 25.92, permeability, reflection, sink),), 0.0,
    )  # fmt: skip


def table(description: Microenvironment, rows: int = RADII.size) -> TissueTable:
    return lower(description, lambda number: np.full(rows, float(number)))


def shells(radii: np.ndarray, even: bool = False) -> np.ndarray:
    cut = np.arange(PLACES + 1) / PLACES
    return radii[:, None] * (cut if even else np.cbrt(cut))


def solved(description: Microenvironment, fineness: Fineness | None = None, even: bool = False) -> Fields:
    rows = RADII.size
    return fields(
        table(description), shells(RADII, even), np.full((rows, PLACES), 0.95), np.ones((rows, PLACES, 1)), fineness
    )  # fmt: skip


@pytest.mark.parametrize("description", [ground(0.0), ground(0.0).without_perfusion(), ground(0.0).without_matrix()])
def test_without_a_sink_the_tissue_sees_its_supply(description: Microenvironment) -> None:
    """Exactly one at every place, whatever perfusion, pressure and matrix do."""
    assert np.array_equal(solved(description).transfer, np.ones((RADII.size, PLACES, 1)))


def test_the_unrounded_solution_is_one_to_round_off() -> None:
    """Discrete continuity: exchange, filtration and flow share one grid."""
    rng = np.random.default_rng(3)
    faces = graded(shells(RADII), 64, np.full(RADII.size, 0.3))
    entering = rng.uniform(0.0, 50.0, (RADII.size, 64))
    diffused = exchange(rng.uniform(0.0, 500.0, entering.shape), entering)
    found = steady(faces, np.full(RADII.size, 15.0), diffused, entering + diffused, outflow(faces, entering))
    assert np.abs(found - 1.0).max() < 1e-13


def test_no_sink_and_reflection_still_hold_drug_back() -> None:
    """A filtering wall that reflects the drug dilutes it: below one, above one less the reflection."""
    seen = solved(ground(0.0, reflection=0.5, permeability=0.5)).transfer
    assert seen.max() < 1.0 and seen.min() > 0.5 and seen.min() < 0.95


def test_lifting_perfusion_closes_the_exposure_gap_and_leaves_oxygen() -> None:
    """Every vessel delivers, no pressure, more drug; oxygen and pH keep their bits."""
    plain, lifted = solved(ground()), solved(ground().without_perfusion())
    assert np.array_equal(plain.oxygen, lifted.oxygen) and np.array_equal(plain.acidity, lifted.acidity)
    assert np.array_equal(lifted.perfused, np.ones_like(lifted.perfused))
    assert np.array_equal(lifted.pressure, np.zeros_like(lifted.pressure))
    assert np.all(lifted.transfer > plain.transfer)


def test_lifting_acid_and_matrix_touches_only_the_drug() -> None:
    plain, neutral, free = solved(ground()), solved(ground().without_acid()), solved(ground().without_matrix())
    assert np.array_equal(neutral.acidity, np.full_like(neutral.acidity, 7.4))
    assert np.array_equal(neutral.transfer, plain.transfer) and np.array_equal(neutral.oxygen, plain.oxygen)
    assert np.array_equal(free.oxygen, plain.oxygen) and np.array_equal(free.pressure, plain.pressure)
    assert not np.array_equal(free.transfer, plain.transfer)


def test_core_figures() -> None:
    """Perfused share at the centre 0.22 at 40 mm, 0.37 at 12 mm, 0.69 at 2.5 mm; pressure plateau 11.5 mmHg inside a large one."""
    found = fields(
        table(ground(), 3), np.array([20.0, 6.0, 1.25])[:, None] * np.array([0.0, 0.01, 0.5, 1.0]), np.ones((3, 3)),
        np.ones((3, 3, 1)),
    )  # fmt: skip
    assert found.perfused[:, 0] == pytest.approx([0.22, 0.37, 0.69], abs=6e-3)
    assert found.pressure[0, 0] == pytest.approx(11.5, rel=1e-6)
    assert found.acidity[0, 0] == pytest.approx(7.35 - 0.65 * (1 - found.perfused[0, 0] / 0.8), rel=1e-3)


@pytest.mark.parametrize("phi", [0.5, 3.0, 10.0])
def test_sphere_and_slab_profiles(phi: float) -> None:
    """Decay against diffusion: sinh(phi x) / (x sinh phi), slope 2; below the rim of a large sphere exp(-depth / length)."""
    errors, one = [], np.array([1.0])
    for cells in (50, 100, 200):
        faces = uniform(one, cells)
        x = middles(faces)[0]
        c = steady(faces, one, np.full((1, cells), phi**2), np.zeros((1, cells)), edge=one)[0]
        errors.append(np.abs(c - np.sinh(phi * x) / (x * np.sinh(phi))).max())
    assert np.all(np.abs(-np.diff(np.log2(errors)) - 2.0) < 0.15)
    far = graded(1e4 * np.array([[0.0, 1.0]]), 400, one)
    depth = 1e4 - middles(far)[0]
    c = steady(far, one, np.ones((1, 400)), np.zeros((1, 400)), edge=one)[0]
    assert np.abs(c - np.exp(-depth)).max() < 1e-3


@pytest.mark.parametrize("flow", [-3.0, 0.5, 20.0])
def test_convection_converges_at_second_order(flow: float) -> None:
    """Manufactured: c = 1 + r^2 - r^4/2 in the flow u = a r, nothing diffusing through the surface."""
    errors, one, decay = [], np.array([1.0]), 40.0
    for cells in (40, 80, 160, 320):
        faces = uniform(one, cells)
        r = middles(faces)[0]
        c, slope, bend = 1.0 + r**2 - r**4 / 2.0, 2.0 * r - 2.0 * r**3, 6.0 - 10.0 * r**2
        source = (-bend + 3.0 * flow * c + flow * r * slope + decay * c)[None]
        found = steady(faces, one, np.full((1, cells), decay), source, flow * faces)[0]
        errors.append(float(np.average(np.abs(found - c), weights=volumes(faces)[0])))
    slopes = -np.diff(np.log2(errors))
    assert slopes[-1] > 1.8 and np.all(slopes > 1.5), slopes


def test_what_enters_leaves_or_is_lost() -> None:
    """Conservation: wall supply = outflow at the rim + sink, to round-off."""
    rng = np.random.default_rng(5)
    faces = graded(shells(RADII), 48, np.full(RADII.size, 0.3))
    volume = volumes(faces)
    entering, passive, supply = (rng.uniform(0.1, 30.0, volume.shape) for _ in range(3))
    speed = outflow(faces, entering)
    c = steady(faces, np.full(RADII.size, 15.0), passive + 20.0, (entering + passive) * supply, speed)
    gained = ((entering + passive) * supply * volume).sum(axis=1)
    lost = ((passive + 20.0) * c * volume).sum(axis=1) + speed[:, -1] * faces[:, -1] ** 2 * c[:, -1]
    assert np.allclose(gained, lost, rtol=1e-12)


def test_exchange_has_its_limits() -> None:
    """Pe -> 0 gives P S/V, smoothly; large Pe shuts the diffusive door; backflow drags solute along."""
    passive = np.full(5, 2.0)
    tiny = exchange(passive, np.array([0.0, 1e-300, 1e-12, 1e-9, 1e-6]))
    assert np.allclose(tiny, 2.0 - 0.5 * np.array([0.0, 0.0, 1e-12, 1e-9, 1e-6]), rtol=1e-14)
    assert exchange(np.array([1.0]), np.array([2000.0]))[0] == 0.0
    assert exchange(np.array([1.0]), np.array([-50.0]))[0] == pytest.approx(50.0)
    assert exchange(np.array([0.0]), np.array([3.0]))[0] == 0.0


@pytest.mark.parametrize("even", [False, True])
def test_shell_averages_hold_under_refinement(even: bool) -> None:
    """Four times as many intervals move the case's shell averages by less than 1e-3 (pressure: of the effective pressure)."""
    for description in (ground(), ground(sink=100.0), ground(permeability=2.0), ground().without_perfusion()):
        coarse, fine = solved(description, even=even), solved(description, Fineness(192, 128), even)
        for name in ("transfer", "oxygen", "perfused"):
            a, b = getattr(coarse, name), getattr(fine, name)
            assert np.abs(a / b - 1.0).max() < 1e-3, name
        assert np.abs(coarse.pressure - fine.pressure).max() / 11.5 < 1e-3
        assert np.abs(coarse.acidity - fine.acidity).max() < 1e-3


def test_refinement_where_the_wall_jumps() -> None:
    """A supply that falls threefold from core to rim: within 2e-2 beside the jump, and falling on refinement."""
    faces, live = shells(RADII), np.full((RADII.size, PLACES), 0.95)
    wall = np.repeat(np.array([0.33] * 6 + [0.2, 0.11])[None, :, None], RADII.size, axis=0)
    found = [fields(table(ground()), faces, live, wall, Fineness(n, 32)).transfer for n in (48, 96, 768)]
    coarse, half = (np.abs(one / found[2] - 1.0).max() for one in found[:2])
    assert coarse < 2e-2 and half < 0.6 * coarse


def test_a_rows_bits_do_not_depend_on_its_batch() -> None:
    """Random rows solved together, alone, in another order and in pieces of every alignment give the same bits."""
    rng = np.random.default_rng(11)
    rows = 37
    plain = table(ground(), rows)
    whole_table = TissueTable(*(column * rng.uniform(0.7, 1.3, column.shape) for column in plain))
    faces = shells(rng.uniform(0.2, 25.0, rows))
    live, wall = rng.uniform(0.3, 1.0, (rows, PLACES)), rng.uniform(0.05, 1.0, (rows, PLACES, 1))

    def some(pick: np.ndarray) -> Fields:
        return fields(TissueTable(*(column[pick] for column in whole_table)), faces[pick], live[pick], wall[pick])

    whole = some(np.arange(rows))
    picks = [np.array([row]) for row in range(rows)] + [np.arange(rows)[::-1], np.arange(3, 20), rng.permutation(rows)[:11]]
    for pick in picks:
        for one, all_rows in zip(some(pick), whole, strict=True):
            assert np.array_equal(one, all_rows[pick])


def test_averages_and_expansions() -> None:
    """Expanding to a grid that keeps the shells' faces and averaging back is the identity; any grids conserve the integral."""
    rng = np.random.default_rng(2)
    coarse = shells(RADII)
    values = rng.uniform(0.0, 1.0, (RADII.size, PLACES))
    fine = graded(coarse, 48, np.full(RADII.size, 0.3))
    assert np.allclose(average(fine, average(coarse, values, fine), coarse), values, rtol=1e-13)
    other = uniform(RADII, 29)
    spread = average(coarse, values, other)
    assert np.allclose((spread * volumes(other)).sum(axis=1), (values * volumes(coarse)).sum(axis=1), rtol=1e-12)
    assert np.array_equal(average(fine, np.full(fine[:, 1:].shape, 0.1), coarse), np.full(values.shape, 0.1))


def test_grids_are_fine_at_the_rim() -> None:
    """The first interval is at most an eighth of a thin layer; shells' faces are kept to the bit; widths are positive."""
    for cells in (48, 192):
        fine = graded(shells(RADII), cells, np.full(RADII.size, 0.05))
        assert np.all(np.diff(fine, axis=1) > 0.0)
        assert np.all(fine[:, -1] - fine[:, -2] <= 0.05 / 8.0)
        assert all(np.isin(cut, line).all() for cut, line in zip(shells(RADII), fine, strict=True))
    with pytest.raises(ValueError, match="give at least 16"):
        graded(shells(RADII), 15, np.full(RADII.size, 0.05))


def test_drugs_follow_the_order_asked_for() -> None:
    other = Solute("other", 0.5, 10.0, 5.0, 0.1, 1.0)
    both = replace(ground(), solutes=(*ground().solutes, other))
    found = lower(both, lambda number: np.full(1, float(number)), ("other", "gefitinib"))
    assert found.sink.tolist() == [[1.0, 20.0]]
    with pytest.raises(InputError, match="has no solute in this ground"):
        lower(both, lambda number: np.full(1, float(number)), ("cisplatin",))
