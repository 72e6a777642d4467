"""What does the ledger list for people: cells by verdict, links, absences, marks, holds, with a plan's draft laid over?

`plan` is a plan whose draft is laid over what is committed, as T2 would commit it; 0 for none. Nothing here writes, but
for the few statements at the end that decisions need.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection

from sync.ledger import codec, schema
from sync.ledger.graph import LINK, CellRow, LinkRow
from sync.ledger.store import Ledger


def draft_of(ledger: Ledger, c: Connection) -> int:
    """The newest plan, if nothing has come of it yet: what it would commit is what people are asked about; else 0."""
    rows = ledger.rows(c, "SELECT id, state FROM plan WHERE state <> 'making' ORDER BY id DESC LIMIT 1")
    return int(rows[0][0]) if rows and rows[0][1] == "made" else 0


def last_plan(ledger: Ledger, c: Connection) -> int:
    """The number of the newest plan; 0 where there is none."""
    rows = ledger.rows(c, "SELECT id FROM plan WHERE state <> 'making' ORDER BY id DESC LIMIT 1")
    return int(rows[0][0]) if rows else 0


def plan_of_run(ledger: Ledger, c: Connection, run: int) -> int:
    """The plan that a run made, or applied; 0 where it did neither."""
    rows = ledger.rows(c, "SELECT id FROM plan WHERE run = ?", (run,))
    rows = rows or ledger.rows(c, "SELECT plan FROM plan_change WHERE run = ? LIMIT 1", (run,))
    return int(rows[0][0]) if rows else 0


def known_tables(ledger: Ledger, c: Connection) -> set[tuple[str, str]]:
    """(source, own id of a table) that were described at least once."""
    sql = "SELECT s.name, t.at FROM source_table t JOIN source s ON s.id = t.source WHERE t.facts IS NOT NULL ORDER BY t.id"
    return {(row[0], row[1]) for row in ledger.rows(c, sql)}


# ------------------------------------------------------------------------------ cells

_UNDRAFTED = "NOT EXISTS (SELECT 1 FROM plan_link p WHERE p.plan = ? AND p.record_id = k.record_id AND p.part = k.part)"


class ListedCell(NamedTuple):
    """A cell that deviates, with the table and entity it belongs to."""

    record_id: int
    part: str
    field: str
    entity: str
    verdict: str
    reason: str
    since: int
    state: bytes
    table_id: int


def listed_cells(
    ledger: Ledger, c: Connection, plan: int, verdicts: Sequence[str], *, reasons: Sequence[str] = ()
) -> list[ListedCell]:
    """Cells with one of these verdicts, or one of these reasons, in the order of records."""
    holes = ", ".join(["?"] * len(verdicts))
    wanted = f"k.verdict IN ({holes})"
    if reasons:
        wanted = f"({wanted} OR k.reason IN ({', '.join(['?'] * len(reasons))}))"
    names = "k.record_id, k.part, k.field, k.entity, k.verdict, k.reason, k.since, k.state, r.table_id"
    values = (*verdicts, *reasons)
    sql = f"SELECT {names} FROM plan_cell k JOIN record r ON r.id = k.record_id WHERE k.plan = ? AND {wanted}"
    rows = ledger.rows(c, sql, (plan, *values))
    sql = f"SELECT {names} FROM cell k JOIN record r ON r.id = k.record_id WHERE {wanted} AND {_UNDRAFTED}"
    rows += ledger.rows(c, sql, (*values, plan))
    return sorted(ListedCell(*row) for row in rows)


def settled_cells(
    ledger: Ledger, c: Connection, plan: int, records: Iterable[int]
) -> dict[tuple[int, str], dict[str, CellRow]]:
    """(record, part) → field → cell that deviates; for a part that the plan looked at, only what the plan says."""
    ids = sorted(set(records))
    names = "record_id, part, field, state, verdict, reason, since"
    out: dict[tuple[int, str], dict[str, CellRow]] = {}
    sql = "SELECT record_id, part FROM plan_link WHERE plan = ? AND record_id IN :in"
    drafted = {(row[0], row[1]) for row in ledger.rows_in(c, sql, ids, (plan,))}
    for row in ledger.rows_in(c, f"SELECT {names} FROM cell WHERE record_id IN :in", ids):
        if (row[0], row[1]) not in drafted:
            out.setdefault((row[0], row[1]), {})[row[2]] = CellRow(*row[3:])
    for row in ledger.rows_in(c, f"SELECT {names} FROM plan_cell WHERE plan = ? AND record_id IN :in", ids, (plan,)):
        out.setdefault((row[0], row[1]), {})[row[2]] = CellRow(*row[3:])
    return out


# ------------------------------------------------------------------------------ links and entities


class ListedLink(NamedTuple):
    """A link that has not ended, with the table, key and place of its record."""

    record_id: int
    part: str
    entity: str
    state: str
    score: str | None
    ours: int
    leading: int
    first_run: int
    known: str
    table_id: int
    key: str
    place: str | None


_LISTED = (
    "k.record_id, k.part, k.entity, k.state, k.score, k.ours, k.leading, k.first_run, k.known, "
    "r.table_id, r.key, r.place"
)


def all_links(ledger: Ledger, c: Connection, plan: int) -> Iterator[ListedLink]:
    """Every link that has not ended, by table and record."""
    sql = (
        f"SELECT {_LISTED} FROM plan_link k JOIN record r ON r.id = k.record_id "
        "WHERE k.plan = ? AND k.state <> 'ended' AND k.part <> '' "
        f"UNION ALL SELECT {_LISTED} FROM link k JOIN record r ON r.id = k.record_id WHERE {_UNDRAFTED} "
        "ORDER BY 10, 1, 2"
    )
    for row in c.exec_driver_sql(ledger.text(sql), (plan, plan)):
        yield ListedLink(*row)


def entities_by_kind(ledger: Ledger, c: Connection, plan: int, kind: str, after: str, limit: int) -> list[str]:
    """The next entities of a kind by id, joined ones left out; those that only the plan knows included."""
    sql = (
        "SELECT id FROM entity e WHERE kind = ? AND alias_of IS NULL AND id > ? AND NOT EXISTS "
        "(SELECT 1 FROM plan_entity p WHERE p.plan = ? AND p.entity = e.id AND p.alias_of IS NOT NULL) UNION "
        "SELECT entity FROM plan_entity WHERE plan = ? AND kind = ? AND alias_of IS NULL AND entity > ? "
        "ORDER BY 1 LIMIT ?"
    )
    return [row[0] for row in ledger.rows(c, sql, (kind, after, plan, plan, kind, after, limit))]


def entities_like(ledger: Ledger, c: Connection, plan: int, start: str) -> list[str]:
    """Entities whose id begins so, or else ends so, at most a handful."""
    sql = (
        "SELECT id FROM entity WHERE id LIKE ? UNION SELECT entity FROM plan_entity WHERE plan = ? AND entity LIKE ? "
        "ORDER BY 1 LIMIT 5"
    )
    found = ledger.rows(c, sql, (f"{start}%", plan, f"{start}%"))
    found = found or ledger.rows(c, sql, (f"%{start}", plan, f"%{start}"))
    return [row[0] for row in found]


def entities_at(ledger: Ledger, c: Connection, plan: int, record: int) -> dict[str, str]:
    """Part → entity of one record."""
    rows = ledger.rows(c, "SELECT part, entity FROM link WHERE record_id = ?", (record,))
    out: dict[str, str] = {row[0]: row[1] for row in rows}
    sql = "SELECT part, entity, state FROM plan_link WHERE plan = ? AND record_id = ? AND part <> ''"
    for part, entity, state in ledger.rows(c, sql, (plan, record)):
        out[part] = entity
        if state == "ended":
            del out[part]
    return out


def record_at(ledger: Ledger, c: Connection, table: int, key: str) -> int:
    """The record with this key, or in this place (`#4`, or `4`); 0 where there is none."""
    sql = "SELECT id FROM record WHERE table_id = ? AND (key = ? OR place = ? OR place = ?) AND state = 'live' ORDER BY id"
    rows = ledger.rows(c, sql, (table, key, key, f"#{key}"))
    return int(rows[0][0]) if rows else 0


def record_ids(ledger: Ledger, c: Connection, table: int) -> list[int]:
    """Every live record of a table."""
    return [row[0] for row in ledger.rows(c, "SELECT id FROM record WHERE table_id = ? AND state = 'live'", (table,))]


def table_names(ledger: Ledger, c: Connection) -> dict[int, tuple[str, str]]:
    """Number of a table → (source, its own id there), also of tables that left the workspace."""
    sql = "SELECT t.id, s.name, t.at FROM source_table t JOIN source s ON s.id = t.source"
    return {row[0]: (row[1], row[2]) for row in ledger.rows(c, sql)}


class Placed(NamedTuple):
    """Where a record stands."""

    id: int
    table_id: int
    key: str
    place: str | None


def placed(ledger: Ledger, c: Connection, records: Iterable[int]) -> dict[int, Placed]:
    sql = "SELECT id, table_id, key, place FROM record WHERE id IN :in"
    return {row[0]: Placed(*row) for row in ledger.rows_in(c, sql, set(records))}


def ended_links(ledger: Ledger, c: Connection, entity: str) -> list[tuple[int, str, int, int, str]]:
    """(record, part, first run, run in which it ended, why) of an entity's former links."""
    sql = "SELECT record_id, part, first_run, ended_run, why FROM link_history WHERE entity = ? ORDER BY ended_run, id"
    return [(row[0], row[1], row[2], row[3], row[4]) for row in ledger.rows(c, sql, (entity,))]


