"""A case that is being written: it starts as one of the catalogue, and every answer changes it and is checked at once."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from copy import deepcopy
from importlib.resources import files
from tomllib import loads
from typing import Any

from refugia.catalog.derived import is_derived, whole
from refugia.catalog.numbers import load_parameters
from refugia.catalog.place import Place, suggestion
from refugia.catalog.reader import case_ids, case_of
from refugia.catalog.schedule import Sentence, said, sentence
from refugia.terms import InputError

_SOURCE = "typed"  # the key of the source of what the user typed
_WRITTEN = "typed when the case was written"


class Draft:
    """The tables of a case that is sound at any time: a change that would spoil it is refused and leaves it as it was."""

    def __init__(self, base: str, name: str) -> None:
        """A case like one of the catalogue, named after its file. Raises InputError where there is no such case."""
        if base not in case_ids():
            raise InputError("", "--from", base, "is no case of the catalogue", suggestion(base, case_ids(), "case"))
        table = loads((files("refugia.catalog") / "cases" / f"{base}.toml").read_text(encoding="utf-8"))
        self.base = base
        self.table: dict[str, Any] = whole(table, Place(base)) if is_derived(table) else table
        self.change(lambda table: _renamed(table, base, name))
        self.origin: dict[str, Any] = deepcopy(self.table)

    def change(self, edit: Callable[[dict[str, Any]], object]) -> None:
        """Change the tables. Raises InputError where they would no longer be a case."""
        changed = deepcopy(self.table)
        edit(changed)
        case_of(changed, "")
        self.table = changed

    def titled(self, title: str) -> None:
        """Give the case a title. Raises InputError where it is too long."""
        if not title.strip():
            raise InputError("", "meta.title", title, "says nothing", "Say in a line what the case is about.")
        self.change(lambda table: table["meta"].update(title=title.strip()))

    def until(self, horizon: str) -> None:
        """Look as far as that, and so does what was given up to the old horizon. Raises InputError where it is no time."""
        old = self.table["question"]["horizon"]

        def edit(table: dict[str, Any]) -> None:
            table["question"]["horizon"] = horizon
            table["plan"] = [_stretched(line, old, horizon) for line in table["plan"]]

        self.change(edit)

    def placed(self, sites: Sequence[dict[str, Any]]) -> None:
        """Put the tumour there, and leave out what no longer stands anywhere. Raises InputError where a site does not fit."""

        names, origin = [site["name"] for site in sites], self.origin

        def edit(table: dict[str, Any]) -> None:
            table["sites"] = [dict(site) for site in sites]
            table["reference"] = origin["reference"] if origin["reference"] in names else next(iter(names), "")
            table["environments"] = _named(deepcopy(origin["environments"]), {site["environment"] for site in sites})
            table["walls"] = _named(deepcopy(origin.get("walls", {})), {site.get("wall") for site in sites})
            table["levers"] = [lever for lever in origin["levers"] if set(lever.get("sites", ())) <= set(names)]
            table["mechanisms"] = _able(origin["mechanisms"], sites)
            _only(table, [drug["name"] for drug in table["drugs"]], self.known)

        self.change(edit)

    def sourced(self, title: str, authors: str, year: int) -> None:
        """Say who printed the sizes that were typed. Raises InputError where that is no source."""
        source = {"key": _SOURCE, "authors": authors, "title": title, "year": year}

        def edit(table: dict[str, Any]) -> None:
            table["citations"] = [source]
            for site in table["sites"]:
                if is_typed(site["diameter"]):
                    site["diameter"].update(cite=_SOURCE, where=title, basis="published")

        self.change(edit)

    def drugged(self, names: Sequence[str]) -> None:
        """Keep these drugs and what gives them. Raises InputError where there is no such drug, or none."""
        for name in names or ("",):
            if name not in self.known:
                raise InputError("", "drugs", name, f"is no drug of {self.base}", suggestion(name, self.known, "drug"))

        def edit(table: dict[str, Any]) -> None:
            _kept(table, "drugs", "name", names)
            _only(table, names, self.known)
            table["plan"] = [line for line in table["plan"] if _drug(line, self.known) in names] or [self.usual(names[0])]

        self.change(edit)

    @property
    def known(self) -> list[str]:
        """The drugs of the catalogue's case."""
        return [drug["name"] for drug in self.origin["drugs"]]

    def usual(self, drug: str) -> str:
        """A line that gives a drug as the case of the catalogue does, in its plan or in a lever."""
        lines = [*self.origin["plan"], *(line for lever in self.origin["levers"] for line in lever.get("gives", ()))]
        for line in lines:
            if _drug(line, self.known) == drug:
                return said(sentence(line, self.known)._replace(start="0 d"))
        return f"{drug} 100 mg oral every 24 h from day 0"

    def given(self, lines: Sequence[str]) -> None:
        """Give these lines. Raises InputError where one does not fit."""
        self.change(lambda table: table.update(plan=list(lines)))

    def lifted(self, mechanisms: Sequence[str]) -> None:
        """Ask about these ways out. Raises InputError where one is none."""
        self.change(lambda table: table.update(mechanisms=list(mechanisms)))

    def levered(self, names: Sequence[str]) -> None:
        """Keep these levers. Raises InputError where there is no such lever."""
        known = [lever["name"] for lever in self.table["levers"]]
        for name in names:
            if name not in known:
                raise InputError("", "levers", name, "is no lever that fits this case", suggestion(name, known, "lever"))
        self.change(lambda table: _kept(table, "levers", "name", names))

    def like(self, organ: str, presence: str) -> dict[str, Any]:
        """What a new site is made after: one of the same organ if there is one; its size, one that is seen as little."""
        sites: list[dict[str, Any]] = self.origin["sites"]
        same = [site for site in sites if site["organ"] == organ]
        alike = [site for site in sites if site["presence"] == presence]
        template = next((site for site in same if site in alike), (same or sites)[0])
        diameter = template["diameter"] if template in alike else alike[0]["diameter"] if alike else typed("1 mm")
        own = {} if same else dict.fromkeys(("wall", "surface_pressure"))
        name = template["name"] if template in alike and same else ""
        return {
            key: value
            for key, value in {**template, "name": name, "organ": organ, "presence": presence, "diameter": diameter}.items()
            if key not in own
        }


