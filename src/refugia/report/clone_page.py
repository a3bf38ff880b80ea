"""The page of a reconstruction: tree, clones by sample or through time, reads by cluster, and what could not be decided."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np

from refugia.inference.reconstruct import Reconstruction
from refugia.report.clone_tables import NOTE, undecided
from refugia.report.figures.look import colour, faint, figure, plain, short

NAME = "clones.html"
GREY = "#77828e"
MOST = 20_000
"""Most reads drawn by cluster; more are thinned evenly."""
LABELLED = 0.06
"""Share of a bar from which a clone is named in it, so that none is told by its colour alone."""
STYLE = "main{max-width:60rem;margin:auto;padding:1rem}.wide{overflow-x:auto}"


def _depths(parents: Sequence[int]) -> list[int]:
    depth = [0] * (len(parents) + 1)
    for node in range(1, len(parents) + 1):
        v = node
        while v > 0:
            depth[node] += 1
            v = int(parents[v - 1])
    return depth


def _places(parents: Sequence[int]) -> tuple[list[float], list[int]]:
    """Height and depth of each node: leaves one below the other, inner nodes in the middle of their children."""
    children: dict[int, list[int]] = {}
    for node, parent in enumerate(parents, start=1):
        children.setdefault(int(parent), []).append(node)
    height, free = [0.0] * (len(parents) + 1), 0

    def settle(node: int) -> float:
        nonlocal free
        below = [settle(child) for child in children.get(node, ())]
        if not below:
            free += 1
        height[node] = -float(free - 1) if not below else (below[0] + below[-1]) / 2
        return height[node]

    settle(0)
    return height, _depths(parents)


def _tone(node: int) -> str:
    return GREY if node == 0 else colour(node - 1)


def tree_figure(result: Reconstruction) -> Any:
    """The most probable tree; on each edge the probability that the upper clone is an ancestor of the lower one."""
    parents = result.trees.parents[0].tolist()
    height, depth = _places(parents)
    lines: dict[str, list[float | None]] = {"x": [], "y": []}
    notes = []
    for node, parent in enumerate(parents, start=1):
        lines["x"] += [depth[parent], depth[node], None]
        lines["y"] += [height[parent], height[node], None]
        certain = 1.0 if parent == 0 else float(result.trees.relations[parent - 1, node - 1, 0])
        if parent > 0:
            middle = (depth[parent] + depth[node]) / 2, (height[parent] + height[node]) / 2
            notes.append({"x": middle[0], "y": middle[1], "text": f"{certain:.2f}", "showarrow": False, "yshift": 10})
    sizes = [0, *(int(result.clusters.size[index]) for index in result.fitting)]
    labels = [
        plain(name) + (f" ({size})" if node else "") for node, (name, size) in enumerate(zip(result.names, sizes, strict=True))
    ]
    traces = [
        {"type": "scatter", "mode": "lines", **lines, "line": {"color": GREY}, "hoverinfo": "skip", "showlegend": False},
        {"type": "scatter", "mode": "markers+text", "x": depth, "y": height, "text": labels, "textposition": "bottom center",
         "marker": {"size": 18, "color": [_tone(node) for node in range(len(labels))]}, "hoverinfo": "text", "showlegend": False},
    ]  # fmt: skip
    hidden = {"visible": False}
    rows = int(-min(height)) + 1
    ends = {
        "xaxis": {**hidden, "range": [-0.5, max(depth) + 0.5]},
        "yaxis": {**hidden, "range": [min(height) - 0.7, max(height) + 0.5]},
    }
    return figure(traces, 120 + 60 * rows, annotations=notes, **ends)


def bars_figure(result: Reconstruction) -> Any:
    """Clone proportions of each sample, which add up to one."""
    names = [plain(name) for name in result.reads.samples]
    traces = []
    for node, name in enumerate(result.names):
        part = result.proportions[node]
        labels = [plain(name) if value > LABELLED else "" for value in part]
        traces.append(
            {"type": "bar", "name": plain(name), "x": names, "y": short(part), "text": labels, "textposition": "inside",
             "marker": {"color": _tone(node)}}
        )  # fmt: skip
    return figure(traces, 340, barmode="stack", yaxis={"title": {"text": "share of the cells"}, "range": [0, 1]})


def fish_figure(result: Reconstruction) -> Any:
    """Clones through time: each lies within the one it came from, as wide as its cell fraction."""
    parents = result.trees.parents[0].tolist()
    low = np.zeros_like(result.ccf)
    filled = np.zeros_like(result.ccf)
    for node in np.argsort(_depths(parents), kind="stable")[1:]:
        parent = parents[node - 1]
        children = max(parents.count(parent), 1)
        gap = result.proportions[parent] / (children + 1)
        low[node] = low[parent] + filled[parent] + gap
        filled[parent] += result.ccf[node] + gap
    names = [plain(name) for name in result.reads.samples]
    traces = []
    for node in np.argsort(_depths(parents), kind="stable")[1:]:
        edge = [*short(low[node]), *reversed(short(low[node] + result.ccf[node]))]
        tone = _tone(int(node))
        look = {"fill": "toself", "fillcolor": faint(tone, 0.75), "line": {"color": tone, "width": 1}}
        outline = {"x": [*names, *reversed(names)], "y": edge}
        traces.append({"type": "scatter", "mode": "lines", "name": plain(result.names[node]), **outline, **look})
    return figure(traces, 380, yaxis={"title": {"text": "share of the cells"}, "range": [0, 1]})


def reads_figure(result: Reconstruction) -> Any:
    """Share of mutated reads by cluster and sample."""
    reads, clusters = result.reads, result.clusters
    names = np.array([plain(name) for name in reads.samples])
    stride = max(1, reads.alt.size // MOST)
    traces = []
    for k in range(clusters.mean.shape[0]):
        rows, columns = np.nonzero(((clusters.group == k)[:, None]) & (reads.depth > 0))
        rows, columns = rows[::stride], columns[::stride]
        vaf = reads.alt[rows, columns] / reads.depth[rows, columns]
        traces.append({"type": "box", "name": f"C{k + 1} ({int(clusters.size[k])})", "x": names[columns].tolist(), "y": short(vaf),
                       "marker": {"color": _tone(k + 1), "size": 3}, "line": {"width": 1}})  # fmt: skip
    return figure(traces, 420, boxmode="group", yaxis={"title": {"text": "mutated reads / all reads"}, "rangemode": "tozero"})


def _sections(result: Reconstruction, through_time: bool) -> Iterator[tuple[str, str, Any]]:
    best = result.trees.weights[0]
    words = (
        f"The most probable tree (posterior {best:.2f}). In brackets: mutations. On an edge: the probability, over all trees, "
        "that the upper clone is an ancestor of the lower one."
    )
    yield "The tree", words, tree_figure(result)
    if through_time and len(result.reads.samples) > 1:
        yield "Through time", "Each clone lies within the one it came from, as wide as its share of the cells.", fish_figure(result)
    else:
        yield "Clones by sample", "Cells of each clone and no other: these shares add up to one.", bars_figure(result)
    yield "Reads by cluster", "The share of mutated reads at the mutations of each cluster.", reads_figure(result)


def _listed(lines: Sequence[str]) -> str:
    return "<ul>" + "".join(f"<li>{escape(line)}</li>" for line in lines) + "</ul>"


def _fractions(result: Reconstruction) -> str:
    head = "".join(f"<th>{escape(name)}</th>" for name in ("clone", "mutations", *result.reads.samples))
    rows = []
    for index in range(result.clusters.mean.shape[0]):
        mean, low, high = result.fraction(index)
        cells = "".join(f"<td>{m:.2f} ({a:.2f} to {b:.2f})</td>" for m, a, b in zip(mean, low, high, strict=True))
        rows.append(f"<tr><th>C{index + 1}</th><td>{int(result.clusters.size[index])}</td>{cells}</tr>")
    return f"<div class=\"wide\"><table><thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table></div>"


def render_clones(result: Reconstruction, through_time: bool = False) -> str:
    """The whole page as HTML: it opens from disk and fetches nothing."""
    from plotly.io import to_html
    from plotly.offline import get_plotlyjs

    style = (files("refugia.report.page") / "report.css").read_text(encoding="utf-8")
    parts = []
    for number, (head, words, drawn) in enumerate(_sections(result, through_time)):
        shown = to_html(drawn, include_plotlyjs=False, full_html=False, config={"displayModeBar": False}, div_id=f"figure-{number}")
        parts.append(f"<section><h2>{escape(head)}</h2><p>{escape(words)}</p>{shown}</section>")
    broken = [
        f"C{entry.cluster + 1}: {entry.rule}" + (" (left out of the trees)." if entry.left_out else ".") for entry in result.misfits
    ]
    lists = [
        ("What could not be decided", undecided(result)),
        ("What fits no tree", broken),
        ("Notes", [*result.reads.notes, *result.clusters.notes]),
    ]
    for head, lines in lists:
        if lines:
            parts.append(f"<section><h2>{escape(head)}</h2>{_listed(lines)}</section>")
    said = "With 95 % intervals; a clone's fraction holds that of all its descendants."
    parts.append(f"<section><h2>Cancer cell fractions</h2><p>{said}</p>{_fractions(result)}</section>")
    title = escape(f"Clones of {result.reads.file}")
    return (
        f'<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{title}</title><style>{style}{STYLE}</style><script>{get_plotlyjs()}</script></head><body><main><p><strong>{NOTE}</strong></p>"
        f"<h1>{title}</h1>{''.join(parts)}</main></body></html>\n"
    )


def write_clone_page(folder: Path, result: Reconstruction, through_time: bool = False) -> None:
    """Write `clones.html` into a folder."""
    (folder / NAME).write_text(render_clones(result, through_time), encoding="utf-8")
