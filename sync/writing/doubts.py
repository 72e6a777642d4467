"""Which writes have no answer yet, and what became of them? (RULES R10c, R14, R15)

A change that was intended and has no receipt is a doubt. An update's doubt is settled by the merge, once its record was
read again; a create's by looking for its token, before anything else is created for that entity.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from sqlalchemy import Connection

from connectors.contract import Listing, OffbookError, Record, Repeat, SourceError
from sync.context import Run, TableState
from sync.ledger import codec, doubtful, graph, plans
from sync.ledger.plans import CellDraft, ChangeRow
from sync.reading.read import Reading
from sync.reading.staged import Desk
from sync.rules.cell import Cell, Doubt
from sync.rules.verdict import Verdict
from sync.writing import receipts

UNDER_WAY: Final = 300.0
"""Seconds that a request may still be under way at a system behind a network; a file or database answers at once."""


def sources_in_doubt(run: Run) -> set[str]:
    """Sources that are opened although tonight's job may not name them (R15)."""
    with run.ledger.transaction() as c:
        return doubtful.sources(run.ledger, c)


# ------------------------------------------------------------------------------ after a kill


def journalled(run: Run) -> None:
    """Updates that were intended when the last run died become doubts of their cells (T3 without T4)."""
    with run.transaction() as c:
        rows = doubtful.unanswered(run.ledger, c, "update", "intended")
        for row in rows:
            _doubt(run, c, row)
        doubtful.set_states(run.ledger, c, [(row.plan, row.seq) for row in rows], "unknown")
        gone = doubtful.unanswered(run.ledger, c, "delete", "intended") + doubtful.unanswered(
            run.ledger, c, "archive", "intended"
        )
        doubtful.set_states(run.ledger, c, [(row.plan, row.seq) for row in gone], "unknown")
        graph.open_entities(run.ledger, c, [row.entity for row in (*rows, *gone)])


def _doubt(run: Run, c: Connection, row: ChangeRow) -> None:
    if row.record_id is None:
        return
    stored = graph.cells(run.ledger, c, 0, [row.record_id])
    out: list[CellDraft] = []
    for part, unit, before, value, _, reason, _ in codec.load(row.fields)["fields"]:
        known = stored.get((row.record_id, part), {}).get(unit)
        was, intended = codec.load_value(before), codec.load_value(value)
        cell = codec.load_cell(known.state, was) if known is not None else Cell(was, was)
        state = codec.dump_cell(replace(cell, doubt=Doubt(was, intended)))
        out.append(CellDraft(row.record_id, part, unit, row.entity, str(Verdict.DOUBT), reason, run.id, state, None))
    plans.put_cells(run.ledger, c, [], out)


# ------------------------------------------------------------------------------ creates


def settle_creates(run: Run) -> None:
    """Looks for the tokens of creates without an answer: found ones are linked, those that did not land are planned anew."""
    journalled(run)
    with run.ledger.transaction() as c:
        rows = [
            *doubtful.unanswered(run.ledger, c, "create", "intended"),
            *doubtful.unanswered(run.ledger, c, "create", "unknown"),
        ]
    for table in list(run.tables.values()):
        mine = [row for row in rows if row.table_id == table.id]
        if mine and table.connector is not None:
            try:
                _find(run, table, mine)
            except SourceError as trouble:
                run.failures.setdefault(table.source.name, trouble)


def _find(run: Run, table: TableState, rows: Sequence[ChangeRow]) -> None:
    can = table.described.can
    ready = [row for row in rows if row.token and _is_over(run, table, row)]
    if can.repeat is Repeat.NOTHING or not ready:
        return
    assert table.connector is not None
    found: dict[str, Record] = {}
    tokens = [row.token for row in ready if row.token]
    for token, one in table.connector.find(table.described.id, tokens, tuple(table.converter.columns)):
        found.setdefault(token, one)
    with run.transaction() as c:
        for row in ready:
            record = found.get(row.token or "")
            if record is not None:
                run.plan, kept = row.plan, run.plan
                receipts.adopt(run, c, table, row, record.key, record, ours=True)
                run.plan = kept
                doubtful.set_states(run.ledger, c, [(row.plan, row.seq)], "done")
            else:
                doubtful.set_states(run.ledger, c, [(row.plan, row.seq)], "lost")
                graph.open_entities(run.ledger, c, [row.entity])


def _is_over(run: Run, table: TableState, row: ChangeRow) -> bool:
    """Whether the request cannot be under way any more, and the system's index would show what it made."""
    can = table.described.can
    wait = max(can.lag, UNDER_WAY if can.paces else 0.0)
    if not wait or row.at is None:
        return True
    return (run.now - datetime.fromisoformat(row.at)).total_seconds() >= wait


def recognise(run: Run, reading: Reading) -> None:
    """A table without tokens: the one new record that holds exactly what a lost create sent is its record (R10c).

    Where the listing is whole and there is none, the create did not land: a file is written whole or not at all.
    """
    table = reading.table
    can, end = table.described.can, table.certificate
    if can.repeat is not Repeat.NOTHING or end is None or not end.full or not end.complete:
        return
    with run.transaction() as c:
        rows = [
            row
            for state in ("intended", "unknown")
            for row in doubtful.unanswered(run.ledger, c, "create", state)
            if row.table_id == table.id and _is_over(run, table, row)
        ]
        if not rows:
            return
        new = doubtful.new_records(run.ledger, c, table.id, run.first_record)
        for row in rows:
            sent = codec.load_raw(row.after)
            same = [number for number, raw in new.items() if _holds(codec.load_raw(raw), sent)]
            if len(same) == 1:
                receipts.link_existing(run, c, table, row, same[0])
                new.pop(same[0])
                doubtful.set_states(run.ledger, c, [(row.plan, row.seq)], "done")
            elif not same and can.listing is Listing.COMPLETE and not can.paces:
                doubtful.set_states(run.ledger, c, [(row.plan, row.seq)], "lost")
                graph.open_entities(run.ledger, c, [row.entity])


def _holds(raw: Mapping[str, object], sent: Mapping[str, object]) -> bool:
    return all(raw.get(name) == value for name, value in sent.items() if value not in (None, ""))


# ------------------------------------------------------------------------------ before a pull by cursor


def fetch_open(run: Run, table: TableState) -> None:
    """R1d: records with a doubt, a conflict or a change not done are fetched by key, whatever the cursor says."""
    if table.row.cursor is None or table.described.can.page == 0 or table.connector is None:
        return  # the table is listed whole
    with run.ledger.transaction() as c:
        keys = doubtful.open_keys(run.ledger, c, table.id)
    if not keys:
        return
    reading = Reading(run, table, Desk(table))
    left = set(keys)
    size = table.described.can.reread or len(keys)
    try:
        for at in range(0, len(keys), size):
            shown = list(
                table.connector.fetch(table.described.id, sorted(keys)[at : at + size], tuple(table.converter.columns))
            )
            with run.transaction() as c:
                reading.page(c, shown)
            left -= {record.key for record in shown}
    except OffbookError as trouble:
        run.failures.setdefault(table.source.name, trouble)
    table.unread.update(keys[key] for key in left)
    table.counts.clear()
    table.seen.clear()
