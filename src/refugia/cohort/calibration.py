"""Likelihood-free calibration: simulate over the prior, emulate the summaries, weigh the prior by what was published."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri
from scipy.stats import qmc

from refugia.cohort.bodies import Numbers
from refugia.cohort.emulator import Emulator, fit
from refugia.cohort.model import Cohort, Free, Scale, Target
from refugia.cohort.run import Protocol, regular, run_cohort
from refugia.cohort.summaries import summaries
from refugia.course.ensemble import Executor
from refugia.course.patients import known
from refugia.terms import FloatArray, RefugiaError

Progress = Callable[[int, int], None]
DRAWS = 1_000_000  # prior draws that are weighed
KEPT = 2_000  # posterior draws
FEWEST = 100  # effective draws below which a posterior is refused
FARTHEST = 3.0  # tolerances by which the nearest draw may miss the targets
WIDE = 3.0  # tolerance of the first round over that of the last
NEAR = 8.0  # observation errors from a target beyond which a simulation no longer teaches the last emulator
SAME = 0.8  # width of a posterior over its prior's above which a number counts as not identified
EDGE = 1e-3
REACH = (0.025, 0.5, 0.975)


@dataclass(frozen=True, slots=True)
class Calibration:
    """What calibration found: f free numbers, t targets, n simulations, m posterior draws."""

    cohort: Cohort
    seed: int
    patients: int  # of each simulated cohort
    design: FloatArray  # (n, f) quantiles of the prior
    simulated: FloatArray  # (n, t) summaries as printed
    emulator: Emulator
    noise: FloatArray  # (t,) of one simulated summary, on the scale of comparison
    quantiles: FloatArray  # (m, f) posterior draws, as quantiles of the prior
    draws: FloatArray  # (m, f) the same as numbers
    effective: float  # draws, Kish

    def ranges(self) -> FloatArray:
        """2.5 %, 50 % and 97.5 % of the posterior, (f, 3)."""
        return np.quantile(self.draws, REACH, axis=0).T

    def correlations(self) -> FloatArray:
        """Rank correlations of the posterior, (f, f)."""
        ranks = self.quantiles.argsort(axis=0).argsort(axis=0)
        return np.asarray(np.corrcoef(ranks.T))

    def scores(self, places: Sequence[int]) -> FloatArray:
        """Correlations (p, p) of the normal scores of some of the free numbers in the posterior."""
        ranks = self.quantiles[:, list(places)].argsort(axis=0).argsort(axis=0)
        return np.asarray(np.corrcoef(ndtri((ranks.T + 0.5) / len(ranks))))

    def narrowing(self) -> FloatArray:
        """The posterior's standard deviation over the prior's (f,), on the prior's own quantiles: one where nothing was learnt."""
        return np.asarray(self.quantiles.std(axis=0) * np.sqrt(12.0))

    def numbers(self, draw: int | None = None) -> Numbers:
        """The medians of the posterior, or one draw of it."""
        return numbers(self.cohort.free, np.median(self.draws, axis=0) if draw is None else self.draws[draw])


def scaled(value: FloatArray | float, scale: Scale) -> FloatArray:
    """A summary on the scale on which it is compared; shares are kept off 0 and 1.

    >>> float(scaled(0.5, Scale.LOGIT)), float(scaled(-0.5, Scale.CHANGE).round(3))
    (0.0, -0.693)
    """
    value = np.asarray(value, dtype=np.float64)
    if scale is Scale.LOG:
        return np.log(value)
    if scale is Scale.CHANGE:
        return np.log1p(value)
    inside = np.clip(value, EDGE, 1.0 - EDGE)
    return np.asarray(np.log(inside / (1.0 - inside)))


def observation_error(target: Target) -> float:
    """The standard error of a target on its scale: its 95 % interval taken as normal."""
    low, high = float(scaled(target.low, target.scale)), float(scaled(target.high, target.scale))
    return float((high - low) / (2.0 * ndtri(REACH[2])))


def valued(free: Sequence[Free], quantiles: FloatArray) -> FloatArray:
    """Values (n, f) of the free numbers at quantiles (n, f) of their priors."""
    columns = [known(one.value, one.interval, quantiles[:, k]) for k, one in enumerate(free)]
    return np.stack(columns, axis=1)


def numbers(free: Sequence[Free], values: FloatArray) -> Numbers:
    """The free numbers (f,) by the id of their parameters."""
    pairs = list(zip(free, values.tolist(), strict=True))
    return Numbers({f.name: v for f, v in pairs if not f.of_spread}, {f.name: v for f, v in pairs if f.of_spread})


def protocol(cohort: Cohort) -> Protocol:
    """How the calibration arm is looked at: every 42 days to 18 months, then twice more at 84, on the cohort's own drugs."""
    window = cohort.rules.window
    every = window / 13.0
    horizon = window + 4.0 * every
    return Protocol(horizon, regular(horizon, every, window, 2.0 * every), tuple((d, share.value) for d, share in cohort.mix))


