"""What a run leaves on disk: tidy tables, a labelled course and its provenance, in place only once all of it is written."""

from __future__ import annotations

import csv
import errno
import json
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from refugia.report.held import Held
from refugia.report.work import BusyError, Work
from refugia.terms import InputError

MARK = "provenance.json"
FINISHED: list[Path] = []
"""Results that this process has put in place."""

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


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


def write_tabs(path: Path, header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Write a table parted by tabs, floats with 6 significant digits; no text in it may hold a tab."""
    with path.open("w", encoding="utf-8", newline="") as file:
        for row in (header, *rows):
            file.write("\t".join(str(digits(value)) for value in row) + "\n")


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
        raise InputError("", "--out", shown_path(target), "is a file", "Name a directory.")
    if target.is_dir() and any(target.iterdir()) and not _ours(target):
        raise InputError("", "--out", shown_path(target), "is a directory with other files in it", "Name a new or an empty one.")


def _list_files(folder: Path) -> None:
    """Add the names of all files to the provenance of a folder."""
    said = json.loads((folder / MARK).read_text(encoding="utf-8"))
    write_json(folder / MARK, {**said, "files": sorted(entry.name for entry in folder.iterdir() if entry.name != MARK)})


def _resolved(target: Path) -> Path:
    """The whole path of a place, links followed. Raises InputError where there can be no such directory."""
    shown = shown_path(target)
    try:
        whole = target.resolve()
        _check(whole)
        if Path.cwd().is_relative_to(whole):
            raise InputError("", "--out", shown, "is the directory you are in, or one above it", "Name another, or one in it.")
        if whole.parent == whole or os.path.ismount(whole):
            raise InputError("", "--out", shown, "is the root of a file system and cannot be exchanged", "Name a directory in it.")
    except OSError as trouble:
        raise InputError("", "--out", shown, f"cannot be used ({trouble.strerror})", "Name another place.") from None
    except (RuntimeError, ValueError):  # a circle of links; a name that no file can have
        raise InputError("", "--out", shown, "is no name of a directory", "Name another place.") from None
    return whole


def shown_path(path: Path) -> str:
    """A path as it may be printed: on one line, without what a terminal would act on, and cut where it is very long.

    >>> shown_path(Path("a\x1b[31mb"))
    'a?[31mb'
    """
    text = "".join(letter if letter.isprintable() else "?" for letter in str(path))
    return text if len(text) <= 200 else f"{text[:200]}..."


def _refusal(target: Path, trouble: OSError) -> InputError:
    """What the user is told about a place that could not be written to."""
    full = trouble.errno in _FULL
    way_out = "Make room there, or name another place." if full else "Name a place that you may write to."
    return InputError("", "--out", shown_path(target), f"cannot be written ({trouble.strerror})", way_out)


def _concerns(trouble: OSError, work: Work) -> bool:
    """Whether an error of the system is about the place, and not about something else that a run opens."""
    if trouble.filename is not None:
        return str(work.folder) in os.fsdecode(trouble.filename)
    return trouble.errno in (*_FULL, errno.EROFS, errno.EIO)


@contextmanager
def _refusing(target: Path) -> Iterator[None]:
    """Raises InputError where the system refuses to write at a place, or another run is at it."""
    try:
        yield
    except BusyError:
        way_out = "Wait until it has ended, or name another place."
        raise InputError("", "--out", shown_path(target), "is being written by another run", way_out) from None
    except OSError as trouble:
        raise _refusal(target, trouble) from trouble


@contextmanager
def placed(target: Path) -> Iterator[Path]:
    """A directory to write into, which takes its place at `target` only once everything in it is written.

    An earlier result there is replaced as a whole at the very end, with no moment at which neither stands. After an error or a
    signal nothing is left behind, and what a killed run left is cleared by the next one. A directory that holds anything else is
    refused. Raises InputError where the place cannot be written to, holds other files or is in use by another run.
    """
    target = _resolved(target)
    work, signals = Work(target), Held()
    signals.hold()
    try:
        with _refusing(target):
            work.open(_ours)
        _check(target)
        try:
            signals.free()
            yield work.fresh
        except OSError as trouble:
            raise (_refusal(target, trouble) if _concerns(trouble, work) else trouble) from None
        finally:
            signals.hold()
        with _refusing(target):
            _list_files(work.fresh)
            _check(target)
            work.swap()
        FINISHED.append(target)
    finally:
        signals.hold()
        work.close()
        signals.free()
