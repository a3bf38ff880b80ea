"""`refugia case new`: what it asks, what it writes, and that it leaves nothing behind when it is stopped."""

from __future__ import annotations

import json
import os
import pty
import select
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from refugia.catalog.draft import Draft, typed
from refugia.catalog.draft_text import draft_text
from refugia.catalog.editor import LINE, case_schema
from refugia.catalog.reader import case_ids, faults_of, parameters_of, parse_case, read_case
from refugia.terms import Basis, InputError

QUICK = settings(max_examples=20, deadline=None, database=None, suppress_health_check=list(HealthCheck))
ANSWERS = """Mrs X, lung and bone
lung
seen
32 mm
bone
seen
15 mm
brain
occult
intact

none
none
CT of 3 March 2026
Radiology
2026
18 months
gefitinib, osimertinib
gefitinib 250 mg po daily from day 0 until 9 months
osimertinib 80 mg oral every 24 h from 9 months
none



"""


def refugia(*words: str, where: Path, typed: str = "") -> subprocess.CompletedProcess[str]:
    """The command, with answers through a pipe."""
    command = [sys.executable, "-m", "refugia.cli", *words]
    return subprocess.run(command, cwd=where, input=typed, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("base", case_ids())
def test_a_case_like_any_other_reads_back(base: str) -> None:
    draft = Draft(base, "my case!")
    text = draft_text(draft.table, base, "my.toml")
    assert text.splitlines()[0] == LINE
    assert tomllib.loads(text) == {key: part for key, part in draft.table.items() if part}
    new, old = parse_case(text, "my.toml"), read_case(base)
    assert (new.id, new.calibrated) == ("my case-", False)
    assert new.subject == old.subject
    assert [getattr(lever, "gives", lever) for lever in new.levers] == [getattr(lever, "gives", lever) for lever in old.levers]
    assert parameters_of(new) == parameters_of(old)  # each with its citation
    heads = [line for line in text.splitlines() if line.startswith(("[", "plan", "mechanisms", "reference"))]
    assert text.count("\n# ") >= 15 and len(heads) > 20


def test_the_same_plan_in_words_is_the_same_plan() -> None:
    text = draft_text(Draft("egfr-lung", "x").table, "egfr-lung", "x.toml")
    assert 'plan = [\n    "gefitinib 250 mg oral every 24 h from day 0 until day 720",\n]' in text
    assert 'gives = ["osimertinib 80 mg oral every 24 h from day 180"]' in text
    assert parse_case(text, "x.toml").subject.plan == read_case("egfr-lung").subject.plan


def test_all_defaults_make_a_case_that_fits_and_runs(tmp_path: Path) -> None:
    done = refugia("case", "new", "--yes", where=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "Next: refugia case check my-case.toml; refugia dissect my-case.toml"
    assert {entry.name for entry in tmp_path.iterdir()} == {"my-case.toml", "refugia-case.schema.json"}
    assert json.loads((tmp_path / "refugia-case.schema.json").read_text()) == json.loads(json.dumps(case_schema()))
    assert refugia("case", "check", "my-case.toml", where=tmp_path).returncode == 0
    text = (tmp_path / "my-case.toml").read_text().replace("shells = 8", "shells = 3").replace('"720 d"', '"84 d"')
    (tmp_path / "short.toml").write_text(text)
    done = refugia("dissect", "short.toml", "--replicates", "2", where=tmp_path)
    assert done.returncode == 0, done.stderr


def test_a_user_describes_a_patient(tmp_path: Path) -> None:
    done = refugia("case", "new", "x.toml", "--from", "egfr-lung", "--no-schema", where=tmp_path, typed=ANSWERS)
    assert done.returncode == 0, done.stderr
    assert "18 months are 547.875 days: a month is 30.4375 days, a year 365.25." in done.stdout
    assert [entry.name for entry in tmp_path.iterdir()] == ["x.toml"]
    assert faults_of(tmp_path / "x.toml") == []
    case = read_case(tmp_path / "x.toml")
    assert [(site.name, site.organ, site.presence.value) for site in case.subject.sites] == [
        ("lung", "lung", "seen"), ("bone", "bone", "seen"), ("occult brain", "brain", "occult")
    ]  # fmt: skip
    bone = case.subject.sites[1]
    assert bone.diameter.value == 15.0 and bone.haven is None  # type: ignore[union-attr]
    assert bone.diameter.cite.title == "CT of 3 March 2026"  # type: ignore[union-attr]
    assert [drug.name for drug in case.subject.drugs] == ["gefitinib", "osimertinib"]
    assert [(line.drug, line.start) for line in case.subject.plan] == [("gefitinib", 0.0), ("osimertinib", 273.9375)]
    assert "surgery of the brain lesion" not in [lever.label.name for lever in case.levers]
    assert "wall" in case.mechanisms


def test_what_is_typed_without_a_source_is_assumed(tmp_path: Path) -> None:
    answers = "\nlung\nseen\n33 mm\n" + "none\n" * 4 + "\n" * 20
    assert refugia("case", "new", "x.toml", "--from", "egfr-lung", where=tmp_path, typed=answers).returncode == 0
    size = read_case(tmp_path / "x.toml").subject.sites[0].diameter
    assert (size.value, size.basis, size.cite.key) == (33.0, Basis.ASSUMED, "assumed")  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("32 mm", "32 mL"), '"Site 1: diameter": "32 mL" is a volume, but a length is needed here.'),
        (("32 mm", "3 km"), '"Site 1: diameter": "3 km" is no size of a tumour.'),
        (("gefitinib, osimertinib", "gefitnib"), '"gefitnib" is no drug of egfr-lung. Did you mean "gefitinib"?'),
        (("250 mg po", "250 mL po"), '"Line 1": "gefitinib 250 mL po daily from day 0 until 9 months" is a volume,'),
        (("18 months", "18 moons"), 'has the unit "moons", which is not known.'),
        (("seen", "hidden"), '"Site 1: seen or occult": "hidden" is not one of the words known here. Answer seen or occult.'),
        (("2026\n18", "soon\n18"), '"Its year": "soon" is no year.'),
        (("bone", "b\u00f6ne/"), '"Site 2: organ": "b\u00f6ne/" is no name.'),
    ],
)  # fmt: skip
def test_a_wrong_answer_is_refused_and_leaves_nothing(tmp_path: Path, change: tuple[str, str], words: str) -> None:
    done = refugia("case", "new", "x.toml", "--from", "egfr-lung", where=tmp_path, typed=ANSWERS.replace(*change))
    assert done.returncode == 2
    assert words in done.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("count", [0, 1, 5, 12, 22])