def alias_names(ledger: Ledger, c: Connection, plan: int, entity: str) -> list[str]:
    """Ids under which this entity was known before joins."""
    sql = (
        "SELECT id FROM entity WHERE alias_of = ? UNION SELECT entity FROM plan_entity WHERE plan = ? AND alias_of = ?"
    )
    return sorted(row[0] for row in ledger.rows(c, sql, (entity, plan, entity)))


def alias_target(ledger: Ledger, c: Connection, plan: int, entity: str) -> str:
    """The entity that this one was joined into, or itself."""
    seen = set()
    while entity not in seen:
        seen.add(entity)
        sql = "SELECT alias_of FROM plan_entity WHERE plan = ? AND entity = ? AND alias_of IS NOT NULL"
        rows = ledger.rows(c, sql, (plan, entity))
        rows = rows or ledger.rows(c, "SELECT alias_of FROM entity WHERE id = ? AND alias_of IS NOT NULL", (entity,))
        if not rows:
            break
        entity = str(rows[0][0])
    return entity


# ------------------------------------------------------------------------------ absences, marks, holds, losers


class ListedAbsence(NamedTuple):
    entity: str
    table_id: int
    reason: str
    since: int


def absences(
    ledger: Ledger, c: Connection, plan: int, *, like: str = "%", ids: Iterable[str] | None = None
) -> list[ListedAbsence]:
    """Why entities have no record somewhere (table 4); `like`: reasons that match, `ids`: of these entities only."""
    drafted = "SELECT entity, table_id, reason, since FROM plan_absence WHERE plan = ? AND reason LIKE ?"
    known = (
        "SELECT entity, table_id, reason, since FROM absence a WHERE reason LIKE ? AND NOT EXISTS "
        "(SELECT 1 FROM plan_entity p WHERE p.plan = ? AND p.entity = a.entity)"
    )
    if ids is None:
        rows = ledger.rows(c, drafted, (plan, like)) + ledger.rows(c, known, (like, plan))
    else:
        wanted = sorted(set(ids))
        rows = list(ledger.rows_in(c, f"{drafted} AND entity IN :in", wanted, (plan, like)))
        rows += ledger.rows_in(c, f"{known} AND entity IN :in", wanted, (like, plan))
    return sorted(ListedAbsence(*row) for row in rows)


