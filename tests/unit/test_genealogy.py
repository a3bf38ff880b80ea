"""Who can become whom, what each clone costs, and the tables of the source."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from refugia.clones import MECHANISMS, Alteration, Clone, Heterogeneity, Tolerance
from refugia.clones.lower import edges, genealogy, lower
from refugia.terms import FloatArray, Number, RefugiaError

S, T = Clone("sensitive", (), False), Clone("tolerant", (), True)
M, N = Clone("m", ("M",), False), Clone("n", ("N",), False)
MN, MT = Clone("mn", ("N", "M"), False), Clone("m tolerant", ("M",), True)
CLONES = (S, T, M, N, MN)


def value(number: Number) -> FloatArray:
    assert isinstance(number, float | int)
    return np.full(3, float(number))


def source(clones: tuple[Clone, ...] = CLONES) -> Heterogeneity:
    return Heterogeneity(
        clones=clones, alterations=(Alteration("M", 0.1, 1e-8, 1e-4), Alteration("N", 0.25, 2e-9, 1e-6)),
        tolerance=Tolerance(0.003, 0.2, 2e-5, 3.0, 1e-3), birth=0.14, net=0.0035, density=1e5, inert=0.25, mobility=1e-3,
        oxygen_half=1.5,
    )  # fmt: skip


def test_an_edge_gains_one_alteration() -> None:
    """From none to one, from one to two; never two at once, never one lost."""
    assert edges((S, M, N, MN)) == [(0, 1, "M"), (0, 2, "N"), (1, 3, "N"), (2, 3, "M")]
    assert edges((S, MN)) == []
    assert edges((MN, M, S)) == [(1, 0, "N"), (2, 1, "M")]
    assert edges((S,)) == []


def test_a_tolerant_cell_keeps_its_state_where_it_can() -> None:
    """A tolerant mutant where there is such a clone, else one that is not tolerant; nobody becomes tolerant by mutation."""
    assert edges((S, T, M)) == [(0, 2, "M"), (1, 2, "M")]
    assert edges((S, T, M, MT)) == [(0, 2, "M"), (1, 3, "M")]
    assert edges((S, T, MT)) == [(1, 2, "M")]
    assert edges((S, T, MT, N)) == [(0, 3, "N"), (1, 2, "M"), (1, 3, "N")]


def test_partners_are_the_two_states_of_a_genotype() -> None:
    """Each names the other, in whatever order the alterations are written."""
    np.testing.assert_array_equal(genealogy(source()).partner, [1, 0, -1, -1, -1])
    found = genealogy(source((S, Clone("mn tolerant", ("M", "N"), True), M, MT, MN, T)))
    np.testing.assert_array_equal(found.partner, [5, 4, 3, 2, 1, 0])
    np.testing.assert_array_equal(found.entering, [True, False, True, False, True, False])


def test_the_edges_are_columns_of_indices() -> None:
    found = genealogy(source())
    np.testing.assert_array_equal(found.parent, [0, 0, 1, 1, 2, 3])
    np.testing.assert_array_equal(found.child, [2, 3, 2, 3, 4, 4])
    assert found.parent.dtype == found.child.dtype == found.partner.dtype == np.int64
    alone = genealogy(source((S,)))
    assert alone.parent.shape == alone.child.shape == (0,)


def test_costs_multiply_and_tolerance_grows_on_its_own() -> None:
    table = lower(source((*CLONES, MT)), value)
    np.testing.assert_allclose(table.relative, np.tile([1.0, 0.2, 0.9, 0.75, 0.9 * 0.75, 0.9 * 0.2], (3, 1)), rtol=1e-15)


def test_rates_stand_beside_their_edges_and_only_single_alterations_stand() -> None:
    table = lower(source((*CLONES, MT)), value)
    rate = {"M": 1e-8, "N": 2e-9}
    np.testing.assert_array_equal(table.rate[0], [rate[name] for _, _, name in edges((*CLONES, MT))])
    np.testing.assert_array_equal(table.standing, np.tile([0.0, 0.0, 1e-4, 1e-6, 0.0, 0.0], (3, 1)))
    assert lower(source((S,)), value).rate.shape == (3, 0)


def test_every_number_reaches_its_column() -> None:
    table = lower(source(), value)
    assert all(column.shape[0] == 3 for column in table)
    scalars = {"birth": 0.14, "net": 0.0035, "density": 1e5, "inert": 0.25, "mobility": 1e-3, "oxygen_half": 1.5}
    scalars |= {"entry": 2e-5, "induction": 3.0, "exit": 1e-3, "tolerant": 0.003}
    for name, number in scalars.items():
        np.testing.assert_array_equal(getattr(table, name), np.full(3, number))


def test_a_mechanism_lifts_its_own_numbers_alone() -> None:
    """Standing, mutation and tolerance: the columns named change, all others keep their bits."""
    table = lower(source(), value)
    own = {"standing resistance": {"standing"}, "new mutation": {"rate"}, "tolerance": {"entry", "exit", "tolerant"}}
    for mechanism in MECHANISMS:
        lifted = lower(mechanism.lift(source()), value)
        for name, before, after in zip(table._fields, table, lifted, strict=True):
            moved = own.get(mechanism.name, set())  # the source of these tests has no copies and no further states
            assert np.array_equal(before, after) == (name not in moved), (mechanism.name, name)
            assert name not in moved or not after.any()


def test_an_unknown_alteration_is_named_with_the_way_out() -> None:
    strange = replace(source(), clones=(S, Clone("strange", ("X",), False)))
    with pytest.raises(RefugiaError, match=r'"strange" carries "X", which the case does not describe. Add it to \[\[alt'):
        lower(strange, value)
