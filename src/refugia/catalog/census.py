"""The clones of a case as reads of its lesions found them: genotypes of the case, with parts that every patient draws anew."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from refugia.catalog.bibliography import bibliography
from refugia.catalog.place import Place, suggestion
from refugia.catalog.tables import MOST_CLONES
from refugia.clones import Clone, Heterogeneity
from refugia.clones.census import Census
from refugia.terms import Basis, Citation, Interval, Law, Parameter
from refugia.treatment import Drug

if TYPE_CHECKING:
    from refugia.inference.reconstruct import Reconstruction

Floats = NDArray[np.float64]
State = tuple[int, frozenset[str]]
"""A cluster by its node, and the alterations that it carries on some tree."""


@dataclass(frozen=True, slots=True)
class Read:
    """The reads of a case: what they gave, which alteration each mutation carries, and which samples are of which site."""

    result: Reconstruction
    carries: Mapping[str, str]  # mutation id -> alteration
    samples: Mapping[str, list[int]]  # site -> its samples
    file: str
    digest: str
    cite: Citation
    basis: Basis


class Counted(NamedTuple):
    """The clones found, and their parts in every draw."""

    clones: tuple[Clone, ...]  # those of the case, then those that reads found
    parts: Floats  # (draw, clone, sample)


def counted(read: Read, source: Heterogeneity, sites: Sequence[str], place: Place) -> dict[str, Heterogeneity]:
    """The source of every site with the clones that its samples hold; sites with equal samples share one.

    `place` is that of the clones. Raises InputError where a clone carries what no genotype of the case does.
    """
    found = _counted(read, source, place)
    says, lot = _said(read, found, source), _lot(read)
    known: dict[tuple[int, ...], Heterogeneity] = {}
    for site in sites:
        mine = tuple(read.samples[site])
        if mine not in known:
            parts = found.parts[:, :, mine].mean(axis=2)
            there = {a for clone, part in zip(found.clones, parts.max(axis=0), strict=True) if part > 0 for a in clone.alterations}
            limits = _limits(read, source, there, list(mine))
            unseen = tuple(_unseen(read, name, value, mine) for name, value in limits)
            shares = tuple(tuple(float(f"{part:.6g}") for part in draw) for draw in parts)
            census = Census(shares, tuple(sorted(there)), limits, (*says, *unseen), lot)
            known[mine] = replace(source, clones=found.clones, census=census)
    return {site: known[tuple(read.samples[site])] for site in sites}


def responding(drugs: Sequence[Drug], sources: Mapping[str, Heterogeneity]) -> tuple[Drug, ...]:
    """The drugs with every clone that reads found on the curve of its genotype; all sites list the same clones."""
    clones = next(iter(sources.values())).clones
    like = {_form(clone): clone.name for clone in clones if not clone.cluster}
    mine = [(clone.name, like[_form(clone)]) for clone in clones if clone.cluster]

    def wider(drug: Drug) -> Drug:
        curves = tuple(
            replace(curve, clones=(*curve.clones, *(name for name, own in mine if own in curve.clones))) for curve in drug.curves
        )
        return replace(drug, curves=curves)

    return tuple(map(wider, drugs)) if mine else tuple(drugs)


def _form(clone: Clone) -> tuple[frozenset[str], bool, str]:
    """The genotype and the state of a clone, by which it feels a drug."""
    return frozenset(clone.alterations), clone.tolerant, clone.state


def _counted(read: Read, source: Heterogeneity, place: Place) -> Counted:
    """The states of all clusters over all trees, those that matter, as clones."""
    from refugia.inference.standing import draws_of, only_seen, seen

    draws = draws_of(read.result)
    own = only_seen(draws, seen(read.result))
    named = _named(read, place)
    states: dict[State, Floats] = {}
    for t, parents in enumerate(draws.parents):
        mine = draws.tree == t
        for node in range(1, len(parents)):
            state = (node, _carried(node, parents, named))
            part = states.setdefault(state, np.zeros((own.shape[0], own.shape[2])))
            part[mine] = own[mine, node]
    ordered = sorted((state for state, part in states.items() if part.any()), key=lambda state: (state[0], sorted(state[1])))
    likely = _in_order(states, ordered, draws.tree)
    like = {carried: [c for c in source.clones if frozenset(c.alterations) == carried] for _, carried in ordered}
    for node, carried in ordered:
        if not any(clone.basal for clone in like[carried]):
            _refuse_genotype(read, node, carried, place)
    clones, parts = list(source.clones), [np.zeros((own.shape[0], own.shape[2])) for _ in source.clones]
    for node, carried in _tracked(states, ordered, like, draws.parents[0]):
        cluster = read.result.names[node]
        for model in like[carried]:
            clones.append(replace(model, name=f"{cluster} {model.name}", cluster=cluster))
            parts.append(states[node, carried][likely] if model.basal else np.zeros_like(parts[0]))
    return Counted(tuple(clones), np.stack(parts, axis=1))


def _named(read: Read, place: Place) -> dict[int, frozenset[str]]:
    """The alterations that each cluster in the trees names. Raises InputError where one of them fits no tree."""
    result = read.result
    group = dict(zip(result.reads.mutations, result.clusters.group.tolist(), strict=True))
    found: dict[int, set[str]] = {}
    for mutation, alteration in read.carries.items():
        index = group[mutation]
        if index not in result.fitting:
            rule = next((entry.rule for entry in result.misfits if entry.cluster == index), "it was left out")
            way_out = "Mend the reads, or leave it out here: then what stands of it is assumed, as without reads."
            raise place.at("carries").of_key(mutation).refusal(mutation, f"fits no tree: {rule}", way_out)
        found.setdefault(result.fitting.index(index) + 1, set()).add(alteration)
    return {node: frozenset(names) for node, names in found.items()}


def _carried(node: int, parents: Sequence[int], named: Mapping[int, frozenset[str]]) -> frozenset[str]:
    """What a clone carries on a tree: what it names, and what all clones above it do."""
    carried: frozenset[str] = frozenset()
    while node > 0:
        carried, node = carried | named.get(node, frozenset()), parents[node]
    return carried


def _in_order(states: Mapping[State, Floats], ordered: Sequence[State], tree: NDArray[np.int64]) -> NDArray[np.int64]:
    """The draws in the order of the cells that resist; the one in the middle is of the most probable tree."""
    resists = np.zeros(tree.size)
    for state in ordered:
        if state[1]:
            resists += states[state].mean(axis=1)
    order = np.argsort(resists, kind="stable")
    middle = order.size // 2
    best = np.flatnonzero(tree[order] == 0)
    near = best[np.abs(best - middle).argmin()]
    order[[middle, near]] = order[[near, middle]]
    return order


def _tracked(
    states: Mapping[State, Floats], ordered: Sequence[State], like: Mapping[frozenset[str], Sequence[Clone]], best: Sequence[int]
) -> list[State]:
    """The states that become clones of their own: all that carry something, and of the rest the larger ones, while there is room.

    The founding clone, where it carries nothing, is the first clone of the case, as are the cells in no clone.
    """
    founders = [node for node in range(1, len(best)) if best[node] == 0]
    rest = [s for s in ordered if not s[1] and not (len(founders) == 1 and s[0] == founders[0])]
    carrying = [state for state in ordered if state[1]]
    width = {state: len(like[state[1]]) for state in ordered}
    room, kept = MOST_CLONES - sum(width[state] for state in carrying), set(carrying)
    for state in sorted(rest, key=lambda state: -states[state].mean()):
        if width[state] <= room:
            room -= width[state]
            kept.add(state)
    return [state for state in ordered if state in kept]


def _refuse_genotype(read: Read, node: int, carried: frozenset[str], place: Place) -> None:
    """Refuse a clone of which the case does not say how it responds."""
    what = " and ".join(sorted(carried))
    way_out = f"Add a clone with alterations = {sorted(carried)} to the genotypes, and to the drug curves that it follows."
    raise place.at("reads").refusal(read.file, f"has a clone {read.result.names[node]} with {what}, as no genotype here", way_out)


def _limits(read: Read, source: Heterogeneity, there: set[str], samples: list[int]) -> tuple[tuple[str, float], ...]:
    """The alterations that were looked for in some samples and not found, with what would have been seen."""
    from refugia.inference.standing import limit

    found = []
    for alteration in source.alterations:
        marks = [read.result.reads.mutations.index(m) for m, name in read.carries.items() if name == alteration.name]
        if marks and alteration.name not in there:
            found.append((alteration.name, float(f"{limit(read.result.reads, marks, samples):.6g}")))
    return tuple(found)


def _lot(read: Read) -> Parameter:
    """The quantile by which patients are given draws."""
    says = f"which tree and clone parts of {read.file} a patient has: the quantile of the posterior, by the cells that resist"
    interval = Interval(Law.UNIFORM, 0.0, 1.0)
    return Parameter("clones.reads.draw", says, 0.5, "", read.cite, _where(read), read.basis, interval, None, 0.0, 1.0)


def _where(read: Read) -> str:
    return f"{read.file}, SHA-256 {read.digest}, reconstructed with seed {read.result.seed}"


def _said(read: Read, found: Counted, source: Heterogeneity) -> tuple[Parameter, ...]:
    """What was read and reconstructed, as numbers that the reports list."""
    result, reads = read.result, read.result.reads
    depth = float(np.median(reads.depth[reads.depth > 0])) if (reads.depth > 0).any() else 0.0
    trees = int(np.searchsorted(np.cumsum(result.trees.weights), 0.95)) + 1
    held = f"{trees} {'tree holds' if trees == 1 else 'trees hold'} 95 % of the posterior"
    where = f"{_where(read)}; {len(reads.mutations)} mutations, {len(result.fitting)} clones; {held}"
    says = f"median depth of the reads in {read.file} ({', '.join(reads.samples[:8])})"
    rows = [Parameter("clones.reads", says, depth, "", read.cite, where, read.basis)]
    for index in range(len(source.clones), len(found.clones)):
        clone, parts = found.clones[index], found.parts[:, index]
        if clone.basal:
            spans = [_span(parts[:, s], name) for s, name in enumerate(reads.samples[:8])]
            text = f"share of the cancer cells that are {clone.name} (cluster {clone.cluster}), mean over the samples"
            value = float(f"{parts.mean():.6g}")
            rows.append(Parameter(f"clones.reads.{clone.name}", text, value, "", read.cite, "; ".join(spans), read.basis))
    return tuple(rows)


def _span(parts: Floats, sample: str) -> str:
    low, middle, high = np.quantile(parts, (0.025, 0.5, 0.975))
    return f"{sample} {middle:.2g} ({low:.2g} to {high:.2g})"


def _unseen(read: Read, alteration: str, value: float, samples: Sequence[int]) -> Parameter:
    """The limit of detection of an alteration that was looked for and not found."""
    names = ", ".join(read.result.reads.samples[s] for s in samples)
    says = f"share of cells above which {alteration} would have been seen in {names}; below it the assumed share stands"
    return Parameter(f"clones.reads.unseen.{alteration}.{names}", says, value, "", read.cite, _where(read), read.basis)


def cited(key: str | None, file: str, content: bytes, own: Mapping[str, Citation], place: Place) -> Citation:
    """The source of the reads: what the case cites, or the file itself. Raises InputError for an unknown key."""
    if key is None:
        return Citation(file, "Reads beside the case", f"{file}, SHA-256 {sha256(content).hexdigest()}", "", 0, "")
    found = own.get(key) or bibliography().get(key)
    if found is None:
        raise place.at("cite").refusal(key, "is no key of the bibliography", suggestion(key, (*own, *bibliography()), "source"))
    return found
