"""How does a plan stand in the ledger, and how is it committed? (T2: a handful of set-based statements; T3, T4)"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection

from sync.ledger import codec, schema
from sync.ledger.graph import LINK, LinkRow
from sync.ledger.staging import next_id
from sync.ledger.store import Ledger

_LINK_COLUMNS = (
    *("plan", "record_id", "part", "entity", "state", "since", "marks", "known", "score", "ours", "leading", "cells"),
    *("echo", "related", "first_run", "canon_hash", "ended"),
)


class EntityDraft(NamedTuple):
    """An entity as a plan leaves it. extra: steps, losers, parked votes and spent decisions, where there are any."""

    entity: str
    kind: str
    golden: bytes
    base_rev: int
    open: int
    alias_of: str | None
    extra: bytes | None


class CellDraft(NamedTuple):
    record_id: int
    part: str
    field: str
    entity: str
    verdict: str
    reason: str
    since: int
    state: bytes
    want: bytes | None


class ChangeRow(NamedTuple):
    """One change of a plan; `fields` is for people and for the receipt, `after` and `before` are raw columns."""

    plan: int
    seq: int
    table_id: int
    entity: str
    record_id: int | None
    op: str
    generation: int
    key: str | None
    fields: bytes
    after: bytes
    before: bytes
    expect: str | None
    token: str | None = None
    state: str = "planned"
    run: int | None = None
    at: str | None = None
    new_key: str | None = None
    detail: str = ""


CHANGE = ", ".join(f'"{name}"' for name in ChangeRow._fields)


def begin(ledger: Ledger, c: Connection, run: int, job: str, at: str, epoch: int) -> int:
    """A plan in the making; what an earlier one left half made is cleared away."""
    for (number,) in ledger.rows(c, "SELECT id FROM plan WHERE state = 'making'"):
        clear(ledger, c, number)
        for table in ("plan_change", "plan_record"):
            ledger.do(c, f"DELETE FROM {table} WHERE plan = ?", (number,))
        ledger.do(c, "DELETE FROM plan WHERE id = ?", (number,))
    number = next_id(ledger, c, "plan")
    columns = ("id", "run", "job", "made_at", "state", "epoch", "digest", "versions", "header")
    ledger.bulk(c, schema.plan, columns, [(number, run, job, at, "making", epoch, "", "", b"{}")])
    return number


DRAFTS = ("plan_link", "plan_entity", "plan_cell", "plan_absence")


def clear(ledger: Ledger, c: Connection, plan: int) -> None:
    """Removes what a plan would commit; its header and changes stay to be read."""
    for table in DRAFTS:
        ledger.do(c, f"DELETE FROM {table} WHERE plan = ?", (plan,))


# ------------------------------------------------------------------------------ drafting


def draft_links(
    ledger: Ledger,
    c: Connection,
    plan: int,
    rows: Iterable[tuple[LinkRow, str | None]],
    hashes: Mapping[int, bytes] = {},
) -> None:
    """Links as the plan leaves them; the second is why a link ended, None while it has not."""
    made = ((plan, *row[:14], hashes.get(row.record_id), ended) for row, ended in rows)
    ledger.bulk(c, schema.plan_link, _LINK_COLUMNS, made, on="replace")


def draft_entities(ledger: Ledger, c: Connection, plan: int, rows: Iterable[EntityDraft]) -> None:
    columns = ("plan", *EntityDraft._fields)
    ledger.bulk(c, schema.plan_entity, columns, ((plan, *row) for row in rows), on="replace")


def draft_cells(ledger: Ledger, c: Connection, plan: int, rows: Iterable[CellDraft]) -> None:
    columns = ("plan", *CellDraft._fields)
    ledger.bulk(c, schema.plan_cell, columns, ((plan, *row) for row in rows), on="replace")


def draft_absences(ledger: Ledger, c: Connection, plan: int, rows: Iterable[tuple[str, int, str, int, str]]) -> None:
    """(entity, table, reason, since, view) of entities without a live link there (table 4)."""
    columns = ("plan", "entity", "table_id", "reason", "since", "view")
    ledger.bulk(c, schema.plan_absence, columns, ((plan, *row) for row in rows), on="replace")


def save_changes(ledger: Ledger, c: Connection, rows: Iterable[ChangeRow]) -> int:
    """Each gets a salt beside its values, so that the plan's digest tells nothing of them once they were erased (R22)."""
    return ledger.bulk(c, schema.plan_change, ChangeRow._fields, (_salted(row) for row in rows))


