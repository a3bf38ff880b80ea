"""A case: a subject, the ways out to be lifted, the question asked of it, and how finely it is computed."""

from __future__ import annotations

from dataclasses import dataclass, replace

from refugia.subject import Subject
from refugia.terms import Lever, Number, RefugiaError, Shown, number, optional


@dataclass(frozen=True, slots=True)
class Question:
    """How far to look, what counts as progression (RECIST 1.1), and when one looks."""

    horizon: float  # days
    merits: tuple[str, ...]
    scans: tuple[float, ...] | None  # days; None where progression is timed continuously
    ratio: Number = number("")  # of the sum of diameters over its nadir, -
    increase: Number = number("mm")  # of the sum of diameters over its nadir
    reading_error: Number = number("")  # log SD of a measured diameter

    @property
    def watched(self) -> float:
        """The last day on which progression is looked for: the horizon, or the last scan before it."""
        return self.horizon if self.scans is None else max((day for day in self.scans if day <= self.horizon), default=0.0)


@dataclass(frozen=True, slots=True)
class Settings:
    """How finely a case is computed: numbers of the method, not of the world."""

    step: float  # days
    shells: int
    nodes: int  # concentrations at which the effect is averaged within a step
    moved: float  # fields are solved anew once the tissue has changed by this share
    output: float | None = optional("day")  # between the frames of a site in voxels; none: a fiftieth of the horizon


@dataclass(frozen=True, slots=True)
class Case(Shown):
    """All that a run needs."""

    id: str
    title: str
    file: str
    calibrated: bool
    subject: Subject
    mechanisms: tuple[str, ...]
    question: Question
    settings: Settings
    levers: tuple[Lever, ...] = ()
    disease: str = ""  # as evidence names it; empty where the case does not say
    note: str = ""  # what a reader of its results must know

    def unlevered(self) -> Case:
        """The case without its levers, and without the drugs that its own plan does not give: what a dissection of it rests on."""
        return replace(self, levers=(), subject=self.subject.plain())


def on_spheres(case: Case, what: str) -> Case:
    """The case itself; raises RefugiaError where a site is laid out in voxels, and `what` is asked, which runs many courses."""
    for site in case.subject.sites:
        if site.geometry.voxels:
            raise RefugiaError(
                f'{case.file}: the site "{site.name}" is laid out in voxels (geometry = "{site.geometry.kind}"), and {what} runs '
                f'thousands of courses, on spheres. Write geometry = "sphere" there, or ask for one course: refugia run.'
            )
    return case


def checked(case: object) -> Case:
    """The case itself; raises RefugiaError where something else was given, such as the name of one.

    >>> checked("egfr-lung")
    Traceback (most recent call last):
    ...
    refugia.terms.errors.RefugiaError: 'egfr-lung' is not a case. Give rf.case("egfr-lung"), or rf.read_case("my-patient.toml").
    """
    if not isinstance(case, Case):
        raise RefugiaError(f'{case!r} is not a case. Give rf.case("egfr-lung"), or rf.read_case("my-patient.toml").')
    return case
