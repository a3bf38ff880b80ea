"""The project as one finds it: two commands, one version, a licence, a citation, pages whose links lead somewhere."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest
import yaml

from docs.generate.site import WRITTEN
from tests.shape.sources import PACKAGE, ROOT

PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])


def read(path: str) -> str:
    """The text of a file of the project."""
    return (ROOT / path).read_text(encoding="utf-8")


def test_the_readme_names_the_two_commands_on_its_first_screen() -> None:
    """`make demo` and `make test`, within forty lines."""
    screen = "\n".join(read("README.md").splitlines()[:40])
    assert "make demo" in screen
    assert "make test" in screen


def test_make_knows_every_command_the_pages_name() -> None:
    """The targets exist, and continuous integration calls the one developers call."""
    targets = set(re.findall(r"^([a-z-]+):", read("Makefile"), flags=re.MULTILINE))
    assert {"demo", "test", "test-all", "bench", "docs", "clean"} <= targets
    named = {name for page in PAGES for name in re.findall(r"`make ([a-z-]+)`", page.read_text(encoding="utf-8"))}
    assert named <= targets
    assert os.access(ROOT / ".ci" / "run", os.X_OK)
    assert read(".ci/run").splitlines()[-1] == "make test"


def test_the_version_is_the_same_everywhere() -> None:
    """In pyproject.toml, CITATION.cff and at the head of CHANGELOG.md."""
    version = tomllib.loads(read("pyproject.toml"))["project"]["version"]
    citation = yaml.safe_load(read("CITATION.cff"))
    newest = re.search(r"^## \[(\d[^]]*)\]", read("CHANGELOG.md"), flags=re.MULTILINE)
    assert citation["version"] == version
    assert newest
    assert newest[1] == version


def test_the_citation_file_has_what_the_format_asks_for() -> None:
    """CFF 1.2.0: message, title, authors; and the licence of the project."""
    citation = yaml.safe_load(read("CITATION.cff"))
    assert str(citation["cff-version"]) == "1.2.0"
    assert citation["message"]
    assert citation["title"]
    assert all({"name"} <= set(author) or {"family-names"} <= set(author) for author in citation["authors"])
    assert citation["license"] == tomllib.loads(read("pyproject.toml"))["project"]["license"] == "Apache-2.0"


def test_the_licence_is_whole() -> None:
    """The Apache License 2.0 from its head to its appendix."""
    text = read("LICENSE")
    assert "Version 2.0, January 2004" in text
    assert all(f"\n   {number}. " in text for number in range(1, 10))
    assert "END OF TERMS AND CONDITIONS" in text


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    """Every relative link of a page names a file that exists, or a page of the site that the code writes."""
    links = re.findall(r"\]\((?!https?:|mailto:|#)([^)#]+)", page.read_text(encoding="utf-8"))
    assert [link for link in links if link not in WRITTEN and not (page.parent / link).exists()] == []


def test_the_plan_names_every_room() -> None:
    """Each folder and file at the top of the package stands in docs/architecture.md."""
    plan = read("docs/architecture.md")
    rooms = [path.name + "/" * path.is_dir() for path in PACKAGE.iterdir() if not path.name.startswith(("_", "."))]
    assert [room for room in rooms if room != "py.typed" and room not in plan] == []


def test_nothing_heavy_is_kept() -> None:
    """No file under version control is larger than a megabyte: no wheels, no results, no foreign data."""
    kept = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)
    if kept.returncode != 0:
        pytest.skip("not a git checkout")
    paths = [ROOT / name for name in kept.stdout.split("\0") if name]
    assert [path.name for path in paths if path.is_file() and path.stat().st_size > 1_000_000] == []


@pytest.mark.slow
def test_a_wheel_carries_the_catalogue(tmp_path: Path) -> None:
    """Whatever lies in the package, data included, is in the wheel that users install."""
    pip = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(tmp_path), str(ROOT)]
    built = subprocess.run(pip, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stderr
    with zipfile.ZipFile(next(tmp_path.glob("*.whl"))) as wheel:
        packed = set(wheel.namelist())
    kinds = {".py", ".toml", ".csv", ".bib"}
    sources = {
        path.relative_to(PACKAGE.parent).as_posix()
        for path in PACKAGE.rglob("*")
        if path.suffix in kinds or path.name == "py.typed"
    }
    assert sources
    assert sources - packed == set()
