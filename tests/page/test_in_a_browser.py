"""The page as a reader meets it: no serious finding of axe-core, nothing fetched, no spell works, tables obey the keyboard.

Needs a Chromium, and axe-core for the one test that names it: `.ci/browser` fetches both on Debian. Without them the tests are
skipped, and say so.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from refugia.catalog.reader import parameters_of, read_case
from refugia.dissection.dissect import dissect
from refugia.report.page.render import dissection_page, write_page
from tests.page.browser import Browser, browser_path
from tests.unit.made import course as run
from tests.unit.made import cut, renamed

ROOT = Path(__file__).parents[2]
AXE = Path(os.environ.get("REFUGIA_AXE", ROOT / ".axe" / "package" / "axe.min.js"))
CHROMIUM = browser_path()
SERIOUS = ("serious", "critical")

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium here; on Debian run .ci/browser")


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A dissection whose title, sites and levers are spells."""
    whole = read_case("egfr-lung")
    few = replace(whole, mechanisms=("tolerance", "wall", "occult lesions"), levers=whole.levers[:1] + whole.levers[-2:])
    case = renamed(cut(few), "<script>alert(1)</script>")
    folder = tmp_path_factory.mktemp("page")
    parts = dissect(case, 3, seed=1), run(case, 3), parameters_of(case)
    write_page(folder, dissection_page(*parts))
    return folder / "report.html"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    assert CHROMIUM is not None
    with Browser(CHROMIUM) as started:
        yield started


@pytest.mark.parametrize(("width", "dark"), [(1280, False), (1280, True), (400, False), (400, True)])
def test_the_page_opens_by_itself(browser: Browser, page: Path, width: int, dark: bool) -> None:
    """Every figure is drawn, as wide as its place; nothing is asked of the network; no script but the page's own has run."""
    browser.asked.clear()
    browser.errors.clear()
    browser.look(width, dark=dark)
    browser.open(page)
    assert [url for url in browser.asked if not url.startswith(("file:", "data:", "blob:"))] == []
    assert browser.errors == []
    assert browser.run("document.documentElement.scrollWidth") == width
    assert browser.run("[...document.querySelectorAll('.plot svg.main-svg')].length") > 10
    ground = browser.run("getComputedStyle(document.querySelector('.plot .bg, .plot svg.main-svg')).backgroundColor")
    assert ground in (("rgb(21, 24, 28)",) if dark else ("rgb(255, 255, 255)",))


@pytest.mark.skipif(not AXE.exists(), reason=f"there is no axe-core at {AXE}; run .ci/browser, or name it in REFUGIA_AXE")
@pytest.mark.parametrize(("width", "dark"), [(1280, False), (1280, True), (400, False), (400, True)])
def test_axe_finds_nothing_serious(browser: Browser, page: Path, width: int, dark: bool) -> None:
    """All rules of axe-core, with every disclosure opened."""
    browser.look(width, dark=dark)
    browser.open(page)
    browser.run("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    browser.run(AXE.read_text(encoding="utf-8") + "; true")
    found = json.loads(browser.run("axe.run(document, {resultTypes: ['violations']}).then((r) => JSON.stringify(r.violations))"))
    serious = {one["id"]: [node["html"][:200] for node in one["nodes"][:3]] for one in found if one["impact"] in SERIOUS}
    assert serious == {}


def test_tables_are_sorted_and_filtered_by_keyboard(browser: Browser, page: Path) -> None:
    """Enter on a head sorts and says so; words and a kind filter, and the count of rows is told."""
    browser.look(1280)
    browser.open(page)
    browser.run("document.querySelector('#table-parameters thead th:nth-child(2) button').focus()")
    cell = "Number(row.cells[1].textContent.replace('−', '-'))"
    value = f"[...document.querySelectorAll('#table-parameters tbody tr')].map((row) => {cell})"
    for order, sign in (("descending", -1), ("ascending", 1)):
        browser.press("Enter", 13)
        assert browser.run("document.querySelector('#table-parameters [aria-sort]').getAttribute('aria-sort')") == order
        values = browser.run(value)
        assert values == sorted(values, key=lambda one: sign * one)
    browser.run("(() => { const s = document.querySelector('select[data-table=table-parameters]'); s.value = 'assumed'; "
                "s.dispatchEvent(new Event('change')); })()")  # fmt: skip
    shown = browser.run("[...document.querySelectorAll('#table-parameters tbody tr:not([hidden])')].map((row) => row.dataset.kind)")
    assert set(shown) == {"assumed"}
    said = browser.run("document.querySelector('.count[data-table=table-parameters]').textContent")
    assert said.startswith(f"{len(shown)} of ")


def test_the_first_stop_of_the_keyboard_leads_to_the_answer(browser: Browser, page: Path) -> None:
    browser.look(1280)
    browser.open(page)
    browser.press("Tab", 9)
    assert browser.run("document.activeElement.getAttribute('href')") == "#main"
    assert browser.run("document.activeElement.getBoundingClientRect().left") >= 0


def test_on_paper_it_is_light_and_whole(browser: Browser, page: Path, tmp_path: Path) -> None:
    """Printed from a dark screen: a PDF of some pages, with the figures in their light look."""
    browser.look(1280, dark=True)
    browser.open(page)
    browser.run("window.dispatchEvent(new Event('beforeprint'))")
    assert browser.run("document.querySelector('.plot').layout.template.layout.paper_bgcolor") == "#ffffff"
    browser.run("window.dispatchEvent(new Event('afterprint'))")
    assert browser.run("document.querySelector('.plot').layout.template.layout.paper_bgcolor") == "#15181c"
    browser.paper(tmp_path / "report.pdf")
    assert (tmp_path / "report.pdf").stat().st_size > 100_000
