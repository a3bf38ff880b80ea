"""Knocks at every command: exit code 2, one line that says what, where and the way out, no traceback, nothing written."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from refugia.catalog.texts import case_text
from refugia.cli import app, ends
from refugia.cli.ends import ended
from refugia.report import files
from refugia.report.held import SIGNALS

READERS = (("dissect",), ("run",), ("case", "check"), ("case", "show"), ("parameters",), ("cite",))
Answer = tuple[int, str, str]


@pytest.fixture
def refugia(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Callable[..., Answer]]:
    """The command, run here in an empty directory: exit code, output, errors."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(files, "FINISHED", [])
    monkeypatch.setattr("refugia.engine.compiled.compiled", lambda: False)  # as on a machine where nothing has run yet
    handlers = {number: signal.getsignal(number) for number in SIGNALS}

    def call(*words: str) -> Answer:
        code = ended(lambda: app(list(words)))
        out, err = capsys.readouterr()
        return code, out, err

    yield call
    for number, handler in handlers.items():
        signal.signal(number, handler)


def one_clear_line(answer: Answer, *says: str) -> None:
    """A refusal as it must be."""
    code, out, err = answer
    assert (code, out) == (2, ""), err
    assert err.endswith("\n")
    line = err[:-1].removesuffix("\n1 fault.")  # `case check` counts what it found
    assert line.isprintable()
    assert 20 < len(line) < 1000
    assert "Traceback" not in line
    assert line.endswith((".", "?", "my-patient.toml", '"'))
    for word in says:
        assert word in line, line


def make(path: Path, kind: str) -> None:
    """Something that is no case, at that path."""
    text = case_text("egfr-lung")
    match kind:
        case "pipe":
            os.mkfifo(path)
        case "loop":
            path.symlink_to(path)
        case "folder":
            path.mkdir()
        case "100 MB":
            with path.open("wb") as file:
                file.truncate(100_000_000)
        case "nested lists":
            path.write_text("a = " + "[" * 100_000)
        case "nested tables":
            path.write_text("a = " + "{a=" * 100_000)
        case "long key":
            path.write_text(".".join("a" * 100_000) + " = 1\n")
        case "quoted key":
            path.write_text("[x]\n" + ' . "b"' * 2 + "\n" + " . ".join(['"a"'] * 50_000) + " = 1\n")
        case "deep header":
            path.write_text("[growth.birth." + ".".join("a" * 50_000) + "]\nb = 1\n")
        case _:
            contents = {
                "empty": b"", "blank": b"\xef\xbb\xbf \n\n", "binary": bytes(range(256)), "latin": "Grüße = 1".encode("latin-1"),
                "nul": b"a = 1\0", "utf-16": text.encode("utf-16"), "escape": b'a = 1 # \x9b31m'.decode("latin-1").encode(),
                "turned": 'a = 1 # \u202etxet'.encode(), "twice": b"a = 1\na = 2", "json": b'{"a": 1}',
                "digits": b"a = " + b"9" * 5000,
                "title": text.replace('title = "EGFR', 'title = "\\u001b[31mEGFR').encode(),
                "tags": text.replace('title = "EGFR', 'title = "' + "x" * 1001).encode(),
                "text": text.replace('note = "', 'note = "' + "x" * 900_000).encode(),
                "year": text.encode() + b'\n[[citations]]\nkey="x"\nauthors="x"\ntitle="x"\nyear=0x' + b"f" * 9000 + b"\n",
                "key": text.replace("[environments.default", '[environments."de\\u001b[31mfault"').encode(),
                "like": b'like = "../../../etc/passwd"\n[meta]\nid="x"\ntitle="x"\ncalibrated=false\n[instead]\n',
            }  # fmt: skip
            path.write_bytes(contents[kind])


