"""What in the ledger is older than a moment, and how do its values go? (RULES R22: retention)"""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import Connection

from sync.ledger.erasing import WIPED
from sync.ledger.store import Ledger

SETTLED = "('done', 'conflict', 'lost', 'not sent', 'erased')"
"""States of a change of which nothing more is expected; what was rejected is kept, as it is compared with."""


def last_run(ledger: Ledger, c: Connection, before: datetime) -> int:
    """The newest run that began before a moment; 0 where there is none."""
    moment = before.astimezone(UTC).isoformat(timespec="milliseconds")
    return int(ledger.rows(c, "SELECT COALESCE(MAX(id), 0) FROM run WHERE started < ?", (moment,))[0][0])


def ended(ledger: Ledger, c: Connection, last: int) -> list[str]:
    """Customers (with aliases) without a live or missing link, whose links all ended in or before a run."""
    sql = (
        "SELECT e.id FROM entity e WHERE e.alias_of IS NULL AND e.rev <= ? AND NOT EXISTS "
        "(SELECT 1 FROM link l WHERE l.entity = e.id AND (l.state <> 'gone' OR l.since > ?)) AND NOT EXISTS "
        "(SELECT 1 FROM link_history h WHERE h.entity = e.id AND h.ended_run > ?) ORDER BY e.id"
    )
    found = [str(row[0]) for row in ledger.rows(c, sql, (last, last, last))]
    alias = {row[0]: row[1] for row in ledger.rows(c, "SELECT id, alias_of FROM entity WHERE alias_of IS NOT NULL")}
    known = set(found)
    return found + sorted(one for one in alias if _last(one, alias) in known)


def _last(one: str, alias: dict[str, str]) -> str:
    seen = set()
    while one in alias and one not in seen:
        seen.add(one)
        one = alias[one]
    return one


def forget_past(ledger: Ledger, c: Connection, last: int, before: datetime) -> int:
    """Former values of customers who stay -> how many rows lost theirs."""
    moment = before.astimezone(UTC).isoformat(timespec="seconds")
    count = 0
    for table in ("loser", "golden_step", "join_snapshot"):
        count += ledger.do(c, f"DELETE FROM {table} WHERE run <= ?", (last,))
    count += ledger.do(c, "UPDATE link_history SET cells = NULL WHERE cells IS NOT NULL AND ended_run <= ?", (last,))
    count += ledger.do(
        c,
        f"""UPDATE plan_change SET fields = ?, "after" = ?, "before" = ? WHERE state IN {SETTLED} AND fields <> ? """
        "AND plan IN (SELECT id FROM plan WHERE made_at < ?)",
        (WIPED + b"}", b"{}", b"{}", WIPED + b"}", moment),
    )
    count += ledger.do(
        c,
        "UPDATE decision SET content = ?, state = 'erased' WHERE state = 'taken' AND sort IN ('field', 'pin', 'subject') "
        "AND at < ?",
        (b"{}", moment),
    )
    return count
