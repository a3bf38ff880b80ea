"""From descriptions to tables: every variant of every unit is lowered once, and equal tables are found."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from refugia.barriers.lower import TissueTable
from refugia.barriers.lower import lower as lower_ground
from refugia.barriers.transient import lower_slows
from refugia.biopsy import volume as volume_of
from refugia.clones.lower import CloneTable, Genealogy, edges, genealogy
from refugia.clones.lower import lower as lower_source
from refugia.clones.standing import add_tolerant, start
from refugia.course.case import Case
from refugia.course.patients import Patients, rounded
from refugia.course.slow import asked
from refugia.engine.keys import name_word, subkeys
from refugia.havens.lower import lower as lower_haven
from refugia.havens.wall import WallTable
from refugia.subject import Presence, Site, Subject
from refugia.terms import FloatArray, RefugiaError, Value
from refugia.treatment.lower import TreatmentTable, plasma_at
from refugia.treatment.lower import lower as lower_treatment

IntArray = NDArray[np.int64]


class Stock(NamedTuple):
    """Every lowered table of a run, all variants of all sites stacked along the first axis (entries)."""

    source: CloneTable
    ground: TissueTable
    haven: WallTable
    cells: IntArray  # (source entries, place, clone) before therapy
    inert: FloatArray  # (source entries, place) mm3
    keys: NDArray[np.uint32]  # (source entries, 2)


class Shared(NamedTuple):
    """What all rows of a run share: the genealogy and its addresses, and the treatment of each patient."""

    genealogy: Genealogy
    words: NDArray[np.uint32]  # (clone,)
    edge_words: NDArray[np.uint32]  # (edge,)
    treatment: TreatmentTable
    plasma_at: FloatArray | None = None  # (patients, drugs, steps, parts, 2) uM where some drug is slow: see `course.slow`


class Rows(NamedTuple):
    """Site-courses to run: where each finds its tables, shape (rows,)."""

    source: IntArray
    ground: IntArray
    haven: IntArray
    patient: IntArray


@dataclass(frozen=True, slots=True)
class Lowered:
    """A case lowered for an ensemble and some bodies: tables, unique rows, and which row each body's site is."""

    stock: Stock
    shared: Shared
    rows: Rows
    index: IntArray  # (body, patient, site): row, or -1 where the site is absent
    volume: FloatArray  # (patient, site) mm3 at baseline
    detection: FloatArray  # (patient, site) mm
    present: NDArray[np.bool_]  # (body, site)
    edges: FloatArray  # (steps + 1,) days


def step_edges(horizon: float, step: float) -> FloatArray:
    """The days at which steps begin and end; the last step is as long as the horizon leaves.

    >>> step_edges(20.0, 7.0).tolist()
    [0.0, 7.0, 14.0, 20.0]
    """
    whole = np.arange(0.0, horizon, step)
    return np.append(whole, horizon)


class _Variants:
    """The distinct descriptions of one unit over all bodies, lowered site by site, with equal entries found."""

    def __init__(self, lowering: Callable[[Any, Value], Any]) -> None:
        self.lowering, self.count = lowering, 0
        self.entry: dict[tuple[str, int], int] = {}
        self.tables: list[Any] = []
        self.same: list[IntArray] = []

    def add(self, site: str, description: object, value: Value) -> None:
        if (site, id(description)) in self.entry:
            return
        table = type(raw := self.lowering(description, value))(*(rounded(column) for column in raw))
        patients = len(table[0])
        canonical = self.count + np.arange(patients)
        for known in reversed([position for (where, _), position in self.entry.items() if where == site]):
            equal = np.ones(patients, bool)
            for mine, theirs in zip(table, self.tables[known], strict=True):
                equal &= (mine == theirs).reshape(patients, -1).all(axis=1)
            canonical = np.where(equal, self.same[known], canonical)
        self.entry[site, id(description)] = len(self.tables)
        self.tables.append(table)
        self.same.append(canonical)
        self.count += patients

    def stacked(self) -> Any:
        return type(self.tables[0])(*(np.concatenate(columns) for columns in zip(*self.tables, strict=True)))

    def entries(self, site: str, description: object) -> IntArray:
        return self.same[self.entry[site, id(description)]]


def diameters(site: Site, patients: Patients) -> FloatArray:
    """Baseline diameters (patients,) mm of a site; an occult one lies below its detection diameter, by definition."""
    if site.presence is Presence.SEEN:
        return rounded(patients.draw(site.diameter, site.name))
    limit = patients.draw(site.detection, site.name)
    drawn = patients.draw(site.diameter, site.name, limit)
    if np.any(drawn >= limit):
        raise RefugiaError(
            f'The occult site "{site.name}" is as large as what would be seen. Give a smaller diameter, or presence = "seen".'
        )
    return rounded(drawn)


