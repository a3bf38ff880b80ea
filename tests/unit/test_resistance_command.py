"""The command `resistance`: what it prints, what it draws, and how it refuses; the reader of lesion sizes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from refugia.catalog.lesions import parse_lesions
from refugia.cli import app
from refugia.terms import InputError

COLON = ("--size", "1e9", "--birth", "0.25", "--death", "0.181", "--mutation", "4.2e-8")
TWO = ("--size", "1e9", "--birth", "0.14", "--death", "0.13", "--mutation", "1e-9", "--drugs", "2", "--targets", "50,50")
QUICK = settings(
    max_examples=min(int(os.environ.get("REFUGIA_EXAMPLES", "1000")), 20_000), deadline=None, database=None,
    suppress_health_check=list(HealthCheck),
)  # fmt: skip


def said(*words: str) -> dict[str, Any]:
    """The JSON of the command."""
    done = CliRunner().invoke(app, ["resistance", *words, "--json"], catch_exceptions=False)
    assert done.exit_code == 0
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def changed(option: str, value: str) -> tuple[str, ...]:
    """The colorectal lesion with one option changed or added."""
    words = list(COLON)
    if option in words:
        words[words.index(option) + 1] = value
        return tuple(words)
    return (*COLON, option, value)


def test_json_says_what_the_issue_asks() -> None:
    found = said(*COLON)
    assert {"alive", "surviving", "by_appearance", "by_rank", "p_any", "failure"} <= set(found)
    assert found["alive"] == pytest.approx(74.68, abs=5e-3) and found["surviving"] == pytest.approx(42.0)
    assert found["p_any"] == pytest.approx(1.0)
    assert [row["k"] for row in found["by_rank"]] == list(range(1, 11))
    assert all({"k", "median", "q05", "q95"} <= set(row) for row in (*found["by_appearance"], *found["by_rank"]))
    assert [row["median"] for row in found["by_appearance"][:4]] == pytest.approx([152.17, 63.03, 39.55, 28.79], abs=5e-3)
    assert [row["median"] for row in found["by_rank"][:2]] == pytest.approx([219.54, 90.67], abs=5e-3)
    assert set(found["failure"]) >= {"mono", "sequential", "simultaneous"}
    assert found["failure"]["sequential"] is None and found["simulated"] is None and found["notes"] == []


def test_two_drugs() -> None:
    """The eLife model with its default decline: cure of one lesion at once 0.263, in a row never; positions of each drug apart."""
    found = said(*TWO, "--shared", "1")
    assert found["failure"]["simultaneous"] == pytest.approx(1.0 - 0.2632, abs=5e-5)
    assert found["failure"]["sequential"] == pytest.approx(1.0) and found["failure"]["mono"] == pytest.approx(1.0)
    assert [row["positions"] for row in found["by_drug"]] == [51.0, 51.0, 1.0]
    assert found["by_drug"][0]["surviving"] == pytest.approx(51.0) and found["surviving"] == pytest.approx(1.0)
    assert found["by_drug"][2]["p_any"] == pytest.approx(0.9419, abs=5e-5)
    assert said(*TWO)["failure"]["simultaneous"] == pytest.approx(1.0 - 0.9987, abs=5e-5)
    assert said(*TWO, "--shared", "1", "--cost", "0.1")["failure"]["simultaneous"] == pytest.approx(0.70, abs=5e-3)


def test_few_clones_are_said_to_be_few() -> None:
    found = said(*changed("--size", "1e6"))
    assert "go by the exact ones" in found["notes"][0]
    assert found["by_appearance"][0]["exact"] == {"median": 0, "q05": 0, "q95": 0}
    assert found["by_appearance"][0]["there"] == pytest.approx(0.0411, abs=1e-4)


def test_two_drugs_without_targets_are_said_to_have_one_position_each() -> None:
    """And the screen explains the law of many, and needs no plural where there is one clone."""
    mark = "one position resists each drug alone"
    assert mark in said(*TWO[:-2])["notes"][-1] and mark not in " ".join(said(*TWO)["notes"])
    shown = " ".join(CliRunner().invoke(app, ["resistance", *TWO], catch_exceptions=False).stdout.split())
    assert "Lasting ones, which do not die out by chance: 1." in shown
    assert "Law of many: the published median, which holds where many clones last" in shown


def test_where_the_theory_ends_it_says_so() -> None:
    """Mutation that is not rare, resistant cells that are not few; and a mutation rarer than any real one has an answer."""
    notes = " ".join(said(*changed("--mutation", "0.3"))["notes"])
    assert "takes mutation to be rare" in notes and "takes them to be few" in notes
    assert said(*changed("--mutation", "1e-300"))["p_any"] == pytest.approx(1.778e-291, rel=1e-3)


def test_a_body_of_lesions(tmp_path: Path) -> None:
    """Clones add up, cures multiply; the order of appearance is of the largest lesion, or of the one that --size names."""
    file = tmp_path / "sizes.csv"
    file.write_text("lesion,size\nliver,2e9\nlung,1e9\n")
    words = (*COLON[2:], "--lesions", str(file), "--targets", "50,50")
    found, parts = said(*words), [said(*changed("--size", size), "--targets", "50,50") for size in ("2e9", "1e9")]
    assert [lesion["lesion"] for lesion in found["lesions"]] == ["liver", "lung"] and found["size"] == 3e9
    assert found["alive"] == pytest.approx(sum(part["alive"] for part in parts))
    cures = [1.0 - part["failure"]["simultaneous"] for part in parts]
    assert found["failure"]["simultaneous"] == pytest.approx(1.0 - cures[0] * cures[1])
    assert found["by_appearance"] == parts[0]["by_appearance"]
    assert said(*words, "--size", "1e9")["by_appearance"] == parts[1]["by_appearance"]


def test_drawing_is_the_law_and_is_keyed() -> None:
    """The same seed gives the same numbers, another one others; both near the exact medians."""
    found = said(*COLON, "--simulate", "4000", "--seed", "5")["simulated"]
    assert found == said(*COLON, "--simulate", "4000", "--seed", "5")["simulated"]
    assert found != said(*COLON, "--simulate", "4000", "--seed", "6")["simulated"]
    assert found["alive"] == pytest.approx(74.68, rel=0.02)
    assert [row["median"] for row in found["by_rank"][:4]] == pytest.approx([216, 88, 54, 39], rel=0.1)
    assert [row["median"] for row in found["by_appearance"][:4]] == pytest.approx([152, 63, 40, 29], rel=0.15)
    assert found["by_appearance_alive"][3]["median"] <= found["by_appearance"][3]["median"]


@pytest.mark.parametrize("size", ["1", "1e3", "1e12"])
@pytest.mark.parametrize("cost", ["-0.5", "0", "0.9"])
def test_from_one_cell_to_1e12(size: str, cost: str) -> None:
    """Every answer is there, finite, and shown."""
    words = (*changed("--size", size), "--cost", cost, "--targets", "50,50", "--shared", "1")
    found = said(*words)
    chances = [found["failure"][therapy] for therapy in ("mono", "sequential", "simultaneous")]
    assert all(0.0 <= chance <= 1.0 for chance in (found["p_any"], *chances))
    shown = CliRunner().invoke(app, ["resistance", *words], catch_exceptions=False)
    assert shown.exit_code == 0 and "Chance that therapy fails to cure" in shown.stdout and "nan" not in shown.stdout


REFUSED = [
    (changed("--birth", "0.1"), "--death: 0.181 is not below the birth rate 0.1"),
    (changed("--death", "0.25"), "is not below the birth rate"),
    (changed("--death", "-1"), "--death: -1.0 is no rate of death"),
    (changed("--birth", "nan"), "--birth: nan is no rate of division"),
    (changed("--birth", "inf"), "--birth: inf is no rate of division"),
    (changed("--mutation", "1.5"), "--mutation: 1.5 is no chance of a mutation"),
    (changed("--mutation", "0"), "--mutation: 0.0 is no chance"),
    (changed("--mutation", "nan"), "--mutation: nan is no chance"),
    (changed("--size", "0.5"), '--size: "0.5" is not one cell or more'),
    (changed("--size", "nan"), '--size: "nan" is not one cell or more'),
    (changed("--size", "large"), '--size: "large" is not a number of cells'),
    (changed("--size", "1e15"), "is more cells than a body has"),
    (COLON[2:], '^"--size" is missing. Give the cells of the lesion, such as --size 1e9'),
    (changed("--cost", "1"), "--cost: 1.0 is no share of net growth"),
    ((*changed("--cost", "-1"), "--death", "0.1"), "would let resistant cells die at a rate below 0"),
    (changed("--decline", "0"), "--decline: 0.0 is no decline"),
    (changed("--drugs", "3"), "--drugs: 3 is not 1 or 2"),
    ((*COLON, "--drugs", "2", "--targets", "50"), "names 1 drugs, but there are 2"),
    ((*COLON, "--targets", "50,50,50"), "names 3 drugs. The theory"),
    ((*COLON, "--targets", "50,x"), '--targets: "x" is no number of positions'),
    ((*COLON, "--targets", "50,-1"), '--targets: "-1" is no number of positions'),
    ((*COLON, "--targets", "50,1e9"), "mutate more than once a division"),
    ((*COLON, "--shared", "1"), "needs two drugs to be shared by"),
    ((*COLON, "--lesions", "nowhere.csv"), '--lesions: "nowhere.csv" cannot be read'),
    ((*COLON, "--simulate", "-3"), "--simulate: -3 is no number of lesions"),
    ((*changed("--size", "1e13"), "--simulate", "1000"), "too many to draw. Give at most"),
]


@pytest.mark.parametrize(("words", "says"), REFUSED, ids=[says[:40] for _, says in REFUSED])
def test_a_refusal_names_the_option_the_value_and_the_way_out(words: tuple[str, ...], says: str) -> None:
    with pytest.raises(InputError, match=says) as refusal:
        CliRunner().invoke(app, ["resistance", *words], catch_exceptions=False)
    assert refusal.value.way_out and len(str(refusal.value).splitlines()) == 1


def test_a_refusal_ends_with_exit_code_2(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "refugia.cli", "resistance", *changed("--birth", "0.1")]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, len(done.stderr.strip().splitlines())) == (2, "", 1)


LISTS = ("size\n1e9\n2e8\n", "1e9\n2e8", "Cells\r\n1e9\r\n2e8\r\n", "lesion,size\na,1e9\n\nb,2e8\n", "size,lesion\n1e9,a\n2e8,b")


@pytest.mark.parametrize("text", LISTS)
def test_lists_of_sizes(text: str) -> None:
    assert [lesion.cells for lesion in parse_lesions(text, "sizes.csv")] == [1e9, 2e8]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "holds no lesion"), ("size\n", "stands alone"), ("size\n1e9\nabc\n", 'sizes.csv, row 3, size: "abc" is not a number'),
        ("size\n-5\n", "row 2, size"), ("size\nnan\n", "row 2, size"), ("size\n\n0\n", "row 3, size"), ("a,b\n1,2\n", "no heading"),
        ("lesion,size\nliver\n", "row 2: .* has 1 columns where 2"), ("size,cells\n1,1\n", "two columns of sizes"),
        ('size\n"1e9\n', "is no CSV"), ("size\n1e99\n", "more cells than a body"),
    ],
)  # fmt: skip
def test_a_list_is_refused_at_its_row(text: str, says: str) -> None:
    with pytest.raises(InputError, match=says):
        parse_lesions(text, "sizes.csv")


@QUICK
@given(st.text(max_size=80) | st.builds("size\n{}\n{}".format, st.floats() | st.text(max_size=9), st.integers()))
def test_any_text_is_a_list_or_refused(text: str) -> None:
    try:
        found = parse_lesions(text, "sizes.csv")
    except InputError as refusal:
        assert refusal.reason and refusal.way_out
    else:
        assert found and all(1.0 <= lesion.cells <= 1e14 and lesion.name.isprintable() for lesion in found)
