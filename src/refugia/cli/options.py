"""What the commands share: options, checks, progress, and where files go."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from refugia.course.case import Case
    from refugia.course.ensemble import Executor


CaseName = Annotated[str, typer.Argument(metavar="CASE", help="An id of the catalogue, or a TOML file.")]
Seed = Annotated[int, typer.Option(help="Seed of all chance; the same seed gives the same bits.")]
Replicates = Annotated[int, typer.Option(help="Virtual patients.")]
Out = Annotated[
    Path | None,
    typer.Option(help="Directory for the files; a result there is replaced.", show_default="refugia-out/NAME, -run, -clones"),
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")]
Threads = Annotated[int, typer.Option(help="Threads; 0 takes all processors. The result does not depend on it.")]
Cluster = Annotated[str | None, typer.Option(metavar="ADDRESS", help="Dask scheduler whose workers run the courses: same bits.")]
Moved = Annotated[bool, typer.Option("--sensitivity", help="Also how each share moves with the assumed numbers (minutes).")]
Figures = Annotated[bool, typer.Option("--figures", help="Also every figure of the report as PNG and SVG (needs a Chrome).")]
Listed = Annotated[bool, typer.Option("--evidence", help="Beside the clones also the newest release of your own store.")]
Trajectories = Annotated[int, typer.Option(help="Trajectories of --sensitivity; each costs a small dissection a number.")]


def checked(replicates: int, seed: int, threads: int, option: str = "--replicates", of: str = "patients") -> None:
    """Raises InputError where a count, the seed or the threads are none."""
    from refugia.terms import InputError

    if not 1 <= replicates <= 100_000:
        raise InputError("", option, replicates, f"is no number of {of}", "Give one from 1 to 100000.")
    if not 0 <= seed < 2**63:
        raise InputError("", "--seed", seed, "is no seed", "Give a whole number from 0 to 2^63 - 1.")
    if not 0 <= threads <= 1024:
        raise InputError("", "--threads", threads, "is no number of threads", "Give one from 1 to 1024, or 0 for all processors.")


@lru_cache(maxsize=8)
def tell_compiling(minutes: str) -> None:
    """The line that kernels are being compiled, once a command."""
    from rich.console import Console

    said = f"Compiling kernels, once after installation: this takes about {minutes} minute."
    Console(stderr=True).print(said, highlight=False)


def tell_of_reads() -> None:
    """One line when the kernels that reconstruct clones from reads are compiled for the first time."""
    from refugia.engine.compiled import cache_folder
    from refugia.engine.grafting import walk

    if cache_folder(walk) is None:
        tell_compiling("a")


@contextmanager
def progress_of(says: str, *, cells: bool = True) -> Iterator[Callable[[int, int], None]]:
    """A progress bar on a terminal, silence otherwise; one line when kernels are to be compiled and nothing is refused any more.

    `cells` says whether the kernel of cells will run; without it the line is for whoever has compiled nothing at all yet.
    """
    from rich.console import Console

    from refugia.engine.compiled import any_compiled, compiled

    console = Console(stderr=True)
    untold = not (compiled() if cells else any_compiled())

    def compiling() -> None:
        if untold:
            tell_compiling("half a")

    if not console.is_terminal:
        yield lambda done, total: compiling()
        return
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn(), TextColumn("left"), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task(says, total=None)

        def step(done: int, total: int) -> None:
            compiling()
            bar.update(task, completed=done, total=total)

        yield step


@contextmanager
def executor_of(address: str | None) -> Iterator[Executor | None]:
    """Where courses are run: on the workers of a cluster, or on threads of this process (None)."""
    if address is None:
        yield None
        return
    from refugia.course.cluster import on_cluster

    with on_cluster(address) as executor:
        yield executor


def folder_of(out: Path | None, case: Case, suffix: str = "") -> Path:
    """Where the files of a case go."""
    return out if out is not None else Path("refugia-out") / (Path(case.file).stem + suffix)


def print_json(content: Any) -> None:
    """Print one JSON object."""
    import json

    sys.stdout.write(json.dumps(content, indent=2, allow_nan=False) + "\n")


def tell(folder: Path, as_json: bool) -> None:
    """Say where the files lie; quiet where only JSON is wanted and nobody looks on."""
    from rich.console import Console

    from refugia.report.files import REPLACED, shown_path

    console = Console(stderr=as_json)
    if console.is_terminal or not as_json:
        said = " (an earlier result there was replaced)" if folder.resolve() in REPLACED else ""
        console.print(f"Files: {shown_path(folder)}/{said}", highlight=False, markup=False, soft_wrap=True)
