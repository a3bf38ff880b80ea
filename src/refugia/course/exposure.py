"""What the tumour feels: exposure of the reference site, and the kill slope that the observed shrinkage implies."""

from __future__ import annotations

from math import isfinite
from typing import NamedTuple

import numpy as np

from refugia.barriers.exposure import fields
from refugia.barriers.lower import TissueTable
from refugia.biopsy import volume as volume_of
from refugia.clones.lower import lower as lower_source
from refugia.course.case import Case
from refugia.course.lower import Lowered, diameters
from refugia.course.patients import Patients, rounded
from refugia.course.slow import asked, ground_table, slow_drugs, typical
from refugia.engine.saturation import saturating_mean
from refugia.havens.lower import lower as lower_haven
from refugia.havens.wall import supply
from refugia.subject import Site
from refugia.terms import FloatArray, RefugiaError
from refugia.treatment import Regimen
from refugia.treatment.effect import kill_slope, trapping
from refugia.treatment.levers import Replan
from refugia.treatment.lower import plasma_at, steady


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


class _Felt(NamedTuple):
    """The reference site at day 0, unlifted."""

    reach: FloatArray  # (patients, place, drug) tissue over plasma
    acidity: FloatArray  # (patients, place) pH
    ground: TissueTable
    faces: FloatArray  # (patients, place + 1) mm


def _exposure(case: Case, patients: Patients, drugs: tuple[str, ...]) -> _Felt:
    """What the reference site makes of plasma."""
    site = reference_site(case)
    value = patients.at(site.name)
    source = lower_source(site.source, value)
    volume = rounded(volume_of(diameters(site, patients)))
    places = case.settings.shells
    cumulative = np.linspace(0.0, 1.0, places + 1)[None, :] * volume[:, None]
    faces = np.cbrt(cumulative * 0.75 / np.pi)
    live = np.repeat((1.0 - source.inert)[:, None], places, axis=1)
    wall = supply(lower_haven(site.haven, drugs, value), faces)
    ground = ground_table(site.ground, value, drugs)
    solved = fields(ground, faces, live, wall)
    return _Felt(wall * solved.transfer, solved.acidity, ground, faces)


def maintenance(case: Case, drug: str) -> Regimen | None:
    """The line by which a drug is given for longest, of the plan or else of the levers; None where no line repeats."""
    for lines in (case.subject.plan, standard_lines(case)):
        repeated = [line for line in lines if line.drug == drug and isfinite(line.every)]
        if repeated:
            return max(repeated, key=lambda line: min(line.until, case.question.horizon) - line.start)
    return None


def typical_levels(case: Case, patients: Patients, lowered: Lowered, drug: int) -> FloatArray:
    """Unbound levels of equal weight (patients, nodes) in uM: one interval at steady state, or a whole plan without repeats."""
    name = lowered.shared.drugs[drug]
    regimen = maintenance(case, name)
    if regimen is not None:
        described = next(known for known in case.subject.drugs if known.name == name)
        return np.ascontiguousarray(steady(described, regimen, patients.at("body"), case.settings.nodes))
    plasma = lowered.shared.treatment.plasma[:, :, drug]
    plans = plasma.reshape(-1, patients.count, *plasma.shape[1:])
    plasma = next((plan for plan in plans if (plan > 0.0).any()), plans[0])
    given = (plasma > 0.0).any(axis=(0, 2))
    return np.ascontiguousarray(plasma[:, given].reshape(patients.count, -1))


def _planned(case: Case, patients: Patients, lowered: Lowered, drug: int) -> FloatArray:
    """Plasma (patients, drug, steps, parts, 2) uM of a slow drug, as the plan gives it, or else the first lever that does.

    Raises RefugiaError where neither does: its slope would depend on which bodies are run.
    """
    name = lowered.shared.drugs[drug]
    plans = (case.subject.plan, *(lever.gives for lever in case.levers if isinstance(lever, Replan)))
    plan = next((plan for plan in plans if any(line.drug == name for line in plan)), None)
    if plan is None:
        raise RefugiaError(f'The slow drug "{name}" is in no plan and no lever of the case. Add the one that gives it.')
    drugs = tuple(known for known in case.subject.drugs if known.name in lowered.shared.drugs)
    return plasma_at(drugs, [line for line in plan if line.drug == name], asked(lowered.edges), patients.at("body"))


def reference_share(case: Case, patients: Patients, lowered: Lowered, drug: int) -> FloatArray:
    """The share of a drug's largest effect (patients,) at the typical exposure of the reference site.

    `drug` counts the drugs that are given. It is the share that sensitive cells feel, or the first clone that feels the drug; 0
    where nobody does.
    """
    treatment, names = lowered.shared.treatment, lowered.shared.drugs
    felt = treatment.curve[drug][treatment.curve[drug] >= 0]
    levels = typical_levels(case, patients, lowered, drug)
    if felt.size == 0 or levels.shape[1] == 0:
        return np.zeros(patients.count)
    site, curve = _exposure(case, patients, names), int(felt[0])
    trap = trapping(site.acidity, treatment.base[:, drug], treatment.inside[:, drug], treatment.outside[:, drug])
    half, power = treatment.ec50[:, curve], treatment.hill[:, curve]
    if drug in slow_drugs(site.ground):
        plasma = _planned(case, patients, lowered, drug), lowered.edges
        return np.asarray(typical(site.ground, site.faces, plasma, drug, (trap, half, power)).mean(axis=1))
    share = saturating_mean(site.reach[:, :, drug] * trap, levels, np.arange(patients.count), half, power)
    return np.asarray(share.mean(axis=1))


def kill_slopes(case: Case, patients: Patients, lowered: Lowered) -> FloatArray:
    """Kill slope at full effect (patients, drug) 1/day: what makes the observed shrinkage at the patient's own typical exposure.

    A drug that is not given, or that no clone feels, has a slope of 0.
    """
    net = patients.at(case.subject.reference)(reference_site(case).source.net)
    slopes = np.zeros((patients.count, len(lowered.shared.drugs)))
    for index, drug in enumerate(lowered.shared.drugs):
        share = reference_share(case, patients, lowered, index)
        if share.any():
            slopes[:, index] = kill_slope(lowered.shared.treatment.shrink[:, index], net, share, drug)
    return rounded(slopes)
