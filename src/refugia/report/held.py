"""Signals held back for a moment, so that nobody is interrupted with one foot in the door."""

from __future__ import annotations

import signal
import threading
from types import FrameType
from typing import Any

SIGNALS = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))
"""What asks a run to stop."""


class Held:
    """Holds signals back between `hold()` and `free()`; the first that came meanwhile is handed on then.

    Python runs handlers in the main thread alone: in any other there is nothing to hold.
    """

    def __init__(self) -> None:
        """Hold nothing yet."""
        self._handlers: dict[int, Any] = {}
        self._came: list[int] = []

    def hold(self) -> None:
        """From now on signals wait. Holding twice is holding once."""
        if self._handlers or threading.current_thread() is not threading.main_thread():
            return
        for number in SIGNALS:
            handler = signal.getsignal(number)
            if handler not in (None, signal.SIG_IGN):
                self._handlers[number] = handler
                signal.signal(number, self._note)

    def free(self) -> None:
        """Signals are handled again, and so is the first that has waited."""
        while self._handlers:
            signal.signal(*self._handlers.popitem())
        if self._came:
            first, self._came = self._came[0], []
            signal.raise_signal(first)

    def _note(self, number: int, _: FrameType | None) -> None:
        self._came.append(number)
