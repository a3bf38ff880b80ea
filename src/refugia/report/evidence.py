"""Evidence as one shows it: the answer of a search on a screen and as JSON, and the rows that stand beside a case's clones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from refugia.catalog.evidence.beside import Beside, evidence_for
from refugia.catalog.evidence.items import Item, Level, Release
from refugia.catalog.evidence.search import NOT_LISTED, Answer, Found, Sources
from refugia.catalog.evidence.tables import levels, mechanisms, shipped
from refugia.course.case import Case
from refugia.report.files import write_table
from refugia.report.screen import ADVICE, table_of

if TYPE_CHECKING:
    from rich.console import Console

BESIDE_COLUMNS = (
    "alteration", "clones", "drug", "profile", "id", "match", "disease", "effect", "direction", "level", "mechanism_class",
    "strategy", "statement", "citation", "release", "conflicts",
)  # fmt: skip


def level_words(level: Level) -> str:
    """A level as its source says it, with the project's own beside it.

    >>> level_words(Level("CIViC", "B", 2)), level_words(Level("", "not graded", None))
    ('CIViC B (project level 2)', 'not graded')
    """
    native = f"{level.scheme} {level.native}".strip()
    return native if level.project is None else f"{native} (project level {level.project})"


def claim(item: Item) -> str:
    """What an item says of its drugs, in a few words."""
    joined = " + ".join(item.therapies) if item.interaction == "combination" else " or ".join(item.therapies)
    what = item.effect or ("seen in patients" if item.kind == "finding" else item.kind)
    stance = f", {item.direction}" if item.direction else ""
    to = item.effect.startswith(("resist", "sensitiv", "reduced"))
    drugs = f" to {joined}" if joined and to else f" ({joined})" if joined else ""
    return f"{what}{drugs}{stance}"


def strategies(answer: Answer) -> list[dict[str, Any]]:
    """What answers the resistance, each way once, with the items that name it."""
    rows: dict[tuple[str, ...], dict[str, Any]] = {}
    for found in answer.found:
        item = found.item
        if item.strategy_class and item.kind != "vessels":
            key = (*item.strategy_class, item.strategy, item.combination)
            row = rows.setdefault(
                key,
                {
                    "strategy_class": list(item.strategy_class), "strategy": item.strategy, "target": item.target,
                    "combination": item.combination, "outcome": item.outcome, "limitation": item.limitation,
                    "citation": item.citation, "match": found.match.says, "profile": item.profile.text, "items": [],
                },
            )  # fmt: skip
            row["items"].append(item.id)
    return list(rows.values())


def mechanism_rows(answer: Answer) -> list[dict[str, Any]]:
    """The mechanism classes of the items found, what each means and what answers it in general.

    `match` is that of the nearest item, whose profile stands beside it: what holds for a combination does not hold for each part.
    """
    nearest: dict[str, Found] = {}
    for one in answer.found:
        for name in one.item.mechanism_class:
            nearest.setdefault(name, one)  # nearest first
    known = mechanisms()
    return [
        {
            "mechanism_class": name,
            "says": known[name]["says"],
            "answer": known[name]["answer"],
            "citation": known[name]["cite"],
            "match": one.match.says,
            "profile": one.item.profile.text,
            "items": [found.item.id for found in answer.found if name in found.item.mechanism_class],
        }
        for name, one in nearest.items()
    ]


def item_row(found: Found) -> dict[str, Any]:
    """One item as a JSON object."""
    item = found.item
    return {
        "id": item.id, "release": item.release, "profile": item.profile.text, "match": found.match.says, "kind": item.kind,
        "disease": item.disease, "disease_match": found.disease, "therapies": list(item.therapies), "interaction": item.interaction,
        "effect": item.effect, "direction": item.direction,
        "level": {"scheme": item.level.scheme, "native": item.level.native, "project": item.level.project},
        "mechanism_class": list(item.mechanism_class), "strategy_class": list(item.strategy_class), "strategy": item.strategy,
        "target": item.target, "combination": item.combination, "outcome": item.outcome, "limitation": item.limitation,
        "statement": item.statement, "citation": item.citation, "url": item.url,
    }  # fmt: skip


def release_row(release: Release) -> dict[str, Any]:
    """One release as a JSON object."""
    return {
        "release": release.name, "sha256": release.sha256, "items": release.items, "flagged": release.flagged,
        "unaccepted": release.unaccepted, "levels": release.levels,
    }  # fmt: skip


def evidence_summary(answer: Answer) -> dict[str, Any]:
    """The answer as one JSON object."""
    query = answer.query
    return {
        "query": {"gene": query.gene, "alteration": query.alteration, "disease": query.disease, "therapy": query.therapy},
        "listed": answer.listed,
        "note": NOT_LISTED,
        "releases": [release_row(release) for release in answer.releases],
        "levels": levels()["version"],
        "mechanisms": mechanism_rows(answer),
        "strategies": strategies(answer),
        "items": [item_row(found) for found in answer.found],
        "conflicts": [asdict(conflict) for conflict in answer.conflicts],
        "left_aside": answer.aside,
        "notes": list(answer.notes),
    }


def show_evidence(console: Console, answer: Answer) -> None:
    """The answer in words: mechanism, what answers it, the items nearest first, contradictions, and what was left aside."""
    query = answer.query
    asked = " ".join(part for part in (query.gene, query.alteration) if part)
    rest = [part for part in (query.disease, query.therapy) if part]
    _say(console, f"[bold]{_plain(' · '.join([*([asked] if asked else []), *rest]))}[/bold]")
    _say(console, f"[dim]{ADVICE}[/dim]")
    _say(console, "Searched: " + "; ".join(f"{r.name}, {r.items} items, sha256 {r.sha256[:12]}" for r in answer.releases) + ".")
    if not answer.listed:
        _say(console, f"\nNothing is listed. {NOT_LISTED}")
    _show_ways(console, answer)
    if answer.found:
        _say(console, f"\n[bold]Items ({len(answer.found)})[/bold], nearest first")
    for found in answer.found:
        _show_item(console, found)
    for conflict in answer.conflicts:
        what = f"{conflict.profile} under {' + '.join(conflict.therapies)} in {conflict.disease}"
        sides = f"{', '.join(conflict.resistant)} say that it works less, {', '.join(conflict.contrary)} the contrary"
        _say(console, _plain(f"Conflict on {what}: {sides}. Both are shown."))
    aside = [f"{count} {'' if 'by the curators' in why else 'on '}{why}" for why, count in answer.aside.items()]
    if aside:
        said = "; ".join(aside).replace("on the gene alone", "on other alterations of the gene (--wide shows them)")
        _say(console, f"Left aside: {said}.")
    for note in answer.notes:
        _say(console, f"Note: {_plain(note)}")
    if answer.listed:
        _say(console, f"Levels: mapping {levels()['version']}; the native level rules. What is not listed is not \"no effect\".")


def _show_ways(console: Console, answer: Answer) -> None:
    rows = mechanism_rows(answer)
    if rows:
        _say(console, "\n[bold]Mechanism[/bold]")
    for row in rows:
        said = f"  {row['mechanism_class']}: {row['says']}. In general: {row['answer']} ({row['citation']})."
        _say(console, said + (_plain(f" Match: {row['match']} ({row['profile']}).") if row["match"] != "same alteration" else ""))
    ways = strategies(answer)
    if ways:
        _say(console, "\n[bold]What answers it[/bold]")
    for way in ways:
        more = f" ({way['combination']})" if way["combination"] else ""
        said = f"  {' and '.join(way['strategy_class'])}: {way['strategy']}{more}."
        said += f" Outcome: {way['outcome']}." if way["outcome"] else ""
        said += f" Limit: {way['limitation']}." if way["limitation"] else ""
        said += f" Match: {way['match']} ({way['profile']})." if way["match"] != "same alteration" else ""
        _say(console, f"{_plain(said)} \\[{_plain(way['citation'])}]")


def _show_item(console: Console, found: Found) -> None:
    item = found.item
    disease = {"broader": ", wider than asked", "narrower": ", narrower than asked"}.get(found.disease, "")
    where = f"{item.disease or 'disease not stated'}{disease}"
    head = f"{item.id}  {item.profile.text or 'no gene'} ({found.match.says}): {claim(item)}; {where}"
    _say(console, f"  {_plain(head)}; level {level_words(item.level)}")
    _say(console, f"      {_plain(item.statement)} \\[{_plain(item.citation)}]")


def _say(console: Console, text: str) -> None:
    console.print(text, highlight=False)


def _plain(text: str) -> str:
    """The text without what a terminal or its markup would act on."""
    from rich.markup import escape

    return escape("".join(letter if letter.isprintable() else " " for letter in text))


def show_releases(console: Console, found: Sequence[Release], store: str) -> None:
    """The releases that a search would see, and the mapping of levels."""
    table = table_of("Releases of evidence", "release", "items", "flagged", "not accepted", "sha256")
    for release in found:
        counts = (str(release.items), str(release.flagged), str(release.unaccepted))
        table.add_row(release.name, *counts, release.sha256[:12])
    console.print(table)
    schemes = "; ".join(f"{name} ({entry['basis']})" for name, entry in levels()["schemes"].items())
    said = f"Store: {store}. Levels: mapping {levels()['version']} of {schemes}."
    console.print(said, highlight=False, soft_wrap=True, markup=False)


def _against(item: str, answer: Answer) -> list[str]:
    """The items that say the opposite of one."""
    sides = [side for one in answer.conflicts for side in ((one.resistant, one.contrary), (one.contrary, one.resistant))]
    return [other for mine, others in sides if item in mine for other in others]


def evidence_beside(case: Case, among: Sources | None = None) -> dict[str, Any]:
    """What is listed beside the clones of a case, as one JSON object: releases, version of the levels, and rows.

    Searches what ships and nothing else, unless told `among` what: the same case then gives the same answer on every machine.
    """
    where = among or Sources((shipped()[0],))
    releases, rows = [release_row(release) for release in where.releases], evidence_rows(evidence_for(case, where))
    return {"releases": releases, "levels": levels()["version"], "note": NOT_LISTED, "rows": rows}


def origin(found: Mapping[str, Any]) -> list[dict[str, str]]:
    """The releases that were searched, by name and hash, as the provenance of a result lists them."""
    return [{"release": one["release"], "sha256": one["sha256"]} for one in found["releases"]]


def write_evidence(folder: Path, found: Mapping[str, Any]) -> None:
    """Write `evidence.csv`, a row an item beside the clones; nothing where no clone carries an alteration."""
    if found["rows"]:
        write_table(folder / "evidence.csv", BESIDE_COLUMNS, ([row[name] for name in BESIDE_COLUMNS] for row in found["rows"]))


def evidence_rows(beside: Sequence[Beside]) -> list[dict[str, Any]]:
    """One row an item beside the clones of a case, keys as in BESIDE_COLUMNS; where none is listed, one row that says so."""
    rows: list[dict[str, Any]] = []
    for place in beside:
        head = {"alteration": place.alteration, "clones": ", ".join(place.clones), "drug": place.drug}
        if place.answer is None or not place.answer.listed:
            words = "the case states no profile for this alteration" if place.answer is None else f"not listed. {NOT_LISTED}"
            rows.append({**dict.fromkeys(BESIDE_COLUMNS, ""), **head, "profile": place.profile, "statement": words})
            continue
        for found in place.answer.found:
            item = found.item
            rows.append(
                {
                    **head, "profile": item.profile.text, "id": item.id, "match": found.match.says, "disease": item.disease,
                    "effect": item.effect, "direction": item.direction, "level": level_words(item.level),
                    "mechanism_class": "; ".join(item.mechanism_class), "strategy": item.strategy, "statement": item.statement,
                    "citation": item.citation, "release": item.release, "conflicts": ", ".join(_against(item.id, place.answer)),
                }
            )  # fmt: skip
    return rows
