"""What `refugia resistance` answers: the theory of resistance before therapy as one JSON object, and as three small tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from refugia.clones import bozic_nowak, combination, luria_delbrueck, relapse
from refugia.clones.combination import Targets, Therapy
from refugia.clones.outlook import Body, drawn, failure
from refugia.report.screen import ADVICE, table_of
from refugia.terms import FloatArray

if TYPE_CHECKING:
    from rich.console import Console

CLONES = 10  # reported one by one
QUANTILES = {"median": 0.5, "q05": 0.05, "q95": 0.95}
LEAST = 1e-3  # a clone that is there less often is not shown on a screen
LARGE = 0.1  # share of resistant cells above which the theory is marked
LAWS = (
    "Median and 5 to 95 %: the exact law, whole cells, for a lesion of any size. Law of many: the published median, which holds "
    "where many clones last (docs/resistance.md)."
)
FEW = 10.0  # surviving clones below which the laws of many are marked


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked: the body with its lesions' names, the lesion whose clones are shown, the therapy, and the rates as given."""

    body: Body
    names: tuple[str, ...]
    lesion: float  # cells
    therapy: Therapy
    targets: Targets | float
    net: float  # 1/day, of sensitive cells
    decline: float  # 1/day, of sensitive cells under therapy


def _rows(limit: FloatArray, exact: FloatArray, there: FloatArray) -> list[dict[str, Any]]:
    """One row a clone: the published law, the exact one, and the chance that there is such a clone."""
    heads = list(QUANTILES)
    return [
        {
            "k": k + 1,
            **dict(zip(heads, map(float, limit[k]), strict=True)),
            "exact": dict(zip(heads, map(int, exact[k]), strict=True)),
            "there": float(there[k]),
        }
        for k in range(CLONES)
    ]


def _clones(asked: Asked) -> dict[str, Any]:
    """The clones by order of appearance in the lesion and by rank in the body."""
    source, order, quantile = asked.body.source, np.arange(1, CLONES + 1), np.array(list(QUANTILES.values()))
    total, k = asked.body.total, order[:, None]
    return {
        "by_appearance": _rows(
            bozic_nowak.appearance(k, quantile, asked.lesion, source),
            bozic_nowak.exact_appearance(k, quantile, asked.lesion, source),
            bozic_nowak.arisen(order, asked.lesion, source),
        ),
        "by_rank": _rows(
            bozic_nowak.rank(k, quantile, total, source),
            bozic_nowak.exact_rank(k, quantile, total, source),
            bozic_nowak.held(order, total, source),
        ),
    }


def _failure(asked: Asked) -> dict[str, Any]:
    """The chances of failure in the body: `mono` is the better drug alone."""
    found = failure(asked.body, asked.therapy, asked.targets)
    alone = [float(combination.together(chance)) for chance in found.mono]
    rest = {"sequential": found.sequential, "simultaneous": found.simultaneous}
    said = {name: None if chance is None else float(combination.together(chance)) for name, chance in rest.items()}
    return {"mono": min(alone), **said, "mono_by_drug": alone}


def _cells(asked: Asked) -> dict[str, float] | None:
    found = luria_delbrueck.cells(list(QUANTILES.values()), asked.body.total, asked.body.source)
    return None if found is None else dict(zip(QUANTILES, map(float, found), strict=True))


def _drugs(asked: Asked) -> list[dict[str, Any]]:
    """The clones that resist each drug with all its positions, and both drugs at once; empty where no positions were given."""
    if not isinstance(asked.targets, Targets):
        return []
    one, two, both = asked.targets
    rows = []
    for name, positions in (("drug 1", one + both), ("drug 2", two + both)):
        source = asked.body.source._replace(mutation=asked.body.source.mutation * positions)
        whole = Body(asked.body.sizes, source)
        rows.append(
            {
                "resists": name,
                "positions": positions,
                "alive": whole.mean_alive,
                "surviving": whole.mean_surviving,
                "p_any": float(luria_delbrueck.any_alive(whole.total, source)),
                "cells_expected": float(combination.expected_resistant(asked.body.sizes, source, [1.0]).sum()),
            }
        )
    chance = combination.present(asked.body.sizes, asked.body.source, asked.targets)
    cells = float(combination.expected_both(asked.body.sizes, asked.body.source, asked.targets).sum())
    said = {"resists": "both", "positions": both, "alive": None, "surviving": None}
    return [*rows, {**said, "p_any": float(combination.together(chance)), "cells_expected": cells}]


