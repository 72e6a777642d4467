"""How does a cursor go back for late commits without a quiet source saying the same again and again? (C4)

A cursor holds a sum over all that was met in the stretch that the next pull will see again. Where that pull meets just
the same, nothing moved, and nothing is sent. Sums do not depend on the order, so that one can go on with them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from hashlib import blake2b
from typing import Final

import orjson

from connectors.contract import Certificate, CursorExpired, Page

ROUND: Final = 2**128
_HELD: Final = 10
"""Pages that are held back to see whether anything moved at all; more are sent as they come."""


def expired() -> CursorExpired:
    return CursorExpired("the cursor is too old, or of another account or other fields; the table is read in full")


def known(cursor: str, scope: str, asked: str, oldest: datetime) -> tuple[datetime, int]:
    """The time that a cursor goes on from, and the sum over what is seen again. asked: of the fields. Raises
    CursorExpired where it is of another scope or other fields, cannot be read, or goes back beyond `oldest`.
    """
    try:
        its_scope, its_asked, since, seen = orjson.loads(cursor)
        found = datetime.fromisoformat(since), int(seen, 16)
    except (ValueError, TypeError):
        raise expired() from None
    if (its_scope, its_asked) != (scope, asked) or found[0] < oldest:
        raise expired()
    return found


def weight(shown: object) -> int:
    """What one record adds to a sum, modulo ROUND: another number wherever anything of it is another."""
    text = orjson.dumps(shown, option=orjson.OPT_SORT_KEYS, default=str)
    return int.from_bytes(blake2b(text, digest_size=16).digest(), "big")


def unless_quiet(pages: Iterator[Page], is_quiet: Callable[[Certificate], bool]) -> Iterator[Page]:
    """The pages; where the certificate shows that nothing moved, only that."""
    held: list[Page] = []
    for page in pages:
        held.append(page)
        if page.end is not None and is_quiet(page.end):
            yield Page((), None, page.end)
            return
        if len(held) > _HELD or page.end is not None:
            yield from held
            yield from pages
            return
