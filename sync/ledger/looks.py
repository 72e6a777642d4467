"""What does the ledger show to somebody who only looks: plans, runs, records, classes of cells, how whole it is?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection

from sync.ledger import codec
from sync.ledger.store import Ledger


class Where(NamedTuple):
    """A table of the ledger: its source's name and its own id there."""

    id: int
    source: str
    connector: str
    at: str
    pulled_run: int | None
    listed_at: str | None


class Spot(NamedTuple):
    """A record as people find it. place: where it stands, for rows without a key of their own."""

    id: int
    table_id: int
    key: str
    place: str | None
    state: str


class CellClass(NamedTuple):
    """Cells that are not written for one reason. reason: as sync.agreeing.judge packs it."""

    table_id: int
    part: str
    field: str
    verdict: str
    reason: str
    cells: int
    since: int


class PlanLine(NamedTuple):
    id: int
    run: int
    job: str
    made_at: str
    state: str
    header: Mapping[str, Any]


def tables(ledger: Ledger, c: Connection) -> dict[int, Where]:
    """Every table that was ever described, those of sources taken out of the workspace included."""
    sql = (
        "SELECT t.id, s.name, s.connector, t.at, t.pulled_run, t.listed_at FROM source_table t "
        "JOIN source s ON s.id = t.source ORDER BY t.id"
    )
    return {row[0]: Where(*row) for row in ledger.rows(c, sql)}


def spots(ledger: Ledger, c: Connection, records: Iterable[int]) -> dict[int, Spot]:
    sql = "SELECT id, table_id, key, place, state FROM record WHERE id IN :in"
    return {row[0]: Spot(*row) for row in ledger.rows_in(c, sql, sorted(set(records)))}


def record_at(ledger: Ledger, c: Connection, table_ids: Sequence[int], key: str) -> Spot | None:
    """The record that bears this key, or stands at this place, in one of these tables."""
    sql = "SELECT id, table_id, key, place, state FROM record WHERE (key = ? OR place = ?) AND table_id IN :in ORDER BY id"
    rows = [Spot(*row) for row in ledger.rows_in(c, sql, table_ids, (key, key))]
    live = [row for row in rows if row.state == "live"]
    return next(iter(live or rows), None)


def raw_of(ledger: Ledger, c: Connection, record: int) -> Mapping[str, Any]:
    rows = ledger.rows(c, "SELECT raw FROM record WHERE id = ?", (record,))
    return codec.load_raw(rows[0][0]) if rows else {}


# ------------------------------------------------------------------------------ entities


def goldens(ledger: Ledger, c: Connection, plan: int, ids: Iterable[str]) -> dict[str, tuple[str, bytes]]:
    """Entity → (kind, golden), as the plan leaves it where it is in the plan."""
    wanted = sorted(set(ids))
    found = {row[0]: (row[1], row[2]) for row in ledger.rows_in(
        c, "SELECT id, kind, golden FROM entity WHERE id IN :in", wanted)}  # fmt: skip
    sql = "SELECT entity, kind, golden FROM plan_entity WHERE plan = ? AND entity IN :in"
    found.update({row[0]: (row[1], row[2]) for row in ledger.rows_in(c, sql, wanted, (plan,))})
    return found


def count_entities(ledger: Ledger, c: Connection, plan: int) -> int:
    """Customers that were not joined into others, those of the plan included (some may be counted twice)."""
    sql = "SELECT (SELECT COUNT(*) FROM entity WHERE alias_of IS NULL) + (SELECT COUNT(*) FROM plan_entity WHERE plan = ?)"
    return int(ledger.rows(c, sql, (plan,))[0][0])


def all_goldens(ledger: Ledger, c: Connection, plan: int, size: int) -> Iterator[list[tuple[str, str, bytes]]]:
    """(entity, kind, golden) of all customers that were not joined into others, as the plan leaves them, in chunks."""
    drafted = ledger.rows(
        c, "SELECT entity, kind, golden FROM plan_entity WHERE plan = ? AND alias_of IS NULL", (plan,)
    )
    drafts = {row[0]: (row[0], row[1], row[2]) for row in drafted}
    joined = ledger.rows(c, "SELECT entity FROM plan_entity WHERE plan = ? AND alias_of IS NOT NULL", (plan,))
    gone = {row[0] for row in joined}
    last = ""
    sql = "SELECT id, kind, golden FROM entity WHERE alias_of IS NULL AND id > ? ORDER BY id LIMIT ?"
    while rows := ledger.rows(c, sql, (last, size)):
        last = rows[-1][0]
        yield [drafts.pop(row[0], (row[0], row[1], row[2])) for row in rows if row[0] not in gone]
    yield list(drafts.values())


