"""Which key are tombstones digested with, and which of them hold now? (RULES R22)"""

from __future__ import annotations

import secrets
from typing import Final

from sqlalchemy import Connection

from sync.ledger import erasing
from sync.ledger.store import Ledger
from sync.rules.erased import Tombstones

SORT: Final = "erased"
"""The sort of a question whether a record speaks of somebody who was erased. Its content: table (name), number (of the
table), handle (the record's key, or a digest of its row), key ("" for a row without one), part."""
NAME: Final = "tombstone key"
"""In `meta`: 32 random bytes, made when they are first needed."""


def secret(ledger: Ledger, c: Connection) -> bytes:
    found = ledger.get(c, NAME)
    if not found:
        found = secrets.token_hex(32)
        ledger.set(c, NAME, found)
    return bytes.fromhex(found)


def standing(ledger: Ledger, c: Connection, now: str) -> Tombstones:
    """The tombstones whose time is not over. now: ISO, UTC."""
    found = erasing.tombstones(ledger, c, now)
    return Tombstones(bytes.fromhex(ledger.get(c, NAME)), found) if found else Tombstones()
