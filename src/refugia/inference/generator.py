"""Reads with a known truth: a tree, clone proportions, copy numbers, purity, missing measurements, and counts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from refugia.inference.multiplicity import CLONAL, forms_of
from refugia.inference.reads.table import Copies, Reads

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be made; a range is drawn from evenly."""

    clones: int = 5
    samples: int = 4
    mutations: int = 100
    depth: int = 200
    copies: tuple[int, int] = (2, 2)
    """Fewest and most copies of a place in a cancer cell."""
    purity: tuple[float, float] = (1.0, 1.0)
    subclonal: float = 0.0
    """Share of places where a part of the cancer cells has other copy numbers."""
    missing: float = 0.0
    """Share of measurements that are missing."""
    concentration: float = 1.0
    """Of the Dirichlet law of clone proportions."""
    linear: float = 0.5
    """Chance that a clone descends from the one before it, and not from any earlier one."""


@dataclass(frozen=True, slots=True)
class Truth:
    """What the reads came from."""

    parents: Integers
    """(clone) node above each clone; node 0 is the normal root, which has one child."""
    ccf: Floats
    """(clone, sample)"""
    clone: Integers
    """(mutation)"""
    copies: Floats
    """(mutation, sample) mutated copies in a cell that has the mutation."""


def generate(plan: Plan, seed: int) -> tuple[Reads, Truth]:
    """Draw a truth and its reads.

    The first clone is in all cancer cells; a place has the same number of mutated copies in all samples.
    """
    chance = np.random.Generator(np.random.Philox(seed))
    parents = np.zeros(plan.clones, np.int64)
    for v in range(1, plan.clones):
        parents[v] = v if chance.random() < plan.linear else 1 + chance.integers(v)
    own = chance.dirichlet(np.full(plan.clones, plan.concentration), plan.samples).T
    ccf = own.copy()
    for v in range(plan.clones - 1, 0, -1):
        ccf[parents[v] - 1] += ccf[v]
    ccf = np.minimum(ccf, 1.0)
    others = chance.integers(0, plan.clones, max(plan.mutations - plan.clones, 0))
    clone = np.concatenate([np.arange(plan.clones), others])[: plan.mutations]
    purity = chance.uniform(*plan.purity, plan.samples)
    shape = plan.mutations, plan.samples
    alt, depth, kinds, mutated = np.zeros(shape, np.int64), np.zeros(shape, np.int64), np.zeros(shape, np.int64), np.zeros(shape)
    places: dict[Copies, int] = {}
    for i in range(plan.mutations):
        pair, second, share = _copies(plan, chance)
        pick = chance.random()
        for s in range(plan.samples):
            place = Copies(float(purity[s]), 2, *pair, *second, share, 0.001)
            kinds[i, s] = places.setdefault(place, len(places))
            forms = forms_of(place, CLONAL)
            p0, p1, q0, q1, mutated[i, s] = forms[int(pick * len(forms))]
            x = ccf[clone[i], s]
            if chance.random() >= plan.missing:
                depth[i, s] = max(1, chance.poisson(plan.depth))
                alt[i, s] = chance.binomial(depth[i, s], (p0 + p1 * x) / (q0 + q1 * x))
    names = tuple(f"m{i}" for i in range(plan.mutations)), tuple(f"S{s}" for s in range(plan.samples))
    reads = Reads("generated", "generated", *names, alt, depth, kinds, tuple(places))
    return reads, Truth(parents, ccf, clone, mutated)


def _copies(plan: Plan, chance: np.random.Generator) -> tuple[tuple[int, int], tuple[int, int], float]:
    """Copy numbers of a place, 1 at least (without copies there are no reads), and those of a second part of the cells
    with its share."""

    def pair() -> tuple[int, int]:
        total = max(1, int(chance.integers(plan.copies[0], plan.copies[1] + 1)))
        minor = int(chance.integers(0, total // 2 + 1)) if plan.copies != (2, 2) else 1
        return total - minor, minor

    first = pair()
    if chance.random() < plan.subclonal:
        return first, pair(), float(np.round(chance.uniform(0.2, 0.8), 2))
    return first, first, 0.0
