"""What do new vessels bring a tumour, and what do stress and pruning take of it? Sprouts on a plane around a small tumour.

Run it with `python examples/angiogenesis.py`; the test suite runs it too.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from refugia import case
from refugia.barriers import Angiogenesis, Microenvironment
from refugia.barriers.angiogenesis import Around, Vasculature, begin, density, grown, lower_angiogenesis
from refugia.barriers.lower import lower
from refugia.barriers.tissue import VoxelFields, voxel_fields
from refugia.catalog.numbers import load_parameters
from refugia.engine.keys import subkeys
from refugia.engine.voxels.grid import Grid
from refugia.report.figures.look import BLUE, ORANGE, SLATE
from refugia.terms import FloatArray, Number, number_units
from refugia.terms.units import into

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

GRID, RADIUS, LIVING, DAYS = Grid((1, 64, 64), 0.05), 0.8, 0.8, 14
DISC = (np.hypot(*np.meshgrid(GRID.middles(1), GRID.middles(2))) <= RADIUS)[None]
OPEN, LIVE = np.ones(GRID.shape, np.bool_), np.where(DISC, LIVING, 0.0)


class Look(NamedTuple):
    """The tumour on one day."""

    day: int
    vessels: Vasculature
    density: FloatArray  # over that of the description, (Z, Y, X)
    fields: VoxelFields


def value(number: Number) -> FloatArray:
    """One patient, as printed."""
    return np.array([number if isinstance(number, float) else number.value])


def ground() -> Microenvironment:
    """The lung tumour's breeding ground, with new vessels."""
    known = load_parameters()
    new = Angiogenesis(**{name: into(known[f"angiogenesis.{name}"], unit) for name, unit in number_units(Angiogenesis).items()})
    return replace(case("egfr-lung").subject.sites[0].ground, angiogenesis=new)


def seen(around: Microenvironment, vessels: FloatArray) -> VoxelFields:
    """The fields of the disc; no drug is given."""
    table = lower(around, value)
    none = np.zeros(table.diffusivity.shape[1], np.bool_)
    return voxel_fields(table, GRID, DISC, LIVE, np.ones((none.size, *GRID.shape)), takes=none, vessels=vessels)


def course(around: Microenvironment) -> list[Look]:
    """Two weeks, day by day."""
    table, key = lower_angiogenesis(around, value), subkeys(7, 0, "plane")[0].tolist()
    state, looks = begin(table, GRID, DISC, OPEN), []
    for day in range(DAYS + 1):
        brought = density(state, table, GRID)
        fields = seen(around, brought)
        looks.append(Look(day, state, brought, fields))
        around_them = Around(fields.oxygen, LIVE, fields.perfused, OPEN)
        state = grown(state, table, GRID, around_them, 1.0, (key[0], key[1]))
    return looks