def _salted(row: ChangeRow) -> ChangeRow:
    salt = b'"salt":"%s"}' % secrets.token_hex(8).encode()
    return row._replace(fields=row.fields[:-1] + (b"," if len(row.fields) > 2 else b"") + salt)


def finish(
    ledger: Ledger, c: Connection, plan: int, *, state: str, digest: str, versions: str, header: Mapping[str, object]
) -> None:
    values = (state, digest, versions, codec.dump(dict(header)), plan)
    ledger.do(c, "UPDATE plan SET state = ?, digest = ?, versions = ?, header = ? WHERE id = ?", values)


def changes(
    ledger: Ledger, c: Connection, plan: int, where: str = "", values: Sequence[object] = ()
) -> list[ChangeRow]:
    sql = f"SELECT {CHANGE} FROM plan_change WHERE plan = ? {where} ORDER BY seq"
    return [ChangeRow(*row) for row in ledger.rows(c, sql, (plan, *values))]


class PlanRow(NamedTuple):
    id: int
    run: int
    job: str
    made_at: str
    state: str
    epoch: int
    digest: str
    versions: str
    header: bytes


def get(ledger: Ledger, c: Connection, plan: int) -> PlanRow | None:
    sql = "SELECT id, run, job, made_at, state, epoch, digest, versions, header FROM plan WHERE id = ?"
    rows = ledger.rows(c, sql, (plan,))
    return PlanRow(*rows[0]) if rows else None


# ------------------------------------------------------------------------------ T2


def stale(ledger: Ledger, c: Connection, plan: int) -> set[str]:
    """Entities that something else has moved since the plan was made (R13b): their changes are not sent."""
    moved = (
        "SELECT p.entity FROM plan_entity p JOIN entity e ON e.id = p.entity WHERE p.plan = ? AND e.rev <> p.base_rev"
    )
    taken = (
        "SELECT p.entity FROM plan_link p JOIN link l ON l.record_id = p.record_id AND l.part = p.part "
        "JOIN plan_entity d ON d.plan = p.plan AND d.entity = p.entity "
        "WHERE p.plan = ? AND l.entity <> p.entity AND d.base_rev = 0 AND p.ended IS NULL"
    )
    shown = (
        "SELECT p.entity FROM plan_link p JOIN record r ON r.id = p.record_id "
        "WHERE p.plan = ? AND p.canon_hash IS NOT NULL AND r.canon_hash <> p.canon_hash"
    )
    decided = (
        "SELECT d.entity FROM decision d JOIN plan_entity p ON p.entity = d.entity JOIN plan x ON x.id = p.plan "
        "WHERE p.plan = ? AND d.state = 'new' AND d.at >= x.made_at"
    )
    return {str(row[0]) for sql in (moved, taken, shown, decided) for row in ledger.rows(c, sql, (plan,))}


def commit(ledger: Ledger, c: Connection, plan: int, run: int, skip: set[str]) -> None:
    """Golden, seen, links and ids move in this one transaction; entities in `skip` stay as they are."""
    _let_go(ledger, c, plan, skip)
    _end_links(ledger, c, plan, run)
    _put_entities(ledger, c, plan, run)
    _put_links(ledger, c, plan)
    _put_cells(ledger, c, plan)
    _take_records(ledger, c, plan)
    _put_absences(ledger, c, plan)
    _put_extras(ledger, c, plan, run)


def _let_go(ledger: Ledger, c: Connection, plan: int, skip: set[str]) -> None:
    for table in DRAFTS:
        ledger.run_in(c, f"DELETE FROM {table} WHERE plan = ? AND entity IN :in", skip, (plan,))


def _end_links(ledger: Ledger, c: Connection, plan: int, run: int) -> None:
    """A link that ended is history with its cells; one that a join moved to another entity goes on."""
    sql = (
        "SELECT l.record_id, l.part, l.entity, l.first_run, p.ended FROM link l "
        "JOIN plan_link p ON p.record_id = l.record_id AND p.part = l.part WHERE p.plan = ? AND p.ended IS NOT NULL"
    )
    rows = ledger.rows(c, sql, (plan,))
    first = next_id(ledger, c, "link_history")
    columns = ("id", "record_id", "part", "entity", "first_run", "ended_run", "why", "cells")
    kept = []
    for n, (record, part, entity, since, why) in enumerate(rows):
        states = ledger.rows(c, "SELECT field, state FROM cell WHERE record_id = ? AND part = ?", (record, part))
        content = codec.dump({f: codec.load(s) for f, s in states}) if states else None
        kept.append((first + n, record, part, entity, since, run, why, content))
    ledger.bulk(c, schema.link_history, columns, kept)
    ledger.many(c, "DELETE FROM cell WHERE record_id = ? AND part = ?", ((r[1], r[2]) for r in kept))
    ledger.many(c, "DELETE FROM link WHERE record_id = ? AND part = ?", ((r[1], r[2]) for r in kept))


