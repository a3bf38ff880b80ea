"""The tables that come with evidence: levels of several schemes, mechanism classes, names of diseases, and the first release."""

from __future__ import annotations

import csv
import tomllib
from difflib import get_close_matches
from functools import lru_cache
from hashlib import sha256
from importlib.resources import files
from io import StringIO
from typing import Any

from refugia.catalog.evidence.items import Item, Level, Release
from refugia.catalog.evidence.profiles import profile_of

SHIPPED = "three-step review"
_FOLDER = "refugia.catalog.evidence"


def _read(name: str) -> str:
    return (files(_FOLDER) / name).read_text(encoding="utf-8")


@lru_cache(maxsize=1)
def levels() -> dict[str, Any]:
    """The mapping of levels: `version`, and the schemes with levels, source and basis."""
    return tomllib.loads(_read("levels.toml"))


def level(scheme: str, native: str) -> Level:
    """A native level beside the project's own.

    >>> level("CIViC", "B"), level("OncoKB", "R2").project
    (Level(scheme='CIViC', native='B', project=2), 2)
    """
    return Level(scheme, native, levels()["schemes"].get(scheme, {"levels": {}})["levels"].get(native))


@lru_cache(maxsize=1)
def mechanisms() -> dict[str, dict[str, Any]]:
    """The four mechanism classes by name: what each means, what answers it, and who says so."""
    table = tomllib.loads(_read("mechanisms.toml"))
    return {entry["name"]: {**entry, "cite": table["cite"]} for entry in table["classes"]}


@lru_cache(maxsize=1)
def _diseases() -> tuple[dict[str, str], dict[str, str]]:
    """The plain name of every name, and what each plain name is a kind of."""
    table = tomllib.loads(_read("diseases.toml"))["diseases"]
    plain = {name: name for name in table} | {also: name for name, entry in table.items() for also in entry.get("also", ())}
    return plain, {name: entry["within"] for name, entry in table.items() if "within" in entry}


def disease_named(text: str) -> str:
    """The plain name of a disease; the text itself in small letters where the table does not know it.

    >>> disease_named("Lung Non-small Cell Carcinoma")
    'non-small-cell lung cancer'
    """
    word = " ".join(text.lower().split())
    return _diseases()[0].get(word, word)


def disease_known(text: str) -> bool:
    """Whether the table of diseases knows this name."""
    return " ".join(text.lower().split()) in _diseases()[0]


def diseases_like(text: str) -> tuple[str, ...]:
    """Names of diseases that hold these words, or else the nearest in spelling; few, and none where nothing is near.

    >>> diseases_like("lung")[:3], diseases_like("melanom"), diseases_like("gout")
    (('lung cancer', 'non-small-cell lung cancer', 'lung adenocarcinoma'), ('melanoma', 'skin melanoma'), ())
    """
    word, (plain, _) = " ".join(text.lower().split()), _diseases()
    within = [plain[name] for name in plain if word and word in name]
    near = within or [plain[name] for name in get_close_matches(word, plain, n=3, cutoff=0.75)]
    return tuple(dict.fromkeys(near))[:5]


def kinship(asked: str, found: str) -> str | None:
    """What a disease is to the one asked: same, broader, narrower; None where it is another.

    >>> kinship("lung adenocarcinoma", "non-small-cell lung cancer"), kinship("melanoma", "glioma")
    ('broader', None)
    """
    one, other = disease_named(asked), disease_named(found)
    if one == other:
        return "same"
    return "broader" if other in _above(one) else "narrower" if one in _above(other) else None


def _above(name: str) -> list[str]:
    found: list[str] = []
    within = _diseases()[1]
    while name in within and len(found) < len(within):
        name = within[name]
        found.append(name)
    return found


def _split(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(";") if part.strip())


@lru_cache(maxsize=1)
def shipped() -> tuple[Release, tuple[Item, ...]]:
    """The first release: the tables 1 to 3 of the three-step review, retold. Its items are not graded.

    >>> shipped()[0].items
    60
    """
    text = _read("three-step-review.csv")
    items = tuple(_item(row) for row in csv.DictReader(StringIO(text)))
    return Release(SHIPPED, sha256(text.encode()).hexdigest(), len(items), levels=levels()["version"]), items


@lru_cache(maxsize=1)
def other_names() -> dict[str, tuple[str, ...]]:
    """Every name of a gene that has several, with all of them, the first of which is the gene's own.

    >>> other_names()["MEK1"]
    ('MAP2K1', 'MEK1')
    """
    bracketed = [item.profile for item in shipped()[1] if "(" in item.profile.text and "::" not in item.profile.text]
    several = [alteration.genes for profile in bracketed for alteration in profile.alterations if len(alteration.genes) > 1]
    return {name: names for names in several for name in names}


def _item(row: dict[str, str]) -> Item:
    vessels = row["kind"] == "vessels"
    return Item(
        id=row["id"], release=SHIPPED, kind=row["kind"], profile=profile_of(row["gene"], row["alteration"]),
        disease=row["disease"], therapies=_split(row["therapy"]), interaction="",
        effect={"resistance": "resistance", "vessels": "better delivery"}.get(row["kind"], ""),
        direction="" if row["kind"] == "finding" else "supports", level=Level("", "not graded", None), statement=row["statement"],
        citation=row["citation"], mechanism_class=_split(row["mechanism_class"]), strategy_class=_split(row["strategy_class"]),
        strategy=row["strategy"], target=row["target"], combination=row["combination"],
        outcome=row["outcome"] if not vessels else "", limitation=row["limitation"],
    )  # fmt: skip
