"""How the answer moves with the assumed numbers: Morris's elementary effects of each of them on every share."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from refugia.course.case import Case, on_spheres
from refugia.course.ensemble import Executor, Progress, run_bodies
from refugia.course.patients import Patients, known
from refugia.course.values import parameters_in, with_values
from refugia.dissection.arms import arms
from refugia.dissection.attribution import Players
from refugia.dissection.gains import gains_of
from refugia.dissection.shapley import owen, quotient, shares
from refugia.terms import Basis, FloatArray, Parameter, RefugiaError, Shown

TRAJECTORIES = 5
PATIENTS = 4
"""Patients of each of the small dissections: (numbers + 1) x trajectories of them are run, all subsets of lifts in each."""
LEVELS = 4
"""Levels of the design: each number stands at either end, at a third or at two thirds of its range."""
_TAIL = 0.025

Row = tuple[str, str | None, str]
"""Which share: mechanism, the mechanism it is a part of, merit."""


@dataclass(frozen=True, slots=True)
class Effect:
    """How one share moves as one number goes through its 95 % range, the other assumed numbers anywhere in theirs."""

    parameter: str
    mechanism: str
    part_of: str | None
    merit: str
    mu_star: float  # mean size of the elementary effects, in the unit of the merit
    mu: float  # their mean: of equal size where the share moves one way only
    sigma: float  # their standard deviation: how much the move depends on where the other numbers stand


@dataclass(frozen=True, slots=True)
class Sensitivity(Shown):
    """The effects of all assumed numbers that have an interval, and how they were found."""

    parameters: tuple[str, ...]
    held: tuple[str, ...]  # assumed numbers without an interval: not moved
    patients: int
    trajectories: int
    runs: int
    total: dict[str, float]  # merit -> mean size of the gain of lifting everything, over the design
    effects: tuple[Effect, ...]

    def weight(self, parameter: str) -> float:
        """How much a number matters: its mu* summed over mechanisms, over the gain of lifting everything; mean over merits."""
        sums = dict.fromkeys(self.total, 0.0)
        for effect in self.effects:
            if effect.parameter == parameter and effect.part_of is None:
                sums[effect.merit] += effect.mu_star
        return sum(moved / self.total[merit] for merit, moved in sums.items() if self.total[merit] > 0.0) / len(sums)

    def most(self, count: int = 10) -> tuple[str, ...]:
        """The numbers that matter most, first the one that matters most of all."""
        return tuple(sorted(self.parameters, key=lambda name: (-self.weight(name), name))[:count])

    def strongest(self, parameter: str, merit: str) -> Effect:
        """The share of a merit that a number moves most."""
        found = (e for e in self.effects if e.parameter == parameter and e.merit == merit and e.part_of is None)
        return max(found, key=lambda effect: effect.mu_star)


def sensitivity(case: Case, seed: int = 0, trajectories: int = TRAJECTORIES, threads: int = 0, progress: Progress | None = None,
                *, patients: int = PATIENTS, executor: Executor | None = None) -> Sensitivity:  # fmt: skip
    """How far each share moves with the assumed numbers (elementary effects: Morris 1991; mu*: Campolongo and others 2007).

    Every assumed number with an interval is set, in all patients alike, to levels of its 95 % range; all else is drawn as in a
    dissection of `patients` patients, which share their luck throughout. Between two neighbouring points of a trajectory one number
    moves, and the change of a share over the step (as a part of the range) is an elementary effect. The same seed gives the same
    design. Raises RefugiaError where the case assumes nothing, or SALib, which makes the design, is not installed.
    """
    varied, held = assumed_in(on_spheres(case, "a sensitivity analysis"))
    if arms(case, seed).orders is not None:
        raise RefugiaError(f'The case "{case.id}" lists too many mechanisms to lift in all subsets, point by point. List fewer.')
    if not varied:
        raise RefugiaError(f'The case "{case.id}" has no assumed number with an interval. There is nothing to vary.')
    problem, design = _design(len(varied), trajectories, seed)
    ensemble = Patients(patients, seed)
    found: list[dict[Row, float]] = []
    if progress is not None:
        progress(0, len(design))
    for point in design:
        moved = with_values(case, {number.id: level(number, part) for number, part in zip(varied, point.tolist(), strict=True)})
        plan = arms(moved)
        run = run_bodies(moved, plan.bodies, ensemble, threads, executor=executor)
        found.append(_shares(gains_of(moved, ensemble, run), plan.players))
        if progress is not None:
            progress(len(found), len(design))
    rows = list(found[0])
    values = np.array([[point[row] for row in rows] for point in found])
    total = {merit: float(np.abs(_whole(rows, values, merit)).mean()) for merit in case.question.merits}
    names, fixed = tuple(number.id for number in varied), tuple(number.id for number in held)
    effects = _effects(names, rows, problem, design, values)
    return Sensitivity(names, fixed, patients, trajectories, len(design), total, effects)


def assumed_in(case: Case) -> tuple[tuple[Parameter, ...], tuple[Parameter, ...]]:
    """The assumed numbers of a case without its levers, with an interval and without; each once, in the order of their ids."""
    numbers = {number.id: number for number in parameters_in(case.unlevered()) if number.basis is Basis.ASSUMED}
    ordered = [numbers[name] for name in sorted(numbers)]
    return tuple(n for n in ordered if n.interval is not None), tuple(n for n in ordered if n.interval is None)


def level(number: Parameter, part: float) -> float:
    """The value of a number at a part (0 to 1) of its 95 % range, in steps of equal chance.

    The range ends at the quantiles 2.5 % and 97.5 % for every law: a uniform one is not taken to its bounds, where a number may be
    zero. Raises ValueError where the number has no interval.

    >>> from refugia.terms import Citation, Interval, Law
    >>> wide = Interval(Law.UNIFORM, 0.0, 100.0)
    >>> round(level(Parameter("n", "n", 50.0, "", Citation("a", "", "", "", 2000, ""), "", Basis.ASSUMED, wide), 1.0), 9)
    97.5
    """
    if number.interval is None:
        raise ValueError(f"{number.id} has no interval")
    quantile = np.array([_TAIL + (1.0 - 2.0 * _TAIL) * part])
    return float(known(number.value, number.interval, quantile)[0])


def _design(numbers: int, trajectories: int, seed: int) -> tuple[dict[str, object], FloatArray]:
    """SALib's description of the unit cube, and the points (points, numbers) of the trajectories in it."""
    try:
        from SALib.sample import morris
    except ImportError:
        raise RefugiaError('The table of sensitivity needs SALib. Install it: pip install "refugia[sensitivity]".') from None
    names = [f"x{number}" for number in range(numbers)]
    problem = {"num_vars": numbers, "names": names, "bounds": [[0.0, 1.0]] * numbers}
    return problem, np.asarray(morris.sample(problem, trajectories, num_levels=LEVELS, seed=seed), np.float64)


