"""What real levers gain, with their intervals, beside the ideal of lifting everything."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from refugia.dissection.rescue import Rescue, best
from refugia.report.figures.look import BLUE, ORANGE, SLATE, Table, figure, folded, plain, short
from refugia.report.rescue import joined
from refugia.report.screen import MERITS, signed

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

ROW, LINE = 28, 15  # px: a row of one line, and every further line
LOOKS = {"gain": (BLUE, "circle"), "no gain": (SLATE, "circle-open"), "loss": (ORANGE, "x")}
PAIRS = 5
"""Pairs shown in the figure, those that gain most; the table holds them all."""


def shown(rows: Sequence[Rescue], merit: str, pairs: int = PAIRS) -> list[Rescue]:
    """Every lever alone and the pairs that gain most, the largest gain first."""
    ordered = best(tuple(rows), merit)
    kept = [row for row in ordered if len(row.levers) > 1][:pairs]
    return [row for row in ordered if len(row.levers) == 1 or row in kept]


def rescue_figure(rows: Sequence[Rescue], merit: str, pairs: int = PAIRS) -> Figure:
    """Levers alone and the best pairs on a merit: gain with its interval, clear of zero or not, and the ideal as a line."""
    title, _, unit, _ = MERITS[merit]
    ordered = shown(rows, merit, pairs)
    labels = ["<br>& ".join(folded(name, 24) for name in row.levers) for row in ordered]
    heights = [ROW + LINE * label.count("<br>") for label in labels]
    places = [-(sum(heights[:n]) + height / 2) for n, height in enumerate(heights)]
    placed = list(zip(places, ordered, strict=True))
    traces = [_dots(name, [(place, row) for place, row in placed if row.answer == name]) for name in LOOKS]
    most = _ideal(ordered)
    mark = {"x0": most, "x1": most, "y0": 0, "y1": 1, "yref": "paper", "type": "line", "line": {"dash": "dot", "width": 1}}
    note = {"x": most, "y": 0, "yref": "paper", "yanchor": "bottom", "xanchor": "right", "showarrow": False, "text": "ideal "}
    return figure(
        [trace for trace in traces if trace["x"]], 50 + sum(heights), hovermode="closest",
        xaxis={"title": {"text": f"gain in {title.lower()}, {unit}"}, "zeroline": True},
        yaxis={"tickvals": places, "ticktext": labels, "range": [-sum(heights), 0], "zeroline": False},
        shapes=[] if most is None else [mark], annotations=[] if most is None else [note],
    )  # fmt: skip


def _dots(name: str, mine: list[tuple[float, Rescue]]) -> dict[str, Any]:
    """The levers of one kind, each with its interval."""
    colour, symbol = LOOKS[name]
    return {
        "type": "scatter", "mode": "markers", "name": name, "x": short(row.gain for _, row in mine),
        "y": [place for place, _ in mine], "customdata": [plain(joined(row.levers)) for _, row in mine],
        "marker": {"color": colour, "symbol": symbol, "size": 9, "line": {"width": 2 if "open" in symbol else 0}},
        "error_x": {"type": "data", "symmetric": False, "array": short(row.high - row.gain for _, row in mine),
                    "arrayminus": short(row.gain - row.low for _, row in mine), "thickness": 1.5, "width": 0, "color": colour},
        "hovertemplate": "%{customdata}: %{x}<extra></extra>",
    }  # fmt: skip


def _ideal(rows: Sequence[Rescue]) -> float | None:
    """What lifting everything gains, as told by the row that closes most of it."""
    known = [row for row in rows if row.fraction_of_ideal]
    if not known:
        return None
    top = max(known, key=lambda row: abs(row.gain))
    return short([top.gain / top.fraction_of_ideal])[0] if top.fraction_of_ideal else None


def rescue_table(rows: Sequence[Rescue]) -> Table:
    """Every lever and every pair, all merits side by side."""
    merits = list(dict.fromkeys(row.merit for row in rows))
    by_arm = {merit: {row.levers: row for row in rows if row.merit == merit} for merit in merits}
    arms = [row.levers for row in best(tuple(rows), merits[0])] if merits else []
    heads = ["lever", "levers"]
    for merit in merits:
        title, _, unit, _ = MERITS[merit]
        heads += [f"{title.lower()}: gain, {unit}", "95 % interval", "of the ideal", "answer"]
    lines = [(joined(arm), len(arm), *(text for merit in merits for text in _cells(by_arm[merit][arm]))) for arm in arms]
    return Table("What each lever, and each pair of them, gains", tuple(heads), tuple(lines))


def _cells(row: Rescue) -> tuple[object, ...]:
    places = MERITS[row.merit][3]
    part = "" if row.fraction_of_ideal is None else f"{100 * row.fraction_of_ideal:.0f} %"
    reach = f"{signed(row.low, places)} to {signed(row.high, places)}"
    return signed(row.gain, places), reach, part, row.answer


def rescue_says(rows: Sequence[Rescue], merit: str) -> str:
    """What the figure of levers shows, in a sentence."""
    title, _, unit, places = MERITS[merit]
    alone = [row for row in best(tuple(rows), merit) if len(row.levers) == 1]
    gaining = [row for row in alone if row.answer == "gain"]
    if not gaining:
        return f"Gain of each lever in {title.lower()}: none of the {len(alone)} gains anything for certain."
    top = gaining[0]
    return (f"Gain of each lever in {title.lower()}, in {unit}. {len(gaining)} of {len(alone)} levers gain for certain; "
            f"the most, alone: {top.levers[0]}, {signed(top.gain, 2 if places > 1 else 0)}.")  # fmt: skip
