"""What a reconstruction says of each mutation: its cell fraction, with its clone's and by its own reads, and its mutated copies."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from refugia.engine.memberships import form_weights
from refugia.engine.profiles import intervals
from refugia.inference.clusters import LEAST, curves_of, points_for
from refugia.inference.multiplicity import table_of
from refugia.inference.reconstruct import Reconstruction

Floats = NDArray[np.float64]
CHUNK = 2000


@dataclass(frozen=True, slots=True)
class Mutations:
    """Arrays by mutation and sample."""

    ccf: Floats
    """(mutation, sample, 3) cell fraction and the ends of its 95 % interval, as member of a clone on a tree."""
    own: Floats
    """(mutation, sample, 3) the same by the mutation's own reads alone."""
    copies: Floats
    """(mutation, sample, form) posterior of the number of mutated copies."""
    numbers: tuple[tuple[float, ...], ...]
    """Mutated copies of each form, by kind of place."""


def mutations_of(result: Reconstruction) -> Mutations:
    """Cell fractions and mutated copies of all mutations."""
    reads, clusters = result.reads, result.clusters
    forms, numbers = table_of(reads.places, result.model)
    points, count = points_for(reads, forms), len(reads.mutations)
    own = np.zeros((count, len(reads.samples), 3))
    for start in range(0, count, CHUNK):
        rows = np.arange(start, min(start + CHUNK, count))
        intervals(curves_of(reads, rows, forms, clusters.precision, points)[0], clusters.lumps, own[rows[0] : rows[-1] + 1])
    ccf = _as_members(result)
    copies = np.zeros((*reads.alt.shape, max(len(entry) for entry in numbers)))
    data = reads.alt, reads.depth, reads.kinds
    form_weights(data, forms, (clusters.precision, LEAST), ccf[:, :, 0].copy(), copies)
    return Mutations(ccf, own, copies, tuple(tuple(entry) for entry in numbers))


def _as_members(result: Reconstruction) -> Floats:
    """Fraction on the tree, and an interval that holds however the mutations are parted into clones."""
    clusters = result.clusters
    whole = np.stack([np.stack(result.fraction(index), axis=-1) for index in range(clusters.mean.shape[0])])
    found: Floats = whole[clusters.group]
    found[:, :, 1] = np.minimum(clusters.span[:, :, 0], found[:, :, 0])
    found[:, :, 2] = np.maximum(clusters.span[:, :, 1], found[:, :, 0])
    return found
