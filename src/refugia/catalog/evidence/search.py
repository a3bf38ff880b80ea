"""What is known of an alteration: every item that speaks of it, how near it is, and where items contradict each other."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path

from refugia.catalog.evidence.items import Item, Release
from refugia.catalog.evidence.profiles import Alteration, Match, change, nearness, point
from refugia.catalog.evidence.store import genes_of, items, releases
from refugia.catalog.evidence.tables import disease_known, disease_named, diseases_like, kinship, other_names, shipped
from refugia.terms import InputError

LONGEST = 100
LAST = 9  # where an item without a level stands
NOT_LISTED = 'Not listed is not "no effect": these releases hold no such item, and nothing follows from that.'


@dataclass(frozen=True, slots=True)
class Query:
    """What is asked: an alteration of a gene, a disease, a drug; any of them may be left open, but not all."""

    gene: str = ""
    alteration: str = ""
    disease: str = ""
    therapy: str = ""
    wide: bool = False  # also items on other alterations of the gene

    def __post_init__(self) -> None:
        """Raises InputError where nothing is asked, or something that is no name."""
        said = {"GENE": self.gene, "ALTERATION": self.alteration, "--disease": self.disease, "--therapy": self.therapy}
        if not any(text.strip() for text in said.values()):
            raise InputError("", "", "GENE", "is missing", "Ask for a gene, such as EGFR T790M, or for a --disease or a --therapy.")
        for name, text in said.items():
            if len(text) > LONGEST or not text.isprintable():
                raise InputError("", name, ascii(text[:40]), "is no name", f"Write up to {LONGEST} letters on one line.")
        if self.alteration.strip() and not self.gene.strip():
            raise InputError("", "", "GENE", "is missing", f"Name the gene of {self.alteration}, such as EGFR T790M.")

    @property
    def asked(self) -> Alteration:
        """The alteration in compared form, under every name of its gene."""
        gene = self.gene.strip().upper()
        return Alteration(other_names().get(gene, (gene,)) if gene else (), change(self.alteration))

    @property
    def words(self) -> str:
        """The gene and the alteration, as they were asked."""
        return " ".join(part for part in (self.gene.strip(), self.alteration.strip()) if part)


def parted(gene: str, alteration: str) -> tuple[str, str]:
    """A gene and its alteration, also where both were written as one name.

    >>> parted("EGFR T790M", ""), parted("KRAS", "codon 12"), parted("EGFR", "")
    (('EGFR', 'T790M'), ('KRAS', 'codon 12'), ('EGFR', ''))
    """
    one, _, rest = gene.strip().partition(" ")
    return (one, rest.strip()) if rest and not alteration.strip() else (gene, alteration)


@dataclass(frozen=True, slots=True)
class Found:
    """An item, and how it is to what was asked; `disease` is same, broader, narrower, not stated or not asked."""

    item: Item
    match: Match
    disease: str


@dataclass(frozen=True, slots=True)
class Conflict:
    """Items that say opposite things of one profile, its drugs and a disease, by id."""

    profile: str
    therapies: tuple[str, ...]
    disease: str
    resistant: tuple[str, ...]  # these say that the drugs work less
    contrary: tuple[str, ...]  # these the contrary


@dataclass(frozen=True, slots=True)
class Answer:
    """All that was found, nearest first, and what was left aside."""

    query: Query
    releases: tuple[Release, ...]
    found: tuple[Found, ...]
    conflicts: tuple[Conflict, ...]
    aside: dict[str, int] = field(default_factory=dict)  # why items were left aside, and how many
    notes: tuple[str, ...] = ()

    @property
    def listed(self) -> bool:
        """Whether any item speaks of what was asked (the gene alone does not count, unless the gene alone was asked)."""
        return any(found.match is not Match.GENE or not self.query.alteration for found in self.found)

    @property
    def itself(self) -> bool:
        """Whether any item speaks of the very alteration that was asked, and of it alone; of anything, where none was asked."""
        return any(found.match is Match.PROFILE or not self.query.alteration for found in self.found)


@dataclass(frozen=True, slots=True)
class Sources:
    """The items that are searched: those that ship, and a release of the user's store."""

    releases: tuple[Release, ...]
    store: Path | None = None

    def genes(self) -> tuple[str, ...]:
        """The genes of which any item speaks, in capitals and in order; every name of those that have several."""
        found = {name for item in shipped()[1] for alteration in item.profile.alterations for name in alteration.genes}
        if self.store is not None:
            found.update(name for release in self.releases[1:] for name in genes_of(self.store, release.name))
        return tuple(sorted(found))

    def genes_once(self) -> dict[str, tuple[str, ...]]:
        """Each gene of which any item speaks, under its own name, with the other names that it has."""
        own = dict.fromkeys(other_names().get(name, (name,))[0] for name in self.genes())
        return {name: other_names().get(name, (name,))[1:] for name in own}

    def speaking_of(self, genes: tuple[str, ...]) -> Iterable[Item]:
        """The items on one of the genes; all items where none is named."""
        own = shipped()[1]
        yield from (i for i in own if not genes or any(set(a.genes) & set(genes) for a in i.profile.alterations))
        if self.store is not None:
            for release in self.releases[1:]:
                yield from items(self.store, release.name, genes)


