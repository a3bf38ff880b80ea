"""Vessel walls of a case file: numbers, or "pores" where a number follows from the pores of the environment."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import Field

from refugia import barriers
from refugia.catalog.place import Place, suggestion
from refugia.catalog.tables import MOST_LINES, Num, Table, checked
from refugia.terms import Parameter

PORES = "pores"
_POROUS = ("conductivity", "permeability", "reflection")


class Pore(Table):
    """A class of pores."""

    radius: Num
    area: Num


class Pores(Table):
    """Pores of the vessel wall; a conductivity, permeability or reflection of "pores" follows from them."""

    wall: Num
    viscosity: Num
    thermal: Num
    classes: Annotated[list[Pore], Field(min_length=1, max_length=MOST_LINES)]


class Carrier(Table):
    """A particle that carries a drug."""

    radius: Num
    diffusivity: Num
    permeability: Num
    reflection: Num
    sink: Num


class Slow(Table):
    """A drug, one of the solutes, that reaches no steady state between doses; `carried` where plasma holds its carrier."""

    drug: str
    carried: bool
    carrier: Carrier
    room: Num
    release: Num
    binding: Num
    unbinding: Num


Numbers = Callable[[type, Any, Place, str], dict[str, Parameter]]


def pores(raw: object, numbers: Numbers, place: Place, name: str) -> barriers.Pores | None:
    """The pores of an environment, None where it describes none."""
    if raw is None:
        return None
    table = checked(Pores, raw, place)
    classes = tuple(
        barriers.Pore(**numbers(barriers.Pore, one, place.at("classes").at(i), f"{name}.classes[{i}]"))
        for i, one in enumerate(table.classes)
    )
    return barriers.Pores(classes, **numbers(barriers.Pores, table, place, name))


@dataclass(frozen=True, slots=True)
class Walls:
    """Fills the numbers of an environment; `numbers` reads those that are given, `pores` stands for those that are not."""

    numbers: Numbers
    pores: barriers.Pores | None

    def fill(self, description: type, table: Any, place: Place, name: str) -> dict[str, Any]:
        """The number fields of a description. Raises InputError where pores are named and none are described."""
        porous = [field for field in _POROUS if getattr(table, field, None) == PORES]
        if porous and self.pores is None:
            raise place.at(porous[0]).refusal(PORES, "are not described here", "Add a table of pores to the environment.")
        plain = table.model_copy(update=dict.fromkeys(porous)) if porous else table
        return {**self.numbers(description, plain, place, name), **dict.fromkeys(porous, self.pores)}

    def slow(self, raw: object, solutes: tuple[barriers.Solute, ...], place: Place, name: str) -> barriers.Slow:
        """A slow drug. Raises InputError where it is no solute."""
        table = checked(Slow, raw, place)
        name = f"{name}.{table.drug}"
        known = {solute.drug: solute for solute in solutes}
        if table.drug not in known:
            raise place.at("drug").refusal(table.drug, "is no solute of this environment", suggestion(table.drug, known, "solute"))
        carrier = self.fill(barriers.Solute, table.carrier, place.at("carrier"), f"{name}.carrier")
        particle = barriers.Solute(f"{table.drug} carrier", **carrier)
        return barriers.Slow(known[table.drug], particle, table.carried, **self.fill(barriers.Slow, table, place, name))
