"""The kernels of fields on voxels agree with their plain twins bit for bit, on any number of threads and in any tiles."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from refugia.engine.voxels import convection, diffusion, mosaic
from refugia.engine.voxels.grid import Grid, Sides
from refugia.engine.voxels.local import Local
from tests.reference import plain_fields

SHAPES = [(1, 1, 1), (1, 1, 9), (1, 7, 1), (5, 1, 1), (1, 17, 11), (6, 1, 5), (3, 4, 1), (9, 10, 11), (2, 19, 8)]


def _sides(chance: np.random.Generator) -> Sides:
    rate = chance.choice([0.0, 0.7, 30.0, np.inf], (3, 2))
    return Sides(rate, chance.uniform(0.0, 2.0, (3, 2)))


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("parts", ["", "loss", "gain", "loss gain"])
def test_diffusion_equals_its_twin(shape: tuple[int, int, int], parts: str) -> None:
    chance, grid, length = np.random.default_rng(sum(shape)), Grid(shape, 0.3), 0.05
    count, sides = 3, [_sides(chance) for _ in range(3)]
    for one in sides:
        one.rate[0] = one.rate[0] if shape[0] > 1 else 0.0
    field = chance.uniform(0.0, 3.0, (count, *shape)).astype(np.float32)
    given_ = {name: chance.uniform(0.0, 9.0, field.shape).astype(np.float32) for name in parts.split()}
    spread, decay = [0.1, 2.0, 40.0], [0.0, 1.0, 3.0]
    twin, axes = field.copy(), sum(n > 1 or any(one.rate[axis].any() for one in sides) for axis, n in enumerate(shape))
    diffusion.advance(field, diffusion.plan(grid, spread, decay, sides, length), 3, Local(**given_), threads=1)
    for s in range(count):
        mine: dict[str, Any] = {name: one[s] for name, one in given_.items()}
        for turn in range(3):
            plain_fields.step(twin[s], grid, spread[s], decay[s], sides[s], length, turn=turn, axes=axes, **mine)
    assert field.tobytes() == twin.tobytes()


@given(
    st.tuples(st.integers(1, 12), st.integers(1, 12), st.integers(1, 12)), st.integers(1, 3), st.integers(0, 50), st.integers(1, 4)
)
@settings(max_examples=25, deadline=None)
def test_diffusion_has_the_same_bits_on_any_threads(shape: tuple[int, int, int], threads: int, tile: int, steps: int) -> None:
    chance, grid = np.random.default_rng(1), Grid(shape, 0.3)
    field = chance.uniform(0.0, 3.0, (2, *shape)).astype(np.float32)
    local = Local(chance.uniform(0.0, 3.0, field.shape).astype(np.float32))
    ready = diffusion.plan(grid, [0.1, 2.0], [0.0, 1.0], _sides(chance), 0.1)
    one, other = field.copy(), field.copy()
    diffusion.advance(one, ready, steps, local, threads=1)
    diffusion.advance(other, ready, steps, local, threads=threads, tile=tile)
    assert one.tobytes() == other.tobytes()


def test_planes_are_taken_in_groups_with_the_same_bits(monkeypatch: pytest.MonkeyPatch) -> None:
    chance, grid = np.random.default_rng(1), Grid((13, 5, 6), 0.3)
    field = chance.uniform(0.0, 3.0, (2, *grid.shape)).astype(np.float32)
    ready = diffusion.plan(grid, [0.1, 2.0], [0.0, 1.0], _sides(chance), 0.1)
    one, other = field.copy(), field.copy()
    diffusion.advance(one, ready, 3)
    monkeypatch.setattr(diffusion, "CACHED", 4 * 60)
    diffusion.advance(other, ready, 3, threads=2)
    assert one.tobytes() == other.tobytes()


@pytest.mark.parametrize("shape", SHAPES)
def test_a_mosaic_of_one_tissue_is_a_plain_one(shape: tuple[int, int, int]) -> None:
    """Step by step, since only the other one turns round; and on any number of threads."""
    chance, grid = np.random.default_rng(5), Grid(shape, 0.3)
    field = chance.uniform(0.0, 3.0, (2, *shape)).astype(np.float32)
    local = Local(chance.uniform(0.0, 3.0, field.shape).astype(np.float32))
    spread, decay, sides = [0.1, 2.0], [0.0, 1.0], _sides(chance)
    ready = diffusion.plan(grid, spread, decay, sides, 0.1)
    varied = mosaic.plan([mosaic.faces(grid, np.full(shape, one), sides) for one in spread], decay, 0.1)
    one, other, third = field.copy(), field.copy(), field.copy()
    for _ in range(2):
        diffusion.advance(one, ready, 1, local)
    mosaic.advance(other, varied, 2, local, threads=1)
    mosaic.advance(third, varied, 2, local, threads=2, tile=3)
    assert other == pytest.approx(one, rel=1e-6)
    assert other.tobytes() == third.tobytes()


@pytest.mark.parametrize("shape", [(1, 1, 1), (1, 1, 2), (1, 1, 3), (1, 6, 1), (1, 5, 7), (4, 5, 6), (2, 3, 4)])
def test_convection_equals_its_twin_on_any_threads(shape: tuple[int, int, int]) -> None:
    chance, grid, step = np.random.default_rng(9), Grid(shape, 0.5), 0.4
    field = chance.uniform(0.0, 3.0, (2, *shape)).astype(np.float32)
    speeds = [chance.normal(0.0, 1.0, [count + (at == axis) for at, count in enumerate(shape)]) for axis in range(3)]
    flow = convection.Flow(*(one.astype(np.float32) for one in speeds))
    sides = [_sides(chance) for _ in range(2)]
    twin, other = field.astype(np.float64), field.copy()
    parts = convection.advance(field, grid, flow, sides, step, threads=1)
    convection.advance(other, grid, flow, sides, step, threads=3)
    for part in range(parts):
        for axis in (2, 1, 0) if part % 2 == 0 else (0, 1, 2):
            for s in range(2):
                plain_fields.convect(twin[s], axis, flow[axis], step / parts / 0.5, sides[s].value[axis])
    assert field.tobytes() == other.tobytes() == twin.astype(np.float32).tobytes()
