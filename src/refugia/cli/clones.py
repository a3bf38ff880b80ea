"""The command that goes from reads to clones."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from refugia.cli.options import Json, Out, Seed, checked, print_json, tell, tell_of_reads

if TYPE_CHECKING:
    from rich.console import Console

    from refugia.inference.migration import History
    from refugia.inference.reads.table import Reads
    from refugia.inference.reconstruct import Reconstruction

READS = Annotated[Path, typer.Argument(metavar="READS", help="Long TSV, .ssm, MAF or VCF; gzip is taken.")]
SAMPLES = Annotated[str | None, typer.Option(metavar="A,B,...", help="Only these samples, in this order (of time, say).")]
PURITY = Annotated[str | None, typer.Option(metavar="P or A=P,B=P,...", help="Purity of the samples, in place of the file's.")]
PARAMS = Annotated[
    Path | None, typer.Option(metavar="FILE", help="The .params.json of an .ssm file, if it does not lie beside it.")
]
COPIES = Annotated[str, typer.Option("--copy-model", help="clonal, or either-side (PyClone-VI's): see docs/clones.md.")]
GIVEN = Annotated[bool, typer.Option("--given-clusters", help="Take the clusters of the .params.json as they are.")]
SITES = Annotated[str | None, typer.Option(metavar="A=lung,B=liver,...", help="Anatomical site of every sample.")]
SEGMENTS = Annotated[Path | None, typer.Option(metavar="FILE", help="Copy-number segments for a MAF or VCF.")]
PRIMARY = Annotated[str | None, typer.Option(metavar="SITE", help="Where the tumour began: asks for the fewest migrations.")]
FOUNDER = Annotated[float, typer.Option(help="Prior odds of each founder beyond the first; 1 makes all trees equal.")]


def clones(
    reads: READS, samples: SAMPLES = None, purity: PURITY = None, out: Out = None, seed: Seed = 0, as_json: Json = False,
    *, params: PARAMS = None, copy_model: COPIES = "clonal", founder: FOUNDER = 0.1,
    given_clusters: GIVEN = False, segments: SEGMENTS = None, sites: SITES = None, primary: PRIMARY = None,
    through_time: Annotated[bool, typer.Option("--through-time", help="The samples are points in time: draw a fish plot.")] = False,
) -> None:  # fmt: skip
    """From bulk sequencing of several samples to clones and their tree.

    Clusters of mutations, the posterior of their trees, cell fractions with intervals, and what could not be decided.
    """
    from rich.console import Console

    checked(1, seed, 0)
    _checked_model(copy_model, founder)
    table = _read(reads, samples, purity, (params, segments))
    if sites is not None:
        table = table.at_sites(_named(sites, "--sites"))
    _checked_given(table, given_clusters)
    from refugia.inference.migration import checked_primary, history
    from refugia.inference.reconstruct import reconstruct
    from refugia.report.clone_page import write_clone_page
    from refugia.report.clone_tables import clone_summary, write_clones
    from refugia.report.files import placed

    if primary is not None:
        checked_primary(table, primary)
    folder = out if out is not None else Path("refugia-out") / f"{reads.name.split('.')[0]}-clones"
    with placed(folder) as place:
        tell_of_reads()
        result = reconstruct(table, seed, copy_model, founder, given=given_clusters)
        way = None if primary is None else history(result, primary)
        write_clones(place, result, way)
        write_clone_page(place, result, through_time)
    if as_json:
        print_json(clone_summary(result, way))
    else:
        show_clones(Console(), result, way)
    tell(folder, as_json)


def _checked_model(copy_model: str, founder: float) -> None:
    """Raises InputError where the model of copies or the odds of founders cannot be."""
    from refugia.inference.multiplicity import MODELS
    from refugia.terms import InputError

    if copy_model not in MODELS:
        raise InputError("", "--copy-model", copy_model, "is no copy model", f"Choose {' or '.join(MODELS)}.")
    if not 0.0 < founder <= 1.0:
        raise InputError("", "--founder", founder, "are no odds", "Give a number above 0, and at most 1.")


def _checked_given(table: Reads, wanted: bool) -> None:
    """Raises InputError where clusters are to be taken as given, and none are."""
    from refugia.terms import InputError

    if wanted and not table.clusters:
        way = "They stand in the .params.json of an .ssm file, or in CLUSTER of a table of CONIPHER."
        raise InputError("", "--given-clusters", table.file, "brings no clusters along", way)


def _read(reads: Path, samples: str | None, purity: str | None, beside: tuple[Path | None, Path | None]) -> Reads:
    """The table of reads with the samples and purities asked for."""
    from refugia.inference.reads.opening import read
    from refugia.inference.reads.segments import with_segments
    from refugia.terms import InputError

    params, segments = beside
    table = read(reads, params)
    if segments is not None:
        table = with_segments(table, segments)
    if samples is None and table.format == "vcf" and len(table.samples) > 1:
        names = ", ".join(table.samples[:20])
        way = f"Name the tumours by --samples, of {names}."
        raise InputError(table.file, "", f"{len(table.samples)} columns", "may hold a normal sample", way)
    if samples is not None:
        table = table.chosen(tuple(name.strip() for name in samples.split(",") if name.strip()))
    return table if purity is None else table.with_purity(_purities(purity, table.samples))


def _named(text: str, option: str) -> dict[str, str]:
    """Names by sample from "A=lung,B=liver"."""
    from refugia.terms import InputError

    found: dict[str, str] = {}
    for part in text.split(","):
        name, sign, value = (word.strip() for word in part.rpartition("="))
        if not (sign and name and value):
            raise InputError("", option, part, "names no site of a sample", "Write A=lung,B=liver.")
        found[name] = value
    return found


def _purities(text: str, samples: tuple[str, ...]) -> dict[str, float]:
    """Purity by sample from "0.7" or "A=0.7,B=0.5"."""
    from refugia.terms import InputError

    found: dict[str, float] = {}
    for part in text.split(","):
        name, _, value = part.rpartition("=")
        try:
            number = float(value)
        except ValueError:
            raise InputError("", "--purity", part, "is no purity", "Write 0.7 for all samples, or A=0.7,B=0.5.") from None
        found.update({name.strip(): number} if name else dict.fromkeys(samples, number))
    return found


def show_clones(console: Console, result: Reconstruction, way: History | None = None) -> None:
    """Print the clones, the tree and what is open."""
    from rich.table import Table

    from refugia.report.clone_tables import newick, undecided
    from refugia.report.screen import ADVICE

    console.print(ADVICE, highlight=False)
    table = Table(title=f"Clones of {result.reads.file}")
    wide = result.reads.samples[:8]
    for head in ("clone", "mutations", *wide):
        table.add_column(head, justify="left" if head == "clone" else "right")
    for index in range(result.clusters.mean.shape[0]):
        mean, low, high = result.fraction(index)
        cells = [f"{mean[s]:.2f}" + (f" ({low[s]:.2f} to {high[s]:.2f})" if len(wide) < 4 else "") for s in range(len(wide))]
        table.add_row(f"C{index + 1}", str(int(result.clusters.size[index])), *cells)
    console.print(table)
    if len(result.reads.samples) > len(wide):
        left = len(result.reads.samples) - len(wide)
        console.print(f"{left} more samples, and all intervals, stand in clones.tsv.", highlight=False)
    console.print("Trees, with their posterior:", highlight=False)
    for parents, weight in zip(result.trees.parents[:3], result.trees.weights[:3], strict=True):
        if weight < 0.001:
            break
        console.print(f"{weight:.3f}  {newick(result, parents.tolist())}", highlight=False, markup=False)
    for node, here, there in way.moves if way is not None else ():
        assert way is not None
        console.print(f"{result.names[node]} went from {way.sites[here]} to {way.sites[there]}.", highlight=False, markup=False)
    broken = [f"C{entry.cluster + 1} fits no tree: {entry.rule}." for entry in result.misfits]
    for line in (*undecided(result)[:12], *broken, *result.reads.notes, *result.clusters.notes):
        console.print(line, highlight=False, markup=False)
