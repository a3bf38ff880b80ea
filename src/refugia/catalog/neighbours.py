"""A file that a case names: it lies in the directory of the case or below, and no link or path leads out of it."""

from __future__ import annotations

from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import NamedTuple

from refugia.catalog.place import Place


class Kind(NamedTuple):
    """What is named: in a word, as an example, and what kind of file it is."""

    word: str  # "doses"
    example: str  # "doses.csv"
    form: str  # "a CSV file"


def neighbour(name: str, folder: Path | None, kind: Kind, place: Place) -> Path:
    """The file of that name beside the case, or below. Raises InputError where it leads out, is not there, or is no file."""
    if folder is None:
        way_out = f"Save the case as a file, and the {kind.word} beside it."
        raise place.refusal(name, "cannot be looked up: this case is no file", way_out)
    if not name.strip() or not name.isprintable():
        raise place.refusal(name, "is no name of a file", f'Name a file beside the case, like "{kind.example}".')
    parts = (*PurePosixPath(name).parts, *PureWindowsPath(name).parts)
    if PurePosixPath(name).is_absolute() or PureWindowsPath(name).anchor or ".." in parts:
        way_out = f'Put the file beside the case, or below, and name it from there, like "{kind.example}".'
        raise place.refusal(name, "leads out of the directory of the case", way_out)
    try:
        root = folder.resolve()
        path = (root / name).resolve()
        if not path.is_relative_to(root):
            raise place.refusal(name, "is a link that leads out of the case's directory", "Copy the file beside the case.")
        if not path.exists():
            raise place.refusal(name, "is not there", "Put it beside the case, or name it as it is called.")
        if not path.is_file():
            raise place.refusal(name, "is not a file", f"Name {kind.form}.")
    except (OSError, ValueError, RuntimeError) as trouble:
        raise place.refusal(name, f"cannot be read ({why(trouble)})", f"Name {kind.form} that you may read.") from None
    return folder / name


def content_of(path: Path, name: str, most: int, kind: Kind, place: Place) -> bytes:
    """The bytes of a file. Raises InputError where there are more than `most`, or it cannot be read."""
    try:
        with path.open("rb") as file:
            content = file.read(most + 1)
    except OSError as trouble:
        raise place.refusal(name, f"cannot be read ({why(trouble)})", f"Name {kind.form} that you may read.") from None
    if len(content) > most:
        raise place.refusal(name, f"has more than {most} bytes", "Name a smaller file.")
    return content


def why(trouble: Exception) -> str:
    """What the system says of its trouble."""
    return getattr(trouble, "strerror", None) or str(trouble)
