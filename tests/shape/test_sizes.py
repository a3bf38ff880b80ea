"""Sizes: files, functions, kernels, parameters."""

from __future__ import annotations

import ast

from tests.shape.sources import Function, decorated, docstring_nodes, files, functions

FILE, FUNCTION, KERNEL, PARAMETERS = 400, 40, 60, 6
ADDRESSED = ("src/refugia/engine/philox.py", "src/refugia/engine/samplers.py", "src/refugia/engine/step.py")
"""The files whose innermost samplers carry the address of a draw as bare numbers."""
ADDRESS = {"key0", "key1", "place", "clone", "step", "purpose", "k0", "k1", "c0", "c1", "c2", "c3"}
"""The parts of that address, as a key or as the counter it ends in."""


def lines_of(function: Function) -> int:
    """The lines of a function, its docstring not counted: that one is owed, and as long as the law it tells."""
    last = function.end_lineno or function.lineno
    owed = docstring_nodes(ast.Module(body=function.body[:1], type_ignores=[]))
    return last - function.lineno + 1 - sum((text.end_lineno or text.lineno) - text.lineno + 1 for text in owed)


def positional(function: Function, path: str) -> int:
    """The parameters a caller may pass by position; an instance, a class and the address of a draw are not counted."""
    names = [entry.arg for entry in (*function.args.posonlyargs, *function.args.args)]
    if names[:1] in (["self"], ["cls"]):
        names = names[1:]
    return len([name for name in names if not (path in ADDRESSED and name in ADDRESS)])


def test_files_are_short() -> None:
    """At most 400 lines, tests and benchmarks included."""
    lengths = {file.path: len(file.text.splitlines()) for file in files("src", "tests", "examples", "benchmarks")}
    assert {path: length for path, length in lengths.items() if length > FILE} == {}


def test_functions_are_short() -> None:
    """At most 40 lines, kernels 60."""
    long = {
        f"{file.path}:{function.lineno} {function.name}": lines_of(function)
        for file in files("src", "examples", "benchmarks")
        for function in functions(file.tree)
        if lines_of(function) > (KERNEL if decorated(function, "njit") else FUNCTION)
    }
    assert not long


def test_functions_take_few_parameters() -> None:
    """At most six by position; a NamedTuple of arrays is one."""
    many = {
        f"{file.path}:{function.lineno} {function.name}": positional(function, file.path)
        for file in files("src", "examples", "benchmarks")
        for function in functions(file.tree)
        if positional(function, file.path) > PARAMETERS
    }
    assert not many


def test_kernels_are_serial_cached_and_free_of_the_lock() -> None:
    """Every kernel is compiled once, holds no lock and gives the same bits: no parallel, no fast mathematics."""
    heads = {
        f"{file.path}:{function.lineno} {function.name}": " ".join(ast.unparse(entry) for entry in function.decorator_list)
        for file in files("src")
        for function in functions(file.tree)
        if decorated(function, "njit")
    }
    owed, barred = ("cache=True", "nogil=True", "error_model='numpy'"), ("parallel", "fastmath")
    kernels = {where: head for where, head in heads.items() if "inline='always'" not in head}  # what is pasted into its caller
    assert not {where: head for where, head in kernels.items() if any(word not in head for word in owed)}
    assert not {where: head for where, head in heads.items() if any(word in head for word in barred)}
