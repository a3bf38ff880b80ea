"""What the tumour feels: exposure of the reference site, and the kill slope that the observed shrinkage implies."""

from __future__ import annotations

import numpy as np

from refugia.barriers.exposure import fields
from refugia.barriers.lower import TissueTable
from refugia.barriers.lower import lower as lower_ground
from refugia.barriers.transient import lower_slows
from refugia.biopsy import volume as volume_of
from refugia.clones.lower import lower as lower_source
from refugia.course.case import Case
from refugia.course.lower import Lowered, diameters
from refugia.course.patients import Patients, rounded
from refugia.course.slow import slow_drugs, typical
from refugia.engine.saturation import saturating_mean
from refugia.havens.lower import lower as lower_haven
from refugia.havens.wall import supply
from refugia.subject import Site
from refugia.terms import FloatArray, RefugiaError
from refugia.treatment import Drug
from refugia.treatment.effect import kill_slope, trapping
from refugia.treatment.lower import steady


def reference_site(case: Case) -> Site:
    """The site at whose typical exposure the observed shrinkage was seen."""
    for site in case.subject.sites:
        if site.name == case.subject.reference:
            return site
    raise RefugiaError(f'The reference site "{case.subject.reference}" is not among the sites of the case.')


def _exposure(case: Case, patients: Patients) -> tuple[FloatArray, FloatArray, TissueTable, FloatArray]:
    """Tissue over plasma (patients, place, drug), pH (patients, place), ground and shells of the reference site, day 0."""
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
    ground = lower_ground(site.ground, value, drugs)._replace(slow=lower_slows(site.ground, value, drugs))
    solved = fields(ground, faces, live, wall)
    return wall * solved.transfer, solved.acidity, ground, faces


def reference_share(case: Case, patients: Patients, lowered: Lowered, drug: int) -> FloatArray:
    """The share of a drug's largest effect (patients,) that sensitive cells of the reference site feel at steady state."""
    described: Drug = case.subject.drugs[drug]
    regimen = next((r for r in case.subject.plan if r.drug == described.name), None)
    treatment = lowered.shared.treatment
    curve = int(treatment.curve[drug, 0])
    if regimen is None or curve < 0:
        return np.zeros(patients.count)
    value = patients.at("body")
    reach, acidity, ground, faces = _exposure(case, patients)
    nodes = np.ascontiguousarray(steady(described, regimen, value, case.settings.nodes))
    trap = trapping(acidity, treatment.base[:, drug], treatment.inside[:, drug], treatment.outside[:, drug])
    half, power = treatment.ec50[:, curve], treatment.hill[:, curve]
    if drug in slow_drugs(ground) and lowered.shared.plasma_at is not None:
        plasma = lowered.shared.plasma_at, lowered.edges
        return np.asarray(typical(ground, faces, plasma, drug, (trap, half, power)).mean(axis=1))
    share = saturating_mean(
        reach[:, :, drug] * trap, nodes, np.arange(patients.count), half, power
    )
    return np.asarray(share.mean(axis=1))


def kill_slopes(case: Case, patients: Patients, lowered: Lowered) -> FloatArray:
    """Kill slope at full effect (patients, drug) 1/day: what makes the observed shrinkage at the patient's own typical exposure.

    A drug that is not given, or that sensitive cells do not feel, has a slope of 0.
    """
    net = patients.at(case.subject.reference)(reference_site(case).source.net)
    slopes = np.zeros((patients.count, len(case.subject.drugs)))
    for index, drug in enumerate(case.subject.drugs):
        share = reference_share(case, patients, lowered, index)
        if share.any():
            slopes[:, index] = kill_slope(lowered.shared.treatment.shrink[:, index], net, share, drug.name)
    return rounded(slopes)
