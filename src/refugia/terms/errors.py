"""Errors that name the number, the place that refused it and the way out."""

from __future__ import annotations


class RefugiaError(Exception):
    """Something the user can mend. Printed as one message; the command ends with exit code 2."""


class InputError(RefugiaError):
    """A value in a file or on the command line was refused.

    >>> print(InputError("egfr.toml", "plan[0].dose", "250 mL", "is a volume", 'Write it as "250 mg".'))
    egfr.toml, plan[0].dose: "250 mL" is a volume. Write it as "250 mg".
    """

    def __init__(self, file: str, field: str, value: object, reason: str, way_out: str) -> None:
        self.file, self.field, self.value, self.reason, self.way_out = file, field, value, reason, way_out
        place = ", ".join(part for part in (file, field) if part)
        shown = f'"{value}"' if isinstance(value, str) else repr(value)
        super().__init__(f"{place}{': ' if place else ''}{shown} {reason.rstrip('.')}. {way_out}")
