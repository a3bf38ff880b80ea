"""Does a pause in dosing keep resistant cells in check? One plane of cells, one start, no drug, constant drug and pulses of it.

Sensitive cells divide faster and are killed by a drug that comes in through the walls; resistant ones wait for their places. Run it
with `python examples/competitive_release.py`; the test suite runs it too.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import numpy as np

from refugia.catalog.release import ARMS, RESISTANT, SENSITIVE, Release, released, told
from refugia.catalog.study import read_study
from refugia.report.figures.look import BLUE, ORANGE, SLATE

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

SEEDS = 16
EVERY = 60  # rounds between the points of a curve: 5 days


def main() -> list[Release]:
    """Print when the sensitive are gone and when the resistant take over, mean and spread over the seeds, and run all arms."""
    study = read_study("bravo2020_release")
    stated = {name: given.value for name, given in study.inputs.items() if name != "seeds"}
    with ThreadPoolExecutor(2) as pool:
        runs = list(pool.map(lambda seed: released(seed=seed, **stated), range(SEEDS)))
    days = runs[0].days[-1]
    table = [told(run) for run in runs]
    found = {name: np.array([one[name] for one in table]) for name in table[0]}
    print(f"{SEEDS} seeds, {days:.0f} days each; days and shares of places, mean and standard deviation")
    for name, values in found.items():
        never = int((values >= days).sum()) if name.split("_")[0] in ("gone", "overtaken", "refilled", "released") else 0
        late = f"  not by then: {never}" if never else ""
        print(f"{name.replace('_', ' '):24}{values.mean():10.3f}{values.std(ddof=1):10.3f}{late}")
    for arm in ARMS:
        mean = np.mean([run.arms[arm].field[4000:].mean() for run in runs])
        print(f"{'drug, mean of ' + arm:24}{mean:10.3f}")
    assert (found["resistant_none"] == 0.0).all(), "without drug the sensitive drive the resistant out"
    assert (found["sensitive_constant"] == 0.0).all(), "constant dosing removes the sensitive"
    assert (found["resistant_constant"] > 0.95).all()
    assert (found["resistant_pulsed"] > 0.95).all(), "pulses do not prevent it"
    assert (found["delay_overtaken"] > 200.0).all(), "pulses put it off"
    return runs


def picture(runs: list[Release]) -> Figure:
    """Three panels, none, constant and pulsed dosing: share of places held by sensitive and by resistant cells and the mean level
    of the drug against days; a line is the mean of 16 seeds, its band one standard deviation to both sides."""
    from plotly.graph_objects import Scatter
    from plotly.subplots import make_subplots

    titles = ["no drug", "constant dosing", "pulsed dosing"]
    figure = make_subplots(rows=1, cols=len(ARMS), shared_yaxes=True, subplot_titles=titles)
    days = runs[0].days[EVERY - 1 :: EVERY]
    for column, arm in enumerate(ARMS, start=1):
        every = [run.arms[arm] for run in runs]
        shares = [one.cells / one.cells[0].sum() for one in every]
        curves = (
            ("sensitive", BLUE, [share[:, SENSITIVE] for share in shares]),
            ("resistant", ORANGE, [share[:, RESISTANT] for share in shares]),
            ("drug, mean", SLATE, [one.field for one in every]),
        )  # fmt: skip
        for name, colour, values in curves:
            points = np.array(values).reshape(SEEDS, -1)[:, EVERY - 1 :: EVERY]
            if name.startswith("drug"):  # it comes and goes within a period: the mean of the days between two points
                points = np.add.reduceat(np.array(values), np.arange(0, len(runs[0].days), EVERY), axis=1)[:, : days.size] / EVERY
            middle, spread = points.mean(axis=0), points.std(axis=0, ddof=1)
            band = {"x": [*days, *days[::-1]], "y": [*(middle + spread), *(middle - spread)[::-1]], "fill": "toself",
                    "line": {"width": 0}, "fillcolor": colour, "opacity": 0.25, "showlegend": False,
                    "hoverinfo": "skip"}  # fmt: skip
            line = {"x": days, "y": middle, "name": name, "line": {"color": colour}, "legendgroup": name, "showlegend": column == 1}
            figure.add_trace(Scatter(**band), row=1, col=column)
            figure.add_trace(Scatter(**line), row=1, col=column)
    figure.update_xaxes(title_text="day")
    figure.update_yaxes(title_text="share of places, level", col=1)
    figure.update_layout(template="plotly_white", height=380, legend={"orientation": "h", "y": 1.2},
                         margin={"l": 60, "r": 20, "t": 70, "b": 50})  # fmt: skip
    return figure


if __name__ == "__main__":
    main()
