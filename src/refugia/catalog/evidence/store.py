"""The user's store of evidence: releases of CIViC in one SQLite file, each in whole or not at all.

Every change is one transaction of SQLite, so that a store is as it was after a refusal, a full disk or a kill. No text of a user
ever becomes part of a statement.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path

from refugia.catalog.evidence.civic import Table
from refugia.catalog.evidence.items import Item, Release
from refugia.catalog.evidence.profiles import profile
from refugia.catalog.evidence.tables import level, levels
from refugia.terms import InputError

MARK, VERSION = 0x72656675, 1  # of SQLite's header: whose file it is, and of which form
VARIABLE = "REFUGIA_EVIDENCE"
FIELDS = (
    "evidence_id", "molecular_profile", "disease", "therapies", "therapy_interaction_type", "evidence_type", "evidence_direction",
    "evidence_level", "significance", "evidence_statement", "citation", "citation_id", "source_type", "evidence_civic_url",
)  # fmt: skip
SCHEMA = (
    "CREATE TABLE release (name TEXT PRIMARY KEY, sha256 TEXT NOT NULL UNIQUE, file TEXT NOT NULL, items INTEGER NOT NULL, "
    "flagged INTEGER NOT NULL, unaccepted INTEGER NOT NULL, levels TEXT NOT NULL) STRICT",
    f"CREATE TABLE item (release TEXT NOT NULL REFERENCES release(name), {', '.join(f'{name} TEXT NOT NULL' for name in FIELDS)}, "
    "PRIMARY KEY (release, evidence_id)) STRICT",
    "CREATE TABLE gene (release TEXT NOT NULL, name TEXT NOT NULL, evidence_id TEXT NOT NULL, "
    "PRIMARY KEY (release, name, evidence_id)) STRICT",
)
ADD = f"INSERT INTO item VALUES ({', '.join('?' * (len(FIELDS) + 1))})"
SHOW = f"SELECT {', '.join(f'item.{name}' for name in FIELDS)} FROM item"


def default_store() -> Path:
    """Where the store lies unless a command says otherwise: REFUGIA_EVIDENCE, or the user's data directory."""
    if os.environ.get(VARIABLE):
        return Path(os.environ[VARIABLE])
    from platformdirs import user_data_path

    return user_data_path("refugia", appauthor=False) / "evidence.sqlite"


def add_release(store: Path, table: Table) -> tuple[Release, bool]:
    """Put a checked table into the store; False where the same file is in it already.

    Flagged items, and those not accepted, stay out and are counted. Raises InputError where another file is in the store as this
    release, or the store cannot be written.
    """
    kept = [row for row in table.rows if row["evidence_status"] == "accepted" and row["is_flagged"] == "false"]
    unaccepted = sum(row["evidence_status"] != "accepted" for row in table.rows)
    flagged = len(table.rows) - len(kept) - unaccepted
    release = Release(f"CIViC {table.release}", table.sha256, len(kept), flagged, unaccepted, levels()["version"])
    with _writing(store) as link:
        known = {row[1]: row[0] for row in link.execute("SELECT name, sha256 FROM release")}
        if release.sha256 in known:
            return next(found for found in _releases(link) if found.sha256 == release.sha256), False
        if release.name in known.values():
            reason = "is in the store already, from a file with other content"
            raise InputError(table.file, "release", release.name, reason, "Use another --store to compare the two.")
        link.execute(
            "INSERT INTO release VALUES (?, ?, ?, ?, ?, ?, ?)",
            (release.name, release.sha256, table.file, release.items, flagged, unaccepted, release.levels),
        )
        link.executemany(ADD, ([release.name, *(row[name] for name in FIELDS)] for row in kept))
        genes = {(row["evidence_id"], g) for row in kept for a in profile(row["molecular_profile"]).alterations for g in a.genes}
        link.executemany("INSERT INTO gene VALUES (?, ?, ?)", ((release.name, g, id) for id, g in sorted(genes)))
    return release, True


def releases(store: Path) -> tuple[Release, ...]:
    """The releases of a store, newest first; none where there is no store."""
    if not store.exists():
        return ()
    with _reading(store) as link:
        return _releases(link)


