"""How far was each table read, and how is that taken back where nobody took up what was read?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from sqlalchemy import Connection

from sync.ledger import plans
from sync.ledger.store import Ledger


class Cursor(NamedTuple):
    cursor: str | None
    pulled_run: int | None
    listed_run: int | None
    listed_at: str | None
    chain: int


def kept(ledger: Ledger, c: Connection) -> dict[int, Cursor]:
    """Table → how far it was read."""
    sql = "SELECT id, cursor, pulled_run, listed_run, listed_at, chain FROM source_table"
    return {row[0]: Cursor(*row[1:]) for row in ledger.rows(c, sql)}


def put_back(ledger: Ledger, c: Connection, before: Mapping[int, Cursor]) -> None:
    """Every table is read again from where it was; one that was not known then from its beginning."""
    sql = "UPDATE source_table SET cursor = ?, pulled_run = ?, listed_run = ?, listed_at = ?, chain = ? WHERE id = ?"
    nothing = Cursor(None, None, None, None, 0)
    rows = ((*before.get(number, nothing), number) for number in kept(ledger, c))
    ledger.many(c, sql, rows)


def forget_plan(ledger: Ledger, c: Connection, plan: int) -> None:
    """A plan that was only looked at."""
    plans.clear(ledger, c, plan)
    ledger.do(c, "DELETE FROM plan_change WHERE plan = ?", (plan,))
    ledger.do(c, "DELETE FROM plan WHERE id = ?", (plan,))
