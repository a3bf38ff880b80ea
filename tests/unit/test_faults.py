"""All faults at once: each is named with its line, none follows from another, and none hides another."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from refugia.catalog.faults import FAULTY, AlreadyRefusedError, Faults
from refugia.catalog.place import Place
from refugia.catalog.reader import faults_of, parse_case, read_case
from refugia.terms import InputError
from tests.unit.mutations import EXAMPLES
from tests.unit.test_reader_errors import SENTENCES, TEXT

QUICK = settings(max_examples=min(EXAMPLES // 5, 1000), deadline=None, database=None, suppress_health_check=list(HealthCheck))
HIDING = ("[settings]", "[[plan]]", "horizon = ", "name = ")
"""Whole tables, the day against which others are judged, a name that others use: what rests on them is not judged without."""
CHANGES = [(old, new) for old, new, _ in SENTENCES if not old.startswith(HIDING)]


def faults(text: str, folder: Path) -> list[InputError]:
    """Every fault of a text."""
    file = folder / "my.toml"
    file.write_text(text, encoding="utf-8")
    return faults_of(file)


def changed(*changes: tuple[str, str]) -> str:
    """The default case with some texts replaced, each once."""
    text = TEXT
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    return text


def test_eight_faults_of_all_stages_are_named_at_once(tmp_path: Path) -> None:
    text = changed(
        ('"matrix",', '"matrx",'),  # a word
        ('horizon = "720 d"', 'horizon = "-720 d"'),  # a quantity
        ('net = "param:egfr_lung.lung.net"', 'nte = "param:egfr_lung.lung.net"'),  # a key
        ('detection = "param:scan.detection"\nenvironment = "default"\nwall = "lesion"',
         'detection = "5 mm"\nenvironment = "default"\nwall = "leson"'),  # a number, and a reference
        ('clones = ["sensitive", "C797S"]\nec50 = "param:gefitinib.ec50"',
         'clones = ["sensitive", "C797"]\nec50 = "param:gefitinib.ec5"'),
        ('dose = "250 mg"\nevery', 'dose = "250 mL"\nevery'),
        ('fraction = "10 Gy"', 'fraction = "10 mg"'),
    )  # fmt: skip
    found = faults(text, tmp_path)
    lines = text.splitlines()
    fields = [error.field for error in found]
    assert fields == [
        "mechanisms[4]", "question.horizon", "sites[2].detection", "sites[2].wall", "growth", "growth",
        "drugs[0].curves[0].clones[1]", "drugs[0].curves[0].ec50", "plan[0].dose", "levers[10].fraction",
    ]  # fmt: skip
    words = ("matrx", "-720", "5 mm", "leson", "[growth]", "nte", "C797", "ec5", "250 mL", "10 mg")
    for error, word in zip(found, words, strict=True):
        assert word in lines[(error.line or 0) - 1]


@QUICK
@given(st.lists(st.sampled_from(CHANGES), min_size=2, max_size=4, unique=True))
def test_faults_neither_hide_nor_cause_each_other(tmp_path_factory: pytest.TempPathFactory, changes: list[tuple[str, str]]) -> None:
    """What several changes are refused for together is what each is refused for alone, where they touch different tables."""
    folder = tmp_path_factory.mktemp("faults")
    alone = [{said(error) for error in faults(changed(change), folder)} for change in changes]
    tables = [{error.split(": ")[0].split(".")[0].split("[")[0] for error in errors} for errors in alone]
    assume(len(set.union(*tables)) == sum(len(one) for one in tables))  # different tables
    text = TEXT
    for old, new in changes:
        assume(text.count(old) == TEXT.count(old))  # no change takes away what another one changes
        text = text.replace(old, new)
    together = {said(error) for error in faults(text, folder)}
    assert together == set.union(*alone)


def said(error: InputError) -> str:
    """A fault without its file and line, which move with the others."""
    return f"{error.field}: {error.value!r} {error.reason}"


def test_a_fault_of_a_number_that_four_sites_share_is_named_once(tmp_path: Path) -> None:
    found = faults(changed(('hydraulic = "param:matrix.hydraulic"', 'hydraulic = "param:matrix.hydraulc"')), tmp_path)
    assert [error.field for error in found] == ["environments.default.matrix.hydraulic"]


def test_what_no_site_uses_is_checked_too(tmp_path: Path) -> None:
    wall = '\n[walls.unused]\nleak = "param:brain.lek"\nintact = "param:brain.intact"\nrim = "param:brain.rim"\neffluxes = []\n'
    assert [error.field for error in faults(TEXT + wall, tmp_path)] == ["walls.unused.leak", *["walls.unused.effluxes"] * 3]


def test_a_faulty_name_is_no_reason_to_doubt_those_who_use_it(tmp_path: Path) -> None:
    """The name of the drug cannot be read: nobody knows whether the plan's drug is there."""
    found = faults(changed(('[[drugs]]\nname = "gefitinib"', "[[drugs]]\nname = 7")), tmp_path)
    assert [error.field for error in found] == ["drugs[0].name"]


