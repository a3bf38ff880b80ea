"""Who the patients of a cohort are: their drug, the sites they have, and how their sum of diameters is split over these."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from refugia.cohort.model import Cohort
from refugia.course.patients import Crowd, Patients, rounded
from refugia.engine.keys import stratified
from refugia.subject import Presence
from refugia.terms import FloatArray


class Numbers(NamedTuple):
    """What is taken to be known in a run of a cohort: values and widths of spreads, by the id of the parameter."""

    values: Mapping[str, float]
    widths: Mapping[str, float]


class Bodies(NamedTuple):
    """The bodies of n patients: `drug` (n,) an index; by site, who has it (n,) and its diameter at baseline (n,) mm."""

    drug: NDArray[np.int64]
    present: dict[str, NDArray[np.bool_]]
    diameter: dict[str, FloatArray]


def assigned(shares: Sequence[float], quantile: FloatArray) -> NDArray[np.int64]:
    """The index (n,) of the drug of each patient: shares add up to one, quantiles (n,) are stratified.

    >>> assigned((0.75, 0.25), np.array([0.1, 0.8])).tolist()
    [0, 1]
    """
    return np.minimum(np.searchsorted(np.cumsum(shares), quantile, side="right"), len(shares) - 1)


def split(total: FloatArray, parts: FloatArray) -> FloatArray:
    """Diameters (n, site) mm in proportion to `parts` (n, site), 0 where a site is absent, that add up to `total` (n,) mm.

    >>> split(np.array([60.0]), np.array([[40.0, 20.0, 0.0]])).tolist()
    [[40.0, 20.0, 0.0]]
    """
    return np.asarray(total[:, None] * parts / parts.sum(axis=1)[:, None])


def bodies(cohort: Cohort, size: int, seed: int, drugs: Sequence[tuple[str, float]]) -> Bodies:
    """Draw the bodies of a cohort: stratified, keyed by what is drawn."""
    people = Patients(size, seed, knowledge=False)
    present, parts = {}, []
    for place in cohort.places:
        quantile = stratified(seed, f"cohort|{place.site}", size)
        present[place.site] = quantile < people.draw(place.share, place.site)
        if place.seen:
            parts.append(np.where(present[place.site], people.draw(place.weight, place.site), 0.0))
    total = np.maximum(people.draw(cohort.burden.total, "body"), people.draw(cohort.burden.floor, "body"))
    sizes = rounded(split(total, np.stack(parts, axis=1)))
    seen = [place.site for place in cohort.places if place.seen]
    # an absent site still needs a size to be lowered with: it is given one and never run
    diameter = {site: np.where(present[site], sizes[:, column], 1.0) for column, site in enumerate(seen)}
    return Bodies(assigned([share for _, share in drugs], stratified(seed, "cohort|drug", size)), present, diameter)


def crowd(cohort: Cohort, drawn: Bodies, members: NDArray[np.int64], drug: str, numbers: Numbers) -> Crowd:
    """The patients on one drug, with the bodies they have and the numbers that are taken to be known."""
    given = {}
    for site in cohort.cases[drug].subject.sites:
        if site.presence is Presence.SEEN and not isinstance(site.diameter, float):
            given[site.diameter.id] = drawn.diameter[site.name][members]
    present = {site: who[members] for site, who in drawn.present.items()}
    return Crowd(drawn.drug.size, members, given, present, numbers.values, numbers.widths)
