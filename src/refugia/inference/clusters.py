"""Clusters of mutations that share their cell fractions: how many there are is judged by the marginal likelihood.

Each mutation has a curve of log-likelihood over the cell fraction in each sample, with the number of mutated copies summed out. A
partition is judged by the integral over the fractions of its clusters, and searched by seating mutations one by one, merging and
splitting, from several keyed orders. Two things are learned from the data on the way: how many fractions are exactly 0
or 1 (so that an
absent cluster costs little), and by how much counts scatter more than binomially.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from refugia.engine.curves import Forms, fill_curves
from refugia.engine.keys import subkeys
from refugia.engine.memberships import belong, draw_members, form_weights, seat_others
from refugia.engine.mixture import Mixture, fill_alone, log_posterior, put, refresh, sweep
from refugia.engine.profiles import NODES, profile
from refugia.engine.regroup import climb
from refugia.engine.uniforms import uniform_table
from refugia.inference.multiplicity import CLONAL, table_of
from refugia.inference.reads.table import Reads
from refugia.terms import InputError

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
SLOTS = 60
"""Most clusters that are looked for."""
MOST = 10_000
"""More mutations than this are thinned: the clusters are found on a keyed sample, and the others seated afterwards."""
_CELLS = 40_000_000  # most values that the curves of a search may take
_PRECISIONS = (np.inf, 3000.0, 1000.0, 500.0, 200.0, 100.0, 50.0)
LEAST = 1e-5  # no probability of a mutated read is below this
EVIDENCE = 5.0
"""Log Bayes factor from which scatter beyond binomial is believed: "very strong" evidence of Kass & Raftery (1995)."""
_TRIES = 5  # pairs of seeds that a split is tried from
_WORK = 3_000_000  # rows x columns x groups that the sweeps of an interval may look at
_SHAKES = 12  # sweeps by chance between two climbs
_ROUNDS = 12


@dataclass(frozen=True, slots=True)
class Clustering:
    """Clusters 0 .. K - 1, from the most to the least widespread."""

    group: Integers
    """(mutation)"""
    shares: Floats
    """(mutation, cluster) posterior of the mutation's cluster, all others as they are."""
    curves: Floats
    """(cluster, sample, grid) log-likelihood over the root of the cell fraction."""
    mean: Floats
    """(cluster, sample) posterior mean of the cell fraction, no tree assumed."""
    width: Floats
    """(cluster, sample) its standard deviation."""
    span: Floats
    """(mutation, sample, 2) ends of the 95 % interval of its cell fraction, averaged over partitions near the best one."""
    lumps: Floats
    """(2) prior weight of a fraction of exactly 0 and exactly 1, as learned."""
    precision: float
    """Of the beta-binomial law; inf is binomial."""
    log_posterior: float
    notes: tuple[str, ...] = ()

    @property
    def size(self) -> Integers:
        """Number of mutations of each cluster."""
        return np.bincount(self.group, minlength=self.curves.shape[0])


def points_for(reads: Reads, forms: Forms) -> int:
    """Grid points on which the narrowest curve of one mutation is resolved: 0.3 of its standard deviation apart."""
    ratio = np.array(
        [max((forms.p1 / forms.q0)[forms.start[k] : forms.start[k + 1]], default=1.0) for k in range(forms.start.size - 1)]
    )
    reach = np.sqrt(np.maximum(ratio[reads.kinds], 0.0) * reads.depth).max(initial=1.0)
    return int(np.clip(np.ceil(2 * reach / 0.3), 64, 1024)) + 1


def curves_of(reads: Reads, rows: Integers, forms: Forms, precision: float, points: int) -> tuple[Floats, float]:
    """Log-likelihood curves of some mutations, largest value 0: (mutation, sample, grid); and what was taken off in all."""
    curves = np.empty((rows.size, len(reads.samples), points))
    offset = fill_curves(reads.alt[rows], reads.depth[rows], reads.kinds[rows], forms, (precision, LEAST), curves)
    return curves, float(offset)


def cluster(reads: Reads, seed: int = 0, model: str = CLONAL) -> Clustering:
    """Find the clusters of a table of reads."""
    forms, _ = table_of(reads.places, model)
    points = points_for(reads, forms)
    rows, notes = _thinned(reads, seed, points)
    curves, offset = curves_of(reads, rows, forms, np.inf, points)
    mixture = _search(curves, seed)
    precision = _precision(reads, rows, forms, mixture)
    if not np.isinf(precision):
        curves, other = curves_of(reads, rows, forms, precision, points)
        scattered = _search(curves, seed)
        if log_posterior(scattered) + other > log_posterior(mixture) + offset + EVIDENCE:
            mixture = scattered
        else:
            precision = np.inf
    return _result(reads, mixture, rows, forms, (precision, points, notes, seed))


