"""What of a plan in the making stays when only some customers are taken? (CONFIG "jobs.NAME", `sample`)"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sqlalchemy import Connection

from sync.ledger import codec
from sync.ledger.plans import DRAFTS
from sync.ledger.store import Ledger


def changed(ledger: Ledger, c: Connection, plan: int) -> dict[str, int]:
    """Entity → the first of its changes, in the plan's order."""
    sql = "SELECT entity, MIN(seq) FROM plan_change WHERE plan = ? GROUP BY entity ORDER BY 2"
    return {row[0]: int(row[1]) for row in ledger.rows(c, sql, (plan,))}


def kinds(ledger: Ledger, c: Connection, plan: int) -> dict[str, str]:
    """Entity → its kind, tonight's new ones among them."""
    sql = "SELECT id, kind FROM entity UNION SELECT entity, kind FROM plan_entity WHERE plan = ?"
    return dict(ledger.rows(c, sql, (plan,)))


def pointing(ledger: Ledger, c: Connection, plan: int) -> dict[str, set[str]]:
    """Entity → those that its golden points to, as the plan leaves it."""
    out: dict[str, set[str]] = {}
    for entity, target in ledger.rows(c, "SELECT entity, target FROM relation"):
        out.setdefault(entity, set()).add(target)
    for entity, data in ledger.rows(
        c, "SELECT entity, extra FROM plan_entity WHERE plan = ? AND extra IS NOT NULL", (plan,)
    ):
        related = codec.load(data).get("related")
        if related is not None:
            out[entity] = set(related.values())
    return out


def drafted(ledger: Ledger, c: Connection, plan: int) -> dict[int, dict[str, str]]:
    """Record → part → entity of the links that the plan would commit."""
    out: dict[int, dict[str, str]] = {}
    for record, part, entity in ledger.rows(c, "SELECT record_id, part, entity FROM plan_link WHERE plan = ?", (plan,)):
        out.setdefault(record, {})[part] = entity
    return out


def leave_out(ledger: Ledger, c: Connection, plan: int, kept: set[str]) -> int:
    """Drops the drafts and changes of everybody else, as if they had not been read tonight -> changes dropped."""
    found: set[str] = set()
    for table in DRAFTS:
        found |= {row[0] for row in ledger.rows(c, f"SELECT DISTINCT entity FROM {table} WHERE plan = ?", (plan,))}
    for table in DRAFTS:
        ledger.run_in(c, f"DELETE FROM {table} WHERE plan = ? AND entity IN :in", found - kept, (plan,))
    others = {
        row[0] for row in ledger.rows(c, "SELECT DISTINCT entity FROM plan_change WHERE plan = ?", (plan,))
    } - kept
    sql = "DELETE FROM plan_change WHERE plan = ? AND entity IN :in"
    return ledger.run_in(c, sql, others, (plan,))


def decided_of(ledger: Ledger, c: Connection, ids: Iterable[int]) -> dict[int, tuple[str | None, Mapping[str, object]]]:
    """Decision → whom it is about, and its content."""
    rows = ledger.rows_in(c, "SELECT id, entity, content FROM decision WHERE id IN :in", ids)
    return {row[0]: (row[1], codec.load(row[2])) for row in rows}
