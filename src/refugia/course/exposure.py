"""What the tumour feels: exposure of the reference site, and the kill slope that the observed shrinkage implies."""

from __future__ import annotations

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
from refugia.treatment import Regimen
from refugia.treatment.effect import kill_slope, trapping
from refugia.treatment.levers import Replan
from refugia.treatment.lower import steady


def reference_site(case: Case) -> Site:
    """The site at whose typical exposure the observed shrinkage was seen."""
    for site in case.subject.sites:
        if site.name == case.subject.reference:
            return site
    raise RefugiaError(f'The reference site "{case.subject.reference}" is not among the sites of the case.')


def standard_lines(case: Case) -> tuple[Regimen, ...]:
    """The regimens of a case: those of its plan, then those that its levers give."""
    levers = (lever for lever in case.levers if isinstance(lever, Replan))
    return (*case.subject.plan, *(line for lever in levers for line in lever.gives))


def _exposure(case: Case, patients: Patients, drugs: tuple[str, ...]) -> tuple[FloatArray, FloatArray]:
    """Tissue over plasma (patients, place, drug) and pH (patients, place) of the reference site at day 0, unlifted."""
    site = reference_site(case)
    value = patients.at(site.name)
    source = lower_source(site.source, value)
    volume = rounded(volume_of(diameters(site, patients)))
    places = case.settings.shells
    cumulative = np.linspace(0.0, 1.0, places + 1)[None, :] * volume[:, None]
    faces = np.cbrt(cumulative * 0.75 / np.pi)
    live = np.repeat((1.0 - source.inert)[:, None], places, axis=1)
    wall = supply(lower_haven(site.haven, drugs, value), faces)
    solved = fields(lower_ground(site.ground, value, drugs), faces, live, wall)
    return wall * solved.transfer, solved.acidity


def reference_share(case: Case, patients: Patients, lowered: Lowered, drug: int) -> FloatArray:
    """The share of a drug's largest effect (patients,) that sensitive cells of the reference site feel at steady state.

    `drug` counts the drugs that are given. The regimen is the first one of that drug in the case's own plan, or in its levers.
    """
    treatment, names = lowered.shared.treatment, lowered.shared.drugs
    described = next(known for known in case.subject.drugs if known.name == names[drug])
    regimen = next((line for line in standard_lines(case) if line.drug == described.name), None)
    curve = int(treatment.curve[drug, 0])
    if regimen is None or curve < 0:
        return np.zeros(patients.count)
    value = patients.at("body")
    reach, acidity = _exposure(case, patients, names)
    nodes = np.ascontiguousarray(steady(described, regimen, value, case.settings.nodes))
    trap = trapping(acidity, treatment.base[:, drug], treatment.inside[:, drug], treatment.outside[:, drug])
    share = saturating_mean(
        reach[:, :, drug] * trap, nodes, np.arange(patients.count), treatment.ec50[:, curve], treatment.hill[:, curve]
    )
    return np.asarray(share.mean(axis=1))


def kill_slopes(case: Case, patients: Patients, lowered: Lowered) -> FloatArray:
    """Kill slope at full effect (patients, drug) 1/day: what makes the observed shrinkage at the patient's own typical exposure.

    A drug that is not given, or that sensitive cells do not feel, has a slope of 0.
    """
    net = patients.at(case.subject.reference)(reference_site(case).source.net)
    slopes = np.zeros((patients.count, len(lowered.shared.drugs)))
    for index, drug in enumerate(lowered.shared.drugs):
        share = reference_share(case, patients, lowered, index)
        if share.any():
            slopes[:, index] = kill_slope(lowered.shared.treatment.shrink[:, index], net, share, drug)
    return rounded(slopes)
