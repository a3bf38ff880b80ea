"""What a page is made of: sections with paragraphs, figures and tables, all as plain data."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import quote

from refugia.report.figures.look import Table

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

NUMBER = re.compile(r"[<>±+-]?\s?\d[\d.,]*(?:e[+-]?\d+)?(?: %)?(?: \(.*\)| to .*)?|")
MINUS = re.compile(r"(?<![\w.])-(?=\d)")


class Plate(NamedTuple):
    """A figure on the page: its name, title, the sentence that stands for it, and the numbers behind it."""

    name: str
    title: str
    says: str
    figure: Figure
    table: Table
    opened: bool = False  # whether the numbers stand open


class Link(NamedTuple):
    """A cell of a table whose beginning leads to another place of the page."""

    text: str
    to: str
    after: str

    def __str__(self) -> str:
        return self.text + self.after


class Grid(NamedTuple):
    """A table on the page that stands open: sorted by its heads, filtered by words, and by the kind of its rows."""

    name: str
    table: Table
    kinds: tuple[str, ...] = ()  # one a row
    flag: str = ""  # the kind that is marked
    filtered: bool = False

    @property
    def choices(self) -> list[str]:
        """The kinds there are, in the order in which they come."""
        return list(dict.fromkeys(self.kinds))


class Section(NamedTuple):
    """A section of the page; figures stand side by side where there is room."""

    name: str
    title: str
    says: tuple[str, ...] = ()
    plates: tuple[Plate, ...] = ()
    grids: tuple[Grid, ...] = ()
    facts: tuple[tuple[str, str], ...] = ()
    papers: tuple[tuple[str, str, str], ...] = ()  # key, citation and its link


def plate(name: str, title: str, made: tuple[Callable[..., Any], Callable[..., str], Callable[..., Table]], *given: Any) -> Plate:
    """A plate from the three functions of a figure's file: the figure, its sentence and its table."""
    draw, says, table = made
    return Plate(name, title, says(*given), draw(*given), table(*given))


def numeric(table: Table) -> list[bool]:
    """Which columns hold numbers alone, so that they stand to the right.

    >>> numeric(Table("", ("a", "b"), (("lung", "+0.8 to 1"), ("liver", "> 720"))))
    [False, True]
    """
    return [
        bool(column := [str(row[place]) for row in table.rows]) and all(NUMBER.fullmatch(text) for text in column)
        for place in range(len(table.heads))
    ]


def minus(text: object) -> str:
    """Text with the sign for minus where a number has one.

    >>> minus("-0.5 to 1e-05")
    '−0.5 to 1e-05'
    """
    return MINUS.sub("−", str(text)).replace(" %", "\u00a0%")


def unit_words(unit: str) -> str:
    """A unit as one reads it.

    >>> unit_words("mm**2/day"), unit_words("1/day"), unit_words("uM")
    ('mm² per day', 'per day', 'µM')
    """
    text = unit.replace("**2", "²").replace("**3", "³").replace("uM", "µM").replace("um", "µm").replace("umol", "µmol")
    head, *rest = text.split("/")
    return " per ".join([*([] if head in ("1", "") and rest else [head]), *rest]) if head not in ("1", "") else "".join(
        f"per {part} " for part in rest).strip()  # fmt: skip


def address(link: str) -> str:
    """Where the link of a citation leads, nothing where it is no address.

    >>> address("doi:10.1126/x"), address("PMID 16890575"), address("javascript:alert(1)")
    ('https://doi.org/10.1126/x', 'https://pubmed.ncbi.nlm.nih.gov/16890575', '')
    """
    if link.startswith(("https://", "http://")):
        return link
    head, _, rest = link.replace("doi:", "doi ", 1).partition(" ")
    known = {"doi": "https://doi.org/", "PMID": "https://pubmed.ncbi.nlm.nih.gov/"}
    return f"{known[head]}{quote(rest.strip(), safe='/().:;_-')}" if head in known and rest else ""


def listed(words: Sequence[str]) -> str:
    """Words as one text.

    >>> listed(["lung", "liver"])
    'lung, liver'
    """
    return ", ".join(words)


def policy(*scripts: str) -> str:
    """Which scripts of a page may run: these and no other; and nothing is fetched from anywhere.

    >>> policy("").split("; ")[:2]
    ["default-src 'none'", "script-src 'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='"]
    """
    sums = " ".join(f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'" for script in scripts)
    rest = "style-src 'unsafe-inline'; img-src data: blob:; base-uri 'none'; form-action 'none'"
    return f"default-src 'none'; script-src {sums}; {rest}"


def embedded(content: Any) -> str:
    """JSON to stand in a page: no sign in it can end a script.

    >>> embedded({"name": "</script>"})
    '{"name":"\\\\u003c/script\\\\u003e"}'
    """
    text = json.dumps(content, ensure_ascii=True, separators=(",", ":"), allow_nan=False)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
