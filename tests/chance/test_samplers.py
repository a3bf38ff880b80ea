"""Uniforms and samplers in distribution: chi-square where counts are few, mean, variance and quantiles up to 1e12."""

from __future__ import annotations

import numpy as np
import pytest
from numba import njit
from scipy import stats

from refugia.engine import samplers
from refugia.engine.philox import uniforms
from tests.chance.budget import chance, joint

FEW = 200_000
EDGES = np.concatenate([[-4.0, -3.5, -3.0], stats.norm.ppf(np.arange(1, 20) / 20.0), [3.0, 3.5, 4.0]])


@njit
def _addressed(draw, n, p, size, key):
    out = np.empty(size, np.float64)
    for i in range(size):
        out[i] = draw(n, p, key[0], key[1], np.uint32(i % 97), np.uint32(41), np.uint32(i // 97), np.uint32(3))
    return out


@njit
def _poisson(n, p, key0, key1, place, clone, step, purpose):
    return samplers.poisson(n * p, key0, key1, place, clone, step, purpose)


@njit
def _gamma(n, p, key0, key1, place, clone, step, purpose):
    return samplers.gamma(n * p, key0, key1, place, clone, step, purpose)


@njit
def _uniforms(size, start, key):
    out = np.empty((size, 2))
    for i in range(size):
        place, step = start[0] + i % 89, start[2] + i // 89
        out[i, 0], out[i, 1] = uniforms(place, start[1], step, start[3], key[0] + start[4], key[1] + start[5])
    return out


def key_of(seed):
    """Two words of a seed."""
    return np.uint32(seed & 0xFFFFFFFF), np.uint32(seed >> 32)


def binomials(n, p, size, seed):
    """Draws of the binomial sampler, and likewise below."""
    return _addressed(samplers.binomial, n, p, size, key_of(seed))


def poissons(n, p, size, seed):
    """Poisson draws of mean n p."""
    return _addressed(_poisson, n, p, size, key_of(seed))


def offsprings(n, q, size, seed):
    """Extra cells of n lines."""
    return _addressed(samplers.offspring, n, q, size, key_of(seed))


def gammas(n, p, size, seed):
    """Gamma variates of shape n p."""
    return _addressed(_gamma, n, p, size, key_of(seed))


def chisquare_of_law(draws, law):
    """P-value of Pearson's chi-square over the counts of the law, rare ones joined to their neighbours."""
    top = int(max(draws.max(), law.ppf(1.0 - 1e-12))) + 1
    expected = law.pmf(np.arange(top + 1)) * draws.size
    expected[-1] += law.sf(top) * draws.size
    seen = np.bincount(draws.astype(np.int64), minlength=top + 1)
    group = np.floor(np.minimum(np.cumsum(expected), draws.size - 1e-6) / 25.0).astype(np.int64)
    _, group = np.unique(group, return_inverse=True)
    joined, found = np.bincount(group, expected), np.bincount(group, seen)
    if joined[-1] < 10.0:
        joined, found = np.append(joined[:-2], joined[-2:].sum()), np.append(found[:-2], found[-2:].sum())
    return float(stats.chisquare(found, joined * (draws.size / joined.sum())).pvalue)


def pvalue_of_many(draws, law):
    """Joint p-value of mean, variance and quantiles of draws whose law is close to a normal one."""
    mean, spread = law.mean(), law.std()
    scaled = (draws - mean) / spread
    by_mean = 2.0 * stats.norm.sf(abs(scaled.mean()) * np.sqrt(draws.size))
    by_variance = 2.0 * stats.norm.sf(abs((scaled**2).mean() - 1.0) * np.sqrt(draws.size / 2.0))
    cuts = np.floor(mean + spread * EDGES)
    chances = np.diff(np.concatenate([[0.0], law.cdf(cuts), [1.0]]))
    seen = np.bincount(np.searchsorted(cuts, draws, side="left"), minlength=cuts.size + 1)
    return joint(float(by_mean), float(by_variance), float(stats.chisquare(seen, chances * draws.size).pvalue))


@chance
def test_uniforms_are_uniform(level, seed):
    """Each half of a block alone, and both together with the next block's."""

    def p(power):
        u = _uniforms(1_000_000, (0, 5, 0, 9, 0, 0), key_of(seed)) ** power
        cells = (16.0 * u).astype(np.int64)
        single = [stats.chisquare(np.bincount((1000.0 * half).astype(np.int64), minlength=1000)).pvalue for half in u.T]
        within = stats.chisquare(np.bincount(16 * cells[:, 0] + cells[:, 1], minlength=256)).pvalue
        between = stats.chisquare(np.bincount(16 * cells[:-1, 1] + cells[1:, 0], minlength=256)).pvalue
        return joint(*single, within, between)

    assert p(1.0) > level
    assert p(1.05) < level


@chance
def test_draws_at_different_addresses_are_uncorrelated(level, seed):
    """One step along any word of the counter or of the key changes everything."""

    def p(leak):
        here = _uniforms(500_000, (0, 5, 0, 9, 0, 0), key_of(seed))[:, 0]
        found = []
        for word in range(6):
            start = tuple(value + (word == i) * (89 if i == 0 else 1) for i, value in enumerate((0, 5, 0, 9, 0, 0)))
            there = _uniforms(500_000, start, key_of(seed))[:, 0] + leak * here
            found.append(2.0 * stats.norm.sf(abs(np.corrcoef(here, there)[0, 1]) * np.sqrt(here.size)))
        return joint(*map(float, found))

    assert p(0.0) > level
    assert p(0.05) < level


@chance
@pytest.mark.parametrize(("n", "p"), [(1, 0.3), (5, 0.7), (40, 0.2), (24, 0.45), (300, 0.06), (1000, 0.95)])
def test_few_trials_are_binomial(level, seed, n, p):
    """Both algorithms and both sides of 1/2."""
    law = stats.binom(n, p)
    rarer = 0.95 * min(p, 1.0 - p)
    assert chisquare_of_law(binomials(n, p, FEW, seed), law) > level
    assert chisquare_of_law(binomials(n, rarer if p < 0.5 else 1.0 - rarer, FEW, seed), law) < level


@chance
@pytest.mark.parametrize("mean", [0.3, 3.0, 9.9, 10.1, 60.0, 400.0])
def test_small_means_are_poisson(level, seed, mean):
    """Both algorithms."""
    law = stats.poisson(mean)
    assert chisquare_of_law(poissons(1, mean, FEW, seed), law) > level
    assert chisquare_of_law(poissons(1, 1.05 * mean, FEW, seed), law) < level


@chance
@pytest.mark.parametrize(("n", "q"), [(1, 0.3), (1, 0.9), (6, 0.5), (12, 0.5), (500, 0.01), (200, 0.4)])
def test_few_lines_are_negative_binomial(level, seed, n, q):
    """Searched, and as a Poisson count of gamma mean."""
    law = stats.nbinom(n, 1.0 - q)
    mutant = 1.0 - 0.95 * (1.0 - q) if q > 0.5 else 0.95 * q
    assert chisquare_of_law(offsprings(n, q, FEW, seed), law) > level
    assert chisquare_of_law(offsprings(n, mutant, FEW, seed), law) < level


@chance
@pytest.mark.parametrize("shape", [1.0, 2.5, 40.0])
def test_gamma_has_its_law(level, seed, shape):
    """Kolmogorov-Smirnov."""
    law = stats.gamma(shape)
    assert stats.kstest(gammas(1, shape, FEW, seed), law.cdf).pvalue > level
    assert stats.kstest(1.05 * gammas(1, shape, FEW, seed), law.cdf).pvalue < level


@chance
@pytest.mark.parametrize("draws", [binomials, poissons, offsprings])
def test_a_rare_count_is_as_rare_as_it_should_be(level, seed, draws):
    """Mean 4e-3: how often a draw is not 0."""
    size, mean = 20_000_000, 4e-3
    law = 1.0 - np.exp(-mean) if draws is poissons else mean

    def p(drawn):
        return stats.binomtest(int((draws(1, drawn, size, seed) > 0.0).sum()), size, law).pvalue

    assert p(mean) > level
    assert p(1.05 * mean) < level


MANY = (10**6, 10**9, 10**12)


def convicts_in_place_and_width(draws, law, level):
    """Whether a mean off by a twentieth of a spread, and a spread off by a twentieth, would both be caught."""
    shifted, widened = draws + np.floor(0.05 * law.std()), law.mean() + 1.05 * (draws - law.mean())
    return pvalue_of_many(shifted, law) < level and pvalue_of_many(widened, law) < level


@chance
@pytest.mark.parametrize("n", MANY)
@pytest.mark.parametrize("p", [0.002, 0.3, 0.9])
def test_many_trials_are_binomial(level, seed, n, p):
    """Mean, variance and quantiles out to four spreads."""
    law, draws = stats.binom(n, p), binomials(n, p, FEW, seed)
    assert pvalue_of_many(draws, law) > level
    assert convicts_in_place_and_width(draws, law, level)
    assert pvalue_of_many(binomials(n, p * (1.0 + 0.05 * law.std() / law.mean()), FEW, seed), law) < level


@chance
@pytest.mark.parametrize("n", MANY)
def test_large_means_are_poisson(level, seed, n):
    """Mean, variance and quantiles out to four spreads."""
    law, draws = stats.poisson(float(n)), poissons(n, 1.0, FEW, seed)
    assert pvalue_of_many(draws, law) > level
    assert convicts_in_place_and_width(draws, law, level)
    assert pvalue_of_many(poissons(n, 1.0 + 0.05 / np.sqrt(n), FEW, seed), law) < level


@chance
@pytest.mark.parametrize("n", MANY)
@pytest.mark.parametrize("q", [0.05, 0.5])
def test_many_lines_are_negative_binomial(level, seed, n, q):
    """Mean, variance and quantiles out to four spreads."""
    law, draws = stats.nbinom(n, 1.0 - q), offsprings(n, q, FEW, seed)
    assert pvalue_of_many(draws, law) > level
    assert convicts_in_place_and_width(draws, law, level)
    assert pvalue_of_many(offsprings(n, q * (1.0 + 0.05 * (1.0 - q) * law.std() / law.mean()), FEW, seed), law) < level
