"""What is left of a plan that was interrupted, and what has moved since it was committed? (RULES R13b, R13c)"""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Connection

from sync.ledger import plans
from sync.ledger.store import Ledger


def moved(ledger: Ledger, c: Connection, plan: int, run: int) -> set[str]:
    """Entities with changes left that a later run, plan or decision has touched: they were planned anew there.

    run: the one that committed the plan.
    """
    left = "FROM plan_change p WHERE p.plan = ? AND p.state IN ('planned', 'deferred')"
    later = (
        f"SELECT DISTINCT p.entity {left} AND EXISTS (SELECT 1 FROM entity e WHERE e.id = p.entity "
        "AND (e.rev > ? OR e.alias_of IS NOT NULL))"
    )
    elsewhere = (
        f"SELECT DISTINCT p.entity {left} AND EXISTS (SELECT 1 FROM plan_change o JOIN plan q ON q.id = o.plan "
        "WHERE o.plan > p.plan AND o.entity = p.entity AND q.state IN ('applying', 'applied'))"
    )
    decided = (
        f"SELECT DISTINCT p.entity {left} AND EXISTS (SELECT 1 FROM decision d JOIN plan x ON x.id = p.plan "
        "WHERE d.entity = p.entity AND d.state = 'new' AND d.at > x.made_at)"
    )
    asked = ((later, (plan, run)), (elsewhere, (plan,)), (decided, (plan,)))
    return {str(row[0]) for sql, values in asked for row in ledger.rows(c, sql, values)}


def keys(ledger: Ledger, c: Connection, plan: int) -> dict[int, str]:
    """Seq → key of the creates that are done: what is left of the plan may point to them."""
    sql = "SELECT seq, new_key FROM plan_change WHERE plan = ? AND op = 'create' AND state = 'done' AND new_key IS NOT NULL"
    return {int(seq): str(key) for seq, key in ledger.rows(c, sql, (plan,))}


def is_over(ledger: Ledger, c: Connection, plan: int, never: Collection[str]) -> bool:
    """Whether nothing of the plan will be sent any more. never: entities that it leaves alone."""
    sql = "SELECT DISTINCT entity FROM plan_change WHERE plan = ? AND state IN ('planned', 'deferred')"
    return all(row[0] in never for row in ledger.rows(c, sql, (plan,)))


def close_finished(ledger: Ledger, c: Connection) -> None:
    """Plans that were broken off after their last write are applied; nothing of them is left to be abandoned."""
    for (number,) in ledger.rows(c, "SELECT id FROM plan WHERE state = 'applying'"):
        stale, _ = plans.skipped(ledger, c, number)
        if is_over(ledger, c, number, stale):
            plans.set_plan_state(ledger, c, number, "applied")
