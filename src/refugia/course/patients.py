"""Virtual patients: one draw of every number that has an interval or a spread, stratified over the ensemble."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from refugia.engine.keys import stratified
from refugia.terms import FloatArray, Interval, Law, Number, Parameter, Per, Spread, Value

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

    def _quantiles(self, name: str) -> FloatArray:
        """Stratified quantiles (patients,) of a name, those of the whole ensemble where they are some of it."""
        if self.crowd is None:
            return stratified(self.seed, name, self.count)
        return stratified(self.seed, name, self.crowd.size)[self.crowd.members]

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
            drawn = known(number.value, number.interval, self._quantiles(f"{number.id}|known"))
        if number.spread is not None and self.people:
            whose = f"{number.id}|spread" + (f"|{site}" if number.spread.per is Per.LESION else "")
            drawn = spread(drawn, number.spread, self._quantiles(whose), below)
        return drawn


def _scales(law: Law) -> tuple[Callable[[FloatArray], FloatArray], Callable[[FloatArray], FloatArray]]:
    """The map on which a law is normal or uniform, and its inverse."""
    if law in (Law.NORMAL, Law.UNIFORM):
        return (lambda x: x), (lambda x: x)
    if law is Law.LOG10NORMAL:
        return np.log10, lambda x: np.asarray(10.0**x)
    return np.log, np.exp


def known(value: float, interval: Interval, quantile: FloatArray) -> FloatArray:
    """Draws of what we know of a number, at quantiles (n,): the law's two halves are stretched from the value to either end.

    >>> known(20.0, Interval(Law.UNIFORM, 0.0, 100.0), np.array([0.0, 0.5, 1.0]))
    array([  0.,  20., 100.])
    """
    onto, back = _scales(interval.law)
    middle, low, high = onto(np.array([value, interval.low, interval.high])).tolist()
    flat = interval.law in (Law.UNIFORM, Law.LOGUNIFORM)
    part = 2.0 * quantile - 1.0 if flat else ndtri(quantile) / REACH
    return np.asarray(back(middle + np.where(part < 0.0, part * (middle - low), part * (high - middle))))


def spread(centre: FloatArray, law: Spread, quantile: FloatArray, below: FloatArray | None = None) -> FloatArray:
    """Draws of how people differ around each `centre` (n,), at quantiles (n,).

    The law is truncated, not clipped, at its bounds and at `below` (n,), where given.
    """
    onto, back = _scales(law.law)
    middle = onto(centre)
    highest = np.full(centre.shape, np.inf if law.high is None else law.high)
    highest = highest if below is None else np.minimum(highest, below)
    floor = 0.0 if law.low is None else ndtr((onto(np.full(centre.shape, law.low)) - middle) / law.width)
    top = ndtr((onto(highest) - middle) / law.width)
    return np.asarray(back(middle + law.width * ndtri(floor + quantile * (top - floor))))


def rounded(table: FloatArray, digits: int = 12) -> FloatArray:
    """A table rounded to significant digits, so that what is equal is equal bit for bit.

    >>> bool(rounded(np.array([0.1 + 0.2]))[0] == 0.3)
    True
    """
    size = np.abs(table)
    ordinary = np.isfinite(table) & (size > 0.0)
    exponent = np.floor(np.log10(np.where(ordinary, size, 1.0)))
    scale = 10.0 ** (digits - 1 - exponent)
    return np.where(ordinary, np.rint(np.where(ordinary, table, 0.0) * scale) / scale, table)
