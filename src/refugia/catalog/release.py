"""Competitive release on a plane of cells: what no, constant and pulsed dosing leave of sensitive and resistant cells."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import numpy as np

from refugia.engine.keys import subkeys
from refugia.engine.lattice.rounds import Habits, Rounds, run
from refugia.engine.uniforms import uniform_table
from refugia.terms import FloatArray

DAY = 24.0  # h
SECONDS = 86400.0  # of a day
SENSITIVE, RESISTANT = 1, 2
ARMS = ("none", "constant", "pulsed")


class Release(NamedTuple):
    """The three arms of one seed, by name, and the days (round,) at which they are looked at."""

    arms: dict[str, Rounds]
    days: FloatArray


def bravo2020_release(
    *,
    places: float,
    pitch: float,
    round_length: float,
    rounds: float,
    division: Sequence[float],
    death: float,
    kill: float,
    uptake: float,
    diffusivity: float,
    wall: float,
    first_day: float,
    period: float,
    on_time: float,
    start_radius: float,
    resistant_share: float,
    seeds: float,
) -> dict[str, float]:
    """Sensitive and resistant cells, one a place, under a drug that comes in through the walls (example of Bravo 2020).

    Inputs: a square of `places` by `places`, `pitch` um; `rounds` of `round_length` h; `division` of (sensitive, resistant),
    `death` and `kill` (sensitive, at drug 1), chances a day; `uptake` of a cell 1/day; `diffusivity` um2/s; `wall` drug at all
    walls while on, from `first_day` on in every `period` for `on_time`, days, or constantly (but for one round of a period); a disc
    of `start_radius` places at the middle, `resistant_share` of its cells; as many `seeds`.

    Outputs, mean over seeds and with `_spread` their standard deviation, days: `gone_constant` and `gone_pulsed`, when the last
    sensitive cell has gone (the last day where it has not); `overtaken_constant` and `overtaken_pulsed`, when more are resistant;
    `refilled_constant` and `refilled_pulsed`, when they hold nine places of ten; `delay_gone`, `delay_overtaken`, `delay_refilled`
    of pulsed dosing over constant; `released_none`, when the last resistant cell has gone. And shares of all places at the end:
    `sensitive_ARM`, `resistant_ARM`; shares of seeds: `kept_pulsed`, in which a sensitive cell is left; `lost_none`, in which no
    resistant one is.
    """
    inputs = {name: value for name, value in locals().items() if name != "seeds"}
    with ThreadPoolExecutor() as pool:
        found = list(pool.map(lambda seed: told(released(seed=seed, **inputs)), range(int(seeds))))
    table = {key: np.array([one[key] for one in found]) for key in found[0]}
    shares = {"kept_pulsed": table["sensitive_pulsed"] > 0.0, "lost_none": table["resistant_none"] == 0.0}
    means = {key: float(column.mean()) for key, column in (table | shares).items()}
    return means | {f"{key}_spread": float(column.std(ddof=1 if column.size > 1 else 0)) for key, column in table.items()}


def released(
    *,
    places: float,
    pitch: float,
    round_length: float,
    rounds: float,
    division: Sequence[float],
    death: float,
    kill: float,
    uptake: float,
    diffusivity: float,
    wall: float,
    first_day: float,
    period: float,
    on_time: float,
    start_radius: float,
    resistant_share: float,
    seed: int,
) -> Release:
    """The three arms of one seed, from one start; inputs as in `bravo2020_release`."""
    day, size, count = round_length / DAY, int(places), int(rounds)
    habits = Habits(
        divide=np.array([0.0, *(_within(chance, day) for chance in division)]),
        die=np.array([0.0, _within(death, day), _within(death, day)]),
        kill=np.array([0.0, _within(kill, day), 0.0]),
        uptake=np.float64(uptake * day),
    )
    number = diffusivity * SECONDS * day / pitch**2
    key = subkeys(seed, 0, "release")
    luck = uniform_table(key, 0, size * size)[0].reshape(size, size)
    y, x = np.indices((size, size)) - size // 2
    start = np.where(x**2 + y**2 <= start_radius**2, np.where(luck < resistant_share, RESISTANT, SENSITIVE), 0).astype(np.int8)
    into = np.arange(1, count + 1) - round(first_day / day)  # rounds since the drug was first due
    phase = np.where(into > 0, into % round(period / day), 0)
    lasting = {"none": 0, "constant": round(period / day), "pulsed": round(on_time / day)}
    arms = {}
    for arm, length in lasting.items():
        walls = np.where((phase > 0) & (phase < length), wall, -1.0)
        arms[arm] = run(start.copy(), np.zeros((size, size)), habits, number, walls, (int(key[0, 0]), int(key[0, 1])))
    return Release(arms, np.arange(1.0, count + 1.0) * np.float64(day))


def told(release: Release) -> dict[str, float]:
    """What one seed says: the outputs of `bravo2020_release`."""
    found, dosed = {}, (arm for arm in ARMS if arm != "none")
    for arm in ARMS:
        cells = release.arms[arm].cells
        every = float(cells[0].sum())
        found[f"sensitive_{arm}"], found[f"resistant_{arm}"] = (float(cells[-1, kind]) / every for kind in (SENSITIVE, RESISTANT))
    for arm in dosed:
        cells = release.arms[arm].cells
        found[f"gone_{arm}"] = _first(cells[:, SENSITIVE] == 0, release.days)
        found[f"overtaken_{arm}"] = _lasting(cells[:, RESISTANT] > cells[:, SENSITIVE], release.days)
        found[f"refilled_{arm}"] = _first(10 * cells[:, RESISTANT] >= 9 * cells.sum(axis=1), release.days)
    for what in ("gone", "overtaken", "refilled"):
        found[f"delay_{what}"] = found[f"{what}_pulsed"] - found[f"{what}_constant"]
    return found | {"released_none": _first(release.arms["none"].cells[:, RESISTANT] == 0, release.days)}


def _within(daily: float, day: float) -> float:
    """The chance within a part of a day of what has a daily chance."""
    return float(1.0 - (1.0 - daily) ** day)


def _first(holds: np.ndarray, days: FloatArray) -> float:
    """The first day on which something holds, the last day where it never does."""
    return float(days[int(holds.argmax())] if holds.any() else days[-1])


def _lasting(holds: np.ndarray, days: FloatArray) -> float:
    """The first day from which on something holds to the end, the last day where it never does."""
    fails = np.flatnonzero(~holds)
    return float(days[min(int(fails[-1]) + 1, days.size - 1)] if fails.size else days[0])
