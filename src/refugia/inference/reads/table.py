"""Reads of mutations in samples, as every reader hands them on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from refugia.terms import InputError

Integers = NDArray[np.int64]
MOST = 20
"""Copies of a place beyond which a copy number is taken for a mistake."""


@dataclass(frozen=True, slots=True)
class Copies:
    """Copies of the place of a mutation in one sample, from which the share of its reads follows from its cell fraction.

    Either copy numbers, or `ratio`: the expected variant allele frequency over the cell fraction, as `.ssm` files give it.
    """

    purity: float = 1.0
    normal: int = 2
    major: int = 1
    minor: int = 1
    second_major: int = 1
    second_minor: int = 1
    second: float = 0.0
    """Share of the cancer cells that have the second pair of copy numbers instead."""
    error: float = 0.001
    ratio: float | None = None

    @property
    def total(self) -> float:
        """Mean number of copies in a cancer cell."""
        return (1 - self.second) * (self.major + self.minor) + self.second * (self.second_major + self.second_minor)


@dataclass(frozen=True, slots=True)
class Reads:
    """Counts by mutation and sample; a depth of 0 says that the mutation was not measured there."""

    file: str
    format: str
    mutations: tuple[str, ...]
    samples: tuple[str, ...]
    alt: Integers
    """(mutation, sample)"""
    depth: Integers
    """(mutation, sample) reads of either allele."""
    kinds: Integers
    """(mutation, sample) index into `places`."""
    places: tuple[Copies, ...]
    notes: tuple[str, ...] = ()
    """What was assumed, left out or seen on the way, a sentence each."""
    labels: Mapping[str, str] = field(default_factory=dict)
    """Names of mutations for people, where the file has them."""
    sites: tuple[str, ...] = ()
    """Anatomical site of each sample, where the file has them."""
    clusters: tuple[tuple[str, ...], ...] = ()
    """Clusters that the file gives, by id."""

    def chosen(self, names: tuple[str, ...]) -> Reads:
        """Only these samples, in this order. Raises InputError for a name that is not there, or is there twice."""
        for name in names:
            if name not in self.samples:
                raise InputError(
                    "", "--samples", name, f"is no sample of {self.file}", f"Its samples: {', '.join(self.samples[:20])}."
                )
            if names.count(name) > 1:
                raise InputError("", "--samples", name, "stands there twice", "Name every sample once.")
        keep = [self.samples.index(name) for name in names]
        return replace(
            self, samples=names, alt=self.alt[:, keep], depth=self.depth[:, keep], kinds=self.kinds[:, keep],
            sites=tuple(self.sites[index] for index in keep) if self.sites else (),
        )  # fmt: skip

    def at_sites(self, sites: Mapping[str, str]) -> Reads:
        """The anatomical site of every sample. Raises InputError where one has none, or a name is no sample."""
        for name in sites:
            if name not in self.samples:
                raise InputError(
                    "", "--sites", name, f"is no sample of {self.file}", f"Its samples: {', '.join(self.samples[:20])}."
                )
        for name in self.samples:
            if name not in sites:
                raise InputError("", "--sites", name, "has no site", "Name one for every sample: A=lung,B=liver.")
        return replace(self, sites=tuple(sites[name] for name in self.samples))

    def with_purity(self, purity: Mapping[str, float]) -> Reads:
        """The purity of samples replaced. Raises InputError for one outside (0, 1], and where ratios are given already."""
        if not purity:
            return self
        for name, value in purity.items():
            if name not in self.samples:
                raise InputError(
                    "", "--purity", name, f"is no sample of {self.file}", f"Its samples: {', '.join(self.samples[:20])}."
                )
            if not 0.0 < value <= 1.0:
                raise InputError("", f"--purity {name}", value, "is no purity", "Give one above 0, and at most 1.")
        if any(place.ratio is not None for place in self.places):
            way = "Leave --purity out, or give counts with copy numbers."
            raise InputError(self.file, "var_read_prob", "given", "already holds purity and copies", way)
        places: dict[Copies, int] = {}
        kinds = self.kinds.copy()
        for s, name in enumerate(self.samples):
            for kind in np.unique(self.kinds[:, s]):
                place = replace(self.places[kind], purity=purity[name]) if name in purity else self.places[kind]
                kinds[self.kinds[:, s] == kind, s] = places.setdefault(place, len(places))
        return replace(self, kinds=kinds, places=tuple(places))


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of a file, checked: a mutation in a sample."""

    mutation: str
    sample: str
    row: int
    alt: int
    depth: int
    copies: Copies


def gathered(
    file: str, format: str, entries: Iterable[Entry], notes: Iterable[str] = (), sites: Mapping[str, str] | None = None
) -> Reads:
    """Reads from entries in the order of their rows. Raises InputError where a mutation stands twice in a sample, or
    none is left."""
    mutations: dict[str, int] = {}
    samples: dict[str, int] = {}
    places: dict[Copies, int] = {Copies(): 0}
    seen: dict[tuple[int, int], Entry] = {}
    for entry in entries:
        key = mutations.setdefault(entry.mutation, len(mutations)), samples.setdefault(entry.sample, len(samples))
        if key in seen:
            raise InputError(
                file, f"row {entry.row}", entry.mutation, f"stands in sample {entry.sample} already (row {seen[key].row})",
                "Keep one row for each mutation in each sample.",
            )  # fmt: skip
        seen[key] = entry
        places.setdefault(entry.copies, len(places))
    if not seen:
        raise InputError(file, "", "the table", "holds no row", "Give at least one mutation in one sample.")
    shape = len(mutations), len(samples)
    alt, depth, kinds = np.zeros(shape, np.int64), np.zeros(shape, np.int64), np.zeros(shape, np.int64)
    for (i, s), entry in seen.items():
        alt[i, s], depth[i, s], kinds[i, s] = entry.alt, entry.depth, places[entry.copies]
    absent = alt.size - len(seen)
    if absent:
        notes = (*notes, f"{absent} of {alt.size} pairs of mutation and sample have no row: modelled as not measured.")
    return Reads(
        file, format, tuple(mutations), tuple(samples), alt, depth, kinds, tuple(places), tuple(notes),
        sites=tuple(sites[name] for name in samples) if sites else (),
    )  # fmt: skip
