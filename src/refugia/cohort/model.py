"""What a cohort and a trial are: frozen descriptions, read from the catalogue."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from refugia.course.case import Case
from refugia.terms import Citation, Interval, Number, Parameter, number


class Scale(StrEnum):
    """The scale on which a summary is compared with what was published."""

    LOG = "log"  # times
    LOGIT = "logit"  # shares
    CHANGE = "change"  # relative changes of a size: log of one plus it


@dataclass(frozen=True, slots=True)
class Place:
    """A site of the cohort's bodies: how many have it, and which part of the sum of diameters it takes."""

    site: str
    organ: str
    seen: bool
    share: Number = number("")  # of patients who have it
    weight: Number = number("mm")  # parts of the sum of diameters, before they are scaled to it; unused for an occult site


@dataclass(frozen=True, slots=True)
class Burden:
    """The sum of diameters at baseline, and the smallest sum with which a patient is taken in."""

    total: Number = number("mm")
    floor: Number = number("mm")


@dataclass(frozen=True, slots=True)
class Rules:
    """What is called a response, a resistant lesion and progression in the brain."""

    clones: tuple[str, ...]  # the clones that carry the alteration looked for at progression
    organ: str  # whose progression is an event of its own
    window: float  # days within which that event is counted
    response: Number = number("")  # sum of diameters over its baseline
    share: Number = number("")  # of the cells of the progressing lesion that an assay finds


@dataclass(frozen=True, slots=True)
class Free:
    """A number that calibration may move: the median of a parameter, or the width of its spread between patients."""

    name: str  # id of the parameter in the case
    of_spread: bool
    says: str
    value: float
    interval: Interval
    where: str

    @property
    def label(self) -> str:
        """The name under which it is reported."""
        return f"{self.name} (spread)" if self.of_spread else self.name


@dataclass(frozen=True, slots=True)
class Target:
    """A published summary, its 95 % interval, and the scale on which it is compared."""

    summary: str
    says: str
    value: float
    low: float
    high: float
    scale: Scale
    evidence: str
    cite: Citation
    where: str


@dataclass(frozen=True, slots=True)
class Cohort:
    """A case with distributions: who the patients are, what they get, what is seen of them, and what is not known."""

    id: str
    title: str
    calibrated: bool  # whether the catalogue holds calibrated numbers for it
    prefix: str  # first part of their ids
    cases: Mapping[str, Case]  # drug -> the case of a patient on it, all sites present
    mix: tuple[tuple[str, Parameter], ...]  # drug -> share of the patients on it
    burden: Burden
    places: tuple[Place, ...]
    rules: Rules
    free: tuple[Free, ...]
    targets: tuple[Target, ...]
    source: str  # the text it was read from, to be hashed


@dataclass(frozen=True, slots=True)
class Published:
    """A printed result of an arm, or of a comparison, with its 95 % interval where one was printed."""

    summary: str
    value: float
    low: float | None
    high: float | None
    evidence: str


@dataclass(frozen=True, slots=True)
class Arm:
    """An arm of a trial: how many were treated, with which drugs in which shares, and what was printed."""

    name: str
    size: int
    drugs: tuple[tuple[str, float], ...]  # empty: the mix of the cohort
    levers: tuple[str, ...]  # in force beside the drugs
    published: tuple[Published, ...]


@dataclass(frozen=True, slots=True)
class Trial:
    """A trial: its cohort, scans, arms and printed results."""

    id: str
    title: str
    cohort: str
    role: str  # "calibration" or "development"
    eligibility: str
    note: str
    horizon: float  # days
    scans: tuple[float, ...]  # days
    arms: tuple[Arm, ...]
    comparison: tuple[Published, ...]  # first arm against the second
    cite: Citation
