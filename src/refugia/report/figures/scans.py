"""What one would see at scans: the sum of diameters through time, and the best response of every patient."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from refugia.biopsy import SumOfDiameters
from refugia.course.observe import measured, scan_days
from refugia.course.patients import Patients
from refugia.course.result import Course
from refugia.report.figures.look import BLUE, ORANGE, SLATE, Table, faint, figure, short
from refugia.report.figures.spread import quantiles
from refugia.subject import Presence
from refugia.terms import FloatArray

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

BARS = 200
"""Bars of single patients, at most."""
LINES = 24
"""Patients drawn as a line of their own."""
RESPONSE = -30.0  # % of the sum of diameters: a partial response of RECIST 1.1 (Eisenhauer and others 2009)


def _seen(course: Course) -> list[int]:
    return [s for s, site in enumerate(course.case.subject.sites) if site.presence is Presence.SEEN]


def changes(course: Course) -> FloatArray:
    """Change of the sum of diameters of the seen sites from day 0, (patients, days), %; no number where none was seen."""
    assay = SumOfDiameters(tuple(_seen(course)))
    sums = np.stack([assay.read(course.volume[:, :, day]) for day in range(course.days.size)], axis=1)
    return _percent(sums)


def readings(course: Course) -> FloatArray:
    """The same as read at the stated scans, errors of reading included, (patients, scans)."""
    patients = Patients(course.volume.shape[0], course.seed)
    return _percent(measured(course.case, patients, course.volume)[:, _seen(course)].sum(axis=1))


def _percent(sums: FloatArray) -> FloatArray:
    first = sums[:, :1]
    return 100.0 * np.divide(sums - first, first, out=np.full_like(sums, np.nan), where=first > 0.0)


def scans_figure(course: Course) -> Figure:
    """Sum of diameters through time: median, 80 % and single patients; readings at the scans where the case states some."""
    change, days = changes(course), short(course.days)
    low, middle, high = quantiles(change)
    line: dict[str, Any] = {"type": "scatter", "mode": "lines", "x": days}
    traces: list[dict[str, Any]] = [
        {**line, "y": short(one), "line": {"width": 0.75, "color": faint(SLATE, 0.5)}, "hoverinfo": "skip", "showlegend": n == 0,
         "name": "single patients"}
        for n, one in enumerate(change[:LINES])
    ]  # fmt: skip
    edge = {"width": 0, "color": BLUE}
    traces += [
        {**line, "y": short(low), "line": edge, "hoverinfo": "skip", "showlegend": False},
        {**line, "y": short(high), "line": edge, "fill": "tonexty", "fillcolor": faint(BLUE, 0.18), "hoverinfo": "skip",
         "name": "80 % of patients"},
        {**line, "y": short(middle), "line": {"width": 2.5, "color": BLUE}, "name": "median",
         "hovertemplate": "%{y:+.0f} % on day %{x:.0f}<extra></extra>"},
    ]  # fmt: skip
    traces.append({"type": "scatter", "mode": "lines", "x": [days[0], days[-1]], "y": [RESPONSE, RESPONSE], "hoverinfo": "skip",
                   "name": "partial response (−30 %)", "line": {"dash": "dot", "width": 1.5, "color": SLATE}})  # fmt: skip
    if course.case.question.scans is not None:
        traces.append(_read(course))
    top = float(np.nanquantile(change, 0.95)) if np.isfinite(change).any() else 0.0
    return figure(
        traces, 380, hovermode="closest", xaxis={"title": {"text": "days since the start of therapy"}, "range": [0, days[-1]]},
        yaxis={"title": {"text": "change of the sum of diameters, %"}, "range": [-105, max(30.0, 1.15 * top)], "zeroline": True},
    )  # fmt: skip


def _read(course: Course) -> dict[str, Any]:
    """What is read at the scans: medians and 80 % of the patients."""
    low, middle, high = quantiles(readings(course))
    return {
        "type": "scatter", "mode": "markers", "name": "as read at the scans",
        "x": short(scan_days(course.case)), "y": short(middle),
        "marker": {"color": ORANGE, "size": 8, "symbol": "diamond"},
        "error_y": {"type": "data", "symmetric": False, "array": short(high - middle), "arrayminus": short(middle - low),
                    "color": ORANGE, "thickness": 1.25, "width": 4},
        "hovertemplate": "read %{y:+.0f} % on day %{x:.0f}<extra></extra>",
    }  # fmt: skip


def scans_table(course: Course) -> Table:
    """Change of the sum of diameters and progressions called, scan by scan, or at some days where no scans are stated."""
    scans = course.case.question.scans is not None
    found = readings(course) if scans else changes(course)
    days = scan_days(course.case) if scans else course.days
    picks = range(days.size) if scans else np.unique(np.linspace(0, days.size - 1, 9).round().astype(int)).tolist()
    low, middle, high = quantiles(found)
    called = [100.0 * float((course.progression.body <= day).mean()) for day in days]
    rows = tuple(
        (f"{days[k]:.0f}", f"{middle[k]:+.0f}", f"{low[k]:+.0f} to {high[k]:+.0f}", f"{called[k]:.0f}")
        for k in picks if np.isfinite(middle[k])
    )  # fmt: skip
    heads = ("scan, day" if scans else "day", "change, % (median)", "80 % of patients", "progressed so far, % of patients")
    return Table("Sum of diameters and progression", heads, rows)


def scans_says(course: Course) -> str:
    """What the figure of scans shows, in a sentence."""
    middle = quantiles(changes(course))[1]
    if not np.isfinite(middle).any():
        return "No site was seen at day 0, so that there is no sum of diameters."
    at = int(np.nanargmin(middle))
    if middle[at] >= 0.0:
        return "Sum of diameters through time. In the median it never falls below that of day 0."
    return (f"Sum of diameters through time. In the median it is smallest on day {course.days[at]:.0f}, "
            f"{abs(middle[at]):.0f} % below that of day 0.")  # fmt: skip


def response_figure(course: Course) -> Figure:
    """The best change of the sum of diameters up to progression, one bar a patient, the worst to the left."""
    best = np.sort(100.0 * (course.best[np.isfinite(course.best)] - 1.0))[::-1]
    if best.size > BARS:  # then a bar stands for as many patients as any other
        best = best[np.linspace(0, best.size - 1, BARS).round().astype(int)]
    trace = {"type": "bar", "x": list(range(1, best.size + 1)), "y": short(best), "hovertemplate": "%{y:+.0f} %<extra></extra>",
             "marker": {"color": [BLUE if one <= RESPONSE else SLATE for one in best.tolist()]}}  # fmt: skip
    return figure(
        [trace], 300, bargap=0.15, xaxis={"title": {"text": "patients, in the order of their response"}, "showticklabels": False},
        yaxis={"title": {"text": "best change, %"}, "range": [-105, max(10.0, 1.1 * float(best.max(initial=0.0)))]},
        shapes=[{"type": "line", "x0": 0, "x1": 1, "xref": "paper", "y0": RESPONSE, "y1": RESPONSE,
                 "line": {"dash": "dot", "width": 1}}],
    )  # fmt: skip


def response_table(course: Course) -> Table:
    """How many patients respond, by how deep the best response is."""
    best = 100.0 * (course.best[np.isfinite(course.best)] - 1.0)
    edges = (("grows, or shrinks by less than 30 %", best > RESPONSE), ("shrinks by 30 % or more", best <= RESPONSE),
             ("shrinks by 60 % or more", best <= 2 * RESPONSE))  # fmt: skip
    rows = tuple((says, int(there.sum()), f"{100.0 * float(there.mean()):.0f} %") for says, there in edges) if best.size else ()
    return Table("Best response of the sum of diameters", ("response", "patients", "share"), rows)


def response_says(course: Course) -> str:
    """What the figure of responses shows, in a sentence."""
    best = 100.0 * (course.best[np.isfinite(course.best)] - 1.0)
    if not best.size:
        return "No site was seen at day 0, so that there is no response to read."
    part = 100.0 * float((best <= RESPONSE).mean())
    return (f"Best change of the sum of diameters of every patient up to progression: {float(np.median(best)):+.0f} % in the "
            f"median; {part:.0f} % of the patients reach a partial response (30 % or more).")  # fmt: skip