def marks(ledger: Ledger, c: Connection) -> list[tuple[str, int, int, str]]:
    """(entity, table, run, why) of every gone mark (R11d)."""
    sql = "SELECT entity, table_id, run, why FROM mark ORDER BY run, entity, table_id"
    return [(row[0], row[1], row[2], row[3]) for row in ledger.rows(c, sql)]


def losers(ledger: Ledger, c: Connection, entity: str) -> list[tuple[str, Any, str, int, str]]:
    """(unit, value, ref, run, why) of what was said of an entity and did not become golden, the newest first."""
    sql = "SELECT field, value, ref, run, why FROM loser WHERE entity = ? ORDER BY run DESC, id DESC"
    rows = ledger.rows(c, sql, (entity,))
    return [(row[0], codec.load_value(codec.load(row[1])), row[2], row[3], row[4]) for row in rows]


def quarantined(ledger: Ledger, c: Connection) -> list[tuple[int, int, str, str, int]]:
    """(id, table, key, why, run) of records that were put apart whole (R2b)."""
    sql = "SELECT id, table_id, key, why, run FROM quarantine ORDER BY table_id, key, id"
    return [(row[0], row[1], row[2], row[3], row[4]) for row in ledger.rows(c, sql)]


def relations_to(ledger: Ledger, c: Connection, plan: int, sources: Iterable[str]) -> list[tuple[str, str]]:
    """(entity, the one it points to) of these entities."""
    wanted = sorted(set(sources))
    drafted = dict.fromkeys(row[0] for row in ledger.rows_in(
        c, "SELECT entity FROM plan_entity WHERE plan = ? AND entity IN :in", wanted, (plan,)))  # fmt: skip
    rows = ledger.rows_in(c, "SELECT entity, target FROM relation WHERE entity IN :in", wanted)
    out = [(row[0], row[1]) for row in rows if row[0] not in drafted]
    sql = "SELECT entity, extra FROM plan_entity WHERE plan = ? AND extra IS NOT NULL AND entity IN :in"
    for entity, extra in ledger.rows_in(c, sql, wanted, (plan,)):
        out += [(entity, str(target)) for target in codec.load(extra).get("related", {}).values()]
    return sorted(out)


