"""The rates of every clone in every place: basal growth and the drugs' effect, joined."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from refugia.clones.lower import CloneTable
from refugia.clones.switching import Signals, mixed, pace
from refugia.course.batch import Batch, pick
from refugia.course.slow import felt as felt_through_time
from refugia.course.slow import mean_level
from refugia.engine.saturation import saturating_mean
from refugia.engine.transition import fill_transition
from refugia.terms import FloatArray, RefugiaError
from refugia.treatment.effect import loss, split, trapping

IntArray = NDArray[np.int64]


class Effect(NamedTuple):
    """What the drugs do: net growth lost (rows, place, clone) 1/day, the largest share of a drug's effect (rows, place), the same
    of each drug (rows, place, drug), and its level over the ec50 of the first clone that feels it (rows, place, drug)."""

    loss: FloatArray
    share: FloatArray
    each: FloatArray
    dose: FloatArray


def oxygen_norm(pressure: FloatArray, half: FloatArray, volume: FloatArray) -> FloatArray:
    """The volume mean (rows,) of p/(p + half) over the places; `pressure` and `volume` (rows, place), `half` (rows,) mmHg.

    >>> oxygen_norm(np.array([[1.0, 3.0]]), np.ones(1), np.array([[1.0, 1.0]])).tolist()
    [0.625]
    """
    factor = pressure / (pressure + half[:, None])
    return np.asarray(np.add.reduce(factor * volume, axis=1) / np.add.reduce(volume, axis=1))


def oxygen_factor(batch: Batch, rows: IntArray) -> FloatArray:
    """Growth against oxygen, (rows, place): p/(p + half), over its volume mean in the tissue of day 0; 0 where that has none."""
    pressure, half = batch.fields.oxygen[rows], batch.source.oxygen_half[rows]
    factor = pressure / (pressure + half[:, None])
    fresh = batch.growth_norm[rows] == 0.0
    if fresh.any():
        mean = oxygen_norm(pressure, half, np.diff(batch.faces[rows] ** 3, axis=1))
        batch.growth_norm[rows] = np.where(fresh, mean, batch.growth_norm[rows])
    norm = batch.growth_norm[rows, None]
    return np.divide(factor, norm, out=np.zeros_like(factor), where=norm > 0.0)


def grown(batch: Batch, rows: IntArray) -> FloatArray:
    """Growth of every clone against oxygen, (rows, place, clone).

    A state with a law of its own has p/(p + its half) over the mean of the basal one: both have the same largest growth.
    """
    factor = oxygen_factor(batch, rows)
    found = np.repeat(factor[:, :, None], batch.cells.shape[2], axis=2)
    half, norm = batch.source.own[rows, :, 0], batch.growth_norm[rows, None]
    pressure = batch.fields.oxygen[rows]
    for clone in np.flatnonzero((half >= 0.0).any(axis=0)):
        own = half[:, clone, None]
        reached = np.divide(pressure, pressure + own, out=np.ones_like(pressure), where=own > 0.0)
        apart = np.divide(reached, norm, out=np.zeros_like(reached), where=norm > 0.0)
        found[:, :, clone] = np.where(own >= 0.0, apart, factor)
    return found


def _felt(batch: Batch, rows: IntArray, drug: int, seen: tuple[FloatArray, FloatArray]) -> None:
    """Fill the share of a drug's largest effect, shares (clone, rows, place, drug), and its dose (rows, place, drug).

    Rows without any of it are left as they are.

    Of a slow drug there may be some in the tissue when there is none in plasma any more.
    """
    treatment, (shares, dose) = batch.shared.treatment, seen
    slow = batch.slow.levels(drug) if batch.slow is not None else None
    nodes = np.ascontiguousarray(treatment.plasma[:, batch.step, drug])
    given = nodes.any(axis=1) if slow is None else batch.shared.takes[:, drug]
    inside = np.flatnonzero(np.asarray(given)[batch.rows.plasma[rows]])
    if inside.size == 0:
        return
    there = rows if inside.size == rows.size else rows[inside]
    patient, taken = batch.rows.patient[there], batch.rows.plasma[there]
    trap = trapping(batch.fields.acidity[there], treatment.base[patient, drug], treatment.inside[patient, drug],
                    treatment.outside[patient, drug])  # fmt: skip
    exposure = batch.wall[there, :, drug] * batch.fields.transfer[there, :, drug] * trap
    for curve in np.flatnonzero(treatment.drug_of == drug):
        half, power = treatment.ec50[patient, curve], treatment.hill[patient, curve]
        if slow is None:
            share = saturating_mean(exposure, nodes, taken, half, power)
        else:
            share = felt_through_time(slow[there], trap, half, power)
        for clone in np.flatnonzero(treatment.curve[drug] == curve):
            shares[clone, inside, :, drug] = share
        if batch.shared.genealogy.link.size and curve == treatment.curve[drug][treatment.curve[drug] >= 0][:1]:
            level = exposure * nodes[taken].mean(axis=1)[:, None] if slow is None else mean_level(slow[there]) * trap
            dose[inside, :, drug] = level / half[:, None]


def effect(batch: Batch, rows: IntArray) -> Effect:
    """The drugs' effect at plasma x wall x transfer x trapping, averaged over the concentrations of the step.

    A clone in no curve of a drug feels nothing of it; the drugs of a plan act independently (`treatment.effect.loss`).
    """
    shares = np.zeros((batch.cells.shape[2], rows.size, batch.cells.shape[1], batch.kill.shape[1]))
    dose = np.zeros(shares.shape[1:])
    for drug in range(batch.kill.shape[1]):
        _felt(batch, rows, drug, (shares, dose))
    kill, net = batch.kill[rows], batch.source.net[rows]
    lost = np.stack([loss(share, kill, net) for share in shares], axis=2)
    return Effect(lost, shares.max(axis=(0, 3), initial=0.0), shares.max(axis=0), dose)


class Vital(NamedTuple):
    """Birth, of which mutants are a part, and death (rows, place, clone), 1/day, and what the drugs do to make it so."""

    birth: FloatArray
    death: FloatArray
    felt: Effect


def vital(batch: Batch, rows: IntArray) -> Vital:
    """Birth and death of every clone in the places of the given rows.

    Raises RefugiaError where a rate is no number: a table that cannot be has been let through.
    """
    source = pick(batch.source, rows)
    tolerant = ~batch.shared.genealogy.entering
    felt = effect(batch, rows)
    net = source.net[:, None, None] * source.relative[:, None, :] * grown(batch, rows)
    death = (source.birth - source.net)[:, None, None]
    lost = felt.loss * (1.0 - source.spared[:, None, :])
    birth, death = split(death + net, death, np.where(tolerant, 0.0, lost))
    if not (np.isfinite(birth).all() and np.isfinite(death).all()):
        raise RefugiaError("A birth or death rate is no finite number: look for numbers at the edge of what they can mean.")
    return Vital(birth, death, felt)


def write_rates(batch: Batch, rows: IntArray) -> None:
    """Fill birth, death, the step's transition and the switching chances of the given rows.

    Raises RefugiaError as `vital`.
    """
    if rows.size == 0:
        return
    source, table = pick(batch.source, rows), batch.table
    birth, death, felt = vital(batch, rows)
    mutating = np.zeros_like(source.relative)
    for edge, parent in enumerate(batch.mutation.parent):
        mutating[:, parent] += source.rate[:, edge]
    table.birth[rows], table.death[rows] = birth * (1.0 - mutating[:, None, :]), death
    fill_transition(rows, batch.times()[1], table)
    batch.felt[rows], batch.effects[rows], batch.dose[rows] = felt.share, felt.each, felt.dose
    write_flips(batch, rows)


def tolerance_entry(source: CloneTable, share: FloatArray) -> FloatArray:
    """The rate (rows, place) at which cells become tolerant where the largest `share` (rows, place) of an effect is felt, 1/day."""
    return np.asarray(source.entry[:, None] * (1.0 + (source.induction[:, None] - 1.0) * share))


def write_flips(batch: Batch, rows: IntArray) -> None:
    """Fill the switching chances of the given rows, for the time of moves of this step."""
    source, moving = pick(batch.source, rows), batch.times()[0]
    entry = tolerance_entry(source, batch.felt[rows])
    enter, leave = mixed(entry, np.broadcast_to(source.exit[:, None], entry.shape), moving)
    entering = batch.shared.genealogy.entering
    batch.exchange.flip[rows] = np.where(entering, enter[:, :, None], leave[:, :, None])
    for link, (ends, by) in enumerate(zip(batch.shared.genealogy.link, batch.shared.genealogy.by, strict=True)):
        forth, back = (_pace(batch, rows, int(switch), int(clone)) for switch, clone in zip(by, ends, strict=True))
        batch.links.flip[rows, :, link, 0], batch.links.flip[rows, :, link, 1] = mixed(forth, back, moving)


def _pace(batch: Batch, rows: IntArray, switch: int, clone: int) -> FloatArray:
    """The rate (rows, place) at which cells of a clone leave it by a switch, -1 for none, 1/day."""
    if switch < 0:
        return np.zeros((rows.size, batch.cells.shape[1]))
    drugs = batch.shared.driven[switch]
    effect = batch.effects[rows][:, :, drugs].max(axis=2, initial=0.0)
    dose = np.add.reduce(batch.dose[rows][:, :, drugs], axis=2)
    seen = Signals(effect, dose, batch.fields.oxygen[rows], batch.table.birth[rows, :, clone])
    return pace(batch.source.switch[rows, switch], seen)
