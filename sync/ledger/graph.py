"""What does the ledger know of some entities: goldens, links, records and cells, with tonight's draft laid over?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection

from sync.ledger import codec, schema
from sync.ledger.store import Ledger


class EntityRow(NamedTuple):
    """An entity as it is committed; `draft` is its golden in tonight's plan so far, else None."""

    id: str
    kind: str
    golden: bytes
    rev: int
    open: int
    first_run: int
    draft: bytes | None


class LinkRow(NamedTuple):
    """A link as tonight's plan has it. committed: it is in the ledger too, tied to the same entity."""

    record_id: int
    part: str
    entity: str
    state: str
    since: int
    marks: int
    known: str
    score: str | None
    ours: int
    leading: int
    cells: int
    echo: bytes | None
    related: bytes | None
    first_run: int
    committed: bool


class RecordRow(NamedTuple):
    id: int
    table_id: int
    key: str
    place: str | None
    canon: bytes
    canon_hash: bytes
    base: bytes | None
    version: str | None
    modified: str | None
    editor: str
    locked: str | None
    state: str
    open: int
    first_run: int


LINK = "record_id, part, entity, state, since, marks, known, score, ours, leading, cells, echo, related, first_run"
_RECORD = "id, table_id, key, place, canon, canon_hash, base, version, modified, editor, locked, state, open, first_run"


def entities(ledger: Ledger, c: Connection, plan: int, ids: Sequence[str]) -> dict[str, EntityRow]:
    """The entities, those that only tonight's plan knows included (their committed golden is `{}`)."""
    sql = "SELECT id, kind, golden, rev, open, first_run FROM entity WHERE id IN :in"
    known = {row[0]: row for row in ledger.rows_in(c, sql, ids)}
    sql = "SELECT entity, kind, golden FROM plan_entity WHERE plan = ? AND entity IN :in"
    drafts = {row[0]: row for row in ledger.rows_in(c, sql, ids, (plan,))}
    out = {}
    for one in ids:
        draft = drafts.get(one)
        if one in known:
            out[one] = EntityRow._make((*known[one], draft[2] if draft else None))
        elif draft:
            out[one] = EntityRow(one, draft[1], b"{}", 0, 1, 0, draft[2])
    return out


def links(ledger: Ledger, c: Connection, plan: int, ids: Sequence[str]) -> list[LinkRow]:
    """All links of these entities that have not ended, by record and part."""
    drafted = (
        f"SELECT {LINK}, ended FROM plan_link WHERE plan = ? AND state <> 'ended' AND part <> '' AND entity IN :in"
    )
    rows = list(ledger.rows_in(c, drafted, ids, (plan,)))
    known = (
        f"SELECT {LINK} FROM link WHERE entity IN :in AND NOT EXISTS (SELECT 1 FROM plan_link p "
        "WHERE p.plan = ? AND p.record_id = link.record_id AND p.part = link.part)"
    )
    out = [_link(row, committed=True) for row in ledger.rows_in(c, known, ids, (), (plan,))]
    was = _entities_of(ledger, c, {row[0] for row in rows})
    out += [_link(row[:14], committed=row[14] is None and (row[0], row[1]) in was) for row in rows]
    return sorted(out)


def _link(row: Sequence[Any], *, committed: bool) -> LinkRow:
    return LinkRow._make((*row, committed))


def _entities_of(ledger: Ledger, c: Connection, records: Iterable[int]) -> dict[tuple[int, str], str]:
    sql = "SELECT record_id, part, entity FROM link WHERE record_id IN :in"
    return {(row[0], row[1]): row[2] for row in ledger.rows_in(c, sql, records)}


def records(ledger: Ledger, c: Connection, ids: Iterable[int]) -> dict[int, RecordRow]:
    return {row[0]: RecordRow(*row) for row in ledger.rows_in(c, f"SELECT {_RECORD} FROM record WHERE id IN :in", ids)}


