"""The numbers of a sequencing study, as the catalogue holds them."""

from __future__ import annotations

from dataclasses import fields

from refugia.biopsy.model import Sequencing
from refugia.catalog.numbers import load_parameters
from refugia.terms import Parameter, number_units
from refugia.terms.units import into


def sequencing() -> Sequencing:
    """What a tumour gathers and a sequencer makes of it.

    >>> sequencing().division.basis
    <Basis.PUBLISHED: 'published'>
    """
    units = number_units(Sequencing)
    return Sequencing(**{name: into(load_parameters()[f"sequencing.{name}"], unit) for name, unit in units.items()})


def sequencing_numbers() -> tuple[Parameter, ...]:
    """The same as parameters, in their order."""
    described = sequencing()
    return tuple(getattr(described, field.name) for field in fields(Sequencing))
