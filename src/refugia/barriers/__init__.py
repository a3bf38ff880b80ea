"""Unit 2, the breeding grounds: vessels, pressure, matrix, oxygen and acidity."""

from refugia.barriers.model import (
    MECHANISMS,
    Acid,
    Angiogenesis,
    Matrix,
    Microenvironment,
    Oxygen,
    Perfusion,
    Pore,
    Pores,
    Slow,
    Solute,
    Vessels,
)

__all__ = [
    "MECHANISMS",
    "Acid",
    "Angiogenesis",
    "Matrix",
    "Microenvironment",
    "Oxygen",
    "Perfusion",
    "Pore",
    "Pores",
    "Slow",
    "Solute",
    "Vessels",
]
