"""`refugia case new`: asks, checks every answer at once, and writes a case to go on from."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from refugia.cli.questions import Questions, line, listed, one_of, word, year

if TYPE_CHECKING:
    from refugia.catalog.draft import Draft
    from refugia.terms import InputError

New = Annotated[Path | None, typer.Argument(metavar="[FILE]", help="The file to write; it must not exist yet.")]
From = Annotated[str | None, typer.Option("--from", metavar="CASE", help="The case of the catalogue to start from.")]
Yes = Annotated[bool, typer.Option("--yes", help="Ask nothing: take what would stand in brackets.")]
Schema = Annotated[bool | None, typer.Option("--schema/--no-schema", help="Write the schema for editors beside it, or not.")]
Site = dict[str, Any]
_DEFAULT, _BASE = Path("my-case.toml"), "egfr-lung"
_NONE = "none"


def new_case(file: New = None, base: From = None, yes: Yes = False, schema: Schema = None) -> None:
    """Write a case of your own: asks, checks every answer at once, and leaves a TOML file with a comment on each section.

    Answers may come through a pipe, one a line; an empty line takes what stands in brackets.
    """
    from refugia.catalog.draft import Draft
    from refugia.catalog.reader import case_titles

    questions = Questions(yes)
    path = _free(file) if file is not None else questions.ask("File", str(_DEFAULT), lambda answer: _free(Path(answer)))
    if base is None:
        for name, title in case_titles().items():
            questions.tell(f"  {name}: {title}")
        draft = questions.ask("Start from which case", _BASE, lambda answer: Draft(answer, path.stem))
    else:
        draft = Draft(base, path.stem)
    _answered(questions, draft)
    beside = questions.wanted("Write the schema for editors beside it", True) if schema is None else schema
    _written(draft, path, beside)


def _answered(questions: Questions, draft: Draft) -> None:
    """All that is asked about a case."""
    table = draft.table
    questions.ask("Title", table["meta"]["title"], draft.titled)
    _sites(questions, draft)
    questions.ask("How long do we look", table["question"]["horizon"], draft.until)
    _told(questions, draft)
    drugs = ", ".join(drug["name"] for drug in draft.table["drugs"])
    questions.ask("Drugs to describe, with commas between", drugs, lambda answer: draft.drugged(listed(answer)))
    _plan(questions, draft)
    mechanisms = ", ".join(draft.table["mechanisms"])
    questions.ask("Ways out to ask about", mechanisms, lambda answer: draft.lifted(listed(answer)))
    if draft.table["levers"]:
        levers = ", ".join(lever["name"] for lever in draft.table["levers"])
        ask = f"Levers to try, with commas between, or {_NONE}"
        questions.ask(ask, levers, lambda answer: draft.levered([] if answer == _NONE else listed(answer)))


def _told(questions: Questions, draft: Draft) -> None:
    """Say how long months are where the horizon counts them."""
    from refugia.terms.units import quantity

    horizon = draft.table["question"]["horizon"]
    if any(word in horizon for word in ("month", "year")):
        questions.tell(f"  {horizon} are {quantity(horizon, 'day'):g} days: a month is 30.4375 days, a year 365.25.")


def _sites(questions: Questions, draft: Draft) -> None:
    """Where the tumour is: the sites of the case to start from, and others."""
    from refugia.catalog.draft import is_typed

    usual: list[Site] = list(draft.origin["sites"])
    sites: list[Site] = []
    questions.tell(f'  Where the tumour is, site by site; "{_NONE}" leaves one out.')
    while True:
        template = usual.pop(0) if usual else None
        number = f"Site {len(sites) + 1}"
        organ = questions.ask(f"{number}: organ" if template else f"{number}: organ, or {_NONE}", _organ(template), word)
        if organ != _NONE:
            _site(questions, draft, sites, (organ, template, number))
        elif template is None and sites:
            break
    if any(is_typed(site["diameter"]) for site in draft.table["sites"]):
        _source(questions, draft)


def _organ(template: Site | None) -> str:
    return _NONE if template is None else str(template["organ"])


def _site(questions: Questions, draft: Draft, sites: list[Site], asked: tuple[str, Site | None, str]) -> None:
    """One site: seen or not, how large, and behind which wall."""
    from refugia.catalog.draft import shown

    organ, template, number = asked
    usual = template["presence"] if template is not None and template["organ"] == organ else "seen"
    presence = questions.ask(f"{number}: seen or occult", usual, lambda answer: one_of(answer, ("seen", "occult")))
    if template is None or (template["organ"], template["presence"]) != (organ, presence):
        template = draft.like(organ, presence)
    site = {**template, "name": _name(organ, presence, template, sites)}
    if "wall" in site:
        walls = tuple(draft.origin["walls"])
        site["wall"] = questions.ask(f"{number}: wall", site["wall"], lambda answer: one_of(answer, walls))
    diameter = shown(site["diameter"])
    ask = f"{number}: diameter"
    sites.append(questions.ask(ask, diameter, lambda answer: _sized(draft, sites, site, None if answer == diameter else answer)))


def _sized(draft: Draft, sites: list[Site], site: Site, diameter: str | None) -> Site:
    """Put the sites in place, and this one with the diameter that was typed."""
    from refugia.catalog.draft import typed

    site = site if diameter is None else {**site, "diameter": typed(diameter)}
    draft.placed([*sites, site])
    return site


def _name(organ: str, presence: str, template: Site, sites: Sequence[Site]) -> str:
    """A name of its own: that of the template where it is free, else the organ, counted."""
    taken = {site["name"] for site in sites}
    if template["name"] and template["name"] not in taken:
        return str(template["name"])
    plain = organ if presence == "seen" else f"occult {organ}"
    counted = (plain, *(f"{plain} {count}" for count in range(2, len(sites) + 3)))
    return next(name for name in counted if name not in taken)


def _source(questions: Questions, draft: Draft) -> None:
    """Who printed the sizes that were typed."""
    title = questions.ask("Source of the sizes you typed: a report or paper, or assumed", "assumed", line)
    if title == "assumed":
        return
    authors = questions.ask("Its author or department", "not named", line)
    questions.ask("Its year", "", lambda answer: draft.sourced(title, authors, year(answer)))


def _plan(questions: Questions, draft: Draft) -> None:
    """What is given, line by line."""
    usual = [line for line in draft.table["plan"] if isinstance(line, str)]
    questions.tell(f'  What is given, a line each, such as "{draft.usual(draft.table["drugs"][0]["name"])}".')
    lines: list[str] = []
    while True:
        default = usual.pop(0) if usual else _NONE
        last = default == _NONE
        ask = f"Line {len(lines) + 1}{', or none' if last and lines else ''}"
        given = questions.ask(ask, default if lines or not last else "", lambda answer: _given(draft, lines, answer))
        if given is not None:
            lines.append(given)
        elif last and lines:
            return


def _given(draft: Draft, lines: Sequence[str], answer: str) -> str | None:
    if answer == _NONE:
        return None
    draft.given([*lines, answer])
    return answer


def _written(draft: Draft, path: Path, beside: bool) -> None:
    """Write the file, and the schema beside it where it is wished and not there."""
    from refugia.catalog.draft_text import draft_text
    from refugia.catalog.editor import FILE, case_schema
    from refugia.catalog.reader import parse_case

    text = draft_text(draft.table, draft.base, str(path))
    parse_case(text, str(path), path.parent)
    _fresh(path, text)
    typer.echo(f"Written: {path}")
    schema = path.parent / FILE
    if beside and schema.exists():
        typer.echo(f"{schema} is there already and was left as it is.")
    elif beside:
        import json

        _fresh(schema, json.dumps(case_schema(), indent=2) + "\n")
        typer.echo(f"Written: {schema}")
    typer.echo(f"Next: refugia case check {path}; refugia dissect {path}")


def _fresh(path: Path, text: str) -> None:
    """Write a file that is not there yet, whole or not at all."""
    from refugia.terms import InputError

    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        draft.write_text(text, encoding="utf-8")
        os.link(draft, path)  # unlike a renaming, it never replaces a file
    except FileExistsError:
        raise _taken(path) from None
    except OSError as trouble:
        raise InputError("", "file", str(path), f"cannot be written ({trouble.strerror})", "Name another file.") from None
    finally:
        draft.unlink(missing_ok=True)


def _taken(path: Path) -> InputError:
    from refugia.terms import InputError

    return InputError("", "file", str(path), "is there already and is never overwritten", "Name another file.")


def _free(path: Path) -> Path:
    """The path, if a case can be written there."""
    from refugia.terms import InputError

    if path.suffix != ".toml" or path.name == ".toml" or not str(path).isprintable():
        raise InputError("", "file", str(path), "is no name of a TOML file", 'Name one like "my-case.toml".')
    if os.path.lexists(path):
        raise _taken(path)
    if not path.parent.is_dir():
        raise InputError("", "file", str(path), "lies in a directory that is not there", "Make the directory first.")
    return path
