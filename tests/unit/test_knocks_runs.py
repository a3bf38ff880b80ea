"""Knocks at a running command: signals, a second run, closed and full outputs, and no network."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from refugia.catalog.texts import case_text

NO_NETWORK = '''
import sys

def refuse(event, arguments):
    if event in ("socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto", "socket.sendmsg", "socket.bind"):
        sys.stderr.write(f"NETWORK {event} {arguments}")
        raise PermissionError(f"{event} {arguments}")

sys.addaudithook(refuse)
'''
"""A module that Python runs before anything else: from then on nobody reaches a network."""


def start(*words: str, where: Path, **more: object) -> subprocess.Popen[str]:
    """The command, begun in that directory."""
    command = [sys.executable, "-m", "refugia.cli", *words]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True, **more}
    return subprocess.Popen(command, cwd=where, **pipes)  # type: ignore[call-overload,no-any-return]


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Path]:
    """A directory with a short case, and a longer one that runs for some seconds."""
    text = case_text("egfr-lung").replace("shells = 8", "shells = 3")
    (tmp_path / "long.toml").write_text(text.replace('step = "7 d"', 'step = "0.2 d"'))
    (tmp_path / "short.toml").write_text(text.replace('horizon = "720 d"', 'horizon = "28 d"'))
    yield tmp_path


def busy(room: Path, name: str) -> Path:
    """Waits until a run has taken its place there, and gives the folder it works in."""
    folder = room / f".{name}.refugia"
    for _ in range(1200):
        if folder.is_dir() and any(folder.glob("new-*")):
            return folder
        time.sleep(0.05)
    raise AssertionError("no run began")


def result_of(folder: Path) -> dict[Path, bytes]:
    """Every file of a result."""
    return {path.relative_to(folder): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP], ids=lambda number: number.name)
def test_a_signal_stops_a_run_with_a_line_and_nothing_else(room: Path, number: signal.Signals) -> None:
    run = start("run", "long.toml", "--replicates", "4000", "--out", "kept", where=room)
    busy(room, "kept")
    time.sleep(1.0)
    run.send_signal(number)
    out, err = run.communicate()
    assert run.returncode == 128 + number
    assert (out, err) == ("", "Stopped. Nothing was written; an earlier result is as it was.\n")
    assert sorted(path.name for path in room.iterdir()) == ["long.toml", "short.toml"]


def test_a_second_run_at_the_same_place_is_refused_and_a_killed_one_leaves_no_trace(room: Path) -> None:
    assert start("run", "short.toml", "--replicates", "2", "--out", "kept", where=room).wait() == 0
    earlier = result_of(room / "kept")
    first = start("run", "long.toml", "--replicates", "4000", "--out", "kept", where=room)
    busy(room, "kept")
    second = start("run", "short.toml", "--replicates", "1", "--out", "kept", where=room)
    out, err = second.communicate()
    assert (second.returncode, out) == (2, "")
    assert err.endswith('kept" is being written by another run. Wait until it has ended, or name another place.\n')
    first.kill()
    first.communicate()
    assert result_of(room / "kept") == earlier
    third = start("run", "short.toml", "--replicates", "2", "--out", "kept", where=room)
    assert third.communicate()[1] == ""
    assert third.returncode == 0
    assert sorted(path.name for path in room.iterdir()) == ["kept", "long.toml", "short.toml"]
    assert json.loads((room / "kept" / "provenance.json").read_text())["replicates"] == 2


@pytest.mark.slow
def test_a_command_killed_at_any_time_leaves_a_whole_result(room: Path) -> None:
    words = ("run", "short.toml", "--replicates", "2", "--out", "kept")
    began = time.monotonic()
    assert start(*words, "--seed", "1", where=room).wait() == 0
    lasted = time.monotonic() - began
    luck, one = random.Random(7), result_of(room / "kept")
    assert start(*words, "--seed", "2", where=room).wait() == 0
    known = (one, result_of(room / "kept"))
    for turn in range(20):
        run = start(*words, "--seed", str(1 + turn % 2), where=room)
        time.sleep(lasted * luck.uniform(0.3, 1.05))
        run.kill()
        run.communicate()
        assert result_of(room / "kept") in known
    assert start(*words, "--seed", "1", where=room).wait() == 0
    assert result_of(room / "kept") == one
    assert sorted(path.name for path in room.iterdir()) == ["kept", "long.toml", "short.toml"]


@pytest.mark.parametrize("words", [("cite", "egfr-lung"), ("run", "short.toml", "--replicates", "1", "--json")], ids=lambda w: w[0])
def test_an_output_that_is_full_closed_or_left_gives_no_traceback(room: Path, words: tuple[str, ...]) -> None:
    with open("/dev/full", "w", encoding="utf-8") as full:
        run = start(*words, where=room, stdout=full)
        err = run.communicate()[1]
    assert run.returncode == 2
    assert err.startswith("The output cannot be written (No space left on device). Make room for it, or send it elsewhere. ")
    assert err.endswith("The result is complete: " + f"{room}/refugia-out/short-run/\n" if words[0] == "run" else "as it was.\n")
    read, write = os.pipe()
    os.close(read)
    run = start(*words, where=room, stdout=write)
    os.close(write)
    assert run.communicate()[1] == ""
    assert run.returncode == 0
    shell = f'exec "{sys.executable}" -m refugia.cli {" ".join(words)} >&- 2>&-'
    assert subprocess.run(["sh", "-c", shell], cwd=room, check=False).returncode == 0


@pytest.mark.parametrize(
    ("words", "code"), [(("evidence", "EGFR"), 0), (("parameters",), 0), (("study", "check", "grimes2014_oxygen"), 1)]
)
def test_a_table_that_nobody_reads_to_its_end_ends_quietly(tmp_path: Path, words: tuple[str, ...], code: int) -> None:
    """With 0, as `head` would have it; but checks that nobody saw do not count as good."""
    read, write = os.pipe()
    os.close(read)
    run = start(*words, where=tmp_path, stdout=write)
    os.close(write)
    assert (run.communicate()[1], run.returncode) == ("", code)


@pytest.fixture
def alone(room: Path) -> dict[str, str]:
    """An environment in which no socket can be connected."""
    (room / "hook").mkdir()
    (room / "hook" / "sitecustomize.py").write_text(NO_NETWORK)
    return {**os.environ, "PYTHONPATH": os.pathsep.join([str(room / "hook"), *filter(None, sys.path)])}


def test_the_hook_forbids_a_network(room: Path, alone: dict[str, str]) -> None:
    """The check convicts: an address cannot even be looked up, and a cluster finds nobody."""
    done = subprocess.run([sys.executable, "-c", "import socket; socket.create_connection(('127.0.0.1', 9))"], env=alone,
                          capture_output=True, text=True, check=False)  # fmt: skip
    assert done.returncode == 1
    assert "NETWORK socket.getaddrinfo" in done.stderr
    run = start("run", "short.toml", "--replicates", "1", "--cluster", "tcp://127.0.0.1:9", where=room, env=alone)
    assert "NETWORK" in run.communicate()[1]


@pytest.mark.parametrize(
    "words",
    [
        ("dissect", "short.toml", "--replicates", "2"), ("run", "short.toml", "--replicates", "2"), ("case", "check", "short.toml"),
        ("case", "show", "egfr-lung"), ("parameters",), ("cite", "egfr-lung"), ("study", "check", "grimes2014_oxygen"),
        ("trial", "list"), ("doctor",),
    ],
    ids=lambda words: words[0],
)  # fmt: skip
def test_no_command_reaches_a_network(room: Path, alone: dict[str, str], words: tuple[str, ...]) -> None:
    run = start(*words, where=room, env=alone)
    out, err = run.communicate()
    assert (run.returncode, err) == (0, "")
    assert out
