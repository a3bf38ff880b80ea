"""Docstrings: whatever is public says what it is in a sentence; the examples in them are run by pytest itself."""

from __future__ import annotations

import ast
import tomllib
from collections.abc import Iterator

from tests.shape.sources import ROOT, Definition, File, decorated, files


def public(file: File) -> Iterator[tuple[str, ast.Module | Definition]]:
    """The module, its public classes and functions, and the public methods of those classes."""
    yield file.path, file.tree
    for node in (entry for entry in file.tree.body if isinstance(entry, Definition) and not entry.name.startswith("_")):
        yield f"{file.path}:{node.lineno} {node.name}", node
        methods = node.body if isinstance(node, ast.ClassDef) else ()
        for inner in (entry for entry in methods if isinstance(entry, Definition) and not entry.name.startswith("_")):
            if not decorated(inner, "overload"):
                yield f"{file.path}:{inner.lineno} {node.name}.{inner.name}", inner


def test_everything_public_has_a_docstring() -> None:
    """Modules, classes, functions and methods of the package."""
    assert not [where for file in files("src") for where, node in public(file) if not ast.get_docstring(node)]


def test_a_docstring_begins_with_a_sentence() -> None:
    """The first paragraph ends as a sentence does."""
    odd = {
        where: head
        for file in files("src", "tests/shape")
        for where, node in public(file)
        if (text := ast.get_docstring(node)) and not (head := text.split("\n\n")[0].strip()).endswith((".", "?", "!", ":"))
    }
    assert not odd


def test_every_test_file_says_what_it_holds() -> None:
    """A test's name tells what is true; the head of its file says what kind of truth it holds."""
    tests = (file for file in files("tests") if file.path.split("/")[-1].startswith("test_"))
    assert not [file.path for file in tests if not ast.get_docstring(file.tree)]


def test_the_examples_in_docstrings_are_run() -> None:
    """Pytest collects them from the sources: the setting that does so is in place, and there are some."""
    options = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["pytest"]["ini_options"]
    assert "--doctest-modules" in options["addopts"]
    assert "src" in options["testpaths"]
    assert any(">>>" in file.text for file in files("src/refugia/terms"))
