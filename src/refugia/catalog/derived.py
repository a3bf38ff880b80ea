"""A case that is another one with some numbers exchanged or sites laid out otherwise: not a copy of it, which would drift."""

from __future__ import annotations

from importlib.resources import files
from tomllib import loads
from typing import Annotated, Any

from pydantic import Field

from refugia.catalog.clone_tables import Clone, Reads
from refugia.catalog.place import Place, suggestion
from refugia.catalog.schema import Meta
from refugia.catalog.site_tables import SiteInstead
from refugia.catalog.tables import MOST_CLONES, MOST_SITES, Name, Quantity, Table, checked


class ReadsOnly(Reads):
    """Reads for a case that is like another one, whose genotypes it takes."""

    genotypes: Annotated[list[Clone], Field(min_length=1, max_length=MOST_CLONES)] = Field(default_factory=list)


class SettingsInstead(Table):
    """What is computed more finely, or less, than in the case that this one is like."""

    step: Quantity = None
    shells: int | None = None
    nodes: int | None = None
    moved: float | None = None
    output: Quantity = None


class DerivedFile(Table):
    """The case it is like, what it is called, which numbers stand in it instead of which, and what is otherwise in its sites, its
    settings and its clones, if anything."""

    like: Name
    meta: Meta
    instead: dict[str, str] = Field(default_factory=dict)
    sites: Annotated[dict[Name, SiteInstead], Field(max_length=MOST_SITES)] = Field(default_factory=dict)
    settings: SettingsInstead = Field(default_factory=SettingsInstead)
    clones: ReadsOnly | None = None


def is_derived(table: dict[str, Any]) -> bool:
    """Whether a table says which case it is like.

    >>> is_derived({"like": "egfr-lung"}), is_derived({})
    (True, False)
    """
    return "like" in table


def whole(table: dict[str, Any], place: Place) -> dict[str, Any]:
    """The table of the whole case. Raises InputError where the other case, or a number to be exchanged, is not there."""
    read = checked(DerivedFile, table, place)
    folder = files("refugia.catalog") / "cases"
    known = sorted(file.name.removesuffix(".toml") for file in folder.iterdir() if file.name.endswith(".toml"))
    if read.like not in known:
        raise place.at("like").refusal(read.like, "is no case of the catalogue", suggestion(read.like, known, "case"))
    base = loads((folder / f"{read.like}.toml").read_text(encoding="utf-8"))
    if is_derived(base):
        raise place.at("like").refusal(read.like, "is itself like another case", f'Write like = "{base["like"]}".')
    used: set[str] = set()
    changed = {key: _exchanged(part, read.instead, used, place.at(key)) for key, part in base.items()}
    for name in read.instead:
        if name not in used:
            place.at("instead").of_key(name).refuse(name, f'does not stand in "{read.like}"', "Leave it out.")
    place.part(_sites, changed["sites"], read, place)
    changed["settings"] = place.part(_over, changed["settings"], read.settings, place.at("settings"))
    if isinstance(table.get("clones"), dict):
        changed["clones"] = {"genotypes": changed["clones"], **table["clones"]}
    return {**changed, "meta": table.get("meta", base["meta"])}  # where it is missing it has been refused, and reading goes on


def _sites(sites: list[dict[str, Any]], read: DerivedFile, place: Place) -> None:
    """Write over the sites what is otherwise in them; each stands on the line that says so."""
    names = [site["name"] for site in sites]
    for name, own in read.sites.items():
        here = place.at("sites").at(name)
        if name not in names:
            place.at("sites").of_key(name).refuse(name, f'is no site of "{read.like}"', suggestion(name, names, "site"))
            continue
        at = names.index(name)
        sites[at] = place.part(_over, sites[at], own, here)
        if place.lines is not None:
            place.lines.is_called(f"sites[{at}]", here.path)
            for key in own.model_fields_set:
                place.lines.stands(f"sites[{at}].{key}", here.at(key).path)


def _over(table: dict[str, Any], own: Table, place: Place) -> dict[str, Any]:
    """A table with the keys of another written over its own."""
    return {**table, **{key: getattr(own, key) for key in own.model_fields_set}}


def _exchanged(part: Any, instead: dict[str, str], used: set[str], place: Place) -> Any:
    """A part of a case with its numbers exchanged; what was found is added to `used`, and stands on the line that exchanges it."""
    if isinstance(part, dict):
        return {key: _exchanged(inner, instead, used, place.at(key)) for key, inner in part.items()}
    if isinstance(part, list):
        return [_exchanged(inner, instead, used, place.at(index)) for index, inner in enumerate(part)]
    if isinstance(part, str) and part in instead:
        used.add(part)
        if place.lines is not None:
            place.lines.stands(place.path, f"instead.{part}")
        return instead[part]
    return part
