"""From the description of a wall to plain arrays."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from refugia.havens.model import Wall
from refugia.havens.wall import WallTable, crossing
from refugia.terms import Value


def lower(wall: Wall | None, drugs: Sequence[str], value: Value) -> WallTable:
    """The table of a wall, one line a patient, for the drugs in the order given; exactly 1 throughout where there is no wall.

    A drug that no efflux of the wall names passes without pumps and bulk flow.

    >>> from refugia.havens import Efflux
    >>> wall = Wall(2.0, 1.0, 1.5, (Efflux("gefitinib", 6.0, 2.0, 0.0),))
    >>> table = lower(wall, ("gefitinib", "water"), lambda number: np.full(1, float(number)))
    >>> table.core, table.rim
    (array([[0.33333333, 1.        ]]), array([[0.11111111, 1.        ]]))
    """
    if wall is None:
        width = value(0.0)
        open_wall = np.ones((width.size, len(drugs)))
        return WallTable(open_wall, open_wall, width)
    width, leak, intact = value(wall.rim), value(wall.leak), value(wall.intact)
    core, rim = np.ones((2, width.size, len(drugs)))
    known = {efflux.drug: efflux for efflux in wall.effluxes}
    for place, drug in enumerate(drugs):
        if drug in known:
            pumps, bulk = value(known[drug].pgp) + value(known[drug].bcrp), value(known[drug].bulk)
            core[:, place] = crossing(leak, pumps, bulk)
            rim[:, place] = crossing(intact, pumps, bulk)
    return WallTable(core, rim, width)
