"""What a page can hold of a tissue: fields in 256 steps, and frames and voxels left out where they would not fit."""

from __future__ import annotations

import zlib
from base64 import b64encode
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from refugia.report.figures.look import colour
from refugia.report.files import shown_path
from refugia.report.tissue_layout import FIELDS, SPACE
from refugia.report.tissue_store import Tissue
from refugia.terms import FloatArray, InputError

LIMIT = 25_000_000
"""Bytes of a page's data, all sites together."""
STEPS = 254
"""From the smallest to the largest value of a field; a byte of 0 is no value."""
FEW = 24
"""So many frames or fewer are not thinned out: voxels are left out then."""
RARE = 1e-3
"""A genotype that never makes up this share of the cells is shown with the others of its kind, as in the report's figures."""
LEVEL = 6
"""Of zlib: its own default."""

Bytes = NDArray[np.uint8]
Values = NDArray[Any]


class Shown(NamedTuple):
    """A field that can be chosen: key, title, unit, `linear`, `log` or `kind` (each value a kind, not a number)."""

    key: str
    title: str
    unit: str
    scale: str


class Pick(NamedTuple):
    """What is shown of a tissue: which frames, and every `step`-th voxel of each resolved axis."""

    frames: tuple[int, ...]
    step: int


class Plane(NamedTuple):
    """A field of a frame: a byte for each voxel, and the values of the bytes 1 and 255."""

    data: Bytes
    low: float
    high: float


class Kinds(NamedTuple):
    """The genotypes as they are coloured: the names, and which of them each genotype goes under."""

    names: tuple[str, ...]
    of: tuple[int, ...]

    @property
    def colours(self) -> tuple[str, ...]:
        """One a name, those of the report's figures."""
        return tuple(colour(place) for place in range(len(self.names)))


class Row(NamedTuple):
    """A line of the table beside the pictures: a day, the volume, cells of each genotype, means where there are cells."""

    day: float
    volume: float  # mm3
    cells: tuple[int, ...]
    means: tuple[float, ...]  # of the fields in their order; NaN where there is no cell


def fields_of(tissue: Tissue) -> list[Shown]:
    """The fields that can be chosen, in the order in which they stand."""
    plain = [Shown(name, name, FIELDS[name].unit, "linear") for name in ("oxygen", "pressure", "perfused", "acidity")]
    unit = FIELDS["exposure"].unit
    drugs = [Shown(f"exposure-{place}", f"exposure to {drug}", unit, "linear") for place, drug in enumerate(tissue.drugs)]
    return [Shown("clones", "clones", "1", "kind"), Shown("cells", "cells a voxel", "1", "log"), *plain, *drugs]


def kinds_of(tissue: Tissue) -> Kinds:
    """Which genotypes have a colour of their own: those that matter in some frame, all others together."""
    share = np.zeros(len(tissue.genotypes))
    for frame in range(tissue.frames):
        rows, genotype = tissue.rows(frame), tissue.lineage(frame).genotype
        cells = np.bincount(genotype[rows.clone], rows.count, len(share))
        share = np.maximum(share, cells / max(cells.sum(), 1.0))
    kept = [place for place in range(share.size) if share[place] >= RARE]
    rest = [place for place in range(share.size) if share[place] < RARE]
    names = [tissue.genotypes[place] for place in kept]
    if rest:
        names.append("other clones" if len(rest) > 1 else tissue.genotypes[rest[0]])
    return Kinds(tuple(names), tuple(kept.index(place) if place in kept else len(kept) for place in range(share.size)))


def values_of(tissue: Tissue, frame: int, kinds: Kinds) -> dict[str, Values]:
    """Every field that can be chosen, (Z, Y, X): clones are kinds counted from 1, 0 where no cell is; cells are NaN there."""
    cells = tissue.field("cells", frame)
    total, most, clones = (np.zeros(tissue.grid.shape, kind) for kind in (np.int64, np.int64, np.uint8))
    for kind in range(len(kinds.names)):
        own = sum((cells[genotype] for genotype, of in enumerate(kinds.of) if of == kind), start=np.int64(0))
        clones[own > most] = kind + 1
        np.maximum(most, own, out=most)
        total += own
    found: dict[str, Values] = {"clones": clones, "cells": np.where(total > 0, total, np.nan)}
    found.update({name: tissue.field(name, frame) for name in ("oxygen", "pressure", "perfused", "acidity")})
    found.update({f"exposure-{drug}": values for drug, values in enumerate(tissue.field("exposure", frame))})
    return found


