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
    """Bars: the share of each way out in control, in decades, the largest above, with its 95 % interval; alone and last marked."""
    return why.plot("control")


if __name__ == "__main__":
    main()
