"""Words and numbers where they belong: no medicine in the engine, no numbers of the world in the equations, no empty names."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

import pytest

from tests.shape.sources import ROOMS, ROOT, File, decorated, files

MEDICINE = (
    "drug", "dose", "dosing", "dosage", "tumour", "tumor", "cancer", "lesion", "metasta", "patient", "clinic", "therap",
    "treatment", "medic", "disease", "plasma", "blood", "vessel", "vascul", "capillar", "oxygen", "hypoxi", "acidi", "lung",
    "liver", "brain",
)  # fmt: skip
"""Beginnings of words that the engine must not know, wherever they stand: names, strings, comments."""
EMPTY = {"utils", "util", "helpers", "helper", "base", "manager", "misc", "common"}
"""Names that say nothing about what a module is."""
MATHEMATICS = {0.0, 0.5, 1.0, 2.0, 3.0, 4.0, 6.0}
"""Numbers an equation may hold; powers of ten may stand too, as factors between units and as guards against division by zero."""
MATRIX = "src/refugia/barriers/matrix.py"
PORES = "src/refugia/barriers/pores.py"
PORE_LAW = (22.5083, 5.6117, 0.3363, 1.216, 1.647, 4.018, 3.9788, 1.9215, 4.392, 5.006)
EXCUSED: dict[tuple[str, float], str] = {
    **{(PORES, number): "coefficient of the law of hindrance in a pore itself (Bungay and Brenner 1973)" for number in PORE_LAW},
    (PORES, 8.0): "of Poiseuille's law",
    (MATRIX, 0.931): "coefficient of the permeability law of fibres itself (Jackson and James 1986)",
    (MATRIX, 20.0): "likewise",
    (MATRIX, 0.39): "volume fraction just below exp(-0.931), where that law ends",
    (MATRIX, 0.84): "coefficient of the law of steric hindrance itself",
    (MATRIX, 1.09): "exponent of the same law",
    ("src/refugia/clones/luria_delbrueck.py", 1.3558): "median of Landau's law, a mathematical constant",
}
"""Other numbers, each with the file it stands in and the reason it is no number of the world."""

ROOM_FOLDERS = tuple(f"src/refugia/{room}" for room in ROOMS)


def of(path: str) -> tuple[File, ...]:
    """The one file of the package with this path."""
    return tuple(file for file in files("src") if file.path == f"src/refugia/{path}")


def rooms() -> tuple[File, ...]:
    """The files of the five rooms, and the body that joins them."""
    return (*files(*ROOM_FOLDERS), *of("subject.py"))


def medical_words(text: str) -> list[str]:
    """The words of medicine in a text, in any case and inside any name."""
    return re.findall(rf"(?<![a-z])(?:{'|'.join(MEDICINE)})[a-z]*", re.sub(r"([a-z])([A-Z])", r"\1_\2", text).lower())


def is_mathematical(number: float) -> bool:
    """Whether a number may stand in any equation: a small constant, or a power of ten."""
    size = abs(number)
    return size in MATHEMATICS or re.fullmatch(r"1(\.0)?(e[+-]?\d+)?|10*(\.0)?|0\.0*1", repr(size)) is not None


def counts(tree: ast.Module) -> set[ast.AST]:
    """The whole numbers of the method: rounds in `range`, a field called `int`, or a name in capitals at a module's head."""
    heads = [entry for entry in tree.body if isinstance(entry, ast.Assign)]
    named = [entry.value for entry in heads if ast.unparse(entry.targets[0]).isupper()]
    rounds = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and ast.unparse(node.func) == "range"]
    fields = [node.value for node in ast.walk(tree) if isinstance(node, ast.AnnAssign) and ast.unparse(node.annotation) == "int"]
    leaves = (leaf for node in (*named, *rounds, *fields) if node is not None for leaf in ast.walk(node))
    return {leaf for leaf in leaves if isinstance(leaf, ast.Constant) and isinstance(leaf.value, int)}


