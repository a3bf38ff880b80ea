"""From cells to reads: the share of mutated reads that a region gives, and counts around it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from refugia.biopsy.copies import Changes, share_changed
from refugia.biopsy.model import Sequencing, plain
from refugia.biopsy.mutations import Copied, Mutations
from refugia.biopsy.streams import draws
from refugia.terms import FloatArray

Int64 = NDArray[np.int64]
NORMAL = 2
"""Copies of an arm in a normal cell: arms are those of autosomes."""


class Shares(NamedTuple):
    """By mutation and region, (mutation, region)."""

    carriers: FloatArray  # share of the cancer cells with at least one mutated copy
    mutated: FloatArray  # mutated copies a carrier, mean; 0 where there is none
    expected: FloatArray  # share of mutated reads
    copies: FloatArray  # copies of the place a cell of the sample, mean


class Library(NamedTuple):
    """How a region is sequenced: purity of each (region,), mean depth, and the error rate of a base."""

    purity: FloatArray
    depth: float
    error: float


def shares_of(mutations: Mutations, copied: Copied, changes: Changes, fraction: FloatArray, library: Library) -> Shares:
    """The expected share of mutated reads, errors included, of cancer cells of four kinds mixed with normal ones.

    With purity r, error e, and parts f_k of the cancer cells that hold N_k copies of the place, m_k of them mutated:

        ((1 - r) 2 e + r sum f_k (N_k e where m_k = 0, else at most N_k (1 - e) of m_k)) / ((1 - r) 2 + r sum f_k N_k).

    `fraction` (node, region): share of the cancer cells that descend from a node. Where all carriers have the copies of all cancer
    cells, this is the three-population form by which clones are inferred.
    """
    arm, r, e = mutations.arm, library.purity, library.error
    held, changed = fraction[mutations.node], share_changed(changes, fraction)[arm]
    late, early = copied.late[:, None], copied.early[:, None]
    total, kept = changes.total[arm][:, None].astype(float), copied.kept[:, None].astype(float)
    within = np.where(early, changed, 0.0)  # carriers on the branches below a later change
    before = np.where(late, 0.0, held - within)  # carriers whose arm is as it was
    after = np.where(late, held, 0.0)  # carriers whose arm had changed before
    copies = NORMAL + changed * (total - NORMAL)
    top = before + after * np.minimum(1.0, total * (1 - e)) + within * np.minimum(kept, total * (1 - e))
    carried = before * NORMAL + after * total + within * np.where(kept > 0, total, 0.0)
    mean = (1 - r) * NORMAL + r * copies
    expected = ((1 - r) * NORMAL * e + r * (top + e * (copies - carried))) / mean
    carriers = before + after + np.where(kept > 0, within, 0.0)
    stand = before + after + within * kept
    mutated = np.divide(stand, carriers, out=np.zeros_like(stand), where=carriers > 0)
    return Shares(carriers, mutated, np.clip(expected, 0.0, 1.0), mean)


def counts_of(
    shares: Shares, words: NDArray[np.uint32], library: Library, numbers: Sequencing, seed: int
) -> tuple[Int64, Int64]:
    """Mutated reads and depth, (mutation, region) each; `words` (mutation,) are the addresses of their chance.

    Depth is Poisson around the mean depth times the copies there (over their mean) and a gamma factor of the place, the same in
    all regions; mutated reads are beta-binomial around the expected share.
    """
    cv, correlation = plain(numbers.unevenness), plain(numbers.correlation)
    relative = shares.copies / shares.copies.mean(axis=0)
    alt, depth = np.zeros(shares.expected.shape, np.int64), np.zeros(shares.expected.shape, np.int64)
    for i, chance in enumerate(draws(seed, words, "reads")):
        factor = chance.gamma(cv**-2) * cv**2 if cv > 0 else 1.0
        depth[i] = chance.poisson(library.depth * relative[i] * factor)
        p = shares.expected[i]
        if correlation > 0:
            p = _beta(chance, p, 1.0 / correlation - 1.0)
        alt[i] = chance.binomial(depth[i], p)
    return alt, depth


def _beta(chance: np.random.Generator, mean: FloatArray, weight: float) -> FloatArray:
    """Shares around their mean; one of 0 or 1 stays what it is."""
    inner = (mean > 0) & (mean < 1)
    safe = np.where(inner, mean, 0.5)
    return np.where(inner, chance.beta(safe * weight, (1 - safe) * weight), mean)