class CellRow(NamedTuple):
    """A cell that deviates; `since` is the run in which it came to its verdict."""

    state: bytes
    verdict: str
    reason: str
    since: int


def cells(ledger: Ledger, c: Connection, plan: int, ids: Sequence[int]) -> dict[tuple[int, str], dict[str, CellRow]]:
    """(record, part) → field → cell, of those that deviate; what tonight's plan says of them comes first."""
    out: dict[tuple[int, str], dict[str, CellRow]] = {}
    names = "record_id, part, field, state, verdict, reason, since"
    for row in ledger.rows_in(c, f"SELECT {names} FROM cell WHERE record_id IN :in", ids):
        out.setdefault((row[0], row[1]), {})[row[2]] = CellRow(*row[3:])
    for ref, drafted in drafted_cells(ledger, c, plan, ids).items():
        out.setdefault(ref, {}).update(drafted)
    return out


def drafted_cells(
    ledger: Ledger, c: Connection, plan: int, ids: Sequence[int]
) -> dict[tuple[int, str], dict[str, CellRow]]:
    """What tonight's plan alone says of cells: all that a link made anew has."""
    out: dict[tuple[int, str], dict[str, CellRow]] = {}
    names = "record_id, part, field, state, verdict, reason, since"
    for row in ledger.rows_in(c, f"SELECT {names} FROM plan_cell WHERE plan = ? AND record_id IN :in", ids, (plan,)):
        out.setdefault((row[0], row[1]), {})[row[2]] = CellRow(*row[3:])
    return out


def entity_of(ledger: Ledger, c: Connection, plan: int, records: Iterable[int]) -> dict[tuple[int, str], str]:
    """(record, part) → entity, tonight's draft laid over; ended links are left out."""
    ids = list(records)
    out = _entities_of(ledger, c, ids)
    sql = "SELECT record_id, part, entity, state FROM plan_link WHERE plan = ? AND part <> '' AND record_id IN :in"
    for record, part, entity, state in ledger.rows_in(c, sql, ids, (plan,)):
        if state != "ended":
            out[record, part] = entity
        else:
            out.pop((record, part), None)
    return out


def records_by_key(ledger: Ledger, c: Connection, table: int, keys: Iterable[str]) -> dict[str, int]:
    return dict(ledger.rows_in(c, "SELECT key, id FROM record WHERE table_id = ? AND key IN :in", keys, (table,)))


def aliases(ledger: Ledger, c: Connection, plan: int) -> dict[str, str]:
    """Entity → the one it was joined into, resolved to the end."""
    found: dict[str, str] = dict(ledger.rows(c, "SELECT id, alias_of FROM entity WHERE alias_of IS NOT NULL"))
    drafted = ledger.rows(
        c, "SELECT entity, alias_of FROM plan_entity WHERE plan = ? AND alias_of IS NOT NULL", (plan,)
    )
    found.update({row[0]: row[1] for row in drafted})
    return {one: _last(one, found) for one in found}


def _last(one: str, found: dict[str, str]) -> str:
    seen = set()
    while one in found and one not in seen:
        seen.add(one)
        one = found[one]
    return one


def open_ids(ledger: Ledger, c: Connection, plan: int, kind: str, after: str, limit: int) -> list[str]:
    """The next open entities of a kind, by id: committed ones, and those whose links tonight's plan made or moved."""
    sql = (
        "SELECT id FROM entity WHERE open = 1 AND kind = ? AND alias_of IS NULL AND id > ? AND NOT EXISTS (SELECT 1 "
        "FROM plan_entity a WHERE a.plan = ? AND a.entity = entity.id AND a.alias_of IS NOT NULL) UNION "
        "SELECT entity FROM plan_entity WHERE plan = ? AND kind = ? AND alias_of IS NULL AND entity > ? UNION "
        "SELECT e.id FROM plan_link p JOIN entity e ON e.id = p.entity "
        "WHERE p.plan = ? AND e.kind = ? AND e.alias_of IS NULL AND e.id > ? ORDER BY 1 LIMIT ?"
    )
    values = (kind, after, plan, plan, kind, after, plan, kind, after, limit)
    return [row[0] for row in ledger.rows(c, sql, values)]


