"""The shape of a cohort file and of a trial file."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from refugia.catalog.schema import Line, Settings
from refugia.catalog.site_tables import Site
from refugia.catalog.tables import Interval, Name, Num, Quantity, Table, Text

Evidence = Literal["published", "public data or code", "computed", "assumed"]


class CohortMeta(Table):
    """Which cohort it is, the case it varies, and where its calibrated numbers stand."""

    id: Name
    title: Text
    case: Name
    calibrated: Name  # the file of parameters/calibrated in which its calibrated numbers stand, without its ending
    note: Text = ""


class CohortSite(Site):
    """A site of the bodies: who has it, and its part of the sum of diameters."""

    diameter: Num = None
    share: Num
    weight: Num = 1.0


class BurdenTable(Table):
    """The sum of diameters."""

    total: Num
    floor: Num


class RulesTable(Table):
    """What counts as a response, as a resistant lesion, and as progression of an organ."""

    response: Num
    share: Num
    clones: list[str]
    organ: Name
    window: Quantity


class MixPart(Table):
    """A drug and the share of the patients on it."""

    drug: str
    share: Num


class FreeTable(Table):
    """A number that calibration may move, with its prior."""

    number: str
    of: Literal["value", "spread"] = "value"
    says: Text
    value: float
    prior: Interval
    where: Text


class TargetTable(Table):
    """A published summary to calibrate to."""

    summary: Literal["pfs", "orr", "dor", "change", "t790m", "cns"]
    says: Text
    value: float
    low: float
    high: float
    scale: Literal["log", "logit", "change"]
    evidence: Evidence
    cite: Text
    where: Text


class CohortFile(Table):
    """A whole cohort file."""

    meta: CohortMeta
    settings: Settings
    burden: BurdenTable
    rules: RulesTable
    levers: list[str] = Field(default_factory=list)
    mix: Annotated[list[MixPart], Field(min_length=1, max_length=16)]
    sites: Annotated[list[CohortSite], Field(min_length=1, max_length=64)]
    plan: Annotated[list[Line], Field(max_length=16)] = Field(default_factory=list)
    free: Annotated[list[FreeTable], Field(max_length=32)]
    targets: Annotated[list[TargetTable], Field(max_length=32)]


class PublishedTable(Table):
    """A printed result."""

    summary: Literal["pfs", "orr", "dor", "hr"]
    value: float
    low: float | None = None
    high: float | None = None
    evidence: Evidence
    interval_evidence: Evidence = "published"


class ArmTable(Table):
    """An arm; without drugs it has the mix of the cohort."""

    name: Name
    size: int
    drugs: dict[str, float] = Field(default_factory=dict)
    levers: list[str] = Field(default_factory=list)
    published: list[PublishedTable] = Field(default_factory=list)


class ScansTable(Table):
    """When one looks: at one interval until a day, at another later, up to the horizon."""

    every: Quantity
    until: Quantity
    later: Quantity
    horizon: Quantity
    evidence: Evidence
    where: Text


class TrialFile(Table):
    """A whole trial file."""

    id: Name
    title: Text
    cohort: Name
    role: Literal["calibration", "development"]
    cite: Text
    eligibility: Text
    note: Text = ""
    scans: ScansTable
    arms: Annotated[list[ArmTable], Field(min_length=1, max_length=2)]
    comparison: list[PublishedTable] = Field(default_factory=list)
