"""Lays the pages out beside those that the code writes, and lets Sphinx build them; any warning is a failure."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path
from tempfile import TemporaryDirectory

from sphinx.cmd.build import build_main

from docs.generate.case_file import case_file_page
from docs.generate.catalogue import catalogue_page
from docs.generate.commands import commands_page
from docs.generate.gallery import gallery_page, script
from docs.generate.interface import interface_page
from docs.generate.snippets import prints, shown

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
WRITTEN = {
    "reference/commands.md": commands_page,
    "reference/python.md": interface_page,
    "reference/case-file.md": case_file_page,
    "reference/catalogue.md": catalogue_page,
    "gallery.md": gallery_page,
}
"""The pages that the code writes, and who writes each."""


def pages() -> tuple[Path, ...]:
    """The pages that people write."""
    return tuple(sorted(DOCS.glob("*.md")))


def build(folder: Path) -> None:
    """Build the site into a folder. Raises RuntimeError where Sphinx warns, and AssertionError where a snippet fails."""
    with TemporaryDirectory() as name:
        source = Path(name) / "docs"
        shutil.copytree(DOCS / "_static", source / "_static")
        (source / "_static" / "plotly.min.js").write_text(script(), encoding="utf-8")
        for page in pages():
            text = shown(page.read_text(encoding="utf-8"), prints(page))
            (source / page.name).write_text(_from(source, text), encoding="utf-8")
        for path, writer in WRITTEN.items():
            (source / path).parent.mkdir(exist_ok=True)
            (source / path).write_text(writer(), encoding="utf-8")
        shutil.rmtree(folder, ignore_errors=True)
        static = f"html_static_path={source / '_static'}"
        options = ["-q", "-W", "--keep-going", "-c", str(DOCS), "-d", f"{name}/read", "-D", static]
        if build_main([*options, str(source), str(folder)]) != 0:
            raise RuntimeError("The site was not built: see the warnings above.")


def _from(source: Path, text: str) -> str:
    """A page whose links to files outside `docs` lead there from where it lies now; a folder or a page there is named only."""

    def mended(found: re.Match[str]) -> str:
        target = (DOCS / found[2]).resolve()
        named = target.is_dir() or target.suffix == ".md"
        return found[1] if named else f"[{found[1]}]({os.path.relpath(target, source.resolve())})"

    return re.sub(r"\[([^\]]*)\]\((\.\./[^)#]*)\)", mended, text)