def sources(store: Path, release: str | None = None) -> Sources:
    """The shipped release, and the newest of the store or the one named. Raises InputError where the store has no such release."""
    known = releases(store)
    if release is not None and release not in [name for r in known for name in (r.name, r.name.split()[-1])]:
        way_out = f"Known: {', '.join(r.name for r in known)}." if known else "Import one: refugia evidence import FILE."
        raise InputError("", "--release", release, "is not in the store", way_out)
    chosen = [r for r in known if release is None or release in (r.name, r.name.split()[-1])][:1]
    return Sources((shipped()[0], *chosen), store)


def search(query: Query, among: Sources) -> Answer:
    """Everything the sources hold on the query; what is left aside is counted under the first reason for it.

    The reasons in their order: another alteration of the gene, another disease, another drug.
    """
    asked, found, aside = query.asked, [], dict.fromkeys(("the gene alone", "another disease", "another drug"), 0)
    for item in among.speaking_of(asked.genes):
        match = nearness(asked, item.profile) if asked.genes else Match.CONTEXT
        disease = _disease(query.disease, item.disease)
        if match is None:
            continue
        if match is Match.GENE and asked.change and not query.wide:
            aside["the gene alone"] += 1
        elif disease is None:
            aside["another disease"] += 1
        elif query.therapy.strip() and not _given(query.therapy, item):
            aside["another drug"] += 1
        else:
            found.append(Found(item, match, disease))
    ordered = tuple(sorted(found, key=_order))
    for release in among.releases:
        for why, count in (("flagged by the curators", release.flagged), ("not accepted by the curators", release.unaccepted)):
            if count:
                aside[f"{why} ({release.name}, of any gene)"] = count
    notes = _notes(query, among)
    return Answer(query, among.releases, ordered, _conflicts(ordered), {k: n for k, n in aside.items() if n}, notes)


def _order(found: Found) -> tuple[int, int, int, str, str]:
    near = ("same", "not asked", "narrower", "broader", "not stated").index(found.disease)
    return found.match, near, found.item.level.project or LAST, found.item.release, found.item.id


def _disease(asked: str, stated: str) -> str | None:
    if not asked.strip():
        return "not asked"
    return kinship(asked, stated) if stated else "not stated"


def _given(asked: str, item: Item) -> bool:
    return asked.strip().lower() in (name.lower() for name in item.therapies)


def _conflicts(found: tuple[Found, ...]) -> tuple[Conflict, ...]:
    """Where items say opposite things on the same profile, drugs and disease."""
    groups: dict[tuple[object, ...], dict[bool, list[Item]]] = {}
    for item in (f.item for f in found):
        less = item.claims_resistance
        if less is not None:
            drugs = tuple(sorted(name.lower() for name in item.therapies))
            key = (item.profile.alterations, drugs, disease_named(item.disease))
            groups.setdefault(key, {True: [], False: []})[less].append(item)
    return tuple(
        Conflict(
            sides[True][0].profile.text, sides[True][0].therapies, sides[True][0].disease,
            tuple(item.id for item in sides[True]), tuple(item.id for item in sides[False]),
        )
        for sides in groups.values()
        if sides[True] and sides[False]
    )  # fmt: skip


def _notes(query: Query, among: Sources) -> tuple[str, ...]:
    """What an asker should know of the answer: a gene of which no item speaks, a disease that the table does not know."""
    asked, gene, said = query.disease.strip(), query.gene.strip(), []
    if gene and not any(name in among.genes() for name in query.asked.genes):
        near = get_close_matches(gene.upper(), among.genes(), n=1, cutoff=0.6)
        like = f' Did you mean "{near[0]}"?' if near else ""
        like = _with_gene(gene, among) or like
        said.append(f'No item speaks of a gene "{gene}".{like} All genes that are listed: refugia evidence list --genes.')
    if asked and not disease_known(asked):
        names = ", ".join(f'"{name}"' for name in diseases_like(asked))
        near_by = f" Near it: {names}." if names else ""
        said.append(f'The table of diseases does not know "{asked}": it was compared by its name alone.{near_by}')
    return tuple(said)


def _with_gene(word: str, among: Sources) -> str:
    """The way out of an alteration that was asked without its gene; empty where the word is none."""
    asked = change(word)
    if not point(asked):
        return ""
    genes = {a.genes[0] for item in among.speaking_of(()) for a in item.profile.alterations if a.genes and a.change == asked}
    named = [f"refugia evidence {gene} {asked}" for gene in sorted(genes)[:3]] or [f"refugia evidence GENE {asked}"]
    return f" It reads like an alteration; name its gene before it: {', or '.join(named)}."
