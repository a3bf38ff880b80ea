"""Genealogies as files: what is written says who descended from whom, for any lineage; what cannot be is refused in a sentence."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from refugia.report.genealogy import Lines, Sample, cell_table, newick, tree_sequence, write_cells, write_trees
from refugia.terms import RefugiaError

GENOTYPES = ("wild", "T790M", "both's")
CARRIED = np.array([[0, 0], [1, 0], [1, 1]])


@st.composite
def genealogies(draw: st.DrawFn) -> tuple[Lines, Sample]:
    """A random lineage, days of birth often equal, and a random sample of its cells."""
    size = draw(st.integers(1, 25))
    parent = [draw(st.integers(-1, clone - 1)) for clone in range(size)]
    days: list[float] = []
    for clone in range(size):
        later = draw(st.sampled_from([0.0, 0.0, 1e-12, 0.5, 7.0]) | st.floats(0.0, 1e4))
        days.append((days[parent[clone]] if parent[clone] >= 0 else 0.0) + later)
    genotype = [draw(st.integers(0, 2)) for _ in range(size)]
    middle = [[draw(st.floats(-50.0, 50.0)) for _ in range(3)] for _ in range(size)]
    names = draw(st.just(()) | st.lists(st.text(max_size=6), min_size=size, max_size=size, unique=True))
    clones = draw(st.lists(st.integers(0, size - 1), min_size=1, max_size=30))
    day = max(days) + draw(st.sampled_from([0.0, 1.0, 100.0]))
    sample = Sample(day, clones, np.array(middle)[clones], np.arange(len(clones)), {"oxygen": np.linspace(0.0, 40.0, len(clones))})
    return Lines(parent, genotype, days, middle, GENOTYPES, names), sample


def read(text: str) -> dict[str, tuple[str | None, float]]:
    """A Newick text taken apart again: parent and length of every name."""
    tokens = re.findall(r"'(?:[^']|'')*'|[(),;]|:[^(),;]+|[^(),:;']+", text)
    found: dict[str, tuple[str | None, float]] = {}
    open_nodes: list[list[str]] = [[]]
    closed: list[str] = []
    label = ""
    for token in tokens:
        if token == "(":
            open_nodes.append([])
        elif token == ")":
            closed = open_nodes.pop()
        elif token.startswith(":"):
            found[label] = (None, float(token[1:]))
            found.update({child: (label, found[child][1]) for child in closed})
            open_nodes[-1].append(label)
            closed = []
        elif token not in (",", ";"):
            label = token[1:-1].replace("''", "'") if token.startswith("'") else token
    return found


@given(genealogies())
@settings(max_examples=60, deadline=None)
def test_a_newick_text_holds_every_clone_its_parent_and_its_days(made: tuple[Lines, Sample]) -> None:
    lines, sample = made
    found = read(newick(lines))
    assert set(found) == {lines.name(clone) for clone in range(len(lines))}
    first = min(lines.day)
    for clone, parent in enumerate(lines.parent.tolist()):
        above, length = found[lines.name(clone)]
        assert above == (None if parent < 0 else lines.name(parent))
        assert length == pytest.approx(lines.day[clone] - (first if parent < 0 else lines.day[parent]), rel=1e-8, abs=1e-300)
    kept = {lines.name(int(clone)) for clone in np.flatnonzero(lines.ancestry(sample.clone))}
    assert set(read(newick(lines, sample.clone.tolist()))) == kept


@given(genealogies())
@settings(max_examples=40, deadline=None)
def test_a_tree_sequence_says_who_came_from_whom(made: tuple[Lines, Sample]) -> None:
    lines, sample = made
    trees = tree_sequence(lines, sample)
    assert (trees.num_samples, trees.num_trees, trees.time_units) == (sample.clone.size, 1, "days")
    tree = trees.first()
    for cell, clone in enumerate(sample.clone.tolist()):
        node = trees.node(cell)
        assert node.time == 0.0
        assert node.metadata["clone"] == lines.name(clone)
        assert trees.individual(node.individual).location == pytest.approx(sample.middle[cell][::-1])
        above, line = tree.parent(cell), clone
        while above >= 0:
            assert trees.node(above).metadata["clone"] == lines.name(line)
            assert trees.node(above).time == pytest.approx(sample.day - lines.day[line], rel=1e-12, abs=1e-9)
            above, line = tree.parent(above), int(lines.parent[line])
        assert line == -1
    carriers = {one.site.mutations[0].metadata["clone"]: one.genotypes.tolist() for one in trees.variants()}
    for clone in np.flatnonzero(lines.ancestry(sample.clone) & (lines.parent >= 0)).tolist():
        expected = [int(lines.ancestry([one])[clone]) for one in sample.clone.tolist()]
        assert carriers[lines.name(clone)] == expected


@given(genealogies())
@settings(max_examples=15, deadline=None)
def test_a_table_of_cells_holds_the_sample(made: tuple[Lines, Sample]) -> None:
    lines, sample = made
    table = cell_table(lines, sample, ("a", "b"), CARRIED)
    assert np.array_equal(table.X, CARRIED[lines.genotype[sample.clone]])
    assert list(table.obs["genotype"]) == [GENOTYPES[one] for one in lines.genotype[sample.clone]]
    assert list(table.obs["clone"]) == [lines.name(int(one)) for one in sample.clone]
    assert np.array_equal(table.obsm["spatial"], sample.middle[:, ::-1])
    assert np.array_equal(table.obs["oxygen"], sample.measured["oxygen"])


def few() -> tuple[Lines, Sample]:
    """Two clones and three cells."""
    lines = Lines([-1, 0], [0, 1], [0.0, 3.0], [[0, 0, 0], [0, 0, 1]], GENOTYPES)
    return lines, Sample(5.0, [0, 1, 1], [[0, 0, 0], [0, 0, 1], [0, 1, 1]], [0, 1, 5])


def test_the_files_are_read_back_by_their_libraries(tmp_path: Path) -> None:
    tskit, anndata = pytest.importorskip("tskit"), pytest.importorskip("anndata")
    lines, sample = few()
    write_trees(tmp_path / "genealogy.trees", lines, sample)
    assert tskit.load(tmp_path / "genealogy.trees").equals(tree_sequence(lines, sample))
    write_cells(tmp_path / "cells.h5ad", lines, sample, ("a", "b"), CARRIED, {"case": "egfr-lung"})
    table = anndata.read_h5ad(tmp_path / "cells.h5ad")
    assert (table.shape, table.uns["refugia"]["case"], list(table.obs["place"])) == ((3, 2), "egfr-lung", [0, 1, 5])


@pytest.mark.parametrize(("library", "extra"), [("tskit", "trees"), ("anndata", "anndata")])
def test_a_missing_library_is_named(library: str, extra: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, library, None)
    lines, sample = few()
    with pytest.raises(RefugiaError, match=rf'needs the library {library}\. Install it with: pip install "refugia\[{extra}\]"'):
        tree_sequence(lines, sample) if library == "tskit" else cell_table(lines, sample, ("a", "b"), CARRIED)


def test_lines_that_cannot_be_are_refused() -> None:
    where = [[0.0, 0.0, 0.0]] * 2
    for parent, genotype, day, says in (
        ([0, -1], [0, 0], [0.0, 0.0], "clone 0 comes from clone 0"), ([-1, -2], [0, 0], [0.0, 0.0], "clone 1 comes from clone -2"),
        ([-1, 0], [0, 9], [0.0, 0.0], "clone 1 is of genotype 9"),
        ([-1, 0], [0, 0], [2.0, 1.0], "clone 1 is born on day 1, before"),
        ([-1], [0, 0], [0.0, 0.0], "differ in length"),
    ):  # fmt: skip
        with pytest.raises(RefugiaError, match=says):
            Lines(parent, genotype, day, where, GENOTYPES)
    lines, sample = few()
    with pytest.raises(RefugiaError, match="cell 0 is of clone 7"):
        tree_sequence(lines, Sample(5.0, [7], [[0, 0, 0]], [0]))
    with pytest.raises(RefugiaError, match="cell 0 is sampled on day 1, before its clone was born"):
        cell_table(lines, Sample(1.0, [1], [[0, 0, 0]], [0]), ("a", "b"), CARRIED)
    with pytest.raises(RefugiaError, match=r"the shape \(3, 2\)\. Give one of \(3, 1\)"):
        cell_table(lines, sample, ("a",), CARRIED)
