"""What a reader must know before trusting the table of shares."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from refugia.course.case import Case
from refugia.course.result import Timing
from refugia.course.standing import standing_notes
from refugia.dissection.arms import Arms, IntArray, dummies, redundant
from refugia.dissection.attribution import Share
from refugia.dissection.bootstrap import coverage_note

NEARLY = 0.95
"""Share of a mechanism's gain from which a part that is lifted alone counts as enough by itself."""


def notes(case: Case, plan: Arms, index: IntArray, shares: Sequence[Share], body: Timing) -> tuple[str, ...]:
    """The notes of a dissection; `index` (body, patient, site) names the rows that were run."""
    return tuple(_notes(case, plan, index, shares, body))


def _notes(case: Case, plan: Arms, index: IntArray, shares: Sequence[Share], body: Timing) -> Iterator[str]:
    if not case.calibrated:
        yield "The case is uncalibrated: its free numbers are assumed, not fitted."
    if case.note:
        yield case.note
    if case.question.scans is not None:
        yield f"Progression is looked for at scans only, the last on day {case.question.watched:g}."
    if body.censored > 0.0:
        yield (
            f"{100 * body.censored:.0f} % of the patients have not progressed by day {case.question.watched:g}: "
            "gains in days are cut there."
        )
    for a, b in redundant(plan, index):
        yield f'"{a}" and "{b}" are redundant here: lifting either gives the same tables.'
    for name in dummies(plan, index):
        yield f'"{name}" plays no part in this case.'
    yield from _parts(case, shares)
    yield from standing_notes(case)
    yield from _signs(case, shares)
    yield from _losses(shares)
    yield coverage_note(index.shape[1])


def _parts(case: Case, shares: Sequence[Share]) -> Iterator[str]:
    """Mechanisms of which each part is enough by itself, so that how their share is split says little."""
    for whole in shares:
        parts = [row for row in shares if row.part_of == whole.mechanism and row.merit == whole.merit]
        first = whole.merit == case.question.merits[0]
        if first and parts and whole.alone > 0.0 and all(part.alone >= NEARLY * whole.alone for part in parts):
            yield f'Each part of "{whole.mechanism}", lifted alone, does as much as all of it: they share its gain evenly.'


def _signs(case: Case, shares: Sequence[Share]) -> Iterator[str]:
    """Mechanisms whose share is clearly a gain on one merit and clearly a loss on the other."""
    for name in case.mechanisms:
        rows = [row for row in shares if row.mechanism == name]
        clear = [row for row in rows if row.low > 0.0 or row.high < 0.0]
        if len(clear) == len(rows) > 1 and len({row.share > 0.0 for row in rows}) > 1:
            yield f'The merits disagree in sign on "{name}": RECIST counts from the nadir and so punishes a deeper response.'


def _losses(shares: Sequence[Share]) -> Iterator[str]:
    """Mechanisms whose lifting costs, where the interval leaves no doubt."""
    lost = list(dict.fromkeys(f'"{row.mechanism}" ({row.merit})' for row in shares if row.high < 0.0 and not row.part_of))
    if lost:
        yield f"A negative share is a cost: on average over the orders, patients fare worse once it is lifted: {', '.join(lost)}."
