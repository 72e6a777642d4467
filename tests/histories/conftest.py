"""Histories make hundreds of small ledgers: nothing of them has to outlive a power cut."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, event
from sqlalchemy.engine import URL

from sync.ledger import store
from tests.histories.stage import HELD, let_go


@pytest.fixture
def plain_ledger() -> None:
    """For histories that move the ledger's file: nobody else has it open."""


@pytest.fixture(autouse=True)
def quick_ledger(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Without waiting for the disk, and without emptying the write-ahead log after every statement."""
    if "plain_ledger" in request.fixturenames:
        yield
        return
    make = store._engine

    def quick(url: URL) -> Engine:
        engine = make(url)

        @event.listens_for(engine, "connect")
        def unsynced(connection: sqlite3.Connection, _: object) -> None:
            connection.execute("PRAGMA synchronous = OFF")

        if url.database:
            one = sqlite3.connect(url.database)
            one.execute("SELECT 1 FROM sqlite_master").fetchall()
            HELD.append(one)
        return engine

    monkeypatch.setattr(store, "_engine", quick)
    yield
    let_go()