def _put_entities(ledger: Ledger, c: Connection, plan: int, run: int) -> None:
    ledger.do(
        c,
        "INSERT INTO entity (id, kind, golden, open, rev, first_run, alias_of) "
        "SELECT entity, kind, golden, open, ?, ?, alias_of FROM plan_entity WHERE plan = ? "
        "ON CONFLICT (id) DO UPDATE SET golden = excluded.golden, open = excluded.open, rev = excluded.rev, "
        "alias_of = excluded.alias_of",
        (run, run, plan),
    )


def _put_links(ledger: Ledger, c: Connection, plan: int) -> None:
    names = LINK.split(", ")
    done = ", ".join(f"{n} = excluded.{n}" for n in names if n not in ("record_id", "part"))
    ledger.do(
        c,
        f"INSERT INTO link ({LINK}) SELECT {LINK} FROM plan_link WHERE plan = ? AND state <> 'ended' AND part <> '' "
        f"ON CONFLICT (record_id, part) DO UPDATE SET {done}",
        (plan,),
    )
    ledger.do(
        c,
        "UPDATE record SET state = 'gone' WHERE state = 'live' AND id IN "
        "(SELECT record_id FROM plan_link WHERE plan = ? AND state = 'gone')",
        (plan,),
    )
    ledger.do(
        c,
        "UPDATE record SET state = 'live' WHERE state <> 'live' AND id IN "
        "(SELECT record_id FROM plan_link WHERE plan = ? AND state = 'live')",
        (plan,),
    )


def _put_cells(ledger: Ledger, c: Connection, plan: int) -> None:
    """The parts' deviating cells are those of the plan, and no others."""
    ledger.do(
        c,
        "DELETE FROM cell WHERE EXISTS (SELECT 1 FROM plan_link p WHERE p.plan = ? AND p.record_id = cell.record_id "
        "AND p.part = cell.part)",
        (plan,),
    )
    names = "record_id, part, field, entity, verdict, reason, since, state"
    ledger.do(c, f"INSERT INTO cell ({names}) SELECT {names} FROM plan_cell WHERE plan = ?", (plan,))


def _take_records(ledger: Ledger, c: Connection, plan: int) -> None:
    """Seen moves: what the plan looked at is the base of the next merge (R4c)."""
    ledger.do(
        c,
        "UPDATE record SET open = 0, base = NULL, base_raw = NULL WHERE open = 1 AND EXISTS (SELECT 1 FROM plan_link p "
        "WHERE p.plan = ? AND p.record_id = record.id AND p.canon_hash = record.canon_hash)",
        (plan,),
    )
    kept = ledger.rows(c, "SELECT base, record_id FROM plan_record WHERE plan = ?", (plan,))
    ledger.many(c, "UPDATE record SET base = ?, open = 1 WHERE id = ?", kept)
    ledger.do(c, "DELETE FROM plan_record WHERE plan = ?", (plan,))


def _put_absences(ledger: Ledger, c: Connection, plan: int) -> None:
    ledger.do(
        c,
        "DELETE FROM absence WHERE EXISTS (SELECT 1 FROM plan_entity p WHERE p.plan = ? AND p.entity = absence.entity)",
        (plan,),
    )
    names = "entity, table_id, reason, since, view"
    done = "reason = excluded.reason, since = excluded.since, view = excluded.view"
    ledger.do(
        c,
        f"INSERT INTO absence ({names}) SELECT {names} FROM plan_absence WHERE plan = ? AND reason <> 'create' "
        f"ON CONFLICT (entity, table_id) DO UPDATE SET {done}",
        (plan,),
    )


def _put_extras(ledger: Ledger, c: Connection, plan: int, run: int) -> None:
    """Losers, steps of golden, relations and spent decisions; so many entities at a time as fit into memory."""
    first = next_id(ledger, c, "loser")
    sql = (
        "SELECT entity, extra FROM plan_entity WHERE plan = ? AND extra IS NOT NULL AND entity > ? "
        f"ORDER BY entity LIMIT {_EXTRAS}"
    )
    last = ""
    while rows := ledger.rows(c, sql, (plan, last)):
        first += _put_some_extras(ledger, c, run, first, rows)
        last = rows[-1][0]


