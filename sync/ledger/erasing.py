"""How do the values of a customer leave every table of the ledger? (RULES R22; all in the caller's one transaction)

Ids stay where they hold history together (link_history, plan_change, audit); everything that may hold a value is deleted
or emptied. A table of the ledger that is named neither here nor in `WITHOUT_VALUES` fails a test.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError

from sync.ledger import audit, codec, goingon, schema, versions
from sync.ledger.holds import HoldRow
from sync.ledger.store import Ledger, said

WITHOUT_VALUES: Final = frozenset(
    {
        "meta",
        "lease",
        "source",
        "source_table",
        "tombstone",
        "learnt",
        "run",
        "audit",
        "key_index",
        "absence",
        "relation",
    }
)
"""Hold ids, counts, lengths and digests only; what of them speaks of an erased customer is deleted all the same."""
ERASED: Final = "erased"
"""Why a hold waits, and how a link is known, of a record that is only kept until it is removed at its source."""
WIPED: Final = b'{"fields":[],"erased":1'
"""How the `fields` of a change begins whose values were erased."""


_LINK = (*("record_id", "part", "entity", "state", "since", "marks", "known", "ours", "leading", "cells"), "first_run")


@dataclass(frozen=True, slots=True)
class Emptied:
    """A record as it stays: without the columns of the parts that go."""

    raw: bytes
    canon: bytes
    base: bytes | None
    base_raw: bytes | None


@dataclass(frozen=True, slots=True)
class Gone:
    """entities: with aliases. whole: records that go altogether. parts: (record, part) that go of records that stay;
    kept: what those hold then. texts: what the records showed of numbers and addresses, to find copies by."""

    entities: frozenset[str]
    whole: frozenset[int] = frozenset()
    parts: frozenset[tuple[int, str]] = frozenset()
    kept: Mapping[int, Emptied] = field(default_factory=dict)
    texts: frozenset[str] = frozenset()

    @property
    def records(self) -> set[int]:
        return set(self.whole) | set(self.kept)

    def speaks_of(self, text: str) -> bool:
        """Whether `12:person`, or what begins with it and a colon, names a part that goes."""
        record, _, rest = text.partition(":")
        part = rest.partition(":")[0]
        return record.isdigit() and (int(record) in self.whole or (int(record), part) in self.parts)


class Tied(NamedTuple):
    """A link of an entity, with its record."""

    record_id: int
    part: str
    entity: str
    state: str
    table_id: int
    key: str
    raw: bytes
    canon: bytes
    base: bytes | None
    base_raw: bytes | None


def family(ledger: Ledger, c: Connection, entity: str) -> list[str]:
    """The entity that an id means now, and every id that means it; empty where there is none."""
    known = dict(ledger.rows(c, "SELECT id, alias_of FROM entity WHERE id = ? OR alias_of IS NOT NULL", (entity,)))
    if entity not in known:
        return []
    last = _last(entity, known)
    return [last, *sorted(one for one in known if one != last and _last(one, known) == last)]


def _last(one: str, alias: Mapping[str, str | None]) -> str:
    seen = set()
    while (after := alias.get(one)) and one not in seen:
        seen.add(one)
        one = after
    return one


def tied(ledger: Ledger, c: Connection, ids: Iterable[str]) -> list[Tied]:
    """Every link of these entities, whatever its state."""
    sql = (
        "SELECT l.record_id, l.part, l.entity, l.state, r.table_id, r.key, r.raw, r.canon, r.base, r.base_raw "
        "FROM link l JOIN record r ON r.id = l.record_id WHERE l.entity IN :in"
    )
    return sorted(Tied(*row) for row in ledger.rows_in(c, sql, ids))


def links_of(ledger: Ledger, c: Connection, records: Iterable[int]) -> dict[int, dict[str, str]]:
    """Record → part → entity."""
    out: dict[int, dict[str, str]] = {}
    for record, part, entity in ledger.rows_in(
        c, "SELECT record_id, part, entity FROM link WHERE record_id IN :in", records
    ):
        out.setdefault(record, {})[part] = entity
    return out


def former_values(ledger: Ledger, c: Connection, ids: Sequence[str]) -> list[tuple[str, Any]]:
    """(field, value) of what these customers were known by before: losers, and goldens that moved."""
    out = [
        (row[0], codec.load(row[1]))
        for row in ledger.rows_in(c, "SELECT field, value FROM loser WHERE entity IN :in", ids)
    ]
    for name, before in ledger.rows_in(c, "SELECT field, before FROM golden_step WHERE entity IN :in", ids):
        got = codec.load(before)
        out.append((name, got[1]))
    return out


def all_canons(ledger: Ledger, c: Connection) -> Iterator[tuple[int, int, bytes]]:
    """(record, table, canonical values) of every record, read in chunks."""
    last = 0
    sql = "SELECT id, table_id, canon FROM record WHERE id > ? ORDER BY id LIMIT 20000"
    while rows := ledger.rows(c, sql, (last,)):
        yield from ((row[0], row[1], bytes(row[2])) for row in rows)
        last = rows[-1][0]


# ------------------------------------------------------------------------------ taking out


def wipe(ledger: Ledger, c: Connection, gone: Gone, run: int) -> None:
    """Takes everything of `gone` out, and opens the customers who stood beside it."""
    beside = _beside(ledger, c, gone)
    goingon.close_finished(ledger, c)
    abandon_plans(ledger, c)
    _changes(ledger, c, gone)
    _history(ledger, c, gone)
    _decisions(ledger, c, gone)
    _relations(ledger, c, gone)
    _records(ledger, c, gone)
    _entities(ledger, c, gone)
    audit.forget(ledger, c, gone.entities)
    ledger.run_in(c, "UPDATE entity SET open = 1, rev = ? WHERE id IN :in", beside, (run,))


def _beside(ledger: Ledger, c: Connection, gone: Gone) -> set[str]:
    """Customers that a record of his speaks of too, or that point to him."""
    found = {one for parts in links_of(ledger, c, gone.records).values() for one in parts.values()}
    pointing = ledger.rows_in(c, "SELECT entity FROM relation WHERE target IN :in", gone.entities)
    return (found | {row[0] for row in pointing}) - gone.entities


def abandon_plans(ledger: Ledger, c: Connection) -> None:
    """What open plans would commit may hold his values; whoever wants the rest of them plans again (R21b: epoch)."""
    open_ = "SELECT id FROM plan WHERE state IN ('making', 'made', 'applying')"
    for table in ("plan_link", "plan_entity", "plan_cell", "plan_absence", "plan_record"):
        ledger.do(c, f"DELETE FROM {table} WHERE plan IN ({open_})")
    ledger.do(
        c,
        f"UPDATE plan_change SET state = 'not sent' WHERE state IN ('planned', 'deferred') AND plan IN ({open_})",
    )
    ledger.do(c, f"UPDATE plan SET state = 'abandoned', state_to_commit = NULL WHERE id IN ({open_})")


def _changes(ledger: Ledger, c: Connection, gone: Gone) -> None:
    """What was planned and written of him: ids and states stay, values go."""
    found = set(ledger.rows_in(c, "SELECT plan, seq FROM plan_change WHERE entity IN :in", gone.entities))
    found |= set(ledger.rows_in(c, "SELECT plan, seq FROM plan_change WHERE record_id IN :in", gone.records))
    made = ledger.rows(c, "SELECT plan, seq, fields FROM plan_change WHERE op = 'create'")
    needles = [one.encode() for one in gone.entities]
    found |= {(plan, seq) for plan, seq, fields in made if any(one in bytes(fields) for one in needles)}
    rows = []
    for plan, seq in sorted((row[0], row[1]) for row in found):
        ((fields, state),) = ledger.rows(
            c, "SELECT fields, state FROM plan_change WHERE plan = ? AND seq = ?", (plan, seq)
        )
        parts = codec.load(fields).get("parts")
        rest = b',"parts":' + codec.dump(parts) + b"}" if parts else b"}"
        ended = "erased" if state in ("planned", "deferred", "intended", "unknown", "conflict") else state
        rows.append((WIPED + rest, b"{}", b"{}", ended, plan, seq))
    ledger.many(
        c,
        'UPDATE plan_change SET fields = ?, "after" = ?, "before" = ?, state = ?, "key" = NULL, new_key = NULL, '
        "expect = NULL, detail = '' WHERE plan = ? AND seq = ?",
        rows,
    )


def _history(ledger: Ledger, c: Connection, gone: Gone) -> None:
    ids = gone.entities
    ledger.run_in(c, "DELETE FROM loser WHERE entity IN :in", ids)
    ledger.run_in(c, "DELETE FROM golden_step WHERE entity IN :in", ids)
    ledger.run_in(c, "DELETE FROM join_snapshot WHERE kept IN :in", ids)
    ledger.run_in(c, "DELETE FROM join_snapshot WHERE gone IN :in", ids)
    ledger.run_in(c, "UPDATE link_history SET cells = NULL WHERE entity IN :in", ids)
    ledger.run_in(c, "UPDATE link_history SET cells = NULL WHERE record_id IN :in", gone.records)
    ledger.run_in(c, "DELETE FROM hold WHERE entity IN :in", ids)
    ledger.run_in(c, "DELETE FROM mark WHERE entity IN :in", ids)
    ledger.run_in(c, "DELETE FROM absence WHERE entity IN :in", ids)


def _decisions(ledger: Ledger, c: Connection, gone: Gone) -> None:
    """Decisions and questions about him, or about a part of his records (a new subject's name stands in them)."""
    ids = gone.entities
    wiped = {row[0] for row in ledger.rows_in(c, "SELECT id FROM decision WHERE entity IN :in", ids)}
    for number, content in ledger.rows(
        c, "SELECT id, content FROM decision WHERE sort IN ('subject', 'same', 'different')"
    ):
        got = codec.load(content)
        named = [str(one) for one in (*got.get("refs", ()), got.get("ref", ""))]
        if any(gone.speaks_of(one) for one in named) or got.get("entity") in ids:
            wiped.add(number)
    ledger.run_in(c, "UPDATE decision SET content = ?, state = 'erased' WHERE id IN :in", wiped, (b"{}",))
    ledger.run_in(c, "DELETE FROM question WHERE entity IN :in", ids)
    ledger.run_in(c, "DELETE FROM question WHERE other IN :in", ids)
    asked = [
        row[0]
        for row in ledger.rows(c, "SELECT id, subject FROM question")
        if any(gone.speaks_of(one) for one in row[1].partition(":")[2].split("|"))
    ]
    ledger.run_in(c, "DELETE FROM question WHERE id IN :in", asked)
    apart = [
        (one, two)
        for one, two in ledger.rows(c, "SELECT one, two FROM apart")
        if gone.speaks_of(one) or gone.speaks_of(two)
    ]
    ledger.many(c, "DELETE FROM apart WHERE one = ? AND two = ?", apart)


def _relations(ledger: Ledger, c: Connection, gone: Gone) -> None:
    """Others that point to him point to nobody; what their cells remembered of it holds ids only."""
    ids = gone.entities
    for entity in {row[0] for row in ledger.rows_in(c, "SELECT entity FROM relation WHERE target IN :in", ids)} - ids:
        ((golden,),) = ledger.rows(c, "SELECT golden FROM entity WHERE id = ?", (entity,)) or [(None,)]
        if golden is None:
            continue
        kept = {
            n: g for n, g in codec.load(golden).items() if not (g[0] == 0 and isinstance(g[1], str) and g[1] in ids)
        }
        ledger.do(c, "UPDATE entity SET golden = ? WHERE id = ?", (codec.dump(kept), entity))
    ledger.run_in(c, "DELETE FROM relation WHERE entity IN :in", ids)
    ledger.run_in(c, "DELETE FROM relation WHERE target IN :in", ids)


def _records(ledger: Ledger, c: Connection, gone: Gone) -> None:
    whole = gone.whole
    rows = ledger.rows_in(c, "SELECT table_id, key FROM record WHERE id IN :in", whole)
    ledger.many(c, "DELETE FROM quarantine WHERE table_id = ? AND key = ?", list(rows))
    _copies(ledger, c, gone.texts)
    for table in ("link", "cell", "lookup", "key_index"):
        ledger.run_in(c, f"DELETE FROM {table} WHERE record_id IN :in", whole)
        parts = sorted(gone.parts)
        ledger.many(c, f"DELETE FROM {table} WHERE record_id = ? AND part = ?", parts)
    ledger.run_in(c, "DELETE FROM record WHERE id IN :in", whole)
    made = (
        (e.raw, codec.digest(e.raw), e.canon, codec.digest(e.canon), e.base, e.base_raw, record)
        for record, e in gone.kept.items()
    )
    sql = "UPDATE record SET raw = ?, raw_hash = ?, canon = ?, canon_hash = ?, base = ?, base_raw = ?, editor = '' "
    ledger.many(c, f"{sql} WHERE id = ?", made)
    versions.trust_none(ledger, c)


def _copies(ledger: Ledger, c: Connection, texts: frozenset[str]) -> None:
    """Quarantined copies of his records: they bear one of his numbers or addresses."""
    needles = [text.encode() for text in texts if len(text) >= 5]
    found = [
        row[0]
        for row in ledger.rows(c, "SELECT id, raw FROM quarantine")
        if any(one in bytes(row[1]) for one in needles)
    ]
    ledger.run_in(c, "DELETE FROM quarantine WHERE id IN :in", found)


def _entities(ledger: Ledger, c: Connection, gone: Gone) -> None:
    for table in ("link", "cell"):
        ledger.run_in(c, f"DELETE FROM {table} WHERE entity IN :in", gone.entities)
    ledger.run_in(c, "DELETE FROM entity WHERE id IN :in", gone.entities)


# ------------------------------------------------------------------------------ what stays behind


def keep_for_removal(
    ledger: Ledger, c: Connection, entity: str, kind: str, records: Mapping[int, tuple[int, str]], run: int, at: str
) -> None:
    """An empty customer tied to his emptied records ({record: (source, part)}), which a hold waits to remove there."""
    entities = [(entity, kind, b"{}", 0, run, run)]
    ledger.bulk(c, schema.entity, ("id", "kind", "golden", "open", "rev", "first_run"), entities)
    links = [(number, part, entity, "live", run, 0, ERASED, 0, 0, 0, run) for number, (_, part) in records.items()]
    ledger.bulk(c, schema.link, _LINK, links, on="replace")
    holds = [(entity, ERASED, one, at, run, 0, run, "open") for one in sorted({s for s, _ in records.values()})]
    ledger.bulk(c, schema.hold, HoldRow._fields, holds, on="replace")
    tables = ledger.rows(c, "SELECT id FROM source_table")
    marks = ((entity, table, run, "erased") for (table,) in tables)
    ledger.bulk(c, schema.mark, ("entity", "table_id", "run", "why"), marks, on="replace")


def set_tombstones(ledger: Ledger, c: Connection, rows: Iterable[tuple[str, str]], until: str) -> int:
    """(digest, strength): a stronger one is not weakened by a later erasure -> how many."""
    given = dict(sorted(rows))
    sql = "SELECT digest, strength, met FROM tombstone WHERE digest IN :in"
    known = {row[0]: (row[1], row[2]) for row in ledger.rows_in(c, sql, given)}
    made = []
    for digest, strength in given.items():
        before, met = known.get(digest, ("", 0))
        made.append((digest, "drop" if before == "drop" else strength, until, met))
    ledger.bulk(c, schema.tombstone, ("digest", "strength", "until", "met"), made, on="replace")
    return len(made)


def tombstones(ledger: Ledger, c: Connection, now: str) -> dict[str, str]:
    """Digest → strength, of those whose time is not over."""
    return dict(ledger.rows(c, "SELECT digest, strength FROM tombstone WHERE until > ?", (now,)))


def set_answer(ledger: Ledger, c: Connection, digest: str, word: str, until: str) -> None:
    """What somebody said of one record; a later answer takes the place of an earlier one."""
    ledger.bulk(c, schema.tombstone, ("digest", "strength", "until", "met"), [(digest, word, until, 0)], on="replace")


def list_anew(ledger: Ledger, c: Connection, table: int) -> None:
    """The next pull of this table asks for everything, whatever its cursor or fingerprint says."""
    ledger.do(c, "UPDATE source_table SET cursor = NULL WHERE id = ?", (table,))


def count_met(ledger: Ledger, c: Connection, met: Mapping[str, int]) -> None:
    ledger.many(c, "UPDATE tombstone SET met = met + ? WHERE digest = ?", ((n, d) for d, n in sorted(met.items())))


def next_epoch(ledger: Ledger, c: Connection) -> int:
    """How often this ledger was restored or erased from; plans made before are refused (R13b)."""
    epoch = int(ledger.get(c, "epoch", "0")) + 1
    ledger.set(c, "epoch", str(epoch))
    return epoch


# ------------------------------------------------------------------------------ the file itself


def overwrite_freed(ledger: Ledger, c: Connection) -> None:
    """What this transaction deletes is overwritten with zeros where it stood (SQLite)."""
    if ledger.engine.dialect.name == "sqlite":
        ledger.rows(c, "PRAGMA secure_delete = ON")


def clean_file(ledger: Ledger) -> bool:
    """Writes the ledger anew without its freed pages -> False where another program keeps that from being finished."""
    engine = ledger.engine
    with said(ledger.path), engine.connect().execution_options(isolation_level="AUTOCOMMIT") as c:
        if engine.dialect.name != "sqlite":
            c.exec_driver_sql("VACUUM FULL")
            return True
        try:
            c.exec_driver_sql("VACUUM")
            busy, _, _ = c.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").fetchone() or (1, 0, 0)
        except OperationalError:
            return False
        return not busy
