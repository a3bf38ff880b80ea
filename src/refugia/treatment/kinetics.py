"""Linear kinetics of a drug in the body, solved exactly from dose to dose.

Amounts in gut, central and peripheral compartment (mg) obey

    G' = -ka G;   A' = ka G + rate - (k10 + k12) A + k21 B;   B' = k12 A - k21 B                                  (1)

with k10 = CL/V1, k12 = Q/V1, k21 = Q/V2 (Gibaldi and Perrier, Pharmacokinetics, 2nd edition 1982, chapter 2). The eigenvalues of
the last two are `fast` >= `slow`; the solution is written with the divided differences of the exponential, so that no pair of equal
rates (absorption and elimination, say) needs a case of its own. The state is carried from event to event: cost grows with doses
plus days asked for.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from refugia.terms import FloatArray, RefugiaError, Value
from refugia.treatment.model import Drug, Kinetics, Regimen, Route

TERMS = 20  # of the series of `_triple`: the next is below 1e-19 of the sum where the argument is at most one


class Rates(NamedTuple):
    """Rates of equation (1) and of its solution, each (patients,) in 1/day."""

    absorption: FloatArray  # ka
    fast: FloatArray  # larger eigenvalue
    slow: FloatArray  # smaller eigenvalue, 0 without exchange
    forth: FloatArray  # k12
    back: FloatArray  # k21
    onward: FloatArray  # fast - k10 - k12, 0 without exchange
    inward: FloatArray  # fast - k21


class Amounts(NamedTuple):
    """Drug in the compartments, mg, any common shape."""

    gut: FloatArray
    central: FloatArray
    peripheral: FloatArray


class Doses(NamedTuple):
    """What the doses do and when, each (events, patients)."""

    day: FloatArray
    gut: FloatArray  # mg added at once
    central: FloatArray  # mg added at once
    rate: FloatArray  # mg/day by which the running infusion changes


class Timeline(NamedTuple):
    """The state right after each event or mark, in order of time; arrays (points, patients), `place` (marks, patients)."""

    amounts: Amounts
    rate: FloatArray  # mg/day, running infusion from here on
    span: FloatArray  # days to the next point, 0 for the last
    mark: NDArray[np.int64]  # index of the last mark passed, -1 before the first
    place: NDArray[np.int64]  # index of the point at which each mark lies


def rates(kinetics: Kinetics, value: Value) -> Rates:
    """The rates of equation (1) and its eigenvalues, free of cancellation.

    Raises RefugiaError where a clearance or volume is not above zero.

    >>> k = Kinetics(clearance=2.0, central=4.0, exchange=0.0, peripheral=0.0, absorption=8.0, lag=0.0, available=1.0)
    >>> r = rates(k, lambda number: np.full(1, float(number)))
    >>> float(r.fast[0]), float(r.slow[0])
    (0.5, 0.0)
    """
    clearance, central, exchange = value(kinetics.clearance), value(kinetics.central), value(kinetics.exchange)
    peripheral = np.where(exchange > 0.0, value(kinetics.peripheral), 1.0)
    for name, drawn in (("clearance", clearance), ("central", central), ("peripheral", peripheral)):
        if not np.all(drawn > 0.0):
            raise RefugiaError(f"Kinetics, {name}: {float(np.min(drawn))!r} is not above zero. Give a positive number.")
    out, forth, back = clearance / central, exchange / central, exchange / peripheral
    lean = out + forth - back
    gap = np.hypot(lean, 2.0 * np.sqrt(forth * back))
    fast = 0.5 * (out + forth + back + gap)
    wide = 0.5 * (gap + np.abs(lean))  # the larger of onward and inward; their product is k12 k21
    thin = np.divide(forth * back, wide, out=np.zeros_like(wide), where=wide > 0.0)
    onward, inward = np.where(lean > 0.0, thin, wide), np.where(lean > 0.0, wide, thin)
    return Rates(value(kinetics.absorption), fast, out * back / fast, forth, back, onward, inward)


def half_life(kinetics: Kinetics, value: Value) -> FloatArray:
    """The terminal half-life, (patients,) in days: ln 2 over the slowest rate of disposition."""
    found = rates(kinetics, value)
    ending: FloatArray = np.log(2.0) / np.where(found.forth > 0.0, found.slow, found.fast)
    return ending


def doses(kinetics: Kinetics, lines: Sequence[Regimen], horizon: float, value: Value) -> Doses:
    """All that the lines of a plan put into the body before the horizon, patient by patient (lag and availability are drawn).

    Raises RefugiaError where a dose is negative, an interval is not above zero, an oral dose is told to run as an infusion, or is
    never absorbed.
    """
    lag, available, absorption = value(kinetics.lag), value(kinetics.available), value(kinetics.absorption)
    still, nothing = np.zeros_like(lag), np.zeros_like(lag)
    events: list[tuple[FloatArray, FloatArray, FloatArray, FloatArray]] = []
    for line in lines:
        _check(line)
        if line.route is Route.ORAL and not np.all(absorption > 0.0):
            slowest = float(np.min(absorption))
            raise RefugiaError(f"Kinetics, absorption: {slowest!r} per day absorbs no oral dose. Give a positive rate.")
        amount = np.full_like(lag, line.dose)
        for day in line.days(horizon):
            if line.route is Route.ORAL:
                events.append((day + lag, amount * available, nothing, nothing))
            elif line.infusion > 0.0:
                events.append((day + still, nothing, nothing, amount / line.infusion))
                events.append((day + line.infusion + still, nothing, nothing, -amount / line.infusion))
            else:
                events.append((day + still, nothing, amount, nothing))
    if not events:
        return Doses(*(np.zeros((0, lag.size)) for _ in range(4)))
    return Doses(*(np.stack(column) for column in zip(*events, strict=True)))


def timeline(found: Rates, given: Doses, marks: FloatArray, before: Amounts | None = None) -> Timeline:
    """The exact state after each dose and at each mark (marks,) in days; at equal times doses come first.

    `before` holds the amounts (patients,) ahead of the first point; none where it is left out.
    """
    count, patients = marks.size, found.fast.size
    day = np.concatenate([given.day, np.broadcast_to(marks[:, None], (count, patients))])
    order = np.argsort(day, axis=0, kind="stable")
    place = np.argsort(order, axis=0, kind="stable")[day.shape[0] - count :]
    gut, central, change = (_in_order(column, order) for column in (given.gut, given.central, given.rate))
    day = np.take_along_axis(day, order, axis=0)
    span = np.diff(day, axis=0, append=day[-1:])
    rate = np.maximum(np.cumsum(change, axis=0), 0.0)
    mark = np.cumsum(order >= day.shape[0] - count, axis=0) - 1
    return Timeline(_carry(found, (gut, central, rate), span, before), rate, span, mark, place)


def advance(found: Rates, amounts: Amounts, rate: FloatArray, span: FloatArray) -> Amounts:
    """The exact amounts after `span` days under a constant infusion `rate` (mg/day); all arrays (..., patients)."""
    return _apply(_Transition(*_transition(found, span, bool(np.any(rate)))), amounts, rate)


def central_after(found: Rates, amounts: Amounts, rate: FloatArray, span: FloatArray) -> FloatArray:
    """The central amount alone, mg, after `span` days: as `advance`, for very many times."""
    left = np.exp(-found.fast * span)
    held = amounts.central * left
    if np.any(found.forth):
        held += (found.onward * amounts.central + found.back * amounts.peripheral) * _pair(found.fast, found.slow, span)
    if np.any(amounts.gut):
        held += found.absorption * amounts.gut * _response(found, found.absorption, span)[0]
    if np.any(rate):
        held += rate * _response(found, np.zeros_like(found.fast), span)[0]
    return held


def concentration(kinetics: Kinetics, lines: Sequence[Regimen], value: Value, days: FloatArray) -> FloatArray:
    """Total plasma concentration, (patients, days) in mg/L, at any days; on the day of a dose, right after it.

    >>> k = Kinetics(clearance=2.0, central=4.0, exchange=0.0, peripheral=0.0, absorption=8.0, lag=0.0, available=1.0)
    >>> bolus = Regimen("x", Route.INTRAVENOUS, dose=8.0, start=0.0, every=float("inf"), until=1.0, infusion=0.0)
    >>> concentration(k, [bolus], lambda number: np.full(1, float(number)), np.array([0.0, 2.0])).round(4).tolist()
    [[2.0, 0.7358]]
    """
    found = rates(kinetics, value)
    line = timeline(found, doses(kinetics, lines, float(np.max(days)) + 1.0, value), np.asarray(days, dtype=np.float64))
    held: FloatArray = np.take_along_axis(line.amounts.central, line.place, axis=0).T / value(kinetics.central)[:, None]
    return held


def unbound(level: FloatArray, drug: Drug, value: Value) -> FloatArray:
    """Unbound concentration in uM from total concentration in mg/L; any array (patients, ...)."""
    factor = 1000.0 * value(drug.unbound) / value(drug.molar_mass)
    return level * factor.reshape((-1,) + (1,) * (level.ndim - 1))


def periodic(found: Rates, given: Doses, period: float) -> Amounts:
    """The amounts (patients,) just before the first dose of a period (day 0) once the same doses have come for ever.

    Solves (1 - Phi) x = r, with Phi the passage of one period and r what its doses leave, as a function of the rate matrix.
    """
    nothing, span = np.zeros_like(found.fast), np.full_like(found.fast, period)
    line = timeline(found, given, np.array([0.0, period]))
    last = Amounts(*(np.take_along_axis(column, line.place[1:], axis=0)[0] for column in line.amounts))
    taken = -np.expm1(-found.absorption * period)
    gut = np.divide(last.gut, taken, out=np.zeros_like(taken), where=last.gut > 0.0)
    fed = advance(found, Amounts(gut, nothing, nothing), nothing, span)
    central, peripheral = last.central + fed.central, last.peripheral + fed.peripheral
    fast = -np.expm1(-found.fast * period)
    both = -fast * np.expm1(-found.slow * period)
    mixed = np.divide(_pair(found.fast, found.slow, span), both, out=np.zeros_like(both), where=found.forth > 0.0)
    return Amounts(
        gut,
        central / fast + (found.onward * central + found.back * peripheral) * mixed,
        peripheral / fast * (found.forth > 0.0) + (found.forth * central + found.inward * peripheral) * mixed,
    )


class _Transition(NamedTuple):
    """Passage over one span: factors on (gut, central, peripheral, rate), each (..., patients)."""

    gut: FloatArray
    central: FloatArray
    back: FloatArray
    forth: FloatArray
    peripheral: FloatArray
    gut_central: FloatArray
    gut_peripheral: FloatArray
    rate_central: FloatArray
    rate_peripheral: FloatArray


def _transition(found: Rates, span: FloatArray, infused: bool) -> tuple[FloatArray, ...]:
    left, mixed = np.exp(-found.fast * span), _pair(found.fast, found.slow, span)
    taken = tuple(found.absorption * part for part in _response(found, found.absorption, span))
    zero = np.zeros_like(left)
    poured = _response(found, np.zeros_like(found.fast), span) if infused else (zero, zero)
    stay, rest = left + found.onward * mixed, left + found.inward * mixed
    return (np.exp(-found.absorption * span), stay, found.back * mixed, found.forth * mixed, rest, *taken, *poured)


def _apply(step: _Transition, amounts: Amounts, rate: FloatArray) -> Amounts:
    gut, central, peripheral = amounts
    return Amounts(
        step.gut * gut,
        step.central * central + step.back * peripheral + step.gut_central * gut + step.rate_central * rate,
        step.forth * central + step.peripheral * peripheral + step.gut_peripheral * gut + step.rate_peripheral * rate,
    )


def _carry(found: Rates, added: tuple[FloatArray, ...], span: FloatArray, before: Amounts | None) -> Amounts:
    """The amounts right after every point (points, patients): what was added there on top of what the last span left."""
    gut, central, rate = added
    steps = _transition(found, span, bool(np.any(rate)))
    nothing = np.zeros(span.shape[1])
    state = Amounts(nothing, nothing, nothing) if before is None else before
    passed = Amounts(*(np.empty_like(span) for _ in range(3)))
    for point in range(span.shape[0]):
        state = Amounts(state.gut + gut[point], state.central + central[point], state.peripheral)
        for column, held in zip(passed, state, strict=True):
            column[point] = held
        state = _apply(_Transition(*(column[point] for column in steps)), state, rate[point])
    return passed


def _in_order(column: FloatArray, order: NDArray[np.intp]) -> FloatArray:
    """A column of the doses, filled up with zeros at the marks, in order of time."""
    filled = np.concatenate([column, np.zeros((order.shape[0] - column.shape[0], order.shape[1]))])
    return np.take_along_axis(filled, order, axis=0)


def _response(found: Rates, source: FloatArray, span: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Central and peripheral amount left by a source that starts at one mg/day and fades at rate `source`."""
    direct = _pair(found.fast, source, span)
    if not np.any(found.forth):
        return direct, np.zeros_like(direct)
    ladder = _triple((found.fast, found.slow, source), span)
    return direct + found.onward * ladder, found.forth * ladder


