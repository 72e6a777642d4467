"""What does a ledger forget when an older copy takes its place, and what does it keep? (RULES R21c; table 2, "ledger restored")

Nothing that it remembers of cells may be trusted: both seen and agreed are forgotten, so that everything is linked for
the first time again; golden, links, decisions and who was erased stay. Numbers that tokens and leases bear only grow.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Final, NamedTuple, TypeAlias

from sqlalchemy import Connection

from sync.ledger import codec, schema
from sync.ledger.goingon import close_finished
from sync.ledger.runs import begin_run, end_run
from sync.ledger.store import Ledger

FLAG: Final = "restored"
"""In `meta`: the run in which this ledger was restored, until one complete run of all sources is behind it."""


RECORDS: Final = "SELECT COUNT(*) FROM record"
ENTITIES: Final = "SELECT COUNT(*) FROM entity WHERE alias_of IS NULL"
Named: TypeAlias = "Mapping[str, bool]"
"""Unit → whether it is a set."""


class Numbers(NamedTuple):
    """What only grows: the last run and plan, and the number of the lease. tombstones: those of the ledger that is left, with
    the key that they are digested with."""

    ledger: str = ""
    run: int = 0
    plan: int = 0
    lease: int = 0
    epoch: int = 0
    key: str = ""
    tombstones: Sequence[tuple[str, str, str, int]] = ()


def numbers(ledger: Ledger, c: Connection) -> Numbers:
    """What the ledger that is left hands on to the one that takes its place."""
    ((run,),) = ledger.rows(c, "SELECT COALESCE(MAX(id), 0) FROM run")
    ((plan,),) = ledger.rows(c, "SELECT COALESCE(MAX(id), 0) FROM plan")
    lease = ledger.rows(c, "SELECT number FROM lease WHERE id = 1")
    stones = ledger.rows(c, "SELECT digest, strength, until, met FROM tombstone")
    return Numbers(
        ledger.get(c, "ledger"),
        int(run),
        int(plan),
        int(lease[0][0]) if lease else 0,
        int(ledger.get(c, "epoch", "0")),
        ledger.get(c, "tombstone key"),
        tuple((row[0], row[1], row[2], row[3]) for row in stones),
    )


def begin_again(
    ledger: Ledger,
    c: Connection,
    before: Numbers,
    units: Mapping[int, Mapping[str, Named]],
    kinds: Mapping[str, Named],
    now: datetime,
) -> int:
    """First link for everything -> the number of the run that stands for the restoring.

    before: of the ledger whose place it takes. units: table → part → its units; kinds: kind → its units, for tables and
    parts that are named nowhere else.
    """
    run = _go_on(ledger, c, before, now)
    _forget_cells(ledger, c, units, kinds, run)
    _forget_pulls(ledger, c)
    close_finished(ledger, c)
    for table in ("plan_link", "plan_entity", "plan_cell", "plan_absence", "plan_record"):
        ledger.do(c, f"DELETE FROM {table}")
    ledger.do(c, "UPDATE plan SET state = 'abandoned' WHERE state IN ('making', 'made', 'applying')")
    ledger.do(c, "UPDATE entity SET open = 1 WHERE alias_of IS NULL")
    ledger.set(c, FLAG, str(run))
    return run


def _go_on(ledger: Ledger, c: Connection, before: Numbers, now: datetime) -> int:
    """Runs, leases and the epoch go on where the ledger that is left had come to; its tombstones hold here too."""
    own = numbers(ledger, c)
    lift_runs(ledger, c, before.run, now)
    run = begin_run(ledger, c, "", "restore", now)
    epoch = max(own.epoch, before.epoch) + 1
    end_run(ledger, c, run, now, 0, {"restored": {"epoch": epoch}})
    ledger.set(c, "epoch", str(epoch))
    lease = max(own.lease, before.lease) + 1
    ledger.bulk(c, schema.lease, ("id", "number", "holder", "until"), [(1, lease, "", "")], on="replace")
    if before.tombstones:
        ledger.set(c, "tombstone key", before.key)
        ledger.bulk(c, schema.tombstone, ("digest", "strength", "until", "met"), before.tombstones, on="replace")
    return run


def lift_runs(ledger: Ledger, c: Connection, to: int, now: datetime) -> None:
    """Later runs get numbers above `to`: tokens of runs that this ledger does not remember are met with."""
    ((last,),) = ledger.rows(c, "SELECT COALESCE(MAX(id), 0) FROM run")
    if to > last:
        at = now.isoformat(timespec="milliseconds")
        row = (to, "", "not remembered", at, at, "ended", 0)
        ledger.bulk(c, schema.run, ("id", "job", "sort", "started", "ended", "state", "code"), [row])


def _forget_cells(
    ledger: Ledger, c: Connection, units: Mapping[int, Mapping[str, Named]], kinds: Mapping[str, Named], run: int
) -> None:
    """Every cell gets a row of its own without seen and agreed; a doubt, what is ours and what came back stay noted."""
    for (number,) in ledger.rows(c, "SELECT id FROM source_table"):
        for chunk in _links(ledger, c, number):
            records = sorted({row.record for row in chunk})
            kept = _states(ledger, c, records)
            ledger.run_in(c, "DELETE FROM cell WHERE record_id IN :in", records)
            rows = _rows(chunk, units.get(number, {}), kinds, kept, run)
            names = ("record_id", "part", "field", "entity", "verdict", "reason", "since", "state")
            ledger.bulk(c, schema.cell, names, rows)


def _rows(
    chunk: Sequence[_Tie],
    parts: Mapping[str, Named],
    kinds: Mapping[str, Named],
    kept: Mapping[tuple[int, str, str], Mapping[str, object]],
    run: int,
) -> Iterator[tuple[object, ...]]:
    for record, part, entity, kind, data in chunk:
        echo = codec.load(data) or {}
        named = parts.get(part)
        for unit, is_set in (kinds.get(kind, {}) if named is None else named).items():
            state = kept.get((record, part, unit))
            left = _noted(state) if state is not None else _echoed(echo.get(unit), is_set=is_set)
            yield record, part, unit, entity, "agreed", "", run, codec.dump(left)


class _Tie(NamedTuple):
    """A link, with its entity's kind."""

    record: int
    part: str
    entity: str
    kind: str
    echo: bytes | None


