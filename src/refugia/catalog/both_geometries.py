"""One lesion on shells and in voxels: the numerical side of a study that runs the same patients both ways."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from refugia.course.case import Case
from refugia.course.result import Course, simulate
from refugia.course.tissue.record import Nowhere
from refugia.course.tissue.run import TissueCourse, run_tissue
from refugia.subject import Geometry
from refugia.terms import FloatArray


def shells_and_voxels(
    *, patients: float, voxel: float, horizon: float, seed: float, case: str = "egfr-lung", site: str = "lung", clone: str = "T790M"
) -> dict[str, float]:
    """The same patients of a shipped case with one site on shells and in a box of voxels.

    Inputs: how many `patients`, the edge of a `voxel` mm, the `horizon` day, a `seed`; the case, its site, and the resistant clone
    that is looked for. Depth is the share of the lesion's living cells that lie nearer to its middle, so that cells anywhere have
    a mean of 1/2, and those of a clone at the rim nearly 1.

    Outputs: `volume_mean` and `volume_worst`, over patients, of the largest |ln(box/sphere)| of the volume on any step, -, and
    `end_worst` of that at the end;
    `clone_mean` of ln(box/sphere) of the clone's cells at the end and `clone_z`, that over its standard error;
    `depth_shells` and `depth_voxels`, the clone's mean depth at the end over patients who have it, -, `depth_difference` of voxels
    less shells, paired, and `depth_z`, that over its standard error; `found`, how many patients have the clone both ways.
    """
    from refugia.catalog.reader import read_case

    described = read_case(case)
    described = replace(described, question=replace(described.question, horizon=horizon))
    count, luck = round(patients), round(seed)
    shells = simulate(described, count, luck)
    at = [one.name for one in described.subject.sites].index(site)
    kind = shells.clones.index(clone)
    boxed = _boxed(described, site, voxel)
    apart, ends, grown, depths = [], [], [], []
    for patient in range(count):
        voxels = run_tissue(boxed, site, patient + 1, count, luck, Nowhere())
        differs = np.abs(np.log(voxels.volume / shells.volume[patient, at]))
        apart.append(float(differs.max()))
        ends.append(float(differs[-1]))
        if shells.cells[patient, at, -1, kind] > 0 and voxels.counts[-1, kind] > 0:
            grown.append(float(np.log(voxels.counts[-1, kind] / shells.cells[patient, at, -1, kind])))
            depths.append((_depth_in_shells(shells, patient, at, kind), _depth_in_voxels(voxels, kind)))
    difference = np.array([there - here for here, there in depths])
    here, there = np.mean(depths, axis=0)
    return {
        "volume_mean": float(np.mean(apart)), "volume_worst": float(np.max(apart)), "end_worst": float(np.max(ends)),
        "clone_mean": float(np.mean(grown)), "clone_z": _z(np.array(grown)),
        "depth_shells": float(here), "depth_voxels": float(there),
        "depth_difference": float(difference.mean()), "depth_z": _z(difference), "found": float(len(depths)),
    }  # fmt: skip


def _boxed(case: Case, site: str, voxel: float) -> Case:
    """The case with one site in a box."""
    box = Geometry("box", voxel)
    sites = tuple(replace(one, geometry=box) if one.name == site else one for one in case.subject.sites)
    return replace(case, subject=replace(case.subject, sites=sites))


def _z(values: FloatArray) -> float:
    """A mean over its standard error; 0 where all are 0."""
    error = float(values.std(ddof=1) / np.sqrt(values.size))
    return float(values.mean() / error) if error > 0.0 else 0.0


def _mean_depth(total: FloatArray, own: FloatArray) -> float:
    """The mean depth of `own` cells (place,) among all (place,), places from the middle outwards.

    >>> _mean_depth(np.ones(4), np.array([0.0, 0.0, 0.0, 1.0]))
    0.875
    """
    below = np.cumsum(total) - 0.5 * total
    return float(below @ own / (total.sum() * own.sum()))


def _depth_in_shells(course: Course, patient: int, site: int, kind: int) -> float:
    profile: Mapping[str, FloatArray] = course.profile
    cells = profile["cells"][patient, site, -1]
    return _mean_depth(cells.sum(axis=1), cells[:, kind])


def _depth_in_voxels(course: TissueCourse, kind: int) -> float:
    """Places at the same distance from the middle are one."""
    squares = [course.grid.middles(axis) ** 2 for axis in range(3)]
    distance = np.round(squares[0][:, None, None] + squares[1][:, None] + squares[2], 9).ravel()
    ring: NDArray[np.int64] = np.unique(distance, return_inverse=True)[1]
    place, count = ring[course.rows.place], course.rows.count.astype(np.float64)
    own = course.lineage.genotype[course.rows.clone] == kind
    rings = int(ring.max()) + 1
    total = np.bincount(place, count, rings).astype(np.float64)
    return _mean_depth(total, np.bincount(place[own], count[own], rings).astype(np.float64))
