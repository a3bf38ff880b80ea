"""The warnings of a dissection: each is raised where it should be, not elsewhere, and is printed to the screen."""

from __future__ import annotations

from dataclasses import replace
from io import StringIO
from typing import Any

import pytest
from rich.console import Console

from refugia.catalog.reader import read_case
from refugia.course.case import Case
from refugia.dissection import dissect as module
from refugia.dissection.bootstrap import FEW
from refugia.dissection.dissect import Dissection, dissect
from refugia.report.screen import show_dissection


@pytest.fixture(scope="module")
def case() -> Case:
    """The default case for a month, with two ways out."""
    found = read_case("egfr-lung")
    settings = replace(found.settings, step=14.0, shells=2)
    return replace(found, settings=settings, question=replace(found.question, horizon=28.0), mechanisms=("tolerance", "wall"))


def screen(result: Dissection) -> str:
    """What the terminal shows, as one line."""
    console = Console(width=200, record=True, file=StringIO())
    show_dissection(console, result, (1, 1))
    return " ".join(console.export_text().split())


def said(result: Dissection, words: str) -> list[str]:
    """The notes that hold these words; each of them stands on the screen."""
    notes = [note for note in result.notes if words in note]
    assert all(" ".join(note.split()) in screen(result) for note in notes)
    return notes


def test_mechanisms_with_equal_tables_are_called_redundant(case: Case) -> None:
    """A wall through which nothing passes but by what its pumps leave: either part lifted alone opens it wholly."""
    sites = tuple(
        replace(site, haven=site.haven and replace(site.haven, effluxes=tuple(replace(e, bulk=0.0) for e in site.haven.effluxes)))
        for site in case.subject.sites
    )
    leaking = replace(case, subject=replace(case.subject, sites=sites), mechanisms=("wall",))
    notes = said(dissect(leaking, 2), "redundant")
    assert len(notes) == 1
    assert '"wall tightness" and "wall pumps"' in notes[0]
    assert not said(dissect(case, 2), "redundant")


def test_fewer_than_32_patients_are_said_to_be_few(case: Case) -> None:
    assert FEW == 32
    assert said(dissect(case, FEW - 1), f"below {FEW}") or said(dissect(case, FEW - 1), f"Fewer than {FEW}")
    enough = dissect(case, FEW)
    assert not said(enough, f"below {FEW}") and not said(enough, f"Fewer than {FEW}")


@pytest.mark.parametrize(("low", "high", "expected"), [(-3.0, -1.0, 1), (-3.0, 1.0, 0), (1.0, 3.0, 0)])
def test_merits_that_disagree_in_sign_are_named(
    case: Case, monkeypatch: pytest.MonkeyPatch, low: float, high: float, expected: int
) -> None:
    """Only where both intervals leave out zero, on either side of it."""
    attribute: Any = module.attribute

    def drawn(*arguments: Any) -> Any:
        rows, pairs = attribute(*arguments)
        ends = {"control": (0.1, 0.3), "progression": (low, high)}
        changed = [replace(row, low=ends[row.merit][0], high=ends[row.merit][1], share=sum(ends[row.merit]) / 2) for row in rows]
        return tuple(new if old.mechanism == "tolerance" else old for new, old in zip(changed, rows, strict=True)), pairs

    monkeypatch.setattr(module, "attribute", drawn)
    notes = said(dissect(case, 2), "disagree in sign")
    assert len(notes) == expected
    assert all('"tolerance"' in note for note in notes)


def test_a_share_that_few_patients_carry_is_named(case: Case) -> None:
    """Nobody progresses within a month: no share of progression, whose interval of no width means nothing."""
    notes = said(dissect(case, 12), "Few patients carry")
    assert len(notes) == 1
    assert "shares of progression" in notes[0] and '"tolerance" 0 of 12' in notes[0]
    assert not any("shares of control" in note for note in notes)