def strange_numbers(tree: ast.Module) -> Iterator[tuple[int, float]]:
    """Line and value of every number that is neither a mathematical constant nor a count of the method."""
    counted = counts(tree)
    for node in ast.walk(tree):
        value = node.value if isinstance(node, ast.Constant) and node not in counted else None
        if isinstance(value, int | float) and not isinstance(value, bool) and not is_mathematical(value):
            yield node.lineno, value


def defaults(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Line and name of every field of a dataclass that holds a number and has a default value."""
    for node in (entry for entry in ast.walk(tree) if isinstance(entry, ast.ClassDef) and decorated(entry, "dataclass")):
        for field in (entry for entry in node.body if isinstance(entry, ast.AnnAssign) and entry.value is not None):
            kept_in = field.value if isinstance(field.value, ast.Call) else None  # number("mm"), optional("mm"): units, no values
            named = kept_in and ast.unparse(kept_in.func) in ("number", "optional") and not (kept_in.args[1:] or kept_in.keywords)
            if re.search(r"\b(Number|float|int)\b", ast.unparse(field.annotation)) and not named:
                yield field.lineno, ast.unparse(field.target)


def test_the_engine_knows_no_word_of_medicine() -> None:
    """Names, strings and comments: the engine is numbers without medicine."""
    found = {
        f"{file.path}:{number}": words
        for file in files("src/refugia/engine")
        for number, line in enumerate(file.text.splitlines(), start=1)
        if (words := medical_words(line))
    }
    assert not found


def test_a_word_of_medicine_is_seen() -> None:
    """In a name, in camel case, in a comment; and "placid" is no acid."""
    assert medical_words("drug_rate, BloodFlow  # the Tumours' oxygenation") == ["drug", "blood", "tumours", "oxygenation"]
    assert medical_words("a placid clone in its overdosed site") == []


def test_the_sources_cite_papers_not_notes() -> None:
    """A page that a docstring or a comment names is a page of this project."""
    pages = {page.name for page in (*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"))}
    everywhere = files("src", "tests", "examples", "benchmarks")
    named = {f"{file.path}: {page}" for file in everywhere for page in re.findall(r"[\w-]+\.md\b", file.text) if page not in pages}
    assert not named


def test_modules_have_names_that_say_something() -> None:
    """No utils, helpers, base or manager, in the package or in its tests."""
    everywhere = files("src", "tests", "examples", "benchmarks")
    assert not [file.path for file in everywhere if EMPTY & set(re.split(r"[/_.]", file.path))]


def test_descriptions_have_no_default_numbers() -> None:
    """A number of the world comes from the catalogue; a description has none of its own."""
    described = (*rooms(), *of("course/case.py"))
    assert not [f"{file.path}:{line} {name}" for file in described for line, name in defaults(file.tree)]


def test_equations_have_no_numbers() -> None:
    """In the five rooms and in the body that joins them: mathematics, powers of ten, and what is excused by name."""
    found = [
        f"{file.path}:{line} {number}"
        for file in rooms()
        for line, number in strange_numbers(file.tree)
        if (file.path, abs(number)) not in EXCUSED
    ]
    assert not found


def test_every_excuse_is_needed() -> None:
    """A number that stands no longer in its file is no longer excused."""
    present = {(file.path, abs(number)) for file in rooms() for _, number in strange_numbers(file.tree)}
    assert set(EXCUSED) <= present


@pytest.mark.parametrize("number", [0.136, 7.4, 760.0, 24, 1.5e-3, 11, 0.25])
def test_a_number_of_the_world_is_seen(number: float) -> None:
    """A rate, a pH, a pressure, hours in a day: all strange; constants, powers of ten and counts of the method are not."""
    text = f"NODES = 24\nfor _ in range(80):\n    rate = {number!r} * 2.0 * 1e-6 / 1000.0 - 0.001"
    assert [value for _, value in strange_numbers(ast.parse(text))] == [number]


def test_a_default_number_is_seen() -> None:
    """A default for a `Number` or a float is found, the internal unit of a field is not one."""
    fields = ('leak: Number = number("")', "rim: Number = 2.0", "width: float = 3.0", 'name: str = ""')
    text = "\n    ".join(("@dataclass(frozen=True)\nclass Wall:", *fields))
    assert list(defaults(ast.parse(text))) == [(4, "rim"), (5, "width")]
