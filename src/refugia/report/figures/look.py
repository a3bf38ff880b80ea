"""How every figure looks: one typeface, a palette that colour-blind readers can tell apart, light and dark."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from textwrap import wrap
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

FONT = 'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, "Liberation Sans", sans-serif'
PALETTE = ("#3b7cb8", "#c96a24", "#2f9277", "#b0609a", "#a78621", "#77828e")
"""Blue, orange, green, plum, ochre, slate: three to one or more against the light ground and the dark one."""
BLUE, ORANGE, GREEN, PLUM, OCHRE, SLATE = PALETTE
DASHES = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot")
PATTERNS = ("", "/", ".", "x", "+", "-")
DIGITS = 5  # of a number in a figure
LETTER, MARK, LEGEND, ABOVE = 7, 45, 20, 10  # px: a letter, the mark of an entry, a row of the legend, the space above a figure
USUAL = 560  # px, the width for which a figure makes room


class Tone(NamedTuple):
    """The colours of a ground, and of what is drawn on it whatever the data."""

    ground: str
    ink: str
    quiet: str
    grid: str
    line: str
    scale: tuple[str, str, str]  # losses, nothing, gains


LIGHT = Tone("#ffffff", "#1d2329", "#59636e", "#e8ebee", "#aab3bc", ("#2f6fab", "#f3f4f5", "#c2662d"))
DARK = Tone("#15181c", "#e4e7eb", "#a3adb8", "#292f36", "#59636e", ("#3f7fbd", "#23282e", "#c2662d"))


class Table(NamedTuple):
    """The numbers behind a figure: a caption, heads, and rows of text and numbers."""

    caption: str
    heads: tuple[str, ...]
    rows: tuple[tuple[object, ...], ...]


def template(tone: Tone = LIGHT) -> dict[str, Any]:
    """The Plotly template of a ground: all that changes between light and dark stands here, and nowhere in a figure."""
    axis = {"gridcolor": tone.grid, "linecolor": tone.line, "tickcolor": tone.line, "zerolinecolor": tone.line, "zerolinewidth": 1,
            "automargin": True, "title": {"font": {"size": 12, "color": tone.quiet}}, "tickfont": {"size": 12}}  # fmt: skip
    hover = {"bgcolor": tone.ground, "bordercolor": tone.line, "font": {"family": FONT, "size": 12, "color": tone.ink}}
    low, none, high = tone.scale
    return {
        "layout": {
            "font": {"family": FONT, "size": 13, "color": tone.ink}, "paper_bgcolor": tone.ground, "plot_bgcolor": tone.ground,
            "xaxis": axis, "yaxis": axis, "colorway": list(PALETTE), "hoverlabel": hover,
            "colorscale": {"diverging": [[0.0, low], [0.5, none], [1.0, high]]},
            "annotationdefaults": {"font": {"size": 12, "color": tone.quiet}}, "shapedefaults": {"line": {"color": tone.line}},
            "legend": {"font": {"size": 12}, "bgcolor": "rgba(0,0,0,0)"},
        },
        "data": {
            "scatter": [{"error_x": {"color": tone.ink}, "error_y": {"color": tone.ink}}],
            "heatmap": [{"colorbar": {"outlinewidth": 0, "tickfont": {"size": 11}}, "xgap": 2, "ygap": 2}],
        },
    }  # fmt: skip


def figure(traces: Sequence[Mapping[str, Any]], height: int, **layout: Any) -> Figure:
    """A figure of the house: plain traces, a height in pixels, the light template, a legend above, and what else is given.

    `meta` holds what a page needs to make room for the legend at another width: the widths of its entries.
    """
    from plotly.graph_objects import Figure

    entries = [LETTER * len(str(trace["name"])) + MARK for trace in traces if trace.get("showlegend", "name" in trace)]
    above = ABOVE + LEGEND * legend_rows(entries, USUAL) if len(entries) > 1 else ABOVE
    common = {
        "template": template(), "height": height + above, "margin": {"l": 8, "r": 12, "t": above, "b": 8}, "dragmode": False,
        "showlegend": len(entries) > 1, "meta": {"legend": entries if len(entries) > 1 else []},
        "legend": {"orientation": "h", "x": 0, "xref": "container", "xanchor": "left", "y": 1, "yref": "container",
                   "yanchor": "top", "itemclick": False, "itemdoubleclick": False, "traceorder": "normal"},
    }  # fmt: skip
    return Figure(data=[dict(trace) for trace in traces], layout={**common, **layout})


def legend_rows(entries: Sequence[int], width: int) -> int:
    """In how many rows a legend stands whose entries are that wide: one where they fit, else columns of the widest.

    >>> legend_rows([100, 100, 100], 320), legend_rows([100, 150, 100], 320)
    (1, 2)
    """
    if sum(entries) <= width:
        return 1
    columns = max(1, width // max(entries))
    return -(-len(entries) // columns)


def plain(text: str) -> str:
    """Text of the user as Plotly shall show it: its signs for tags are letters.

    >>> plain("<b>lung</b>")
    '&lt;b&gt;lung&lt;/b&gt;'
    """
    return escape(text, quote=False)


def folded(text: str, width: int = 18) -> str:
    """A label in lines of about `width` letters, ready for Plotly.

    >>> folded("perfusion and pressure")
    'perfusion and<br>pressure'
    """
    return "<br>".join(plain(line) for line in wrap(text, width, break_long_words=True)) or " "


def faint(colour: str, part: float) -> str:
    """A colour of the palette, let through to a part.

    >>> faint("#3b7cb8", 0.2)
    'rgba(59,124,184,0.2)'
    """
    red, green, blue = (int(colour[place : place + 2], 16) for place in (1, 3, 5))
    return f"rgba({red},{green},{blue},{part:g})"


def short(values: Iterable[float]) -> list[float | None]:
    """Numbers with a few digits, None where there is none: what a page can hold.

    >>> short([0.123456789, float("nan")])
    [0.12346, None]
    """
    return [float(f"{value:.{DIGITS}g}") if np.isfinite(value) else None for value in values]


def colour(place: int) -> str:
    """The colour of the n-th line; they begin anew where there are more lines than colours.

    >>> colour(0) == colour(6)
    True
    """
    return PALETTE[place % len(PALETTE)]


def dash(place: int) -> str:
    """The stroke of the n-th line, so that no line is told by its colour alone.

    >>> dash(1)
    'dash'
    """
    return DASHES[place % len(DASHES)]
