"""How does a cursor that goes back a little know what it brought already, so that a quiet table comes to an end? (C4, C6)"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from typing import Any, Final

import orjson

from connectors.contract import CursorExpired
from connectors.shared.web.answers import Answer, told_at

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


@dataclass(frozen=True, slots=True)
class Place:
    """Where a listing stands. offset: the next page; at: start of the next cursor; since: what this one asks for, "" for
    everything; known, seen: what the last pull brought of the overlap, and this one; why: what makes it incomplete; count:
    records that came so far."""

    offset: str = ""
    at: str = ""
    since: str = ""
    known: frozenset[str] = frozenset()
    seen: frozenset[str] = frozenset()
    why: str = ""
    count: int = 0

    def dump(self, scope: str) -> str:
        return orjson.dumps(
            [
                VERSION,
                scope,
                self.offset,
                self.at,
                self.since,
                sorted(self.known),
                sorted(self.seen),
                self.why,
                self.count,
            ]
        ).decode()

    def unseen(self, rows: list[Mapping[str, Any]]) -> tuple[Place, list[Mapping[str, Any]]]:
        """Without those that the last pull brought and that look as they did; a full listing leaves nothing out."""
        if not self.since:
            return self, rows
        marks = [digest(one) for one in rows]
        fresh = [one for one, mark in zip(rows, marks) if mark not in self.known]
        return replace(self, seen=self.seen | set(marks)), fresh


def place_of(text: str, scope: str) -> Place:
    """Raises CursorExpired as mark_of does."""
    try:
        version, of, offset, at, since, known, seen, why, count = orjson.loads(text)
    except (ValueError, TypeError):
        raise CursorExpired("the page to go on from is none of this connector's") from None
    if version != VERSION or of != scope:
        raise CursorExpired("the page to go on from belongs to another table, view, account or set of fields")
    return Place(offset, at, since, frozenset(known), frozenset(seen), why, count)


def begun(before: datetime, answer: Answer, overlap: timedelta) -> str:
    """Where the next cursor starts: by the system's clock where ours is ahead of it, and back by the overlap."""
    at = min(before, told_at(answer, before)) - overlap
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def digest(value: object) -> str:
    """Of JSON, whatever the order of its keys."""
    return blake2b(orjson.dumps(value, default=str, option=orjson.OPT_SORT_KEYS), digest_size=8).hexdigest()