def calibrate(cohort: Cohort, simulations: int, patients: int, seed: int, *, threads: int = 0,
              progress: Progress | None = None, executor: Executor | None = None) -> Calibration:  # fmt: skip
    """Calibrate the free numbers of a cohort to its targets.

    Half of the simulations are a Latin hypercube over the prior; the others are drawn from what these leave at a wide tolerance,
    two at each point, so that what chance does is known apart. The last emulator is fitted to those near the targets. Prior draws
    are weighed by a normal kernel whose width is the observation error and the emulator's together; the trial's own chance is in
    the first, and that of the simulations in neither. Raises RefugiaError where too few draws agree with the targets.
    """
    if simulations < 2 * FEWEST // 5:
        raise RefugiaError(f"{simulations} simulations are too few to fit an emulator. Ask for at least {2 * FEWEST // 5}.")
    look = protocol(cohort)
    if progress is not None:
        progress(0, simulations)

    def simulate(quantiles: FloatArray, done: int) -> FloatArray:
        rows = []
        for k, values in enumerate(valued(cohort.free, quantiles)):
            settled, mine = numbers(cohort.free, values), seed + 1 + done + k
            found = run_cohort(cohort, look, patients, mine, settled, threads=threads, executor=executor)
            summary = summaries(found, cohort)
            rows.append([summary[target.summary] for target in cohort.targets])
            if progress is not None:
                progress(done + k + 1, simulations)
        return np.array(rows)

    return _calibrated(cohort, simulations, patients, seed, simulate)


Simulator = Callable[[FloatArray, int], FloatArray]


def _calibrated(cohort: Cohort, simulations: int, patients: int, seed: int, simulate: Simulator) -> Calibration:
    first, size = simulations // 2, len(cohort.free)
    design = qmc.LatinHypercube(size, seed=seed).random(first)
    simulated = simulate(design, 0)
    chance = np.random.default_rng(seed)
    prior = chance.random((DRAWS, size))
    rough = _emulated(cohort, design, simulated, 0.0)
    likely = weights(rough, prior, cohort.targets, WIDE)
    again = np.repeat(prior[chance.choice(DRAWS, (simulations - first) // 2, p=likely)], 2, axis=0)
    design = np.concatenate([design, again])
    simulated = np.concatenate([simulated, simulate(again, first)])
    noise = _noise(cohort.targets, simulated[first:])
    near = _near(rough, design, cohort.targets)
    emulator = _emulated(cohort, design[near], simulated[near], noise) if near.sum() > simulations // 2 else rough
    weight = weights(emulator, prior, cohort.targets, 1.0) * (likely > likely.max() * EDGE)
    weight /= weight.sum()
    effective = float(1.0 / np.sum(weight**2))
    if effective < FEWEST:
        raise RefugiaError(f"Only {effective:.0f} draws agree with the targets. Widen the priors or the targets, or simulate more.")
    kept = prior[chance.choice(DRAWS, KEPT, p=weight)]
    return Calibration(cohort, seed, patients, design, simulated, emulator, noise, kept, valued(cohort.free, kept), effective)


def _noise(targets: Sequence[Target], simulated: FloatArray) -> FloatArray:
    """What chance and the draw of patients do to a summary (t,), on its scale; simulations (2 k, t) come in pairs of one point."""
    columns = [scaled(simulated[:, k], target.scale) for k, target in enumerate(targets)]
    apart = np.stack([column[::2] - column[1::2] for column in columns], axis=1)
    return np.asarray(np.sqrt(np.nanmean(apart**2, axis=0) / 2.0))


def normal(quantiles: FloatArray) -> FloatArray:
    """Quantiles of the prior on the scale that an emulator sees: standard normal."""
    return np.asarray(ndtri(np.clip(quantiles, EDGE, 1.0 - EDGE)))


def _emulated(cohort: Cohort, design: FloatArray, simulated: FloatArray, noise: FloatArray | float) -> Emulator:
    columns = [scaled(simulated[:, k], target.scale) for k, target in enumerate(cohort.targets)]
    values = np.stack(columns, axis=1)
    sound = np.isfinite(values).all(axis=1)
    return fit(normal(design[sound]), values[sound], noise)


def weights(emulator: Emulator, quantiles: FloatArray, targets: Sequence[Target], wide: float) -> FloatArray:
    """Weights (n,) of prior draws that add up to one: a normal kernel around the targets, `wide` times its proper width.

    Raises RefugiaError where even the nearest draw misses the targets by more than three tolerances (root mean square).
    """
    missed = emulator.predict(normal(quantiles)) - np.array([float(scaled(t.value, t.scale)) for t in targets])
    error = np.hypot(np.array([observation_error(t) for t in targets]), emulator.error)
    apart = (missed / error) ** 2
    if apart.mean(axis=1).min() > FARTHEST**2:
        raise RefugiaError("No draw of the prior comes near the targets. Widen the priors, or look for what the cohort lacks.")
    distance = 0.5 * apart.sum(axis=1) / wide**2
    weight = np.exp(distance.min() - distance)
    return np.asarray(weight / weight.sum())


def _near(emulator: Emulator, design: FloatArray, targets: Sequence[Target]) -> np.ndarray:
    """Designs (n,) predicted to lie within some tolerances, or a factor of e, of every target.

    They are chosen by where they stand, not by what chance made of them: the latter would bend the regression.
    """
    missed = np.abs(emulator.predict(normal(design)) - np.array([float(scaled(t.value, t.scale)) for t in targets]))
    return np.asarray((missed < np.maximum([NEAR * observation_error(t) for t in targets], 1.0)).all(axis=1))