def entities_named(ledger: Ledger, c: Connection, start: str) -> list[tuple[str, str, str | None]]:
    """(id, kind, the one it was joined into) of entities whose id begins so; two are enough to say that it is unclear."""
    sql = "SELECT id, kind, alias_of FROM entity WHERE id >= ? AND id < ? ORDER BY id LIMIT 2"
    return [(row[0], row[1], row[2]) for row in ledger.rows(c, sql, (start, start + "g"))]


def parts_of(ledger: Ledger, c: Connection, entity: str) -> list[tuple[int, str, str, str | None]]:
    """(record, part, state, probability) of the entity's links."""
    sql = "SELECT record_id, part, state, score FROM link WHERE entity = ? ORDER BY record_id, part"
    return [(row[0], row[1], row[2], row[3]) for row in ledger.rows(c, sql, (entity,))]


def entity_of_part(ledger: Ledger, c: Connection, plan: int, records: Iterable[int]) -> dict[tuple[int, str], str]:
    """(record, part) → entity, as the plan leaves it."""
    wanted = sorted(set(records))
    sql = "SELECT record_id, part, entity FROM link WHERE record_id IN :in"
    found = {(row[0], row[1]): row[2] for row in ledger.rows_in(c, sql, wanted)}
    sql = "SELECT record_id, part, entity FROM plan_link WHERE plan = ? AND part <> '' AND record_id IN :in"
    found.update({(row[0], row[1]): row[2] for row in ledger.rows_in(c, sql, wanted, (plan,))})
    return found


# ------------------------------------------------------------------------------ plans and runs


def plans(ledger: Ledger, c: Connection, limit: int) -> list[PlanLine]:
    """The newest first."""
    sql = "SELECT id, run, job, made_at, state, header FROM plan WHERE state <> 'making' ORDER BY id DESC LIMIT ?"
    return [PlanLine._make((*row[:5], codec.load(row[5]))) for row in ledger.rows(c, sql, (limit,))]


def fates(ledger: Ledger, c: Connection, plan: int) -> list[tuple[int, str, str, int]]:
    """(table, operation, state, count) of a plan's changes."""
    sql = "SELECT table_id, op, state, COUNT(*) FROM plan_change WHERE plan = ? GROUP BY 1, 2, 3 ORDER BY 1, 2, 3"
    return [(row[0], row[1], row[2], row[3]) for row in ledger.rows(c, sql, (plan,))]


def classes(ledger: Ledger, c: Connection, plan: int, verdicts: Sequence[str]) -> list[CellClass]:
    """Cells of these verdicts by table, part, field and reason, as the plan leaves them; many first."""
    holes = ", ".join("?" for _ in verdicts)
    sql = (
        "SELECT table_id, part, field, verdict, reason, COUNT(*), MIN(since) FROM ("
        "SELECT r.table_id AS table_id, k.part AS part, k.field AS field, k.verdict AS verdict, k.reason AS reason, "
        "k.since AS since FROM cell k JOIN record r ON r.id = k.record_id WHERE NOT EXISTS (SELECT 1 FROM plan_link p "
        "WHERE p.plan = ? AND p.record_id = k.record_id AND p.part = k.part) UNION ALL "
        "SELECT r.table_id, k.part, k.field, k.verdict, k.reason, k.since FROM plan_cell k "
        "JOIN record r ON r.id = k.record_id WHERE k.plan = ?) AS every_cell "
        f"WHERE verdict IN ({holes}) GROUP BY 1, 2, 3, 4, 5 ORDER BY 6 DESC, 1, 2, 3, 4, 5"
    )
    return [CellClass(*row) for row in ledger.rows(c, sql, (plan, plan, *verdicts))]


def questions(ledger: Ledger, c: Connection) -> dict[str, int]:
    """Sort → open questions."""
    return dict(ledger.rows(c, "SELECT sort, COUNT(*) FROM question WHERE state = 'open' GROUP BY sort ORDER BY sort"))


