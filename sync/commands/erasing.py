"""Whom does a person mean who wants somebody erased? (`erase`)"""

from __future__ import annotations

from collections.abc import Sequence

from sync.erase.target import Target, find
from sync.picture.opening import look
from sync.review.targets import target
from sync.run import Session


def whom(session: Session, words: Sequence[str]) -> Target:
    """By an id or its beginning, or by a source and a record's key or row. Raises ConfigError."""
    with session.ledger.transaction() as c:
        entity = target(look(session, c), ":".join(words)).entity
    return find(session, entity=entity)


__all__ = ["whom"]
