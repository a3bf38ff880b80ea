"""The page of a tissue: a slice viewer through time, complete in itself, and a table that stands for it."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any, NamedTuple

from refugia.report.figures.look import Table
from refugia.report.page.parts import embedded, minus, numeric, policy, unit_words
from refugia.report.tissue_store import Tissue
from refugia.report.viewer.data import LIMIT, Site, site_of

ADVICE = "Research software: no advice for a patient."
MARK = '<meta name="generator" content="refugia view">'
"""By which a page is known: only such a file is replaced by a new one."""
RAMP = ("#440154", "#472d7b", "#3b528b", "#2c728e", "#21918c", "#28ae80", "#5ec962", "#addc30", "#fde725")
"""Viridis, in nine steps: even to the eye, in grey and to colour-blind readers."""


class Part(NamedTuple):
    """A site on the page."""

    title: str
    says: str
    facts: tuple[tuple[str, str], ...]
    table: Table
    left_out: str


def view_page(tissues: Sequence[Tissue], limit: int = LIMIT) -> str:
    """The whole page as HTML: the same stores give the same text, whenever and wherever it is written.

    Raises InputError where a store has no frame, cannot be read or does not fit.
    """
    from jinja2 import Environment

    sites = [site_of(tissue, limit // len(tissues)) for tissue in tissues]
    folder, house = files("refugia.report.viewer"), files("refugia.report.page")
    style = (house / "report.css").read_text(encoding="utf-8") + (folder / "view.css").read_text(encoding="utf-8")
    script, text = ((folder / name).read_text(encoding="utf-8") for name in ("view.js", "view.html.jinja"))
    environment = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True)
    environment.filters["minus"] = minus
    content = {"ramp": RAMP, "sites": [_worded(site.content) for site in sites]}
    return environment.from_string(text).render(
        title=_title(tissues), parts=[_part(*pair) for pair in zip(tissues, sites, strict=True)], style=style, script=script,
        data=embedded(content), policy=policy(script), advice=ADVICE, mark=MARK, numeric=numeric,
    )  # fmt: skip


def _worded(content: dict[str, Any]) -> dict[str, Any]:
    """The data of a site with its units as one reads them."""
    return {**content, "fields": [{**field, "unit": unit_words(field["unit"])} for field in content["fields"]]}


def _title(tissues: Sequence[Tissue]) -> str:
    """What the page is about."""
    told = tissues[0].told
    named = next((str(told[name]) for name in ("title", "case") if told.get(name)), "A tumour")
    return f"{named}: tissue of {', '.join(tissue.site for tissue in tissues)}"


def _part(tissue: Tissue, site: Site) -> Part:
    """What stands in words for the pictures of a site."""
    heads = ["day", "volume, mm³", *(f"{name}, cells" for name in tissue.genotypes)]
    heads += [f"{field.title}{_unit(field.unit)}, mean" for field in site.fields[2:]]
    rows = tuple(
        (f"{row.day:.6g}", f"{row.volume:.4g}", *map(_whole, row.cells),
         *("no cell" if math.isnan(mean) else f"{mean:.3g}" for mean in row.means))
        for row in site.rows
    )  # fmt: skip
    caption = f"{tissue.site}: volume, cells and the means of the fields over all voxels that hold a cell"
    edges = [count * tissue.grid.spacing for count in tissue.grid.shape if count > 1] or [tissue.grid.spacing]
    extent = " × ".join(f"{edge:.4g}" for edge in edges)
    first, last = site.rows[0], site.rows[-1]
    says = (
        f"The site {tissue.site} as {_article(tissue.geometry)} of {_whole(tissue.grid.size)} voxels of "
        f"{tissue.grid.spacing:.4g} mm ({extent} mm). From day {first.day:.6g} to day {last.day:.6g} "
        f"its tumour goes from {_many(sum(first.cells))} to {_many(sum(last.cells))} cells{_most(tissue, last.cells)}."
    )  # fmt: skip
    facts = tuple((str(name), _fact(value)) for name, value in sorted(tissue.told.items()))
    return Part(tissue.site, says, facts, Table(caption, tuple(heads), rows), site.left_out)


def _article(geometry: str) -> str:
    return {"slab": "a slab", "plane": "a plane", "box": "a box"}.get(geometry, f"a {geometry}")


def _many(count: int) -> str:
    """A count as one reads it.

    >>> _many(950), _many(12345678)
    ('950', '12.3 million')
    """
    for size, word in ((10**9, "billion"), (10**6, "million")):
        if count >= size:
            return f"{count / size:.3g} {word}"
    return _whole(count)


def _whole(count: int) -> str:
    """A whole number in groups of three.

    >>> _whole(12345) == "12\u202f345"
    True
    """
    return f"{count:,}".replace(",", "\u202f")


def _most(tissue: Tissue, cells: tuple[int, ...]) -> str:
    """Which genotype makes up most of the cells."""
    total = sum(cells)
    if not total:
        return ""
    most = max(range(len(cells)), key=cells.__getitem__)
    return f", {100 * cells[most] / total:.0f} % of them {tissue.genotypes[most]}"


def _unit(unit: str) -> str:
    return "" if unit == "1" else f", {unit_words(unit)}"


def _fact(value: object) -> str:
    """A line of the provenance."""
    return value if isinstance(value, str) else json.dumps(value, sort_keys=True)


def page_file(path: Path) -> bool:
    """Whether a file is a page of this kind, which a new one may replace."""
    try:
        with path.open(encoding="utf-8") as file:
            return MARK in file.read(4000)
    except (OSError, UnicodeDecodeError):
        return False
