"""The reader of CIViC's table and the store: whole or not at all, whatever happens."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from refugia.catalog.evidence.civic import COLUMNS, Table, parse_civic, read_civic
from refugia.catalog.evidence.search import Query, search, sources
from refugia.catalog.evidence.store import add_release, items, releases
from refugia.terms import InputError
from tests.unit.civic_table import NAME, ROW, rows, text

TEXT = text(rows())
EXAMPLES = int(os.environ.get("REFUGIA_EXAMPLES", "1000"))
PATCHES = ("\t", "\n", '"', '"\t"', "\r", "\0", "9" * 500)
QUICK = settings(max_examples=min(EXAMPLES, 20_000), deadline=None, database=None, suppress_health_check=list(HealthCheck))
HALF = COLUMNS[: len(COLUMNS) // 2]
OLD = ("gene", "entrez_id", "variant", "disease", "doid", "drugs", "evidence_type", "evidence_level", "clinical_significance")


def bad(**changed: str) -> str:
    """The table with one more row, in which something is wrong."""
    return text(rows({"evidence_id": "99", **changed}))


def refugia(*words: str, where: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "refugia.cli", "evidence", *words]
    return subprocess.run(command, cwd=where, capture_output=True, text=True, check=False)


def dump(store: Path) -> list[str]:
    """All that a store holds."""
    with sqlite3.connect(store) as link:
        return list(link.iterdump())


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_line_ends_and_marks_change_nothing(end: str, mark: str) -> None:
    table = parse_civic((mark + text(rows(), end=end)).encode(), NAME)
    assert table.rows == parse_civic(TEXT.encode(), NAME).rows and len(table.rows) == 9


def test_columns_may_be_in_any_order_and_more() -> None:
    more = [{**row, "new_column": "x"} for row in rows()]
    assert parse_civic(text(more, (*reversed(COLUMNS), "new_column")).encode(), NAME).rows == parse_civic(TEXT.encode(), NAME).rows


def test_cells_in_quotes() -> None:
    """With a quotation mark inside, and, in a file that quotes, a line break."""
    table = parse_civic(text(rows({"evidence_id": "99", "evidence_statement": '"He said ""no"""'})).encode(), NAME)
    assert table.rows[-1]["evidence_statement"] == 'He said "no"'
    broken = parse_civic(text(rows({"evidence_id": "99", "evidence_statement": '"two\nlines"'})).encode(), NAME)
    assert broken.rows[-1]["evidence_statement"] == "two\nlines"


