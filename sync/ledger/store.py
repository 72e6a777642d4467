"""How is a ledger opened, and what keeps it whole?"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, Engine, Table, create_engine, event, select
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import DatabaseError, DBAPIError, OperationalError
from sqlalchemy.pool import NullPool

from connectors.contract import OffbookError
from sync.errors import LedgerBusy, LedgerError
from sync.ledger import places, schema

BUSY_SECONDS = 15.0
CHUNK = 500
"""Values in one IN list: below every database's limit of parameters."""
WAL_PAGES = 8000
"""The write-ahead log is brought into the file when it holds so many pages (32 MB): pages that change in many
transactions are then written once."""
ROWS = 5000
"""Rows of one bulk statement."""


class Ledger:
    """One ledger, open. Use `transaction()` for everything; nothing is kept in memory between two of them."""

    def __init__(self, engine: Engine, path: Path | None) -> None:
        self.engine, self.path = engine, path
        self._statements: dict[tuple[str, tuple[str, ...], str], str] = {}

    @contextlib.contextmanager
    def transaction(self) -> Iterator[Connection]:
        """Commits at its end, rolls back on any exception; database trouble becomes an error in words."""
        with said(self.path), self.engine.begin() as connection:
            yield connection

    def opened(self) -> Connection | None:
        """An idle connection to a file, to be closed by the caller. While there is one, the last transaction to end does
        not bring the whole write-ahead log into the file each time."""
        if self.path is None:
            return None
        with said(self.path):
            return self.engine.connect()

    def close(self) -> None:
        self.engine.dispose()

    # -------------------------------------------------------------------------- many rows at once

    def bulk(
        self, c: Connection, table: Table, columns: Sequence[str], rows: Iterable[Sequence[object]], *, on: str = ""
    ) -> int:
        """Inserts rows of `columns`; on="replace" overwrites the row with the same primary key, "ignore" keeps it."""
        sql = self._insert(table, tuple(columns), on)
        count = 0
        for batch in _batches(rows):
            self._each(c, sql, batch)
            count += len(batch)
        return count

    def _insert(self, table: Table, columns: tuple[str, ...], on: str) -> str:
        known = self._statements.get((table.name, columns, on))
        if known:
            return known
        names = [table.c[name].name for name in columns]
        holes = ", ".join([self.mark] * len(names))
        text = f"INSERT INTO {table.name} ({', '.join(map(_quoted, names))}) VALUES ({holes})"
        keys = [column.name for column in table.primary_key]
        if on:
            rest = [name for name in names if name not in keys]
            done = ", ".join(f"{_quoted(n)} = excluded.{_quoted(n)}" for n in rest)
            action = f"DO UPDATE SET {done}" if on == "replace" and rest else "DO NOTHING"
            text += f" ON CONFLICT ({', '.join(map(_quoted, keys))}) {action}"
        self._statements[table.name, columns, on] = text
        return text

    def many(self, c: Connection, sql: str, rows: Iterable[Sequence[object]]) -> None:
        """One statement with `?` holes, for each row."""
        text = self.text(sql)
        for batch in _batches(rows):
            self._each(c, text, batch)

    def rows(self, c: Connection, sql: str, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """All rows of a statement with `?` holes."""
        return self._fetched(c, self.text(sql), tuple(values))

    def rows_in(
        self,
        c: Connection,
        sql: str,
        values: Iterable[object],
        before: Sequence[object] = (),
        after: Sequence[object] = (),
    ) -> Iterator[tuple[Any, ...]]:
        """Rows of a statement whose `:in` is an IN list, asked for in chunks; `before`, `after`: the other holes."""
        for chunk in chunks(values, CHUNK):
            holes = ", ".join([self.mark] * len(chunk))
            text = self.text(sql).replace(":in", f"({holes})")
            yield from self._fetched(c, text, (*before, *chunk, *after))

    def run_in(self, c: Connection, sql: str, values: Iterable[object], before: Sequence[object] = ()) -> int:
        """A statement that changes rows, its `:in` filled in chunks -> how many rows it changed."""
        changed = 0
        for chunk in chunks(values, CHUNK):
            text = self.text(sql).replace(":in", f"({', '.join([self.mark] * len(chunk))})")
            changed += c.exec_driver_sql(text, (*before, *chunk)).rowcount
        return changed

    def do(self, c: Connection, sql: str, values: Sequence[object] = ()) -> int:
        """A statement that changes rows -> how many."""
        return c.exec_driver_sql(self.text(sql), tuple(values)).rowcount

    def _fetched(self, c: Connection, text: str, values: tuple[object, ...]) -> list[tuple[Any, ...]]:
        """A file's driver is asked itself, in the same transaction: what SQLAlchemy makes of a row costs as much as the
        row."""
        if self.path is not None:
            found: list[tuple[Any, ...]] = _driver(c).execute(text, values).fetchall()
            return found
        return [tuple(row) for row in c.exec_driver_sql(text, values).fetchall()]

    def _each(self, c: Connection, text: str, rows: list[tuple[object, ...]]) -> None:
        if self.path is not None:
            _driver(c).executemany(text, rows)
        else:
            c.exec_driver_sql(text, rows)

    def text(self, sql: str) -> str:
        return sql if self.mark == "?" else _for_server(sql).replace("?", self.mark)

    @property
    def mark(self) -> str:
        return "?" if self.engine.dialect.name == "sqlite" else "%s"

    # -------------------------------------------------------------------------- what it says of itself

    def get(self, c: Connection, name: str, default: str = "") -> str:
        found = c.execute(select(schema.meta.c.value).where(schema.meta.c.name == name)).scalar()
        return default if found is None else str(found)

    def set(self, c: Connection, name: str, value: str) -> None:
        self.bulk(c, schema.meta, ("name", "value"), [(name, value)], on="replace")


def _driver(c: Connection) -> sqlite3.Connection:
    driver = c.connection.driver_connection
    assert isinstance(driver, sqlite3.Connection)
    return driver


def _batches(rows: Iterable[Sequence[object]]) -> Iterator[list[tuple[object, ...]]]:
    each = iter(rows)
    while batch := [row if type(row) is tuple else tuple(row) for row in islice(each, ROWS)]:
        yield batch


def _quoted(name: str) -> str:
    return f'"{name}"'


_RESERVED = re.compile(r"""(?<!["'\w])leading(?!["'\w])""")
"""Names of our columns that PostgreSQL keeps for itself."""


@cache
def _for_server(sql: str) -> str:
    return _RESERVED.sub('"leading"', sql.replace("%", "%%"))


def chunks(values: Iterable[object], size: int) -> Iterator[list[object]]:
    chunk: list[object] = []
    for value in values:
        chunk.append(value)
        if len(chunk) == size:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


# ------------------------------------------------------------------------------ opening


def open_ledger(where: str, folder: Path, *, create: bool = True) -> Ledger:
    """`where`: a file (relative to `folder`) or a database URL. Raises LedgerError, LedgerBusy."""
    url, path = _place(where, folder)
    if path is not None:
        places.refuse_far_away(path)
        if not path.exists() and not create:
            raise LedgerError("there is no ledger at {path} yet; run `offbook plan` or `offbook sync` first", path=path)
        new = not path.exists()
        if new:
            path.parent.mkdir(parents=True, exist_ok=True)
            os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    ledger = Ledger(_engine(url), path)
    try:
        _make_ready(ledger)
    except BaseException:
        ledger.close()
        raise
    return ledger


def _place(where: str, folder: Path) -> tuple[URL, Path | None]:
    if "://" not in where:
        path = (folder / where).expanduser()
        return URL.create("sqlite", database=str(path)), path
    url = make_url(where)
    if url.drivername in ("postgresql", "postgres"):
        url = url.set(drivername="postgresql+psycopg")
    if url.get_backend_name() == "sqlite":
        path = (folder / (url.database or "offbook.db")).expanduser()
        return url.set(database=str(path)), path
    if url.get_backend_name() != "postgresql":
        raise LedgerError("a ledger stands in SQLite or PostgreSQL, not in {kind}", kind=url.get_backend_name())
    return url, None


def _engine(url: URL) -> Engine:
    if url.get_backend_name() != "sqlite":
        schema.for_server()
        return create_engine(url, pool_pre_ping=True)
    engine = create_engine(url, poolclass=NullPool, connect_args={"timeout": BUSY_SECONDS})

    @event.listens_for(engine, "connect")
    def ready(connection: sqlite3.Connection, _: object) -> None:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")  # the journal of an apply outlives a power cut
        connection.execute("PRAGMA foreign_keys = OFF")
        connection.execute(f"PRAGMA wal_autocheckpoint = {WAL_PAGES}")
        connection.execute("PRAGMA cache_size = -16384")
        connection.execute("PRAGMA temp_store = FILE")

    return engine


def _make_ready(ledger: Ledger) -> None:
    """Creates the tables of a new ledger, upgrades those of an older one after copying it."""
    from sync.ledger.migrate import upgrade, version_of

    with said(ledger.path):
        found = version_of(ledger.engine)
        if found is None:
            schema.metadata.create_all(ledger.engine)
            with ledger.transaction() as c:
                ledger.set(c, "schema", schema.VERSION)
                ledger.set(c, "ledger", uuid4().hex)
                ledger.set(c, "epoch", "0")
        elif found != schema.VERSION:
            if found > schema.VERSION:
                raise LedgerError(
                    "the ledger was written by a newer Offbook (tables {found}, these are {ours}); update Offbook",
                    found=found,
                    ours=schema.VERSION,
                )
            copy_of(ledger, f"before-{schema.VERSION}")
            upgrade(ledger.engine)


def copy_of(ledger: Ledger, name: str) -> Path | None:
    """A consistent copy beside the ledger's file, mode 0600; None for a database server, which has its own backups."""
    if ledger.path is None:
        return None
    target = ledger.path.with_name(f"{ledger.path.stem}.{name}{ledger.path.suffix}")
    backup_to(ledger, target)
    return target


def backup_to(ledger: Ledger, target: Path) -> None:
    """Copies a SQLite ledger while it is in use, through SQLite itself."""
    assert ledger.path is not None
    os.close(os.open(target, os.O_CREAT | os.O_RDWR | os.O_TRUNC, 0o600))
    with contextlib.closing(sqlite3.connect(ledger.path)) as old, contextlib.closing(sqlite3.connect(target)) as new:
        old.backup(new)
        new.execute("PRAGMA journal_mode = DELETE")


def has_room(path: Path, needed: int) -> bool:
    return shutil.disk_usage(path.parent).free >= needed


# ------------------------------------------------------------------------------ trouble, in words


_DAMAGED = ("malformed", "not a database")


@contextlib.contextmanager
def said(path: Path | None) -> Iterator[None]:
    """Turns what a database driver raises into an error that a person can act on."""
    where = str(path) if path is not None else "the database server"
    try:
        yield
    except (DBAPIError, sqlite3.Error) as trouble:
        raise _in_words(trouble, where) from trouble


def _in_words(trouble: Exception, where: str) -> OffbookError:
    text = str(getattr(trouble, "orig", trouble)).lower()
    if "locked" in text or "busy" in text:
        return LedgerBusy(
            "the ledger {where} is locked by another program; close it there, or run again later", where=where
        )
    if "full" in text:
        return LedgerError("no room left on the disk of {where}; nothing is lost, make room and run again", where=where)
    if "readonly" in text or "read-only" in text:
        return LedgerError("the ledger {where} cannot be written; mend its permissions", where=where)
    if "disk i/o error" in text:
        return LedgerError(
            "the disk refused to read or write the ledger {where} (disk I/O error): a quota may be used up, or the disk"
            " fails; nothing of it is lost, look at the disk and run again",
            where=where,
        )
    if any(word in text for word in _DAMAGED):
        return LedgerError(
            "the ledger {where} is damaged: {what}; restore a backup (`offbook restore FILE`) or move it away",
            where=where,
            what=text.splitlines()[0],
        )
    if isinstance(trouble, OperationalError):
        return LedgerBusy("the ledger {where} cannot be reached: {what}", where=where, what=_redacted(text))
    if isinstance(trouble, DatabaseError):
        return LedgerError("the ledger {where} refused: {what}", where=where, what=_redacted(text))
    return LedgerError("the ledger {where} refused: {what}", where=where, what=_redacted(text))


def _redacted(text: str) -> str:
    """The first line only: the others may quote parameters, and those are customers' values."""
    return text.splitlines()[0].split("detail:")[0].split("[parameters")[0].strip()


__all__ = ["Ledger", "backup_to", "chunks", "copy_of", "open_ledger", "said"]
