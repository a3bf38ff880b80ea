"""A tissue as a series that ParaView opens: a `.vti` (VTK XML, ImageData) for each frame and a `.pvd` with their days.

Voxels are VTK's cells. Arrays are appended, compressed by zlib in blocks and written as base64, so that a file is plain XML.
"""

from __future__ import annotations

import zlib
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple
from xml.sax.saxutils import quoteattr

import numpy as np
from numpy.typing import NDArray

from refugia.engine.voxels.grid import Grid
from refugia.report.files import shown_path
from refugia.report.tissue_layout import FIELDS
from refugia.report.tissue_store import Tissue
from refugia.terms import InputError

BLOCK = 2**20
"""Bytes that are compressed at a time."""
LEVEL = 6
"""Of zlib: its own default."""
KINDS = {"int8": "Int8", "int32": "Int32", "float32": "Float32", "float64": "Float64"}


class Column(NamedTuple):
    """One array of a frame: its name with its unit, and a value for each voxel."""

    name: str
    values: NDArray[Any]


def columns_of(tissue: Tissue, frame: int) -> Iterator[Column]:
    """All that a frame shows: one array a field, one a genotype of its cells, one a drug of its exposure."""
    for name, variable in FIELDS.items():
        unit = "" if variable.unit == "1" else f" ({variable.unit})"
        values = tissue.field(name, frame)
        of = {"cells": tissue.genotypes, "exposure": tissue.drugs}.get(name)
        if of is None:
            yield Column(f"{name}{unit}", values)
        else:
            yield from (Column(f"{name} {word}{unit}", values[place]) for place, word in enumerate(of))
    yield Column("mask", tissue.mask)


def folder_of(store: Path) -> str:
    """The folder of a store's series, beside the store.

    >>> folder_of(Path("out/tissue-lung.zarr"))
    'vtk-tissue-lung'
    """
    return f"vtk-{store.stem}"


def write_vtk(folder: Path, tissue: Tissue) -> Path:
    """Write the series of a tissue into a folder, which is made where it is missing; gives the `.pvd` to open.

    The axes are mm from the middle of the grid, the time is days. Raises InputError where the store has no frame or cannot be read.
    """
    if not tissue.frames:
        raise InputError(shown_path(tissue.path), "frames", 0, "leaves nothing to show", "Wait for the first frame of the run.")
    folder.mkdir(parents=True, exist_ok=True)
    stem = tissue.path.stem
    width = len(str(tissue.frames - 1))
    names = [f"{stem}-{frame:0{width}d}.vti" for frame in range(tissue.frames)]
    for frame, name in enumerate(names):
        with (folder / name).open("w", encoding="ascii", newline="\n") as file:
            file.writelines(_image(tissue.grid, float(tissue.days[frame]), list(columns_of(tissue, frame))))
    whole = folder / f"{stem}.pvd"
    whole.write_text(_collection(names, tissue.days.tolist()), encoding="ascii", newline="\n")
    return whole


def _collection(names: list[str], days: list[float]) -> str:
    """The `.pvd`: which file shows which day."""
    lines = (f'<DataSet timestep="{day!r}" part="0" file={_quoted(name)}/>' for name, day in zip(names, days, strict=True))
    head = ('<?xml version="1.0"?>', '<VTKFile type="Collection" version="1.0" byte_order="LittleEndian">', "<Collection>")
    return "\n".join((*head, *lines, "</Collection>", "</VTKFile>", ""))


def _image(grid: Grid, day: float, columns: list[Column]) -> Iterator[str]:
    """The `.vti` of a frame, piece by piece: what stands where, then the arrays one after the other."""
    extent = " ".join(f"0 {count}" for count in reversed(grid.shape))
    origin = " ".join(repr(-0.5 * count * grid.spacing) for count in reversed(grid.shape))
    spacing = " ".join([repr(grid.spacing)] * 3)
    packed = [_packed(column.values) for column in (Column("TimeValue", np.array([day])), *columns)]
    starts = np.cumsum([0, *(len(text) for text in packed)]).tolist()
    yield '<?xml version="1.0"?>\n<VTKFile type="ImageData" version="1.0" byte_order="LittleEndian" header_type="UInt64" '
    yield 'compressor="vtkZLibDataCompressor">\n'
    yield f'<ImageData WholeExtent="{extent}" Origin="{origin}" Spacing="{spacing}">\n'
    yield f'<FieldData>\n<DataArray type="Float64" Name="TimeValue" NumberOfTuples="1" format="appended" offset="{starts[0]}"/>\n'
    yield f'</FieldData>\n<Piece Extent="{extent}">\n<CellData>\n'
    for column, start in zip(columns, starts[1:], strict=False):
        kind = KINDS[column.values.dtype.name]
        yield f'<DataArray type="{kind}" Name={_quoted(column.name)} format="appended" offset="{start}"/>\n'
    yield '</CellData>\n</Piece>\n</ImageData>\n<AppendedData encoding="base64">\n_'
    yield from packed
    yield "\n</AppendedData>\n</VTKFile>\n"


def _quoted(text: str) -> str:
    """Text as the value of an attribute, in plain ASCII."""
    return quoteattr(text).encode("ascii", "xmlcharrefreplace").decode()


def _packed(values: NDArray[Any]) -> str:
    """An array as VTK appends it: how many blocks, their size, that of a shorter last one, what each takes; then the blocks."""
    data = np.ascontiguousarray(values, values.dtype.newbyteorder("<")).tobytes()
    blocks = [zlib.compress(data[start : start + BLOCK], LEVEL) for start in range(0, len(data), BLOCK)]
    head = np.array([len(blocks), BLOCK, len(data) % BLOCK, *map(len, blocks)], "<u8").tobytes()
    return b64encode(head).decode() + b64encode(b"".join(blocks)).decode()