REFUSED = {
    "half the columns": (text(rows(), HALF), "lack 13 of 25"),
    "a release of old": ("\t".join(OLD) + "\n" + "\t".join("x" for _ in OLD) + "\n", "before molecular profiles"),
    "another table": ("a\tb\nc\td\n", "is no header of CIViC's evidence"),
    "no rows": (text([]), "stands alone"),
    "nothing": ("", "is empty"),
    "a short row": (TEXT + "EGFR\tT790M\n", "row 11: .2 columns"),
    "a level": (bad(evidence_level="F"), "row 11.evidence_level"),
    "a direction": (bad(evidence_direction="maybe"), "row 11.evidence_direction"),
    "a status": (bad(evidence_status="guessed"), "row 11.evidence_status"),
    "a flag": (bad(is_flagged="perhaps"), "row 11.is_flagged"),
    "a rating": (bad(rating="6"), "row 11.rating"),
    "a number": (bad(evidence_id="EID9"), "row 11.evidence_id"),
    "a number twice": (bad(evidence_id="1"), "stands in row 2 as well"),
    "no profile": (bad(molecular_profile=""), "row 11.molecular_profile"),
    "a long cell": (bad(evidence_statement="x" * 20_001), "is longer than 20000"),
    "no text": (TEXT.replace("Made up", "Made\0up", 1), "no text"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_a_table_is_refused_whole_and_the_store_is_as_it_was(what: str, tmp_path: Path) -> None:
    store, file = tmp_path / "store.sqlite", tmp_path / "02-Nov-2026-ClinicalEvidenceSummaries.tsv"
    add_release(store, parse_civic(TEXT.encode(), NAME))
    before = dump(store)
    content, says = REFUSED[what]
    file.write_text(content, encoding="utf-8")
    with pytest.raises(InputError, match=says):
        add_release(store, read_civic(file))
    assert dump(store) == before


def test_bytes_that_are_no_text_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="UTF-8"):
        parse_civic(b"\xff\xfe" + TEXT.encode("utf-16-le"), NAME)


@pytest.mark.parametrize(
    ("name", "release", "says"),
    [
        ("evidence.tsv", None, "does not say of which release"), (NAME, "02-Nov-2026", "not what the file is named after"),
        ("evidence.tsv", "november", "no date of a release"), ("evidence.tsv", "41-Nov-2026", "is no day"),
        ("31-Feb-2026-ClinicalEvidenceSummaries.tsv", None, "is no day"),
    ],
)  # fmt: skip
def test_a_release_has_a_date(name: str, release: str | None, says: str) -> None:
    with pytest.raises(InputError, match=says):
        parse_civic(TEXT.encode(), name, release)


def test_a_file_that_is_there_already(tmp_path: Path) -> None:
    """The same file twice changes nothing; another one of the same release is refused."""
    store = tmp_path / "deep" / "store.sqlite"
    first, new = add_release(store, parse_civic(TEXT.encode(), NAME))
    assert new and (first.items, first.flagged, first.unaccepted) == (7, 1, 1)
    before = dump(store)
    assert add_release(store, parse_civic(TEXT.encode(), NAME)) == (first, False)
    with pytest.raises(InputError, match="other content"):
        add_release(store, parse_civic(text(rows()[:-1]).encode(), NAME))
    assert dump(store) == before


def test_the_newest_release_is_searched_unless_another_is_named(tmp_path: Path) -> None:
    store = tmp_path / "store.sqlite"
    for name, changed in (("01-Dec-2025", "old"), ("01-Feb-2026", "new"), ("15-Jan-2026", "between")):
        table = text([{**ROW, "evidence_statement": changed}])
        add_release(store, parse_civic(table.encode(), f"{name}-ClinicalEvidenceSummaries.tsv"))
    assert [r.name for r in releases(store)] == ["CIViC 01-Feb-2026", "CIViC 15-Jan-2026", "CIViC 01-Dec-2025"]

    def said(release: str | None) -> list[str]:
        return [f.item.statement for f in search(Query("EGFR", "T790M"), sources(store, release)).found if f.item.id == "EID1"]

    assert (said(None), said("01-Dec-2025"), said("CIViC 15-Jan-2026")) == (["new"], ["old"], ["between"])
    with pytest.raises(InputError, match="Known: CIViC 01-Feb-2026"):
        sources(store, "01-Mar-2026")
    with pytest.raises(InputError, match="Import one"):
        sources(tmp_path / "none.sqlite", "01-Mar-2026")


def test_a_kill_leaves_the_store_as_it_was(tmp_path: Path) -> None:
    """Killed after all rows of a release of 20,000 are written and before they are committed; then it can be imported again."""
    store = tmp_path / "store.sqlite"
    add_release(store, parse_civic(TEXT.encode(), NAME))
    before = dump(store)
    script = (
        "import os, signal, sys\n"
        "from pathlib import Path\n"
        "from refugia.catalog.evidence import store\n"
        "from refugia.catalog.evidence.civic import parse_civic\n"
        "from tests.unit.civic_table import ROW, text\n"
        "table = text([{**ROW, 'evidence_id': str(n)} for n in range(1, 20001)])\n"
        "read = parse_civic(table.encode(), '03-Nov-2026-x.tsv')\n"
        "def dying(text):\n"
        "    dying.calls += 1\n"
        "    if dying.calls == 20000: os.kill(os.getpid(), signal.SIGKILL)\n"
        "    return real(text)\n"
        "dying.calls = 0\n"
        "real, store.profile = store.profile, dying\n"
        "store.add_release(Path(sys.argv[1]), read)\n"
    )
    root = Path(__file__).parents[2]
    environment = {**os.environ, "PYTHONPATH": f"{root / 'src'}{os.pathsep}{root}"}
    killed = subprocess.run([sys.executable, "-c", script, str(store)], env=environment, cwd=root, capture_output=True, check=False)
    assert killed.returncode == -signal.SIGKILL, killed.stderr.decode()
    assert (store.parent / "store.sqlite-journal").exists()  # what was being written, to be rolled back by whoever comes next
    assert [r.name for r in releases(store)] == ["CIViC 01-Nov-2026"]
    assert dump(store) == before
    table = text([{**ROW, "evidence_id": str(n)} for n in range(1, 20001)])
    assert add_release(store, parse_civic(table.encode(), "03-Nov-2026-x.tsv"))[0].items == 20_000


def test_a_refused_first_import_leaves_no_store(tmp_path: Path) -> None:
    file = tmp_path / NAME
    file.write_text(REFUSED["a level"][0])
    done = refugia("import", str(file), "--store", "s/store.sqlite", where=tmp_path)
    assert done.returncode == 2 and len(done.stderr.strip().splitlines()) == 1
    assert [entry.name for entry in tmp_path.iterdir()] == [NAME]


@pytest.mark.parametrize("content", [b"no database", b"", b"SQLite format 3\0" + b"x" * 200])
def test_a_store_that_is_none(content: bytes, tmp_path: Path) -> None:
    """Files of the user's are left alone; an empty one becomes a store."""
    store = tmp_path / "thesis.txt"
    store.write_bytes(content)
    if content:
        with pytest.raises(InputError, match="--store"):
            releases(store)
        with pytest.raises(InputError, match="--store"):
            add_release(store, parse_civic(TEXT.encode(), NAME))
        assert store.read_bytes() == content
    else:
        assert add_release(store, parse_civic(TEXT.encode(), NAME))[1]


def test_another_s_database_is_left_alone(tmp_path: Path) -> None:
    store = tmp_path / "other.sqlite"
    with sqlite3.connect(store) as link:
        link.execute("CREATE TABLE notes (text)")
    before = dump(store)
    for deed in (lambda: releases(store), lambda: add_release(store, parse_civic(TEXT.encode(), NAME))):
        with pytest.raises(InputError, match="is no store of evidence"):
            deed()
    assert dump(store) == before


def test_a_directory_is_no_store(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="--store"):
        releases(tmp_path)


def test_the_commands_of_the_store(tmp_path: Path) -> None:
    """Import, list, search; a search may leave the word out, and names the release and its hash."""
    (tmp_path / NAME).write_text(TEXT)
    done = refugia("import", NAME, "--store", "store.sqlite", where=tmp_path)
    assert done.returncode == 0 and "7 items (1 flagged and 1 not accepted items stay out)" in done.stdout
    assert "already" in refugia("import", NAME, "--store", "store.sqlite", where=tmp_path).stdout
    listed = json.loads(refugia("list", "--store", "store.sqlite", "--json", where=tmp_path).stdout)
    assert [row["release"] for row in listed] == ["three-step review", "CIViC 01-Nov-2026"]
    said = json.loads(refugia("EGFR", "T790M", "--store", "store.sqlite", "--json", where=tmp_path).stdout)
    assert [row["release"] for row in said["releases"]] == ["three-step review", "CIViC 01-Nov-2026"]
    assert len(said["releases"][1]["sha256"]) == 64
    assert {item["release"] for item in said["items"]} == {"three-step review", "CIViC 01-Nov-2026"}
    shown = refugia("EGFR", "T790M", "--store", "store.sqlite", where=tmp_path).stdout
    assert "Conflict on EGFR T790M under Gefitinib" in " ".join(shown.split())


def test_a_search_reads_only_what_it_needs(tmp_path: Path) -> None:
    store = tmp_path / "store.sqlite"
    add_release(store, parse_civic(TEXT.encode(), NAME))
    assert [item.id for item in items(store, "CIViC 01-Nov-2026", ("ALK",))] == ["EID8"]
    assert len(items(store, "CIViC 01-Nov-2026")) == 7


def read_or_refused(raw: bytes) -> None:
    """A table comes back, or an InputError of one printable line that ends with a way out."""
    try:
        table = parse_civic(raw, NAME)
    except InputError as refusal:
        assert refusal.reason and refusal.way_out
        assert str(refusal).isprintable() and len(str(refusal)) < 800
    else:
        assert isinstance(table, Table) and table.rows


@QUICK
@given(st.integers(0, len(TEXT)), st.integers(0, 60), st.text(max_size=30) | st.sampled_from(PATCHES))
def test_a_table_with_a_hole_or_a_patch_is_read_or_refused(start: int, length: int, patch: str) -> None:
    read_or_refused((TEXT[:start] + patch + TEXT[start + length :]).encode("utf-8", "surrogatepass"))


@QUICK
@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(raw: bytes) -> None:
    read_or_refused(raw)
    read_or_refused(TEXT.encode() + raw)
