"""A draft as a TOML text with a line of comment on each section."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import tomlkit
from tomlkit.items import AoT, Comment, Item, Table, Trivia

from refugia.catalog.editor import LINE
from refugia.catalog.numbers import load_parameters

_HEADS = {
    "reference": "The site at whose typical exposure the shrinking of responding tumours was seen.",
    "mechanisms": "The ways out of therapy, each to be lifted alone and with the others.",
    "plan": "What is given, a line each: dose, route, how often, from which day, until which (no dose falls on that day itself).",
    "meta": "Which case this is; calibrated says whether its free numbers were fitted to a trial.",
    "question": "How far to look, by which figures of merit, and what counts as progression (RECIST 1.1).",
    "settings": "How finely it is computed: step in time, shells of a lesion, levels of drug in a step, share moved.",
    "sites": "Where tumour is: organ, seen or occult, diameter at day 0, diameter at which a scan sees it, and its surroundings.",
    "growth": "The source: births and net growth of untreated tumour, cells a volume, inert share, oxygen.",
    "tolerance": "The reversible state in which no drug acts: its share before therapy, its growth, and how cells come and go.",
    "alterations": "Resistance: what it costs in growth, how often it arises in a division, the share of cells with it before.",
    "clones": "Who carries what; the first one is sensitive.",
    "states": "States of a cell, whatever its genotype: their share before therapy, their growth and what they feel of a drug.",
    "switches": "How cells go from state to state: a rate, and what drug, want of oxygen, division and radiation add to it.",
    "environments": "The breeding ground: vessels, perfusion, matrix, oxygen, acid, and how each drug (a solute) moves in it.",
    "walls": "The safe haven: the blood-brain barrier, how leaky it is, and how strongly each drug is pumped out.",
    "drugs": "The drugs: binding, kinetics, and the concentration response of the clones that feel them.",
    "levers": "What could be done instead, each with its days and price; kind says which keys it needs.",
    "citations": "Sources of your own; a number cites them by key.",
}
"""The sections in their order, each with what it says."""
_ROOT = ("reference", "mechanisms", "plan")
_INLINE = ("onset", "interval", "spread")
_WIDE = 100


def draft_text(table: Mapping[str, Any], base: str, file: str) -> str:
    """The text of a case written like another one.

    >>> draft_text({"reference": "lung"}, "egfr-lung", "my.toml").splitlines()[0]
    '#:schema ./refugia-case.schema.json'
    """
    document = tomlkit.document()
    for line in (
        LINE, f"# A case of refugia, written like {base}. Check it with: refugia case check {file}",
        '# A number of the world is "param:ID" (of the catalogue: refugia parameters) or a table {value, cite, where, basis}.',
    ):  # fmt: skip
        document.add(Comment(Trivia(comment=line, comment_ws="")))
    for key, head in _HEADS.items():
        if not table.get(key):
            continue
        if key not in ("reference", "mechanisms", "plan") or key == "reference":
            document.add(tomlkit.nl())
        document.add(tomlkit.comment(head))
        document.add(key, _item(table[key], key))
    return tomlkit.dumps(document).rstrip() + "\n"


def _item(value: Any, key: str) -> Item:
    """A value as it is written: numbers of the world in one line, tables below each other."""
    if isinstance(value, Mapping):
        return _inline(value) if key in _INLINE or "value" in value else _table(value)
    if isinstance(value, list) and value and isinstance(value[0], Mapping):
        tables = tomlkit.aot()
        for entry in value:
            tables.append(_table(entry))
        return tables
    if isinstance(value, list):
        items = tomlkit.array()
        items.extend(value)
        items.multiline(key == "plan" or len(str(value)) > _WIDE)
        return items
    item: Item = tomlkit.item(value)
    if isinstance(value, str) and value.startswith("param:"):
        item.comment(_meaning(value.removeprefix("param:")))
    return item


def _meaning(name: str) -> str:
    """What a number of the catalogue is, when the case was written."""
    number = load_parameters()[name]
    value = f"{number.value:g} {number.unit}".strip()
    return f"{value}: {number.says}" if len(number.says) <= _WIDE else f"{value}: {number.says[:_WIDE]}..."


def _inline(value: Mapping[str, Any]) -> Item:
    table = tomlkit.inline_table()
    for key, inner in value.items():
        table.add(key, _inline(inner) if isinstance(inner, Mapping) else tomlkit.item(inner))
    return table


def _table(value: Mapping[str, Any]) -> Table:
    """A table, its plain keys ahead of the tables in it."""
    items = {key: _item(inner, key) for key, inner in value.items()}
    nested = {key: item for key, item in items.items() if isinstance(item, (Table, AoT))}
    table = tomlkit.table(is_super_table=len(nested) == len(items))
    for key, item in (*((key, item) for key, item in items.items() if key not in nested), *nested.items()):
        table.add(key, item)
    return table
