"""The tree of clones as Newick text: a node for every clone, as long as the days from its parent's birth to its own."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from refugia.report.genealogy.lines import Lines

_ENDS = set("()[]{},:;'\"/\\ \t\r\n_")


def newick(lines: Lines, clones: Iterable[int] | None = None) -> str:
    """One tree of all clones, or of `clones` and what they came from; several founders hang on a root without a name.

    A founder's branch is as long as the days from the first founder of all. Names with signs of the grammar are quoted.

    >>> newick(Lines([-1, 0, 0, 2], [0, 0, 0, 0], [0, 2, 3, 4.5], [[0, 0, 0]] * 4, ("wild",), ("a", "b", "c", "d e")))
    "(b:2,('d e':1.5)c:3)a:0;"
    >>> newick(Lines([-1, -1, 0], [0, 0, 0], [0, 2, 3], [[0, 0, 0]] * 3, ("wild",)), [1])
    '1:0;'
    """
    kept = np.ones(len(lines), bool) if clones is None else lines.ancestry(list(clones))
    inner: dict[int, list[str]] = {}
    roots: list[str] = []
    shown = np.flatnonzero(kept)
    first = float(lines.day[shown].min()) if shown.size else 0.0
    for clone in shown[::-1].tolist():
        below = inner.pop(clone, [])
        parent = int(lines.parent[clone])
        since = first if parent < 0 else float(lines.day[parent])
        text = f"({','.join(reversed(below))})" if below else ""
        text += f"{_quoted(lines.name(clone))}:{float(lines.day[clone]) - since:.9g}"
        (roots if parent < 0 else inner.setdefault(parent, [])).append(text)
    return f"({','.join(reversed(roots))});" if len(roots) != 1 else f"{roots[0]};"


def _quoted(name: str) -> str:
    return "'" + name.replace("'", "''") + "'" if not name or _ENDS & set(name) else name
