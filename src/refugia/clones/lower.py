"""Unit 1 as tables: growth of every clone, mutation edges, switching, and the shares before therapy."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from refugia.clones.model import Alteration, Clone, Heterogeneity
from refugia.terms import FloatArray, RefugiaError, Value

IntArray = NDArray[np.int64]


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


class Genealogy(NamedTuple):
    """Who can become whom: mutation edges `parent` -> `child` (edge,), and each clone's other state, `partner` (clone,) or -1."""

    parent: IntArray
    child: IntArray
    partner: IntArray
    entering: NDArray[np.bool_]  # (clone,) whether switching makes this clone tolerant


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
            same = any(_gained(parent, c) == name and c.tolerant == parent.tolerant for c in clones)
            if name is not None and (child.tolerant == parent.tolerant or (not child.tolerant and not same)):
                found.append((i, j, name))
    return found


def genealogy(source: Heterogeneity) -> Genealogy:
    """Who can become whom among the clones of a source."""
    found = edges(source.clones)
    partner = np.full(len(source.clones), -1, np.int64)
    for i, one in enumerate(source.clones):
        for j, other in enumerate(source.clones):
            if set(one.alterations) == set(other.alterations) and one.tolerant != other.tolerant:
                partner[i] = j
    entering = np.array([not clone.tolerant for clone in source.clones])
    return Genealogy(np.array([e[0] for e in found], np.int64), np.array([e[1] for e in found], np.int64), partner, entering)


def _phenotype(clone: Clone, source: Heterogeneity, value: Value) -> FloatArray:
    """Net growth over that of the sensitive clone: costs of the alterations multiply, tolerance has a growth of its own."""
    growth = value(1.0)
    for alteration in source.alterations:
        if alteration.name in clone.alterations:
            growth = growth * (1.0 - value(alteration.cost))
    return growth * value(source.tolerance.growth) if clone.tolerant else growth


def _standing(clone: Clone, alterations: dict[str, Alteration], value: Value) -> FloatArray:
    """Share of all cells that this clone holds before therapy: only single, not tolerant alterations stand."""
    single = len(clone.alterations) == 1 and not clone.tolerant
    return value(alterations[clone.alterations[0]].standing) if single else value(0.0)


def lower(source: Heterogeneity, value: Value) -> CloneTable:
    """The tables of unit 1.

    Raises RefugiaError where a clone carries an alteration that the case does not describe, or the first is not the sensitive one.
    """
    alterations = {alteration.name: alteration for alteration in source.alterations}
    if source.clones[0].alterations or source.clones[0].tolerant:
        raise RefugiaError(
            f'The first clone, "{source.clones[0].name}", is not the sensitive one. List a clone without alterations first.'
        )
    for clone in source.clones:
        for name in clone.alterations:
            if name not in alterations:
                raise RefugiaError(
                    f'The clone "{clone.name}" carries "{name}", which the case does not describe. Add it to [[alterations]].'
                )
    birth, net = value(source.birth), value(source.net)
    if np.any(net >= birth):
        raise RefugiaError(
            f"A patient's net growth of {np.max(net):.3g} per day is not below the birth rate of {np.min(birth):.3g}: "
            "no cell would ever die. Narrow the spread of net, or raise birth."
        )
    rates = [value(alterations[name].rate) for _, _, name in edges(source.clones)]
    patients = value(0.0).shape[0]
    return CloneTable(
        birth=birth, net=net, density=value(source.density), inert=value(source.inert),
        mobility=value(source.mobility), oxygen_half=value(source.oxygen_half),
        relative=np.stack([_phenotype(clone, source, value) for clone in source.clones], axis=1),
        rate=np.stack(rates, axis=1) if rates else np.zeros((patients, 0)),
        entry=value(source.tolerance.entry), induction=value(source.tolerance.induction), exit=value(source.tolerance.exit),
        tolerant=value(source.tolerance.share),
        standing=np.stack([_standing(clone, alterations, value) for clone in source.clones], axis=1),
    )  # fmt: skip
