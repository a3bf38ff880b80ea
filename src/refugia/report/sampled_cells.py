"""Cells drawn from the sampled regions, with their genealogy, as the libraries of trees and of single cells read them."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from refugia.biopsy.study import cells_of
from refugia.report.genealogy import Lines, Sample, newick, write_cells, write_trees
from refugia.report.sampling import Sampled, origin
from refugia.terms import FloatArray, InputError

MEASURED = ("oxygen", "pressure", "perfused", "acidity")
"""Fields of the tissue that are told of each cell, in their own units."""


def checked_cells(found: Sampled, number: int) -> None:
    """Raises InputError where the regions hold fewer cells than are asked for."""
    there = int(found.study.regions.cells.sum())
    if number > there:
        raise InputError("", "--cells", number, f"is more than the {there} cells of the regions", "Ask for fewer.")


def write_sampled_cells(folder: Path, found: Sampled, number: int) -> None:
    """Write `tree.newick`, `genealogy.trees` and `cells.h5ad` of so many cells, drawn from the regions together.

    Raises RefugiaError where tskit or anndata is not installed.
    """
    tumour, tissue = found.tumour, found.tissue
    row = cells_of(tumour.rows, found.study.regions, number, found.order.seed)
    place = tumour.rows.place[row]
    measured = {name: tissue.field(name, found.frame).ravel()[place].astype(np.float64) for name in MEASURED}
    region = found.study.regions.of[place].astype(np.float64) + 1.0
    cells = Sample(found.day, tumour.rows.clone[row], _middles(found, place), place, measured | {"region": region})
    lineage = tumour.lineage
    lines = Lines(lineage.parent, lineage.genotype, lineage.day, _middles(found, lineage.place), tissue.genotypes)
    (folder / "tree.newick").write_text(newick(lines, set(cells.clone.tolist())) + "\n", encoding="utf-8")
    write_trees(folder / "genealogy.trees", lines, cells)
    about = {name: str(value) for name, value in origin(found).items() if name != "day"}
    write_cells(folder / "cells.h5ad", lines, cells, tumour.alterations, tumour.carried, about)


def _middles(found: Sampled, place: np.ndarray) -> FloatArray:
    """Middles (place, 3) z, y, x of voxels in mm; that of the grid where a founder has no place of birth."""
    grid = found.tissue.grid
    at = np.unravel_index(np.maximum(place, 0), grid.shape)
    middle = np.stack([grid.middles(axis)[at[axis]] for axis in range(3)], axis=1)
    return np.where(np.asarray(place)[:, None] >= 0, middle, 0.0)
