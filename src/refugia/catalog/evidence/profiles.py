"""Molecular profiles: genes with alterations, alone or in combination, and how near an item's profile is to what is asked."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import IntEnum

_THREE = dict(
    zip(
        "Ala Arg Asn Asp Cys Gln Glu Gly His Ile Leu Lys Met Phe Pro Ser Thr Trp Tyr Val Ter".upper().split(),
        "ARNDCQEGHILKMFPSTWYV*", strict=True,
    )
)  # fmt: skip
_JOIN = re.compile(r"\s+(?:AND|OR)\s+|[()]")
_CHANGE = re.compile(r"([A-Z*])(\d+)([A-Z*=]|DEL|INS|DUP|FS)?")
_LONG = re.compile(r"([A-Z]{3})(\d+)([A-Z]{3}|\*|=)")
_ANY = ("MUTATION", "MUTATIONS", "MUTANT", "ALTERATION", "ALTERATIONS", "MUTATED")
_SAME = {"AMP": "AMPLIFICATION", "AMPLIFIED": "AMPLIFICATION", "GAIN OF COPIES": "AMPLIFICATION"}


@dataclass(frozen=True, slots=True)
class Alteration:
    """One alteration of one gene; several genes where they are fused. Names in capitals."""

    genes: tuple[str, ...]
    change: str


@dataclass(frozen=True, slots=True)
class Profile:
    """The text of a profile, and the alterations it speaks of; `combined` where it joins or excludes several of them."""

    text: str
    alterations: tuple[Alteration, ...]
    combined: bool


class Match(IntEnum):
    """How near a profile is to what was asked, nearest first."""

    PROFILE = 0
    CODON = 1
    MUTATION = 2
    COMBINATION = 3
    GENE = 4
    CONTEXT = 5

    @property
    def says(self) -> str:
        """The match in words."""
        return _SAYS[self]


_SAYS = {
    Match.PROFILE: "same alteration",
    Match.CODON: "same codon",
    Match.MUTATION: "any mutation of the gene",
    Match.COMBINATION: "only together with other alterations",
    Match.GENE: "the gene alone",
    Match.CONTEXT: "no gene asked",
}


def change(text: str) -> str:
    """An alteration as it is compared: capitals, one letter an amino acid.

    >>> change("p.Thr790Met"), change(" t790m "), change("amp"), change("Exon 20 Insertion")
    ('T790M', 'T790M', 'AMPLIFICATION', 'EXON 20 INSERTION')
    """
    word = " ".join(text.upper().split()).removeprefix("P.")
    long = _LONG.fullmatch(word)
    if long and long[1] in _THREE and (long[3] in _THREE or len(long[3]) == 1):
        return f"{_THREE[long[1]]}{long[2]}{_THREE.get(long[3], long[3])}"
    return _SAME.get(word, word)


def point(word: str) -> bool:
    """Whether an alteration in compared form is a change at one codon, by its letters.

    >>> point("T790M"), point("G12"), point("TP53")
    (True, True, False)
    """
    return _CHANGE.fullmatch(word) is not None


def codon(word: str) -> str | None:
    """The codon that an alteration in compared form is of.

    >>> codon("T790M"), codon("CODON 12"), codon("AMPLIFICATION")
    ('790', '12', None)
    """
    found = _CHANGE.fullmatch(word)
    if found:
        return found[2]
    named = re.fullmatch(r"CODON (\d+)(?: MUTATION)?", word)
    return named[1] if named else None


def profile(text: str) -> Profile:
    """A profile in CIViC's words: "EGFR T790M", "EGFR L858R AND EGFR T790M", "EML4::ALK Fusion", "NOT ...".

    >>> [a.change for a in profile("EGFR L858R AND EGFR T790M").alterations]
    ['L858R', 'T790M']
    """
    plain = " ".join(text.split())
    parts = [part.strip() for part in _JOIN.split(plain)]
    atoms = [part.removeprefix("NOT ").strip() for part in parts if part]
    found = [_atom(atom) for atom in atoms if atom and atom != "NOT"]
    combined = len(found) > 1 or any(part.startswith("NOT") for part in parts if part == "NOT" or part.startswith("NOT "))
    return Profile(plain, tuple(found), combined)


def profile_of(gene: str, alteration: str) -> Profile:
    """The profile of two columns, in which a semicolon joins several: "EGFR; MET", "T790M; amplification"."""
    genes, changes = (tuple(part.strip() for part in column.split(";")) for column in (gene, alteration))
    if len(genes) != len(changes):
        genes = genes * len(changes) if len(genes) == 1 else genes[:1] * len(changes)
    found = tuple(Alteration(_names(g), change(a)) for g, a in zip(genes, changes, strict=True) if g or a)
    return Profile(" AND ".join(f"{g} {a}".strip() for g, a in zip(genes, changes, strict=True)), found, len(found) > 1)


def _atom(text: str) -> Alteration:
    gene, _, rest = text.partition(" ")
    return Alteration(_names(gene), change(rest))


def _names(gene: str) -> tuple[str, ...]:
    """Every name under which a gene is found: partners of a fusion, and a name in brackets."""
    parts = re.split(r"::|\(|\)|\s+", gene.upper())
    return tuple(part for part in parts if part and part != "V")


def nearness(asked: Alteration, found: Profile) -> Match | None:
    """How near a profile is to one alteration; None where it does not speak of its gene. An empty change asks for the gene."""
    mine = [a for a in found.alterations if not asked.genes or set(a.genes) & set(asked.genes)]
    if not mine:
        return None
    matches = [_single(asked.change, a.change) for a in mine]
    best = min(matches)
    if best is Match.GENE or not found.combined:
        return best
    return Match.COMBINATION


def _single(asked: str, found: str) -> Match:
    if asked == found or not asked:
        return Match.PROFILE if asked else Match.GENE
    number = codon(asked)
    if number is not None and number == codon(found) and (_whole(asked) or _whole(found)):
        return Match.CODON
    one = point(asked) or asked.startswith("CODON ")
    if (one and found in _ANY) or (asked in _ANY and point(found)):
        return Match.MUTATION
    return Match.GENE


def _whole(word: str) -> bool:
    """Whether it means every change at a codon: "CODON 12", "G12"."""
    found = _CHANGE.fullmatch(word)
    return word.startswith("CODON ") or (found is not None and found[3] is None)
