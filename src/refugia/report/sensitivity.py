"""The table of sensitivity: its ten first numbers on the screen, all of it as JSON."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from refugia.dissection.sensitivity import Effect, Sensitivity

if TYPE_CHECKING:
    from rich.console import Console

UNITS = {"control": ("control, decades", 2), "progression": ("progression, days", 0)}
SAYS = (
    "mu*: mean size of the change of a share as the number goes through its 95 % range, all patients alike; with a sign where the "
    "share moved one way only. Weight: mu* of all mechanisms over the gain of lifting everything, mean over merits."
)


def show_sensitivity(console: Console, found: Sensitivity) -> None:
    """The ten assumed numbers that matter most, and the share that each of them moves most, on every merit."""
    from rich import box
    from rich.table import Table

    table = Table(title="Assumed numbers that move the shares most", title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("number", no_wrap=True)
    table.add_column("weight", justify="right")
    for merit in found.total:
        table.add_column(f"mu*, {UNITS[merit][0]}")
    for name in found.most():
        table.add_row(name, f"{found.weight(name):.2f}", *(moved(found.strongest(name, merit)) for merit in found.total))
    console.print(table)
    console.print(SAYS, highlight=False)
    console.print(
        f"{len(found.parameters)} numbers moved, {found.trajectories} trajectories, {found.runs} dissections of {found.patients} "
        f"patients. {len(found.held)} assumed numbers have no interval and were held: nothing is said of them.",
        highlight=False,
    )


def moved(effect: Effect) -> str:
    """The share that is moved, and by how much.

    >>> moved(Effect("n", "wall", None, "progression", 41.6, -41.6, 2.0))
    'wall -42'
    """
    places = UNITS[effect.merit][1]
    one_way = effect.mu_star > 0.0 and abs(effect.mu) >= (1.0 - 1e-9) * effect.mu_star
    return f"{effect.mechanism} " + (f"{effect.mu:+.{places}f}" if one_way else f"{effect.mu_star:.{places}f}")


def sensitivity_summary(found: Sensitivity) -> dict[str, Any]:
    """The whole table as one JSON object, numbers in the order in which they matter."""
    return {
        "patients": found.patients,
        "trajectories": found.trajectories,
        "dissections": found.runs,
        "parameters": [{"id": name, "weight": found.weight(name)} for name in found.most(len(found.parameters))],
        "held": list(found.held),
        "effects": [asdict(effect) for effect in found.effects],
    }