def _variants(bodies: Sequence[Subject], patients: Patients, drugs: tuple[str, ...]) -> dict[str, _Variants]:
    """The lowered variants of the three units."""
    units = {
        "source": _Variants(lower_source),
        "ground": _Variants(
            lambda ground, value: lower_ground(ground, value, drugs)._replace(slow=lower_slows(ground, value, drugs))
        ),
        "haven": _Variants(lambda wall, value: lower_haven(wall, drugs, value)),
    }
    seen: set[int] = set()
    for body in bodies:
        for site in body.sites:
            if id(site) in seen:
                continue
            seen.add(id(site))
            for unit, variants in units.items():
                variants.add(site.name, getattr(site, unit), patients.at(site.name))
    return units


def _starts(case: Case, units: dict[str, _Variants], patients: Patients, shared: Shared) -> tuple[Any, Any, Any]:
    """Cells, inert volume and keys of every source entry."""
    cells, inert, keys = [], [], []
    places = case.settings.shells
    sizes = {site.name: diameters(site, patients) for site in case.subject.sites}
    for (site, _), position in units["source"].entry.items():
        table: CloneTable = units["source"].tables[position]
        volume = rounded(volume_of(sizes[site]))
        key = subkeys(patients.seed, patients.lots(), site)
        cells.append(add_tolerant(start(table, volume, shared.words, key, places), table, shared.genealogy))
        inert.append(np.repeat((volume * table.inert / places)[:, None], places, axis=1))
        keys.append(key)
    return np.concatenate(cells), np.concatenate(inert), np.concatenate(keys)


def _shared(case: Case, patients: Patients, days: FloatArray) -> Shared:
    """Genealogy, addresses and treatment; the sites of a body must agree on their clones."""
    sites = case.subject.sites
    if any(site.source.clones != sites[0].source.clones for site in sites):
        raise RefugiaError(
            "All sites of a body carry the same list of clones. Give a clone a standing share of 0 where it is not found."
        )
    source = sites[0].source
    words = np.array([name_word(clone.name) for clone in source.clones], np.uint32)
    if len(set(words.tolist())) < len(words):
        raise RefugiaError("Two clones have the same address of chance. Rename one of them.")
    links = [name_word(f"{source.clones[i].name}>{source.clones[j].name}") for i, j, _ in edges(source.clones)]
    names = tuple(clone.name for clone in source.clones)
    treatment = lower_treatment(case.subject.drugs, case.subject.plan, names, days, case.settings.nodes, patients.at("body"))
    slow = any(site.ground.slow for site in sites)
    levels = plasma_at(case.subject.drugs, case.subject.plan, asked(days), patients.at("body")) if slow else None
    return Shared(genealogy(source), words, np.array(links, np.uint32), treatment, levels)


def lower(case: Case, bodies: Sequence[Subject], patients: Patients) -> Lowered:
    """Lower a case for an ensemble of patients and a list of bodies (the unlifted one, or one an arm)."""
    days = step_edges(case.question.horizon, case.settings.step)
    shared = _shared(case, patients, days)
    units = _variants(bodies, patients, tuple(drug.name for drug in case.subject.drugs))
    stock = Stock(
        units["source"].stacked(), units["ground"].stacked(), units["haven"].stacked(), *_starts(case, units, patients, shared)
    )
    width, depth = units["ground"].count, units["haven"].count
    codes = np.full((len(bodies), len(case.subject.sites), patients.count), -1, np.int64)
    known: dict[int, IntArray] = {}
    for b, body in enumerate(bodies):
        for s, site in enumerate(body.sites):
            if site.presence is Presence.ABSENT:
                continue
            if id(site) not in known:
                source, ground, haven = (units[u].entries(site.name, getattr(site, u)) for u in ("source", "ground", "haven"))
                known[id(site)] = (source * width + ground) * depth + haven
            codes[b, s] = known[id(site)]
    unique, inverse = np.unique(codes, return_inverse=True)
    absent = int(unique[0] == -1)
    unique = unique[absent:]
    rows = Rows(unique // (width * depth), unique // depth % width, unique % depth, unique // (width * depth) % patients.count)
    volume = np.stack([rounded(volume_of(diameters(site, patients))) for site in case.subject.sites], axis=1)
    detection = np.stack([patients.draw(site.detection, site.name) for site in case.subject.sites], axis=1)
    index = (inverse.reshape(codes.shape) - absent).transpose(0, 2, 1)
    return Lowered(stock, shared, rows, np.ascontiguousarray(index), volume, detection, codes[:, :, 0] >= 0, days)