def _effects(
    ids: Iterable[str], rows: list[Row], problem: dict[str, object], design: FloatArray, values: FloatArray
) -> tuple[Effect, ...]:
    """The statistics of the elementary effects of every number (id) on every share; values (points, rows)."""
    from SALib.analyze import morris

    effects = []
    found = [morris.analyze(problem, design, np.ascontiguousarray(column), num_levels=LEVELS, seed=0) for column in values.T]
    for place, name in enumerate(ids):
        for (mechanism, part_of, merit), column in zip(rows, found, strict=True):
            figures = (float(column[key][place]) for key in ("mu_star", "mu", "sigma"))
            effects.append(Effect(name, mechanism, part_of, merit, *figures))
    return tuple(effects)


def _shares(gains: dict[str, FloatArray], players: Players) -> dict[Row, float]:
    """Mean share of every mechanism and of every part on every merit; gains (patients, subsets)."""
    found: dict[Row, float] = {}
    for merit, v in gains.items():
        whole, parts = shares(quotient(v, players.groups)), owen(v, players.groups)
        for place, (name, group, named) in enumerate(zip(players.names, players.groups, players.parts, strict=True)):
            found[name, None, merit] = float(whole[:, place].mean())
            found.update({(part, name, merit): float(parts[:, bit].mean()) for part, bit in zip(named, group, strict=False)})
    return found


def _whole(rows: list[Row], values: FloatArray, merit: str) -> FloatArray:
    """The gain of lifting everything at each point of the design: the sum of the mechanisms' shares."""
    return np.asarray(values[:, [part_of is None and what == merit for _, part_of, what in rows]].sum(axis=1))
