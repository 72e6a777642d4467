"""What becomes of a record whose customer left the filter or was deleted? (RULES R8c, R11; CONFIG `on_leave`)

A removal goes through a hold: it waits its time, and two later complete confirmations; a person's edit or the record's
return ends it. It is opened, confirmed and matured after links are settled in the same run.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Connection

from connectors.contract import Op
from sync.context import Run, TableState
from sync.decisions import Sort, open_decisions
from sync.ledger import codec, graph, plans
from sync.ledger import holds as kept
from sync.ledger.erasing import ERASED
from sync.ledger.holds import HoldRow
from sync.ledger.plans import ChangeRow
from sync.rules.links import Hold, Live, follow_hold, is_due, opens_hold

DELETED, LEFT = "deleted", "left"


def follow_leavers(run: Run) -> None:
    """Opens, confirms and matures holds, and plans the removals that are due."""
    with run.transaction() as c:
        rows = {(row.entity, row.why, row.source): row for row in kept.waiting(run.ledger, c)}
        _open_deleted(run, c, rows)
        _open_left(run, c, rows)
        answers = _answers(run, c)
        for key, row in list(rows.items()):
            rows[key] = _decided(run, row, answers) or _follow(run, c, row)
        run.draft.holds = [tuple(row) for row in rows.values()]
        for row in rows.values():
            if row.state == "due" and not run.restored:
                _plan_removals(run, c, row)


def _answers(run: Run, c: Connection) -> dict[tuple[str, str, str], str]:
    """(entity, why, source) → what a person said of the removal."""
    said: dict[tuple[str, str, str], str] = {}
    for one in open_decisions(run.ledger, c, [Sort.HOLD]):
        run.draft.spent.append(one.id)
        said[str(one.entity), str(one.content["why"]), str(one.content["source"])] = str(one.content["answer"])
    return said


def _decided(run: Run, row: HoldRow, answers: Mapping[tuple[str, str, str], str]) -> HoldRow | None:
    """R11e: a person lets a removal go before its time, or calls it off for good."""
    source = next((table.source.name for table in run.tables.values() if table.row.source == row.source), "")
    answer = answers.get((row.entity, row.why, source))
    if answer is None:
        return None
    return row._replace(state="due" if answer == "remove" else "ended")


def _current(run: Run, source: int) -> bool:
    """Whether every mapped table of the source was read whole tonight, or is known to be as it was."""
    tables = [table for table in run.tables.values() if table.row.source == source]
    return bool(tables) and all(table.current and table.pulled and not table.silent for table in tables)


# ------------------------------------------------------------------------------ opening


def _open_deleted(run: Run, c: Connection, rows: dict[tuple[str, str, int], HoldRow]) -> None:
    """R11c: the last live link in a source that `may_delete` is gone."""
    for source in {t.row.source: t.source for t in run.tables.values() if t.source.may_delete}.items():
        number, _ = source
        if not _current(run, number):
            continue
        over = kept.ended(run.ledger, c, DELETED)
        innocent = kept.wrongly_gone(run.ledger, c, number)
        gone = [one for one in kept.gone_in_source(run.ledger, c, run.plan, number) if one not in innocent]
        states = kept.links_in_source(run.ledger, c, run.plan, number, gone)
        for entity in gone:
            key = (entity, DELETED, number)
            opens = opens_hold((Live(state) for state in states.get(entity, ())), may_delete=True)
            if opens and key not in rows and (entity, number) not in over:
                rows[key] = HoldRow(entity, DELETED, number, run.now.isoformat(), run.id, 0, run.id, "open")


def _open_left(run: Run, c: Connection, rows: dict[tuple[str, str, int], HoldRow]) -> None:
    """R8c: an entity left the filter of a source whose records go with it."""
    del c
    for entity, number in sorted(run.draft.left):
        key = (entity, LEFT, number)
        if key not in rows:
            rows[key] = HoldRow(entity, LEFT, number, run.now.isoformat(), run.id, 0, run.id, "open")


# ------------------------------------------------------------------------------ following


def _follow(run: Run, c: Connection, row: HoldRow) -> HoldRow:
    """Table 3, hold: its time and two later complete confirmations, or an edit by a person, or reappearance."""
    if row.opened_run == run.id:
        return row
    back = _is_back(run, c, row)
    edited = row.entity in run.draft.edited and row.why == DELETED
    confirmed = _current(run, row.source) and row.confirmed_run != run.id
    waited = datetime.fromisoformat(row.opened_at) + run.workspace.guards.hold <= run.now
    hold = follow_hold(Hold(row.confirmed, waited), confirmed=confirmed, edited=edited, reappeared=back, waited=waited)
    if hold is None:
        return row._replace(state="ended" if edited else "back")
    state = "due" if is_due(hold) else "open"
    return row._replace(confirmed=hold.confirmed, confirmed_run=run.id if confirmed else row.confirmed_run, state=state)


def _is_back(run: Run, c: Connection, row: HoldRow) -> bool:
    if row.why == LEFT:
        return (row.entity, row.source) in run.draft.received
    if row.why == ERASED:
        return False  # it is still there: that is why it waits
    states = kept.links_in_source(run.ledger, c, run.plan, row.source, [row.entity])
    return "live" in states.get(row.entity, ())


# ------------------------------------------------------------------------------ removing


def _plan_removals(run: Run, c: Connection, row: HoldRow) -> None:
    """The records of a deleted customer in sources that let theirs go; those of one who left, in the source he left."""
    for table in run.tables.values():
        mine = table.row.source == row.source
        wanted = table.source.on_leave == "remove" and table.pushed and (mine if row.why != DELETED else not mine)
        op = Op.ARCHIVE if table.may(Op.ARCHIVE) and row.why != ERASED else Op.DELETE
        if not wanted or not table.may(op) or table.silent or not table.pulled:
            continue
        for record, part in kept.removable(run.ledger, c, run.plan, table.id, row.entity):
            if part == table.map.subject and not _speaks_of_another(run, c, table, record, row.entity):
                _remove(run, c, table, op, record, row)


def _speaks_of_another(run: Run, c: Connection, table: TableState, record: int, entity: str) -> bool:
    """CONFIG "Subject": it is kept where it is the last one here that speaks of a customer who stays."""
    customer = run.workspace.customer
    tied = graph.entity_of(run.ledger, c, run.plan, [record])
    others = {one for (_, part), one in tied.items() if one != entity and table.part(part).map.kind == customer}
    here = (kept.removable(run.ledger, c, run.plan, table.id, other) for other in others)
    return any(len({number for number, _ in found}) == 1 for found in here)


def _remove(run: Run, c: Connection, table: TableState, op: Op, record: int, row: HoldRow) -> None:
    found = graph.records(run.ledger, c, [record])[record]
    raw = plans.raws_of(run.ledger, c, [record])[record]
    mark = "removed" if row.why == DELETED else ""
    change = ChangeRow(
        plan=run.plan,
        seq=plans.next_seq(run.ledger, c, run.plan),
        table_id=table.id,
        entity=row.entity,
        record_id=record,
        op=str(op),
        generation=0,
        key=found.place or found.key,
        fields=codec.dump({"fields": [], "mark": mark, "hold": row.why}),
        after=b"{}",
        before=raw,
        expect=found.version,
    )
    plans.save_changes(run.ledger, c, [change])
