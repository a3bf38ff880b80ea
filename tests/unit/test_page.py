"""The report as a file: it is whole, escapes what a user wrote, fetches nothing, and has the same bytes each time."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from refugia.catalog.reader import parameters_of, read_case
from refugia.course.case import Case
from refugia.course.recist import Progression
from refugia.course.result import Course
from refugia.dissection.dissect import dissect
from refugia.dissection.sensitivity import Effect, Sensitivity
from refugia.report.figures.progression import progression_figure
from refugia.report.figures.scans import response_figure
from refugia.report.page.parts import address
from refugia.report.page.render import ADVICE, Page, course_page, dissection_page, render
from refugia.report.page.sections import plates_of
from refugia.subject import Presence
from tests.unit.made import course as run
from tests.unit.made import cut, renamed

SPELL = "<script>alert(1)</script>"
MEGABYTES = 8


class Reader(HTMLParser):
    """What a browser would find: tags with their attributes, text outside scripts, and what scripts hold."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []
        self.scripts: list[str] = []
        self._inside = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._inside = tag

    def handle_data(self, data: str) -> None:
        if self._inside == "script":
            self.scripts.append(data)
        elif self._inside != "style" and data.strip():
            self.text.append(data.strip())

    def handle_endtag(self, tag: str) -> None:
        self._inside = "" if tag in ("script", "style") else self._inside


def page_of(case: Case, replicates: int = 2, moved: Sensitivity | None = None) -> Page:
    """The page of a short dissection."""
    short = cut(case)
    why = dissect(short, replicates, seed=1)
    return dissection_page(why, run(short, replicates), parameters_of(short), moved)


@pytest.fixture(scope="module")
def case() -> Case:
    """Three ways out and three levers are enough; uncalibrated, whatever the catalogue's own is."""
    whole = read_case("egfr-lung")
    few = ("tolerance", "wall", "occult lesions")
    return replace(whole, calibrated=False, mechanisms=few, levers=whole.levers[:1] + whole.levers[-2:])


@pytest.fixture(scope="module")
def page(case: Case) -> str:
    return render(page_of(case))


@pytest.fixture(scope="module")
def course(case: Case) -> Course:
    return run(case)


def test_the_first_line_says_what_it_is_not(page: str) -> None:
    text = Reader(page.partition("<body>")[2]).text
    assert text[0] == ADVICE == "Research software: no advice for a patient."
    assert "Uncalibrated" in " ".join(text[:40])


