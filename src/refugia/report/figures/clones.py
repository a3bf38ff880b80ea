"""The clones of a site through time, stacked, with the spread over patients."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from refugia.course.result import Course
from refugia.report.figures.look import LIGHT, SLATE, Table, colour, faint, figure, plain, short
from refugia.report.figures.spread import mean, quantiles
from refugia.terms import FloatArray

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

RARE = 1e-3
"""A clone that never makes up this share of the cells, on average, is drawn together with the others of its kind."""
WHISKERS = 6
"""Days at which the spread of a border between two clones is drawn."""


def _place(course: Course, site: str) -> int:
    return [known.name for known in course.case.subject.sites].index(site)


def clone_shares(course: Course, site: str) -> FloatArray:
    """Shares (patients, days, clones) of each clone among the cells of a site; no number where there is no cell."""
    cells = course.cells[:, _place(course, site)]
    total = cells.sum(axis=-1, keepdims=True)
    share: FloatArray = np.divide(cells, total, out=np.full_like(cells, np.nan), where=total > 0.0)
    return share


def _layers(course: Course, site: str) -> tuple[list[str], FloatArray]:
    """Names and shares of what is stacked: the clones that matter, then all others in one."""
    share = clone_shares(course, site)
    average = np.nan_to_num(mean(share))
    kept = [c for c in range(share.shape[2]) if average[:, c].max(initial=0.0) >= RARE]
    rest = [c for c in range(share.shape[2]) if c not in kept]
    names, columns = [course.clones[c] for c in kept], [share[:, :, c] for c in kept]
    if rest:
        names.append("other clones" if len(rest) > 1 else course.clones[rest[0]])
        columns.append(share[:, :, rest].sum(axis=2))
    return names, np.stack(columns, axis=2)


def clones_figure(course: Course, site: str) -> Figure:
    """Above: cells of a site (median and 80 % of the patients). Below: shares of its clones, mean over patients, stacked."""
    total = np.maximum(course.cells[:, _place(course, site)].sum(axis=-1), 1.0)
    low, middle, high = quantiles(total)
    days = short(course.days)
    above: dict[str, Any] = {"type": "scatter", "mode": "lines", "xaxis": "x", "yaxis": "y2", "x": days, "showlegend": False}
    edge = {"width": 0, "color": SLATE}
    traces: list[dict[str, Any]] = [
        {**above, "y": short(low), "line": edge, "hoverinfo": "skip"},
        {**above, "y": short(high), "line": edge, "fill": "tonexty", "fillcolor": faint(SLATE, 0.25), "hoverinfo": "skip"},
        {**above, "y": short(middle), "line": {"width": 2.5, "color": SLATE}, "name": "cells, median",
         "hovertemplate": "%{y:.3s}<extra>cells, median</extra>"},
    ]  # fmt: skip
    names, share = _layers(course, site)
    traces += _stack(days, names, share) + _borders(course.days, share)
    return figure(
        traces, 400, hovermode="x unified",
        xaxis={"title": {"text": "days since the start of therapy"}, "range": [0, float(course.days[-1])], "anchor": "y"},
        yaxis={"domain": [0, 0.46], "title": {"text": "share of cells, %"}, "range": [0, 100]},
        yaxis2={"domain": [0.54, 1], "type": "log", "title": {"text": "cells"}, "exponentformat": "power", "anchor": "x",
                 "dtick": _decades(low, high), "automargin": True},
    )  # fmt: skip


def _decades(low: FloatArray, high: FloatArray) -> int | str:
    """The ticks of the axis of cells: whole decades, fewer where there are many, more where there is less than one."""
    span = float(np.log10(np.nanmax(high) / np.nanmin(low)))
    return "D2" if span < 1.0 else max(1, round(span / 4))


def _stack(days: list[float | None], names: list[str], share: FloatArray) -> list[dict[str, Any]]:
    """One layer a clone, in percent of the cells."""
    average = 100.0 * mean(share)
    return [
        {"type": "scatter", "mode": "lines", "stackgroup": "clones", "name": plain(name), "x": days, "y": short(average[:, n]),
         "line": {"width": 0.5, "color": colour(n)}, "fillcolor": faint(colour(n), 0.8), "yaxis": "y",
         "hovertemplate": "%{y:.3g} %<extra>" + plain(name) + "</extra>"}
        for n, name in enumerate(names)
    ]  # fmt: skip


def _borders(days: FloatArray, share: FloatArray) -> list[dict[str, Any]]:
    """Whiskers: between which heights the borders of the layers lie in 80 % of the patients."""
    borders = np.cumsum(share, axis=2)[:, :, :-1]
    picks = np.unique(np.linspace(0, days.size - 1, WHISKERS + 2).round().astype(int)[1:-1])
    found: list[dict[str, Any]] = []
    for layer in range(borders.shape[2]):
        low, _, high = quantiles(100.0 * borders[:, :, layer])
        middle = 100.0 * mean(borders[:, :, layer])
        picked = [int(pick) for pick in picks if high[pick] - low[pick] > 1.0]
        if not picked:
            continue
        shift = (layer - (borders.shape[2] - 1) / 2) * (days[-1] - days[0]) / 120.0
        found.append({
            "type": "scatter", "mode": "markers", "showlegend": False, "yaxis": "y",
            "x": short(days[picked] + shift), "y": short(middle[picked]), "marker": {"size": 4, "color": LIGHT.ink, "opacity": 0},
            "hoverinfo": "skip",
            "error_y": {"type": "data", "symmetric": False, "array": short(np.maximum(high[picked] - middle[picked], 0.0)),
                        "arrayminus": short(np.maximum(middle[picked] - low[picked], 0.0)), "thickness": 1.25, "width": 3},
        })  # fmt: skip
    return found


def clones_table(course: Course, site: str) -> Table:
    """Cells of a site and the share of each clone at chosen days, median with the 80 % interval over patients."""
    picks = np.unique(np.linspace(0, course.days.size - 1, WHISKERS + 1).round().astype(int)).tolist()
    share, total = clone_shares(course, site), course.cells[:, _place(course, site)].sum(axis=-1)
    reach, lines = quantiles(total), [quantiles(100.0 * share[:, :, c]) for c in range(share.shape[2])]
    rows = []
    for pick in picks:
        cells = [f"{column[pick]:.2g}" for column in reach]
        clones = [_said(float(low[pick]), float(middle[pick]), float(high[pick])) for low, middle, high in lines]
        rows.append((f"{course.days[pick]:.0f}", f"{cells[1]} ({cells[0]} to {cells[2]})", *clones))
    heads = ("day", "cells", *(f"{name}, %" for name in course.clones))
    return Table(f"{site}: cells and shares of the clones, median (80 % of patients)", heads, tuple(rows))


def _said(low: float, middle: float, high: float) -> str:
    return "no cell" if not np.isfinite(middle) else f"{middle:.2g} ({low:.2g} to {high:.2g})"


def clones_says(course: Course, site: str) -> str:
    """What the figure of a site's clones shows, in a sentence."""
    share = clone_shares(course, site)
    first, last = (np.nan_to_num(mean(share)[day]) for day in (0, -1))
    if not last.any():
        return f"Clones of the site {site} through time. By the end no tumour cell is left there in any patient."
    a, b = course.clones[int(first.argmax())], course.clones[int(last.argmax())]
    then = f"still {b}" if a == b else b
    return (f"Cells of the site {site} through time, and the clones they belong to. Most cells are {a} at the start and {then} at "
            f"the end ({100 * last.max():.0f} % on average).")  # fmt: skip
