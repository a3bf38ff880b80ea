"""What a terminal shows of a site in voxels: its volume through time beside the sphere's, its clones, and what comes next."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf, isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from rich.markup import escape

from refugia.course.tissue.loop import OVERFULL
from refugia.course.tissue.run import TissueCourse
from refugia.report.files import shown_path
from refugia.report.screen import table_of
from refugia.report.tissue_layout import store_name
from refugia.report.vtk import folder_of
from refugia.terms import FloatArray

if TYPE_CHECKING:
    from rich.console import Console

class Sphere(NamedTuple):
    """The course of the same site, in the same patient, as a sphere."""

    volume: FloatArray  # (steps + 1,) mm3
    progression: float  # day, infinity where there is none


LINES = 9
"""Days in the table of volumes."""


def shown_days(count: int) -> list[int]:
    """Which of so many days are shown: the first, the last and some between, evenly.

    >>> shown_days(3), shown_days(105)
    ([0, 1, 2], [0, 13, 26, 39, 52, 65, 78, 91, 104])
    """
    return sorted({round(part * (count - 1) / (LINES - 1)) for part in range(LINES)})


def show_tissue(console: Console, course: TissueCourse, sphere: Sphere) -> None:
    """One site: outcome, volume through time beside that of the sphere, and its cells by genotype."""
    shape = " x ".join(str(count) for count in course.grid.shape)
    where = f"patient {course.patient} of {course.replicates}, {shape} voxels of {course.grid.spacing:.4g} mm"
    console.print(f"[bold]{escape(course.site)} in voxels[/bold]: {where}", highlight=False)
    end = course.days[-1]
    days = f"{_progressed(course.progression, end)} in voxels, {_progressed(sphere.progression, end)} on the sphere"
    console.print(f"{course.outcome} Progression: {days} of the same patient.\n", highlight=False)
    cut = len(course.grid.resolved) < 3
    heads = ("day", "of the cut", "ball as wide", "sphere") if cut else ("day", "voxels", "sphere")
    table = table_of("Volume, mm3", *heads)
    for at in shown_days(course.days.size):
        volumes = [course.volume[at], *([course.whole[at]] if cut else []), sphere.volume[at]]
        table.add_row(f"{course.days[at]:g}", *(f"{volume:.4g}" for volume in volumes))
    console.print(table)
    table = table_of("Cells", "genotype", "day 0", f"day {course.days[-1]:g}")
    for number, name in enumerate(course.genotypes):
        table.add_row(escape(name), *(f"{course.counts[at, number]:.4g}" for at in (0, -1)))
    console.print(table)
    said = f"Mutations founded {course.born} clones, each of one genotype; {alive(course)} clones are alive at the end."
    console.print(said, highlight=False)
    for note in notes_of(course):
        console.print(f"Note: {note}", highlight=False)


def _progressed(day: float, end: float) -> str:
    """A day of progression in words; infinity for never.

    >>> _progressed(211.4, 720.0), _progressed(inf, 720.0)
    ('day 211', 'none by day 720')
    """
    return f"day {day:.0f}" if day < inf else f"none by day {end:g}"


def alive(course: TissueCourse) -> int:
    """Clones with cells at the horizon; a line with a tolerant state counts once."""
    found = np.unique(course.rows.clone)
    other = course.lineage.other[found]
    return int(np.unique(np.where(other >= 0, np.minimum(found, other), found)).size)


def notes_of(course: TissueCourse) -> list[str]:
    """What a reader must know of how the course was computed."""
    notes = []
    if course.burst:
        way_out = "Give the site a larger extent to see more."
        notes.append(f"the tumour has no room left in its grid after day {course.days[-1]:g}: its course ends there. {way_out}")
    if course.walled >= 0.0:
        way_out = "Give the site a larger extent to see it grow freely."
        notes.append(f"from day {course.walled:g} on the tumour lies against a side of its grid, which is a wall to it. {way_out}")
    if course.fullest > 1.0 + 2.0 * OVERFULL and not course.burst:
        notes.append(f"voxels held up to {course.fullest:.3g} times their room. Shorter steps hold less.")
    return notes


def tissue_notes(courses: Sequence[TissueCourse]) -> list[str]:
    """What the report of a run says of its sites in voxels: that they are there, and how to look at them."""
    if not courses:
        return []
    many, first = len(courses) > 1, courses[0]
    sites = f"sites {' and '.join(course.site for course in courses)} were" if many else f"site {first.site} was"
    return [f"The {sites} also run as tissue in voxels, for patient {first.patient}: refugia view, followed by the name of this "
            "result's folder, shows it slice by slice and through time."]  # fmt: skip


def show_next(console: Console, folder: Path, courses: Sequence[TissueCourse], vtk: bool = False) -> None:
    """Where the stores and their series for ParaView lie, and the next commands."""
    for course in courses:
        place = shown_path(folder / store_name(course.site))
        console.print(f"Store: {place}", highlight=False, markup=False, soft_wrap=True)
        if vtk:
            series = shown_path(folder / folder_of(folder / store_name(course.site)))
            console.print(f"ParaView: {series}/", highlight=False, markup=False, soft_wrap=True)
    console.print(f"Next: refugia view {shown_path(folder)}", highlight=False, markup=False, soft_wrap=True)
    console.print(f"      refugia sample {shown_path(folder)}", highlight=False, markup=False, soft_wrap=True)


def tissue_summary(courses: Sequence[TissueCourse]) -> dict[str, Any]:
    """The sites in voxels as one JSON object, by name."""
    return {
        course.site: {
            "patient": course.patient,
            "shape": list(course.grid.shape),
            "voxel_mm": course.grid.spacing,
            "outcome": course.outcome.value,
            "progression_day": course.progression if isfinite(course.progression) else None,
            "days": course.days.tolist(),
            "volume_mm3": course.volume.tolist(),
            "cells": {name: course.counts[:, number].tolist() for number, name in enumerate(course.genotypes)},
            "clones_founded": course.born,
            "clones_alive": alive(course),
            "store": store_name(course.site),
            "notes": notes_of(course),
        }
        for course in courses
    }
