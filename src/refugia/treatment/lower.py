"""Drugs and plan to plain arrays: unbound plasma levels at a few nodes of every step, and the response curves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import inf, isfinite
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from refugia.terms import FloatArray, RefugiaError, Value
from refugia.treatment.kinetics import (
    Amounts,
    Doses,
    Rates,
    Timeline,
    central_after,
    concentration,
    doses,
    periodic,
    rates,
    timeline,
    unbound,
)
from refugia.treatment.model import Drug, Regimen

BLOCK = 64  # patients whose levels are evaluated at once, to bound the memory


class TreatmentTable(NamedTuple):
    """The lowered treatment of D drugs with K response curves, for C clones; patients lead where a number is drawn."""

    plasma: FloatArray  # (patients, steps, D, nodes) unbound uM, nodes of equal weight
    ec50: FloatArray  # (patients, K) unbound uM
    hill: FloatArray  # (patients, K)
    drug_of: NDArray[np.int64]  # (K,) the drug a curve belongs to
    curve: NDArray[np.int64]  # (D, C) the curve through which a drug acts on a clone, -1 where it does not
    base: FloatArray  # (patients, D) pKa
    inside: FloatArray  # (patients, D) pH inside cells
    outside: FloatArray  # (patients, D) pH at which the response was measured
    shrink: FloatArray  # (patients, D) 1/day


def lower(
    drugs: tuple[Drug, ...], plan: Sequence[Regimen], clones: tuple[str, ...], edges: FloatArray, nodes: int, value: Value
) -> TreatmentTable:
    """The table of a treatment over the steps between `edges` (steps + 1,) in days.

    Within a step every span between doses gets `nodes` midpoints, weighted by its length; the whole is then condensed to `nodes`
    levels of equal weight. Clones that a curve names and `clones` does not are passed over.

    Raises RefugiaError where the plan gives an unknown drug, or two curves of a drug name the same clone.
    """
    edges = np.asarray(edges, dtype=np.float64)
    known = {drug.name for drug in drugs}
    for line in plan:
        if line.drug not in known:
            raise RefugiaError(f'Plan: there is no drug "{line.drug}". Known: {", ".join(sorted(known))}.')
    patients = value(0.0).size
    plasma = np.zeros((patients, edges.size - 1, len(drugs), nodes))
    for number, drug in enumerate(drugs):
        lines = [line for line in plan if line.drug == drug.name]
        if lines:
            given = doses(drug.kinetics, lines, float(edges[-1]), value)
            plasma[:, :, number] = _levels(drug, given, edges, nodes, value, None)
    curves = [(number, curve) for number, drug in enumerate(drugs) for curve in drug.curves]

    def column(numbers: list[FloatArray]) -> FloatArray:
        return np.stack(numbers, axis=1) if numbers else np.zeros((patients, 0))

    return TreatmentTable(
        plasma,
        column([value(curve.ec50) for _, curve in curves]),
        column([value(curve.hill) for _, curve in curves]),
        np.array([number for number, _ in curves], dtype=np.int64),
        _acting(drugs, clones),
        column([value(drug.base) for drug in drugs]),
        column([value(drug.inside) for drug in drugs]),
        column([value(drug.outside) for drug in drugs]),
        column([value(drug.shrink) for drug in drugs]),
    )


def steady(drug: Drug, regimen: Regimen, value: Value, nodes: int) -> FloatArray:
    """Unbound levels of equal weight over one dosing interval once it has been repeated for ever, (patients, nodes) in uM.

    Raises RefugiaError where the regimen does not repeat, or an infusion outlasts the interval.
    """
    if not isfinite(regimen.every):
        raise RefugiaError(f'Plan, drug "{drug.name}": a single dose has no steady state. Give the days between doses in "every".')
    if regimen.infusion > regimen.every:
        raise RefugiaError(f'Plan, drug "{drug.name}": an infusion outlasts its interval. Give a shorter one.')
    prompt = replace(drug, kinetics=replace(drug.kinetics, lag=0.0))  # a lag only shifts a periodic course
    once = replace(regimen, start=0.0, every=inf, until=regimen.every)
    given = doses(prompt.kinetics, [once], regimen.every, value)
    before = periodic(rates(prompt.kinetics, value), given, regimen.every)
    return _levels(prompt, given, np.array([0.0, regimen.every]), nodes, value, before)[:, 0]


def plasma_at(drugs: tuple[Drug, ...], plan: Sequence[Regimen], days: FloatArray, value: Value) -> FloatArray:
    """Unbound plasma levels (patients, drugs, *days.shape) uM at any days; 0 of a drug that is not given."""
    found = np.zeros((value(0.0).size, len(drugs), days.size))
    for number, drug in enumerate(drugs):
        lines = [line for line in plan if line.drug == drug.name]
        if lines:
            found[:, number] = unbound(concentration(drug.kinetics, lines, value, days.ravel()), drug, value)
    return found.reshape(*found.shape[:2], *days.shape)


def exposure_mean(table: TreatmentTable) -> FloatArray:
    """The time mean of the unbound plasma level over each step, (patients, steps, D) in uM."""
    mean: FloatArray = table.plasma.mean(axis=-1)
    return mean


def condense(levels: FloatArray, weight: FloatArray, nodes: int) -> FloatArray:
    """Weighted levels (..., m) to `nodes` levels of equal weight (..., nodes): the means of consecutive quantile bins, ascending.

    A level on the border of two bins is split by weight, so the weighted mean is kept. No weight may exceed 1/nodes of the total.

    >>> condense(np.array([3.0, 1.0, 2.0]), np.array([1.0, 1.0, 1.0]) / 3, 2).round(6).tolist()
    [1.333333, 2.666667]
    """
    order = np.argsort(levels, axis=-1, kind="stable")
    ranked, heavy = np.take_along_axis(levels, order, axis=-1), np.take_along_axis(weight, order, axis=-1)
    upper = np.cumsum(heavy, axis=-1)
    upper *= nodes / upper[..., -1:]
    lower_end = np.concatenate([np.zeros_like(upper[..., :1]), upper[..., :-1]], axis=-1)
    bin_of = np.minimum(lower_end.astype(np.int64), nodes - 1)
    border = bin_of + 1.0
    border[bin_of == nodes - 1] = inf
    first, second = np.minimum(upper, border) - lower_end, np.maximum(upper - border, 0.0)
    rows = int(np.prod(levels.shape[:-1]))
    place = (np.arange(rows).reshape(levels.shape[:-1])[..., None] * nodes + bin_of).ravel()
    total: FloatArray = np.bincount(place, (first * ranked).ravel(), minlength=rows * nodes + 1).astype(np.float64)
    total += np.bincount(place + 1, (second * ranked).ravel(), minlength=rows * nodes + 1)
    condensed: FloatArray = total[: rows * nodes].reshape(*levels.shape[:-1], nodes)
    return condensed


def _levels(drug: Drug, given: Doses, edges: FloatArray, nodes: int, value: Value, before: Amounts | None) -> FloatArray:
    """Unbound levels of equal weight (patients, steps, nodes), block by block of patients."""
    found = rates(drug.kinetics, value)
    line = timeline(found, given, edges, before)
    blocks = [slice(start, start + BLOCK) for start in range(0, found.fast.size, BLOCK)]
    amount = np.concatenate([_block(found, line, np.diff(edges), nodes, block) for block in blocks])
    return unbound(amount / value(drug.kinetics.central)[:, None, None], drug, value)


def _block(found: Rates, line: Timeline, lengths: FloatArray, nodes: int, block: slice) -> FloatArray:
    """Central amounts of equal weight, (patients of the block, steps, nodes) in mg."""
    span, mark, place = line.span[:, block], line.mark[:, block], line.place[:, block]
    midpoints = (np.arange(nodes) + 0.5) / nodes
    amounts = Amounts(*(column[:, block, None] for column in line.amounts))
    columns = Rates(*(rate[block, None] for rate in found))
    held = central_after(columns, amounts, line.rate[:, block, None], span[..., None] * midpoints)
    point, patient = np.nonzero((mark >= 0) & (mark < lengths.size))
    step = mark[point, patient]
    slot = point - place[step, patient]
    shape = (span.shape[1], lengths.size, int(slot.max()) + 1, nodes)
    level, weight = np.zeros(shape), np.zeros(shape)
    level[patient, step, slot] = held[point, patient]
    weight[patient, step, slot] = (span[point, patient] / (nodes * lengths[step]))[:, None]
    flat = (*shape[:2], shape[2] * nodes)
    return condense(level.reshape(flat), weight.reshape(flat), nodes)


def _acting(drugs: tuple[Drug, ...], clones: tuple[str, ...]) -> NDArray[np.int64]:
    """The curve through which each drug acts on each clone, (D, C), -1 where it does not."""
    acting = np.full((len(drugs), len(clones)), -1, dtype=np.int64)
    count = 0
    for number, drug in enumerate(drugs):
        for curve in drug.curves:
            for clone in curve.clones:
                if clone in clones:
                    if acting[number, clones.index(clone)] >= 0:
                        raise RefugiaError(f'Drug "{drug.name}": two curves name the clone "{clone}". Keep one of them.')
                    acting[number, clones.index(clone)] = count
            count += 1
    return acting
