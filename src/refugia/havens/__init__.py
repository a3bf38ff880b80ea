"""Unit 3, the safe havens: the wall and its pumps."""

from refugia.havens.model import MECHANISMS, Efflux, Wall
from refugia.havens.wall import Knockouts, WallTable, crossing, knockouts, pumps, supply

__all__ = ["MECHANISMS", "Efflux", "Knockouts", "Wall", "WallTable", "crossing", "knockouts", "pumps", "supply"]
