"""Questions on a terminal or of a pipe, and how their answers are read."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Sequence
from typing import TypeVar

import typer

Read = TypeVar("Read")


class Questions:
    """Asks on a terminal or of a pipe; with --yes nothing is asked, and what stands in brackets is the answer."""

    def __init__(self, yes: bool) -> None:
        """Ask, or take every default."""
        self.yes, self.again = yes, sys.stdin.isatty()

    def tell(self, text: str) -> None:
        """Say something to whoever is asked."""
        if not self.yes:
            typer.echo(text)

    def ask(self, question: str, default: str, read: Callable[[str], Read]) -> Read:
        """The answer, as read. A wrong one is asked again on a terminal. Raises InputError where it came through a pipe."""
        from refugia.terms import InputError, RefugiaError

        while True:
            try:
                answer = default if self.yes else str(typer.prompt(question, default=default, show_default=bool(default)))
            except typer.Abort:
                way_out = "Answer every question, or give --yes to take what stands in brackets."
                raise RefugiaError(f'No answer to "{question}": nothing was written. {way_out}') from None
            if not (self.yes or self.again):
                typer.echo(answer)  # what came through a pipe is not to be seen otherwise
            try:
                return read(answer.strip())
            except InputError as trouble:
                if self.yes or not self.again:
                    raise InputError("", f'"{question}"', answer, trouble.reason, trouble.way_out) from None
                typer.echo(f"  {trouble}", err=True)

    def wanted(self, question: str, default: bool) -> bool:
        """Yes or no."""
        return self.ask(f"{question} (y/n)", "y" if default else "n", _yes)


def _yes(answer: str) -> bool:
    return one_of(answer.lower(), ("y", "n", "yes", "no")).startswith("y")


def one_of(answer: str, known: Sequence[str]) -> str:
    """One of the words that are known. Raises InputError where it is another."""
    from refugia.terms import InputError

    if answer not in known:
        raise InputError("", "", answer, "is not one of the words known here", f"Answer {' or '.join(known)}.")
    return answer


def word(answer: str) -> str:
    """A name as the reader takes it. Raises InputError where it is none."""
    from refugia.terms import InputError

    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9 +_.\-]{0,29}", answer):
        raise InputError("", "", answer, "is no name", "Use up to 30 letters, digits, blanks, +, -, _ and points.")
    return answer


def line(answer: str) -> str:
    """A line of text. Raises InputError where it is empty or too long."""
    from refugia.terms import InputError

    if not answer or not answer.isprintable() or len(answer) > 1000:
        raise InputError("", "", answer[:60], "is no line of text", "Say it in up to 1000 letters.")
    return answer


def year(answer: str) -> int:
    """A year. Raises InputError where it is none."""
    from refugia.terms import InputError

    if not (answer.isascii() and answer.isdigit() and len(answer) == 4):
        raise InputError("", "", answer, "is no year", "Write one like 2026.")
    return int(answer)


def listed(answer: str) -> list[str]:
    """The words between commas."""
    return [word.strip() for word in answer.split(",") if word.strip()]