def test_the_page_is_whole_and_small(page: str) -> None:
    found = Reader(page)
    sections = [attributes["id"] for tag, attributes in found.tags if tag == "section"]
    assert sections == ["when", "ways", "pairs", "help", "clones", "evidence", "depth", "scans", "moves", "numbers", "origin"]
    assert len(page.encode()) < MEGABYTES * 2**20
    ids = [attributes["id"] for _, attributes in found.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    heads = [int(tag[1]) for tag, _ in found.tags if re.fullmatch(r"h[1-6]", tag)]
    assert heads[0] == 1
    assert all(after <= before + 1 for before, after in pairwise(heads))


def test_nothing_is_fetched(page: str) -> None:
    """No attribute that a browser would load names another place; the policy of the page forbids it besides."""
    found = Reader(page)
    loading = {"src", "srcset", "poster", "data"}
    assert [attributes for _, attributes in found.tags if loading & set(attributes)] == []
    assert not [attributes for tag, attributes in found.tags if tag in ("link", "base", "iframe", "object", "embed", "form", "img")]
    policy = next(attributes["content"] for tag, attributes in found.tags if tag == "meta" and "http-equiv" in attributes)
    assert policy is not None
    assert policy.startswith("default-src 'none'")
    style = page.partition("<style>")[2].partition("</style>")[0]
    assert "url(" not in style
    assert "@import" not in style


def test_the_same_result_gives_the_same_bytes(case: Case, page: str) -> None:
    assert render(page_of(case)) == page


def test_every_figure_has_its_words_and_its_numbers(page: str) -> None:
    found = Reader(page)
    plots = [attributes for _, attributes in found.tags if attributes.get("class") == "plot"]
    assert len(plots) == sum(tag == "figure" for tag, _ in found.tags) > 10
    assert all(attributes["role"] == "img" and attributes["aria-label"] for attributes in plots)
    tables = sum(tag == "table" for tag, _ in found.tags)
    assert tables == sum(tag == "caption" for tag, _ in found.tags) >= len(plots)
    assert all(attributes.get("scope") in ("col", "row") for tag, attributes in found.tags if tag == "th")


SPELLS = (SPELL, "</script><img src=x onerror=alert(1)>", "<!--<script>", '"onclick="alert(1)', "{{ 7 * 7 }}")


@pytest.mark.parametrize("spell", SPELLS)
def test_what_a_user_wrote_stays_text(case: Case, page: str, spell: str) -> None:
    """As a title, and as the name of a site, of a lever, its dose and price: no tag, attribute or script more than before."""
    cursed = render(page_of(renamed(case, spell)))
    before, after = Reader(page), Reader(cursed)
    assert [tag for tag, _ in after.tags] == [tag for tag, _ in before.tags]
    assert [set(attributes) for _, attributes in after.tags] == [set(attributes) for _, attributes in before.tags]
    assert len(after.scripts) == len(before.scripts) == 3
    assert not set("<>&") & set(after.scripts[0]), "no sign in the data can end or open a script"
    assert spell in after.text, "it is still to be read"


def test_figures_take_a_users_words_as_letters(case: Case) -> None:
    """Plotly knows tags of its own in its labels: a name has none."""
    for plate in plates_of(page_of(renamed(case, SPELL)).sections):
        shown = plate.figure.to_json()
        assert "<script" not in shown.replace("\\u003c", "<")
        assert "<script" not in json.dumps(plate.figure.to_plotly_json())


@given(st.text())
def test_only_addresses_become_links(link: str) -> None:
    assert address(link) == "" or re.match(r"https?://", address(link))


@pytest.mark.parametrize("link", ["javascript:alert(1)", "data:text/html,x", "//evil", "doi:", " https://x", "PMID"])
def test_other_schemes_become_no_links(link: str) -> None:
    assert address(link) == ""


def test_one_patient_one_site_one_merit_and_no_lever_give_a_page(case: Case) -> None:
    one = replace(
        case, levers=(), mechanisms=("tolerance",), subject=replace(case.subject, sites=case.subject.sites[:1]),
        question=replace(case.question, merits=("control",)),
    )  # fmt: skip
    found = " ".join(Reader(render(page_of(one, replicates=1))).text)
    assert "The one virtual patient" in found
    assert "the case lists no interventions" in found
    assert "--sensitivity" in found


def test_a_body_without_seen_sites_gives_a_page(case: Case) -> None:
    hidden = replace(case.subject.sites[3], name="hidden")
    unseen = replace(case, levers=(), subject=replace(case.subject, sites=(hidden,), reference="hidden"), mechanisms=("tolerance",))
    assert hidden.presence is Presence.OCCULT
    assert "No site is seen at day 0" in " ".join(Reader(render(page_of(unseen))).text)


def test_many_patients_make_no_large_page(course: Course) -> None:
    """A line and a waterfall keep some hundred points, and their ends."""
    many = 20_000
    days = np.linspace(1.0, 100.0, many)
    body = replace(course, progression=Progression(days, np.tile(days[:, None], 4)), best=np.linspace(0.2, 1.4, many))
    for figure in (progression_figure(body), response_figure(body)):
        assert len(figure.to_json()) < 100_000
    line = progression_figure(body).data[-1]
    watched = (days <= 84.0).sum()
    assert line.y[0] == 100.0
    assert line.y[-1] == pytest.approx(100.0 * (1 - watched / many), abs=0.01)
    assert (response_figure(body).data[0].y[0], response_figure(body).data[0].y[-1]) == pytest.approx((40.0, -80.0))


def test_a_tumour_that_is_gone_gives_a_page(case: Case, course: Course) -> None:
    """No cell, no tissue and no plasma after day 0: figures and tables say so, and nothing fails."""
    left = {name: np.where(np.arange(values.shape[2]).reshape(-1, *(1,) * (values.ndim - 3)) > 0, 0.0, values)
            for name, values in course.profile.items()}  # fmt: skip
    cells, volume = course.cells.copy(), course.volume.copy()
    cells[:, :, 1:], volume[:, :, 1:] = 0.0, 0.0
    gone = replace(course, cells=cells, volume=volume, profile=left, plasma=np.zeros_like(course.plasma))
    text = " ".join(Reader(render(course_page(gone, ()))).text)
    assert "no tumour cell is left there in any patient" in text
    assert "no tissue" in text


def test_scans_are_shown_where_there_are_some(case: Case) -> None:
    scanned = replace(case, question=replace(case.question, scans=(28.0, 56.0, 84.0)))
    page = course_page(run(scanned), parameters_of(scanned))
    sums = next(plate for plate in plates_of(page.sections) if plate.name == "sums")
    assert sums.table.heads[0] == "scan, day"
    assert [row[0] for row in sums.table.rows] == ["0", "28", "56", "84"]
    assert "as read at the scans" in [trace.name for trace in sums.figure.data]


def test_sensitivity_is_shown_where_it_was_run(case: Case) -> None:
    effects = tuple(
        Effect("tolerance.share", name, None, merit, 2.0, -2.0, 0.1)
        for name in case.mechanisms for merit in ("control", "progression")
    )  # fmt: skip
    moved = Sensitivity(("tolerance.share",), (), 4, 5, 10, {"control": 1.0, "progression": 90.0}, effects)
    names = [plate.name for plate in plates_of(page_of(case, moved=moved).sections)]
    assert [name for name in names if name.startswith("moves")] == ["moves-control", "moves-progression"]


def test_a_run_has_a_smaller_page(course: Course) -> None:
    page = render(course_page(course, parameters_of(course.case)))
    sections = [attributes["id"] for tag, attributes in Reader(page).tags if tag == "section"]
    assert sections == ["when", "clones", "depth", "scans", "numbers", "origin"]


def test_assumed_numbers_are_flagged(page: str) -> None:
    rows = [attributes for tag, attributes in Reader(page).tags if tag == "tr" and "data-kind" in attributes]
    flagged = [attributes for attributes in rows if attributes.get("class") == "flagged"]
    assert len(flagged) > 30
    assert {attributes["data-kind"] for attributes in flagged} == {"assumed"}
