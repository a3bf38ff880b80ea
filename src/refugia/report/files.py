"""What a run leaves on disk: tidy tables, a labelled course and its provenance, in place only once all of it is written."""

from __future__ import annotations

import csv
import json
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from refugia.terms import InputError

MARK = "provenance.json"


def digits(value: object) -> object:
    """A float with 6 significant digits; anything else as it is.

    >>> digits(1.23456789), digits("x"), digits(None)
    ('1.23457', 'x', '')
    """
    if isinstance(value, float):
        return format(value, ".6g")
    return "" if value is None else value


def write_table(path: Path, header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Write a CSV table, floats with 6 significant digits."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows([digits(value) for value in row] for row in rows)


def write_json(path: Path, content: Any) -> None:
    """Write JSON, keys in order, ending in a newline."""
    path.write_text(json.dumps(content, indent=2, sort_keys=True, allow_nan=False) + "\n", encoding="utf-8")


def _ours(target: Path) -> bool:
    """Whether a directory holds an earlier result and nothing else: its provenance lists every file."""
    try:
        listed = json.loads((target / MARK).read_text(encoding="utf-8"))["files"]
    except (OSError, ValueError, KeyError, TypeError):
        return False
    return isinstance(listed, list) and {entry.name for entry in target.iterdir()} <= {MARK, *map(str, listed)}


def _check(target: Path) -> None:
    """Refuse a place that holds something which is not an earlier result of ours."""
    if target.exists() and not target.is_dir():
        raise InputError("", "--out", str(target), "is a file", "Name a directory.")
    if target.is_dir() and any(target.iterdir()) and not _ours(target):
        raise InputError("", "--out", str(target), "is a directory with other files in it", "Name a new or an empty one.")


def _list_files(folder: Path) -> None:
    """Add the names of all files to the provenance of a folder."""
    said = json.loads((folder / MARK).read_text(encoding="utf-8"))
    write_json(folder / MARK, {**said, "files": sorted(entry.name for entry in folder.iterdir() if entry.name != MARK)})


@contextmanager
def placed(target: Path) -> Iterator[Path]:
    """A directory to write into, which takes its place at `target` only once everything in it is written.

    An earlier result there is replaced as a whole at the very end; after an error nothing is left behind. A directory that holds
    anything else is refused. Raises InputError where the place cannot be written to or holds other files.
    """
    target = target.resolve()
    _check(target)
    fresh = not target.parent.exists()
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        beside = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
    except OSError as trouble:
        raise InputError(
            "", "--out", str(target), f"cannot be written ({trouble.strerror})", "Name a place that you may write to."
        ) from trouble
    try:
        beside.chmod(0o755)
        yield beside
        _list_files(beside)
        _check(target)
        if target.exists():
            old = Path(tempfile.mkdtemp(prefix=f".{target.name}-old-", dir=target.parent))
            target.rename(old / "result")
            beside.rename(target)
            shutil.rmtree(old)
        else:
            beside.rename(target)
    except OSError as trouble:
        raise InputError(
            "", "--out", str(target), f"cannot be written ({trouble.strerror})", "Make room, or name another place."
        ) from trouble
    finally:
        shutil.rmtree(beside, ignore_errors=True)
        if fresh:
            with suppress(OSError):  # not empty: the result is in it
                target.parent.rmdir()