def items(store: Path, release: str, genes: tuple[str, ...] = ()) -> tuple[Item, ...]:
    """The items of a release that speak of one of the genes; all of them where none is named."""
    with _reading(store) as link:
        if not genes:
            rows = link.execute(f"{SHOW} WHERE release = ? ORDER BY CAST(evidence_id AS INTEGER)", (release,)).fetchall()
        else:
            marks = ", ".join("?" * len(genes))
            named = f"SELECT evidence_id FROM gene WHERE release = ? AND name IN ({marks})"
            select = f"{SHOW} WHERE release = ? AND evidence_id IN ({named}) ORDER BY CAST(evidence_id AS INTEGER)"
            rows = link.execute(select, (release, release, *genes)).fetchall()
    return tuple(_item(release, dict(zip(FIELDS, row, strict=True))) for row in rows)


def genes_of(store: Path, release: str) -> tuple[str, ...]:
    """The genes of which the items of a release speak."""
    with _reading(store) as link:
        rows = link.execute("SELECT DISTINCT name FROM gene WHERE release = ? ORDER BY name", (release,)).fetchall()
    return tuple(row[0] for row in rows)


def _item(release: str, row: dict[str, str]) -> Item:
    """A row as CIViC tells it; what CIViC does not say (mechanism, strategy) stays blank."""
    significance = row["significance"].lower()
    kind = row["evidence_type"].lower()
    source = f" ({row['source_type']} {row['citation_id']})" if row["citation_id"] else ""
    return Item(
        id=f"EID{row['evidence_id']}", release=release, kind=kind, profile=profile(row["molecular_profile"]),
        disease=row["disease"], therapies=tuple(part.strip() for part in row["therapies"].split(",") if part.strip()),
        interaction=row["therapy_interaction_type"].lower(), effect="" if significance == "n/a" else significance,
        direction="" if row["evidence_direction"] == "n/a" else row["evidence_direction"],
        level=level("CIViC", row["evidence_level"]),
        statement=row["evidence_statement"], citation=row["citation"] + source, url=row["evidence_civic_url"],
    )  # fmt: skip


def _releases(link: sqlite3.Connection) -> tuple[Release, ...]:
    rows = link.execute("SELECT name, sha256, items, flagged, unaccepted, levels FROM release").fetchall()
    found = [Release(*row) for row in rows]
    return tuple(sorted(found, key=lambda release: datetime.strptime(release.name.split()[-1], "%d-%b-%Y"), reverse=True))


def _refusal(store: Path, trouble: Exception) -> InputError:
    reason = f"cannot be used as a store ({str(trouble) or type(trouble).__name__})"
    return InputError("", "--store", str(store), reason, "Name another file, or one that refugia made.")


@contextmanager
def _reading(store: Path) -> Iterator[sqlite3.Connection]:
    """A store that is there already, for reading; writable where it may be, so that what a kill left is rolled back first."""
    mode = "rw" if os.access(store, os.W_OK) else "ro"
    try:
        with closing(sqlite3.connect(f"{store.absolute().as_uri()}?mode={mode}", uri=True, timeout=10.0)) as link:
            _check(link, store)
            yield link
    except (sqlite3.Error, OSError) as trouble:
        raise _refusal(store, trouble) from None


@contextmanager
def _writing(store: Path) -> Iterator[sqlite3.Connection]:
    """A store within one transaction: all of it is kept, or none."""
    fresh = not store.exists()
    try:
        store.parent.mkdir(parents=True, exist_ok=True)
        with closing(sqlite3.connect(store, timeout=10.0, isolation_level=None)) as link:
            link.execute("PRAGMA foreign_keys = ON")
            link.execute("BEGIN IMMEDIATE")
            try:
                if fresh or _empty(link):
                    _begin(link)
                _check(link, store)
                yield link
            except BaseException:
                link.execute("ROLLBACK")
                raise
            link.execute("COMMIT")
    except (sqlite3.Error, OSError) as trouble:
        raise _refusal(store, trouble) from None
    finally:
        if fresh and store.is_file() and store.stat().st_size == 0:
            store.unlink()


def _empty(link: sqlite3.Connection) -> bool:
    return not link.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchall()


def _begin(link: sqlite3.Connection) -> None:
    for statement in SCHEMA:
        link.execute(statement)
    link.execute(f"PRAGMA application_id = {MARK}")
    link.execute(f"PRAGMA user_version = {VERSION}")


def _check(link: sqlite3.Connection, store: Path) -> None:
    """Raises InputError where a file of SQLite is no store of this form."""
    mark, version = (link.execute(f"PRAGMA {name}").fetchone()[0] for name in ("application_id", "user_version"))
    if mark != MARK:
        raise InputError("", "--store", str(store), "is no store of evidence", "Name another file, or one that refugia made.")
    if version != VERSION:
        way_out = "Import your releases into a new --store."
        raise InputError("", "--store", str(store), f"is a store of form {version}, this refugia reads {VERSION}", way_out)
