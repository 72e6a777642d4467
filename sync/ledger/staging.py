"""How does the ledger take in what a pull shows? (T1: staging, and with the last page the cursor)"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import Connection

from sync.ledger import codec, schema
from sync.ledger.store import Ledger


class Stored(NamedTuple):
    """A record's row as far as staging compares it."""

    id: int
    key: str
    raw_hash: bytes
    canon_hash: bytes
    version: str | None
    place: str | None
    open: int
    locked: str | None


class Fresh(NamedTuple):
    """A record as a pull shows it, mapped and hashed; `id` of a new one is given by `next_record`."""

    id: int
    key: str
    place: str | None
    raw: bytes
    raw_hash: bytes
    canon: bytes
    canon_hash: bytes
    version: str | None
    modified: str | None
    editor: str
    locked: str | None
    token: str | None


_STORED = "SELECT id, key, raw_hash, canon_hash, version, place, open, locked FROM record WHERE table_id = ?"
_COLUMNS = (
    *("id", "table_id", "key", "place", "raw", "raw_hash", "canon", "canon_hash", "version", "modified", "editor"),
    *("locked", "token", "state", "open", "first_run"),
)


@dataclass(slots=True)
class TableRow:
    """A row of source_table."""

    id: int
    source: int
    at: str
    cursor: str | None
    scope: str | None
    visible: bytes | None
    columns: bytes | None
    described: int
    mapping: str
    pulled_run: int | None
    listed_run: int | None
    listed_at: str | None
    chain: int
    facts: bytes | None


def source_id(ledger: Ledger, c: Connection, name: str, connector: str) -> int:
    """The id of a source, made when it is met for the first time."""
    found = ledger.rows(c, "SELECT id FROM source WHERE name = ?", (name,))
    if found:
        ledger.do(c, "UPDATE source SET connector = ?, silent = 0 WHERE id = ?", (connector, found[0][0]))
        return int(found[0][0])
    new = next_id(ledger, c, "source")
    ledger.bulk(c, schema.source, ("id", "name", "connector", "silent"), [(new, name, connector, 0)])
    return new


def table_row(ledger: Ledger, c: Connection, source: int, at: str) -> TableRow:
    """The row of a table by its own id in the source, made when it is met for the first time."""
    names = ", ".join(f'"{column.name}"' for column in schema.source_table.columns)
    sql = f"SELECT {names} FROM source_table WHERE source = ? AND at = ?"
    found = ledger.rows(c, sql, (source, at))
    if not found:
        new = next_id(ledger, c, "source_table")
        values = (new, source, at, 0, "", 0)
        ledger.bulk(c, schema.source_table, ("id", "source", "at", "described", "mapping", "chain"), [values])
        found = ledger.rows(c, sql, (source, at))
    return TableRow(*found[0])


def save_table(ledger: Ledger, c: Connection, row: TableRow) -> None:
    names = [column.name for column in schema.source_table.columns]
    ledger.bulk(c, schema.source_table, names, [[getattr(row, name) for name in names]], on="replace")


def next_id(ledger: Ledger, c: Connection, table: str) -> int:
    """The next free number; there is one writer, so nobody else takes it."""
    return int(ledger.rows(c, f"SELECT COALESCE(MAX(id), 0) + 1 FROM {table}")[0][0])


# ------------------------------------------------------------------------------ records


def stored_by_key(ledger: Ledger, c: Connection, table: int, keys: Iterable[str]) -> dict[str, Stored]:
    rows = ledger.rows_in(c, f"{_STORED} AND key IN :in", keys, (table,))
    return {row[1]: Stored(*row) for row in rows}


def is_empty(ledger: Ledger, c: Connection, table: int) -> bool:
    """Whether no record of a table was ever staged."""
    return not ledger.rows(c, "SELECT 1 FROM record WHERE table_id = ? LIMIT 1", (table,))


def all_stored(ledger: Ledger, c: Connection, table: int, *, live: bool = True) -> Iterator[Stored]:
    """Every record of a table, in the order of ids, read in chunks."""
    last = 0
    sql = f"{_STORED} AND id > ?{' AND state = ?' if live else ''} ORDER BY id LIMIT 20000"
    while rows := ledger.rows(c, sql, (table, last, *(["live"] if live else []))):
        yield from (Stored(*row) for row in rows)
        last = rows[-1][0]


def lacking(ledger: Ledger, c: Connection, table: int, seen: Collection[int]) -> dict[int, str]:
    """id → key of the live records that are not among those seen; the keys stand in an index, so hardly a row is read."""
    found: dict[int, str] = {}
    last = ""
    sql = 'SELECT id, "key" FROM record WHERE table_id = ? AND "key" > ? ORDER BY "key" LIMIT 20000'
    while rows := ledger.rows(c, sql, (table, last)):
        found.update(row for row in rows if row[0] not in seen)
        last = rows[-1][1]
    live = {row[0] for row in ledger.rows_in(c, "SELECT id FROM record WHERE state = 'live' AND id IN :in", found)}
    return {number: found[number] for number in sorted(live)}


