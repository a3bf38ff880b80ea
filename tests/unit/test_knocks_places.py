"""A result takes its place as a whole or not at all: killed or stopped at every line, on a full disk, beside another run."""

from __future__ import annotations

import errno
import json
import os
import resource
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from refugia.report import files, held, work
from refugia.report.files import MARK, placed, write_json
from refugia.terms import InputError

TRACED = {files.__file__, held.__file__, work.__file__}


def written(target: Path, word: str) -> None:
    """A small result that says the same word in three files."""
    with placed(target) as folder:
        (folder / "a.csv").write_text(word)
        (folder / "b.zarr").mkdir()
        (folder / "b.zarr" / "c").write_text(word)
        write_json(folder / MARK, {"word": word})


def word_of(target: Path) -> str:
    """The word of a result that is whole: nothing is missing, and all says the same."""
    found = {(target / "a.csv").read_text(), (target / "b.zarr" / "c").read_text()}
    said = json.loads((target / MARK).read_text())
    assert said["files"] == ["a.csv", "b.zarr"]
    (word,) = found
    assert said["word"] == word
    return word


def struck_at(line: int, blow: Callable[[], None]) -> Callable[[FrameType, str, Any], Any]:
    """A tracer that strikes at the n-th line that is run of the code under test."""
    left = [line]

    def trace(frame: FrameType, event: str, _: Any) -> Any:
        if frame.f_code.co_filename not in TRACED:
            return None
        if event == "line":
            left[0] -= 1
            if left[0] == 0:
                blow()
        return trace

    return trace


def struck(target: Path, line: int, number: int) -> int:
    """A child process that writes the new result, and is struck by a signal at its n-th line; its exit status."""
    child = os.fork()
    if child == 0:
        code = 70
        try:
            if number != signal.SIGKILL:
                signal.signal(number, signal.default_int_handler)
            sys.settrace(struck_at(line, lambda: os.kill(os.getpid(), number)))
            written(target, "new")
            code = 0
        except KeyboardInterrupt:
            code = 71
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


