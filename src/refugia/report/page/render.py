"""The report written: one page that opens from disk and asks nobody for anything."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any, NamedTuple

from refugia.catalog.evidence.search import Sources
from refugia.course.case import Case
from refugia.course.result import Course
from refugia.dissection.dissect import Dissection
from refugia.dissection.sensitivity import Sensitivity
from refugia.report.evidence import evidence_beside, origin
from refugia.report.figures.look import DARK, LIGHT, template
from refugia.report.page import sections as of
from refugia.report.page.evidence import known
from refugia.report.page.parts import Section, address, embedded, minus, numeric, policy
from refugia.report.provenance import provenance
from refugia.report.words import course_paragraph, paragraph, second_paragraph, uncalibrated
from refugia.terms import Basis, Parameter

NAME = "report.html"
ADVICE = "Research software: no advice for a patient."


class Page(NamedTuple):
    """All that a page says: the case, its paragraphs, the notes and the sections."""

    case: Case
    kind: str  # dissection | course
    paragraphs: tuple[str, ...]
    notes: tuple[str, ...]
    facts: str
    sections: tuple[Section, ...]


def dissection_page(
    result: Dissection, course: Course, parameters: Sequence[Parameter], moved: Sensitivity | None = None,
    among: Sources | None = None,
) -> Page:  # fmt: skip
    """The page of a dissection; evidence beside the clones is from what ships, or from `among`."""
    listed = evidence_beside(result.case, among)
    said = {**provenance(result.case, parameters, result.seed, result.replicates), "evidence": origin(listed)}
    sections = (
        of.when(course, result), of.ways(result), of.pairs(result), of.helps(result.rescue), of.stacked(course), known(listed),
        of.by_depth(course), of.at_scans(course), of.moves(moved), of.numbers(parameters), of.origin(said, parameters),
    )  # fmt: skip
    paragraphs = (paragraph(result, course), second_paragraph(result))
    facts = _facts(result.replicates, result.seed, parameters)
    return Page(result.case, "dissection", paragraphs, result.notes, facts, tuple(one for one in sections if one is not None))


def course_page(course: Course, parameters: Sequence[Parameter], more: Sequence[str] = ()) -> Page:
    """The smaller page of a run: the course alone; `more` are paragraphs after the first."""
    patients = int(course.volume.shape[0])
    said = provenance(course.case, parameters, course.seed, patients)
    sections = (of.when(course), of.stacked(course), of.by_depth(course), of.at_scans(course), of.numbers(parameters),
                of.origin(said, parameters))  # fmt: skip
    facts = _facts(patients, course.seed, parameters)
    return Page(course.case, "course", (course_paragraph(course), *more), (), facts, sections)


def _facts(patients: int, seed: int, parameters: Sequence[Parameter]) -> str:
    few = sum(p.basis is Basis.ASSUMED for p in parameters)
    return f"Virtual patients: {patients}. Seed: {seed}. Numbers: {len(parameters)}, {few} of them assumed."


def render(page: Page) -> str:
    """The whole page as HTML: the same page gives the same text, whenever and wherever it is written."""
    from jinja2 import Environment
    from plotly.offline import get_plotlyjs

    folder = files("refugia.report.page")
    style, script, text = ((folder / name).read_text(encoding="utf-8") for name in ("report.css", "report.js", "report.html.jinja"))
    library = get_plotlyjs()
    environment = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True)
    environment.filters["minus"] = minus
    environment.filters["words"] = lambda text: str(text).replace(" %", "\u00a0%")
    environment.filters["address"] = address
    return environment.from_string(text).render(
        page=page, advice=ADVICE, uncalibrated=uncalibrated(page.case.calibrated), style=style, script=script, library=library,
        policy=policy(library, script), data=_embedded(page), numeric=numeric,
    )  # fmt: skip


def _embedded(page: Page) -> str:
    """The figures and both looks as JSON in which no sign can end a script."""
    shown = {plate.name: _bare(plate.figure) for plate in of.plates_of(page.sections)}
    content = {"light": template(LIGHT), "dark": template(DARK), "figures": shown}
    return embedded(content)


def _bare(figure: Any) -> dict[str, Any]:
    """A figure without its template: the page puts on the one that suits the reader's screen."""
    content: dict[str, Any] = figure.to_plotly_json()
    content["layout"].pop("template", None)
    return content


def write_page(folder: Path, page: Page) -> None:
    """Write `report.html` into a folder."""
    (folder / NAME).write_text(render(page), encoding="utf-8")
