"""When is a write that met a conflict sent once more? (CONTRACT "checks": RECORD; RULES R14)

Where the system itself guards a whole record, an edit of anything in it refuses our write. The record is fetched; if it
still speaks of the same customers, and what we would write over is as the plan knew it, it is written under its new
version, once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from connectors.contract import Change, Check, Identity, OffbookError, Op, Outcome, Receipt, Record
from sync.context import Run, TableState
from sync.ledger import codec, graph
from sync.ledger.plans import ChangeRow
from sync.writing.ahead import is_as_it_was

Named = list[list[object]]
"""Part by part, what names the customer that a record speaks of."""


def answers(
    run: Run, table: TableState, op: Op, rows: Mapping[str, ChangeRow], changes: Sequence[Change]
) -> Iterator[Receipt]:
    """The receipts of one write, and of what of it is tried again; rows: by the id of their change.

    Raises what the source raises; the receipts that it gave until then have come.
    """
    connector = table.connector
    assert connector is not None
    if not _guards_records(table, op):
        yield from connector.write(table.described.id, changes)
        return
    held: dict[str, Receipt] = {}
    try:
        for receipt in connector.write(table.described.id, changes):
            if receipt.outcome is Outcome.CONFLICT:
                held[receipt.change] = receipt
            else:
                yield receipt
        again = _again(run, table, rows, [one for one in changes if one.id in held]) if held else ()
        for receipt in connector.write(table.described.id, again) if again else ():
            held.pop(receipt.change, None)
            yield receipt
    except OffbookError:
        yield from held.values()
        raise
    yield from held.values()


def _guards_records(table: TableState, op: Op) -> bool:
    """Removals are left out: any edit of a record is a reason not to remove it (R11e)."""
    can = table.described.can
    return op is Op.UPDATE and can.checks.get(op) is Check.RECORD and can.identity is not Identity.NONE


def _again(run: Run, table: TableState, rows: Mapping[str, ChangeRow], changes: Sequence[Change]) -> list[Change]:
    """Those of which only something else has moved, under the version that the record has now."""
    found = fetched(table, sorted({one.key for one in changes if one.key is not None}))
    with run.ledger.transaction() as c:
        ids = [number for one in changes if (number := rows[one.id].record_id) is not None]
        known = graph.records(run.ledger, c, ids)
    out = []
    for change in changes:
        now, was = found.get(change.key or "", []), known.get(rows[change.id].record_id or 0)
        if len(now) != 1 or was is None or now[0].version is None or now[0].version == change.expect:
            continue
        spoken = table.converter.read(table.shown(now[0]))
        same = _names(run, table, codec.load_parts(codec.dump(spoken))) == _names(
            run, table, codec.load_parts(was.canon)
        )
        if same and change.before and is_as_it_was(now[0].fields, change):
            out.append(replace(change, expect=now[0].version))
    return out


def fetched(table: TableState, keys: Sequence[str]) -> dict[str, list[Record]]:
    """Key → records that bear it. Nothing where the source does not answer: the conflict stays one."""
    connector, size = table.connector, table.described.can.reread or len(keys) or 1
    assert connector is not None
    found: dict[str, list[Record]] = {}
    try:
        for at in range(0, len(keys), size):
            part = keys[at : at + size]
            for record in connector.fetch(table.described.id, part, tuple(table.converter.columns)):
                found.setdefault(record.key, []).append(record)
    except OffbookError:
        return {}
    return found


def _names(run: Run, table: TableState, values: Sequence[Sequence[object] | None]) -> Named:
    out: Named = []
    for part in table.parts:
        names = run.workspace.kinds[part.map.kind].names
        mine = values[part.place] or ()
        out.append([v for f, v in zip(part.shape.fields, mine, strict=False) if f.partition(".")[0] in names])
    return out
