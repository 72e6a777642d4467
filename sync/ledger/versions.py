"""May a record's version be trusted to say that its stored cells are those it shows?

It may while table, mapping and program are those it was staged under. What that is says a text that is kept here for
each table, from one complete listing to the next.
"""

from __future__ import annotations

from sqlalchemy import Connection

from sync.ledger.store import Ledger

_NAME = "versions:"


def staged_under(ledger: Ledger, c: Connection, table: int) -> tuple[str, str]:
    """What it was staged under, and when each of its records was looked at ("" and "": never)."""
    under, _, at = ledger.get(c, f"{_NAME}{table}").partition(" ")
    return under, at


def note_staged(ledger: Ledger, c: Connection, table: int, under: str, at: str) -> None:
    """under: "" where stored cells need not be those that a version stands for."""
    ledger.set(c, f"{_NAME}{table}", f"{under} {at}")


def trust_none(ledger: Ledger, c: Connection) -> None:
    """Stored cells were changed by something else than reading (R22)."""
    ledger.do(c, "DELETE FROM meta WHERE name LIKE ?", (f"{_NAME}%",))
