"""Laws of the shares: axioms, games with known values, and plain twins over all permutations."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest

from refugia.dissection.attribution import Players, attribute
from refugia.dissection.shapley import alone, coalitions, interactions, last, owen, quotient, sampled_orders, sampled_shares, shares
from refugia.terms import RefugiaError

CASE = ((0,), (1,), (2, 3), (4,))  # four mechanisms, the third with two parts


def game(bits: int, patients: int = 5, seed: int = 1) -> np.ndarray:
    v = np.random.default_rng(seed).normal(size=(patients, 2**bits)) * 100.0
    v[:, 0] = 0.0
    return v


def members(mask: int, bits: int) -> list[int]:
    return [bit for bit in range(bits) if mask >> bit & 1]


def of_sets(bits: int, worth) -> np.ndarray:
    return np.array([[float(worth(members(mask, bits))) for mask in range(2**bits)]])


def plain_shares(v: np.ndarray, orders: list[tuple[int, ...]]) -> np.ndarray:
    """The plain twin: walk every order, book every marginal."""
    total = np.zeros((v.shape[0], len(orders[0])))
    for order in orders:
        mask = 0
        for bit in order:
            total[:, bit] += v[:, mask | 1 << bit] - v[:, mask]
            mask |= 1 << bit
    return total / len(orders)


def grouped_orders(groups) -> list[tuple[int, ...]]:
    """All orders in which the bits of a group stand side by side."""
    orders: list[tuple[int, ...]] = []
    for of_groups in permutations(groups):
        heads: list[tuple[int, ...]] = [()]
        for group in of_groups:
            heads = [head + tail for head in heads for tail in permutations(group)]
        orders += heads
    return orders


@pytest.mark.parametrize("bits", [1, 2, 5, 9, 10])
def test_shares_add_up_to_the_gain_of_lifting_all(bits: int) -> None:
    v = game(bits)
    v[:, 0] = 3.0
    assert np.abs(shares(v).sum(axis=1) - (v[:, -1] - v[:, 0])).max() <= 1e-12 * np.abs(v).max()


def test_a_player_that_changes_nothing_gets_exactly_zero() -> None:
    small = game(4)
    v = np.concatenate([small[:, :4], small[:, :4], small[:, 4:8], small[:, 4:8], small[:, 8:12], small[:, 8:12], small[:, 12:],
                        small[:, 12:]], axis=1)  # bit 2 is idle
    assert np.all(shares(v)[:, 2] == 0.0) and np.all(alone(v)[:, 2] == 0.0) and np.all(last(v)[:, 2] == 0.0)
    assert np.all(owen(v, ((0,), (1, 2), (3, 4)))[:, 2] == 0.0)
    pairs, values = interactions(v)
    assert np.all(values[:, [2 in pair for pair in pairs]] == 0.0)
    orders = sampled_orders(((0,), (1,), (2,), (3,), (4,)), 20, seed=3)
    assert np.all(sampled_shares(lambda mask: v[:, mask], orders)[:, 2] == 0.0)
    np.testing.assert_allclose(shares(v)[:, [0, 1, 3, 4]], shares(small), rtol=1e-12)


def test_players_that_do_the_same_get_the_same_bits() -> None:
    drawn = {}
    rng = np.random.default_rng(8)

    def worth(found: list[int]) -> float:  # players 1, 3 and 4 only count
        key = (0 in found, 2 in found, 5 in found, sum(bit in found for bit in (1, 3, 4)))
        return drawn.setdefault(key, rng.normal())

    values = shares(of_sets(6, worth))[0]
    assert values[1] == values[3] == values[4]
    pairs, pair_values = interactions(of_sets(6, worth))
    by_pair = dict(zip(pairs, pair_values[0], strict=True))
    assert by_pair[1, 3] == by_pair[1, 4] == by_pair[3, 4] and by_pair[0, 1] == by_pair[0, 3]


def test_all_figures_are_linear() -> None:
    a, b = game(5, seed=2), game(5, seed=3)
    for figure in (shares, alone, last, lambda v: owen(v, CASE), lambda v: interactions(v)[1]):
        np.testing.assert_allclose(figure(2.0 * a - 3.0 * b), 2.0 * figure(a) - 3.0 * figure(b), rtol=0, atol=1e-10)


def test_glove_game() -> None:
    """One left glove, two right ones; a pair is worth 1."""
    v = of_sets(3, lambda found: 0 in found and len(found) > 1)
    np.testing.assert_allclose(shares(v), [[2 / 3, 1 / 6, 1 / 6]], rtol=1e-15)


def test_a_weighted_vote() -> None:
    """[4; 3, 2, 1, 1]: the large one swings when it comes second or third, the small ones are alike."""
    weights = (3, 2, 1, 1)
    v = of_sets(4, lambda found: sum(weights[bit] for bit in found) >= 4)
    np.testing.assert_allclose(shares(v), [[1 / 2, 1 / 6, 1 / 6, 1 / 6]], rtol=1e-15)


@pytest.mark.parametrize("size", [2, 3, 4])
def test_interactions_of_a_product(size: int) -> None:
    """A product of t players, among five: I(a, b) = 1 / (t - 1) for two of them and 0 for any other pair."""
    v = of_sets(5, lambda found: set(range(size)) <= set(found))
    for pair, value in zip(*(interactions(v)[0], interactions(v)[1][0]), strict=True):
        assert value == pytest.approx(1 / (size - 1) if max(pair) < size else 0.0, abs=1e-15)


def test_interactions_of_a_sum_vanish() -> None:
    v = of_sets(4, lambda found: sum((1, 2, 4, 8)[bit] for bit in found))
    assert np.all(interactions(v)[1] == 0.0)
    np.testing.assert_array_equal(shares(v), alone(v))
    np.testing.assert_array_equal(last(v), alone(v))


def test_shares_equal_the_mean_over_all_orders() -> None:
    v = game(5)
    np.testing.assert_allclose(shares(v), plain_shares(v, list(permutations(range(5)))), rtol=0, atol=1e-11)


def test_owen_values_equal_the_mean_over_all_grouped_orders() -> None:
    v = game(5)
    np.testing.assert_allclose(owen(v, CASE), plain_shares(v, grouped_orders(CASE)), rtol=0, atol=1e-11)
    groups = ((3, 0), (1,), (4, 2))
    np.testing.assert_allclose(owen(v, groups), plain_shares(v, grouped_orders(groups)), rtol=0, atol=1e-11)


def test_interactions_equal_the_mean_over_all_orders_of_a_merged_pair() -> None:
    v = game(4)
    pairs, values = interactions(v)
    for column, (a, b) in enumerate(pairs):
        orders = list(permutations([(bit,) for bit in range(4) if bit not in (a, b)] + [(a, b)]))
        total = np.zeros(len(v))
        for order in orders:
            before = sum(1 << bit for block in order[: order.index((a, b))] for bit in block)
            total += v[:, before | 1 << a | 1 << b] - v[:, before | 1 << a] - v[:, before | 1 << b] + v[:, before]
        np.testing.assert_allclose(values[:, column], total / len(orders), rtol=0, atol=1e-11)


def test_parts_add_up_to_their_mechanism() -> None:
    v = game(5)
    parts, whole = owen(v, CASE), shares(quotient(v, CASE))
    for place, group in enumerate(CASE):
        np.testing.assert_allclose(parts[:, list(group)].sum(axis=1), whole[:, place], rtol=0, atol=1e-11)
    np.testing.assert_array_equal(parts[:, [0, 1, 4]], whole[:, [0, 1, 3]])


def test_all_orders_sampled_give_the_exact_shares() -> None:
    v = game(5)
    exact = sampled_shares({mask: v[:, mask] for mask in range(32)}, np.array(grouped_orders(CASE)))
    np.testing.assert_allclose(exact, owen(v, CASE), rtol=0, atol=1e-10)


def test_sampled_orders_converge_as_one_over_the_root() -> None:
    rng = np.random.default_rng(4)
    a, b = rng.normal(size=(2, 12))
    weight = np.abs(rng.normal(size=12))
    masks = np.arange(2**12)
    carried = (masks[:, None] >> np.arange(12) & 1).astype(float)
    v = (np.minimum(carried @ weight, 0.4 * weight.sum()) + (carried @ a) * (carried @ b))[None, :]
    groups = ((0, 1), *((bit,) for bit in range(2, 12)))
    fine = sampled_shares(lambda mask: v[:, mask], sampled_orders(groups, 8000, seed=11))

    def error(count: int) -> float:
        found = [sampled_shares(lambda mask: v[:, mask], sampled_orders(groups, count, seed)) for seed in range(12)]
        return float(np.sqrt(np.mean(np.square(np.array(found) - fine))))

    errors = error(32), error(512)
    assert 2.4 < errors[0] / errors[1] < 6.7  # 4 in the limit
    assert fine.sum() == pytest.approx(v[0, -1] - v[0, 0], rel=1e-12)


def test_sampled_orders_are_keyed_paired_and_grouped() -> None:
    orders = sampled_orders(CASE, 9, seed=5)
    assert orders.shape == (10, 5)
    np.testing.assert_array_equal(orders[1::2], orders[::2, ::-1])
    np.testing.assert_array_equal(orders[:4], sampled_orders(CASE, 4, seed=5))
    assert not np.array_equal(orders, sampled_orders(CASE, 10, seed=6))
    assert {tuple(order) for order in orders.tolist()} <= set(grouped_orders(CASE))
    assert set(coalitions(orders)) >= {0, 31}


def test_too_many_bits_are_refused_with_a_way_out() -> None:
    with pytest.raises(RefugiaError, match=r"11 mechanisms and parts .* sample orders"):
        shares(np.zeros((1, 2**11)))


def test_games_and_groups_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValueError, match="power of two"):
        shares(np.zeros((1, 6)))
    with pytest.raises(ValueError, match="do not divide"):
        owen(np.zeros((1, 8)), ((0, 1), (1, 2)))


def test_the_table_lists_parts_behind_their_mechanism_and_adds_up() -> None:
    gains = {"control": game(5, 40), "progression": game(5, 40, seed=9)}
    players = Players(("standing", "matrix", "wall", "occult"), CASE, ((), (), ("tightness", "pumps"), ()))
    rows, pairs = attribute(gains, players, seed=7)
    assert [row.mechanism for row in rows[:6]] == ["standing", "matrix", "wall", "tightness", "pumps", "occult"]
    assert [row.part_of for row in rows[:6]] == [None, None, None, "wall", "wall", None]
    assert len(rows) == 12 and len(pairs) == 12 and {row.merit for row in rows} == set(gains)
    for merit, v in gains.items():
        of_merit = [row for row in rows if row.merit == merit]
        total = sum(row.share for row in of_merit if row.part_of is None)
        assert abs(total - v[:, -1].mean()) <= 1e-12 * np.abs(v).max()
        assert of_merit[2].share == pytest.approx(of_merit[3].share + of_merit[4].share, abs=1e-10)
        assert of_merit[2].alone == pytest.approx(v[:, 0b01100].mean())
        assert of_merit[3].last == pytest.approx((v[:, -1] - v[:, 0b11011]).mean())
    assert all(row.low <= row.share <= row.high and row.alone_low <= row.alone <= row.alone_high for row in rows)
    assert (rows, pairs) == attribute(gains, players, seed=7)


def test_a_lone_mechanism_has_no_pairs() -> None:
    rows, pairs = attribute({"control": game(1)}, Players(("wall",), ((0,),), ((),)), seed=7)
    assert len(rows) == 1 and pairs == () and rows[0].alone == rows[0].last == rows[0].share


def test_players_that_do_not_match_are_refused() -> None:
    with pytest.raises(ValueError, match="2 bits and 0 named parts"):
        Players(("wall",), ((0, 1),), ((),))
    with pytest.raises(ValueError, match="one length"):
        Players(("wall",), ((0,), (1,)), ((),))