def _pair(one: FloatArray, other: FloatArray, span: FloatArray) -> FloatArray:
    """(exp(-other t) - exp(-one t)) / (one - other), and t exp(-one t) where the two are equal."""
    apart = np.abs(one - other) * span
    share = np.divide(-np.expm1(-apart), apart, out=np.ones_like(apart), where=apart > 0.0)
    paired: FloatArray = span * np.exp(-np.minimum(one, other) * span) * share
    return paired


def _triple(three: tuple[FloatArray, FloatArray, FloatArray], span: FloatArray) -> FloatArray:
    """The second divided difference of exp(-x t): three first-order steps in a row.

    Where the three rates lie within 1/t of each other, the series t^2 exp(-high t) sum h_k(u, v) / (k + 2)! of the complete
    symmetric polynomials, whose terms are all positive; elsewhere the difference of two pairs over the largest distance.
    """
    low, middle, high = np.sort(np.stack(np.broadcast_arrays(*three)), axis=0)
    wide = np.where(high > low, high - low, 1.0)
    result = (_pair(middle, low, span) - _pair(high, middle, span)) / wide
    reach = (high - low) * span
    near = reach <= 1.0
    u, v, t = reach[near], ((high - middle) * span)[near], np.broadcast_to(span, reach.shape)[near]
    symmetric, power, scale = np.ones_like(u), np.ones_like(u), 0.5
    total = np.full_like(u, scale)
    for k in range(1, TERMS):
        power = power * v
        symmetric = symmetric * u + power
        scale /= k + 2
        total += symmetric * scale
    result[near] = t * t * np.exp(-np.broadcast_to(high * np.ones_like(span), reach.shape)[near] * t) * total
    return result


def _check(line: Regimen) -> None:
    place = f'Plan, drug "{line.drug}"'
    if not line.dose >= 0.0:
        raise RefugiaError(f"{place}, dose: {line.dose!r} mg is below zero. Give the mass of one dose.")
    if not line.every > 0.0:
        raise RefugiaError(f"{place}, every: {line.every!r} days is not above zero. Give the days between doses, or inf.")
    if not line.infusion >= 0.0:
        raise RefugiaError(f"{place}, infusion: {line.infusion!r} days is below zero. Give 0 for a bolus.")
    if line.route is Route.ORAL and line.infusion > 0.0:
        raise RefugiaError(f"{place}, infusion: an oral dose does not run for {line.infusion!r} days. Give 0.")
