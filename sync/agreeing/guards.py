"""What stops a source's votes, or a destination's writes, until a person says so? (RULES R12)

Source guards are judged before the merge: one that trips silences the source's votes in this run. Plan guards are judged
on the plan, and again at apply on what is left: one that trips stops that destination and operation.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from sqlalchemy import Connection

from connectors.contract import Said, say
from sync.context import Run, TableState
from sync.ledger import codec, measures, plans, shifts, staging
from sync.ledger.plans import PlanRow
from sync.messages.names import GUARDS
from sync.reading.follow import Absences
from sync.reading.read import Reading

if TYPE_CHECKING:
    from sync.agreeing.planning import Picked

EMPTIED: Final = 0.5
"""A listing that lacks more than this share of the records known, at least FEW of them, has been emptied."""
FEW: Final = 5
RETURNED: Final = 10
"""So many changed values, and at least half of all that changed, that golden once held: a backup was restored."""
WINDOW: Final = timedelta(days=7)
OPS: Final = {"create": "creates", "update": "updates", "archive": "removals", "delete": "removals"}
SEEN: Final = frozenset({"creates", "updates", "merges"})
"""Guards on counts, which a person who has seen them satisfies at the first apply to a destination."""


@dataclass(frozen=True, slots=True)
class Tripped:
    """table: the destination, or the source's table. stops: it was not let through."""

    table: str
    guard: str
    count: int
    limit: int
    stops: bool
    said: Said

    def as_json(self) -> dict[str, object]:
        said = {"table": self.table, "guard": self.guard, "count": self.count, "limit": self.limit}
        return {**said, "stops": self.stops, "text": str(self.said)}


# ------------------------------------------------------------------------------ source guards


def before_links(run: Run, readings: Mapping[str, Reading]) -> dict[str, str]:
    """Table → the guard that silences it: emptied, scope, fields, mapping (R12); asked once, let through by `--allow`."""
    out: dict[str, str] = {}
    with run.transaction() as c:
        for name, reading in readings.items():
            found = _source_guard(run, c, reading)
            if found is None:
                continue
            guard, said = found
            if _allowed_source(run, reading.table, guard):
                continue
            out[name] = guard
            reading.table.silent = guard
            reading.table.current = False
            run.note("error", f"guard_{guard}", said, name)
    return out


def _source_guard(run: Run, c: Connection, reading: Reading) -> tuple[str, Said] | None:
    table, end = reading.table, reading.table.certificate
    live = measures.live_records(run.ledger, c, table.id, run.first_record)
    if end is None or live == 0:
        return None
    row = table.row
    hint = {"table": table.name, "source": table.source.name}
    if row.scope is not None and row.scope != end.scope:
        return "scope", say("{table}: what is read there has changed (filter, view, or acting user); if that is meant,"
                            " let it through once with --allow {source}:scope", **hint)  # fmt: skip
    lost = sorted(set(codec.load(row.visible) or ()) - set(end.visible)) if row.visible else []
    if lost:
        return "fields", say("{table}: no longer visible: {fields}; if that is meant, --allow {source}:fields",
                             fields=", ".join(lost), **hint)  # fmt: skip
    if end.full and end.complete:
        lacking = live - sum(1 for number in table.seen if number < run.first_record)
        if lacking >= FEW and lacking > live * EMPTIED:
            return "emptied", say("{table}: {lacking} of {live} records are not there any more; nothing of it counts as deleted."
                                  " If they are really gone, --allow {source}:emptied",
                                  lacking=lacking, live=live, **hint)  # fmt: skip
    if table.name in run.reread and measures.linked(run.ledger, c, table.id):
        return "mapping", say("{table}: its mapping changed, so what it says is read anew; look at the plan, then let it"
                              " through once with --allow {source}:mapping", **hint)  # fmt: skip
    return None


def _allowed_source(run: Run, table: TableState, guard: str) -> bool:
    return any(run.allowed.get(f"{name}:{guard}") is not None for name in (table.source.name, table.name))


