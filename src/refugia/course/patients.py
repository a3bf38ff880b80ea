"""Virtual patients: one draw of every number that has an interval or a spread, stratified over the ensemble."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from math import inf

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from refugia.engine.keys import stratified
from refugia.terms import FloatArray, Interval, Law, Number, Parameter, Per, RefugiaError, Spread, Value

FAINTEST = 1e-290
"""What is smaller is left as it is where tables are rounded: the power of ten that would scale it is no number any more."""
REACH = float(ndtri(0.975))


@dataclass(frozen=True, slots=True, eq=False)
class Crowd:
    """Some patients of a larger ensemble, with bodies of their own: arrays (members,) in the order of `members`."""

    size: int  # of the ensemble whose strata they keep
    members: NDArray[np.int64]  # (members,) who of it they are
    given: Mapping[str, FloatArray] = field(default_factory=dict)  # id of a number -> its values, instead of draws
    present: Mapping[str, NDArray[np.bool_]] = field(default_factory=dict)  # site -> who has it; everybody, where it is not named
    values: Mapping[str, float] = field(default_factory=dict)  # id of a number -> what is taken to be known of it
    widths: Mapping[str, float] = field(default_factory=dict)  # id of a number -> the width of its spread

    def settled(self, number: Parameter) -> Parameter:
        """The number as this crowd has it: a value that is known has no interval, a spread has the width that is stated."""
        if number.id in self.values:
            number = replace(number, value=float(self.values[number.id]), interval=None)
        if number.spread is not None and number.id in self.widths:
            number = replace(number, spread=replace(number.spread, width=float(self.widths[number.id])))
        return number


@dataclass(frozen=True, slots=True)
class Patients:
    """An ensemble of patients: how many, from which seed, and what differs between them.

    A replicate is a patient: one draw of what we do not know (`knowledge`), of what differs between people (`people`) and of chance
    (`chance`). What is switched off stays at its stated value, or at the first patient's luck. Draws are Latin hypercube samples
    whose permutation is keyed by the parameter's id, so that a new parameter shifts nobody; patient 3 of 16 is not patient 3 of 64.
    """

    count: int
    seed: int
    knowledge: bool = True
    people: bool = True
    chance: bool = True
    crowd: Crowd | None = None  # bodies of their own; None where everybody has the sites and numbers of the case

    def __post_init__(self) -> None:
        """Raises RefugiaError where there is no patient, or the seed is negative."""
        if self.count < 1:
            raise RefugiaError(f"{self.count} is no number of patients. Give 1 or more replicates.")
        if not 0 <= self.seed < 2**63:
            raise RefugiaError(f"{self.seed} is no seed. Give a whole number from 0 to 2^63 - 1.")

    def at(self, site: str) -> Value:
        """The draws as seen from one site: `value(number)` gives shape (patients,), in the number's own unit."""
        return lambda number: self.draw(number, site)

    def lots(self) -> NDArray[np.int64]:
        """The index (patients,) of the luck that each patient has."""
        if not self.chance:
            return np.zeros(self.count, np.int64)
        return np.arange(self.count, dtype=np.int64) if self.crowd is None else self.crowd.members

    def have(self, site: str) -> NDArray[np.bool_]:
        """Who (patients,) of them has the site at all."""
        everybody = np.ones(self.count, bool)
        return everybody if self.crowd is None else self.crowd.present.get(site, everybody)

    def _strata(self, name: str) -> FloatArray:
        """Stratified quantiles of a name, of the whole ensemble where they are some of it."""
        return stratified(self.seed, name, self.count if self.crowd is None else self.crowd.size)

    def _theirs(self, whole: FloatArray) -> FloatArray:
        """What falls to each of them (patients,) of the whole ensemble's."""
        return whole if self.crowd is None else whole[self.crowd.members]

    def _luck(self, name: str, interval: Interval) -> FloatArray:
        """Quantiles (patients,) of what is known of a number: its own strata, in the order of its score along those of others."""
        luck = self._strata(f"{name}|known")
        if interval.along:
            score = np.zeros(luck.size)
            for other, weight in interval.along:
                score += weight * ndtri(self._strata(f"{other}|known"))
            luck = np.sort(luck)[score.argsort(kind="stable").argsort(kind="stable")]
        return self._theirs(luck)

    def draw(self, number: Number, site: str, below: FloatArray | None = None) -> FloatArray:
        """The draws (patients,) of a number as seen from a site; its spread is truncated at `below` (patients,), where given."""
        if not isinstance(number, Parameter):
            return np.full(self.count, float(number))
        if self.crowd is not None:
            if number.id in self.crowd.given:
                return self.crowd.given[number.id]
            number = self.crowd.settled(number)
        drawn = np.full(self.count, number.value)
        if number.interval is not None and self.knowledge:
            luck = self._luck(number.id, number.interval)
            drawn = known(number.value, number.interval, luck, number.least, number.most)
        if number.spread is not None and self.people:
            whose = f"{number.id}|spread" + (f"|{site}" if number.spread.per is Per.LESION else "")
            most = number.most if below is None else np.minimum(below, number.most)
            drawn = spread(drawn, number.spread, self._theirs(self._strata(whose)), number.least, most)
        return drawn


