"""Markdown from plain text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence


def plain(text: object) -> str:
    """A text in which nothing is read as markup, but what stands between backticks."""
    parts = re.split(r"(`[^`\n]+`)", " ".join(str(text).split()))
    return "".join(part if part.startswith("`") else re.sub(r"([\\*_\[\]<>#{}$~^|])", r"\\\1", part) for part in parts)


def code(text: object) -> str:
    """A text as code; nothing where it is empty."""
    shown = " ".join(str(text).split())
    return f"`{shown}`" if shown else ""


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; "" where it has no rows."""
    lines = ["| " + " | ".join(_cell(one) for one in row) + " |" for row in rows]
    if not lines:
        return ""
    return "\n".join(["| " + " | ".join(heads) + " |", "|" + "---|" * len(heads), *lines]) + "\n"


def _cell(text: str) -> str:
    """A cell: a bar inside code would end it."""
    return re.sub(r"(?<!\\)\|", r"\\|", text)


def prose(docstring: str) -> str:
    """A docstring as Markdown: paragraphs, doctests, and what is indented as code."""
    parts = []
    for part in re.split(r"\n\s*\n", docstring.strip("\n")):
        if part.lstrip().startswith(">>>"):
            parts.append(f"```pycon\n{_flush(part)}\n```")
        elif all(line.startswith("    ") for line in part.splitlines()):
            parts.append(f"```text\n{_flush(part)}\n```")
        else:
            parts.append(plain(part))
    return "\n\n".join(parts)


def _flush(text: str) -> str:
    lines = text.splitlines()
    margin = min(len(line) - len(line.lstrip()) for line in lines if line.strip())
    return "\n".join(line[margin:] for line in lines)


def page(title: str, says: str, *parts: str) -> str:
    """A page: title, what it is, parts."""
    return "\n\n".join((f"# {title}", says, *(part for part in parts if part))) + "\n"
