"""From descriptions to tables: every variant of every unit is lowered once, and equal tables are found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from refugia.barriers.lower import TissueTable
from refugia.biopsy import volume as volume_of
from refugia.clones import Heterogeneity
from refugia.clones.lower import CloneTable, Genealogy, changes, genealogy
from refugia.clones.lower import lower as lower_source
from refugia.clones.standing import add_states, start
from refugia.course.case import Case
from refugia.course.events import Events, Strike
from refugia.course.patients import Patients, rounded
from refugia.course.slow import asked, ground_table
from refugia.course.tracks import Change, Tracks, Variants
from refugia.engine.keys import name_word, subkeys
from refugia.havens.lower import lower as lower_haven
from refugia.havens.wall import WallTable
from refugia.subject import Presence, Site, Subject
from refugia.terms import FloatArray, Lever, RefugiaError
from refugia.treatment import Drug, Regimen
from refugia.treatment.lower import TreatmentTable, plasma_at
from refugia.treatment.lower import lower as lower_treatment

IntArray = NDArray[np.int64]
Plan = tuple[Regimen, ...]


class Stock(NamedTuple):
    """Every lowered table of a run, all variants of all sites stacked along the first axis (entries)."""

    source: CloneTable
    ground: TissueTable
    haven: WallTable
    cells: IntArray  # (source entries, place, clone) before therapy
    inert: FloatArray  # (source entries, place) mm3
    keys: NDArray[np.uint32]  # (source entries, 2)


class Shared(NamedTuple):
    """What all rows of a run share: the genealogy and its addresses, and the treatment of each patient under each plan."""

    genealogy: Genealogy
    words: NDArray[np.uint32]  # (clone,)
    edge_words: NDArray[np.uint32]  # (edge,)
    treatment: TreatmentTable  # its plasma (plan x patient, steps, D, nodes), plans outermost; the rest as it is
    drugs: tuple[str, ...]  # that any plan gives
    takes: NDArray[np.bool_]  # (plan x patient, D) whether the plan ever gives the drug
    moves: NDArray[np.bool_]  # (plan x patient, steps) whether any plasma level is not what it was in the step before
    turn_words: NDArray[np.uint32]  # (clone, clone) the addresses of the way from the one to the other, in its other states
    driven: NDArray[np.bool_]  # (switch, D) the drugs that count for a switch
    plasma_at: FloatArray | None = None  # (plan x patient, D, steps, parts, 2) uM where some drug is slow: see `course.slow`


class Rows(NamedTuple):
    """Site-courses to run: where each finds its tables at day 0, shape (rows,)."""

    source: IntArray
    ground: IntArray
    haven: IntArray
    patient: IntArray
    plasma: IntArray


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
    changes: tuple[Change, ...] = ()  # of the rows' tables, in the order of their steps
    strikes: tuple[Strike, ...] = ()  # on the rows, in the order of their steps


class _Units(NamedTuple):
    """What the bodies of a run are told apart by."""

    source: Tracks
    ground: Tracks
    haven: Tracks
    plans: dict[Plan, int]
    events: Events

    def of(self, unit: str) -> Tracks:
        tracks: Tracks = getattr(self, unit)
        return tracks


UNITS = ("source", "ground", "haven")


def step_edges(horizon: float, step: float) -> FloatArray:
    """The days at which steps begin and end; the last step is as long as the horizon leaves.

    >>> step_edges(20.0, 7.0).tolist()
    [0.0, 7.0, 14.0, 20.0]
    """
    whole = np.arange(0.0, horizon, step)
    return np.append(whole, horizon)


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


def _units(bodies: Sequence[Subject], patients: Patients, drugs: tuple[str, ...], days: FloatArray) -> _Units:
    """The lowered variants of the three units, the distinct plans, and no events yet."""
    units = _Units(
        Tracks("source", Variants(lower_source), days),
        Tracks("ground", Variants(lambda ground, value: ground_table(ground, value, drugs)), days),
        Tracks("haven", Variants(lambda wall, value: lower_haven(wall, drugs, value)), days),
        {plan: number for number, plan in enumerate(dict.fromkeys(body.plan for body in bodies))},
        Events(days),
    )
    for site in _distinct(bodies):
        for unit in UNITS:
            units.of(unit).add(site.name, getattr(site, unit), _levers(site, unit), patients.at(site.name))
    return units


def _distinct(bodies: Sequence[Subject]) -> list[Site]:
    """Every site of the bodies once, bodies outermost."""
    return list({id(site): site for body in bodies for site in body.sites}.values())


def _levers(site: Site, unit: str) -> tuple[Lever, ...]:
    """The levers in force on one unit of a site."""
    return tuple(lever for lever in site.levers if lever.unit == unit)


def _starts(case: Case, source: Variants, patients: Patients, shared: Shared) -> tuple[Any, Any, Any]:
    """Cells, inert volume and keys of every source entry."""
    cells, inert, keys = [], [], []
    places = case.settings.shells
    sizes = {site.name: diameters(site, patients) for site in case.subject.sites}
    for (site, _), position in source.entry.items():
        table: CloneTable = source.tables[position]
        volume = rounded(volume_of(sizes[site]))
        key = subkeys(patients.seed, patients.lots(), site)
        cells.append(add_states(start(table, volume, shared.words, key, places), table, shared.genealogy))
        inert.append(np.repeat((volume * table.inert / places)[:, None], places, axis=1))
        keys.append(key)
    return np.concatenate(cells), np.concatenate(inert), np.concatenate(keys)


def _shared(case: Case, bodies: Sequence[Subject], patients: Patients, days: FloatArray) -> Shared:
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
    links = [name_word(f"{source.clones[i].name}>{source.clones[j].name}") for i, j, _ in changes(source)]
    given = {drug for body in bodies for drug in body.given}
    drugs = tuple(drug for drug in case.subject.drugs if drug.name in given)
    plans = tuple(dict.fromkeys(body.plan for body in bodies))
    treatment = _treatment(case, drugs, plans, patients, days)
    takes = np.asarray(treatment.plasma.any(axis=(1, 3)))
    moves = np.ones(treatment.plasma.shape[:2], bool)
    np.any(treatment.plasma[:, 1:] != treatment.plasma[:, :-1], axis=(2, 3), out=moves[:, 1:])
    levels = _levels(bodies, drugs, plans, patients, days)
    names = tuple(drug.name for drug in drugs)
    return Shared(
        genealogy(source), words, np.array(links, np.uint32), treatment, names, takes, moves, _turn_words(source),
        _driven(source, names), levels,
    )  # fmt: skip


def _turn_words(source: Heterogeneity) -> NDArray[np.uint32]:
    """The addresses (clone, clone) of the way from each clone to each other one."""
    names = [clone.name for clone in source.clones]
    return np.array([[name_word(f"{one}>{other}") for other in names] for one in names], np.uint32)


def _driven(source: Heterogeneity, drugs: tuple[str, ...]) -> NDArray[np.bool_]:
    """Whether each drug that is given counts for each switch, (switch, D)."""
    counted = [[not switch.drugs or drug in switch.drugs for drug in drugs] for switch in source.switches]
    return np.array(counted, bool).reshape(len(source.switches), len(drugs))


def _treatment(
    case: Case, drugs: tuple[Drug, ...], plans: tuple[Plan, ...], patients: Patients, days: FloatArray
) -> TreatmentTable:
    """The treatment of every distinct plan, plasma stacked plan by plan."""
    names = tuple(clone.name for clone in case.subject.sites[0].source.clones)
    found = [lower_treatment(drugs, plan, names, days, case.settings.nodes, patients.at("body")) for plan in plans]
    return found[0]._replace(plasma=np.concatenate([table.plasma for table in found]))


def _levels(
    bodies: Sequence[Subject], drugs: tuple[Drug, ...], plans: tuple[Plan, ...], patients: Patients, days: FloatArray
) -> FloatArray | None:
    """Plasma through every step, stacked plan by plan, None where no drug that is given is slow; the sites must agree on which are.

    Raises RefugiaError where a drug is slow in one site and quasi-steady in another.
    """
    given = {drug.name for drug in drugs}
    slow = {frozenset(one.drug.drug for one in site.ground.slow) & given for site in _distinct(bodies)}
    if len(slow) > 1:
        unlike = sorted(frozenset().union(*slow) - min(slow, key=len))
        raise RefugiaError(
            f'The drug "{unlike[0]}" is slow in one site and not in another. Describe it as slow in the ground of all.'
        )
    if not any(slow):
        return None
    times, value = asked(days), patients.at("body")
    return np.concatenate([plasma_at(drugs, plan, times, value) for plan in plans])


def _codes(case: Case, bodies: Sequence[Subject], patients: Patients, units: _Units) -> tuple[IntArray, tuple[int, ...]]:
    """One number (bodies, site, patient) for all that decides a site-course, -1 where the site is absent; its digits' ranges."""
    tracks = {id(site): [units.of(u).codes(site.name, getattr(site, u), _levers(site, u)) for u in UNITS]
              for site in _distinct(bodies)}  # fmt: skip
    events = {id(site): units.events.code(site, patients.at(site.name)) for site in _distinct(bodies)}
    ranges = (*(units.of(unit).count for unit in UNITS), len(units.plans), units.events.count)
    codes = np.full((len(bodies), len(case.subject.sites), patients.count), -1, np.int64)
    for b, body in enumerate(bodies):
        for s, site in enumerate(body.sites):
            if site.presence is Presence.ABSENT:
                continue
            code = np.zeros(patients.count, np.int64)
            digits: list[IntArray | int] = [*tracks[id(site)], units.plans[body.plan], events[id(site)]]
            for digit, size in zip(digits, ranges, strict=True):
                code = code * size + digit
            codes[b, s] = np.where(patients.have(site.name), code, -1)
    return codes, ranges


