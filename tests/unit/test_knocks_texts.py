"""Whatever is done to the text of a case, its bytes and lines, it is read, or refused as an InputError."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from refugia.catalog.intake import read_text
from refugia.catalog.reader import parse_case
from tests.unit.mutations import MANY, NAMES, TEXTS, met, told

PATCHES = ('"', "'", "[", "]]", "{", "\n[a]\n", "=", "#", '"""', "9" * 5000, "0x" + "f" * 5000, "1e999", "2026-02-30",
           "\x1b[2J", "a.b.")  # fmt: skip


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A file that is written over and over; what was survived is printed (`pytest -s`)."""
    folder = tmp_path_factory.mktemp("knocks")
    yield folder / "my.toml"
    assert [entry.name for entry in folder.iterdir()] == ["my.toml"]
    print(f"\n{told()}")


def knocked(data: st.DataObject, kind: str, raw: bytes) -> bytes:
    """The bytes after a knock of that kind."""
    start = data.draw(st.integers(0, len(raw)))
    match kind:
        case "truncated":
            return raw[:start]
        case "flipped":
            changed = bytearray(raw)
            for _ in range(data.draw(st.integers(1, 8))):
                changed[data.draw(st.integers(0, len(raw) - 1))] ^= 1 << data.draw(st.integers(0, 7))
            return bytes(changed)
        case "patched":
            patch = data.draw(st.text(max_size=30) | st.sampled_from(PATCHES)).encode("utf-8", "surrogatepass")
            return raw[:start] + patch + raw[start + data.draw(st.integers(0, 60)) :]
    lines = raw.split(b"\n")
    one, other = data.draw(st.integers(0, len(lines) - 1)), data.draw(st.integers(0, len(lines) - 1))
    if kind == "lines exchanged":
        lines[one], lines[other] = lines[other], lines[one]
    elif kind == "lines repeated":
        lines[one:one] = lines[min(one, other) : max(one, other)]
    else:
        del lines[min(one, other) : max(one, other)]
    return b"\n".join(lines)


@MANY
@given(st.data())
def test_bytes_flipped_cut_patched_and_lines_moved_are_read_or_refused(file: Path, data: st.DataObject) -> None:
    kind = data.draw(
        st.sampled_from(["truncated", "flipped", "patched", "lines exchanged", "lines repeated", "lines left out"])
    )
    file.write_bytes(knocked(data, kind, TEXTS[data.draw(st.sampled_from(NAMES))].encode()))
    met(kind, lambda: parse_case(read_text(file, "my.toml"), "my.toml"))
