"""What is seen of a course: progression by RECIST 1.1, in continuous time or at the scans that the case states."""

from __future__ import annotations

import numpy as np
from scipy.special import ndtri

from refugia.biopsy import volume as volume_of
from refugia.course.case import Case
from refugia.course.lower import Lowered, step_edges
from refugia.course.patients import Patients
from refugia.course.recist import Progression, Watch, at_scans, progression, readings
from refugia.engine.keys import name_word, subkeys
from refugia.engine.uniforms import uniform_table
from refugia.subject import Presence
from refugia.terms import FloatArray


def watch_of(case: Case, patients: Patients, lowered: Lowered) -> Watch:
    """What RECIST needs of every world (body x patient), bodies outermost."""
    bodies, count = lowered.index.shape[:2]
    value = patients.at("body")
    return Watch(
        days=lowered.edges,
        seen=np.array([site.presence is Presence.SEEN for site in case.subject.sites]),
        present=(lowered.index >= 0).reshape(bodies * count, -1),
        detection=np.tile(volume_of(lowered.detection), (bodies, 1)),
        ratio=np.tile(value(case.question.ratio), bodies),
        increase=np.tile(value(case.question.increase), bodies),
    )


def scan_errors(case: Case, patients: Patients, scans: int) -> FloatArray:
    """Errors (patients, site, scan) of ln of a measured diameter, keyed by site: all arms of a patient share them."""
    sd = patients.at("body")(case.question.reading_error)[:, None]
    word = name_word("scan")
    drawn = [uniform_table(subkeys(patients.seed, patients.lots(), site.name), word, scans) for site in case.subject.sites]
    return np.stack([sd * ndtri(uniforms) for uniforms in drawn], axis=1)


def observed(case: Case, patients: Patients, lowered: Lowered, volume: FloatArray) -> Progression:
    """Days of progression of every world (body x patient): continuous, or at the stated scans with their reading errors.

    `volume` (worlds, site, steps + 1) mm3. The scan of day 0 is the baseline, whether it is stated or not.
    """
    watch = watch_of(case, patients, lowered)
    if case.question.scans is None:
        return progression(volume, watch)
    scans = scan_days(case)
    errors = np.tile(scan_errors(case, patients, scans.size), (lowered.index.shape[0], 1, 1))
    return at_scans(volume, watch, scans, errors)


def scan_days(case: Case) -> FloatArray:
    """The days (K,) on which a case is looked at, the baseline of day 0 included."""
    return np.array(sorted({0.0, *(day for day in case.question.scans or () if day <= case.question.horizon)}))


def measured(case: Case, patients: Patients, volume: FloatArray) -> FloatArray:
    """Measured diameters (patients, site, K) mm of the unlifted body at the stated scans, 0 where a site is absent.

    The reading errors are those that `observed` sees. `volume` (patients, site, steps + 1) mm3.
    """
    scans = scan_days(case)
    edges = step_edges(case.question.horizon, case.settings.step)
    found = readings(volume, edges, scans, scan_errors(case, patients, scans.size))
    return np.asarray(np.where(volume[:, :, :1] > 0.0, found, 0.0))
