"""What every body of an ensemble is worth on each merit, and what it gains over the first one."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from refugia.course.case import Case
from refugia.course.ensemble import Ensemble
from refugia.course.observe import observed, watch_of
from refugia.course.patients import Patients
from refugia.course.recist import Progression
from refugia.dissection.merits import control, control_gain, progression_gain, restricted, worst_site
from refugia.terms import FloatArray


class Merits(NamedTuple):
    """Control and restricted time to progression of every world, (patients, bodies); the days of progression; and the share of the
    horizon during which each site (site,) of the unlifted body is the worst."""

    values: dict[str, FloatArray]
    found: Progression
    worst: FloatArray


def merits_of(case: Case, patients: Patients, ensemble: Ensemble) -> Merits:
    """The merits of every body in every patient."""
    lowered, shape = ensemble.lowered, ensemble.lowered.index.shape[:2]
    volume, watch = ensemble.volumes(), watch_of(case, patients, lowered)
    middle = Patients(1, patients.seed, knowledge=False, people=False, chance=False).at("body")
    cell = 1.0 / float(middle(case.subject.sites[0].source.density)[0])
    start = np.tile(lowered.volume, (shape[0], 1))
    reference = np.where(watch.seen[None, :], start, watch.detection)
    found = observed(case, patients, lowered, volume)
    values = {
        "control": control(volume, reference, watch.present, lowered.edges, cell),
        "progression": restricted(found.body, case.question.watched).days,
    }
    first = slice(0, shape[1])
    worst = worst_site(volume[first], reference[first], watch.present[first], lowered.edges).mean(axis=0)
    return Merits({name: np.ascontiguousarray(column.reshape(shape).T) for name, column in values.items()}, found, worst)


def gains_of(case: Case, patients: Patients, ensemble: Ensemble) -> dict[str, FloatArray]:
    """Gain of every body over the first one on each merit of the case, (patients, bodies)."""
    return over_the_first(case, merits_of(case, patients, ensemble).values)


def over_the_first(case: Case, values: dict[str, FloatArray]) -> dict[str, FloatArray]:
    """Gains (patients, bodies) over the first body on the merits of the case."""
    gains = {"control": control_gain(values["control"]), "progression": progression_gain(values["progression"])}
    return {merit: gains[merit] for merit in case.question.merits}
