"""How much doxorubicin reaches a mouse tumour, free or in liposomes? What was measured, beside what the solvers give unfitted.

Run it with `python examples/liposome_in_a_tumour.py`; the test suite runs it too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from refugia.catalog.computations import laginha2005_liposome
from refugia.catalog.numbers import load_parameters
from refugia.catalog.study import read_study
from refugia.course.patients import Patients

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

MEASURED = {  # ug h/g, ug/g and h: Laginha and others 2005, Clinical Cancer Research
    "liposome_auc_total": 3988.0, "liposome_auc_nuclear": 1970.0, "liposome_peak_total": 28.6, "liposome_peak_nuclear": 15.9,
    "liposome_time_total": 24.0, "liposome_time_nuclear": 96.0,
    "free_auc_total": 45.8, "free_auc_nuclear": 43.3, "free_peak_total": 7.9, "free_peak_nuclear": 2.9,
    "free_time_total": 0.5, "free_time_nuclear": 4.0,
}  # fmt: skip
DRAWN = {
    "open_share": "perfusion.open", "stress_half": "perfusion.stress_half", "stress_steepness": "perfusion.steepness",
    "liposome_clearance": "liposome.clearance", "drug_permeability": "doxorubicin.permeability",
    "binding": "doxorubicin.binding", "unbinding": "doxorubicin.unbinding", "unbound_share": "doxorubicin.unbound_mouse",
    "clearance": "doxorubicin.clearance_mouse", "central": "doxorubicin.central_mouse", "exchange": "doxorubicin.exchange_mouse",
    "peripheral": "doxorubicin.peripheral_mouse",
}  # fmt: skip
OPEN, UNOPPOSED, FREE = {"open_share": 1.0, "stress_half": 1e12}, {"opposing": 0.0}, {"collagen": 0.0, "tortuosity": 1.0}
LIFTS = {
    "nothing lifted": {},
    "perfusion": OPEN,
    "pressure": UNOPPOSED,
    "perfusion and pressure": OPEN | UNOPPOSED,
    "matrix": FREE,
    "all of them": OPEN | UNOPPOSED | FREE,
}
DRAWS = 40


Found = dict[str, tuple[float, float, float, float]]
"""Of each quantity: measured, computed, and the 95 % range of what is computed over what is assumed."""


def main() -> Found:
    """Print measured beside computed, with the range over what is assumed, and what lifting two barriers does."""
    study = read_study("laginha2005_liposome")
    stated = {name: given.value for name, given in study.inputs.items()}
    known, draws = load_parameters(), Patients(DRAWS, seed=7, people=False)
    drawn = {name: draws.draw(known[number], "") for name, number in DRAWN.items()}
    drawn["release_half_life"] = 24.0 * np.log(2.0) / draws.draw(known["liposome.release"], "")
    alone = laginha2005_liposome(**stated)
    found = [laginha2005_liposome(**stated | {name: float(column[i]) for name, column in drawn.items()}) for i in range(DRAWS)]
    table: Found = {}
    print(f"{'':24}{'measured':>10}{'computed':>10}{'2.5 %':>10}{'97.5 %':>10}")
    for name, measured in MEASURED.items():
        low, high = np.quantile([run[name] for run in found], [0.025, 0.975])
        print(f"{name:24}{measured:10.4g}{alone[name]:10.3g}{low:10.3g}{high:10.3g}  {'' if low <= measured <= high else 'a miss'}")
        assert low > 0.0
        table[name] = (measured, alone[name], float(low), float(high))
    for lifted, changed in LIFTS.items():
        run = laginha2005_liposome(**stated | changed)
        print(f"{lifted:24}", {name: float(f"{run[name]:.3g}") for name in MEASURED if "auc" in name})
        assert run["balance"] < 1e-12
    return table


def picture(table: Found) -> Figure:
    """Points on a logarithmic axis, a line for each quantity: measured (diamond) beside computed (dot, with its 95 % range)."""
    from plotly.graph_objects import Figure, Scatter

    names = [name.replace("_", " ") for name in table][::-1]
    measured, computed, low, high = zip(*[table[name] for name in table][::-1], strict=True)
    above = [top - middle for top, middle in zip(high, computed, strict=True)]
    below = [middle - bottom for bottom, middle in zip(low, computed, strict=True)]
    ranges = {"type": "data", "array": above, "arrayminus": below}
    dots = Scatter(x=computed, y=names, mode="markers", name="computed", error_x=ranges)
    diamonds = Scatter(x=measured, y=names, mode="markers", name="measured", marker={"symbol": "diamond", "size": 10})
    axis, legend = {"type": "log", "title": {"text": "ug h/g, ug/g or h"}}, {"orientation": "h", "y": 1.08}
    look = {"template": "plotly_white", "height": 460, "margin": {"l": 150, "r": 20, "t": 20, "b": 50}}
    return Figure([dots, diamonds], look | {"legend": legend, "xaxis": axis})


if __name__ == "__main__":
    main()
