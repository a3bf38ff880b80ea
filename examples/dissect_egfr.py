"""By which ways out does an EGFR-mutant lung cancer escape gefitinib? One question, a few patients, a few seconds.

Run it with `python examples/dissect_egfr.py`; the test suite runs it too.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import refugia as rf

if TYPE_CHECKING:
    from plotly.graph_objects import Figure


def main() -> rf.Dissection:
    """Dissect the case that ships, print its answer and the papers it rests on, and check what must hold for any seed."""
    case = rf.case("egfr-lung")
    why = rf.dissect(case, replicates=8, seed=7)
    print(why.shares)
    print(rf.cite(why))

    for merit in case.question.merits:
        whole = [row for row in why.shares if row.merit == merit and row.part_of is None]
        assert {row.mechanism for row in whole} == set(case.mechanisms)
        assert all(math.isfinite(row.share) and row.low <= row.share <= row.high for row in whole)
        assert sum(row.share for row in whole) > 0, f"lifting every way out must gain something on {merit}"
    return why


def picture(why: rf.Dissection) -> Figure:
    """Bars: the share of each way out in control, in decades, largest above, with its 95 % interval over patients."""
    from plotly.graph_objects import Bar, Figure

    rows = [row for row in why.rows("control") if row.part_of is None][::-1]
    above, below = [row.high - row.share for row in rows], [row.share - row.low for row in rows]
    names, shares = [row.mechanism for row in rows], [row.share for row in rows]
    bars = Bar(x=shares, y=names, orientation="h", error_x={"type": "data", "array": above, "arrayminus": below})
    return Figure(bars, {"template": "plotly_white", "height": 360, "margin": {"l": 160, "r": 20, "t": 20, "b": 50},
                         "xaxis": {"title": {"text": "share of control, decades"}}})  # fmt: skip


if __name__ == "__main__":
    main()