def plane(values: Values, scale: str) -> Plane:
    """A field in bytes. On a log scale low and high are decimal logarithms.

    >>> plane(np.array([1.0, 2.0, 3.0, np.nan]), "linear")
    Plane(data=array([  1, 128, 255,   0], dtype=uint8), low=1.0, high=3.0)
    """
    if scale == "kind":
        return Plane(values.astype(np.uint8), 0.0, 255.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        level = np.log10(values) if scale == "log" else values.astype(np.float64)
    known = np.isfinite(level)
    if not known.any():
        return Plane(np.zeros(values.shape, np.uint8), 0.0, 0.0)
    low, high = float(level[known].min()), float(level[known].max())
    share = (np.where(known, level, low) - low) / (high - low or 1.0)
    return Plane(np.where(known, 1 + np.rint(share * STEPS), 0).astype(np.uint8), low, high)


def packed(data: Bytes) -> str:
    """Bytes deflated (zlib), as base64."""
    return b64encode(zlib.compress(data.tobytes(), LEVEL)).decode()


def thinned(values: Values, step: int) -> Values:
    """Every `step`-th voxel of each axis of the last three, from the middle of the first `step`."""
    part: Any = tuple(slice(step // 2 if count > step // 2 else 0, None, step) for count in values.shape[-3:])
    kept: Values = values[(..., *part)]
    return kept


def picks(frames: int, most: int) -> Iterator[Pick]:
    """What may be shown, most first: every other frame is left out while there are many, then voxels; the last frame stays.

    >>> [(len(pick.frames), pick.step) for pick in picks(60, 2)]
    [(60, 1), (30, 1), (15, 1), (60, 2), (30, 2), (15, 2)]
    """
    for step in range(1, most + 1):
        kept = tuple(range(frames))
        yield Pick(kept, step)
        while len(kept) > FEW:
            kept = kept[::-1][::2][::-1]
            yield Pick(kept, step)


class Site(NamedTuple):
    """A tissue as a page holds it."""

    content: dict[str, Any]  # JSON
    rows: tuple[Row, ...]
    fields: tuple[Shown, ...]
    kinds: Kinds
    left_out: str  # a sentence, or nothing


def site_of(tissue: Tissue, limit: int = LIMIT) -> Site:
    """What fits into so many bytes. Raises InputError where there is no frame, or nothing would fit."""
    if not tissue.frames:
        raise InputError(shown_path(tissue.path), "frames", 0, "leaves nothing to show", "Wait for the first frame of the run.")
    kinds, sizes = kinds_of(tissue), dict[int, float]()
    for pick in picks(tissue.frames, max(tissue.grid.shape)):
        if pick.step not in sizes:
            sizes[pick.step] = _size(tissue, kinds, pick.step)
        if len(pick.frames) * sizes[pick.step] <= limit:
            site = _packed(tissue, kinds, pick)
            if sum(len(text) for field in site.content["fields"] for text in field["frames"]) <= limit:
                return site
    raise InputError(shown_path(tissue.path), "voxels", tissue.grid.size, "do not fit a page", "Use --vtk and ParaView.")


def _size(tissue: Tissue, kinds: Kinds, step: int) -> float:
    """About how many bytes a frame takes in a page, from the first, the middle and the last one."""
    probes = sorted({0, tissue.frames // 2, tissue.frames - 1})
    taken = 0
    for frame in probes:
        values = values_of(tissue, frame, kinds)
        taken += sum(len(packed(plane(thinned(values[f.key], step), f.scale).data)) for f in fields_of(tissue))
    return taken / len(probes)


def _packed(tissue: Tissue, kinds: Kinds, pick: Pick) -> Site:
    """The tissue with that much of it, and the table beside it from every voxel of the frames shown."""
    fields = fields_of(tissue)
    columns: dict[str, dict[str, Any]] = {f.key: {**f._asdict(), "frames": [], "lows": [], "highs": []} for f in fields}
    rows = []
    for frame in pick.frames:
        values = values_of(tissue, frame, kinds)
        rows.append(_row(tissue, frame, values))
        for field in fields:
            shown, column = plane(thinned(values[field.key], pick.step), field.scale), columns[field.key]
            for name, entry in (("frames", packed(shown.data)), ("lows", _short(shown.low)), ("highs", _short(shown.high))):
                column[name].append(entry)
    mask = thinned(tissue.mask, pick.step)
    content = {
        "site": tissue.site, "shape": list(mask.shape), "spacing": tissue.grid.spacing * pick.step,
        "middles": [[_short(v) for v in _middles(tissue, axis, pick.step)] for axis in range(3)], "axes": list(SPACE),
        "days": [_short(float(tissue.days[frame])) for frame in pick.frames], "names": kinds.names, "colours": kinds.colours,
        "wall": packed((mask != 0).astype(np.uint8)) if mask.any() else "", "fields": list(columns.values()),
    }  # fmt: skip
    return Site(content, tuple(rows), tuple(fields), kinds, _left_out(tissue, pick))


def _middles(tissue: Tissue, axis: int, step: int) -> FloatArray:
    """Where the voxels shown have their middles along an axis, mm."""
    line = tissue.grid.middles(axis).reshape([-1 if other == axis else 1 for other in range(3)])
    found: FloatArray = thinned(line, step).ravel()
    return found


def _row(tissue: Tissue, frame: int, values: dict[str, Values]) -> Row:
    """The line of the table for a frame."""
    rows, held = tissue.rows(frame), values["clones"] > 0
    cells = np.bincount(tissue.lineage(frame).genotype[rows.clone], rows.count, len(tissue.genotypes))
    means = [float(values[f.key][held].mean(dtype=np.float64)) if held.any() else np.nan for f in fields_of(tissue)[2:]]
    return Row(float(tissue.days[frame]), float(tissue.volume[frame]), tuple(int(count) for count in cells), tuple(means))


def _short(value: float) -> float:
    """A number with the digits that a byte is worth, and some more."""
    return float(f"{value:.6g}")


def _left_out(tissue: Tissue, pick: Pick) -> str:
    """What is not on the page, in a sentence; nothing where all is."""
    said = []
    if len(pick.frames) < tissue.frames:
        said.append(f"{len(pick.frames)} of {tissue.frames} frames")
    if pick.step > 1:
        said.append(f"every {pick.step}. voxel along each axis")
    if not said:
        return ""
    return f"So that the page stays small it shows {' and '.join(said)}; the store holds all. The table counts every voxel."
