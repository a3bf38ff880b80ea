"""What a notebook shows of a case and of results: a short page each, and the picture that says most of it."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING

from refugia.catalog.reader import parameters_of
from refugia.course.case import Case
from refugia.course.result import Course, Timing
from refugia.dissection.dissect import Dissection
from refugia.dissection.rescue import RescueTable
from refugia.dissection.sensitivity import Sensitivity
from refugia.report.figures.clones import clones_figure
from refugia.report.figures.look import Table
from refugia.report.figures.rescue import rescue_figure, rescue_table
from refugia.report.figures.sensitivity import sensitivity_figure, sensitivity_table
from refugia.report.figures.shares import shares_figure, shares_table
from refugia.report.screen import ADVICE, day
from refugia.report.tables import assumed
from refugia.terms import Number, RefugiaError, Rows

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

_CELL = "padding:0.15em 0.9em 0.15em 0;vertical-align:top;text-align:left"


def html(shown: object) -> str:
    """What a notebook shows of a case, a result or its rows, as HTML; every text of the user is escaped.

    Raises RefugiaError where it is none of these.
    """
    if isinstance(shown, Case):
        return _case(shown)
    if isinstance(shown, Course):
        return _joined(_head(shown.case), _timings(shown.timings(), shown.case.question.watched), _outcomes(shown))
    if isinstance(shown, Dissection):
        return _dissection(shown)
    if isinstance(shown, RescueTable):
        return _table(rescue_table(shown)) if shown else "<p>The case has no levers.</p>"
    if isinstance(shown, Sensitivity):
        return _joined(*(_table(sensitivity_table(shown, merit)) for merit in shown.total))
    if isinstance(shown, Rows):
        return str(shown.frame().to_html(index=False, escape=True, border=0, float_format="%.4g"))
    raise RefugiaError(f"A {type(shown).__name__} is nothing that a notebook shows. Give a case, or a result of one.")


def plot(shown: object, of: str | None = None) -> Figure:
    """The picture that says most of a result; `of` names a merit, or a site of a course, where another one is wanted.

    Raises RefugiaError where there is none, or no such merit or site.
    """
    if isinstance(shown, Course):
        sites = [site.name for site in shown.case.subject.sites]
        return clones_figure(shown, _chosen(of, sites, sites[_first(shown)]))
    if isinstance(shown, Dissection):
        merits = shown.case.question.merits
        return shares_figure(shown, _chosen(of, merits, merits[0]))
    if isinstance(shown, RescueTable) and shown:
        return rescue_figure(shown, _chosen(of, [row.merit for row in shown], shown[0].merit))
    if isinstance(shown, Sensitivity):
        return sensitivity_figure(shown, _chosen(of, list(shown.total), next(iter(shown.total))))
    way_out = "Plot a result: rf.simulate(case).plot(), or rf.dissect(case).plot()."
    raise RefugiaError(f"A {type(shown).__name__} has no picture of its own. {way_out}")


def _chosen(wanted: str | None, known: Sequence[str], usual: str) -> str:
    if wanted is None:
        return usual
    if wanted not in known:
        raise RefugiaError(f'"{wanted}" is nothing to plot here. Give one of: {", ".join(dict.fromkeys(known))}.')
    return wanted


def _first(course: Course) -> int:
    """The place of the site that progresses earliest in the median; the first one where none does."""
    medians = [timing.median for name, timing in course.timings().items() if name != "body"]
    return min(range(len(medians)), key=lambda place: (medians[place] is None, medians[place] or 0.0))


def _head(case: Case) -> str:
    state = "" if case.calibrated else " Uncalibrated."
    return f"<h4>{escape(case.title)}</h4><p><small>{ADVICE}{state}</small></p>"


def _case(case: Case) -> str:
    """Sites, drugs, mechanisms and numbers of a case."""
    numbers = parameters_of(case)
    sites = tuple((site.name, site.organ, site.presence.value, _size(site.diameter)) for site in case.subject.sites)
    question = f"Horizon: day {case.question.horizon:.0f}. Levers: {len(case.levers)}."
    said = [
        f"<p>Drugs: {escape(', '.join(case.subject.given))}. {question}</p>",
        f"<p>Ways out asked about: {escape(', '.join(case.mechanisms))}.</p>",
        f"<p>{len(numbers)} numbers, {assumed(numbers)} of them assumed.</p>",
    ]
    return _joined(_head(case), _table(Table("Sites", ("site", "organ", "at day 0", "diameter, mm"), sites)), *said)


def _size(diameter: Number) -> str:
    return f"{diameter if isinstance(diameter, float) else diameter.value:g}"


def _dissection(result: Dissection) -> str:
    watched = result.case.question.watched
    shares = (_table(shares_table(result, merit)) for merit in result.case.question.merits)
    notes = "".join(f"<li>{escape(note)}</li>" for note in result.notes)
    timings = _timings({**result.sites, "body": result.body}, watched)
    return _joined(_head(result.case), timings, *shares, f"<p>Notes</p><ul>{notes}</ul>" if notes else "")


def _timings(found: dict[str, Timing], watched: float) -> str:
    rows = tuple(
        (name, *(day(value, watched) for value in (timing.median, timing.q10, timing.q90)), f"{100 * timing.censored:.0f} %")
        for name, timing in found.items()
    )
    heads = ("site", "median", "10 %", "90 %", f"none by day {watched:.0f}")
    return _table(Table("Progression, days (quantiles over patients)", heads, rows))


def _outcomes(course: Course) -> str:
    rows = "".join(f"<li>{escape(name)}: {escape(end.value)}</li>" for name, end in course.outcome.items())
    return f"<p>Commonest outcome</p><ul>{rows}</ul>"


def _table(table: Table) -> str:
    """A table with its caption, the first column to the left."""
    heads = "".join(f'<th scope="col" style="{_CELL}">{escape(head)}</th>' for head in table.heads)
    rows = "".join(f"<tr>{''.join(_cell(cell) for cell in row)}</tr>" for row in table.rows)
    caption = f'<caption style="text-align:left;font-weight:600">{escape(table.caption)}</caption>'
    return f"<table>{caption}<thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>"


def _cell(content: object) -> str:
    return f'<td style="{_CELL}">{escape(str(content))}</td>'


def _joined(*parts: str) -> str:
    return f"<div>{''.join(parts)}</div>"
