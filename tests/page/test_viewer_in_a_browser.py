"""The slice viewer in a browser: it draws, answers to the keyboard, plays, suits light and dark, and asks no network."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from refugia.report.tissue_store import open_tissue
from refugia.report.viewer.page import view_page
from tests.page.browser import Browser, browser_path
from tests.unit import tissue_made as made

AXE = Path(os.environ.get("REFUGIA_AXE", Path(__file__).parents[2] / ".axe" / "package" / "axe.min.js"))
pytestmark = pytest.mark.skipif(browser_path() is None, reason="there is no Chromium; run .ci/browser on Debian")


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A page of a box and a plane."""
    folder = tmp_path_factory.mktemp("view")
    tissues = [open_tissue(made.written(folder)), open_tissue(made.written(folder, 3, made.layout((1, 5, 6), (), "liver")))]
    (folder / "page.html").write_text(view_page(tissues), encoding="utf-8")
    return folder / "page.html"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One browser for all."""
    with Browser(browser_path() or "") as found:
        yield found


def drawn(browser: Browser, says: str) -> None:
    """Wait until the site, field, axis, slice and frame of these words are drawn."""
    until = time.monotonic() + 20
    while browser.run("document.body.dataset.drawn") != says:
        assert time.monotonic() < until, (browser.run("document.body.dataset.drawn"), browser.errors)
        time.sleep(0.05)


def choose(browser: Browser, name: str, place: int) -> None:
    """Take another entry of a list."""
    browser.run(f"(() => {{ const s = document.getElementById('{name}'); s.selectedIndex = {place}; "
                "s.dispatchEvent(new Event('change')); })()")  # fmt: skip


def colours(browser: Browser) -> set[str]:
    """The colours on the canvas, its outline left out."""
    browser.run("document.getElementById('outline').checked && document.getElementById('outline').click()")
    ask = """(() => { const c = document.getElementById('canvas');
        const d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data;
        const found = new Set(); for (let k = 0; k < d.length; k += 4) found.add([d[k], d[k+1], d[k+2], d[k+3]].join());
        return JSON.stringify([...found]); })()"""
    time.sleep(0.2)
    return set(json.loads(browser.run(ask)))


def test_it_draws_what_the_keyboard_asks_for(browser: Browser, page: Path) -> None:
    """Last frame first; arrows on the picture go through time and slices, a voxel is read, space plays to the end."""
    browser.look(1280)
    browser.open(page)
    drawn(browser, "lung|clones|0|2|4")
    assert {"59,124,184,255", "201,106,36,255", "0,0,0,0"} <= colours(browser)
    browser.run("document.getElementById('plane').focus()")
    for key, code, says in (("ArrowLeft", 37, "lung|clones|0|2|3"), ("ArrowUp", 38, "lung|clones|0|3|3")):
        browser.press(key, code)
        drawn(browser, says)
    assert "Day 91.3, z = 0.25\u00a0mm" in browser.run("document.getElementById('says').textContent")
    browser.press("ArrowLeft", 37, shift=True)
    time.sleep(0.2)
    assert browser.run("document.getElementById('probe').textContent") == "x = −0.25, y = 0 mm: T790M <b>"
    browser.press(" ", 32)
    drawn(browser, "lung|clones|0|3|4")
    choose(browser, "field", 2)
    drawn(browser, "lung|oxygen|0|3|4")
    assert "oxygen there from 41.8" in browser.run("document.getElementById('says').textContent")
    choose(browser, "axis", 2)
    drawn(browser, "lung|oxygen|2|3|4")
    choose(browser, "site", 1)
    drawn(browser, "liver|oxygen|0|0|2")
    assert browser.run("document.getElementById('for-slice').hidden")
    assert browser.errors == []
    assert {address.split(":")[0] for address in browser.asked} == {"file"}


@pytest.mark.parametrize(("width", "dark"), [(1280, False), (400, True)])
def test_light_and_dark_wide_and_narrow(browser: Browser, page: Path, width: int, dark: bool) -> None:
    """Nothing sticks out, and axe-core, where it is there, finds nothing serious."""
    browser.look(width, dark=dark)
    browser.open(page)
    drawn(browser, "lung|clones|0|2|4")
    assert browser.run("document.documentElement.scrollWidth") == width
    if AXE.exists():
        browser.run("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
        browser.run(AXE.read_text(encoding="utf-8") + "; true")
        ask = "axe.run(document, {resultTypes: ['violations']}).then((r) => JSON.stringify(r.violations))"
        found = json.loads(browser.run(ask))
        serious = {one["id"]: [node["html"][:200] for node in one["nodes"][:3]] for one in found if one["impact"] != "minor"}
        assert serious == {}
