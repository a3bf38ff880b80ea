"""A mask beside the case: an array of whole numbers, one a voxel; 0 is where cells may be, any other number is a wall."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from refugia.catalog.neighbours import Kind, neighbour
from refugia.catalog.place import Place

MASK = Kind("mask", "brain.npy", "a NumPy array (.npy)")
LARGEST = 512**3
"""Voxels of a mask, at most."""
HIGHEST = 127
"""The largest number of a wall: eight bits hold it."""
_SAVED = 'Save it with numpy.save("brain.npy", mask), mask an array of whole numbers with the axes z, y and x.'
_ALONG = {1: "(1, 1, X) for a slab", 2: "(1, Y, X) for a plane", 3: "(Z, Y, X) for a box"}


def mask_of(name: str, axes: int, folder: Path | None, place: Place) -> NDArray[np.int8]:
    """The mask of that name for a grid that resolves so many axes, (Z, Y, X).

    Nothing but numbers is ever read from the file, and no more than its head before its size is known to be fit. Raises InputError
    where it is not there, leads out of the case's directory, or is not such an array.
    """
    found = _opened(neighbour(name, folder, MASK, place), name, place)
    if found.dtype.kind not in "iu":
        raise place.refusal(name, f"holds {found.dtype.name}, not whole numbers", 'Save mask.astype("int8"), 0 where cells may be.')
    shape = "x".join(str(size) for size in found.shape) or "no axis"
    if found.ndim != 3:
        way_out = f"Save it with three axes, {_ALONG[axes]}: mask.reshape(...)."
        raise place.refusal(name, f"has {found.ndim} axes ({shape}), not three", way_out)
    resolved = [axis for axis in range(3) if axis >= 3 - axes]
    if any((found.shape[axis] > 1) != (axis in resolved) for axis in range(3)):
        raise place.refusal(name, f"has the shape {shape}", f"A mask is {_ALONG[axes]}; more than one voxel along each axis named.")
    if found.size > LARGEST:
        raise place.refusal(name, f"has {found.size} voxels, more than {LARGEST}", "Save a coarser one.")
    least, most = int(found.min()), int(found.max())
    if least < 0 or most > HIGHEST:
        outlier = least if least < 0 else most
        way_out = f"Write 0 where cells may be, and walls as numbers from 1 to {HIGHEST}."
        raise place.refusal(name, f"has the number {outlier}", way_out)
    return np.ascontiguousarray(found, np.int8)


def _opened(path: Path, name: str, place: Place) -> NDArray[np.generic]:
    """The array of a file, not read yet."""
    try:
        found = np.load(path, mmap_mode="r", allow_pickle=False)
    except OSError as trouble:
        said = trouble.strerror or "it is no such file"
        raise place.refusal(name, f"cannot be read ({said})", _SAVED) from None
    except Exception:  # what a damaged file makes of the reader of another library is not foreseen
        raise place.refusal(name, "is no array of numbers in the format of NumPy, or is cut short", _SAVED) from None
    if not isinstance(found, np.ndarray):
        found.close()
        raise place.refusal(name, "holds several arrays", _SAVED)
    return found
