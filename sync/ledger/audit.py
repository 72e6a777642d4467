"""What was done with this ledger, by whom, and was any of it changed since? (RULES R22; DESIGN §9: append-only)

An entry names ids and counts in plain text. What it is about may be a customer's value, so the entry holds a digest of
it only, salted with 16 random bytes that stand in `meta`: erasing the values forgets the salt, and then nobody can
find the value by trying, while the chain over all entries still holds.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import blake2b
from typing import Final, NamedTuple

from sqlalchemy import Connection

from sync.ledger import codec, schema
from sync.ledger.staging import next_id
from sync.ledger.store import Ledger

HEAD: Final = "audit"
"""The name in `meta` of the newest entry, so that entries cut off at the end are noticed too."""
_SALT: Final = "salt:"
_START: Final = "0" * 32


class Entry(NamedTuple):
    """what: JSON {"event": …, ids and counts}. digest: of the content, "" where there is none."""

    id: int
    run: int
    at: str
    what: str
    digest: str
    chain: str


@dataclass(frozen=True, slots=True)
class Verified:
    """broken: the first entry that does not follow from those before it, 0 where all do; then `why` says how."""

    entries: int
    broken: int = 0
    why: str = ""


def append(
    ledger: Ledger,
    c: Connection,
    *,
    run: int,
    at: datetime,
    event: str,
    ids: Mapping[str, object],
    content: bytes | None = None,
) -> int:
    """Adds an entry -> its number. ids: numbers, ids, counts and names of ours, never a customer's value.

    content: bytes that may hold values; `holds` tells later whether they are still the same.
    """
    ledger.do(c, "UPDATE meta SET value = value WHERE name = 'ledger'")  # the write lock: the chain has one end
    number = next_id(ledger, c, "audit")
    digest = ""
    if content is not None:
        salt = secrets.token_bytes(16)
        ledger.set(c, f"{_SALT}{number}", salt.hex())
        digest = _salted(salt, content)
    what = codec.dump({"event": event, **ids}).decode()
    moment = at.astimezone(UTC).isoformat(timespec="seconds")
    chain = _chained(_last(ledger, c), Entry(number, run, moment, what, digest, ""))
    columns = ("id", "run", "at", "what", "digest", "chain")
    ledger.bulk(c, schema.audit, columns, [(number, run, moment, what, digest, chain)])
    ledger.set(c, HEAD, f"{number} {chain}")
    return number


def entries(ledger: Ledger, c: Connection, after: int = 0) -> Iterator[Entry]:
    """Every entry above a number, oldest first."""
    sql = "SELECT id, run, at, what, digest, chain FROM audit WHERE id > ? ORDER BY id LIMIT 5000"
    while rows := ledger.rows(c, sql, (after,)):
        yield from (Entry(*row) for row in rows)
        after = rows[-1][0]


def verify(ledger: Ledger, c: Connection) -> Verified:
    """Works the chain out again, from the first entry to the one that `meta` names as the last."""
    before, count = _START, 0
    for one in entries(ledger, c):
        count += 1
        if one.id != count:
            return Verified(count, one.id, "an entry before it is missing")
        if one.chain != _chained(before, one):
            return Verified(count, one.id, "it was changed, or does not follow from the entry before it")
        before = one.chain
    head = ledger.get(c, HEAD)
    if head != (f"{count} {before}" if count else ""):
        return Verified(count, count + 1, "entries at the end are missing")
    return Verified(count)


def holds(ledger: Ledger, c: Connection, entry: Entry, content: bytes) -> bool | None:
    """Whether the content is what the entry was made of; None where its salt was forgotten or it never had any."""
    salt = ledger.get(c, f"{_SALT}{entry.id}")
    return _salted(bytes.fromhex(salt), content) == entry.digest if salt else None


def forget(ledger: Ledger, c: Connection, entity: Iterable[str]) -> int:
    """Forgets the salts of entries about these entities, when their values are erased -> how many."""
    wanted = set(entity)
    names = [
        f"{_SALT}{one.id}"
        for one in entries(ledger, c)
        if one.digest and codec.load(one.what.encode()).get("entity") in wanted
    ]
    return ledger.run_in(c, "DELETE FROM meta WHERE name IN :in", names)


def _last(ledger: Ledger, c: Connection) -> str:
    rows = ledger.rows(c, "SELECT chain FROM audit ORDER BY id DESC LIMIT 1")
    return str(rows[0][0]) if rows else _START


def _salted(salt: bytes, content: bytes) -> str:
    return blake2b(content, digest_size=16, key=salt).hexdigest()


def _chained(before: str, one: Entry) -> str:
    said = codec.dump([before, one.id, one.run, one.at, one.what, one.digest])
    return blake2b(said, digest_size=16).hexdigest()