KINDS = [
    ("missing", "is not there. Check the name of the file."),
    ("pipe", "is not a file. Name a TOML file."),
    ("loop", "cannot be read (Too many levels of symbolic links). Name a TOML file that you may read."),
    ("folder", "is not a file. Name a TOML file."),
    ("100 MB", "has 100000000 bytes, more than the 1000000 of any case. Name the TOML file of a case: the longest that ships"),
    ("nested lists", "is nested too deeply. A case needs no list inside a list inside a list."),
    ("nested tables", "is nested too deeply."),
    ("long key", "has a key of more than 12 parts."),
    ("quoted key", "has a key of more than 12 parts."),
    ("deep header", "has a key of more than 12 parts."),
    ("empty", "is empty. Begin with one that ships: refugia case show egfr-lung > my-patient.toml"),
    ("blank", "is empty."),
    ("binary", "is not a text in UTF-8. Name a TOML file, and save it as UTF-8."),
    ("latin", "is not a text in UTF-8."),
    ("utf-16", "is not a text in UTF-8."),
    ("nul", "holds the character U+0000 in line 1, which is no text. Name a TOML file, or take the character out."),
    ("escape", "holds the character U+009B in line 1, which is no text."),
    ("turned", "holds the character U+202E in line 1, which is no text."),
    ("twice", "is not TOML: Cannot overwrite a value (at "),
    ("json", "is not TOML:"),
    ("digits", "holds a number of thousands of digits. Write a number that can be counted."),
    ("title", 'meta.title: " [31mEGFR-mutant'),
    ("tags", 'meta.title: "xxx'),
    ("text", 'meta.note: "xxx'),
    ("year", "year: \"a number too large to print\" is more than 9999. Write 9999 or less."),
    ("key", "holds the character U+001B, which is no text. Take it out: a terminal could act on it."),
    ("like", 'like: "../../../etc/passwd" is no name.'),
]  # fmt: skip


@pytest.mark.parametrize("command", READERS, ids=" ".join)
@pytest.mark.parametrize(("kind", "says"), KINDS, ids=[kind for kind, _ in KINDS])
def test_what_is_no_case_is_refused_by_every_command_that_reads_one(
    refugia: Callable[..., Answer], tmp_path: Path, command: tuple[str, ...], kind: str, says: str
) -> None:
    path = tmp_path / "my.toml"
    if kind != "missing":
        make(path, kind)
    one_clear_line(refugia(*command, "my.toml"), "my.toml", says)
    assert [entry.name for entry in tmp_path.iterdir()] == ["my.toml"] * (kind != "missing")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_of_somebody_else_is_refused(refugia: Callable[..., Answer], tmp_path: Path) -> None:
    (tmp_path / "my.toml").write_text("a = 1")
    (tmp_path / "my.toml").chmod(0)
    one_clear_line(refugia("case", "check", "my.toml"), "cannot be read (Permission denied)")


@pytest.mark.parametrize("command", READERS, ids=" ".join)
@pytest.mark.parametrize("name", ["egfr-lnug", "", "/dev/zero", "../../../etc/passwd", "\x1b[31m.toml", "x" * 5000, "a\0b", "."])
def test_a_name_that_is_no_case_is_refused(refugia: Callable[..., Answer], command: tuple[str, ...], name: str) -> None:
    one_clear_line(refugia(*command, name))


@pytest.mark.parametrize("command", [("study", "show"), ("study", "check"), ("trial", "run"), ("calibrate",)], ids=" ".join)
@pytest.mark.parametrize("name", ["", "../cases/egfr-lung", "/etc/passwd", "\x1b[31m", "x" * 5000, "a\0b", "flaura.toml"])
def test_an_id_is_an_id_and_no_path(refugia: Callable[..., Answer], tmp_path: Path, command: tuple[str, ...], name: str) -> None:
    one_clear_line(refugia(*command, name), "of the catalogue.")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("run", "egfr-lung", "--replicates", "0"), "--replicates: 0 is no number of patients. Give one from 1 to 100000."),
        (("run", "egfr-lung", "--replicates", "100001"), "--replicates: 100001 is no number of patients."),
        (("run", "egfr-lung", "--seed", "-1"), "--seed: -1 is no seed. Give a whole number from 0 to 2^63 - 1."),
        (("run", "egfr-lung", "--seed", str(2**63)), "is no seed."),
        (("dissect", "egfr-lung", "--threads", "1025"), "--threads: 1025 is no number of threads."),
        (("dissect", "egfr-lung", "--threads", "-1"), "--threads: -1 is no number of threads."),
        (("dissect", "egfr-lung", "--sensitivity", "--sensitivity-trajectories", "1"), "--sensitivity-trajectories: 1 is no"),
        (("dissect", "egfr-lung", "--cluster", "nowhere"), '--cluster: "nowhere" gives no answer. Name the address that'),
        (("run", "egfr-lung", "--cluster", "tcp://127.0.0.1:1"), '--cluster: "tcp://127.0.0.1:1" gives no answer.'),
        (("run", "egfr-lung", "--cluster", "\x1b[31m:1"), "gives no answer."),
        (("run", "egfr-lung", "--out", "\x1b[31m/../.."), "is a directory with other files in it. Name a new or"),
        (("run", "egfr-lung", "--out", "."), "is the directory you are in"),
        (("run", "egfr-lung", "--out", ""), "is the directory you are in"),
        (("run", "egfr-lung", "--out", "x" * 300), "cannot be used (File name too long). Name another place."),
        (("trial", "run", "flaura", "--n", "0"), "--n: 0 is no number of patients."),
        (("calibrate", "flaura-comparator", "--simulations", "0"), "--simulations: 0 is no number of simulations."),
        (("calibrate", "flaura-comparator", "--draws", "-3"), "--draws: -3 is no number of draws."),
        (("calibrate", "flaura-comparator", "--simulations", "3", "--patients", "2"), "3 simulations are too few"),
    ],
)
def test_an_option_out_of_range_is_refused(
    refugia: Callable[..., Answer], tmp_path: Path, words: tuple[str, ...], says: str
) -> None:
    one_clear_line(refugia(*words), says)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("words", [("run",), ("run", "x", "--seed", "x"), ("run", "x", "--sed", "1"), ("fly",)], ids=" ".join)
