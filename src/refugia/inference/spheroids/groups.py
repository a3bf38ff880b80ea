"""Spheroids by seeding and day: what a least-squares fit needs of them, also of resampled ones."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from refugia.engine.keys import name_word, subkeys
from refugia.engine.uniforms import uniform_table
from refugia.inference.spheroids.table import Spheroids
from refugia.terms import FloatArray


class Groups(NamedTuple):
    """Numbers, means and scatter of the spheroids of a batch of samples, by seeding and day."""

    seeded: NDArray[np.int64]  # (seeding,) cells, rising
    days: FloatArray  # (day,), rising
    number: FloatArray  # (batch, seeding, day)
    mean: FloatArray  # (batch, seeding, day, 3) mm; 0 where there is none
    within: FloatArray  # (batch, 3) mm2, squares about the means, added up


def grouped(spheroids: Spheroids, weight: FloatArray | None = None) -> Groups:
    """The spheroids by seeding and day; `weight` (batch, spheroid) says how often each is in a sample, by default once in one.

    >>> some = Spheroids(np.array([500, 500]), np.array([3.0, 3.0]), np.array([[0.1, 0.0, 0.0], [0.3, 0.0, 0.0]]))
    >>> found = grouped(some)
    >>> found.mean.round(6).tolist(), found.within.round(6).tolist()
    ([[[[0.2, 0.0, 0.0]]]], [[0.02, 0.0, 0.0]])
    """
    seeded, seeding = np.unique(spheroids.seeded, return_inverse=True)
    days, day = np.unique(spheroids.day, return_inverse=True)
    member = np.zeros((spheroids.day.size, seeded.size, days.size))
    member[np.arange(spheroids.day.size), seeding, day] = 1.0
    weight = np.ones((1, spheroids.day.size)) if weight is None else weight
    number = np.einsum("bn,nkd->bkd", weight, member)
    total = np.einsum("bn,nkd,nr->bkdr", weight, member, spheroids.radii)
    mean = np.divide(total, number[..., None], out=np.zeros_like(total), where=number[..., None] > 0.0)
    off = spheroids.radii - mean[:, seeding, day]
    return Groups(seeded, days, number, mean, np.einsum("bn,bnr->br", weight, off**2))


def resampled(spheroids: Spheroids, samples: int, seed: int) -> FloatArray:
    """How often each spheroid is in each bootstrap sample (sample, spheroid).

    As many are drawn of each seeding and day as there are. The draws are keyed by seed, sample and row.

    >>> some = Spheroids(np.array([500, 500, 500]), np.array([3.0, 3.0, 4.0]), np.full((3, 3), 0.1))
    >>> drawn = resampled(some, 50, seed=1)
    >>> sorted(set(drawn[:, 0].tolist())), drawn[:, :2].sum(axis=1).tolist() == [2.0] * 50, set(drawn[:, 2].tolist())
    ([0.0, 1.0, 2.0], True, {1.0})
    """
    size = spheroids.day.size
    order = np.lexsort((np.arange(size), spheroids.day, spheroids.seeded))
    day, seeded = spheroids.day[order], spheroids.seeded[order]
    head = np.concatenate([[True], (day[1:] != day[:-1]) | (seeded[1:] != seeded[:-1])])
    first = np.flatnonzero(head)[np.cumsum(head) - 1]
    many = np.bincount(first, minlength=size)[first]
    luck = uniform_table(subkeys(seed, np.arange(samples), "spheroids"), name_word("resampled"), size)
    pick = order[first + np.minimum((luck * many).astype(np.int64), many - 1)]
    weight = np.zeros((samples, size))
    np.add.at(weight, (np.arange(samples)[:, None], pick), 1.0)
    return weight
