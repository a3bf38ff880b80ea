"""Bozic et al. 2013 (eLife 2:e00747): does one drug, one after the other, or both at once cure a lesion of M cells?

Resistance to drug 1 only has n_1 positions in the genome, to drug 2 only n_2, to both n_12; u is the chance of a mutation per
position and division. Under therapy a sensitive line survives with s' = 1 - d'/b < 0. Chances are kept as logarithms of that of
cure, which add over steps and over lesions. Resistance may cost net growth: c and s_R of `turnover`; a second mutation costs again.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from refugia.clones.turnover import Turnover
from refugia.terms import FloatArray

PANELS, ORDER = 64, 16  # of the Gauss-Legendre rule where resistance has a cost


class Targets(NamedTuple):
    """Positions that give resistance to the first drug only, to the second only, to both."""

    first: float
    second: float
    shared: float


class Therapy(NamedTuple):
    """A population before therapy, and the survival chance s' = 1 - d'/b < 0 of a line that the therapy kills."""

    source: Turnover
    under: FloatArray


def mean_steps(size: ArrayLike, source: Turnover) -> FloatArray:
    """mu = (u/s) ln(M s): mean share of cells that carry one given mutation at detection (no cost); zero for M s below one."""
    return np.asarray(source.mutation / source.survival * np.log(np.maximum(np.asarray(size, float) * source.survival, 1.0)))


def expected_resistant(size: ArrayLike, source: Turnover, positions: ArrayLike) -> FloatArray:
    """Expected cells resistant to k drugs without cross-resistance, M n_1 ... n_k mu^k; `positions` (k,).

    >>> from refugia.clones.turnover import turnover
    >>> float(expected_resistant(1e9, turnover(0.14, 0.13, 1e-9), [50]).round(0))
    12659.0
    """
    chance = np.asarray(size, float)
    for number in np.atleast_1d(np.asarray(positions, float)):
        chance = chance * number * mean_steps(size, source)
    return np.asarray(chance)


def expected_both(size: ArrayLike, source: Turnover, targets: Targets) -> FloatArray:
    """Expected cells resistant to both drugs at detection: M [n_12 mu + (n_1 n_2 + (n_12/2)(n_1 + n_2 - n_12)) mu^2].

    >>> from refugia.clones.turnover import turnover
    >>> float(expected_both(1e9, turnover(0.14, 0.13, 1e-9), Targets(50, 50, 1)).round(1))
    253.3
    """
    one, two, both = targets
    mu = mean_steps(size, source)
    return np.asarray(np.asarray(size, float) * (both * mu + (one * two + 0.5 * both * (one + two - both)) * mu**2))


def present(size: ArrayLike, source: Turnover, targets: Targets) -> FloatArray:
    """p_res: chance that a cell resistant to both drugs is alive at detection (no cost).

    1 - p_1 p_2 with ln p_1 = M u n_12 ln s/(1 - s), ln p_2 ~ M u^2 (2 n_1 n_2 + n_12 (n_1 + n_2)) ln s ln(M s)/(s (1 - s)).

    >>> from refugia.clones.turnover import turnover
    >>> float(present(1e9, turnover(0.14, 0.13, 1e-9), Targets(50, 50, 1)).round(4))
    0.9419
    """
    one, two, both = targets
    s, log = source.survival, np.log(np.maximum(np.asarray(size, float) * source.survival, 1.0))
    rest = 1.0 - s
    slope = np.where(rest > 0.0, np.log1p(-rest) / np.where(rest > 0.0, rest, 1.0), -1.0)  # ln s/(1 - s)
    steps = source.mutation * both + source.mutation**2 * (2.0 * one * two + both * (one + two)) * log / s
    return -np.expm1(np.asarray(size, float) * slope * steps)


def one_step(size: ArrayLike, therapy: Therapy, positions: ArrayLike) -> FloatArray:
    """Log chance that no lasting clone arises by one mutation at n positions, before or during therapy.

    ln p_1^before = -M u n s_R/s, ln p_1^during = M u n s_R/s'. Monotherapy is this with all positions that resist its drug.

    >>> from refugia.clones.turnover import turnover
    >>> therapy = Therapy(turnover(0.14, 0.13, 1e-9), np.asarray(1.0 - 0.17 / 0.14))
    >>> float(one_step(1e9, therapy, 1.0).round(4))
    -1.3333
    """
    source = therapy.source
    arisen = np.asarray(size, float) * source.mutation * np.asarray(positions, float) * source.resistant
    return np.asarray(-arisen / source.survival + arisen / therapy.under)


def two_steps(size: ArrayLike, therapy: Therapy, targets: Targets) -> FloatArray:
    """Log chance that no lasting clone arises by two mutations, the first before or during therapy.

    Before: clones of one mutation arise at m = 1/s to M; one of N cells leaves N u n s_2 (1/s_1 - 1/s_1') lasting clones of two, so
    that ln p_2^before = -M u (s_1/s) sum over drugs of n int A/(y^c + A) dy, A = u (n_2 + n_12) kappa; without cost that is
    M u^2 kappa n_1 (n_2 + n_12) ln(1/(s M) + u (n_2 + n_12) kappa), kappa = (s' - s)/(s s'). During:
    -M u^2 (2 n_1 n_2 + n_12 (n_1 + n_2)) s_2/(s' s_1').
    """
    source, (one, two, both) = therapy.source, targets
    u, s, single, double, killed = _survivals(therapy)
    kappa = double / single * (1.0 / single - 1.0 / killed)
    size = np.asarray(size, float)
    before = sum(n * _met(size * s, u * (other + both) * kappa, source.growth) for n, other in ((one, two), (two, one)))
    during = u * (2.0 * one * two + both * (one + two)) * double / (therapy.under * killed)
    return np.asarray(-size * u * (single / s * before + during))


def _survivals(therapy: Therapy) -> tuple[FloatArray, ...]:
    """The rate u; s, s_1 and s_2 of cells with no, one and two mutations; s_1' = s': the other drug kills all the same."""
    source = therapy.source
    return source.mutation, source.survival, source.resistant, source.resistant * source.growth, therapy.under


def _met(least: FloatArray, odds: FloatArray, growth: FloatArray) -> FloatArray:
    """int A/(y^c + A) dy from y = 1/least to 1, zero where least is below one: exact for c = 1, by panels in ln y for the rest."""
    start = 1.0 / np.maximum(least, 1.0)
    exact = odds * np.log((1.0 + odds) / (start + odds))
    if np.all(growth == 1.0):
        return np.asarray(exact)
    nodes, weights = np.polynomial.legendre.leggauss(ORDER)
    place = (np.arange(PANELS)[:, None] + 0.5 * (nodes + 1.0)).ravel() / PANELS
    weight = np.tile(0.5 * weights / PANELS, PANELS)
    width = -np.log(start)[..., None]
    log = -width * place
    c, a = np.asarray(growth)[..., None], np.asarray(odds)[..., None]
    return np.asarray((weight * width * a * np.exp(log) / (np.exp(c * log) + a)).sum(axis=-1))


def simultaneous(size: ArrayLike, therapy: Therapy, targets: Targets) -> FloatArray:
    """Log chance that both drugs at once cure: one mutation that resists both, or two mutations.

    >>> from refugia.clones.turnover import turnover
    >>> therapy = Therapy(turnover(0.14, 0.13, 1e-9), np.asarray(1.0 - 0.17 / 0.14))
    >>> float(np.exp(simultaneous(1e9, therapy, Targets(50, 50, 1))).round(4))
    0.2632
    """
    return np.asarray(one_step(size, therapy, targets.shared) + two_steps(size, therapy, targets))


def sequential_failure(size: ArrayLike, therapy: Therapy, targets: Targets) -> FloatArray:
    """Chance that the first drug, and the second after relapse, fail to cure.

    The first fails where a clone resistant to both lasts, or where one resistant to it alone does and has grown back to M cells,
    of which one resistant to the second lasts in its turn. That relapse is let grow to M is a convention of this function.
    """
    both, first = one_step(size, therapy, targets.shared), one_step(size, therapy, targets.first)
    again = one_step(size, therapy, targets.second + targets.shared)
    return np.asarray(-np.expm1(both) + np.exp(both) * np.expm1(first) * np.expm1(again))


def together(failure: ArrayLike) -> FloatArray:
    """Chance that at least one of several lesions fails, from each lesion's own (last axis): their cures multiply.

    >>> float(together([0.5, 0.5, 0.0]))
    0.75
    """
    with np.errstate(divide="ignore"):
        return np.asarray(-np.expm1(np.log1p(-np.asarray(failure, float)).sum(axis=-1)))
