"""The page of the Python names, from their signatures and docstrings."""

from __future__ import annotations

import ast
import inspect
import re
import textwrap
from collections.abc import Iterator
from dataclasses import is_dataclass
from enum import Enum
from typing import Any

import refugia
from docs.generate.text import code, page, plain, prose, table


def interface_page() -> str:
    """Every public name: functions first, then what they give and take."""
    says = "Written from the code. The names below are those of `import refugia as rf`; nothing else is promised to stay."
    names = [name for name in refugia.__all__ if not name.startswith("__")]
    functions = [name for name in names if inspect.isfunction(getattr(refugia, name))]
    others = [name for name in names if name not in functions]
    version = f"## `__version__`\n\nThe version as a text: `{refugia.__version__}` where this page was written."
    return page("Python", says, *(_entry(name) for name in functions), *(_entry(name) for name in others), version)


def _entry(name: str) -> str:
    thing = getattr(refugia, name)
    head, text = f"## `{name}`", prose(inspect.getdoc(thing) or "")
    if inspect.isfunction(thing):
        return "\n\n".join((head, f"```python\n{_signature(f'rf.{name}', thing)}\n```", text))
    if isinstance(thing, type) and issubclass(thing, Enum):
        return "\n\n".join((head, text, table(("member", "means"), [(code(one.name), plain(one.value)) for one in thing])))
    if not isinstance(thing, type):
        return "\n\n".join((head, f"```python\n{name} = {thing}\n```", text))
    fields = table(("field", "type", "is"), comments(thing)) if is_dataclass(thing) else ""
    return "\n\n".join(part for part in (head, text, fields, table(("method", "gives"), _methods(thing))) if part)


def _signature(name: str, function: Any, method: bool = False) -> str:
    """A call as one writes it, one parameter a line where it is long."""
    signature = inspect.signature(function)
    parameters = list(signature.parameters.values())[1 if method else 0 :]
    returns = re.sub(r"\b(?:\w+\.)+(\w+)", r"\1", str(signature.return_annotation).strip("'"))
    shown, starred = [], False
    for one in parameters:
        if one.kind is one.KEYWORD_ONLY and not starred:
            shown.append("*")
            starred = True
        shown.append(re.sub(r"'", "", str(one)) if "'" in str(one) else str(one))
    line = f"{name}({', '.join(shown)}) -> {returns}"
    return line if len(line) <= 84 else f"{name}(\n    " + ",\n    ".join(shown) + f",\n) -> {returns}"


def _methods(kind: type) -> Iterator[tuple[str, str]]:
    for name, member in vars(kind).items():
        doc = inspect.getdoc(member)
        if name.startswith("_") or not doc or not (inspect.isfunction(member) or isinstance(member, property)):
            continue
        call = _signature(name, member, method=True) if inspect.isfunction(member) else name
        yield code(call), plain(doc.splitlines()[0])


def comments(kind: type) -> list[tuple[str, str, str]]:
    """The fields of a class with their types, and the comment beside each in the source."""
    source = textwrap.dedent(inspect.getsource(kind))
    body = next(node for node in ast.parse(source).body if isinstance(node, ast.ClassDef)).body
    lines, rows = source.splitlines(), []
    for field in (node for node in body if isinstance(node, ast.AnnAssign)):
        beside = lines[field.lineno - 1].partition("  # ")[2]
        says = re.sub(r"^noqa: \S+ (\((.*)\)|- (.*))$", lambda found: found[3] or "", beside)
        unit = re.search(r'number\("([^"]+)"\)', lines[field.lineno - 1])
        shown = says + (f" ({unit[1]})" if unit and unit[1] not in says else "")
        rows.append((code(ast.unparse(field.target)), code(ast.unparse(field.annotation)), plain(shown.strip())))
    return rows