def test_a_command_line_that_is_none_says_how_it_goes(refugia: Callable[..., Answer], words: tuple[str, ...]) -> None:
    code, out, err = refugia(*words)
    assert (code, out) == (2, "")
    assert "--help" in err
    assert "Error: " in err
    assert "Traceback" not in err


def test_tags_in_a_title_are_shown_and_not_obeyed(refugia: Callable[..., Answer], tmp_path: Path) -> None:
    text = case_text("egfr-lung").replace('title = "EGFR-mutant', 'title = "[/x] [bold]EGFR-mutant')
    text = text.replace('horizon = "720 d"', 'horizon = "21 d"').replace('says = "diameter of', 'says = "[/y]diameter of')
    (tmp_path / "my.toml").write_text(text)
    code, out, err = refugia("run", "my.toml", "--replicates", "1", "--out", "out [b]")
    assert code == 0, err
    assert "[/x] [bold]EGFR-mutant" in out
    assert "out [b]/" in out
    code, out, err = refugia("parameters", "my.toml")
    assert code == 0, err
    assert "[/y]diameter of" in out


def test_an_error_of_our_own_says_so(refugia: Callable[..., Answer], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Exit code 1, one line, no traceback unless it is asked for, and nothing half-written."""

    def broken(*_: object, **__: object) -> None:
        raise KeyError("\x1b[31mvessel")

    monkeypatch.setattr("refugia.course.result.simulate", broken)
    code, out, err = refugia("run", "egfr-lung", "--replicates", "1")
    assert (code, out, err.count("\n")) == (1, "", 1)
    assert "This is a bug of refugia, and no fault of yours: KeyError:" in err
    assert "test_knocks_commands.py, line" in err
    assert "Nothing was written; an earlier result is as it was. Please report it to the maintainers" in err
    assert not list(tmp_path.iterdir())
    monkeypatch.setenv(ends.TRACEBACK, "1")
    assert "Traceback (most recent call last)" in refugia("run", "egfr-lung", "--replicates", "1")[2]


@pytest.mark.parametrize(
    ("trouble", "code", "says"),
    [
        (MemoryError(), 2, "The memory of this machine does not suffice. Ask for fewer patients"),
        (RuntimeError("cannot cache function 'x': no locator available for file 'y'"), 2, "Set NUMBA_CACHE_DIR to a folder that"),
        (BrokenPipeError(), 1, "This is a bug of refugia"),
        (OSError(28, "No space left on device"), 2, "The output cannot be written (No space left on device)."),
    ],
    ids=["memory", "cache", "pipe", "full"],
)
def test_trouble_with_the_machine_is_told(
    refugia: Callable[..., Answer], monkeypatch: pytest.MonkeyPatch, trouble: BaseException, code: int, says: str
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise trouble

    monkeypatch.setattr("refugia.report.citations.citations", broken)
    found = refugia("cite", "egfr-lung")
    assert found[:2] == (code, "")
    assert says in found[2]
    assert found[2].count("\n") == (1 if says else 0)


def test_a_run_that_cannot_fit_into_memory_is_refused_before_it_takes_any(refugia: Callable[..., Answer], tmp_path: Path) -> None:
    text = case_text("egfr-lung").replace('horizon = "720 d"', 'horizon = "10000 d"').replace('step = "7 d"', 'step = "1 d"')
    (tmp_path / "my.toml").write_text(text.replace("nodes = 16", "nodes = 64"))
    answer = refugia("run", "my.toml", "--replicates", "100000")
    one_clear_line(answer, "This run needs about ", " GB of memory, for the plasma of 100000 patients through 10000 steps, and")
    one_clear_line(answer, "Ask for fewer patients, a longer step")
    assert [entry.name for entry in tmp_path.iterdir()] == ["my.toml"]
