"""The command `resistance`: the theory of resistance before therapy, for one lesion or a body of them."""

from __future__ import annotations

from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from refugia.cli.options import Json, Seed, print_json

if TYPE_CHECKING:
    from refugia.clones.combination import Targets
    from refugia.report.resistance import Asked

Size = Annotated[str | None, typer.Option(help="Cells of the lesion, such as 1e9.", metavar="CELLS")]
Birth = Annotated[float, typer.Option(help="Divisions of a sensitive cell, per day.")]
Death = Annotated[float, typer.Option(help="Deaths of a sensitive cell, per day.")]
Mutation = Annotated[
    float,
    typer.Option(help="Chance of a resistance mutation per division: of the target; of one position with --drugs 2 or --targets."),
]
Drugs = Annotated[int | None, typer.Option(help="Drugs, 1 or 2.", show_default="as many as --targets")]
TargetList = Annotated[str | None, typer.Option("--targets", help="Positions that resist one drug only, such as 50,50.")]
Shared = Annotated[float, typer.Option(help="Positions that resist both drugs.")]
Cost = Annotated[float, typer.Option(help="Share of net growth that resistance costs; below 0 it is an advantage.")]
Decline = Annotated[float | None, typer.Option(help="Net decline under a drug, per day.", show_default="0.03, eLife 2013")]
Lesions = Annotated[Path | None, typer.Option(help="CSV of lesion sizes in cells: a body instead of one lesion.")]
Simulate = Annotated[int, typer.Option(metavar="N", help="Also draw N lesions from the exact law.")]
MOST_DRAWN = 1e9
ONE_EACH = (
    "Two drugs without --targets: --mutation is taken as the chance at one position, and one position resists each drug alone. "
    "Say how many do by --targets, such as --targets 50,50."
)


def resistance(
    birth: Birth, death: Death, mutation: Mutation, size: Size = None, drugs: Drugs = None, targets: TargetList = None,
    *, shared: Shared = 0.0, cost: Cost = 0.0, decline: Decline = None, lesions: Lesions = None, simulate: Simulate = 0,
    seed: Seed = 0, as_json: Json = False,
) -> None:  # fmt: skip
    """How many resistant clones stand before therapy?

    How large they are, by order of appearance and by size, and the chance that one drug, two in a row or two at once fail.
    """
    from rich.console import Console

    from refugia.report.resistance import Asked, resistance_summary, show_resistance

    rates = _rates(birth, death, mutation, cost)
    body = _body(size, lesions)
    positions = _positions(drugs, targets, shared)
    asked = _asked(Asked, rates, body, positions, decline)
    _drawable(asked, simulate, seed)
    said = resistance_summary(asked, simulate, seed)
    if targets is None and drugs == 2:
        said["notes"].append(ONE_EACH)
    if as_json:
        print_json(said)
    else:
        show_resistance(Console(), said)


def _refuse(option: str, value: object, reason: str, way_out: str) -> Exception:
    from refugia.terms import InputError

    return InputError("", option, value, reason, way_out)


def _rates(birth: float, death: float, mutation: float, cost: float) -> tuple[float, float, float, float]:
    """The rates, checked one by one and against each other."""
    if not (isfinite(birth) and 0.0 < birth <= 1e6):
        raise _refuse("--birth", birth, "is no rate of division", "Give divisions of a cell per day, above 0.")
    if not (isfinite(death) and death >= 0.0):
        raise _refuse("--death", death, "is no rate of death", "Give deaths of a cell per day, 0 or more.")
    if death >= birth:
        raise _refuse("--death", death, f"is not below the birth rate {birth:g}: no lesion would have grown", "Give death < birth.")
    if (birth - death) / birth < 1e-9:
        raise _refuse("--death", death, f"is too near the birth rate {birth:g} for a lesion to have grown", "Lower the death rate.")
    if not 0.0 < mutation <= 1.0:
        raise _refuse("--mutation", mutation, "is no chance of a mutation", "Give a chance per division above 0, at most 1.")
    if not -1.0 <= cost < 1.0:
        raise _refuse("--cost", cost, "is no share of net growth", "Give -1 up to, but not, 1: resistant cells must still grow.")
    if (1.0 - cost) * (birth - death) > birth:
        raise _refuse("--cost", cost, "would let resistant cells die at a rate below 0", "Give a smaller advantage.")
    return birth, death, mutation, cost