def note_seen(run: Run, c: Connection, reading: Reading, lacking: Absences | None) -> None:
    """A pull that no guard stopped is what the next one is compared with."""
    table, end = reading.table, reading.table.certificate
    if end is not None:
        table.row.scope = end.scope
        table.row.visible = codec.dump(sorted(end.visible))
        staging.save_table(run.ledger, c, table.row)
    if lacking is not None:
        table.counts["missing"] = len(lacking.missing)


def source_guards(run: Run) -> None:
    """After links: many subject changes (a sheet sorted by one column only), many values that golden once held, values
    that look like another column's."""
    with run.transaction() as c:
        returned = measures.returned(run.ledger, c)
        shifted = shifts.shifts(run.ledger, c)
        for table in list(run.tables.values()):
            live = measures.linked(run.ledger, c, table.id)
            moved, limit = run.draft.moved[table.name], run.workspace.guards.moved.limit(live)
            hint = {"table": table.name, "source": table.source.name}
            if moved > limit and not _allowed_source(run, table, "moved"):
                said = say("{table}: {count} records speak of another customer than before (limit {limit}); was it sorted by"
                           " one column only? If it is meant, --allow {source}:moved",
                           count=moved, limit=limit, **hint)  # fmt: skip
                _silence(run, c, table, "moved", said)
            back, changed = returned.get(table.id, (0, 0))
            if back >= RETURNED and 2 * back >= changed and not _allowed_source(run, table, "restored"):
                said = say("{table}: {count} values are back to what they were before (an old copy?); if it is meant,"
                           " --allow {source}:restored", count=back, **hint)  # fmt: skip
                _silence(run, c, table, "restored", said)
            shift = shifted.get(table.id)
            if shift is not None and not _allowed_source(run, table, "shifted"):
                said = say("{table}: {count} values of `{column}` are what another column held, or cannot be read any more; was a"
                           " column inserted or moved? If it is meant, --allow {source}:shifted",
                           count=shift.many, column=shift.column, **hint)  # fmt: skip
                _silence(run, c, table, "shifted", said)


def _silence(run: Run, c: Connection, table: TableState, guard: str, said: Said) -> None:
    """Its votes are not heard tonight, and what was drafted of its links is forgotten."""
    table.silent = guard
    table.current = False
    plans.undraft_table(run.ledger, c, run.plan, table.id)
    mine = {f"{number}:" for number, _ in run.draft.silent if number in table.seen}
    run.draft.questions = [
        q for q in run.draft.questions if q.sort != "subject" or q.subject.split(":")[1] + ":" not in mine
    ]
    run.note("error", f"guard_{guard}", said, table.name)


# ------------------------------------------------------------------------------ plan guards


def plan_guards(run: Run) -> list[Tripped]:
    """What the plan as a whole would trip, for its header; judged again at apply. Counts at a destination that nobody
    has written to yet are for the person who sees the plan (R12), so they do not stop it."""
    with run.ledger.transaction() as c:
        counts = plans.count_changes(run.ledger, c, run.plan)
        blanks = plans.blanks(run.ledger, c, run.plan)
        first = frozenset(table for table, _ in counts if not measures.was_applied(run.ledger, c, table, run.plan))
        return _judge(run, c, counts, blanks, run.draft.joins, seen=first)