def counted(ledger: Ledger, c: Connection, sql: str, values: Sequence[object] = ()) -> int:
    rows: list[tuple[Any, ...]] = ledger.rows(c, sql, values)
    return int(rows[0][0] or 0)


def pointing_to(ledger: Ledger, c: Connection, ids: Iterable[str]) -> list[tuple[str, str]]:
    """(entity, the one of `ids` that its golden points to)."""
    return [
        (row[0], row[1]) for row in ledger.rows_in(c, "SELECT entity, target FROM relation WHERE target IN :in", ids)
    ]


def marks(ledger: Ledger, c: Connection, ids: Iterable[str]) -> set[tuple[str, int]]:
    """(entity, table) where nothing is created until a person says so (R11d)."""
    return {(row[0], row[1]) for row in ledger.rows_in(c, "SELECT entity, table_id FROM mark WHERE entity IN :in", ids)}


def doubtful_creates(ledger: Ledger, c: Connection, ids: Iterable[str]) -> set[tuple[str, int]]:
    """(entity, table) of creates whose answer is open (R10c)."""
    sql = "SELECT entity, table_id FROM plan_change WHERE op = 'create' AND state IN ('intended', 'unknown') "
    return {(row[0], row[1]) for row in ledger.rows_in(c, f"{sql} AND entity IN :in", ids)}


def open_entities(ledger: Ledger, c: Connection, ids: Iterable[str]) -> None:
    """Settled anew in the next merge (R1b)."""
    ledger.run_in(c, "UPDATE entity SET open = 1 WHERE open = 0 AND id IN :in", ids)


# ------------------------------------------------------------------------------ for linking


def open_records(ledger: Ledger, c: Connection, tables: Sequence[int]) -> Iterator[list[tuple[int, int, bytes]]]:
    """(record, table, canon) of live records that no merge has taken up as they are now, in chunks."""
    if not tables:
        return
    last, holes = 0, ", ".join(["?"] * len(tables))
    sql = (
        f"SELECT id, table_id, canon FROM record WHERE open = 1 AND state = 'live' AND table_id IN ({holes}) AND id > ? "
        "ORDER BY id LIMIT 20000"
    )
    while rows := ledger.rows(c, sql, (*tables, last)):
        yield [(row[0], row[1], row[2]) for row in rows]
        last = rows[-1][0]


def echoes(ledger: Ledger, c: Connection, ids: Iterable[int]) -> dict[tuple[int, str], dict[str, Any]]:
    """(record, part) → what is ours in its cells; those with rows of their own are told by these."""
    sql = "SELECT record_id, part, echo FROM link WHERE echo IS NOT NULL AND record_id IN :in"
    found = {(row[0], row[1]): codec.load(row[2]) for row in ledger.rows_in(c, sql, set(ids))}
    sql = "SELECT record_id, part, field, state FROM cell WHERE record_id IN :in"
    for record, part, field, state in ledger.rows_in(c, sql, set(ids)):
        got = codec.load(state)
        if got.get("u"):
            found.setdefault((record, part), {})[field] = [1, *got["u"]]
        elif got.get("f", 0) & 2:
            found.setdefault((record, part), {})[field] = [got["f"], got.get("o", "")]
    return found


def count_linked(ledger: Ledger, c: Connection, kind: str) -> int:
    """Links of entities of this kind."""
    sql = "SELECT COUNT(*) FROM link WHERE entity IN (SELECT id FROM entity WHERE kind = ?)"
    return counted(ledger, c, sql, (kind,))