_EXTRAS = 1000
"""Entities whose extras are taken at a time: a step of golden for each field is much, once it is read."""


def _put_some_extras(ledger: Ledger, c: Connection, run: int, first: int, rows: Sequence[tuple[Any, ...]]) -> int:
    """How many losers there were."""
    losers: list[tuple[Any, ...]] = []
    steps: list[tuple[Any, ...]] = []
    related: list[tuple[Any, ...]] = []
    spent: list[int] = []
    for entity, data in rows:
        got = codec.load(data)
        for field, value, ref, why in got.get("losers", ()):
            losers.append((first + len(losers), entity, field, codec.dump(value), ref, run, why))
        steps += [(run, entity, f, codec.dump(b), codec.dump(a), codec.dump(k)) for f, b, a, k in got.get("steps", ())]
        related += [(entity, name, target) for name, target in got.get("related", {}).items()]
        spent += got.get("spent", ())
    ledger.bulk(c, schema.loser, ("id", "entity", "field", "value", "ref", "run", "why"), losers)
    columns = ("run", "entity", "field", "before", "after", "knew")
    ledger.bulk(c, schema.golden_step, columns, steps, on="ignore")
    ledger.run_in(c, "DELETE FROM relation WHERE entity IN :in", (entity for entity, _ in rows))
    ledger.bulk(c, schema.relation, ("entity", "name", "target"), related, on="replace")
    ledger.run_in(c, "UPDATE decision SET state = 'taken', run = ? WHERE state = 'new' AND id IN :in", spent, (run,))
    return len(losers)


# ------------------------------------------------------------------------------ T3, T4


def set_state(ledger: Ledger, c: Connection, plan: int, seqs: Iterable[int], state: str, run: int, at: str) -> None:
    """Many changes at once: intended before their batch goes out, planned again where it did not."""
    sql = "UPDATE plan_change SET state = ?, run = ?, at = ? WHERE plan = ? AND seq IN :in"
    ledger.run_in(c, sql, seqs, (state, run, at, plan))


def set_outcome(
    ledger: Ledger, c: Connection, rows: Iterable[tuple[str, str, str | None, int | None, int, int]]
) -> None:
    """(state, detail, new key, record, plan, seq) of changes whose receipts are there."""
    sql = "UPDATE plan_change SET state = ?, detail = ?, new_key = ?, record_id = COALESCE(?, record_id) "
    ledger.many(c, f"{sql} WHERE plan = ? AND seq = ?", rows)


def links_of_records(ledger: Ledger, c: Connection, records: Iterable[int]) -> list[LinkRow]:
    """Committed links of these records."""
    sql = f"SELECT {LINK} FROM link WHERE record_id IN :in"
    return [LinkRow._make((*row, True)) for row in ledger.rows_in(c, sql, records)]


class ChangingCell(NamedTuple):
    """A cell that the plan would write; `want` says what and from where."""

    record_id: int
    part: str
    field: str
    entity: str
    reason: str
    want: bytes


def changing_cells(ledger: Ledger, c: Connection, plan: int, after: int, limit: int) -> list[ChangingCell]:
    """The cells to be written of the next `limit` records."""
    ids = ledger.rows(
        c,
        "SELECT DISTINCT record_id FROM plan_cell WHERE plan = ? AND verdict = 'change' AND record_id > ? ORDER BY 1 LIMIT ?",
        (plan, after, limit),
    )
    sql = "SELECT record_id, part, field, entity, reason, want FROM plan_cell WHERE plan = ? AND verdict = 'change' "
    rows = ledger.rows_in(c, f"{sql} AND record_id IN :in", [row[0] for row in ids], (plan,))
    return sorted(ChangingCell(*row) for row in rows)


def raws_of(ledger: Ledger, c: Connection, records: Iterable[int]) -> dict[int, bytes]:
    return dict(ledger.rows_in(c, "SELECT id, raw FROM record WHERE id IN :in", records))


class RecordUpdate(NamedTuple):
    """A record as an answer shows it; base: what merges have seen of it where that is something else."""

    key: str
    place: str | None
    raw: bytes
    raw_hash: bytes
    canon: bytes
    canon_hash: bytes
    base: bytes | None
    version: str | None
    modified: str | None
    editor: str
    open: int
    id: int