def quarantined(ledger: Ledger, c: Connection) -> list[tuple[int, str, int]]:
    """(table, why, count) of records that were put apart whole."""
    sql = "SELECT table_id, why, COUNT(*) FROM quarantine GROUP BY 1, 2 ORDER BY 1, 2"
    return [(row[0], row[1], row[2]) for row in ledger.rows(c, sql)]


def run_row(ledger: Ledger, c: Connection, number: int) -> tuple[Any, ...] | None:
    sql = "SELECT id, job, sort, started, ended, state, code, outcome FROM run WHERE id = ?"
    return next(iter(ledger.rows(c, sql, (number,))), None)


# ------------------------------------------------------------------------------ how whole it is


def counts(ledger: Ledger, c: Connection) -> dict[str, int]:
    """How much of each sort there is, for `doctor`."""
    asked = {
        "records": "SELECT COUNT(*) FROM record WHERE state = 'live'",
        "entities": "SELECT COUNT(*) FROM entity WHERE alias_of IS NULL",
        "links": "SELECT COUNT(*) FROM link WHERE state = 'live'",
        "questions": "SELECT COUNT(*) FROM question WHERE state = 'open'",
        "doubts": "SELECT COUNT(*) FROM plan_change WHERE state IN ('intended', 'unknown')",
        "holds": "SELECT COUNT(*) FROM hold WHERE state = 'open'",
        "quarantined": "SELECT COUNT(*) FROM quarantine",
        "decisions": "SELECT COUNT(*) FROM decision WHERE state = 'new'",
        "applying": "SELECT COUNT(*) FROM plan WHERE state = 'applying'",
    }
    return {name: int(ledger.rows(c, sql)[0][0]) for name, sql in asked.items()}


def lease_row(ledger: Ledger, c: Connection) -> tuple[str, str]:
    """(holder, until); both "" where nobody holds it."""
    rows = ledger.rows(c, "SELECT holder, until FROM lease WHERE id = 1")
    return (rows[0][0], rows[0][1]) if rows and rows[0][1] else ("", "")


def last_start(ledger: Ledger, c: Connection) -> str:
    rows = ledger.rows(c, "SELECT MAX(started) FROM run")
    return str(rows[0][0] or "") if rows else ""


def integrity(ledger: Ledger, c: Connection) -> list[str]:
    """What SQLite itself finds wrong with its file; nothing of a database server."""
    if ledger.path is None:
        return []
    return [str(row[0]) for row in ledger.rows(c, "PRAGMA quick_check(20)") if row[0] != "ok"]


def loose_ends(ledger: Ledger, c: Connection) -> dict[str, int]:
    """Rows that point to nothing; there must be none."""
    asked = {
        "link_record": "SELECT COUNT(*) FROM link WHERE record_id NOT IN (SELECT id FROM record)",
        "link_entity": "SELECT COUNT(*) FROM link WHERE entity NOT IN (SELECT id FROM entity)",
        "cell_link": "SELECT COUNT(*) FROM cell k WHERE NOT EXISTS "
        "(SELECT 1 FROM link l WHERE l.record_id = k.record_id AND l.part = k.part)",
    }
    found = {name: int(ledger.rows(c, sql)[0][0]) for name, sql in asked.items()}
    return {name: count for name, count in found.items() if count}


# ------------------------------------------------------------------------------ sources


def rename_source(ledger: Ledger, c: Connection, old: str, new: str) -> None:
    """The links, cells and cursors of `old` go on under `new`; a `new` that never held a record gives way."""
    empty = (
        "SELECT s.id FROM source s WHERE s.name = ? AND NOT EXISTS "
        "(SELECT 1 FROM source_table t JOIN record r ON r.table_id = t.id WHERE t.source = s.id)"
    )
    for (number,) in ledger.rows(c, empty, (new,)):
        ledger.do(c, "DELETE FROM source_table WHERE source = ?", (number,))
        ledger.do(c, "DELETE FROM source WHERE id = ?", (number,))
    ledger.do(c, "UPDATE source SET name = ? WHERE name = ?", (new, old))


def source_names(ledger: Ledger, c: Connection) -> list[str]:
    return [str(row[0]) for row in ledger.rows(c, "SELECT name FROM source ORDER BY id")]