@pytest.fixture(params=["exchange", pytest.param("two renames", marks=pytest.mark.slow)])
def swapping(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Both ways in which a new result takes the place of the old one."""
    if request.param == "two renames":
        monkeypatch.setattr(work, "exchange", lambda one, other: False)
    return str(request.param)


@pytest.mark.parametrize("earlier", [True, False])
def test_killed_at_any_line_the_old_or_the_new_result_stands_whole(swapping: str, earlier: bool, tmp_path: Path) -> None:
    target = tmp_path / "kept"
    seen = []
    for line in range(1, 1000):
        if earlier and not target.exists():
            written(target, "old")
        status = struck(target, line, signal.SIGKILL)
        if swapping == "exchange" and earlier:
            assert target.exists()  # at no moment does neither stand there
        if status == 0:
            break
        assert status == -signal.SIGKILL
        seen.append(word_of(target) if target.exists() else "none")
        written(target, "old")  # the next run finds its way, and clears up
        assert [entry.name for entry in tmp_path.iterdir()] == ["kept"]
        assert word_of(target) == "old"
        if not earlier:
            shutil.rmtree(target)
    assert status == 0
    assert len(seen) > 50
    assert set(seen) == {"old" if earlier else "none", "new"} | ({"none"} if swapping == "two renames" and earlier else set())


def test_a_result_pushed_aside_by_a_killed_run_comes_back(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Where folders cannot be exchanged there is one moment without a result: the next run begins by putting the old one back."""
    monkeypatch.setattr(work, "exchange", lambda one, other: False)
    target = tmp_path / "kept"
    written(target, "old")
    for line in range(1, 1000):
        struck(target, line, signal.SIGKILL)
        if not target.exists():
            break
    assert not target.exists()
    with pytest.raises(RuntimeError), placed(target):
        assert word_of(target) == "old"
        raise RuntimeError
    assert word_of(target) == "old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["kept"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_stopped_at_any_line_nothing_is_left_behind(swapping: str, number: int, tmp_path: Path) -> None:
    target = tmp_path / "deep" / "kept"
    for line in range(1, 1000):
        status = struck(target, line, number)
        if status == 0 and target.exists():
            break
        assert status == 71
        left = [path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if "kept/" not in path.as_posix()]
        if target.exists():
            assert word_of(target) == "new"
            assert left == ["deep", "deep/kept"]
            shutil.rmtree(tmp_path / "deep")
        else:
            assert left == []
    assert status == 0
    assert line > 50


def test_killed_at_random_moments_a_result_stands_whole(swapping: str, tmp_path: Path) -> None:
    target = tmp_path / "kept"
    written(target, "0")
    for wait in range(60):
        child = os.fork()
        if child == 0:
            try:
                count = 0
                while True:
                    count += 1
                    written(target, str(count))
            finally:
                os._exit(70)
        signal.sigtimedwait([signal.SIGUSR2], 0.0003 * (wait % 20 + 1))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        if swapping == "exchange":
            word_of(target)
        written(target, "0")
        assert [entry.name for entry in tmp_path.iterdir()] == ["kept"]


def test_a_place_in_use_by_another_run_is_refused_at_once(tmp_path: Path) -> None:
    target = tmp_path / "kept"
    written(target, "old")
    with placed(target) as folder:
        (folder / "a.csv").write_text("new")
        with pytest.raises(InputError, match=r'--out: ".*kept" is being written by another run\. Wait until it has ended, or name'):
            written(target, "other")
        assert (folder / "a.csv").read_text() == "new"
        (folder / "b.zarr").mkdir()
        (folder / "b.zarr" / "c").write_text("new")
        write_json(folder / MARK, {"word": "new"})
    assert word_of(target) == "new"


def test_the_lock_of_a_killed_run_blocks_nobody(tmp_path: Path) -> None:
    (tmp_path / ".kept.refugia" / "new-dead").mkdir(parents=True)
    (tmp_path / ".kept.refugia" / "lock").write_text("")
    written(tmp_path / "kept", "new")
    assert [entry.name for entry in tmp_path.iterdir()] == ["kept"]


def test_what_is_the_users_own_is_never_cleared(tmp_path: Path) -> None:
    (tmp_path / ".kept.refugia").mkdir()
    (tmp_path / ".kept.refugia" / "thesis.txt").write_text("years of work")
    (tmp_path / ".kept-old").mkdir()
    written(tmp_path / "kept", "new")
    assert (tmp_path / ".kept.refugia" / "thesis.txt").read_text() == "years of work"
    assert sorted(entry.name for entry in tmp_path.iterdir()) == [".kept-old", ".kept.refugia", "kept"]


def test_a_link_to_a_result_stays_a_link(tmp_path: Path) -> None:
    written(tmp_path / "real" / "kept", "old")
    (tmp_path / "link").symlink_to(tmp_path / "real" / "kept")
    written(tmp_path / "link", "new")
    assert (tmp_path / "link").is_symlink()
    assert word_of(tmp_path / "real" / "kept") == "new"


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("x" * 300, "cannot be used (File name too long). Name another place."),
        ("x" * 250, "cannot be written (File name too long)."),
        ("a\0b", "is no name of a directory. Name another place."),
        ("loop/x", "is no name of a directory. Name another place."),
        ("file", "is a file. Name a directory."),
        ("file/x", "cannot be written (Not a directory). Name a place that you may write to."),
        ("/proc/x", "cannot be written (No such file or directory). Name a place that you may write to."),
        ("/", "is a directory with other files in it. Name a new or an empty one."),
        ("/dev/null", "is a file. Name a directory."),
    ],
)
def test_a_place_that_cannot_be_is_refused_before_anything_is_computed(name: str, says: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    (tmp_path / "loop").symlink_to("loop")
    with pytest.raises(InputError) as trouble, placed(tmp_path / name):
        raise AssertionError("computed")
    assert says in str(trouble.value)
    assert str(trouble.value).isprintable()
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["file", "loop"]


@pytest.fixture
def mounted(tmp_path: Path) -> Iterator[Callable[[str], Path]]:
    """Mounts a small file system of the given options, where this process may do so."""
    place = tmp_path / "disk"
    place.mkdir()

    def mount(options: str) -> Path:
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", options, "none", place], capture_output=True, check=False)
        if done.returncode != 0:
            pytest.skip("only root may mount a small disk")
        return place

    yield mount
    subprocess.run(["umount", place], capture_output=True, check=False)


def test_a_full_disk_leaves_the_earlier_result(mounted: Callable[[str], Path]) -> None:
    disk = mounted("size=64k")
    written(disk / "kept", "old")
    for size in (1_000, 20_000, 50_000, 500_000):
        with pytest.raises(InputError, match=r"cannot be written \(No space left on device\)\. Make room there"):
            written(disk / "kept", "n" * (size + 40_000))
        assert word_of(disk / "kept") == "old"
        assert [entry.name for entry in disk.iterdir()] == ["kept"]


def test_a_directory_that_may_only_be_read_is_refused(mounted: Callable[[str], Path]) -> None:
    disk = mounted("size=64k,ro")
    with pytest.raises(InputError, match=r"cannot be written \(Read-only file system\)\. Name a place that you may write to"):
        written(disk / "kept", "new")
    with pytest.raises(InputError, match="is the root of a file system"):
        written(disk, "new")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_directory_of_somebody_else_is_refused(tmp_path: Path) -> None:
    tmp_path.chmod(0o555)
    with pytest.raises(InputError, match=r"cannot be written \(Permission denied\)"):
        written(tmp_path / "kept", "new")
    tmp_path.chmod(0o755)


def test_a_limit_on_the_size_of_files_is_a_full_disk(tmp_path: Path) -> None:
    written(tmp_path / "kept", "old")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, hard))
    try:
        with pytest.raises(InputError, match=r"cannot be written \(File too large\)\. Make room there"):
            written(tmp_path / "kept", "n" * 2000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert word_of(tmp_path / "kept") == "old"


def test_an_error_about_something_else_is_not_laid_at_the_door_of_the_place(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="elsewhere"), placed(tmp_path / "kept"):
        raise FileNotFoundError(errno.ENOENT, "No such file", "/elsewhere")
    assert not list(tmp_path.iterdir())
