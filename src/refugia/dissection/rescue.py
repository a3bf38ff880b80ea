"""What would rescue it: real levers alone and in pairs, beside the ideal of lifting every mechanism of the case."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from refugia.course.case import Case, on_spheres
from refugia.course.ensemble import Ensemble, Executor, Progress, run_bodies
from refugia.course.observe import observed
from refugia.course.patients import Patients
from refugia.course.result import timing
from refugia.dissection.arms import parts_of
from refugia.dissection.bootstrap import interval
from refugia.dissection.gains import gains_of
from refugia.dissection.merits import mean_weights
from refugia.subject import Lifts, Subject, mechanism
from refugia.terms import Lever, Rows


@dataclass(frozen=True, slots=True)
class SiteEffect:
    """What levers do to one site, over the unlifted body."""

    days: float | None  # change of the median day of progression; None where either lies beyond the horizon
    log10_volume: float  # change of the mean over patients and horizon of log10 of its volume, no less than one cell


@dataclass(frozen=True, slots=True)
class Rescue:
    """What one lever, or a pair of them, gains on one merit: mean over patients with a 95 % interval."""

    levers: tuple[str, ...]
    merit: str
    gain: float
    low: float
    high: float
    fraction_of_ideal: float | None  # of the gain of lifting every mechanism; None where that one is not above zero
    answer: str  # gain | no gain | loss: which way the interval lies from zero, or that it holds it
    doses: tuple[str, ...]
    prices: tuple[str, ...]
    evidence: tuple[str, ...]
    sites: Mapping[str, SiteEffect]


class RescueTable(Rows[Rescue]):
    """What levers gain, merit by merit; prints as a table."""

    __slots__ = ()

    def ranked(self, merit: str) -> list[Rescue]:
        """The rows of one merit, largest gain first."""
        return best(self, merit)

    def __str__(self) -> str:
        """One line a lever or pair of levers, merit by merit, largest gain first."""
        lines = []
        for merit in dict.fromkeys(row.merit for row in self):
            lines.append(f"{merit:<60}{'gain':>9}{'low':>9}{'high':>9}{'of ideal':>9}")
            for row in self.ranked(merit):
                numbers = "".join(f"{number:>9.3f}" for number in (row.gain, row.low, row.high))
                part = "" if row.fraction_of_ideal is None else f"{row.fraction_of_ideal:.2f}"
                lines.append(f"{' & '.join(row.levers):<60}{numbers}{part:>9}")
        return "\n".join(lines)


def verdict(low: float, high: float) -> str:
    """What a 95 % interval of a gain says: gain, loss, or no gain where it holds zero.

    >>> verdict(0.1, 0.2), verdict(-0.1, 0.2), verdict(-0.2, -0.1)
    ('gain', 'no gain', 'loss')
    """
    return "gain" if low > 0.0 else "loss" if high < 0.0 else "no gain"


def combined(levers: tuple[Lever, ...]) -> tuple[tuple[Lever, ...], ...]:
    """Every lever alone, then every pair of levers that are tried in pairs and do not exclude each other."""
    pairs = combinations([lever for lever in levers if lever.label.paired], 2)
    return (*((lever,) for lever in levers), *((a, b) for a, b in pairs if not a.label.rivals or a.label.rivals != b.label.rivals))


def ideal(case: Case) -> Subject:
    """The body with every mechanism of the case lifted."""
    body, lifts = case.subject, Lifts()
    for name in case.mechanisms:
        for part in parts_of(name) or (mechanism(name),):
            body = body.lifted(part, lifts)
    return body


def rescue(case: Case, replicates: int = 64, seed: int = 0, threads: int = 0, progress: Progress | None = None,
           *, executor: Executor | None = None) -> RescueTable:  # fmt: skip
    """What each lever of a case gains from its stated day, alone and in pairs, in the patients and with the luck of a dissection.

    Rows come merit by merit, first the levers alone, then the pairs; there are none where the case has no levers. Only the unlifted
    body is levered: every mechanism stays. Raises RefugiaError where the case cannot be run.
    """
    arms = combined(on_spheres(case, "a table of levers").levers)
    if not arms:
        return RescueTable()
    bodies = [case.subject, ideal(case)]
    for arm in arms:
        body = case.subject
        for lever in arm:
            body = body.levered(lever)
        bodies.append(body)
    patients = Patients(replicates, seed)
    ensemble = run_bodies(case, bodies, patients, threads, progress=progress, executor=executor)
    effects = _effects(case, patients, ensemble)
    found = []
    for merit, gains in gains_of(case, patients, ensemble).items():
        mean, low, high = interval(gains[:, 2:], seed)
        most = float(gains[:, 1].mean())
        found += [
            Rescue(
                tuple(lever.label.name for lever in arm), merit, float(mean[k]), float(low[k]), float(high[k]),
                float(mean[k]) / most if most > 0.0 else None, verdict(float(low[k]), float(high[k])),
                tuple(lever.label.dose for lever in arm), tuple(lever.label.price for lever in arm),
                tuple(lever.label.evidence for lever in arm), effects[k + 2],
            )
            for k, arm in enumerate(arms)
        ]  # fmt: skip
    return RescueTable(found)


def _effects(case: Case, patients: Patients, ensemble: Ensemble) -> list[dict[str, SiteEffect]]:
    """What happens to each site in each body, over the first one; a site that a body lacks is left out."""
    lowered, horizon = ensemble.lowered, case.question.horizon
    shape = lowered.index.shape
    volume = ensemble.volumes()
    days = observed(case, patients, lowered, volume).sites.reshape(shape)
    weight = mean_weights(lowered.edges)
    found: list[dict[str, SiteEffect]] = [{} for _ in range(shape[0])]
    for s, site in enumerate(case.subject.sites):
        cell = 1.0 / patients.at(site.name)(site.source.density)
        sizes = np.maximum(volume.reshape(*shape, -1)[:, :, s], cell[None, :, None])
        logs = np.add.reduce(np.log10(sizes) * weight, axis=2)  # no BLAS: the same bits on any number of threads
        medians = [timing(column, horizon).median for column in days[:, :, s]]
        for body in range(shape[0]):
            had = (lowered.index[[0, body], :, s] >= 0).all(axis=0)
            if had.any():
                later = _change(medians[body], medians[0])
                found[body][site.name] = SiteEffect(later, float((logs[body] - logs[0])[had].mean()))
    return found


def _change(now: float | None, before: float | None) -> float | None:
    return None if now is None or before is None else now - before


def disputed(rows: tuple[Rescue, ...]) -> list[tuple[str, ...]]:
    """Levers alone that gain on one merit and lose on another, both beyond their intervals."""
    signs: dict[tuple[str, ...], set[bool]] = {}
    for row in rows:
        if len(row.levers) == 1 and (row.low > 0.0 or row.high < 0.0):
            signs.setdefault(row.levers, set()).add(row.low > 0.0)
    return [levers for levers, found in signs.items() if len(found) > 1]


def best(rows: tuple[Rescue, ...], merit: str) -> list[Rescue]:
    """The rows of one merit, largest gain first."""
    return sorted((row for row in rows if row.merit == merit), key=lambda row: -row.gain)