def insert_records(ledger: Ledger, c: Connection, table: int, run: int, new: Sequence[Fresh]) -> None:
    rows = ((r[0], table, *r[1:], "live", 1, run) for r in new)
    ledger.bulk(c, schema.record, _COLUMNS, rows)


def update_records(ledger: Ledger, c: Connection, changed: Sequence[Fresh]) -> None:
    """What a merge has seen of them is kept in `base` until a merge sees them anew (R4a)."""
    ledger.many(
        c,
        "UPDATE record SET base = CASE WHEN base IS NULL AND open = 0 AND canon_hash <> ? THEN canon ELSE base END, "
        "base_raw = CASE WHEN base IS NULL AND open = 0 AND canon_hash <> ? THEN raw ELSE base_raw END, "
        "open = CASE WHEN canon_hash <> ? THEN 1 ELSE open END, "
        "place = ?, raw = ?, raw_hash = ?, canon = ?, canon_hash = ?, version = ?, modified = ?, editor = ?, "
        "locked = ?, token = COALESCE(?, token) WHERE id = ?",
        ((r[6], r[6], r[6], *r[2:11], r[11], r[0]) for r in changed),
    )


def move_records(ledger: Ledger, c: Connection, moved: Iterable[tuple[str | None, str | None, int]]) -> None:
    """(version, place, id) of records whose cells are as they were."""
    ledger.many(c, "UPDATE record SET version = ?, place = ? WHERE id = ?", moved)


def open_entities_of(ledger: Ledger, c: Connection, records: Iterable[int]) -> int:
    """Entities that these records speak of, or that look them up, are settled anew (R1b)."""
    return ledger.run_in(
        c,
        "UPDATE entity SET open = 1 WHERE open = 0 AND id IN (SELECT entity FROM link WHERE record_id IN :in)",
        records,
    )


def save_lookups(
    ledger: Ledger, c: Connection, records: Iterable[int], rows: Iterable[tuple[int, str, str, str]]
) -> None:
    """(record, part, relation, target text) of look-up columns, so that who points to a record is known."""
    ledger.run_in(c, "DELETE FROM lookup WHERE record_id IN :in", records)
    ledger.bulk(c, schema.lookup, ("record_id", "part", "relation", "target"), rows)


def set_quarantine(
    ledger: Ledger,
    c: Connection,
    table: int,
    run: int,
    rows: Sequence[tuple[str, str, bytes]],
    *,
    only: Collection[str] | None = None,
) -> None:
    """(key, why, raw) of the records that were put apart in this listing; those of the last one are let go. only: the
    keys that this listing, of changes alone, can tell of."""
    if only is None:
        ledger.do(c, "DELETE FROM quarantine WHERE table_id = ?", (table,))
    else:
        ledger.run_in(c, 'DELETE FROM quarantine WHERE table_id = ? AND "key" IN :in', only, (table,))
    first = next_id(ledger, c, "quarantine")
    made = ((first + n, table, key, why, raw, run) for n, (key, why, raw) in enumerate(rows))
    ledger.bulk(c, schema.quarantine, ("id", "table_id", "key", "why", "raw", "run"), made)


def take_back(ledger: Ledger, c: Connection, record: int, *, new: bool) -> None:
    """What this run staged of a record is no statement after all: as it was, or as if it had never been met."""
    if new:
        ledger.do(c, "DELETE FROM record WHERE id = ?", (record,))
        return
    ((base, base_raw),) = ledger.rows(c, "SELECT base, base_raw FROM record WHERE id = ?", (record,))
    if base is not None:
        values = (base_raw, codec.digest(base_raw), base, codec.digest(base), record)
        ledger.do(
            c,
            "UPDATE record SET raw = ?, raw_hash = ?, canon = ?, canon_hash = ?, base = NULL, base_raw = NULL, open = 0 "
            "WHERE id = ?",
            values,
        )


def raws(ledger: Ledger, c: Connection, records: Iterable[int]) -> dict[int, bytes]:
    return dict(ledger.rows_in(c, "SELECT id, raw FROM record WHERE id IN :in", records))


def not_live_links(ledger: Ledger, c: Connection, table: int) -> list[tuple[Any, ...]]:
    """(record, part, state) of links that are missing or gone."""
    sql = (
        "SELECT l.record_id, l.part, l.state FROM link l JOIN record r ON r.id = l.record_id "
        "WHERE r.table_id = ? AND l.state <> 'live'"
    )
    return ledger.rows(c, sql, (table,))