def _relapse(asked: Asked) -> dict[str, float] | None:
    """When the first drug's response turns, and when all is back at its size: from the median of the cells that resist it."""
    positions = asked.targets.first + asked.targets.shared if isinstance(asked.targets, Targets) else asked.targets
    source = asked.body.source._replace(mutation=asked.body.source.mutation * positions)
    cells = luria_delbrueck.cells([0.5], asked.body.total, source) if positions else None
    if cells is None or cells[0] < 1.0:
        return None
    growth, resistant = asked.net * float(source.growth), float(cells[0])
    sensitive = max(asked.body.total - resistant, 1.0)
    return {
        "resistant_cells": resistant,
        "nadir_day": float(relapse.nadir(sensitive, resistant, asked.decline, growth)),
        "regrown_day": float(relapse.reaches(asked.body.total, resistant, growth)),
    }


def _notes(asked: Asked) -> list[str]:
    source, arisen = asked.body.source, float(luria_delbrueck.surviving(asked.lesion, asked.body.source))
    said = []
    if arisen < FEW:
        said.append(
            f"So few surviving clones ({arisen:.3g} expected in the lesion) do not follow the laws of many (median, q05, q95): go "
            "by the exact ones, in which 0 cells means that there is no such clone."
        )
    if float(source.mutation) > 1e-3:
        said.append("More than one division in a thousand mutates: the theory takes mutation to be rare.")
    cells = luria_delbrueck.cells([0.5], asked.body.total, source)
    if cells is not None and cells[0] > LARGE * asked.body.total:
        said.append("More than a tenth of the cells would resist: the theory takes them to be few beside the sensitive ones.")
    if float(source.growth) != 1.0 and isinstance(asked.targets, Targets):
        said.append("Cells expected under two drugs, and the chance that any resists both, are without the cost of resistance.")
    return said


def resistance_summary(asked: Asked, simulated: int = 0, seed: int = 0) -> dict[str, Any]:
    """Everything as one JSON object; with the exact law drawn from where lesions are to be simulated."""
    body, source = asked.body, asked.body.source
    cells = _cells(asked)
    return {
        "size": body.total,
        "lesions": [{"lesion": name, "size": float(size)} for name, size in zip(asked.names, body.sizes, strict=True)],
        "alive": body.mean_alive,
        "surviving": body.mean_surviving,
        "p_any": float(luria_delbrueck.any_alive(body.total, source)),
        "p_any_surviving": float(luria_delbrueck.any_surviving(body.total, source)),
        "cells": cells,
        "appearance_in": asked.lesion,
        **_clones(asked),
        "failure": _failure(asked),
        "by_drug": _drugs(asked),
        "relapse": _relapse(asked),
        "simulated": _simulated(asked, simulated, seed) if simulated else None,
        "notes": _notes(asked),
    }


def _simulated(asked: Asked, lesions: int, seed: int) -> dict[str, Any]:
    """The exact law, drawn: so many bodies, and so many lesions for the order of appearance."""
    body = drawn(asked.body.total, asked.body.source, lesions, seed, CLONES)
    lesion = body if asked.lesion == asked.body.total else drawn(asked.lesion, asked.body.source, lesions, seed + 1, CLONES)
    return {
        "lesions": lesions,
        "seed": seed,
        "alive": float(body.alive.mean()),
        "surviving": float(body.lasting.mean()),
        "p_any": float((body.alive > 0).mean()),
        "cells": dict(zip(QUANTILES, _quantiles(body.cells), strict=True)),
        "by_appearance": _drawn_rows(lesion.first),
        "by_appearance_alive": _drawn_rows(lesion.oldest),
        "by_rank": _drawn_rows(body.largest),
    }


def _quantiles(values: FloatArray) -> list[float]:
    return [float(value) for value in np.quantile(values, list(QUANTILES.values()))]


def _drawn_rows(table: FloatArray) -> list[dict[str, Any]]:
    return [{"k": k + 1, **dict(zip(QUANTILES, _quantiles(table[:, k]), strict=True))} for k in range(CLONES)]


