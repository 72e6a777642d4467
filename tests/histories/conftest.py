"""Histories make hundreds of small ledgers: nothing of them has to outlive a power cut."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, event
from sqlalchemy.engine import URL

from sync.ledger import store


@pytest.fixture(autouse=True)
def quick_ledger(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Without waiting for the disk, and without emptying the write-ahead log after every statement."""
    make, open_ones = store._engine, list[sqlite3.Connection]()

    def quick(url: URL) -> Engine:
        engine = make(url)

        @event.listens_for(engine, "connect")
        def unsynced(connection: sqlite3.Connection, _: object) -> None:
            connection.execute("PRAGMA synchronous = OFF")

        if url.database:
            one = sqlite3.connect(url.database)
            one.execute("SELECT 1 FROM sqlite_master").fetchall()
            open_ones.append(one)
        return engine

    monkeypatch.setattr(store, "_engine", quick)
    yield
    for one in open_ones:
        one.close()