def test_answers_that_end_too_early_leave_nothing(tmp_path: Path, count: int) -> None:
    typed = "".join(f"{line}\n" for line in ANSWERS.splitlines()[:count])
    done = refugia("case", "new", "x.toml", "--from", "egfr-lung", where=tmp_path, typed=typed)
    assert done.returncode == 2
    assert 'nothing was written. Answer every question, or give --yes' in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_an_existing_file_is_never_overwritten(tmp_path: Path) -> None:
    (tmp_path / "my-case.toml").write_text("mine")
    (tmp_path / "link.toml").symlink_to(tmp_path / "gone.toml")
    for name in ("my-case.toml", "link.toml"):
        done = refugia("case", "new", name, "--yes", where=tmp_path)
        assert done.returncode == 2 and "is there already and is never overwritten" in done.stderr
    assert (tmp_path / "my-case.toml").read_text() == "mine" and not (tmp_path / "gone.toml").exists()
    (tmp_path / "refugia-case.schema.json").write_text("{}")
    assert "was left as it is" in refugia("case", "new", "other.toml", "--yes", where=tmp_path).stdout
    assert (tmp_path / "refugia-case.schema.json").read_text() == "{}"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("x.txt",), "is no name of a TOML file"), (("gone/x.toml",), "lies in a directory that is not there"),
        (("x.toml", "--from", "egfr-lungs"), 'is no case of the catalogue. Did you mean "egfr-lung"?'),
    ],
)  # fmt: skip
def test_what_cannot_be_written_is_refused_before_anything_is_asked(tmp_path: Path, words: tuple[str, ...], message: str) -> None:
    done = refugia("case", "new", *words, where=tmp_path, typed=ANSWERS)
    assert (done.returncode, done.stdout) == (2, "")
    assert message in done.stderr and list(tmp_path.iterdir()) == []


