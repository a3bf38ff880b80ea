"""The command `evidence`: what is known of an alteration, and the releases that are searched."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from refugia.cli.options import Json, print_json


class _Asked(TyperGroup):
    """A group whose own arguments are a search: `evidence EGFR T790M` beside `evidence import FILE`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Read the arguments; what is no command of the group is asked for."""
        if args and args[0] not in self.commands and args[0] not in ("--help", "-h"):
            args = ["search", *args]
        return super().parse_args(ctx, args)


evidence = typer.Typer(
    cls=_Asked, no_args_is_help=True, rich_markup_mode=None,
    help="What is known of an alteration: refugia evidence EGFR T790M; or one of the commands below.",
)  # fmt: skip
Store = Annotated[Path | None, typer.Option(help="File of your releases.", show_default="in your data directory")]
Gene = Annotated[str, typer.Argument(metavar="[GENE]", show_default=False)]
Altered = Annotated[str, typer.Argument(metavar="[ALTERATION]", show_default=False)]


@evidence.command("search")
def search_evidence(
    gene: Gene = "", alteration: Altered = "",
    disease: Annotated[str, typer.Option(help='Only this disease, wider and narrower ones, such as "lung adenocarcinoma".')] = "",
    therapy: Annotated[str, typer.Option(help="Only items on this drug.")] = "",
    *, wide: Annotated[bool, typer.Option("--wide", help="Also items on other alterations of the gene.")] = False,
    release: Annotated[str | None, typer.Option(help="A release of the store.", show_default="the newest")] = None,
    store: Store = None, as_json: Json = False,
) -> None:  # fmt: skip
    """What causes the resistance, by which mechanism, and what answers it; the word `search` may be left out."""
    from rich.console import Console

    from refugia.catalog.evidence.search import Query, parted, search, sources
    from refugia.catalog.evidence.store import default_store
    from refugia.report.evidence import evidence_summary, show_evidence

    query = Query(*parted(gene, alteration), disease, therapy, wide)
    answer = search(query, sources(store or default_store(), release))
    if as_json:
        print_json(evidence_summary(answer))
    else:
        show_evidence(Console(), answer)


@evidence.command("import")
def import_evidence(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="CIViC's ClinicalEvidenceSummaries.tsv, as downloaded.")],
    release: Annotated[str | None, typer.Option(help='Its release, such as "01-Nov-2026".', show_default="from its name")] = None,
    store: Store = None,
) -> None:
    """Put a release of CIViC into the store: the whole file, or nothing of it."""
    from refugia.catalog.evidence.civic import read_civic
    from refugia.catalog.evidence.store import add_release, default_store

    place = store or default_store()
    added, new = add_release(place, read_civic(file, release))
    left = f"{added.flagged} flagged and {added.unaccepted} not accepted items stay out"
    said = f"{added.items} items ({left})" if new else "is in the store already, from this very file: nothing changed"
    typer.echo(f"{added.name}: {said}. sha256 {added.sha256}. Store: {place}")


@evidence.command("list")
def list_evidence(
    store: Store = None, as_json: Json = False,
    *, genes: Annotated[bool, typer.Option("--genes", help="The genes of which any item speaks, instead.")] = False,
) -> None:  # fmt: skip
    """The releases that are searched: what ships, and your own; or the genes that they speak of."""
    from rich.console import Console

    from refugia.catalog.evidence.search import sources
    from refugia.catalog.evidence.store import default_store, releases
    from refugia.catalog.evidence.tables import shipped
    from refugia.report.evidence import release_row, show_releases

    place = store or default_store()
    if genes:
        names = sources(place).genes_once()
        if as_json:
            print_json([{"gene": name, "also": list(also)} for name, also in names.items()])
        else:
            typer.echo(", ".join(f"{name} ({', '.join(also)})" if also else name for name, also in names.items()))
        return
    found = (shipped()[0], *releases(place))
    if as_json:
        print_json([release_row(release) for release in found])
    else:
        show_releases(Console(), found, str(place))
