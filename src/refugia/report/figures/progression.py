"""How many patients are free of progression, through time: the body and each of its sites."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from refugia.course.result import Course
from refugia.report.figures.look import SLATE, Table, colour, dash, figure, plain, short
from refugia.report.screen import day
from refugia.terms import FloatArray

if TYPE_CHECKING:
    from plotly.graph_objects import Figure


MOST = 400
"""Steps of a line that are drawn, at most."""


def progression_figure(course: Course) -> Figure:
    """Steps of the share of patients without progression: the body by RECIST, and each site by its own diameter."""
    watched = course.case.question.watched
    sites = [site.name for site in course.case.subject.sites]
    traces = [_steps(name, course.progression.sites[:, s], watched) for s, name in enumerate(sites)]
    for s, trace in enumerate(traces):
        trace["line"] = {"shape": "hv", "width": 1.75, "color": colour(s), "dash": dash(s + 1)}
    body = _steps("whole body (RECIST 1.1)", course.progression.body, watched)
    body["line"] = {"shape": "hv", "width": 3, "color": SLATE}
    return figure(
        [*traces, body], 360, hovermode="closest",
        xaxis={"title": {"text": "days since the start of therapy"}, "range": [0, watched]},
        yaxis={"title": {"text": "patients without progression, %"}, "range": [0, 102]},
    )  # fmt: skip


def _steps(name: str, days: FloatArray, watched: float) -> dict[str, Any]:
    """The steps down of one line; after the last day watched nothing is known."""
    called = np.sort(days[days <= watched])
    count = np.arange(called.size + 1)
    if called.size > MOST:  # so many steps cannot be told apart: the page keeps some of them
        kept = np.linspace(0, called.size - 1, MOST).round().astype(int)
        called, count = called[kept], np.append(0, kept + 1)
    left = 100.0 * (1.0 - count / max(days.size, 1))
    x = [0.0, *short(called), watched]
    return {"type": "scatter", "mode": "lines", "name": plain(name), "x": x, "y": [*short(left), short(left)[-1]],
            "hovertemplate": plain(name) + ": %{y:.0f} % on day %{x:.0f}<extra></extra>"}  # fmt: skip


def progression_table(course: Course) -> Table:
    """Days of progression of every site and of the body: median, 80 % interval, and how many had none."""
    watched = course.case.question.watched
    rows = tuple(
        (name if name != "body" else "whole body", day(found.median, watched), day(found.q10, watched), day(found.q90, watched),
         f"{100 * found.censored:.0f} %")
        for name, found in course.timings().items()
    )  # fmt: skip
    heads = ("site", "median day", "10 % by day", "90 % by day", f"none by day {watched:.0f}")
    return Table("Day of progression over patients", heads, rows)


def progression_says(course: Course) -> str:
    """What the figure of progression shows, in a sentence."""
    found, watched = course.timings()["body"], course.case.question.watched
    share = 100 * (1 - found.censored)
    return (f"Share of patients without progression through time, for the whole body and each site. By day {watched:.0f}, "
            f"{share:.0f} % have progressed.")  # fmt: skip
