"""Interactions as a matrix: which ways out do more, or less, lifted together than apart."""

from __future__ import annotations

from typing import TYPE_CHECKING

from refugia.dissection.attribution import Interaction
from refugia.dissection.dissect import Dissection
from refugia.report.figures.look import Table, figure, folded, plain, short
from refugia.report.screen import MERITS, signed

if TYPE_CHECKING:
    from plotly.graph_objects import Figure


LEAST = 0.05  # of the largest: below it a cell bears no number


def _pairs(result: Dissection, merit: str) -> list[Interaction]:
    return [row for row in result.interactions if row.merit == merit]


def interactions_figure(result: Dissection, merit: str) -> Figure:
    """The lower half of the matrix of pairwise interactions on a merit; in brackets where the interval includes zero."""
    names = [row.mechanism for row in result.rows(merit) if row.part_of is None]
    title, _, unit, places = MERITS[merit]
    found = {frozenset((row.a, row.b)): row for row in _pairs(result, merit)}
    cells = [[found.get(frozenset((a, b))) if i > j else None for j, b in enumerate(names)] for i, a in enumerate(names)]
    most = max((abs(row.value) for row in found.values()), default=0.0) or 1.0
    fewer = 2 if places > 1 else 0
    text = [[_said(c, fewer, LEAST * most) if c else "" for c in line] for line in cells]
    hover = [[f"{plain(c.a)} with {plain(c.b)}: {signed(c.value, places)} ({signed(c.low, places)} to {signed(c.high, places)})"
              if c else "" for c in line] for line in cells]  # fmt: skip
    trace = {
        "type": "heatmap", "z": [short(c.value if c else float("nan") for c in line[:-1]) for line in cells[1:]],
        "text": [line[:-1] for line in text[1:]], "texttemplate": "%{text}",
        "textfont": {"size": 11}, "customdata": [line[:-1] for line in hover[1:]],
        "hovertemplate": "%{customdata}<extra></extra>", "hoverongaps": False, "coloraxis": "coloraxis",
    }  # fmt: skip
    axis = {"showgrid": False, "zeroline": False, "showline": False}
    return figure(
        [trace], 130 + 46 * len(names),
        coloraxis={"cmin": -most, "cmax": most, "cmid": 0.0, "showscale": True,
                   "colorbar": {"title": {"text": f"{title.lower()}, {unit}", "side": "top", "font": {"size": 11}}, "len": 0.7,
                                "thickness": 9, "orientation": "h", "x": 0, "xanchor": "left", "y": 1.0, "yanchor": "bottom",
                                "outlinewidth": 0, "tickfont": {"size": 11}, "nticks": 5}},
        xaxis={**axis, "tickvals": list(range(len(names) - 1)), "ticktext": [folded(name, 14) for name in names[:-1]],
               "tickangle": -90},
        yaxis={**axis, "tickvals": list(range(len(names) - 1)), "ticktext": [folded(name, 14) for name in names[1:]],
               "autorange": "reversed"},
    )  # fmt: skip


def _said(pair: Interaction, places: int, least: float) -> str:
    """The number in a cell: in brackets where it cannot be told from zero, none where it is small beside the largest."""
    said = signed(pair.value, places).replace("-", "−")
    return "" if abs(pair.value) < least else said if pair.low > 0 or pair.high < 0 else f"({said})"


def interactions_table(result: Dissection, merit: str) -> Table:
    """Every pair with its interaction and interval, the strongest first."""
    title, _, unit, places = MERITS[merit]
    rows = sorted(_pairs(result, merit), key=lambda row: -abs(row.value))
    lines = tuple(
        (f"{row.a} with {row.b}", signed(row.value, places), f"{signed(row.low, places)} to {signed(row.high, places)}")
        for row in rows
    )
    return Table(f"Interactions on {title.lower()}, {unit}", ("pair", "interaction", "95 % interval"), lines)


def interactions_says(result: Dissection, merit: str) -> str:
    """What the matrix shows, in a sentence."""
    title, _, unit, places = MERITS[merit]
    clear = [row for row in _pairs(result, merit) if row.low > 0 or row.high < 0]
    if not clear:
        return f"Matrix of interactions on {title.lower()}: no pair stands out from zero."
    top = max(clear, key=lambda row: abs(row.value))
    how = "more together than apart" if top.value > 0 else "less together than apart: each makes up in part for the other"
    return (f"Matrix of interactions on {title.lower()}, in {unit}. The strongest pair that is clear of zero, {top.a} and {top.b} "
            f"({signed(top.value, places)}), does {how}.")  # fmt: skip