def on_a_terminal(where: Path, keys: list[bytes]) -> tuple[int, str]:
    """The command with somebody at the keyboard: the exit code and what was shown."""
    process, terminal = pty.fork()
    if process == 0:
        os.chdir(where)
        os.execv(sys.executable, [sys.executable, "-m", "refugia.cli", "case", "new", "x.toml", "--from", "egfr-lung"])
    seen, asked, key, patience = b"", 0, b"", 6
    while patience:
        if not select.select([terminal], [], [], 10.0)[0]:  # a key between two reads may be lost: whoever waits presses it again
            patience -= 1
            if key == b"\x03":
                os.write(terminal, key)
            continue
        try:
            seen += os.read(terminal, 4096)
        except OSError:
            break
        while keys and seen.count(b"]: ") > asked:
            asked = seen.count(b"]: ")
            key = keys.pop(0)
            os.write(terminal, key)
    os.close(terminal)
    return os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]), seen.decode()


@pytest.mark.parametrize("key", [b"\x03", b"\x04"], ids=["Ctrl-C", "Ctrl-D"])
def test_a_user_who_stops_leaves_nothing(tmp_path: Path, key: bytes) -> None:
    code, seen = on_a_terminal(tmp_path, [b"A title\n", b"\n", key])
    assert code == (130 if key == b"\x03" else 2)
    assert "othing was written" in seen
    assert list(tmp_path.iterdir()) == []


def test_a_wrong_answer_is_asked_again_on_a_terminal(tmp_path: Path) -> None:
    code, seen = on_a_terminal(tmp_path, [b"\n", b"\n", b"\n", b"3 km\n", b"30 mm\n", *[b"\n"] * 20])
    assert code == 0
    assert "is no size of a tumour. Write a diameter from 0.05 mm to 300 mm." in seen
    assert read_case(tmp_path / "x.toml").subject.sites[0].diameter.value == 30.0  # type: ignore[union-attr]


@QUICK
@given(
    st.lists(
        st.tuples(st.sampled_from(["lung", "brain", "bone"]), st.sampled_from(["seen", "occult"]), st.integers(1, 60)), max_size=3
    ),
    st.lists(st.sampled_from(["gefitinib", "erlotinib", "osimertinib", "other"]), max_size=2),
    st.sampled_from(["90 d", "1 year", "3 mL", "0 d"]),
    st.text(max_size=20),
)
def test_whatever_is_answered_the_draft_stays_a_case(
    sites: list[tuple[str, str, int]], drugs: list[str], horizon: str, title: str
) -> None:
    draft = Draft("egfr-lung", "x")
    for change in (
        lambda: draft.titled(title), lambda: draft.until(horizon), lambda: draft.drugged(drugs),
        lambda: draft.placed([
            {**draft.like(organ, presence), "name": f"{organ} {count}", "diameter": typed(f"{size} mm")}
            for count, (organ, presence, size) in enumerate(sites)
        ]),
    ):  # fmt: skip
        try:
            change()
        except InputError as trouble:
            assert trouble.way_out
    text = draft_text(draft.table, "egfr-lung", "x.toml")
    assert parse_case(text, "x.toml").title == draft.table["meta"]["title"]


