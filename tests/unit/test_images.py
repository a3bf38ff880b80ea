"""Figures for a paper: as PNG and SVG where a Chrome is at hand, and a refusal with the way out where something is missing."""

from __future__ import annotations

from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from xml.etree import ElementTree

import pytest

from refugia.catalog.reader import parameters_of, read_case
from refugia.report.images import ready, write_images
from refugia.report.page.render import course_page
from refugia.terms import RefugiaError
from tests.page.browser import browser_path
from tests.unit.made import course as run

ABLE = find_spec("kaleido") is not None and browser_path() is not None


def test_a_missing_kaleido_is_told_with_the_way_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(RefugiaError, match=r'pip install "refugia\[figures\]"'):
        ready()


@pytest.mark.skipif(find_spec("kaleido") is None, reason="Kaleido is not installed (extra: figures)")
def test_a_missing_chrome_is_told_with_the_way_out(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("BROWSER_PATH", str(tmp_path / "no-browser"))
    with pytest.raises(RefugiaError, match=r"Install one .*plotly_get_chrome.*BROWSER_PATH"):
        ready()


@pytest.mark.skipif(not ABLE, reason="Kaleido (extra: figures) and a Chromium are not both here")
def test_every_figure_becomes_a_png_and_an_svg(tmp_path: Path) -> None:
    case = read_case("egfr-lung")
    one = replace(case, levers=(), subject=replace(case.subject, sites=case.subject.sites[:1]))
    page = course_page(run(one, 2), parameters_of(one))
    write_images(tmp_path, page)
    names = {plate.name for section in page.sections for plate in section.plates}
    wanted = {f"{name}.{kind}" for name in names for kind in ("png", "svg")}
    assert {entry.name for entry in (tmp_path / "figures").iterdir()} == wanted
    for name in names:
        assert (tmp_path / "figures" / f"{name}.png").read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"
        assert ElementTree.parse(tmp_path / "figures" / f"{name}.svg").getroot().tag.endswith("svg")
