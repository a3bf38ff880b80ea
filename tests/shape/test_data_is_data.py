"""A case or a data file is data: nothing turns what is read into code, and nothing but the cluster reaches a network."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import pytest

from tests.shape.sources import files

LOADERS = {"pickle", "cPickle", "dill", "cloudpickle", "marshal", "shelve", "joblib", "yaml", "runpy", "code", "codeop"}
NETWORK = {"socket", "ssl", "urllib", "http", "ftplib", "smtplib", "requests", "httpx", "aiohttp", "fsspec", "distributed", "dask"}
QUIET = {"urllib.parse"}
"""Parts of such a library that only take texts apart."""
SHELL = {"subprocess", "pty"}
CALLS = {"eval", "exec", "compile", "__import__", "execfile", "os.system", "os.popen", "os.execv", "os.execve", "os.spawnv"}
CLUSTER = "src/refugia/course/cluster.py"
ALLOWED = {
    (CLUSTER, "pickle"): "tables in memory, over the cluster's own transport, never from a file: docs/scale.md",
    (CLUSTER, "socket"): "--cluster is the one door to a network",
    (CLUSTER, "distributed"): "likewise",
    ("src/refugia/catalog/masks.py", "allow_pickle"): "said to be False",
}
IMPORTERS = {"src/refugia/__init__.py", "src/refugia/cohort/survival.py", "src/refugia/report/genealogy/extras.py"}
"""Modules that import by name: the names of the face, and the libraries of an extra; both are written in the code."""


def doors(tree: ast.AST) -> Iterator[str]:
    """Every library and every call of a tree by which data could become code, or leave the machine."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names if alias.name not in QUIET)
        elif isinstance(node, ast.ImportFrom) and node.module not in QUIET:
            yield (node.module or "").split(".")[0]
        elif isinstance(node, ast.Call):
            called = ast.unparse(node.func)
            if called in CALLS or called.split(".")[-1] == "import_module":
                yield called.split(".")[-1] if called.endswith("import_module") else called
            if any(word.arg == "allow_pickle" for word in node.keywords):
                yield "allow_pickle"


BARRED = LOADERS | NETWORK | SHELL | CALLS | {"import_module", "allow_pickle"}


def test_no_data_becomes_code_and_nothing_reaches_a_network() -> None:
    """Every such door in the package is one of those named above."""
    found = {(file.path, door) for file in files("src") for door in doors(file.tree) if door in BARRED}
    assert found - set(ALLOWED) - {(path, "import_module") for path in IMPORTERS} == set()


def test_every_door_that_is_allowed_is_there() -> None:
    """An exception that nobody needs any longer is taken off the list."""
    found = {(file.path, door) for file in files("src") for door in doors(file.tree)}
    assert set(ALLOWED) <= found


@pytest.mark.parametrize(
    "line", ["import pickle", "from yaml import load", "eval(text)", "import urllib.request", "np.load(f, allow_pickle=True)",
             "__import__(name)", "importlib.import_module(name)", "os.system(x)", "import subprocess"],
)  # fmt: skip
def test_a_door_broken_in_is_seen(line: str) -> None:
    """The check convicts."""
    assert BARRED & set(doors(ast.parse(line)))
