"""What a course in voxels hands over as it goes, and to whom: the floors above write it down."""

from __future__ import annotations

from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from refugia.engine.rows.lineage import Lineage
from refugia.engine.rows.rows import Rows
from refugia.engine.voxels.grid import Grid
from refugia.terms import FloatArray

Single = NDArray[np.float32]


class Layout(NamedTuple):
    """What does not change in a course: written once, before the first frame."""

    site: str
    geometry: str  # "slab", "plane" or "box"
    grid: Grid
    mask: NDArray[np.int8]  # (Z, Y, X): 0 where cells may be, any other number is a wall
    genotypes: tuple[str, ...]  # the clones of the case, in its order: `Lineage.genotype` counts in it
    drugs: tuple[str, ...]
    days: FloatArray  # (frames,) on which a frame is due
    told: dict[str, object]  # provenance: case, seed, patient, versions, numbers of the method; JSON


class Frame(NamedTuple):
    """The tissue at one moment; fields (Z, Y, X), outside the tumour what surrounds it."""

    day: float
    volume: float  # mm3: cells over density and what is inert; of the cut in a plane or a slab
    rows: Rows
    inert: FloatArray  # mm3 in each voxel
    oxygen: Single  # mmHg
    pressure: Single  # mmHg
    perfused: Single  # share of the vessels that carry blood, -
    acidity: Single  # pH
    exposure: Single  # (drug, Z, Y, X) uM unbound in the tissue, mean over the step


class Sink(Protocol):
    """Takes a course in voxels down. A frame is whole on disk when `write` returns."""

    def begin(self, layout: Layout) -> None:
        """Make room for a course, before its first frame."""

    def resume(self, layout: Layout, frames: int) -> None:
        """Go on after so many frames: what was written after them is taken away. Raises InputError where less stands there."""

    def write(self, index: int, frame: Frame, lineage: Lineage) -> None:
        """Take down the frame with this index, and the lineage as it is then. Raises OSError where the disk is full."""

    def finish(self) -> None:
        """All frames are written."""


class Nowhere:
    """A sink that takes nothing down, for whoever looks at the end of a course alone."""

    def begin(self, layout: Layout) -> None:
        """Nothing is begun."""

    def resume(self, layout: Layout, frames: int) -> None:
        """Nothing was written that could be taken away."""

    def write(self, index: int, frame: Frame, lineage: Lineage) -> None:
        """The frame was made, and is let go."""

    def finish(self) -> None:
        """Nothing is left."""
