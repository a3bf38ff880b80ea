"""Sprouts from a parent vessel towards a tumour on a square: the numerical side of a study, by the tips of sites in voxels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from refugia.engine.keys import subkeys
from refugia.engine.voxels import sprouts as network
from refugia.engine.voxels.grid import FloatArray, Grid
from refugia.engine.voxels.hops import Law, Scene
from refugia.engine.voxels.sprouts import Sprouts
from refugia.engine.voxels.trails import lengths

ARMS = ("both", "straight", "idle")
"""With chemotaxis and haptotaxis, without haptotaxis, without chemotaxis."""
TURN = 0.25
"""Scaled time between two looks at who has come to the tumour."""
NEAR = 0.05
"""Distance from the tumour at which a tip has come to it."""


class Grown(NamedTuple):
    """One arm of one seed: the network at the end, where the front was at the early look, and when the first tip arrived."""

    sprouts: Sprouts
    front: float
    arrival: float  # the last moment where none has


def anderson1998_angiogenesis(
    *,
    motility: float,
    chemotaxis: float,
    saturation: float,
    haptotaxis: float,
    made: float,
    lost: float,
    uptake: float,
    spacing: float,
    age: float,
    signal_reach: float,
    matrix: float,
    matrix_reach: float,
    branching: float,
    sprouts: Sequence[float],
    early: float,
    until: float,
    seeds: float,
) -> dict[str, float]:
    """Sprouts on a square between a parent vessel at x = 0 and a tumour at x = 1 (Anderson and Chaplain 1998), in scaled units.

    Inputs, all -: `motility` D, `chemotaxis` chi0, `saturation` alpha, `haptotaxis` rho, `made` beta, `lost` gamma, `uptake` eta,
    `spacing` h; `age` at which a tip may branch, `branching` c its rate then (own form); signal c = exp(-(1 - x)^2 / signal_reach)
    and fibronectin f = matrix exp(-x^2 / matrix_reach) at the start; `sprouts` their places y; `early` and `until` are moments, as
    many `seeds`. A tip that has come to 0.05 from the tumour is there, and walks no more.

    Outputs, means over seeds, of each arm (both; straight, without haptotaxis; idle, without chemotaxis): `front_ARM`, how far the
    sprouts are at the early moment; `reached_ARM`, the share of seeds in which one has come to the tumour, `arrival_ARM` when (the
    last moment where none has); `lateral_ARM` the share of their length that lies across; `joined_ARM` how often a tip met a
    sprout; `brush_ARM` their length per area in the quarter nearest the tumour over that in the half nearest the parent. And as
    shares of seeds what holds of both against straight: `slower` (early front), `more_lateral`, `more_joined`, `denser` (brush);
    `denser_in_mean` is 1 where `brush_both` is more than `brush_straight`, else 0.
    """
    law = Law(motility, chemotaxis, saturation, haptotaxis, made, lost, uptake, age)
    laws = {"both": law, "straight": law._replace(grip=0.0), "idle": law._replace(pull=0.0)}
    starts = (signal_reach, matrix, matrix_reach, tuple(sprouts))
    runs = [
        {arm: walked(laws[arm], spacing, starts, branching, (early, until), seed) for arm in ARMS} for seed in range(int(seeds))
    ]
    told = [{arm: _told(run[arm], until) for arm in ARMS} for run in runs]
    found = {f"{key}_{arm}": float(np.mean([one[arm][key] for one in told])) for arm in ARMS for key in told[0][arm]}
    found["denser_in_mean"] = float(found["brush_both"] > found["brush_straight"])
    pairs = [(one["both"], one["straight"]) for one in told]
    return found | {
        "slower": float(np.mean([both["front"] < straight["front"] for both, straight in pairs])),
        "more_lateral": float(np.mean([both["lateral"] > straight["lateral"] for both, straight in pairs])),
        "more_joined": float(np.mean([both["joined"] > straight["joined"] for both, straight in pairs])),
        "denser": float(np.mean([both["brush"] > straight["brush"] for both, straight in pairs])),
    }


def walked(
    law: Law,
    spacing: float,
    starts: tuple[float, float, float, tuple[float, ...]],
    branching: float,
    moments: tuple[float, float],
    seed: int,
) -> Grown:
    """One arm of one seed; `starts`: signal_reach, matrix, matrix_reach, sprouts; `moments`: early, until."""
    signal_reach, matrix, matrix_reach, places = starts
    early, until = moments
    count = round(1.0 / spacing)
    grid, x = Grid((1, count, count), spacing), (np.arange(count) + 0.5) * spacing
    signal = _across(np.exp(-((1.0 - x) ** 2) / signal_reach))
    roots = np.array([round(y * count) * count for y in places])
    key = subkeys(seed, 0, "angiogenesis")[0].tolist()
    found = network.begin(grid, roots, _across(matrix * np.exp(-(x**2) / matrix_reach)))
    found = network.budded(found, roots, (key[0], key[1]))
    front, arrival = 0.0, until
    for turn in range(1, round(until / TURN) + 1):
        scene = Scene(signal, found.bed, branching * signal, np.ones(grid.shape, np.bool_))
        found = network.advance(found, grid, scene, law, TURN, (key[0], key[1]))
        there = x[found.place % count] > 1.0 - NEAR
        if there.any():
            arrival = min(arrival, turn * TURN)
            found = network.tips_of(found, ~there)
        if turn == round(early / TURN):
            front = float(x[found.end % count].max(initial=0.0))
    return Grown(found, front, arrival)


def _across(along: FloatArray) -> FloatArray:
    """A square (1, n, n) of lines along x (n,)."""
    return np.ascontiguousarray(np.broadcast_to(along, (1, along.size, along.size)))


def _told(run: Grown, until: float) -> dict[str, float]:
    """What one arm of one seed says: the outputs of `anderson1998_angiogenesis`."""
    of = run.sprouts
    count = of.held.shape[2]
    across = float((of.start % count == of.end % count).mean()) if of.start.size else 0.0
    along = lengths(of.start, of.end, Grid((1, count, count), 1.0 / count)).sum(axis=(0, 1))
    near, far = along[-(count // 4) :].mean(), along[: count // 2].mean()
    nodes = np.unique(np.concatenate([of.start, of.end, of.roots])).size
    return {
        "front": run.front,
        "reached": float(run.arrival < until),
        "arrival": run.arrival,
        "lateral": across,
        "joined": float(of.start.size - nodes + of.roots.size),
        "brush": float(near / far) if far > 0.0 else 0.0,
    }
