"""Does the sql connector keep the contract, on SQLite and on PostgreSQL, with every kind of key?"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contract import Contract
from tests.contract_read import Reading
from tests.sql_rig import CELL, CLOCK, NUMBER, PAIR, PostgresRig, SqliteRig, Style


class TestSqlite(Contract):
    """A file with a rollback journal, no column that says when a record was edited."""

    @pytest.fixture
    def rig(self, tmp_path: Path) -> SqliteRig:
        return SqliteRig(tmp_path, NUMBER)


class TestSqliteClock(Contract):
    """A write-ahead log, and a column that every edit moves."""

    @pytest.fixture
    def rig(self, tmp_path: Path) -> SqliteRig:
        return SqliteRig(tmp_path, CLOCK)


class TestSqlitePair(Contract):
    """A primary key of two columns."""

    @pytest.fixture
    def rig(self, tmp_path: Path) -> SqliteRig:
        return SqliteRig(tmp_path, PAIR)


class TestSqliteCell(Contract):
    """A key that people keep and nobody guards."""

    @pytest.fixture
    def rig(self, tmp_path: Path) -> SqliteRig:
        return SqliteRig(tmp_path, CELL)


class TestPostgres(Contract):
    @pytest.fixture
    def rig(self, postgres_url: str) -> Iterator[PostgresRig]:
        rig = PostgresRig(postgres_url, CLOCK)
        yield rig
        rig.close()


class TestPostgresPair(Reading):
    """A primary key of two columns of text, and no column that says when a record was edited."""

    @pytest.fixture
    def rig(self, postgres_url: str) -> Iterator[PostgresRig]:
        rig = PostgresRig(postgres_url, Style("pair"))
        yield rig
        rig.close()