def put_records(ledger: Ledger, c: Connection, rows: Iterable[RecordUpdate]) -> None:
    done = ", ".join(f"{name} = ?" for name in RecordUpdate._fields[:-1])
    ledger.many(c, f"UPDATE record SET {done}, base_raw = NULL WHERE id = ?", rows)


def rest_record(ledger: Ledger, c: Connection, record: int, base: bytes | None) -> None:
    """A record that our create made: merges have seen what was sent."""
    values = (base, 0 if base is None else 1, record)
    ledger.do(c, "UPDATE record SET base = ?, open = ? WHERE id = ?", values)


def put_cells(ledger: Ledger, c: Connection, rested: Sequence[tuple[int, str, str]], rows: Sequence[CellDraft]) -> None:
    """Cells that came to rest lose their rows; the others get theirs."""
    ledger.many(c, "DELETE FROM cell WHERE record_id = ? AND part = ? AND field = ?", rested)
    columns = ("record_id", "part", "field", "entity", "verdict", "reason", "since", "state")
    ledger.bulk(c, schema.cell, columns, (row[:8] for row in rows), on="replace")


def put_links(ledger: Ledger, c: Connection, rows: Iterable[LinkRow]) -> None:
    ledger.bulk(c, schema.link, LINK.split(", "), (row[:14] for row in rows), on="replace")


def set_tokens(ledger: Ledger, c: Connection, plan: int, tokens: Mapping[int, str]) -> None:
    rows = ((token, plan, seq) for seq, token in tokens.items())
    ledger.many(c, "UPDATE plan_change SET token = ? WHERE plan = ? AND seq = ?", rows)


def count_state(ledger: Ledger, c: Connection, plan: int, seqs: Iterable[int], states: Iterable[str]) -> int:
    """How many of these changes stand in one of these states."""
    wanted = set(states)
    sql = "SELECT state FROM plan_change WHERE plan = ? AND seq IN :in"
    return sum(row[0] in wanted for row in ledger.rows_in(c, sql, seqs, (plan,)))


def end_record(ledger: Ledger, c: Connection, record: int, table: int, run: int, why: str) -> None:
    """A record that we removed: its links are gone, and each entity has a mark there unless it was withdrawn."""
    entities = ledger.rows(c, "SELECT DISTINCT entity FROM link WHERE record_id = ?", (record,))
    ledger.do(c, "UPDATE link SET state = 'gone', since = ? WHERE record_id = ?", (run, record))
    ledger.do(c, "UPDATE record SET state = 'gone' WHERE id = ?", (record,))
    if why:
        rows = ((entity, table, run, why) for (entity,) in entities)
        ledger.bulk(c, schema.mark, ("entity", "table_id", "run", "why"), rows, on="ignore")


def clear_cells(ledger: Ledger, c: Connection, plan: int, refs: Iterable[tuple[int, str]]) -> None:
    """Drafted cells of these parts: what stood left over at first is said anew by the merge."""
    rows = ((plan, record, part) for record, part in refs)
    ledger.many(c, "DELETE FROM plan_cell WHERE plan = ? AND record_id = ? AND part = ?", rows)


# ------------------------------------------------------------------------------ the plan's own state


def keep_base(ledger: Ledger, c: Connection, plan: int, record: int, base: bytes) -> None:
    """What merges have seen of a record with a part whose subject is asked; T2 leaves it so."""
    ledger.bulk(c, schema.plan_record, ("plan", "record_id", "base"), [(plan, record, base)], on="replace")


def draft_state(ledger: Ledger, c: Connection, plan: int, state: Mapping[str, object]) -> None:
    ledger.do(c, "UPDATE plan SET state_to_commit = ? WHERE id = ?", (codec.dump(dict(state)), plan))


def get_state(ledger: Ledger, c: Connection, plan: int) -> dict[str, Any]:
    rows = ledger.rows(c, "SELECT state_to_commit FROM plan WHERE id = ?", (plan,))
    found: dict[str, Any] = codec.load(rows[0][0]) or {}
    return found


def count_changes(ledger: Ledger, c: Connection, plan: int) -> dict[tuple[int, str], int]:
    """(table, op) → changes."""
    sql = "SELECT table_id, op, COUNT(*) FROM plan_change WHERE plan = ? GROUP BY table_id, op"
    return {(row[0], row[1]): row[2] for row in ledger.rows(c, sql, (plan,))}


