"""The numerical side of the studies: each function runs the solvers of the package on a paper's inputs, in the paper's units.

Functions are called by name with a study's `inputs` as keywords and return a flat dictionary; a study's checks name its keys.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from refugia.barriers.pressure import Fluid, effective_pressure, filtration, pressure
from refugia.catalog.angiogenesis import anderson1998_angiogenesis
from refugia.catalog.delivery import laginha2005_liposome
from refugia.catalog.fronts import fisher1937_front
from refugia.catalog.invasion import gatenby1996_invasion
from refugia.catalog.mutant_clones import iwasa2006_survivors, williams2016_spectrum
from refugia.catalog.release import bravo2020_release
from refugia.catalog.signalling import shin2018_bypass
from refugia.catalog.spheroid_growth import greenspan1972_growth
from refugia.catalog.state_models import (
    glioblastoma_dedifferentiation,
    greene2019_induced,
    gunnarsson2020_persisters,
    hif_switch,
)
from refugia.catalog.transport_checks import yanenko1971_transport
from refugia.catalog.voxel_checks import baxter1989_box, grimes2014_geometries, krogh1919_cylinder
from refugia.engine.grids import graded, uniform
from refugia.engine.radial import between, centre, obstacle, outflow, steady
from refugia.terms import FloatArray

__all__ = [
    "anderson1998_angiogenesis",
    "baxter1989_box",
    "baxter1989_pressure",
    "bravo2020_release",
    "fisher1937_front",
    "gatenby1996_invasion",
    "glioblastoma_dedifferentiation",
    "greene2019_induced",
    "greenspan1972_growth",
    "grimes2014_geometries",
    "grimes2014_oxygen",
    "gunnarsson2020_persisters",
    "hif_switch",
    "iwasa2006_survivors",
    "krogh1919_cylinder",
    "laginha2005_liposome",
    "shin2018_bypass",
    "williams2016_spectrum",
    "yanenko1971_transport",
]

CM = 10.0  # mm
UM = 1e-3  # mm
METRE = 1e3  # mm
DAY = 86400.0  # s


def baxter1989_pressure(
    *,
    radius: float,
    wall_conductivity: float,
    vessel_surface: float,
    tissue_conductivity: float,
    vessel_pressure: float,
    osmotic_reflection: float,
    osmotic_blood: float,
    osmotic_tissue: float,
    lymph_conductance: float,
    lymph_pressure: float,
    surface_pressure: float = 0.0,
    cells: int = 400,
) -> dict[str, float]:
    """Interstitial pressure of an isolated sphere and of a tissue drained by lymph (Baxter and Jain 1989), by finite volumes.

    Inputs: `radius` cm; `wall_conductivity` Lp cm/mmHg/s; `vessel_surface` S/V 1/cm; `tissue_conductivity` K cm2/mmHg/s;
    `vessel_pressure`, `osmotic_blood`, `osmotic_tissue`, `surface_pressure` mmHg; `osmotic_reflection` -; `lymph_conductance`
    LpL SL/V 1/mmHg/s and `lymph_pressure` mmHg (used by the plateau only); `cells` of the radial grid.

    Outputs: `effective_pressure` mmHg; `alpha` -; `centre_pressure`, `pressure_at_09` (r = 0.9 R) mmHg; `centre_share`,
    `share_at_09` (the same two over the effective pressure) -; `rim_velocity` um/s; `rim_velocity_scaled` and
    `interior_velocity_scaled` (x = 0.5), both in K pe/R; `lymph_plateau` mmHg.

    >>> tumour = dict(wall_conductivity=2.8e-7, vessel_surface=200.0, tissue_conductivity=4.13e-8, vessel_pressure=15.6,
    ...               osmotic_reflection=0.82, osmotic_blood=20.0, osmotic_tissue=15.0)
    >>> found = baxter1989_pressure(radius=1.0, lymph_conductance=1.33e-5, lymph_pressure=0.0, **tumour)
    >>> round(found["alpha"], 2), round(found["centre_pressure"], 2), round(found["rim_velocity"], 3)
    (36.82, 11.5, 0.17)
    """
    osmosis = (_one(number) for number in (vessel_pressure, osmotic_reflection, osmotic_blood, osmotic_tissue))
    fluid = Fluid(
        leak=_one(wall_conductivity * vessel_surface * DAY),
        effective=effective_pressure(*osmosis),
        conductivity=_one(tissue_conductivity * CM**2 * DAY),
        surface=_one(surface_pressure),
    )
    plateau = _plateau(fluid, lymph_conductance * DAY, lymph_pressure)
    return _isolated(radius * CM, fluid, cells) | {"lymph_plateau": plateau}


def _isolated(size: float, fluid: Fluid, cells: int) -> dict[str, float]:
    """Pressures and velocities of an isolated sphere of radius `size`, mm, whose vessels all carry blood."""
    effective = float(fluid.effective[0])
    layer = np.sqrt(fluid.conductivity / fluid.leak)
    faces = graded(size * np.array([[0.0, 0.5, 0.9, 1.0]]), cells, layer)
    share = np.ones((1, cells))
    found = pressure(faces, share, fluid)
    speed = outflow(faces, filtration(found, share, fluid))[0]
    scale = float(fluid.conductivity[0]) * effective / size  # mm/day
    middle = int(np.flatnonzero(faces[0] == 0.5 * size)[0])
    at_09, at_0 = float(between(faces, found, _one(0.9 * size))[0]), float(centre(faces, found)[0])
    return {
        "effective_pressure": effective,
        "alpha": size / float(layer[0]),
        "centre_pressure": at_0,
        "pressure_at_09": at_09,
        "centre_share": at_0 / effective,
        "share_at_09": at_09 / effective,
        "rim_velocity": float(speed[-1]) / UM / DAY,
        "rim_velocity_scaled": float(speed[-1]) / scale,
        "interior_velocity_scaled": float(speed[middle]) / scale,
    }


def _plateau(fluid: Fluid, drainage: float, lymph_pressure: float) -> float:
    """The pressure of a closed uniform tissue whose lymph drains `drainage` (p - `lymph_pressure`), mmHg."""
    cells, faces = (1, 8), uniform(_one(1.0), 8)
    decay = np.full(cells, float(fluid.leak[0]) + drainage)
    source = np.full(cells, float(fluid.leak[0] * fluid.effective[0]) + drainage * lymph_pressure)
    return float(centre(faces, steady(faces, fluid.conductivity, decay, source))[0])


def grimes2014_oxygen(
    *,
    diffusivity: float,
    consumption: float,
    surface_oxygen: float,
    outer_radii: Sequence[float],
    cells: int = 800,
) -> dict[str, float]:
    """Oxygen and the necrotic core of an avascular spheroid (Grimes 2014; Greenspan 1972), by finite volumes.

    Inputs: `diffusivity` D m2/s; `consumption` (a times Omega) mmHg/s; `surface_oxygen` p0 mmHg; `outer_radii` a list, um;
    `cells` of the radial grid.

    Outputs: `diffusion_limit` um, the smallest outer radius with anoxia, found by bisection on the solver; and for every outer
    radius R as printed by `format(R, "g")`: `necrotic_radius_R` um, `rim_R` (outer less necrotic radius) um, and
    `centre_oxygen_R` mmHg.

    >>> found = grimes2014_oxygen(diffusivity=2e-9, consumption=22.10, surface_oxygen=100.0, outer_radii=[200, 300])
    >>> round(found["diffusion_limit"], 1), round(found["necrotic_radius_300"], 1), round(found["centre_oxygen_200"], 1)
    (233.0, 129.2, 26.3)
    """
    spread, uptake = diffusivity * METRE**2, consumption  # mm2/s, mmHg/s
    radii = np.array(outer_radii, dtype=np.float64) * UM
    oxygen, core = _spheroid(radii, spread, uptake, surface_oxygen, cells)
    faces = uniform(radii, cells)
    middle = centre(faces, oxygen)
    found = {"diffusion_limit": _limit(spread, uptake, surface_oxygen, cells) / UM}
    for place, radius in enumerate(outer_radii):
        found[f"necrotic_radius_{radius:g}"] = float(core[place]) / UM
        found[f"rim_{radius:g}"] = radius - float(core[place]) / UM
        found[f"centre_oxygen_{radius:g}"] = float(middle[place])
    return found


def _spheroid(radii: FloatArray, spread: float, uptake: float, surface: float, cells: int) -> tuple[FloatArray, FloatArray]:
    """Profiles (spheroids, cells) mmHg and core radii (spheroids,) mm of spheroids of the given outer radii, mm."""
    ones = np.ones_like(radii)
    faces = uniform(radii, cells)
    return obstacle(faces, spread * ones, np.full((radii.size, cells), uptake), surface * ones)


def _limit(spread: float, uptake: float, surface: float, cells: int) -> float:
    """The smallest outer radius whose core is anoxic, mm, to one part in 1e9."""
    low, high = 0.0, float(np.sqrt(spread * surface / uptake))
    while not _anoxic(high, spread, uptake, surface, cells):
        low, high = high, 2.0 * high
    while high - low > 1e-9 * high:
        middle = 0.5 * (low + high)
        if _anoxic(middle, spread, uptake, surface, cells):
            high = middle
        else:
            low = middle
    return high


def _anoxic(radius: float, spread: float, uptake: float, surface: float, cells: int) -> bool:
    """Whether a spheroid of that outer radius, mm, has a core without oxygen."""
    _, core = _spheroid(_one(radius), spread, uptake, surface, cells)
    return bool(core[0] > 0.0)


def _one(value: float) -> FloatArray:
    """A single row."""
    return np.array([value], dtype=np.float64)
