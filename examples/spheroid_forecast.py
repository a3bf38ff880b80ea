"""Can the first ten days of a spheroid tell its next eleven? A law of diffusion beside the forecast that nothing changes.

The law of a spheroid that lives by what diffuses in (Greenspan 1972; Browning and others 2021) is fitted to the outer, inhibited
and necrotic radii of days up to 10, and then says those of later days; persistence keeps the last means of each seeding. Then each
seeding in turn is forecast from its first outer radius alone, by the law of all days of the others.

Without a file the spheroids are made up from a law (every number of it assumed), so that the forecast should come out at their
scatter. Name a table of measured ones by `REFUGIA_SPHEROIDS=confocal.csv python examples/spheroid_forecast.py`.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from refugia.barriers.spheroid import SpheroidLaw
from refugia.inference.spheroids.fit import radii, spread_of
from refugia.inference.spheroids.forecast import Forecast, experiment, forecast, held_back
from refugia.inference.spheroids.groups import grouped
from refugia.inference.spheroids.table import KINDS, Spheroids, chosen, read_spheroids

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

LAST, SAMPLES = 10.0, 60
MADE = SpheroidLaw(*(np.array([one]) for one in (0.22, 0.83, 0.35, 1.5)))  # mm, -, 1/day, -: assumed
STARTS, SCATTER = [(2500, 0.15), (5000, 0.18), (10000, 0.22)], 0.012  # mm: assumed
DAYS = np.array([3.0, 4.0, 5.0, 7.0, 10.0, 12.0, 14.0, 16.0, 18.0, 21.0])
UNITS = {"limit": (1e3, "um"), "onset": (1.0, "of it"), "rate": (1.0, "1/day"), "loss": (1.0, "of the rate")}


def measured() -> tuple[Spheroids, str]:
    """The spheroids of the file that is named, or made-up ones; and which they are."""
    named = os.environ.get("REFUGIA_SPHEROIDS")
    if named:
        return read_spheroids(Path(named)), f"measured: {Path(named).name}"
    return experiment(MADE, STARTS, DAYS, 10, SCATTER, seed=7), "made up from a law, every number assumed"


def main() -> tuple[Spheroids, Forecast]:
    """Print the law with its intervals, and the root mean squares of every forecast, um."""
    spheroids, which = measured()
    print(f"{spheroids.day.size} spheroids, {which}")
    found = forecast(spheroids, LAST, SAMPLES, seed=1)
    for name, (value, low, high) in found.law.items():
        factor, unit = UNITS[name]
        print(f"  {name:6}{factor * value:8.3g} {unit:12} 95 % {factor * low:.3g} to {factor * high:.3g}")
    print(f"{'':34}" + "".join(f"{kind:>11}" for kind in KINDS) + "   um")
    for name, score in found.score.items():
        show(f"days after {LAST:g}: {name}", score)
    for last in (7.0, 12.0, 14.0):
        other = forecast(spheroids, last, 2, seed=1)
        for name in ("law", "persistence"):
            show(f"days after {last:g}: {name}", other.score[name])
    for seeding in found.seeded.tolist():
        for name, score in held_back(spheroids, seeding, 2, seed=1).score.items():
            show(f"{seeding} held back: {name}", score)
    assert all((score >= found.score["floor"]).all() for score in found.score.values())
    return spheroids, found


def show(what: str, score: np.ndarray) -> None:
    """A line of the table."""
    print(f"{what:34}" + "".join(f"{1e3 * one:11.1f}" for one in score))


def picture(result: tuple[Spheroids, Forecast]) -> Figure:
    """Radii over time, a panel for each kind, a colour for each seeding: measured means (dots), the law (line, fitted up to day 10
    and then forecast), and persistence (dotted)."""
    from plotly.colors import qualitative
    from plotly.graph_objects import Scatter
    from plotly.subplots import make_subplots

    spheroids, found = result
    seen, first = grouped(spheroids), found.fit.first
    days = np.linspace(first, float(seen.days[-1]), 73)
    spread = spread_of(grouped(chosen(spheroids, spheroids.day <= LAST)))
    law = radii(found.fit.law, found.fit.start, days, spread)[0]
    figure = make_subplots(rows=1, cols=3, shared_yaxes=True, subplot_titles=[f"{kind} radius" for kind in KINDS])
    for kind in range(3):
        for row, seeding in enumerate(found.seeded.tolist()):
            colour, there = qualitative.D3[row], seen.number[0, row] > 0.0
            look = {"legendgroup": str(seeding), "name": f"{seeding} cells"}
            means, kept = 1e3 * seen.mean[0, row, there, kind], 1e3 * found.rival["persistence"][row, :, kind]
            dots = Scatter(x=seen.days[there], y=means, mode="markers", marker_color=colour, showlegend=kind == 0, **look)
            lines = ((days, 1e3 * law[row, :, kind], "solid"), (found.days, kept, "dot"))
            drawn = [Scatter(x=x, y=y, mode="lines", line={"color": colour, "dash": dash}, showlegend=False, **look)
                     for x, y, dash in lines]  # fmt: skip
            figure.add_traces([dots, *drawn], rows=1, cols=kind + 1)
        figure.add_vline(x=LAST, line_dash="dash", line_color="grey", row=1, col=kind + 1)
    figure.update_xaxes(title_text="days since seeding")
    figure.update_yaxes(title_text="um", col=1)
    return figure.update_layout(template="plotly_white", height=420, margin={"l": 60, "r": 20, "t": 40, "b": 50})


if __name__ == "__main__":
    main()
