"""The course of a case as a labelled data set: xarray in memory, zarr on disk, a unit on every variable."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from refugia.biopsy import SumOfDiameters
from refugia.course.result import Course
from refugia.subject import Presence

if TYPE_CHECKING:
    import xarray

PROFILES = {
    "radius": ("mm", "outer radius of the shell", "shell"),
    "oxygen": ("mmHg", "oxygen tension", "shell"),
    "acidity": ("pH", "extracellular pH as the drug meets it", "shell"),
    "perfused": ("1", "share of vessels that carry blood", "shell"),
    "pressure": ("mmHg", "interstitial fluid pressure", "shell"),
    "wall": ("1", "unbound supply at the vessel wall over unbound plasma", "drug"),
    "transfer": ("1", "unbound tissue over unbound supply", "drug"),
    "held": ("uM", "unbound level of a drug that is carried from step to step, mean of the step before", "drug"),
    "cells": ("cell", "cells", "clone"),
}


def dataset(course: Course) -> xarray.Dataset:
    """Volumes and clones of every site through time, and profiles by depth at chosen days; NaN where there is no value."""
    import xarray as xr

    def variable(dims: tuple[str, ...], values: Any, unit: str, says: str) -> tuple[tuple[str, ...], Any, dict[str, str]]:
        return dims, values, {"units": unit, "long_name": says}

    by_site, by_depth = ("patient", "site", "day"), ("patient", "site", "profile_day", "shell")
    content = {
        "volume": variable(by_site, course.volume, "mm3", "volume with its inert part"),
        "clone_cells": variable((*by_site, "clone"), course.cells, "cell", "cells of each clone in the site"),
        "plasma": variable(("patient", "step_day", "drug"), course.plasma, "uM", "unbound plasma concentration, mean of the step"),
        "site_progression": variable(
            ("patient", "site"), finite(course.progression.sites), "day", "day of progression of the site"
        ),
        "sum_of_diameters": variable(
            ("patient", "day"), sums_of_diameters(course), "mm", "sum of the diameters of the sites seen at day 0"
        ),
        "best_response": variable(
            ("patient",), course.best, "1", "smallest sum of diameters up to progression, over that of day 0"
        ),
        "body_progression": variable(("patient",), finite(course.progression.body), "day", "day of progression of the body"),
    }
    for name, (unit, says, last) in PROFILES.items():
        dims = by_depth if last == "shell" else (*by_depth, last)
        content[f"profile_{name}"] = variable(dims, course.profile[name], unit, f"{says}, by depth from the centre")
    subject = course.case.subject
    coordinates = {
        "patient": variable(("patient",), np.arange(course.volume.shape[0]), "1", "patient of the ensemble"),
        "site": names([site.name for site in subject.sites]),
        "day": variable(("day",), course.days, "day", "day since the start of therapy"),
        "step_day": variable(("step_day",), course.days[:-1], "day", "day at which the step begins"),
        "profile_day": variable(("profile_day",), course.profile_days, "day", "day of the profile"),
        "shell": variable(("shell",), np.arange(course.case.settings.shells), "1", "shell, 0 at the centre"),
        "clone": names(course.clones),
        "drug": names(subject.given),
    }
    found = xr.Dataset(content, coords=coordinates, attrs={"case": course.case.id, "title": course.case.title, "seed": course.seed})
    for name in ("site", "clone", "drug"):
        found[name].attrs.update(units="1", long_name=name)
    return found


def sums_of_diameters(course: Course) -> np.ndarray:
    """Sums (patient, day) in mm of the diameters of the sites seen at day 0."""
    seen = tuple(s for s, site in enumerate(course.case.subject.sites) if site.presence is Presence.SEEN)
    assay = SumOfDiameters(seen)
    return np.stack([assay.read(course.volume[:, :, day]) for day in range(course.days.size)], axis=1)


def names(words: Sequence[str]) -> np.ndarray:
    """Words as an array of strings of any length, which zarr can keep."""
    return np.array(list(words), dtype=np.dtypes.StringDType())


def finite(days: np.ndarray) -> np.ndarray:
    """Days with NaN where progression never came."""
    return np.where(np.isfinite(days), days, np.nan)


def write_course(folder: Path, course: Course) -> None:
    """Write `course.zarr` into a folder."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Consolidated metadata")  # readers open the store faster with it
        dataset(course).to_zarr(folder / "course.zarr", mode="w", consolidated=True)
