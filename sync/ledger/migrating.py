"""What does the ledger know of a migration: which records came in, where their customers stand, what is interrupted?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from sqlalchemy import Connection

from sync.ledger.store import Ledger

SORT = "migrate"
"""Of the runs that plan a migration."""


class Incoming(NamedTuple):
    """A live record of a place that customers come from."""

    id: int
    key: str
    canon: bytes


def incoming(ledger: Ledger, c: Connection, table: int) -> Iterator[list[Incoming]]:
    """In chunks, as they were first met."""
    last = 0
    sql = "SELECT id, key, canon FROM record WHERE table_id = ? AND state = 'live' AND id > ? ORDER BY id LIMIT 5000"
    while rows := ledger.rows(c, sql, (table, last)):
        yield [Incoming(row[0], row[1], bytes(row[2])) for row in rows]
        last = rows[-1][0]


def quarantined(ledger: Ledger, c: Connection, table: int) -> int:
    """Records that are put apart whole."""
    return int(ledger.rows(c, "SELECT COUNT(*) FROM quarantine WHERE table_id = ?", (table,))[0][0])


def linked_there(ledger: Ledger, c: Connection, table: int) -> dict[str, int]:
    """Entity → 1 where its live record in this table was made by us, 0 where it was there before."""
    sql = (
        "SELECT l.entity, MIN(l.ours) FROM link l JOIN record r ON r.id = l.record_id "
        "WHERE r.table_id = ? AND l.state = 'live' GROUP BY l.entity"
    )
    return dict(ledger.rows(c, sql, (table,)))


def waiting(ledger: Ledger, c: Connection, table: int) -> dict[str, str]:
    """Entity → why it has no record there (RULES table 4)."""
    return dict(ledger.rows(c, "SELECT entity, reason FROM absence WHERE table_id = ?", (table,)))


def creates(ledger: Ledger, c: Connection, table: int) -> dict[str, str]:
    """Entity → what became of the newest change that would have made its record there."""
    sql = "SELECT entity, state FROM plan_change WHERE table_id = ? AND op = 'create' ORDER BY plan, seq"
    return dict(ledger.rows(c, sql, (table,)))


def interrupted(ledger: Ledger, c: Connection, job: str) -> int:
    """The newest plan of a migration of this job that was not carried out to its end; 0 where there is none."""
    sql = (
        "SELECT p.id FROM plan p JOIN run r ON r.id = p.run WHERE p.job = ? AND r.sort = ? AND p.state = 'applying' "
        "AND p.id = (SELECT MAX(id) FROM plan WHERE job = ?) "
        "AND EXISTS (SELECT 1 FROM plan_change x WHERE x.plan = p.id AND x.state IN ('planned', 'deferred'))"
    )
    rows = ledger.rows(c, sql, (job, SORT, job))
    return int(rows[0][0]) if rows else 0


def list_anew(ledger: Ledger, c: Connection, tables: Iterable[int]) -> None:
    """Everything of these tables is asked for again, whatever their cursors or fingerprints say."""
    ledger.run_in(c, "UPDATE source_table SET cursor = NULL WHERE id IN :in", tables)