def _links(ledger: Ledger, c: Connection, table: int) -> Iterator[list[_Tie]]:
    """A table's links, in chunks of whole records."""
    tied = (
        "SELECT l.record_id, l.part, l.entity, e.kind, l.echo FROM link l JOIN entity e ON e.id = l.entity "
        "WHERE l.record_id IN :in"
    )
    last = 0
    sql = "SELECT id FROM record WHERE table_id = ? AND id > ? ORDER BY id LIMIT 5000"
    while ids := [row[0] for row in ledger.rows(c, sql, (table, last))]:
        yield [_Tie(*row) for row in ledger.rows_in(c, tied, ids)]
        last = ids[-1]


def _states(ledger: Ledger, c: Connection, records: Sequence[int]) -> dict[tuple[int, str, str], dict[str, object]]:
    sql = "SELECT record_id, part, field, state FROM cell WHERE record_id IN :in"
    return {(row[0], row[1], row[2]): codec.load(row[3]) for row in ledger.rows_in(c, sql, records)}


def _noted(state: Mapping[str, object]) -> dict[str, object]:
    """What stays of a cell (codec.dump_cell): d doubt, f flags, o own, u ours, r returns."""
    return {letter: state[letter] for letter in "dfour" if letter in state}


def _echoed(echo: Sequence[object] | None, *, is_set: bool) -> dict[str, object]:
    """The same of a cell at rest, whose link keeps what is ours in it (sides.echo_of)."""
    if not echo:
        return {}
    flags, *rest = echo
    if is_set:
        return {**({"f": 1} if flags else {}), **({"u": rest} if rest else {})}
    return {"f": flags, **({"o": rest[0]} if rest and rest[0] != "" else {})}


def _forget_pulls(ledger: Ledger, c: Connection) -> None:
    """Every table is listed whole again."""
    ledger.do(c, "UPDATE source_table SET cursor = NULL, listed_run = NULL, listed_at = NULL, chain = 0")


# ------------------------------------------------------------------------------ until all is read


def restored_in(ledger: Ledger, c: Connection) -> int:
    """The run of the last restoring that no complete run of all sources followed yet; 0 where there is none."""
    return int(ledger.get(c, FLAG) or 0)


def listed(ledger: Ledger, c: Connection) -> dict[int, int]:
    """Table → the run that listed it whole last, 0 where none did since the restoring."""
    return {row[0]: int(row[1] or 0) for row in ledger.rows(c, "SELECT id, listed_run FROM source_table")}


def is_over(ledger: Ledger, c: Connection) -> None:
    ledger.do(c, "DELETE FROM meta WHERE name = ?", (FLAG,))


def runs_of_tokens(ledger: Ledger, c: Connection, prefix: str) -> list[str]:
    """The runs (four digits of base 36) in the tokens of this ledger that stored records bear."""
    sql = "SELECT DISTINCT substr(token, 5, 4) FROM record WHERE token IS NOT NULL AND length(token) = 15 AND token LIKE ?"
    return [str(row[0]) for row in ledger.rows(c, sql, (f"{prefix}%",))]


def drop_removals(ledger: Ledger, c: Connection, plan: int) -> int:
    """Takes removals and merges out of a plan in the making -> how many."""
    return ledger.do(c, "DELETE FROM plan_change WHERE plan = ? AND op IN ('delete', 'archive', 'merge')", (plan,))
