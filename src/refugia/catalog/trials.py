"""Reads a trial: who was treated with what, when one looked, and what was printed."""

from __future__ import annotations

import tomllib
from functools import lru_cache

from refugia.catalog.bibliography import citation
from refugia.catalog.cohort_schema import PublishedTable, TrialFile
from refugia.catalog.cohorts import names, text_of
from refugia.catalog.place import Place
from refugia.catalog.tables import checked
from refugia.cohort.model import Arm, Published, Trial
from refugia.cohort.run import regular
from refugia.terms.units import quantity


def trial_ids() -> tuple[str, ...]:
    """The trials of the catalogue.

    >>> "flaura" in trial_ids()
    True
    """
    return names("trials")


@lru_cache(maxsize=32)
def read_trial(name: str) -> Trial:
    """The trial of that id. Raises InputError where it is not known or does not fit.

    >>> read_trial("flaura").arms[0].name
    'osimertinib'
    """
    text = text_of("trials", name, "trial")
    place = Place(f"{name}.toml")
    read = checked(TrialFile, tomllib.loads(text), place)
    every, until, later, horizon = (
        quantity(getattr(read.scans, key), "day", "") for key in ("every", "until", "later", "horizon")
    )
    arms = []
    for i, arm in enumerate(read.arms):
        whole = sum(arm.drugs.values())
        if arm.drugs and abs(whole - 1.0) > 1e-6:
            raise place.at("arms").at(i).at("drugs").refusal(whole, "is what the shares add up to", "Make them add up to 1.")
        arms.append(Arm(arm.name, arm.size, tuple(arm.drugs.items()), tuple(arm.levers), tuple(map(_published, arm.published))))
    return Trial(
        read.id, read.title, read.cohort, read.role, read.eligibility, read.note, horizon, regular(horizon, every, until, later),
        tuple(arms), tuple(map(_published, read.comparison)), citation(read.cite),
    )  # fmt: skip


def all_trials() -> tuple[Trial, ...]:
    """Every trial of the catalogue."""
    return tuple(read_trial(name) for name in trial_ids())


def _published(read: PublishedTable) -> Published:
    evidence: str = read.evidence
    if read.low is not None and read.interval_evidence != read.evidence:
        evidence = f"{read.evidence} (its interval {read.interval_evidence})"
    return Published(read.summary, read.value, read.low, read.high, evidence)