def typed(diameter: str) -> dict[str, str]:
    """A diameter of the user's own, assumed until a source is given."""
    says = "diameter of the lesion at day 0"
    return {"value": diameter, "says": says, "cite": "assumed", "where": _WRITTEN, "basis": "assumed"}


def is_typed(number: object) -> bool:
    """Whether a number was typed by the user.

    >>> is_typed("param:brain.occult")
    False
    """
    return isinstance(number, dict) and number.get("where") == _WRITTEN


def shown(number: object) -> str:
    """A number as one would type it.

    >>> shown({"value": "40 mm"}), shown("param:scan.detection")
    ('40 mm', '5 mm')
    """
    if isinstance(number, dict):
        return str(number["value"])
    parameter = load_parameters()[str(number).removeprefix("param:")]
    return f"{parameter.value:g} {parameter.unit}"


def _renamed(table: dict[str, Any], base: str, name: str) -> None:
    """A case of its own: its id, its note, and its plans in words."""
    word = re.sub(r"[^A-Za-z0-9 +_.-]", "-", name).lstrip(" +_.-")[:40] or "my-case"
    note = f"Written like {base}. Its numbers are taken over; it was not calibrated itself."
    table["meta"] = {"id": word, "title": table["meta"]["title"], "calibrated": False, "note": note}
    table["plan"] = [_in_words(line) for line in table["plan"]]
    table["levers"] = table.get("levers", [])
    for lever in table["levers"]:
        if "gives" in lever:
            lever["gives"] = [_in_words(line) for line in lever["gives"]]


def _in_words(line: Any) -> Any:
    """A line that is written key by key, in words."""
    if not isinstance(line, dict) or "dose" not in line:
        return line
    return said(
        Sentence(line["drug"], line["dose"], line["route"], line.get("infusion"), line.get("every"), start=line["from"],
                 until=line.get("until"))
    )  # fmt: skip


def _stretched(line: Any, old: str, new: str) -> Any:
    """A line that lasted until the old horizon, until the new one."""
    last = re.sub(r"^(.*) d$", r"day \1", new)
    for end in (f"until day {old.removesuffix(' d')}", f"until {old}"):
        if isinstance(line, str) and line.endswith(end):
            return f"{line.removesuffix(end)}until {last}"
    return line


def _able(mechanisms: Sequence[str], sites: Sequence[dict[str, Any]]) -> list[str]:
    """The mechanisms without those that play no part: a wall where there is none, occult lesions where all are seen."""
    idle = {"wall"} if not any("wall" in site for site in sites) else set()
    if not any(site["presence"] == "occult" for site in sites):
        idle.add("occult lesions")
    return [name for name in mechanisms if name not in idle] or list(mechanisms)


def _named(tables: dict[str, Any], names: set[Any]) -> dict[str, Any]:
    return {name: table for name, table in tables.items() if name in names}


def _kept(table: dict[str, Any], key: str, field: str, names: Sequence[str]) -> None:
    """Keep the entries of a list that are named."""
    if key in table:
        table[key] = [entry for entry in table[key] if entry[field] in names]


def _only(table: dict[str, Any], drugs: Sequence[str], known: Sequence[str]) -> None:
    """Leave out what is said of other drugs."""
    for environment in table["environments"].values():
        _kept(environment, "solutes", "drug", drugs)
        _kept(environment, "slow", "drug", drugs)
    for wall in table.get("walls", {}).values():
        _kept(wall, "effluxes", "drug", drugs)
    table["levers"] = [lever for lever in table["levers"] if _drugs(lever, known) <= set(drugs)]
    for switch in table.get("switches", ()):
        _driven(switch, drugs)


def _driven(switch: dict[str, Any], drugs: Sequence[str]) -> None:
    """Leave out the drugs that are not there, and what they add if none is left."""
    if "drugs" in switch:
        switch["drugs"] = [name for name in switch["drugs"] if name in drugs]
        for key in ("drugs", "effect", "dose") if not switch["drugs"] else ():
            switch.pop(key, None)


def _drug(line: Any, known: Sequence[str]) -> str | None:
    """The drug that a line gives."""
    return sentence(line, known).drug if isinstance(line, str) else line.get("drug")


def _drugs(lever: dict[str, Any], known: Sequence[str]) -> set[str | None]:
    """The drugs that a lever gives or stops."""
    return {_drug(line, known) for line in lever.get("gives", ())} | set(lever.get("stops", ()))
