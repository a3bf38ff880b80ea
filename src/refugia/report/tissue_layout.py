"""What stands in the store of a tissue: its variables, their units, and the one file that says how far it is written.

A store is zarr v3. The arrays over time are made in full length at the start; what is visible of them stands in the consolidated
metadata of the root (`zarr.json`), which is exchanged in one stroke of the file system once a frame is whole. A reader that opens
the store by it, as xarray does, sees whole frames and nothing else.
"""

from __future__ import annotations

import json
import os
import re
from math import prod
from pathlib import Path
from typing import Any, NamedTuple
from zlib import crc32

import numpy as np

from refugia.engine.voxels.grid import Grid

VERSION = 2
"""Of the layout: a reader refuses any other."""
VOXELS = 2**22
"""The most voxels of a chunk: 16 MiB of a field in memory."""
LINES = 2**16
"""Rows and clones of a chunk."""
META = "zarr.json"
GROUPS = ("clones", "rows")


class Variable(NamedTuple):
    """A variable: its dimensions, its kind in memory, its unit and what it is."""

    dims: tuple[str, ...]
    kind: str
    unit: str
    says: str


SPACE = ("z", "y", "x")
FIELDS = {
    "cells": Variable(("time", "genotype", *SPACE), "int32", "cell", "cells of each genotype"),
    "inert": Variable(("time", *SPACE), "float32", "mm3", "inert volume"),
    "oxygen": Variable(("time", *SPACE), "float32", "mmHg", "oxygen tension"),
    "pressure": Variable(("time", *SPACE), "float32", "mmHg", "interstitial fluid pressure"),
    "perfused": Variable(("time", *SPACE), "float32", "1", "share of vessels that carry blood"),
    "acidity": Variable(("time", *SPACE), "float32", "pH", "extracellular pH"),
    "exposure": Variable(("time", "drug", *SPACE), "float32", "uM", "unbound drug in the tissue, mean over the step"),
}
"""What a frame holds for each voxel."""
ROOT = {
    **FIELDS,
    "mask": Variable(SPACE, "int8", "1", "0 where cells may be, any other number is a wall"),
    "volume": Variable(("time",), "float64", "mm3", "volume of the tumour: cells over their density, and what is inert"),
    "occupied": Variable(("time",), "float64", "mm3", "volume of all voxels that hold a cell or inert matter, however little"),
    "time": Variable(("time",), "float64", "day", "day since the start of therapy"),
    **{axis: Variable((axis,), "float64", "mm", f"middle of the voxel along {axis}, 0 at that of the grid") for axis in SPACE},
    "genotype": Variable(("genotype",), "str", "1", "genotype"),
    "drug": Variable(("drug",), "str", "1", "drug"),
}
CLONES = {
    "parent": Variable(("clone",), "int32", "1", "clone from which it descends, -1 for a founder"),
    "genotype": Variable(("clone",), "int32", "1", "genotype, by its place in the list of the root"),
    "birth_day": Variable(("clone",), "float64", "day", "day of birth"),
    "birth_place": Variable(("clone",), "int32", "1", "flat index of the voxel of birth, (z Y + y) X + x; -1 for a founder"),
    "word": Variable(("clone",), "uint32", "1", "address of the clone's chance"),
    "other": Variable(("clone",), "int32", "1", "clone that holds the cells of the same line in the other state, or -1"),
    "count": Variable(("frame",), "int64", "1", "clones that there are in each frame"),
}
ROWS = {
    "place": Variable(("row",), "int32", "1", "flat index of the voxel, (z Y + y) X + x"),
    "clone": Variable(("row",), "int32", "1", "clone"),
    "count": Variable(("row",), "int32", "cell", "cells of the clone in the voxel"),
    "offset": Variable(("bound",), "int64", "1", "first row of each frame, and at the end the number of rows"),
}
ALL = {"": ROOT, "clones": CLONES, "rows": ROWS}


class Reach(NamedTuple):
    """How far a store is written: whole frames, clones by then, rows by then."""

    frames: int
    clones: int
    rows: int

    @property
    def lengths(self) -> dict[str, int]:
        """The length of every dimension that grows."""
        return {
            "time": self.frames, "frame": self.frames, "bound": self.frames + 1, "clone": self.clones, "row": self.rows,
        }  # fmt: skip