def given_clusters(reads: Reads, clusters: tuple[tuple[str, ...], ...], model: str = CLONAL) -> Clustering:
    """The clusters that are given, with their fractions. Raises InputError where a mutation is in none of them."""
    forms, _ = table_of(reads.places, model)
    points = points_for(reads, forms)
    index = {name: k for k, members in enumerate(clusters) for name in members}
    missing = [name for name in reads.mutations if name not in index]
    if missing:
        raise InputError(
            reads.file, "clusters", missing[0], "is in none of the clusters that are given", "Name every mutation in one."
        )
    rows = np.arange(len(reads.mutations))
    mixture = _empty(curves_of(reads, rows, forms, np.inf, points)[0], len(clusters), np.array([0.1, 0.1]))
    order = np.argsort([index[name] for name in reads.mutations], kind="stable")
    for i in order:
        put(mixture, i, index[reads.mutations[i]])
    found = _result(reads, mixture, rows, forms, (np.inf, points, (), -1), ordered=False)
    return replace(found, shares=np.eye(len(clusters))[found.group])


def _thinned(reads: Reads, seed: int, points: int) -> tuple[Integers, tuple[str, ...]]:
    """The mutations on which clusters are found, and what that costs in words."""
    count = len(reads.mutations)
    most = min(MOST, max(500, _CELLS // (len(reads.samples) * points)))
    if count <= most:
        return np.arange(count), ()
    chance = uniform_table(subkeys(seed, [0], "thinning of mutations"), 0, count)[0]
    note = (
        f"{count} mutations are more than the search takes ({most}): clusters were found on {most} of them, drawn by "
        f"the seed, and the others seated afterwards; a cluster with less than about {3 * count // most} mutations "
        "may have been overlooked."
    )
    return np.sort(np.argsort(chance, kind="stable")[:most]), (note,)


def _empty(curves: Floats, slots: int, lumps: Floats) -> Mixture:
    """A mixture in which no row is seated yet."""
    rows, columns, points = curves.shape
    nodes = (slots, columns, NODES)
    mixture = Mixture(
        curves, lumps, np.empty(rows), np.full(rows, -1), np.zeros(1, np.int64), np.zeros(slots, np.int64),
        np.zeros((slots, columns, points)), np.zeros(slots), np.zeros(nodes), np.zeros(nodes), np.zeros((slots, columns), np.int64),
    )  # fmt: skip
    fill_alone(mixture)
    return mixture


def _search(curves: Floats, seed: int) -> Mixture:
    """The best partition found from several orders, each climbed twice; the lumps of the prior are learned on the way."""
    rows = curves.shape[0]
    restarts = 6 if rows <= 500 else 2 if rows <= 3000 else 1
    best: tuple[float, Mixture] | None = None
    lumps = np.array([0.1, 0.1])
    for restart in range(restarts):
        chance = uniform_table(subkeys(seed, [restart], "seating of mutations"), 0, rows * (1 + _SHAKES) + 4 * _ROUNDS * _TRIES)[0]
        order = np.argsort(chance[:rows], kind="stable")
        picks = chance[rows * (1 + _SHAKES) :].reshape(2, _ROUNDS, _TRIES, 2)
        mixture = _empty(curves, min(SLOTS, rows), lumps.copy())
        climb(mixture, order, picks[0])
        if restart == 0:
            lumps = _learned(mixture)
            _set_lumps(mixture, lumps)
            climb(mixture, order, picks[0])
        best = _better(best, mixture)
        for shake in range(_SHAKES):
            sweep(mixture, order, chance[rows * (1 + shake) : rows * (2 + shake)])
        climb(mixture, order, picks[1])
        best = _better(best, mixture)
    assert best is not None
    _set_lumps(best[1], _learned(best[1]))
    return best[1]


def _better(best: tuple[float, Mixture] | None, mixture: Mixture) -> tuple[float, Mixture]:
    """The better of two partitions; a new one is kept as a copy."""
    value = log_posterior(mixture)
    if best is not None and value <= best[0] + 1e-9:
        return best
    kept = Mixture(*mixture)
    return value, kept._replace(**{name: getattr(kept, name).copy() for name in kept._fields if name != "curves"})


def _set_lumps(mixture: Mixture, lumps: Floats) -> None:
    """Give the prior of fractions other lumps."""
    mixture.lumps[:] = lumps
    fill_alone(mixture)
    for k in range(mixture.groups[0]):
        refresh(mixture, k)


def _learned(mixture: Mixture) -> Floats:
    """Weights of the lumps from the posterior of all clusters and samples, one pseudo-count for each of the three parts."""
    groups, last = mixture.groups[0], mixture.curves.shape[2] - 1
    counts = np.ones(3)
    for k in range(groups):
        for s in range(mixture.curves.shape[1]):
            place, weight = (array[k, s, : mixture.filled[k, s]] for array in (mixture.place, mixture.weight))
            zero, one = weight[place == 0].sum(), weight[place == last].sum()
            counts += zero, one, weight.sum() - zero - one
    lumps: Floats = counts[:2] / counts.sum()
    return lumps


def _precision(reads: Reads, rows: Integers, forms: Forms, mixture: Mixture) -> float:
    """The precision of the beta-binomial law that explains the scatter within clusters best; inf where binomial will do."""
    mean = np.stack([_moments(mixture.total[k], mixture.lumps)[0] for k in range(mixture.groups[0])])
    data = reads.alt[rows], reads.depth[rows], reads.kinds[rows]
    room = np.zeros((*data[0].shape, int(np.diff(forms.start).max())))
    fits = [form_weights(data, forms, (precision, LEAST), mean[mixture.group], room) for precision in _PRECISIONS]
    best = int(np.argmax(fits))
    return _PRECISIONS[best] if fits[best] > fits[0] + 0.5 * np.log(data[0].size) + 1 else np.inf


def _spans(mixture: Mixture, seed: int) -> Floats:
    """95 % interval of each row's share over partitions: sweeps by chance from the best one, and draws after each (row, column, 2).

    A seed of -1 keeps the partition.
    """
    rows, columns = mixture.curves.shape[:2]
    sweeps = int(np.clip(_WORK // (rows * columns * int(mixture.groups[0])), 20, 400)) if seed >= 0 else 40
    draws = max(1, min(800, 10_000_000 // (rows * columns)) // sweeps)
    roaming = mixture._replace(**{name: getattr(mixture, name).copy() for name in mixture._fields if name != "curves"})
    found = np.zeros((sweeps, rows, columns, draws))
    keys = subkeys(max(seed, 0), range(sweeps), "partitions")
    for turn in range(sweeps):
        chance = uniform_table(keys[turn : turn + 1], 0, 2 * rows)[0]
        if seed >= 0:
            sweep(roaming, np.argsort(chance[:rows], kind="stable"), chance[rows:])
        slots = roaming.size.size
        drawn = uniform_table(keys[turn : turn + 1], 1, slots * columns * draws)
        draw_members(roaming, drawn.reshape(slots, columns, draws), found[turn])
    found = np.moveaxis(found, 0, -1).reshape(rows, columns, -1)
    return np.stack([np.quantile(found, level, axis=2) for level in (0.025, 0.975)], axis=-1)


def _moments(curves: Floats, lumps: Floats) -> tuple[Floats, Floats]:
    """Posterior mean and standard deviation of the fraction in each sample, from curves (sample, grid)."""
    place, weight = np.zeros(NODES), np.zeros(NODES)
    mean, width = np.zeros(curves.shape[0]), np.zeros(curves.shape[0])
    for s in range(curves.shape[0]):
        _, count = profile(curves[s], lumps, place, weight)
        x, w = (place[:count] / (curves.shape[1] - 1)) ** 2, weight[:count] / weight[:count].sum()
        mean[s] = (w * x).sum()
        width[s] = np.sqrt(max((w * x * x).sum() - mean[s] ** 2, 0.0))
    return mean, width


def _result(
    reads: Reads, mixture: Mixture, rows: Integers, forms: Forms, law: tuple[float, int, tuple[str, ...], int],
    *, ordered: bool = True,
) -> Clustering:  # fmt: skip
    """The clusters in order, every mutation seated, also those that were thinned out."""
    precision, points, notes, seed = law
    groups, count = int(mixture.groups[0]), len(reads.mutations)
    shares = np.zeros((count, groups))
    seated = np.zeros((rows.size, mixture.size.size))
    belong(mixture, seated)
    shares[rows] = seated[:, :groups]
    span = np.zeros((count, len(reads.samples), 2))
    span[rows] = _spans(mixture, seed)
    group = np.empty(count, np.int64)
    group[rows] = mixture.group
    others = np.setdiff1d(np.arange(count), rows)
    for chunk in np.array_split(others, max(1, others.size // 2000)):
        part = np.zeros((chunk.size, mixture.size.size))
        seat_others(mixture, curves_of(reads, chunk, forms, precision, points)[0], part)
        shares[chunk] = part[:, :groups]
        group[chunk] = part[:, :groups].argmax(axis=1) if chunk.size else 0
        for k in np.unique(group[chunk]):
            span[chunk[group[chunk] == k]] = np.median(span[rows[mixture.group == k]], axis=0)
    moments = [_moments(mixture.total[k], mixture.lumps) for k in range(groups)]
    mean, width = np.stack([entry[0] for entry in moments]), np.stack([entry[1] for entry in moments])
    order = np.argsort(-mean.sum(axis=1), kind="stable") if ordered else np.arange(groups)
    rank = np.argsort(order)
    return Clustering(
        rank[group], shares[:, order], mixture.total[order], mean[order], width[order], span, mixture.lumps, precision,
        log_posterior(mixture), notes,
    )  # fmt: skip
