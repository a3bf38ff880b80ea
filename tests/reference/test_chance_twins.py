"""Keyed chance against its plain twin: the same words, the same uniforms, the same integers draw for draw."""

from __future__ import annotations

import numpy as np
import pytest

from refugia.engine import samplers
from refugia.engine.philox import fine_uniform, philox, uniforms
from tests.reference import plain_chance

DRAWS = 250
WORDS = tuple(np.uint32(word) for word in (0x243F6A88, 0x85A308D3, 3, 0x13198A2E, 52, 7))


def addressed(draw: int) -> tuple[np.uint32, ...]:
    """key0, key1, place, clone, step, purpose of a draw: each part moves at a pace of its own."""
    key0, key1, place, clone, step, purpose = (int(word) for word in WORDS)
    return tuple(map(np.uint32, (key0, key1 + draw % 7, place + draw, clone - draw // 3, step + draw // 5, purpose + draw % 11)))


def plain(address: tuple[np.uint32, ...]) -> plain_chance.Address:
    """The same address with its purpose shifted above the draws."""
    key0, key1, place, clone, step, purpose = (int(word) for word in address)
    return key0, key1, place, clone, step, purpose << 16


@pytest.mark.parametrize(
    ("counter", "key", "words"),
    [
        ((0, 0, 0, 0), (0, 0), "6627e8d5 e169c58d bc57ac4c 9b00dbd8"),
        ((0xFFFFFFFF,) * 4, (0xFFFFFFFF,) * 2, "408f276d 41c83b0e a20bc7c6 6d5451fd"),
        ((0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344), (0xA4093822, 0x299F31D0), "d16cfe09 94fdcceb 5001e420 24126ea1"),
    ],
)
def test_philox_gives_the_known_answers(counter, key, words):
    """The three vectors published with Random123: zeros, ones and the digits of pi."""
    known = tuple(int(word, 16) for word in words.split())
    assert tuple(int(word) for word in philox(*map(np.uint32, counter), *map(np.uint32, key))) == known
    assert plain_chance.philox(*counter, *key) == known


def test_uniforms_equal_their_twins():
    """Both kinds, bit for bit."""
    for draw in range(DRAWS):
        address = addressed(draw)
        key0, key1, place, clone, step, purpose = address
        word = np.uint32(int(purpose) << 16)
        assert uniforms(place, clone, step, word, key0, key1) == plain_chance.pair(plain(address), 0)
        assert fine_uniform(place, clone, step, word, key0, key1) == plain_chance.fine(plain(address), 0)


COUNTS = (0, 1, 2, 9, 40, 150, 1000, 10**6, 10**9, 10**12)
CHANCES = (0.0, 1e-13, 1e-9, 1e-4, 0.01, 0.2, 0.5, 0.7, 0.97, 1.0 - 1e-9, 1.0)


@pytest.mark.parametrize("n", COUNTS)
def test_binomial_equals_its_twin(n):
    """Every chance at this count."""
    for p in CHANCES:
        for draw in range(DRAWS):
            address = addressed(draw)
            assert samplers.binomial(n, p, *address) == plain_chance.binomial(n, p, plain(address)), (n, p, draw)


@pytest.mark.parametrize("mean", [0.0, 1e-12, 1e-3, 0.3, 1.0, 4.0, 9.99, 10.0, 25.0, 300.0, 1e4, 1e6, 1e9, 1e12])
def test_poisson_equals_its_twin(mean):
    """One mean after the other."""
    for draw in range(4 * DRAWS):
        address = addressed(draw)
        assert samplers.poisson(mean, *address) == plain_chance.poisson(mean, plain(address)), (mean, draw)


@pytest.mark.parametrize("shape", [1.0, 1.5, 7.0, 1e3, 1e6, 1e12])
def test_gamma_equals_its_twin(shape):
    """To the last digits; a different decision on the way would move the first."""
    for draw in range(12 * DRAWS):
        address = addressed(draw)
        assert samplers.gamma(shape, *address) == pytest.approx(plain_chance.gamma(shape, plain(address)), rel=1e-12), (shape, draw)


@pytest.mark.parametrize("n", COUNTS)
def test_offspring_equals_its_twin(n):
    """Every chance at this count."""
    for q in (0.0, 1e-13, 1e-6, 0.01, 0.3, 0.5, 0.9, 0.999):
        for draw in range(DRAWS):
            address = addressed(draw)
            assert samplers.offspring(n, q, *address) == plain_chance.offspring(n, q, plain(address)), (n, q, draw)


def test_arguments_that_are_no_numbers_neither_hang_nor_draw():
    """Not a number draws nothing; an infinite mean is refused."""
    nan, inf = float("nan"), float("inf")
    assert samplers.binomial(10**6, nan, *WORDS) == samplers.poisson(nan, *WORDS) == samplers.offspring(10**6, nan, *WORDS) == 0
    with pytest.raises(ValueError, match="is not finite, or above 1e18"):
        samplers.poisson(inf, *WORDS)
    with pytest.raises(ValueError, match="is not finite, or above 1e18"):
        samplers.offspring(7, 1.0, *WORDS)


@pytest.mark.parametrize(("n", "p"), [(45, 0.3), (400, 0.05), (1000, 0.5), (10**6, 1e-4), (10**6, 0.3), (10**12, 0.1)])
def test_the_bounds_that_spare_a_logarithm_hold(n, p):
    """|log f(k) / f(mode) + x^2 / (2 v)| stays within BTPE's bound for every x = |k - mode| below v / 2 - 1, v the variance."""
    variance, mode = n * p * (1.0 - p), float(int((n + 1) * p))
    reach = np.unique(np.geomspace(1.0, min(0.5 * variance - 1.0, 12.0 * variance**0.5), 60).astype(int))
    for x in reach.astype(float):
        bound = x / variance * ((x * (x / 3.0 + 0.625) + 1.0 / 6.0) / variance + 0.5)
        for k in (mode - x, mode + x):
            if 0.0 <= k <= n:
                ratio = plain_chance.log_binomial_mass(k, n, p) - plain_chance.log_binomial_mass(mode, n, p)
                assert abs(ratio + x * x / (2.0 * variance)) <= bound + 1e-12
