"""A citation: the paper, label, code or assumption that stands behind a number."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Citation:
    """One entry of the bibliography, or a file of the user's own, which has no year (0).

    >>> print(Citation("baxter1989", "Baxter and Jain", "Transport of fluid ...", "Microvasc Res 37:77", 1989, ""))
    Baxter and Jain (1989). Transport of fluid .... Microvasc Res 37:77.
    """

    key: str
    authors: str
    title: str
    venue: str
    year: int
    link: str

    @property
    def short(self) -> str:
        """Who, and when where that is known."""
        return f"{self.authors} ({self.year})" if self.year else self.authors

    def __str__(self) -> str:
        head = f"{self.short}. {self.title}."
        return " ".join(part for part in (head, f"{self.venue}." if self.venue else "", self.link) if part)
