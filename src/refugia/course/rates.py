"""The rates of every clone in every place: basal growth and the drugs' effect, joined."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from refugia.course.batch import Batch, pick
from refugia.course.slow import felt
from refugia.engine.saturation import saturating_mean
from refugia.engine.transition import fill_transition
from refugia.terms import FloatArray
from refugia.treatment.effect import loss, split, trapping

IntArray = NDArray[np.int64]


class Effect(NamedTuple):
    """What the drugs do: net growth lost (rows, place, clone) 1/day, and the largest share of a drug's effect (rows, place)."""

    loss: FloatArray
    share: FloatArray


def oxygen_factor(batch: Batch, rows: IntArray) -> FloatArray:
    """Growth against oxygen, (rows, place): p/(p + half), over its volume mean in the tissue of day 0."""
    pressure = batch.fields.oxygen[rows]
    factor = pressure / (pressure + batch.source.oxygen_half[rows, None])
    fresh = batch.growth_norm[rows] == 0.0
    if fresh.any():
        volume = np.diff(batch.faces[rows] ** 3, axis=1)
        mean = np.add.reduce(factor * volume, axis=1) / np.add.reduce(volume, axis=1)
        batch.growth_norm[rows] = np.where(fresh, mean, batch.growth_norm[rows])
    return np.asarray(factor / batch.growth_norm[rows, None])


def effect(batch: Batch, rows: IntArray) -> Effect:
    """The drugs' effect at plasma x wall x transfer x trapping, averaged over the concentrations of the step.

    A clone in no curve of a drug feels nothing of it; the drugs of a plan act independently (`treatment.effect.loss`).
    """
    treatment, patient = batch.shared.treatment, batch.rows.patient[rows]
    shares = np.zeros((batch.cells.shape[2], rows.size, batch.cells.shape[1], batch.kill.shape[1]))
    for drug in range(batch.kill.shape[1]):
        trap = trapping(batch.fields.acidity[rows], treatment.base[patient, drug], treatment.inside[patient, drug],
                        treatment.outside[patient, drug])  # fmt: skip
        through_time = batch.slow.levels(drug) if batch.slow is not None else None
        exposure = batch.wall[rows, :, drug] * batch.fields.transfer[rows, :, drug] * trap
        nodes = np.ascontiguousarray(treatment.plasma[:, batch.step, drug])
        for curve in np.flatnonzero(treatment.drug_of == drug):
            half, power = treatment.ec50[patient, curve], treatment.hill[patient, curve]
            if through_time is not None:
                share = felt(through_time[rows], trap, half, power)
            else:
                share = saturating_mean(exposure, nodes, patient, half, power)
            shares[treatment.curve[drug] == curve, :, :, drug] = share
    kill, net = batch.kill[rows], batch.source.net[rows]
    return Effect(np.stack([loss(share, kill, net) for share in shares], axis=2), shares.max(axis=(0, 3)))


def write_rates(batch: Batch, rows: IntArray) -> None:
    """Fill birth, death, the step's transition and the switching chances of the given rows."""
    if rows.size == 0:
        return
    source, table = pick(batch.source, rows), batch.table
    tolerant = ~batch.shared.genealogy.entering
    felt = effect(batch, rows)
    net = source.net[:, None, None] * source.relative[:, None, :] * oxygen_factor(batch, rows)[:, :, None]
    death = (source.birth - source.net)[:, None, None]
    birth, death = split(death + net, death, np.where(tolerant, 0.0, felt.loss))
    mutating = np.zeros_like(source.relative)
    for edge, parent in enumerate(batch.mutation.parent):
        mutating[:, parent] += source.rate[:, edge]
    table.birth[rows], table.death[rows] = birth * (1.0 - mutating[:, None, :]), death
    moving, living = batch.times()
    fill_transition(rows, living, table)
    entry = source.entry[:, None] * (1.0 + (source.induction[:, None] - 1.0) * felt.share)
    both = entry + source.exit[:, None]
    moved = -np.expm1(-both * moving) / np.where(both > 0.0, both, 1.0)
    entering = batch.shared.genealogy.entering
    batch.exchange.flip[rows] = np.where(entering, (moved * entry)[:, :, None], (moved * source.exit[:, None])[:, :, None])