def lower(case: Case, bodies: Sequence[Subject], patients: Patients) -> Lowered:
    """Lower a case for an ensemble of patients and a list of bodies (the unlifted one, or one an arm)."""
    days = step_edges(case.question.horizon, case.settings.step)
    shared = _shared(case, bodies, patients, days)
    units = _units(bodies, patients, shared.drugs, days)
    codes, ranges = _codes(case, bodies, patients, units)
    unique, inverse = np.unique(codes, return_inverse=True)
    absent = int(unique[0] == -1)
    index = (inverse.reshape(codes.shape) - absent).transpose(0, 2, 1)
    digits = np.array(np.unravel_index(unique[absent:], ranges))
    source, ground, haven = (units.of(unit).first(track) for unit, track in zip(UNITS, digits, strict=False))
    patient = source % patients.count
    rows = Rows(source, ground, haven, patient, digits[3] * patients.count + patient)
    changes = [change for unit, track in zip(UNITS, digits, strict=False) for change in units.of(unit).changes(track)]
    stocked = [units.of(unit).variants.stacked() for unit in UNITS]
    stock = Stock(*stocked, *_starts(case, units.source.variants, patients, shared))  # type: ignore[call-arg]
    volume = np.stack([rounded(volume_of(diameters(site, patients))) for site in case.subject.sites], axis=1)
    detection = np.stack([patients.draw(site.detection, site.name) for site in case.subject.sites], axis=1)
    return Lowered(
        stock, shared, rows, np.ascontiguousarray(index), volume, detection, np.asarray((codes >= 0).any(axis=2)), days,
        tuple(sorted(changes, key=lambda change: change.step)), tuple(units.events.strikes(digits[4], patient)),
    )  # fmt: skip