def _scales(law: Law) -> tuple[Callable[[FloatArray], FloatArray], Callable[[FloatArray], FloatArray]]:
    """The map on which a law is normal or uniform, and its inverse."""
    if law in (Law.NORMAL, Law.UNIFORM):
        return (lambda x: x), (lambda x: x)
    if law is Law.LOG10NORMAL:
        return np.log10, lambda x: np.asarray(10.0**x)
    return np.log, np.exp


def _within(quantile: FloatArray, floor: FloatArray, top: FloatArray) -> FloatArray:
    """Quantiles (n,) squeezed between `floor` and `top` (n,), each half of its own, so that the median stays where it is."""
    halves = np.where(quantile < 0.5, floor + 2.0 * quantile * (0.5 - floor), 0.5 + (2.0 * quantile - 1.0) * (top - 0.5))
    return np.where((floor < 0.5) & (top > 0.5), halves, floor + quantile * (top - floor))


def known(value: float, interval: Interval, quantile: FloatArray, least: float = -inf, most: float = inf) -> FloatArray:
    """Draws of what we know of a number, at quantiles (n,): the law's two halves are stretched from the value to either end.

    Draws are truncated at `least` and `most`; the median is the value.

    >>> known(20.0, Interval(Law.UNIFORM, 0.0, 100.0), np.array([0.0, 0.5, 1.0]))
    array([  0.,  20., 100.])
    """
    onto, back = _scales(interval.law)
    middle, low, high = onto(np.array([value, interval.low, interval.high])).tolist()
    if interval.law in (Law.UNIFORM, Law.LOGUNIFORM):
        part = 2.0 * quantile - 1.0
    else:
        floor = ndtr(REACH * (_end(least, interval.law) - middle) / (middle - low)) if low < middle else np.float64(0.0)
        top = ndtr(REACH * (_end(most, interval.law) - middle) / (high - middle)) if high > middle else np.float64(1.0)
        part = ndtri(_within(quantile, np.full(quantile.shape, floor), np.full(quantile.shape, top))) / REACH
    return np.asarray(back(middle + np.where(part < 0.0, part * (middle - low), part * (high - middle))))


def _end(bound: FloatArray | float, law: Law) -> FloatArray:
    """A bound on the scale of a law; what a logarithm cannot reach is no bound."""
    onto, _ = _scales(law)
    with np.errstate(divide="ignore"):
        return np.asarray(onto(np.asarray(bound) if law in (Law.NORMAL, Law.UNIFORM) else np.maximum(bound, 0.0)))


Bound = FloatArray | float


def spread(centre: FloatArray, law: Spread, quantile: FloatArray, least: Bound = -inf, most: Bound = inf) -> FloatArray:
    """Draws of how people differ around each `centre` (n,), at quantiles (n,).

    The law is truncated, not clipped, at its own bounds and at `least` and `most` (n,); each half is squeezed by itself, so that
    the median stays at the centre wherever the bounds allow it.
    """
    onto, back = _scales(law.law)
    middle = onto(centre)
    low = np.maximum(-inf if law.low is None else law.low, np.broadcast_to(least, centre.shape))
    high = np.minimum(inf if law.high is None else law.high, np.broadcast_to(most, centre.shape))
    floor, top = ndtr((_end(low, law.law) - middle) / law.width), ndtr((_end(high, law.law) - middle) / law.width)
    return np.asarray(back(middle + law.width * ndtri(_within(quantile, floor, top))))


def rounded(table: FloatArray, digits: int = 12) -> FloatArray:
    """A table rounded to significant digits, so that what is equal is equal bit for bit.

    >>> bool(rounded(np.array([0.1 + 0.2]))[0] == 0.3)
    True
    """
    size = np.abs(table)
    ordinary = np.isfinite(table) & (size > FAINTEST)
    exponent = np.floor(np.log10(np.where(ordinary, size, 1.0)))
    scale = 10.0 ** (digits - 1 - exponent)
    return np.where(ordinary, np.rint(np.where(ordinary, table, 0.0) * scale) / scale, table)
