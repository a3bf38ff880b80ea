"""Matter that makes room for itself: a ball grows and shrinks as a ball, nothing is lost, no voxel is over-full, walls hold."""

from __future__ import annotations

import numpy as np
import pytest

from refugia.engine.voxels.yielding import carried, drawn, exchanged, pushed

SIZE, SLACK = 28, 0.02
AXES = np.indices((SIZE, SIZE, SIZE)) - (SIZE - 1) / 2
FAR = np.sqrt((AXES**2).sum(axis=0))
FREE = np.ones((SIZE, SIZE, SIZE), np.bool_)


def ball(radius: float) -> np.ndarray:
    """A ball of voxels, those of its rim filled in part."""
    return np.asarray(np.clip(radius - FAR + 0.5, 0.0, 1.0))


def settled(fill: np.ndarray, free: np.ndarray = FREE) -> np.ndarray:
    """The fill after rounds of making room."""
    for _ in range(8):
        still = True
        for flow in (pushed, drawn):
            outflow = flow(fill, free, SLACK)
            if outflow is not None:
                fill, still = carried(fill, outflow), False
        if still:
            break
    return fill


@pytest.mark.parametrize(
    ("radius", "within", "without", "tolerance"),
    [(6.0, 1.06, 1.06, 0.01), (8.0, 0.94, 0.94, 0.06), (8.0, 0.85, 1.0, 0.06), (6.0, 0.9, 1.2, 0.03)],
    ids=["grows", "shrinks", "dies within", "dies within and grows without"],
)
def test_a_ball_stays_a_ball(radius: float, within: float, without: float, tolerance: float) -> None:
    """Its second moments are those of a ball of its volume, R^2/5 along each axis, and its middle is full."""
    fill = ball(radius)
    rng = np.random.default_rng(1)
    for _ in range(8):
        reach = np.cbrt(fill.sum() * 0.75 / np.pi)
        rate = np.where(reach - 1.5 > FAR, within, without)
        fill = fill * rate * (1.0 + 0.01 * rng.standard_normal(fill.shape))
        before = fill.sum()
        fill = settled(fill)
        assert fill.sum() == pytest.approx(before, rel=1e-12)
        assert fill.min() >= 0.0
    assert fill.max() < 1.0 + 2.0 * SLACK
    volume = fill.sum()
    reach = np.cbrt(volume * 0.75 / np.pi)
    for axis in AXES:
        assert (fill * axis**2).sum() / volume == pytest.approx(reach**2 / 5.0, rel=tolerance)
    assert fill[reach - 1.5 > FAR].mean() == pytest.approx(1.0, abs=SLACK)


def test_walls_hold_and_a_full_cell_of_walls_keeps_what_it_has() -> None:
    free = FREE.copy()
    free[:, :, SIZE // 2 + 3] = False
    free[9:12, 9:12, 9:12] = False
    free[10, 10, 10] = True
    fill = np.where(free & (np.arange(SIZE) < SIZE // 2 + 3), 1.5 * ball(5.0), 0.0)
    fill[10, 10, 10] = 1.8
    after = settled(fill, free)
    assert after[~free].max() == 0.0
    assert after[10, 10, 10] == 1.8
    assert after[:, :, SIZE // 2 + 4 :].max() == 0.0
    assert after.sum() == pytest.approx(fill.sum(), rel=1e-12)
    assert np.delete(after.ravel(), (10 * SIZE + 10) * SIZE + 10).max() < 1.0 + 2.0 * SLACK


def test_what_changes_places_moves_no_matter() -> None:
    fill = ball(5.0) * np.random.default_rng(2).uniform(0.2, 1.0, FREE.shape)
    np.testing.assert_allclose(carried(fill, exchanged(fill, FREE, 0.1)), fill, atol=1e-15)


def test_bits_do_not_hang_on_threads() -> None:
    fill = 1.1 * ball(6.0)
    np.testing.assert_array_equal(pushed(fill, FREE, 0.0, 1), pushed(fill, FREE, 0.0, 2))
    fill = np.where(FAR < 3.0, 0.8, 1.0) * ball(6.0)
    np.testing.assert_array_equal(drawn(fill, FREE, 0.0, 1), drawn(fill, FREE, 0.0, 2))
