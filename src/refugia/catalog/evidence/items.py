"""An item of evidence: one claim on one molecular profile, relative to a drug and a disease, with its level and its source."""

from __future__ import annotations

from dataclasses import dataclass

from refugia.catalog.evidence.profiles import Profile


@dataclass(frozen=True, slots=True)
class Level:
    """How strong a claim is: as its source says it, and in the project's own 1 to 6; None where the source does not grade."""

    scheme: str
    native: str
    project: int | None


@dataclass(frozen=True, slots=True)
class Release:
    """Where items come from: a release by name, with the SHA-256 of its file."""

    name: str
    sha256: str
    items: int
    flagged: int = 0  # left out: flagged by the curators
    unaccepted: int = 0  # left out: not (or no longer) accepted
    levels: str = ""  # version of the mapping of levels


@dataclass(frozen=True, slots=True)
class Item:
    """One claim. A blank field means that the source does not say."""

    id: str
    release: str
    kind: str  # resistance, finding, vessels; or CIViC's type of evidence
    profile: Profile
    disease: str
    therapies: tuple[str, ...]
    interaction: str  # how several therapies are given
    effect: str  # resistance, sensitivity, reduced sensitivity, ...
    direction: str  # supports, does not support
    level: Level
    statement: str
    citation: str
    url: str = ""
    mechanism_class: tuple[str, ...] = ()
    strategy_class: tuple[str, ...] = ()
    strategy: str = ""
    target: str = ""
    combination: str = ""
    outcome: str = ""
    limitation: str = ""

    @property
    def claims_resistance(self) -> bool | None:
        """Whether it says that the drug works less (True) or works (False); None where it says neither."""
        word = self.effect.lower()
        less = "resist" in word or "reduced" in word
        more = "sensitiv" in word and not less
        if not (less or more) or self.direction not in ("supports", "does not support"):
            return None
        return less == (self.direction == "supports")
