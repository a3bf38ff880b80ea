"""Models of states of cells as papers and their code have them, run through the laws of unit 1: for the checks of studies."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.integrate import solve_ivp
from scipy.optimize import brentq

from refugia.clones import Clone, Heterogeneity, State, Switch, Tolerance
from refugia.clones import lower as unit
from refugia.clones.metabolism import Commands, Step, glycolysis, slope, steady
from refugia.clones.switching import COLUMNS, Signals, pace, settled
from refugia.course.events import Strike, fates
from refugia.engine.saturation import saturating_mean
from refugia.terms import FloatArray, Number
from refugia.treatment.radiation import RadiationLaw

__all__ = ["glioblastoma_dedifferentiation", "greene2019_induced", "gunnarsson2020_persisters", "hif_switch"]

LONGEST = 1e4  # units of time after which no failure is looked for
EXACT = 1e-10  # relative tolerance of the integrators


def _numbers(**given: float) -> FloatArray:
    """A lowered switch, (1, 8)."""
    numbers = np.zeros((1, len(COLUMNS)))
    for name, value in given.items():
        numbers[0, COLUMNS.index(name)] = value
    return numbers


def _pace(numbers: FloatArray, effect: float, dose: float) -> float:
    """The rate of a switch at an effect and a dose of the drug, where there is plenty of oxygen and nobody divides."""
    seen = (np.full((1, 1), number) for number in (effect, dose, np.inf, 0.0))
    return float(pace(numbers, Signals(*seen))[0, 0])


def greene2019_induced(
    *,
    resistant_growth: float,
    spontaneous: float,
    induced: float,
    kill: float,
    dose: float,
    sensitive: float,
    resistant: float,
    treated_from: float,
    failed_at: float,
    on: float,
    off: float,
) -> dict[str, float]:
    """When a drug that also induces resistance fails, given without break and in pulses (Greene and others 2019), dimensionless.

    S' = (1 - S - R) S - (eps + alpha u) S - d u S, R' = p (1 - S - R) R + (eps + alpha u) S, the switch being that of unit 1.
    Inputs: `resistant_growth` p; `spontaneous` eps and `induced` alpha per dose; `kill` d; `dose` u; S and R at the start; the
    sizes S + R at which treatment begins and has failed; the times on and off of a pulse.

    Outputs: `failure_constant` and `failure_pulsed`, the time to failure from the start of treatment.

    >>> found = greene2019_induced(resistant_growth=0.2, spontaneous=1e-6, induced=0.01, kill=1.0, dose=1.5, sensitive=0.01,
    ...                            resistant=0.0, treated_from=0.1, failed_at=0.9, on=1.0, off=3.0)
    >>> found["failure_constant"] < found["failure_pulsed"]
    True
    """
    switch = _numbers(rate=spontaneous, effect=induced)

    def changing(given: float, size: float, start: FloatArray, last: float) -> tuple[float, FloatArray, bool]:
        turning = _pace(switch, given, 0.0)

        def law(_: float, y: FloatArray) -> list[float]:
            room = 1.0 - y[0] - y[1]
            return [room * y[0] - turning * y[0] - kill * given * y[0], resistant_growth * room * y[1] + turning * y[0]]

        def reached(_: float, y: FloatArray) -> float:
            return float(y[0] + y[1] - size)

        reached.terminal, reached.direction = True, 1.0  # type: ignore[attr-defined]
        found = solve_ivp(law, (0.0, last), start, method="LSODA", rtol=EXACT, atol=1e-14, events=reached)
        return float(found.t[-1]), found.y[:, -1], found.status == 1

    _, begun, _ = changing(0.0, treated_from, np.array([sensitive, resistant]), LONGEST)
    constant, _, _ = changing(dose, failed_at, begun, LONGEST)
    passed, state, failed, given = 0.0, begun, False, dose
    while not failed and passed < LONGEST:
        time, state, failed = changing(given, failed_at, state, on if given else off)
        passed, given = passed + time, 0.0 if given else dose
    return {"failure_constant": constant, "failure_pulsed": passed}


def gunnarsson2020_persisters(
    *,
    sensitive_growth: float,
    persister_growth: float,
    kill: float,
    entry: float,
    exit: float,
    entry_dose: float,
    exit_dose: float,
    dose: float,
) -> dict[str, float]:
    """Growth and persister share of a population that goes between two states (Gunnarsson type), through the switch of unit 1.

    S' = (l0 - dd c/(c + 1) - u) S + v R, R' = (l1 - v) R + u S, with u = `entry` + `entry_dose` c and v = `exit` + `exit_dose` c.
    Inputs: rates 1/h, `dose` c in units of the ec50. Outputs: `growth` 1/h of all cells and `share` of persisters in the end.

    >>> found = gunnarsson2020_persisters(sensitive_growth=0.04, persister_growth=0.001, kill=0.08, entry=0.0004, exit=0.004,
    ...                                   entry_dose=0.0, exit_dose=0.0, dose=0.0)
    >>> round(found["growth"], 5), round(100 * found["share"], 2)
    (0.03964, 0.93)
    """
    one = np.ones(1)
    felt = float(saturating_mean(np.ones((1, 1)), np.full((1, 1), dose), np.zeros(1, np.int64), one, one)[0, 0])
    rates = np.zeros((2, 2))
    rates[0, 1] = _pace(_numbers(rate=entry, dose=entry_dose), felt, dose)
    rates[1, 0] = _pace(_numbers(rate=exit, dose=exit_dose), felt, dose)
    found = settled(np.array([sensitive_growth - kill * felt, persister_growth]), rates)
    return {"growth": float(found.growth), "share": float(found.share[1])}


def _stemmed(linear: float, ratio: float, fraction: float) -> Heterogeneity:
    """Differentiated cells, and stem-like ones with a radiosensitivity of their own."""
    zero: Number = 0.0
    state = State("stem", "stemness", zero, 1.0, zero, None, linear, ratio)
    clones = (Clone("differentiated", (), False), Clone("stem", (), False, "stem"))
    none = Tolerance(zero, 1.0, zero, 1.0, zero)
    return Heterogeneity(clones, (), none, 1.0, 0.5, 1.0, zero, zero, 1.0, (state,),
                         (Switch("basal", "stem", (), zero, fraction=fraction),))  # fmt: skip


def glioblastoma_dedifferentiation(
    *,
    stem_linear: float,
    stem_quadratic: float,
    linear: float,
    quadratic: float,
    stem_share: float,
    fraction: float,
    counts: Sequence[float],
    doses: Sequence[float],
) -> dict[str, float]:
    """Stem-like and differentiated cells after schedules of radiation that makes some of the latter stem-like, without regrowth.

    Per fraction of D Gy S+ = S SF_s + k V SF_d, V+ = (1 - k) V SF_d, k = min(1, c D), through the fates of `course.events`.
    Inputs: alpha 1/Gy and beta 1/Gy2 of both, `stem_share` at the start, `fraction` c 1/Gy, and schedules, `counts` fractions of
    `doses` Gy.

    Outputs: for each schedule as printed by `format(n, "g")`: `stem_NxD` and `rest_NxD`, over all cells at the start; `best_dose`
    Gy, the fraction of the schedule that leaves the fewest stem-like cells.

    >>> cells = dict(stem_linear=0.01, stem_quadratic=1.77e-7, linear=0.125, quadratic=0.028, stem_share=0.016, fraction=5.196e-3)
    >>> found = glioblastoma_dedifferentiation(**cells, counts=[1.0], doses=[2.0])
    >>> round(found["stem_1x2"], 5), round(found["rest_1x2"], 5)
    (0.0228, 0.67802)
    """
    described = _stemmed(stem_linear, stem_linear / stem_quadratic, fraction)
    table = unit.lower(described, lambda number: np.full(1, float(number)))  # type: ignore[arg-type]
    found: dict[str, float] = {}
    for count, dose in zip(counts, doses, strict=True):
        law = RadiationLaw(*(np.full(1, number) for number in (dose, linear, linear / quadratic, 1.0, 1.0)))
        strikes = [Strike(0, np.zeros(1, np.int64), law, int(count))]
        fate = fates(strikes, np.ones((1, 1)), table, unit.genealogy(described))[0, 0]
        rest, stem = np.add.reduce(np.array([1.0 - stem_share, stem_share])[:, None] * fate, axis=0).tolist()
        found[f"stem_{count:g}x{dose:g}"], found[f"rest_{count:g}x{dose:g}"] = stem, rest
    best = min(zip(counts, doses, strict=True), key=lambda one: found[f"stem_{one[0]:g}x{one[1]:g}"])
    return found | {"best_dose": float(best[1])}


def _rested(oxygen: float, by: Commands) -> FloatArray:
    """HIF, LDH, PDK and PDH (4,) once nothing moves any more: after sixty of their times of decay."""
    last = 60.0 / by.broken
    run = solve_ivp(lambda _, y: slope(y, oxygen, by), (0.0, last), np.ones(4), method="LSODA", rtol=EXACT, atol=1e-12)
    return np.asarray(run.y[:, -1])


def hif_switch(
    *,
    rate: float,
    supply: float,
    oxygen_middle: float,
    oxygen_factor: float,
    ldh_middle: float,
    ldh_factor: float,
    pdk_middle: float,
    pdk_factor: float,
    pdh_middle: float,
    pdh_factor: float,
    most: float,
    steepness: float,
    middle: float,
    normal: float,
    hypoxic: float,
) -> dict[str, float]:
    """The HIF switch of metabolism in normal and in little oxygen, integrated in time until it rests.

    Inputs: `rate` A = D 1/min; the steps' middles (of oxygen in mM) and factors; the constants of glycolysis; two oxygens, mM.
    Outputs, at rest: `hif`, `ldh`, `pdk`, `pdh`, `glycolysis`, each with `_normal` and `_hypoxic`; `rise` and `fall`, how many of
    the five are higher and lower in the hypoxic state; `apart`, the largest relative difference from the closed form;
    `half_oxygen` mM, at which half of the rise of glycolysis has come.
    """
    respired, ldh = Step(oxygen_middle, oxygen_factor), Step(ldh_middle, ldh_factor)
    pdk, pdh = Step(pdk_middle, pdk_factor), Step(pdh_middle, pdh_factor)
    by = Commands(rate, rate, supply, respired, ldh, pdk, pdh, most, steepness, middle)
    found: dict[str, float] = {}
    apart, at_rest = 0.0, []
    for name, oxygen in (("normal", normal), ("hypoxic", hypoxic)):
        closed = steady(oxygen, by)
        rested = _rested(oxygen, by)
        levels = [*rested.tolist(), float(glycolysis(rested[1], by))]
        at_rest.append(levels)
        found |= {f"{key}_{name}": level for key, level in zip(closed._fields, levels, strict=True)}
        apart = max(apart, *(abs(level / float(one) - 1.0) for level, one in zip(levels, closed, strict=True)))
    change = np.array(at_rest[1]) - np.array(at_rest[0])
    half = brentq(lambda p: float(steady(p, by).glycolysis) - 0.5 * (1.0 + most), hypoxic * 0.1, normal * 10.0)
    return found | {"rise": float((change > 0.0).sum()), "fall": float((change < 0.0).sum()), "apart": apart, "half_oxygen": half}