def store_name(site: str) -> str:
    """The folder of a site's store within a result; other than plain letters are replaced, and the name kept apart by its sum.

    >>> store_name("lung"), store_name("a/b")
    ('tissue-lung.zarr', 'tissue-a-b-07f4401c.zarr')
    """
    safe = re.sub(r"[^A-Za-z0-9_.-]", "-", site)
    return f"tissue-{safe}.zarr" if safe == site else f"tissue-{safe}-{crc32(site.encode()):08x}.zarr"


def chunk_of(grid: Grid) -> tuple[int, int, int]:
    """Voxels (Z, Y, X) of a chunk: the whole grid where it is small, else slabs of it.

    >>> chunk_of(Grid((64, 64, 64), 0.1)), chunk_of(Grid((256, 256, 256), 0.1)), chunk_of(Grid((1, 4096, 4096), 0.1))
    ((64, 64, 64), (64, 256, 256), (1, 1024, 4096))
    """
    chunk = list(grid.shape)
    for axis in range(3):
        chunk[axis] = min(chunk[axis], max(1, VOXELS // prod(chunk[axis + 1 :])))
    return chunk[0], chunk[1], chunk[2]


def make(place: Path, grid: Grid, lengths: dict[str, int]) -> None:
    """Make all arrays of a store, empty; `lengths` of time, frame, bound, genotype and drug.

    A frame that is not written reads as no number, and as no cell.
    """
    import zarr
    from zarr.codecs import BloscCodec

    sizes = {"clone": 0, "row": 0, **dict(zip(SPACE, grid.shape, strict=True)), **lengths}
    step = {"time": 1, "genotype": 1, "drug": 1, "clone": LINES, "row": LINES, **dict(zip(SPACE, chunk_of(grid), strict=True))}
    root = zarr.create_group(place, zarr_format=3)
    for name, variables in ALL.items():
        group = root.create_group(name) if name else root
        for key, variable in variables.items():
            alone = len(variable.dims) == 1 and variable.dims[0] not in ("clone", "row")
            shape = tuple(sizes[dim] for dim in variable.dims)
            text, real = variable.kind == "str", variable.kind.startswith("float")
            group.create_array(
                key, shape=shape, dtype=str if text else variable.kind, dimension_names=variable.dims,
                chunks=tuple(max(1, size if alone else step[dim]) for dim, size in zip(variable.dims, shape, strict=True)),
                fill_value="" if text else np.nan if real else 0,
                compressors="auto" if text else BloscCodec(cname="zstd", clevel=3, shuffle="shuffle"),
                attributes={"units": variable.unit, "long_name": variable.says},
            )  # fmt: skip


def commit(place: Path, reach: Reach, attributes: dict[str, Any]) -> None:
    """Make so much of a store visible, and no more; the root says it last, in one stroke."""
    seen = {name: _seen(place / name, variables, reach.lengths) for name, variables in ALL.items()}
    for name in GROUPS:
        _put(place / name / META, _group({}, seen[name]))
    nested = {f"{name}/{key}": meta for name in GROUPS for key, meta in seen[name].items()}
    all_of_it = {**seen[""], **dict.fromkeys(GROUPS, _group({}, {})), **nested}
    _put(place / META, _group({**attributes, "frames": reach.frames}, all_of_it))


def _seen(folder: Path, variables: dict[str, Variable], lengths: dict[str, int]) -> dict[str, Any]:
    """The metadata of a group's arrays with what is visible of them."""
    found: dict[str, Any] = {}
    for key, variable in variables.items():
        meta = json.loads((folder / key / META).read_text(encoding="utf-8"))
        shape = [lengths.get(dim, size) for dim, size in zip(variable.dims, meta["shape"], strict=True)]
        found[key] = {**meta, "shape": shape}
    return found


def _group(attributes: dict[str, Any], arrays: dict[str, Any]) -> dict[str, Any]:
    """The metadata of a group with that of all that lies in it."""
    inline = {"kind": "inline", "must_understand": False, "metadata": arrays}
    return {"zarr_format": 3, "node_type": "group", "attributes": attributes, "consolidated_metadata": inline}


def _put(file: Path, content: dict[str, Any]) -> None:
    """Write JSON so that the file is the old one or the new one at any moment, whole."""
    fresh = file.with_name(f"{file.name}.partial")
    try:
        with fresh.open("w", encoding="utf-8") as stream:
            json.dump(content, stream, allow_nan=False)
            stream.flush()
            os.fsync(stream.fileno())
    except OSError:
        fresh.unlink(missing_ok=True)
        raise
    os.replace(fresh, file)
