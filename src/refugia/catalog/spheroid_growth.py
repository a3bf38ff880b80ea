"""Growth of an avascular spheroid by the field that feeds it: the numerical side of a study, by the solver on shells."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from refugia.engine.grids import uniform
from refugia.engine.radial import obstacle
from refugia.terms import FloatArray

UM = 1e-3  # mm
METRE = 1e3  # mm
LATE = 400.0  # 1/rate: by then a spheroid has settled


def greenspan1972_growth(
    *,
    diffusivity: float,
    consumption: float,
    surface_oxygen: float,
    quiet_oxygen: float,
    rate: float,
    loss: float,
    start: float,
    days: Sequence[float],
    cells: int = 400,
    step: float = 0.25,
) -> dict[str, float]:
    """A spheroid whose cells divide where there is oxygen enough and die where there is none (Greenspan 1972), by finite volumes.

    Inputs: `diffusivity` D m2/s; `consumption` (a times Omega) mmHg/s; `surface_oxygen` p0 and `quiet_oxygen` p1 mmHg, below
    which nothing divides; `rate` s of growth of the volume 1/day and `loss` of the core over it, gamma -; `start` um, the outer
    radius on day 0; `days` a list. Settings: `cells` of the radial grid, `step` days of Heun's method.

    Outputs, for every day as printed by `format(day, "g")`: `outer_7`, `inhibited_7` and `necrotic_7` um; and `settled` um, the
    outer radius in the end.

    >>> found = greenspan1972_growth(diffusivity=2e-9, consumption=22.10, surface_oxygen=100.0, quiet_oxygen=30.0, rate=0.3,
    ...                              loss=3.0, start=150.0, days=[0, 2])
    >>> round(found["outer_0"]), round(found["outer_2"], 1), round(found["inhibited_2"]), found["necrotic_2"]
    (150, 183.2, 0, 0.0)
    """
    spread = diffusivity * METRE**2

    def inner(radius: float) -> tuple[float, float]:
        return _inner(radius, (spread, consumption, surface_oxygen, quiet_oxygen), cells)

    def slope(radius: float) -> float:
        inhibited, core = inner(radius)
        return rate / 3.0 * (radius**3 - inhibited**3 - loss * core**3) / radius**2

    found: dict[str, float] = {}
    day, radius = 0.0, start * UM
    for goal in sorted(days):
        radius, day = _grown(radius, slope, goal - day, step), goal
        inhibited, core = inner(radius)
        found |= {f"outer_{goal:g}": radius / UM, f"inhibited_{goal:g}": inhibited / UM, f"necrotic_{goal:g}": core / UM}
    return found | {"settled": _grown(radius, slope, LATE / rate, 1.0 / rate) / UM}


def _inner(radius: float, law: tuple[float, float, float, float], cells: int) -> tuple[float, float]:
    """Inhibited and core radius, mm, read off the profile of a spheroid; law: spread mm2/s, uptake, surface, quiet level.

    The root of the pressure is nearly straight where the core begins, so that it is read along that.
    """
    spread, uptake, surface, quiet = law
    faces = uniform(np.array([radius]), cells)
    values, core = obstacle(faces, np.array([spread]), np.full((1, cells), uptake), np.array([surface]))
    middle: FloatArray = 0.5 * (faces[0, 1:] + faces[0, :-1])
    root = np.sqrt(values[0])
    inhibited = float(np.interp(np.sqrt(quiet), root, middle)) if values[0, 0] < quiet else 0.0
    return inhibited, float(core[0])


def _grown(radius: float, slope: Callable[[float], float], time: float, step: float) -> float:
    """The radius, mm, a time later, by Heun's method."""
    steps = int(np.ceil(time / step))
    for _ in range(steps):
        length = time / steps
        first = slope(radius)
        radius += 0.5 * length * (first + slope(radius + length * first))
    return radius
