"""What the tumour feels: exposure of the reference site, and the kill slope that the observed shrinkage implies."""

from __future__ import annotations

from math import isfinite

import numpy as np

from refugia.barriers.exposure import fields
from refugia.barriers.lower import lower as lower_ground
from refugia.biopsy import volume as volume_of
from refugia.clones.lower import lower as lower_source
from refugia.course.case import Case
from refugia.course.lower import Lowered, diameters
from refugia.course.patients import Patients, rounded
from refugia.engine.saturation import saturating_mean
from refugia.havens.lower import lower as lower_haven
from refugia.havens.wall import supply
from refugia.subject import Site
from refugia.terms import FloatArray, RefugiaError
from refugia.treatment import Drug, Regimen
from refugia.treatment.effect import kill_slope, trapping
from refugia.treatment.lower import steady


def reference_site(case: Case) -> Site:
    """The site at whose typical exposure the observed shrinkage was seen."""
    for site in case.subject.sites:
        if site.name == case.subject.reference:
            return site
    raise RefugiaError(f'The reference site "{case.subject.reference}" is not among the sites of the case.')


def _exposure(case: Case, patients: Patients) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Tissue over plasma (patients, place, drug), pH (patients, place) and net growth of the reference site at day 0, unlifted."""
    site = reference_site(case)
    value = patients.at(site.name)
    source = lower_source(site.source, value)
    volume = rounded(volume_of(diameters(site, patients)))
    places = case.settings.shells
    cumulative = np.linspace(0.0, 1.0, places + 1)[None, :] * volume[:, None]
    faces = np.cbrt(cumulative * 0.75 / np.pi)
    live = np.repeat((1.0 - source.inert)[:, None], places, axis=1)
    drugs = tuple(drug.name for drug in case.subject.drugs)
    wall = supply(lower_haven(site.haven, drugs, value), faces)
    solved = fields(lower_ground(site.ground, value, drugs), faces, live, wall)
    return wall * solved.transfer, solved.acidity, source.net


def maintenance(case: Case, drug: str) -> Regimen | None:
    """The line of the plan by which a drug is given for longest, or None where no line repeats."""
    lines = [line for line in case.subject.plan if line.drug == drug and isfinite(line.every)]
    return max(lines, key=lambda line: min(line.until, case.question.horizon) - line.start, default=None)


def typical_levels(case: Case, patients: Patients, lowered: Lowered, drug: int) -> FloatArray:
    """Unbound levels of equal weight (patients, nodes) in uM: one interval at steady state, or a whole plan without repeats."""
    described: Drug = case.subject.drugs[drug]
    regimen = maintenance(case, described.name)
    if regimen is not None:
        return np.ascontiguousarray(steady(described, regimen, patients.at("body"), case.settings.nodes))
    plasma = lowered.shared.treatment.plasma[:, :, drug]
    given = (plasma > 0.0).any(axis=(0, 2))
    return np.ascontiguousarray(plasma[:, given].reshape(patients.count, -1))


def reference_share(case: Case, patients: Patients, lowered: Lowered, drug: int) -> FloatArray:
    """The share of a drug's largest effect (patients,) at the typical exposure of the reference site.

    It is that of sensitive cells, or of the first clone that feels the drug; 0 where the drug is not given, or nobody feels it.
    """
    treatment = lowered.shared.treatment
    felt = treatment.curve[drug][treatment.curve[drug] >= 0]
    levels = typical_levels(case, patients, lowered, drug)
    if felt.size == 0 or levels.shape[1] == 0:
        return np.zeros(patients.count)
    reach, acidity, _ = _exposure(case, patients)
    trap = trapping(acidity, treatment.base[:, drug], treatment.inside[:, drug], treatment.outside[:, drug])
    curve = int(felt[0])
    share = saturating_mean(
        reach[:, :, drug] * trap, levels, np.arange(patients.count), treatment.ec50[:, curve], treatment.hill[:, curve]
    )
    return np.asarray(share.mean(axis=1))


def kill_slopes(case: Case, patients: Patients, lowered: Lowered) -> FloatArray:
    """Kill slope at full effect (patients, drug) 1/day: what makes the observed shrinkage at the patient's own typical exposure.

    A drug that is not given, or that no clone feels, has a slope of 0.
    """
    net = patients.at(case.subject.reference)(reference_site(case).source.net)
    slopes = np.zeros((patients.count, len(case.subject.drugs)))
    for index, drug in enumerate(case.subject.drugs):
        share = reference_share(case, patients, lowered, index)
        if share.any():
            slopes[:, index] = kill_slope(lowered.shared.treatment.shrink[:, index], net, share, drug.name)
    return rounded(slopes)
