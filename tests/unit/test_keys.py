"""Keys: stable words, subkeys that differ, strata hit once each, and names that shift nobody."""

from __future__ import annotations

from hashlib import blake2b

import numpy as np
import pytest

from refugia.engine.keys import name_word, stratified, subkeys
from refugia.engine.philox import philox

NAMES = ["lung", "liver", "brain", "occult", "sensitive", "T790M", "C797S", "", "à côté"]
KNOWN = {"": "25cf7112", "lung": "6b142021", "T790M": "3cfc4e7b", "à côté": "462fb28d"}


def test_a_word_is_the_same_on_every_machine():
    """The low bytes of BLAKE2b, first byte lowest."""
    assert {name: f"{name_word(name):08x}" for name in KNOWN} == KNOWN
    assert len({name_word(name) for name in NAMES}) == len(NAMES)


def test_subkeys_differ_by_seed_index_and_name():
    """Shape (indices, 2), and no key twice."""
    keys = np.concatenate([subkeys(seed, range(50), name) for seed in (0, 1, 2**32, 2**64 - 1) for name in NAMES])
    assert keys.shape == (4 * 50 * len(NAMES), 2)
    assert keys.dtype == np.uint32
    assert np.unique(keys, axis=0).shape == keys.shape


def test_a_subkey_belongs_to_its_index_alone():
    """Any selection, in any order, gives the same keys."""
    keys = subkeys(7, np.arange(10), "liver")
    assert (subkeys(7, [9, 2], "liver") == keys[[9, 2]]).all()
    assert subkeys(7, [], "liver").shape == (0, 2)


def test_a_subkey_is_one_block_under_the_seed():
    """Key: the seed's halves; counter: index, 0, the halves of the name's 64-bit hash."""
    low, high = np.frombuffer(blake2b(b"liver", digest_size=8).digest(), "<u4")
    assert tuple(subkeys(2**32 + 5, [3], "liver")[0]) == philox(3, 0, low, high, 5, 1)[:2]


@pytest.mark.parametrize("size", [1, 2, 3, 16, 64, 1000])
def test_every_stratum_is_hit_once(size):
    """A permutation of the strata, jittered within them."""
    quantiles = stratified(11, "mobility", size)
    assert quantiles.shape == (size,)
    assert (quantiles > 0.0).all() and (quantiles < 1.0).all()
    assert sorted(np.floor(quantiles * size)) == list(range(size))


def test_names_permute_apart():
    """Different names and seeds give different orders; the same give the same."""
    orders = {tuple(np.argsort(stratified(seed, name, 16))) for seed in (1, 2) for name in NAMES}
    assert len(orders) == 2 * len(NAMES)
    assert (stratified(1, "lung", 16) == stratified(1, "lung", 16)).all()


def test_adding_names_shifts_nobody():
    """What a name gets does not depend on who else asked, or in which order."""
    few = {name: (stratified(3, name, 8), subkeys(3, range(8), name)) for name in NAMES[:3]}
    many = {name: (stratified(3, name, 8), subkeys(3, range(8), name)) for name in reversed(NAMES)}
    for name in few:
        assert all((old == new).all() for old, new in zip(few[name], many[name], strict=True))


@pytest.mark.parametrize("seed", [-1, 2**64])
def test_a_seed_that_does_not_fit_is_refused(seed):
    """Both functions name it."""
    with pytest.raises(ValueError, match=f"seed = {seed}"):
        subkeys(seed, [0], "liver")
    with pytest.raises(ValueError, match=f"seed = {seed}"):
        stratified(seed, "liver", 4)


def test_indices_and_sizes_that_do_not_fit_are_refused():
    """Negative, beyond 32 bits, of two dimensions; no size at all."""
    for indices in ([-1], [2**32], [[0, 1], [2, 3]]):
        with pytest.raises(ValueError, match="indices = "):
            subkeys(1, indices, "liver")
    with pytest.raises(ValueError, match="size = 0"):
        stratified(1, "liver", 0)
