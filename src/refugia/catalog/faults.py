"""Faults of a file, kept while reading goes on, so that one look names all of them.

What was refused is FAULTY from then on. Whoever needs it is stopped by an error that is not told: a part that rests on a faulty
one is not judged, and no fault follows from another.
"""

from __future__ import annotations

from typing import Any, NoReturn

from refugia.terms import InputError


class AlreadyRefusedError(InputError):
    """Something faulty was needed; it has been refused before, and this is not told."""

    def __init__(self) -> None:
        """An error without a place: it reaches nobody."""
        super().__init__("", "", "", "was refused before", "Mend what was named.")


class Faulty:
    """In place of a part that was refused: any use of it raises AlreadyRefusedError; printed, it is a question mark."""

    def _stop(self, *_: object) -> NoReturn:
        raise AlreadyRefusedError

    def __repr__(self) -> str:
        return "?"

    def __format__(self, spec: str) -> str:
        return "?"

    def __getattr__(self, name: str) -> NoReturn:
        if name.startswith("__"):
            raise AttributeError(name)  # what Python itself looks for
        raise AlreadyRefusedError

    __eq__ = __ne__ = __lt__ = __le__ = __gt__ = __ge__ = _stop
    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __truediv__ = __rtruediv__ = __neg__ = _stop
    __bool__ = __len__ = __iter__ = __contains__ = __getitem__ = __hash__ = _stop
    __float__ = __int__ = __index__ = __call__ = _stop


FAULTY: Any = Faulty()


class Faults:
    """The faults found so far, each once, in the order in which they were found."""

    def __init__(self, file: str = "") -> None:
        """None yet of that file, and of those that it names."""
        self.file = file
        self.found: list[InputError] = []
        self._said: set[str] = set()

    def add(self, error: InputError) -> None:
        """Keep an error, unless it says nothing new."""
        if not isinstance(error, AlreadyRefusedError) and str(error) not in self._said:
            self._said.add(str(error))
            self.found.append(error)

    def in_order(self) -> list[InputError]:
        """The faults in the order of the lines they stand on, those of the file itself first."""
        return sorted(self.found, key=lambda error: (error.file != self.file, error.file, error.line or 0))
