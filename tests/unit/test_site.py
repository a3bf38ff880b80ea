"""The site: every snippet of every page runs, the pages build without a warning, and nothing of the reference is missing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import refugia
from docs.generate.commands import commands
from docs.generate.gallery import EXAMPLES
from docs.generate.site import ROOT, WRITTEN, build, pages
from docs.generate.snippets import Block, blocks, prints, shown

PAGES = (*pages(), ROOT / "README.md")
ALLOWED = {"python", "sh", "console", "toml", "text", "{toctree}"}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site as `make docs` builds it: strict, so that a broken link fails here."""
    folder = tmp_path_factory.mktemp("site")
    build(folder)
    return folder


class _Opened(HTMLParser):
    """What a page asks for when it is opened, its headings' ids, and its pictures without a text."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[str] = []
        self.mute: list[str] = []
        self.language = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Scripts, styles, pictures and frames are fetched; links of text are not."""
        given = {name: value or "" for name, value in attrs}
        fetched = given.get("rel", "") in ("stylesheet", "preload", "preconnect", "icon", "dns-prefetch")
        if tag == "link" and fetched:
            self.asked.append(given["href"])
        if tag in ("script", "img", "iframe", "source", "video", "audio") and "src" in given:
            self.asked.append(given["src"])
        if (tag == "img" and "alt" not in given) or (given.get("role") == "img" and not given.get("aria-label")):
            self.mute.append(str(given))
        if tag == "html":
            self.language = given.get("lang", "")


def _opened(site: Path) -> Iterator[tuple[str, _Opened]]:
    for file in sorted(site.rglob("*.html")):
        page = _Opened()
        page.feed(file.read_text(encoding="utf-8"))
        yield file.relative_to(site).as_posix(), page


def _text(site: Path, path: str) -> str:
    """A page as one reads it, without its tags."""
    return unescape(re.sub(r"<[^>]+>", "", (site / path).read_text(encoding="utf-8")))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_snippets_of_a_page_do_what_it_says(page: Path) -> None:
    """Python, commands and files, one session a page; what is marked slow is left out."""
    prints(page)


@pytest.mark.slow
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_slow_snippets_of_a_page_do_too(page: Path) -> None:
    """All of them."""
    prints(page, slow=True)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_block_says_what_it_is(page: Path) -> None:
    """A language that is known here, so that no command hides in a block that nobody runs."""
    assert {block.language for block in blocks(page.read_text(encoding="utf-8"))} <= ALLOWED


def test_a_snippet_that_fails_is_seen(tmp_path: Path) -> None:
    """A wrong output, a command that fails, one that should and does not, an excerpt that is none, an unmarked file."""
    wrong = {
        "python": "```python\nassert 1 == 2\n```",
        "console": "```console\n$ echo one\ntwo\n```",
        "sh": "```sh\nfalse\n```",
        "fails": "<!-- fails -->\n```sh\ntrue\n```",
        "output": "```sh\necho one\n```\n\n<!-- output -->\n```text\ntwo\n```",
        "excerpt": "<!-- excerpt: LICENSE -->\n```python\nimport antigravity\n```",
        "toml": "```toml\na = 1\n```",
        "mark": "<!-- runs: perhaps -->\n```sh\ntrue\n```",
        "reason": "<!-- not run: no -->\n```sh\ntrue\n```",
    }
    for name, text in wrong.items():
        page = tmp_path / f"{name}.md"
        page.write_text(text + "\n", encoding="utf-8")
        with pytest.raises(AssertionError):
            prints(page)


def test_blocks_of_a_page_share_a_session(tmp_path: Path) -> None:
    """A file that one writes is there for the next, and so is a name; what is printed is shown below its block."""
    page = tmp_path / "README.md"
    page.write_text(
        '<!-- file: a.txt -->\n```text\none\n```\n\n<!-- prints -->\n```python\nx = open("a.txt").read()\nprint(x.upper())\n```\n\n'
        "<!-- not run: it would never end -->\n```sh\nyes\n```\n\n```console\n$ cat a.txt\none\n```\n",
        encoding="utf-8",
    )
    assert prints(page)[10] == "ONE\n\n"
    assert "```\n\n```text\nONE\n```\n" in shown(page.read_text(encoding="utf-8"), prints(page))


def test_marks_are_read() -> None:
    """Those directly before a block, and no others."""
    text = "<!-- slow -->\n\nA paragraph.\n\n<!-- fails -->\n<!-- file: b.toml, added -->\n```toml\nx = 1\n```\n"
    assert blocks(text) == (Block(7, 9, "toml", "x = 1\n", {"fails": "", "file": "b.toml, added"}),)


PIECES = ["```sh\n", "```\n", "<!-- slow -->\n", "<!-- file: a -->", "text\n", "\n", "    ", "> ", "| a |\n"]


@given(st.lists(st.sampled_from(PIECES)))
def test_any_page_is_read(parts: list[str]) -> None:
    """Blocks lie inside the page, one after the other."""
    text = "".join(parts)
    found = blocks(text)
    assert all(0 < block.line <= block.end <= len(text.splitlines()) + 1 for block in found)
    assert list(found) == sorted(found, key=lambda block: block.line)


def test_every_command_has_an_entry(site: Path) -> None:
    """Commands and groups, each with all of its options."""
    text = _text(site, "reference/commands.html")
    for name, command in commands():
        assert name in text
        missing = [one.opts[0] for one in command.params if one.param_type_name == "option" and one.opts[0] not in text]
        assert not missing


def test_every_public_name_has_an_entry(site: Path) -> None:
    """A heading each."""
    headings = re.findall(r"<h2>(.*?)<a", (site / "reference/python.html").read_text(encoding="utf-8"))
    assert sorted(re.sub(r"<[^>]+>", "", heading) for heading in headings) == sorted(refugia.__all__)


def test_every_example_is_in_the_gallery(site: Path) -> None:
    """With its code, and what it prints."""
    text = _text(site, "gallery.html")
    assert [example.name for example in EXAMPLES if f"examples/{example.name}" not in text] == []


def test_every_page_is_there(site: Path) -> None:
    """Those that people write and those that the code writes."""
    wanted = [*(page.with_suffix(".html").name for page in pages()), *(path.replace(".md", ".html") for path in WRITTEN)]
    assert [path for path in wanted if not (site / path).is_file()] == []


def test_an_opened_page_asks_the_network_for_nothing(site: Path) -> None:
    """Scripts, styles, fonts and pictures lie beside the pages; every one of them is there."""
    for path, page in _opened(site):
        outside = [asked for asked in page.asked if re.match(r"(https?:)?//", asked)]
        missing = [asked for asked in page.asked if not ((site / path).parent / re.sub(r"[?#].*", "", asked)).is_file()]
        assert (path, outside, missing) == (path, [], [])
    styles = "\n".join(file.read_text(encoding="utf-8") for file in site.rglob("*.css"))
    assert re.findall(r"@import[^;]*//|url\(\s*[\"']?(?:https?:)?//[^)]*\)", styles) == []


def test_pages_name_their_language_and_pictures_have_words(site: Path) -> None:
    """What a reader that speaks needs."""
    for path, page in _opened(site):
        assert (path, page.language, page.mute) == (path, "en", [])
