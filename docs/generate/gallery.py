"""The gallery: each example with its question, its picture, what it prints, and its code."""

from __future__ import annotations

import inspect
import io
import re
from contextlib import chdir, redirect_stdout
from functools import cache
from html import escape
from pathlib import Path
from runpy import run_path
from tempfile import TemporaryDirectory
from typing import Any

from docs.generate.text import page, plain

EXAMPLES = tuple(sorted((Path(__file__).parents[2] / "examples").glob("*.py")))


def script() -> str:
    """Plotly's own script, served beside the pages: nothing is fetched when a picture is looked at."""
    from plotly.offline import get_plotlyjs

    return str(get_plotlyjs())


@cache
def ran(example: Path) -> tuple[str, str, Any, str]:
    """Run an example in an empty folder: its docstring, what it prints, its picture (or None), and what the picture shows."""
    printed = io.StringIO()
    with TemporaryDirectory() as folder, chdir(folder), redirect_stdout(printed):
        names = run_path(str(example))
        result = names["main"]()
    draw = names.get("picture")
    figure = draw(result) if draw is not None else None
    return str(names["__doc__"]), printed.getvalue(), figure, inspect.getdoc(draw) or ""


def gallery_page() -> str:
    """All examples, one question each."""
    says = (
        "Each example is one file that asks one question; the tests run them all, and this page was made by running them. Below "
        "each picture stand the figures that it shows, as the example prints them. Move the pointer over a picture to read values."
    )
    loaded = '```{raw} html\n<script src="_static/plotly.min.js"></script>\n```'
    return page("Gallery", says, loaded, *(_entry(example) for example in EXAMPLES))


def _entry(example: Path) -> str:
    doc, printed, figure, shows = ran(example)
    question, _, more = doc.partition("\n")
    asked, _, rest = question.partition("?")
    head = f"## {asked}?\n\n{plain(rest)}" if rest.strip() else f"## {question}"
    source = example.read_text(encoding="utf-8").rstrip()
    lines = "\n".join(line.rstrip()[:160] for line in printed.rstrip().splitlines()[:60])
    return "\n\n".join((
        head, plain(more), _drawn(figure, shows), f"What `examples/{example.name}` prints:", f"```text\n{lines}\n```",
        f"```{{raw}} html\n<details><summary>The code: examples/{escape(example.name)}</summary>\n```",
        f"```python\n{source}\n```", "```{raw} html\n</details>\n```",
    ))  # fmt: skip


def _drawn(figure: Any, shows: str) -> str:
    """A picture with its text alternative; nothing where the example draws none."""
    if figure is None:
        return ""
    inner = figure.to_html(full_html=False, include_plotlyjs=False, config={"displayModeBar": False, "responsive": True})
    inner = re.sub(r"\n\s*\n", "\n", inner)
    said = " ".join(shows.split())
    framed = f'<figure class="picture" role="img" aria-label="{escape(said)}">\n{inner}\n</figure>'
    return f"```{{raw}} html\n{framed}\n```\n\n*{plain(said)}*"
