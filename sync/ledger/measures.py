"""How much is there, and how much was done lately? Counts for guards and reports."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection

from sync.ledger import codec
from sync.ledger.graph import counted
from sync.ledger.store import Ledger


def live_records(ledger: Ledger, c: Connection, table: int, before: int) -> int:
    """Records that are not gone, of those that were known before number `before`."""
    sql = "SELECT COUNT(*) FROM record WHERE table_id = ? AND state = 'live' AND id < ?"
    return counted(ledger, c, sql, (table, before))


def linked(ledger: Ledger, c: Connection, table: int) -> int:
    """Records with a live link: what the shares of guards are of."""
    sql = (
        "SELECT COUNT(DISTINCT l.record_id) FROM link l JOIN record r ON r.id = l.record_id "
        "WHERE r.table_id = ? AND l.state = 'live'"
    )
    return counted(ledger, c, sql, (table,))


def was_applied(ledger: Ledger, c: Connection, table: int, plan: int) -> bool:
    """Whether a person has applied another plan to this destination before: what he has seen of the first one holds for
    all of it, also where he began with a part (R12)."""
    first = ledger.get(c, f"applied:{table}")
    return bool(first) and first != str(plan)


def note_applied(ledger: Ledger, c: Connection, tables: Iterable[int], plan: int) -> None:
    for table in tables:
        if not ledger.get(c, f"applied:{table}"):
            ledger.set(c, f"applied:{table}", str(plan))


def unattended(ledger: Ledger, c: Connection, table: int, op: str, since: str) -> int:
    """Changes that runs without a person sent there since then."""
    sql = (
        "SELECT COUNT(*) FROM plan_change p JOIN run r ON r.id = p.run WHERE p.table_id = ? AND p.op = ? "
        "AND p.state = 'done' AND p.at >= ? AND r.sort = 'unattended'"
    )
    return counted(ledger, c, sql, (table, op, since))


def returned(ledger: Ledger, c: Connection) -> dict[int, tuple[int, int]]:
    """Table → (values that changed back to what golden once held, values that changed), of records not taken up yet."""
    sql = (
        "SELECT r.table_id, r.canon, r.base, e.golden FROM record r JOIN link l ON l.record_id = r.id "
        "JOIN entity e ON e.id = l.entity WHERE r.open = 1 AND r.base IS NOT NULL AND l.state = 'live'"
    )
    out: dict[int, tuple[int, int]] = {}
    for table, canon, base, golden in ledger.rows(c, sql):
        former = _former(golden)
        back, changed = out.get(table, (0, 0))
        for new, old in zip(codec.load_parts(canon), codec.load_parts(base), strict=False):
            for a, b in zip(new or (), old or (), strict=False):
                if a != b and isinstance(a, str) and a:
                    changed += 1
                    back += a in former
        out[table] = (back, changed)
    return out


def _former(golden: bytes) -> set[str]:
    found: set[str] = set()
    for got in codec.load(golden).values():
        if got[0] == 0 and len(got) > 5:
            found.update(v for v in got[5] if isinstance(v, str) and v)
    return found