def linked_parts(ledger: Ledger, c: Connection, kind: str, size: int) -> Iterator[list[tuple[int, str]]]:
    """(record, part) of all links of a kind that are not gone, in chunks."""
    last = 0
    sql = (
        "SELECT l.record_id, l.part FROM link l JOIN entity e ON e.id = l.entity WHERE e.kind = ? AND l.state <> 'gone' "
        "AND l.record_id > ? ORDER BY l.record_id LIMIT ?"
    )
    while rows := ledger.rows(c, sql, (kind, last, size)):
        end = rows[-1][0]
        rest = "SELECT l.record_id, l.part FROM link l JOIN entity e ON e.id = l.entity WHERE e.kind = ? AND l.record_id = ?"
        whole = [row for row in rows if row[0] != end] + ledger.rows(c, rest, (kind, end))
        yield [(row[0], row[1]) for row in whole]
        last = end


def changed_linked(ledger: Ledger, c: Connection, kind: str) -> list[tuple[int, str]]:
    """(record, part) of links whose records changed since a merge saw them."""
    sql = (
        "SELECT l.record_id, l.part FROM record r JOIN link l ON l.record_id = r.id JOIN entity e ON e.id = l.entity "
        "WHERE r.open = 1 AND e.kind = ?"
    )
    return [(row[0], row[1]) for row in ledger.rows(c, sql, (kind,))]


def save_keys(ledger: Ledger, c: Connection, kind: str, rows: Sequence[tuple[tuple[int, str], int]]) -> None:
    """Blocking keys of parts; those they had before are let go. `kind || ''`: SQLite would walk through all of a kind."""
    sql = "DELETE FROM key_index WHERE kind || '' = ? AND record_id IN :in"
    ledger.run_in(c, sql, {ref[0] for ref, _ in rows}, (kind,))
    made = ((kind, key, ref[0], ref[1]) for ref, key in rows)
    ledger.bulk(c, schema.key_index, ("kind", "key", "record_id", "part"), made, on="ignore")


def parts_by_key(ledger: Ledger, c: Connection, kind: str, keys: Iterable[int]) -> list[tuple[int, str]]:
    """Parts that bear one of these keys, each once; a key that very many bear tells nothing and is left out."""
    most = 400
    sql = "SELECT key, record_id, part FROM key_index WHERE kind = ? AND key IN :in"
    by_key: dict[int, list[tuple[int, str]]] = {}
    for key, record, part in ledger.rows_in(c, sql, keys, (kind,)):
        by_key.setdefault(key, []).append((record, part))
    return sorted({ref for refs in by_key.values() if len(refs) <= most for ref in refs})


def bearers(ledger: Ledger, c: Connection, kind: str, keys: Iterable[int]) -> list[tuple[int, int, str]]:
    """(key, record, part) of all parts that bear one of these keys."""
    sql = "SELECT key, record_id, part FROM key_index WHERE kind = ? AND key IN :in"
    return [(row[0], row[1], row[2]) for row in ledger.rows_in(c, sql, keys, (kind,))]


def decided_pairs(ledger: Ledger, c: Connection) -> list[tuple[str, str, bool]]:
    """(part, part, same) of what people decided, by record and part."""
    return [(row[0], row[1], bool(row[2])) for row in ledger.rows(c, "SELECT one, two, same FROM apart")]


def histories(ledger: Ledger, c: Connection, records: Iterable[int]) -> dict[tuple[int, str], int]:
    """(record, part) → how many links of it have ended."""
    if not counted(ledger, c, "SELECT COUNT(*) FROM link_history"):
        return {}
    out: dict[tuple[int, str], int] = {}
    for record, part in ledger.rows_in(c, "SELECT record_id, part FROM link_history WHERE record_id IN :in", records):
        out[record, part] = out.get((record, part), 0) + 1
    return out


def planned_entities(ledger: Ledger, c: Connection, plan: int) -> list[str]:
    return [row[0] for row in ledger.rows(c, "SELECT entity FROM plan_entity WHERE plan = ?", (plan,))]


