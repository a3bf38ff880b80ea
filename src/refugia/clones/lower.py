"""Unit 1 as tables: growth of every clone, mutation edges, switching, and the shares before therapy."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from refugia.clones import switching
from refugia.clones.model import AMPLIFICATION, Alteration, Clone, Heterogeneity, State
from refugia.terms import FloatArray, RefugiaError, Value

IntArray = NDArray[np.int64]
NOT_OWN = -1.0
"""Stands in a table where a clone has no number of its own."""


class CloneTable(NamedTuple):
    """The numbers of unit 1; every array has the leading axis (patients,)."""

    birth: FloatArray  # 1/day, untreated sensitive cell
    net: FloatArray  # 1/day
    density: FloatArray  # cells/mm3
    inert: FloatArray  # share of baseline volume
    mobility: FloatArray  # mm2/day
    oxygen_half: FloatArray  # mmHg
    relative: FloatArray  # (patients, clone) net growth over that of the sensitive clone
    rate: FloatArray  # (patients, edge) mutations per division
    entry: FloatArray  # 1/day
    induction: FloatArray
    exit: FloatArray  # 1/day
    tolerant: FloatArray  # share of sensitive cells before therapy
    standing: FloatArray  # (patients, clone) share of all cells before therapy
    apart: FloatArray  # (patients, clone) share of the basal cells of its genotype that are in this state before therapy
    spared: FloatArray  # (patients, clone) share of the effect of a drug that is not felt
    own: FloatArray  # (patients, clone, 3) oxygen_half mmHg, alpha 1/Gy and alpha over beta Gy of its own, or NOT_OWN
    switch: FloatArray  # (patients, switch, 8) as in `clones.switching`


class Genealogy(NamedTuple):
    """Who can become whom: mutation edges `parent` -> `child` (edge,), each clone's other state, `partner` (clone,) or -1, and the
    links between the further states of a genotype."""

    parent: IntArray
    child: IntArray
    partner: IntArray
    entering: NDArray[np.bool_]  # (clone,) whether switching makes this clone tolerant
    basis: IntArray  # (clone,) the basal clone of its genotype where it is in a named state, else -1
    link: IntArray  # (link, 2) two clones of a genotype that cells go between
    by: IntArray  # (link, 2) the switch from the first to the second and the one back, -1 where there is none


def _gained(parent: Clone, child: Clone) -> str | None:
    """The one alteration by which the child exceeds the parent, or None."""
    gained = set(child.alterations) - set(parent.alterations)
    return gained.pop() if len(gained) == 1 and set(parent.alterations) < set(child.alterations) else None


def edges(clones: tuple[Clone, ...]) -> list[tuple[int, int, str]]:
    """The mutation edges (parent, child, alteration): a dividing cell gains one alteration and keeps its state where it can.

    >>> edges((Clone("s", (), False), Clone("t", (), True), Clone("m", ("M",), False)))
    [(0, 2, 'M'), (1, 2, 'M')]
    """
    found = []
    for i, parent in enumerate(clones):
        for j, child in enumerate(clones):
            name = _gained(parent, child)
            same = any(_gained(parent, c) == name and _alike(c, parent) for c in clones)
            if name is not None and (_alike(child, parent) or (child.basal and not same)):
                found.append((i, j, name))
    return found


def _alike(one: Clone, other: Clone) -> bool:
    """Whether two clones are in the same state."""
    return one.tolerant == other.tolerant and one.state == other.state


def changes(source: Heterogeneity) -> list[tuple[int, int, str]]:
    """What a dividing cell may become (parent, child, alteration): the mutation edges, then the losses of copies of a gene."""
    found, clones = edges(source.clones), source.clones
    copies = {alteration.name for alteration in source.alterations if alteration.kind == AMPLIFICATION}
    return found + [(j, i, name) for i, j, name in found if name in copies and _alike(clones[i], clones[j])]


def genealogy(source: Heterogeneity) -> Genealogy:
    """Who can become whom among the clones of a source."""
    found = changes(source)
    partner = np.full(len(source.clones), -1, np.int64)
    for i, one in enumerate(source.clones):
        for j, other in enumerate(source.clones):
            same = set(one.alterations) == set(other.alterations) and one.state == other.state
            if same and one.tolerant != other.tolerant:
                partner[i] = j
    entering = np.array([not clone.tolerant for clone in source.clones])
    ends = np.array([e[0] for e in found], np.int64), np.array([e[1] for e in found], np.int64)
    return Genealogy(*ends, partner, entering, _bases(source.clones), *_links(source))


def _bases(clones: tuple[Clone, ...]) -> IntArray:
    """The basal clone (clone,) of the genotype of each clone in a named state, else -1."""
    basal = {frozenset(clone.alterations): place for place, clone in enumerate(clones) if clone.basal}
    named = (not clone.tolerant and not clone.basal for clone in clones)
    bases = [basal.get(frozenset(clone.alterations), -1) if own else -1 for clone, own in zip(clones, named, strict=True)]
    return np.array(bases, np.int64)


def _links(source: Heterogeneity) -> tuple[IntArray, IntArray]:
    """The links (link, 2) between clones of a genotype, and the switches (link, 2) by which cells go either way."""
    ways = {(switch.start, switch.end): number for number, switch in enumerate(source.switches)}
    link, by = [], []
    for i, one in enumerate(source.clones):
        for j in range(i + 1, len(source.clones)):
            other = source.clones[j]
            either = ways.get((one.state, other.state), -1), ways.get((other.state, one.state), -1)
            free = not one.tolerant and not other.tolerant and set(one.alterations) == set(other.alterations)
            if free and max(either) >= 0:
                link.append((i, j))
                by.append(either)
    return np.array(link, np.int64).reshape(-1, 2), np.array(by, np.int64).reshape(-1, 2)


def _phenotype(clone: Clone, source: Heterogeneity, value: Value) -> FloatArray:
    """Net growth over that of the sensitive clone: costs of the alterations multiply, a state has a growth of its own."""
    growth = value(1.0)
    for alteration in source.alterations:
        if alteration.name in clone.alterations:
            growth = growth * (1.0 - value(alteration.cost))
    if clone.tolerant:
        return growth * value(source.tolerance.growth)
    state = _state(clone, source)
    return growth if state is None else growth * value(state.growth)


def _state(clone: Clone, source: Heterogeneity) -> State | None:
    """The named state of a clone, if it is in one. Raises RefugiaError where the source does not describe it."""
    if clone.tolerant or clone.basal:
        return None
    for state in source.states:
        if state.name == clone.state:
            return state
    raise RefugiaError(
        f'The clone "{clone.name}" is in the state "{clone.state}", which the case does not describe. Add it to [[states]].'
    )


def _own(clone: Clone, source: Heterogeneity, value: Value) -> FloatArray:
    """The oxygen law and the radiosensitivity (patients, 3) that a state has of its own, NOT_OWN where it has none."""
    state = _state(clone, source)
    numbers = (None, None, None) if state is None else (state.oxygen_half, state.linear, state.ratio)
    return np.stack([value(NOT_OWN if number is None else number) for number in numbers], axis=1)


def _of_states(source: Heterogeneity, value: Value) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """What the named states are like: `apart`, `spared`, `own` and `switch` of a table."""
    states = [_state(clone, source) for clone in source.clones]
    apart = np.stack([value(0.0 if state is None else state.share) for state in states], axis=1)
    spared = np.stack([value(0.0 if state is None else state.spared) for state in states], axis=1)
    own = np.stack([_own(clone, source, value) for clone in source.clones], axis=1)
    return apart, spared, own, switching.lower(source.switches, value)


def _standing(clone: Clone, alterations: dict[str, Alteration], value: Value) -> FloatArray:
    """Share of all cells that this clone holds before therapy: only single alterations of basal cells stand."""
    single = len(clone.alterations) == 1 and clone.basal
    return value(alterations[clone.alterations[0]].standing) if single else value(0.0)


def _checked(source: Heterogeneity) -> dict[str, Alteration]:
    """The alterations by name. Raises RefugiaError where a clone carries another, or the first is not the sensitive one."""
    alterations = {alteration.name: alteration for alteration in source.alterations}
    if source.clones[0].alterations or not source.clones[0].basal:
        raise RefugiaError(
            f'The first clone, "{source.clones[0].name}", is not the sensitive one. List a clone without alterations first.'
        )
    for clone in source.clones:
        for name in clone.alterations:
            if name not in alterations:
                raise RefugiaError(
                    f'The clone "{clone.name}" carries "{name}", which the case does not describe. Add it to [[alterations]].'
                )
    return alterations


def _rates(source: Heterogeneity, alterations: dict[str, Alteration], value: Value) -> FloatArray:
    """The chances per division (patients, edge) of the changes: of a gain, or of a loss where the child lacks the alteration."""
    found = []
    for _, child, name in changes(source):
        gained, lost = name in source.clones[child].alterations, alterations[name].loss
        found.append(value(alterations[name].rate if gained else 0.0 if lost is None else lost))
    return np.stack(found, axis=1) if found else np.zeros((value(0.0).shape[0], 0))


def lower(source: Heterogeneity, value: Value) -> CloneTable:
    """The tables of unit 1.

    Raises RefugiaError where a clone carries an alteration that the case does not describe, or the first is not the sensitive one.
    """
    alterations = _checked(source)
    birth, net = value(source.birth), value(source.net)
    if np.any(net >= birth):
        raise RefugiaError(
            f"A patient's net growth of {np.max(net):.3g} per day is not below the birth rate of {np.min(birth):.3g}: "
            "no cell would ever die. Narrow the spread of net, or raise birth."
        )
    return CloneTable(
        birth, net, value(source.density), value(source.inert), value(source.mobility), value(source.oxygen_half),
        np.stack([_phenotype(clone, source, value) for clone in source.clones], axis=1),
        _rates(source, alterations, value),
        value(source.tolerance.entry), value(source.tolerance.induction), value(source.tolerance.exit),
        value(source.tolerance.share),
        np.stack([_standing(clone, alterations, value) for clone in source.clones], axis=1),
        *_of_states(source, value),
    )  # fmt: skip
