"""How a command ends: with its exit code, and with one clear message where something went wrong.

0 done, or whoever read the output had enough of it; 1 a check failed, or a bug of ours; 2 something the user can mend; 128 and the
number of the signal, where one stopped it.
"""

from __future__ import annotations

import errno
import os
import select
import signal
import sys
import traceback
from collections.abc import Callable
from types import FrameType

TRACEBACK = "REFUGIA_TRACEBACK"
"""Set in the environment, this shows where an error of our own happened."""

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


class _StoppedError(BaseException):
    """A signal asked the run to stop. No library may take it for an error and go on."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


class _UnreadError(Exception):
    """Nobody reads the output any more."""


def _stop(number: int, _: FrameType | None) -> None:
    raise _StoppedError(number)


def ended(app: Callable[[], object]) -> int:
    """Run the app to its end and give its exit code; whatever it raises becomes one message."""
    _listen()
    code = 0
    try:
        code = _code(app)
        sys.stdout.flush()
        return code
    except _StoppedError as stop:
        _say(f"Stopped. {_left()}")
        return 128 + stop.number
    except _UnreadError:
        return _muted(code)
    except BrokenPipeError as trouble:
        return _muted(code) if _unread() else _told(trouble)  # whoever was reading has gone, and needs no message
    except MemoryError:
        _say(f"The memory of this machine does not suffice. Ask for fewer patients, or for a nearer horizon. {_left()}")
        return 2
    except Exception as trouble:
        return _told(trouble)


def _listen() -> None:
    """Signals that ask to stop are heard, unless whoever started us has them ignored; closed streams lead nowhere."""
    from refugia.report.held import SIGNALS

    for number in SIGNALS:
        if signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, _stop)
    sys.stdout, sys.stderr = (stream or open(os.devnull, "w", encoding="utf-8") for stream in (sys.stdout, sys.stderr))  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="replace")  # type: ignore[union-attr]


def _code(app: Callable[[], object]) -> int:
    """The exit code of the app, which says it by `SystemExit`. Raises _UnreadError where a library found nobody reading."""
    try:
        app()
    except SystemExit as end:
        if isinstance(end.__context__, BrokenPipeError):
            raise _UnreadError from None
        return end.code if isinstance(end.code, int) else 0 if end.code is None else 1
    return 0


def _told(trouble: Exception) -> int:
    """Say what went wrong: what the user can mend (2), or that it is a bug (1)."""
    from refugia.terms import RefugiaError

    if isinstance(trouble, RefugiaError):
        _say(str(trouble))
        return 2
    if "no locator available" in str(trouble):  # numba, which can write neither beside its sources nor into the user's cache
        _say("The compiled kernels have no place to be kept: the folders of the package and of your cache cannot be written to. "
             f"Set NUMBA_CACHE_DIR to a folder that you may write to. {_left()}")  # fmt: skip
        return 2
    if isinstance(trouble, OSError) and trouble.errno in _FULL:
        _say(f"The output cannot be written ({trouble.strerror}). Make room for it, or send it elsewhere. {_left()}")
        return _muted(2)
    where = traceback.extract_tb(trouble.__traceback__)[-1]
    what = " ".join(f"{type(trouble).__name__}: {trouble}".split())[:300]
    place = f"{os.path.basename(where.filename)}, line {where.lineno}"
    way_out = f"Please report it to the maintainers, with the command and the case; {TRACEBACK}=1 in the environment shows more."
    _say(f"This is a bug of refugia, and no fault of yours: {what} ({place}). {_left()} {way_out}")
    if os.environ.get(TRACEBACK):
        traceback.print_exception(trouble)
    return 1


def _unread() -> bool:
    """Whether nobody reads what is printed any more: else it was another pipe that broke, as that of a worker.

    >>> _unread()
    False
    """
    try:
        watched = select.poll()
        for stream in (sys.stdout, sys.stderr):
            watched.register(stream.fileno(), 0)
    except (OSError, ValueError):
        return False
    return any(event & (select.POLLERR | select.POLLHUP) for _, event in watched.poll(0))


def _left() -> str:
    """What stands on the disk now."""
    from refugia.report.files import FINISHED, shown_path
    from refugia.report.unfinished import BEGUN, waits

    if FINISHED:
        return f"The result is complete: {shown_path(FINISHED[-1])}/"
    if any(map(waits, BEGUN)):
        kept = "The run in voxels is kept as it was at its last checkpoint: --resume goes on from there."
        return f"{kept} An earlier result is as it was."
    return "Nothing was written; an earlier result is as it was."


def _say(message: str) -> None:
    """A message on standard error, with nothing in it that a terminal would act on."""
    from refugia.terms import legible

    try:
        sys.stderr.write(f"{legible(message)}\n")
        sys.stderr.flush()
    except OSError:  # nobody can be told
        _muted(0)


def _muted(code: int) -> int:
    """The code, once what is still unwritten has been sent nowhere, so that closing the streams cannot fail."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError):
            try:
                os.dup2(nowhere, stream.fileno())
            except (OSError, ValueError):
                continue
    return code
