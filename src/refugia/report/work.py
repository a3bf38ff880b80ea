"""The hidden folder beside a result in which the next one is written: locked by its run, exchanged at the end, mended by the next.

`.NAME.refugia/` holds `lock`, the `new-*` result in the making and, where two folders cannot change places at once, the `old-*` one
for a moment. The lock is the kernel's own: it falls with the process that holds it, however that ends. Whatever else is found there
was left by a run that was killed.
"""

from __future__ import annotations

import ctypes
import errno
import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

try:
    import fcntl
except ImportError:  # no such locks there: two runs at one place are told apart by the names of their folders alone
    fcntl = None  # type: ignore[assignment]

_CANNOT_LOCK = (errno.ENOSYS, errno.ENOTSUP, errno.ENOLCK, errno.EINVAL)
_AT_HERE, _EXCHANGE = -100, 2  # of renameat2


class BusyError(Exception):
    """Another run holds the lock."""


def exchange(one: Path, other: Path) -> bool:
    """Let two folders change places in one stroke of the kernel; False where it cannot."""
    if not sys.platform.startswith("linux"):
        return False
    try:
        call = ctypes.CDLL(None, use_errno=True).renameat2
    except AttributeError:
        return False
    return bool(call(_AT_HERE, os.fsencode(one), _AT_HERE, os.fsencode(other), _EXCHANGE) == 0)


class Work:
    """The work folder of one target, held by this run until it is closed."""

    def __init__(self, target: Path) -> None:
        """Name it; nothing is made yet."""
        self.target, self.folder = target, target.parent / f".{target.name}.refugia"
        self.fresh = self.folder / "new"
        self._made: list[Path] = []
        self._lock: int | None = None
        self._alone = False

    def open(self, whole: Callable[[Path], bool]) -> None:
        """Take the lock, mend and clear what a killed run left, and make a fresh folder; `whole` tells a finished result.

        Raises BusyError where another run is at it, OSError where the place cannot be written to.
        """
        self._parents()
        self._take()
        if self._alone:
            for old in self.folder.glob("old-*/result"):
                if not self.target.exists() and whole(old):
                    old.rename(self.target)
            self._clear()
        self.fresh = Path(tempfile.mkdtemp(prefix="new-", dir=self.folder))
        self.fresh.chmod(0o755)

    def swap(self) -> None:
        """The fresh folder takes the place of the target; what stood there stays until the new one stands."""
        if not self.target.exists():
            self.fresh.rename(self.target)
        elif not exchange(self.fresh, self.target):
            old = Path(tempfile.mkdtemp(prefix="old-", dir=self.folder)) / "result"
            self.target.rename(old)
            try:
                self.fresh.rename(self.target)
            except OSError:
                old.rename(self.target)
                raise

    def close(self) -> None:
        """Remove what is left of the work, and the parents that were made for nothing; let the lock go."""
        shutil.rmtree(self.fresh, ignore_errors=True)
        if self._alone:
            self._clear()
            with suppress(OSError):
                (self.folder / "lock").unlink()
        with suppress(OSError):  # not there, or another run's
            self.folder.rmdir()
        if self._lock is not None:
            os.close(self._lock)
        for parent in reversed(self._made):
            with suppress(OSError):  # not empty: the result is in it
                parent.rmdir()

    def _parents(self) -> None:
        """Make the parents of the target that are not there."""
        missing = [parent for parent in self.target.parents if not parent.exists()]
        for parent in reversed(missing):
            parent.mkdir(exist_ok=True)
            self._made.append(parent)

    def _take(self) -> None:
        """Take the lock; a lock file that its last holder has just removed is made anew."""
        while self._lock is None:
            self.folder.mkdir(exist_ok=True)
            try:
                self._lock = os.open(self.folder / "lock", os.O_RDWR | os.O_CREAT, 0o644)
            except FileNotFoundError:  # the folder went in between
                continue
            if fcntl is None:
                return
            try:
                fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                self._alone = os.path.samestat(os.fstat(self._lock), os.stat(self.folder / "lock"))
            except BlockingIOError:
                raise BusyError from None
            except FileNotFoundError:
                self._alone = False
            except OSError as trouble:
                if trouble.errno not in _CANNOT_LOCK:
                    raise
                return
            if not self._alone:
                os.close(self._lock)
                self._lock = None

    def _clear(self) -> None:
        """Remove what killed runs left; an earlier result only where the target stands."""
        for left in self.folder.glob("new-*"):
            shutil.rmtree(left, ignore_errors=True)
        if self.target.exists():
            for left in self.folder.glob("old-*"):
                shutil.rmtree(left, ignore_errors=True)
