"""The files of the project as text and syntax trees, read once for all shape tests."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
SRC = ROOT / "src"
PACKAGE = SRC / "refugia"
ROOMS = ("clones", "barriers", "havens", "treatment", "biopsy")

Function = ast.FunctionDef | ast.AsyncFunctionDef
Definition = Function | ast.ClassDef


@dataclass(frozen=True)
class File:
    """One Python file: its path from the project's root, its text and its tree."""

    path: str
    text: str
    tree: ast.Module

    @property
    def module(self) -> str:
        """The dotted name of a module of the package."""
        return self.path.removeprefix("src/").removesuffix(".py").removesuffix("/__init__").replace("/", ".")


@cache
def files(*folders: str) -> tuple[File, ...]:
    """Every Python file below these folders of the project."""
    paths = sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))
    texts = [(path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8")) for path in paths]
    return tuple(File(path, text, ast.parse(text, filename=path)) for path, text in texts)


def functions(tree: ast.AST) -> Iterator[Function]:
    """Every function and method of a tree, nested ones too."""
    return (node for node in ast.walk(tree) if isinstance(node, Function))


def docstring_nodes(tree: ast.AST) -> set[ast.expr]:
    """Every docstring of a tree, and every string that stands alone as the comment on the line above it."""
    return {node.value for node in ast.walk(tree) if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)}


def decorated(node: Definition, name: str) -> bool:
    """Whether a definition carries the decorator of that name, called or bare."""
    bare = (entry.func if isinstance(entry, ast.Call) else entry for entry in node.decorator_list)
    return any(ast.unparse(entry).split(".")[-1] == name for entry in bare)


def python(*arguments: str, path: Path = SRC, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    """A fresh interpreter on these arguments, with the package importable from `path`."""
    environment = {**os.environ, "PYTHONPATH": str(path)}
    return subprocess.run([sys.executable, *arguments], cwd=cwd, env=environment, capture_output=True, text=True, check=False)
