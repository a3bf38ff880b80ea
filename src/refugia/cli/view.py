"""The command `view`: the tissue of a run as a page with a slice viewer, and as a moving picture."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from refugia.report.tissue_store import Tissue

Folder = Annotated[Path, typer.Argument(metavar="DIR", help="The result of a run, or one tissue-SITE.zarr in it.")]
File = Annotated[Path | None, typer.Option(help="The page.", metavar="FILE", show_default="DIR-view.html beside it")]
Movie = Annotated[str | None, typer.Option(help="Also a moving picture beside the page: mp4, webp or gif.", metavar="KIND")]
Field = Annotated[str, typer.Option(help="The field of the moving picture, such as clones, oxygen or pressure.")]
HEADS = {"mp4": (4, b"ftyp"), "webp": (8, b"WEBP"), "gif": (0, b"GIF8")}
"""Where a moving picture says what it is: only such a file is replaced by a new one."""


def view(folder: Folder, out: File = None, movie: Movie = None, field: Field = "clones") -> None:
    """Look at a tissue, slice by slice and through time.

    Writes one page that opens in a browser and asks nobody for anything, and a moving picture for a talk where it is asked for.
    """
    from refugia.report.files import shown_path
    from refugia.report.tissue_store import beside, open_tissue, stores_in
    from refugia.report.viewer.movie import field_of, ready, write_movie
    from refugia.report.viewer.page import page_file, view_page

    stores = stores_in(folder)
    tissues = [open_tissue(path) for path in stores]
    page = beside(folder, "-view.html") if out is None else out
    _free(page, page_file, "--out")
    pictures: list[tuple[Path, Tissue]] = []
    if movie is not None:
        ready(movie)
        several = len(tissues) > 1
        names = [f"{page.stem}-{path.stem}.{movie}" if several else f"{page.stem}.{movie}" for path in stores]
        pictures = [(page.with_name(name), tissue) for name, tissue in zip(names, tissues, strict=True)]
        for path, tissue in pictures:
            field_of(tissue, field)
            _free(path, _moving, "--movie")
    text = view_page(tissues)
    _written(page, lambda file: file.write_text(text, encoding="utf-8"))
    typer.echo(f"File: {shown_path(page)}")
    for path, tissue in pictures:
        _written(path, partial(write_movie, tissue=tissue, name=field))
        typer.echo(f"File: {shown_path(path)}")


def _moving(path: Path) -> bool:
    """Whether a file is a moving picture of the kind that its name says."""
    start, mark = HEADS[path.suffix.removeprefix(".")]
    try:
        with path.open("rb") as file:
            return file.read(start + len(mark))[start:] == mark
    except OSError:
        return False


def _free(path: Path, ours: Callable[[Path], bool], option: str) -> None:
    """Raises InputError where a file cannot be written, or one stands there that is none of ours."""
    from refugia.report.files import shown_path
    from refugia.terms import InputError

    if path.exists() and not ours(path):
        raise InputError("", option, shown_path(path), "is there and was not written by this command", "Name another file: --out.")
    if not path.parent.is_dir():
        raise InputError("", option, shown_path(path), "lies in no directory", "Make that directory, or name another file: --out.")


def _written(path: Path, write: Callable[[Path], object]) -> None:
    """Write a file so that it is the old one or the new one, whole. Raises InputError where it cannot be written."""
    from refugia.report.files import shown_path
    from refugia.terms import InputError

    fresh = path.with_name(f".{path.stem}.partial{path.suffix}")
    try:
        write(fresh)
        os.replace(fresh, path)
    except OSError as trouble:
        raise InputError("", "--out", shown_path(path), f"cannot be written ({trouble.strerror})", "Name another file.") from None
    finally:
        fresh.unlink(missing_ok=True)