def _body(size: str | None, lesions: Path | None) -> tuple[tuple[str, ...], tuple[float, ...], float]:
    """Names and cells of the lesions, and the one whose clones are shown by order of appearance."""
    from refugia.catalog.lesions import cells_of, read_lesions

    one = None if size is None else cells_of(size, "", "--size")
    if lesions is not None:
        found = read_lesions(lesions)
        cells = tuple(lesion.cells for lesion in found)
        return tuple(lesion.name for lesion in found), cells, max(cells) if one is None else one
    if one is None:
        way_out = "Give the cells of the lesion, such as --size 1e9, or the sizes of several with --lesions FILE."
        raise _refuse("", "--size", "is missing", way_out)
    return ("the lesion",), (one,), one


def _positions(drugs: int | None, targets: str | None, shared: float) -> Targets | float:
    """What resists the drugs: positions of one drug, or the targets of two."""
    from refugia.clones.combination import Targets

    if drugs is not None and drugs not in (1, 2):
        raise _refuse("--drugs", drugs, "is not 1 or 2", "The theory used here is of one drug or two.")
    found = [] if targets is None else [_count(part.strip(), "--targets") for part in targets.split(",")]
    wanted = drugs or len(found) or 1
    if wanted > 2:
        raise _refuse("--targets", targets, f"names {wanted} drugs", "The theory used here is of one drug or two, such as 50,50.")
    if targets is None:
        found = [1.0] * wanted
    if len(found) != wanted:
        way_out = "Give one number a drug, such as --drugs 2 --targets 50,50."
        raise _refuse("--targets", targets, f"names {len(found)} drugs, but there are {wanted}", way_out)
    both = _count(str(shared), "--shared")
    if wanted == 1 and both:
        raise _refuse("--shared", shared, "needs two drugs to be shared by", "Leave it out, or give --drugs 2.")
    return Targets(found[0], found[1], both) if wanted == 2 else found[0]


def _count(text: str, option: str) -> float:
    """A number of positions."""
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not (isfinite(value) and 0.0 <= value <= 1e9):
        raise _refuse(option, text, "is no number of positions", "Give numbers of 0 or more, such as 50,50.")
    return value


def _asked(
    kind: type[Asked], rates: tuple[float, float, float, float], body: tuple[tuple[str, ...], tuple[float, ...], float],
    positions: Targets | float, decline: float | None,
) -> Asked:  # fmt: skip
    """The question as the theory takes it."""
    import numpy as np

    from refugia.catalog.numbers import load_parameters
    from refugia.clones.combination import Therapy
    from refugia.clones.outlook import Body
    from refugia.clones.turnover import turnover

    birth, death, mutation, cost = rates
    if decline is None:
        decline = load_parameters()["combination.decline"].value
    if not (isfinite(decline) and 0.0 < decline <= 1e6):
        raise _refuse("--decline", decline, "is no decline", "Give the net loss under the drug per day, above 0.")
    total = float(positions) if isinstance(positions, float) else sum(positions)
    if mutation * total > 1.0:
        raise _refuse("--targets", total, f"positions at {mutation:g} each mutate more than once a division", "Lower one of them.")
    names, cells, lesion = body
    source = turnover(birth, death, mutation, cost)
    therapy = Therapy(source, np.asarray(-decline / birth))
    return kind(Body(np.array(cells), source), names, lesion, therapy, positions, birth - death, decline)


def _drawable(asked: Asked, simulate: int, seed: int) -> None:
    """Raises InputError where so many lesions, or lesions of so many clones, cannot be drawn."""
    from refugia.cli.options import checked
    from refugia.clones.luria_delbrueck import load

    if simulate:
        checked(simulate, seed, 0, "--simulate", "lesions")
    lines = float(load(max(asked.body.total, asked.lesion), asked.body.source))
    if simulate * lines > MOST_DRAWN:
        most = int(MOST_DRAWN / lines)
        way_out = f"Give at most {most}." if most else "The closed forms above hold for so many: leave --simulate out."
        raise _refuse("--simulate", simulate, f"lesions of {lines:.2g} founded lines each are too many to draw", way_out)
