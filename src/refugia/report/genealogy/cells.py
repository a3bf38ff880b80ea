"""Sampled cells as the table that the libraries of single cells read: AnnData (extra `anndata`)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from os import PathLike
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from refugia.report.genealogy.extras import extra
from refugia.report.genealogy.lines import Lines, Sample
from refugia.terms import RefugiaError


def cell_table(
    lines: Lines, sample: Sample, alterations: Sequence[str], carried: ArrayLike, about: Mapping[str, str] | None = None
) -> Any:
    """A sample as AnnData: X (cells, alterations) says which cell carries which, obs clone, genotype, place and what was measured.

    `carried` (genotype, alteration) says which genotype carries which alteration. obsm["spatial"] is x, y, z in mm; uns["refugia"]
    holds the day and `about`. Raises RefugiaError where anndata is not installed, or the sample does not fit.
    """
    sample.check(lines)
    carries = np.asarray(carried, np.float32)
    if carries.shape != (len(lines.genotypes), len(alterations)):
        wanted = f"({len(lines.genotypes)}, {len(alterations)})"
        raise RefugiaError(f"genealogy: the table of alterations has the shape {carries.shape}. Give one of {wanted}.")
    pandas, anndata = extra("pandas", "anndata"), extra("anndata", "anndata")
    genotype = lines.genotype[sample.clone]
    known = np.array([str(name) for name in lines.genotypes])
    columns = {
        "clone": pandas.Categorical([lines.name(int(one)) for one in sample.clone]),
        "genotype": pandas.Categorical.from_codes(genotype, categories=list(known))
        if len(set(known)) == known.size
        else known[genotype],
        "place": sample.place,
        "clone_born": lines.day[sample.clone],
    }
    names = [f"cell{number}" for number in range(sample.clone.size)]
    obs = pandas.DataFrame(columns | {name: np.asarray(values) for name, values in sample.measured.items()}, index=names)
    var = pandas.DataFrame(index=pandas.Index([str(name) for name in alterations], dtype=object))
    table = anndata.AnnData(X=carries[genotype].reshape(len(names), len(alterations)), obs=obs, var=var)
    table.obsm["spatial"] = np.ascontiguousarray(sample.middle[:, ::-1])
    table.uns["refugia"] = {"day": float(sample.day), "unit_of_place": "mm", **(about or {})}
    return table


def write_cells(
    path: str | PathLike[str],
    lines: Lines,
    sample: Sample,
    alterations: Sequence[str],
    carried: ArrayLike,
    about: Mapping[str, str] | None = None,
) -> None:
    """Write the AnnData file of a sample, `cells.h5ad`; arguments and errors as in `cell_table`."""
    cell_table(lines, sample, alterations, carried, about).write_h5ad(path)
