"""How does a cursor that goes back a little know what it brought already, so that a quiet table comes to an end? (C4, C6)"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from typing import Final

import orjson

from connectors.contract import CursorExpired

REMEMBERED: Final = 10_000
"""Records of the overlap that a cursor remembers; beyond that they are repeated."""
VERSION: Final = 1


@dataclass(frozen=True, slots=True)
class Mark:
    """A cursor. at: the next pull asks for what was edited after it. seen: digests of what that pull would repeat."""

    scope: str
    at: str
    seen: frozenset[str] = frozenset()

    def dump(self) -> str:
        seen = sorted(self.seen) if len(self.seen) <= REMEMBERED else []
        return orjson.dumps([VERSION, self.scope, self.at, seen]).decode()


def mark_of(text: str, scope: str) -> Mark:
    """Raises CursorExpired for what is no cursor of ours, or one of another table, view, user or set of fields (C6)."""
    try:
        version, of, at, seen = orjson.loads(text)
        datetime.fromisoformat(at)
    except (ValueError, TypeError):
        raise CursorExpired("the cursor is none of this connector's") from None
    if version != VERSION or of != scope:
        raise CursorExpired("the cursor belongs to another table, view, account or set of fields")
    return Mark(scope, at, frozenset(seen))


def digest(value: object) -> str:
    """Of JSON, whatever the order of its keys."""
    return blake2b(orjson.dumps(value, default=str, option=orjson.OPT_SORT_KEYS), digest_size=8).hexdigest()
