"""Exposure, oxygen and pressure by depth in a site, at chosen days."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from refugia.course.result import Course
from refugia.report.figures.look import BLUE, ORANGE, SLATE, Table, dash, faint, figure, plain, short
from refugia.report.figures.spread import quantiles
from refugia.terms import FloatArray

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

COLOURS = (SLATE, BLUE, ORANGE)
DAYS = 3
NANO = 1000.0  # nM in a uM


def chosen_days(course: Course) -> list[int]:
    """Which profiles are shown: the first, one in the middle and the last; the one after the first where a drug is slow.

    On day 0 nothing of a slow drug has reached the tissue yet.
    """
    last = course.profile_days.size - 1
    first = min(1, last) if _slow(course).any() else 0
    return sorted({first, (first + last) // 2, last})


def _slow(course: Course) -> np.ndarray:
    """Which drugs (d,) are slow: the tissue holds amounts of them."""
    return np.asarray(np.isfinite(course.profile["held"]).any(axis=(0, 1, 2, 3)))


def exposure(course: Course, site: str) -> FloatArray:
    """Unbound drug (patients, profile days, shells, drugs) in the tissue of a site, uM; a mean over the step.

    Of a slow drug: what the tissue held in the step before the day. Of any other: plasma x wall x transfer.
    """
    s = [known.name for known in course.case.subject.sites].index(site)
    step = np.minimum(np.searchsorted(course.days, course.profile_days), course.plasma.shape[1] - 1)
    supplied = course.plasma[:, step, None, :] * course.profile["wall"][:, s] * course.profile["transfer"][:, s]
    return np.where(_slow(course), np.nan_to_num(course.profile["held"][:, s]), supplied)


def depths(course: Course, site: str) -> FloatArray:
    """Depth (patients, profile days, shells) of the middle of each shell below the surface, as a share of the radius."""
    s = [known.name for known in course.case.subject.sites].index(site)
    outer = course.profile["radius"][:, s]
    inner = np.concatenate([np.zeros_like(outer[..., :1]), outer[..., :-1]], axis=-1)
    whole = outer[..., -1:]
    below: FloatArray = np.divide(whole - 0.5 * (outer + inner), whole, out=np.full_like(outer, np.nan), where=whole > 0.0)
    return below


def _profiles(course: Course, site: str) -> list[tuple[str, str, FloatArray]]:
    """What is shown from above down: name, unit, values (patients, profile days, shells)."""
    s = [known.name for known in course.case.subject.sites].index(site)
    there = course.profile["radius"][:, s, :, -1:] > 0.0
    drug = exposure(course, site)
    small = bool(np.nanmax(np.where(there[..., None], drug, 0.0), initial=0.0) < 1.0)
    found = [(f"unbound {name}" if len(course.case.subject.given) > 1 else "unbound drug", "nM" if small else "µM",
              drug[..., d] * (NANO if small else 1.0)) for d, name in enumerate(course.case.subject.given)]  # fmt: skip
    found += [("oxygen", "mmHg", course.profile["oxygen"][:, s]), ("fluid pressure", "mmHg", course.profile["pressure"][:, s])]
    return [(name, unit, np.where(there, values, np.nan)) for name, unit, values in found]


def _across(course: Course, site: str, day: int) -> str:
    """The diameter of a site on a profile day, median over patients."""
    s = [known.name for known in course.case.subject.sites].index(site)
    return f"{2.0 * float(np.median(course.profile['radius'][:, s, day, -1])):.2g} mm across"


def depth_figure(course: Course, site: str) -> Figure:
    """Panels one above the other (drug, oxygen, pressure) from the surface to the centre; median and 80 % of the patients."""
    profiles, below = _profiles(course, site), 100.0 * quantiles(depths(course, site))[1]
    traces: list[dict[str, Any]] = []
    for n, (_, unit, values) in enumerate(profiles):
        low, middle, high = quantiles(values)
        for k, day in enumerate(chosen_days(course)):
            lines = (low[day], middle[day], high[day])
            label = f"day {course.profile_days[day]:.0f} ({_across(course, site, day)})"
            traces += _band(below[day], lines, k, {"yaxis": f"y{n + 1}", "name": label, "showlegend": n == 0}, unit)
    height, end = 1.0 / len(profiles), min(100.0, 5.0 + float(np.nanmax(below, initial=0.0)))
    axes = {
        f"yaxis{n + 1}" if n else "yaxis": {
            "domain": [1.0 - (n + 1) * height + (0.05 if n + 1 < len(profiles) else 0.0), 1.0 - n * height], "rangemode": "tozero",
            "title": {"text": f"{plain(name)},<br>{unit}"}, "anchor": "x", "nticks": 4, "automargin": True}
        for n, (name, unit, _) in enumerate(profiles)
    }  # fmt: skip
    return figure(
        traces, 90 + 130 * len(profiles), hovermode="closest",
        xaxis={"title": {"text": "depth below the surface, % of the radius"}, "range": [0, end],
               "anchor": f"y{len(profiles)}" if len(profiles) > 1 else "y"},
        **axes,
    )  # fmt: skip


def _band(x: FloatArray, lines: tuple[FloatArray, ...], k: int, shared: dict[str, Any], unit: str) -> list[dict[str, Any]]:
    """A median line, and on the first of the days the band around it: three bands would hide each other."""
    order = np.argsort(x)
    low, middle, high = (short(line[order]) for line in lines)
    mode = "lines" if x.size > 1 else "markers"
    base = {"type": "scatter", "mode": mode, "x": short(x[order]), "xaxis": "x", **shared, "legendgroup": str(k)}
    edge = {"width": 0, "color": COLOURS[k]}
    around = [] if k else [
        {**base, "y": low, "line": edge, "hoverinfo": "skip", "showlegend": False},
        {**base, "y": high, "line": edge, "hoverinfo": "skip", "showlegend": False, "fill": "tonexty",
         "fillcolor": faint(COLOURS[k], 0.2)},
    ]  # fmt: skip
    return [
        *around,
        {**base, "y": middle, "line": {"width": 2, "color": COLOURS[k], "dash": dash(k)},
         "hovertemplate": "%{y:.3g} " + unit + " at %{x:.0f} %<extra>%{fullData.name}</extra>"},
    ]  # fmt: skip


def depth_table(course: Course, site: str) -> Table:
    """Surface, middle and centre of a site at the chosen days: median with the 80 % interval over patients."""
    shells = course.case.settings.shells
    places = sorted({(shells - 1, "surface"), (shells // 2, "middle"), (0, "centre")}, reverse=True)
    profiles, rows = _profiles(course, site), []
    spread = [quantiles(values) for _, _, values in profiles]
    for day in chosen_days(course):
        for shell, where in dict(places).items():
            cells = [
                "no tissue" if not np.isfinite(middle[day, shell])
                else f"{middle[day, shell]:.3g} ({low[day, shell]:.3g} to {high[day, shell]:.3g})"
                for low, middle, high in spread
            ]  # fmt: skip
            rows.append((f"{course.profile_days[day]:.0f}", where, *cells))
    heads = ("day", "shell", *(f"{name}, {unit}" for name, unit, _ in profiles))
    return Table(f"{site}: drug, oxygen and pressure by depth, median (80 % of patients)", heads, tuple(rows))


def depth_says(course: Course, site: str) -> str:
    """What the figure of depth shows, in a sentence."""
    name, unit, values = _profiles(course, site)[0]
    day = chosen_days(course)[0]
    middle = quantiles(values)[1][day]
    if not np.isfinite(middle).all():
        return f"{name}, oxygen and pressure by depth in the site {site}."
    there = f"{middle[-1]:.2g} {unit} of it at the surface and {middle[0]:.2g} {unit} at the centre"
    return (f"{name[0].upper()}{name[1:]}, oxygen and fluid pressure by depth in the site {site}. On day "
            f"{course.profile_days[day]:.0f} there is {there}.")  # fmt: skip
