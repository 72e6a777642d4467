"""Which removals wait, and for what? (RULES R11e)"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from sqlalchemy import Connection

from sync.ledger.store import Ledger


class HoldRow(NamedTuple):
    """why: deleted (in `source`, which may delete) or left (the filter of `source`). state: open, due, done, ended."""

    entity: str
    why: str
    source: int
    opened_at: str
    opened_run: int
    confirmed: int
    confirmed_run: int
    state: str


_COLUMNS = ", ".join(HoldRow._fields)


def waiting(ledger: Ledger, c: Connection) -> list[HoldRow]:
    """Holds that are open or due, oldest first."""
    sql = f"SELECT {_COLUMNS} FROM hold WHERE state IN ('open', 'due') ORDER BY opened_run, entity"
    return [HoldRow(*row) for row in ledger.rows(c, sql)]


def ended(ledger: Ledger, c: Connection, why: str) -> set[tuple[str, int]]:
    """(entity, source) whose hold a person's edit, or we ourselves, brought to an end: it is not opened again."""
    sql = "SELECT entity, source FROM hold WHERE why = ? AND state IN ('ended', 'done')"
    return {(row[0], row[1]) for row in ledger.rows(c, sql, (why,))}


def links_in_source(
    ledger: Ledger, c: Connection, plan: int, source: int, entities: Iterable[str]
) -> dict[str, list[str]]:
    """Entity → states of its links in a source, tonight's draft laid over."""
    base = (
        "SELECT l.entity, l.state FROM link l JOIN record r ON r.id = l.record_id JOIN source_table t ON t.id = r.table_id "
        "WHERE t.source = ? AND l.entity IN :in AND NOT EXISTS (SELECT 1 FROM plan_link p WHERE p.plan = ? "
        "AND p.record_id = l.record_id AND p.part = l.part)"
    )
    drafted = (
        "SELECT p.entity, p.state FROM plan_link p JOIN record r ON r.id = p.record_id "
        "JOIN source_table t ON t.id = r.table_id WHERE p.plan = ? AND t.source = ? AND p.state <> 'ended' AND p.entity IN :in"
    )
    out: dict[str, list[str]] = {}
    ids = list(entities)
    rows = [*ledger.rows_in(c, base, ids, (source,), (plan,)), *ledger.rows_in(c, drafted, ids, (plan, source))]
    for entity, state in rows:
        out.setdefault(entity, []).append(state)
    return out


def gone_in_source(ledger: Ledger, c: Connection, plan: int, source: int) -> list[str]:
    """Entities with a link in this source that is gone, as tonight's draft has it."""
    sql = (
        "SELECT DISTINCT l.entity FROM link l JOIN record r ON r.id = l.record_id JOIN source_table t ON t.id = r.table_id "
        "WHERE t.source = ? AND l.state = 'gone' AND NOT EXISTS (SELECT 1 FROM plan_link p WHERE p.plan = ? "
        "AND p.record_id = l.record_id AND p.part = l.part) UNION "
        "SELECT DISTINCT p.entity FROM plan_link p JOIN record r ON r.id = p.record_id "
        "JOIN source_table t ON t.id = r.table_id WHERE p.plan = ? AND t.source = ? AND p.state = 'gone' ORDER BY 1"
    )
    return [row[0] for row in ledger.rows(c, sql, (source, plan, plan, source))]


def wrongly_gone(ledger: Ledger, c: Connection, source: int) -> set[str]:
    """Entities whose gone links in this source went missing while `only:` said no: that is no deletion (R8c)."""
    sql = (
        "SELECT DISTINCT l.entity FROM link l JOIN record r ON r.id = l.record_id JOIN source_table t ON t.id = r.table_id "
        "WHERE t.source = ? AND l.state = 'gone' AND l.marks = 0"
    )
    return {row[0] for row in ledger.rows(c, sql, (source,))}


def removable(ledger: Ledger, c: Connection, plan: int, table: int, entity: str) -> list[tuple[int, str]]:
    """(record, part) of an entity's live links in a table."""
    sql = (
        "SELECT l.record_id, l.part FROM link l JOIN record r ON r.id = l.record_id "
        "WHERE r.table_id = ? AND l.entity = ? AND l.state = 'live' AND r.state = 'live' AND NOT EXISTS "
        "(SELECT 1 FROM plan_link p WHERE p.plan = ? AND p.record_id = l.record_id AND p.part = l.part AND p.state <> 'live')"
    )
    return [(row[0], row[1]) for row in ledger.rows(c, sql, (table, entity, plan))]
