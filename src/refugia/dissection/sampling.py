"""Shares where there are too many mechanisms to lift in all subsets: estimated from sampled orders of lifting, and how surely."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from refugia.dissection.arms import Arms
from refugia.dissection.attribution import Players, Share
from refugia.dissection.bootstrap import Interval95, interval, interval_of_both
from refugia.dissection.shapley import IntArray, sampled_marginals
from refugia.terms import FloatArray


def attribute_sampled(gains: Mapping[str, FloatArray], plan: Arms, seed: int) -> tuple[Share, ...]:
    """Shares on every merit from the gains (patients, subsets) of the subsets that the orders of a plan pass through.

    Alone and last are exact, as in a dissection of all subsets; a share is the mean over the orders (Castro and others 2009), and
    its interval is over patients and orders, so that it holds the error of sampling. Interactions are not estimated.
    """
    return tuple(row for merit, v in gains.items() for row in _shares(merit, v, plan, seed))


def marginals(v: FloatArray, plan: Arms) -> FloatArray:
    """What every mechanism, then every bit gains along each pair of orders, (patients, pairs, mechanisms + bits)."""
    orders = plan.orders
    if orders is None:
        raise ValueError("all subsets were run: there are no orders")
    found = sampled_marginals(dict(zip(plan.masks, v.T, strict=True)), orders)
    whole = [np.add.reduce(found[:, :, list(group)], axis=2) for group in plan.players.groups]
    return np.concatenate([np.stack(whole, axis=2), found], axis=2)


def carried(v: FloatArray, plan: Arms) -> IntArray:
    """How many patients have a share of each mechanism that is not zero, (mechanisms,)."""
    own = marginals(v, plan)[:, :, : len(plan.players.names)].mean(axis=1)
    return np.asarray(np.count_nonzero(own, axis=0))


def sampled_note(plan: Arms) -> str:
    """A sentence that says what was sampled."""
    count, bits = 0 if plan.orders is None else len(plan.orders), len(plan.bits)
    return (
        f"{bits} mechanisms and parts are too many to lift in all {2**bits} subsets: shares are estimated from {count} sampled "
        f"orders of lifting ({len(plan.masks)} subsets); their intervals hold the error of sampling; pairs are not told."
    )


def _shares(merit: str, v: FloatArray, plan: Arms, seed: int) -> Iterator[Share]:
    """Rows of one merit: the mechanisms, each followed by its parts."""
    players: Players = plan.players
    lifted = [sum(1 << bit for bit in group) for group in players.groups] + [1 << bit for bit in range(len(plan.bits))]
    full = plan.masks[-1]
    alone = np.stack([v[:, plan.place(mask)] - v[:, 0] for mask in lifted], axis=1)
    last = np.stack([v[:, -1] - v[:, plan.place(full ^ mask)] for mask in lifted], axis=1)
    figures = [interval(alone, seed), interval(last, seed), interval_of_both(marginals(v, plan), seed)]
    count = len(players.names)
    for place, (name, group, parts) in enumerate(zip(players.names, players.groups, players.parts, strict=True)):
        yield Share(name, None, merit, *_figures(figures, place))
        for part, bit in zip(parts, group, strict=False):
            yield Share(part, name, merit, *_figures(figures, count + bit))


def _figures(figures: list[Interval95], column: int) -> Iterator[float]:
    return (float(array[column]) for figure in figures for array in figure)