def test_the_first_fault_is_what_other_commands_say(tmp_path: Path) -> None:
    text = changed(('dose = "250 mg"\nevery', 'dose = "250 mL"\nevery'), ('"matrix",', '"matrx",'))
    with pytest.raises(InputError) as trouble:
        parse_case(text, "my.toml")
    assert str(trouble.value) == 'my.toml, line 10, mechanisms[4]: "matrx" is no mechanism. Did you mean "matrix"?'


def test_a_case_like_another_names_its_own_lines(tmp_path: Path) -> None:
    text = 'like = "egfr-lung"\n[meta]\nid = "x"\ntitle = "y"\ncalibrated = false\n[instead]\n'
    text += '"param:egfr_lung.tki.shrink" = "param:tki.shrnk"\n"param:gone" = "param:x"\n'
    found = faults(text, tmp_path)
    assert [(error.line, error.field) for error in found] == [
        (7, "drugs[0].shrink"), (7, "drugs[1].shrink"), (7, "drugs[2].shrink"), (8, "instead")
    ]  # fmt: skip


NO_TOML = [("a = 1\nb = [1,\n", 3), ("a = 1\nb = 3x\n", 2), ("a = 1\n\na = 2\n", 3), ("\n\n[a\n", 3)]


@pytest.mark.parametrize(("text", "line"), NO_TOML)
def test_what_is_no_toml_is_refused_on_its_line(tmp_path: Path, text: str, line: int) -> None:
    (error,) = faults(text, tmp_path)
    assert error.line == line and "is not TOML" in error.reason


def test_what_is_faulty_stops_whoever_uses_it() -> None:
    for use in (bool, len, iter, hash, float, int, lambda it: it == 1, lambda it: it < 1, lambda it: it.name, lambda it: it[0],
                lambda it: it + 1, lambda it: 1 + it, lambda it: 2.0 / it, lambda it: 1 in it, lambda it: it()):  # fmt: skip
        with pytest.raises(AlreadyRefusedError):
            use(FAULTY)
    assert f"{FAULTY:g} {FAULTY}" == "? ?"
    place = Place("my.toml", faults=Faults())
    place.refuse(FAULTY, "is nothing", "Mend it.")
    assert place.part(place.refuse, 7, "is odd", "Write 8.") is None
    assert place.faults is not None and [error.value for error in place.faults.found] == [7]


def refugia(*words: str, where: Path) -> subprocess.CompletedProcess[str]:
    """The command, run in a directory."""
    return subprocess.run([sys.executable, "-m", "refugia.cli", *words], cwd=where, capture_output=True, text=True, check=False)


def test_the_command_names_all_and_counts_them(tmp_path: Path) -> None:
    text = changed(('dose = "250 mg"\nevery', 'dose = "250 mL"\nevery'), ("moved = 0.05", "moved = nan"))
    (tmp_path / "my.toml").write_text(text, encoding="utf-8")
    done = refugia("case", "check", "my.toml", where=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.splitlines() == [
        "my.toml, line 34, settings.moved: nan is not a finite number. Write a number that is neither infinite nor undefined."
        if "is not a finite number" in done.stderr
        else "my.toml, line 34, settings.moved: nan is not a share between 0 and 1. Write a share such as 0.05.",
        'my.toml, line 325, plan[0].dose: "250 mL" is a volume, but gefitinib is dosed by mass. Write it as "250 mg".',
        "2 faults.",
    ]
    done = refugia("case", "check", "my.toml", "--json", where=tmp_path)
    assert (done.returncode, done.stderr) == (2, "")
    rows = json.loads(done.stdout)
    assert rows[1] == {
        "file": "my.toml", "line": 325, "field": "plan[0].dose", "value": "250 mL",
        "reason": "is a volume, but gefitinib is dosed by mass", "way_out": 'Write it as "250 mg".',
    }  # fmt: skip
    assert rows[0]["value"] == "nan"
    done = refugia("case", "check", "egfr-lung", "--json", where=tmp_path)
    assert (done.returncode, json.loads(done.stdout)) == (0, [])
    done = refugia("case", "check", "gone.toml", "--json", where=tmp_path)
    assert (done.returncode, json.loads(done.stdout)[0]["line"]) == (2, None)
    done = refugia("case", "check", "gone.toml", where=tmp_path)
    assert done.stderr == 'gone.toml: "gone.toml" is not there. Check the name of the file.\n'
    done = refugia("run", "my.toml", where=tmp_path)
    assert done.returncode == 2 and ", line " in done.stderr


def test_the_shipped_cases_have_no_fault() -> None:
    from refugia.catalog.reader import case_ids

    assert [faults_of(name) for name in case_ids()] == [[]] * len(case_ids())
    assert read_case("egfr-lung").subject.plan[0].until == 720.0
