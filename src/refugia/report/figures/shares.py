"""Shares as bars with their intervals; alone and last marked; the parts of a mechanism inside its bar."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from refugia.dissection.attribution import Share
from refugia.dissection.dissect import Dissection
from refugia.report.figures.look import BLUE, GREEN, OCHRE, ORANGE, PLUM, SLATE, Table, figure, folded, plain, short
from refugia.report.screen import MERITS, signed

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

BAR, LINE, BELOW = 0.16, -0.12, -0.34  # where the bar, the interval and the marks stand in a row that is one high
PARTS = (GREEN, SLATE, PLUM, OCHRE)


def shares_figure(result: Dissection, merit: str) -> Figure:
    """What each way out is worth on a merit, the largest above: share with its interval, gain alone, gain last."""
    whole = [row for row in result.rows(merit) if row.part_of is None]
    place = {row.mechanism: len(whole) - 1 - n for n, row in enumerate(whole)}
    parts = [row for row in result.rows(merit) if row.part_of is not None]
    title, _, unit, places = MERITS[merit]
    bare = [row for row in whole if row.mechanism not in {part.part_of for part in parts}]
    traces = [_bars("share", bare, place, 0)] if bare else []
    traces += [_bars(part.mechanism, [part], place, 1 + n) for n, part in enumerate(parts)]
    traces += [_KEY, _interval(whole, place), _marks("alone", whole, place), _marks("last", whole, place)]
    ticks = [f"{folded(row.mechanism, 22)}<br>{_said(row, 2 if places > 1 else 0)}" for row in whole]
    return figure(
        traces, 56 + 58 * len(whole), barmode="relative", bargap=0.5, hovermode="closest",
        xaxis={"title": {"text": f"gain in {title.lower()}, {unit}"}, "zeroline": True},
        yaxis={"tickvals": list(place.values()), "ticktext": ticks, "range": [-0.6, len(whole) - 0.3], "showgrid": False,
               "zeroline": False},
        uniformtext={"minsize": 10, "mode": "hide"},
    )  # fmt: skip


def _said(row: Share, places: int) -> str:
    low, high = signed(row.low, places), signed(row.high, places)
    return f"<span style='font-size:11px'>{signed(row.share, places)} ({low} to {high})</span>"


def _bars(name: str, rows: list[Share], place: dict[str, int], kind: int) -> dict[str, Any]:
    """Bars of one kind: whole shares, or the n-th part, which has a pattern of its own."""
    inside = [plain(row.mechanism.removeprefix(row.part_of).strip()) if row.part_of else "" for row in rows]
    return {
        "type": "bar", "orientation": "h", "name": plain(name), "width": 0.4, "x": short(row.share for row in rows),
        "y": [place[row.part_of or row.mechanism] + BAR for row in rows], "text": inside, "textposition": "inside",
        "insidetextanchor": "middle", "textangle": 0, "insidetextfont": {"color": "#ffffff", "size": 11},
        "marker": {"color": BLUE if kind == 0 else PARTS[(kind - 1) % len(PARTS)], "line": {"width": 0}},
        "customdata": [[plain(row.mechanism)] for row in rows], "hovertemplate": "%{customdata[0]}: %{x}<extra></extra>",
    }  # fmt: skip


_KEY = {"type": "scatter", "mode": "lines", "name": "95 % interval", "x": [None], "y": [None], "line": {"width": 2, "color": SLATE}}
"""What the legend says of the intervals."""


def _interval(rows: list[Share], place: dict[str, int]) -> dict[str, Any]:
    return {
        "type": "scatter", "mode": "markers", "name": "95 % interval", "showlegend": False,
        "marker": {"size": 1, "color": SLATE, "opacity": 0},
        "x": short(row.share for row in rows), "y": [place[row.mechanism] + LINE for row in rows], "hoverinfo": "skip",
        "error_x": {"type": "data", "symmetric": False, "array": short(row.high - row.share for row in rows),
                    "arrayminus": short(row.share - row.low for row in rows), "thickness": 2, "width": 4, "color": SLATE},
    }  # fmt: skip


def _marks(field: str, rows: list[Share], place: dict[str, int]) -> dict[str, Any]:
    """Where a mechanism's gain stands when it is lifted alone, or last of all: beneath its bar."""
    hollow, name = field == "alone", f"lifted {field}"
    return {
        "type": "scatter", "mode": "markers", "name": name, "x": short(getattr(row, field) for row in rows),
        "y": [place[row.mechanism] + BELOW for row in rows], "customdata": [[plain(row.mechanism)] for row in rows],
        "marker": {"symbol": "circle-open" if hollow else "diamond", "size": 9, "color": BLUE if hollow else ORANGE,
                   "line": {"width": 2 if hollow else 0}},
        "hovertemplate": "%{customdata[0]}, " + name + ": %{x}<extra></extra>",
    }  # fmt: skip


def shares_table(result: Dissection, merit: str) -> Table:
    """The shares of a merit with what each mechanism gains alone and last, all with their intervals."""
    title, _, unit, places = MERITS[merit]
    rows = [
        (f"{row.mechanism} (part of {row.part_of})" if row.part_of else row.mechanism,
         *(text for name, low, high in _COLUMNS for text in (signed(getattr(row, name), places), _range(row, low, high, places))))
        for row in result.rows(merit)
    ]  # fmt: skip
    rows.append(("all of them lifted", signed(result.total(merit), places), *[""] * 5))
    heads = ("way out", "share", "95 % interval", "alone", "95 % interval, alone", "last", "95 % interval, last")
    return Table(f"{title}: gain in {unit} when a way out is lifted", heads, tuple(rows))


_COLUMNS = (("share", "low", "high"), ("alone", "alone_low", "alone_high"), ("last", "last_low", "last_high"))


def _range(row: Share, low: str, high: str, places: int) -> str:
    return f"{signed(getattr(row, low), places)} to {signed(getattr(row, high), places)}"


def shares_says(result: Dissection, merit: str) -> str:
    """What the figure of shares shows, in a sentence."""
    title, _, unit, places = MERITS[merit]
    whole = [row for row in result.rows(merit) if row.part_of is None]
    if not whole:
        return "No way out was asked about."
    said = ", ".join(f"{row.mechanism} {signed(row.share, 2 if places > 1 else 0)}" for row in whole[:3])
    return f"Bars of the share of each way out in {title.lower()}, in {unit}. The largest: {said}."
