"""What of a vendor's rates and daily quotas did earlier runs use? (CONTRACT C31: the vendor counts on between runs)"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Final

from sqlalchemy import Connection

from connectors.gate import Spent
from sync.ledger import codec
from sync.ledger.store import Ledger

NAME: Final = "spent"
"""In `meta`: [key, seconds, of, at, units] of each moment that still counts."""


def recalled(ledger: Ledger, c: Connection, now: datetime) -> tuple[Spent, ...]:
    """What was spent within each quota's window before `now`."""
    rows = codec.load((ledger.get(c, NAME) or "[]").encode())
    found = (Spent(key, seconds, of, datetime.fromisoformat(at), units) for key, seconds, of, at, units in rows)
    return tuple(one for one in found if _counts(one, now))


def keep(ledger: Ledger, c: Connection, spent: Iterable[Spent], now: datetime) -> None:
    """Takes the place of what was kept before: `spent` begins with what was recalled."""
    rows = [
        [one.key, one.seconds, one.of, one.at.astimezone(UTC).isoformat(timespec="microseconds"), one.units]
        for one in spent
        if _counts(one, now)
    ]
    if rows or ledger.get(c, NAME):
        ledger.set(c, NAME, codec.dump(rows).decode())


def _counts(one: Spent, now: datetime) -> bool:
    return one.at + timedelta(seconds=one.seconds) > now
