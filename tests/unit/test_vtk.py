"""The series for ParaView: files are XML, arrays decode to what the store holds, days are the times."""

from __future__ import annotations

import base64
import zlib
from itertools import pairwise
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest

from refugia.report import vtk
from refugia.report.tissue_store import open_tissue
from refugia.terms import InputError
from tests.unit import tissue_made as made

KINDS = {"Int8": "<i1", "Int32": "<i4", "Float32": "<f4", "Float64": "<f8"}


def decoded(file: Path) -> dict[str, np.ndarray[Any, Any]]:
    """Every array of a file by its name, read as the VTK file format says: header and blocks are two base64 texts."""
    root = ElementTree.parse(file).getroot()
    assert (root.get("type"), root.get("byte_order"), root.get("header_type")) == ("ImageData", "LittleEndian", "UInt64")
    text = (root.findtext("AppendedData") or "").strip()
    assert text.startswith("_")
    found = {}
    for entry in root.iter("DataArray"):
        part = text[1 + int(entry.get("offset", "")) :]
        count = int(np.frombuffer(base64.b64decode(part[:12])[:8], "<u8")[0])
        size = 8 * (3 + count)
        long = 4 * -(-size // 3)
        _, block, last, *sizes = np.frombuffer(base64.b64decode(part[:long])[:size], "<u8").tolist()
        body = base64.b64decode(part[long : long + 4 * -(-sum(sizes) // 3)])
        edges = np.cumsum([0, *sizes])
        parts = [zlib.decompress(body[a:b]) for a, b in pairwise(edges.tolist())]
        assert [len(one) for one in parts] == [block] * (count - 1) + [last or block]
        found[entry.get("Name", "")] = np.frombuffer(b"".join(parts), KINDS[entry.get("type", "")])
    return found


@pytest.mark.parametrize("block", [2**20, 128])
def test_a_frame_holds_what_the_store_holds(block: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every field, split by genotype and drug, x fastest; in one block and in many, the last one full or not."""
    monkeypatch.setattr(vtk, "BLOCK", block)
    tissue = open_tissue(made.written(tmp_path, 2))
    vtk.write_vtk(tmp_path / "vtk", tissue)
    found = decoded(tmp_path / "vtk" / "tissue-lung-1.vti")
    assert found.pop("TimeValue").tolist() == [30.0]
    due = {"mask": tissue.mask}
    for name, unit in {"oxygen": " (mmHg)", "pressure": " (mmHg)", "perfused": "", "acidity": " (pH)", "inert": " (mm3)"}.items():
        due[f"{name}{unit}"] = tissue.field(name, 1)
    for place, genotype in enumerate(made.GENOTYPES):
        due[f"cells {genotype} (cell)"] = tissue.field("cells", 1)[place]
    for place, drug in enumerate(made.DRUGS):
        due[f"exposure {drug} (uM)"] = tissue.field("exposure", 1)[place]
    assert found.keys() == due.keys()
    assert all(np.array_equal(found[name], values.ravel()) for name, values in due.items())


def test_the_grid_is_in_mm_and_the_series_in_days(tmp_path: Path) -> None:
    """Voxels are cells of the image, its origin the lower corner; the collection lists a file for each day."""
    whole = vtk.write_vtk(tmp_path / "vtk", open_tissue(made.written(tmp_path, 5)))
    entries = list(ElementTree.parse(whole).getroot().iter("DataSet"))
    assert [float(entry.get("timestep", "")) for entry in entries] == made.DAYS.tolist()
    assert all((whole.parent / entry.get("file", "")).is_file() for entry in entries)
    image = ElementTree.parse(whole.parent / entries[0].get("file", "")).getroot().find("ImageData")
    assert image is not None
    assert image.attrib == {"WholeExtent": "0 8 0 7 0 6", "Origin": "-2.0 -1.75 -1.5", "Spacing": "0.5 0.5 0.5"}


def test_a_plane_without_drugs_and_a_store_without_frames(tmp_path: Path) -> None:
    """A plane is one voxel thick; nothing to show is said."""
    whole = vtk.write_vtk(tmp_path, open_tissue(made.written(tmp_path, 1, made.layout((1, 4, 5), ()))))
    assert not [name for name in decoded(whole.with_name("tissue-lung-0.vti")) if name.startswith("exposure")]
    with pytest.raises(InputError, match="nothing to show"):
        vtk.write_vtk(tmp_path, open_tissue(made.written(tmp_path, 0)))