def digest_of(ledger: Ledger, c: Connection, plan: int) -> str:
    """Over the changes and what T2 would commit: a plan that was tampered with, or half cleared, is not applied."""
    known = [codec.digest(bytes(row[0]) + bytes(row[1])) for row in ledger.rows(
        c, "SELECT after, fields FROM plan_change WHERE plan = ? ORDER BY seq", (plan,))]  # fmt: skip
    counts = [ledger.rows(c, f"SELECT COUNT(*) FROM {table} WHERE plan = ?", (plan,))[0][0] for table in DRAFTS]
    return codec.digest(b"".join(known) + codec.dump(counts)).hex()


def skip(ledger: Ledger, c: Connection, plan: int, stale: Iterable[str], run: int) -> None:
    """The plan is being carried out by `run`; which entities it leaves alone is kept, for going on after an interruption."""
    values = (codec.dump({"stale": sorted(stale), "run": run}), plan)
    ledger.do(c, "UPDATE plan SET state = 'applying', state_to_commit = ? WHERE id = ?", values)


def skipped(ledger: Ledger, c: Connection, plan: int) -> tuple[set[str], int]:
    """Entities that a plan being carried out leaves alone, and the run that committed it."""
    state = get_state(ledger, c, plan)
    return set(state.get("stale", ())), int(state.get("run", 0))


def commit_state(ledger: Ledger, c: Connection, run: int, state: Mapping[str, Any], stale: set[str]) -> None:
    """Marks, snapshots of joins, holds, and what people decided."""
    marks = ((e, t, run, why) for e, t, why in state.get("marks", ()) if e not in stale)
    ledger.bulk(c, schema.mark, ("entity", "table_id", "run", "why"), marks, on="replace")
    lifted = ((e, t) for e, t in state.get("lifted", ()))
    ledger.many(c, "DELETE FROM mark WHERE entity = ? AND table_id = ?", lifted)
    first = next_id(ledger, c, "join_snapshot")
    snapshots = ((first + n, run, k, g, codec.dump(what)) for n, (k, g, what) in enumerate(state.get("snapshots", ())))
    ledger.bulk(c, schema.join_snapshot, ("id", "run", "kept", "gone", "content"), snapshots)
    ledger.run_in(c, "UPDATE decision SET state = 'taken', run = ? WHERE id IN :in", state.get("spent", ()), (run,))
    ledger.run_in(c, "DELETE FROM join_snapshot WHERE id IN :in", (row[0] for row in state.get("split", ())))
    apart = ((one, two, 0, "") for one, two in state.get("apart", ()))
    ledger.bulk(c, schema.apart, ("one", "two", "same", "digests"), apart, on="replace")
    columns = ("entity", "why", "source", "opened_at", "opened_run", "confirmed", "confirmed_run", "state")
    ledger.bulk(c, schema.hold, columns, state.get("holds", ()), on="replace")


def set_plan_state(ledger: Ledger, c: Connection, plan: int, state: str) -> None:
    ledger.do(c, "UPDATE plan SET state = ? WHERE id = ?", (state, plan))


def blanks(
    ledger: Ledger, c: Connection, plan: int, seqs: Iterable[int] | None = None
) -> dict[tuple[int, str], list[int]]:
    """(table, column) → changes that empty it."""
    wanted = set(seqs) if seqs is not None else None
    out: dict[tuple[int, str], list[int]] = {}
    sql = "SELECT seq, table_id, after, before FROM plan_change WHERE plan = ? AND op = 'update'"
    for seq, table, after, before in ledger.rows(c, sql, (plan,)):
        if wanted is not None and seq not in wanted:
            continue
        was = codec.load(before)
        for name, value in codec.load(after).items():
            if value in (None, "", []) and was.get(name) not in (None, "", []):
                out.setdefault((table, name), []).append(seq)
    return out


def blanking(found: Mapping[tuple[int, str], list[int]], table: int) -> set[int]:
    return {seq for (number, _), seqs in found.items() if number == table for seq in seqs}


def undraft_table(ledger: Ledger, c: Connection, plan: int, table: int) -> None:
    """Forgets what tonight's plan drafted of the links and cells of one table's records."""
    for name in ("plan_link", "plan_cell"):
        ledger.do(
            c,
            f"DELETE FROM {name} WHERE plan = ? AND record_id IN (SELECT id FROM record WHERE table_id = ?)",
            (plan, table),
        )


def next_seq(ledger: Ledger, c: Connection, plan: int) -> int:
    rows = ledger.rows(c, "SELECT COALESCE(MAX(seq), 0) + 1 FROM plan_change WHERE plan = ?", (plan,))
    return int(rows[0][0])
