"""What is done to a site at once: fractions of radiation and surgery, as tables and as a stage of the step."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from refugia.clones.lower import CloneTable, Genealogy
from refugia.clones.switching import FRACTION, turned
from refugia.subject import Site
from refugia.terms import FloatArray, Value
from refugia.treatment.levers import Fraction, Radiation
from refugia.treatment.radiation import RadiationLaw, survival

IntArray = NDArray[np.int64]


class Strike(NamedTuple):
    """At the start of a step the rows (n,) are struck: by radiation (law (n,), the same fraction `times`), or taken out whole."""

    step: int
    row: IntArray
    law: RadiationLaw | None  # None where the site is taken out
    times: int


class Events:
    """The distinct sequences of events over all sites, numbered from 1; 0 is none."""

    def __init__(self, edges: FloatArray) -> None:
        """Know no events yet; `edges` (steps + 1,) are days."""
        self.edges = edges
        self._number: dict[tuple[str, tuple[int, ...]], int] = {}
        self._told: list[list[tuple[int, RadiationLaw | None, int]]] = []
        self._kept: list[Any] = []

    def code(self, site: Site, value: Value) -> int:
        """The number of what is done to a site by the horizon. An event falls at the start of the step in which its day lies."""
        done: tuple[Fraction, ...] = ()
        levers = tuple(lever for lever in site.levers if lever.unit == "event")
        for lever in levers:
            done = lever.applied(done, np.ones(1))
        done = tuple(one for one in done if one.day < self.edges[-1])
        if not done:
            return 0
        key = (site.name, tuple(id(lever) for lever in levers))
        if key not in self._number:
            self._kept.append(levers)
            self._told.append(self._lowered(done, value))
            self._number[key] = len(self._told)
        return self._number[key]

    def _lowered(self, done: tuple[Fraction, ...], value: Value) -> list[tuple[int, RadiationLaw | None, int]]:
        """Step, law (patients,) and number of equal fractions of what is done to a site."""
        found: dict[tuple[int, int], list[Fraction]] = {}
        for one in done:
            step = int(np.searchsorted(self.edges, one.day, side="right")) - 1
            found.setdefault((step, id(one.by)), []).append(one)
        return [(step, _law(same[0], value), len(same)) for (step, _), same in sorted(found.items(), key=lambda item: item[0][0])]

    @property
    def count(self) -> int:
        """One more than the largest number so far."""
        return len(self._told) + 1

    def strikes(self, codes: IntArray, patient: IntArray) -> list[Strike]:
        """What strikes the rows with these numbers (rows,), step by step; `patient` (rows,) whose tables they read."""
        found = []
        for number, told in enumerate(self._told, start=1):
            rows = np.flatnonzero(codes == number)
            for step, law, times in told:
                drawn = None if law is None else RadiationLaw(*(column[patient[rows]] for column in law))
                found.append(Strike(step, rows, drawn, times))
        return sorted(found, key=lambda strike: strike.step)


def _law(one: Fraction, value: Value) -> RadiationLaw | None:
    """The lowered law of a fraction, (patients,); None for surgery."""
    by = one.by
    if not isinstance(by, Radiation):
        return None
    return RadiationLaw(value(by.dose), value(by.linear), value(by.ratio), value(by.enhancement), value(by.half))


def kept(strikes: Sequence[Strike], oxygen: FloatArray) -> FloatArray:
    """The share of cells (rows, places) that stay through all strikes of a step, at the oxygen (rows, places) of its start."""
    keep = np.ones_like(oxygen)
    for strike in strikes:
        keep[strike.row] *= 0.0 if strike.law is None else survival(strike.law, oxygen[strike.row]) ** strike.times
    return keep


def fates(strikes: Sequence[Strike], oxygen: FloatArray, source: CloneTable, genealogy: Genealogy) -> FloatArray:
    """What becomes of a cell of each clone through all strikes of a step, chances (rows, places, clone, clone) from row to column.

    A cell survives a fraction by the radiosensitivity of its state, and then turns along a link with the chance of its switch: with
    one fraction S+ = S SF_s + k V SF_v and V+ = (1 - k) V SF_v of two states. Fractions of one step follow each other.
    """
    clones = source.relative.shape[1]
    fate = np.broadcast_to(np.eye(clones), (*oxygen.shape, clones, clones)).copy()
    for strike in strikes:
        if strike.law is None:
            fate[strike.row] = 0.0
            continue
        own, switch = source.own[strike.row], source.switch[strike.row]
        one = _fraction(strike.law, oxygen[strike.row], own, _turning(strike.law.dose, switch, genealogy))
        for _ in range(strike.times):
            fate[strike.row] = np.add.reduce(fate[strike.row][..., :, :, None] * one[..., None, :, :], axis=-2)
    return fate


def _turning(dose: FloatArray, switch: FloatArray, genealogy: Genealogy) -> FloatArray:
    """The chances (rows, clone, clone) of what a survivor of a fraction of `dose` (rows,) Gy is afterwards."""
    clones = genealogy.basis.size
    chance = np.zeros((dose.size, clones, clones))
    for ends, by in zip(genealogy.link, genealogy.by, strict=True):
        for way, number in ((ends, by[0]), (ends[::-1], by[1])):
            if number >= 0:
                chance[:, way[0], way[1]] = turned(switch[:, number, FRACTION], dose)
    total = np.add.reduce(chance, axis=2)
    chance /= np.maximum(total, 1.0)[:, :, None]
    chance[:, range(clones), range(clones)] = 1.0 - np.minimum(total, 1.0)
    return chance


def _fraction(law: RadiationLaw, oxygen: FloatArray, own: FloatArray, turning: FloatArray) -> FloatArray:
    """The fate (rows, places, clone, clone) of cells in one fraction; `own` (rows, clone, 3) as in `CloneTable`."""
    left = np.empty((*oxygen.shape, own.shape[1]))
    for clone in range(own.shape[1]):
        linear, ratio = own[:, clone, 1], own[:, clone, 2]
        felt = law._replace(linear=np.where(linear >= 0.0, linear, law.linear), ratio=np.where(ratio >= 0.0, ratio, law.ratio))
        left[:, :, clone] = survival(felt, oxygen)
    return left[..., None] * turning[:, None]
