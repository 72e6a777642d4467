"""What does a re-reading read and write? (RULES R20)"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from sqlalchemy import Connection

from sync.ledger import codec
from sync.ledger.store import Ledger


class Kept(NamedTuple):
    """A record with its raw cells, and what merges have seen of it."""

    id: int
    raw: bytes
    canon: bytes
    base: bytes | None
    base_raw: bytes | None
    open: int


def kept_records(ledger: Ledger, c: Connection, table: int, size: int) -> Iterator[list[Kept]]:
    last = 0
    sql = "SELECT id, raw, canon, base, base_raw, open FROM record WHERE table_id = ? AND id > ? ORDER BY id LIMIT ?"
    while rows := ledger.rows(c, sql, (table, last, size)):
        yield [Kept(*row) for row in rows]
        last = rows[-1][0]


def save_records(ledger: Ledger, c: Connection, rows: Iterable[tuple[bytes, bytes, bytes | None, int, int]]) -> None:
    """(canon, its hash, base, open, record)."""
    sql = (
        "UPDATE record SET canon = ?, canon_hash = ?, base = ?, base_raw = CASE WHEN ? IS NULL THEN NULL ELSE base_raw END, "
        "open = ? WHERE id = ?"
    )
    ledger.many(c, sql, ((canon, hash_, base, base, opens, number) for canon, hash_, base, opens, number in rows))


def save_goldens(ledger: Ledger, c: Connection, rows: Iterable[tuple[str, bytes]]) -> None:
    ledger.many(c, "UPDATE entity SET golden = ?, open = 1 WHERE id = ?", ((golden, entity) for entity, golden in rows))


def open_field_decisions(ledger: Ledger, c: Connection, entities: Iterable[str]) -> list[tuple[int, dict[str, Any]]]:
    sql = "SELECT id, content FROM decision WHERE state IN ('new', 'standing') AND sort IN ('field', 'pin') AND entity IN :in"
    return [(row[0], codec.load(row[1])) for row in ledger.rows_in(c, sql, entities)]


def save_decision(ledger: Ledger, c: Connection, number: int, content: bytes) -> None:
    ledger.do(c, "UPDATE decision SET content = ? WHERE id = ?", (content, number))
