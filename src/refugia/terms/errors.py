"""Errors that name the number, the place that refused it and the way out."""

from __future__ import annotations

from collections.abc import Sequence


class RefugiaError(Exception):
    """Something the user can mend. Printed as one message; the command ends with exit code 2."""


class InputError(RefugiaError):
    """A value in a file or on the command line was refused; `line` is that of the file, where it is known.

    >>> print(InputError("egfr.toml", "plan[0].dose", "250 mL", "is a volume", 'Write it as "250 mg".', line=12))
    egfr.toml, line 12, plan[0].dose: "250 mL" is a volume. Write it as "250 mg".
    """

    def __init__(self, file: str, field: str, value: object, reason: str, way_out: str, *, line: int | None = None) -> None:
        self.file, self.field, self.value, self.reason, self.way_out, self.line = file, field, value, reason, way_out, line
        place = ", ".join(part for part in (file, "" if line is None else f"line {line}", field) if part)
        shown = f'"{value}"' if isinstance(value, str) else repr(value)
        super().__init__(legible(f"{place}{': ' if place else ''}{shown} {reason.rstrip('.')}. {way_out}"))


def legible(text: str) -> str:
    """The text without what a terminal would act on; lines stay lines."""
    return "".join(letter if letter.isprintable() or letter == "\n" else " " for letter in text)


class FaultsError(RefugiaError):
    """All that was refused in a file, one a line, and how many there are."""

    def __init__(self, errors: Sequence[InputError]) -> None:
        self.errors = tuple(errors)
        count = "1 fault." if len(self.errors) == 1 else f"{len(self.errors)} faults."
        super().__init__("\n".join((*(str(error) for error in self.errors), count)))
