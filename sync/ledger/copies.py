"""How is a SQLite ledger copied into a file, looked at there, and put in the present one's place? (RULES R21c)"""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from connectors.contract import ConfigError
from sync.errors import LedgerBusy, LedgerError
from sync.ledger.schema import VERSION
from sync.ledger.store import Ledger, backup_to, said

_BESIDE = ("-wal", "-shm", "-journal")
"""What SQLite keeps beside a database's file."""


_COUNTS = (
    "SELECT COUNT(*) FROM record",
    "SELECT COUNT(*) FROM link",
    "SELECT COUNT(*) FROM entity WHERE alias_of IS NULL",
)


class Contents(NamedTuple):
    """What stands in a copy. last: when its newest run began, ISO, "" where there was none. runs: that run's number."""

    ledger: str
    schema: str
    epoch: int
    runs: int
    last: str
    records: int
    links: int
    entities: int


def copy_into(ledger: Ledger, target: Path) -> Contents:
    """A consistent copy while the ledger is in use, mode 0600, there whole or not at all. Raises ConfigError, LedgerError."""
    if ledger.path is None:
        raise ConfigError("this ledger stands in a database server: back it up with its own tools (pg_dump)")
    if target.exists():
        raise ConfigError("{path} exists already; name a file that does not", path=target)
    if not target.parent.is_dir():
        raise ConfigError("there is no folder {folder}", folder=target.parent)
    needed = ledger.path.stat().st_size
    if shutil.disk_usage(target.parent).free < needed:
        raise LedgerError(
            "no room for a copy of {size} MB in {folder}", size=needed // 1_000_000 + 1, folder=target.parent
        )
    half = target.with_name(f"{target.name}.part")
    try:
        with said(target):
            backup_to(ledger, half)
        found = contents(half)
        _durable(half)
        half.replace(target)
    finally:
        half.unlink(missing_ok=True)
    return found


def contents(path: Path) -> Contents:
    """What a copy holds, once all of it was checked. Raises ConfigError, LedgerError."""
    if not path.is_file():
        raise ConfigError("there is no file {path}", path=path)
    with _opened(path) as db:
        try:
            damage = [str(row[0]) for row in db.execute("PRAGMA integrity_check(3)")]
            meta = dict(db.execute("SELECT name, value FROM meta"))
        except sqlite3.DatabaseError as trouble:
            raise LedgerError("{path} is not a whole ledger of Offbook; take another backup", path=path) from trouble
        if damage != ["ok"]:
            raise LedgerError("{path} is damaged; take another backup", path=path)
        if "ledger" not in meta or "schema" not in meta:
            raise LedgerError("{path} is not a whole ledger of Offbook; take another backup", path=path)
        if meta["schema"] > VERSION:
            raise LedgerError(
                "{path} was written by a newer Offbook (tables {found}, these are {ours}); update Offbook",
                path=path,
                found=meta["schema"],
                ours=VERSION,
            )
        runs, last = db.execute("SELECT COALESCE(MAX(id), 0), COALESCE(MAX(started), '') FROM run").fetchone()
        records, links, entities = (db.execute(sql).fetchone()[0] for sql in _COUNTS)
    return Contents(meta["ledger"], meta["schema"], int(meta.get("epoch", 0)), runs, last, records, links, entities)


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[sqlite3.Connection]:
    """Only to be read: nothing is left beside the file. What stands beside a copy made by hand belongs to it."""
    alone = not any(path.with_name(path.name + end).exists() for end in _BESIDE)
    with contextlib.closing(
        sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro{'&immutable=1' * alone}", uri=True)
    ) as db:
        yield db


def bring_in(copy: Path, half: Path) -> None:
    """Copies a backup beside the ledger, to be made ready there; mode 0600."""
    for path in (half, *(half.with_name(half.name + end) for end in _BESIDE)):
        path.unlink(missing_ok=True)
    os.close(os.open(half, os.O_CREAT | os.O_RDWR | os.O_EXCL, 0o600))
    with said(copy), _opened(copy) as old, contextlib.closing(sqlite3.connect(half)) as new:
        old.backup(new)


def settle(path: Path) -> bool:
    """Writes everything into the file itself, so that it can be moved -> False where it is damaged. Raises LedgerBusy."""
    try:
        with contextlib.closing(sqlite3.connect(path, timeout=5.0, isolation_level=None)) as db:
            db.execute("PRAGMA journal_mode = DELETE")
            db.execute("PRAGMA locking_mode = EXCLUSIVE")
            db.execute("BEGIN EXCLUSIVE")
            db.execute("COMMIT")
    except sqlite3.OperationalError as trouble:
        if "lock" in str(trouble) or "busy" in str(trouble):
            raise LedgerBusy(
                "another program has the ledger {where} open; close it, then restore again", where=path
            ) from trouble
        return False
    except sqlite3.DatabaseError:
        return False
    return True


def put_in_place(half: Path, target: Path, aside: Path) -> None:
    """The present ledger goes aside with all that stands beside it, and the new one takes its place. Killed in between,
    the ledger is one of the two; where the present one was damaged it may be missing, and `aside` has it."""
    settle(half)
    _durable(half)
    if target.exists():
        whole = settle(target)
        if not (whole and _linked(target, aside)):
            target.replace(aside)
        for end in _BESIDE:
            left = target.with_name(target.name + end)
            if left.exists() and not whole:
                left.replace(aside.with_name(aside.name + end))
            left.unlink(missing_ok=True)
    half.replace(target)


def _linked(target: Path, aside: Path) -> bool:
    """A second name for the file; False where the file system has none."""
    try:
        aside.hardlink_to(target)
    except OSError:
        return False
    return True


def _durable(path: Path) -> None:
    with path.open("rb+") as file:
        os.fsync(file.fileno())
