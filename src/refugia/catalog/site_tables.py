"""The tables of a site in a case file: which keys it has, in a whole case and in one that is like another."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from refugia.catalog.tables import Name, Num, Quantity, Table, Text


class Site(Table):
    """One tumour-bearing place; environment and wall are named."""

    name: Name
    organ: Name
    presence: Literal["seen", "occult"]
    diameter: Num
    detection: Num
    environment: str
    wall: str | None = None
    surface_pressure: Num = None
    geometry: Literal["sphere", "slab", "plane", "box"] = Field("sphere", description="shells, or voxels in one, two or three axes")
    voxel: Quantity = Field(None, description="edge of a voxel; without it a 24th of the diameter")
    extent: Quantity = Field(None, description="edge of the grid; without it three diameters")
    resolved: bool = Field(False, description="one cell a voxel, whose edge follows from the density of the cells")
    mask: Text | None = Field(None, description="array beside the case (.npy), as large as the grid: 0 free, else wall")


class SiteInstead(Table):
    """What is otherwise in a site of the case that this one is like."""

    organ: Name | None = None
    presence: Literal["seen", "occult"] | None = None
    diameter: Num = None
    detection: Num = None
    environment: str | None = None
    wall: str | None = None
    surface_pressure: Num = None
    geometry: Literal["sphere", "slab", "plane", "box"] | None = None
    voxel: Quantity = None
    extent: Quantity = None
    resolved: bool | None = None
    mask: Text | None = None