def open_unjudged(ledger: Ledger, c: Connection, kind: str, table: int, view: str) -> int:
    """Opens entities without a record in this destination whose reason was judged for another job, or never (R1b)."""
    return ledger.do(
        c,
        "UPDATE entity SET open = 1 WHERE open = 0 AND kind = ? AND alias_of IS NULL AND NOT EXISTS (SELECT 1 FROM link l "
        "JOIN record r ON r.id = l.record_id WHERE l.entity = entity.id AND r.table_id = ? AND l.state = 'live') "
        "AND NOT EXISTS (SELECT 1 FROM absence a WHERE a.entity = entity.id AND a.table_id = ? AND a.view = ?)",
        (kind, table, table, view),
    )


def open_pointing(ledger: Ledger, c: Connection, ids: Iterable[str]) -> None:
    """Opens entities whose golden points to one of these: filters speak of the customer they lead to."""
    sql = "UPDATE entity SET open = 1 WHERE open = 0 AND id IN (SELECT entity FROM relation WHERE target IN :in)"
    ledger.run_in(c, sql, ids)


def decided(ledger: Ledger, c: Connection) -> dict[tuple[str, ...], bool]:
    """Two parts, sorted → whether they are the same, by the last decision about them."""
    return {(one, two): same for one, two, same in decided_pairs(ledger, c)}


def last_entities(ledger: Ledger, c: Connection, refs: Iterable[tuple[int, str]]) -> dict[tuple[int, str], str]:
    """(record, part) → the entity that its last ended link tied it to."""
    wanted = set(refs)
    sql = "SELECT id, record_id, part, entity FROM link_history WHERE record_id IN :in"
    rows = sorted(ledger.rows_in(c, sql, {record for record, _ in wanted}))
    return {(record, part): entity for _, record, part, entity in rows if (record, part) in wanted}


_MOVED = (
    "WITH moved AS (SELECT p.record_id, p.entity, l.entity AS was FROM plan_link p LEFT JOIN link l "
    "ON l.record_id = p.record_id AND l.part = p.part WHERE p.plan = ? AND (l.entity IS NULL OR l.entity <> p.entity "
    "OR l.state <> p.state OR l.leading <> p.leading OR p.ended IS NOT NULL)) "
)
"""Links that the plan makes, moves, or ends."""


def open_where_links_moved(ledger: Ledger, c: Connection, plan: int) -> None:
    """Opens entities whose golden points to one whose links the plan moved."""
    to = "SELECT entity FROM moved UNION SELECT was FROM moved WHERE was IS NOT NULL"
    known = f"SELECT entity FROM relation WHERE target IN ({to})"
    ledger.do(c, f"{_MOVED} UPDATE entity SET open = 1 WHERE open = 0 AND id IN ({known})", (plan,))


def open_looking_up(ledger: Ledger, c: Connection, plan: int, table: int, before: str) -> None:
    """Opens entities whose records look up one of this table's whose link the plan moved; `before` a key in a target."""
    found = (
        "SELECT l.entity FROM moved m JOIN record r ON r.id = m.record_id JOIN lookup k ON k.target = ? || r.key "
        "JOIN link l ON l.record_id = k.record_id AND l.part = k.part WHERE r.table_id = ?"
    )
    sql = f"{_MOVED} UPDATE entity SET open = 1 WHERE open = 0 AND id IN ({found})"
    ledger.do(c, sql, (plan, before, table))


def open_looking_up_by(ledger: Ledger, c: Connection, first: str, last: str) -> None:
    """Opens entities whose records look up something whose target lies between the two texts."""
    found = (
        "SELECT l.entity FROM lookup k JOIN link l ON l.record_id = k.record_id AND l.part = k.part "
        "WHERE k.target >= ? AND k.target < ?"
    )
    ledger.do(c, f"UPDATE entity SET open = 1 WHERE open = 0 AND id IN ({found})", (first, last))
