"""The evidence beside a case: for each alteration of its clones and each of its drugs, what is listed."""

from __future__ import annotations

from dataclasses import dataclass

from refugia.catalog.evidence.profiles import profile
from refugia.catalog.evidence.search import Answer, Query, Sources, search, sources
from refugia.catalog.evidence.store import default_store
from refugia.course.case import Case


@dataclass(frozen=True, slots=True)
class Beside:
    """What is listed on one alteration under one drug: the clones of the case that carry it, and the answer."""

    alteration: str
    profile: str  # what was asked for; empty where the case does not say which gene it means
    clones: tuple[str, ...]
    drug: str
    answer: Answer | None


def evidence_for(case: Case, among: Sources | None = None) -> tuple[Beside, ...]:
    """For each alteration that a clone of the case carries, and each drug of its plan and its levers, the matching items.

    An alteration is looked up by the `profile` that the case states for it (such as "EGFR T790M"), in the disease of the case
    if it states one. Without a profile nothing is guessed from a name, and `answer` is None. Searches what ships and the
    newest release of the user's store, unless told `among` what.
    """
    where = among or sources(default_store())
    source = case.subject.sites[0].source
    rows = []
    for alteration in source.alterations:
        carriers = tuple(clone.name for clone in source.clones if alteration.name in clone.alterations)
        for drug in case.subject.drugs if carriers else ():
            answer = _answer(alteration.profile, case.disease, drug.name, where)
            rows.append(Beside(alteration.name, alteration.profile, carriers, drug.name, answer))
    return tuple(rows)


def _answer(text: str, disease: str, drug: str, among: Sources) -> Answer | None:
    if not text:
        return None
    gene, _, altered = profile(text).text.partition(" ")
    return search(Query(gene, altered, disease, drug), among)