def main() -> list[Look]:
    """Print when sprouts arrive and what they bring, and what compression and pruning leave of that."""
    around = ground()
    looks = course(around)
    first, last = looks[0], looks[-1]
    inside = np.flatnonzero(DISC)
    arrival = next(look.day for look in looks if np.isin(look.vessels.sprouts.end[look.vessels.blood], inside).any())
    print(f"a disc of {RADIUS} mm radius on a plane of voxels of {GRID.spacing} mm; means over the disc")
    print(f"{'day':>4}{'tips':>6}{'links':>7}{'with blood':>12}{'density':>9}{'oxygen, mmHg':>14}{'pressure, mmHg':>16}")
    for look in looks[::2]:
        blood, fields = look.vessels.blood, look.fields
        counted = f"{look.day:4}{look.vessels.sprouts.place.size:6}{blood.size:7}{blood.mean() if blood.size else 0.0:12.2f}"
        means = (look.density[DISC].mean(), fields.oxygen[DISC].mean(), fields.pressure[DISC].mean())
        print(counted + "{:9.2f}{:14.2f}{:16.2f}".format(*means))
    print(f"blood in a new vessel of the tumour from day {arrival}")
    law = around.drug_perfusion
    tight = replace(law, stress_half=float(value(law.stress_half)[0]) / 10.0)
    pressed = seen(replace(around, drug_perfusion=tight, oxygen_perfusion=tight), last.density)
    print(f"vessels that bear a tenth of the stress: oxygen {pressed.oxygen[DISC].mean():.2f} mmHg")
    table = lower_angiogenesis(around, value)
    quiet = Around(last.fields.oxygen, np.zeros(GRID.shape), pressed.perfused, OPEN)
    left = grown(last.vessels, table, GRID, quiet, 7.0, (8, 9))
    share, before, after = pressed.perfused.ravel(), last.vessels.sprouts.end, left.sprouts.end
    print(f"a week under that stress, without signal: {after.size} of {before.size} links are left, "
          f"their perfused share {share[before].mean():.2f} before and {share[after].mean():.2f} after")  # fmt: skip
    assert last.fields.oxygen[DISC].mean() > 1.5 * first.fields.oxygen[DISC].mean(), "new vessels bring oxygen"
    assert last.fields.pressure[DISC].mean() > first.fields.pressure[DISC].mean(), "and they leak"
    assert pressed.oxygen[DISC].mean() < last.fields.oxygen[DISC].mean(), "stress closes them"
    assert share[after].mean() > share[before].mean(), "pruning leaves the better perfused"
    return looks


def picture(looks: list[Look]) -> Figure:
    """Two panels, day 0 and day 14: oxygen in the tumour as a map from pale to dark blue, parents as slate dots around it, and new
    vessels as lines, orange where they carry blood and slate where they end blindly."""
    from plotly.graph_objects import Heatmap, Scatter
    from plotly.subplots import make_subplots

    shown = (looks[0], looks[-1])
    figure = make_subplots(rows=1, cols=2, shared_yaxes=True, subplot_titles=[f"day {look.day}" for look in shown])
    axis = GRID.middles(2)
    top = max(float(look.fields.oxygen[DISC].max()) for look in shown)
    for column, look in enumerate(shown, start=1):
        oxygen = np.where(DISC, look.fields.oxygen, np.nan)[0]
        scale = {"colorscale": [[0.0, "#e8f0f8"], [1.0, BLUE]], "zmin": 0.0, "zmax": top, "colorbar": {"title": {"text": "mmHg"}}}
        figure.add_trace(Heatmap(x=axis, y=axis, z=oxygen, showscale=column == 2, **scale), row=1, col=column)
        of, blood = look.vessels.sprouts, look.vessels.blood
        for name, which, colour in (("no blood", ~blood, SLATE), ("blood", blood, ORANGE)):
            ends = [np.unravel_index(part[which], GRID.shape) for part in (of.start, of.end)]
            gap = np.full(int(which.sum()), np.nan)
            y, x = (np.stack([*(axis[end[at]] for end in ends), gap], axis=1).ravel() for at in (1, 2))
            line = {"name": name, "line": {"color": colour, "width": 2}, "showlegend": column == 2}
            figure.add_trace(Scatter(x=x, y=y, mode="lines", **line), row=1, col=column)
        _, y, x = np.unravel_index(of.roots, GRID.shape)
        dots = {"name": "parent", "marker": {"color": SLATE, "size": 3}, "showlegend": column == 2}
        figure.add_trace(Scatter(x=axis[x], y=axis[y], mode="markers", **dots), row=1, col=column)
    figure.update_xaxes(title_text="mm")
    figure.update_yaxes(title_text="mm", scaleanchor="x", col=1)
    figure.update_layout(template="plotly_white", height=460, legend={"orientation": "h", "y": 1.15},
                         margin={"l": 60, "r": 20, "t": 70, "b": 50})  # fmt: skip
    return figure


if __name__ == "__main__":
    main()