def at_apply(run: Run, row: PlanRow, picked: Picked, *, by: str) -> list[Tripped]:
    """Bars what a guard stops; counts that a person has seen satisfy those on counts at the first apply (R12)."""
    left = [one for one in picked.changes if one.seq not in picked.barred]
    counts = Counter((one.table_id, one.op) for one in left)
    with run.transaction() as c:
        blanks = plans.blanks(run.ledger, c, row.id, {one.seq for one in left})
        first = {table for table, _ in counts if not measures.was_applied(run.ledger, c, table, run.plan)}
        joins = int(codec.load(row.header).get("linked", {}).get("joins", 0))
        seen = frozenset(first if by else ())
        tripped = _judge(run, c, counts, blanks, joins, seen=seen)
        tripped += _first(run, first, by=by)
        if by:
            measures.note_applied(run.ledger, c, first, run.plan)
    stopped = {(one.table, one.guard) for one in tripped if one.stops}
    for change in left:
        name = run.by_id[change.table_id].name
        guard = OPS.get(change.op, "updates")
        hit = next((g for t, g in stopped if t == name and g in (guard, "first", "calls", "merges")), None)
        if hit is None and (name, "blanks") in stopped and change.seq in plans.blanking(blanks, change.table_id):
            hit = "blanks"
        if hit is not None:
            picked.barred[change.seq] = f"guard {hit}"
    return tripped


def _first(run: Run, first: set[int], *, by: str) -> list[Tripped]:
    """The first apply to a destination is by a person with a plan id."""
    if by:
        return []
    return [
        Tripped(run.by_id[t].name, "first", 0, 0, stops=True,
                said=say("{table} was never written before; look at a plan and apply it once by hand: offbook apply PLAN",
                         table=run.by_id[t].name))
        for t in sorted(first)
    ]  # fmt: skip


def _judge(
    run: Run,
    c: Connection,
    counts: Mapping[tuple[int, str], int],
    blanks: Mapping[tuple[int, str], list[int]],
    joins: int,
    *,
    seen: frozenset[int],
) -> list[Tripped]:
    guards, out = run.workspace.guards, []
    since = (run.now - WINDOW).isoformat()
    for (table, op), count in sorted(counts.items()):
        name = OPS.get(op, "updates")
        limit = getattr(guards, name).limit(measures.linked(run.ledger, c, table))
        total = count + measures.unattended(run.ledger, c, table, op, since)
        if total > limit:
            out.append(_tripped(run, table, name, total, limit, seen=table in seen))
    for (table, field), seqs in sorted(blanks.items()):
        limit = guards.blanks.limit(measures.linked(run.ledger, c, table))
        if len(seqs) > limit:
            out.append(_tripped(run, table, "blanks", len(seqs), limit, seen=False, field=field))
    for table in sorted({table for table, _ in counts}):
        limit = guards.merges.limit(measures.linked(run.ledger, c, table))
        if joins > limit:
            out.append(_tripped(run, table, "merges", joins, limit, seen=table in seen))
        calls, budget = _calls(run, table, counts)
        if budget and calls > guards.calls.limit(budget):
            out.append(_tripped(run, table, "calls", calls, guards.calls.limit(budget), seen=False))
    return out


def _calls(run: Run, table: int, counts: Mapping[tuple[int, str], int]) -> tuple[int, int]:
    """Requests that the plan costs at this destination, and the vendor's daily budget (0: none)."""
    can = run.by_id[table].described.can
    budget = min((pace.units for pace in can.paces if pace.seconds >= 86_000), default=0)
    calls = 0
    for (number, op), n in counts.items():
        if number == table:
            size = next((size for kind, size in can.batch.items() if str(kind) == op), 1) or n
            calls += -(-n // max(size, 1))
    return calls, budget


def _tripped(run: Run, table: int, guard: str, count: int, limit: int, *, seen: bool, field: str = "") -> Tripped:
    given = run.allowed.get(guard)
    let = (given is not None and (not given.isdigit() or int(given) >= count)) or (seen and guard in SEEN)
    name = run.by_id[table].name
    counted = GUARDS[guard]
    what = say("{what} ({field})", what=counted, field=field) if field else counted
    said = say("{table}: {count} {what}, more than the limit of {limit}; to let it through once: --allow {guard}={count}",
               table=name, count=count, what=what, limit=limit, guard=guard)  # fmt: skip
    return Tripped(name, guard, count, limit, stops=not let, said=said)
