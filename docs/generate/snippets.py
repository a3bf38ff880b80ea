"""Runs the snippets of a page: what a page shows is what happens.

Blocks of `python`, `sh` and `console` run in order, in one session a page: one folder, one Python namespace. A comment of its own
line before a block says what is special about it:

    <!-- prints -->              the site shows below the block what it printed
    <!-- fails -->               the command must refuse with exit code 2
    <!-- slow -->                left to `make test-all`
    <!-- file: NAME -->          the block is written to that file of the session's folder (`file: NAME, added` adds to it)
    <!-- output -->              the block is what the one before it prints ("..." stands for anything)
    <!-- excerpt: PATH -->       the block's lines stand in that file (`A and B`: in those), in this order; "..." leaves out
    <!-- not run: REASON -->     neither run nor compared

Of a `console` block the lines after "$ " are commands, and the others are what they print.
"""

from __future__ import annotations

import io
import os
import re
import shlex
import subprocess
import sys
from contextlib import chdir, redirect_stdout
from dataclasses import dataclass
from doctest import ELLIPSIS, NORMALIZE_WHITESPACE, OutputChecker
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from markdown_it import MarkdownIt

ROOT = Path(__file__).parents[2]
RUN = ("python", "sh", "console")
MARKS = ("prints", "fails", "slow", "file", "output", "excerpt", "not run")
TIME = 600.0  # seconds after which a command is given up


@dataclass(frozen=True)
class Block:
    """A fenced block: where it ends, what it is, and the marks before it with what they say."""

    line: int
    end: int
    language: str
    text: str
    marks: dict[str, str]


def blocks(text: str) -> tuple[Block, ...]:
    """The fenced blocks of a page, each with the marks that stand directly before it."""
    found: list[Block] = []
    marks: dict[str, str] = {}
    for token in MarkdownIt().enable("table").parse(text):
        if token.type == "html_block":
            for name, _, says in re.findall(r"<!-- ([a-z ]+?)(: (.*?))? -->", token.content):
                marks[name] = says or ""
            for name, says in re.findall(r"<!-- ([a-z ]+?): (.*?) -->", token.content):
                marks[name] = says
        elif token.type == "fence" and token.map is not None:
            found.append(Block(token.map[0] + 1, token.map[1], token.info.strip(), token.content, marks))
            marks = {}
        else:
            marks = {}
    return tuple(found)


@cache
def prints(page: Path, slow: bool = False) -> dict[int, str]:
    """Run a page; what each block printed, by its last line. Raises AssertionError where one does not do what it says."""
    with TemporaryDirectory() as name:
        session = _Session(page, Path(name))
        for block in blocks(page.read_text(encoding="utf-8")):
            session.take(block, slow)
    return session.printed


def shown(text: str, printed: dict[int, str]) -> str:
    """The page with the output of every block that is marked `prints` below it."""
    lines = text.splitlines()
    for block in reversed(blocks(text)):
        if "prints" in block.marks and block.end in printed:
            lines[block.end : block.end] = ["", "```text", printed[block.end].rstrip(), "```"]
    return "\n".join(lines) + "\n"


class _Session:
    """One folder and one namespace, in which the blocks of a page run."""

    def __init__(self, page: Path, folder: Path) -> None:
        self.page, self.folder = page, folder / "session"
        self.printed: dict[int, str] = {}
        self.last, self.skipped = "", False
        self.namespace: dict[str, object] = {"__name__": "__main__"}
        self.folder.mkdir()
        command = folder / "bin" / "refugia"
        command.parent.mkdir()
        command.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m refugia.cli "$@"\n', encoding="utf-8")
        command.chmod(0o755)
        paths = os.pathsep.join((str(command.parent), str(Path(sys.executable).parent), os.environ.get("PATH", "")))
        plain = {"COLUMNS": "84", "NO_COLOR": "1", "TERM": "dumb", "LC_ALL": "C.UTF-8"}
        self.environment = {**os.environ, **plain, "PATH": paths, "PYTHONPATH": str(ROOT / "src")}

    def take(self, block: Block, slow: bool) -> None:
        """Do with a block what its language and its marks say."""
        where = f"{self.page.name}, line {block.line}"
        assert set(block.marks) <= set(MARKS), f"{where}: no such mark: {', '.join(sorted(block.marks))}"
        if "not run" in block.marks:
            assert len(block.marks["not run"]) > 10, f"{where}: say why it is not run"
        elif "excerpt" in block.marks:
            _quoted(block, where)
        elif "output" in block.marks:
            if not self.skipped:
                self._compare(block.text, self.last, where)
        elif "file" in block.marks:
            name, _, added = block.marks["file"].partition(", ")
            with (self.folder / name).open("a" if added else "w", encoding="utf-8") as file:
                file.write(block.text)
        elif block.language in RUN:
            self.skipped = "slow" in block.marks and not slow
            if not self.skipped:
                self.last = self._run(block, where)
                self.printed[block.end] = self.last
        else:
            assert block.language != "toml", f"{where}: say which file this is, or why it is not read"
            assert block.language, f"{where}: a block without a language"

    def _run(self, block: Block, where: str) -> str:
        if block.language == "sh":
            return self._shell(block.text, where, 2 if "fails" in block.marks else 0)
        if block.language == "console":
            parts = re.split(r"^\$ (.*)\n", block.text, flags=re.MULTILINE)[1:]
            for command, expected in zip(parts[::2], parts[1::2], strict=True):
                self._compare(expected, self._shell(command, where, 2 if "fails" in block.marks else 0), where)
            return ""
        printed = io.StringIO()
        code = compile("\n" * block.line + block.text, str(self.page), "exec")
        with chdir(self.folder), redirect_stdout(printed):
            exec(code, self.namespace)
        return printed.getvalue()

    def _shell(self, script: str, where: str, code: int) -> str:
        ran = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", script], cwd=self.folder, env=self.environment, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, timeout=TIME, check=False,
        )  # fmt: skip
        assert ran.returncode == code, f"{where}: exit code {ran.returncode}, not {code}\n{ran.stdout}"
        kept = (line.rstrip() for line in ran.stdout.splitlines() if not line.startswith("Compiling kernels"))
        return "\n".join(kept) + "\n"

    @staticmethod
    def _compare(expected: str, printed: str, where: str) -> None:
        same = OutputChecker().check_output(expected, printed, ELLIPSIS | NORMALIZE_WHITESPACE)
        assert same, f"{where}: expected\n{expected}\nbut it printed\n{printed}"


def _quoted(block: Block, where: str) -> None:
    """Every line of an excerpt stands in its file (or files, one after the other), in this order."""
    paths = block.marks["excerpt"].split(" and ")
    lines = iter([line.rstrip() for path in paths for line in (ROOT / path).read_text(encoding="utf-8").splitlines()])
    for wanted in (line.removesuffix("...").rstrip() for line in block.text.splitlines()):
        if wanted.strip():
            assert any(line == wanted for line in lines), f"{where}: not in {block.marks['excerpt']}: {wanted}"
