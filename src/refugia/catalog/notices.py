"""What the reader of a case tells while it works, to whoever wants to hear it: a lower floor never prints."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar

_HEARD: ContextVar[Callable[[], None] | None] = ContextVar("before a reconstruction", default=None)


def before_reconstruction(listener: Callable[[], None] | None) -> None:
    """From now on, have `listener` called before reads beside a case are reconstructed; None has nobody called.

    >>> before_reconstruction(lambda: print("this may take a while"))
    >>> reconstructing()
    this may take a while
    >>> before_reconstruction(None)
    """
    _HEARD.set(listener)


def reconstructing() -> None:
    """Tell whoever listens that reads are about to be reconstructed."""
    listener = _HEARD.get()
    if listener is not None:
        listener()
