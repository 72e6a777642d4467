"""How do tests of the sql connector open a source, read it and write to it?"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from connectors.contract import Change, Context, Op, Page, Query, Receipt, Record, TableFacts, Value
from connectors.sql import SPEC, Options, Sql
from connectors.vault import MemoryVault
from tests.rig import CountingGate

TOKEN = "0123456789abcde"


class Source:
    """A sql source under test; `facts` are those of every table that is asked for."""

    def __init__(self, options: Mapping[str, Any], facts: Mapping[str, TableFacts], folder: Path | None = None) -> None:
        self.gate = CountingGate()
        context = Context(self.gate, MemoryVault(), facts, folder=str(folder or "."))
        self.facts = facts
        opened = SPEC.connect(Options.model_validate(dict(options)), context)
        assert isinstance(opened, Sql)
        self.sql = opened

    def pages(self, table: str, since: str | None = None, resume: str | None = None) -> list[Page]:
        names = self.facts.get(table, TableFacts()).fields or tuple(f.id for f in self.sql.describe(table).fields)
        return list(self.sql.pull(Query(table, names, since, resume)))

    def records(self, table: str) -> dict[str, Record]:
        return {record.key: record for page in self.pages(table) for record in page.records}

    def fields(self, table: str, key: str) -> Mapping[str, Value]:
        return self.records(table)[key].fields

    def since(self, table: str, cursor: str | None = None) -> tuple[list[str], str]:
        """Keys that came with a cursor, and the next cursor."""
        pages = self.pages(table, cursor)
        end = pages[-1].end
        assert end is not None
        assert end.cursor is not None
        return [record.key for page in pages for record in page.records], end.cursor

    def create(self, table: str, token: str | None = TOKEN, **after: Value) -> Receipt:
        return self.write(table, Change("c", Op.CREATE, None, after, token=token))[0]

    def update(
        self, table: str, key: str, after: Mapping[str, Value], before: Mapping[str, Value] | None = None
    ) -> Receipt:
        return self.write(table, Change("u", Op.UPDATE, key, after, before or {}))[0]

    def act(self, table: str, op: Op, key: str) -> Receipt:
        """Archives, restores or deletes the record as it is now."""
        (record,) = self.sql.fetch(table, [key], ())
        return self.write(table, Change("a", op, key, expect=record.version))[0]

    def write(self, table: str, *changes: Change) -> list[Receipt]:
        return list(self.sql.write(table, changes))


def database(folder: Path, script: str) -> Path:
    """A SQLite file made by a script."""
    path = folder / "crm.sqlite"
    connection = sqlite3.connect(path)
    connection.executescript(script)
    connection.close()
    return path


def run(path: Path, statement: str, *values: object) -> list[tuple[Any, ...]]:
    """As another program does it."""
    connection = sqlite3.connect(path, isolation_level=None)
    try:
        return connection.execute(statement, values).fetchall()
    finally:
        connection.close()


CRM = """
CREATE TABLE accounts (
    id INTEGER PRIMARY KEY, name VARCHAR(20) NOT NULL, code TEXT UNIQUE, level TEXT CHECK (level IN ('A', 'B')),
    amount NUMERIC(12, 2), visits INTEGER NOT NULL DEFAULT 0, remark TEXT NOT NULL DEFAULT '',
    parent_id INTEGER REFERENCES accounts (id), logo BLOB,
    label TEXT GENERATED ALWAYS AS (name || '!') VIRTUAL, ext TEXT UNIQUE
);
CREATE TABLE contacts (
    id INTEGER PRIMARY KEY, full_name TEXT, mobile TEXT, birthday DATE, seen DATETIME, vip BOOLEAN, score REAL,
    account_id INTEGER REFERENCES accounts (id), gone_at DATETIME
);
CREATE VIEW people AS SELECT id, full_name FROM contacts;
INSERT INTO accounts (id, name, code, level, amount, ext) VALUES
    (1, '宇润', 'YR', 'A', 12.5, NULL), (2, '大通', 'DT', 'B', 1e20, 'abcdefghij01234'), (3, '三和', '', NULL, NULL, NULL);
INSERT INTO contacts (id, full_name, mobile, birthday, account_id) VALUES
    (1, '王芳', '+86 138', '1985-03-05', 1), (2, '李雷', '', 'soon', 2);
"""
"""A small CRM of accounts and contacts."""


def source(path: Path, facts: dict[str, TableFacts] | None = None, **options: object) -> Source:
    return Source({"path": path.name, **options}, facts or {}, path.parent)
