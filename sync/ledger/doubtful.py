"""Which changes have no answer yet?"""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection

from sync.ledger.plans import CHANGE, ChangeRow
from sync.ledger.store import Ledger


def sources(ledger: Ledger, c: Connection) -> set[str]:
    """Names of sources with a doubt."""
    cells = (
        "SELECT DISTINCT s.name FROM cell k JOIN record r ON r.id = k.record_id JOIN source_table t ON t.id = r.table_id "
        "JOIN source s ON s.id = t.source WHERE k.verdict = 'doubt'"
    )
    changes = (
        "SELECT DISTINCT s.name FROM plan_change p JOIN source_table t ON t.id = p.table_id JOIN source s ON s.id = t.source "
        "WHERE p.state = 'intended' OR (p.state = 'unknown' AND p.op = 'create')"
    )
    return {str(row[0]) for sql in (cells, changes) for row in ledger.rows(c, sql)}


def unanswered(ledger: Ledger, c: Connection, op: str, state: str) -> list[ChangeRow]:
    sql = f"SELECT {CHANGE} FROM plan_change WHERE op = ? AND state = ? ORDER BY plan, seq"
    return [ChangeRow(*row) for row in ledger.rows(c, sql, (op, state))]


def set_states(ledger: Ledger, c: Connection, changes: Iterable[tuple[int, int]], state: str) -> None:
    """state lost: it is known not to have landed."""
    rows = ((state, plan, seq) for plan, seq in changes)
    ledger.many(c, "UPDATE plan_change SET state = ? WHERE plan = ? AND seq = ?", rows)


def new_records(ledger: Ledger, c: Connection, table: int, first: int) -> dict[int, bytes]:
    """Records met for the first time in this run -> their raw cells."""
    sql = (
        "SELECT id, raw FROM record WHERE table_id = ? AND id >= ? AND state = 'live' "
        "AND NOT EXISTS (SELECT 1 FROM link l WHERE l.record_id = record.id)"
    )
    return dict(ledger.rows(c, sql, (table, first)))


def open_keys(ledger: Ledger, c: Connection, table: int) -> dict[str, int]:
    """Key → record, of records with a doubt, a conflict, or a planned change that was not done."""
    cells = (
        "SELECT DISTINCT r.key, r.id FROM cell k JOIN record r ON r.id = k.record_id "
        "WHERE r.table_id = ? AND k.verdict IN ('doubt', 'change')"
    )
    changes = (
        "SELECT DISTINCT r.key, r.id FROM plan_change p JOIN record r ON r.id = p.record_id "
        "WHERE p.table_id = ? AND p.state IN ('conflict', 'unknown', 'deferred')"
    )
    return {row[0]: row[1] for sql in (cells, changes) for row in ledger.rows(c, sql, (table,))}


def rejected_creates(
    ledger: Ledger, c: Connection, ids: Iterable[str]
) -> dict[tuple[str, int], tuple[bytes, str, str]]:
    """(entity, table) → what the last create that was refused had sent, under which versions, and the answer."""
    sql = (
        "SELECT entity, table_id, after, expect, detail, state FROM plan_change WHERE op = 'create' AND state IN "
        "('rejected', 'done') AND entity IN :in ORDER BY plan, seq"
    )
    out: dict[tuple[str, int], tuple[bytes, str, str]] = {}
    for entity, table, after, expect, detail, state in ledger.rows_in(c, sql, ids):
        if state == "rejected":
            out[entity, table] = (after, expect or "", detail)
        else:
            out.pop((entity, table), None)
    return out