# ------------------------------------------------------------------------------ decisions


class DecisionRow(NamedTuple):
    id: int
    at: str
    by: str
    sort: str
    entity: str | None
    content: dict[str, Any]
    state: str
    run: int | None
    note: str


def decisions(
    ledger: Ledger, c: Connection, *, entity: str | None = None, sorts: Sequence[str] = ()
) -> list[DecisionRow]:
    """What people decided, the oldest first; of one entity, or of some sorts."""
    names = ", ".join(f'"{name}"' for name in DecisionRow._fields)
    sql = f"SELECT {names} FROM decision WHERE 1 = 1"
    values: list[object] = []
    if entity is not None:
        sql += " AND entity = ?"
        values.append(entity)
    if sorts:
        sql += f" AND sort IN ({', '.join(['?'] * len(sorts))})"
        values += sorts
    rows = ledger.rows(c, f"{sql} ORDER BY id", values)
    return [DecisionRow._make((*row[:5], codec.load(row[5]), *row[6:])) for row in rows]


def pending(ledger: Ledger, c: Connection, sorts: Sequence[str]) -> list[tuple[str, dict[str, Any]]]:
    """(entity, content) of decisions of these sorts that no run has taken up yet."""
    names = ", ".join("?" for _ in sorts)
    sql = f"SELECT entity, content FROM decision WHERE state = 'new' AND sort IN ({names}) ORDER BY id"
    return [(row[0], codec.load(row[1])) for row in ledger.rows(c, sql, sorts)]


HOLDING = ("pin", "same", "different")


def holding(ledger: Ledger, c: Connection, *, entity: str | None = None) -> list[DecisionRow]:
    """Pins that were not lifted, and what was said last of two parts: decisions that hold in every run."""
    last = {row[3] for row in pairs(ledger, c)}
    rows = decisions(ledger, c, entity=entity, sorts=HOLDING)
    return [row for row in rows if (row.state in ("new", "standing") if row.sort == "pin" else row.id in last)]


def question(ledger: Ledger, c: Connection, number: int) -> tuple[Any, ...] | None:
    """(id, sort, subject, entity, other, field, content, since, state) of a question, open or not."""
    sql = "SELECT id, sort, subject, entity, other, field, content, since, state FROM question WHERE id = ?"
    rows = ledger.rows(c, sql, (number,))
    return (*rows[0][:6], codec.load(rows[0][6]), *rows[0][7:]) if rows else None


def pairs(ledger: Ledger, c: Connection) -> list[tuple[str, str, int, int | None]]:
    """(part, part, same, decision) of what people said of two parts."""
    rows = ledger.rows(c, "SELECT one, two, same, decision FROM apart ORDER BY one, two")
    return [(row[0], row[1], row[2], row[3]) for row in rows]


def lock(ledger: Ledger, c: Connection) -> None:
    """Takes the write lock, so that what is read from here on is what is decided upon."""
    ledger.do(c, "UPDATE meta SET value = value WHERE name = 'ledger'")


def put_pair(ledger: Ledger, c: Connection, one: str, two: str, *, same: bool, decision: int) -> None:
    """What is said of two parts holds until something else is said of them (R3d)."""
    row = (*sorted((one, two)), int(same), decision, "")
    ledger.bulk(c, schema.apart, ("one", "two", "same", "decision", "digests"), [row], on="replace")


def take_pair(ledger: Ledger, c: Connection, one: str, two: str) -> int:
    """Nothing is said of these two any more -> how many rows that were."""
    first, second = sorted((one, two))
    return ledger.do(c, "DELETE FROM apart WHERE one = ? AND two = ?", (first, second))


def set_decision(ledger: Ledger, c: Connection, number: int, state: str, note: str = "") -> int:
    """The state of a decision: new, standing (taken up in each run), taken, lifted."""
    return ledger.do(c, "UPDATE decision SET state = ?, note = ? WHERE id = ?", (state, note, number))


__all__ = ["LINK", "LinkRow"]
