"""How the shares move with the assumed numbers that matter most."""

from __future__ import annotations

from typing import TYPE_CHECKING

from refugia.dissection.sensitivity import Effect, Sensitivity
from refugia.report.figures.look import Table, figure, folded, plain
from refugia.report.screen import MERITS, signed

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

ONE_WAY = 1.0 - 1e-9
LONG = 18  # letters
LEAST = 0.05  # of the largest: below it a cell bears no number


def one_way(effect: Effect) -> bool:
    """Whether a share moved in one direction only."""
    return effect.mu_star > 0.0 and abs(effect.mu) >= ONE_WAY * effect.mu_star


def _grid(found: Sensitivity, merit: str) -> tuple[list[str], list[str], dict[tuple[str, str], Effect]]:
    effects = {(e.parameter, e.mechanism): e for e in found.effects if e.merit == merit and e.part_of is None}
    return list(found.most()), list(dict.fromkeys(mechanism for _, mechanism in effects)), effects


def _said(effect: Effect, places: int) -> str:
    return signed(effect.mu, places).replace("-", "−") if one_way(effect) else f"±{effect.mu_star:.{places}f}"


def _label(number: str) -> str:
    """An id of the catalogue, in two lines where it is long."""
    return plain(number) if len(number) <= LONG else plain(number).replace(".", ".<br>", 1)


def sensitivity_figure(found: Sensitivity, merit: str) -> Figure:
    """The ten numbers that matter most by the shares they move: how far, and which way, over the number's 95 % range."""
    numbers, mechanisms, effects = _grid(found, merit)
    _, _, unit, places = MERITS[merit]
    fewer = 2 if places > 1 else 0
    most = max((effect.mu_star for effect in effects.values()), default=0.0) or 1.0
    cells = [[effects[number, mechanism] for mechanism in mechanisms] for number in numbers]
    trace = {
        "type": "heatmap", "z": [[float(f"{e.mu:.5g}") for e in line] for line in cells], "coloraxis": "coloraxis",
        "text": [[_said(e, fewer) if e.mu_star >= LEAST * most else "" for e in line] for line in cells],
        "texttemplate": "%{text}", "textfont": {"size": 11},
        "customdata": [[f"{plain(e.parameter)} moves {plain(e.mechanism)} by {_said(e, places)}" for e in line] for line in cells],
        "hovertemplate": "%{customdata}<extra></extra>",
    }  # fmt: skip
    axis = {"showgrid": False, "zeroline": False, "showline": False}
    return figure(
        [trace], 180 + 34 * len(numbers),
        coloraxis={"cmin": -most, "cmax": most, "cmid": 0.0, "showscale": True,
                   "colorbar": {"title": {"text": f"move of the share, {unit}", "side": "top", "font": {"size": 11}}, "len": 0.7,
                                "thickness": 9, "orientation": "h", "x": 0, "xanchor": "left", "y": 1.0, "yanchor": "bottom",
                                "outlinewidth": 0, "tickfont": {"size": 11}, "nticks": 5}},
        xaxis={**axis, "tickvals": list(range(len(mechanisms))), "ticktext": [folded(name, 14) for name in mechanisms],
               "tickangle": -90},
        yaxis={**axis, "tickvals": list(range(len(numbers))), "ticktext": [_label(name) for name in numbers],
               "autorange": "reversed"},
    )  # fmt: skip


def sensitivity_table(found: Sensitivity, merit: str) -> Table:
    """The numbers in the order in which they matter, with the share that each of them moves most."""
    title, _, unit, places = MERITS[merit]
    rows = []
    for number in found.most(len(found.parameters)):
        top = found.strongest(number, merit)
        rows.append((number, f"{found.weight(number):.2f}", top.mechanism, _said(top, places)))
    heads = ("number", "weight, all merits", "moves most", f"by, {unit}")
    return Table(f"{title}: how the shares move with the assumed numbers", heads, tuple(rows))


def sensitivity_says(found: Sensitivity, merit: str) -> str:
    """What the figure of sensitivity shows, in a sentence."""
    title, _, unit, places = MERITS[merit]
    numbers = found.most()
    if not numbers:
        return "No assumed number was moved."
    top = found.strongest(numbers[0], merit)
    return (f"How far the shares of {title.lower()} move, in {unit}, with the numbers that matter most. The first of them, "
            f"{numbers[0]}, moves {top.mechanism} by {_said(top, places)}.")  # fmt: skip
