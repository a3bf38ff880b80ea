"""The command that takes samples of a simulated tissue and sequences them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from refugia.cli.options import Json, Seed, checked, print_json, tell

if TYPE_CHECKING:
    from rich.console import Console

    from refugia.report.sampling import Sampled

RESULT = Annotated[Path, typer.Argument(metavar="DIR", help="Result of a run with a site in voxels, or its tissue-SITE.zarr.")]
SITE = Annotated[str | None, typer.Option(metavar="NAME", help="Which site, where the result holds several tissues.")]
DAY = Annotated[float | None, typer.Option(metavar="D", help="Day of a frame.", show_default="the last")]
REGIONS = Annotated[int, typer.Option(help="Regions to sample, apart from each other.")]
DEPTH = Annotated[int, typer.Option(help="Mean depth of the reads.")]
PURITY = Annotated[float, typer.Option(help="Share of cancer cells in every sample.")]
CELLS = Annotated[int | None, typer.Option(metavar="N", help="Also N cells of the regions, with their genealogy.")]
PLACE = Annotated[
    Path | None, typer.Option(metavar="DIR2", help="Directory for the files.", show_default="DIR-sample beside it")
]


def sample(
    result: RESULT, site: SITE = None, day: DAY = None, regions: REGIONS = 8, depth: DEPTH = 200, purity: PURITY = 0.7,
    *, cells: CELLS = None, seed: Seed = 0, out: PLACE = None, as_json: Json = False,
) -> None:  # fmt: skip
    """Sample a simulated tumour in several regions and sequence them.

    Writes the table of reads that `refugia clones` takes, with copy numbers and purity, and the truth behind it.
    """
    from rich.console import Console

    checked(1, seed, 0)
    _checked_order(regions, depth, purity, cells)
    from refugia.biopsy.study import Order
    from refugia.catalog.sequencing import sequencing, sequencing_numbers
    from refugia.inference.reads.long import ERROR
    from refugia.report.files import placed
    from refugia.report.sampled_cells import checked_cells, write_sampled_cells
    from refugia.report.sampling import frame_of, tissue_of, truth, write_study
    from refugia.report.sampling import sample as taken
    from refugia.report.tissue_store import beside

    tissue = tissue_of(result, site)
    numbers = sequencing_numbers()
    found = taken(tissue, frame_of(tissue, day), sequencing(), Order(regions, depth, purity, ERROR, seed))
    if cells is not None:
        checked_cells(found, cells)
    folder = beside(result, "-sample") if out is None else out
    with placed(folder) as place:
        write_study(place, found, numbers)
        if cells is not None:
            write_sampled_cells(place, found, cells)
    if as_json:
        print_json(truth(found, numbers))
    else:
        _show(Console(), found, folder)
    tell(folder, as_json)


def _checked_order(regions: int, depth: int, purity: float, cells: int | None) -> None:
    """Raises InputError where one of what is asked for cannot be."""
    from refugia.terms import InputError

    if not 1 <= regions <= 1000:
        raise InputError("", "--regions", regions, "is no number of regions", "Give one from 1 to 1000.")
    if not 1 <= depth <= 100_000:
        raise InputError("", "--depth", depth, "is no depth", "Give one from 1 to 100000.")
    if not 0.0 < purity <= 1.0:
        raise InputError("", "--purity", purity, "is no purity", "Give one above 0, and at most 1.")
    if cells is not None and not 1 <= cells <= 1_000_000:
        raise InputError("", "--cells", cells, "is no number of cells", "Give one from 1 to 1000000.")


def _show(console: Console, found: Sampled, folder: Path) -> None:
    """What was sampled, and what may come next."""
    from refugia.biopsy.model import plain
    from refugia.catalog.sequencing import sequencing_numbers
    from refugia.report.files import shown_path
    from refugia.report.tables import assumed

    entry, order = found.study, found.order
    cells, edge = entry.regions.cells, (2 * entry.regions.half + 1) * found.tissue.grid.spacing
    numbers = sequencing_numbers()
    changed = int((entry.changed.max(axis=1) >= plain(found.numbers.resolved)).sum())
    for line in (
        f"{found.tissue.site}, day {found.day:g}: {order.regions} regions of {edge:g} mm an edge, "
        f"{cells.min()} to {cells.max()} cells each.",
        f"{entry.called.sum()} mutations called of {entry.called.size}, in {entry.clusters.node.size} clusters; "
        f"{changed} arms with other copy numbers; depth {order.depth}, purity {order.purity:g}.",
        f"{assumed(numbers)} of the {len(numbers)} numbers behind it are assumed: truth.json lists them.",
        f"Next: refugia clones {shown_path(folder / 'reads.tsv')}",
    ):  # fmt: skip
        console.print(line, highlight=False, markup=False, soft_wrap=True)
