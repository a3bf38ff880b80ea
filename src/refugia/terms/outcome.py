"""How a course ends: no error, but a sentence."""

from __future__ import annotations

from enum import Enum


class Outcome(Enum):
    """How the course of a site, or of a body, ended."""

    CURED = "No tumour cell is left."
    PROGRESSED = "It passed the progression limit while on treatment."
    CONTROLLED = "It stayed under control to the horizon; ask for a later horizon to learn more."
    OCCULT = "It never grew large enough to be seen."
    ABSENT = "It was not there."

    def __str__(self) -> str:
        """The sentence itself."""
        return str(self.value)

    __repr__ = __str__