def count(value: float | None) -> str:
    """A number of cells or clones in at most six signs.

    >>> [count(value) for value in (0.0416, 63.03, 1519.0, 2.5e6, None)]
    ['0.042', '63', '1519', '2.5e6', '-']
    """
    if value is None:
        return "-"
    if value >= 1e5:
        return f"{value:.1e}".replace("e+0", "e").replace("e+", "e")
    return f"{value:.0f}" if value >= 10.0 or value == 0.0 else f"{value:.2g}"


def chance_of(value: float | None) -> str:
    """A chance in words short enough for a table.

    >>> [chance_of(value) for value in (0.7368, 0.99999, 1.0, 3.2e-7, None)]
    ['73.7 %', '> 99.9 %', '100 %', '3.2e-07', '-']
    """
    if value is None:
        return "-"
    if value == 1.0 or value == 0.0:
        return f"{100 * value:.0f} %"
    return "> 99.9 %" if value > 0.999 else f"{value:.1e}" if value < 1e-3 else f"{100 * value:.1f} %"


def _show_clones(console: Console, title: str, rows: Sequence[dict[str, Any]], drawn_rows: Sequence[dict[str, Any]] | None) -> None:
    heads = ["k", "is there", "median", "5 to 95 %", "law of many", *(["drawn"] if drawn_rows else [])]
    table = table_of(title, *heads)
    for place, row in enumerate(rows):
        if place and row["there"] < LEAST:
            break
        exact = row["exact"]
        reach = f"{count(exact['q05'])} to {count(exact['q95'])}"
        more = [count(drawn_rows[place]["median"])] if drawn_rows else []
        table.add_row(str(row["k"]), chance_of(row["there"]), count(exact["median"]), reach, count(row["median"]), *more)
    console.print(table)


def show_resistance(console: Console, said: dict[str, Any]) -> None:
    """The answer in a few lines and two tables; 0 cells means that there is no such clone."""
    many = len(said["lesions"])
    one = "One lesion of 1 cell" if said["size"] == 1.0 else f"One lesion of {count(said['size'])} cells"
    where = f"{many} lesions of {count(said['size'])} cells in all" if many > 1 else one
    console.print(f"[bold]{where}, before therapy[/bold]", highlight=False)
    console.print(f"[dim]{ADVICE}[/dim]\n")
    which = "Resistant clones of one position" if said["by_drug"] else "Resistant clones"
    console.print(
        f"{which} alive: {count(said['alive'])} on average. Lasting ones, which do not die out by chance: "
        f"{count(said['surviving'])}. Any at all: {chance_of(said['p_any'])}.", highlight=False,
    )  # fmt: skip
    if said["cells"] is not None:
        c = said["cells"]
        reach = f"5 to 95 %: {count(c['q05'])} to {count(c['q95'])}"
        console.print(f"Resistant cells: median {count(c['median'])} ({reach}).\n", highlight=False)
    drawn_too: dict[str, Any] = said["simulated"] or {}
    of = f" (lesion of {count(said['appearance_in'])} cells)" if many > 1 else ""
    title = f"Surviving clones by order of appearance, cells{of}"
    _show_clones(console, title, said["by_appearance"], drawn_too.get("by_appearance"))
    _show_clones(console, "Clones by size, as plasma shows them, cells", said["by_rank"], drawn_too.get("by_rank"))
    console.print(f"{LAWS}\n", highlight=False)
    _show_failure(console, said)
    for note in said["notes"]:
        console.print(f"Note: {note}", highlight=False)


def _show_failure(console: Console, said: dict[str, Any]) -> None:
    """Who resists which drug, the chances that therapies fail, and when one drug's response would turn."""
    if said["by_drug"]:
        table = table_of("Resistant before therapy", "to", "positions", "clones alive", "any", "cells expected")
        for row in said["by_drug"]:
            cells = count(row["cells_expected"])
            table.add_row(row["resists"], f"{row['positions']:g}", count(row["alive"]), chance_of(row["p_any"]), cells)
        console.print(table)
    chances = said["failure"]
    names = {"mono": "one drug", "sequential": "one after the other", "simultaneous": "both at once"}
    told = [f"{name} {chance_of(chances[key])}" for key, name in names.items() if chances[key] is not None]
    console.print(f"Chance that therapy fails to cure: {'; '.join(told)}.", highlight=False)
    if said["relapse"] is not None:
        days = said["relapse"]
        console.print(
            f"One drug, from the median resistant cells: fewest cells on day {days['nadir_day']:.0f}, back at the start on day "
            f"{days['regrown_day']:.0f}.", highlight=False,
        )  # fmt: skip
